//! Events of a lab as they happen.
//!
//! Events are read from the store, and the memory only says when to read again: whoever follows
//! late, or slowly, misses nothing, and nothing is held for them.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::stream::{BoxStream, StreamExt, try_unfold};
use tokio::sync::watch;

use super::engine::Engine;
use super::{Lab, LabEvent, LabId};
use crate::Error;

struct Following {
    engine: Arc<Engine>,
    id: LabId,
    after: u64,
    changes: Option<watch::Receiver<u64>>,
    lab: Lab,
    events: VecDeque<LabEvent>,
}

impl Following {
    async fn next(mut self) -> Result<Option<((Lab, LabEvent), Self)>, Error> {
        loop {
            if let Some(event) = self.events.pop_front() {
                self.after = event.number;
                return Ok(Some(((self.lab.clone(), event), self)));
            }
            if let Some(changes) = &mut self.changes {
                changes.mark_unchanged();
            }
            // The lab is read after its events, so that none is of a state it had not yet reached.
            let events = self.engine.need.keeper.events(&self.id, self.after).await?;
            let Some(lab) = self.engine.need.keeper.lab(&self.id).await? else { return Ok(None) };
            let ended = lab.state.has_ended() && self.lab.state.has_ended();
            let news = lab.state.has_ended() && !ended;
            self.events = events.into();
            self.lab = lab;
            if !self.events.is_empty() || news {
                // It may have ended between the two: its last events are read once more.
                continue;
            }
            if ended {
                return Ok(None);
            }
            let changed = match &mut self.changes {
                Some(changes) => changes.changed().await.is_ok(),
                None => false,
            };
            if !changed {
                // Nobody goes on with it here.
                return Ok(None);
            }
        }
    }
}

impl Engine {
    pub(super) fn follow(
        self: &Arc<Self>,
        lab: Lab,
        after: u64,
    ) -> BoxStream<'static, Result<(Lab, LabEvent), Error>> {
        let live = match lab.state.has_ended() {
            true => self.lives.one(&lab.id.0),
            false => Some(self.lives.of(&lab, false)),
        };
        let following = Following {
            engine: Arc::clone(self),
            id: lab.id.clone(),
            after,
            changes: live.map(|live| live.changes()),
            lab,
            events: VecDeque::new(),
        };
        try_unfold(following, Following::next).boxed()
    }
}
