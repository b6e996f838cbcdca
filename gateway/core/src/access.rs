//! Ways to the bytes of an asset.

use crate::asset::{Checksum, Size};
use crate::coverage::Instant;

/// The host makes this request whenever the bytes are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpWay {
    /// GET or POST, upper case.
    pub method: String,
    /// http or https.
    pub url: String,
    /// Beyond those the host adds.
    pub headers: Vec<(String, String)>,
    /// Slot whose credential the host adds.
    pub credential: Option<String>,
    /// Whether byte ranges work.
    pub ranges: bool,
}

/// How an FTP connection is secured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum FtpSecurity {
    Plain,
    ExplicitTls,
    ImplicitTls,
}

/// A path on an FTP server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the parts of an FTP URL")]
pub struct FtpWay {
    pub host: String,
    pub port: u16,
    pub path: String,
    pub security: FtpSecurity,
    pub credential: Option<String>,
}

/// An input of a service (SODA, `DataLink` service descriptor).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name in the request.
    pub name: String,
    /// Element type in the words of the WIT ("float64", "text").
    pub element: String,
    /// As `VOTable`'s arraysize.
    pub array_size: Option<String>,
    /// `VOUnit`.
    pub unit: Option<String>,
    /// Unified content descriptor.
    pub ucd: Option<String>,
    /// `VOTable` xtype.
    pub xtype: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// Sent as it is; the caller may not change it.
    pub fixed_value: Option<String>,
    /// Least value.
    pub minimum: Option<String>,
    /// Greatest value.
    pub maximum: Option<String>,
    /// The only values, when there are any.
    pub choices: Vec<String>,
}

/// A service that makes the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceWay {
    /// Its URL.
    pub url: String,
    /// GET or POST.
    pub method: String,
    /// IVOA standard identifier.
    pub standard_id: Option<String>,
    /// For people.
    pub title: Option<String>,
    /// What it takes.
    pub parameters: Vec<Parameter>,
    /// Slot whose credential the host adds.
    pub credential: Option<String>,
    /// Whether it answers with a job.
    pub asynchronous: bool,
}

/// A way, by its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The host streams it.
    Http(HttpWay),
    /// The `ftp` plugin streams it.
    Ftp(FtpWay),
    /// A service makes it.
    Service(ServiceWay),
    /// The plugin's `open` with this locator.
    ViaPlugin(String),
    /// Small enough to be here.
    Inline(bytes::Bytes),
}

/// One way to bytes of an asset.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// How.
    pub route: Route,
    /// `DataLink` term.
    pub role: String,
    /// For people.
    pub description: Option<String>,
    /// Of the bytes.
    pub media_type: Option<String>,
    /// Of the bytes.
    pub size: Option<Size>,
    /// Of the bytes.
    pub checksums: Vec<Checksum>,
    /// After this, ask again.
    pub expires: Option<Instant>,
}
