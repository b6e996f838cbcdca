//! What holds for any bytes and for any split of them.

use archway_ftp::listing::{Clock, Form, Parser};
use archway_ftp::name::{to_bytes, to_text};
use archway_ftp::{Entry, EntryKind, Locator, Summary};
use archway_plugin::Error;
use archway_plugin::testing::NOW_US;
use proptest::prelude::*;

/// All entries of a listing fed in pieces of these sizes, again and again.
pub(crate) fn parse(
    form: Form,
    bytes: &[u8],
    pieces: &[usize],
) -> Result<(Vec<String>, Summary), Error> {
    let clock = Clock { now_us: NOW_US, zone_s: 0 };
    let mut parser = Parser::new(form, clock, 1_000_000, "/folder");
    let mut seen = Vec::new();
    let mut each = |entry: Entry<'_>| {
        assert!(!entry.name.contains(['/', '\n', '\r', '\0']), "{:?}", entry.name);
        assert!(!["", ".", ".."].contains(&entry.name.as_ref()));
        seen.push(format!("{entry:?}"));
        Ok(())
    };
    let mut rest = bytes;
    for size in pieces.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, behind) = rest.split_at((*size).clamp(1, rest.len()));
        parser.feed(piece, &mut each)?;
        rest = behind;
    }
    let summary = parser.finish(&mut each)?;
    Ok((seen, summary))
}

/// A line as one of the forms has it, with any name, or any bytes.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let name = prop::collection::vec(any::<u8>(), 1..12);
    let head = prop::sample::select(vec![
        "-rw-r--r--   1 ftp ftp  12 Jan 12 2020 ",
        "drwxr-xr-x+  2 Domain Users  4096 Dec 31 23:59 ",
        "lrwxrwxrwx 1 0 0 3 5. Mär 2024 ",
        "crw------- 1 0 0 10, 235 Nov 20 05:07 ",
        "-rw-r--r-- 1 0 0 7 2024-01-02 03:04:05.000 +0100 ",
        "total ",
        "02-25-20  10:00AM       <DIR>          ",
        "12-31-2020  23:00            123,456 ",
        "+i8388621.48594,m825718503,r,s280,\t",
        "type=file;size=12;modify=20240229123000.5; ",
        "type=OS.unix=slink:/x;; ",
        "",
    ]);
    (head, name).prop_map(|(head, name)| [head.as_bytes(), &name].concat())
}

/// Days since 1970, counted one year and one month after the other.
fn days(year: u32, month: usize, day: u32) -> i64 {
    let leap = |year: u32| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let years: u32 = (1970..year).map(|year| 365 + u32::from(leap(year))).sum();
    let lengths = [31, 28 + u32::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: u32 = lengths[..month].iter().sum();
    i64::from(years + months + day - 1)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_a_listing_or_an_error(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        mlsd in any::<bool>(),
    ) {
        let form = if mlsd { Form::Mlsd } else { Form::List };
        let _ = parse(form, &bytes, &[64]);
    }

    #[test]
    fn a_listing_is_the_same_however_it_arrives(
        lines in prop::collection::vec(line(), 0..20),
        pieces in prop::collection::vec(1_usize..80, 1..10),
        mlsd in any::<bool>(),
    ) {
        let form = if mlsd { Form::Mlsd } else { Form::List };
        let bytes = lines.join(&b"\r\n"[..]);
        let whole = parse(form, &bytes, &[usize::MAX]);
        prop_assert_eq!(whole, parse(form, &bytes, &pieces));
    }

    #[test]
    fn every_name_comes_back_as_its_bytes(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
        let text = to_text(&bytes);
        prop_assert_eq!(to_bytes(&text), bytes.as_slice());
    }

    #[test]
    fn every_text_stands_for_one_sequence_of_bytes(text in "\\PC{0,20}") {
        // Unless its private characters are UTF-8 by themselves, which no name becomes.
        let bytes = to_bytes(&text).into_owned();
        let again = to_text(&bytes);
        prop_assert_eq!(to_bytes(&again), bytes.as_slice());
    }

    #[test]
    fn what_a_unix_server_writes_is_what_is_read(
        name in "[a-zA-Zäöü0-9_;=+\\-][a-zA-Z0-9 äöü._;=+\\-]{0,20}",
        size in any::<u64>(),
        month in 0_usize..12,
        day in 1_u32..=28,
        year in 1970_u32..2100,
        mlsd in any::<bool>(),
    ) {
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let line = if mlsd {
            let month = month + 1;
            format!("Type=file;Modify={year}{month:02}{day:02}000000;Size={size}; {name}\r\n")
        } else {
            format!("-rw-rw-r--   1 a b {size:>8} {} {day:>2}  {year} {name}\r\n", MONTHS[month])
        };
        let clock = Clock { now_us: NOW_US, zone_s: 0 };
        let form = if mlsd { Form::Mlsd } else { Form::List };
        let mut parser = Parser::new(form, clock, 10, "/");
        let mut seen = 0;
        let mut each = |entry: Entry<'_>| {
            assert_eq!(entry.name, name);
            assert_eq!(entry.kind, EntryKind::File);
            assert_eq!(entry.size_bytes, Some(size));
            assert_eq!(entry.modified_us.unwrap(), days(year, month, day) * 86_400_000_000);
            seen += 1;
            Ok(())
        };
        parser.feed(line.as_bytes(), &mut each).unwrap();
        parser.finish(&mut each).unwrap();
        prop_assert_eq!(seen, 1);
    }

    #[test]
    fn any_locator_is_read_or_refused(text in "(ftp|ftps|ftpes)://\\PC{0,40}") {
        if let Ok(found) = Locator::parse(&text) {
            let again = Locator::parse(&Locator::url(&found.server, &found.path)).unwrap();
            prop_assert_eq!(again.path, found.path);
        }
    }
}
