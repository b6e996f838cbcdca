//! A byte stream as `archway plugins record` stores it.
//!
//! Rules: what the peer answers to a part of a credential is cut to its code, as FTP servers
//! repeat the user's name there.

use archway_host::credentials::LoginPart;
use archway_host::egress::Security;
use archway_host::{Conversation, Turn};
use archway_plugin::recording::conversation::{self, Content, Related, Written};
use archway_plugin::recording::{self, Recording};
use archway_plugin::{SecretPart, TcpSecurity};

use super::free_name;
use crate::cli::terminal;

/// Adds a conversation, in the place of one in which the plugin says the same.
pub(super) fn add(recording: &mut Recording, conversation: Conversation, recorded_at: String) {
    let peer = format!("{}:{}", conversation.host, conversation.port);
    if let Some(error) = &conversation.error {
        terminal::complain(format_args!("not stored, there was no connection: {peer}: {error}"));
        return;
    }
    if !conversation.complete {
        terminal::complain(format_args!("not stored, it is too long: {peer}"));
        return;
    }
    let turns = stored(recording, conversation.turns);
    let stored = recording::Conversation {
        host: conversation.host,
        port: conversation.port,
        security: security(conversation.security),
        turns,
        recorded_at,
        note: String::new(),
    };
    let same = |known: &recording::Conversation| {
        (&known.host, known.port) == (&stored.host, stored.port)
            && said(&known.turns) == said(&stored.turns)
    };
    if let Some(at) = recording.conversations.iter().position(same) {
        recording.conversations.remove(at);
    }
    recording.conversations.push(stored);
}

fn stored(recording: &mut Recording, turns: Vec<Turn>) -> Vec<conversation::Turn> {
    let mut after_credential = false;
    let mut out = Vec::with_capacity(turns.len());
    for turn in turns {
        let answers_credential = std::mem::take(&mut after_credential);
        out.push(match turn {
            Turn::Sent(bytes) => conversation::Turn::Sent(content(recording, bytes)),
            Turn::Received(bytes) if answers_credential => {
                conversation::Turn::Received(Content::Text(code_only(&bytes)))
            }
            Turn::Received(bytes) => conversation::Turn::Received(content(recording, bytes)),
            Turn::Credential { slot, part, before } => {
                after_credential = true;
                let part = match part {
                    LoginPart::User => SecretPart::User,
                    LoginPart::Secret => SecretPart::Secret,
                };
                conversation::Turn::Credential(Written { slot, part, before })
            }
            Turn::StartTls => conversation::Turn::StartTls,
            Turn::Related(related) => conversation::Turn::Related(Related {
                port: related.port,
                security: security(related.security),
                turns: stored(recording, related.turns),
            }),
            Turn::Finished => conversation::Turn::Finished,
            Turn::Ended => conversation::Turn::Ended,
            Turn::Failed(message) => conversation::Turn::Failed(message),
        });
    }
    out
}

fn content(recording: &mut Recording, bytes: Vec<u8>) -> Content {
    // The same listing is often heard twice.
    let known = recording.bodies.iter().find(|(_, body)| **body == bytes);
    if let Some((file, _)) = known {
        return Content::File { file: file.clone() };
    }
    let ending = if std::str::from_utf8(&bytes).is_ok() { "txt" } else { "body" };
    let file = free_name(recording, ending);
    Content::of(bytes, &mut recording.bodies, file)
}

/// The code of the last line, with the rest left out.
fn code_only(reply: &[u8]) -> String {
    let text = String::from_utf8_lossy(reply);
    let code: String = text.lines().last().unwrap_or_default().chars().take(3).collect();
    format!("{code} (left out)\r\n")
}

/// What the plugin said, to tell conversations apart.
fn said(turns: &[conversation::Turn]) -> Vec<&conversation::Turn> {
    let spoken = |turn: &&conversation::Turn| {
        matches!(turn, conversation::Turn::Sent(_) | conversation::Turn::Credential(_))
    };
    turns.iter().filter(spoken).collect()
}

fn security(security: Security) -> TcpSecurity {
    match security {
        Security::Plain => TcpSecurity::Plain,
        Security::Tls => TcpSecurity::Tls,
    }
}
