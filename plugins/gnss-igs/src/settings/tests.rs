//! Settings read, and what is wrong in them named.

use archway_ftp::Security;
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::Value;

use super::*;
use crate::plan::{Direction, Plan, SlotMark};
use crate::time::written;

fn host(base_url: &str) -> RecordedHost {
    RecordedHost::new().with_text("base_url", base_url)
}

fn json(host: RecordedHost, key: &str, text: &str) -> RecordedHost {
    host.with_setting(key, Value::Json(text.to_owned()))
}

#[test]
fn a_base_url_is_all_that_is_needed() {
    let settings = Settings::of(&host("https://data.example/gnss/")).unwrap();
    assert!(settings.is_tree());
    assert_eq!(settings.servers[0].root, "/gnss");
    assert_eq!(settings.servers[0].provider, "https://data.example/gnss/");
    assert_eq!(settings.collections.other.as_deref(), Some("GNSS"));
}

#[test]
fn schemes_say_how_ftp_is_kept_private() {
    let cases = [
        ("ftp://data.example", Security::Plain, 21, ""),
        ("ftpes://data.example/gnss/", Security::ExplicitTls, 21, "/gnss"),
        ("ftps://data.example/a/b", Security::ImplicitTls, 990, "/a/b"),
        ("ftp://127.0.0.1:8472/x", Security::Plain, 8472, "/x"),
        ("ftp://[::1]:8472/x", Security::Plain, 8472, "/x"),
    ];
    for (url, security, port, root) in cases {
        let settings = Settings::of(&host(url)).unwrap();
        let Protocol::Ftp(server) = &settings.servers[0].protocol else { panic!("{url}") };
        assert_eq!((server.security, server.port), (security, port), "{url}");
        assert_eq!(settings.servers[0].root, root, "{url}");
    }
}

#[test]
fn mirrors_have_the_folders_of_the_archive_unless_they_name_their_own() {
    let host = json(host("https://a.example/"), "folders", r#"[{"path": "obs/{YYYY}/{DDD}"}]"#);
    let mirrors = r#"[{"provider": "B", "base_url": "ftp://b.example/"},
        {"provider": "C", "base_url": "ftp://c.example/", "folders": [{"path": "{WWWW}"}]}]"#;
    let settings = Settings::of(&json(host, "mirrors", mirrors)).unwrap();
    let steps: Vec<_> = settings.servers.iter().map(|s| s.folders[0].step).collect();
    assert_eq!(steps, [Step::Day, Step::Day, Step::Week]);
}

#[test]
fn mistakes_are_named() {
    let cases = [
        ("folders", r#"[{"path": "obs/{YEAR}"}]"#, "{YEAR} is none of YYYY, yy"),
        ("folders", r#"[{"path": "obs/{YYYY"}]"#, "a { without a }"),
        ("folders", r#"[{"path": "obs/{yy}{t}"}]"#, "go together"),
        ("folders", r#"[{"path": "obs", "letters": "d"}]"#, "go together"),
        ("folders", r#"[{"path": "{station}"}]"#, "go together"),
        ("folders", r#"{"path": "obs"}"#, "the setting folders"),
        ("mirrors", r#"[{"provider": "B", "base_url": "gopher://b.example/"}]"#, "none of http"),
        (
            "mirrors",
            r#"[{"provider": "B", "base_url": "ftp://b.example/", "folders": [{"path": "x"}]}]"#,
            "have folders all",
        ),
        ("collections", r#"[{"id": "a", "formats": ["fits"]}]"#, "no format of GNSS files"),
        ("collections", r#"[{"id": "a", "created": "last year"}]"#, "is no date"),
        ("collections", r#"[{"id": " "}]"#, "without an id"),
        (
            "stations",
            r#"[{"id": "a", "longitude_deg": 400, "latitude_deg": 0}]"#,
            "no such longitude",
        ),
    ];
    for (key, text, wanted) in cases {
        let Err(Error::InvalidQuery(fault)) =
            Settings::of(&json(host("http://a.example/"), key, text))
        else {
            panic!("{text}")
        };
        assert!(fault.message.contains(wanted), "{text}: {}", fault.message);
        assert_eq!(fault.part.as_deref(), Some(key));
    }
    for (key, text) in [("from", "1992"), ("until", "2010-13-01")] {
        assert!(Settings::of(&host("http://a.example/").with_text(key, text)).is_err(), "{key}");
    }
    assert!(Settings::of(&RecordedHost::new()).is_err());
}

#[test]
fn placeholders_are_filled_with_the_date() {
    let day = Day::of_date(2010, 7, 1).unwrap().start_us() + 13 * 3_600_000_000;
    let cases = [
        (r#"{"path": "obs/{YYYY}/{DDD}"}"#, Step::Day, vec!["obs/2010/182"]),
        (r#"{"path": "{YYYY}/{MM}/{DD}"}"#, Step::Day, vec!["2010/07/01"]),
        (r#"{"path": "w{WWWW}"}"#, Step::Week, vec!["w1590"]),
        (r#"{"path": "{WWWW}{D}"}"#, Step::Day, vec!["15904"]),
        (
            r#"{"path": "{yy}{DDD}/{yy}{t}", "letters": "dn"}"#,
            Step::Day,
            vec!["10182/10d", "10182/10n"],
        ),
        (r#"{"path": "{DDD}/{HH}{h}"}"#, Step::Hour, vec!["182/13n"]),
        (r#"{"path": "{YYYY}"}"#, Step::Year, vec!["2010"]),
        (r#"{"path": "{YYYY}-{MM}"}"#, Step::Month, vec!["2010-07"]),
        (r#"{"path": "station/log"}"#, Step::Once, vec!["station/log"]),
        (
            r#"{"path": "{STATION}/{station}", "stations": ["Wtzr", "pots"]}"#,
            Step::Once,
            vec!["WTZR/wtzr", "POTS/pots"],
        ),
    ];
    for (written, step, wanted) in cases {
        let folders = format!("[{written}]");
        let settings = Settings::of(&json(host("http://a.example/"), "folders", &folders)).unwrap();
        let folder = &settings.servers[0].folders[0];
        let paths: Vec<_> = folder.paths(day).into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            (folder.step, paths),
            (step, wanted.iter().map(|p| (*p).to_owned()).collect()),
            "{written}"
        );
    }
    let files = r#"[{"path": "CODE/{YYYY}", "files": ["COD{WWWW}{D}.EPH.Z", "COD0OPSFIN_{YYYY}{DDD}0000_01D_05M_ORB.SP3.gz"]}]"#;
    let settings = Settings::of(&json(host("http://a.example/"), "folders", files)).unwrap();
    // What is asked for by name is there as often as its name changes.
    assert_eq!(settings.servers[0].folders[0].step, Step::Day);
    assert_eq!(
        settings.servers[0].folders[0].paths(day),
        [(
            "CODE/2010".to_owned(),
            vec![
                "COD15904.EPH.Z".to_owned(),
                "COD0OPSFIN_20101820000_01D_05M_ORB.SP3.gz".to_owned()
            ]
        )]
    );
}

fn plan(from: &str, to: &str, direction: Direction) -> Plan {
    let folders =
        r#"[{"path": "obs/{YYYY}/{DDD}"}, {"path": "products/{WWWW}"}, {"path": "station/log"}]"#;
    let settings = Settings::of(&json(host("http://a.example/"), "folders", folders)).unwrap();
    let us = |text: &str| day(text).unwrap().start_us();
    Plan::new(&settings, us(from), us(to), direction)
}

fn told(mut plan: Plan) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(slot) = plan.peek() {
        all.push(format!("{:?} {}", slot.step, &written(slot.start_us)[..10]));
        plan.advance(slot);
        assert!(all.len() < 100, "it ends");
    }
    all
}

#[test]
fn a_plan_has_every_step_that_may_reach_into_the_time() {
    assert_eq!(
        told(plan("2010-07-03", "2010-07-04", Direction::LatestFirst)),
        [
            "Day 2010-07-04",
            "Week 2010-07-04",
            "Day 2010-07-03",
            "Week 2010-06-27",
            "Once 1970-01-01"
        ]
    );
    assert_eq!(
        told(plan("2010-07-03", "2010-07-04", Direction::EarliestFirst)),
        [
            "Once 1970-01-01",
            "Week 2010-06-27",
            "Day 2010-07-03",
            "Week 2010-07-04",
            "Day 2010-07-04"
        ]
    );
}

#[test]
fn a_plan_goes_on_at_each_of_its_steps() {
    for direction in [Direction::LatestFirst, Direction::EarliestFirst] {
        let whole = plan("2010-07-03", "2010-07-04", direction);
        let all = told(whole.clone());
        let mut cut = whole.clone();
        for at in 0..all.len() {
            let slot = cut.peek().unwrap();
            let mut again = whole.clone();
            again.go_on_at(SlotMark::from(slot));
            assert_eq!(told(again), all[at..], "{direction:?} at {at}");
            cut.advance(slot);
        }
    }
}
