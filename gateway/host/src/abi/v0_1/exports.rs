//! The exports of one instance, each looked up when it is called.
//!
//! Called by `instance.rs` (a new instance) and `operations.rs` (the calls).
//!
//! The generated binding compares the types of all exports each time an instance is made, which
//! takes as long as making it. All instances of a component have the same types, so here the
//! first one is compared whole, and of the others only what is called.

use std::sync::{Arc, OnceLock};

use wasmtime::component::{
    ComponentExportIndex, ComponentNamedList, ComponentType, Instance, InstancePre, Lift, Lower,
    Resource, ResourceAny, TypedFunc,
};
use wasmtime::{Store, format_err};

use super::archway::archive::{tabular, types};
use super::archway::host::types::Error;
use super::bindings::{Plugin, PluginPre};
use super::wit;
use crate::imports::ByteSource;
use crate::instance::State;

/// The interface that the world exports.
const INTERFACE: &str = "archway:archive/archive@0.1.0";

type Answer<T> = wasmtime::Result<Result<T, Error>>;
/// A method that is called again and again on one instance.
type Pull<T> = OnceLock<TypedFunc<(ResourceAny, u32), (Result<T, Error>,)>>;

/// A linked component, ready to be instantiated.
#[derive(Clone)]
pub(crate) struct Ready {
    pre: InstancePre<State>,
    names: Arc<Names>,
}

struct Names {
    /// An instance was compared whole, and fits.
    fits: OnceLock<()>,
    describe: ComponentExportIndex,
    search: ComponentExportIndex,
    next_assets: ComponentExportIndex,
    harvest: ComponentExportIndex,
    next_changes: ComponentExportIndex,
    look_up: ComponentExportIndex,
    access: ComponentExportIndex,
    open: ComponentExportIndex,
    read: ComponentExportIndex,
    decode: ComponentExportIndex,
    tables: ComponentExportIndex,
    query: ComponentExportIndex,
    next_rows: ComponentExportIndex,
    outcome: ComponentExportIndex,
}

impl Ready {
    /// Looks up every export by name.
    pub(crate) fn new(pre: InstancePre<State>) -> wasmtime::Result<Self> {
        // Says best what is missing.
        PluginPre::new(pre.clone())?;
        let component = pre.component();
        let interface = component
            .get_export_index(None, INTERFACE)
            .ok_or_else(|| format_err!("it does not export {INTERFACE}"))?;
        let named = |name: &str| {
            component
                .get_export_index(Some(&interface), name)
                .ok_or_else(|| format_err!("it does not export {name}"))
        };
        let names = Names {
            fits: OnceLock::new(),
            describe: named("describe")?,
            search: named("search")?,
            next_assets: named("[method]asset-cursor.next")?,
            harvest: named("harvest")?,
            next_changes: named("[method]change-cursor.next")?,
            look_up: named("look-up")?,
            access: named("access")?,
            open: named("open")?,
            read: named("[method]byte-reader.read")?,
            decode: named("decode")?,
            tables: named("tables")?,
            query: named("query")?,
            next_rows: named("[method]row-cursor.next")?,
            outcome: named("[method]row-cursor.outcome")?,
        };
        Ok(Self { pre, names: Arc::new(names) })
    }

    /// Makes an instance in `store`.
    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Exports> {
        let instance = self.pre.instantiate_async(&mut *store).await?;
        if self.names.fits.get().is_none() {
            Plugin::new(&mut *store, &instance)?;
            self.names.fits.get_or_init(|| ());
        }
        Ok(Exports {
            instance,
            names: Arc::clone(&self.names),
            next_assets: OnceLock::new(),
            next_changes: OnceLock::new(),
            read: OnceLock::new(),
            next_rows: OnceLock::new(),
        })
    }
}

/// The exports of one instance; see `wit/archive/archive.wit`.
pub(crate) struct Exports {
    instance: Instance,
    names: Arc<Names>,
    next_assets: Pull<Option<types::AssetBatch>>,
    next_changes: Pull<Option<types::ChangeBatch>>,
    read: Pull<Vec<u8>>,
    next_rows: Pull<Option<tabular::RowBatch>>,
}

type In<'a> = &'a mut Store<State>;

impl Exports {
    pub(super) async fn describe(&self, store: In<'_>) -> Answer<types::Description> {
        self.call(store, &self.names.describe, ()).await
    }

    pub(super) async fn search(
        &self,
        store: In<'_>,
        query: &types::SearchQuery,
    ) -> Answer<wit::SearchAnswer> {
        self.call(store, &self.names.search, (query,)).await
    }

    pub(super) async fn next_assets(
        &self,
        store: In<'_>,
        cursor: ResourceAny,
        most: u32,
    ) -> Answer<Option<types::AssetBatch>> {
        self.pull(store, &self.next_assets, &self.names.next_assets, (cursor, most)).await
    }

    pub(super) async fn harvest(&self, store: In<'_>, since: Option<&[u8]>) -> Answer<ResourceAny> {
        self.call(store, &self.names.harvest, (since,)).await
    }

    pub(super) async fn next_changes(
        &self,
        store: In<'_>,
        cursor: ResourceAny,
        most: u32,
    ) -> Answer<Option<types::ChangeBatch>> {
        self.pull(store, &self.next_changes, &self.names.next_changes, (cursor, most)).await
    }

    pub(super) async fn look_up(&self, store: In<'_>, id: &types::AssetId) -> Answer<types::Asset> {
        self.call(store, &self.names.look_up, (id,)).await
    }

    pub(super) async fn access(
        &self,
        store: In<'_>,
        request: &wit::AccessRequest,
    ) -> Answer<Vec<wit::Way>> {
        self.call(store, &self.names.access, (request,)).await
    }

    pub(super) async fn open(
        &self,
        store: In<'_>,
        locator: &str,
        offset: u64,
    ) -> Answer<wit::Content> {
        self.call(store, &self.names.open, (locator, offset)).await
    }

    pub(super) async fn read(
        &self,
        store: In<'_>,
        reader: ResourceAny,
        most: u32,
    ) -> Answer<Vec<u8>> {
        self.pull(store, &self.read, &self.names.read, (reader, most)).await
    }

    pub(super) async fn decode(
        &self,
        store: In<'_>,
        encoding: &str,
        source: Resource<ByteSource>,
    ) -> Answer<ResourceAny> {
        self.call(store, &self.names.decode, (encoding, source)).await
    }

    pub(super) async fn tables(
        &self,
        store: In<'_>,
        named: &[String],
        names_only: bool,
    ) -> Answer<Vec<tabular::TableDescription>> {
        self.call(store, &self.names.tables, (named, names_only)).await
    }

    pub(super) async fn query(
        &self,
        store: In<'_>,
        query: &tabular::TableQuery,
    ) -> Answer<wit::QueryAnswer> {
        self.call(store, &self.names.query, (query,)).await
    }

    pub(super) async fn next_rows(
        &self,
        store: In<'_>,
        cursor: ResourceAny,
        most: u32,
    ) -> Answer<Option<tabular::RowBatch>> {
        self.pull(store, &self.next_rows, &self.names.next_rows, (cursor, most)).await
    }

    pub(super) async fn outcome(
        &self,
        store: In<'_>,
        cursor: ResourceAny,
    ) -> wasmtime::Result<tabular::QueryOutcome> {
        self.call(store, &self.names.outcome, (cursor,)).await
    }

    async fn call<P, T>(
        &self,
        store: In<'_>,
        name: &ComponentExportIndex,
        given: P,
    ) -> wasmtime::Result<T>
    where
        P: ComponentNamedList + Lower,
        T: ComponentType + Lift + 'static,
    {
        let function = self.instance.get_typed_func::<P, (T,)>(&mut *store, name)?;
        let (answer,) = function.call_async(store, given).await?;
        Ok(answer)
    }

    async fn pull<P, T>(
        &self,
        store: In<'_>,
        found: &OnceLock<TypedFunc<P, (T,)>>,
        name: &ComponentExportIndex,
        given: P,
    ) -> wasmtime::Result<T>
    where
        P: ComponentNamedList + Lower,
        T: ComponentType + Lift + 'static,
    {
        let function = match found.get() {
            Some(function) => *function,
            None => {
                let function = self.instance.get_typed_func::<P, (T,)>(&mut *store, name)?;
                *found.get_or_init(|| function)
            }
        };
        let (answer,) = function.call_async(store, given).await?;
        Ok(answer)
    }
}
