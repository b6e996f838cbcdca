#![doc = include_str!("../README.md")]

mod compress;
mod crinex;
mod deflated;
mod malformed;
mod names;
mod source;

use std::io::Read;

use compress::Compress;
use crinex::Crinex;
use deflated::Deflated;

pub use malformed::{Malformed, Place};
pub use names::{bare_name, decoded_name, encodings_of};

/// Every encoding that [`decoder`] takes off.
pub const ENCODINGS: [&str; 4] = ["gzip", "compress", "bzip2", "crinex"];

/// There is no decoder of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no known encoding; there are {list}", list = ENCODINGS.join(", "))]
pub struct Unknown(pub String);

/// A stream of what `source` holds with one encoding taken off: `gzip` (RFC 1952, all
/// members), `bzip2` (all streams), `compress` (the `.Z` of Unix), or `crinex`
/// (Hatanaka's compact form of RINEX observations).
///
/// It reads as it is read, and holds a bounded amount whatever the source says; how
/// much comes out is not bounded, so who stores it must count. Malformed input is an
/// error that holds a [`Malformed`]; an error of the source passes through as it is.
pub fn decoder(encoding: &str, source: Box<dyn Read>) -> Result<Box<dyn Read>, Unknown> {
    Ok(match encoding {
        "gzip" => Box::new(Deflated::gzip(source)),
        "bzip2" => Box::new(Deflated::bzip2(source)),
        "compress" => Box::new(Compress::new(source)),
        "crinex" => Box::new(Crinex::new(source)),
        other => return Err(Unknown(other.to_owned())),
    })
}
