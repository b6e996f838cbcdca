//! Servers that mean ill: every one of them is a typed error, and in bounded memory.

use archway_ftp::listing::ListingOptions;
use archway_plugin::Error;

use crate::client::{connect, names};
use crate::server::{Answer, Setup, say};

#[test]
fn endless_and_huge_replies_are_malformed() {
    let banner = format!("220-{}\r\n", "x".repeat(100)).repeat(100_000) + "220 done\r\n";
    let cases = [
        ("10 MB of banner", "connect", vec![Answer::Say(banner)]),
        ("a line without an end", "connect", vec![Answer::SayForEver(vec![b'x'; 4096])]),
        (
            "lines without an end",
            "FEAT",
            vec![say("211-Features:"), Answer::SayForEver(b" MLST\r\n".repeat(500))],
        ),
        ("nothing but line breaks", "USER", vec![Answer::SayForEver(b"\r\n".repeat(100))]),
    ];
    for (name, begins, answers) in cases {
        let server = Setup::default().odd(begins, answers).server();
        let failure = connect(&server).err().unwrap();
        assert!(matches!(failure, Error::MalformedReply(_)), "case: {name}: {failure:?}");
    }
}

#[test]
fn a_data_port_that_is_none_is_malformed() {
    let cases = [
        ("EPSV without a port", "EPSV", say("229 ok")),
        ("EPSV beyond two bytes", "EPSV", say("229 ok (|||99999|)")),
        ("EPSV of many lines", "EPSV", Answer::Say("229-(|||50000|)\r\n229 ok\r\n".into())),
    ];
    for (name, begins, answer) in cases {
        let server = Setup { listings: vec![("/", Vec::new())], ..Setup::default() }
            .odd(begins, vec![answer])
            .server();
        let failure = names(&mut connect(&server).unwrap(), &server, "/").unwrap_err();
        assert!(matches!(failure, Error::MalformedReply(_)), "case: {name}: {failure:?}");
        assert!(!server.said().iter().any(|line| line.starts_with("data")), "case: {name}");
    }
}

#[test]
fn a_listing_without_an_end_is_exhausted_and_a_line_without_one_malformed() {
    let line = b"-rw-r--r-- 1 0 0 5 Jan  1 2020 a\r\n".repeat(100);
    let server = Setup { listings: vec![("/", Vec::new())], ..Setup::default() }
        .odd("LIST", vec![say("150 ok"), Answer::DataForEver(line)])
        .server();
    let options = ListingOptions { most_entries: 10_000, ..ListingOptions::default() };
    let mut count = 0;
    let failure = connect(&server).unwrap().list(&server, "/", &options, &mut |_| {
        count += 1;
        Ok(())
    });
    assert!(matches!(failure, Err(Error::Exhausted(_))), "{failure:?}");
    assert_eq!(count, 10_000);

    let server = Setup { listings: vec![("/", Vec::new())], ..Setup::default() }
        .odd("LIST", vec![say("150 ok"), Answer::DataForEver(vec![b'x'; 1000])])
        .server();
    let failure = names(&mut connect(&server).unwrap(), &server, "/").unwrap_err();
    assert!(matches!(failure, Error::MalformedReply(_)), "{failure:?}");
}

#[test]
fn a_listing_that_breaks_off_is_no_listing() {
    let line = b"-rw-r--r-- 1 0 0 5 Jan  1 2020 a\r\n".to_vec();
    let cases = [
        ("aborted", vec![say("150 ok"), Answer::Data(line.clone()), say("426 aborted")]),
        ("lost", vec![say("150 ok"), Answer::DataLost(line.clone()), say("226 ok")]),
        ("gone", vec![say("150 ok"), Answer::Data(line), Answer::Close]),
    ];
    for (name, answers) in cases {
        let server = Setup { listings: vec![("/", Vec::new())], ..Setup::default() }
            .odd("LIST", answers)
            .server();
        let failure = names(&mut connect(&server).unwrap(), &server, "/").unwrap_err();
        assert!(matches!(failure, Error::Unavailable(_)), "case: {name}: {failure:?}");
    }
}

#[test]
fn names_that_cannot_be_one_are_refused_one_by_one_and_counted() {
    let listing = b"-rw-r--r-- 1 0 0 5 Jan  1 2020 good\n\
        drwxr-xr-x 1 0 0 5 Jan  1 2020 ..\n\
        drwxr-xr-x 1 0 0 5 Jan  1 2020 ../..\n\
        -rw-r--r-- 1 0 0 5 Jan  1 2020 ..\n\
        -rw-r--r-- 1 0 0 5 Jan  1 2020 /etc/passwd\n\
        -rw-r--r-- 1 0 0 5 Jan  1 2020 a\rb\n\
        -rw-r--r-- 1 0 0 5 Jan  1 2020 a\0b\n\
        -rw-r--r-- 1 0 0 5 Jan  1 2020 a\x1b[2Jb\n\
        -rw-r--r-- 1 0 0 5 Jan  1 2020 a\xc2\x9bb\n\
        -rw-r--r-- 1 0 0 5 Jan  1 2020 broken \xe9\xff utf-8\n\
        -rw-r--r-- 1 0 0 99999999999999999999999 Jan  1 2020 size\n\
        nonsense\n";
    let server = Setup { listings: vec![("/", listing.to_vec())], ..Setup::default() }.server();
    let mut seen = Vec::new();
    let summary = connect(&server)
        .unwrap()
        .list(&server, "/", &ListingOptions::default(), &mut |entry| {
            seen.push(entry.name.into_owned());
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, ["good", "broken \u{efe9}\u{efff} utf-8"]);
    assert_eq!((summary.entries, summary.refused), (2, 9));
    let first = summary.first_refused.unwrap();
    assert!(first.starts_with("a slash: "), "{first}");
}
