//! What an asset is known by across archives (asset model, section 5).
//!
//! An asset is the same as another when both have: an equal publisher identifier; an equal DOI
//! that names the asset; an equal checksum with an equal exact size; or, between archives that
//! both declare each other mirrors, equal format, file name and nominal epoch, where no
//! checksum and no exact size contradicts. An identifier, a DOI, a checksum or a name that several
//! assets of one archive in view bear does not name an asset (it is a collection's DOI, a file
//! that many share, a careless archive's constant), and merges nothing: a duplicate shown is
//! better than an asset lost.

use std::collections::HashSet;

use sha2::{Digest, Sha256};

use crate::asset::{Asset, Checksum, Distribution, Size, SizeQuality};

/// By what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    /// The archive's own identifier: the same asset twice.
    Id,
    PublisherDid,
    Doi,
    Checksum,
    /// Format, file name and epoch: between mirrors only.
    Name,
}

/// One thing an asset is known by, as a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity {
    pub(super) kind: Kind,
    pub(super) hash: u64,
}

/// Everything an asset is known by. `mirrored` is whether its archive has mirrors.
pub(super) fn identities(asset: &Asset, mirrored: bool) -> Vec<Identity> {
    let mut all = vec![Identity { kind: Kind::Id, hash: id_hash(asset) }];
    let mut add = |kind, hash| {
        let identity = Identity { kind, hash };
        if !all.contains(&identity) {
            all.push(identity);
        }
    };
    if let Some(did) = asset.identity.publisher_did.as_deref().map(str::trim)
        && !did.is_empty()
    {
        // IVOA Identifiers 2.0, 2.3: the registry part is compared without regard to case.
        let (registry, local) = did.split_once('?').unwrap_or((did, ""));
        let registry = registry.to_lowercase();
        add(Kind::PublisherDid, hash(&[b"did", registry.as_bytes(), local.as_bytes()]));
    }
    if let Some(doi) = asset.identity.doi.as_deref().map(plain_doi)
        && !doi.is_empty()
    {
        add(Kind::Doi, hash(&[b"doi", doi.as_bytes()]));
    }
    for distribution in asset.distributions.iter().filter(|d| d.is_asset_itself()) {
        // A digest alone may be of an empty or a truncated file.
        let size = exact(distribution.size);
        for Checksum { algorithm, hex } in &distribution.checksums {
            let strong = matches!(algorithm.as_str(), "sha-256" | "sha256");
            let usable = strong || algorithm == "md5";
            if usable && size.is_some_and(|bytes| bytes > 0) {
                let name: &[u8] = if strong { b"sha-256" } else { b"md5" };
                let size = size.unwrap_or_default().to_le_bytes();
                let hex = hex.to_ascii_lowercase();
                add(Kind::Checksum, hash(&[b"sum", name, hex.as_bytes(), &size]));
            }
        }
        if mirrored && let Some(name) = name_hash(asset, distribution) {
            add(Kind::Name, name);
        }
    }
    all
}

/// Without resolver and scheme, in lower case.
fn plain_doi(doi: &str) -> String {
    let doi = doi.trim().to_lowercase();
    let plain = [
        "https://doi.org/",
        "http://doi.org/",
        "https://dx.doi.org/",
        "http://dx.doi.org/",
        "doi:",
    ];
    plain.iter().find_map(|prefix| doi.strip_prefix(prefix)).unwrap_or(&doi).to_owned()
}

fn exact(size: Option<Size>) -> Option<u64> {
    size.filter(|size| size.quality == SizeQuality::Exact).map(|size| size.bytes)
}

fn name_hash(asset: &Asset, distribution: &Distribution) -> Option<u64> {
    let name = normal_name(distribution.file_name.as_deref()?);
    let format = distribution.format.as_deref()?;
    let epoch = asset.time_range().start?;
    let parts: [&[u8]; 4] = [b"name", format.as_bytes(), name.as_bytes(), &epoch.0.to_le_bytes()];
    Some(hash(&parts))
}

/// Lower case, without folder and compression; Hatanaka-compressed RINEX by its plain name.
fn normal_name(name: &str) -> String {
    let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    let packed = [".gz", ".z", ".bz2", ".xz", ".zip"];
    let name = packed.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    match name.rsplit_once('.') {
        Some((stem, "crx")) => format!("{stem}.rnx"),
        Some((stem, short)) if is_short_rinex(short) => {
            format!("{stem}.{}o", short.trim_end_matches('d'))
        }
        _ => name.to_owned(),
    }
}

/// "21d": RINEX 2 observations of 2021, Hatanaka-compressed.
fn is_short_rinex(extension: &str) -> bool {
    matches!(extension.as_bytes(), [y1, y2, b'd'] if y1.is_ascii_digit() && y2.is_ascii_digit())
}

pub(super) fn id_hash(asset: &Asset) -> u64 {
    hash(&[b"id", asset.id.archive.as_str().as_bytes(), asset.id.native.as_bytes()])
}

/// The first 8 bytes of a SHA-256 of the parts and their lengths: nobody can make a record that
/// takes the place of another's.
fn hash(parts: &[&[u8]]) -> u64 {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
}

/// Whether the bytes of two assets are told to differ: an equal encoding with another exact size
/// or another digest of the same algorithm.
pub(super) fn contradict(a: &Asset, b: &Asset) -> bool {
    let (a, b) = (facts(a), facts(b));
    a.iter().any(|x| {
        b.iter().any(|y| x.subject == y.subject && x.value != y.value)
            && !b.iter().any(|y| x.subject == y.subject && x.value == y.value)
    })
}

/// One thing told of the bytes in one encoding: their size, or a digest.
struct Fact {
    subject: String,
    value: String,
}

fn facts(asset: &Asset) -> Vec<Fact> {
    let mut facts = Vec::new();
    for distribution in asset.distributions.iter().filter(|d| d.is_asset_itself()) {
        let encoding = distribution.encodings.join(" ");
        if let Some(bytes) = exact(distribution.size) {
            facts.push(Fact { subject: format!("size {encoding}"), value: bytes.to_string() });
        }
        for Checksum { algorithm, hex } in &distribution.checksums {
            let subject = format!("{} {encoding}", algorithm.to_ascii_lowercase());
            facts.push(Fact { subject, value: hex.to_ascii_lowercase() });
        }
    }
    facts
}

/// What later pages must know of an asset shown on this one.
pub(super) fn remember(asset: &Asset, identities: &[Identity], into: &mut Vec<u64>) {
    let archive = asset.id.archive.as_str().as_bytes();
    for identity in identities {
        let value = identity.hash.to_le_bytes();
        match identity.kind {
            Kind::Id => {}
            Kind::PublisherDid | Kind::Doi | Kind::Checksum => {
                into.push(identity.hash);
                into.push(hash(&[b"by", archive, &value]));
            }
            Kind::Name => {
                into.push(hash(&[b"by", archive, &value]));
                for fact in facts(asset) {
                    let subject = fact.subject.as_bytes();
                    into.push(hash(&[b"told", archive, &value, subject]));
                    into.push(hash(&[b"fact", archive, &value, subject, fact.value.as_bytes()]));
                }
            }
        }
    }
}

/// Whether an earlier page showed this asset. `mirrors` are its archive's mutual mirrors;
/// `names_it` whether an identity names an asset as far as is in view.
pub(super) fn was_shown(
    asset: &Asset,
    identities: &[Identity],
    seen: &HashSet<u64>,
    mirrors: &[&str],
    names_it: impl Fn(&Identity) -> bool,
) -> bool {
    let archive = asset.id.archive.as_str().as_bytes();
    identities.iter().any(|identity| {
        let value = identity.hash.to_le_bytes();
        match identity.kind {
            Kind::Id => seen.contains(&identity.hash),
            Kind::PublisherDid | Kind::Doi | Kind::Checksum => {
                seen.contains(&identity.hash)
                    // Its own archive showed another with it, so it names no asset.
                    && !seen.contains(&hash(&[b"by", archive, &value]))
                    && names_it(identity)
            }
            Kind::Name => mirrors.iter().any(|mirror| {
                let mirror = mirror.as_bytes();
                let differs = |fact: &Fact| {
                    let subject = fact.subject.as_bytes();
                    seen.contains(&hash(&[b"told", mirror, &value, subject]))
                        && !seen.contains(&hash(&[
                            b"fact",
                            mirror,
                            &value,
                            subject,
                            fact.value.as_bytes(),
                        ]))
                };
                seen.contains(&hash(&[b"by", mirror, &value]))
                    && names_it(identity)
                    && !facts(asset).iter().any(differs)
            }),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::normal_name;

    #[test]
    fn file_names_of_mirrors_are_brought_together() {
        let cases = [
            ("BRUX00BEL_R_20210010000_01D_30S_MO.crx.gz", "brux00bel_r_20210010000_01d_30s_mo.rnx"),
            ("brux0010.21d.Z", "brux0010.21o"),
            ("brux0010.21o", "brux0010.21o"),
            ("/pub/2021/igs21000.sp3.Z", "igs21000.sp3"),
            ("image.fits", "image.fits"),
            ("notes.odd", "notes.odd"),
        ];
        for (name, normal) in cases {
            assert_eq!(normal_name(name), normal, "case: {name}");
        }
    }
}
