//! `archway get`, against a gateway over the sample site, and against a server that plays a
//! gateway which breaks off, lies and changes its mind.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use archway_conformance::fake_tap::{FakeTap, Reply};
use serde_json::Value;
use tempfile::TempDir;

use super::{Site, archway, run, text};

/// Longest that a process may take to do what it is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
const FOR_EVER: Duration = Duration::from_secs(3600);
/// What is downloaded.
const BYTES: &[u8] = b"0123456789";

/// `archway get` into a folder.
fn get(fake: &FakeTap, folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = archway();
    command.args(["get", "--gateway", &fake.url, "--output"]).arg(folder.path()).args(arguments);
    command
}

fn path_of(id: &str) -> String {
    format!("/api/v1/assets/{}/content", id.replace('/', "%2F"))
}

/// An answer with `BYTES` as a gateway gives them.
fn whole() -> Reply {
    head(Reply::ok("application/fits", BYTES))
}

fn head(reply: Reply) -> Reply {
    reply
        .with_header("etag", "\"v1\"")
        .with_header("accept-ranges", "bytes")
        .with_header("content-disposition", "attachment; filename=\"a.fits\"")
}

/// The rest of `BYTES`.
fn rest(first: usize) -> Reply {
    head(Reply::ok("application/fits", &BYTES[first..]).with_status(206))
        .with_header("content-range", &format!("bytes {first}-9/10"))
}

/// The first bytes, and then nothing for ever.
fn stalls(after: usize) -> Reply {
    let pieces = [(Duration::ZERO, BYTES[..after].into()), (FOR_EVER, BYTES[after..].into())];
    head(Reply::pieces("application/fits", pieces)).with_header("content-length", "10")
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

fn holds(folder: &TempDir, expected: &[(&str, &[u8])]) {
    let expected = expected.iter().map(|(n, b)| ((*n).to_owned(), b.to_vec())).collect();
    assert_eq!(files(folder.path()), expected);
}

/// Starts it and waits until so many bytes of the part are on disk.
async fn until_bytes(mut command: Command, part: &Path, bytes: u64) -> Child {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let arrived = async {
        while std::fs::metadata(part).map_or(0, |found| found.len()) < bytes {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, arrived).await.expect("the bytes arrive");
    child
}

#[tokio::test(flavor = "multi_thread")]
async fn real_files_come_through_a_real_gateway_and_are_left_alone_afterwards() {
    let site = Site::of_files().await;
    let found = run(site.archway(&["search", "--limit", "200", "--format", "json", "-q"])).await;
    let page: Value = serde_json::from_slice(&found.stdout).unwrap();
    let small = |asset: &&Value| {
        asset["content"].is_string() && asset["size_bytes"].as_u64().is_some_and(|b| b < 5_000_000)
    };
    let chosen: Vec<&Value> =
        page["assets"].as_array().unwrap().iter().filter(small).take(3).collect();
    assert_eq!(chosen.len(), 3, "three small files among the samples");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("new/folder");
    let out = out.to_str().unwrap();
    let lines: Vec<String> = chosen.iter().map(|asset| asset.to_string()).collect();

    for round in ["downloaded", "there already"] {
        let mut command = site.archway(&["get", "--output", out, "-"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), lines.join("\n").as_bytes())
            .unwrap();
        let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap();
        let output = output.unwrap();
        let told = text(&output.stderr);
        assert!(output.status.success(), "{round}: {told}");
        assert!(told.contains(&format!("3 {round}")), "{round}: {told}");
        assert_eq!(told.matches(", verified").count(), 3, "{round}: {told}");
        assert_eq!(text(&output.stdout).lines().count(), 3, "{round}");
        for path in text(&output.stdout).lines() {
            let bytes = std::fs::metadata(path).unwrap().len();
            assert!(bytes > 0, "{path}");
        }
        assert_eq!(files(Path::new(out)).len(), 3, "nothing else is left");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_run_is_taken_up_where_it_was() {
    let fake = FakeTap::start().await;
    fake.on(&path_of("x/1"), [stalls(4), rest(4)]);
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("a.fits.part");
    let mut child = until_bytes(get(&fake, &folder, &["x/1"]), &part, 4).await;
    // As the system would, without a word.
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!folder.path().join("a.fits").exists(), "half a file under its name");

    let output = run(get(&fake, &folder, &["x/1"])).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    holds(&folder, &[("a.fits", BYTES)]);
    let asked = fake.asked(&path_of("x/1"));
    assert_eq!((asked[1].header("range"), asked[1].header("if-range")), ("bytes=4-", "\"v1\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_leaves_what_can_be_taken_up() {
    let fake = FakeTap::start().await;
    fake.on(&path_of("x/1"), [stalls(4), rest(4)]);
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("a.fits.part");
    let child = until_bytes(get(&fake, &folder, &["x/1"]), &part, 4).await;
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = tokio::task::spawn_blocking(|| child.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert!(text(&output.stderr).contains("run it again to go on"), "{}", text(&output.stderr));

    let output = run(get(&fake, &folder, &["x/1"])).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    holds(&folder, &[("a.fits", BYTES)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_changed_meanwhile_begins_anew() {
    let fake = FakeTap::start().await;
    let newer = Reply::ok("application/fits", "abc")
        .with_header("etag", "\"v2\"")
        .with_header("accept-ranges", "bytes")
        .with_header("content-disposition", "attachment; filename=\"a.fits\"");
    fake.on(&path_of("x/1"), [stalls(4), newer]);
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("a.fits.part");
    let mut child = until_bytes(get(&fake, &folder, &["x/1"]), &part, 4).await;
    child.kill().unwrap();
    child.wait().unwrap();

    let output = run(get(&fake, &folder, &["x/1"])).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    holds(&folder, &[("a.fits", b"abc")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_that_breaks_goes_on_by_itself_as_long_as_something_comes() {
    let fake = FakeTap::start().await;
    let broken =
        |bytes: &[u8], promised| head(Reply::broken("application/fits", bytes.to_vec(), promised));
    let broken_rest =
        broken(&BYTES[4..6], 6).with_status(206).with_header("content-range", "bytes 4-9/10");
    fake.on(&path_of("x/1"), [broken(&BYTES[..4], 10), broken_rest, rest(6)]);
    let folder = tempfile::tempdir().unwrap();
    let output = run(get(&fake, &folder, &["x/1"])).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    holds(&folder, &[("a.fits", BYTES)]);

    // Nothing more comes: it fails, and what came is kept for another day.
    let nothing = broken(b"", 6).with_status(206).with_header("content-range", "bytes 4-9/10");
    fake.on(&path_of("x/2"), [broken(&BYTES[..4], 10), nothing]);
    let folder = tempfile::tempdir().unwrap();
    let output = run(get(&fake, &folder, &["x/2"])).await;
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("x/2: broke off after 4 of 10 bytes; run it again"), "{told}");
    let left: Vec<String> = files(folder.path()).into_keys().collect();
    assert_eq!(left, ["a.fits.part", "a.fits.part.json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_never_gets_its_name() {
    let fake = FakeTap::start().await;
    // The digest of "abc".
    let lies = whole().with_header("repr-digest", "md5=:kAFQmDzST7DWlj99KOF/cg==:");
    fake.on(&path_of("x/1"), [lies]);
    let more = head(Reply::pieces("application/fits", [(Duration::ZERO, BYTES.into())]))
        .with_status(206)
        .with_header("content-range", "bytes 3-12/12");
    fake.on(&path_of("x/2"), [more]);
    let folder = tempfile::tempdir().unwrap();
    for (id, words) in
        [("x/1", "where the archive says 900150983cd24fb0d6963f7d28e17f72"), ("x/2", "206")]
    {
        let output = run(get(&fake, &folder, &[id])).await;
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(words), "{told}");
        assert_eq!(text(&output.stdout), "");
        holds(&folder, &[]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_failure_is_said_and_holds_up_no_other() {
    let fake = FakeTap::start().await;
    fake.on(&path_of("x/1"), [whole()]);
    let problem = r#"{"title": "not found", "status": 404, "detail": "no asset `x/2`"}"#;
    fake.on(&path_of("x/2"), [Reply::ok("application/problem+json", problem).with_status(404)]);
    let folder = tempfile::tempdir().unwrap();
    let output = run(get(&fake, &folder, &["x/2", "x/1"])).await;
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("x/2: no asset `x/2`"), "{told}");
    assert!(told.contains("1 downloaded (10 B), 0 there already, 1 failed"), "{told}");
    let path = folder.path().join("a.fits");
    assert_eq!(text(&output.stdout), format!("{}\n", path.display()));
    holds(&folder, &[("a.fits", BYTES)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_name_stay_apart_and_none_leaves_the_folder() {
    let fake = FakeTap::start().await;
    let named = |name: &str, bytes: &'static str| {
        Reply::ok("application/fits", bytes)
            .with_header("content-disposition", &format!("attachment; filename=\"{name}\""))
    };
    fake.on(&path_of("x/1"), [named("a.fits", "one")]);
    fake.on(&path_of("x/2"), [named("a.fits", "two")]);
    fake.on(&path_of("x/3"), [named("../../../escaped", "three")]);
    fake.on(&path_of("x/4"), [named(".bashrc", "four")]);
    let home = tempfile::tempdir().unwrap();
    let out = home.path().join("a/b/c");
    let mut command = archway();
    command.args(["get", "--gateway", &fake.url, "--jobs", "1", "--output"]).arg(&out);
    command.args(["x/1", "x/2", "x/3", "x/4", "x/1"]);
    let output = run(command).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    let expected =
        [("_bashrc", "four"), ("a-2.fits", "two"), ("a.fits", "one"), ("escaped", "three")];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
    assert_eq!(files(&out), BTreeMap::from(expected));
    assert_eq!(files_below(home.path()), 4);
}

fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files_below(&path) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_that_is_named_twice_comes_once() {
    let fake = FakeTap::start().await;
    fake.on(
        &path_of("x/1"),
        [whole().with_header("repr-digest", "md5=:eB5eJF1ptWaXm4bijSPyxw==:")],
    );
    let folder = tempfile::tempdir().unwrap();
    let output = run(get(&fake, &folder, &["x/1", "x/1", "x/1"])).await;
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("1 downloaded (10 B), 2 there already, 0 failed"));
    holds(&folder, &[("a.fits", BYTES)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_for_is_passed_on() {
    let fake = FakeTap::start().await;
    fake.on(&path_of("x/1"), [whole()]);
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["x/1", "--distribution", "f 1", "--decode", "gzip,hatanaka", "--quiet"];
    let output = run(get(&fake, &folder, &arguments)).await;
    assert!(output.status.success());
    assert_eq!(text(&output.stderr), "", "quiet");
    let asked = &fake.all_asked()[0];
    assert_eq!(asked.parameter("distribution"), "f 1");
    assert_eq!(asked.parameter("decode"), "gzip,hatanaka");
    assert_eq!(asked.header("accept-encoding"), "identity", "bytes are counted as they lie");
}

#[tokio::test]
async fn a_wrong_command_is_code_2_and_a_missing_gateway_code_1() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (arguments, code, words) in [
        (vec!["get"], 2, "ASSET"),
        (vec!["get", "x/1", "--jobs", "0"], 2, "1..=32"),
        (vec!["get", "x/1", "--gateway", "gopher://x"], 2, "is not the address of a gateway"),
        (
            vec!["get", "x/1", "--gateway", &format!("http://{free}")],
            1,
            "`archway serve` starts one",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut command = archway();
        command.args(&arguments).current_dir(folder.path());
        let output = run(command).await;
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(words), "{arguments:?}: {told}");
        holds(&folder, &[]);
    }
}
