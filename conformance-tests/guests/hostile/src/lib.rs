//! A plugin that attacks its host, one way for each word it is asked.
//!
//! The text of a search, the id of a look-up, the locator of a reader and the text of a query
//! name the attack; `fine` is none.

use archway_plugin::access::{AccessRequest, HttpWay, Route, Way};
use archway_plugin::http::{Header, Method, Request};
use archway_plugin::tabular::TableQuery;
use archway_plugin::types::{
    Asset, AssetBatch, AssetId, Change, ChangeBatch, Description, Error, SearchQuery,
};
use archway_plugin::{
    ArchivePlugin, AssetCursor, ByteReader, ChangeCursor, Content, Host, QueryAnswer, SearchAnswer,
};

mod exhaust;
mod lie;
mod pry;
mod rows;

/// See the crate.
#[derive(Debug, Default)]
pub struct Hostile;

impl ArchivePlugin for Hostile {
    fn describe(&self, _host: &dyn Host) -> Result<Description, Error> {
        Ok(Description::new("Hostile", Vec::new()))
    }

    fn search(&self, host: &dyn Host, query: SearchQuery) -> Result<SearchAnswer, Error> {
        let attack = query.text.unwrap_or_default();
        exhaust::at_once(host, &attack);
        pry::at_once(host, &attack)?;
        let left = query.max_assets.unwrap_or(3);
        Ok(SearchAnswer {
            assets: Box::new(Assets { attack, left }),
            not_applied: Vec::new(),
            ordered: false,
            total: None,
        })
    }

    fn harvest(
        &self,
        _host: &dyn Host,
        since: Option<Vec<u8>>,
    ) -> Result<Box<dyn ChangeCursor>, Error> {
        Ok(Box::new(Changes(since.unwrap_or_default())))
    }

    fn look_up(&self, host: &dyn Host, id: AssetId) -> Result<Asset, Error> {
        let AssetId::NativeId(id) = id else {
            return Err(Error::NotFound("an identifier".to_owned()));
        };
        exhaust::at_once(host, &id);
        match id.as_str() {
            "missing" => Err(Error::NotFound(id)),
            _ => Ok(Asset::new(id, "c", "An asset")),
        }
    }

    fn access(&self, _host: &dyn Host, request: AccessRequest) -> Result<Vec<Way>, Error> {
        let (method, url, header) = match request.native_id.as_str() {
            "delete" => (Method::Delete, "https://example.org/", "1"),
            "script" => (Method::Get, "javascript:alert(1)", "1"),
            "split" => (Method::Get, "https://example.org/", "1\r\nHost: evil"),
            _ => (Method::Get, "https://example.org/", "1"),
        };
        Ok(vec![Way {
            route: Route::Http(HttpWay {
                method,
                url: url.to_owned(),
                headers: vec![Header { name: "x-a".to_owned(), value: header.to_owned() }],
                credential: None,
                ranges: false,
            }),
            role: "#this".to_owned(),
            description: None,
            media_type: None,
            size: None,
            checksums: Vec::new(),
            expires: None,
        }])
    }

    fn open(&self, _host: &dyn Host, locator: &str, _offset: u64) -> Result<Content, Error> {
        Ok(Content {
            reader: Box::new(Bytes(locator.to_owned())),
            total_bytes: None,
            modified: None,
            tag: None,
        })
    }

    fn query(&self, host: &dyn Host, query: TableQuery) -> Result<QueryAnswer, Error> {
        exhaust::at_once(host, &query.text);
        rows::answer(&query)
    }
}

struct Assets {
    attack: String,
    left: u64,
}

impl AssetCursor for Assets {
    fn next(&mut self, host: &dyn Host, max_assets: u32) -> Result<Option<AssetBatch>, Error> {
        if let Some(later) = self.attack.strip_prefix("next-") {
            exhaust::at_once(host, later);
            pry::at_once(host, later)?;
        }
        if self.left == 0 {
            return Ok(None);
        }
        if let Some(assets) = lie::assets(&self.attack, max_assets) {
            return Ok(Some(AssetBatch { assets, resume: Some(vec![1]) }));
        }
        let count = self.left.min(max_assets.into());
        self.left -= count;
        let assets = (0..count).map(|n| Asset::new(format!("a{n}"), "c", "An asset")).collect();
        Ok(Some(AssetBatch { assets, resume: None }))
    }
}

struct Changes(Vec<u8>);

impl ChangeCursor for Changes {
    fn next(&mut self, _host: &dyn Host, _max_changes: u32) -> Result<Option<ChangeBatch>, Error> {
        let resume = match self.0.as_slice() {
            b"huge-token" => vec![0; 1024 * 1024],
            b"done" => return Ok(None),
            _ => b"done".to_vec(),
        };
        self.0.clone_from(&resume);
        let change = Change::Upsert(Asset::new("a", "c", "An asset"));
        Ok(Some(ChangeBatch { changes: vec![change], resume }))
    }
}

struct Bytes(String);

impl ByteReader for Bytes {
    fn read(&mut self, host: &dyn Host, max_bytes: u32) -> Result<Vec<u8>, Error> {
        exhaust::at_once(host, &self.0);
        match self.0.as_str() {
            "more" => Ok(vec![7; max_bytes as usize + 1]),
            "pass" => {
                let base = host.text_setting("base_url").unwrap_or_default();
                let mut body = Vec::new();
                let mut response = host.send(Request::get(base))?;
                std::io::Read::read_to_end(&mut response, &mut body)?;
                Ok(body)
            }
            _ => Ok(vec![7; max_bytes as usize]),
        }
    }
}

archway_plugin::export!(Hostile);
