//! A host with one FTP server in it: polite unless told otherwise, and without a network.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use archway_plugin::host::{Level, Slot};
use archway_plugin::testing::NOW_US;
use archway_plugin::types::{Outage, OutageReason, Value};
use archway_plugin::{Error, Host, Request, Response, SecretPart, TcpConnection, TcpSecurity};

/// What a server answers instead of what is right, by the beginning of the command.
type Odd = Box<dyn Fn(&str, u32) -> Option<Vec<Answer>>>;

/// One thing a server does.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Says this on the control connection.
    Say(String),
    /// Says this without an end.
    SayForEver(Vec<u8>),
    /// Sends this on the data connection and closes it.
    Data(Vec<u8>),
    /// Sends this again and again.
    DataForEver(Vec<u8>),
    /// Sends this, and then the connection is lost.
    DataLost(Vec<u8>),
    /// Closes the control connection.
    Close,
}

/// The server, shared with its connections.
#[derive(Clone)]
pub(crate) struct Server(Rc<Inner>);

struct Inner {
    files: RefCell<BTreeMap<String, (Vec<u8>, &'static str)>>,
    listings: BTreeMap<String, Vec<u8>>,
    features: Vec<&'static str>,
    odd: Odd,
    counts: RefCell<BTreeMap<String, u32>>,
    said: RefCell<Vec<String>>,
    slept_ms: Cell<u64>,
    piece_bytes: usize,
}

/// How a server is put together.
pub(crate) struct Setup {
    pub(crate) files: Vec<(&'static str, Vec<u8>)>,
    pub(crate) listings: Vec<(&'static str, Vec<u8>)>,
    pub(crate) features: Vec<&'static str>,
    pub(crate) odd: Odd,
    pub(crate) piece_bytes: usize,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            files: Vec::new(),
            listings: Vec::new(),
            features: vec!["MDTM", "SIZE", "EPSV", "UTF8", "REST STREAM"],
            odd: Box::new(|_, _| None),
            piece_bytes: 1 << 20,
        }
    }
}

impl Setup {
    /// Answers so to a command that begins like this, always.
    pub(crate) fn odd(self, begins: &'static str, answers: Vec<Answer>) -> Self {
        self.odd_from(begins, 1, answers)
    }

    /// Answers so the `number`th time only, the first being 1.
    pub(crate) fn odd_only(
        mut self,
        begins: &'static str,
        number: u32,
        answers: Vec<Answer>,
    ) -> Self {
        let before = self.odd;
        self.odd = Box::new(move |command, count| {
            let mine = command.starts_with(begins) && count == number;
            if mine { Some(answers.clone()) } else { before(command, count) }
        });
        self
    }

    /// Answers so from the `number`th time on, the first being 1.
    pub(crate) fn odd_from(
        mut self,
        begins: &'static str,
        number: u32,
        answers: Vec<Answer>,
    ) -> Self {
        let before = self.odd;
        self.odd = Box::new(move |command, count| {
            let mine = command.starts_with(begins) && count >= number;
            if mine { Some(answers.clone()) } else { before(command, count) }
        });
        self
    }

    pub(crate) fn server(self) -> Server {
        let files = self.files.into_iter().map(|(p, b)| (p.to_owned(), (b, "20240229123000")));
        let listings = self.listings.into_iter().map(|(p, b)| (p.to_owned(), b));
        Server(Rc::new(Inner {
            files: RefCell::new(files.collect()),
            listings: listings.collect(),
            features: self.features,
            odd: self.odd,
            counts: RefCell::default(),
            said: RefCell::default(),
            slept_ms: Cell::default(),
            piece_bytes: self.piece_bytes,
        }))
    }
}

pub(crate) fn say(text: &str) -> Answer {
    Answer::Say(format!("{text}\r\n"))
}

impl Server {
    /// Every command of every connection, in order; `connect` and `data PORT` among them.
    pub(crate) fn said(&self) -> Vec<String> {
        self.0.said.borrow().clone()
    }

    pub(crate) fn slept_ms(&self) -> u64 {
        self.0.slept_ms.get()
    }

    /// Puts another content into a file.
    pub(crate) fn change(&self, path: &str, content: &[u8]) {
        self.0.files.borrow_mut().insert(path.to_owned(), (content.to_vec(), "20240301000000"));
    }

    fn answers(&self, command: &str, control: &mut Talk) -> Vec<Answer> {
        let word = command.split(' ').next().unwrap_or_default().to_owned();
        let count = {
            let mut counts = self.0.counts.borrow_mut();
            let count = counts.entry(word.clone()).or_default();
            *count += 1;
            *count
        };
        if let Some(odd) = (self.0.odd)(command, count) {
            return odd;
        }
        let argument = command.get(word.len() + 1..).unwrap_or_default();
        let files = self.0.files.borrow();
        let file = files.get(argument);
        match word.as_str() {
            "connect" => vec![say("220-hello"), say(" 220 not yet"), say("220 ready")],
            "USER" => vec![say("331 password please")],
            "PASS" => vec![say("230 welcome")],
            "FEAT" if self.0.features.is_empty() => vec![say("500 what")],
            "FEAT" => {
                let lines: Vec<_> = self.0.features.iter().map(|f| format!(" {f}\r\n")).collect();
                vec![Answer::Say(format!("211-Features:\r\n{}211 end\r\n", lines.concat()))]
            }
            "OPTS" | "TYPE" | "PBSZ" | "PROT" => vec![say("200 fine")],
            "AUTH" => vec![say("234 go on")],
            "EPSV" => vec![say("229 ok (|||50000|)")],
            "PASV" => vec![say("227 ok (10,9,8,7,195,81)")],
            "CWD" if self.0.listings.contains_key(argument) => {
                control.folder = argument.to_owned();
                vec![say("250 there")]
            }
            "CWD" => vec![say("550 Failed to change directory.")],
            "LIST" | "MLSD" => {
                let listing = self.0.listings.get(&format!("{}#{word}", control.folder));
                let listing = listing.or_else(|| self.0.listings.get(&control.folder));
                vec![
                    say("150 here it comes"),
                    Answer::Data(listing.cloned().unwrap_or_default()),
                    say("226 done"),
                ]
            }
            "SIZE" => match file {
                Some((bytes, _)) => vec![say(&format!("213 {}", bytes.len()))],
                None => vec![say("550 Could not get file size.")],
            },
            "MDTM" => match file {
                Some((_, time)) => vec![say(&format!("213 {time}"))],
                None => vec![say("550 Could not get file modification time.")],
            },
            "REST" => {
                control.offset = argument.parse().unwrap_or_default();
                vec![say("350 fine")]
            }
            "RETR" => match file {
                Some((bytes, _)) => {
                    let from = std::mem::take(&mut control.offset);
                    let rest = bytes.get(from..).unwrap_or_default().to_vec();
                    vec![say("150 here it comes"), Answer::Data(rest), say("226 done")]
                }
                None => vec![say("550 Failed to open file.")],
            },
            "QUIT" => vec![say("221 bye"), Answer::Close],
            _ => vec![say("502 not implemented")],
        }
    }
}

impl Host for Server {
    fn connect(
        &self,
        host: &str,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        assert_eq!(host, "ftp.example");
        self.0.said.borrow_mut().push(format!("connect {port} {security:?}"));
        let mut talk = Talk {
            server: self.clone(),
            says: VecDeque::new(),
            for_ever: None,
            data: Rc::default(),
            folder: "/".into(),
            offset: 0,
            closed: false,
        };
        let answers = self.answers("connect", &mut talk);
        talk.take(answers);
        Ok(Box::new(talk))
    }

    fn send(&self, request: Request) -> Result<Response, Error> {
        panic!("no HTTP here: {request:?}")
    }
    fn send_all(&self, requests: Vec<Request>) -> Vec<Result<Response, Error>> {
        panic!("no HTTP here: {requests:?}")
    }
    fn setting(&self, _key: &str) -> Option<Value> {
        None
    }
    fn credential_slots(&self) -> Vec<Slot> {
        Vec::new()
    }
    fn cached(&self, _key: &str) -> Option<Vec<u8>> {
        None
    }
    fn cache(&self, _key: &str, _content: &[u8], _keep_s: Option<u32>) -> Result<(), Error> {
        Ok(())
    }
    fn log(&self, _level: Level, _message: &str, _fields: &[(&str, String)]) {}
    fn now_us(&self) -> i64 {
        NOW_US
    }
    fn sleep_ms(&self, duration_ms: u32) {
        self.0.slept_ms.set(self.0.slept_ms.get() + u64::from(duration_ms));
    }
    fn remaining_ms(&self) -> u64 {
        30_000
    }
}

/// What a data connection will say, once the command for it was said.
#[derive(Default)]
struct Data {
    bytes: VecDeque<u8>,
    for_ever: Option<Vec<u8>>,
    lost: bool,
}

/// A control connection.
struct Talk {
    server: Server,
    says: VecDeque<u8>,
    for_ever: Option<Vec<u8>>,
    data: Rc<RefCell<Data>>,
    folder: String,
    offset: usize,
    closed: bool,
}

impl Talk {
    fn take(&mut self, answers: Vec<Answer>) {
        let mut data = self.data.borrow_mut();
        for answer in answers {
            match answer {
                Answer::Say(text) => self.says.extend(text.bytes()),
                Answer::SayForEver(bytes) => self.for_ever = Some(bytes),
                Answer::Data(bytes) => data.bytes = bytes.into(),
                Answer::DataForEver(bytes) => data.for_ever = Some(bytes),
                Answer::DataLost(bytes) => (data.bytes, data.lost) = (bytes.into(), true),
                Answer::Close => self.closed = true,
            }
        }
    }

    fn hear(&mut self, line: &[u8]) -> Result<(), Error> {
        if self.closed {
            return Err(lost("the control connection is closed"));
        }
        let text = String::from_utf8_lossy(line).trim_end_matches("\r\n").to_owned();
        self.server.0.said.borrow_mut().push(text.clone());
        let server = self.server.clone();
        let answers = server.answers(&text, self);
        self.take(answers);
        Ok(())
    }
}

impl TcpConnection for Talk {
    fn connect_related(
        &self,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        self.server.0.said.borrow_mut().push(format!("data {port} {security:?}"));
        *self.data.borrow_mut() = Data::default();
        Ok(Box::new(Channel { data: Rc::clone(&self.data), server: self.server.clone() }))
    }

    fn start_tls(&mut self) -> Result<(), Error> {
        self.server.0.said.borrow_mut().push("control in TLS".into());
        Ok(())
    }

    fn read(&mut self, max_bytes: u32) -> Result<Vec<u8>, Error> {
        let most = (max_bytes as usize).min(self.server.0.piece_bytes);
        if self.says.is_empty() {
            return match &self.for_ever {
                Some(bytes) => Ok(bytes.iter().copied().take(most).collect()),
                None if self.closed => Ok(Vec::new()),
                None => Err(Error::Internal("the client waits and so does the server".into())),
            };
        }
        let most = most.min(self.says.len());
        Ok(self.says.drain(..most).collect())
    }

    fn write(&mut self, content: &[u8]) -> Result<(), Error> {
        self.hear(content)
    }

    fn write_credential(
        &mut self,
        slot: &str,
        before: &str,
        part: SecretPart,
        after: &str,
    ) -> Result<(), Error> {
        self.hear(format!("{before}<{part:?} of {slot}>{after}").as_bytes())
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// A data connection.
struct Channel {
    data: Rc<RefCell<Data>>,
    server: Server,
}

impl TcpConnection for Channel {
    fn connect_related(&self, _: u16, _: TcpSecurity) -> Result<Box<dyn TcpConnection>, Error> {
        panic!("a data connection names nothing")
    }

    fn start_tls(&mut self) -> Result<(), Error> {
        self.server.0.said.borrow_mut().push("data in TLS".into());
        Ok(())
    }

    fn read(&mut self, max_bytes: u32) -> Result<Vec<u8>, Error> {
        let most = (max_bytes as usize).min(self.server.0.piece_bytes);
        let mut data = self.data.borrow_mut();
        if data.bytes.is_empty() {
            if let Some(bytes) = &data.for_ever {
                return Ok(bytes.iter().copied().take(most).collect());
            }
            return if data.lost {
                Err(lost("the data connection is lost"))
            } else {
                Ok(Vec::new())
            };
        }
        let most = most.min(data.bytes.len());
        Ok(data.bytes.drain(..most).collect())
    }

    fn write(&mut self, _content: &[u8]) -> Result<(), Error> {
        panic!("nothing is written on a data connection")
    }

    fn write_credential(&mut self, _: &str, _: &str, _: SecretPart, _: &str) -> Result<(), Error> {
        panic!("nothing is written on a data connection")
    }

    fn finish(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

fn lost(message: &str) -> Error {
    Error::Unavailable(Outage {
        reason: OutageReason::ConnectionLost,
        message: message.into(),
        reply_code: None,
        retry_after_ms: None,
    })
}
