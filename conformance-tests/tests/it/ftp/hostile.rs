//! An FTP server that does one bad thing to every client.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hostility {
    /// Nothing: the others are measured by it.
    None,
    /// PASV names another host, and there is no EPSV.
    ForeignHost,
    /// EPSV names a port of the machine's services.
    LowPort,
    /// Ten million bytes before it is ready.
    Banner,
    /// A greeting without an end.
    EndlessBanner,
    /// Lists `../..`, names with slashes, line breaks, NUL, escapes, and broken UTF-8.
    Names,
    /// Lists for ever.
    EndlessListing,
    /// One line, for ever.
    EndlessLine,
    /// A listing that stops, and says that it did.
    ListingAborted,
    /// A listing that stops without a word.
    ListingLost,
    /// Half of the file, then 426.
    Aborted,
    /// Half of the file, then 226.
    Short,
    /// Half of the file, then the control connection is closed.
    Gone,
    /// Half of the file, then silence.
    Stalled,
    /// More than it said.
    Long,
    /// Another size after it was read.
    Changed,
    /// Another time after it was read.
    Touched,
    /// Says 421 to everybody.
    Full,
    /// Talks HTTP.
    Http,
}

/// Bytes of the file `f`.
pub(super) const FILE_BYTES: usize = 1_000_000;

/// A running server; ended when it is dropped.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// Who connected to the address that PASV named.
    pub(super) lured: Arc<Mutex<usize>>,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Server {
    pub(super) async fn start(hostility: Hostility) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let lured = Arc::new(Mutex::new(0));
        let count = Arc::clone(&lured);
        let serving = tokio::spawn(async move {
            let mut sessions = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                // A client that leaves is what a test waits for.
                let count = Arc::clone(&count);
                sessions.spawn(async move { session(stream, hostility, &count).await.ok() });
                while sessions.try_join_next().is_some() {}
            }
        });
        Self { address, lured, serving }
    }

    pub(super) fn url(&self) -> String {
        format!("ftp://{}/", self.address)
    }
}

async fn session(
    stream: TcpStream,
    hostility: Hostility,
    lured: &Arc<Mutex<usize>>,
) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    match hostility {
        Hostility::Banner => {
            for _ in 0..100_000 {
                write.write_all(format!("220-{}\r\n", "welcome ".repeat(12)).as_bytes()).await?;
            }
        }
        Hostility::EndlessBanner => loop {
            write.write_all(&[b'x'; 4096]).await?;
        },
        Hostility::Full => return write.write_all(b"421 Too many connections.\r\n").await,
        Hostility::Http => return write.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await,
        _ => {}
    }
    write.write_all(b"220 ready\r\n").await?;
    let mut data: Option<TcpListener> = None;
    // On the address that PASV names somebody listens too, on the same port.
    let mut lures = tokio::task::JoinSet::new();
    let (mut sizes, mut times, mut offset) = (0, 0, 0);
    while let Some(line) = lines.next_line().await? {
        let (verb, argument) = line.split_once(' ').unwrap_or((&line, ""));
        let is_file = argument == "/f";
        let reply = match verb {
            "USER" => "331 password".to_owned(),
            "PASS" => "230 in".to_owned(),
            "FEAT" => "211-Features:\r\n SIZE\r\n MDTM\r\n REST STREAM\r\n211 End".to_owned(),
            "TYPE" => "200 fine".to_owned(),
            "CWD" if argument == "/" => "250 there".to_owned(),
            "CWD" => "550 no such folder".to_owned(),
            "SIZE" if is_file => {
                sizes += 1;
                let changed = hostility == Hostility::Changed && sizes > 1;
                format!("213 {}", FILE_BYTES + usize::from(changed))
            }
            "MDTM" if is_file => {
                times += 1;
                let touched = hostility == Hostility::Touched && times > 1;
                format!("213 2024022912000{}", u8::from(touched))
            }
            "SIZE" | "MDTM" => "550 no such file".to_owned(),
            "REST" => {
                offset = argument.parse().unwrap_or_default();
                "350 fine".to_owned()
            }
            "EPSV" if hostility == Hostility::ForeignHost => "500 what".to_owned(),
            "EPSV" if hostility == Hostility::LowPort => "229 ok (|||22|)".to_owned(),
            "EPSV" | "PASV" => {
                let listener = TcpListener::bind("127.0.0.1:0").await?;
                let port = listener.local_addr()?.port();
                data = Some(listener);
                if verb == "EPSV" {
                    format!("229 ok (|||{port}|)")
                } else {
                    let lure = TcpListener::bind(("127.0.0.2", port)).await?;
                    let lured = Arc::clone(lured);
                    lures.spawn(async move {
                        while lure.accept().await.is_ok() {
                            *lured.lock().unwrap() += 1;
                        }
                    });
                    format!("227 ok (127,0,0,2,{},{})", port / 256, port % 256)
                }
            }
            "LIST" | "RETR" => {
                let Some(listener) = data.take() else {
                    write.write_all(b"425 no data connection\r\n").await?;
                    continue;
                };
                let (mut to, _) = listener.accept().await?;
                write.write_all(b"150 here it comes\r\n").await?;
                let done = if verb == "LIST" {
                    list(&mut to, hostility).await?
                } else {
                    send(&mut to, hostility, std::mem::take(&mut offset)).await?
                };
                drop(to);
                match done {
                    Some(reply) => reply.to_owned(),
                    None => return Ok(()),
                }
            }
            "QUIT" => return write.write_all(b"221 bye\r\n").await,
            _ => "502 not implemented".to_owned(),
        };
        write.write_all(format!("{reply}\r\n").as_bytes()).await?;
    }
    Ok(())
}

/// Lists, and says how it ended; `None` closes the control connection.
async fn list(to: &mut TcpStream, hostility: Hostility) -> std::io::Result<Option<&'static str>> {
    let line = format!("-rw-r--r-- 1 0 0 {FILE_BYTES} Feb 29 2024 f\r\n");
    match hostility {
        Hostility::Names => {
            let names: [&[u8]; 9] = [
                b"../..",
                b"..",
                b"/etc/passwd",
                b"a\rb",
                b"a\0b",
                b"a\x1b[2Jb",
                b"a\xc2\x9bb",
                b"a\nb",
                b"broken \xff\xfe",
            ];
            for name in names {
                to.write_all(b"-rw-r--r-- 1 0 0 5 Feb 29 2024 ").await?;
                to.write_all(name).await?;
                to.write_all(b"\r\n").await?;
            }
        }
        Hostility::EndlessListing => {
            for number in 0_u64.. {
                let line = format!("-rw-r--r-- 1 0 0 5 Feb 29 2024 f{number}\r\n");
                to.write_all(line.repeat(20).as_bytes()).await?;
            }
        }
        Hostility::EndlessLine => loop {
            to.write_all(&[b'x'; 4096]).await?;
        },
        _ => {}
    }
    to.write_all(line.as_bytes()).await?;
    Ok(match hostility {
        Hostility::ListingAborted => Some("426 aborted"),
        Hostility::ListingLost => None,
        _ => Some("226 done"),
    })
}

async fn send(
    to: &mut TcpStream,
    hostility: Hostility,
    offset: usize,
) -> std::io::Result<Option<&'static str>> {
    let file = super::pattern(FILE_BYTES + 1);
    let upto = match hostility {
        Hostility::Aborted | Hostility::Short | Hostility::Gone | Hostility::Stalled => {
            FILE_BYTES / 2
        }
        Hostility::Long => FILE_BYTES + 1,
        _ => FILE_BYTES,
    };
    to.write_all(&file[offset.min(upto)..upto]).await?;
    if hostility == Hostility::Stalled {
        // Longer than any test waits: the client must give up by itself.
        tokio::time::sleep(Duration::from_secs(3600)).await;
    }
    Ok(match hostility {
        Hostility::Aborted => Some("426 aborted"),
        Hostility::Gone => None,
        _ => Some("226 done"),
    })
}
