//! The way of a lab from its reservation until its application answers.
//!
//! Called by the driver in `runner.rs`, which drops it when the lab is to end. Calls the volumes,
//! the backend, and `watching.rs` once the lab is ready.
//!
//! Rules: a step is written before it is done, so that a gateway that is killed in it does it
//! again; every step may be done twice; what a step left behind is removed by `ending.rs`.

use std::time::Duration;

use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant as Moment, sleep, timeout};

use super::engine::{Engine, Note, principal_of};
use super::live::Live;
use super::watching::Seen;
use super::words::{bytes, duration, plural, size};
use super::{Cause, Endpoint, Failure, Lab, LabState, Progress, Started};
use crate::Error;
use crate::coverage::Instant;
use crate::volumes::{Volume, VolumeId, VolumeState};

/// How long a backend may take to start a lab.
const START_WITHIN: Duration = Duration::from_secs(180);
/// How often a start is tried whose failure may pass by itself.
const STARTS: u32 = 3;
const VOLUME_GONE: &str = "a data volume was deleted";
/// How long one question to an application may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// A lab that answers is noticed so much later at the most.
const LONGEST_PAUSE: Duration = Duration::from_millis(100);

/// When the next words on a long step may be written: at most once a second, and more seldom the
/// longer it takes, so that their number stays small.
struct Pace {
    began: Moment,
    next: Moment,
}

impl Pace {
    fn new() -> Self {
        let now = Moment::now();
        Self { began: now, next: now + Duration::from_secs(1) }
    }

    fn is_due(&mut self) -> bool {
        let now = Moment::now();
        let due = now >= self.next;
        if due {
            self.next = now + Duration::from_secs(1).max((now - self.began) / 20);
        }
        due
    }
}

struct Lines(watch::Sender<String>);

impl Progress for Lines {
    fn says(&self, words: &str) {
        self.0.send_replace(super::words::one_line(words));
    }
}

impl Engine {
    /// Goes on from where the lab stands until it is to end.
    pub(super) async fn go_on(&self, live: &Live) -> Result<(), Error> {
        let steps = async {
            loop {
                match live.state() {
                    LabState::Reserved => self.begin(live).await?,
                    LabState::Staging => self.stage(live).await?,
                    LabState::Preparing => self.prepare(live).await?,
                    LabState::Starting => self.start(live).await?,
                    LabState::Waiting => self.wait(live).await?,
                    LabState::Ready => self.watch(live).await?,
                    LabState::Stopping | LabState::Stopped | LabState::Failed => return Ok(()),
                }
            }
        };
        let too_old = async {
            loop {
                let left_us = live.lab().deadline.0.saturating_sub(self.now().0);
                match u64::try_from(left_us) {
                    Ok(left_us) if left_us > 0 => sleep(Duration::from_micros(left_us)).await,
                    _ => break,
                }
            }
        };
        tokio::select! {
            result = steps => result,
            () = too_old => self.end(live, Cause::TooOld, "").await,
        }
    }

    async fn begin(&self, live: &Live) -> Result<(), Error> {
        let lab = live.lab();
        // A gateway that was killed here may have said so already.
        if !live.take_found() || self.need.keeper.events(&lab.id, 0).await?.is_empty() {
            let backend = self.backend(&lab.backend).map_or("nothing", |one| one.title());
            let words = format!("asked for; reserved {} on {backend}", size(&lab.size));
            self.say(live, Note::new(words)).await?;
        }
        let next = if lab.volumes.is_empty() { LabState::Preparing } else { LabState::Staging };
        self.enter(live, next).await
    }

    /// Into a state before `Waiting`, with its words.
    async fn enter(&self, live: &Live, state: LabState) -> Result<(), Error> {
        let lab = live.lab();
        let app = self.app(&lab).map_or_else(|| lab.app.to_string(), |app| app.title.clone());
        let words = match state {
            LabState::Staging => {
                format!("bringing {}", plural(lab.volumes.len() as u64, "data volume"))
            }
            LabState::Preparing => format!("preparing {app}"),
            _ => format!("starting {app}"),
        };
        self.change(live, |lab| {
            lab.state = state;
            Ok(Some(Note::new(words.as_str())))
        })
        .await?;
        Ok(())
    }

    async fn stage(&self, live: &Live) -> Result<(), Error> {
        let lab = live.lab();
        let mut pace = Pace::new();
        for id in &lab.volumes {
            let ready = tokio::select! {
                biased;
                ready = self.need.volumes.until_ready(id) => ready,
                error = self.tell_of(live, id, &mut pace) => return Err(error),
            };
            match ready {
                Ok(_) => {}
                Err(Error::Conflict { reason }) => return self.fail(live, &reason, "").await,
                Err(Error::NotFound { .. }) => return self.fail(live, VOLUME_GONE, "").await,
                Err(error) => return Err(error),
            }
        }
        self.enter(live, LabState::Preparing).await
    }

    /// Says now and then how far a volume is; ends with an error only.
    async fn tell_of(&self, live: &Live, id: &VolumeId, pace: &mut Pace) -> Error {
        let telling = async {
            let principal = principal_of(&live.lab().owner)?;
            let mut changes = self.need.volumes.follow(&principal, id).await?;
            while let Some(event) = changes.next().await {
                let volume = event?.volume;
                if !volume.state.is_final() && pace.is_due() {
                    self.say(live, Note::new(staging_words(&volume))).await?;
                }
            }
            Ok::<(), Error>(())
        };
        match telling.await {
            Ok(()) | Err(Error::NotFound { .. }) => std::future::pending().await,
            Err(error) => error,
        }
    }

    async fn prepare(&self, live: &Live) -> Result<(), Error> {
        let lab = live.lab();
        let Some(app) = self.app(&lab) else {
            let reason = format!("`{}` is no longer in the catalogue", lab.app);
            return self.fail(live, &reason, "").await;
        };
        let Some(backend) = self.backend(&lab.backend) else {
            let reason = format!("lab backend `{}` is no longer configured", lab.backend);
            return self.fail(live, &reason, "").await;
        };
        let lines = Lines(watch::Sender::new(String::new()));
        let mut said = lines.0.subscribe();
        let telling = async {
            let mut pace = Pace { next: Moment::now(), ..Pace::new() };
            loop {
                if said.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                // What was said in between is not news any more.
                tokio::time::sleep_until(pace.next).await;
                pace.is_due();
                let words = said.borrow_and_update().clone();
                if let Err(error) = self.say(live, Note::new(words)).await {
                    return error;
                }
            }
        };
        let prepared = tokio::select! {
            biased;
            prepared = backend.prepare(&app, &lines) => prepared,
            error = telling => return Err(error),
        };
        match prepared {
            Ok(()) => self.enter(live, LabState::Starting).await,
            Err(failure) => self.fail(live, &failure.reason, &failure.log).await,
        }
    }

    async fn start(&self, live: &Live) -> Result<(), Error> {
        if live.take_found() {
            // An earlier gateway was killed in this step: it may run already, or have ended.
            return match self.look(live).await? {
                Seen::Runs(started) => self.has_started(live, started).await,
                Seen::Absent => self.start_new(live).await,
                Seen::Ended => Ok(()),
                Seen::Unknown => self.wait_until_known(live).await,
            };
        }
        self.start_new(live).await
    }

    /// Until the backend knows again; the step is then begun as after a restart.
    async fn wait_until_known(&self, live: &Live) -> Result<(), Error> {
        sleep(super::watching::TICK).await;
        live.is_found();
        Ok(())
    }

    async fn start_new(&self, live: &Live) -> Result<(), Error> {
        let lab = live.lab();
        let (Some(app), Some(backend)) = (self.app(&lab), self.backend(&lab.backend)) else {
            return self.fail(live, "its application or backend is no longer configured", "").await;
        };
        let spec = match self.spec(&lab, app).await {
            Ok(spec) => spec,
            Err(Error::Conflict { reason } | Error::Full { reason }) => {
                return self.fail(live, &reason, "").await;
            }
            Err(Error::NotFound { .. }) => {
                return self.fail(live, VOLUME_GONE, "").await;
            }
            Err(error) => return Err(error),
        };
        let mut tries = 1;
        loop {
            let failure = match timeout(START_WITHIN, backend.start(&spec)).await {
                Ok(Ok(started)) => return self.has_started(live, started).await,
                Ok(Err(failure)) => failure,
                Err(_) => Failure {
                    reason: format!("it was not started within {}", duration(START_WITHIN)),
                    log: String::new(),
                    temporary: false,
                },
            };
            if !failure.temporary || tries == STARTS {
                return self.fail(live, &failure.reason, &failure.log).await;
            }
            let words = format!("{}; trying again", failure.reason);
            self.say(live, Note::new(words).with_log(&failure.log)).await?;
            sleep(Duration::from_secs(u64::from(tries * tries))).await;
            tries += 1;
        }
    }

    async fn has_started(&self, live: &Live, started: Started) -> Result<(), Error> {
        self.change(live, |lab| {
            lab.state = LabState::Waiting;
            lab.handle = Some(started.handle.clone());
            lab.endpoint = Some(started.endpoint.clone());
            Ok(Some(Note::new("it runs; waiting for the application to answer")))
        })
        .await?;
        Ok(())
    }

    async fn wait(&self, live: &Live) -> Result<(), Error> {
        let until = Moment::now() + self.need.config.answer_within;
        let mut look_at = Moment::now() + Duration::from_millis(200);
        let mut pause = FIRST_PAUSE;
        let mut known = true;
        if live.take_found() {
            look_at = Moment::now();
        }
        loop {
            if Moment::now() >= look_at {
                known = match self.look(live).await? {
                    Seen::Runs(_) => true,
                    Seen::Unknown => false,
                    Seen::Absent => return self.end(live, Cause::Lost, "").await,
                    Seen::Ended => return Ok(()),
                };
                look_at = Moment::now() + Duration::from_secs(1);
            }
            let lab = live.lab();
            if let Some(endpoint) = &lab.endpoint
                && self.answers(&lab, endpoint).await
            {
                return self.is_ready(live).await;
            }
            // While the backend does not know, silence says nothing about the lab.
            if known && Moment::now() >= until {
                let log = self.last_lines(&lab).await;
                return self.end(live, Cause::NeverAnswered, &log).await;
            }
            sleep(pause).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }

    async fn answers(&self, lab: &Lab, endpoint: &Endpoint) -> bool {
        let Some(app) = self.app(lab) else { return false };
        let asked = self.need.application.answers(&app, endpoint, &lab.base_path, &lab.token);
        timeout(ANSWER_WITHIN, asked).await.unwrap_or(false)
    }

    async fn is_ready(&self, live: &Live) -> Result<(), Error> {
        let now = self.now();
        self.change(live, |lab| {
            lab.state = LabState::Ready;
            lab.ready = Some(now);
            lab.active = now;
            Ok(Some(Note::new(format!("ready after {}", seconds(lab.created, now)))))
        })
        .await?;
        Ok(())
    }
}

fn seconds(from: Instant, until: Instant) -> String {
    format!("{:.1} s", until.0.saturating_sub(from.0) as f64 / 1e6)
}

fn staging_words(volume: &Volume) -> String {
    let progress = &volume.progress;
    let name = &volume.name;
    if volume.state == VolumeState::Listing {
        return format!("`{name}`: listing, {} so far", plural(progress.files_total, "file"));
    }
    format!(
        "`{name}`: {} of {}, {} of {}",
        progress.files,
        plural(progress.files_total, "file"),
        bytes(progress.bytes),
        bytes(progress.bytes_total)
    )
}
