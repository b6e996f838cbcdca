//! Assets, from the contract's records to the core's model.

use archway_core::asset::{
    Agent, AgentRole, ArchiveId, Asset, AssetId, AssetKind, Availability, Checksum, Distribution,
    Extra, Facet, FacetKind, Identifier, Identity, Licence, Location, NativeRecord, Provenance,
    Quality, Relation, Rights, Size, SizeQuality, Summary, Target, Term, Visibility,
};

use super::archway::archive::types as wit;
use super::checked::{
    Checked, LINE, Lie, NAME, PROSE, each, name, some, some_instant, some_url, text, texts, url,
};
use super::coverage;
use super::question::value;

/// Most bytes of a record in its native form.
const NATIVE: usize = 4 * 1024 * 1024;

/// Takes an asset of `archive`.
pub(super) fn asset(archive: &ArchiveId, asset: wit::Asset) -> Checked<Asset> {
    let (native, identity) = identity(asset.identity)?;
    Ok(Asset {
        id: AssetId { archive: archive.clone(), native },
        identity,
        summary: summary(asset.summary)?,
        rights: rights(asset.rights)?,
        space: each("space", asset.space, coverage::space)?,
        time: each("time", asset.time, coverage::time)?,
        energy: each("energy", asset.energy, coverage::energy)?,
        facets: each("facets", asset.facets, facet)?,
        distributions: each("distributions", asset.distributions, distribution)?,
        provenance: each("provenance", asset.provenance, provenance)?,
        quality: each("quality", asset.quality, quality)?,
        extras: each("extras", asset.extras, extra)?,
        native: asset.native.map(native_record).transpose()?,
        copies: Vec::new(),
    })
}

fn identity(identity: wit::Identity) -> Checked<(String, Identity)> {
    let native = name("identity.native-id", identity.native_id)?;
    let identity = Identity {
        collection: name("identity.collection", identity.collection)?,
        kind: kind(identity.kind),
        publisher_did: some("identity.publisher-did", identity.publisher_did, NAME)?,
        creator_did: some("identity.creator-did", identity.creator_did, NAME)?,
        doi: some("identity.doi", identity.doi, NAME)?.map(|doi| doi.to_lowercase()),
        observation_id: some("identity.observation-id", identity.observation_id, NAME)?,
        group_id: some("identity.group-id", identity.group_id, NAME)?,
        version: some("identity.version", identity.version, NAME)?,
        others: each("identity.others", identity.others, identifier)?,
    };
    Ok((native, identity))
}

fn kind(kind: wit::AssetKind) -> AssetKind {
    match kind {
        wit::AssetKind::Dataset => AssetKind::Dataset,
        wit::AssetKind::Observation => AssetKind::Observation,
        wit::AssetKind::Catalogue => AssetKind::Catalogue,
        wit::AssetKind::Service => AssetKind::Service,
        wit::AssetKind::Software => AssetKind::Software,
        wit::AssetKind::Document => AssetKind::Document,
        wit::AssetKind::Container => AssetKind::Container,
        wit::AssetKind::Facility => AssetKind::Facility,
        wit::AssetKind::Environment => AssetKind::Environment,
        wit::AssetKind::Workflow => AssetKind::Workflow,
        wit::AssetKind::VirtualAsset => AssetKind::VirtualAsset,
    }
}

fn identifier(identifier: wit::Identifier) -> Checked<Identifier> {
    Ok(Identifier {
        scheme: name("identifier.scheme", identifier.scheme)?,
        value: name("identifier.value", identifier.value)?,
    })
}

fn summary(summary: wit::Summary) -> Checked<Summary> {
    let level = summary.calibration_level;
    if let Some(level) = level.filter(|level| !(-1..=4).contains(level)) {
        return Err(Lie::new("summary.calibration-level", level, "outside -1 to 4"));
    }
    let title = summary.title;
    if title.trim().is_empty() {
        return Err(Lie::new("summary.title", "empty", "where something must be named"));
    }
    Ok(Summary {
        title: text("summary.title", title, LINE)?,
        description: some("summary.description", summary.description, PROSE)?,
        language: some("summary.language", summary.language, NAME)?,
        keywords: each("summary.keywords", summary.keywords, term)?,
        product_type: summary.product_type.map(term).transpose()?,
        product_subtype: some("summary.product-subtype", summary.product_subtype, NAME)?,
        calibration_level: level,
        native_level: some("summary.native-level", summary.native_level, NAME)?,
        measurement_ucd: some("summary.measurement-ucd", summary.measurement_ucd, NAME)?,
        measurement_unit: some("summary.measurement-unit", summary.measurement_unit, NAME)?,
        polarisation_states: texts("summary.polarisation-states", summary.polarisation_states)?,
        targets: each("summary.targets", summary.targets, target)?,
        agents: each("summary.agents", summary.agents, agent)?,
        proposal_id: some("summary.proposal-id", summary.proposal_id, NAME)?,
        bibcodes: texts("summary.bibcodes", summary.bibcodes)?,
        relations: each("summary.relations", summary.relations, relation)?,
        created: some_instant("summary.created", summary.created)?,
        modified: some_instant("summary.modified", summary.modified)?,
    })
}

pub(super) fn term(term: wit::Term) -> Checked<Term> {
    Ok(Term {
        vocabulary: text("term.vocabulary", term.vocabulary, NAME)?,
        term: name("term.term", term.term)?,
        label: some("term.label", term.label, NAME)?,
    })
}

fn target(target: wit::Target) -> Checked<Target> {
    Ok(Target {
        name: name("target.name", target.name)?,
        class: some("target.class", target.class, NAME)?,
        aliases: texts("target.aliases", target.aliases)?,
        naif_id: target.naif_id,
        moving: target.moving,
    })
}

pub(super) fn agent(agent: wit::Agent) -> Checked<Agent> {
    let role = match agent.role {
        wit::AgentRole::Creator => AgentRole::Creator,
        wit::AgentRole::PrincipalInvestigator => AgentRole::PrincipalInvestigator,
        wit::AgentRole::Observer => AgentRole::Observer,
        wit::AgentRole::Publisher => AgentRole::Publisher,
        wit::AgentRole::Producer => AgentRole::Producer,
        wit::AgentRole::Processor => AgentRole::Processor,
        wit::AgentRole::Distributor => AgentRole::Distributor,
        wit::AgentRole::Contributor => AgentRole::Contributor,
        wit::AgentRole::Funder => AgentRole::Funder,
        wit::AgentRole::RightsHolder => AgentRole::RightsHolder,
        wit::AgentRole::Contact => AgentRole::Contact,
    };
    Ok(Agent {
        name: name("agent.name", agent.name)?,
        role,
        identifier: some("agent.identifier", agent.identifier, NAME)?,
        affiliation: some("agent.affiliation", agent.affiliation, NAME)?,
    })
}

fn relation(relation: wit::Relation) -> Checked<Relation> {
    Ok(Relation {
        relation: name("relation.relation", relation.relation)?,
        scheme: text("relation.scheme", relation.scheme, NAME)?,
        identifier: name("relation.identifier", relation.identifier)?,
    })
}

fn rights(rights: wit::Rights) -> Checked<Rights> {
    let visibility = match rights.visibility {
        wit::Visibility::Public => Visibility::Public,
        wit::Visibility::Shared => Visibility::Shared,
        wit::Visibility::Restricted => Visibility::Restricted,
        wit::Visibility::Embargoed => Visibility::Embargoed,
    };
    Ok(Rights {
        visibility,
        data_release: some_instant("rights.data-release", rights.data_release)?,
        metadata_release: some_instant("rights.metadata-release", rights.metadata_release)?,
        read_groups: texts("rights.read-groups", rights.read_groups)?,
        licence: rights.licence.map(licence).transpose()?,
        statement: some("rights.statement", rights.statement, PROSE)?,
        acknowledgement: some("rights.acknowledgement", rights.acknowledgement, PROSE)?,
        native: some("rights.native", rights.native, NAME)?,
    })
}

pub(super) fn licence(licence: wit::Licence) -> Checked<Licence> {
    let licence = Licence {
        spdx: some("licence.spdx", licence.spdx, NAME)?,
        url: some_url("licence.url", licence.url)?,
        text: some("licence.text", licence.text, PROSE)?,
    };
    if licence == Licence::default() {
        return Err(Lie::new("licence", "empty", "where spdx, url or text must be"));
    }
    Ok(licence)
}

pub(super) fn facet_kind(kind: wit::FacetKind) -> Checked<FacetKind> {
    Ok(match kind {
        wit::FacetKind::Category => FacetKind::Category,
        wit::FacetKind::Organization => FacetKind::Organization,
        wit::FacetKind::Domain => FacetKind::Domain,
        wit::FacetKind::Mission => FacetKind::Mission,
        wit::FacetKind::InstrumentHost => FacetKind::InstrumentHost,
        wit::FacetKind::Instrument => FacetKind::Instrument,
        wit::FacetKind::Detector => FacetKind::Detector,
        wit::FacetKind::Characteristic => FacetKind::Characteristic,
        wit::FacetKind::Tag => FacetKind::Tag,
        wit::FacetKind::Waveband => FacetKind::Waveband,
        wit::FacetKind::ProcessingLevel => FacetKind::ProcessingLevel,
        wit::FacetKind::Station => FacetKind::Station,
        wit::FacetKind::Constellation => FacetKind::Constellation,
        wit::FacetKind::Target => FacetKind::Target,
        wit::FacetKind::Other(kind) => FacetKind::Other(name("facet.kind", kind)?),
    })
}

fn facet(facet: wit::Facet) -> Checked<Facet> {
    Ok(Facet {
        kind: facet_kind(facet.kind)?,
        term: name("facet.term", facet.term)?,
        label: some("facet.label", facet.label, NAME)?,
    })
}

fn distribution(distribution: wit::Distribution) -> Checked<Distribution> {
    let location = match distribution.location {
        wit::Location::Url(location) => Location::Url(url("distribution.location", location)?),
        wit::Location::OnRequest => Location::OnRequest,
    };
    let availability = match distribution.availability {
        wit::Availability::Online => Availability::Online,
        wit::Availability::Nearline => Availability::Nearline,
        wit::Availability::Offline => Availability::Offline,
    };
    Ok(Distribution {
        id: name("distribution.distribution-id", distribution.distribution_id)?,
        role: text("distribution.role", distribution.role, NAME)?,
        location,
        media_type: some("distribution.media-type", distribution.media_type, NAME)?,
        format: some("distribution.format", distribution.format, NAME)?,
        encodings: texts("distribution.encodings", distribution.encodings)?,
        size: distribution.size.map(size),
        checksums: each("distribution.checksums", distribution.checksums, checksum)?,
        file_name: some("distribution.file-name", distribution.file_name, NAME)?,
        modified: some_instant("distribution.modified", distribution.modified)?,
        availability,
        provider: some("distribution.provider", distribution.provider, NAME)?,
    })
}

pub(super) fn size(size: wit::Size) -> Size {
    let quality = match size.quality {
        wit::SizeQuality::Exact => SizeQuality::Exact,
        wit::SizeQuality::Estimated => SizeQuality::Estimated,
    };
    Size { bytes: size.bytes, quality }
}

pub(super) fn checksum(checksum: wit::Checksum) -> Checked<Checksum> {
    if !checksum.hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Lie::new("checksum.hex", checksum.hex, "not hexadecimal"));
    }
    Ok(Checksum {
        algorithm: name("checksum.algorithm", checksum.algorithm)?.to_ascii_lowercase(),
        hex: name("checksum.hex", checksum.hex)?.to_ascii_lowercase(),
    })
}

fn provenance(provenance: wit::Provenance) -> Checked<Provenance> {
    let parameter = |(key, value)| {
        Ok((name("provenance.parameters", key)?, text("provenance.parameters", value, LINE)?))
    };
    Ok(Provenance {
        name: some("provenance.name", provenance.name, NAME)?,
        version: some("provenance.version", provenance.version, NAME)?,
        producer: some("provenance.producer", provenance.producer, NAME)?,
        project: some("provenance.project", provenance.project, NAME)?,
        run_id: some("provenance.run-id", provenance.run_id, NAME)?,
        reference: some("provenance.reference", provenance.reference, LINE)?,
        executed: some_instant("provenance.executed", provenance.executed)?,
        parameters: each("provenance.parameters", provenance.parameters, parameter)?,
        inputs: each("provenance.inputs", provenance.inputs, identifier)?,
        lineage: some("provenance.lineage", provenance.lineage, PROSE)?,
    })
}

fn quality(quality: wit::Quality) -> Checked<Quality> {
    Ok(Quality {
        flag: some("quality.flag", quality.flag, NAME)?,
        note: some("quality.note", quality.note, PROSE)?,
        metrics: each("quality.metrics", quality.metrics, extra)?,
    })
}

pub(super) fn extra(extra: wit::Extra) -> Checked<Extra> {
    if !extra.key.contains(':') {
        return Err(Lie::new("extra.key", format!("`{}`", extra.key), "not `namespace:name`"));
    }
    Ok(Extra { key: name("extra.key", extra.key)?, value: value("extra.value", extra.value)? })
}

fn native_record(record: wit::NativeRecord) -> Checked<NativeRecord> {
    if record.content.len() > NATIVE {
        let found = format!("{} bytes long", record.content.len());
        return Err(Lie::new("native.content", found, format!("more than {NATIVE}")));
    }
    Ok(NativeRecord {
        schema: text("native.schema", record.schema, NAME)?,
        media_type: text("native.media-type", record.media_type, NAME)?,
        content: record.content.into(),
    })
}
