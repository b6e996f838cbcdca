//! Writes `/capabilities`.

use std::io::Write;

use crate::error::Result;
use crate::vosi::capabilities::{
    Amount, Capabilities, Capability, Interface, Language, LimitPair, TableAccess,
};
use crate::xml::{write_attribute, write_element, write_escaped};

/// Some clients compare these prefixes instead of resolving them, so they are fixed.
const NAMESPACES: &[(&str, &str)] = &[
    ("xmlns:vosi", "http://www.ivoa.net/xml/VOSICapabilities/v1.0"),
    ("xmlns:vr", "http://www.ivoa.net/xml/VOResource/v1.0"),
    ("xmlns:vs", "http://www.ivoa.net/xml/VODataService/v1.1"),
    ("xmlns:tr", "http://www.ivoa.net/xml/TAPRegExt/v1.0"),
    ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
];

impl Capabilities {
    /// Writes the document.
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vosi:capabilities")?;
        for (prefix, namespace) in NAMESPACES {
            write_attribute(out, prefix, namespace)?;
        }
        out.write_all(b">\n")?;
        for item in &self.capabilities {
            capability(out, item)?;
        }
        out.write_all(b"</vosi:capabilities>\n")?;
        Ok(())
    }
}

fn capability(out: &mut impl Write, capability: &Capability) -> std::io::Result<()> {
    out.write_all(b"<capability")?;
    if let Some(id) = &capability.standard_id {
        write_attribute(out, "standardID", id)?;
    }
    let is_table_access = capability.table_access.is_some();
    if let Some(kind) = capability.kind.as_deref().or(is_table_access.then_some("TableAccess")) {
        write_attribute(out, "xsi:type", &qualified(kind))?;
    }
    out.write_all(b">\n")?;
    write_element(out, "description", capability.description.as_deref())?;
    for item in &capability.interfaces {
        interface(out, item)?;
    }
    if let Some(access) = &capability.table_access {
        table_access(out, access)?;
    }
    out.write_all(b"</capability>\n")
}

/// Puts the prefix of its schema before a type.
fn qualified(kind: &str) -> String {
    let prefix = match kind {
        "TableAccess" => "tr",
        "WebBrowser" | "WebService" => "vr",
        _ => "vs",
    };
    format!("{prefix}:{kind}")
}

fn interface(out: &mut impl Write, interface: &Interface) -> std::io::Result<()> {
    out.write_all(b"<interface")?;
    write_attribute(out, "xsi:type", &qualified(interface.kind.as_deref().unwrap_or("ParamHTTP")))?;
    if let Some(role) = &interface.role {
        write_attribute(out, "role", role)?;
    }
    if let Some(version) = &interface.version {
        write_attribute(out, "version", version)?;
    }
    out.write_all(b">\n")?;
    for (url, usage) in &interface.access_urls {
        out.write_all(b"<accessURL")?;
        write_attribute(out, "use", usage.as_deref().unwrap_or("full"))?;
        out.write_all(b">")?;
        write_escaped(out, url)?;
        out.write_all(b"</accessURL>\n")?;
    }
    for method in &interface.security_methods {
        out.write_all(b"<securityMethod")?;
        if let Some(id) = method {
            write_attribute(out, "standardID", id)?;
        }
        out.write_all(b"/>\n")?;
    }
    for query_type in &interface.query_types {
        write_element(out, "queryType", Some(query_type))?;
    }
    write_element(out, "resultType", interface.result_type.as_deref())?;
    out.write_all(b"</interface>\n")
}

/// `TAPRegExt` 1.0, 2: the order is prescribed.
fn table_access(out: &mut impl Write, access: &TableAccess) -> std::io::Result<()> {
    for model in &access.data_models {
        text_with_id(out, "dataModel", model.ivo_id.as_deref(), &model.name)?;
    }
    for item in &access.languages {
        language(out, item)?;
    }
    for format in &access.output_formats {
        out.write_all(b"<outputFormat")?;
        if let Some(id) = &format.ivo_id {
            write_attribute(out, "ivo-id", id)?;
        }
        out.write_all(b">")?;
        write_element(out, "mime", Some(&format.mime))?;
        for alias in &format.aliases {
            write_element(out, "alias", Some(alias))?;
        }
        out.write_all(b"</outputFormat>\n")?;
    }
    for method in &access.upload_methods {
        out.write_all(b"<uploadMethod")?;
        write_attribute(out, "ivo-id", method)?;
        out.write_all(b"/>\n")?;
    }
    limit_pair(out, "retentionPeriod", access.retention_s)?;
    limit_pair(out, "executionDuration", access.execution_s)?;
    limit_pair(out, "outputLimit", access.output_limit)?;
    limit_pair(out, "uploadLimit", access.upload_limit)
}

fn language(out: &mut impl Write, language: &Language) -> std::io::Result<()> {
    out.write_all(b"<language>\n")?;
    write_element(out, "name", Some(&language.name))?;
    for (version, id) in &language.versions {
        text_with_id(out, "version", id.as_deref(), version)?;
    }
    write_element(out, "description", language.description.as_deref())?;
    // Features of one sort stand together, in the order in which the sorts are met.
    let mut kinds: Vec<&str> = Vec::new();
    for feature in &language.features {
        if !kinds.contains(&feature.kind.as_str()) {
            kinds.push(&feature.kind);
        }
    }
    for kind in kinds {
        out.write_all(b"<languageFeatures")?;
        write_attribute(out, "type", kind)?;
        out.write_all(b">\n")?;
        for feature in language.features.iter().filter(|feature| feature.kind == kind) {
            out.write_all(b"<feature>")?;
            write_element(out, "form", Some(&feature.form))?;
            write_element(out, "description", feature.description.as_deref())?;
            out.write_all(b"</feature>\n")?;
        }
        out.write_all(b"</languageFeatures>\n")?;
    }
    out.write_all(b"</language>\n")
}

fn text_with_id(
    out: &mut impl Write,
    name: &str,
    id: Option<&str>,
    text: &str,
) -> std::io::Result<()> {
    write!(out, "<{name}")?;
    if let Some(id) = id {
        write_attribute(out, "ivo-id", id)?;
    }
    out.write_all(b">")?;
    write_escaped(out, text)?;
    writeln!(out, "</{name}>")
}

fn limit_pair(out: &mut impl Write, name: &str, pair: LimitPair) -> std::io::Result<()> {
    if pair == LimitPair::default() {
        return Ok(());
    }
    write!(out, "<{name}>")?;
    for (name, amount) in [("default", pair.default), ("hard", pair.hard)] {
        match amount {
            Some(Amount::Seconds(n)) => write!(out, "<{name}>{n}</{name}>")?,
            Some(Amount::Rows(n)) => write!(out, "<{name} unit=\"row\">{n}</{name}>")?,
            Some(Amount::Bytes(n)) => write!(out, "<{name} unit=\"byte\">{n}</{name}>")?,
            None => {}
        }
    }
    writeln!(out, "</{name}>")
}
