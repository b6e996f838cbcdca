//! A lab as JSON: never its token, its handle, or where it answers.

use archway_core::coverage::Instant;
use archway_core::labs::{Lab, LabEvent, Network, Verdict};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::apps::SizeView;
use crate::entering::{cause_name, cause_words};

/// A running session of an application, or one that ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabView {
    /// Made by the gateway.
    #[schema(example = "aae6c2bbb1eeaa3d5f70")]
    id: String,
    /// Id of the application.
    #[schema(example = "sepp/jupyterlab:v1")]
    app: String,
    /// For people.
    title: String,
    /// Id of its backend.
    #[schema(example = "process")]
    backend: String,
    size: SizeView,
    /// Ids of the volumes that it sees.
    volumes: Vec<String>,
    /// Path of the notebook in your space that it opens with.
    #[schema(example = "notebooks/crab.ipynb")]
    notebook: Option<String>,
    network: NetworkWord,
    /// `reserved`, `staging`, `preparing`, `starting`, `waiting`, `ready`, `stopping`, `stopped`
    /// or `failed`.
    #[schema(example = "ready")]
    state: &'static str,
    /// Why it ended.
    cause: Option<CauseView>,
    /// When it was asked for, RFC 3339 UTC.
    created: String,
    /// When it was ready.
    ready: Option<String>,
    /// When it ended.
    ended: Option<String>,
    /// When it ends at the latest.
    deadline: String,
    /// When somebody last worked in it.
    active: String,
    /// Until when idleness does not end it.
    snoozed: Option<String>,
    /// Whether it ends soon because nobody works in it; `snooze` keeps it.
    ends_soon: bool,
    /// Its page in the portal.
    #[schema(example = "/labs/aae6c2bbb1eeaa3d5f70")]
    page: String,
}

/// What a lab may reach.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NetworkWord {
    /// Nothing.
    #[default]
    None,
    /// Public hosts through the gateway's proxy, each connection in the audit log.
    Audited,
}

/// Why a lab ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CauseView {
    /// `asked`, `idle`, `too-old`, `exited`, `signalled`, `out-of-memory`, `never-answered`,
    /// `lost` or `step-failed`.
    #[schema(example = "idle")]
    kind: &'static str,
    /// For people.
    words: String,
}

/// One thing that happened to a lab.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LabEventView {
    /// From 1, of each lab; `Last-Event-ID` takes it.
    number: u64,
    /// When, RFC 3339 UTC.
    at: String,
    /// In which state.
    #[schema(example = "staging")]
    state: &'static str,
    /// For people.
    words: String,
    /// Lines of the failing step's own log; empty otherwise.
    log: String,
}

/// What would become of a launch on one backend, in words.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictView {
    /// Id of the backend.
    #[schema(example = "process")]
    backend: String,
    /// For people.
    title: String,
    /// How much of the data is there, or is to be copied.
    data: String,
    /// What of the quota is used.
    quota: String,
    /// `recommended`, or why not.
    words: String,
    /// Whether it can be launched there.
    possible: bool,
    /// Whether it is the one that is taken when nothing is said.
    chosen: bool,
    /// Isolation and limits that do not hold here.
    notices: Vec<String>,
}

impl From<NetworkWord> for Network {
    fn from(word: NetworkWord) -> Self {
        match word {
            NetworkWord::None => Self::None,
            NetworkWord::Audited => Self::Audited,
        }
    }
}

impl From<&Lab> for LabView {
    fn from(lab: &Lab) -> Self {
        let cause = lab.cause.as_ref();
        Self {
            id: lab.id.to_string(),
            app: lab.app.to_string(),
            title: lab.title.clone(),
            backend: lab.backend.clone(),
            size: SizeView::from(&lab.size),
            volumes: lab.volumes.iter().map(ToString::to_string).collect(),
            notebook: lab.notebook.clone(),
            network: match lab.network {
                Network::None => NetworkWord::None,
                Network::Audited => NetworkWord::Audited,
            },
            state: lab.state.name(),
            cause: cause
                .map(|cause| CauseView { kind: cause_name(cause), words: cause_words(cause) }),
            created: lab.created.to_rfc3339(),
            ready: lab.ready.map(Instant::to_rfc3339),
            ended: lab.ended.map(Instant::to_rfc3339),
            deadline: lab.deadline.to_rfc3339(),
            active: lab.active.to_rfc3339(),
            snoozed: lab.snoozed.map(Instant::to_rfc3339),
            ends_soon: lab.warned && !lab.state.has_ended(),
            page: format!("/labs/{}", lab.id),
        }
    }
}

impl From<&LabEvent> for LabEventView {
    fn from(event: &LabEvent) -> Self {
        Self {
            number: event.number,
            at: event.at.to_rfc3339(),
            state: event.state.name(),
            words: event.words.clone(),
            log: event.log.clone(),
        }
    }
}

impl From<Verdict> for VerdictView {
    fn from(verdict: Verdict) -> Self {
        Self {
            backend: verdict.backend,
            title: verdict.title,
            data: verdict.data,
            quota: verdict.quota,
            words: verdict.words,
            possible: verdict.possible,
            chosen: verdict.chosen,
            notices: verdict.notices,
        }
    }
}
