//! `GET /api/v1/archives` and `/api/v1/archives/{id}`.

use archway_core::archive::{Collection, QueryLanguage};
use archway_core::asset::FacetKind;
use archway_core::search::{Constraint, Order};
use archway_core::testing::FakeArchive;

use crate::gateway::{federation, gateway, get};

#[tokio::test]
async fn the_archives_are_listed_in_the_order_of_the_configuration() {
    insta::assert_snapshot!(get(federation(), "/api/v1/archives").await.json());
}

#[tokio::test]
async fn an_archive_says_what_it_said_of_itself() {
    let archive = FakeArchive::new("hst");
    let mut described = archive.description();
    described.description = Some("Hubble.".to_owned());
    described.collections = vec![Collection {
        id: "HST".to_owned(),
        title: "All of it".to_owned(),
        description: None,
        product_types: vec![],
        assets: Some(3),
        publisher: Some("ESA/STScI".to_owned()),
        licence: None,
        created: None,
    }];
    described.push_down = vec![Constraint::Region, Constraint::Facet(FacetKind::Mission)];
    described.orders = vec![Order::Date];
    described.languages = vec![QueryLanguage {
        name: "ADQL".to_owned(),
        version: Some("2.0".to_owned()),
        identifier: None,
    }];
    let gateway = gateway(vec![archive.described(described)]);
    insta::assert_snapshot!(get(gateway, "/api/v1/archives/hst").await.json());
}

#[tokio::test]
async fn an_unknown_archive_is_a_404_with_the_nearest_name() {
    insta::assert_snapshot!(get(federation(), "/api/v1/archives/hts").await.json(), @r#"
    404 Not Found
    {
      "detail": "no archive `hts`; did you mean `hst`?",
      "status": 404,
      "title": "Not Found",
      "type": "about:blank"
    }
    "#);
}
