//! A node and what belongs to it (`VOSpace` 2.1, 3.1 to 3.4).

use super::CORE;

/// What sort of node it is (`xsi:type`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NodeKind {
    /// No type, or the base type: nothing is known.
    #[default]
    Node,
    /// Data of any sort.
    Data,
    /// Data that the service does not understand.
    UnstructuredData,
    /// Data that the service understands, and can show in several views.
    StructuredData,
    /// Holds other nodes.
    Container,
    /// Points elsewhere.
    Link,
    /// A type that the standard does not know, without its prefix.
    Other(String),
}

impl NodeKind {
    /// The type's name, without a prefix.
    pub fn name(&self) -> &str {
        match self {
            Self::Node => "Node",
            Self::Data => "DataNode",
            Self::UnstructuredData => "UnstructuredDataNode",
            Self::StructuredData => "StructuredDataNode",
            Self::Container => "ContainerNode",
            Self::Link => "LinkNode",
            Self::Other(name) => name,
        }
    }

    /// The kind of a type's name without prefix.
    pub fn named(name: &str) -> Self {
        let known = [
            Self::Node,
            Self::Data,
            Self::UnstructuredData,
            Self::StructuredData,
            Self::Container,
            Self::Link,
        ];
        let found = known.into_iter().find(|kind| kind.name() == name);
        found.unwrap_or_else(|| Self::Other(name.to_owned()))
    }

    /// Whether it holds bytes, as far as its type says.
    pub fn is_data(&self) -> bool {
        match self {
            Self::Data | Self::UnstructuredData | Self::StructuredData => true,
            Self::Node | Self::Container | Self::Link | Self::Other(_) => false,
        }
    }
}

/// A node without its children.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// The identifier as written: `vos://authority!service/path`.
    pub uri: String,
    /// What sort of node it is.
    pub kind: NodeKind,
    /// The standard's version that the document names: `2.1`.
    pub version: Option<String>,
    /// Whether its bytes cannot be had at the moment.
    pub busy: bool,
    /// In the order of the document.
    pub properties: Vec<Property>,
    /// In what views it takes data.
    pub accepts: Vec<View>,
    /// In what views it gives data.
    pub provides: Vec<View>,
    /// What can be done with it elsewhere.
    pub capabilities: Vec<NodeCapability>,
    /// What a link points to: a node's identifier, or any other URI.
    pub target: Option<String>,
    /// Elements that no standard knows, name and text.
    pub extras: Vec<(String, String)>,
}

/// A property of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    /// What it is: `ivo://ivoa.net/vospace/core#length`.
    pub uri: String,
    /// Its value; `None` is `xsi:nil`, which in a request deletes the property.
    pub value: Option<String>,
    /// Whether clients may not set it.
    pub read_only: bool,
}

/// A form that data come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// What it is: `ivo://ivoa.net/vospace/core#defaultview`.
    pub uri: String,
    /// Whether the bytes are the original ones.
    pub original: bool,
    /// What else it needs.
    pub params: Vec<Parameter>,
}

/// A parameter of a view, a protocol or a transfer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameter {
    /// What it is.
    pub uri: String,
    /// Its value.
    pub value: String,
}

/// An interface of another sort that a node is open to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeCapability {
    /// What it is.
    pub uri: String,
    /// Where.
    pub endpoint: Option<String>,
    /// What else it needs.
    pub params: Vec<Parameter>,
}

impl View {
    /// The view of that identifier, of the original bytes, without parameters.
    pub fn new(uri: impl Into<String>) -> Self {
        Self { uri: uri.into(), original: true, params: Vec::new() }
    }
}

impl Node {
    /// The value of a property of the standard, by the word behind `core#`; the authority
    /// before it is not looked at, as services write it in several ways. An empty one is absent.
    pub fn core(&self, word: &str) -> Option<&str> {
        let is_it = |property: &&Property| {
            property.uri.rsplit_once('#').is_some_and(|(_, fragment)| fragment == word)
        };
        let exact = format!("{CORE}{word}");
        let named = self.properties.iter().find(|property| property.uri == exact);
        let found = named.or_else(|| self.properties.iter().find(is_it))?;
        found.value.as_deref().map(str::trim).filter(|value| !value.is_empty())
    }
}

/// Identifiers of properties (`VOSpace` 2.1, 3.2.2, and what is in use beside it).
pub mod property {
    /// Bytes of a data node.
    pub const LENGTH: &str = "ivo://ivoa.net/vospace/core#length";
    /// When it was last changed, `YYYY-MM-DDThh:mm:ss.sss`, UTC.
    pub const DATE: &str = "ivo://ivoa.net/vospace/core#date";
    /// When it was made.
    pub const BTIME: &str = "ivo://ivoa.net/vospace/core#btime";
    /// MD5 of the bytes, hexadecimal.
    pub const MD5: &str = "ivo://ivoa.net/vospace/core#MD5";
    /// Media type.
    pub const TYPE: &str = "ivo://ivoa.net/vospace/core#type";
    /// Content encoding.
    pub const ENCODING: &str = "ivo://ivoa.net/vospace/core#encoding";
    /// Name for people.
    pub const TITLE: &str = "ivo://ivoa.net/vospace/core#title";
    /// Text for people.
    pub const DESCRIPTION: &str = "ivo://ivoa.net/vospace/core#description";
    /// Who made it.
    pub const CREATOR: &str = "ivo://ivoa.net/vospace/core#creator";
    /// Groups that may read, separated by blanks.
    pub const GROUP_READ: &str = "ivo://ivoa.net/vospace/core#groupread";
    /// Groups that may write, separated by blanks.
    pub const GROUP_WRITE: &str = "ivo://ivoa.net/vospace/core#groupwrite";
    /// `true` if everybody may read.
    pub const IS_PUBLIC: &str = "ivo://ivoa.net/vospace/core#ispublic";
    /// Bytes that a container may hold.
    pub const QUOTA: &str = "ivo://ivoa.net/vospace/core#quota";
}
