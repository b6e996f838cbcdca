//! A plugin that wants sockets of its own, which no plugin is given.

use archway_plugin::types::{Description, Error};
use archway_plugin::{ArchivePlugin, Host};

/// See the crate.
#[derive(Debug, Default)]
pub struct Sockets;

impl ArchivePlugin for Sockets {
    fn describe(&self, _host: &dyn Host) -> Result<Description, Error> {
        match std::net::TcpStream::connect("127.0.0.1:80") {
            Ok(_) => Err(Error::Internal("connected".to_owned())),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    }
}

archway_plugin::export!(Sockets);
