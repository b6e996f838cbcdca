//! The root of all queries.

use archway_core::Error;
use archway_core::asset::{AssetId, BadId};
use archway_core::labs::LabId;
use archway_core::look_up;
use archway_core::permission::{Action, Resource, decide};
use archway_core::volumes::VolumeId;
use async_graphql::{Context, ID, Object};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::app::{Application, Backend};
use super::asset::{Asset, SearchPage};
use super::collection::{Collection, Selection};
use super::datalab::Datalab;
use super::inputs::SearchQuery;
use super::usage::Usage;
use super::volume::Volume;
use super::{Failure, gateway};
use crate::parameters::Parameters;
use crate::state::Gateway;
use crate::{asking, question};

/// Most assets that are looked up by one field.
const MOST_LOOKED_UP: usize = 50;
/// Of them, so many at once.
const AT_ONCE: usize = 8;

/// The root of all queries.
pub(crate) struct Query;

/// This is the root of all queries.
#[Object]
impl Query {
    /// Your datalabs, newest first; with `all` those that have ended too
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn datalabs(
        &self,
        context: &Context<'_>,
        all: Option<bool>,
    ) -> Result<Option<Vec<Datalab>>, Failure> {
        let gateway = gateway(context)?;
        let running = !all.unwrap_or_default();
        let labs = gateway.labs.list(&gateway.principal, running).await?;
        Ok(Some(labs.into_iter().map(Datalab).collect()))
    }

    /// One datalab
    async fn datalab(&self, context: &Context<'_>, id: ID) -> Result<Option<Datalab>, Failure> {
        let gateway = gateway(context)?;
        let lab = gateway.labs.lab(&gateway.principal, &LabId(id.0)).await?;
        Ok(Some(Datalab(lab)))
    }

    /// The applications that can be launched
    async fn apps(&self, context: &Context<'_>) -> Result<Vec<Application>, Failure> {
        Ok(gateway(context)?.labs.catalogue().0.iter().cloned().map(Application).collect())
    }

    /// The backends that datalabs run on
    async fn backends(&self, context: &Context<'_>) -> Result<Option<Vec<Backend>>, Failure> {
        let gateway = gateway(context)?;
        decide(&gateway.principal, Action::LaunchLab, Resource::Gateway)?;
        Ok(Some(gateway.labs.backends().await.into_iter().map(Backend::from).collect()))
    }

    /// Your data volumes, newest first
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn volumes(&self, context: &Context<'_>) -> Result<Option<Vec<Volume>>, Failure> {
        let gateway = gateway(context)?;
        let all = gateway.volumes.list(&gateway.principal).await?;
        Ok(Some(all.into_iter().map(Volume).collect()))
    }

    /// One data volume
    async fn volume(&self, context: &Context<'_>, id: ID) -> Result<Option<Volume>, Failure> {
        let gateway = gateway(context)?;
        let volume = gateway.volumes.volume(&gateway.principal, &VolumeId(id.0)).await?;
        Ok(Some(Volume(volume)))
    }

    /// Named sets of assets: the operator's, then your own
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn collections(&self, context: &Context<'_>) -> Result<Option<Vec<Collection>>, Failure> {
        let gateway = gateway(context)?;
        let all = gateway.collections.list(&gateway.principal).await?;
        Ok(Some(all.iter().map(Collection::from).collect()))
    }

    /// One collection
    async fn collection(
        &self,
        context: &Context<'_>,
        id: ID,
    ) -> Result<Option<Collection>, Failure> {
        let gateway = gateway(context)?;
        let collection = gateway.collections.collection(&gateway.principal, &id.0).await?;
        Ok(Some(Collection::from(&collection)))
    }

    /// What you ticked, newest first
    #[graphql(complexity = "20 * child_complexity + 1")]
    async fn selections(&self, context: &Context<'_>) -> Result<Option<Vec<Selection>>, Failure> {
        let gateway = gateway(context)?;
        let all = gateway.selections.list(&gateway.principal).await?;
        Ok(Some(all.iter().map(Selection::from).collect()))
    }

    /// One selection
    async fn selection(&self, context: &Context<'_>, id: ID) -> Result<Option<Selection>, Failure> {
        let gateway = gateway(context)?;
        let selection = gateway.selections.selection(&gateway.principal, &id.0).await?;
        Ok(Some(Selection::from(&selection)))
    }

    /// One record of an archive
    #[graphql(complexity = "10 + child_complexity")]
    async fn asset(&self, context: &Context<'_>, id: ID) -> Result<Option<Asset>, Failure> {
        Ok(Some(asset(gateway(context)?.clone(), id).await?))
    }

    /// Records of archives, at most 50
    #[graphql(complexity = "50 * child_complexity + 10")]
    async fn assets(
        &self,
        context: &Context<'_>,
        ids: Vec<ID>,
    ) -> Result<Option<Vec<Asset>>, Failure> {
        let gateway = gateway(context)?;
        if !(1..=MOST_LOOKED_UP).contains(&ids.len()) {
            let reason = format!("{} ids are outside 1..={MOST_LOOKED_UP}", ids.len());
            return Err(Error::bad_request("ids", reason).into());
        }
        let found = stream::iter(ids).map(|id| asset(gateway.clone(), id)).buffered(AT_ONCE);
        Ok(Some(found.try_collect().await?))
    }

    /// Federated search; without `query` everything is found
    #[graphql(complexity = "limit.unwrap_or(20) as usize * child_complexity + 10")]
    async fn search(
        &self,
        context: &Context<'_>,
        query: Option<SearchQuery>,
        #[graphql(desc = "Most assets of the page, 1 to 1000; 20 unless given")] limit: Option<u32>,
        #[graphql(desc = "`next` of the page before; the query must be the same")] cursor: Option<
            String,
        >,
    ) -> Result<Option<SearchPage>, Failure> {
        let gateway = gateway(context)?;
        let mut pairs = query.unwrap_or_default().pairs();
        pairs.push(("limit".to_owned(), limit.unwrap_or(20).to_string()));
        pairs.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor)));
        let request = question::request(&Parameters::of_pairs(pairs), gateway)?;
        Ok(Some(SearchPage::from(asking::page(gateway, request).await?)))
    }

    /// What you have at the moment, and what you may have
    async fn usage(&self, context: &Context<'_>) -> Result<Option<Usage>, Failure> {
        let gateway = gateway(context)?;
        Ok(Some(Usage::from(gateway.labs.usage(&gateway.principal).await?)))
    }
}

async fn asset(gateway: Gateway, id: ID) -> Result<Asset, Error> {
    let id: AssetId = id.parse().map_err(|bad: BadId| Error::bad_request("id", bad.to_string()))?;
    let who = &gateway.principal;
    look_up::asset(&gateway.archives, who, &id, gateway.look_up_timeout).await.map(Asset)
}
