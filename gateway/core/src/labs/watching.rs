//! Labs that run: looked at every few seconds, asked for their activity each minute, charged,
//! and what their users wrote measured.
//!
//! Called by `steps.rs`. Rules: *unknown* changes nothing, and is said once; what the backend
//! says of where a lab answers is believed anew each time, because containers move.

use std::time::Duration;

use tokio::time::{Instant as Moment, sleep, timeout};

use super::culling::{Due, due};
use super::engine::{Engine, Note};
use super::live::Live;
use super::words::duration;
use super::{Activity, Cause, LabState, Observation, ProbeKind, Started};
use crate::Error;
use crate::coverage::Instant;

/// How often a lab that runs is looked at.
pub(super) const TICK: Duration = Duration::from_secs(5);
/// How often its application is asked for its activity.
const PROBE: Duration = Duration::from_secs(60);
/// How often it is charged.
const CHARGE: Duration = Duration::from_secs(300);
/// How often it is measured what its user wrote.
const MEASURE: Duration = Duration::from_secs(300);
/// How long a backend or an application may think.
const LOOK_WITHIN: Duration = Duration::from_secs(30);
/// Two looks are at least so far apart, however often somebody asks for one.
const SHORTEST: Duration = Duration::from_secs(1);

/// What became of looking at a lab.
pub(super) enum Seen {
    /// It runs; what the store says of it is right now.
    Runs(Started),
    /// There is none.
    Absent,
    /// Nothing can be concluded.
    Unknown,
    /// It ended, and that is written.
    Ended,
}

/// What is known of a lab's activity, in this life of the gateway.
pub(super) struct Watch {
    /// When somebody last worked in it.
    pub(super) active: Instant,
    /// Whether the last question for it was answered.
    pub(super) sure: bool,
    /// When its user was told that it ends.
    pub(super) warned: Option<Instant>,
}

impl Engine {
    /// Looks at a lab and writes what is new.
    pub(super) async fn look(&self, live: &Live) -> Result<Seen, Error> {
        let lab = live.lab();
        let seen = match self.backend(&lab.backend) {
            None => Observation::Unknown(format!("`{}` is no longer configured", lab.backend)),
            Some(backend) => {
                let asked = backend.observe(&lab.id, lab.handle.as_deref());
                let silent = || Observation::Unknown("it does not answer".to_owned());
                timeout(LOOK_WITHIN, asked).await.unwrap_or_else(|_| silent())
            }
        };
        let unknown = matches!(seen, Observation::Unknown(_));
        let news = live.is_unknown(unknown);
        match seen {
            Observation::Running(started) => {
                let moved = lab.endpoint.as_ref() != Some(&started.endpoint);
                let known = lab.endpoint.is_some();
                if known && (moved || lab.handle.as_deref() != Some(&started.handle)) {
                    self.change(live, |lab| {
                        lab.handle = Some(started.handle.clone());
                        lab.endpoint = Some(started.endpoint.clone());
                        Ok(moved.then(|| Note::new("it answers at another place now")))
                    })
                    .await?;
                } else if news {
                    self.say(live, Note::new("the backend knows about it again; it runs")).await?;
                }
                Ok(Seen::Runs(started))
            }
            Observation::Stopped(cause) => {
                let log = self.last_lines(&lab).await;
                self.end(live, cause, &log).await?;
                Ok(Seen::Ended)
            }
            Observation::Absent => Ok(Seen::Absent),
            Observation::Unknown(reason) => {
                if news {
                    let words = format!(
                        "the backend cannot say how it is: {reason}; nothing is done about it"
                    );
                    self.say(live, Note::new(words)).await?;
                }
                Ok(Seen::Unknown)
            }
        }
    }

    /// Until it ends.
    pub(super) async fn watch(&self, live: &Live) -> Result<(), Error> {
        let lab = live.lab();
        // After a restart nobody knows when the warning was given: its time begins anew.
        let warned = lab.warned.then(|| self.now());
        let mut watch = Watch { active: lab.active, sure: false, warned };
        let mut probe_at = Moment::now();
        let mut charge_at = Moment::now() + CHARGE;
        let mut measure_at = Moment::now();
        if live.take_found()
            && let Seen::Runs(_) = self.look_once(live).await?
        {
            self.say(live, Note::new("the gateway was started again, and it still runs")).await?;
        }
        while live.state() == LabState::Ready {
            let looked = Moment::now();
            if let Seen::Ended | Seen::Absent = self.look_once(live).await? {
                return Ok(());
            }
            let close = due(&live.lab(), &watch, self.now(), &self.need.config) != Due::Nothing;
            if close || Moment::now() >= probe_at {
                self.probe(live, &mut watch).await;
                probe_at = Moment::now() + PROBE;
            }
            if self.cull(live, &mut watch).await? {
                return Ok(());
            }
            if Moment::now() >= measure_at {
                measure_at = Moment::now() + MEASURE;
                self.need.volumes.measure_soon(&lab.owner);
            }
            if Moment::now() >= charge_at {
                charge_at = Moment::now() + CHARGE;
                self.charge(&live.lab(), self.now()).await?;
                let active = watch.active;
                let keep = |lab: &mut super::Lab| {
                    lab.active = lab.active.max(active);
                    Ok(None)
                };
                self.change(live, keep).await?;
            }
            tokio::select! {
                () = sleep(TICK) => {}
                () = live.poked() => tokio::time::sleep_until(looked + SHORTEST).await,
            }
        }
        Ok(())
    }

    /// Looks at a lab that was ready before: one that is gone is lost.
    async fn look_once(&self, live: &Live) -> Result<Seen, Error> {
        let seen = self.look(live).await?;
        if let Seen::Absent = seen {
            self.end(live, Cause::Lost, "").await?;
        }
        Ok(seen)
    }

    async fn probe(&self, live: &Live, watch: &mut Watch) {
        let lab = live.lab();
        let now = self.now();
        let (Some(app), Some(endpoint)) = (self.app(&lab), &lab.endpoint) else {
            watch.sure = false;
            return;
        };
        let last = match app.probe {
            ProbeKind::Traffic => Some(live.worked().unwrap_or(lab.active)),
            ProbeKind::Jupyter => {
                let asked =
                    self.need.application.activity(&app, endpoint, &lab.base_path, &lab.token);
                match timeout(LOOK_WITHIN, asked).await.unwrap_or(Activity::Unknown) {
                    Activity::Busy => Some(now),
                    // Its clock may be ahead of ours.
                    Activity::Last(last) => Some(last.min(now)),
                    Activity::Unknown => None,
                }
            }
        };
        watch.sure = last.is_some();
        watch.active = watch.active.max(last.unwrap_or(watch.active)).max(lab.active);
    }

    /// Warns, takes a warning back, or ends it; whether it ended.
    async fn cull(&self, live: &Live, watch: &mut Watch) -> Result<bool, Error> {
        let now = self.now();
        let lab = live.lab();
        let active = watch.active;
        match due(&lab, watch, now, &self.need.config) {
            Due::Nothing => {}
            Due::Calm => {
                self.change(live, |lab| {
                    lab.warned = false;
                    lab.active = lab.active.max(active);
                    Ok(None)
                })
                .await?;
                watch.warned = None;
            }
            Due::Warn { ends, idle } => {
                let left_us = u64::try_from(ends.0.saturating_sub(now.0)).unwrap_or(0);
                let left = duration(Duration::from_micros(left_us));
                let words = if idle {
                    format!("nobody works in it: it ends in {left}, unless somebody does")
                } else {
                    format!("its longest time is nearly up: it ends in {left}, unless extended")
                };
                self.change(live, |lab| {
                    lab.warned = true;
                    lab.active = lab.active.max(active);
                    Ok(Some(Note::new(words.as_str())))
                })
                .await?;
                watch.warned = Some(now);
            }
            Due::End => {
                self.end(live, Cause::Idle, "").await?;
                return Ok(true);
            }
        }
        if !live.lab().warned {
            watch.warned = None;
        }
        Ok(false)
    }
}
