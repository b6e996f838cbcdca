//! A byte stream as an observer sees it; reported once, when it and all related ones have closed.
//!
//! Rules that hold here and nowhere else: a part of a credential is never kept, only that one
//! was written; what one side says in several pieces is one turn.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::time::Instant;

use crate::credentials::LoginPart;
use crate::egress::{Error, Security};
use crate::observer::{Conversation, Event, MOST_BODY_BYTES, Observer, Related, Turn};

/// One connection of a conversation that an observer waits for.
pub(super) struct Watched {
    log: Arc<Log>,
    /// The turn of the first connection that opened this one; `None` is the first connection.
    related: Option<usize>,
}

struct Log {
    observer: Arc<Observer>,
    begun: Instant,
    conversation: Mutex<Conversation>,
}

impl Watched {
    /// `None` if nobody watches.
    pub(super) fn new(
        observer: &Option<Arc<Observer>>,
        host: &str,
        port: u16,
        security: Security,
    ) -> Option<Self> {
        let observer = Arc::clone(observer.as_ref()?);
        let conversation = Mutex::new(Conversation {
            host: host.to_owned(),
            port,
            security,
            turns: Vec::new(),
            sent_bytes: 0,
            received_bytes: 0,
            complete: true,
            duration: std::time::Duration::ZERO,
            error: None,
        });
        let log = Log { observer, begun: Instant::now(), conversation };
        Some(Self { log: Arc::new(log), related: None })
    }

    /// A related connection was opened, or was to be.
    pub(super) fn related(
        &self,
        port: u16,
        security: Security,
        connected: &Result<crate::egress::Connection, Error>,
    ) -> Self {
        let mut conversation = self.conversation();
        let failed = connected.as_ref().err().map(|error| Turn::Failed(error.to_string()));
        let turns = failed.into_iter().collect();
        conversation.turns.push(Turn::Related(Related { port, security, turns }));
        let related = Some(conversation.turns.len() - 1);
        drop(conversation);
        Self { log: Arc::clone(&self.log), related }
    }

    /// The connection could not be opened.
    pub(super) fn refused(&self, error: &Error) {
        self.conversation().error = Some(error.to_string());
    }

    pub(super) fn wrote(&self, content: &[u8], written: &Result<(), Error>) {
        self.conversation().sent_bytes += content.len() as u64;
        self.add(Turn::Sent(content.to_vec()), written.as_ref().err());
    }

    pub(super) fn wrote_credential(
        &self,
        slot: &str,
        before: &str,
        part: LoginPart,
        written: &Result<(), Error>,
    ) {
        let (slot, before) = (slot.to_owned(), before.to_owned());
        self.add(Turn::Credential { slot, part, before }, written.as_ref().err());
    }

    pub(super) fn read(&self, read: &Result<Bytes, Error>) {
        match read {
            Ok(piece) if piece.is_empty() => self.add(Turn::Ended, None),
            Ok(piece) => {
                self.conversation().received_bytes += piece.len() as u64;
                self.add(Turn::Received(piece.to_vec()), None);
            }
            Err(error) => self.add(Turn::Failed(error.to_string()), None),
        }
    }

    pub(super) fn started_tls(&self, started: &Result<(), Error>) {
        self.add(Turn::StartTls, started.as_ref().err());
    }

    pub(super) fn finished(&self, finished: &Result<(), Error>) {
        self.add(Turn::Finished, finished.as_ref().err());
    }

    fn add(&self, turn: Turn, failure: Option<&Error>) {
        if !self.log.observer.wants_bodies() {
            return;
        }
        let mut conversation = self.conversation();
        let full = conversation.sent_bytes + conversation.received_bytes > MOST_BODY_BYTES as u64;
        if full && matches!(turn, Turn::Sent(_) | Turn::Received(_)) {
            conversation.complete = false;
            return;
        }
        let turns = match self.related.and_then(|at| conversation.turns.get_mut(at)) {
            Some(Turn::Related(related)) => &mut related.turns,
            _ => &mut conversation.turns,
        };
        match (turns.last_mut(), turn) {
            (Some(Turn::Received(before)), Turn::Received(more))
            | (Some(Turn::Sent(before)), Turn::Sent(more)) => before.extend(more),
            (_, turn) => turns.push(turn),
        }
        turns.extend(failure.map(|error| Turn::Failed(error.to_string())));
    }

    fn conversation(&self) -> std::sync::MutexGuard<'_, Conversation> {
        self.log.conversation.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut conversation =
            self.conversation.lock().unwrap_or_else(PoisonError::into_inner).clone();
        conversation.duration = self.begun.elapsed();
        self.observer.report(Event::Conversation(conversation));
    }
}
