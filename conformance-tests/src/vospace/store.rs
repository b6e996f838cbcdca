//! The tree of nodes, in the order of their names.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use archway_formats::time::format_timestamp;
use archway_formats::vospace::{
    Fault, FaultKind, Node, NodeKind, NodeUri, Property, View, property,
};
use bytes::Bytes;
use md5::{Digest, Md5};

/// A node and its bytes.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) kind: NodeKind,
    /// What clients and tests set.
    pub(super) properties: BTreeMap<String, String>,
    pub(super) content: Option<Content>,
    pub(super) target: Option<String>,
    pub(super) modified_us: i64,
}

/// Bytes.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) place: Place,
    pub(super) length: u64,
    pub(super) md5: [u8; 16],
    pub(super) media_type: String,
}

/// Where bytes are.
#[derive(Clone, Debug)]
pub(super) enum Place {
    Memory(Bytes),
    File(PathBuf),
}

/// All nodes but the root by the path of their container and their name.
#[derive(Debug)]
pub(super) struct Store {
    root: Stored,
    nodes: BTreeMap<(String, String), Stored>,
}

impl Default for Store {
    fn default() -> Self {
        Self { root: Stored::container(), nodes: BTreeMap::new() }
    }
}

impl Stored {
    fn new(kind: NodeKind) -> Self {
        Self {
            kind,
            properties: BTreeMap::new(),
            content: None,
            target: None,
            modified_us: micros(SystemTime::now()),
        }
    }

    pub(super) fn container() -> Self {
        Self::new(NodeKind::Container)
    }

    pub(super) fn link(target: &str) -> Self {
        Self { target: Some(target.to_owned()), ..Self::new(NodeKind::Link) }
    }

    pub(super) fn empty_file() -> Self {
        Self::file(Bytes::new(), "application/octet-stream")
    }

    pub(super) fn file(bytes: Bytes, media_type: &str) -> Self {
        let content = Content {
            length: bytes.len() as u64,
            md5: Md5::digest(&bytes).into(),
            place: Place::Memory(bytes),
            media_type: media_type.to_owned(),
        };
        Self { content: Some(content), ..Self::new(NodeKind::Data) }
    }

    fn file_on_disk(path: PathBuf) -> io::Result<Self> {
        let (bytes, metadata) = (std::fs::read(&path)?, std::fs::metadata(&path)?);
        let content = Content {
            length: bytes.len() as u64,
            md5: Md5::digest(&bytes).into(),
            media_type: media_type(&path).to_owned(),
            place: Place::File(path),
        };
        let modified_us = metadata.modified().map_or(0, micros);
        Ok(Self { content: Some(content), modified_us, ..Self::new(NodeKind::Data) })
    }

    /// The node as a document says it.
    pub(super) fn to_node(&self, uri: String) -> Node {
        let fixed = |uri: &str, value: String| Property {
            uri: uri.to_owned(),
            value: Some(value),
            read_only: true,
        };
        let mut properties = vec![fixed(property::DATE, format_timestamp(self.modified_us))];
        if let Some(content) = &self.content {
            properties.push(fixed(property::LENGTH, content.length.to_string()));
            properties.push(fixed(property::MD5, hex(&content.md5)));
        }
        let media_type = self.content.as_ref().map(|content| content.media_type.clone());
        let defaults = [
            (property::CREATOR, Some("CN=archway".to_owned())),
            (property::IS_PUBLIC, Some("true".to_owned())),
            (property::TYPE, media_type),
        ];
        let unset = defaults.into_iter().filter(|(uri, _)| !self.properties.contains_key(*uri));
        let unset = unset.filter_map(|(uri, value)| Some((uri.to_owned(), value?)));
        let set = self.properties.iter().map(|(uri, value)| (uri.clone(), value.clone()));
        properties.extend(unset.chain(set).map(|(uri, value)| Property {
            uri,
            value: Some(value),
            read_only: false,
        }));
        let views = |word: &str| vec![View::new(format!("ivo://ivoa.net/vospace/core#{word}"))];
        let holds = self.kind.is_data();
        Node {
            uri,
            kind: self.kind.clone(),
            properties,
            accepts: if holds { views("anyview") } else { Vec::new() },
            provides: if holds { views("defaultview") } else { Vec::new() },
            target: self.target.clone(),
            ..Node::default()
        }
    }
}

impl Store {
    /// # Errors
    ///
    /// `NodeNotFound`, or what is wrong on the way to it.
    pub(super) fn get(&self, path: &str) -> Result<&Stored, Fault> {
        if path.is_empty() {
            return Ok(&self.root);
        }
        self.nodes.get(&key(path)).ok_or_else(|| self.missing(path))
    }

    /// As [`Self::get`].
    pub(super) fn get_mut(&mut self, path: &str) -> Result<&mut Stored, Fault> {
        self.get(path)?;
        if path.is_empty() {
            return Ok(&mut self.root);
        }
        let missing = || Fault::new(FaultKind::NodeNotFound, path);
        self.nodes.get_mut(&key(path)).ok_or_else(missing)
    }

    /// Names of a container's children.
    pub(super) fn children(&self, path: &str) -> impl Iterator<Item = (&str, &Stored)> {
        let start = (path.to_owned(), String::new());
        let below = self.nodes.range(start..).take_while(move |((parent, _), _)| parent == path);
        below.map(|((_, name), node)| (name.as_str(), node))
    }

    /// Adds a node.
    ///
    /// # Errors
    ///
    /// `DuplicateNode`, `ContainerNotFound`, `LinkFound`.
    pub(super) fn insert(&mut self, path: &str, node: Stored) -> Result<(), Fault> {
        if self.get(path).is_ok() {
            return Err(Fault::new(FaultKind::DuplicateNode, path));
        }
        self.check_way(path)?;
        self.nodes.insert(key(path), node);
        Ok(())
    }

    /// Removes a node and what is below it; returns how many.
    ///
    /// # Errors
    ///
    /// As [`Self::get`]; `PermissionDenied` for the root.
    pub(super) fn remove(&mut self, path: &str) -> Result<usize, Fault> {
        self.check_way(path)?;
        self.get(path)?;
        if path.is_empty() {
            return Err(Fault::new(FaultKind::PermissionDenied, "the root stays"));
        }
        let before = self.nodes.len();
        let below = format!("{path}/");
        let own = key(path);
        self.nodes.retain(|at, _| *at != own && at.0 != path && !at.0.starts_with(&below));
        Ok(before - self.nodes.len())
    }

    /// Moves or copies a node and what is below it; into a container that is there already.
    ///
    /// # Errors
    ///
    /// As [`Self::get`] and [`Self::insert`]; `InvalidArgument` into itself.
    pub(super) fn relocate(&mut self, from: &str, to: &str, keeps: bool) -> Result<String, Fault> {
        self.get(from)?;
        let name = from.rsplit_once('/').map_or("", |(_, name)| name);
        let to = match self.get(to) {
            Ok(node) if node.kind == NodeKind::Container => format!("{to}/{name}"),
            _ => to.to_owned(),
        };
        if to == from || to.starts_with(&format!("{from}/")) {
            return Err(Fault::new(FaultKind::InvalidArgument, "a node cannot go into itself"));
        }
        if self.get(&to).is_ok() {
            return Err(Fault::new(FaultKind::DuplicateNode, to));
        }
        self.check_way(&to)?;
        let below = format!("{from}/");
        let own = key(from);
        let concerned =
            |at: &(String, String)| *at == own || at.0 == from || at.0.starts_with(&below);
        let copies: Vec<_> = self
            .nodes
            .iter()
            .filter(|(at, _)| concerned(at))
            .map(|((parent, name), node)| {
                let path = format!("{parent}/{name}");
                (format!("{to}{}", path.get(from.len()..).unwrap_or_default()), node.clone())
            })
            .collect();
        if !keeps {
            self.nodes.retain(|at, _| !concerned(at));
        }
        self.nodes.extend(copies.into_iter().map(|(path, node)| (key(&path), node)));
        Ok(to)
    }

    pub(super) fn add_folder(&mut self, path: &str, folder: &Path) -> io::Result<usize> {
        let wrong = |fault: Fault| io::Error::other(fault.to_string());
        if self.get(path).is_err() {
            self.insert(path, Stored::container()).map_err(wrong)?;
        }
        let mut entries = std::fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        let mut files = 0;
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let inner = format!("{path}/{name}");
            if entry.file_type()?.is_dir() {
                files += self.add_folder(&inner, &entry.path())?;
            } else {
                let node = Stored::file_on_disk(entry.path())?;
                self.insert(&inner, node).map_err(wrong)?;
                files += 1;
            }
        }
        Ok(files)
    }

    /// Follows links inside of the service to something else; the path it ends at.
    ///
    /// # Errors
    ///
    /// As [`Self::get`]; `InvalidArgument` for a circle, and for a link that leads out.
    pub(super) fn resolve(
        &self,
        path: &str,
        inside: impl Fn(&str) -> Option<NodeUri>,
    ) -> Result<String, Fault> {
        let mut path = path.to_owned();
        for _ in 0..16 {
            let Some(target) = self.get(&path)?.target.clone() else { return Ok(path) };
            let unsupported = || {
                Fault::new(FaultKind::InvalidArgument, format!("Unsupported link target: {target}"))
            };
            path = inside(&target).ok_or_else(unsupported)?.path;
        }
        Err(Fault::new(FaultKind::InvalidArgument, "links that lead in a circle"))
    }

    /// That all containers above a path are containers.
    fn check_way(&self, path: &str) -> Result<(), Fault> {
        let mut at = 0;
        while let Some(next) = path.get(at + 1..).and_then(|rest| rest.find('/')) {
            at += 1 + next;
            let above = path.get(..at).unwrap_or_default();
            match self.nodes.get(&key(above)).map(|node| &node.kind) {
                Some(NodeKind::Container) => {}
                Some(NodeKind::Link) => return Err(Fault::new(FaultKind::LinkFound, above)),
                _ => return Err(Fault::new(FaultKind::ContainerNotFound, above)),
            }
        }
        Ok(())
    }

    fn missing(&self, path: &str) -> Fault {
        match self.check_way(path) {
            Err(fault) if fault.kind == FaultKind::LinkFound => fault,
            _ => Fault::new(FaultKind::NodeNotFound, path),
        }
    }
}

fn key(path: &str) -> (String, String) {
    let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
    (parent.to_owned(), name.to_owned())
}

pub(super) fn micros(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By the end of the name; what is not known is bytes.
fn media_type(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "fits" | "fit" => "application/fits",
        "txt" | "tab" | "lbl" | "LBL" => "text/plain",
        "csv" => "text/csv",
        "xml" => "text/xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}
