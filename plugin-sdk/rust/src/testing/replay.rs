//! Recorded byte streams played back: the peer says what it said, as long as the plugin does too.
//!
//! Several conversations with one peer may be recorded. A connection follows the first one
//! that nobody has followed yet; where the plugin says something else than was said there, it
//! goes over to another one that began in the same way.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::recording::conversation::{Content, Conversation, Turn};
use crate::tcp::{SecretPart, TcpConnection, TcpSecurity};
use crate::types::{Error, Outage, OutageReason};

/// Every conversation that a [`RecordedHost`](super::RecordedHost) can play, shared with the
/// connections that outlive a borrow of it.
#[derive(Debug, Default)]
pub(super) struct Stage {
    conversations: Vec<Play>,
    said: Vec<String>,
    read_bytes: Option<usize>,
}

#[derive(Debug)]
struct Play {
    conversation: Conversation,
    bodies: Rc<BTreeMap<String, Vec<u8>>>,
    used: u32,
}

/// One connection, or the data connection of one.
struct Replayed {
    stage: Rc<RefCell<Stage>>,
    /// Which conversation is followed; shared with the data connections.
    follows: Rc<RefCell<usize>>,
    /// The number, from 0, of this data connection of the conversation; `None` is the first connection.
    related: Option<usize>,
    turn: usize,
    /// How much of the turn has been said.
    offset: usize,
}

impl Stage {
    pub(super) fn add(
        &mut self,
        conversations: Vec<Conversation>,
        bodies: &BTreeMap<String, Vec<u8>>,
    ) {
        let bodies = Rc::new(bodies.clone());
        let plays = conversations.into_iter();
        self.conversations.extend(plays.map(|conversation| Play {
            conversation,
            bodies: Rc::clone(&bodies),
            used: 0,
        }));
    }

    pub(super) fn in_reads_of(&mut self, bytes: usize) {
        self.read_bytes = Some(bytes);
    }

    pub(super) fn said(&self) -> Vec<String> {
        self.said.clone()
    }

    /// Follows the least used conversation with that peer.
    pub(super) fn connect(
        stage: &Rc<RefCell<Self>>,
        host: &str,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        let mut this = stage.borrow_mut();
        this.said.push(format!("connect {host}:{port} {}", word(security)));
        let with_peer = this.conversations.iter().enumerate().filter(|(_, play)| {
            let known = &play.conversation;
            known.host == host && known.port == port && known.security == security
        });
        let Some((chosen, _)) = with_peer.min_by_key(|(_, play)| play.used) else {
            let known = this.conversations.iter().map(|play| &play.conversation);
            let known: Vec<_> =
                known.map(|c| format!("{}:{} {}", c.host, c.port, word(c.security))).collect();
            return Err(Error::Internal(format!(
                "no recorded conversation with {host}:{port} {}; there are: {}",
                word(security),
                known.join(", ")
            )));
        };
        if let Some(play) = this.conversations.get_mut(chosen) {
            play.used += 1;
        }
        let follows = Rc::new(RefCell::new(chosen));
        let stage = Rc::clone(stage);
        Ok(Box::new(Replayed { stage, follows, related: None, turn: 0, offset: 0 }))
    }

    fn turns(&self, play: usize, related: Option<usize>) -> &[Turn] {
        let Some(play) = self.conversations.get(play) else { return &[] };
        let turns = &play.conversation.turns;
        let Some(number) = related else { return turns };
        let mut seconds = turns.iter().filter_map(|turn| match turn {
            Turn::Related(related) => Some(related.turns.as_slice()),
            _ => None,
        });
        seconds.nth(number).unwrap_or_default()
    }

    fn bytes<'a>(&'a self, play: usize, content: &'a Content) -> Cow<'a, [u8]> {
        let play = self.conversations.get(play);
        play.map_or(Cow::Borrowed(&[]), |play| content.bytes(&play.bodies))
    }

    /// Another conversation that went the same way up to turn `at`, and where this comes next.
    fn instead(
        &self,
        play: usize,
        at: usize,
        next: impl Fn(usize, &Turn) -> bool,
    ) -> Option<usize> {
        let mine = &self.conversations.get(play)?.conversation;
        let fits = |&(other, candidate): &(usize, &Play)| {
            let theirs = &candidate.conversation;
            let same_peer = (&theirs.host, theirs.port, theirs.security)
                == (&mine.host, mine.port, mine.security);
            let begins = |(a, b): (&Turn, &Turn)| match (a, b) {
                (Turn::Sent(a), Turn::Sent(b)) => self.bytes(play, a) == self.bytes(other, b),
                (Turn::Credential(a), Turn::Credential(b)) => a == b,
                (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
            };
            other != play
                && same_peer
                && theirs.turns.get(at).is_some_and(|turn| next(other, turn))
                && mine.turns.iter().zip(&theirs.turns).take(at).all(begins)
        };
        let fitting = self.conversations.iter().enumerate().filter(fits);
        fitting.min_by_key(|(_, play)| play.used).map(|(other, _)| other)
    }
}

impl Replayed {
    /// Follows the other conversation from here on.
    fn change_to(&self, other: usize) {
        let mine = self.follows.replace(other);
        let mut stage = self.stage.borrow_mut();
        for (play, change) in [(mine, -1), (other, 1)] {
            if let Some(play) = stage.conversations.get_mut(play) {
                play.used = play.used.saturating_add_signed(change);
            }
        }
    }

    /// Takes the turn if it is the one expected here, in this conversation or in another.
    fn take(
        &mut self,
        what: &str,
        expected: impl Fn(&Stage, usize, &Turn) -> bool,
    ) -> Result<(), Error> {
        let play = *self.follows.borrow();
        let stage = self.stage.borrow();
        let next = stage.turns(play, self.related).get(self.turn);
        if next.is_some_and(|turn| expected(&stage, play, turn)) {
            self.turn += 1;
            return Ok(());
        }
        let fits = |other: usize, turn: &Turn| expected(&stage, other, turn);
        let other =
            if self.related.is_none() { stage.instead(play, self.turn, fits) } else { None };
        let Some(other) = other else {
            let recorded = next.map_or("the end".to_owned(), |turn| format!("{turn:?}"));
            return Err(Error::Internal(format!(
                "no recorded conversation goes on like this: the plugin {what}, \
                 the nearest has here {recorded}"
            )));
        };
        drop(stage);
        self.change_to(other);
        self.turn += 1;
        Ok(())
    }
}

impl TcpConnection for Replayed {
    fn connect_related(
        &self,
        port: u16,
        security: TcpSecurity,
    ) -> Result<Box<dyn TcpConnection>, Error> {
        let play = *self.follows.borrow();
        let stage = self.stage.borrow();
        // The handle is not changed by this, so the turn is passed over when the next is taken.
        let turns = stage.turns(play, None);
        let before = turns.get(..self.turn).unwrap_or_default();
        let opened = |turn: &&Turn| matches!(turn, Turn::Related(_));
        let number = before.iter().filter(opened).count();
        let fits = match turns.get(self.turn) {
            Some(Turn::Related(next)) => next.port == port && next.security == security,
            _ => false,
        };
        if self.related.is_some() || !fits {
            return Err(Error::Internal(format!(
                "no recorded conversation goes on like this: the plugin opened port {port} {}, \
                 the nearest has here {:?}",
                word(security),
                turns.get(self.turn)
            )));
        }
        let (stage, follows) = (Rc::clone(&self.stage), Rc::clone(&self.follows));
        Ok(Box::new(Self { stage, follows, related: Some(number), turn: 0, offset: 0 }))
    }

    fn start_tls(&mut self) -> Result<(), Error> {
        self.pass_related();
        self.take("went on in TLS", |_, _, turn| matches!(turn, Turn::StartTls))
    }

    fn read(&mut self, max_bytes: u32) -> Result<Vec<u8>, Error> {
        self.pass_related();
        let play = *self.follows.borrow();
        let stage = self.stage.borrow();
        match stage.turns(play, self.related).get(self.turn) {
            Some(Turn::Received(content)) => {
                let bytes = stage.bytes(play, content);
                let rest = bytes.get(self.offset..).unwrap_or_default();
                let most = stage.read_bytes.unwrap_or(usize::MAX).min(max_bytes as usize);
                let given = rest.get(..most.min(rest.len())).unwrap_or_default().to_vec();
                self.offset += given.len();
                if self.offset >= bytes.len() {
                    (self.turn, self.offset) = (self.turn + 1, 0);
                }
                Ok(given)
            }
            Some(Turn::Failed(message)) => Err(Error::Unavailable(Outage {
                reason: OutageReason::ConnectionLost,
                message: message.clone(),
                reply_code: None,
                retry_after_ms: None,
            })),
            Some(Turn::Ended) | None => Ok(Vec::new()),
            Some(other) => Err(Error::Internal(format!(
                "the plugin waits for the peer, which waits for the plugin: {other:?} comes next"
            ))),
        }
    }

    fn write(&mut self, content: &[u8]) -> Result<(), Error> {
        self.pass_related();
        let text = String::from_utf8_lossy(content).into_owned();
        self.stage.borrow_mut().said.push(text.trim_end_matches("\r\n").to_owned());
        let what = format!("said {text:?}");
        self.take(&what, |stage, play, turn| {
            matches!(turn, Turn::Sent(recorded) if *stage.bytes(play, recorded) == *content)
        })
    }

    fn write_credential(
        &mut self,
        slot: &str,
        before: &str,
        part: SecretPart,
        _after: &str,
    ) -> Result<(), Error> {
        self.pass_related();
        let said = format!("{before}<{} of {slot}>", part_word(part));
        self.stage.borrow_mut().said.push(said.clone());
        self.take(&format!("wrote {said}"), |_, _, turn| {
            matches!(turn, Turn::Credential(written)
                if (written.slot.as_str(), written.part) == (slot, part) && written.before == before)
        })
    }

    fn finish(&mut self) -> Result<(), Error> {
        self.pass_related();
        self.take("said that it writes no more", |_, _, turn| matches!(turn, Turn::Finished))
    }
}

impl Replayed {
    /// Passes over a data connection that was opened with a shared borrow.
    fn pass_related(&mut self) {
        let play = *self.follows.borrow();
        let stage = self.stage.borrow();
        while let Some(Turn::Related(_)) = stage.turns(play, self.related).get(self.turn) {
            self.turn += 1;
        }
    }
}

fn word(security: TcpSecurity) -> &'static str {
    match security {
        TcpSecurity::Plain => "plain",
        TcpSecurity::Tls => "tls",
    }
}

fn part_word(part: SecretPart) -> &'static str {
    match part {
        SecretPart::User => "user",
        SecretPart::Secret => "secret",
    }
}
