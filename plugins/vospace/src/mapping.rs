//! A node as an asset: what its properties say, and all of them as extras.
//!
//! Rules: a value that the node does not give is absent. Dates are when a node was made or
//! changed, not when its data were taken, unless the setting `date_as_time` says so.

use archway_formats::time::parse_timestamp;
use archway_formats::vospace::{Node, NodeKind, NodeUri, property, write_node};
use archway_plugin::types::{
    Agent, AgentRole, Asset, AssetKind, Availability, Checksum, Distribution, Extra, Identifier,
    Location, NativeRecord, Relation, Size, SizeQuality, TimeCoverage, TimeScale, Value,
    Visibility,
};

use crate::service::Service;
use crate::settings::Bytes;

/// The distribution of the bytes as they were stored.
pub(crate) const DATA: &str = "data";
/// The distribution of what a link leads to.
pub(crate) const TARGET: &str = "target";
/// Before the identifier of a view, the distribution of the data in it.
pub(crate) const VIEW: &str = "view:";

const SCHEMA: &str = "http://www.ivoa.net/xml/VOSpace/v2.0";
/// Longest value of a property that becomes an extra.
const MOST_VALUE_BYTES: usize = 64 << 10;
/// Most properties that become extras; the native record has them all.
const MOST_EXTRAS: usize = 1000;

/// Makes an asset of a node; `document` is what the service sent of it, where that is all it
/// sent, else the node is written anew.
pub(crate) fn asset(
    service: &Service,
    node: &Node,
    uri: &NodeUri,
    document: Option<Vec<u8>>,
) -> Asset {
    let settings = &service.settings;
    let named = |word: &str| node.core(word).map(str::to_owned);
    let name = match uri.name() {
        "" => uri.service.clone(),
        name => name.to_owned(),
    };
    let collection = settings.collection_of(&uri.path, &service.root.path);
    let mut asset =
        Asset::new(node.uri.clone(), collection, named("title").unwrap_or_else(|| name.clone()));
    asset.identity.kind = kind(node);
    // Whatever the service's way of escaping, this is how others write it.
    let standard = uri.to_string();
    if standard != node.uri {
        asset.identity.others.push(Identifier { scheme: "vos".to_owned(), value: standard });
    }
    asset.summary.description = named("description");
    let date = |words: &[&str]| words.iter().find_map(|word| parse_timestamp(node.core(word)?));
    asset.summary.created = date(&["btime"]);
    asset.summary.modified = date(&["mtime", "date"]);
    agents(service, node, &mut asset);
    rights(service, node, &mut asset);
    asset.facets = settings.facets.clone();
    if settings.date_as_time
        && let Some(when) = asset.summary.modified
    {
        asset.time.push(TimeCoverage {
            start: Some(when),
            end: Some(when),
            scale: TimeScale::Utc,
            reference_position: None,
            exposure_s: None,
            sampling_s: None,
            samples: None,
            native: named("mtime").or_else(|| named("date")),
        });
    }
    if let Some(target) = &node.target {
        let scheme = if target.starts_with("vos://") { "vos" } else { "url" };
        asset.summary.relations.push(Relation {
            relation: "local:links-to".to_owned(),
            scheme: scheme.to_owned(),
            identifier: target.clone(),
        });
    }
    asset.distributions = distributions(service, node, uri, &name);
    extras(node, &mut asset.extras);
    let content = document.or_else(|| {
        let mut written = Vec::new();
        write_node(&mut written, node, &[]).ok().map(|()| written)
    });
    asset.native = content.map(|content| NativeRecord {
        schema: SCHEMA.to_owned(),
        media_type: "text/xml".to_owned(),
        content,
    });
    asset
}

fn kind(node: &Node) -> AssetKind {
    let media_type = node.core("type").or_else(|| node.core("format")).unwrap_or_default();
    match node.kind {
        NodeKind::Container => AssetKind::Container,
        NodeKind::Link => AssetKind::VirtualAsset,
        _ if ["text/plain", "text/html", "text/markdown", "application/pdf"]
            .contains(&media_type) =>
        {
            AssetKind::Document
        }
        _ => AssetKind::Dataset,
    }
}

fn agents(service: &Service, node: &Node, asset: &mut Asset) {
    let agent = |name: &str, role| Agent {
        name: name.to_owned(),
        role,
        identifier: None,
        affiliation: None,
    };
    let words = [
        ("creator", AgentRole::Creator),
        ("publisher", AgentRole::Publisher),
        ("contributor", AgentRole::Contributor),
    ];
    for (word, role) in words {
        asset.summary.agents.extend(node.core(word).map(|name| agent(name, role)));
    }
    let has_publisher = asset.summary.agents.iter().any(|one| one.role == AgentRole::Publisher);
    if let Some(publisher) = service.settings.publisher.as_deref().filter(|_| !has_publisher) {
        asset.summary.agents.push(agent(publisher, AgentRole::Publisher));
    }
}

/// Who may read: everybody, the groups named, or nobody that is known of.
fn rights(service: &Service, node: &Node, asset: &mut Asset) {
    let rights = &mut asset.rights;
    let groups = node.core("groupread").unwrap_or_default();
    rights.read_groups = groups.split_whitespace().map(str::to_owned).collect();
    let public =
        ["ispublic", "publicread"].into_iter().find_map(|word| Some((word, node.core(word)?)));
    rights.native = public.map(|(word, value)| format!("{word}={value}"));
    let is_public = match public.map(|(_, value)| value.to_ascii_lowercase()).as_deref() {
        Some("true" | "1" | "t") => true,
        Some(_) => false,
        // A node that says nothing was told to anybody, or to the holder of a credential only.
        None => rights.read_groups.is_empty() && service.settings.credential.is_none(),
    };
    rights.visibility = match is_public {
        true => Visibility::Public,
        false if !rights.read_groups.is_empty() => Visibility::Shared,
        false => Visibility::Restricted,
    };
    rights.licence = service.settings.licence.clone();
    rights.statement = node.core("rights").map(str::to_owned);
    rights.acknowledgement = service.settings.acknowledgement.clone();
}

/// The size that a node says, to the byte.
pub(crate) fn size(node: &Node) -> Option<Size> {
    let bytes = node.core("length")?.parse().ok()?;
    Some(Size { bytes, quality: SizeQuality::Exact })
}

/// The digest that a node says, if it is one.
pub(crate) fn checksums(node: &Node) -> Vec<Checksum> {
    let hex =
        node.core("MD5").or_else(|| node.core("md5")).unwrap_or_default().to_ascii_lowercase();
    let is_digest = hex.len() == 32 && hex.bytes().all(|b| b.is_ascii_hexdigit());
    is_digest.then(|| Checksum { algorithm: "md5".to_owned(), hex }).into_iter().collect()
}

fn distributions(service: &Service, node: &Node, uri: &NodeUri, name: &str) -> Vec<Distribution> {
    let distribution = |id: String, role: &str, location| Distribution {
        distribution_id: id,
        role: role.to_owned(),
        location,
        media_type: None,
        format: None,
        encodings: Vec::new(),
        size: None,
        checksums: Vec::new(),
        file_name: Some(name.to_owned()),
        modified: None,
        availability: Availability::Online,
        provider: None,
    };
    match node.kind {
        NodeKind::Container => Vec::new(),
        NodeKind::Link => {
            let target = node.target.as_deref().unwrap_or_default();
            let is_url = ["http://", "https://"].iter().any(|scheme| target.starts_with(scheme))
                && target.chars().all(|c| c.is_ascii_graphic());
            let location =
                if is_url { Location::Url(target.to_owned()) } else { Location::OnRequest };
            vec![distribution(TARGET.to_owned(), "#this", location)]
        }
        _ => {
            let location = match &service.endpoints.files {
                Some(_) if matches!(service.settings.bytes, Bytes::Auto | Bytes::Files) => {
                    files_url(service, uri).map_or(Location::OnRequest, Location::Url)
                }
                _ => Location::OnRequest,
            };
            let mut data = distribution(DATA.to_owned(), "#this", location);
            data.media_type =
                node.core("type").map(str::to_owned).filter(|kind| kind.contains('/'));
            data.format = format(data.media_type.as_deref().unwrap_or_default(), name);
            data.encodings = encodings(node.core("encoding"), name);
            data.size = size(node);
            data.checksums = checksums(node);
            data.modified =
                node.core("mtime").or_else(|| node.core("date")).and_then(parse_timestamp);
            // Bytes that are being brought in, or lie on tape.
            data.availability =
                if node.busy { Availability::Nearline } else { Availability::Online };
            let mut all = vec![data];
            let others = node.provides.iter().filter(|view| !is_plain(&view.uri));
            all.extend(others.map(|view| {
                let role = if view.original { "#this" } else { "#derivation" };
                let mut shown =
                    distribution(format!("{VIEW}{}", view.uri), role, Location::OnRequest);
                shown.file_name = None;
                shown
            }));
            all
        }
    }
}

/// Where the bytes of a node are by path.
pub(crate) fn files_url(service: &Service, uri: &NodeUri) -> Option<String> {
    let files = service.endpoints.files.as_deref()?;
    Some(format!("{files}{}", archway_formats::vospace::escaped_path(&uri.path)))
}

/// Whether a view is the bytes as they were stored.
fn is_plain(view: &str) -> bool {
    let word = view.rsplit_once(['#', '/']).map_or(view, |(_, word)| word);
    ["anyview", "defaultview", "binaryview", "any", "default", "data"].contains(&word)
}

/// The gateway's word for a format, by media type, else by the end of the name.
fn format(media_type: &str, name: &str) -> Option<String> {
    let kind = media_type.split(';').next().unwrap_or_default().trim();
    let word = match kind {
        "application/fits" | "image/fits" => "fits",
        "application/x-votable+xml" => "votable",
        "text/csv" => "csv",
        "application/pdf" => "pdf",
        _ => {
            let lower = name.to_ascii_lowercase();
            let plain =
                ["gz", "bz2", "z"].iter().find_map(|end| lower.strip_suffix(&format!(".{end}")));
            match plain.unwrap_or(&lower).rsplit_once('.')?.1 {
                "fits" | "fit" | "fts" => "fits",
                "vot" | "votable" => "votable",
                "csv" => "csv",
                "cdf" => "cdf",
                "pdf" => "pdf",
                _ => return None,
            }
        }
    };
    Some(word.to_owned())
}

/// As the node says it, else by the end of the name, which the bytes were stored under.
fn encodings(written: Option<&str>, name: &str) -> Vec<String> {
    if let Some(written) = written {
        let words = written.split(',').map(str::trim);
        let words = words.filter(|word| !word.is_empty() && *word != "identity");
        return words.map(|word| word.trim_start_matches("x-").to_ascii_lowercase()).collect();
    }
    let ends = [(".gz", "gzip"), (".bz2", "bzip2"), (".Z", "compress")];
    let found = ends.into_iter().find(|(end, _)| name.ends_with(end));
    found.map(|(_, word)| word.to_owned()).into_iter().collect()
}

/// Everything that a node says, by the words behind `#`; by whole identifiers where two agree.
fn extras(node: &Node, extras: &mut Vec<Extra>) {
    let mut add = |name: String, value: Value| {
        let key = format!("vos:{name}");
        if extras.len() < MOST_EXTRAS && extras.iter().all(|extra: &Extra| extra.key != key) {
            extras.push(Extra { key, value });
        }
    };
    add("type".to_owned(), Value::Text(node.kind.name().to_owned()));
    if node.busy {
        add("busy".to_owned(), Value::Boolean(true));
    }
    if let Some(target) = &node.target {
        add("target".to_owned(), Value::Text(target.clone()));
    }
    for (name, views) in [("accepts", &node.accepts), ("provides", &node.provides)] {
        if !views.is_empty() {
            let uris = views.iter().map(|view| view.uri.clone()).collect();
            add(name.to_owned(), Value::Texts(uris));
        }
    }
    let word = |uri: &str| match uri.rsplit_once('#') {
        // The media type shall not hide behind the type of the node.
        Some((_, "type")) => "media-type".to_owned(),
        Some((_, word)) if !word.is_empty() => word.to_owned(),
        _ => uri.to_owned(),
    };
    for property in &node.properties {
        let Some(value) = property.value.as_deref().filter(|value| value.len() <= MOST_VALUE_BYTES)
        else {
            continue;
        };
        let own = word(&property.uri);
        let is_alone = node.properties.iter().filter(|other| word(&other.uri) == own).count() == 1;
        let name = if is_alone || property.uri == format!("ivo://ivoa.net/vospace/core#{own}") {
            own
        } else {
            property.uri.clone()
        };
        let value = match property.uri.as_str() {
            property::LENGTH | property::QUOTA => {
                value.trim().parse().map_or_else(|_| Value::Text(value.to_owned()), Value::Integer)
            }
            _ => Value::Text(value.to_owned()),
        };
        add(name, value);
    }
}
