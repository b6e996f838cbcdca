//! Opens a connection to an application.

use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use archway_core::labs::Endpoint;
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// Bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

pub(super) async fn connect(endpoint: &Endpoint) -> io::Result<Box<dyn Stream>> {
    Ok(match endpoint {
        Endpoint::Unix(path) => Box::new(connect_unix(path).await?),
        Endpoint::Tcp(address) => Box::new(TcpStream::connect(address).await?),
    })
}

/// The socket lies in a folder that the lab may write: it could have put a link there, to a
/// socket of the machine that the gateway may open and the lab may not. So the path is opened
/// without following one, and what was opened is what is connected to.
async fn connect_unix(path: &Path) -> io::Result<UnixStream> {
    let found = open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::Socket {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no socket there"));
    }
    UnixStream::connect(format!("/proc/self/fd/{}", found.as_raw_fd())).await
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tokio::net::UnixListener;

    use super::*;

    #[tokio::test]
    async fn a_link_in_place_of_the_socket_is_not_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let (real, link) = (scratch.path().join("real"), scratch.path().join("link"));
        let _listener = UnixListener::bind(&real).unwrap();
        symlink(&real, &link).unwrap();
        assert!(connect(&Endpoint::Unix(real)).await.is_ok());
        assert!(connect(&Endpoint::Unix(link)).await.is_err());
        std::fs::write(scratch.path().join("file"), "").unwrap();
        assert!(connect(&Endpoint::Unix(scratch.path().join("file"))).await.is_err());
    }
}
