//! VOSI 1.1: what a service says about itself, as XML.
//!
//! [`TablesReader`] and [`write_tables`] for `/tables`, [`Capabilities`] for
//! `/capabilities`, [`Availability`] for `/availability`.

mod availability;
mod capabilities;
mod capabilities_writer;
mod column_type;
mod tables;
mod tables_writer;

pub use availability::Availability;
pub use capabilities::{
    Amount, Capabilities, Capability, DataModel, Interface, Language, LanguageFeature, LimitPair,
    OutputFormatDeclaration, TableAccess,
};
pub use column_type::{ColumnDataType, TypeSystem};
pub use tables::{
    Column, ForeignKey, SchemaDescription, TableDescription, TableKind, TablesReader,
};
pub use tables_writer::{write_table, write_tables};
