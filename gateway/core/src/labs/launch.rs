//! A launch: what is asked for is checked, its data and its quota are taken, and it is a lab.
//!
//! Called by `service.rs`. Calls the volumes, `placement.rs` and the store.
//!
//! Rules: whatever can be refused is refused before anything is made; a volume that was made for
//! a launch that the store then refuses is removed again.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::engine::Engine;
use super::words::{duration, one_line};
use super::{
    App, AppId, DataChoice, Lab, LabId, LabState, Launch, Network, Reserved, Size, Verdict,
};
use crate::Error;
use crate::coverage::Instant;
use crate::permission::{Action, Principal, Resource, decide};
use crate::selections::Members;
use crate::volumes::{Mode, NewVolume, Source, Volume, VolumeId, VolumeState};

/// Most volumes of one lab.
const MOST_VOLUMES: usize = 32;
/// The shortest life that can be asked for.
const SHORTEST: Duration = Duration::from_secs(60);
/// Longest key.
const LONGEST_KEY: usize = 200;
/// How old a volume of a collection or search may be to be taken for a new one.
const SAME_FOR_US: i64 = 3_600 * 1_000_000;

/// A launch that was checked.
pub(super) struct Plan {
    pub(super) app: Arc<App>,
    pub(super) size: Size,
    pub(super) title: String,
    pub(super) volumes: Vec<Volume>,
    pub(super) data: Option<Source>,
    pub(super) notebook: bool,
    pub(super) backend: Option<String>,
    pub(super) max_age: Duration,
    pub(super) network: Network,
}

impl Engine {
    pub(super) async fn verdicts(
        &self,
        principal: &Principal,
        launch: &Launch,
    ) -> Result<Vec<Verdict>, Error> {
        let plan = self.plan(principal, launch).await?;
        let usage = self.need.keeper.usage(&principal.owner()).await?;
        Ok(self.judge(&plan, &usage).await)
    }

    pub(super) async fn launch(
        &self,
        principal: &Principal,
        launch: &Launch,
        key: Option<&str>,
    ) -> Result<Lab, Error> {
        key.map(check_key).transpose()?;
        let plan = self.plan(principal, launch).await?;
        let backend = self.choose(&plan).await?;
        if key.is_none() {
            // With a key the lab may be there already, however full the quota is.
            let usage = self.need.keeper.usage(&principal.owner()).await?;
            if let (_, Some(reason)) = self.quota_words(&plan, &usage) {
                return Err(Error::QuotaExceeded { reason });
            }
        }
        let made = self.data_volume(principal, &plan, key).await?;
        let mut volumes: Vec<VolumeId> = plan.volumes.iter().map(|one| one.id.clone()).collect();
        if let Some((volume, _)) = &made
            && !volumes.contains(&volume.id)
        {
            volumes.push(volume.id.clone());
        }
        let lab = self.new_lab(principal, &plan, backend.id(), volumes);
        let fingerprint = fingerprint(launch);
        let key = key.map(|key| (key, fingerprint.as_str()));
        let reserved = self.need.keeper.reserve(&lab, key, &self.need.config.quota).await;
        match reserved {
            Ok(Reserved::New(lab)) => {
                let live = self.lives.of(&lab, false);
                self.take_on(live);
                Ok(lab)
            }
            Ok(Reserved::Before(lab)) => {
                // The volume of then may have been deleted, and a new one was made just now.
                let unused = |volume: &Volume| !lab.volumes.contains(&volume.id);
                if let Some((volume, true)) = made.filter(|(volume, _)| unused(volume)) {
                    let _ = self.need.volumes.delete(principal, &volume.id).await;
                }
                Ok(lab)
            }
            Err(error) => {
                if let Some((volume, true)) = made {
                    // The launch is refused whatever becomes of this.
                    let _ = self.need.volumes.delete(principal, &volume.id).await;
                }
                Err(error)
            }
        }
    }

    async fn plan(&self, principal: &Principal, launch: &Launch) -> Result<Plan, Error> {
        decide(principal, Action::LaunchLab, Resource::OwnedBy(&principal.owner()))?;
        if let Some(id) = &launch.backend
            && self.backend(id).is_none()
        {
            let names = self.need.backends.iter().map(|backend| backend.id());
            return Err(Error::not_found_near("lab backend", id, names));
        }
        let app = self.app_for(launch)?;
        if launch.notebook && app.open_notebook.is_none() {
            let reason = format!("{} opens no notebooks", app.title);
            return Err(Error::bad_request("notebook", reason));
        }
        let size = size_for(&app, launch.size.as_deref())?;
        let config = &self.need.config;
        let max_age = launch.max_age.unwrap_or(config.max_age);
        let shortest = SHORTEST.min(config.max_age);
        if !(shortest..=config.max_age).contains(&max_age) {
            let (low, high) = (duration(shortest), duration(config.max_age));
            let reason = format!("{} is outside {low} to {high}", duration(max_age));
            return Err(Error::bad_request("max_age", reason));
        }
        if launch.network == Network::Audited && !config.network_allowed {
            let reason = "labs of this gateway reach no network; its operator can allow it";
            return Err(Error::PermissionDenied { reason: reason.to_owned() });
        }
        let volumes = self.volumes_for(principal, &launch.volumes).await?;
        let data = launch.data.as_ref().map(source_of);
        let title = match one_line(&launch.title) {
            title if !title.is_empty() => title,
            _ => title_for(&app, &volumes),
        };
        let backend = launch.backend.clone();
        let (notebook, network) = (launch.notebook, launch.network);
        Ok(Plan { app, size, title, volumes, data, notebook, backend, max_age, network })
    }

    fn app_for(&self, launch: &Launch) -> Result<Arc<App>, Error> {
        let catalogue = &self.need.catalogue;
        if !launch.app.is_empty() {
            return catalogue.app(&launch.app);
        }
        let suits = |app: &&Arc<App>| {
            let runs = |backend: &Arc<dyn super::LabBackend>| {
                let wanted = launch.backend.as_deref().is_none_or(|id| id == backend.id());
                let size = app.sizes.first();
                wanted && size.is_some_and(|size| backend.unsuited(app, size).is_none())
            };
            (!launch.notebook || app.open_notebook.is_some()) && self.need.backends.iter().any(runs)
        };
        let mut apps = catalogue.0.iter();
        apps.find(suits).cloned().ok_or_else(|| Error::not_found("application", "that suits"))
    }

    async fn volumes_for(
        &self,
        principal: &Principal,
        ids: &[VolumeId],
    ) -> Result<Vec<Volume>, Error> {
        if ids.len() > MOST_VOLUMES {
            let reason = format!("{} are more than the {MOST_VOLUMES} a lab can see", ids.len());
            return Err(Error::bad_request("volumes", reason));
        }
        let mut volumes: Vec<Volume> = Vec::new();
        for id in ids {
            if volumes.iter().any(|volume| volume.id == *id) {
                continue;
            }
            let volume = self.need.volumes.volume(principal, id).await?;
            if let VolumeState::Failed | VolumeState::Cancelled = volume.state {
                let (name, state) = (&volume.name, volume.state.name());
                let reason = format!("volume `{name}` is {state}; try it again, or leave it out");
                return Err(Error::Conflict { reason });
            }
            volumes.push(volume);
        }
        Ok(volumes)
    }

    /// The volume of the data the lab opens with, and whether it may have been made just now.
    async fn data_volume(
        &self,
        principal: &Principal,
        plan: &Plan,
        key: Option<&str>,
    ) -> Result<Option<(Volume, bool)>, Error> {
        let Some(source) = &plan.data else { return Ok(None) };
        if key.is_none() {
            let now = self.now();
            let known = self.need.volumes.list(principal).await?;
            let same = known.into_iter().find(|volume| serves(volume, source, now));
            if let Some(volume) = same {
                return Ok(Some((volume, false)));
            }
        }
        let title = if plan.title == plan.app.title { String::new() } else { plan.title.clone() };
        let new = NewVolume {
            name: String::new(),
            title,
            source: source.clone(),
            mode: Mode::Copy,
            writable: false,
        };
        // A key of its own, that no request for a volume has.
        let key = key.map(|key| format!("lab/{}", hex(&Sha256::digest(key))));
        let volume = self.need.volumes.create(principal, new, key.as_deref()).await?;
        Ok(Some((volume, true)))
    }

    fn new_lab(
        &self,
        principal: &Principal,
        plan: &Plan,
        backend: &str,
        volumes: Vec<VolumeId>,
    ) -> Lab {
        let outside = &self.need.outside;
        let (id, created) = (outside.new_id(), outside.now());
        let base_path = match self.need.config.path_mode {
            true => format!("/labs/{id}/app/"),
            false => "/".to_owned(),
        };
        // Never one that is there already: a notebook that its user has changed is theirs.
        let end = id.get(id.len().saturating_sub(6)..).unwrap_or(&id).to_owned();
        let notebook =
            plan.notebook.then(|| format!("notebooks/{}-{end}.ipynb", slug(&plan.title)));
        Lab {
            id: LabId(id),
            owner: principal.owner(),
            app: AppId::clone(&plan.app.id),
            title: plan.title.clone(),
            backend: backend.to_owned(),
            size: plan.size.clone(),
            volumes,
            notebook,
            network: plan.network,
            state: LabState::Reserved,
            cause: None,
            handle: None,
            endpoint: None,
            token: outside.new_secret(),
            base_path,
            created,
            ready: None,
            ended: None,
            deadline: later(created, plan.max_age),
            active: created,
            snoozed: None,
            warned: false,
            revision: 0,
        }
    }
}

/// That much later.
pub(super) fn later(from: Instant, by: Duration) -> Instant {
    let us = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Instant(from.0.saturating_add(us))
}

fn size_for(app: &App, name: Option<&str>) -> Result<Size, Error> {
    let found = match name {
        Some(name) => app.sizes.iter().find(|size| size.name.eq_ignore_ascii_case(name)),
        None => app.sizes.first(),
    };
    let names = || app.sizes.iter().map(|size| size.name.as_str()).collect::<Vec<_>>().join(", ");
    found.cloned().ok_or_else(|| {
        let asked = name.unwrap_or_default();
        let reason = format!("`{asked}` is no size of {}; there are {}", app.id, names());
        Error::bad_request("size", reason)
    })
}

fn source_of(data: &DataChoice) -> Source {
    match data {
        DataChoice::Members(members) => Source::Selection(members.clone()),
        DataChoice::Collection(id) => Source::Collection(id.clone()),
    }
}

/// Whether a volume that is there holds what a new one of that source would.
fn serves(volume: &Volume, source: &Source, now: Instant) -> bool {
    let fixed = matches!(source, Source::Selection(Members::Assets(_)));
    let young = now.0.saturating_sub(volume.created.0) < SAME_FOR_US;
    let whole = match volume.state {
        VolumeState::Ready => volume.failure.is_none() && (fixed || young),
        VolumeState::Listing | VolumeState::Staging => true,
        VolumeState::Failed | VolumeState::Cancelled => false,
    };
    whole && volume.source == *source && volume.mode == Mode::Copy && !volume.writable
}

fn title_for(app: &App, volumes: &[Volume]) -> String {
    match volumes {
        [] => app.title.clone(),
        [one] => one_line(&format!("{} with {}", app.title, one.title)),
        [first, rest @ ..] => {
            one_line(&format!("{} with {} and {} more", app.title, first.title, rest.len()))
        }
    }
}

/// A file's name made from a title: `a-z0-9` and `-`, at most 40.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().take(200) {
        match c.to_ascii_lowercase() {
            c @ ('a'..='z' | '0'..='9') if slug.len() < 40 => slug.push(c),
            _ if slug.len() < 39 && !slug.is_empty() && !slug.ends_with('-') => slug.push('-'),
            _ => {}
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "notebook".to_owned() } else { slug.to_owned() }
}

fn check_key(key: &str) -> Result<(), Error> {
    if (1..=LONGEST_KEY).contains(&key.len()) && key.chars().all(|c| c.is_ascii_graphic()) {
        return Ok(());
    }
    let reason = format!("a key has 1 to {LONGEST_KEY} visible ASCII characters");
    Err(Error::bad_request("Idempotency-Key", reason))
}

/// What tells two requests under one key apart.
fn fingerprint(launch: &Launch) -> String {
    hex(&Sha256::digest(format!("{launch:?}")))
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn the_name_of_a_notebook_is_made_from_its_title() {
        let cases = [
            ("M31 in the infrared", "m31-in-the-infrared"),
            ("  ../../etc/passwd ", "etc-passwd"),
            ("Größe", "gr-e"),
            ("日本", "notebook"),
            ("", "notebook"),
        ];
        for (title, expected) in cases {
            assert_eq!(slug(title), expected, "{title}");
        }
        assert!(slug(&"long ".repeat(100)).len() <= 40);
    }
}
