//! `/capabilities`: what a service speaks and where (VOSI 1.1, 3; `VOResource`
//! 1.1; `TAPRegExt` 1.0).

use std::io::Read;

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::xml::{Element, Xml};

/// All capabilities of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// In the order of the document.
    pub capabilities: Vec<Capability>,
}

/// One capability.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capability {
    /// The standard spoken; absent for web pages and the like.
    pub standard_id: Option<String>,
    /// The `xsi:type` without its prefix: `TableAccess`.
    pub kind: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Where it is spoken.
    pub interfaces: Vec<Interface>,
    /// What `TAPRegExt` adds.
    pub table_access: Option<TableAccess>,
}

/// Where a capability is spoken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// The `xsi:type` without its prefix: `ParamHTTP`, `WebBrowser`.
    pub kind: Option<String>,
    /// `std` for the interface that the standard defines.
    pub role: Option<String>,
    /// The standard's version.
    pub version: Option<String>,
    /// Address and `use` (`base`, `full`, `dir`).
    pub access_urls: Vec<(String, Option<String>)>,
    /// How to log in; `None` is the empty method, which means not at all.
    pub security_methods: Vec<Option<String>>,
    /// `GET`, `POST`.
    pub query_types: Vec<String>,
    /// Media type of the answer.
    pub result_type: Option<String>,
}

/// What a TAP service says of itself (`TAPRegExt` 1.0, 2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableAccess {
    /// Data models that its tables follow.
    pub data_models: Vec<DataModel>,
    /// Query languages.
    pub languages: Vec<Language>,
    /// Formats of answers.
    pub output_formats: Vec<OutputFormatDeclaration>,
    /// Identifiers of upload methods: `…#upload-inline`.
    pub upload_methods: Vec<String>,
    /// How long jobs are kept, seconds.
    pub retention_s: LimitPair,
    /// How long jobs may run, seconds.
    pub execution_s: LimitPair,
    /// How much an answer may hold.
    pub output_limit: LimitPair,
    /// How much an upload may hold.
    pub upload_limit: LimitPair,
}

/// A data model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataModel {
    /// Its identifier.
    pub ivo_id: Option<String>,
    /// Its name.
    pub name: String,
}

/// A query language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Language {
    /// As LANG wants it: `ADQL`.
    pub name: String,
    /// Version and identifier.
    pub versions: Vec<(String, Option<String>)>,
    /// For people.
    pub description: Option<String>,
    /// What it can do beyond the minimum.
    pub features: Vec<LanguageFeature>,
}

/// A function or construct of a language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LanguageFeature {
    /// What sort: `…#features-udf`, `…#features-adqlgeo`.
    pub kind: String,
    /// The signature, or the word.
    pub form: String,
    /// For people.
    pub description: Option<String>,
}

/// A format of answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputFormatDeclaration {
    /// Its identifier.
    pub ivo_id: Option<String>,
    /// Its media type.
    pub mime: String,
    /// Short names for RESPONSEFORMAT.
    pub aliases: Vec<String>,
}

/// What holds if nothing is asked for, and what can be asked for at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LimitPair {
    /// Without asking.
    pub default: Option<Amount>,
    /// At most.
    pub hard: Option<Amount>,
}

/// An amount of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// Rows.
    Rows(u64),
    /// Bytes.
    Bytes(u64),
    /// Seconds.
    Seconds(u64),
}

impl Amount {
    /// The number without its unit.
    pub fn value(self) -> u64 {
        match self {
            Self::Rows(n) | Self::Bytes(n) | Self::Seconds(n) => n,
        }
    }
}

impl Interface {
    /// Its first address.
    pub fn access_url(&self) -> Option<&str> {
        self.access_urls.first().map(|(url, _)| url.as_str())
    }
}

impl Capabilities {
    /// Reads the document.
    pub fn read(stream: impl Read, limits: &Limits) -> Result<Self> {
        let mut xml = Xml::new(stream, limits)?;
        let root = xml.root()?;
        if root.name != "capabilities" {
            return Err(Error::UnexpectedRoot { found: root.name, expected: "capabilities" });
        }
        let mut capabilities = Vec::new();
        let depth = xml.depth();
        while let Some(child) = xml.child(depth)? {
            match child.name.as_str() {
                "capability" => capabilities.push(capability(&mut xml, &child)?),
                _ => xml.skip()?,
            }
        }
        Ok(Self { capabilities })
    }

    /// Returns the first capability of a standard, whatever the case of the
    /// identifier (they compare so) and its minor version's spelling.
    pub fn of(&self, standard_id: &str) -> Option<&Capability> {
        self.capabilities.iter().find(|capability| {
            capability.standard_id.as_deref().is_some_and(|id| id.eq_ignore_ascii_case(standard_id))
        })
    }

    /// Returns the address of the interface of role `std` of a standard, else its first one.
    pub fn access_url(&self, standard_id: &str) -> Option<&str> {
        let interfaces = &self.of(standard_id)?.interfaces;
        let std =
            interfaces.iter().find(|i| i.role.as_deref().is_some_and(|r| r.starts_with("std")));
        std.or(interfaces.first())?.access_url()
    }
}

fn capability<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Capability> {
    let mut capability = Capability {
        standard_id: start.text("standardID"),
        kind: start.schema_type().map(str::to_owned),
        ..Capability::default()
    };
    let mut access = TableAccess::default();
    let mut found_access = capability.kind.as_deref() == Some("TableAccess");
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "description" => capability.description = xml.optional_text()?,
            "interface" => capability.interfaces.push(interface(xml, &child)?),
            _ => found_access |= table_access(xml, &child, &mut access)?,
        }
    }
    capability.table_access = found_access.then_some(access);
    Ok(capability)
}

fn interface<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Interface> {
    let mut interface = Interface {
        kind: start.schema_type().map(str::to_owned),
        role: start.text("role"),
        version: start.text("version"),
        ..Interface::default()
    };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "accessURL" => {
                let url = xml.text()?;
                interface.access_urls.push((url, child.text("use")));
            }
            "securityMethod" => {
                interface.security_methods.push(child.text("standardID"));
                xml.skip()?;
            }
            "queryType" => interface.query_types.extend(xml.optional_text()?),
            "resultType" => interface.result_type = xml.optional_text()?,
            _ => xml.skip()?,
        }
    }
    Ok(interface)
}

/// Reads one element of `TAPRegExt`; `false` if it is none.
fn table_access<R: Read>(
    xml: &mut Xml<R>,
    start: &Element,
    access: &mut TableAccess,
) -> Result<bool> {
    match start.name.as_str() {
        "dataModel" => {
            let name = xml.text()?;
            access.data_models.push(DataModel { ivo_id: start.text("ivo-id"), name });
        }
        "language" => access.languages.push(language(xml)?),
        "outputFormat" => access.output_formats.push(output_format(xml, start)?),
        "uploadMethod" => {
            access.upload_methods.extend(start.text("ivo-id"));
            xml.skip()?;
        }
        "retentionPeriod" => access.retention_s = limit_pair(xml, Amount::Seconds)?,
        "executionDuration" => access.execution_s = limit_pair(xml, Amount::Seconds)?,
        "outputLimit" => access.output_limit = limit_pair(xml, Amount::Rows)?,
        "uploadLimit" => access.upload_limit = limit_pair(xml, Amount::Rows)?,
        _ => {
            xml.skip()?;
            return Ok(false);
        }
    }
    Ok(true)
}

fn language<R: Read>(xml: &mut Xml<R>) -> Result<Language> {
    let mut language = Language::default();
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "name" => language.name = xml.text()?,
            "version" => {
                let version = xml.text()?;
                language.versions.push((version, child.text("ivo-id")));
            }
            "description" => language.description = xml.optional_text()?,
            "languageFeatures" => {
                let kind = child.text("type").unwrap_or_default();
                let depth = xml.depth();
                while let Some(child) = xml.child(depth)? {
                    if child.name == "feature" {
                        language.features.push(feature(xml, kind.clone())?);
                    } else {
                        xml.skip()?;
                    }
                }
            }
            _ => xml.skip()?,
        }
    }
    Ok(language)
}

fn feature<R: Read>(xml: &mut Xml<R>, kind: String) -> Result<LanguageFeature> {
    let mut feature = LanguageFeature { kind, ..LanguageFeature::default() };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "form" => feature.form = xml.text()?,
            "description" => feature.description = xml.optional_text()?,
            _ => xml.skip()?,
        }
    }
    Ok(feature)
}

fn output_format<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<OutputFormatDeclaration> {
    let mut format = OutputFormatDeclaration {
        ivo_id: start.text("ivo-id"),
        ..OutputFormatDeclaration::default()
    };
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        match child.name.as_str() {
            "mime" => format.mime = xml.text()?,
            "alias" => format.aliases.extend(xml.optional_text()?),
            _ => xml.skip()?,
        }
    }
    Ok(format)
}

fn limit_pair<R: Read>(xml: &mut Xml<R>, unit: fn(u64) -> Amount) -> Result<LimitPair> {
    let mut pair = LimitPair::default();
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        let unit = match child.attribute("unit") {
            Some("byte" | "bytes") => Amount::Bytes,
            Some("row" | "rows") => Amount::Rows,
            Some(_) | None => unit,
        };
        // Some services write a negative number for "no limit".
        let amount = xml.text()?.parse().ok().map(unit);
        match child.name.as_str() {
            "default" => pair.default = amount,
            "hard" => pair.hard = amount,
            _ => {}
        }
    }
    Ok(pair)
}
