//! Forms as they are sent: the same names and values as in a query string.

use axum::extract::RawForm;

use crate::form_token::FIELD;
use crate::parameters::Parameters;

/// Reads what a form sent, in its body or in the query string, without the token that it was
/// checked by.
pub(super) fn read(form: &RawForm) -> Parameters {
    let all = Parameters::of_query(std::str::from_utf8(&form.0).ok());
    let said = all.pairs().filter(|(name, _)| *name != FIELD);
    Parameters::of_pairs(said.map(|(name, value)| (name.to_owned(), value.to_owned())))
}
