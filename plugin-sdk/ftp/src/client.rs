//! A client of one server over one control connection, which it keeps for several questions.
//!
//! Rules: a connection that the server has closed meanwhile is opened again, once and only
//! before anything of an answer was given; a server that is full is asked again a few times.

mod features;
mod links;

use archway_plugin::{Error, Host};

use crate::control::Control;
use crate::download::{Download, State};
use crate::instant;
use crate::listing::{self, Entry, Form, ListingOptions, Parser, Summary};
use crate::name;
use crate::refusal;
use crate::server::Server;

use features::Features;
use links::Links;

/// How often a full server is asked.
const TRIES: u32 = 3;
/// Pause before the second time; doubled before the third.
const PAUSE_MS: u32 = 500;
/// Bytes read at once; the gateway gives less where there is less.
pub(crate) const READ_BYTES: u32 = 1024 * 1024;

/// A client that is logged in.
pub struct Client {
    server: Server,
    control: Control,
    features: Features,
    /// Where the last `CWD` led.
    folder: Option<Vec<u8>>,
    /// Whether the connection has served a question before this one.
    used: bool,
}

impl Client {
    /// Connects and logs in.
    ///
    /// # Errors
    ///
    /// Those of the gateway ([`Error::Denied`] without a grant), [`Error::Unauthorised`] for a
    /// refused login, [`Error::Unsupported`] for a server without the TLS asked for,
    /// [`Error::Unavailable`] with `busy` for one that stays full.
    pub fn connect(host: &dyn Host, server: &Server) -> Result<Self, Error> {
        let mut pause_ms = PAUSE_MS;
        for _ in 1..TRIES {
            match Self::connect_once(host, server) {
                Err(error)
                    if refusal::is_busy(&error)
                        && host.remaining_ms() > 4 * u64::from(pause_ms) =>
                {
                    host.sleep_ms(pause_ms);
                    pause_ms *= 2;
                }
                outcome => return outcome,
            }
        }
        Self::connect_once(host, server)
    }

    fn connect_once(host: &dyn Host, server: &Server) -> Result<Self, Error> {
        let mut control = Control::open(host, server)?;
        control.log_in()?;
        let features = Features::of(&mut control)?;
        if features.utf8 {
            // Older servers want to be told; a refusal means that it is so anyway.
            control.ask("OPTS UTF8 ON")?;
        }
        let reply = control.ask("TYPE I")?;
        if !reply.is_done() {
            return Err(control.refused("TYPE I", None, &reply));
        }
        Ok(Self { server: server.clone(), control, features, folder: None, used: false })
    }

    /// The server this client is of.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Lists a folder and gives each entry as it comes, in the server's order.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] and [`Error::Unauthorised`] for the folder;
    /// [`Error::MalformedReply`] for a listing of no known form; [`Error::Exhausted`] for one
    /// beyond `options.most_entries`; [`Error::Unavailable`] for one that breaks off; and the
    /// first error of `each`.
    pub fn list(
        &mut self,
        host: &dyn Host,
        folder: &str,
        options: &ListingOptions,
        each: &mut dyn FnMut(Entry<'_>) -> Result<(), Error>,
    ) -> Result<Summary, Error> {
        let path = name::to_bytes(folder).into_owned();
        if let Err(error) = self.enter(&path) {
            self.again(host, error)?;
            self.enter(&path)?;
        }
        let form = match options.form {
            Form::Auto if self.features.mlst => Form::Mlsd,
            form => form,
        };
        let mut links = Links::default();
        let mut begun = false;
        let mut keep = |entry: Entry<'_>| {
            begun = true;
            links.keep_or(entry, each)
        };
        let outcome = match self.list_as(host, folder, form, options, &mut keep) {
            // Once an entry was given it is too late to begin anew.
            Err(error) if !begun && self.used && refusal::is_stale(&error) => {
                self.again(host, error)?;
                self.enter(&path)?;
                self.list_as(host, folder, form, options, &mut |e| links.keep_or(e, each))
            }
            outcome => outcome,
        };
        let summary = match outcome {
            // Some servers say that they know it and do not.
            Err(Error::Unsupported(_)) if options.form == Form::Auto && form == Form::Mlsd => {
                self.features.mlst = false;
                return self.list_as(host, folder, Form::List, options, each);
            }
            outcome => outcome?,
        };
        if !links.is_empty() {
            // MLSD seldom says where a link leads, LIST always does.
            let found = self.list_as(host, folder, Form::List, options, &mut |entry| {
                links.hear(&entry);
                Ok(())
            });
            if let Err(error) = found
                && refusal::is_stale(&error)
            {
                return Err(error);
            }
            links.give(each)?;
        }
        Ok(summary)
    }

    fn list_as(
        &mut self,
        host: &dyn Host,
        folder: &str,
        form: Form,
        options: &ListingOptions,
        each: &mut dyn FnMut(Entry<'_>) -> Result<(), Error>,
    ) -> Result<Summary, Error> {
        let verb = if form == Form::Mlsd { "MLSD" } else { "LIST" };
        let mut transfer = self.control.transfer(verb, None, 0)?;
        self.used = true;
        let clock = listing::Clock { now_us: host.now_us(), zone_s: options.zone_s };
        let mut parser = Parser::new(form, clock, options.most_entries, folder);
        loop {
            let piece = transfer.data.read(READ_BYTES)?;
            if piece.is_empty() {
                break;
            }
            parser.feed(&piece, each)?;
        }
        drop(transfer.data);
        self.control.end_transfer(&transfer.asked)?;
        parser.finish(each)
    }

    /// The bytes of a file from `offset` on. The client is the download's until it ends.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`], [`Error::Unauthorised`], [`Error::InvalidQuery`] for an offset
    /// behind the end, [`Error::Unsupported`] for a server that cannot begin in the middle.
    pub fn retrieve(mut self, host: &dyn Host, path: &str, offset: u64) -> Result<Download, Error> {
        let before = match self.state(path) {
            Ok(state) => state,
            Err(error) => {
                self.again(host, error)?;
                self.state(path)?
            }
        };
        if before.size_bytes.is_some_and(|size| offset > size) {
            let size = before.size_bytes.unwrap_or_default();
            return Err(Error::invalid_part(
                "offset",
                format!("{path} has {size} bytes, so none from {offset} on"),
            ));
        }
        let bytes = name::to_bytes(path).into_owned();
        let transfer = self.control.transfer("RETR", Some(&bytes), offset)?;
        Ok(Download::new(self, path.to_owned(), transfer, before, offset))
    }

    /// How many bytes a file has; `None` where the server does not say.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what is no file.
    pub fn size(&mut self, path: &str) -> Result<Option<u64>, Error> {
        if !self.features.size {
            return Ok(None);
        }
        let reply = match self.control.must("SIZE", &name::to_bytes(path)) {
            Err(Error::Unsupported(_)) => {
                self.features.size = false;
                return Ok(None);
            }
            outcome => outcome?,
        };
        let size = instant::number(reply.last_line().trim().as_bytes());
        size.map(Some).ok_or_else(|| Error::malformed("SIZE", "a number of bytes", &reply.text()))
    }

    /// When a file last changed, microseconds since 1970, UTC; `None` where the server does
    /// not say.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for what is no file.
    pub fn modified(&mut self, path: &str) -> Result<Option<i64>, Error> {
        if !self.features.mdtm {
            return Ok(None);
        }
        let reply = match self.control.must("MDTM", &name::to_bytes(path)) {
            Err(Error::Unsupported(_)) => {
                self.features.mdtm = false;
                return Ok(None);
            }
            outcome => outcome?,
        };
        let instant = instant::time_val(reply.last_line().trim().as_bytes());
        instant
            .map(Some)
            .ok_or_else(|| Error::malformed("MDTM", "YYYYMMDDHHMMSS as in RFC 3659", &reply.text()))
    }

    /// Size and time of a file, asked now.
    pub(crate) fn state(&mut self, path: &str) -> Result<State, Error> {
        let size_bytes = self.size(path)?;
        let modified_us = self.modified(path)?;
        self.used = true;
        Ok(State { size_bytes, modified_us })
    }

    /// Whether `path` is a folder that can be entered.
    ///
    /// # Errors
    ///
    /// Those of the connection.
    pub fn is_folder(&mut self, path: &str) -> Result<bool, Error> {
        match self.enter(&name::to_bytes(path)) {
            Ok(()) => Ok(true),
            Err(Error::NotFound(_) | Error::Unauthorised(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Whether it can be asked more: no transfer was left in its middle.
    pub fn is_idle(&self) -> bool {
        self.control.is_idle()
    }

    /// Whether listings tell times to the second and in UTC.
    pub fn lists_exactly(&self) -> bool {
        self.features.mlst
    }

    /// The reply that ends a download.
    pub(crate) fn end_transfer(&mut self, asked: &str) -> Result<(), Error> {
        self.control.end_transfer(asked)
    }

    fn enter(&mut self, folder: &[u8]) -> Result<(), Error> {
        if self.folder.as_deref() == Some(folder) {
            return Ok(());
        }
        self.folder = None;
        // A folder is entered rather than named to LIST, which takes its argument for
        // options or patterns at several servers.
        self.control.must("CWD", folder)?;
        self.folder = Some(folder.to_vec());
        Ok(())
    }

    /// Connects again where `error` is that of a connection that has lain idle; else gives it back.
    fn again(&mut self, host: &dyn Host, error: Error) -> Result<(), Error> {
        if !self.used || !refusal::is_stale(&error) {
            return Err(error);
        }
        *self = Self::connect(host, &self.server.clone())?;
        Ok(())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.control.quit();
    }
}
