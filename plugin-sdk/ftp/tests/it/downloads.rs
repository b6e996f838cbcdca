//! Files: whole, from the middle, and never less than the server has.

use archway_ftp::Download;
use archway_plugin::Error;
use archway_plugin::types::OutageReason;

use crate::client::connect;
use crate::server::{Answer, Server, Setup, say};

fn file(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|n| (n % 251) as u8).collect()
}

fn with(bytes: usize) -> Setup {
    Setup { files: vec![("/f", file(bytes))], ..Setup::default() }
}

/// All that came before the end or the failure.
fn read(download: &mut Download, max_bytes: u32) -> (Vec<u8>, Option<Error>) {
    let mut content = Vec::new();
    loop {
        match download.next_piece(max_bytes) {
            Ok(Some(piece)) => {
                assert!(!piece.is_empty() && piece.len() <= max_bytes as usize);
                content.extend(piece);
            }
            Ok(None) => return (content, None),
            Err(error) => return (content, Some(error)),
        }
    }
}

fn fetch(server: &Server, offset: u64) -> Result<(Vec<u8>, Option<Error>), Error> {
    Ok(read(&mut connect(server)?.retrieve(server, "/f", offset)?, 1 << 20))
}

#[test]
fn a_file_comes_whole_in_pieces_of_any_size() {
    for (size, network, asked) in [
        (0, 10, 10),
        (1, 1, 1),
        (100_000, 1000, 70_000),
        (100_000, 1 << 20, 333),
        (300_000, 16384, 1 << 20),
    ] {
        let server = Setup { piece_bytes: network, ..with(size) }.server();
        let mut download = connect(&server).unwrap().retrieve(&server, "/f", 0).unwrap();
        assert_eq!(download.total_bytes(), Some(size as u64));
        assert_eq!(download.modified_us(), Some(1_709_209_800_000_000));
        assert!(download.tag().is_some());
        let (content, failure) = read(&mut download, asked);
        assert!(
            failure.is_none() && content == file(size),
            "{size} {network} {asked}: {failure:?}"
        );
        assert_eq!(download.next_piece(asked).unwrap(), None, "an end stays an end");
    }
}

#[test]
fn a_download_begins_where_it_is_told() {
    let server = with(1000).server();
    let (content, failure) = fetch(&server, 400).unwrap();
    assert!(failure.is_none() && content == file(1000)[400..], "{failure:?}");
    assert!(server.said().contains(&"REST 400".to_owned()));
    assert_eq!(fetch(&server, 1000).unwrap().0, b"", "nothing is left at the end");
    let beyond = fetch(&server, 1001).err().unwrap();
    assert!(matches!(beyond, Error::InvalidQuery(_)), "{beyond:?}");
    let unable = with(1000).odd("REST", vec![say("502 what")]).server();
    let failure = fetch(&unable, 400).err().unwrap();
    assert!(matches!(failure, Error::Unsupported(_)), "{failure:?}");
}

#[test]
fn what_breaks_off_is_an_error_and_its_last_bytes_are_never_given() {
    let half = || file(500);
    let begun = || say("150 here it comes");
    let cases: [(&str, Vec<Answer>); 7] = [
        ("short, and said to be well", vec![begun(), Answer::Data(half()), say("226 done")]),
        ("short, and said so", vec![begun(), Answer::Data(half()), say("426 aborted")]),
        ("a local error", vec![begun(), Answer::Data(half()), say("451 disk")]),
        ("the server is gone", vec![begun(), Answer::Data(half()), Answer::Close]),
        ("the data connection is lost", vec![begun(), Answer::DataLost(half()), say("226 done")]),
        ("all of it, and yet not well", vec![begun(), Answer::Data(file(1000)), say("426 no")]),
        ("longer than it was", vec![begun(), Answer::Data(file(1001)), say("226 done")]),
    ];
    for (name, answers) in cases {
        let server = Setup { piece_bytes: 100, ..with(1000) }.odd("RETR", answers).server();
        let mut download = connect(&server).unwrap().retrieve(&server, "/f", 0).unwrap();
        let (content, failure) = read(&mut download, 100);
        assert!(content.len() < 1000, "case: {name}: whoever counts is deceived");
        assert!(matches!(failure, Some(Error::Unavailable(_))), "case: {name}: {failure:?}");
        assert!(download.next_piece(100).is_err(), "case: {name}: a failure stays one");
    }
}

#[test]
fn a_file_that_changes_while_it_is_read_is_an_error() {
    let cases: [(&str, &'static str, Vec<Answer>); 3] = [
        ("another size", "SIZE", vec![say("213 1001")]),
        ("another time", "MDTM", vec![say("213 20240229123001")]),
        ("gone", "SIZE", vec![say("550 no such file")]),
    ];
    for (name, begins, answers) in cases {
        let server = with(1000).odd_from(begins, 2, answers).server();
        let (content, failure) = fetch(&server, 0).unwrap();
        assert!(content.is_empty() && failure.is_some(), "case: {name}: {failure:?}");
    }
    let server = with(100_000).server();
    let mut download = connect(&server).unwrap().retrieve(&server, "/f", 0).unwrap();
    download.next_piece(1000).unwrap();
    server.change("/f", &file(100_000));
    let failure = read(&mut download, 1000).1;
    assert!(
        matches!(&failure, Some(Error::Unavailable(o)) if o.reason == OutageReason::ServerFault),
        "{failure:?}"
    );
}

#[test]
fn a_server_that_tells_neither_size_nor_time_is_believed_at_its_226() {
    let server =
        with(1000).odd("SIZE", vec![say("502 what")]).odd("MDTM", vec![say("500 what")]).server();
    let mut download = connect(&server).unwrap().retrieve(&server, "/f", 0).unwrap();
    assert_eq!(
        (download.total_bytes(), download.modified_us(), download.tag()),
        (None, None, None)
    );
    let (content, failure) = read(&mut download, 1 << 20);
    assert!(failure.is_none() && content == file(1000));
    let asked = server.said().iter().filter(|line| line.starts_with("SIZE")).count();
    assert_eq!(asked, 1, "asked once");
}

#[test]
fn a_missing_file_is_not_found() {
    let server = Setup::default().server();
    let failure = fetch(&server, 0).err().unwrap();
    assert!(matches!(failure, Error::NotFound(_)), "{failure:?}");
}
