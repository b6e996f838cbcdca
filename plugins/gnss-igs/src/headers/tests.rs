//! Real headers read (`tests/data/headers`, whose origin is in `SOURCES.md`), and broken ones
//! refused or noted.

use archway_plugin::types::TimeScale;
use proptest::prelude::*;

use super::{Fact, Facts, HeaderError, MOST_BYTES, read};
use crate::time::written;

fn real(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/headers/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn facts(name: &str) -> Facts {
    read(real(name).as_slice()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Everything that was found, a line each.
fn told(facts: &Facts) -> String {
    let mut lines = Vec::new();
    let mut add = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            lines.push(format!("{key}: {value}"));
        }
    };
    let compact = if facts.is_compact { " compact" } else { "" };
    add("format", Some(format!("{}{compact}", facts.format)));
    add("version", facts.version.clone());
    add("systems", Some(facts.systems.clone()).filter(|s| !s.is_empty()));
    add("marker", facts.marker.clone());
    add("domes", facts.domes.clone());
    add("station", facts.station.clone());
    add("country", facts.country.clone());
    add("observer", facts.observer.clone());
    add("agency", facts.agency.clone());
    add(
        "receiver",
        facts.receiver.as_ref().map(|r| format!("{} {:?} {:?}", r.model, r.serial, r.version)),
    );
    add("antenna", facts.antenna.as_ref().map(|r| format!("{} {:?}", r.model, r.serial)));
    add("position", facts.position_m.map(|p| format!("{p:?}")));
    add("place", facts.place.map(|p| format!("{p:?}")));
    let scale = format!("{:?}", facts.scale);
    let scale = scale.rsplit("::").next().unwrap_or_default().to_owned();
    add(
        "first",
        facts.first.as_ref().map(|e| format!("{} {scale} ({})", written(e.instant_us), e.native)),
    );
    add(
        "last",
        facts.last.as_ref().map(|e| format!("{} {scale} ({})", written(e.instant_us), e.native)),
    );
    add("interval", facts.interval_s.map(|s| format!("{s} s")));
    add("samples", facts.samples.map(|s| s.to_string()));
    add("program", facts.program.clone());
    add("run by", facts.run_by.clone());
    add("created", facts.created_us.map(written));
    add("doi", facts.doi.clone());
    add("licence", facts.licence.clone());
    add(
        "description",
        facts.description.as_ref().map(|d| d.lines().next().unwrap_or_default().to_owned()),
    );
    for (key, fact) in &facts.others {
        let value = match fact {
            Fact::Text(text) => text.clone(),
            Fact::Integer(number) => number.to_string(),
            Fact::Real(number) => number.to_string(),
            Fact::Texts(all) => all.join(" "),
        };
        add(key, Some(value));
    }
    for note in &facts.notes {
        add("note", Some(note.clone()));
    }
    lines.join("\n")
}

#[test]
fn real_headers_say_what_they_are_known_to_say() {
    let names = [
        "07590920.05o",
        "30400920.05o",
        "SEPT078M1.21O",
        "3034078M1.21O",
        "sample.crx",
        "07590920.05n",
        "brdc1820.10n",
        "brdc0910.09g",
        "30340780.21q",
        "SEPT078M.21P",
        "igs15904.sp3",
        "esa15253.sp3",
        "igl15253.sp3",
        "igs15904.clk",
        "esa15253.clk",
        "igrg3380.10i",
        "igs20P2131_wocov.snx",
        "igs17127.erp",
        "P1P22011.DCB",
        "gnssant_ext.atx",
    ];
    let all: Vec<String> =
        names.iter().map(|name| format!("== {name}\n{}", told(&facts(name)))).collect();
    insta::assert_snapshot!(all.join("\n\n"));
}

#[test]
fn carriage_returns_and_bytes_of_latin_1_are_no_hindrance() {
    let text = String::from_utf8(real("07590920.05o")).unwrap();
    let dos = text.replace('\n', "\r\n");
    let expected = facts("07590920.05o");
    let found = read(dos.as_bytes()).unwrap();
    assert_eq!(told(&found), told(&expected));
    let mut latin =
        text.replace("GSI, JAPAN          GEO", "GSI, M\u{1}NCHEN         GEO").into_bytes();
    for byte in &mut latin {
        if *byte == 1 {
            *byte = 0xdc;
        }
    }
    assert_eq!(read(latin.as_slice()).unwrap().observer.as_deref(), Some("GSI, MÜNCHEN"));
}

#[test]
fn versions_that_came_later_are_read_as_the_nearest_and_noted() {
    let text = String::from_utf8(real("SEPT078M1.21O")).unwrap();
    let five = text.replacen("     3.04 ", "     5.00 ", 1);
    let found = read(five.as_bytes()).unwrap();
    assert_eq!(found.version.as_deref(), Some("5.00"));
    assert!(found.notes.iter().any(|note| note.contains("5.00")), "{:?}", found.notes);
}

#[test]
fn what_rinex_4_adds_is_read() {
    let text = String::from_utf8(real("SEPT078M1.21O")).unwrap();
    let line = |content: &str, label: &str| format!("{content:<60}{label}\n");
    let added = [
        line("https://doi.org/10.24414/ROB-GNSS-SEPT", "DOI"),
        line("CC BY 4.0", "LICENSE OF USE"),
        line("       12", "MERGED FILE"),
        line("https://stations.example/sept", "STATION INFORMATION"),
    ]
    .concat();
    let end = text.find("DBHZ").unwrap();
    let four = format!("{}{added}{}", &text[..end], &text[end..]).replacen("3.04", "4.01", 1);
    let found = read(four.as_bytes()).unwrap();
    assert_eq!(found.doi.as_deref(), Some("10.24414/rob-gnss-sept"));
    assert_eq!(found.licence.as_deref(), Some("CC BY 4.0"));
    assert!(found.others.contains(&("merged-files", Fact::Integer(12))));
}

#[test]
fn fields_that_cannot_be_read_are_noted_and_absent() {
    let observations = String::from_utf8(real("07590920.05o")).unwrap();
    let orbits = String::from_utf8(real("igs15904.sp3")).unwrap();
    let cases = [
        (
            "a bad time",
            observations.replace("  2005     4     2 ", "  2005    14    32 "),
            "is no time",
        ),
        ("a bad position", observations.replace("-3976219.5082", "-39762x9.5082"), "position"),
        (
            "a wrong count",
            observations.replace("     4    L1", "     5    L1"),
            "4 observation types are listed where 5 are announced",
        ),
        (
            "no count",
            observations.replace("     4    L1", "     x    L1"),
            "the number of observation types",
        ),
        (
            "a strange time system",
            observations.replace("0.0000000     GPS ", "0.0000000     XYZ "),
            "\"XYZ\"",
        ),
        ("a bad epoch of orbits", orbits.replace("#cP2010  7  1", "#cP2010  7 99"), "is no time"),
        ("a week that contradicts", orbits.replace("## 1590", "## 1591"), "contradict"),
        (
            "a number of epochs that is none",
            orbits.replace("      96 ORBIT", "      xx ORBIT"),
            "number of epochs",
        ),
    ];
    for (name, text, wanted) in cases {
        let found = read(text.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(found.notes.iter().any(|note| note.contains(wanted)), "{name}: {:?}", found.notes);
    }
}

#[test]
fn what_is_no_gnss_file_or_has_no_end_is_refused() {
    let cut = |name: &str, bytes: usize| real(name)[..bytes].to_vec();
    let long_header = [
        b"     2.10           OBSERVATION DATA    G (GPS)             RINEX VERSION / TYPE\n"
            .to_vec(),
        "x".repeat(79).add_line().repeat(MOST_BYTES / 80 + 2).into_bytes(),
    ]
    .concat();
    let cases = [
        ("nothing", Vec::new(), "no GNSS format"),
        ("a page", b"<!DOCTYPE html><html></html>\n".to_vec(), "no GNSS format"),
        ("RINEX of no type", b"     2.10           Z                                       RINEX VERSION / TYPE\n".to_vec(), "no GNSS format"),
        ("compact without RINEX", b"3.0                 COMPACT RINEX FORMAT                    CRINEX VERS   / TYPE\na\nb\n".to_vec(), "no GNSS format"),
        ("truncated RINEX", cut("07590920.05o", 700), "has no end"),
        ("truncated compact RINEX", cut("sample.crx", 100), "has no end"),
        ("truncated SP3", cut("igs15904.sp3", 300), "has no end"),
        ("truncated IONEX", cut("igrg3380.10i", 500), "has no end"),
        ("truncated ANTEX", cut("gnssant_ext.atx", 100), "has no end"),
        ("a header without end", long_header, "longer than any header"),
        ("a line without end", [b"     2.10           OBSERVATION DATA    G (GPS)             RINEX VERSION / TYPE\n".to_vec(), vec![b'a'; 9000]].concat(), "longer than any header"),
    ];
    for (name, bytes, wanted) in cases {
        match read(bytes.as_slice()) {
            Ok(facts) => panic!("{name}: {}", told(&facts)),
            Err(error) => assert!(error.to_string().contains(wanted), "{name}: {error}"),
        }
    }
}

trait AddLine {
    fn add_line(self) -> String;
}

impl AddLine for String {
    fn add_line(mut self) -> String {
        self.push('\n');
        self
    }
}

#[test]
fn a_source_that_fails_is_an_error_of_its_own() {
    struct Broken;
    impl std::io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("cut"))
        }
    }
    assert!(matches!(read(Broken), Err(HeaderError::Unreadable(_))));
}

#[test]
fn no_more_is_read_than_the_header_and_what_follows_it() {
    struct Counted(usize);
    impl std::io::Read for &mut Counted {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let text = real("07590920.05o");
            for (at, byte) in buffer.iter_mut().enumerate() {
                *byte = text.get(self.0 + at).copied().unwrap_or(b' ');
            }
            self.0 += buffer.len();
            Ok(buffer.len())
        }
    }
    let mut counted = Counted(0);
    read(&mut counted).unwrap();
    assert!(counted.0 <= 16 * 1024, "{}", counted.0);
}

/// A log in the form of version 2.0, of a station that does not exist.
const SITE_LOG: &str = "\
     TEST00XXX Site Information Form (site log v2.0)
     International GNSS Service

0.   Form

     Prepared by (full name)  : Nobody at All
     Date Prepared            : 2024-07-10
     Report Type              : UPDATE
     If Update:
      Previous Site Log       : (ssssmrccc_ccyymmdd.log)

1.   Site Identification of the GNSS Monument

     Site Name                : Test site über nothing
     Nine Character ID        : TEST00XXX
     IERS DOMES Number        : 00000M000
     Monument Description     : PILLAR
     Date Installed           : 2008-07-15T00:00Z

2.   Site Location Information

     City or Town             : Nowhere
     Country or Region        : XXX
     Tectonic Plate           : CARIBBEAN
     Approximate Position (ITRF)
       X coordinate (m)       : 2919786.0
       Y coordinate (m)       : -5383745.0
       Z coordinate (m)       : 1774604.0
       Latitude (N is +)      : +161544.30
       Longitude (E is +)     : -0613139.11
       Elevation (m,ellips.)  : -25.0

3.   GNSS Receiver Information

3.1 Receiver Type            : FIRST RECEIVER
     Satellite System         : GPS
     Serial Number            : 1
     Date Removed             : 2019-10-01T16:00Z

3.2  Receiver Type            : SECOND RECEIVER
     Satellite System         : GPS+GLO+GAL+BDS+SBAS
     Serial Number            : 2
     Firmware Version         : 5.3.0
     Date Removed             : (CCYY-MM-DDThh:mmZ)
     Additional Information   : first line
                              : second line

3.x  Receiver Type            : (A20, from rcvr_ant.tab; see instructions)
     Serial Number            : (A20, but note the first A5 is used in SINEX)

4.   GNSS Antenna Information

4.1  Antenna Type             : TRM57971.00     NONE
     Serial Number            : 1441112501

4.x  Antenna Type             : (A20, from rcvr_ant.tab; see instructions)

12.  Responsible Agency (if different from 11.)

     Agency                   : Agency of Nothing
     Preferred Abbreviation   : AON

13.  More Information

     Primary Data Center      : BKG
     URL for More Information : https://stations.example/TEST00XXX
";

#[test]
fn station_logs_give_place_and_current_equipment() {
    // Version 1 has a page before the form, four characters, and the country in words.
    let first = SITE_LOG
        .replace(
            "TEST00XXX Site Information Form (site log v2.0)",
            "TEST Site Information Form (site log)",
        )
        .replace("Nine Character ID        : TEST00XXX", "Four Character ID        : TEST")
        .replace("Country or Region        : XXX", "Country                  : Nowhere");
    let first = format!("Dear all,\n\nhere it is.\n{first}");
    let found = [SITE_LOG, &first].map(|log| told(&read(log.as_bytes()).unwrap()));
    insta::assert_snapshot!(found.join("\n--\n"));
}

#[test]
fn glonass_times_are_utc() {
    assert_eq!(facts("brdc0910.09g").scale, TimeScale::Utc);
    assert_eq!(facts("brdc1820.10n").scale, TimeScale::Gps);
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let names = proptest::sample::select(vec![
        "07590920.05o",
        "SEPT078M1.21O",
        "sample.crx",
        "brdc1820.10n",
        "SEPT078M.21P",
        "igs15904.sp3",
        "esa15253.clk",
        "igrg3380.10i",
        "igs20P2131_wocov.snx",
        "igs17127.erp",
        "P1P22011.DCB",
        "gnssant_ext.atx",
    ]);
    let edits =
        proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 0..12);
    let logs = proptest::bool::weighted(0.1);
    (names, edits, logs).prop_map(|(name, edits, log)| {
        let mut bytes = if log { SITE_LOG.as_bytes().to_vec() } else { real(name) };
        for (at, byte, what) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at),
                2 => bytes.insert(at, byte),
                _ => {
                    bytes.remove(at);
                }
            }
        }
        bytes
    })
}

/// What tells a format, and anything behind it.
fn anything() -> impl Strategy<Value = Vec<u8>> {
    let starts = proptest::sample::select(vec![
        "     2.11           OBSERVATION DATA    G (GPS)             RINEX VERSION / TYPE\n",
        "     3.04           N: GNSS NAV DATA    M: Mixed            RINEX VERSION / TYPE\n",
        "     3.00           C                                       RINEX VERSION / TYPE\n",
        "     1.0            IONOSPHERE MAPS     MIX                 IONEX VERSION / TYPE\n",
        "#cP2010  7  1  0  0  0.00000000      96 ORBIT IGS05 HLM  IGS\n",
        "%=SNX 2.02 IGN 20:332:69442 IGN 20:312:75600 20:320:43200 C\n",
        "%=BIA 1.00 ",
        "%=ORBEX 0.09\n",
        "version 2\n",
        "x Site Information Form\n",
        "",
    ]);
    let lines = proptest::collection::vec("[ -~\u{80}-\u{ff}\r]{0,90}", 0..30);
    (starts, lines).prop_map(|(start, lines)| format!("{start}{}", lines.join("\n")).into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]
    #[test]
    fn anything_behind_a_first_line_is_read_or_refused(bytes in anything()) {
        if let Ok(facts) = read(bytes.as_slice()) {
            prop_assert!(facts.notes.len() <= 20);
        }
    }

    #[test]
    fn broken_files_never_break_the_reader(bytes in mutated()) {
        match read(bytes.as_slice()) {
            Ok(facts) => {
                for number in facts.position_m.iter().flatten() {
                    prop_assert!(number.is_finite());
                }
                prop_assert!(facts.notes.len() <= 20);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
