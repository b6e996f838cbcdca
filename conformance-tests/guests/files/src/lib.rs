//! A plugin whose records are what its settings say, for tests of downloads.
//!
//! A record is a list of files; each is a distribution, and the way to its bytes.

use std::collections::BTreeMap;

use archway_plugin::access::{
    AccessRequest, FtpSecurity, FtpWay, HttpWay, Parameter, Route, ServiceWay, Way,
};
use archway_plugin::http::Method;
use archway_plugin::tabular::ElementKind;
use archway_plugin::types::{
    Asset, AssetId, Availability, Checksum, Description, Distribution, Error, Location, Size,
    SizeQuality, Value, Visibility,
};
use archway_plugin::{ArchivePlugin, ByteReader, Content, Host};
use serde::Deserialize;

/// One file of a record.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    /// `http://`, `ftp://host:port/path`, or `own:` and how many bytes this plugin makes.
    url: String,
    media_type: Option<String>,
    file_name: Option<String>,
    encodings: Vec<String>,
    size: Option<u64>,
    md5: Option<String>,
    sha256: Option<String>,
    restricted: bool,
    offline: bool,
    /// The names of a service's parameters.
    parameters: Vec<String>,
}

/// See the crate.
#[derive(Debug, Default)]
pub struct Files;

fn files(host: &dyn Host, id: &str) -> Result<Vec<File>, Error> {
    let Some(Value::Json(records)) = host.setting("records") else {
        return Err(Error::Internal("settings.records is no table".to_owned()));
    };
    let mut records: BTreeMap<String, Vec<File>> = serde_json::from_str(&records)
        .map_err(|error| Error::invalid_part("records", error.to_string()))?;
    records.remove(id).ok_or_else(|| Error::NotFound(id.to_owned()))
}

fn checksums(file: &File) -> Vec<Checksum> {
    let named = [("md5", &file.md5), ("sha-256", &file.sha256)];
    let some = named.into_iter().filter_map(|(algorithm, hex)| {
        Some(Checksum { algorithm: algorithm.to_owned(), hex: hex.clone()? })
    });
    some.collect()
}

fn size(file: &File) -> Option<Size> {
    file.size.map(|bytes| Size { bytes, quality: SizeQuality::Exact })
}

impl ArchivePlugin for Files {
    fn describe(&self, _host: &dyn Host) -> Result<Description, Error> {
        Ok(Description::new("Files", Vec::new()))
    }

    fn look_up(&self, host: &dyn Host, id: AssetId) -> Result<Asset, Error> {
        let AssetId::NativeId(id) = id else {
            return Err(Error::NotFound("an identifier".to_owned()));
        };
        let files = files(host, &id)?;
        let mut asset = Asset::new(id, "files", "Some files");
        if files.iter().any(|file| file.restricted) {
            asset.rights.visibility = Visibility::Restricted;
        }
        for (at, file) in files.iter().enumerate() {
            let url = file.url.starts_with("http");
            asset.distributions.push(Distribution {
                distribution_id: at.to_string(),
                role: "#this".to_owned(),
                location: if url { Location::Url(file.url.clone()) } else { Location::OnRequest },
                media_type: file.media_type.clone(),
                format: None,
                encodings: file.encodings.clone(),
                size: size(file),
                checksums: checksums(file),
                file_name: file.file_name.clone(),
                modified: None,
                availability: match file.offline {
                    true => Availability::Offline,
                    false => Availability::Online,
                },
                provider: None,
            });
        }
        Ok(asset)
    }

    fn access(&self, host: &dyn Host, request: AccessRequest) -> Result<Vec<Way>, Error> {
        let mut ways = Vec::new();
        for (at, file) in files(host, &request.native_id)?.iter().enumerate() {
            if request.distribution_id.as_ref().is_some_and(|wanted| *wanted != at.to_string()) {
                continue;
            }
            ways.push(Way {
                route: route(file)?,
                role: "#this".to_owned(),
                description: None,
                media_type: file.media_type.clone(),
                size: size(file),
                checksums: checksums(file),
                expires: None,
            });
        }
        Ok(ways)
    }

    fn open(&self, _host: &dyn Host, locator: &str, offset: u64) -> Result<Content, Error> {
        let total: u64 = locator
            .strip_prefix("own:")
            .and_then(|bytes| bytes.parse().ok())
            .ok_or_else(|| Error::NotFound(locator.to_owned()))?;
        Ok(Content {
            reader: Box::new(Made { next: offset, total }),
            total_bytes: Some(total),
            modified: Some(784_111_777_000_000),
            tag: Some(format!("made-{total}")),
        })
    }
}

fn route(file: &File) -> Result<Route, Error> {
    if file.url.starts_with("own:") {
        return Ok(Route::ViaPlugin(file.url.clone()));
    }
    if let Some(rest) = file.url.strip_prefix("ftp://") {
        let parts = rest.split_once('/').and_then(|(server, path)| {
            let (host, port) = server.rsplit_once(':')?;
            Some((host, port.parse().ok()?, path))
        });
        let (host, port, path) =
            parts.ok_or_else(|| Error::invalid_part("records", "an FTP URL without port"))?;
        return Ok(Route::Ftp(FtpWay {
            host: host.to_owned(),
            port,
            path: format!("/{path}"),
            security: FtpSecurity::Plain,
            credential: None,
        }));
    }
    if !file.parameters.is_empty() {
        let parameter = |name: &String| Parameter {
            name: name.clone(),
            element: ElementKind::Text,
            array_size: None,
            unit: None,
            ucd: None,
            xtype: None,
            description: None,
            required: true,
            fixed_value: None,
            minimum: None,
            maximum: None,
            choices: Vec::new(),
        };
        return Ok(Route::Service(ServiceWay {
            url: file.url.clone(),
            method: Method::Get,
            standard_id: None,
            title: None,
            parameters: file.parameters.iter().map(parameter).collect(),
            credential: None,
            asynchronous: false,
        }));
    }
    Ok(Route::Http(HttpWay {
        method: Method::Get,
        url: file.url.clone(),
        headers: Vec::new(),
        credential: None,
        ranges: true,
    }))
}

/// Bytes of which each is the last digit of its place.
struct Made {
    next: u64,
    total: u64,
}

impl ByteReader for Made {
    fn read(&mut self, _host: &dyn Host, max_bytes: u32) -> Result<Vec<u8>, Error> {
        let end = self.total.min(self.next + u64::from(max_bytes.min(64 * 1024)));
        let piece = (self.next..end).map(|place| b'0' + (place % 10) as u8).collect();
        self.next = end.max(self.next);
        Ok(piece)
    }
}

archway_plugin::export!(Files);
