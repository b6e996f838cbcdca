//! A component for a version of the contract that does not exist yet.

#![expect(missing_docs, reason = "the binding is generated")]
#![allow(unsafe_code, unused_qualifications, reason = "the binding is generated")]

wit_bindgen::generate!({
    inline: "
        package archway:archive@0.2.0;
        interface archive { describe: func() -> string; }
        world plugin { export archive; }
    ",
});

struct Plugin;

impl exports::archway::archive::archive::Guest for Plugin {
    fn describe() -> String {
        "from the future".to_owned()
    }
}

export!(Plugin);
