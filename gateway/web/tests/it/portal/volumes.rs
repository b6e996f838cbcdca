//! The wizard of data volumes, step by step and by forms alone; and what is done with a volume.

use archway_web::router;
use axum::Router;

use super::forms::{Form, plain, post_form};
use crate::gateway::{Answer, at_work, call, federation};

/// What a page says is wrong, and where it says that is mended.
fn problem(page: &Answer) -> String {
    let said = page.body.split("role=\"alert\">").nth(1).unwrap_or_default();
    let said = plain(said.split("</p>").next().unwrap_or_default()).replace("&#96;", "`");
    said.replace("<a href=\"", "[").replace("\">", "] ").replace("</a>", "")
}

/// What the last step says is about to be made.
fn facts(page: &Answer) -> String {
    let facts = page.body.split("<dl class=\"record\">").nth(1).unwrap_or_default();
    let facts = plain(facts.split("</dl>").next().unwrap_or_default());
    facts.replace("<dt>", "").replace("</dt><dd>", ": ").replace("</dd>", "\n")
}

/// Goes on from the source to the volume; what the last step said, and the volume's page.
async fn from_content(service: &Router, content: Answer, name: &str) -> (String, Answer) {
    assert_eq!(content.status, 200, "{}", content.body);
    let mode = Form::of(&content, "/volumes/new/mode").send(service).await;
    from_mode(service, mode, name).await
}

async fn from_mode(service: &Router, mode: Answer, name: &str) -> (String, Answer) {
    assert_eq!(mode.status, 200, "{}", mode.body);
    let form = Form::of(&mode, "/volumes/new/review").with("name", name).with("title", "Mine");
    let review = form.send(service).await;
    assert_eq!(review.status, 200, "{}", review.body);
    let create = Form::of(&review, "/volumes");
    let (place, made) = create.follow(service).await;
    let (again, _) = create.follow(service).await;
    assert_eq!(place, again, "sent twice, it makes one volume");
    assert!(made.body.contains(&format!("<code>/data/{name}</code>")), "{}", made.body);
    (facts(&review), made)
}

#[tokio::test]
async fn each_type_of_source_leads_step_by_step_to_a_volume() {
    let service = router(federation());
    let types = call(&service, "GET", "/volumes/new").await;
    let offered = [
        "/volumes/new/source?type=collection",
        "/volumes/new/source?type=urls",
        "/volumes/new/mode?type=empty",
        "/volumes/new/content?type=tree&#38;preset=igs",
        "/volumes/new/source?type=tree&#38;plugin=ftp",
    ];
    for href in offered {
        assert!(plain(&types.body).contains(&format!("href=\"{}\"", plain(href))), "{href}");
    }
    let get = |uri: &'static str| call(&service, "GET", uri);
    let mut said = String::new();

    let source = get("/volumes/new/source?type=collection").await;
    let form = Form::of(&source, "/volumes/new/content").with("collection", "crab");
    let (facts, _) = from_content(&service, form.send(&service).await, "collection").await;
    said.push_str(&format!("{facts}\n"));

    let preset = get("/volumes/new/content?type=tree&preset=igs").await;
    let counted = Form::of(&preset, "/volumes/new/mode").with("include", "**/*.sp3\n**/*.clk");
    let mode = counted.send(&service).await;
    let (facts, _) = from_mode(&service, mode, "preset").await;
    said.push_str(&format!("{facts}\n"));

    let source = get("/volumes/new/source?type=tree&plugin=ftp").await;
    let form = Form::of(&source, "/volumes/new/content").with("s.url", "ftp://a.example/x");
    let (facts, _) = from_content(&service, form.send(&service).await, "plugin").await;
    said.push_str(&format!("{facts}\n"));

    let source = get("/volumes/new/source?type=urls").await;
    let urls = "https://a.example/x.fits\r\n\r\n https://a.example/y.fits ";
    let form = Form::of(&source, "/volumes/new/content").with("urls", urls);
    let (facts, _) = from_content(&service, form.send(&service).await, "urls").await;
    said.push_str(&format!("{facts}\n"));

    let mode = get("/volumes/new/mode?type=empty").await;
    let (facts, _) = from_mode(&service, mode, "empty").await;
    said.push_str(&facts);
    insta::assert_snapshot!(said, @r"
    Source: the collection “The Crab through the bands”
    Content: 1 file, 1.9 GB
    Title: Mine
    Folder in a lab: collection
    Mode: copied now, read only
    Who can see it: you alone

    Source: IGS
    Content: 0 files, 0 B
    Title: Mine
    Folder in a lab: preset
    Mode: copied now, read only
    Who can see it: you alone

    Source: ftp://a.example/x
    Content: 0 files, 0 B
    Title: Mine
    Folder in a lab: plugin
    Mode: copied now, read only
    Who can see it: you alone

    Source: 2 URLs
    Content: 2 files; nobody says how large
    Title: Mine
    Folder in a lab: urls
    Mode: copied now, read only
    Who can see it: you alone

    Source: nothing: space to write in
    Title: Mine
    Folder in a lab: empty
    Mode: empty, read and write
    Who can see it: you alone
    ");
    let all = call(&service, "GET", "/api/v1/volumes").await.value();
    assert_eq!(all["count"]["value"], 5, "{all:#}");
}

#[tokio::test]
async fn a_selection_goes_straight_to_its_content() {
    let service = router(federation());
    let results = call(&service, "GET", "/?q=crab").await;
    let bar = Form::of(&results, "/selections").also("asset", "hst/crab/1");
    let (place, content) = bar.also("then", "volume").follow(&service).await;
    assert!(place.starts_with("/volumes/new/content?type=selection&selection="), "{place}");
    let (facts, _) = from_content(&service, content, "picked").await;
    assert!(facts.contains("Source: 1 asset\nContent: 1 file, 1.9 GB"), "{facts}");
    let earlier = call(&service, "GET", "/volumes/new/source?type=selection").await;
    assert!(earlier.body.contains("<strong>1 asset</strong>"), "{}", earlier.body);
}

#[tokio::test]
async fn a_step_before_its_turn_says_what_is_missing_and_where_it_is_said() {
    let service = router(federation());
    let mut said = String::new();
    let queries = [
        "",
        "type=other",
        "type=collection",
        "type=selection",
        "type=tree",
        "type=urls",
        "type=collection&collection=crib",
        "type=selection&selection=x",
        "type=urls&urls=file:///etc/passwd",
        "type=tree&preset=igs&plugin=ftp",
        "type=collection&collection=crab&name=a",
    ];
    for query in queries {
        for step in ["content", "mode", "review"] {
            let page = call(&service, "GET", &format!("/volumes/new/{step}?{query}")).await;
            assert!(page.body.contains("<h1>New data volume</h1>"), "{step}?{query}");
            let problem = problem(&page);
            assert_eq!(page.status != 200, !problem.is_empty(), "{step}?{query}");
            said.push_str(&format!("{step}?{query}: {} {problem}\n", page.status.as_u16()));
        }
    }
    insta::assert_snapshot!(said);
    let posted = post_form(&service, "/volumes", "key=k").await;
    assert_eq!(posted.status, 400);
    assert!(problem(&posted).contains("Nothing is chosen yet"), "{}", posted.body);
    let all = call(&service, "GET", "/api/v1/volumes").await.value();
    assert_eq!(all["count"]["value"], 0, "nothing was made");
}

#[tokio::test]
async fn a_name_that_is_none_is_refused_on_the_last_step_which_leads_back() {
    let service = router(federation());
    post_form(&service, "/volumes", "type=empty&name=taken").await;
    let cases = [
        ("a%2Fb", 400, "Name of the folder: `/` cannot be in it"),
        ("..", 400, "Name of the folder: `..` begins with a dot"),
        (".ssh", 400, "Name of the folder: `.ssh` begins with a dot"),
        ("-rf", 400, "Name of the folder: `-rf` begins with a dot or a dash"),
        ("a%00b", 400, "Name of the folder: "),
        ("taken", 409, "taken"),
    ];
    for (name, status, words) in cases {
        let answer =
            post_form(&service, "/volumes", &format!("type=empty&name={name}&key=k")).await;
        assert_eq!(answer.status.as_u16(), status, "{name}: {}", answer.body);
        let problem = problem(&answer);
        assert!(problem.contains(words), "{name}: {problem}");
        assert!(problem.contains("[/volumes/new/mode?type=empty"), "{name}: {problem}");
    }
}

#[tokio::test]
async fn the_settings_of_a_plugin_are_fields_and_its_server_can_be_tried() {
    let service = router(federation());
    let source = call(&service, "GET", "/volumes/new/source?type=tree&plugin=ftp").await;
    let html = &source.body;
    for part in [
        "name=\"s.url\" value=\"\" required",
        "<select id=\"s.tls\"",
        "<textarea id=\"s.folders\"",
        "name=\"s.port\" value=\"21\"",
        "The port. From 1 to 65535.",
        "The weight. 1.5 or less.",
        "The folders. One a line.",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    let form = Form::of(&source, "/volumes/new/content").with("s.url", "ftp://a.example/");
    let tried = form.posted_to("/volumes/new/source").send(&service).await;
    assert_eq!(tried.status, 200, "{}", tried.body);
    assert!(tried.body.contains("eached: "), "{}", tried.body);
    let kept = Form::of(&tried, "/volumes/new/content");
    assert_eq!(kept.value("s.url"), ["ftp://a.example/"], "what was written stays");
    assert_eq!((kept.value("type"), kept.value("plugin")), (vec!["tree"], vec!["ftp"]));
}

#[tokio::test(start_paused = true)]
async fn a_volume_shows_its_files_and_is_deleted() {
    let (gateway, _work) = at_work();
    let service = router(gateway);
    let (place, _) = {
        let results = call(&service, "GET", "/?archive=obs").await;
        let bar = Form::of(&results, "/selections").also("asset", "obs/a").also("asset", "obs/b");
        let (_, content) = bar.also("then", "volume").follow(&service).await;
        let mode = Form::of(&content, "/volumes/new/mode").send(&service).await;
        let review = Form::of(&mode, "/volumes/new/review").send(&service).await;
        Form::of(&review, "/volumes").follow(&service).await
    };
    let mut page = call(&service, "GET", &place).await;
    while !page.body.contains("<strong>ready</strong>") {
        assert!(page.body.contains("http-equiv=\"refresh\""), "it looks again by itself");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = call(&service, "GET", &place).await;
    }
    assert!(page.body.contains("2 files · 9 B · read only"), "{}", page.body);
    assert!(page.body.contains("href=\"/assets/obs%2Fa\""), "{}", page.body);
    assert_eq!(post_form(&service, &format!("{place}/cancel"), "").await.status, 409);
    let delete = Form::of(&page, &format!("{place}/delete"));
    let (list, _) = delete.follow(&service).await;
    assert_eq!(list, "/volumes");
    assert_eq!(call(&service, "GET", &place).await.status, 404);
}
