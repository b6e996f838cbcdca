//! Servers that never come to an end.

use archway_conformance::fake_tap::{FakeTap, Reply};
use archway_conformance::hostile_server::Hostility;

use super::{Attacked, against, hostile};
use crate::gateway::obscore;

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_ends_is_cut_off() {
    let in_time = "gave no answer within 1500 ms";
    for (case, hostility, rate, status, words) in [
        ("silence", Hostility::Silent, "", "timeout", in_time),
        ("a byte a second", Hostility::SlowLoris, "", "timeout", in_time),
        ("headers", Hostility::EndlessHeaders, "", "error", "a head of at most"),
        ("a body", Hostility::EndlessBody, "", "timeout", in_time),
        ("a body with a limit", Hostility::EndlessBody, "answer_mib = 1\n", "error", "more than"),
        ("a bomb", Hostility::DecompressionBomb, "", "error", "decompression bomb"),
    ] {
        against(case, hostility, rate, status, words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_whose_pages_come_round_again_is_found_out_and_given_up() {
    for (case, pages) in [("the same page", 1), ("two pages in turn", 2)] {
        let fake = FakeTap::start().await;
        let rows = (0..pages).map(|page| page * 20..(page + 1) * 20);
        let pages: Vec<Reply> =
            rows.map(|rows| Reply::votable(obscore("circle", rows, "OVERFLOW"))).collect();
        fake.on_query("FROM ivoa.obscore", pages.into_iter().cycle().take(1000));
        let attacked = Attacked::start(hostile(&fake.url)).await;
        attacked.blames(case, "error", "the same rows again").await;

        let mut next = None;
        let mut pages = 0;
        let mut shown = Vec::new();
        loop {
            let mut parameters = vec![("limit", "100"), ("deadline_ms", "1500")];
            parameters.extend(next.as_ref().map(|next: &String| ("cursor", next.as_str())));
            let page = attacked.gateway.search(&parameters).await;
            assert_eq!(page.status, 200, "case: {case}: {}", page.text);
            shown.extend(page.ids());
            pages += 1;
            assert!(pages < 10, "case: {case}: no end: {}", page.row("hostile").1);
            next = page.next();
            if next.is_none() {
                break;
            }
        }
        let all = shown.len();
        shown.sort();
        shown.dedup();
        assert_eq!(shown.len(), all, "case: {case}: an asset came twice");
        assert!(fake.all_asked().len() < 40, "case: {case}: {} requests", fake.all_asked().len());
    }
}
