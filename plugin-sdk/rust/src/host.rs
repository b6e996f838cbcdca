//! The world as a plugin sees it: everything `archway:host` gives, behind one trait.

use crate::bindings::archway::host::{cache, clock, credentials, http as wit_http, log, settings};
use crate::http::{Request, Response};
use crate::tcp::{self, TcpConnection, TcpSecurity};
use crate::types::{Error, Value};

pub use crate::bindings::archway::host::credentials::{Scheme, Slot};
pub use crate::bindings::archway::host::log::Level;

/// What the gateway gives a plugin. In a test it is
/// [`RecordedHost`](crate::testing::RecordedHost), in the gateway [`Gateway`].
pub trait Host {
    /// Sends a request and waits for the head of the response.
    fn send(&self, request: Request) -> Result<Response, Error>;
    /// Sends several at once; the responses in the order of the requests.
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Error>>;
    /// Opens a byte stream; the archive's grant must allow host and port.
    ///
    /// A host that a test wrote for HTTP alone has none, which is this default.
    fn connect(
        &self,
        host: &str,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        let _ = security;
        Err(Error::Internal(format!("this host opens no byte stream to {host}:{port}")))
    }
    /// The value of a setting; the manifest's default where the archive sets none.
    fn setting(&self, key: &str) -> Option<Value>;
    /// Names of the credential slots; never their content.
    fn credential_slots(&self) -> Vec<Slot>;
    /// A small, lossy store, private to this archive.
    fn cached(&self, key: &str) -> Option<Vec<u8>>;
    /// Keeps `content` for a while.
    fn cache(&self, key: &str, content: &[u8], keep_s: Option<u32>) -> Result<(), Error>;
    /// Writes to the plugin's log.
    fn log(&self, level: Level, message: &str, fields: &[(&str, String)]);
    /// Microseconds since 1970, UTC.
    fn now_us(&self) -> i64;
    /// Waits; counts against the call's wall time.
    fn sleep_ms(&self, duration_ms: u32);
    /// Wall time left to this call.
    fn remaining_ms(&self) -> u64;
}

impl dyn Host + '_ {
    /// A setting that is a text.
    pub fn text_setting(&self, key: &str) -> Option<String> {
        match self.setting(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A setting that is a whole number.
    pub fn integer_setting(&self, key: &str) -> Option<i64> {
        match self.setting(key)? {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }
}

/// The gateway around a running component.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gateway;

impl Host for Gateway {
    fn send(&self, request: Request) -> Result<Response, Error> {
        wit_http::send(&request.into_wit()).map(Response::from_wit)
    }

    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Error>> {
        let pending: Vec<_> =
            requests.into_iter().map(|r| wit_http::start(&r.into_wit())).collect();
        pending.into_iter().map(|p| p?.wait().map(Response::from_wit)).collect()
    }

    fn connect(
        &self,
        host: &str,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        tcp::connect(host, port, security)
    }

    fn setting(&self, key: &str) -> Option<Value> {
        thread_local! {
            // They stay the same as long as a component runs.
            static ALL: Vec<(String, Value)> = settings::all();
        }
        ALL.with(|all| all.iter().find(|(known, _)| known == key).map(|(_, value)| value.clone()))
    }

    fn credential_slots(&self) -> Vec<Slot> {
        credentials::slots()
    }

    fn cached(&self, key: &str) -> Option<Vec<u8>> {
        cache::get(key)
    }

    fn cache(&self, key: &str, content: &[u8], keep_s: Option<u32>) -> Result<(), Error> {
        cache::set(key, content, keep_s)
    }

    fn log(&self, level: Level, message: &str, fields: &[(&str, String)]) {
        let fields: Vec<_> = fields.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        log::write(level, message, &fields);
    }

    fn now_us(&self) -> i64 {
        clock::now()
    }

    fn sleep_ms(&self, duration_ms: u32) {
        clock::sleep_ms(duration_ms);
    }

    fn remaining_ms(&self) -> u64 {
        clock::remaining_ms()
    }
}
