//! The lab proxy beside nginx and configurable-http-proxy: small requests, WebSockets, idle ones.
//!
//! Every part is a process of its own, so that what the kernel says of the proxy's is the proxy's
//! alone; the proxies take turns, so that a busy moment of the machine meets all of them.

mod own;
mod peers;
mod process;
mod requests;
mod sockets;

pub(crate) use own::Serving;
pub(crate) use sockets::echo;

use own::Own;
use peers::{Chp, Nginx};

use crate::figure;

/// Measures all of it.
///
/// # Errors
///
/// nginx or wrk is not installed, or something does not answer.
pub(crate) fn run() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let origin = Nginx::answering(folder.path())?;
    let echo = sockets::Echo::start()?;
    let own = Own::start(&origin.address, &echo.address)?;
    let nginx = Nginx::before(folder.path(), &origin.address, &echo.address)?;
    let chp = match Chp::start(folder.path(), &origin.address) {
        Ok(chp) => Some(chp),
        Err(error) => {
            let left_out = format!("left out: {error:#}");
            figure("configurable-http-proxy", &left_out, "npm", "installed from npm");
            None
        }
    };
    requests::measure(&own, &nginx, chp.as_ref())?;
    sockets::round_trips(&own, &nginx)?;
    // In processes that hold no memory from before.
    drop((own, nginx));
    let own = Own::start(&origin.address, &echo.address)?;
    let nginx = Nginx::before(folder.path(), &origin.address, &echo.address)?;
    sockets::idle(&own, &nginx)
}

/// The parent holds the other end of standard input, so that no process outlives it.
async fn until_input_ends() {
    let copying = || std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    let _ = tokio::task::spawn_blocking(copying).await;
}
