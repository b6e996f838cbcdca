//! What people type, read: positions, times, bands, facets, orders.
//!
//! Called by every surface that takes text: REST, the portal, the CLI. Each function reads one
//! parameter of `architecture.md` 4 and says what was found and what would be right.
//!
//! Not here: `Question` itself and what its parts mean (`search.rs`).

mod band;
mod facets;
mod pos;
mod time;

pub use band::band;
pub use facets::{FACET_NAMES, facet_kind, require, sort};
pub use pos::pos;
pub use time::time;

use crate::Error;

fn bad(parameter: &str, reason: impl Into<String>) -> Error {
    Error::bad_request(parameter, reason)
}

/// Reads a number as people write it: `1.5`, `-2`, `1e-7`, `+3`; no `NaN`, no `inf`.
fn number(parameter: &str, word: &str) -> Result<f64, Error> {
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '+' | '-' | 'e' | 'E');
    let number = word.parse::<f64>().ok().filter(|n| n.is_finite() && word.chars().all(plain));
    number.ok_or_else(|| bad(parameter, format!("`{word}` is not a number")))
}
