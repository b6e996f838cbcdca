//! TAP and DALI around the queries: formats, MAXREC, parameters, VOSI, files.

use archway_formats::Limits;
use archway_formats::votable::{Cell, QueryStatus, Reader};

use super::{ask, encoded, get, post, site};

const ALMA: &str =
    "SELECT obs_id, t_min, s_xel1, access_url FROM ivoa.obscore WHERE obs_collection = 'ALMA'";

#[tokio::test]
async fn votable_reads_back_the_same_as_text_and_as_binary() {
    let site = site().await;
    for format in ["votable", "votable/b2", "application/x-votable+xml;serialization=binary2"] {
        let form = [("LANG", "ADQL-2.1"), ("QUERY", ALMA), ("RESPONSEFORMAT", format)];
        let answer = post(&site, "/sky/tap/sync", &form).await;
        assert_eq!(answer.status, 200, "{format}: {}", answer.text());
        let mut reader = Reader::new(answer.body.as_slice(), Limits::default()).unwrap();
        let fields: Vec<_> = reader.head().fields().iter().map(|f| f.name.clone()).collect();
        assert_eq!(fields, ["obs_id", "t_min", "s_xel1", "access_url"], "{format}");
        let row: Vec<Cell> = reader.next_row().unwrap().unwrap().to_cells();
        assert_eq!(
            row,
            [
                Cell::Text("uid://A001/X1295/X35".into()),
                Cell::F64(58480.431262),
                Cell::Null,
                Cell::Null
            ],
            "{format}"
        );
        assert!(reader.next_row().unwrap().is_none());
        assert_eq!(reader.finish().unwrap().status, QueryStatus::Ok, "{format}");
    }
}

#[tokio::test]
async fn maxrec_acts_after_top_and_says_overflow() {
    // MAXREC, TOP, rows, overflow (TAP 1.1, 2.7.4)
    let cases = [
        (Some("5"), "", 5, true),
        (Some("816"), "", 816, false),
        (Some("5"), "TOP 10", 5, true),
        (Some("10"), "TOP 5", 5, false),
        (Some("0"), "", 0, false),
        (None, "", 816, false),
    ];
    let site = site().await;
    for (maxrec, top, rows, overflow) in cases {
        let query = format!("SELECT {top} obs_id FROM ivoa.obscore");
        let mut form = vec![("LANG", "ADQL"), ("QUERY", query.as_str())];
        form.extend(maxrec.map(|n| ("MAXREC", n)));
        let answer = post(&site, "/sky/tap/sync", &form).await;
        let text = answer.text();
        assert_eq!(text.matches("<TR>").count(), rows, "{maxrec:?} {top}");
        assert_eq!(text.contains("value=\"OVERFLOW\""), overflow, "{maxrec:?} {top}");
    }
}

#[tokio::test]
async fn get_and_post_are_the_same_and_stray_parameters_are_ignored() {
    let site = site().await;
    let form = [("request", "doQuery"), ("lang", "ADQL"), ("query", ALMA), ("Format", "tsv")];
    let by_get = get(&site, &format!("/sky/tap/sync?{}", encoded(&form))).await;
    let by_post = post(&site, "/sky/tap/sync", &form).await;
    assert_eq!(
        by_get.text(),
        "obs_id\tt_min\ts_xel1\taccess_url\nuid://A001/X1295/X35\t58480.431262\t\t\n"
    );
    assert_eq!(by_get.body, by_post.body);
    assert_eq!(by_get.header("content-type"), Some("text/tab-separated-values"));
}

#[tokio::test]
async fn wrong_parameters_are_named() {
    type Form<'a> = &'a [(&'a str, &'a str)];
    let cases: [(Form<'_>, u16, &str); 7] = [
        (&[("QUERY", ALMA)], 400, "parameter LANG is missing"),
        (
            &[("LANG", "SQL"), ("QUERY", ALMA)],
            400,
            "parameter LANG = `SQL` is not one of ADQL, ADQL-2.0, ADQL-2.1",
        ),
        (&[("LANG", "ADQL")], 400, "parameter QUERY is missing"),
        (
            &[("LANG", "ADQL"), ("QUERY", ALMA), ("QUERY", "x")],
            400,
            "parameter QUERY is given 2 times",
        ),
        (
            &[("LANG", "ADQL"), ("QUERY", ALMA), ("MAXREC", "-1")],
            400,
            "parameter MAXREC = `-1` is not a whole number",
        ),
        (
            &[("LANG", "ADQL"), ("QUERY", ALMA), ("FORMAT", "fits")],
            400,
            "`fits` is not one of votable",
        ),
        (
            &[("LANG", "ADQL"), ("QUERY", ALMA), ("UPLOAD", "t,param:f")],
            400,
            "parameter UPLOAD = `t,param:f` is not taken by this sample of real data",
        ),
    ];
    let site = site().await;
    for (form, status, expected) in cases {
        let answer = post(&site, "/sky/tap/sync", form).await;
        assert_eq!(answer.status, status, "{expected}");
        assert!(answer.text().contains(expected), "{expected}: {}", answer.text());
    }
    let other =
        ask(&site, "POST", "/sky/tap/sync", "Content-Type: application/json\r\n", "{}").await;
    assert_eq!(other.status, 415);
}

#[tokio::test]
async fn vosi_documents_say_where_they_are_and_that_it_is_a_sample() {
    let site = site().await;
    let capabilities = get(&site, "/sky/tap/capabilities").await;
    let url = format!("<accessURL use=\"base\">{}/sky/tap</accessURL>", site.url);
    assert!(capabilities.text().contains(&url));
    assert!(capabilities.text().contains("ivo://ivoa.net/std/ObsCore#core-1.1"));
    assert!(!get(&site, "/gaia/tap/capabilities").await.text().contains("ObsCore"));
    assert!(get(&site, "/gaia/tap/availability").await.text().contains("available>true<"));
    let tables = get(&site, "/gaia/tap/tables").await;
    for name in ["gaia.open_clusters", "TAP_SCHEMA.key_columns", "&quot;BP-RP&quot;"] {
        assert!(tables.text().contains(&format!("<name>{name}</name>")), "{name}");
    }
    // Title and description of four tables, and the description of their schema.
    assert_eq!(tables.text().matches("ample of real data").count(), 9);
    assert!(!get(&site, "/gaia/tap/tables?detail=min").await.text().contains("<column"));
    assert!(
        get(&site, "/gaia/tap/tables/gaia.open_clusters").await.text().contains("<unit>mas</unit>")
    );
    assert_eq!(get(&site, "/gaia/tap/tables/gaia.nothing").await.status, 404);
}

#[tokio::test]
async fn files_come_whole_in_ranges_and_not_again() {
    let site = site().await;
    let path = "/files/gaia/godoy-rivera-2021-clusters.fits";
    let whole = get(&site, path).await;
    assert_eq!((whole.status, whole.body.len()), (200, 815_040));
    assert_eq!(whole.header("content-type"), Some("application/fits"));
    assert!(whole.body.starts_with(b"SIMPLE  ="));
    let tag = whole.header("etag").unwrap().to_owned();
    let part = ask(&site, "GET", path, "Range: bytes=5760-5767\r\n", "").await;
    assert_eq!((part.status, part.text()), (206, "XTENSION"));
    assert_eq!(part.header("content-range"), Some("bytes 5760-5767/815040"));
    assert_eq!(ask(&site, "GET", path, "Range: bytes=815040-\r\n", "").await.status, 416);
    let not_again = ask(&site, "GET", path, &format!("If-None-Match: {tag}\r\n"), "").await;
    assert_eq!((not_again.status, not_again.body.len()), (304, 0));
    let other = "Range: bytes=0-1\r\nIf-Range: \"another\"\r\n";
    assert_eq!(ask(&site, "GET", path, other, "").await.status, 200);
    let head = ask(&site, "HEAD", path, "", "").await;
    assert_eq!((head.status, head.header("content-length")), (200, Some("815040")));
    for path in ["/files/../manifest.toml", "/files/manifest.toml", "/files/%2e%2e/manifest.toml"] {
        assert_eq!(get(&site, path).await.status, 404, "{path}");
    }
}
