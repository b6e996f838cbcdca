//! The contract of `wit/` as Rust types; generated, not written.

#![allow(
    missing_docs,
    unreachable_pub,
    unsafe_code,
    unused_qualifications,
    clippy::all,
    reason = "generated code"
)]

wit_bindgen::generate!({
    path: ["../../wit/host", "../../wit/archive"],
    world: "archway:archive/plugin",
    generate_all,
    additional_derives: [PartialEq],
    additional_derives_ignore: ["search-answer", "query-answer", "content"],
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "archway_plugin::bindings",
});
