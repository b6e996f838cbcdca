//! The dialogue: who says what, and how often.

use archway_ftp::listing::{Form, ListingOptions};
use archway_ftp::{Client, Login, Security, Server as Address};
use archway_plugin::Error;
use archway_plugin::types::{OutageReason, RefusalReason};

use crate::server::{Answer, Server, Setup, say};

pub(crate) fn address(security: Security) -> Address {
    Address { host: "ftp.example".into(), port: 21, security, login: Login::anonymous() }
}

pub(crate) fn connect(server: &Server) -> Result<Client, Error> {
    Client::connect(server, &address(Security::Plain))
}

/// Names, in order.
pub(crate) fn names(
    client: &mut Client,
    server: &Server,
    folder: &str,
) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    client.list(server, folder, &ListingOptions::default(), &mut |entry| {
        names.push(entry.name.into_owned());
        Ok(())
    })?;
    Ok(names)
}

const UNIX: &[u8] =
    b"total 1\r\n-rw-r--r-- 1 0 0 5 Jan  1 2020 a.txt\r\ndrwxr-xr-x 2 0 0 0 Jan  1 2020 b\r\n";
const MLSD: &[u8] = b"type=cdir; .\r\ntype=file;size=5; a.txt\r\ntype=OS.unix=slink:; l\r\n";
const LINKS: &[u8] = b"lrwxrwxrwx 1 0 0 5 Jan  1 2020 l -> a.txt\r\n";

#[test]
fn one_connection_serves_several_listings_and_enters_no_folder_twice() {
    let server =
        Setup { listings: vec![("/pub", UNIX.to_vec()), ("/", UNIX.to_vec())], ..Setup::default() }
            .server();
    let mut client = connect(&server).unwrap();
    for folder in ["/pub", "/pub", "/"] {
        assert_eq!(names(&mut client, &server, folder).unwrap(), ["a.txt", "b"]);
    }
    drop(client);
    assert_eq!(
        server.said(),
        [
            "connect 21 Security::Plain",
            "USER anonymous",
            "PASS anonymous@",
            "FEAT",
            "OPTS UTF8 ON",
            "TYPE I",
            "CWD /pub",
            "EPSV",
            "data 50000 Security::Plain",
            "LIST",
            "EPSV",
            "data 50000 Security::Plain",
            "LIST",
            "CWD /",
            "EPSV",
            "data 50000 Security::Plain",
            "LIST",
            "QUIT",
        ]
    );
}

#[test]
fn explicit_tls_comes_before_the_login_and_on_data_after_the_server_begins() {
    let server = Setup { listings: vec![("/", UNIX.to_vec())], ..Setup::default() }.server();
    let login = Login::Slot("archive".into());
    let address = Address { login, ..address(Security::ExplicitTls) };
    let mut client = Client::connect(&server, &address).unwrap();
    names(&mut client, &server, "/").unwrap();
    let said = server.said();
    assert_eq!(
        said[..7],
        [
            "connect 21 Security::Plain",
            "AUTH TLS",
            "control in TLS",
            "PBSZ 0",
            "PROT P",
            "USER <SecretPart::User of archive>",
            "PASS <SecretPart::Secret of archive>",
        ]
    );
    assert_eq!(said[said.len() - 3..], ["data 50000 Security::Plain", "LIST", "data in TLS"]);
}

#[test]
fn implicit_tls_is_from_the_first_byte_and_protects_data_too() {
    let server = Setup::default().server();
    Client::connect(&server, &address(Security::ImplicitTls)).unwrap();
    assert_eq!(server.said()[..3], ["connect 21 Security::Tls", "PBSZ 0", "PROT P"]);
}

#[test]
fn a_server_without_the_tls_asked_for_never_sees_a_login() {
    let refusing = [
        ("no TLS", "AUTH", say("500 what")),
        ("no protection of data", "PROT", say("534 no")),
        ("words before TLS", "AUTH", Answer::Say("234 go on\r\n230 welcome\r\n".into())),
    ];
    for (name, begins, answer) in refusing {
        let server = Setup::default().odd(begins, vec![answer]).server();
        Client::connect(&server, &address(Security::ExplicitTls)).err().unwrap();
        let said = server.said();
        assert!(!said.iter().any(|line| line.starts_with("USER")), "case: {name}: {said:?}");
    }
}

#[test]
fn pasv_takes_over_where_there_is_no_epsv_and_its_address_is_ignored() {
    let server = Setup { listings: vec![("/", UNIX.to_vec())], ..Setup::default() }
        .odd("EPSV", vec![say("500 what")])
        .server();
    let mut client = connect(&server).unwrap();
    names(&mut client, &server, "/").unwrap();
    names(&mut client, &server, "/").unwrap();
    let said = server.said();
    // 10,9,8,7 is named by the server and nowhere to be seen.
    assert_eq!(said.iter().filter(|line| *line == "data 50001 Security::Plain").count(), 2);
    assert_eq!(said.iter().filter(|line| *line == "EPSV").count(), 1, "asked once: {said:?}");
}

#[test]
fn mlsd_is_asked_where_there_is_one_and_list_says_where_links_lead() {
    let server = Setup {
        features: vec!["MLST type*;size*;"],
        listings: vec![("/", MLSD.to_vec()), ("/#LIST", LINKS.to_vec())],
        ..Setup::default()
    }
    .server();
    let mut client = connect(&server).unwrap();
    let mut seen = Vec::new();
    client
        .list(&server, "/", &ListingOptions::default(), &mut |entry| {
            seen.push(format!("{} {:?}", entry.name, entry.kind));
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, ["a.txt File", "l Link(Some(\"a.txt\"))"]);
}

#[test]
fn a_server_that_says_mlsd_and_does_not_know_it_is_asked_by_list() {
    let server =
        Setup { features: vec!["MLST"], listings: vec![("/", UNIX.to_vec())], ..Setup::default() }
            .odd("MLSD", vec![say("502 what")])
            .server();
    let mut client = connect(&server).unwrap();
    assert_eq!(names(&mut client, &server, "/").unwrap(), ["a.txt", "b"]);
    let only_mlsd = ListingOptions { form: Form::Mlsd, ..ListingOptions::default() };
    let failure = client.list(&server, "/", &only_mlsd, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(failure, Error::Unsupported(_)), "{failure:?}");
}

#[test]
fn a_connection_that_the_server_closed_meanwhile_is_opened_again_once() {
    for goodbye in [vec![Answer::Close], vec![say("421 Timeout."), Answer::Close]] {
        let server = Setup {
            listings: vec![("/", UNIX.to_vec()), ("/b", UNIX.to_vec()), ("/c", UNIX.to_vec())],
            ..Setup::default()
        }
        .odd("CWD /b", goodbye)
        .server();
        let mut client = connect(&server).unwrap();
        names(&mut client, &server, "/").unwrap();
        let failure = names(&mut client, &server, "/b").unwrap_err();
        assert!(matches!(failure, Error::Unavailable(_)), "{failure:?}");
        let connects = server.said().iter().filter(|line| line.starts_with("connect")).count();
        assert_eq!(connects, 2, "once more and no more");
    }
}

#[test]
fn a_connection_closed_before_a_transfer_is_opened_again_too() {
    let server = Setup { listings: vec![("/", UNIX.to_vec())], ..Setup::default() };
    let server = server.odd_only("EPSV", 2, vec![Answer::Close]).server();
    let mut client = connect(&server).unwrap();
    for _ in 0..2 {
        assert_eq!(names(&mut client, &server, "/").unwrap(), ["a.txt", "b"]);
    }
    let connects = server.said().iter().filter(|line| line.starts_with("connect")).count();
    assert_eq!(connects, 2);
}

#[test]
fn what_a_server_refuses_is_an_error_of_its_kind() {
    let busy =
        |error: &Error| matches!(error, Error::Unavailable(o) if o.reason == OutageReason::Busy);
    let refused = |error: &Error| matches!(error, Error::Unauthorised(r) if r.reason == RefusalReason::SlotEmpty);
    let unsupported = |error: &Error| matches!(error, Error::Unsupported(_));
    let malformed = |error: &Error| matches!(error, Error::MalformedReply(_));
    let fault = |error: &Error| matches!(error, Error::Unavailable(o) if o.reason == OutageReason::ServerFault);
    type Kind<'a> = &'a dyn Fn(&Error) -> bool;
    let cases: [(&str, &'static str, &str, Kind<'_>); 9] = [
        ("full at the door", "connect", "421 Too many users.", &busy),
        ("full at the login", "PASS", "530 Sorry, the maximum number of clients (5)", &busy),
        ("no anonymous login", "USER", "530 Login incorrect.", &refused),
        ("wants TLS", "USER", "530 Anonymous sessions must use encryption.", &unsupported),
        ("wants an account", "PASS", "332 which account", &unsupported),
        ("a greeting that is none", "connect", "SSH-2.0-OpenSSH_9.2", &malformed),
        ("a code that is none", "USER", "999 what", &malformed),
        ("broken", "TYPE", "451 local error", &fault),
        ("ended while it lists its features", "FEAT", "421 bye", &busy),
    ];
    for (name, begins, answer, kind) in cases {
        let server = Setup::default().odd(begins, vec![say(answer)]).server();
        let failure = connect(&server).err().unwrap();
        assert!(kind(&failure), "case: {name}: {failure:?}");
    }
}

#[test]
fn a_full_server_is_asked_again_after_a_while_and_not_for_ever() {
    let full = vec![say("421 Too many connections from your address."), Answer::Close];
    let server = Setup::default().odd("connect", full.clone()).server();
    connect(&server).err().unwrap();
    assert_eq!(server.said().len(), 3, "tries: {:?}", server.said());
    assert_eq!(server.slept_ms(), 1500);
}

#[test]
fn folders_and_files_that_cannot_be_had_are_told_apart() {
    let cases = [
        ("missing", "550 Failed to change directory.", true),
        ("missing, in words", "550 /x: No such file or directory", true),
        ("not for you", "550 /x: Permission denied", false),
        ("not for you, in other words", "550 Access is denied. ", false),
    ];
    for (name, answer, missing) in cases {
        let server = Setup::default().odd("CWD", vec![say(answer)]).server();
        let failure = names(&mut connect(&server).unwrap(), &server, "/x").unwrap_err();
        let kind = match &failure {
            Error::NotFound(path) => path.starts_with("/x (CWD: 550"),
            _ => false,
        };
        assert_eq!(kind, missing, "case: {name}: {failure:?}");
        assert!(missing || matches!(failure, Error::Unauthorised(_)), "case: {name}: {failure:?}");
    }
}

#[test]
fn a_path_with_a_line_break_is_refused_before_anything_is_said() {
    let server = Setup::default().server();
    let mut client = connect(&server).unwrap();
    let before = server.said().len();
    for path in ["/a\r\nDELE b", "/a\nb", "/a\0b"] {
        let failure = names(&mut client, &server, path).unwrap_err();
        assert!(matches!(failure, Error::InvalidQuery(_)), "{failure:?}");
        assert!(matches!(client.size(path), Err(Error::InvalidQuery(_))));
    }
    assert_eq!(server.said().len(), before);
}
