use archway_core::archive::Operation;
use archway_core::asset::Value;

use super::Manifest;

const GOOD: &str = r#"
plugin = { id = "vo-tap", version = "0.1.0", wit = "archway:archive@0.1.0" }
operations = ["describe", "search", "look-up"]
requests = { http = ["{settings.base_url}", "static.example.org:443"] }
limits = { memory_mib = 64 }
settings.base_url = { type = "url", required = true, help = "TAP base URL" }
settings.page = { type = "integer", default = 500, min = 1, max = 5000, help = "Rows a page" }
settings.dialect = { type = "choice", choices = ["adql-2.0", "adql-2.1"], default = "adql-2.0", help = "Language" }
settings.columns = { type = "table", help = "Column mapping" }
settings.mirrors = { type = "list", help = "Other hosts" }
"#;

fn lines(problems: &[crate::problem::Problem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_good_manifest_says_what_the_plugin_offers_and_wants() {
    let manifest = Manifest::parse(GOOD).unwrap();
    assert_eq!(manifest.operations, [Operation::Search, Operation::LookUp]);
    assert_eq!(manifest.limits.memory_mib, Some(64));
    let written = "base_url = \"https://tap.example.org/tap\"\n[columns]\ntitle = \"obs_title\"";
    let settings = manifest.check_settings(&written.parse().unwrap()).unwrap();
    assert_eq!(
        settings,
        [
            ("base_url".to_owned(), Value::Text("https://tap.example.org/tap".to_owned())),
            ("columns".to_owned(), Value::Json("{\"title\":\"obs_title\"}".to_owned())),
            ("dialect".to_owned(), Value::Text("adql-2.0".to_owned())),
            ("page".to_owned(), Value::Integer(500)),
        ]
    );
    let requests = manifest.requests_with(&settings).unwrap();
    assert_eq!(requests.http, ["tap.example.org:443", "static.example.org:443"]);
}

#[test]
fn every_mistake_in_a_manifest_is_said_in_one_go() {
    let text = r#"
plugin = { id = "VO", version = "0.1.0", licence = "MIT" }
operation = ["search"]
operations = ["serch"]
requests = { htp = [], http = ["{settings.base}"] }
settings.base_url = { type = "uri", help = "x" }
settings.page = { type = "integer", default = "many", help = "" }
settings.base_uri = { type = "url", required = true, helf = "x" }
"#;
    insta::assert_snapshot!(lines(&Manifest::parse(text).unwrap_err()));
}

#[test]
fn every_mistake_in_an_archives_settings_is_said_in_one_go() {
    let manifest = Manifest::parse(GOOD).unwrap();
    let written = r#"
base_ur = "https://tap.example.org"
page = 9000
dialect = "adql-3"
mirrors = [1]
columns = "x"
"#;
    insta::assert_snapshot!(lines(
        &manifest.check_settings(&written.parse().unwrap()).unwrap_err()
    ));
}

#[test]
fn a_url_setting_is_a_url_of_an_archive() {
    let manifest = Manifest::parse(GOOD).unwrap();
    for url in ["javascript:alert(1)", "file:///etc/passwd", "https://u:p@x.org/", "x.org", "http:"]
    {
        let written = toml::Table::from_iter([("base_url".to_owned(), url.into())]);
        assert!(manifest.check_settings(&written).is_err(), "case: {url}");
    }
}
