//! Jobs as services of different ages and tempers run them.

use archway_plugin::tabular::{Completeness, TableQuery};
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::Value;
use archway_plugin::{ArchivePlugin, QueryAnswer};

use super::*;
use crate::VoTap;

const BASE: &str = "https://archive.example/tap";
const JOB: &str = "https://archive.example/tap/async/17A";
const TABLE: &str = r#"<VOTABLE version="1.4"><RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>
<FIELD name="n" datatype="int"/><DATA><TABLEDATA><TR><TD>1</TD></TR><TR><TD>2</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"#;

fn job(phase: &str, results: &str, error: &str) -> String {
    format!(
        r#"<uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink"><uws:jobId>17A</uws:jobId>
        <uws:phase>{phase}</uws:phase><uws:results>{results}</uws:results>{error}</uws:job>"#
    )
}

fn host(asynchronous: &str) -> RecordedHost {
    RecordedHost::new().with_text("base_url", BASE).with_text("async", asynchronous)
}

fn created(host: RecordedHost) -> RecordedHost {
    host.answering_with(&format!("{BASE}/async"), 303, &[("location", "/tap/async/17A")], "")
        .answering_with(&format!("{JOB}/results/result"), 200, &[], TABLE)
        .answering_to(JOB, "nothing of the kind", 200, "")
}

fn ask(host: &RecordedHost, max_rows: Option<u64>) -> Result<QueryAnswer, Error> {
    let query = TableQuery {
        language: "ADQL".to_owned(),
        text: "SELECT n FROM t".to_owned(),
        uploads: Vec::new(),
        max_rows,
    };
    VoTap.query(host, query)
}

/// Rows and what is said of them.
fn read(host: &RecordedHost, mut answer: QueryAnswer) -> (u32, Completeness) {
    let mut rows = 0;
    while let Some(batch) = answer.rows.next(host, 1).unwrap() {
        rows += batch.rows;
    }
    (rows, answer.rows.outcome().completeness)
}

fn asked(host: &RecordedHost) -> Vec<String> {
    host.asked()
        .into_iter()
        .map(|request| format!("{} {}", request.method, request.url.replace(BASE, "")))
        .collect()
}

#[test]
fn a_job_is_waited_for_read_and_deleted() {
    let host = created(host("always"))
        .answering(JOB, 200, job("QUEUED", "", ""))
        .answering(&format!("{JOB}?WAIT"), 200, job("EXECUTING", "", ""))
        .answering(
            &format!("{JOB}?WAIT"),
            200,
            job("COMPLETED", r#"<uws:result id="result" xlink:href="17A/results/result"/>"#, ""),
        );
    let answer = ask(&host, None).unwrap();
    assert_eq!(read(&host, answer), (2, Completeness::Complete));
    insta::assert_snapshot!(asked(&host).join("\n"));
    assert!(host.slept_ms() > 0, "a service that answers at once is not asked without a pause");
}

#[test]
fn a_service_that_ignores_the_phase_at_creation_is_told_again() {
    let host = created(host("always"))
        .answering(JOB, 200, job("PENDING", "", ""))
        .answering(JOB, 200, job("COMPLETED", "", ""))
        .answering(&format!("{JOB}/phase"), 303, "");
    let answer = ask(&host, None).unwrap();
    assert_eq!(read(&host, answer), (2, Completeness::Complete));
    let phase = host.asked().into_iter().find(|request| request.url.ends_with("/phase")).unwrap();
    assert_eq!(phase.fields, [("PHASE".to_owned(), "RUN".to_owned())]);
}

#[test]
fn a_failed_job_says_why_and_is_deleted() {
    let summary = r#"<uws:errorSummary type="fatal" hasDetail="true"><uws:message>short</uws:message></uws:errorSummary>"#;
    let host = created(host("always"))
        .answering(JOB, 200, job("ERROR", "", summary))
        .answering(&format!("{JOB}/error"), 200, r#"<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">the long story</INFO></RESOURCE></VOTABLE>"#);
    let Err(Error::InvalidQuery(fault)) = ask(&host, None) else { panic!("the job failed") };
    assert_eq!(fault.message, "the long story");
    assert_eq!(asked(&host).last().map(String::as_str), Some("DELETE /async/17A"));
}

#[test]
fn a_job_that_takes_too_long_is_deleted() {
    let host = created(host("always")).with_remaining_ms(20_000).answering(
        JOB,
        200,
        job("EXECUTING", "", ""),
    );
    let Err(Error::Unavailable(outage)) = ask(&host, None) else { panic!("the job never ends") };
    assert_eq!(
        (outage.reason, outage.message.as_str()),
        (OutageReason::TimedOut, "the archive's job is still in phase EXECUTING")
    );
    assert_eq!(asked(&host).last().map(String::as_str), Some("DELETE /async/17A"));
    assert!((16_000..=17_000).contains(&host.slept_ms()), "{}", host.slept_ms());
}

#[test]
fn an_answer_of_exactly_the_silent_limit_is_asked_for_as_a_job() {
    let cut = host("auto").with_setting("maxrec_sync", Value::Integer(2)).answering(
        &format!("{BASE}/sync"),
        200,
        TABLE,
    );
    let host = created(cut).answering(JOB, 200, job("COMPLETED", "", ""));
    let answer = ask(&host, None).unwrap();
    assert_eq!(read(&host, answer), (2, Completeness::Complete));
    assert!(asked(&host).iter().any(|line| line == "POST /async"), "{:?}", asked(&host));
}

#[test]
fn an_answer_below_the_silent_limit_is_taken_as_it_is() {
    let host = host("auto").with_setting("maxrec_sync", Value::Integer(3)).answering(
        &format!("{BASE}/sync"),
        200,
        TABLE,
    );
    let answer = ask(&host, None).unwrap();
    assert_eq!(read(&host, answer), (2, Completeness::Complete));
    assert_eq!(asked(&host).len(), 1);
}

#[test]
fn without_jobs_an_answer_of_the_silent_limit_is_called_unknown() {
    let host = host("never").with_setting("maxrec_sync", Value::Integer(2)).answering(
        &format!("{BASE}/sync"),
        200,
        TABLE,
    );
    let answer = ask(&host, None).unwrap();
    assert_eq!(read(&host, answer), (2, Completeness::Unknown));
}

#[test]
fn a_query_that_is_too_late_synchronously_runs_as_a_job() {
    let timeout = r#"<VOTABLE><RESOURCE type="results"><INFO name="QUERY_STATUS" value="ERROR">Query timed out</INFO></RESOURCE></VOTABLE>"#;
    let cases = [
        ("a message", 400, timeout),
        ("a gateway's status", 504, "<h1>Gateway Timeout</h1>"),
        ("too large", 413, "too large"),
    ];
    for (name, status, body) in cases {
        let host = created(host("auto").answering(&format!("{BASE}/sync"), status, body))
            .answering(JOB, 200, job("COMPLETED", "", ""));
        let answer = ask(&host, None).unwrap();
        assert_eq!(read(&host, answer), (2, Completeness::Complete), "{name}");
    }
    let host = host("auto").answering(&format!("{BASE}/sync"), 400, "Unknown column x");
    assert!(
        matches!(ask(&host, None), Err(Error::InvalidQuery(_))),
        "a wrong query is wrong as a job too"
    );
    assert_eq!(asked(&host).len(), 1);
}

#[test]
fn as_many_rows_as_asked_for_are_perhaps_not_all() {
    let host = host("auto").answering(&format!("{BASE}/sync"), 200, TABLE);
    let answer = ask(&host, Some(2)).unwrap();
    assert_eq!(read(&host, answer), (2, Completeness::Truncated));
}

#[test]
fn references_are_resolved_as_urls_are() {
    let base = "https://archive.example:8443/tap/async";
    let cases = [
        ("absolute", "http://other.example/x", Some("http://other.example/x")),
        ("of the host", "/tap/async/1", Some("https://archive.example:8443/tap/async/1")),
        ("relative", "async/1", Some("https://archive.example:8443/tap/async/1")),
        ("without scheme", "//other.example/x", Some("https://other.example/x")),
        (
            "a URL within a query",
            "async/1?u=http://x",
            Some("https://archive.example:8443/tap/async/1?u=http://x"),
        ),
        ("empty", "", None),
    ];
    for (name, reference, wanted) in cases {
        assert_eq!(resolve(base, reference).as_deref(), wanted, "{name}");
    }
}

#[test]
fn a_job_lies_on_the_host_that_was_asked() {
    let cases = [
        (
            "the name it knows itself by",
            "http://internal:8080/tap/async/1",
            "https://archive.example/tap/async/1",
        ),
        (
            "another path",
            "https://archive.example/run/async/1/",
            "https://archive.example/run/async/1",
        ),
        ("a path alone", "/tap/async/1", "https://archive.example/tap/async/1"),
    ];
    for (name, location, wanted) in cases {
        let headers = vec![("location".to_owned(), location.to_owned())];
        let asked = "https://archive.example/tap/async";
        let response = Response::new(303, asked, headers, Box::new(std::io::empty()));
        assert_eq!(super::created(response, asked).unwrap(), wanted, "{name}");
    }
    let response = Response::new(
        200,
        "https://archive.example/tap/async",
        Vec::new(),
        Box::new(std::io::empty()),
    );
    assert!(matches!(
        super::created(response, "https://archive.example/tap/async"),
        Err(Error::MalformedReply(_))
    ));
}
