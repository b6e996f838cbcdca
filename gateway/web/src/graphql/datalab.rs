//! Labs, as the talk calls them: datalabs.

use archway_core::coverage::Instant;
use archway_core::labs::{Lab, LabEvent};
use archway_core::volumes::VolumeId;
use async_graphql::{Context, ID, Object, SimpleObject};

use super::app::LabSize;
use super::inputs::NetworkChoice;
use super::volume::Volume;
use super::whole::Whole;
use super::{Failure, gateway};
use crate::entering::{cause_name, cause_words};

/// A running session of an application, or one that ended.
pub(super) struct Datalab(pub(super) Lab);

/// A running session of an application, or one that ended.
#[Object]
impl Datalab {
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Id of its application, the `sapId` that it was made from.
    async fn base(&self) -> &str {
        self.0.app.as_str()
    }

    /// For people.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// `reserved`, `staging`, `preparing`, `starting`, `waiting`, `ready`, `stopping`, `stopped`
    /// or `failed`.
    async fn state(&self) -> &str {
        self.0.state.name()
    }

    /// Why it ended.
    async fn cause(&self) -> Option<Cause> {
        let cause = self.0.cause.as_ref()?;
        Some(Cause { kind: cause_name(cause), words: cause_words(cause) })
    }

    /// Its page in the portal, below the gateway's own address.
    async fn url(&self) -> String {
        format!("/labs/{}", self.0.id)
    }

    /// Id of its backend.
    async fn backend(&self) -> &str {
        &self.0.backend
    }

    /// How big.
    async fn size(&self) -> LabSize {
        LabSize::from(&self.0.size)
    }

    /// What it may reach.
    async fn network(&self) -> NetworkChoice {
        NetworkChoice::from(self.0.network)
    }

    /// Path of the notebook in your space that it opens with.
    async fn notebook(&self) -> Option<&str> {
        self.0.notebook.as_deref()
    }

    /// The volumes that it sees; those that were removed meanwhile are left out.
    #[graphql(complexity = "10 * child_complexity + 1")]
    async fn volumes(&self, context: &Context<'_>) -> Result<Option<Vec<Volume>>, Failure> {
        let gateway = gateway(context)?;
        let mut volumes = Vec::with_capacity(self.0.volumes.len());
        for VolumeId(id) in &self.0.volumes {
            match gateway.volumes.volume(&gateway.principal, &VolumeId(id.clone())).await {
                Ok(volume) => volumes.push(Volume(volume)),
                Err(archway_core::Error::NotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Some(volumes))
    }

    /// What happened to it, behind the event of number `after`.
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn events(
        &self,
        context: &Context<'_>,
        after: Option<u32>,
    ) -> Result<Option<Vec<DatalabEvent>>, Failure> {
        let gateway = gateway(context)?;
        let after = u64::from(after.unwrap_or_default());
        let events = gateway.labs.events(&gateway.principal, &self.0.id, after).await?;
        Ok(Some(events.iter().map(DatalabEvent::from).collect()))
    }

    /// When it was asked for, RFC 3339 UTC.
    async fn created(&self) -> String {
        self.0.created.to_rfc3339()
    }

    /// When it was ready.
    async fn ready(&self) -> Option<String> {
        self.0.ready.map(Instant::to_rfc3339)
    }

    /// When it ended.
    async fn ended(&self) -> Option<String> {
        self.0.ended.map(Instant::to_rfc3339)
    }

    /// When it ends at the latest.
    async fn deadline(&self) -> String {
        self.0.deadline.to_rfc3339()
    }

    /// When somebody last worked in it.
    async fn active(&self) -> String {
        self.0.active.to_rfc3339()
    }

    /// Whether it ends soon because nobody works in it; `snoozeDatalab` keeps it.
    async fn ends_soon(&self) -> bool {
        self.0.warned && !self.0.state.has_ended()
    }
}

/// Why a datalab ended.
#[derive(SimpleObject)]
pub(super) struct Cause {
    /// `asked`, `idle`, `too-old`, `exited`, `signalled`, `out-of-memory`, `never-answered`,
    /// `lost` or `step-failed`.
    kind: &'static str,
    /// For people.
    words: String,
}

/// One thing that happened to a datalab.
#[derive(SimpleObject)]
pub(super) struct DatalabEvent {
    /// From 1, of each datalab.
    number: Whole,
    /// When, RFC 3339 UTC.
    at: String,
    /// In which state.
    state: &'static str,
    /// For people.
    words: String,
    /// Lines of the failing step's own log; empty otherwise.
    log: String,
}

/// One thing that happened, and the datalab as it is with it.
#[derive(SimpleObject)]
pub(super) struct DatalabChange {
    event: DatalabEvent,
    datalab: Datalab,
}

impl From<&LabEvent> for DatalabEvent {
    fn from(event: &LabEvent) -> Self {
        Self {
            number: Whole(event.number),
            at: event.at.to_rfc3339(),
            state: event.state.name(),
            words: event.words.clone(),
            log: event.log.clone(),
        }
    }
}

impl From<(Lab, LabEvent)> for DatalabChange {
    fn from((lab, event): (Lab, LabEvent)) -> Self {
        Self { event: DatalabEvent::from(&event), datalab: Datalab(lab) }
    }
}
