//! Writes nodes, in the order of the schema.

use std::io::{self, Write};

use super::NAMESPACE;
use super::node::{Node, NodeCapability, NodeKind, Parameter, Property, View};
use crate::error::Result;
use crate::xml::{write_attribute, write_element, write_escaped};

/// Writes a node, and of a container these children, as the document that a service answers
/// or a client sends.
pub fn write_node(out: &mut impl Write, node: &Node, children: &[Node]) -> Result<()> {
    out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<vos:node")?;
    write_attribute(out, "xmlns:vos", NAMESPACE)?;
    write_attribute(out, "xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance")?;
    write_attribute(out, "version", node.version.as_deref().unwrap_or("2.1"))?;
    rest(out, node, children)?;
    Ok(())
}

/// What stands behind the namespaces.
fn rest(out: &mut impl Write, node: &Node, children: &[Node]) -> io::Result<()> {
    write_attribute(out, "uri", &node.uri)?;
    write_attribute(out, "xsi:type", &format!("vos:{}", node.kind.name()))?;
    if node.kind.is_data() {
        write_attribute(out, "busy", if node.busy { "true" } else { "false" })?;
    }
    out.write_all(b">\n")?;
    properties(out, &node.properties)?;
    // A link, and a node of the base type, have no such lists.
    if node.kind.is_data() || node.kind == NodeKind::Container {
        views(out, "accepts", &node.accepts)?;
        views(out, "provides", &node.provides)?;
        capabilities(out, &node.capabilities)?;
    }
    for (name, text) in &node.extras {
        write_element(out, &format!("vos:{name}"), Some(text))?;
    }
    if node.kind == NodeKind::Container {
        out.write_all(b"<vos:nodes>\n")?;
        for child in children {
            out.write_all(b"<vos:node")?;
            rest(out, child, &[])?;
        }
        out.write_all(b"</vos:nodes>\n")?;
    }
    write_element(out, "vos:target", node.target.as_deref())?;
    out.write_all(b"</vos:node>\n")
}

pub(super) fn properties(out: &mut impl Write, properties: &[Property]) -> io::Result<()> {
    out.write_all(b"<vos:properties>\n")?;
    for property in properties {
        out.write_all(b"<vos:property")?;
        write_attribute(out, "uri", &property.uri)?;
        write_attribute(out, "readOnly", if property.read_only { "true" } else { "false" })?;
        match &property.value {
            Some(value) => {
                out.write_all(b">")?;
                write_escaped(out, value)?;
                out.write_all(b"</vos:property>\n")?;
            }
            None => out.write_all(b" xsi:nil=\"true\"/>\n")?,
        }
    }
    out.write_all(b"</vos:properties>\n")
}

pub(super) fn views(out: &mut impl Write, name: &str, views: &[View]) -> io::Result<()> {
    writeln!(out, "<vos:{name}>")?;
    for one in views {
        view(out, one)?;
    }
    writeln!(out, "</vos:{name}>")
}

pub(super) fn view(out: &mut impl Write, view: &View) -> io::Result<()> {
    out.write_all(b"<vos:view")?;
    write_attribute(out, "uri", &view.uri)?;
    if !view.original {
        write_attribute(out, "original", "false")?;
    }
    if view.params.is_empty() {
        return out.write_all(b"/>\n");
    }
    out.write_all(b">")?;
    params(out, &view.params)?;
    out.write_all(b"</vos:view>\n")
}

pub(super) fn params(out: &mut impl Write, params: &[Parameter]) -> io::Result<()> {
    for param in params {
        out.write_all(b"<vos:param")?;
        write_attribute(out, "uri", &param.uri)?;
        out.write_all(b">")?;
        write_escaped(out, &param.value)?;
        out.write_all(b"</vos:param>")?;
    }
    Ok(())
}

fn capabilities(out: &mut impl Write, capabilities: &[NodeCapability]) -> io::Result<()> {
    out.write_all(b"<vos:capabilities>\n")?;
    for capability in capabilities {
        out.write_all(b"<vos:capability")?;
        write_attribute(out, "uri", &capability.uri)?;
        out.write_all(b">")?;
        write_element(out, "vos:endpoint", capability.endpoint.as_deref())?;
        params(out, &capability.params)?;
        out.write_all(b"</vos:capability>\n")?;
    }
    out.write_all(b"</vos:capabilities>\n")
}
