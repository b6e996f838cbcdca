//! Who has entered which lab: random cookies, kept here by their hash.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use archway_core::coverage::Instant;
use archway_core::owner::Owner;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::lab::Lab;

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
    /// Ends its WebSockets.
    pub(super) revoked: CancellationToken,
}

/// A session as it may be kept over a restart of the gateway: it holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptSession {
    /// SHA-256 of the cookie.
    pub hash: [u8; 32],
    /// In which lab.
    pub lab: String,
    /// Whose it is.
    pub owner: Owner,
    /// Since when.
    pub opened: Instant,
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

    /// Opens one; returns its cookie.
    pub(super) fn open(&self, lab: Arc<Lab>, owner: Owner, now: Instant) -> String {
        let cookie = secret();
        self.add(hash(&cookie), lab, owner, now);
        cookie
    }

    pub(super) fn add(&self, hash: Hash, lab: Arc<Lab>, owner: Owner, opened: Instant) {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let mut others: Vec<_> =
            all.iter().filter(|(_, session)| session.lab.id == lab.id).collect();
        others.sort_by_key(|(_, session)| session.opened);
        let too_many = (others.len() + 1).saturating_sub(MOST_PER_LAB);
        let oldest: Vec<Hash> = others.into_iter().take(too_many).map(|(hash, _)| *hash).collect();
        for hash in oldest {
            if let Some(session) = all.remove(&hash) {
                session.revoked.cancel();
            }
        }
        let revoked = CancellationToken::new();
        all.insert(hash, Arc::new(Session { lab, owner, opened, revoked }));
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

    pub(super) fn kept(&self) -> Vec<KeptSession> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .map(|(hash, session)| KeptSession {
                hash: *hash,
                lab: session.lab.id.clone(),
                owner: session.owner.clone(),
                opened: session.opened,
            })
            .collect()
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
        let cookies: Vec<_> = (0..17)
            .map(|us| sessions.open(Arc::clone(&lab), owner.clone(), Instant::from_utc_us(us)))
            .collect();
        assert!(sessions.find(&cookies[0]).is_none());
        assert!(cookies[1..].iter().all(|cookie| sessions.find(cookie).is_some()));
        assert_eq!(sessions.kept().len(), 16);
    }

    #[test]
    fn what_is_revoked_ends_and_what_is_another_users_goes_on() {
        let sessions = Sessions::default();
        let now = Instant::from_utc_us(0);
        let [ann, bob] = ["ann", "bob"].map(|name| Owner(name.to_owned()));
        let own = sessions.open(Arc::new(Lab::new("a1")), ann.clone(), now);
        let other = sessions.open(Arc::new(Lab::new("b2")), bob, now);
        let revoked = sessions.find(&own).unwrap().revoked.clone();
        sessions.revoke(|session| session.owner == ann);
        assert!(revoked.is_cancelled());
        assert!(sessions.find(&own).is_none());
        assert!(!sessions.find(&other).unwrap().revoked.is_cancelled());
    }
}
