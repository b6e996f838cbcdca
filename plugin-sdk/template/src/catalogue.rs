//! The archive's document, as it comes.

use std::io::Read;

use archway_plugin::types::Error;
use archway_plugin::{Host, Request};
use serde::Deserialize;

/// The whole document.
#[derive(Debug, Deserialize)]
pub(crate) struct Catalogue {
    pub(crate) collection: String,
    pub(crate) publisher: String,
    /// SPDX identifier.
    pub(crate) licence: String,
    pub(crate) records: Vec<Record>,
}

/// One observation.
#[derive(Debug, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) instrument: String,
    /// ICRS.
    pub(crate) ra_deg: f64,
    /// ICRS.
    pub(crate) dec_deg: f64,
    /// In vacuum.
    pub(crate) wavelength_m: f64,
    pub(crate) size_kb: u64,
    pub(crate) url: String,
}

/// Most bytes of the document.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Asks the archive. The host adds retries, limits, caching and credentials.
pub(crate) fn read(host: &dyn Host) -> Result<Catalogue, Error> {
    let url = host.text_setting("catalogue_url").ok_or_else(|| Error::invalid("no catalogue_url is set"))?;
    let mut response = host.send(Request::get(&url).max_bytes(MOST_BYTES))?;
    let mut body = String::new();
    response.read_to_string(&mut body)?;
    if response.status != 200 {
        return Err(Error::malformed(url, "status 200", &format!("status {}: {body}", response.status)));
    }
    serde_json::from_str(&body).map_err(|problem| Error::malformed(url, format!("a catalogue ({problem})"), &body))
}

impl Record {
    /// Whether all of `words`, in lower case, occur in it.
    pub(crate) fn holds(&self, words: &str) -> bool {
        let text = format!("{} {} {}", self.id, self.title, self.instrument).to_lowercase();
        words.split_whitespace().all(|word| text.contains(word))
    }
}
