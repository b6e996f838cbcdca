//! What a browser sees where there is no lab to see.

use archway_core::labs::LabState;
use axum::http::StatusCode;

use super::labs::Application;
use super::world::{World, from_page, navigate};

#[tokio::test]
async fn while_a_lab_starts_a_person_sees_a_page_and_a_program_a_503() {
    let mut world = World::new().await;
    world.knows("a1", LabState::Preparing, "Unpacking 3 of <5> packages.", None);
    let cookie = world.enter("a1").await;
    let mut request = navigate("http://a1.localhost:8470/lab");
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let page = world.ask(request).await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(page.header("retry-after"), "2");
    assert!(page.text().contains(r#"<meta http-equiv="refresh" content="2">"#), "{}", page.text());
    assert!(page.text().contains("Unpacking 3 of &#60;5&#62; packages."), "{}", page.text());
    assert!(!page.text().contains("<script"), "no JavaScript");

    let problem = world.ask(from_page("GET", "a1", "/api/kernels", &cookie)).await;
    assert_eq!(problem.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(problem.header("retry-after"), "2");
    assert_eq!(problem.header("content-type"), "application/problem+json");
    insta::assert_snapshot!(problem.text(), @r#"{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"Your lab is starting: Unpacking 3 of <5> packages."}"#);

    let endpoint = Application::default().on_unix(&mut world, "lab");
    world.ready("a1", endpoint);
    let answer = world.ask(from_page("GET", "a1", "/api/kernels", &cookie)).await;
    assert_eq!(answer.status, StatusCode::OK, "the same cookie, once it is ready");
}

#[tokio::test]
async fn a_lab_that_has_ended_says_why_and_a_deleted_one_takes_its_data_along() {
    let world = World::new().await;
    world.knows("a1", LabState::Starting, "", None);
    let cookie = world.enter("a1").await;
    let look = || {
        let mut request = navigate("http://a1.localhost:8470/lab");
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        request
    };
    world.knows("a1", LabState::Stopped, "Nobody worked in it for an hour.", None);
    let page = world.ask(look()).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert!(page.text().contains("Nobody worked in it for an hour."), "{}", page.text());
    assert!(page.text().contains(r#"href="http://localhost:8470/labs/a1""#), "{}", page.text());
    assert_eq!(page.header("clear-site-data"), "");

    world.forgets("a1");
    let page = world.ask(look()).await;
    assert_eq!(page.status, StatusCode::GONE);
    assert_eq!(page.header("clear-site-data"), r#""cache", "cookies", "storage""#);
}

#[tokio::test]
async fn the_style_of_a_page_is_the_one_that_its_policy_allows() {
    let world = World::new().await;
    let page = world.ask(navigate("http://a1.localhost:8470/")).await;
    let (_, rest) = page.text().split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    use base64::Engine as _;
    use sha2::Digest as _;
    let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(style));
    let policy = page.header("content-security-policy");
    assert!(policy.contains(&format!("style-src 'sha256-{hash}'")), "{policy}");
}

#[tokio::test]
async fn what_is_no_labs_address_goes_to_the_portal() {
    let world = World::new().await;
    for url in ["http://localhost:8470/", "http://localhost:8470/labs/a1", "http://x.a1.localhost/"]
    {
        assert_eq!(world.ask(navigate(url)).await.text(), "the portal", "{url}");
    }
}
