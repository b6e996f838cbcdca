//! Generated from `wit/`, not written.

#![allow(
    missing_docs,
    unreachable_pub,
    unused_qualifications,
    clippy::all,
    clippy::doc_markdown,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

wasmtime::component::bindgen!({
    path: ["../../wit/host", "../../wit/archive"],
    world: "archway:archive/plugin",
    imports: { default: async | trappable },
    exports: { default: async },
    with: {
        "archway:host/http.pending": crate::imports::http::Pending,
        "archway:host/http.response": crate::imports::http::Response,
        "archway:host/bytes.byte-source": crate::imports::bytes::ByteSource,
        "archway:host/tcp.connection": crate::imports::tcp::Connection,
    },
});
