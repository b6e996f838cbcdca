//! Questions that cannot be answered, and what is said of each.

use crate::gateway::{ArchiveFile, Gateway, well};

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_question_is_told_by_parameter_and_what_would_be_right() {
    let fake = well("hubble").await;
    let gateway =
        Gateway::start(&[ArchiveFile::new("hubble", 10, &format!("{}/tap", fake.url))]).await;
    for (query, parameter, words) in [
        ("archive=hubbel", "archive", "did you mean `hubble`?"),
        ("archive=No Such", "archive", "No Such"),
        ("require=planck", "require", "no archive `planck`"),
        ("limt=5", "limt", "did you mean `limit`?"),
        ("colour=red", "colour", "is no parameter of this request; there are q, pos,"),
        ("facet.mision=HST", "facet.mision", "did you mean `mission`?"),
        ("limit=0", "limit", "0 is outside 1..=1000"),
        ("limit=1001", "limit", "1001 is outside 1..=1000"),
        ("limit=-1", "limit", "`-1` is not a whole number"),
        ("limit=5&limit=6", "limit", "is given twice"),
        ("deadline_ms=0", "deadline_ms", "0 is outside 1..=60000"),
        ("deadline_ms=70000", "deadline_ms", "70000 is outside 1..=60000"),
        ("pos=CIRCLE 10 91 1", "pos", "91"),
        ("pos=CIRCLE 10 1", "pos", "CIRCLE takes 3 numbers (ra, dec, radius), not 2"),
        ("pos=SQUARE 1 2 3", "pos", "`SQUARE` is not a shape"),
        ("pos=POLYGON 0 0 1 1", "pos", "a POLYGON of 2 vertices is outside 3..=1000"),
        ("pos=CIRCLE NaN 1 1", "pos", "`NaN` is not a number"),
        ("time=yesterday/", "time", "`yesterday` is not a time"),
        ("time=2021/2020", "time", "ends before it begins"),
        ("time=/", "time", "both ends are empty"),
        ("band=red/blue", "band", "band"),
        ("band=700/400 nm", "band", "the wrong way round"),
        ("band=-1/2", "band", "negative"),
        ("sort=distance", "sort", "distance needs a region (`pos`)"),
        ("sort=dat", "sort", "did you mean `date`?"),
    ] {
        let answer = gateway.ask(&format!("api/v1/search?{}", query.replace(' ', "+"))).await;
        assert_eq!(answer.status, 400, "case: {query}: {}", answer.text);
        assert_eq!(answer.headers["content-type"], "application/problem+json", "case: {query}");
        let problem = answer.json();
        assert_eq!(problem["parameter"], parameter, "case: {query}: {problem}");
        assert_eq!(problem["status"], 400, "case: {query}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(words), "case: {query}: {problem}");
    }
    assert!(
        fake.asked("/tap/sync")
            .iter()
            .all(|asked| !asked.parameter("QUERY").contains("FROM ivoa.obscore")),
        "nobody was asked"
    );
}
