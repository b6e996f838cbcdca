//! A limit on waiting, for what is polled often and seldom waits long.

use std::pin::Pin;
use std::task::Context;

use tokio::time::{Instant, Sleep, sleep_until};

/// Rings at a moment that moves on with everything that is begun. A timer is made by what waits
/// first, and set again only when it rings: what goes on in time costs none.
#[derive(Debug, Default)]
pub(crate) struct Alarm(Option<Pin<Box<Sleep>>>);

impl Alarm {
    /// Whether that moment has come; if not, the task is woken by then. It is never earlier than
    /// the one before.
    pub(crate) fn rings(&mut self, until: Instant, context: &mut Context<'_>) -> bool {
        let timer = self.0.get_or_insert_with(|| Box::pin(sleep_until(until)));
        while timer.as_mut().poll(context).is_ready() {
            if Instant::now() >= until {
                return true;
            }
            timer.as_mut().reset(until);
        }
        false
    }
}
