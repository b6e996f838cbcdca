//! Names of GNSS files: each grammar as a typed value that is printed back exactly.
//!
//! Called by `files.rs` (a listing's entries) and `look_up.rs`. No regular expressions
//! and no allocation: a name is scanned byte by byte, and the parts borrow from it.
//! Not here: what a name says of a file (`names/meaning.rs`), or what is in it (`headers.rs`).

mod identity;
mod legacy;
mod long;
mod meaning;
mod product;
mod scan;
mod short;
mod site_log;
#[cfg(test)]
mod tests;

use std::fmt;

pub(crate) use self::legacy::Legacy;
pub(crate) use self::long::LongName;
pub(crate) use self::meaning::{Latency, Scope, legacy_centre};
pub(crate) use self::product::Product;
pub(crate) use self::short::ShortName;
pub(crate) use self::site_log::SiteLogName;

/// A name of one of the grammars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name<'a> {
    /// What is named.
    pub(crate) form: Form<'a>,
    /// The compression's suffix as written, with its dot (".Z", ".gz"); empty where there is none.
    pub(crate) packed: &'a str,
}

/// The grammars.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// RINEX 2: `wtzr2540.23d`.
    Short(ShortName<'a>),
    /// RINEX 3 and 4: `WTZR00DEU_R_20232540000_01D_30S_MO.crx`.
    Long(LongName<'a>),
    /// Products since 2022: `IGS0OPSFIN_20231000000_01D_15M_ORB.SP3`.
    Product(Product<'a>),
    /// Products before: `igs15904.sp3`, `igrg3380.10i`, `igs14.atx` ...
    Legacy(Legacy<'a>),
    /// Station logs: `wtzr00deu_20230911.log`.
    SiteLog(SiteLogName<'a>),
}

impl<'a> Name<'a> {
    /// Reads a file's name, without its folder; `None` where no grammar has it.
    pub(crate) fn parse(name: &'a str) -> Option<Self> {
        if !name.is_ascii() || name.len() > 80 {
            return None;
        }
        let (stem, packed) = split_packed(name);
        Form::parse(stem).map(|form| Self { form, packed })
    }
}

impl<'a> Form<'a> {
    fn parse(stem: &'a str) -> Option<Self> {
        // Where the first underscore is tells the long grammars apart.
        match stem.as_bytes() {
            [_, _, _, _, _, _, _, _, _, b'_', _, b'_', ..] => LongName::parse(stem).map(Self::Long),
            [_, _, _, _, _, _, _, _, _, _, b'_', ..] if stem.len() > 30 => {
                Product::parse(stem).map(Self::Product)
            }
            [.., b'.', b'l' | b'L', b'o' | b'O', b'g' | b'G'] => {
                SiteLogName::parse(stem).map(Self::SiteLog)
            }
            _ => Legacy::parse(stem)
                .map(Self::Legacy)
                .or_else(|| ShortName::parse(stem).map(Self::Short)),
        }
    }
}

/// The stem of a name, and the suffix of its compression.
pub(crate) fn split_packed(name: &str) -> (&str, &str) {
    let suffixes = [".gz", ".z", ".bz2", ".zip"];
    let end = |suffix: &str| {
        let at = name.len().checked_sub(suffix.len())?;
        let (stem, found) = name.split_at_checked(at)?;
        (!stem.is_empty() && found.eq_ignore_ascii_case(suffix)).then_some((stem, found))
    };
    suffixes.into_iter().find_map(end).unwrap_or((name, ""))
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.form, self.packed)
    }
}

impl fmt::Display for Form<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short(name) => name.fmt(f),
            Self::Long(name) => name.fmt(f),
            Self::Product(name) => name.fmt(f),
            Self::Legacy(name) => name.fmt(f),
            Self::SiteLog(name) => name.fmt(f),
        }
    }
}
