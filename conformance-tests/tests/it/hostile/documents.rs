//! Documents that are broken, or are no tables, or mean harm.

use archway_conformance::fake_tap::{FakeTap, Reply};
use archway_conformance::hostile_server::Hostility;

use super::{Attacked, against, hostile};
use crate::gateway::obscore;

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_means_harm_is_refused_by_name() {
    for (case, hostility, words) in [
        ("growing entities", Hostility::EntityBomb, "a DOCTYPE with an internal subset is refused"),
        ("40,000 attributes", Hostility::ManyAttributes, "attributes"),
        ("100,000 deep", Hostility::DeepNesting, "more than"),
        ("less than promised", Hostility::TruncatedVotable, "broke off"),
        ("no answer", Hostility::CloseAtOnce, "was lost"),
        ("gzip that is none", Hostility::WrongGzip, "packed as its Content-Encoding says"),
    ] {
        against(case, hostility, "", "error", words).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_is_no_table_is_said_as_what_it_is() {
    let table = obscore("cut", 0..20, "OK");
    let inside_a_row = table.rfind("Record 15").unwrap();
    let cut = &table[..inside_a_row];
    let external = table.replacen(
        "<VOTABLE",
        "<!DOCTYPE VOTABLE [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><VOTABLE",
        1,
    );
    let by_reference = table.replacen("Record 0", "Record &x;", 1);
    let html = "<!DOCTYPE html><html><head><title>Down for maintenance</title></head></html>";
    let bad_gzip = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255][..], &[0x77; 400]].concat();
    let gzip = Reply::ok("application/x-votable+xml", bad_gzip);
    let broken = Reply::broken("application/x-votable+xml", cut.to_owned(), table.len());
    for (case, reply, status, words) in [
        (
            "cut inside a row",
            Reply::votable(cut.to_owned()),
            "partial",
            "the document ends at byte",
        ),
        ("reset inside a row", broken, "error", "broke off"),
        (
            "an external entity",
            Reply::votable(external),
            "error",
            "a DOCTYPE with an internal subset is refused",
        ),
        ("an undeclared entity", Reply::votable(by_reference), "error", "unknown entity `&x;`"),
        ("HTML", Reply::ok("text/html", html), "error", "Down for maintenance"),
        ("HTML as a table", Reply::votable(html), "error", "a VOTable was expected"),
        ("nothing", Reply::votable(""), "error", "a VOTable was expected"),
        (
            "bad gzip",
            gzip.clone().with_header("content-encoding", "gzip"),
            "error",
            "packed as its Content-Encoding says",
        ),
        ("bad gzip that nobody announced", gzip, "error", "gzip that unpacks"),
        ("a status of failure", Reply::status(500), "error", "status 500"),
    ] {
        let fake = FakeTap::start().await;
        fake.on_query("FROM ivoa.obscore", [reply]);
        Attacked::start(hostile(&fake.url)).await.blames(case, status, words).await;
    }
}
