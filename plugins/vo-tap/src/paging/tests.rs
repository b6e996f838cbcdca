//! Pages against an archive that cuts, repeats or lies.

use std::cell::RefCell;

use archway_plugin::Request;
use archway_plugin::http::Response;
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::Value;

use super::*;
use crate::profile::Profile;

/// An archive of rows `1` to `rows`, which answers just the queries that this file writes:
/// it understands TOP and the last identifier, and stops at `cut` rows.
struct Archive {
    inner: RecordedHost,
    rows: u32,
    cut: u32,
    /// Whether it says that it stopped.
    says_so: bool,
    /// Whether it takes the identifier into account.
    listens: bool,
    asked: RefCell<Vec<String>>,
}

impl Archive {
    fn new(rows: u32, cut: u32) -> Self {
        let inner = RecordedHost::new().with_text("base_url", "https://archive.example/tap");
        Self { inner, rows, cut, says_so: false, listens: true, asked: RefCell::default() }
    }

    fn answer(&self, url: &str) -> String {
        let number_behind = |word: &str| {
            let digits = url
                .split_once(word)?
                .1
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>();
            digits.parse::<u32>().ok()
        };
        let last = number_behind("obs_publisher_did+%3E+%27id")
            .filter(|_| self.listens)
            .map_or(0, |n| n - 1000);
        let top = number_behind("TOP+").unwrap();
        let given = top.min(self.cut);
        let left = self.rows - last;
        let rows = (last + 1..=self.rows).take(given as usize);
        let rows: String = rows.map(|n| format!("<TR><TD>id{}</TD></TR>", n + 1000)).collect();
        let overflow = if self.says_so && given < top && given < left {
            r#"<INFO name="QUERY_STATUS" value="OVERFLOW"/>"#
        } else {
            ""
        };
        format!(
            r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>
            <FIELD name="obs_publisher_did" datatype="char" arraysize="*"/><DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE>{overflow}</RESOURCE></VOTABLE>"#
        )
    }
}

impl Host for Archive {
    fn send(&self, request: Request) -> Result<Response, Error> {
        let url = request.as_wit().url.clone();
        self.asked.borrow_mut().push(url.clone());
        let body = std::io::Cursor::new(self.answer(&url).into_bytes());
        Ok(Response::new(200, url, Vec::new(), Box::new(body)))
    }
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Error>> {
        self.inner.send_all(requests)
    }
    fn setting(&self, key: &str) -> Option<Value> {
        self.inner.setting(key)
    }
    fn credential_slots(&self) -> Vec<archway_plugin::host::Slot> {
        Vec::new()
    }
    fn cached(&self, key: &str) -> Option<Vec<u8>> {
        self.inner.cached(key)
    }
    fn cache(&self, key: &str, content: &[u8], keep_s: Option<u32>) -> Result<(), Error> {
        self.inner.cache(key, content, keep_s)
    }
    fn log(&self, level: archway_plugin::host::Level, message: &str, fields: &[(&str, String)]) {
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

fn pages(archive: &Archive, change: impl FnOnce(&mut Settings)) -> Pages {
    let mut settings = Settings::of(archive).unwrap();
    change(&mut settings);
    let source = Source::obscore(&settings, &Profile::default());
    Pages::new(settings, source, Vec::new(), Ordering::Identifier)
}

fn all(archive: &Archive, mut pages: Pages) -> Result<Vec<String>, Error> {
    let mut ids = Vec::new();
    while pages
        .read(archive, &mut |mapper, row| ids.push(mapper.asset(row).unwrap().identity.native_id))?
    {
    }
    Ok(ids)
}

#[test]
fn an_archive_that_cuts_its_answers_loses_nothing() {
    let cases = [
        ("pages of its own size", 10, 100, false, None, 4, 3),
        ("it cuts and says so", 10, 3, true, None, 10, 4),
        ("it cuts and says nothing, at a known number", 10, 3, false, Some(3), 10, 4),
        ("exactly one page", 4, 100, false, None, 4, 2),
        ("nothing", 0, 100, false, None, 4, 1),
    ];
    for (name, rows, cut, says_so, silent, page, queries) in cases {
        let archive = Archive { says_so, ..Archive::new(rows, cut) };
        let pages = pages(&archive, |settings| {
            settings.max_rows = page;
            settings.maxrec_sync = silent;
        });
        let wanted: Vec<_> = (1..=rows).map(|n| format!("id{}", n + 1000)).collect();
        assert_eq!(all(&archive, pages).unwrap(), wanted, "{name}");
        assert_eq!(archive.asked.borrow().len(), queries, "{name}");
    }
}

#[test]
fn no_more_is_asked_for_than_is_wanted() {
    let archive = Archive::new(100, 100);
    let pages = pages(&archive, |settings| settings.max_rows = 4).bounded(Some(6), 500);
    assert_eq!(all(&archive, pages).unwrap().len(), 6);
    let asked = archive.asked.borrow();
    assert!(
        asked[0].contains("TOP+4+") && asked[1].contains("TOP+2+") && asked.len() == 2,
        "{asked:?}"
    );
}

#[test]
fn an_archive_that_gives_the_same_page_again_is_stopped() {
    let archive = Archive { listens: false, ..Archive::new(10, 100) };
    let pages = pages(&archive, |settings| settings.max_rows = 4);
    let failure = all(&archive, pages).unwrap_err();
    assert!(
        matches!(failure, Error::MalformedReply(mismatch) if mismatch.received == "the same rows again")
    );
    assert_eq!(archive.asked.borrow().len(), 2);
}

#[test]
fn a_position_survives_its_token_and_a_forged_one_is_refused() {
    let positions = [
        Position::default(),
        Position {
            in_nulls: false,
            key: Some(Key::Real(60000.25)),
            id: Some(Key::Text("a'b".to_owned())),
        },
        Position { in_nulls: true, key: None, id: Some(Key::Integer(i64::MAX)) },
        Position {
            in_nulls: false,
            key: Some(Key::Real(0.1 + 0.2)),
            id: Some(Key::Text("x".to_owned())),
        },
    ];
    for position in positions {
        assert_eq!(Position::of_token(&position.to_token(), "after").unwrap(), position);
    }
    for forged in ["", "{", "[1]", r#"{"k": {"x": 1}}"#] {
        assert!(
            matches!(Position::of_token(forged.as_bytes(), "after"), Err(Error::InvalidQuery(_))),
            "{forged}"
        );
    }
}

#[test]
fn the_query_goes_on_behind_the_last_row() {
    let archive = Archive::new(0, 0);
    let at = |ordering, position| {
        let settings = Settings::of(&archive).unwrap();
        let source = Source::obscore(&settings, &Profile::default());
        Pages::new(settings, source, vec!["calib_level = 2".to_owned()], ordering)
            .after(position)
            .adql(9)
    };
    let id = || Some(Key::Text("ivo://a/b?it's".to_owned()));
    let position = |key, in_nulls| Position { in_nulls, key, id: id() };
    let queries = [
        at(Ordering::Identifier, Position::default()),
        at(Ordering::Identifier, position(None, false)),
        at(Ordering::Falling("t_min"), Position::default()),
        at(Ordering::Falling("t_min"), position(Some(Key::Real(60000.445545803304)), false)),
        at(Ordering::Falling("t_min"), Position { in_nulls: true, key: None, id: None }),
        at(Ordering::Falling("t_min"), position(None, true)),
        at(Ordering::Rising("t_min"), position(Some(Key::Integer(5)), false)),
    ];
    insta::assert_snapshot!(queries.join("\n"));
}

#[test]
fn circles_of_any_length_are_found_and_a_straight_line_is_none() {
    let at = |n: u64| Position { id: Some(Key::Integer(n as i64)), ..Position::default() };
    for length in 1..40 {
        let mut circle = Circle::default();
        // Three pages lead to it.
        let pages = (0..3).chain((0..).map(|n| 3 + n % length));
        let found = pages.take(500).position(|n| circle.closes_at(&at(n)));
        assert!(found.is_some_and(|pages| pages as u64 <= 10 + 6 * length), "{length}: {found:?}");
    }
    let mut line = Circle::default();
    assert!(!(0..10_000).any(|n| line.closes_at(&at(n))));
}
