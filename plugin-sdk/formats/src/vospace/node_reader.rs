//! Reads nodes; a container's children as they are wanted.

use std::io::Read;

use super::node::{Node, NodeCapability, NodeKind, Parameter, Property, View};
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::xml::{Element, Xml};

/// Reads one node; of a container, the children are passed over.
pub fn read_node(stream: impl Read, limits: &Limits) -> Result<Node> {
    let mut reader = NodeReader::new(stream, limits)?;
    while reader.next_child()?.is_some() {}
    Ok(reader.node)
}

/// Reads a node and then, one by one, its children.
///
/// Children of children are passed over. The document ends well, or the last call fails.
pub struct NodeReader<R> {
    xml: Xml<R>,
    node: Node,
    /// Depth of the root element's content.
    depth: usize,
    /// Depth of the content of `nodes`, while in it.
    in_children: Option<usize>,
    done: bool,
}

impl<R: Read> NodeReader<R> {
    /// Reads up to the children, or to the end of a node without any.
    pub fn new(stream: R, limits: &Limits) -> Result<Self> {
        let mut xml = Xml::new(stream, limits)?;
        let root = xml.root()?;
        if root.name != "node" {
            return Err(Error::UnexpectedRoot { found: root.name, expected: "node" });
        }
        let node = begin(&root)?;
        let depth = xml.depth();
        let mut reader = Self { xml, node, depth, in_children: None, done: false };
        reader.go_on()?;
        Ok(reader)
    }

    /// The node, with everything read of it so far: some services write its properties behind
    /// the children.
    pub fn node(&self) -> &Node {
        &self.node
    }

    /// The next child; `None` at the end of the document.
    pub fn next_child(&mut self) -> Result<Option<Node>> {
        while !self.done {
            let Some(depth) = self.in_children else {
                self.go_on()?;
                continue;
            };
            self.xml.forget_head();
            match self.xml.child(depth)? {
                Some(child) if child.name == "node" => {
                    let mut node = begin(&child)?;
                    let depth = self.xml.depth();
                    while let Some(part) = self.xml.child(depth)? {
                        match part.name.as_str() {
                            "nodes" => self.xml.skip()?,
                            _ => take(&mut self.xml, &part, &mut node)?,
                        }
                    }
                    return Ok(Some(node));
                }
                Some(_) => self.xml.skip()?,
                None => self.in_children = None,
            }
        }
        Ok(None)
    }

    /// Reads the node's own parts up to its children or its end.
    fn go_on(&mut self) -> Result<()> {
        while let Some(part) = self.xml.child(self.depth)? {
            if part.name == "nodes" {
                self.in_children = Some(self.xml.depth());
                return Ok(());
            }
            take(&mut self.xml, &part, &mut self.node)?;
        }
        self.done = true;
        Ok(())
    }
}

/// What a start tag says of a node.
fn begin(start: &Element) -> Result<Node> {
    let uri = start.text("uri").ok_or(Error::BadValue {
        what: "the attribute uri of a node",
        value: String::new(),
        expected: "the node's identifier",
    })?;
    Ok(Node {
        uri,
        kind: start.schema_type().map(NodeKind::named).unwrap_or_default(),
        version: start.text("version"),
        busy: is_true(start, "busy"),
        ..Node::default()
    })
}

/// Reads one part of a node, the children excepted.
fn take<R: Read>(xml: &mut Xml<R>, part: &Element, node: &mut Node) -> Result<()> {
    match part.name.as_str() {
        "properties" => properties(xml, &mut node.properties),
        "accepts" => views(xml, &mut node.accepts),
        "provides" => views(xml, &mut node.provides),
        "capabilities" => capabilities(xml, &mut node.capabilities),
        "target" => {
            node.target = xml.optional_text()?;
            Ok(())
        }
        name => {
            let name = name.to_owned();
            let text = xml.text()?;
            node.extras.push((name, text));
            Ok(())
        }
    }
}

pub(super) fn properties<R: Read>(xml: &mut Xml<R>, into: &mut Vec<Property>) -> Result<()> {
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        let text = xml.text()?;
        // A property without a name says nothing.
        if let Some(uri) = child.text("uri") {
            let value = (!child.is_nil()).then_some(text);
            into.push(Property { uri, value, read_only: is_true(&child, "readOnly") });
        }
    }
    Ok(())
}

pub(super) fn views<R: Read>(xml: &mut Xml<R>, into: &mut Vec<View>) -> Result<()> {
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        into.extend(view(xml, &child)?);
    }
    Ok(())
}

pub(super) fn view<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Option<View>> {
    let mut params = Vec::new();
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        params.extend(parameter(xml, &child)?);
    }
    let original = !matches!(start.attribute("original"), Some("false" | "0"));
    Ok(start.text("uri").map(|uri| View { uri, original, params }))
}

pub(super) fn parameter<R: Read>(xml: &mut Xml<R>, start: &Element) -> Result<Option<Parameter>> {
    let value = xml.text()?;
    Ok(start.text("uri").filter(|_| start.name == "param").map(|uri| Parameter { uri, value }))
}

fn capabilities<R: Read>(xml: &mut Xml<R>, into: &mut Vec<NodeCapability>) -> Result<()> {
    let depth = xml.depth();
    while let Some(child) = xml.child(depth)? {
        let mut capability = NodeCapability {
            uri: child.text("uri").unwrap_or_default(),
            ..NodeCapability::default()
        };
        let inner = xml.depth();
        while let Some(part) = xml.child(inner)? {
            match part.name.as_str() {
                "endpoint" => capability.endpoint = xml.optional_text()?,
                _ => capability.params.extend(parameter(xml, &part)?),
            }
        }
        if !capability.uri.is_empty() {
            into.push(capability);
        }
    }
    Ok(())
}

pub(super) fn is_true(element: &Element, name: &str) -> bool {
    matches!(element.attribute(name), Some("true" | "1"))
}
