//! What a server says that it can do (RFC 2389).

use archway_plugin::Error;

use crate::control::Control;

/// Extensions that change what the client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Features {
    /// RFC 3659, 7: `MLSD`.
    pub(super) mlst: bool,
    /// RFC 3659, 4; tried where `FEAT` is not known.
    pub(super) size: bool,
    /// RFC 3659, 3; tried where `FEAT` is not known.
    pub(super) mdtm: bool,
    /// RFC 2640.
    pub(super) utf8: bool,
}

impl Features {
    /// Asks the server.
    pub(super) fn of(control: &mut Control) -> Result<Self, Error> {
        let reply = control.ask("FEAT")?;
        if reply.code == 421 {
            return Err(control.refused("FEAT", None, &reply));
        }
        if !reply.is_done() {
            return Ok(Self { mlst: false, size: true, mdtm: true, utf8: false });
        }
        let mut features = Self { mlst: false, size: true, mdtm: true, utf8: false };
        for line in &reply.lines {
            let word = line.split_ascii_whitespace().next().unwrap_or_default();
            features.mlst |= word.eq_ignore_ascii_case("MLST") || word.eq_ignore_ascii_case("MLSD");
            features.utf8 |= word.eq_ignore_ascii_case("UTF8");
        }
        Ok(features)
    }
}
