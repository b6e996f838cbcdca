//! Who has entered which lab: random cookies, kept here by their hash.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use archway_core::coverage::Instant;
use archway_core::labs::{LabId, LabSession};
use archway_core::owner::Owner;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::lab::Lab;

/// How long a browser stays in a lab; then it enters anew from the portal. Labs that live so long
/// are rare.
const LASTS_US: i64 = 7 * 24 * 3600 * 1_000_000;
/// Sessions in one lab, browsers of its user; the oldest makes room for the next.
const MOST_PER_LAB: usize = 16;

/// A secret's SHA-256: what is kept instead of it.
pub(super) type Hash = [u8; 32];

/// 128 random bits, as they stand in cookies and addresses.
pub(super) fn secret() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("a kernel that has started gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// A browser in a lab.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) lab: Arc<Lab>,
    pub(super) owner: Owner,
    opened: Instant,
    pub(super) until: Instant,
    /// Ends its WebSockets.
    pub(super) revoked: CancellationToken,
}

/// A session that was opened just now.
pub(super) struct Opened {
    pub(super) cookie: String,
    pub(super) kept: LabSession,
    /// Those that made room for it.
    pub(super) displaced: Vec<Hash>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Sessions(RwLock<HashMap<Hash, Arc<Session>>>);

impl Sessions {
    /// The session of a cookie.
    pub(super) fn find(&self, cookie: &str) -> Option<Arc<Session>> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.get(&hash(cookie)).cloned()
    }

    /// Opens one.
    pub(super) fn open(&self, lab: Arc<Lab>, owner: Owner, now: Instant) -> Opened {
        let cookie = secret();
        let until = Instant(now.0.saturating_add(LASTS_US));
        let kept = LabSession {
            hash: hash(&cookie),
            lab: LabId(lab.id.clone()),
            owner,
            opened: now,
            until,
        };
        let displaced = self.add(lab, &kept);
        Opened { cookie, kept, displaced }
    }

    /// Adds one; returns those that made room for it.
    pub(super) fn add(&self, lab: Arc<Lab>, kept: &LabSession) -> Vec<Hash> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut others: Vec<_> =
            all.iter().filter(|(_, session)| session.lab.id == lab.id).collect();
        others.sort_by_key(|(_, session)| session.opened);
        let too_many = (others.len() + 1).saturating_sub(MOST_PER_LAB);
        let oldest: Vec<Hash> = others.into_iter().take(too_many).map(|(hash, _)| *hash).collect();
        for hash in &oldest {
            if let Some(session) = all.remove(hash) {
                session.revoked.cancel();
            }
        }
        let LabSession { hash, owner, opened, until, .. } = kept.clone();
        let revoked = CancellationToken::new();
        all.insert(hash, Arc::new(Session { lab, owner, opened, until, revoked }));
        oldest
    }

    /// Whether that one has not ended.
    pub(super) fn has(&self, hash: &Hash) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains_key(hash)
    }

    /// Ends those that `which` names, with their WebSockets.
    pub(super) fn revoke(&self, which: impl Fn(&Session) -> bool) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, session| {
            let ends = which(session);
            if ends {
                session.revoked.cancel();
            }
            !ends
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seventeenth_browser_takes_the_place_of_the_first() {
        let sessions = Sessions::default();
        let lab = Arc::new(Lab::new("a1"));
        let owner = Owner("local".to_owned());
        let opened: Vec<_> = (0..17)
            .map(|us| sessions.open(Arc::clone(&lab), owner.clone(), Instant::from_utc_us(us)))
            .collect();
        assert!(sessions.find(&opened[0].cookie).is_none());
        assert!(opened[1..].iter().all(|own| sessions.find(&own.cookie).is_some()));
        assert!(opened[..16].iter().all(|own| own.displaced.is_empty()));
        assert_eq!(opened[16].displaced, [opened[0].kept.hash]);
    }

    #[test]
    fn what_is_revoked_ends_and_what_is_another_users_goes_on() {
        let sessions = Sessions::default();
        let now = Instant::from_utc_us(0);
        let [ann, bob] = ["ann", "bob"].map(|name| Owner(name.to_owned()));
        let own = sessions.open(Arc::new(Lab::new("a1")), ann.clone(), now).cookie;
        let other = sessions.open(Arc::new(Lab::new("b2")), bob, now).cookie;
        let revoked = sessions.find(&own).unwrap().revoked.clone();
        sessions.revoke(|session| session.owner == ann);
        assert!(revoked.is_cancelled());
        assert!(sessions.find(&own).is_none());
        assert!(!sessions.find(&other).unwrap().revoked.is_cancelled());
    }
}
