//! Who may have an asset, and under which terms.

use crate::coverage::Instant;

/// Who may have the bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// Some groups.
    Shared,
    /// Nobody without permission.
    Restricted,
    /// Nobody before [`Rights::data_release`]; computed at query time, never stored as public.
    Embargoed,
}

/// A licence; at least one of the three is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Licence {
    /// SPDX identifier ("CC-BY-4.0").
    pub spdx: Option<String>,
    /// Where its text is.
    pub url: Option<String>,
    /// In the archive's words.
    pub text: Option<String>,
}

/// Rights in an asset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rights {
    /// Who may have the bytes.
    pub visibility: Visibility,
    /// When the bytes become public.
    pub data_release: Option<Instant>,
    /// When the record becomes public.
    pub metadata_release: Option<Instant>,
    /// IVOA group identifiers of those who may read.
    pub read_groups: Vec<String>,
    /// The licence.
    pub licence: Option<Licence>,
    /// Terms beyond the licence.
    pub statement: Option<String>,
    /// What a publication must say.
    pub acknowledgement: Option<String>,
    /// The archive's own word for it.
    pub native: Option<String>,
}
