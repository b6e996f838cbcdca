//! The archives of a test: their files, and one that is well.

use std::ops::Range;
use std::path::Path;

use archway_conformance::fake_tap::{FakeTap, Reply};

/// Rows of an archive that is well.
pub(crate) const ROWS: usize = 5;

/// An archive's file, as far as tests differ in it.
#[derive(Clone, Debug)]
pub(crate) struct ArchiveFile {
    pub(crate) id: String,
    base_url: String,
    order: u32,
    hosts: Vec<String>,
    grants: Vec<String>,
    limits: String,
    rate: String,
}

impl ArchiveFile {
    /// Behind `base_url`, which it may reach; nothing is repeated, kept or held back.
    pub(crate) fn new(id: &str, order: u32, base_url: &str) -> Self {
        let host = base_url.trim_start_matches("http://").split('/').next().unwrap_or_default();
        Self {
            id: id.to_owned(),
            base_url: base_url.to_owned(),
            order,
            hosts: Vec::new(),
            grants: vec![host.to_owned()],
            limits: String::new(),
            rate: "requests_per_s = 0.0\ncache_mib = 0\nattempts = 1\nbreaker_failures = 1000\n"
                .to_owned(),
        }
    }

    /// It may reach `host` too.
    pub(crate) fn reaching(mut self, host: &str) -> Self {
        self.hosts.push(host.to_owned());
        self.grants.push(host.to_owned());
        self
    }

    pub(crate) fn without_grants(self) -> Self {
        Self { grants: Vec::new(), ..self }
    }

    pub(crate) fn limits(self, limits: &str) -> Self {
        Self { limits: limits.to_owned(), ..self }
    }

    /// Beside what is there.
    pub(crate) fn rate(mut self, line: &str) -> Self {
        self.rate += line;
        self
    }

    pub(super) fn write(&self, folder: &Path) {
        let Self { id, base_url, order, hosts, grants, limits, rate } = self;
        let text = format!(
            "[archive]\nid = \"{id}\"\ntitle = \"Archive {id}\"\nplugin = \"vo-tap\"\norder = {order}\n\
             [settings]\nbase_url = \"{base_url}\"\nhosts = {hosts:?}\nmode = \"obscore\"\ncollections = false\n\
             [grants]\nhttp = {grants:?}\n[limits]\n{limits}\n[rate]\n{rate}"
        );
        // Whole at once: the gateway watches.
        let unfinished = folder.join(format!("{id}.part"));
        std::fs::write(&unfinished, text).unwrap();
        std::fs::rename(unfinished, folder.join(format!("{id}.toml"))).unwrap();
    }
}

/// An archive that answers every search with the same [`ROWS`] rows.
pub(crate) async fn well(id: &str) -> FakeTap {
    let fake = FakeTap::start().await;
    fake.on_query("FROM ivoa.obscore", [Reply::votable(obscore(id, 0..ROWS, "OK"))]);
    fake
}

const COLUMNS: [(&str, &str); 8] = [
    ("obs_publisher_did", r#"datatype="char" arraysize="*""#),
    ("obs_id", r#"datatype="char" arraysize="*""#),
    ("obs_collection", r#"datatype="char" arraysize="*""#),
    ("obs_title", r#"datatype="char" arraysize="*""#),
    ("s_ra", r#"datatype="double" unit="deg""#),
    ("s_dec", r#"datatype="double" unit="deg""#),
    ("t_min", r#"datatype="double" unit="d""#),
    ("t_max", r#"datatype="double" unit="d""#),
];

/// A reply to a query on ObsCore; `status` stands behind the rows (DALI 1.1, 4.4).
pub(crate) fn obscore(of: &str, rows: Range<usize>, status: &str) -> String {
    let mut text = String::from(
        r#"<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>"#,
    );
    for (name, attributes) in COLUMNS {
        text += &format!(r#"<FIELD name="{name}" {attributes}/>"#);
    }
    text += "<DATA><TABLEDATA>\n";
    for row in rows {
        let did = format!("ivo://{of}.example/obs?{row:06}");
        text += &format!(
            "<TR><TD>{did}</TD><TD>{row}</TD><TD>{of}</TD><TD>Record {row} of {of}</TD>\
             <TD>10.5</TD><TD>41.0</TD><TD>55000.0</TD><TD>55000.1</TD></TR>\n"
        );
    }
    text += "</TABLEDATA></DATA></TABLE>";
    if status != "OK" {
        text += &format!(r#"<INFO name="QUERY_STATUS" value="{status}"/>"#);
    }
    text += "</RESOURCE></VOTABLE>\n";
    text
}
