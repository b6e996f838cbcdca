//! The opaque cursor: where every archive stands, signed.
//!
//! Rules that hold here:
//!
//! - A cursor is base64url of a version, the fields of [`Cursor`] and an HMAC-SHA256 over both.
//!   Who changes one bit, or has it from another gateway, gets [`Error::BadCursor`].
//! - It belongs to one question, order and scope; with another it is [`Error::BadCursor`] too.
//!   The limit, the deadline and what is required may change from page to page.
//! - It lives for 24 hours, as long as the page memory.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::place::{Place, Progress, Window};
use super::{Count, Request};
use crate::Error;
use crate::asset::ArchiveId;
use crate::coverage::Instant;

const VERSION: u8 = 1;
const MAC_BYTES: usize = 32;
/// No gateway of this code makes a longer one.
const LONGEST: usize = 256 * 1024;
const LIFETIME_US: i64 = 24 * 3_600 * 1_000_000;

/// What the next page has to know of those before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// When the first page was asked for.
    pub(super) issued: Instant,
    /// Which list of the page memory, and how much of it.
    pub(super) memory: (u128, u64),
    /// Assets shown so far.
    pub(super) shown: u64,
    /// The count as the page before gave it.
    pub(super) count: Count,
    /// The archives that have begun or ended; the others begin.
    pub(super) archives: Vec<(ArchiveId, Progress)>,
}

/// What a cursor belongs to.
pub(super) fn question_hash(request: &Request) -> [u8; 16] {
    // Debug text quotes and escapes, so two questions never share one.
    let text = format!("{:?}\n{:?}\n{:?}", request.question, request.sort, request.scope);
    let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
    let mut hash = [0; 16];
    hash.copy_from_slice(&digest[..16]);
    hash
}

impl Cursor {
    pub(super) fn seal(&self, key: &[u8; 32], question: &[u8; 16]) -> String {
        let mut out = vec![VERSION];
        out.extend_from_slice(question);
        out.extend_from_slice(&self.issued.0.to_le_bytes());
        out.extend_from_slice(&self.memory.0.to_le_bytes());
        number(&mut out, self.memory.1);
        number(&mut out, self.shown);
        number(&mut out, self.count.value);
        out.push(u8::from(self.count.exact));
        number(&mut out, self.archives.len() as u64);
        for (archive, progress) in &self.archives {
            bytes(&mut out, archive.as_str().as_bytes());
            match progress {
                Progress::Done => out.push(0),
                Progress::GivenUp => out.push(1),
                Progress::At(place) => {
                    let flags =
                        u8::from(place.token.is_some()) * 4 + u8::from(place.window.is_some()) * 8;
                    out.push(2 + flags);
                    if let Some(token) = &place.token {
                        bytes(&mut out, token);
                    }
                    if let Some(window) = place.window {
                        number(&mut out, window.length);
                        number(&mut out, window.used);
                    }
                    number(&mut out, place.skip);
                    number(&mut out, place.rank);
                    out.push(place.stalled);
                }
            }
        }
        let mac = mac(key).chain_update(&out).finalize().into_bytes();
        out.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(out)
    }

    pub(super) fn open(
        text: &str,
        key: &[u8; 32],
        question: &[u8; 16],
        now: Instant,
    ) -> Result<Self, Error> {
        let bad = |reason| Error::BadCursor { reason };
        let forged = || bad("was not made by this gateway");
        if text.len() > LONGEST {
            return Err(forged());
        }
        let sealed = URL_SAFE_NO_PAD.decode(text).map_err(|_| forged())?;
        let split = sealed.len().checked_sub(MAC_BYTES).ok_or_else(forged)?;
        let (content, seal) = sealed.split_at(split);
        mac(key).chain_update(content).verify_slice(seal).map_err(|_| forged())?;
        let mut reader = Reader(content);
        if reader.take::<1>() != Some([VERSION]) {
            return Err(bad("was made by another version of this gateway"));
        }
        if reader.take::<16>() != Some(*question) {
            return Err(bad("belongs to another question, order or scope"));
        }
        let cursor = reader.cursor().ok_or_else(forged)?;
        if now.0.saturating_sub(cursor.issued.0) > LIFETIME_US {
            return Err(bad("is older than 24 hours"));
        }
        Ok(cursor)
    }
}

fn mac(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

/// LEB128.
fn number(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take::<1>().map(|[byte]| byte)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.number()?).ok()?;
        let (head, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(head)
    }

    fn cursor(&mut self) -> Option<Cursor> {
        let issued = Instant(i64::from_le_bytes(self.take()?));
        let memory = (u128::from_le_bytes(self.take()?), self.number()?);
        let shown = self.number()?;
        let count = Count { value: self.number()?, exact: self.byte()? != 0 };
        let mut archives = Vec::new();
        for _ in 0..self.number()? {
            let id = std::str::from_utf8(self.bytes()?).ok()?.parse().ok()?;
            let progress = match self.byte()? {
                0 => Progress::Done,
                1 => Progress::GivenUp,
                flags => {
                    let token = if flags & 4 != 0 { Some(self.bytes()?.to_vec()) } else { None };
                    let window = if flags & 8 != 0 {
                        Some(Window { length: self.number()?, used: self.number()? })
                    } else {
                        None
                    };
                    let (skip, rank, stalled) = (self.number()?, self.number()?, self.byte()?);
                    Progress::At(Place { token, skip, window, rank, stalled })
                }
            };
            archives.push((id, progress));
        }
        self.0.is_empty().then_some(Cursor { issued, memory, shown, count, archives })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::discovery::Sort;

    const KEY: [u8; 32] = [7; 32];
    const NOW: Instant = Instant(1_700_000_000_000_000);

    fn sample() -> Cursor {
        let place = Place {
            token: Some(vec![0, 255, 1]),
            skip: 300,
            window: Some(Window { length: 1000, used: 20 }),
            rank: 4,
            stalled: 1,
        };
        Cursor {
            issued: NOW,
            memory: (9, 3),
            shown: 20,
            count: Count { value: 1234, exact: false },
            archives: vec![
                ("hst".parse().unwrap(), Progress::At(place)),
                ("gaia".parse().unwrap(), Progress::Done),
                ("igs".parse().unwrap(), Progress::GivenUp),
                ("iso".parse().unwrap(), Progress::At(Place::default())),
            ],
        }
    }

    #[test]
    fn a_cursor_opens_for_its_own_question_only() {
        let question = question_hash(&Request::default());
        let text = sample().seal(&KEY, &question);
        assert_eq!(Cursor::open(&text, &KEY, &question, NOW).unwrap(), sample());
        let other = question_hash(&Request { sort: Sort::Date, ..Request::default() });
        let late = Instant(NOW.0 + LIFETIME_US + 1);
        let cases = [
            (
                "another question",
                Cursor::open(&text, &KEY, &other, NOW),
                "the cursor belongs to another question, order or scope; start the search again without it",
            ),
            (
                "another gateway",
                Cursor::open(&text, &[8; 32], &question, NOW),
                "the cursor was not made by this gateway; start the search again without it",
            ),
            (
                "a day later",
                Cursor::open(&text, &KEY, &question, late),
                "the cursor is older than 24 hours; start the search again without it",
            ),
            (
                "no base64",
                Cursor::open("%%%", &KEY, &question, NOW),
                "the cursor was not made by this gateway; start the search again without it",
            ),
            (
                "empty",
                Cursor::open("", &KEY, &question, NOW),
                "the cursor was not made by this gateway; start the search again without it",
            ),
        ];
        for (name, result, message) in cases {
            assert_eq!(result.unwrap_err().to_string(), message, "case: {name}");
        }
    }

    proptest! {
        #[test]
        fn a_changed_bit_is_refused(at in 0_usize..100, bit in 0_u32..8) {
            let question = question_hash(&Request::default());
            let text = sample().seal(&KEY, &question);
            let mut bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= 1 << bit;
            let text = URL_SAFE_NO_PAD.encode(bytes);
            let opened = Cursor::open(&text, &KEY, &question, NOW);
            let refused = matches!(opened, Err(Error::BadCursor { .. }));
            prop_assert!(refused);
        }

        #[test]
        fn numbers_round_trip(value in any::<u64>()) {
            let mut out = Vec::new();
            number(&mut out, value);
            prop_assert_eq!(Reader(&out).number(), Some(value));
        }
    }
}
