#![doc = include_str!("../README.md")]

use std::io::{self, Read};

use archway_plugin::types::{Description, Operation};
use archway_plugin::{ArchivePlugin, ByteReader, Error, Host};

/// What is given at once where the host asks for more.
const MAX_PIECE_BYTES: u32 = 1 << 20;

/// The decoders of [`archway_codecs`] as a plugin.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decode;

impl ArchivePlugin for Decode {
    fn describe(&self, _: &dyn Host) -> Result<Description, Error> {
        Ok(Description::new("Decoders for compressed files", vec![Operation::Decode]))
    }

    fn decode(
        &self,
        _: &dyn Host,
        encoding: &str,
        source: Box<dyn Read>,
    ) -> Result<Box<dyn ByteReader>, Error> {
        // gzip is the host's own and not declared.
        if encoding == "gzip" {
            return Err(Error::Unsupported("gzip, which the gateway takes off itself".into()));
        }
        let decoded = archway_codecs::decoder(encoding, source)
            .map_err(|unknown| Error::Unsupported(unknown.to_string()))?;
        Ok(Box::new(Decoded { encoding: encoding.to_owned(), decoded }))
    }
}

archway_plugin::export!(Decode);

/// A stream without its encoding.
struct Decoded {
    encoding: String,
    decoded: Box<dyn Read>,
}

impl ByteReader for Decoded {
    fn read(&mut self, _: &dyn Host, max_bytes: u32) -> Result<Vec<u8>, Error> {
        let wanted = max_bytes.clamp(1, MAX_PIECE_BYTES);
        let mut piece = Vec::with_capacity(wanted as usize);
        // Filled, so that few pieces cross the boundary; what came before an error is lost,
        // as the transfer is.
        (&mut self.decoded)
            .take(u64::from(wanted))
            .read_to_end(&mut piece)
            .map_err(|error| self.broken(error))?;
        Ok(piece)
    }
}

impl Decoded {
    fn broken(&self, error: io::Error) -> Error {
        // What the host could not read comes back as it was said.
        match error.downcast::<Error>() {
            Ok(of_the_source) => of_the_source,
            Err(error) => Error::malformed(
                format!("a file to take `{}` off", self.encoding),
                "a sound file of that encoding",
                &error.to_string(),
            ),
        }
    }
}

#[cfg(test)]
mod tests;
