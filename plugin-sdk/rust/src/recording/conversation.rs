//! A recorded byte stream: what each side said, in turns.
//!
//! In the index of a recording, beside `exchanges`:
//!
//! ```json
//! "conversations": [{
//!   "host": "127.0.0.1", "port": 8472, "security": "plain",
//!   "turns": [
//!     { "received": "220 ready\r\n" },
//!     { "credential": { "slot": "login", "part": "user", "before": "USER " } },
//!     { "received": "229 Entering Extended Passive Mode (|||51234|)\r\n" },
//!     { "related": { "port": 51234, "security": "plain", "turns": [
//!       { "received": { "file": "01.txt" } }, "ended"
//!     ] } }
//!   ]
//! }]
//! ```
//!
//! Rules: secrets never get in; what is long lies in a file beside the index; bytes that are no
//! UTF-8 are written as `{ "latin1": "..." }`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tcp::{SecretPart, TcpSecurity};

/// More bytes than these of one turn lie in a file of their own.
const LONGEST_INLINE_BYTES: usize = 2048;

/// One connection from its first byte to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversation {
    /// As the plugin wrote it.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// From the first byte on; `start_tls` is a turn.
    #[serde(with = "security")]
    pub security: TcpSecurity,
    /// In the order in which they took place.
    pub turns: Vec<Turn>,
    /// RFC 3339, UTC; empty for one written by hand.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub recorded_at: String,
    /// For people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// A second connection to the same peer, on a port that it named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Related {
    /// The port named.
    pub port: u16,
    /// From the first byte on.
    #[serde(with = "security")]
    pub security: TcpSecurity,
    /// In the order in which they took place.
    pub turns: Vec<Turn>,
}

/// One thing that happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The plugin wrote this.
    Sent(Content),
    /// The peer wrote this.
    Received(Content),
    /// The gateway wrote a part of a credential.
    Credential(Written),
    /// The plugin went on in TLS.
    StartTls,
    /// The plugin opened a second connection.
    Related(Related),
    /// The plugin said that it writes no more.
    Finished,
    /// The peer closed.
    Ended,
    /// Reading or writing failed, with this message.
    Failed(String),
}

/// A line with a part of a credential in it; the part itself is never recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Written {
    /// The slot named.
    pub slot: String,
    /// `user` or `secret`.
    #[serde(with = "part")]
    pub part: SecretPart,
    /// What stands before it.
    pub before: String,
}

/// Bytes of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Content {
    /// Short UTF-8.
    Text(String),
    /// Short, but no UTF-8.
    Latin {
        /// Each byte as the character of that number.
        latin1: String,
    },
    /// The rest.
    File {
        /// Beside the index.
        file: String,
    },
}

impl Conversation {
    /// A conversation in which nobody has said anything.
    pub fn new(host: impl Into<String>, port: u16, security: TcpSecurity) -> Self {
        let (recorded_at, note) = (String::new(), String::new());
        Self { host: host.into(), port, security, turns: Vec::new(), recorded_at, note }
    }

    /// The peer says this next.
    #[must_use]
    pub fn received(mut self, text: &str) -> Self {
        self.turns.push(Turn::Received(Content::Text(text.to_owned())));
        self
    }

    /// The plugin says this next.
    #[must_use]
    pub fn sent(mut self, text: &str) -> Self {
        self.turns.push(Turn::Sent(Content::Text(text.to_owned())));
        self
    }

    /// This happens next.
    #[must_use]
    pub fn turn(mut self, turn: Turn) -> Self {
        self.turns.push(turn);
        self
    }
}

impl Content {
    /// Bytes for an index: inline where they are short, else in a file of the name given.
    pub fn of(bytes: Vec<u8>, bodies: &mut BTreeMap<String, Vec<u8>>, file: String) -> Self {
        if bytes.len() > LONGEST_INLINE_BYTES {
            bodies.insert(file.clone(), bytes);
            return Self::File { file };
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(error) => {
                let latin1 = error.as_bytes().iter().map(|byte| char::from(*byte)).collect();
                Self::Latin { latin1 }
            }
        }
    }

    /// The bytes; empty where the file is not among the bodies.
    pub fn bytes<'a>(&'a self, bodies: &'a BTreeMap<String, Vec<u8>>) -> Cow<'a, [u8]> {
        match self {
            Self::Text(text) => Cow::Borrowed(text.as_bytes()),
            // What is no byte is written by hand and wrong: it is seen as `?`.
            Self::Latin { latin1 } => {
                Cow::Owned(latin1.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect())
            }
            Self::File { file } => Cow::Borrowed(bodies.get(file).map_or(&[], Vec::as_slice)),
        }
    }
}

/// Every file that turns name.
pub(super) fn files(turns: &[Turn]) -> Vec<&String> {
    let mut found = Vec::new();
    for turn in turns {
        match turn {
            Turn::Sent(Content::File { file }) | Turn::Received(Content::File { file }) => {
                found.push(file);
            }
            Turn::Related(related) => found.extend(files(&related.turns)),
            _ => {}
        }
    }
    found
}

mod security {
    use super::TcpSecurity;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(
        security: &TcpSecurity,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match security {
            TcpSecurity::Plain => "plain",
            TcpSecurity::Tls => "tls",
        })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<TcpSecurity, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "plain" => Ok(TcpSecurity::Plain),
            "tls" => Ok(TcpSecurity::Tls),
            other => Err(D::Error::unknown_variant(other, &["plain", "tls"])),
        }
    }
}

mod part {
    use super::SecretPart;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
    pub(super) fn serialize<S: Serializer>(
        part: &SecretPart,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match part {
            SecretPart::User => "user",
            SecretPart::Secret => "secret",
        })
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<SecretPart, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "user" => Ok(SecretPart::User),
            "secret" => Ok(SecretPart::Secret),
            other => Err(D::Error::unknown_variant(other, &["user", "secret"])),
        }
    }
}
