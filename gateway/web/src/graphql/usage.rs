//! What somebody has, and may have.

use archway_core::owner::{Quota, Usage as Used};
use async_graphql::SimpleObject;

use super::whole::Whole;

/// What you have at the moment, and what you may have.
#[derive(SimpleObject)]
pub(super) struct Usage {
    usage: Amounts,
    quota: Amounts,
}

/// Labs and volumes in numbers.
#[derive(SimpleObject)]
pub(super) struct Amounts {
    /// Datalabs that have not ended.
    labs: u32,
    /// CPU cores of them together.
    cores: f64,
    /// Memory of them together, MiB.
    memory_mib: Whole,
    /// Bytes in data volumes and in your own space.
    volume_bytes: Whole,
    /// Data volumes.
    volumes: u32,
}

impl From<(Used, Quota)> for Usage {
    fn from((used, quota): (Used, Quota)) -> Self {
        Self {
            usage: Amounts {
                labs: used.labs,
                cores: used.cores,
                memory_mib: Whole(used.memory_mib),
                volume_bytes: Whole(used.volume_bytes),
                volumes: used.volumes,
            },
            quota: Amounts {
                labs: quota.labs,
                cores: quota.cores,
                memory_mib: Whole(quota.memory_mib),
                volume_bytes: Whole(quota.volume_bytes),
                volumes: quota.volumes,
            },
        }
    }
}
