//! What a harvest remembers between batches and between passes, in a token of at most 4 KiB.
//!
//! Rules: of each folder a digest of names, sizes and times is kept, as long as there is
//! room (some 400 folders); of a folder beyond that, the assets that changed after the last
//! pass began are given, and all of them where the folder itself changed.

use std::collections::BTreeMap;

use crate::walk::Position;

/// What the gateway takes.
const MOST_TOKEN_BYTES: usize = 4096;
/// Times of listings may be of another time zone, and files may come late.
const SLACK_US: i64 = 36 * 3_600_000_000;
const VERSION: u8 = 1;

/// Where a harvest stands, and what it saw.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct State {
    pub(super) position: Position,
    /// A pass is complete; the next one starts from the beginning.
    ended: bool,
    /// Which pass this is, counted modulo 2.
    odd: bool,
    /// When this pass began; 0 before the first.
    started_us: i64,
    /// When the pass before began; 0 in the first.
    previous_us: i64,
    /// Not all folders of this pass, or of the one before, had room.
    overflows: bool,
    overflowed: bool,
    /// By a hash of the folder's path: digest of its listing, the lowest bit says in which
    /// pass.
    seen: BTreeMap<u32, u32>,
}

/// What is given of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Everything.
    Everything,
    /// Nothing.
    Unchanged,
    /// What changed since, and what does not say when.
    Since(i64),
}

impl Verdict {
    pub(super) fn wants(self, modified_us: Option<i64>) -> bool {
        match self {
            Self::Everything => true,
            Self::Unchanged => false,
            Self::Since(since) => modified_us.is_none_or(|modified| modified >= since),
        }
    }
}

impl State {
    /// Begins a pass, or goes on with one.
    pub(super) fn begin(&mut self, now_us: i64) {
        if self.ended || self.started_us == 0 {
            self.previous_us = self.started_us;
            self.overflowed = self.overflows;
            self.overflows = false;
            self.started_us = now_us.max(1);
            self.odd = !self.odd;
            self.ended = false;
            self.position = Position::default();
        }
    }

    /// Ends the pass: what it has not met is forgotten.
    pub(super) fn end(&mut self) {
        let pass = u32::from(self.odd);
        self.seen.retain(|_, digest| *digest & 1 == pass);
        self.position = Position::default();
        self.ended = true;
    }

    /// What is to be given of a folder with this listing.
    pub(super) fn verdict(&self, folder: &str, digest: u32, modified_us: Option<i64>) -> Verdict {
        if self.previous_us == 0 {
            return Verdict::Everything;
        }
        let since = self.previous_us.saturating_sub(SLACK_US);
        match self.seen.get(&hash(folder)) {
            Some(before) if before >> 1 == digest >> 1 => Verdict::Unchanged,
            None if self.overflowed && modified_us.is_none_or(|modified| modified < since) => {
                Verdict::Since(since)
            }
            _ => Verdict::Everything,
        }
    }

    /// Notes that everything of a folder with this listing has been given.
    pub(super) fn note(&mut self, folder: &str, digest: u32) {
        let key = hash(folder);
        let kept = (digest & !1) | u32::from(self.odd);
        if self.seen.contains_key(&key) || self.seen.len() < self.room() {
            self.seen.insert(key, kept);
        } else {
            self.overflows = true;
        }
    }

    /// Folders that fit beside the longest position that is likely.
    fn room(&self) -> usize {
        let position = serde_json::to_vec(&self.position).map_or(0, |bytes| bytes.len());
        MOST_TOKEN_BYTES.saturating_sub(HEAD_BYTES + position + 400) / 8
    }

    pub(super) fn token(&self) -> Vec<u8> {
        let position = serde_json::to_vec(&self.position).unwrap_or_default();
        let mut token = vec![VERSION];
        let flags = [self.ended, self.odd, self.overflows, self.overflowed];
        token.push(flags.iter().fold(0, |all, flag| all << 1 | u8::from(*flag)));
        token.extend(self.started_us.to_le_bytes());
        token.extend(self.previous_us.to_le_bytes());
        token.extend(u16::try_from(position.len()).unwrap_or(u16::MAX).to_le_bytes());
        token.extend(&position);
        let room = MOST_TOKEN_BYTES.saturating_sub(token.len()) / 8;
        for (folder, digest) in self.seen.iter().take(room) {
            token.extend(folder.to_le_bytes());
            token.extend(digest.to_le_bytes());
        }
        token
    }

    pub(super) fn of_token(token: &[u8]) -> Option<Self> {
        let (&[version, flags], rest) = token.split_first_chunk::<2>()?;
        let (started, rest) = rest.split_first_chunk::<8>()?;
        let (previous, rest) = rest.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (position, rest) = rest.split_at_checked(u16::from_le_bytes(*length).into())?;
        let (pairs, left) = rest.as_chunks::<8>();
        if version != VERSION || !left.is_empty() {
            return None;
        }
        let pair = |pair: &[u8; 8]| {
            let both = u64::from_le_bytes(*pair);
            (u32::try_from(both & u64::from(u32::MAX)).ok(), u32::try_from(both >> 32).ok())
        };
        let seen = pairs.iter().map(pair).filter_map(|(folder, digest)| Some((folder?, digest?)));
        Some(Self {
            position: serde_json::from_slice(position).ok()?,
            ended: flags & 8 != 0,
            odd: flags & 4 != 0,
            overflows: flags & 2 != 0,
            overflowed: flags & 1 != 0,
            started_us: i64::from_le_bytes(*started),
            previous_us: i64::from_le_bytes(*previous),
            seen: seen.collect(),
        })
    }
}

const HEAD_BYTES: usize = 20;

/// FNV-1a, folded to 32 bits: stable over versions and machines, which the hashers of the
/// standard library are not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Digest {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    pub(crate) fn folded(self) -> u32 {
        u32::try_from((self.0 >> 32) ^ (self.0 & u64::from(u32::MAX))).unwrap_or_default()
    }
}

fn hash(folder: &str) -> u32 {
    let mut digest = Digest::default();
    digest.add(folder.as_bytes());
    digest.folded()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_US: i64 = 86_400_000_000;

    fn after_a_pass(folders: usize) -> State {
        let mut state = State::default();
        state.begin(100 * DAY_US);
        for number in 0..folders {
            assert_eq!(state.verdict(&format!("/{number}"), 8, None), Verdict::Everything);
            state.note(&format!("/{number}"), 8);
        }
        state.end();
        let mut state = State::of_token(&state.token()).unwrap();
        state.begin(200 * DAY_US);
        state
    }

    #[test]
    fn a_folder_that_looks_the_same_is_passed_over() {
        let state = after_a_pass(3);
        assert_eq!(state.verdict("/1", 8, None), Verdict::Unchanged);
        assert_eq!(state.verdict("/1", 10, None), Verdict::Everything);
        assert_eq!(state.verdict("/new", 8, None), Verdict::Everything);
    }

    #[test]
    fn where_there_is_no_room_times_decide() {
        let state = after_a_pass(1000);
        assert!(state.token().len() <= MOST_TOKEN_BYTES);
        let unseen =
            (0..1000).map(|n| format!("/{n}")).find(|f| !state.seen.contains_key(&hash(f)));
        let unseen = unseen.unwrap();
        let since = 100 * DAY_US - SLACK_US;
        assert_eq!(state.verdict(&unseen, 8, Some(0)), Verdict::Since(since));
        assert_eq!(state.verdict(&unseen, 8, Some(150 * DAY_US)), Verdict::Everything);
        assert!(Verdict::Since(since).wants(None) && !Verdict::Since(since).wants(Some(0)));
    }

    #[test]
    fn a_folder_that_has_gone_is_forgotten() {
        let mut state = after_a_pass(2);
        state.note("/0", 8);
        state.end();
        assert_eq!(state.seen.len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn any_token_is_read_or_refused(token in proptest::collection::vec(0_u8.., 0..64)) {
            if let Some(state) = State::of_token(&token) {
                proptest::prop_assert_eq!(State::of_token(&state.token()), Some(state));
            }
        }
    }
}
