//! A lab as it is asked for.

use std::time::Duration;

use archway_core::Error;
use archway_core::labs::{Launch, Network};
use archway_core::volumes::VolumeId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::lab_view::NetworkWord;
use super::members::{QueryBody, Said};
use crate::chosen::Chosen;
use crate::state::Gateway;

/// A lab as it is asked for. `collection`, `selection`, `assets` or `query` name data that it
/// opens with: a volume is made of them first.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LabBody {
    /// Id of the application; the first of the catalogue that suits when absent.
    #[serde(default)]
    #[schema(example = "sepp/jupyterlab:v1")]
    app: Option<String>,
    /// For people; made from the rest when absent.
    #[serde(default)]
    #[schema(example = "Crab")]
    title: Option<String>,
    /// Ids of volumes that it sees.
    #[serde(default)]
    volumes: Vec<String>,
    /// Id of a collection.
    #[serde(default)]
    collection: Option<String>,
    /// Id of a selection.
    #[serde(default)]
    selection: Option<String>,
    /// Ids of assets, at most 10,000.
    #[serde(default)]
    assets: Option<Vec<String>>,
    /// All results of a search.
    #[serde(default)]
    query: Option<QueryBody>,
    /// Ids of results that are left out.
    #[serde(default)]
    except: Option<Vec<String>>,
    /// Whether a notebook that reads the data is made and opened; `true` when data is named.
    #[serde(default)]
    notebook: Option<bool>,
    /// Name of a size; the first of the application when absent.
    #[serde(default)]
    #[schema(example = "S")]
    size: Option<String>,
    /// Id of a backend; chosen when absent.
    #[serde(default)]
    #[schema(example = "process")]
    backend: Option<String>,
    /// How long it may live, seconds; the longest when absent.
    #[serde(default)]
    #[schema(example = 3600)]
    max_age_s: Option<u64>,
    /// What it may reach; nothing when absent.
    #[serde(default)]
    network: NetworkWord,
}

impl LabBody {
    /// Returns what is asked for, its references resolved.
    pub(super) async fn read(self, gateway: &Gateway) -> Result<Launch, Error> {
        let said = Said {
            assets: self.assets,
            query: self.query,
            except: self.except.unwrap_or_default(),
        };
        let chosen =
            Chosen { collection: self.collection, selection: self.selection, ..Chosen::from(said) };
        let data = chosen.data(gateway, "").await?;
        if self.max_age_s == Some(0) {
            return Err(Error::bad_request("max_age_s", "0 is no time; leave it out or give more"));
        }
        Ok(Launch {
            app: self.app.unwrap_or_default(),
            title: self.title.unwrap_or_default(),
            volumes: self.volumes.into_iter().map(VolumeId).collect(),
            notebook: self.notebook.unwrap_or(data.is_some()),
            data,
            size: self.size,
            backend: self.backend,
            max_age: self.max_age_s.map(Duration::from_secs),
            network: Network::from(self.network),
        })
    }
}
