//! An asset with nothing in it yet, to be filled by a mapping.

use crate::types::{Asset, AssetKind, Identity, Rights, Summary, Visibility};

impl Asset {
    /// A public dataset with identity and title, everything else unknown.
    pub fn new(
        native_id: impl Into<String>,
        collection: impl Into<String>,
        title: impl Into<String>,
    ) -> Self {
        Self {
            identity: Identity {
                native_id: native_id.into(),
                collection: collection.into(),
                kind: AssetKind::Dataset,
                publisher_did: None,
                creator_did: None,
                doi: None,
                observation_id: None,
                group_id: None,
                version: None,
                others: Vec::new(),
            },
            summary: Summary {
                title: title.into(),
                description: None,
                language: None,
                keywords: Vec::new(),
                product_type: None,
                product_subtype: None,
                calibration_level: None,
                native_level: None,
                measurement_ucd: None,
                measurement_unit: None,
                polarisation_states: Vec::new(),
                targets: Vec::new(),
                agents: Vec::new(),
                proposal_id: None,
                bibcodes: Vec::new(),
                relations: Vec::new(),
                created: None,
                modified: None,
            },
            rights: Rights {
                visibility: Visibility::Public,
                data_release: None,
                metadata_release: None,
                read_groups: Vec::new(),
                licence: None,
                statement: None,
                acknowledgement: None,
                native: None,
            },
            space: Vec::new(),
            time: Vec::new(),
            energy: Vec::new(),
            facets: Vec::new(),
            distributions: Vec::new(),
            provenance: Vec::new(),
            quality: Vec::new(),
            extras: Vec::new(),
            native: None,
        }
    }
}
