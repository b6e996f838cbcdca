//! `/graphql` and `/graphiql`: the talk's own requests, the rest, and what costs too much.

use std::path::Path;
use std::time::Duration;

use archway_core::testing::FakeArchive;
use archway_web::router;
use axum::Router;
use axum::http::Request;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::gateway::{Answer, ask, at_work, call, federation, gateway, post, send, still};

async fn run(service: &Router, query: &str) -> Answer {
    post(service, "/graphql", &json!({ "query": query }).to_string()).await
}

/// The answer as pretty JSON, with what differs from run to run taken out.
fn shown(answer: &Answer) -> String {
    let mut value = answer.value();
    still(&mut value);
    format!("{}\n{value:#}", answer.status)
}

/// Code, parameter and message of the first error.
fn refused(answer: &Answer) -> String {
    let mut value = answer.value();
    still(&mut value);
    let error = &value["errors"][0];
    let parameter = error["extensions"]["parameter"].as_str();
    let parameter = parameter.map(|name| format!(" [{name}]")).unwrap_or_default();
    let code = error["extensions"]["code"].as_str().unwrap_or("-");
    format!("{} {code}{parameter} {}", answer.status.as_u16(), error["message"].as_str().unwrap())
}

#[tokio::test]
async fn a_datalab_is_created_listed_and_destroyed_as_in_the_talk() {
    let service = router(federation());
    let create = "mutation {\n  createDatalab(sapId: \"sepp/jupyterlab:v1\") {\n    datalab {\n      id, base\n    }\n  }\n}";
    let made = run(&service, create).await;
    let id = made.value()["data"]["createDatalab"]["datalab"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        made.body,
        format!(
            r#"{{"data":{{"createDatalab":{{"datalab":{{"id":"{id}","base":"sepp/jupyterlab:v1"}}}}}}}}"#
        )
    );
    let list = run(&service, "query { datalabs { id, base } }").await;
    assert_eq!(
        list.value(),
        json!({ "data": { "datalabs": [{ "id": id, "base": "sepp/jupyterlab:v1" }] } })
    );
    let destroy = format!("mutation {{ destroyDatalab(cid: \"{id}\") {{ datalab {{ id }} }} }}");
    assert_eq!(
        run(&service, &destroy).await.value(),
        json!({ "data": { "destroyDatalab": { "datalab": { "id": id } } } })
    );
}

#[tokio::test]
async fn the_schema_is_as_reviewed() {
    let service = router(federation());
    let question = include_str!("graphql/introspection.graphql");
    let answer = run(&service, question).await;
    assert!(answer.value().get("errors").is_none(), "{}", answer.body);
    insta::assert_snapshot!(sdl(&answer.value()["data"]["__schema"]));
}

#[tokio::test]
async fn the_mutations_of_the_talk_have_its_types_and_descriptions() {
    let query = r#"{ __type(name: "Mutation") { fields { name description
        args { name type { kind name ofType { name } } } type { kind name } } } }"#;
    let answer = run(&router(federation()), query).await.value();
    let fields = answer["data"]["__type"]["fields"].as_array().unwrap();
    let talk = [
        ("createDatalab", "Create a new datalab for the current user", "sapId", "CreateDatalab"),
        (
            "destroyDatalab",
            "Destroy the specified datalab for the current user",
            "cid",
            "DestroyDatalab",
        ),
    ];
    for (name, description, argument, gives) in talk {
        let field = fields.iter().find(|field| field["name"] == name).unwrap();
        assert_eq!(field["description"], description);
        assert_eq!(field["type"], json!({ "kind": "OBJECT", "name": gives }));
        let nullable = json!({ "kind": "SCALAR", "name": "String", "ofType": null });
        assert_eq!(field["args"][0], json!({ "name": argument, "type": nullable }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_datalab_with_launch_options_says_all_of_itself() {
    let (own, _work) = at_work();
    let service = router(own);
    let made = run(
        &service,
        r#"mutation { createDatalab(sapId: "sepp/jupyterlab:v1", title: "Two", size: "M",
            backend: "docker", assets: ["obs/a", "obs/b"], maxAgeS: 3600, idempotencyKey: "k") {
            datalab { id } } }"#,
    )
    .await
    .value();
    let id = made["data"]["createDatalab"]["datalab"]["id"].as_str().unwrap();
    let whole = format!(
        r#"{{ datalab(id: "{id}") {{ id base title state backend network url notebook endsSoon
            size {{ name cores memoryMib }} cause {{ kind }}
            volumes {{ name source state progress {{ files filesTotal bytes }}
                files(limit: 5) {{ number path asset sizeBytes state }} }}
            events {{ number state words log }} }} }}"#
    );
    let mut last = Value::Null;
    for _ in 0..10_000 {
        last = run(&service, &whole).await.value();
        let state = &last["data"]["datalab"]["state"];
        if state == "ready" {
            break;
        }
        assert_ne!(state, "failed", "{last:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    still(&mut last);
    let notebook = last["data"]["datalab"]["notebook"].take();
    assert!(notebook.as_str().unwrap().ends_with(".ipynb"), "{notebook}");
    insta::assert_snapshot!(format!("{last:#}"));
    let open = format!("mutation {{ openDatalab(cid: \"{id}\") {{ url }} }}");
    let url = run(&service, &open).await.value()["data"]["openDatalab"]["url"].clone();
    assert!(url.as_str().unwrap().starts_with(&format!("http://{id}.localhost:8470/")), "{url}");
    for field in ["extendDatalab", "snoozeDatalab"] {
        let kept =
            run(&service, &format!("mutation {{ {field}(cid: \"{id}\") {{ state }} }}")).await;
        assert_eq!(kept.value()["data"][field]["state"], "ready", "{}", kept.body);
    }
}

#[tokio::test]
async fn assets_searches_apps_collections_and_usage_are_asked_together() {
    let service = router(federation());
    let answer = run(
        &service,
        r#"{
            apps { id kind title sizes { name cores memoryMib } opensNotebooks }
            backends { id severalUsers facts { what holds } }
            collections { id predefined title licence { spdx } members { count assets } }
            asset(id: "hst/crab/1") { id title kind publisher licence { spdx } sizeBytes
                position { raDeg decDeg } time { start end } facets { name terms } content
                distributions { id role format sizeBytes } }
            assets(ids: ["hst/m31", "hst/crab/1"]) { id }
            search(query: { q: "crab", facets: [{ name: "mission", anyOf: ["Hubble"] }] }, limit: 2) {
                assets { id title } sources { id status reason } partial count { value exact } next }
            usage { usage { labs volumeBytes } quota { labs cores } }
        }"#,
    )
    .await;
    insta::assert_snapshot!(shown(&answer));
}

#[tokio::test]
async fn volumes_selections_and_personal_collections_are_made_and_removed() {
    let service = router(federation());
    let made = run(
        &service,
        r#"mutation {
            createSelection(title: "M31", assets: ["hst/m31"]) { id title members { count assets } }
            createCollection(title: "Mine", query: { q: "crab" }) { id predefined
                members { query { name value } } }
            createVolume(name: "results", title: "Results", source: { empty: true }) { id name
                writable source state }
        }"#,
    )
    .await;
    insta::assert_snapshot!(shown(&made));
    let data = made.value()["data"].clone();
    let id = |field: &str| data[field]["id"].as_str().unwrap().to_owned();
    let removed = format!(
        r#"mutation {{ deleteCollection(id: "{}") deleteVolume(id: "{}") }}"#,
        id("createCollection"),
        id("createVolume")
    );
    let removed = run(&service, &removed).await.value();
    assert_eq!(removed["data"]["deleteVolume"], data["createVolume"]["id"], "{removed}");
    let left =
        run(&service, "{ volumes { id } collections { id } selections { id } }").await.value();
    assert_eq!(left["data"]["volumes"], json!([]));
    assert_eq!(left["data"]["collections"], json!([{ "id": "crab" }]));
    assert_eq!(left["data"]["selections"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_error_says_its_code_and_the_parameter() {
    let service = router(federation());
    let cases = [
        ("no application", "mutation { createDatalab { datalab { id } } }"),
        ("an empty one", r#"mutation { createDatalab(sapId: "") { datalab { id } } }"#),
        (
            "an unknown one",
            r#"mutation { createDatalab(sapId: "sepp/jupiterlab:v1") { datalab { id } } }"#,
        ),
        ("no name of one", r#"mutation { createDatalab(sapId: "jupyterlab") { datalab { id } } }"#),
        (
            "no such size",
            r#"mutation { createDatalab(sapId: "sepp/jupyterlab:v1", size: "XL") { datalab { id } } }"#,
        ),
        (
            "no such backend",
            r#"mutation { createDatalab(sapId: "sepp/jupyterlab:v1", backend: "x") { datalab { id } } }"#,
        ),
        (
            "two kinds of data",
            r#"mutation { createDatalab(sapId: "sepp/jupyterlab:v1", collection: "crab", assets: ["hst/m31"]) { datalab { id } } }"#,
        ),
        (
            "no time",
            r#"mutation { createDatalab(sapId: "sepp/jupyterlab:v1", maxAgeS: 0) { datalab { id } } }"#,
        ),
        ("nothing to destroy", "mutation { destroyDatalab { datalab { id } } }"),
        (
            "a guessed id",
            r#"mutation { destroyDatalab(cid: "0123456789abcdef0123") { datalab { id } } }"#,
        ),
        ("a guessed id to open", r#"mutation { openDatalab(cid: "../x") { url } }"#),
        (
            "a name that climbs",
            r#"mutation { createVolume(name: "..", source: { empty: true }) { id } }"#,
        ),
        ("a source of nothing", "mutation { createVolume(source: {}) { id } }"),
        ("the operator's collection", r#"mutation { deleteCollection(id: "crab") }"#),
        ("no asset id", r#"{ asset(id: "m31") { id } }"#),
        ("no such asset", r#"{ asset(id: "hst/none") { id } }"#),
        ("an archive that fails", r#"{ asset(id: "igs/x") { id } }"#),
        ("a wrong region", r#"{ search(query: { pos: "CIRCLE 1" }) { next } }"#),
        ("too many assets", r#"{ assets(ids: []) { id } }"#),
        ("a slip in a field", "{ datalab { id } }"),
        ("a slip in a name", "{ datalbas { id } }"),
        ("no query", "{"),
        ("no such operation", "query a { datalabs { id } } query b { datalabs { id } }"),
    ];
    let mut said = String::new();
    for (name, query) in cases {
        said.push_str(&format!("{name}: {}\n", refused(&run(&service, query).await)));
    }
    insta::assert_snapshot!(said);
    let failed = run(&service, r#"{ a: asset(id: "m31") { id } datalabs { id } }"#).await;
    assert_eq!(
        failed.value()["data"],
        json!({ "datalabs": [], "a": null }),
        "null, and not absent"
    );
    let labs = run(&service, "{ datalabs(all: true) { id } }").await.value();
    assert_eq!(labs["data"]["datalabs"], json!([]), "nothing was started");
}

#[tokio::test]
async fn bombs_are_refused_before_they_cost_anything() {
    let service = router(federation());
    let nested = |levels: usize| format!("{{{}a{}", "a{".repeat(levels), "}".repeat(levels + 1));
    let named = |count: usize, field: &str| {
        let all = (0..count).map(|i| format!("a{i}: {field}")).collect::<Vec<_>>();
        all.join(" ")
    };
    let create = r#"createDatalab(sapId: "sepp/jupyterlab:v1") { datalab { id } }"#;
    let doubling = (0..30).fold("{ ...f0 }".to_owned(), |all, i| {
        format!("{all} fragment f{i} on Query {{ ...f{j} ...f{j} }}", j = i + 1)
    }) + " fragment f30 on Query { datalabs { id } }";
    let cases = [
        ("deep", nested(13)),
        ("very deep", nested(10_000)),
        ("aliases", format!("{{ {} }}", named(200, "datalabs { id }"))),
        ("changes", format!("mutation {{ {} }}", named(20, create))),
        ("fragments that double", doubling),
        ("a fragment that holds itself", "{ ...a } fragment a on Query { ...a }".to_owned()),
        ("directives", format!("{{ datalabs {{ id {} }} }}", "@include(if: true) ".repeat(60))),
        ("lists of lists", "{ datalabs { volumes { files(limit: 1000) { number path } } } }".to_owned()),
        ("a search of everything", "{ search(limit: 1000) { assets { id title description kind publisher created sizeBytes visibility content licence { spdx url text } position { raDeg decDeg } time { start end } facets { name terms } } } }".to_owned()),
        ("a long text", format!("{{ datalabs {{ id }} }} # {}", "x".repeat(40_000))),
        ("operations", (0..20).map(|i| format!("query q{i} {{ datalabs {{ id }} }}")).collect()),
    ];
    let mut said = String::new();
    for (name, query) in cases {
        said.push_str(&format!("{name}: {}\n", refused(&run(&service, &query).await)));
    }
    let batch = json!([{ "query": "{ datalabs { id } }" }, { "query": "{ datalabs { id } }" }]);
    let batch = post(&service, "/graphql", &batch.to_string()).await;
    said.push_str(&format!("a batch: {}\n", refused(&batch)));
    let large = json!({ "query": "{ __typename }", "variables": { "x": "x".repeat(2 << 20) } });
    let large = post(&service, "/graphql", &large.to_string()).await;
    said.push_str(&format!("a large body: {}\n", refused(&large)));
    insta::assert_snapshot!(said);
    let labs = run(&service, "{ datalabs(all: true) { id } }").await.value();
    assert_eq!(labs["data"]["datalabs"], json!([]), "nothing was started");
}

#[tokio::test]
async fn get_runs_queries_and_changes_nothing() {
    let service = router(federation());
    let query = call(&service, "GET", "/graphql?query=%7B%20datalabs%20%7B%20id%20%7D%20%7D").await;
    assert_eq!(query.value(), json!({ "data": { "datalabs": [] } }));
    let variables = "/graphql?query=query(%24id%3A%20ID!)%20%7B%20asset(id%3A%20%24id)%20%7B%20title%20%7D%20%7D\
        &variables=%7B%22id%22%3A%22hst%2Fm31%22%7D";
    let asset = call(&service, "GET", variables).await;
    assert_eq!(asset.value(), json!({ "data": { "asset": { "title": "M31" } } }));
    let change = "/graphql?query=mutation%20%7B%20deleteCollection(id%3A%20%22crab%22)%20%7D";
    let change = call(&service, "GET", change).await;
    assert_eq!(
        refused(&change),
        "405 BAD_REQUEST GET runs queries only; POST runs mutations and subscriptions"
    );
    assert_eq!(change.header("allow"), "POST");
    let mut said = String::new();
    for uri in ["/graphql", "/graphql?qeury=x", "/graphql?query=%7Ba%7D&variables=x"] {
        said.push_str(&format!("{uri}: {}\n", refused(&call(&service, "GET", uri).await)));
    }
    for body in ["", "x", "{}", r#"{"query": 7}"#, r#"{"query": "{a}", "variables": []}"#] {
        said.push_str(&format!("{body}: {}\n", refused(&post(&service, "/graphql", body).await)));
    }
    insta::assert_snapshot!(said);
}

#[tokio::test]
async fn the_newer_media_type_tells_by_status_whether_a_request_ran() {
    let service = router(federation());
    let kind = "application/graphql-response+json";
    for (query, status) in [("{ datalabs { id } }", 200), ("{ nothing }", 400)] {
        let request = Request::post("/graphql")
            .header("host", "localhost:8470")
            .header("content-type", "application/json")
            .header("accept", kind);
        let body = json!({ "query": query }).to_string();
        let answer = send(service.clone(), request, &body).await;
        assert_eq!((answer.status.as_u16(), answer.header("content-type")), (status, kind));
    }
}

#[tokio::test(start_paused = true)]
async fn a_subscription_is_a_stream_of_events_until_it_is_complete() {
    let (own, _work) = at_work();
    let service = router(own);
    let create = r#"mutation { createDatalab(sapId: "sepp/jupyterlab:v1") { datalab { id } }
        createVolume(source: { assets: ["obs/a"] }) { id } }"#;
    let made = run(&service, create).await.value();
    let lab = made["data"]["createDatalab"]["datalab"]["id"].as_str().unwrap();
    let volume = made["data"]["createVolume"]["id"].as_str().unwrap();
    let stream = |query: String| {
        let request = Request::post("/graphql")
            .header("host", "localhost:8470")
            .header("content-type", "application/json")
            .header("accept", "text/event-stream");
        let service = service.clone();
        async move { send(service, request, &json!({ "query": query }).to_string()).await }
    };
    let staged = stream(format!(
        "subscription {{ volumeEvents(id: \"{volume}\") {{ state progress {{ bytes }} }} }}"
    ));
    let staged = staged.await.events();
    let (name, last) = &staged[staged.len() - 2];
    assert_eq!(name, "next");
    assert_eq!(
        last["data"]["volumeEvents"],
        json!({ "state": "ready", "progress": { "bytes": 5 } })
    );
    assert_eq!(staged.last().unwrap().0, "complete");

    let destroy = format!("mutation {{ destroyDatalab(cid: \"{lab}\") {{ datalab {{ id }} }} }}");
    run(&service, &destroy).await;
    let events = stream(format!(
        "subscription {{ datalabEvents(id: \"{lab}\") {{ event {{ number state }} datalab {{ state }} }} }}"
    ));
    let events = events.await.events();
    assert_eq!(events[0].1["data"]["datalabEvents"]["event"]["number"], 1);
    let (_, last) = &events[events.len() - 2];
    assert_eq!(last["data"]["datalabEvents"]["datalab"]["state"], "stopped");
    assert_eq!(events.last().unwrap().0, "complete");

    let wrong = stream("subscription { volumeEvents(id: \"x\") { state } }".to_owned());
    let wrong = wrong.await.events();
    assert_eq!(wrong[0].1["errors"][0]["extensions"]["code"], "NOT_FOUND", "{wrong:#?}");
    let plain = format!("subscription {{ volumeEvents(id: \"{volume}\") {{ id }} }}");
    assert_eq!(
        refused(&run(&service, &plain).await),
        "406 BAD_REQUEST a subscription is answered as a stream; send Accept: text/event-stream"
    );
}

#[tokio::test]
async fn the_explorer_is_served_from_here_alone() {
    let service = router(federation());
    let page = call(&service, "GET", "/graphiql").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("font-src 'self' data:"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(!page.body.contains("<style") && !page.body.contains(" style="), "{}", page.body);
    let from = |mark: &str| -> Vec<String> {
        let parts = page.body.split(mark).skip(1);
        parts.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    };
    let files: Vec<_> =
        from("src=\"").into_iter().chain(from("<link rel=\"stylesheet\" href=\"")).collect();
    assert_eq!(files.len(), 7, "{files:?}");
    for file in files {
        assert!(file.starts_with("/static/"), "{file}");
        let answer =
            ask(service.clone(), Request::get(&file).header("host", "localhost:8470")).await;
        assert_eq!(answer.status, 200, "{file}");
    }
    assert!(
        !page
            .body
            .replace("<script src=", "")
            .replace("<script type=\"module\" src=", "")
            .contains("<script>")
    );
}

#[tokio::test(start_paused = true)]
async fn a_field_that_gives_no_answer_in_time_says_so_and_the_others_answer() {
    let mut own = gateway(vec![FakeArchive::new("hst").hanging()]);
    own.look_up_timeout = Duration::from_secs(3600);
    let answer = run(&router(own), r#"{ asset(id: "hst/x") { id } datalabs { id } }"#).await;
    assert_eq!(answer.value()["data"], json!({ "asset": null, "datalabs": [] }));
    assert_eq!(refused(&answer), "200 TIMEOUT `asset` gave no answer within 30 s");
}

#[tokio::test]
async fn what_is_vendored_is_what_the_lock_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/vendor");
    let lock = std::fs::read_to_string(folder.join("vendor.lock")).unwrap();
    assert_eq!(lock.lines().count(), 7);
    for line in lock.lines() {
        let (expected, path) = line.split_once("  ").unwrap();
        let digest = Sha256::digest(std::fs::read(folder.join(path)).unwrap());
        let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(found, expected, "{path}");
    }
}

/// A schema as people read it, from the answer to an introspection.
fn sdl(schema: &Value) -> String {
    let mut types: Vec<&Value> = schema["types"].as_array().unwrap().iter().collect();
    types.sort_by_key(|own| own["name"].as_str());
    let mut text = String::new();
    for own in types {
        let name = own["name"].as_str().unwrap();
        if name.starts_with("__") {
            continue;
        }
        text.push_str(&described(own, ""));
        text.push_str(&format!("{} {name}\n", own["kind"].as_str().unwrap().to_lowercase()));
        for part in ["fields", "inputFields", "enumValues"] {
            for field in own[part].as_array().into_iter().flatten() {
                let arguments: Vec<String> = field["args"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|own| {
                        format!("{}: {}", own["name"].as_str().unwrap(), named(&own["type"]))
                    })
                    .collect();
                let arguments = match arguments.is_empty() {
                    true => String::new(),
                    false => format!("({})", arguments.join(", ")),
                };
                let kind = match field.get("type") {
                    Some(kind) => format!(": {}", named(kind)),
                    None => String::new(),
                };
                text.push_str(&described(field, "  "));
                text.push_str(&format!("  {}{arguments}{kind}\n", field["name"].as_str().unwrap()));
            }
        }
        text.push('\n');
    }
    text
}

fn described(own: &Value, indent: &str) -> String {
    let words = own["description"].as_str().unwrap_or_default();
    words.lines().map(|line| format!("{indent}# {line}\n")).collect()
}

fn named(kind: &Value) -> String {
    match kind["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", named(&kind["ofType"])),
        Some("LIST") => format!("[{}]", named(&kind["ofType"])),
        _ => kind["name"].as_str().unwrap_or("?").to_owned(),
    }
}
