//! The nodes below the root, in an order that stays the same: each container, then what is in it.
//!
//! Called by `search.rs` and `harvest.rs`. Calls `listing.rs`, `links.rs`.
//! Rules: a walk holds one open listing for each level; where it stands can be written down and
//! gone on from in another process. It is bounded in depth and in nodes, and crossing a bound is
//! an error: what was walked is never taken for the whole. A container that the caller may not
//! read, or that went away meanwhile, is passed over.

use std::collections::BTreeSet;

use archway_formats::vospace::{Node, NodeKind, NodeUri};
use archway_plugin::host::Level;
use archway_plugin::types::{Exhaustion, LimitKind};
use archway_plugin::{Error, Host};
use serde::{Deserialize, Serialize};

use crate::links::{self, End};
use crate::listing::Listing;
use crate::service::Service;

/// Where a walk stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Position {
    /// From the root down: a container, and the child of it that was read last.
    #[serde(rename = "l")]
    levels: Vec<(String, Option<String>)>,
    /// Containers that links have led to.
    #[serde(rename = "t", default, skip_serializing_if = "BTreeSet::is_empty")]
    targets: BTreeSet<String>,
    /// Nodes so far.
    #[serde(rename = "n")]
    nodes: u64,
    #[serde(rename = "s")]
    started: bool,
}

impl Position {
    /// As a continuation token.
    pub(crate) fn to_token(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a continuation token.
    pub(crate) fn of_token(token: &[u8], part: &str) -> Result<Self, Error> {
        let wrong =
            |_| Error::invalid_part(part, "the continuation is not one that this plugin gave");
        serde_json::from_slice(token).map_err(wrong)
    }
}

/// Pulls nodes.
pub(crate) struct Walk {
    pub(crate) service: Service,
    levels: Vec<Open>,
    targets: BTreeSet<String>,
    nodes: u64,
    started: bool,
}

struct Open {
    container: NodeUri,
    listing: Listing,
}

impl Walk {
    /// From a position on; the first node is not asked for yet.
    pub(crate) fn new(service: Service, from: Position) -> Result<Self, Error> {
        let wrong = |text: &str| Error::malformed("the continuation", "node identifiers", text);
        let mut levels = Vec::new();
        for (container, last) in from.levels {
            let container = NodeUri::parse(&container).ok_or_else(|| wrong(&container))?;
            let listing = Listing::new(&service, &container, last);
            levels.push(Open { container, listing });
        }
        let Position { targets, nodes, started, .. } = from;
        Ok(Self { service, levels, targets, nodes, started })
    }

    /// Behind the node read last.
    pub(crate) fn position(&self) -> Position {
        let level =
            |level: &Open| (level.container.to_string(), level.listing.last().map(str::to_owned));
        Position {
            levels: self.levels.iter().map(level).collect(),
            targets: self.targets.clone(),
            nodes: self.nodes,
            started: self.started,
        }
    }

    /// Sees to it that the root is there, so that a failure is known before the first node is
    /// wanted. A root that is no container is the only node.
    pub(crate) fn start(&mut self, host: &dyn Host) -> Result<Option<Node>, Error> {
        if self.started {
            return Ok(None);
        }
        let root = self.service.root.clone();
        let (node, _) = self.service.node(host, &root)?;
        self.started = true;
        match node.kind {
            NodeKind::Container => {
                self.enter(root)?;
                Ok(None)
            }
            _ => Ok(Some(node)),
        }
    }

    /// The next node; `None` at the end.
    pub(crate) fn next(&mut self, host: &dyn Host) -> Result<Option<(Node, NodeUri)>, Error> {
        loop {
            let Some(level) = self.levels.last_mut() else { return Ok(None) };
            let child = match level.listing.next(host, &self.service) {
                Ok(child) => child,
                // Of the root it is a failure.
                Err(Error::Unauthorised(_) | Error::NotFound(_)) if self.levels.len() > 1 => {
                    self.passed_over(host);
                    None
                }
                Err(error) => return Err(error),
            };
            let Some(child) = child else {
                self.levels.pop();
                continue;
            };
            let Some(uri) = self.service.settings.identifiers.parse(&child.uri) else {
                let fields = [("node", child.uri.chars().take(200).collect())];
                host.log(
                    Level::Warning,
                    "a node whose identifier cannot be read is left out",
                    &fields,
                );
                continue;
            };
            self.nodes += 1;
            if self.nodes > self.service.settings.max_nodes {
                return Err(bound("max_nodes", self.service.settings.max_nodes, &uri));
            }
            match child.kind {
                NodeKind::Container => self.enter(uri.clone())?,
                NodeKind::Link if self.service.settings.follow_links => {
                    self.follow(host, &child)?
                }
                _ => {}
            }
            return Ok(Some((child, uri)));
        }
    }

    fn passed_over(&self, host: &dyn Host) {
        if let Some(level) = self.levels.last() {
            let fields = [("container", level.container.to_string())];
            host.log(Level::Info, "a container that cannot be read is passed over", &fields);
        }
    }

    fn enter(&mut self, container: NodeUri) -> Result<(), Error> {
        // A container that says it is in itself would never end.
        if self.levels.iter().any(|level| level.container == container) {
            return Err(Error::malformed(
                container.to_string(),
                "containers that do not hold themselves",
                "a container inside of itself",
            ));
        }
        if self.levels.len() >= self.service.settings.max_depth {
            let most = u64::try_from(self.service.settings.max_depth).unwrap_or(u64::MAX);
            return Err(bound("max_depth", most, &container));
        }
        let listing = Listing::new(&self.service, &container, None);
        self.levels.push(Open { container, listing });
        Ok(())
    }

    /// Enters the container that a link leads to, if it is not walked anyway.
    fn follow(&mut self, host: &dyn Host, link: &Node) -> Result<(), Error> {
        let target = match links::follow(host, &self.service, link.clone()) {
            Ok(End::Node { node, uri }) if node.kind == NodeKind::Container => uri,
            Ok(_) => return Ok(()),
            // The link is an asset all the same; its target is not.
            Err(
                error @ (Error::NotFound(_)
                | Error::Unauthorised(_)
                | Error::MalformedReply(_)
                | Error::Unsupported(_)
                | Error::InvalidQuery(_)),
            ) => {
                let fields = [("link", link.uri.clone()), ("error", error.to_string())];
                host.log(Level::Info, "a link is not followed", &fields);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let is_walked = self.service.root.holds(&target)
            || self
                .targets
                .iter()
                .filter_map(|one| NodeUri::parse(one))
                .any(|one| one.holds(&target));
        if is_walked {
            return Ok(());
        }
        self.targets.insert(target.to_string());
        self.enter(target)
    }
}

fn bound(setting: &str, most: u64, at: &NodeUri) -> Error {
    Error::Exhausted(Exhaustion {
        limit: LimitKind::Rows,
        allowed: Some(most),
        message: format!(
            "the tree goes on beyond {setting} = {most}, at {at}; narrow the setting root, or raise {setting}"
        ),
    })
}
