//! What is done with the service, the same when it is recorded and when it is replayed.

use archway_plugin::host::{Level, Slot};
use archway_plugin::tabular::{
    Column, ColumnData, ElementData, ElementKind, Field, RowBatch, TableDescription, TableQuery,
    TextData, Upload,
};
use archway_plugin::types::{
    Asset, AssetId, Change, Circle, Constraint, Description, Error, Frame, Interval, Order,
    Position, Region, SearchQuery, Shape, TimeRange, Value,
};
use archway_plugin::{ArchivePlugin, Host, QueryAnswer, Request, Response};

use crate::VoTap;

pub(super) const BASE_URL: &str = "http://localhost:8080/tap";
pub(super) const KNOWN_DID: &str = "ivo://archway.synthetic/dachs?synthetic-08/82763";

/// What came of a scenario.
pub(super) enum Seen {
    Description(Box<Description>),
    Search { assets: Vec<Asset>, not_applied: Vec<Constraint>, ordered: bool },
    Harvest { before: Vec<String>, after: Vec<String> },
    LookUp { found: Box<Result<Asset, Error>>, missing: Box<Result<Asset, Error>> },
    Errors(Vec<String>),
    Tables { all: Vec<String>, one: TableDescription },
    Query(String),
}

type Scenario = fn(&dyn Host) -> Seen;

pub(super) const SCENARIOS: [(&str, Scenario); 11] = [
    ("describe", |host| Seen::Description(Box::new(VoTap.describe(host).unwrap()))),
    ("cone", cone),
    ("pages", pages),
    ("dates", dates),
    ("harvest", harvest),
    ("look-up", look_up),
    ("errors", errors),
    ("tables", tables),
    ("upload", upload),
    ("job", job),
    ("overflow", overflow),
];

pub(crate) fn circle(longitude_deg: f64, latitude_deg: f64, radius_deg: f64) -> Region {
    let centre = Position { longitude_deg, latitude_deg };
    Region { frame: Frame::Icrs, shape: Shape::Circle(Circle { centre, radius_deg }) }
}

/// Follows a search to its end, `batch` assets at a time, each batch in a new cursor.
fn follow(host: &dyn Host, mut query: SearchQuery, batch: u32, most: usize) -> Seen {
    let mut assets = Vec::new();
    loop {
        let mut answer = VoTap.search(host, query.clone()).unwrap();
        let found = answer.assets.next(host, batch).unwrap();
        let ended =
            found.as_ref().is_none_or(|found| found.assets.is_empty()) || assets.len() >= most;
        if let Some(found) = found {
            assets.extend(found.assets);
            query.after = found.resume;
        }
        if ended || assets.len() >= most {
            return Seen::Search {
                assets,
                not_applied: answer.not_applied,
                ordered: answer.ordered,
            };
        }
    }
}

fn cone(host: &dyn Host) -> Seen {
    // 2010 to 2015, around the optical.
    let query = SearchQuery {
        text: Some("nebula".to_owned()),
        region: Some(circle(83.6, 22.0, 15.0)),
        time: Some(TimeRange {
            start: Some(1_262_304_000_000_000),
            end: Some(1_420_070_400_000_000),
        }),
        wavelength_m: Some(Interval { lower: Some(1e-7), upper: Some(1e-4) }),
        max_assets: Some(3),
        ..SearchQuery::everything()
    };
    follow(host, query, 100, 3)
}

fn pages(host: &dyn Host) -> Seen {
    let query = SearchQuery {
        region: Some(circle(83.6, 22.0, 5.0)),
        max_assets: Some(60),
        ..SearchQuery::everything()
    };
    follow(host, query, 60, usize::MAX)
}

fn dates(host: &dyn Host) -> Seen {
    let query = SearchQuery {
        collections: vec!["synthetic-05".to_owned()],
        order: Order::Date,
        max_assets: Some(4),
        ..SearchQuery::everything()
    };
    follow(host, query, 4, 12)
}

fn harvest(host: &dyn Host) -> Seen {
    let ids = |changes: Vec<Change>| {
        let id = |change| match change {
            Change::Upsert(asset) => asset.identity.native_id,
            Change::Withdraw(withdrawal) => withdrawal.native_id,
        };
        changes.into_iter().map(id).collect::<Vec<_>>()
    };
    // Small pages keep the recording small.
    let first = With { inner: host, key: "max_rows", value: Value::Integer(40) };
    let batch = VoTap.harvest(&first, None).unwrap().next(&first, 40).unwrap().unwrap();
    let next =
        VoTap.harvest(&first, Some(batch.resume)).unwrap().next(&first, 40).unwrap().unwrap();
    Seen::Harvest { before: ids(batch.changes), after: ids(next.changes) }
}

fn look_up(host: &dyn Host) -> Seen {
    let by = |id: &str| Box::new(VoTap.look_up(host, AssetId::NativeId(id.to_owned())));
    Seen::LookUp { found: by(KNOWN_DID), missing: by("ivo://nothing/here?'") }
}

fn table_query(text: &str) -> TableQuery {
    TableQuery {
        language: "ADQL".to_owned(),
        text: text.to_owned(),
        uploads: Vec::new(),
        max_rows: None,
    }
}

fn errors(host: &dyn Host) -> Seen {
    let queries = [
        "SELECT TOP 1 * FROM ivoa.nothere",
        "SELECT TOP 1 nope FROM ivoa.obscore",
        "SELEC 1",
        "SELECT TOP 1 1/0 FROM ivoa.obscore",
    ];
    let mut errors = Vec::new();
    for query in queries {
        errors.push(match VoTap.query(host, table_query(query)) {
            Err(error) => format!("{query}\n  {error:?}"),
            Ok(_) => format!("{query}\n  no error"),
        });
    }
    Seen::Errors(errors)
}

fn tables(host: &dyn Host) -> Seen {
    let all = VoTap.tables(host, &[], true).unwrap().into_iter().map(|table| table.name).collect();
    let one = VoTap.tables(host, &["tap_schema.key_columns".to_owned()], false).unwrap().remove(0);
    Seen::Tables { all, one }
}

fn upload(host: &dyn Host) -> Seen {
    let texts = |values: &[&str]| {
        let offsets = values.iter().scan(0, |at, value| {
            *at += u32::try_from(value.len()).unwrap();
            Some(*at)
        });
        TextData {
            offsets: [0].into_iter().chain(offsets).collect(),
            bytes: values.concat().into_bytes(),
        }
    };
    let column = |data| Column { data: ColumnData::Scalar(data), validity: None };
    let upload = Upload {
        name: "mine".to_owned(),
        fields: vec![
            Field::scalar("number", ElementKind::Signed32),
            Field::scalar("did", ElementKind::Text),
        ],
        batches: vec![RowBatch {
            rows: 2,
            columns: vec![
                column(ElementData::Signed32(vec![1, 2])),
                column(ElementData::Text(texts(&[KNOWN_DID, "ivo://nothing/here"]))),
            ],
        }],
    };
    let text = "SELECT mine.number, obs.obs_title, obs.t_min FROM TAP_UPLOAD.mine AS mine \
                JOIN ivoa.obscore AS obs ON obs.obs_publisher_did = mine.did";
    Seen::Query(told(
        host,
        VoTap.query(host, TableQuery { uploads: vec![upload], ..table_query(text) }).unwrap(),
    ))
}

fn job(host: &dyn Host) -> Seen {
    let host = With { inner: host, key: "async", value: Value::Text("always".to_owned()) };
    let text = "SELECT TOP 2 obs_publisher_did, s_ra, calib_level, s_xel1 FROM ivoa.obscore ORDER BY obs_publisher_did";
    Seen::Query(told(&host, VoTap.query(&host, table_query(text)).unwrap()))
}

fn overflow(host: &dyn Host) -> Seen {
    let query = TableQuery {
        max_rows: Some(2),
        ..table_query("SELECT obs_id FROM ivoa.obscore ORDER BY obs_id")
    };
    Seen::Query(told(host, VoTap.query(host, query).unwrap()))
}

/// Fields, rows and outcome, in short.
fn told(host: &dyn Host, mut answer: QueryAnswer) -> String {
    let mut text = String::new();
    for field in &answer.fields {
        text.push_str(&format!("{} {:?} {:?}\n", field.name, field.element, field.unit));
    }
    while let Some(batch) = answer.rows.next(host, 10).unwrap() {
        text.push_str(&format!("{} rows\n", batch.rows));
        for column in batch.columns {
            text.push_str(&match column.data {
                ColumnData::Scalar(ElementData::Text(texts)) => {
                    format!("  {:?} {:?}\n", String::from_utf8(texts.bytes).unwrap(), texts.offsets)
                }
                ColumnData::Scalar(data) => format!("  {data:?} {:?}\n", column.validity),
                other => format!("  {other:?}\n"),
            });
        }
    }
    let outcome = answer.rows.outcome();
    text + &format!("{:?} {:?}\n", outcome.completeness, outcome.warnings)
}

/// The same host with one setting more.
struct With<'a> {
    inner: &'a dyn Host,
    key: &'static str,
    value: Value,
}

impl Host for With<'_> {
    fn send(&self, request: Request) -> Result<Response, Error> {
        self.inner.send(request)
    }
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Error>> {
        self.inner.send_all(requests)
    }
    fn setting(&self, key: &str) -> Option<Value> {
        if key == self.key { Some(self.value.clone()) } else { self.inner.setting(key) }
    }
    fn credential_slots(&self) -> Vec<Slot> {
        self.inner.credential_slots()
    }
    fn cached(&self, key: &str) -> Option<Vec<u8>> {
        self.inner.cached(key)
    }
    fn cache(&self, key: &str, content: &[u8], keep_s: Option<u32>) -> Result<(), Error> {
        self.inner.cache(key, content, keep_s)
    }
    fn log(&self, level: Level, message: &str, fields: &[(&str, String)]) {
        self.inner.log(level, message, fields);
    }
    fn now_us(&self) -> i64 {
        self.inner.now_us()
    }
    fn sleep_ms(&self, duration_ms: u32) {
        self.inner.sleep_ms(duration_ms);
    }
    fn remaining_ms(&self) -> u64 {
        self.inner.remaining_ms()
    }
}
