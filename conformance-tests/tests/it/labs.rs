//! Labs of a real gateway on the process backend: launched, entered, killed under, and counted.
//!
//! The gateway is a process of its own and its application trivial, so that what is tested is the
//! gateway. What it runs: a server that writes each of its starts into its user's space.

use std::collections::BTreeMap;
use std::process::Child;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cli::serve;

/// Longest that anything here may take, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(120);
const APP: &str = "test/trivial:v1";
/// Answers with the id of its lab, and says in the user's space that it was started.
const SERVER: &str = r#"
import http.server, os, socketserver, sys
lab = os.environ["ARCHWAY_LAB"]
with open(os.path.join(os.environ["HOME"], "starts"), "a") as starts:
    starts.write(lab + "\n")

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ('{"lab": "%s"}' % lab).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

Server(sys.argv[1], Handler).serve_forever()
"#;

/// Whether labs can be run here.
#[expect(clippy::print_stdout, reason = "a skipped test must be seen")]
fn labs_run_here() -> bool {
    let left_out = std::env::var("ARCHWAY_TEST_LABS").is_ok_and(|value| value == "skip");
    if left_out {
        println!("LEFT OUT: ARCHWAY_TEST_LABS=skip");
    }
    !left_out
}

/// A gateway in a process of its own; its labs end with the test.
struct Site {
    folder: TempDir,
    process: Child,
    url: String,
    client: reqwest::Client,
}

impl Site {
    /// `more` is written behind what `archway.toml` needs.
    fn start(more: &str) -> Self {
        // The client's TLS, which is not used; a second test in this process finds it there.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let below = |name: &str| folder.path().join(name);
        for made in ["apps", "plugins", "data"] {
            std::fs::create_dir(below(made)).unwrap();
        }
        let app = format!(
            "id = {APP:?}\nkind = \"desktop\"\ntitle = \"Trivial\"\nprobe = \"traffic\"\nready = \"api\"\nopen = \"\"\n\
             [[sizes]]\nname = \"S\"\ntitle = \"Small\"\ncores = 0.1\nmemory_mib = 64\n\
             [process]\ncommand = [\"python\", \"-c\", '''{SERVER}''', \"{{socket}}\"]\n"
        );
        std::fs::write(below("apps/trivial.toml"), app).unwrap();
        let text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ndata = {:?}\n[plugins]\nfolders = [{:?}]\n{more}",
            below("data"),
            below("plugins"),
        );
        std::fs::write(below("archway.toml"), text).unwrap();
        let (process, url) = serve(&below("archway.toml"));
        Self { folder, process, url, client: reqwest::Client::new() }
    }

    /// Ends the gateway as a loss of power would, and starts another over the same folders.
    fn kill_and_start(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        (self.process, self.url) = serve(&self.folder.path().join("archway.toml"));
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}api/v1/{path}", self.url)).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// Status and body.
    async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let request = self.client.post(format!("{}{path}", self.url)).json(body);
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    async fn launched(&self) -> String {
        let (status, lab) = self.post("api/v1/labs", &json!({ "app": APP })).await;
        assert_eq!(status, 202, "{lab:#}");
        lab["id"].as_str().unwrap().to_owned()
    }

    /// The lab once it is in one of these states.
    async fn until(&self, id: &str, states: &[&str]) -> Value {
        let wait = async {
            loop {
                let lab = self.get(&format!("labs/{id}")).await;
                if states.iter().any(|state| lab["state"] == *state) {
                    return lab;
                }
                assert_ne!(
                    lab["state"],
                    "failed",
                    "{:#}",
                    self.get(&format!("labs/{id}/events")).await
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        let seen = tokio::time::timeout(PATIENCE, wait).await;
        seen.unwrap_or_else(|_| panic!("lab {id} is never {states:?}"))
    }

    /// Enters the lab as a browser does, and gives what its application says.
    async fn entered(&self, id: &str) -> Value {
        self.seen_by(&self.browser_in(id).await).await
    }

    /// What a lab's application says to a browser that is in it.
    async fn seen_by(&self, (host, cookie): &(String, String)) -> Value {
        let to = format!("{}anything", self.url);
        let asked = self.client.get(to).header("host", host).header("cookie", cookie);
        asked.send().await.unwrap().json().await.unwrap()
    }

    /// Enters the lab as a browser does; the name it calls, and its cookie.
    async fn browser_in(&self, id: &str) -> (String, String) {
        let (status, opened) = self.post(&format!("api/v1/labs/{id}/open"), &json!({})).await;
        assert_eq!(status, 200, "{opened:#}");
        let entry = url::Url::parse(opened["url"].as_str().unwrap()).unwrap();
        let host = format!("{}:{}", entry.host_str().unwrap(), entry.port().unwrap());
        let to = |path: &str| format!("{}{}", self.url.trim_end_matches('/'), path);
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let path = format!("{}?{}", entry.path(), entry.query().unwrap());
        let answer = client.get(to(&path)).header("host", &host).send().await.unwrap();
        assert!(answer.status().is_redirection(), "{answer:?}");
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let again = client.get(to(&path)).header("host", &host).send().await.unwrap();
        assert!(!again.headers().contains_key("set-cookie"), "a code works once: {again:?}");
        (host, cookie)
    }

    /// How often the application of each lab was started.
    fn starts(&self) -> BTreeMap<String, usize> {
        let spaces = self.folder.path().join("data/spaces");
        let mut counted = BTreeMap::new();
        for space in std::fs::read_dir(spaces).into_iter().flatten() {
            let starts = std::fs::read_to_string(space.unwrap().path().join("starts"));
            for lab in starts.unwrap_or_default().lines() {
                *counted.entry(lab.to_owned()).or_default() += 1;
            }
        }
        counted
    }

    async fn stop_all(&self) {
        let labs = self.get("labs?running=true").await;
        let ids = labs["labs"].as_array().unwrap().iter().map(|lab| lab["id"].as_str().unwrap());
        join_all(ids.map(|id| async move {
            self.post(&format!("api/v1/labs/{id}/stop"), &json!({})).await;
            self.until(id, &["stopped", "failed"]).await;
        }))
        .await;
        assert_eq!(self.get("usage").await["usage"]["labs"], 0, "quota comes back");
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        // Labs outlive their gateway; those of a test that failed end here.
        let labs = self.folder.path().join("data/labs");
        for lab in std::fs::read_dir(labs).into_iter().flatten().flatten() {
            let record = std::fs::read_to_string(lab.path().join("lab.json")).unwrap_or_default();
            let record: Value = serde_json::from_str(&record).unwrap_or_default();
            if let Some(pid) = record["process"]["pid"].as_i64() {
                let _ = std::process::Command::new("kill").args(["-9", &pid.to_string()]).output();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_labs_at_once_the_quota_runs_and_the_rest_is_refused() {
    if !labs_run_here() {
        return;
    }
    let site = Site::start("[quota]\nlabs = 20\n");
    let body = json!({ "app": APP });
    let answers = join_all((0..100).map(|_| site.post("api/v1/labs", &body))).await;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status == 403).collect();
    let taken: Vec<&str> = answers
        .iter()
        .filter(|(status, _)| *status == 202)
        .map(|(_, lab)| lab["id"].as_str().unwrap())
        .collect();
    assert_eq!((taken.len(), refused.len()), (20, 80));
    for (_, problem) in &refused {
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("20 of 20 labs"), "{detail}");
    }
    for id in &taken {
        site.until(id, &["ready"]).await;
    }
    let starts = site.starts();
    assert_eq!(starts.len(), 20, "none is lost");
    assert!(starts.values().all(|times| *times == 1), "none is doubled: {starts:?}");
    assert_eq!(site.entered(taken[0]).await["lab"], *taken[0]);
    site.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_at_any_step_of_a_launch_leaves_one_lab() {
    if !labs_run_here() {
        return;
    }
    let mut site = Site::start("");
    let mut labs = Vec::new();
    // From before anything is started until long after it answers.
    for pause_ms in [0, 10, 30, 60, 120, 250, 500, 1000] {
        let id = site.launched().await;
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
        site.kill_and_start();
        let lab = site.until(&id, &["ready"]).await;
        assert_eq!(lab["cause"], Value::Null, "killed after {pause_ms} ms");
        let browser = site.browser_in(&id).await;
        assert_eq!(site.seen_by(&browser).await["lab"], *id, "killed after {pause_ms} ms");
        assert_eq!(site.get("usage").await["usage"]["labs"], 1);
        site.kill_and_start();
        site.until(&id, &["ready"]).await;
        let seen = site.seen_by(&browser).await;
        assert_eq!(seen["lab"], *id, "the browser is still in it: {seen:#}");
        site.stop_all().await;
        labs.push(id);
    }
    let starts = site.starts();
    for id in labs {
        assert_eq!(starts.get(&id), Some(&1), "{starts:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mutations_of_the_talk_work_as_printed() {
    if !labs_run_here() {
        return;
    }
    let site = Site::start("");
    let ask = async |query: &str| {
        let (status, answer) = site.post("graphql", &json!({ "query": query })).await;
        assert_eq!(status, 200, "{answer:#}");
        answer
    };
    let made =
        ask(&format!("mutation {{ createDatalab(sapId: {APP:?}) {{ datalab {{ id, base }} }} }}"))
            .await;
    let id = made["data"]["createDatalab"]["datalab"]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        made,
        json!({ "data": { "createDatalab": { "datalab": { "id": id, "base": APP } } } })
    );
    site.until(&id, &["ready"]).await;
    let listed = ask("query { datalabs { id, base } }").await;
    assert_eq!(listed, json!({ "data": { "datalabs": [{ "id": id, "base": APP }] } }));
    let gone =
        ask(&format!("mutation {{ destroyDatalab(cid: {id:?}) {{ datalab {{ id }} }} }}")).await;
    assert_eq!(gone["errors"], Value::Null, "{gone:#}");
    site.until(&id, &["stopped"]).await;
    let unknown =
        ask("mutation { createDatalab(sapId: \"sepp/jupyterlab:v9\") { datalab { id } } }").await;
    let words = unknown["errors"][0]["message"].as_str().unwrap();
    assert!(words.contains("no application `sepp/jupyterlab:v9`"), "{words}");
    site.stop_all().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_makes_one_lab_and_a_guessed_id_is_none() {
    if !labs_run_here() {
        return;
    }
    let site = Site::start("");
    let body = json!({ "app": APP });
    let asked = (0..5).map(|_| {
        let request = site.client.post(format!("{}api/v1/labs", site.url)).json(&body);
        async {
            request
                .header("idempotency-key", "once")
                .send()
                .await
                .unwrap()
                .json::<Value>()
                .await
                .unwrap()
        }
    });
    let answers = join_all(asked).await;
    let first = answers[0]["id"].as_str().unwrap();
    assert!(answers.iter().all(|lab| lab["id"] == first), "{answers:#?}");
    site.until(first, &["ready"]).await;
    assert_eq!(site.starts().get(first), Some(&1));
    for guessed in ["0", "aae6c2bbb1eeaa3d5f70", "..%2F..%2Fetc"] {
        let answer =
            site.client.get(format!("{}api/v1/labs/{guessed}", site.url)).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{guessed}");
    }
    site.stop_all().await;
}
