//! One golden file for each form and server; see `data/SOURCES.md`.

use std::fmt::Write;
use std::path::Path;

use archway_ftp::listing::{Clock, Form, Parser};
use archway_ftp::{Entry, EntryKind};
use archway_plugin::Error;

/// 2026-11-26T00:00:00Z, when the files were recorded.
const RECORDED_US: i64 = 1_795_651_200_000_000;
/// 2026-01-02T08:00:00Z
const NEW_YEAR_US: i64 = 1_767_340_800_000_000;

fn read(file: &str, clock: Clock) -> Result<String, Error> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file);
    let form = if file.ends_with(".mlsd") { Form::Mlsd } else { Form::List };
    outline(form, &std::fs::read(path).unwrap(), clock)
}

/// Kind, size, time and name of each entry, then what was refused.
fn outline(form: Form, bytes: &[u8], clock: Clock) -> Result<String, Error> {
    let mut text = String::new();
    let mut parser = Parser::new(form, clock, 1_000_000, "/folder");
    let mut each = |entry: Entry<'_>| {
        let kind = match &entry.kind {
            EntryKind::File => "file",
            EntryKind::Folder => "folder",
            EntryKind::Link(_) => "link",
        };
        let size = entry.size_bytes.map_or("-".to_owned(), |size| size.to_string());
        let time = entry.modified_us.map_or("-".to_owned(), instant);
        let _ = write!(text, "{kind:6} {size:>5} {time} {:?}", entry.name);
        if let EntryKind::Link(Some(target)) = &entry.kind {
            let _ = write!(text, " -> {target:?}");
        }
        text.push('\n');
        Ok(())
    };
    parser.feed(bytes, &mut each)?;
    let summary = parser.finish(&mut each)?;
    if let Some(first) = summary.first_refused {
        let _ = writeln!(text, "{} refused, first {first}", summary.refused);
    }
    Ok(text)
}

/// `YYYY-MM-DD HH:MM:SS` of an instant, counted from the front: another way than the crate's.
fn instant(us: i64) -> String {
    let (mut day, second) =
        (us.div_euclid(86_400_000_000), us.rem_euclid(86_400_000_000) / 1_000_000);
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut year = 1970;
    while day >= 365 + i64::from(leap(year)) {
        day -= 365 + i64::from(leap(year));
        year += 1;
    }
    let february = 28 + i64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if day < length {
            break;
        }
        day -= length;
        month += 1;
    }
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{:02} {hour:02}:{minute:02}:{second:02}", day + 1)
}

#[test]
fn listings_of_real_servers() {
    let clock = Clock { now_us: RECORDED_US, zone_s: 0 };
    for file in [
        "vsftpd.list",
        "proftpd.list",
        "pure-ftpd.list",
        "pyftpdlib.list",
        "proftpd.mlsd",
        "pure-ftpd.mlsd",
        "pyftpdlib.mlsd",
        "ls-long-iso.list",
        "ls-full-iso.list",
        "ls-no-group.list",
        "ls-devices.list",
        "ls-months.list",
    ] {
        insta::assert_snapshot!(file, read(file, clock).unwrap());
    }
}

#[test]
fn a_listing_taken_across_new_year_has_the_years_of_its_files() {
    let text = read("vsftpd-new-year.list", Clock { now_us: NEW_YEAR_US, zone_s: 0 }).unwrap();
    insta::assert_snapshot!(text, @r#"
    file       2 2024-12-31 00:00:00 "2024-12-31_23-59-00"
    file       2 2025-06-20 00:00:00 "2025-06-20_12-00-00"
    file       2 2025-07-10 12:00:00 "2025-07-10_12-00-00"
    file       2 2025-12-31 23:59:00 "2025-12-31_23-59-00"
    file       2 2026-01-01 00:01:00 "2026-01-01_00-01-00"
    file       2 2026-01-02 07:59:00 "2026-01-02_07-59-00"
    "#);
}

#[test]
fn forms_that_no_server_here_writes() {
    let clock = Clock { now_us: NEW_YEAR_US, zone_s: 0 };
    for file in ["dos.list", "eplf.list"] {
        insta::assert_snapshot!(file, read(file, clock).unwrap());
    }
}

#[test]
fn variants_of_unix_listings() {
    let clock = Clock { now_us: NEW_YEAR_US, zone_s: 0 };
    let cases = [
        (
            "no group",
            "-rw-r--r-- 1 owner 5 Jan 1 2020 a",
            "file       5 2020-01-01 00:00:00 \"a\"\n",
        ),
        (
            "an access list",
            "drwxrwxr-x+ 3 a b 4096 Jan 1 2020 a",
            "folder     - 2020-01-01 00:00:00 \"a\"\n",
        ),
        (
            "an owner in two words",
            "-rw-r--r-- 1 Domain Users 5 Jan 1 2020 a",
            "file       5 2020-01-01 00:00:00 \"a\"\n",
        ),
        (
            "an owner like a month",
            "-rw-r--r-- 1 may jan 5 Jan 1 2020 a",
            "file       5 2020-01-01 00:00:00 \"a\"\n",
        ),
        (
            "a group that is a number and a month",
            "-rw-r--r-- 1 0 1 may 5 Jan 1 2020 a",
            "file       5 2020-01-01 00:00:00 \"a\"\n",
        ),
        (
            "a blank before the name",
            "-rw-r--r-- 1 0 0 5 Jan 1 2020  a",
            "file       5 2020-01-01 00:00:00 \" a\"\n",
        ),
        (
            "a blank behind the name",
            "-rw-r--r-- 1 0 0 5 Jan 1 2020 a ",
            "file       5 2020-01-01 00:00:00 \"a \"\n",
        ),
        (
            "tomorrow, as clocks differ",
            "-rw-r--r-- 1 0 0 5 Jan  3 01:00 a",
            "file       5 2026-01-03 01:00:00 \"a\"\n",
        ),
        (
            "after tomorrow is last year",
            "-rw-r--r-- 1 0 0 5 Jan  4 01:00 a",
            "file       5 2025-01-04 01:00:00 \"a\"\n",
        ),
        (
            "a leap day without a year",
            "-rw-r--r-- 1 0 0 5 Feb 29 01:00 a",
            "file       5 2024-02-29 01:00:00 \"a\"\n",
        ),
        ("a day that is none", "-rw-r--r-- 1 0 0 5 Feb 30 2020 a", "file       5 - \"a\"\n"),
        (
            "an arrow in a link",
            "lrwxrwxrwx 1 0 0 5 Jan 1 2020 a -> b -> c",
            "link       - 2020-01-01 00:00:00 \"a\" -> \"b -> c\"\n",
        ),
        (
            "a link without a target",
            "lrwxrwxrwx 1 0 0 5 Jan 1 2020 a",
            "link       - 2020-01-01 00:00:00 \"a\"\n",
        ),
        (
            "a short date",
            "-rw-r--r-- 1 0 0 5 12-31 23:59 a",
            "file       5 2025-12-31 23:59:00 \"a\"\n",
        ),
        ("a socket", "srwxr-xr-x 1 0 0 5 Jan 1 2020 a", ""),
        ("a total in German", "insgesamt 48", ""),
    ];
    for (name, line, wanted) in cases {
        assert_eq!(outline(Form::List, line.as_bytes(), clock).unwrap(), wanted, "case: {name}");
    }
}

#[test]
fn times_without_a_zone_are_in_the_zone_of_the_server() {
    let east = Clock { now_us: NEW_YEAR_US, zone_s: 5 * 3600 };
    let cases = [
        ("UNIX", Form::List, "-rw-r--r-- 1 0 0 5 Jan  1 03:00 a", "2025-12-31 22:00:00"),
        (
            "a zone of its own",
            Form::List,
            "-rw-r--r-- 1 0 0 5 2026-01-01 03:00:00.0 +0100 a",
            "2026-01-01 02:00:00",
        ),
        ("DOS", Form::List, "01-01-26  03:00AM 5 a", "2025-12-31 22:00:00"),
        ("MLSD is UTC", Form::Mlsd, "type=file;modify=20260101030000; a", "2026-01-01 03:00:00"),
        ("EPLF is UTC", Form::List, "+r,s5,m1767236400,\ta", "2026-01-01 03:00:00"),
    ];
    for (name, form, line, wanted) in cases {
        let found = outline(form, line.as_bytes(), east).unwrap();
        assert!(found.contains(wanted), "case: {name}: {found}");
    }
}

#[test]
fn systems_that_are_not_read_are_refused_by_name() {
    let cases = [
        ("VMS", "\r\nDirectory DISK$PCSA:[ANONYM]\r\n\r\n"),
        ("VMS", "README.TXT;1   1/3   18-JAN-1995 10:33:16 [SYSTEM] (RWED,RWED,RE,RE)\r\n"),
        ("NetWare", "d [R----F--] supervisor            512       Jan 16 18:53    login\r\n"),
        ("MVS", "Volume Unit    Referred Ext Used Recfm Lrecl BlkSz Dsorg Dsname\r\n"),
    ];
    for (system, listing) in cases {
        let clock = Clock { now_us: NEW_YEAR_US, zone_s: 0 };
        let failure = outline(Form::List, listing.as_bytes(), clock).unwrap_err();
        let Error::Unsupported(message) = &failure else { panic!("{system}: {failure:?}") };
        assert!(message.contains(system), "{message}");
    }
}

#[test]
fn a_page_of_a_web_server_is_no_listing() {
    let clock = Clock { now_us: NEW_YEAR_US, zone_s: 0 };
    for form in [Form::List, Form::Mlsd] {
        let failure = outline(form, b"<html>\n<body>no\n", clock).unwrap_err();
        assert!(matches!(failure, Error::MalformedReply(_)), "{failure:?}");
    }
    assert_eq!(outline(Form::List, b"", clock).unwrap(), "", "an empty folder is one");
}
