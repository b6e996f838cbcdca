//! The root of all mutations.

use std::time::Duration;

use archway_core::Error;
use archway_core::collections::Collection as NewCollection;
use archway_core::labs::{LabId, Launch, Network};
use archway_core::volumes::{Mode, NewVolume, Source, VolumeId};
use async_graphql::{Context, ID, Object, SimpleObject};

use super::collection::{Collection, Selection};
use super::datalab::Datalab;
use super::inputs::{ChosenInput, NetworkChoice, SearchQuery, SourceInput, texts};
use super::volume::Volume;
use super::{Failure, gateway};
use crate::chosen::Chosen;
use crate::entering::entry_url;
use crate::parameters::idempotency_key;

/// The root of all mutations.
pub(crate) struct Mutation;

/// A datalab that was made.
#[derive(SimpleObject)]
pub(super) struct CreateDatalab {
    datalab: Option<Datalab>,
}

/// A datalab that was told to end.
#[derive(SimpleObject)]
pub(super) struct DestroyDatalab {
    /// As it is now; it takes a moment to end.
    datalab: Option<Datalab>,
}

/// Where a browser enters a datalab.
#[derive(SimpleObject)]
pub(super) struct OpenDatalab {
    /// Works once, within a minute.
    url: String,
}

/// This is the root of all mutations.
#[Object]
impl Mutation {
    /// Create a new datalab for the current user
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn create_datalab(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The application, as in `sepp/jupyterlab:v1`")] sap_id: Option<String>,
        #[graphql(desc = "For people; made from the rest when absent")] title: Option<String>,
        #[graphql(desc = "Volumes that it sees")] volumes: Option<Vec<ID>>,
        #[graphql(desc = "Name of a size; the first of the application when absent")] size: Option<
            String,
        >,
        #[graphql(desc = "Id of a backend; chosen when absent")] backend: Option<String>,
        #[graphql(
            desc = "Whether a notebook that reads the data is made and opened; true when data \
                          is named"
        )]
        notebook: Option<bool>,
        #[graphql(desc = "Opens with this collection: a volume is made of it first")]
        collection: Option<ID>,
        #[graphql(desc = "Opens with this selection")] selection: Option<ID>,
        #[graphql(desc = "Opens with these assets")] assets: Option<Vec<ID>>,
        #[graphql(desc = "Opens with all results of this search")] query: Option<SearchQuery>,
        #[graphql(desc = "Results of the search that are left out")] except: Option<Vec<ID>>,
        #[graphql(desc = "How long it may live, seconds; the longest when absent")]
        max_age_s: Option<u32>,
        #[graphql(desc = "What it may reach; nothing when absent")] network: Option<NetworkChoice>,
        #[graphql(desc = "Asking again with it makes no second one")] idempotency_key: Option<
            String,
        >,
    ) -> Result<Option<CreateDatalab>, Failure> {
        let gateway = gateway(context)?;
        let app = sap_id.filter(|id| !id.trim().is_empty()).ok_or_else(|| {
            let reason = "is missing; name an application, as in `sepp/jupyterlab:v1`; `apps` \
                          lists what there is";
            Error::bad_request("sapId", reason)
        })?;
        if max_age_s == Some(0) {
            let reason = "0 is no time; leave it out or give more";
            return Err(Error::bad_request("maxAgeS", reason).into());
        }
        let input = ChosenInput { collection, selection, assets, query, except };
        let data = Chosen::from(input).data(gateway, "").await?;
        let launch = Launch {
            app,
            title: title.unwrap_or_default(),
            volumes: texts(volumes.unwrap_or_default()).into_iter().map(VolumeId).collect(),
            notebook: notebook.unwrap_or(data.is_some()),
            data,
            size,
            backend,
            max_age: max_age_s.map(|seconds| Duration::from_secs(seconds.into())),
            network: network.map(Network::from).unwrap_or_default(),
        };
        let key = key(idempotency_key)?;
        let lab = gateway.labs.launch(&gateway.principal, launch, key.as_deref()).await?;
        Ok(Some(CreateDatalab { datalab: Some(Datalab(lab)) }))
    }

    /// Destroy the specified datalab for the current user
    async fn destroy_datalab(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id")] cid: Option<String>,
    ) -> Result<Option<DestroyDatalab>, Failure> {
        let gateway = gateway(context)?;
        let lab = gateway.labs.stop(&gateway.principal, &lab_id(cid)?).await?;
        Ok(Some(DestroyDatalab { datalab: Some(Datalab(lab)) }))
    }

    /// Give an address that enters the datalab once, within a minute
    async fn open_datalab(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id")] cid: Option<String>,
    ) -> Result<Option<OpenDatalab>, Failure> {
        let url = entry_url(gateway(context)?, &lab_id(cid)?).await?;
        Ok(Some(OpenDatalab { url }))
    }

    /// Let the datalab live longer, up to the longest time from now on
    async fn extend_datalab(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id")] cid: Option<String>,
    ) -> Result<Option<Datalab>, Failure> {
        let gateway = gateway(context)?;
        let lab = gateway.labs.extend(&gateway.principal, &lab_id(cid)?).await?;
        Ok(Some(Datalab(lab)))
    }

    /// Keep the datalab for one more idle time although nobody works in it
    async fn snooze_datalab(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id")] cid: Option<String>,
    ) -> Result<Option<Datalab>, Failure> {
        let gateway = gateway(context)?;
        let lab = gateway.labs.snooze(&gateway.principal, &lab_id(cid)?).await?;
        Ok(Some(Datalab(lab)))
    }

    /// Make a data volume; its files arrive from then on
    async fn create_volume(
        &self,
        context: &Context<'_>,
        source: SourceInput,
        #[graphql(desc = "Name of its folder in a datalab; made from the title when absent")]
        name: Option<String>,
        #[graphql(desc = "For people; made from the source when absent")] title: Option<String>,
        #[graphql(
            desc = "Whether datalabs may write in it: only of an empty source, and then it \
                          is the default"
        )]
        writable: Option<bool>,
        #[graphql(desc = "Asking again with it makes no second one")] idempotency_key: Option<
            String,
        >,
    ) -> Result<Option<Volume>, Failure> {
        let gateway = gateway(context)?;
        let source = source.read(gateway).await?;
        let new = NewVolume {
            name: name.unwrap_or_default(),
            title: title.unwrap_or_default(),
            writable: writable.unwrap_or(source == Source::Empty),
            source,
            mode: Mode::Copy,
        };
        let key = key(idempotency_key)?;
        let volume = gateway.volumes.create(&gateway.principal, new, key.as_deref()).await?;
        Ok(Some(Volume(volume)))
    }

    /// End the staging of a volume; files that are whole stay until it is deleted
    async fn cancel_volume(
        &self,
        context: &Context<'_>,
        id: ID,
    ) -> Result<Option<Volume>, Failure> {
        let gateway = gateway(context)?;
        let volume = gateway.volumes.cancel(&gateway.principal, &VolumeId(id.0)).await?;
        Ok(Some(Volume(volume)))
    }

    /// Try the files again that are not there
    async fn retry_volume(&self, context: &Context<'_>, id: ID) -> Result<Option<Volume>, Failure> {
        let gateway = gateway(context)?;
        let volume = gateway.volumes.retry(&gateway.principal, &VolumeId(id.0)).await?;
        Ok(Some(Volume(volume)))
    }

    /// Delete a volume and its bytes; gives its id
    async fn delete_volume(&self, context: &Context<'_>, id: ID) -> Result<Option<ID>, Failure> {
        let gateway = gateway(context)?;
        gateway.volumes.delete(&gateway.principal, &VolumeId(id.0.clone())).await?;
        Ok(Some(id))
    }

    /// Keep assets, or all results of a search, under an id
    async fn create_selection(
        &self,
        context: &Context<'_>,
        title: Option<String>,
        #[graphql(desc = "At most 10,000")] assets: Option<Vec<ID>>,
        #[graphql(desc = "All results of this search, whenever they are needed")] query: Option<
            SearchQuery,
        >,
        #[graphql(desc = "Results that are left out")] except: Option<Vec<ID>>,
    ) -> Result<Option<Selection>, Failure> {
        let gateway = gateway(context)?;
        let input = ChosenInput { assets, query, except, ..ChosenInput::default() };
        let members = Chosen::from(input).members(gateway).await?;
        let title = title.unwrap_or_default();
        let selection = gateway.selections.make(&gateway.principal, title.trim(), members).await?;
        Ok(Some(Selection::from(&selection)))
    }

    /// Make a personal collection
    #[expect(clippy::too_many_arguments, reason = "they are the arguments of the field")]
    async fn create_collection(
        &self,
        context: &Context<'_>,
        title: String,
        description: Option<String>,
        #[graphql(desc = "At most 10,000")] assets: Option<Vec<ID>>,
        #[graphql(desc = "All results of this search, whenever they are needed")] query: Option<
            SearchQuery,
        >,
        #[graphql(desc = "Results that are left out")] except: Option<Vec<ID>>,
        #[graphql(desc = "The members of a selection")] selection: Option<ID>,
    ) -> Result<Option<Collection>, Failure> {
        let gateway = gateway(context)?;
        let input = ChosenInput { selection, assets, query, except, ..ChosenInput::default() };
        let members = Chosen::from(input).members(gateway).await?;
        let collection = NewCollection {
            id: String::new(),
            owner: None,
            title: title.trim().to_owned(),
            description: description.unwrap_or_default(),
            publisher: None,
            licence: None,
            doi: None,
            homepage: None,
            created: None,
            members,
        };
        let collection = gateway.collections.make(&gateway.principal, collection).await?;
        Ok(Some(Collection::from(&collection)))
    }

    /// Delete a personal collection; gives its id
    async fn delete_collection(
        &self,
        context: &Context<'_>,
        id: ID,
    ) -> Result<Option<ID>, Failure> {
        let gateway = gateway(context)?;
        gateway.collections.remove(&gateway.principal, &id.0).await?;
        Ok(Some(id))
    }
}

fn key(said: Option<String>) -> Result<Option<String>, Error> {
    said.map(|key| idempotency_key("idempotencyKey", &key)).transpose()
}

/// The id, which the talk's schema lets be absent.
fn lab_id(cid: Option<String>) -> Result<LabId, Error> {
    let said = cid.filter(|id| !id.trim().is_empty());
    let missing = || Error::bad_request("cid", "is missing; `datalabs` lists yours");
    said.map(LabId).ok_or_else(missing)
}
