//! `VOSpace` 2.0 and 2.1: nodes, transfers, what a service offers, and faults, read and written.
//!
//! [`NodeReader`] gives a container's children one by one, however many there are;
//! [`read_transfer`] and [`write_transfer`] are for negotiating bytes; [`Fault`] is what a
//! service says when it refuses; [`NodeUri`] takes node identifiers apart.
//!
//! Rules: namespace and prefixes are not looked at, as services in use (and the standard's own
//! examples) declare one prefix and write another.

mod fault;
mod node;
mod node_reader;
mod node_writer;
mod offers;
mod transfer;
mod uri;

pub use fault::{Fault, FaultKind};
pub use node::{Node, NodeCapability, NodeKind, Parameter, Property, View, property};
pub use node_reader::{NodeReader, read_node};
pub use node_writer::write_node;
pub use offers::{Offers, OffersKind, read_offers, write_offers};
pub use transfer::{Direction, Protocol, Transfer, protocol, read_transfer, write_transfer};
pub use uri::{NodeUri, escaped_path};

/// The XML namespace, of 2.1 too.
const NAMESPACE: &str = "http://www.ivoa.net/xml/VOSpace/v2.0";

/// `vospace/core#…`, the identifiers that the standard defines.
const CORE: &str = "ivo://ivoa.net/vospace/core#";
