//! The asynchronous half: the life of a job, in the order of UWS 1.1, 2.2.

use super::{Answer, SampleSite, ask, get, post, site};

const QUERY: &str = "SELECT obs_id FROM ivoa.obscore WHERE obs_collection = 'ALMA'";

/// The path of a `Location` header.
fn location(site: &SampleSite, answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").unwrap().strip_prefix(&site.url).unwrap().to_owned()
}

async fn create(site: &SampleSite, form: &[(&str, &str)]) -> String {
    location(site, &post(site, "/sky/tap/async", form).await)
}

#[tokio::test]
async fn a_job_is_made_run_waited_for_read_and_destroyed() {
    let site = site().await;
    let form = [("LANG", "ADQL"), ("QUERY", QUERY), ("FORMAT", "csv"), ("RUNID", "r<1")];
    let job = create(&site, &form).await;
    let document = get(&site, &job).await;
    assert!(document.text().contains("<uws:phase>PENDING</uws:phase>"));
    assert!(document.text().contains("<uws:runId>r&lt;1</uws:runId>"));
    assert_eq!(get(&site, &format!("{job}/phase")).await.text(), "PENDING");
    assert_eq!(get(&site, &format!("{job}/results/result")).await.status, 404);

    let run = post(&site, &format!("{job}/phase"), &[("PHASE", "RUN")]).await;
    assert_eq!(location(&site, &run), job);
    let document = get(&site, &format!("{job}?WAIT=20")).await;
    assert!(document.text().contains("<uws:phase>COMPLETED</uws:phase>"), "{}", document.text());
    assert!(document.text().contains(&format!("{}{job}/results/result", site.url)));
    let result = get(&site, &format!("{job}/results/result")).await;
    assert_eq!(result.header("content-type"), Some("text/csv;header=present"));
    assert_eq!(result.rows(), [["uid://A001/X1295/X35"]]);
    assert_eq!(get(&site, &format!("{job}/error")).await.status, 404);

    let again = post(&site, &format!("{job}/phase"), &[("PHASE", "RUN")]).await;
    assert_eq!(again.status, 403, "a finished job does not run again");
    let end = ask(&site, "DELETE", &job, "", "").await;
    assert_eq!(location(&site, &end), "/sky/tap/async");
    assert_eq!(get(&site, &job).await.status, 404);
}

#[tokio::test]
async fn a_job_that_fails_says_why_twice() {
    let site = site().await;
    let form = [("LANG", "ADQL"), ("QUERY", "SELECT x FROM ivoa.obscore"), ("PHASE", "RUN")];
    let job = create(&site, &form).await;
    let document = get(&site, &format!("{job}?WAIT=-1")).await;
    assert!(document.text().contains("<uws:phase>ERROR</uws:phase>"), "{}", document.text());
    assert!(document.text().contains("no column `x` in ivoa.obscore"));
    let detail = get(&site, &format!("{job}/error")).await;
    assert_eq!(detail.status, 200);
    assert!(detail.text().contains("value=\"ERROR\""));
}

#[tokio::test]
async fn parameters_come_in_steps_and_errors_in_them_only_when_run() {
    let site = site().await;
    let job = create(&site, &[("LANG", "SQL")]).await;
    let more = [("QUERY", QUERY), ("LANG", "ADQL")];
    assert_eq!(post(&site, &format!("{job}/parameters"), &more).await.status, 303);
    let listed = get(&site, &format!("{job}/parameters")).await;
    assert!(listed.text().contains("<uws:parameter id=\"LANG\">ADQL</uws:parameter>"));
    post(&site, &format!("{job}/phase"), &[("PHASE", "RUN")]).await;
    get(&site, &format!("{job}?WAIT=20")).await;
    assert_eq!(get(&site, &format!("{job}/phase")).await.text(), "COMPLETED");
    assert_eq!(post(&site, &format!("{job}/parameters"), &more).await.status, 403);
}

#[tokio::test]
async fn an_aborted_job_stays_aborted_and_is_listed() {
    let site = site().await;
    let job = create(&site, &[("LANG", "ADQL"), ("QUERY", QUERY)]).await;
    post(&site, &format!("{job}/phase"), &[("PHASE", "ABORT")]).await;
    assert_eq!(get(&site, &format!("{job}/phase")).await.text(), "ABORTED");
    let other = create(&site, &[("LANG", "ADQL"), ("QUERY", QUERY)]).await;
    let list = get(&site, "/sky/tap/async?PHASE=ABORTED").await;
    assert!(list.text().contains(&format!("{}{job}\"", site.url)));
    assert!(!list.text().contains(&format!("{}{other}\"", site.url)));
    let gone = post(&site, &other, &[("ACTION", "DELETE")]).await;
    assert_eq!(gone.status, 303);
    assert_eq!(get(&site, &other).await.status, 404);
}
