//! Records with what they must have and nothing else, to be filled field by field.

use crate::tabular::{CellShape, ElementKind, Field};
use crate::types::{
    Asset, AssetKind, Description, Identity, Operation, Order, Rights, SearchQuery, Summary,
    Visibility,
};

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

impl Description {
    /// A title and what can be done; everything else unknown, nothing pushed down.
    pub fn new(title: impl Into<String>, operations: Vec<Operation>) -> Self {
        Self {
            title: title.into(),
            description: None,
            publisher: None,
            homepage: None,
            licence: None,
            collections: Vec::new(),
            space: Vec::new(),
            time: Vec::new(),
            wavelength_m: Vec::new(),
            operations,
            push_down: Vec::new(),
            orders: Vec::new(),
            languages: Vec::new(),
            max_rows: None,
            extras: Vec::new(),
        }
    }
}

impl SearchQuery {
    /// A question that constrains nothing.
    pub fn everything() -> Self {
        Self {
            text: None,
            collections: Vec::new(),
            region: None,
            time: None,
            wavelength_m: None,
            facets: Vec::new(),
            filters: Vec::new(),
            modified_since: None,
            native: None,
            order: Order::Stable,
            after: None,
            max_assets: None,
        }
    }
}

impl Field {
    /// A column of one value a row, with nothing but its name and type.
    pub fn scalar(name: impl Into<String>, element: ElementKind) -> Self {
        Self {
            name: name.into(),
            element,
            shape: CellShape::Scalar,
            dimensions: Vec::new(),
            unit: None,
            ucd: None,
            utype: None,
            xtype: None,
            description: None,
            indexed: false,
            principal: false,
            extras: Vec::new(),
        }
    }
}
