//! Names that a client may write: facets, orders, what is required.

use super::bad;
use crate::Error;
use crate::asset::{ArchiveId, FacetKind};
use crate::discovery::{Require, Sort};

/// Every facet of the search surface (`architecture.md` 4).
pub const FACET_NAMES: [&str; 20] = [
    "collection",
    "category",
    "organization",
    "domain",
    "mission",
    "instrument-host",
    "instrument",
    "detector",
    "characteristic",
    "tag",
    "waveband",
    "processing-level",
    "station",
    "constellation",
    "target",
    "format",
    "product-type",
    "licence",
    "visibility",
    "archive",
];

/// Reads the name of a facet.
///
/// # Errors
///
/// [`Error::BadRequest`] for `facet.NAME` with the nearest name there is.
pub fn facet_kind(name: &str) -> Result<FacetKind, Error> {
    if !FACET_NAMES.contains(&name) {
        let parameter = format!("facet.{name}");
        return Err(bad(&parameter, unknown(name, "facet", &FACET_NAMES)));
    }
    Ok(name.parse().unwrap_or_else(|never| match never {}))
}

/// Reads the name of an order.
///
/// # Errors
///
/// [`Error::BadRequest`] for `sort`.
pub fn sort(name: &str) -> Result<Sort, Error> {
    let found = Sort::ALL.into_iter().find(|sort| sort.name() == name);
    found.ok_or_else(|| bad("sort", unknown(name, "order", &Sort::ALL.map(Sort::name))))
}

/// Reads `any`, `all`, or ids of archives with commas between.
///
/// # Errors
///
/// [`Error::BadRequest`] for `require`.
pub fn require(text: &str) -> Result<Require, Error> {
    match text.trim() {
        "" | "any" => Ok(Require::Any),
        "all" => Ok(Require::All),
        ids => {
            let ids = ids.split(',').map(|id| {
                id.trim()
                    .parse::<ArchiveId>()
                    .map_err(|error| bad("require", format!("{error}; or write `any` or `all`")))
            });
            Ok(Require::Archives(ids.collect::<Result<_, _>>()?))
        }
    }
}

fn unknown(name: &str, what: &str, known: &[&str]) -> String {
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(known, name), known));
    let near = near.min_by_key(|(distance, _)| *distance).filter(|(distance, _)| *distance <= 3);
    let hint = near.map(|(_, near)| format!("; did you mean `{near}`?")).unwrap_or_default();
    let list = known.join(", ");
    if hint.is_empty() {
        format!("no {what} `{name}`; there are {list}")
    } else {
        format!("no {what} `{name}`{hint}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_list_is_read() {
        for name in FACET_NAMES {
            assert_eq!(facet_kind(name).unwrap().name(), name);
        }
        for kind in FacetKind::NAMED {
            assert!(FACET_NAMES.contains(&kind.name()), "{kind} is on the list");
        }
        for wanted in Sort::ALL {
            assert_eq!(sort(wanted.name()).unwrap(), wanted);
        }
        assert_eq!(require("any").unwrap(), Require::Any);
        assert_eq!(require("all").unwrap(), Require::All);
        let ids = vec!["hst".parse().unwrap(), "iso".parse().unwrap()];
        assert_eq!(require("hst, iso").unwrap(), Require::Archives(ids));
    }

    #[test]
    fn names_that_are_not_there_bring_the_nearest() {
        let messages = [
            facet_kind("mision").unwrap_err().to_string(),
            facet_kind("xxxxxxxx").unwrap_err().to_string(),
            sort("dat").unwrap_err().to_string(),
            require("hst,HST").unwrap_err().to_string(),
        ];
        insta::assert_snapshot!(messages.join("\n"), @r"
        facet.mision: no facet `mision`; did you mean `mission`?
        facet.xxxxxxxx: no facet `xxxxxxxx`; there are collection, category, organization, domain, mission, instrument-host, instrument, detector, characteristic, tag, waveband, processing-level, station, constellation, target, format, product-type, licence, visibility, archive
        sort: no order `dat`; did you mean `date`?
        require: `HST` is not an archive id: 1 to 64 of a-z, 0-9 and -, starting with a letter or a digit; or write `any` or `all`
        ");
    }
}
