//! Why a gateway does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a gateway does not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Everyone who reaches the address could do everything.
    #[error("{0}")]
    Exposed(String),
    /// The data folder cannot be used.
    #[error("the data folder {} cannot be used; name another with --data: {source}", path.display())]
    Data {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}; --listen names another: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The plugin host does not start.
    #[error(transparent)]
    Host(#[from] archway_host::Error),
    /// The state or the bytes of volumes cannot be kept.
    #[error("{0}; see [store] and [volumes] of archway.toml")]
    Store(#[from] archway_store::StoreError),
}
