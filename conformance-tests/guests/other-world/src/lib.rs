//! A component that is no plugin: it is built for another world.

#![expect(missing_docs, reason = "the binding is generated")]
#![allow(unsafe_code, unused_qualifications, reason = "the binding is generated")]

wit_bindgen::generate!({
    inline: "
        package example:weather@1.0.0;
        interface forecast { tomorrow: func() -> string; }
        world station { export forecast; }
    ",
});

struct Station;

impl exports::example::weather::forecast::Guest for Station {
    fn tomorrow() -> String {
        "rain".to_owned()
    }
}

export!(Station);
