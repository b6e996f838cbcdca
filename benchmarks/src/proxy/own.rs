//! The gateway's server and proxy in a process of its own, before labs that are always ready.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::Context as _;
use archway_core::labs::{Endpoint, LabState, Route};
use archway_core::owner::Owner;
use archway_web::{HostNames, LabProxy, LabRoutes, Origins, serve_beside};
use tokio::net::TcpListener;

use super::process::Process;

/// Labs that WebSockets are spread over; one answers requests beside them.
pub(super) const LABS: usize = 10;

/// What the process that serves is told.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Serving {
    /// Only serve the labs that `proxy` measures (it starts this itself)
    #[arg(long, hide = true, num_args = 2)]
    serve_labs: Vec<SocketAddr>,
}

struct Labs {
    origin: Arc<Route>,
    echo: Arc<Route>,
}

impl LabRoutes for Labs {
    fn route(&self, lab: &str) -> Option<Arc<Route>> {
        Some(Arc::clone(if lab == "requests" { &self.origin } else { &self.echo }))
    }

    fn worked_in(&self, _: &str) {}

    fn look_again(&self, _: &str) {}
}

impl Serving {
    /// Whether there is something to serve.
    pub(crate) fn is_asked_for(&self) -> bool {
        !self.serve_labs.is_empty()
    }

    /// Serves until standard input closes; prints the port and the ways into the labs first.
    pub(crate) fn serve(&self) -> anyhow::Result<()> {
        let [origin, echo] = self.serve_labs[..] else { anyhow::bail!("two addresses") };
        let owner = Owner("local".to_owned());
        let route = |address| {
            Arc::new(Route {
                owner: owner.clone(),
                state: LabState::Ready,
                words: String::new(),
                endpoint: Some(Endpoint::Tcp(address)),
                token: "of-the-lab".to_owned(),
                base_path: "/".to_owned(),
            })
        };
        let labs = Labs { origin: route(origin), echo: route(echo) };
        // As `archway serve` makes it.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let port = listener.local_addr()?.port();
            let proxy = LabProxy::new(Origins::loopback(port), Arc::new(labs));
            let mut out = std::io::stdout();
            writeln!(out, "{port}")?;
            for lab in names() {
                writeln!(out, "{}", proxy.entry_url(&lab, &owner, ""))?;
            }
            let stop = async {
                let _ = super::until_input_ends().await;
            };
            let names = Arc::new(HostNames::loopback_and(&[]));
            serve_beside(listener, proxy, names, axum::Router::new(), stop).await?;
            Ok(())
        })
    }
}

/// `requests`, then the labs of WebSockets.
fn names() -> Vec<String> {
    let sockets = (0..LABS).map(|at| format!("sockets{at}"));
    std::iter::once("requests".to_owned()).chain(sockets).collect()
}

/// The running process.
pub(super) struct Own {
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    pub(super) process: Process,
    entered: Vec<Entered>,
}

/// A lab, and what a browser needs to be in it.
#[derive(Clone)]
pub(super) struct Entered {
    /// Of its origin.
    pub(super) host: String,
    pub(super) cookie: String,
}

impl Own {
    /// Starts it before two servers, and enters every lab.
    pub(super) fn start(origin: &str, echo: &str) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["--serve-labs", origin, echo])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("it is piped")?;
        let mut process = Process(child);
        let mut lines = BufReader::new(out).lines();
        let mut line = || lines.next().context("the gateway ended early")?.context("no line");
        let port: u16 = line()?.parse()?;
        let urls = names().iter().map(|_| line()).collect::<anyhow::Result<Vec<_>>>()?;
        process.until_answers(port)?;
        let address = format!("127.0.0.1:{port}");
        let entered = urls.iter().map(|url| enter(&address, url)).collect::<Result<_, _>>()?;
        Ok(Self { address, process, entered })
    }

    /// The lab that answers requests.
    pub(super) fn requests(&self) -> anyhow::Result<&Entered> {
        self.entered.first().context("it was entered")
    }

    /// The labs that answer over WebSockets.
    pub(super) fn sockets(&self) -> &[Entered] {
        self.entered.get(1..).unwrap_or_default()
    }
}

fn enter(address: &str, url: &str) -> anyhow::Result<Entered> {
    let rest = url.strip_prefix("http://").context("an http URL")?;
    let (host, path) = rest.split_once('/').context("a path")?;
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (_, cookie) = answer.split_once("set-cookie: ").with_context(|| answer.clone())?;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    Ok(Entered { host: host.to_owned(), cookie })
}
