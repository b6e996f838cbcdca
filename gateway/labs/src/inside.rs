//! What every lab sees, on every backend.

/// Home: the owner's own space.
pub(crate) const HOME: &str = "/home/lab";
/// Where the volumes are.
pub(crate) const DATA: &str = "/data";
/// The folder of the proxy's socket, where a lab has one.
pub(crate) const NET: &str = "/run/net";
/// Name of that socket.
pub(crate) const PROXY_SOCKET: &str = "proxy.sock";
/// Where the proxy is reached in a lab, by what `process/forward.py` forwards.
pub(crate) const PROXY_PORT: u16 = 3128;
/// Most processes and threads of a lab.
pub(crate) const MOST_PROCESSES: u32 = 1024;
