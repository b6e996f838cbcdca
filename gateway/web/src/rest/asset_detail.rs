//! One asset in full: the list's names, and the whole model under stable names.

use std::collections::BTreeMap;

use archway_core::asset::{Agent, Asset, Extra, NativeRecord, Provenance, Quality, Term};
use archway_core::coverage::Instant;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::access_view::AccessView;
use super::asset_view::AssetView;
use super::coverage_view::{self, CoverageView, EnergyView, SpaceView, TimeCoverageView};
use crate::summary;

/// The whole record of one asset, and the ways to its bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssetDetail {
    /// The names that lists give.
    #[serde(flatten)]
    listed: AssetView,
    /// Plain text.
    description: Option<String>,
    /// BCP 47 tag of title and description.
    #[schema(example = "en")]
    language: Option<String>,
    /// Terms of a vocabulary, or the archive's own.
    keywords: Vec<TermView>,
    /// IVOA product type.
    product_type: Option<TermView>,
    /// The archive's own finer word.
    product_subtype: Option<String>,
    /// `ObsCore` `calib_level`: -1 planned, 0 raw, to 4 derived.
    calibration_level: Option<i8>,
    /// The archive's own word for the calibration level.
    native_level: Option<String>,
    /// UCD of what was measured (`ObsCore` `o_ucd`).
    #[schema(example = "phot.flux.density")]
    measurement_ucd: Option<String>,
    /// `VOUnit` of what was measured.
    measurement_unit: Option<String>,
    /// One state an item (`ObsCore` `pol_states`).
    polarisation_states: Vec<String>,
    /// What was looked at.
    targets: Vec<TargetView>,
    /// People and organisations.
    agents: Vec<AgentView>,
    /// `ObsCore` `proposal_id`.
    proposal_id: Option<String>,
    /// ADS bibcodes.
    bibcodes: Vec<String>,
    /// To other things, in the words of `DataCite`.
    relations: Vec<RelationView>,
    /// When it was last changed, RFC 3339 UTC.
    modified: Option<String>,
    /// What it is called elsewhere.
    identifiers: IdentifiersView,
    /// Who may have it, and under which terms.
    rights: RightsView,
    /// Where, when and at what energy.
    coverage: CoverageView,
    /// What made it.
    provenance: Vec<ProvenanceView>,
    /// What is known of its quality.
    quality: Vec<QualityView>,
    /// What has no field of its own, by `namespace:name`; the unit is in the name.
    #[schema(value_type = Object)]
    extras: BTreeMap<String, Value>,
    /// The archive's record as it came.
    native_record: Option<NativeRecordView>,
    /// Ways to the bytes; `null` when the archive could not say, see `accesses_reason`.
    accesses: Option<Vec<AccessView>>,
    /// Why `accesses` is `null`.
    accesses_reason: Option<String>,
}

/// A term of a vocabulary.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TermView {
    /// Short name of the vocabulary, or `local`.
    #[schema(example = "ivoa:product-type")]
    vocabulary: String,
    #[schema(example = "image")]
    term: String,
    /// For people.
    label: Option<String>,
}

/// What was looked at.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TargetView {
    /// As the archive writes it.
    #[schema(example = "M31")]
    name: String,
    /// EPN-TAP target class or SIMBAD object type.
    class: Option<String>,
    /// Other names.
    aliases: Vec<String>,
    /// NAIF body id.
    naif_id: Option<i32>,
    /// Whether it moves against the stars.
    moving: Option<bool>,
}

/// A person or an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AgentView {
    /// As the archive writes it.
    name: String,
    /// `creator`, `principal-investigator`, `observer`, `publisher`, `producer`, `processor`,
    /// `distributor`, `contributor`, `funder`, `rights-holder` or `contact`.
    #[schema(example = "publisher")]
    role: &'static str,
    /// ORCID or ROR.
    identifier: Option<String>,
    /// Where they were.
    affiliation: Option<String>,
}

/// How this asset relates to another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RelationView {
    /// `DataCite` relation type.
    #[schema(example = "IsDerivedFrom")]
    relation: String,
    /// Scheme of the identifier.
    #[schema(example = "doi")]
    scheme: String,
    identifier: String,
}

/// An identifier and its scheme.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IdentifierView {
    #[schema(example = "bibcode")]
    scheme: String,
    value: String,
}

/// What an asset is called elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct IdentifiersView {
    /// IVOA publisher dataset identifier, as the source gives it.
    publisher_did: Option<String>,
    /// `ObsCore` `obs_creator_did`.
    creator_did: Option<String>,
    /// Lower case, without resolver.
    doi: Option<String>,
    /// `ObsCore` `obs_id`.
    observation_id: Option<String>,
    /// EPN-TAP `granule_gid`, CAOM `productID`.
    group_id: Option<String>,
    /// The archive's own version word.
    version: Option<String>,
    /// Identifiers of other schemes.
    others: Vec<IdentifierView>,
}

/// Who may have an asset, and under which terms. Visibility and licence are above.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RightsView {
    /// When the bytes become public, RFC 3339 UTC.
    data_release: Option<String>,
    /// When the record becomes public, RFC 3339 UTC.
    metadata_release: Option<String>,
    /// Terms beyond the licence.
    statement: Option<String>,
    /// What a publication must say.
    acknowledgement: Option<String>,
    /// The archive's own word for it.
    native: Option<String>,
}

/// What made the data.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProvenanceView {
    /// The process or pipeline.
    name: Option<String>,
    version: Option<String>,
    /// Who ran it.
    producer: Option<String>,
    /// For what.
    project: Option<String>,
    /// The run.
    run_id: Option<String>,
    /// Where it is described.
    reference: Option<String>,
    /// When it ran, RFC 3339 UTC.
    executed: Option<String>,
    /// With which parameters.
    parameters: Vec<ParameterView>,
    /// What it was made from.
    inputs: Vec<IdentifierView>,
    /// In words.
    lineage: Option<String>,
}

/// A parameter of a process.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ParameterView {
    name: String,
    value: String,
}

/// What is known of the quality.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct QualityView {
    /// The archive's own word.
    flag: Option<String>,
    /// In words.
    note: Option<String>,
    /// In numbers, by `namespace:name`.
    #[schema(value_type = Object)]
    metrics: BTreeMap<String, Value>,
}

/// The archive's record as it came.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NativeRecordView {
    /// URI or name of its schema.
    schema: String,
    /// Of the content.
    #[schema(example = "application/json")]
    media_type: String,
    size_bytes: u64,
    /// The record; `null` when it is not text.
    text: Option<String>,
}

impl AssetDetail {
    /// The view of `asset` with its accesses, or with why there are none.
    pub(super) fn new(asset: &Asset, accesses: Result<Vec<AccessView>, String>) -> Self {
        let (accesses, accesses_reason) = match accesses {
            Ok(accesses) => (Some(accesses), None),
            Err(reason) => (None, Some(reason)),
        };
        let (about, identity, rights) = (&asset.summary, &asset.identity, &asset.rights);
        Self {
            listed: AssetView::from(asset),
            description: about.description.clone(),
            language: about.language.clone(),
            keywords: about.keywords.iter().map(TermView::from).collect(),
            product_type: about.product_type.as_ref().map(TermView::from),
            product_subtype: about.product_subtype.clone(),
            calibration_level: about.calibration_level,
            native_level: about.native_level.clone(),
            measurement_ucd: about.measurement_ucd.clone(),
            measurement_unit: about.measurement_unit.clone(),
            polarisation_states: about.polarisation_states.clone(),
            targets: about
                .targets
                .iter()
                .map(|target| TargetView {
                    name: target.name.clone(),
                    class: target.class.clone(),
                    aliases: target.aliases.clone(),
                    naif_id: target.naif_id,
                    moving: target.moving,
                })
                .collect(),
            agents: about.agents.iter().map(AgentView::from).collect(),
            proposal_id: about.proposal_id.clone(),
            bibcodes: about.bibcodes.clone(),
            relations: about
                .relations
                .iter()
                .map(|relation| RelationView {
                    relation: relation.relation.clone(),
                    scheme: relation.scheme.clone(),
                    identifier: relation.identifier.clone(),
                })
                .collect(),
            modified: about.modified.map(Instant::to_rfc3339),
            identifiers: IdentifiersView {
                publisher_did: identity.publisher_did.clone(),
                creator_did: identity.creator_did.clone(),
                doi: identity.doi.clone(),
                observation_id: identity.observation_id.clone(),
                group_id: identity.group_id.clone(),
                version: identity.version.clone(),
                others: identity.others.iter().map(IdentifierView::from).collect(),
            },
            rights: RightsView {
                data_release: rights.data_release.map(Instant::to_rfc3339),
                metadata_release: rights.metadata_release.map(Instant::to_rfc3339),
                statement: rights.statement.clone(),
                acknowledgement: rights.acknowledgement.clone(),
                native: rights.native.clone(),
            },
            coverage: CoverageView {
                space: asset.space.iter().map(SpaceView::from).collect(),
                time: asset.time.iter().map(TimeCoverageView::from).collect(),
                energy: asset.energy.iter().map(EnergyView::from).collect(),
            },
            provenance: asset.provenance.iter().map(ProvenanceView::from).collect(),
            quality: asset.quality.iter().map(QualityView::from).collect(),
            extras: extras(&asset.extras),
            native_record: asset.native.as_ref().map(NativeRecordView::from),
            accesses,
            accesses_reason,
        }
    }
}

impl From<&Term> for TermView {
    fn from(term: &Term) -> Self {
        Self {
            vocabulary: term.vocabulary.clone(),
            term: term.term.clone(),
            label: term.label.clone(),
        }
    }
}

impl From<&Agent> for AgentView {
    fn from(agent: &Agent) -> Self {
        Self {
            name: agent.name.clone(),
            role: summary::role(agent.role),
            identifier: agent.identifier.clone(),
            affiliation: agent.affiliation.clone(),
        }
    }
}

impl From<&archway_core::asset::Identifier> for IdentifierView {
    fn from(identifier: &archway_core::asset::Identifier) -> Self {
        Self { scheme: identifier.scheme.clone(), value: identifier.value.clone() }
    }
}

impl From<&Provenance> for ProvenanceView {
    fn from(made: &Provenance) -> Self {
        Self {
            name: made.name.clone(),
            version: made.version.clone(),
            producer: made.producer.clone(),
            project: made.project.clone(),
            run_id: made.run_id.clone(),
            reference: made.reference.clone(),
            executed: made.executed.map(Instant::to_rfc3339),
            parameters: made
                .parameters
                .iter()
                .map(|(name, value)| ParameterView { name: name.clone(), value: value.clone() })
                .collect(),
            inputs: made.inputs.iter().map(IdentifierView::from).collect(),
            lineage: made.lineage.clone(),
        }
    }
}

impl From<&Quality> for QualityView {
    fn from(quality: &Quality) -> Self {
        Self {
            flag: quality.flag.clone(),
            note: quality.note.clone(),
            metrics: extras(&quality.metrics),
        }
    }
}

impl From<&NativeRecord> for NativeRecordView {
    fn from(record: &NativeRecord) -> Self {
        Self {
            schema: record.schema.clone(),
            media_type: record.media_type.clone(),
            size_bytes: record.content.len() as u64,
            text: std::str::from_utf8(&record.content).ok().map(str::to_owned),
        }
    }
}

fn extras(extras: &[Extra]) -> BTreeMap<String, Value> {
    extras.iter().map(|extra| (extra.key.clone(), value(&extra.value))).collect()
}

fn value(value: &archway_core::asset::Value) -> Value {
    use archway_core::asset::Value as Typed;
    match value {
        Typed::Text(text) => Value::from(text.as_str()),
        Typed::Integer(integer) => Value::from(*integer),
        Typed::Real(real) => Value::from(*real),
        Typed::Boolean(boolean) => Value::from(*boolean),
        Typed::Instant(instant) => Value::from(instant.to_rfc3339()),
        Typed::Quantity(quantity) => coverage_view::quantity(quantity),
        Typed::Range(interval) => coverage_view::interval(*interval),
        Typed::Texts(texts) => Value::from(texts.clone()),
        Typed::Integers(integers) => Value::from(integers.clone()),
        Typed::Reals(reals) => Value::from(reals.clone()),
        // The archive promised JSON; what is not is given as the text it is.
        Typed::Json(text) => {
            serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str()))
        }
    }
}
