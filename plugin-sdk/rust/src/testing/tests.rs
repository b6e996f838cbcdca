//! The test host keeps its promises.

use std::io::Read;

use super::*;
use crate::recording::conversation::{Content, Related, Turn, Written};
use crate::tcp::SecretPart;
use crate::types::{Outage, OutageReason};

const URL: &str = "https://archive.example/tap/sync";

fn text(response: Response) -> String {
    let mut response = response;
    let mut text = String::new();
    response.read_to_string(&mut text).unwrap();
    text
}

fn lost() -> Error {
    Error::Unavailable(Outage {
        reason: OutageReason::ConnectionLost,
        message: "the peer closed".into(),
        reply_code: None,
        retry_after_ms: None,
    })
}

#[test]
fn answers_are_given_one_after_the_other_and_the_last_one_again() {
    let host = RecordedHost::new().answering(URL, 200, "first").answering(URL, 200, "second");
    let answers: Vec<_> = (0..3).map(|_| text(host.send(Request::get(URL)).unwrap())).collect();
    assert_eq!(answers, ["first", "second", "second"]);
    assert_eq!(host.asked().len(), 3);
}

#[test]
fn words_choose_among_answers_to_one_url() {
    let host =
        RecordedHost::new().answering(URL, 200, "any").answering_to(URL, "FROM a b", 200, "chosen");
    let form = |query: &str| Request::form(URL, vec![("QUERY".into(), query.into())]);
    assert_eq!(text(host.send(form("SELECT 1 FROM a b")).unwrap()), "chosen");
    assert_eq!(text(host.send(Request::get(format!("{URL}?QUERY=FROM+a%20b"))).unwrap()), "chosen");
    assert_eq!(text(host.send(form("SELECT 2")).unwrap()), "any");
}

#[test]
fn a_connection_can_be_lost_in_the_middle_of_a_body() {
    let host = RecordedHost::new().in_reads_of(3).breaking_off(URL, "abcdef", lost());
    let mut response = host.send(Request::get(URL)).unwrap();
    let mut body = Vec::new();
    let failure = response.read_to_end(&mut body).unwrap_err();
    assert_eq!(body, b"abcdef");
    assert!(
        matches!(Error::from(failure), Error::Unavailable(outage) if outage.reason == OutageReason::ConnectionLost)
    );
}

#[test]
fn a_recording_survives_its_folder_and_is_matched_by_its_fields_in_any_order() {
    let folder = std::env::temp_dir().join(format!("archway-recording-{}", std::process::id()));
    let mut recording = Recording { note: "by hand".into(), ..Recording::default() };
    let fields =
        [("LANG", "ADQL"), ("QUERY", "SELECT 1")].map(|(n, v)| (n.to_owned(), v.to_owned()));
    let request = RecordedRequest {
        method: "POST".into(),
        url: URL.into(),
        fields: fields.to_vec(),
        ..Default::default()
    };
    let response = crate::recording::RecordedResponse { status: 200, ..Default::default() };
    let exchange = crate::recording::Exchange {
        request,
        response,
        recorded_at: String::new(),
        note: String::new(),
    };
    recording.add(exchange, "one.vot", b"<VOTABLE/>".to_vec());
    recording.write(&folder).unwrap();
    assert_eq!(Recording::read(&folder).unwrap(), recording);

    let host = RecordedHost::recorded(&folder);
    std::fs::remove_dir_all(&folder).unwrap();
    let mut turned = fields.to_vec();
    turned.reverse();
    assert_eq!(text(host.send(Request::form(URL, turned)).unwrap()), "<VOTABLE/>");

    let Err(Error::Internal(message)) = host.send(Request::form(
        URL,
        vec![("LANG".into(), "ADQL".into()), ("QUERY".into(), "SELECT 2".into())],
    )) else {
        panic!("an unknown request must fail")
    };
    insta::assert_snapshot!(message, @r"
    no recorded exchange answers this request:
      POST https://archive.example/tap/sync
        LANG = ADQL
        QUERY = SELECT 2
    the nearest of 1 recorded ones:
      POST https://archive.example/tap/sync
        LANG = ADQL
        QUERY = SELECT 1
    ");
}

#[test]
fn a_body_lies_beside_its_index_and_nowhere_else() {
    let mut recording = Recording::default();
    recording.bodies.insert("../stray".into(), vec![1]);
    let failure =
        recording.write(&std::env::temp_dir().join("archway-recording-stray")).unwrap_err();
    assert_eq!(failure.to_string(), "body `../stray` is not the name of a file beside the index");
}

#[test]
fn sleeping_moves_the_clock_and_takes_from_the_time_left() {
    let host = RecordedHost::new().with_remaining_ms(1000);
    host.sleep_ms(250);
    assert_eq!((host.now_us() - NOW_US, host.remaining_ms(), host.slept_ms()), (250_000, 750, 250));
}

/// A conversation in which one file is asked for, as a plugin holds it.
fn fetching(path: &str, content: &str, port: u16) -> Conversation {
    let data = Related {
        port,
        security: TcpSecurity::Plain,
        turns: vec![Turn::Received(Content::Text(content.into())), Turn::Ended],
    };
    let user = Written { slot: "login".into(), part: SecretPart::User, before: "USER ".into() };
    Conversation::new("ftp.example", 21, TcpSecurity::Plain)
        .received("220 hello\r\n")
        .turn(Turn::Credential(user))
        .received("331 go on\r\n")
        .sent("EPSV\r\n")
        .received(&format!("229 ok (|||{port}|)\r\n"))
        .turn(Turn::Related(data))
        .sent(&format!("RETR {path}\r\n"))
        .received("150 here it comes\r\n226 done\r\n")
        .turn(Turn::Ended)
}

fn fetch(host: &RecordedHost, path: &str, port: u16) -> Result<(String, String), Error> {
    let mut control = host.connect("ftp.example", 21, TcpSecurity::Plain)?;
    let mut heard = control.read(1024)?;
    control.write_credential("login", "USER ", SecretPart::User, "\r\n")?;
    heard.extend(control.read(1024)?);
    control.write(b"EPSV\r\n")?;
    heard.extend(control.read(1024)?);
    let mut data = control.connect_related(port, TcpSecurity::Plain)?;
    control.write(format!("RETR {path}\r\n").as_bytes())?;
    let content = data.read(1024)?;
    assert!(data.read(1024)?.is_empty(), "the peer has closed");
    heard.extend(control.read(1024)?);
    assert!(control.read(1024)?.is_empty(), "the peer has closed");
    Ok((String::from_utf8(heard).unwrap(), String::from_utf8(content).unwrap()))
}

#[test]
fn a_conversation_is_played_back_with_its_data_connections() {
    let host = RecordedHost::new().conversing(fetching("/a", "first", 5001));
    let (heard, content) = fetch(&host, "/a", 5001).unwrap();
    assert_eq!(content, "first");
    assert!(heard.ends_with("150 here it comes\r\n226 done\r\n"), "{heard}");
    assert_eq!(
        host.said(),
        ["connect ftp.example:21 plain", "USER <user of login>", "EPSV", "RETR /a"]
    );
}

#[test]
fn a_plugin_that_says_something_else_is_led_to_the_conversation_that_has_it() {
    let host = RecordedHost::new()
        .conversing(fetching("/a", "first", 5001))
        .conversing(fetching("/b", "second", 5002));
    assert_eq!(fetch(&host, "/b", 5001).unwrap().1, "second", "the port of the first one");
    assert_eq!(fetch(&host, "/a", 5001).unwrap().1, "first", "the first is still to be had");
    let Err(Error::Internal(message)) = fetch(&host, "/c", 5001) else {
        panic!("what nobody recorded must fail")
    };
    assert_eq!(
        message,
        "no recorded conversation goes on like this: the plugin said \"RETR /c\\r\\n\", \
         the nearest has here Sent(Text(\"RETR /a\\r\\n\"))"
    );
    let Err(Error::Internal(message)) = host.connect("other.example", 21, TcpSecurity::Tls) else {
        panic!("whom nobody recorded must fail")
    };
    assert_eq!(
        message,
        "no recorded conversation with other.example:21 tls; \
         there are: ftp.example:21 plain, ftp.example:21 plain"
    );
}

#[test]
fn a_conversation_survives_its_folder() {
    let folder = std::env::temp_dir().join(format!("archway-conversation-{}", std::process::id()));
    let mut recording = Recording::default();
    let mut held = fetching("/a", "short", 5001);
    let file = "01.body".to_owned();
    for bytes in [vec![0xFF; 3], vec![0xFF; 3000]] {
        let content = Content::of(bytes.clone(), &mut recording.bodies, file.clone());
        assert_eq!(*content.bytes(&recording.bodies), bytes);
        held.turns.push(Turn::Received(content));
    }
    assert_eq!(recording.bodies.len(), 1, "what is short stands in the index");
    held.turns.push(Turn::Failed("lost".into()));
    recording.conversations.push(held);
    recording.write(&folder).unwrap();
    let read = Recording::read(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(read, recording);
}
