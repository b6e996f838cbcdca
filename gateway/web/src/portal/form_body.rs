//! Forms as they are sent: the same names and values as in a query string.

use axum::extract::RawForm;

use crate::parameters::Parameters;

/// Reads what a form sent, in its body or in the query string.
pub(super) fn read(form: &RawForm) -> Parameters {
    Parameters::of_query(std::str::from_utf8(&form.0).ok())
}
