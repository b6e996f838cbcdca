//! Links: to what they lead in the end (`VOSpace` 2.1, 3.1).

use archway_formats::vospace::{Node, NodeKind, NodeUri};
use archway_plugin::types::{Exhaustion, LimitKind};
use archway_plugin::{Error, Host};

use crate::service::Service;

/// Links to links that are followed.
const MOST_HOPS: usize = 10;

/// Where links lead.
pub(crate) enum End {
    /// To a node of the same service.
    Node { node: Box<Node>, uri: NodeUri },
    /// To another URI.
    Elsewhere(String),
}

/// Follows a link, and those behind it, each asked for afresh.
///
/// # Errors
///
/// `MalformedReply` for a circle, `Exhausted` for a chain too long, `NotFound` for a target that
/// is not there, `Unsupported` for one in another `VOSpace`.
pub(crate) fn follow(host: &dyn Host, service: &Service, link: Node) -> Result<End, Error> {
    let mut seen = vec![link.uri.clone()];
    let mut target = link.target.unwrap_or_default();
    for _ in 0..MOST_HOPS {
        if !target.starts_with("vos://") {
            return Ok(End::Elsewhere(target));
        }
        let uri = service.settings.identifiers.parse(&target);
        let uri =
            uri.ok_or_else(|| Error::malformed(link.uri.clone(), "a link to a node", &target))?;
        if !uri.is_beside(&service.root) {
            return Err(Error::Unsupported(format!(
                "the link leads into another service: {target}"
            )));
        }
        let (node, _) = service.node(host, &uri)?;
        if node.kind != NodeKind::Link {
            return Ok(End::Node { node: Box::new(node), uri });
        }
        let next = node.target.clone().unwrap_or_default();
        if seen.contains(&node.uri) {
            let way = seen.join(", ");
            return Err(Error::malformed(
                link.uri,
                "links that lead to data",
                &format!("a circle of {way}"),
            ));
        }
        seen.push(node.uri);
        target = next;
    }
    Err(Error::Exhausted(Exhaustion {
        limit: LimitKind::Requests,
        allowed: u64::try_from(MOST_HOPS).ok(),
        message: format!("{} leads to more than {MOST_HOPS} links in a row", link.uri),
    }))
}
