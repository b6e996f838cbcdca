#![doc = include_str!("../README.md")]

pub mod archive;
pub mod bindings;
mod blank;
mod error;
pub mod export;
pub mod host;
pub mod http;
pub mod recording;
pub mod tcp;
pub mod testing;

pub use archive::{
    ArchivePlugin, AssetCursor, ByteReader, ChangeCursor, Content, QueryAnswer, RowCursor,
    SearchAnswer,
};
pub use host::Host;
pub use http::{Request, Response};
pub use tcp::{SecretPart, TcpConnection, TcpSecurity};

/// The asset model and the questions, as they cross the boundary (`wit/archive/types.wit`).
pub mod types {
    pub use crate::bindings::archway::archive::types::*;
    pub use crate::bindings::archway::host::types::{
        Error, Exhaustion, Fault, InstantUs, Interval, LimitKind, Mismatch, Outage, OutageReason,
        Quantity, Refusal, RefusalReason, Value,
    };
}

/// Table metadata and columns (`wit/archive/tabular.wit`).
pub mod tabular {
    pub use crate::bindings::archway::archive::tabular::*;
}

/// Ways to the bytes (`wit/archive/archive.wit`).
pub mod access {
    pub use crate::bindings::exports::archway::archive::archive::{
        AccessRequest, FtpSecurity, FtpWay, HttpWay, Parameter, Route, ServiceWay, Way,
    };
}

pub use types::Error;
