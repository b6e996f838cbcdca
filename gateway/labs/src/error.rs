//! How a backend words what went wrong.

use std::fmt::Display;
use std::path::Path;

use archway_core::labs::Failure;

/// Something that stays wrong until somebody does something about it.
pub(crate) fn failure(reason: impl Into<String>) -> Failure {
    Failure { reason: reason.into(), log: String::new(), temporary: false }
}

/// Something that may be better next time without anybody doing anything.
pub(crate) fn temporary(reason: impl Into<String>) -> Failure {
    Failure { reason: reason.into(), log: String::new(), temporary: true }
}

/// What could not be done to a file or folder, and why.
pub(crate) fn cannot(what: &str, path: &Path, error: impl Display) -> Failure {
    failure(format!("cannot {what} `{}`: {error}", path.display()))
}
