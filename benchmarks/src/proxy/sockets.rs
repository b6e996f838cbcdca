//! WebSockets: round trips of small messages, and thousands that say nothing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::Context as _;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, accept_async_with_config, client_async_with_config};

use super::own::{Entered, Own};
use super::peers::Nginx;
use super::process::Process;
use super::requests::{median, us};
use crate::figure;

/// Sockets that take turns.
const TALKING: usize = 8;
/// Messages of each in one round.
const MESSAGES: u32 = 3_000;
const ROUNDS: usize = 5;
const MESSAGE_BYTES: usize = 64;
/// Sockets that say nothing.
const IDLE: usize = 5_000;

/// What sends every message back, in a process of its own.
pub(super) struct Echo {
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    _process: Process,
}

impl Echo {
    pub(super) fn start() -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("--serve-echo")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let out = child.stdout.take().context("it is piped")?;
        let process = Process(child);
        let address = BufReader::new(out).lines().next().context("it ended early")??;
        Ok(Self { address, _process: process })
    }
}

/// Serves until standard input closes; prints the address first.
pub(crate) fn echo() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
        let mut sockets = JoinSet::new();
        let mut end = std::pin::pin!(super::until_input_ends());
        loop {
            tokio::select! {
                _ = &mut end => return Ok(()),
                Some(_) = sockets.join_next() => {}
                accepted = listener.accept() => {
                    let (stream, _) = accepted?;
                    stream.set_nodelay(true)?;
                    sockets.spawn(async {
                        let Ok(mut socket) = accept_async_with_config(stream, Some(small())).await
                        else { return };
                        while let Some(Ok(message)) = socket.next().await {
                            if message.is_binary() && socket.send(message).await.is_err() {
                                return;
                            }
                        }
                    });
                }
            }
        }
    })
}

/// Buffers that let thousands of sockets be.
fn small() -> WebSocketConfig {
    WebSocketConfig::default().read_buffer_size(512).write_buffer_size(0)
}

type Socket = WebSocketStream<TcpStream>;

async fn open(address: &str, lab: Option<&Entered>) -> anyhow::Result<Socket> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let host = lab.map_or(address, |lab| lab.host.as_str());
    let mut request = format!("ws://{host}/ws").into_client_request()?;
    request.headers_mut().insert("origin", format!("http://{host}").parse()?);
    if let Some(lab) = lab {
        request.headers_mut().insert("cookie", lab.cookie.parse()?);
    }
    Ok(client_async_with_config(request, stream, Some(small())).await?.0)
}

/// Round trips of 64 bytes.
pub(super) fn round_trips(own: &Own, nginx: &Nginx) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (ours, theirs) = runtime.block_on(async {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..=ROUNDS {
            let lab = own.sockets().first();
            let measured = [
                (&mut ours, talk(&own.address, lab, &own.process).await?),
                (&mut theirs, talk(&nginx.address, None, &nginx.process).await?),
            ];
            for (rounds, cpu_us) in measured.into_iter().filter(|_| round > 0) {
                rounds.push(cpu_us);
            }
        }
        anyhow::Ok((median(ours)?, median(theirs)?))
    })?;
    figure(
        "WebSocket echo of 64 bytes: CPU of the proxy, a round trip",
        &format!("{ours:.1} us"),
        &format!("nginx {theirs:.1}"),
        "25 us",
    );
    Ok(())
}

async fn talk(address: &str, lab: Option<&Entered>, process: &Process) -> anyhow::Result<f64> {
    let mut sockets = Vec::new();
    for _ in 0..TALKING {
        sockets.push(open(address, lab).await?);
    }
    let cpu = process.cpu()?;
    let talking = sockets.into_iter().map(|mut socket| async move {
        let message = Message::binary(vec![7; MESSAGE_BYTES]);
        for _ in 0..MESSAGES {
            socket.send(message.clone()).await?;
            let back = socket.next().await.context("it was closed")??;
            anyhow::ensure!(back == message, "another message came back");
        }
        anyhow::Ok(())
    });
    futures_util::future::try_join_all(talking).await?;
    let cpu = process.cpu()?.saturating_sub(cpu);
    Ok(us(cpu) / (TALKING as f64 * f64::from(MESSAGES)))
}

/// Thousands that are open and silent.
pub(super) fn idle(own: &Own, nginx: &Nginx) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let labs: Vec<_> = own.sockets().iter().map(Some).collect();
        let ours = hold(&own.address, &labs, &own.process).await?;
        let theirs = hold(&nginx.address, &[None], &nginx.process).await?;
        figure(
            "5,000 idle WebSockets: memory of the proxy, each",
            &format!("{:.1} KiB", ours.0),
            &format!("nginx {:.1}", theirs.0),
            "20 KiB",
        );
        figure(
            "  the same, once they are closed",
            &format!("{:.1} KiB", ours.1),
            &format!("nginx {:.1}", theirs.1),
            "0 KiB",
        );
        Ok(())
    })
}

/// KiB a socket while they are open, and after.
async fn hold(
    address: &str,
    labs: &[Option<&Entered>],
    process: &Process,
) -> anyhow::Result<(f64, f64)> {
    // What serves the first connections is kept for the next.
    drop(open(address, labs.first().copied().flatten()).await?);
    settle().await;
    let before = process.memory_bytes()?;
    let mut sockets = Vec::with_capacity(IDLE);
    for (_, lab) in (0..IDLE).zip(labs.iter().cycle()) {
        sockets.push(open(address, *lab).await?);
    }
    // Each has said something once.
    let message = Message::binary(vec![7; MESSAGE_BYTES]);
    for socket in &mut sockets {
        socket.send(message.clone()).await?;
        socket.next().await.context("it was closed")??;
    }
    settle().await;
    let each = |now: u64| (now as f64 - before as f64) / IDLE as f64 / 1024.0;
    let open = each(process.memory_bytes()?);
    drop(sockets);
    settle().await;
    Ok((open, each(process.memory_bytes()?)))
}

/// Lets the proxy see what happened, and its allocator return what is free.
async fn settle() {
    tokio::time::sleep(Duration::from_secs(3)).await;
}
