//! The end of a lab: asked for, seen, or because a step failed.
//!
//! Rules: a lab that may exist in a backend holds its quota until the backend has said that it is
//! gone; the ledger is written before the end is.

use std::time::Duration;

use tokio::time::timeout;

use super::engine::{Engine, Note};
use super::live::Live;
use super::runner::Backoff;
use super::{Cause, LabState, words};
use crate::Error;

/// How long a backend may take to end a lab before it is asked again.
const STOP_WITHIN: Duration = Duration::from_secs(90);

impl Engine {
    /// Begins the end of a lab, unless somebody did before.
    pub(super) async fn end(&self, live: &Live, cause: Cause, log: &str) -> Result<(), Error> {
        self.change(live, |lab| {
            if lab.state >= LabState::Stopping {
                return Ok(None);
            }
            lab.state = LabState::Stopping;
            lab.cause = Some(cause.clone());
            Ok(Some(Note::new(format!("ending: {}", words::cause(&cause))).with_log(log)))
        })
        .await?;
        Ok(())
    }

    /// The step that the lab is in failed, in words.
    pub(super) async fn fail(&self, live: &Live, reason: &str, log: &str) -> Result<(), Error> {
        let reason = words::one_line(reason);
        let now = self.now();
        self.change(live, |lab| {
            let step = match lab.state {
                LabState::Staging => "bringing its data failed",
                LabState::Preparing => "preparing the application failed",
                _ => "starting it failed",
            };
            lab.cause = Some(Cause::StepFailed(reason.clone()));
            // Before it is started no backend can have anything of it.
            if lab.state < LabState::Starting {
                lab.state = LabState::Failed;
                lab.ended = Some(now);
            } else {
                lab.state = LabState::Stopping;
            }
            Ok(Some(Note::new(format!("{step}: {reason}")).with_log(log)))
        })
        .await?;
        Ok(())
    }

    /// Has the backend end it, for as long as it takes, and writes that it ended.
    pub(super) async fn finish(&self, live: &Live) -> Result<(), Error> {
        let mut backoff = Backoff::new();
        let mut said = String::new();
        loop {
            let lab = live.lab();
            let reason = match self.backend(&lab.backend) {
                None => format!("lab backend `{}` is no longer configured", lab.backend),
                Some(backend) => {
                    let stopped = backend.stop(&lab.id, lab.handle.as_deref());
                    match timeout(STOP_WITHIN, stopped).await {
                        Ok(Ok(())) => break,
                        Ok(Err(failure)) => failure.reason,
                        Err(_) => format!("no answer within {}", words::duration(STOP_WITHIN)),
                    }
                }
            };
            if reason != said {
                let words = format!("it cannot be ended yet: {reason}; trying again");
                self.say(live, Note::new(words)).await?;
                said = reason;
            }
            backoff.pause().await;
        }
        self.need.volumes.measure_soon(&live.lab().owner);
        let now = self.now();
        self.charge(&live.lab(), now).await?;
        self.change(live, |lab| {
            let cause = lab.cause.get_or_insert(Cause::Asked).clone();
            let wanted = matches!(cause, Cause::Asked | Cause::TooOld | Cause::Idle);
            let failed = lab.ready.is_none() && !wanted;
            lab.state = if failed { LabState::Failed } else { LabState::Stopped };
            lab.ended = Some(now);
            lab.endpoint = None;
            Ok(Some(Note::new(format!("ended: {}", words::cause(&cause)))))
        })
        .await?;
        Ok(())
    }
}
