//! The service by HTTP, clause by clause.

use std::time::Duration;

use archway_formats::Limits;
use archway_formats::uws::{Phase, read_job};
use archway_formats::vospace::{
    Direction, NodeKind, NodeReader, Protocol, Transfer, View, protocol, read_transfer,
    write_transfer,
};
use reqwest::redirect::Policy;

use super::*;

struct Served {
    space: Vospace,
    url: String,
    client: reqwest::Client,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(change: impl FnOnce(&mut Settings)) -> Served {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/space", listener.local_addr().unwrap());
    let mut settings =
        Settings { writable: true, ..Settings::read_only(&url, "archway.test!space") };
    change(&mut settings);
    let space = Vospace::new(settings);
    let routes = registry(space.clone()).nest("/space", router(space.clone()));
    let server = tokio::spawn(async move {
        let _ = axum::serve(listener, routes).await;
    });
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    Served { space, url, client, server }
}

impl Served {
    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let method = method.parse().unwrap();
        let request = self.client.request(method, format!("{}{path}", self.url));
        let response = request.body(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn names(&self, path: &str) -> Vec<String> {
        let (status, body) = self.ask("GET", path, "").await;
        assert_eq!(status, 200, "{body}");
        let mut reader = NodeReader::new(body.as_bytes(), &Limits::default()).unwrap();
        let mut names = Vec::new();
        while let Some(child) = reader.next_child().unwrap() {
            names.push(NodeUri::parse(&child.uri).unwrap().name().to_owned());
        }
        names
    }

    /// Negotiates; the transfer that comes back and the job behind it.
    async fn transfer(&self, resource: &str, transfer: &Transfer) -> (String, Option<Transfer>) {
        let mut body = Vec::new();
        write_transfer(&mut body, transfer).unwrap();
        let request = self.client.post(format!("{}{resource}", self.url)).body(body);
        let response = request.header("content-type", "text/xml").send().await.unwrap();
        assert_eq!(response.status().as_u16(), 303);
        let place = response.headers()["location"].to_str().unwrap().to_owned();
        let job = place.trim_end_matches("/results/transferDetails").to_owned();
        let text = self.client.get(format!("{job}/results/transferDetails")).send().await.unwrap();
        let text = text.text().await.unwrap();
        (job, read_transfer(text.as_bytes(), &Limits::default()).ok())
    }

    async fn text(&self, url: &str) -> String {
        self.client.get(url).send().await.unwrap().text().await.unwrap()
    }
}

fn document(kind: &str, path: &str, inner: &str) -> String {
    format!(
        "<vos:node xmlns:vos=\"http://www.ivoa.net/xml/VOSpace/v2.0\" xmlns:xsi=\"x\" xsi:type=\"vos:{kind}\" \
         uri=\"vos://archway.test!space{path}\">{inner}</vos:node>"
    )
}

fn pull(target: &str, protocol: &str) -> Transfer {
    Transfer {
        target: target.to_owned(),
        protocols: vec![Protocol::new(protocol)],
        ..Transfer::default()
    }
}

#[tokio::test]
async fn nodes_are_made_changed_told_and_removed_and_faults_have_their_names() {
    let served = serve(|_| {}).await;
    let title = "<vos:properties><vos:property uri=\"ivo://ivoa.net/vospace/core#title\">T</vos:property></vos:properties>";
    let nil = title.replace("\">T<", "\" xsi:nil=\"true\"><");
    let length = title.replace("title", "length");
    let link = "<vos:target>vos://archway.test!space/d</vos:target>";
    let steps: [(&str, &str, String, u16, &str); 19] = [
        ("PUT", "/nodes/d", document("ContainerNode", "/d", title), 201, "ContainerNode"),
        ("PUT", "/nodes/d", document("ContainerNode", "/d", ""), 409, "DuplicateNode"),
        ("PUT", "/nodes/e", document("ContainerNode", "/other", ""), 400, "InvalidURI"),
        ("PUT", "/nodes/no/e", document("DataNode", "/no/e", ""), 404, "ContainerNotFound"),
        ("PUT", "/nodes/s", document("StructuredDataNode", "/s", ""), 400, "TypeNotSupported"),
        ("PUT", "/nodes/l", document("LinkNode", "/l", ""), 400, "InvalidArgument"),
        (
            "PUT",
            "/nodes/l",
            document("LinkNode", "/l", link),
            201,
            "archway.test!space/d</vos:target>",
        ),
        ("PUT", "/nodes/l/x", document("DataNode", "/l/x", ""), 400, "LinkFound"),
        ("GET", "/nodes/l/x", String::new(), 400, "LinkFound"),
        ("PUT", "/nodes/d/a%20b", document("DataNode", "/d/a%20b", ""), 201, "d/a%20b"),
        ("GET", "/nodes/d", String::new(), 200, ">T</vos:property>"),
        ("GET", "/nodes/d?detail=min", String::new(), 200, "<vos:properties>\n</vos:properties>"),
        ("POST", "/nodes/d", document("ContainerNode", "/d", &nil), 200, "ContainerNode"),
        ("POST", "/nodes/d", document("ContainerNode", "/d", &length), 401, "PermissionDenied"),
        ("GET", "/nodes/d?limit=x", String::new(), 400, "InvalidArgument"),
        ("GET", "/nodes/d?uri=vos://archway.test!space/l", String::new(), 400, "InvalidArgument"),
        ("GET", "/nodes/../d", String::new(), 404, ""),
        ("DELETE", "/nodes/d", String::new(), 204, ""),
        ("GET", "/nodes/d/a%20b", String::new(), 404, "NodeNotFound"),
    ];
    for (method, path, body, wanted, word) in steps {
        let (status, text) = served.ask(method, path, &body).await;
        assert_eq!(status, wanted, "{method} {path}: {text}");
        assert!(text.contains(word), "{method} {path}: {text}");
    }
}

#[tokio::test]
async fn pages_begin_at_the_child_named_and_sorting_holds_over_them() {
    let served = serve(|settings| settings.page_nodes = 4).await;
    for (name, size, when) in [("a", 3, 5), ("b", 1, 4), ("c", 2, 3), ("d", 9, 2), ("e", 4, 1)] {
        let path = format!("/{name}");
        served.space.add_file(&path, "text/plain", "x".repeat(size)).unwrap();
        served.space.set_modified(&path, when).unwrap();
    }
    let here = "uri=vos://archway.test!space";
    let core = "sort=ivo%3A%2F%2Fivoa.net%2Fvospace%2Fcore%23";
    let cases = [
        ("/nodes".to_owned(), "a b c d e"),
        ("/nodes?limit=99".to_owned(), "a b c d"),
        ("/nodes?limit=0".to_owned(), ""),
        ("/nodes?limit=2".to_owned(), "a b"),
        (format!("/nodes?limit=2&{here}/b"), "b c"),
        (format!("/nodes?limit=99&{here}/d"), "d e"),
        (format!("/nodes?{core}length&order=desc&limit=3"), "d e a"),
        (format!("/nodes?{core}length&order=desc&limit=3&{here}/a"), "a c b"),
        (format!("/nodes?{core}date&limit=2"), "e d"),
    ];
    for (path, wanted) in cases {
        assert_eq!(served.names(&path).await.join(" "), wanted, "{path}");
    }
}

#[tokio::test]
async fn transfers_at_once_give_places_or_say_why_not() {
    let served = serve(|_| {}).await;
    served.space.add_file("/a b", "text/plain", "bytes").unwrap();
    served.space.add_container("/d").unwrap();
    let here = "vos://archway.test~space/a%20b";
    let (_, agreed) = served.transfer("/synctrans", &pull(here, protocol::HTTP_GET)).await;
    let place = agreed.unwrap().protocols.remove(0).endpoint.unwrap();
    assert_eq!(served.text(&place).await, "bytes");
    let push = Transfer {
        direction: Direction::PushToVoSpace,
        ..pull("vos://archway.test!space/new", protocol::HTTP_PUT)
    };
    let (_, agreed) = served.transfer("/synctrans", &push).await;
    let place = agreed.unwrap().protocols.remove(0).endpoint.unwrap();
    let put = served.client.put(&place).body("sent").send().await.unwrap();
    assert_eq!(put.status().as_u16(), 201);
    assert_eq!(served.ask("GET", "/files/new", "").await, (200, "sent".to_owned()));
    let view = Some(View::new("ivo://nobody/views#odd"));
    let cases = [
        ("ProtocolNotSupported", pull(here, "ivo://ivoa.net/vospace/core#ftpget")),
        ("NodeNotFound", pull("vos://archway.test!space/no", protocol::HTTP_GET)),
        ("InvalidURI", pull("vos://other!space/a", protocol::HTTP_GET)),
        ("OperationNotSupported", pull("vos://archway.test!space/d", protocol::HTTP_GET)),
        ("ViewNotSupported", Transfer { view, ..pull(here, protocol::HTTP_GET) }),
        (
            "OperationNotSupported",
            Transfer { direction: Direction::PullToVoSpace, ..pull(here, protocol::HTTP_GET) },
        ),
    ];
    for (fault, transfer) in cases {
        let (job, agreed) = served.transfer("/synctrans", &transfer).await;
        assert!(agreed.unwrap().protocols.iter().all(|one| one.endpoint.is_none()), "{fault}");
        assert_eq!(served.text(&format!("{job}/phase")).await, "ERROR", "{fault}");
        assert_eq!(served.text(&format!("{job}/error")).await, fault);
    }
}

#[tokio::test]
async fn parameters_negotiate_without_a_document() {
    let served = serve(|_| {}).await;
    served.space.add_file("/a", "text/plain", "bytes").unwrap();
    let query = "TARGET=vos://archway.test!space/a&DIRECTION=pullFromVoSpace&PROTOCOL=ivo://ivoa.net/vospace/core%23httpget";
    let (status, body) = served.ask("GET", &format!("/synctrans?{query}"), "").await;
    assert!(status == 200 && body.contains("/files/a?transfer="), "{body}");
    let (status, _) = served.ask("GET", &format!("/synctrans?{query}&REQUEST=redirect"), "").await;
    assert_eq!(status, 303);
    let (status, body) =
        served.ask("GET", &format!("/synctrans?{}", query.replace("space/a", "space/b")), "").await;
    assert!(status == 404 && body.starts_with("NodeNotFound"), "{body}");
}

#[tokio::test]
async fn jobs_are_started_waited_for_and_deleted() {
    let served = serve(|settings| settings.job_time = Duration::from_millis(50)).await;
    served.space.add_container("/d").unwrap();
    served.space.add_file("/a", "text/plain", "bytes").unwrap();
    let to = Direction::Internal("vos://archway.test!space/d".to_owned());
    let copy = Transfer {
        direction: to,
        keep_bytes: Some(true),
        ..pull("vos://archway.test!space/a", "x")
    };
    let (job, none) = served.transfer("/transfers", &copy).await;
    assert_eq!((served.text(&format!("{job}/phase")).await.as_str(), none), ("PENDING", None));
    let run = served
        .client
        .post(format!("{job}/phase"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("PHASE=RUN")
        .send()
        .await
        .unwrap();
    assert_eq!(run.status().as_u16(), 303);
    let told = served.text(&format!("{job}?WAIT=10")).await;
    let told = read_job(told.as_bytes(), &Limits::default()).unwrap();
    assert_eq!((told.phase, told.results.len()), (Phase::Completed, 1));
    assert_eq!(served.ask("GET", "/files/d/a", "").await.1, "bytes");
    assert_eq!(served.ask("GET", "/files/a", "").await.1, "bytes", "it was a copy");
    assert_eq!(served.client.delete(&job).send().await.unwrap().status().as_u16(), 303);
    assert_eq!(served.client.get(&job).send().await.unwrap().status().as_u16(), 404);
}

#[tokio::test]
async fn bytes_come_in_ranges_with_their_digest_and_only_whole() {
    let served = serve(|_| {}).await;
    served.space.add_file("/a", "text/plain", "0123456789").unwrap();
    served.space.add_link("/l", "vos://archway.test!space/a").unwrap();
    let cases = [
        ("bytes=2-4", 206, "234"),
        ("bytes=7-", 206, "789"),
        ("bytes=-2", 206, "89"),
        ("bytes=0-99", 206, "0123456789"),
        ("bytes=10-", 416, ""),
        ("pages=1", 200, "0123456789"),
    ];
    for (range, status, body) in cases {
        let request = served.client.get(format!("{}/files/l", served.url)).header("range", range);
        let response = request.send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{range}");
        assert_eq!(response.text().await.unwrap(), body, "{range}");
    }
    let head = served.client.head(format!("{}/files/a", served.url)).send().await.unwrap();
    assert_eq!(head.headers()["content-length"], "10");
    assert_eq!(head.headers()["digest"], "md5=eB5eJF1ptWaXm4bijSPyxw==");
    let wrong =
        served.client.put(format!("{}/files/a", served.url)).header("digest", "md5=AAAA").body("x");
    assert_eq!(wrong.send().await.unwrap().status().as_u16(), 412);
    assert_eq!(served.ask("GET", "/files/a", "").await.1, "0123456789");
}

#[tokio::test]
async fn private_nodes_open_to_the_token_and_to_agreed_places() {
    let served = serve(|settings| {
        settings.writable = false;
        settings.token = Some("sesame".to_owned());
    })
    .await;
    served.space.add_file("/p", "text/plain", "mine").unwrap();
    served.space.set_property("/p", property::IS_PUBLIC, "false").unwrap();
    let ask = |path: &str, token: Option<&str>| {
        let request = served.client.get(format!("{}{path}", served.url));
        let request = match token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        async move { request.send().await.unwrap().status().as_u16() }
    };
    for path in ["/nodes/p", "/files/p"] {
        assert_eq!(ask(path, None).await, 401, "{path}");
        assert_eq!(ask(path, Some("wrong")).await, 401, "{path}");
        assert_eq!(ask(path, Some("sesame")).await, 200, "{path}");
    }
    let query = "TARGET=vos://archway.test!space/p&DIRECTION=pullFromVoSpace&PROTOCOL=ivo://ivoa.net/vospace/core%23httpget";
    assert_eq!(ask(&format!("/synctrans?{query}"), None).await, 401);
    let agreed =
        served.client.get(format!("{}/synctrans?{query}", served.url)).bearer_auth("sesame");
    let agreed = agreed.send().await.unwrap().text().await.unwrap();
    let place = read_transfer(agreed.as_bytes(), &Limits::default())
        .unwrap()
        .protocols
        .remove(0)
        .endpoint
        .unwrap();
    assert_eq!(served.text(&place).await, "mine", "whoever knows the place");
    let other = place.replace("/files/p", "/files/q");
    assert_ne!(served.client.get(other).send().await.unwrap().status().as_u16(), 200);
    assert_eq!(served.ask("DELETE", "/nodes/p", "").await.0, 401);
}

#[tokio::test]
async fn it_says_what_it_is() {
    let served = serve(|_| {}).await;
    let (status, caps) = served.ask("GET", "/capabilities", "").await;
    assert!(
        status == 200 && caps.contains("xsi:type=\"vs:ParamHTTP\"") && caps.contains("#sync-2.1"),
        "{caps}"
    );
    for path in ["/availability", "/protocols", "/views", "/properties", "/transfers"] {
        assert_eq!(served.ask("GET", path, "").await.0, 200, "{path}");
    }
    let registry = served.url.replace("/space", "/reg/resource-caps");
    assert_eq!(
        served.text(&registry).await,
        format!("ivo://archway.test/space = {}/capabilities\n", served.url)
    );
}

#[test]
fn a_folder_is_shown_with_its_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::write(folder.path().join("in/a.fits"), "SIMPLE").unwrap();
    let space = Vospace::new(Settings::read_only("http://localhost/space", "a!b"));
    assert_eq!(space.add_folder("/planets", folder.path()).unwrap(), 1);
    let node = space.store().get("/planets/in/a.fits").unwrap().clone();
    assert_eq!(node.content.unwrap().media_type, "application/fits");
    assert_eq!(space.store().get("/planets").unwrap().kind, NodeKind::Container);
}
