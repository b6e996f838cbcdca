//! `[quota]`: what one user may have at once.

use archway_core::owner::Quota;
use serde::{Deserialize, Serialize};

use super::report::Report;

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct QuotaTable {
    labs: u32,
    cores: f64,
    memory_gib: u32,
    volumes: u32,
    volume_gb: u32,
}

impl Default for QuotaTable {
    fn default() -> Self {
        Self { labs: 4, cores: 8.0, memory_gib: 16, volumes: 100, volume_gb: 100 }
    }
}

impl QuotaTable {
    pub(super) fn check(&self, report: &mut Report<'_>) -> Quota {
        Quota {
            labs: report.within("labs", self.labs, 0..=10_000),
            cores: report.within("cores", self.cores, 0.0..=100_000.0),
            memory_mib: u64::from(report.within("memory_gib", self.memory_gib, 0..=1_000_000))
                * 1024,
            volume_bytes: u64::from(report.within("volume_gb", self.volume_gb, 0..=1_000_000_000))
                * 1_000_000_000,
            volumes: report.within("volumes", self.volumes, 0..=1_000_000),
        }
    }
}
