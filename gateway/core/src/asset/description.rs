//! Identity and description of an asset (`DataCite`, ObsCore, EPN-TAP, `VOResource`).

use crate::coverage::Instant;

/// A term of a controlled vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// Short name of the vocabulary ("ivoa:product-type", "uat") or "local".
    pub vocabulary: String,
    /// The term itself.
    pub term: String,
    /// For people.
    pub label: Option<String>,
}

/// What sort of thing an asset is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AssetKind {
    /// Data that can be had.
    Dataset,
    /// An act of observing, with its products.
    Observation,
    /// A table of sources or objects.
    Catalogue,
    /// Something to be asked.
    Service,
    /// A program or library.
    Software,
    /// Text for people.
    Document,
    /// A folder.
    Container,
    /// A station, telescope or laboratory.
    Facility,
    /// Something to run software in.
    Environment,
    /// Steps from data to data.
    Workflow,
    /// Stands for an asset elsewhere.
    VirtualAsset,
}

/// An identifier with the scheme it belongs to ("bibcode", "handle", "pds-lidvid").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    /// The scheme.
    pub scheme: String,
    /// The identifier in it.
    pub value: String,
}

/// What an asset is called besides its id.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The archive's collection (ObsCore `obs_collection`).
    pub collection: String,
    /// What sort of thing it is.
    pub kind: AssetKind,
    /// IVOA publisher dataset identifier (ObsCore `obs_publisher_did`), as the source gives it.
    pub publisher_did: Option<String>,
    /// ObsCore `obs_creator_did`.
    pub creator_did: Option<String>,
    /// Lower case, without resolver.
    pub doi: Option<String>,
    /// ObsCore `obs_id`.
    pub observation_id: Option<String>,
    /// EPN-TAP `granule_gid`, CAOM `productID`.
    pub group_id: Option<String>,
    /// The archive's own version word.
    pub version: Option<String>,
    /// Identifiers of other schemes.
    pub others: Vec<Identifier>,
}

impl Identity {
    /// A dataset of `collection`.
    pub fn new(collection: impl Into<String>) -> Self {
        Self {
            collection: collection.into(),
            kind: AssetKind::Dataset,
            publisher_did: None,
            creator_did: None,
            doi: None,
            observation_id: None,
            group_id: None,
            version: None,
            others: Vec::new(),
        }
    }
}

/// What somebody has to do with an asset (`DataCite` contributor types, STAC provider roles).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the words are the field's own")]
pub enum AgentRole {
    Creator,
    PrincipalInvestigator,
    Observer,
    Publisher,
    Producer,
    Processor,
    Distributor,
    Contributor,
    Funder,
    RightsHolder,
    Contact,
}

/// A person or an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// As the archive writes it.
    pub name: String,
    /// What they did.
    pub role: AgentRole,
    /// ORCID or ROR.
    pub identifier: Option<String>,
    /// Where they were.
    pub affiliation: Option<String>,
}

/// What was looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// As the archive writes it.
    pub name: String,
    /// EPN-TAP target class or SIMBAD object type.
    pub class: Option<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// NAIF body id.
    pub naif_id: Option<i32>,
    /// Whether it moves against the stars.
    pub moving: Option<bool>,
}

/// How this asset relates to another, in the words of `DataCite` (`IsDerivedFrom`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// `DataCite` relation type.
    pub relation: String,
    /// Scheme of the identifier.
    pub scheme: String,
    /// The other.
    pub identifier: String,
}

/// What an asset is, in words and terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Never empty.
    pub title: String,
    /// Plain text.
    pub description: Option<String>,
    /// BCP 47 tag of title and description.
    pub language: Option<String>,
    /// UAT or local terms.
    pub keywords: Vec<Term>,
    /// IVOA product type.
    pub product_type: Option<Term>,
    /// The archive's own finer word.
    pub product_subtype: Option<String>,
    /// ObsCore `calib_level`: -1 planned, 0 raw, to 4 derived.
    pub calibration_level: Option<i8>,
    /// The archive's own word for it.
    pub native_level: Option<String>,
    /// ObsCore `o_ucd`.
    pub measurement_ucd: Option<String>,
    /// `VOUnit`.
    pub measurement_unit: Option<String>,
    /// ObsCore `pol_states`, one state an item.
    pub polarisation_states: Vec<String>,
    /// What was looked at.
    pub targets: Vec<Target>,
    /// Who.
    pub agents: Vec<Agent>,
    /// ObsCore `proposal_id`.
    pub proposal_id: Option<String>,
    /// ADS bibcodes.
    pub bibcodes: Vec<String>,
    /// To other things.
    pub relations: Vec<Relation>,
    /// When the asset was made.
    pub created: Option<Instant>,
    /// When it was last changed.
    pub modified: Option<Instant>,
}

impl Summary {
    /// A title and nothing else.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
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
        }
    }
}
