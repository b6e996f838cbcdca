//! Servers that mean harm: each speaks raw TCP on a port of its own, does one
//! bad thing to every client, and counts its open sockets, so that a test can
//! see that they get closed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// What a server does to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hostility {
    /// Takes the request and never says a word.
    Silent,
    /// Closes the connection instead of answering.
    CloseAtOnce,
    /// Sends a VOTable, one byte a second.
    SlowLoris,
    /// Never ends its headers.
    EndlessHeaders,
    /// A VOTable whose rows never end, as fast as they are taken.
    EndlessBody,
    /// Says `Content-Encoding: gzip` and sends none.
    WrongGzip,
    /// Gzip of a VOTable whose one cell is 4 GiB of spaces, in 4 MiB.
    DecompressionBomb,
    /// A VOTable cut inside of a row, with a Content-Length that promises more.
    TruncatedVotable,
    /// A VOTable whose entities grow to 3 GB.
    EntityBomb,
    /// A VOTable whose first element has 40,000 attributes.
    ManyAttributes,
    /// A VOTable whose elements are nested 100,000 deep.
    DeepNesting,
    /// 302 to this URL.
    RedirectTo(String),
    /// 302 to itself.
    RedirectLoop,
}

/// A running server. It stops, and its sockets close, when it is dropped.
pub struct HostileServer {
    /// Where it listens.
    pub address: SocketAddr,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub url: String,
    open: watch::Receiver<usize>,
    seen: watch::Receiver<usize>,
    server: tokio::task::JoinHandle<()>,
}

impl HostileServer {
    /// Starts a server.
    ///
    /// # Panics
    ///
    /// If there is no free port on loopback.
    pub async fn start(hostility: Hostility) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener");
        let (open_counter, open) = watch::channel(0_usize);
        let (seen_counter, seen) = watch::channel(0_usize);
        let open_counter = Arc::new(open_counter);
        let server = tokio::spawn(async move {
            // Owned here, so that open connections end with the server.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                seen_counter.send_modify(|seen| *seen += 1);
                let counted = Counted::new(&open_counter);
                let hostility = hostility.clone();
                connections.spawn(async move {
                    let _counted = counted;
                    // A client that goes away is what a test waits for.
                    let _ = serve(socket, &hostility, address).await;
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, url: format!("http://{address}"), open, seen, server }
    }

    /// Sockets that are open now.
    pub fn connections_open(&self) -> usize {
        *self.open.borrow()
    }

    /// Sockets ever accepted.
    pub fn connections_seen(&self) -> usize {
        *self.seen.borrow()
    }

    /// Waits until a client has connected; `false` if none does in time.
    pub async fn connected_within(&self, time: Duration) -> bool {
        let mut seen = self.seen.clone();
        tokio::time::timeout(time, seen.wait_for(|seen| *seen > 0)).await.is_ok_and(|r| r.is_ok())
    }

    /// Waits until every socket is closed; `false` if one is open for longer.
    pub async fn all_closed_within(&self, time: Duration) -> bool {
        let mut open = self.open.clone();
        tokio::time::timeout(time, open.wait_for(|open| *open == 0)).await.is_ok_and(|r| r.is_ok())
    }
}

impl Drop for HostileServer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// One open socket in the count.
struct Counted(Arc<watch::Sender<usize>>);

impl Counted {
    fn new(counter: &Arc<watch::Sender<usize>>) -> Self {
        counter.send_modify(|open| *open += 1);
        Self(Arc::clone(counter))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

async fn serve(
    mut socket: TcpStream,
    hostility: &Hostility,
    address: SocketAddr,
) -> std::io::Result<()> {
    if *hostility == Hostility::CloseAtOnce {
        return Ok(());
    }
    read_head(&mut socket).await?;
    let (mut from_client, mut to_client) = socket.split();
    // Whatever is being sent, the client's going away ends it.
    tokio::select! {
        sent = harm(&mut to_client, hostility, address) => sent?,
        () = gone(&mut from_client) => return Ok(()),
    }
    to_client.shutdown().await?;
    gone(&mut from_client).await;
    Ok(())
}

/// Reads to the empty line after the headers; the body is left to [`gone`].
async fn read_head(socket: &mut TcpStream) -> std::io::Result<()> {
    let mut last = [0_u8; 4];
    for _ in 0..64 * 1024 {
        last.rotate_left(1);
        last[3] = socket.read_u8().await?;
        if &last == b"\r\n\r\n" {
            return Ok(());
        }
    }
    Err(std::io::ErrorKind::InvalidData.into())
}

/// Returns when the client has closed its side.
async fn gone(from_client: &mut (impl AsyncReadExt + Unpin)) {
    let mut ignored = [0_u8; 4096];
    while from_client.read(&mut ignored).await.is_ok_and(|n| n > 0) {}
}

const VOTABLE_START: &str = "<?xml version=\"1.0\"?>\n<VOTABLE xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\" version=\"1.4\"><RESOURCE type=\"results\"><INFO name=\"QUERY_STATUS\" value=\"OK\"/><TABLE><FIELD name=\"obs_id\" datatype=\"char\" arraysize=\"*\"/><DATA><TABLEDATA>\n";
const ROW: &str = "<TR><TD>hostile</TD></TR>\n";
const VOTABLE_END: &str = "</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>\n";

fn head(status: &str, headers: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/x-votable+xml\r\nConnection: close\r\n{headers}\r\n"
    )
}

async fn harm(
    out: &mut (impl AsyncWriteExt + Unpin),
    hostility: &Hostility,
    address: SocketAddr,
) -> std::io::Result<()> {
    match hostility {
        Hostility::Silent | Hostility::CloseAtOnce => std::future::pending().await,
        Hostility::SlowLoris => {
            let document =
                [head("200 OK", ""), VOTABLE_START.into(), ROW.repeat(1000), VOTABLE_END.into()];
            for byte in document.concat().bytes() {
                out.write_u8(byte).await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        }
        Hostility::EndlessHeaders => {
            out.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                out.write_all(b"X-More: and more\r\n").await?;
            }
        }
        Hostility::EndlessBody => {
            out.write_all((head("200 OK", "") + VOTABLE_START).as_bytes()).await?;
            let rows = ROW.repeat(1000);
            loop {
                out.write_all(rows.as_bytes()).await?;
            }
        }
        Hostility::WrongGzip => {
            let document = head("200 OK", "Content-Encoding: gzip\r\n")
                + VOTABLE_START
                + &ROW.repeat(100)
                + VOTABLE_END;
            out.write_all(document.as_bytes()).await
        }
        Hostility::DecompressionBomb => bomb(out).await,
        Hostility::TruncatedVotable => {
            let document = head("200 OK", "Content-Length: 100000\r\n")
                + VOTABLE_START
                + &ROW.repeat(10)
                + "<TR><TD>cut o";
            out.write_all(document.as_bytes()).await
        }
        Hostility::EntityBomb => {
            out.write_all((head("200 OK", "") + &entity_bomb()).as_bytes()).await
        }
        Hostility::ManyAttributes => {
            let attributes: String = (0..40_000).map(|n| format!(" a{n}=\"\"")).collect();
            let document =
                head("200 OK", "") + "<?xml version=\"1.0\"?>\n<VOTABLE" + &attributes + "/>";
            out.write_all(document.as_bytes()).await
        }
        Hostility::DeepNesting => {
            let document = head("200 OK", "")
                + "<?xml version=\"1.0\"?>\n<VOTABLE>"
                + &"<RESOURCE>".repeat(100_000);
            out.write_all(document.as_bytes()).await
        }
        Hostility::RedirectTo(url) => redirect(out, url).await,
        Hostility::RedirectLoop => redirect(out, &format!("http://{address}/again")).await,
    }
}

async fn redirect(out: &mut (impl AsyncWriteExt + Unpin), url: &str) -> std::io::Result<()> {
    let headers = format!("Location: {url}\r\nContent-Length: 0\r\n");
    out.write_all(head("302 Found", &headers).as_bytes()).await
}

/// Ten levels of entities, ten times the one below.
fn entity_bomb() -> String {
    let mut declared = String::from("<!ENTITY e0 \"lol\">\n");
    for level in 1..10 {
        let below = format!("&e{};", level - 1).repeat(10);
        declared += &format!("<!ENTITY e{level} \"{below}\">\n");
    }
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE VOTABLE [\n{declared}]>\n<VOTABLE><RESOURCE><INFO name=\"x\" value=\"\">&e9;</INFO></RESOURCE></VOTABLE>"
    )
}

/// One deflated block of a mebibyte of spaces ends at a byte and refers to
/// nothing before it, so it can be sent again and again.
async fn bomb(out: &mut (impl AsyncWriteExt + Unpin)) -> std::io::Result<()> {
    let start = deflated(format!("{VOTABLE_START}<TR><TD>").as_bytes())?;
    let spaces = deflated(&vec![b' '; 1024 * 1024])?;
    out.write_all(head("200 OK", "Content-Encoding: gzip\r\n").as_bytes()).await?;
    out.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]).await?;
    out.write_all(&start).await?;
    for _ in 0..4096 {
        out.write_all(&spaces).await?;
    }
    Ok(())
}

fn deflated(data: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = Vec::with_capacity(data.len() / 100 + 1024);
    let mut deflate = Compress::new(Compression::best(), false);
    deflate.compress_vec(data, &mut packed, FlushCompress::Full).map_err(std::io::Error::other)?;
    Ok(packed)
}

#[cfg(test)]
mod tests;
