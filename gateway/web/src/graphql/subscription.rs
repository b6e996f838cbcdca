//! The root of all subscriptions.

use archway_core::labs::LabId;
use archway_core::volumes::VolumeId;
use async_graphql::{Context, ID, Subscription as Root};
use futures_util::{Stream, StreamExt as _};

use super::datalab::DatalabChange;
use super::volume::Volume;
use super::{Failure, gateway};

/// The root of all subscriptions.
pub(crate) struct Subscription;

/// This is the root of all subscriptions; they are answered as server-sent events.
#[Root]
impl Subscription {
    /// Everything that happened and happens to a datalab, until it has ended
    async fn datalab_events(
        &self,
        context: &Context<'_>,
        id: ID,
        #[graphql(desc = "Only what happened behind the event of this number")] after: Option<u32>,
    ) -> Result<impl Stream<Item = Result<DatalabChange, Failure>> + use<>, Failure> {
        let gateway = gateway(context)?;
        let after = u64::from(after.unwrap_or_default());
        let changes = gateway.labs.follow(&gateway.principal, &LabId(id.0), after).await?;
        Ok(changes.map(|change| change.map(DatalabChange::from).map_err(Failure::from)))
    }

    /// A data volume now, and whenever it changes, until it is finished
    async fn volume_events(
        &self,
        context: &Context<'_>,
        id: ID,
    ) -> Result<impl Stream<Item = Result<Volume, Failure>> + use<>, Failure> {
        let gateway = gateway(context)?;
        let changes = gateway.volumes.follow(&gateway.principal, &VolumeId(id.0)).await?;
        Ok(changes.map(|event| event.map(|event| Volume(event.volume)).map_err(Failure::from)))
    }
}
