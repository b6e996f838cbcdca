//! The trees as they are served: every byte as the manifest says it, by every road.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

use super::{ask, get, site};
use crate::samples::committed_data;
use crate::samples::manifest::{Manifest, TreeEntry};
use crate::samples::trees::ftp::{self, FtpSite};

fn manifest() -> Manifest {
    Manifest::read(&committed_data()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Files below a folder of the checkout, by their path from there.
fn on_disk(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            on_disk(&entry.path(), &format!("{path}/"), found);
        } else {
            found.insert(path);
        }
    }
}

#[test]
fn the_manifest_names_every_file_of_the_trees_and_no_other() {
    let manifest = manifest();
    let named: BTreeSet<String> = manifest.trees.iter().map(|entry| entry.path.clone()).collect();
    let mut there = BTreeSet::new();
    on_disk(&committed_data().join("trees"), "", &mut there);
    assert_eq!(named, there);
    let known: BTreeSet<_> = manifest.datasets.iter().map(|dataset| &dataset.id).collect();
    for entry in &manifest.trees {
        let list = entry.path.ends_with("/SHA256SUMS");
        assert!(list == entry.dataset.is_empty(), "{}", entry.path);
        assert!(list || known.contains(&entry.dataset), "{}", entry.path);
        // The indexes write names as they are.
        let plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
        assert!(entry.path.chars().all(plain), "{}", entry.path);
    }
}

#[test]
fn every_folder_with_files_lists_their_digests() {
    let entries: BTreeMap<_, TreeEntry> =
        manifest().trees.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
    for (path, entry) in entries.iter().filter(|(_, entry)| !entry.dataset.is_empty()) {
        let (folder, name) = path.rsplit_once('/').unwrap();
        let list = committed_data().join("trees").join(folder).join("SHA256SUMS");
        let list = std::fs::read_to_string(&list).unwrap();
        assert!(list.lines().any(|line| line == format!("{}  {name}", entry.sha256)), "{path}");
    }
}

#[test]
fn the_samples_stay_small() {
    fn size(folder: &Path) -> u64 {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        entries
            .map(|entry| match entry.metadata().unwrap() {
                metadata if metadata.is_dir() => size(&entry.path()),
                metadata => metadata.len(),
            })
            .sum()
    }
    let size_bytes = size(&committed_data());
    assert!(size_bytes <= 10_000_000, "{size_bytes} bytes are committed");
}

#[tokio::test]
async fn an_index_leads_to_every_file_with_its_exact_size_and_bytes() {
    let site = site().await;
    let entries: BTreeMap<_, TreeEntry> =
        manifest().trees.into_iter().map(|entry| (entry.path.clone(), entry)).collect();
    let mut folders = vec![String::new()];
    let mut seen = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        let page = get(&site, &format!("/trees/{folder}")).await;
        assert_eq!(page.status, 200, "{folder}");
        for line in page.text().lines().filter(|line| line.starts_with("<a href=")) {
            let (href, rest) = line["<a href=\"".len()..].split_once("\">").unwrap();
            if href == "../" {
                continue;
            }
            let words: Vec<_> = rest.split_once("</a>").unwrap().1.split_whitespace().collect();
            let [date, time, size] = words[..] else { panic!("{line}") };
            assert!(date.len() == 11 && time.len() == 5, "{line}");
            let path = format!("{folder}{href}");
            if href.ends_with('/') {
                assert_eq!(size, "-", "{line}");
                folders.push(path);
                continue;
            }
            let entry = &entries[&path];
            assert_eq!(size, entry.size_bytes.to_string(), "{line}");
            let file = get(&site, &format!("/trees/{path}")).await;
            assert_eq!(hex(&file.body), entry.sha256, "{path}");
            assert_eq!(file.header("etag"), Some(format!("\"{}\"", entry.sha256).as_str()));
            seen.insert(path);
        }
    }
    assert_eq!(seen.len(), entries.len());
}

#[tokio::test]
async fn a_tree_is_served_as_web_servers_serve_files() {
    let site = site().await;
    let path = "/trees/gnss/IGS/products/1590/igs15904.sp3.gz";
    let head = ask(&site, "HEAD", path, "", "").await;
    let said = |name: &str| head.header(name).unwrap_or_default().to_owned();
    assert_eq!(
        (said("content-type"), said("content-length")),
        ("application/gzip".into(), "96271".into())
    );
    assert_eq!(said("content-encoding"), "", "what is stored is what is sent");
    assert!(head.body.is_empty());
    let since = format!("If-Modified-Since: {}\r\n", said("last-modified"));
    assert_eq!(ask(&site, "GET", path, &since, "").await.status, 304);
    let rest = format!("Range: bytes=96270-\r\nIf-Range: {}\r\n", said("last-modified"));
    let rest = ask(&site, "GET", path, &rest, "").await;
    assert_eq!((rest.status, rest.body.len()), (206, 1));
    let older = "Range: bytes=96270-\r\nIf-Range: Sat, 01 Jan 2000 00:00:00 GMT\r\n";
    assert_eq!(ask(&site, "GET", path, older, "").await.status, 200, "another version");
    let folder = get(&site, "/trees/gnss/IGS").await;
    assert_eq!((folder.status, folder.header("location")), (308, Some("/trees/gnss/IGS/")));
    for missing in [
        "/trees/gnss/nothing",
        "/trees/gnss/nothing/",
        &format!("{path}/"),
        "/trees/../manifest.toml",
    ] {
        assert_eq!(get(&site, missing).await.status, 404, "{missing}");
    }
}

async fn ftp_site() -> FtpSite {
    let bind = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    ftp::serve(bind().await, bind().await, &committed_data()).unwrap()
}

/// A control connection, and what it takes for a test: a line there, a reply back.
struct Control<S>(BufReader<S>);

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Control<S> {
    /// The last line of the reply.
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            assert_ne!(self.0.read_line(&mut line).await.unwrap(), 0, "the server left");
            if line.as_bytes().get(3) == Some(&b' ') && !line.starts_with(' ') {
                return line.trim_end().to_owned();
            }
        }
    }

    async fn ask(&mut self, line: &str) -> String {
        self.0.get_mut().write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.reply().await
    }

    async fn log_in(&mut self) {
        assert!(self.ask("USER anonymous").await.starts_with("331"));
        assert!(self.ask("PASS test@example.org").await.starts_with("230"));
        assert!(self.ask("TYPE I").await.starts_with("200"));
    }

    /// The port that it listens on for data.
    async fn passive(&mut self) -> u16 {
        let reply = self.ask("EPSV").await;
        reply.split('|').nth(3).unwrap_or_else(|| panic!("{reply}")).parse().unwrap()
    }
}

async fn connect(address: std::net::SocketAddr) -> Control<TcpStream> {
    let mut control = Control(BufReader::new(TcpStream::connect(address).await.unwrap()));
    assert!(control.reply().await.starts_with("220"));
    control
}

#[tokio::test]
async fn ftp_gives_the_same_bytes_from_any_place_and_takes_none() {
    let site = ftp_site().await;
    let mut control = connect(site.ftp).await;
    control.log_in().await;
    let (path, offset) = ("/swarm/level1b/Sat_A/SHA256SUMS", 64);
    let whole = std::fs::read(committed_data().join("trees").join(&path[1..])).unwrap();
    assert_eq!(control.ask(&format!("SIZE {path}")).await, format!("213 {}", whole.len()));
    assert!(
        control.ask(&format!("MDTM {path}")).await.starts_with("213 2026"),
        "as its package says"
    );
    let mut data = TcpStream::connect((site.ftp.ip(), control.passive().await)).await.unwrap();
    assert!(control.ask(&format!("REST {offset}")).await.starts_with("350"));
    assert!(control.ask(&format!("RETR {path}")).await.starts_with("150"));
    let mut rest = Vec::new();
    data.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, whole[offset..]);
    assert!(control.reply().await.starts_with("226"));
    for refused in
        ["DELE /swarm/level1b/Sat_A/SHA256SUMS", "MKD /new", "RMD /swarm", "CWD /nothing"]
    {
        let reply = control.ask(refused).await;
        assert!(reply.starts_with("550"), "{refused}: {reply}");
    }
}

#[tokio::test]
async fn ftps_wants_tls_first_and_only_its_own_authority_vouches_for_it() {
    let site = ftp_site().await;
    let mut plain = connect(site.ftps).await;
    let reply = plain.ask("USER anonymous").await;
    assert!(reply.starts_with("534"), "{reply}");

    let other = ftp_site().await;
    for (authority, trusted) in [(&site.authority, true), (&other.authority, false)] {
        let mut control = connect(site.ftps).await;
        assert!(control.ask("AUTH TLS").await.starts_with("234"));
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let connector = TlsConnector::from(Arc::new(config));
        let secured = connector.connect(name, control.0.into_inner()).await;
        assert_eq!(secured.is_ok(), trusted);
        if let Ok(stream) = secured {
            Control(BufReader::new(stream)).log_in().await;
        }
    }
}

#[tokio::test]
async fn the_planets_are_a_vospace_too() {
    let site = site().await;
    let node = get(&site, "/vospace/nodes/planetary/galileo/ssi/C0532836239R.IMG.gz").await;
    assert_eq!(node.status, 200, "{}", node.text());
    for wanted in ["Galileo SSI image of Europa", "NASA/PDS", "2000-03-30T09:14:34"] {
        assert!(node.text().contains(wanted), "{wanted}: {}", node.text());
    }
    let container = get(&site, "/vospace/nodes/planetary/galileo/ssi").await;
    assert!(!container.text().contains("SHA256SUMS"), "nodes have digests of their own");
}
