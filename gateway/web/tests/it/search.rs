//! `GET /api/v1/search`.

use archway_core::testing::FakeArchive;

use crate::gateway::{federation, gateway, get};

#[tokio::test]
async fn a_search_lists_assets_and_how_each_archive_answered() {
    insta::assert_snapshot!(get(federation(), "/api/v1/search?q=crab&limit=1").await.json());
}

#[tokio::test]
async fn every_wrong_parameter_is_named_with_what_would_be_right() {
    let cases = [
        ("unknown, near", "limt=3"),
        ("unknown, far", "elephant=3"),
        ("facet without a name", "facet.=x"),
        ("given twice", "q=a&q=b"),
        ("limit of nothing", "limit=0"),
        ("limit beyond", "limit=1001"),
        ("limit no number", "limit=many"),
        ("deadline beyond", "deadline_ms=60001"),
        ("deadline of nothing", "deadline_ms=0"),
        ("unknown order", "sort=dat"),
        ("distance from nowhere", "sort=distance"),
        ("unknown archive", "archive=hts"),
        ("no archive id", "archive=Hubble+Space"),
        ("require an unknown archive", "require=hst,hts"),
        ("position of no shape", "pos=10.68+41.27"),
        ("declination out of range", "pos=CIRCLE+10.68+91+0.5"),
        ("right ascension out of range", "pos=CIRCLE+361+41+0.5"),
        ("radius negative", "pos=CIRCLE+10+41+-1"),
        ("circle of two numbers", "pos=CIRCLE+10+41"),
        ("polygon of two corners", "pos=POLYGON+1+2+3+4"),
        ("time no time", "time=yesterday/"),
        ("time backwards", "time=2003-01-01/2002-01-01"),
        ("time without a slash", "time=2003-13-01"),
        ("band of no unit", "band=1/2+parsec"),
        ("band backwards", "band=2/1"),
        ("band no number", "band=red/blue"),
        ("cursor that is none", "cursor=abc"),
    ];
    let mut all = String::new();
    for (name, query) in cases {
        let answer = get(federation(), &format!("/api/v1/search?{query}")).await;
        let json: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(answer.header("content-type"), "application/problem+json", "case: {name}");
        let (parameter, detail) = (&json["parameter"], &json["detail"]);
        all.push_str(&format!("{name}\n  {query}\n  {} {parameter} {detail}\n", answer.status));
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn a_cursor_goes_on_with_its_own_question_only() {
    let archives = || gateway(vec![FakeArchive::new("hst").holding_many("a", 5)]);
    let shared = archives();
    let first = get(shared.clone(), "/api/v1/search?limit=2&q=a").await;
    let page: serde_json::Value = serde_json::from_str(&first.body).unwrap();
    let next = page["next"].as_str().expect("a search of five at two a page goes on");
    let second = get(shared.clone(), &format!("/api/v1/search?limit=2&q=a&cursor={next}")).await;
    let page: serde_json::Value = serde_json::from_str(&second.body).unwrap();
    assert_eq!(page["assets"].as_array().map(Vec::len), Some(2));
    let other = get(shared, &format!("/api/v1/search?limit=2&q=b&cursor={next}")).await;
    insta::assert_snapshot!(other.json());
}

#[tokio::test]
async fn a_required_archive_that_fails_fails_the_search_and_is_named() {
    insta::assert_snapshot!(get(federation(), "/api/v1/search?require=hst,igs").await.json());
}
