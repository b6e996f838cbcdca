//! The pages: search page, asset page, and their parts as events.

mod forms;
mod labs;
mod volumes;

use archway_core::testing::FakeArchive;
use archway_web::router;
use axum::http::Request;

use crate::gateway::{ask, crab, federation, gateway, get};

/// The text between two marks, without the lines that hold nothing.
fn part<'a>(html: &'a str, from: &str, to: &str) -> String {
    let start = html.find(from).unwrap_or_else(|| panic!("no {from} in {html}"));
    let rest: &'a str = &html[start..];
    let end = rest.find(to).unwrap_or_else(|| panic!("no {to} behind {from} in {html}"));
    let part = rest[..end].lines().filter(|line| !line.trim().is_empty());
    without_tokens(&part.collect::<Vec<_>>().join("\n"))
}

/// Takes the tokens of forms out, which differ from browser to browser.
fn without_tokens(html: &str) -> String {
    let mark = "name=\"token\" value=\"";
    let mut parts = html.split(mark);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let behind = part.split_once('"').map_or("", |(_, behind)| behind);
        format!("{text}{mark}[token]\"{behind}")
    })
}

#[tokio::test]
async fn the_start_page_says_what_can_be_asked_and_of_whom() {
    let answer = get(federation(), "/").await;
    assert_eq!(answer.status, 200);
    insta::assert_snapshot!(part(&answer.body, "<main", "</main>"));
}

#[tokio::test]
async fn a_gateway_without_archives_says_how_to_add_one() {
    let answer = get(gateway(vec![]), "/").await;
    assert!(answer.body.contains("No archives yet"));
}

#[tokio::test]
async fn results_are_cards_with_what_is_known() {
    let answer = get(federation(), "/?q=crab").await;
    insta::assert_snapshot!(part(&answer.body, "<ul class=\"cards\"", "<nav class=\"pager\""));
}

#[tokio::test]
async fn a_failing_archive_is_named_beside_the_others_results() {
    let answer = get(federation(), "/?q=crab").await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.contains("data-archive=\"igs\" data-status=\"error\""));
    assert!(answer.body.contains("These results are incomplete."));
    assert!(answer.body.contains("Archive igs failed: connection refused"));
}

#[tokio::test]
async fn results_are_a_table_when_asked() {
    let answer = get(federation(), "/?q=crab&view=table").await;
    insta::assert_snapshot!(part(&answer.body, "<table>", "</table>"));
}

#[tokio::test]
async fn a_mistake_is_said_beside_its_field_and_the_form_keeps_what_was_sent() {
    let cases = [
        (
            "a cone without a radius",
            "ra=10.68&dec=41.27",
            "pos-problem",
            "a cone needs RA, Dec and radius; radius is missing",
        ),
        ("a declination out of range", "ra=10.68&dec=91&radius=1", "pos-problem", "91"),
        ("a time that is none", "from=yesterday", "time-problem", "yesterday"),
        (
            "a parameter without a field",
            "q=x&limit=0",
            "general-problem",
            "limit: 0 is outside 1..=1000",
        ),
        ("an unknown parameter", "q=x&limt=0", "general-problem", "did you mean `limit`"),
    ];
    for (name, query, field, words) in cases {
        let answer = get(federation(), &format!("/?{query}")).await;
        assert_eq!(answer.status, 400, "case: {name}");
        let said = part(&answer.body, &format!("id=\"{field}\""), "</p>");
        assert!(said.replace("&#96;", "`").contains(words), "case: {name}: {said}");
    }
    let answer = get(federation(), "/?q=%3Cb%3E&ra=10.68&dec=41.27").await;
    assert!(answer.body.contains("name=\"ra\" value=\"10.68\""));
    assert!(answer.body.contains("name=\"q\" value=\"&#60;b&#62;\""));
}

#[tokio::test]
async fn a_search_without_results_helps_on() {
    let empty = get(gateway(vec![FakeArchive::new("hst")]), "/?q=nothing").await;
    assert!(empty.body.contains("<h3>Nothing found</h3>"));
    let failed = get(gateway(vec![FakeArchive::new("hst").failing("closed")]), "/?q=x").await;
    assert!(failed.body.contains("<h3>No archive could answer</h3>"));
}

#[tokio::test]
async fn facets_are_links_that_add_and_remove_themselves() {
    let answer = get(federation(), "/").await;
    assert!(!answer.body.contains("facet."));
    let answer = get(federation(), "/?q=hubble&facet.mission=hubble").await;
    assert!(answer.body.contains("aria-label=\"Remove filter Mission: hubble\""));
    assert!(
        answer.body.contains("<input type=\"hidden\" name=\"facet.mission\" value=\"hubble\">")
    );
}

#[tokio::test]
async fn the_next_page_is_a_link() {
    let gateway = gateway(vec![FakeArchive::new("hst").holding_many("a", 5)]);
    let first = get(gateway.clone(), "/?limit=2").await;
    let href = part(&first.body, "/?limit=2&#38;cursor=", "\"").replace("&#38;", "&");
    let second = get(gateway, &href).await;
    assert_eq!(second.status, 200);
    assert!(second.body.contains(">First page</a>"));
}

#[tokio::test]
async fn parts_of_the_page_come_as_archives_answer() {
    let request = Request::get("/?q=crab")
        .header("host", "localhost")
        .header("accept", "text/event-stream, text/html");
    let answer = ask(router(federation()), request).await;
    let names: Vec<_> =
        answer.body.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, ["start", "source", "source", "source", "page"]);
    assert_eq!(answer.header("vary"), "accept");
}

#[tokio::test]
async fn an_asset_has_a_page_with_its_facts_files_and_rights() {
    let archive =
        FakeArchive::new("hst").with_info(|info| info.sample = true).with_assets([crab()]);
    let answer = get(gateway(vec![archive]), "/assets/hst%2Fcrab%2F1").await;
    insta::assert_snapshot!(part(&answer.body, "<main", "</main>"));
}

#[tokio::test]
async fn an_asset_that_is_not_there_is_a_page_that_says_so() {
    let answer = get(federation(), "/assets/hst%2Fnothing").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    insta::assert_snapshot!(part(&answer.body, "<div class=\"apology\"", "</div>"));
}
