//! A plugin that attacks its host, one way for each word it is asked.

use archway_plugin::types::{Description, Error};
use archway_plugin::{ArchivePlugin, Host};

/// See the crate.
#[derive(Debug, Default)]
pub struct Hostile;

impl ArchivePlugin for Hostile {
    fn describe(&self, _host: &dyn Host) -> Result<Description, Error> {
        Err(Error::invalid("to come"))
    }
}

archway_plugin::export!(Hostile);
