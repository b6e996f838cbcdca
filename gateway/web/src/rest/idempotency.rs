//! `Idempotency-Key`: asking twice does it once.
//!
//! Volumes and labs keep their keys in the store, over restarts. Selections and collections,
//! which cost little, keep theirs here, in memory: [`Remembered`].

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};
use std::sync::Arc;

use archway_core::Error;
use archway_core::owner::Owner;
use axum::extract::FromRequestParts;
use axum::http::HeaderName;
use axum::http::request::Parts;
use tokio::sync::Mutex;

use super::problem::Problem;
use crate::parameters::idempotency_key;

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// Keys that are remembered; the oldest makes room.
const MOST: usize = 10_000;

/// The key of a request, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Key(pub(crate) Option<String>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(HEADER).iter();
        let (first, second) = (values.next(), values.next());
        let Some(first) = first else { return Ok(Self(None)) };
        if second.is_some() {
            return Err(
                Error::bad_request("Idempotency-Key", "is given twice; give it once").into()
            );
        }
        // What is no text is no key.
        let key = idempotency_key("Idempotency-Key", first.to_str().unwrap_or_default())?;
        Ok(Self(Some(key)))
    }
}

/// Tells one request from another; the same for the same words.
pub(super) fn fingerprint(request: &impl fmt::Debug) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(format!("{request:?}").as_bytes());
    hasher.finish()
}

/// What was made under which key. Cheap to clone; forgotten with the process.
#[derive(Clone, Default)]
pub(crate) struct Remembered(Arc<Mutex<Made>>);

#[derive(Default)]
struct Made {
    ids: HashMap<(Owner, String), (String, u64)>,
    order: VecDeque<(Owner, String)>,
}

/// Whether something was made now.
pub(super) enum Once<T> {
    /// Made now.
    New(T),
    /// Made before under that key: its id.
    Before(String),
}

impl Remembered {
    /// Makes something once for each key; without a key, every time. `request` is its
    /// [`fingerprint`].
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] for a key of another request; else what `make` says.
    pub(super) async fn once<T>(
        &self,
        owner: Owner,
        key: Key,
        request: u64,
        id: impl Fn(&T) -> String,
        make: impl Future<Output = Result<T, Error>>,
    ) -> Result<Once<T>, Error> {
        let Key(Some(key)) = key else { return make.await.map(Once::New) };
        // Held while it is made, so that two requests at once make one.
        let mut made = self.0.lock().await;
        let place = (owner, key);
        if let Some((id, before)) = made.ids.get(&place) {
            if *before != request {
                let reason = "this Idempotency-Key was used for another request; use a fresh one";
                return Err(Error::Conflict { reason: reason.to_owned() });
            }
            return Ok(Once::Before(id.clone()));
        }
        let new = make.await?;
        if made.order.len() >= MOST
            && let Some(oldest) = made.order.pop_front()
        {
            made.ids.remove(&oldest);
        }
        made.ids.insert(place.clone(), (id(&new), request));
        made.order.push_back(place);
        Ok(Once::New(new))
    }
}
