//! The bytes of an asset: which copy, by which way, whether they are what the record says.
//!
//! Called by `web/bytes.rs`. Calls [`Archive::look_up`], [`Archive::access`] and
//! [`Archive::fetch`] of the asset's archive.
//!
//! Rules that hold here and nowhere else:
//!
//! - A distribution that is named is the one; else the first `#this` that is online, and then
//!   its copies: those with the same encodings, in the archive's order.
//! - Ways are tried in order as long as none has given a byte; after the first byte a failure
//!   is the end. A way that has expired is asked for again, once.
//! - A size or a checksum that the archive gives is held against what comes, and the last bytes
//!   are held back until they agree (`checks.rs`).
//! - Decoded bytes have no ranges, and only an encoding that the archive declares is taken off.
//!
//! Not here: how a way is read (`gateway/host/src/fetch.rs`), headers (`web/bytes/`).

use std::sync::Arc;

use tokio::time::{Duration, Instant as Moment, timeout};

use crate::Error;
use crate::access::{Route, Way};
use crate::archive::{Archive, ByteReader, Fetch, Fetched, LookUp, Operation, Part};
use crate::archives::Archives;
use crate::asset::{
    ArchiveId, Asset, AssetId, Checksum, Distribution, Location, Rights, SizeQuality, Visibility,
};
use crate::coverage::Instant;
use crate::permission::{Action, Principal, Resource, decide};

mod checks;
mod choice;
mod decoding;
mod failures;
mod names;
mod service;

pub use decoding::Decoders;

use checks::{Checked, Digest, Expected, Seal};
use decoding::{Decoded, Decoding};
use failures::{all_failed, elsewhere_may_help};

/// Most bytes of one read.
const READ_BYTES: u32 = 256 * 1024;
/// The least that one of several ways gets of the time that is left.
const LEAST_TRY: Duration = Duration::from_secs(2);

/// What a client wants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    /// The archive's own name of the distribution.
    pub distribution: Option<String>,
    /// Encodings to take off, outermost first, as the client spells them.
    pub decode: Vec<String>,
    /// Of a service.
    pub parameters: Vec<(String, String)>,
}

/// Which part of the file a client wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// From a byte on.
    Part(Part),
    /// So many of its last bytes.
    Last(u64),
}

/// An asset whose bytes can be opened: everything is chosen, nothing is read.
pub struct Prepared {
    archive: Arc<dyn Archive>,
    decoders: Arc<dyn Decoders>,
    id: AssetId,
    rights: Option<Rights>,
    question: Question,
    candidates: Vec<Option<Distribution>>,
    /// Which of them gave `ways`.
    begin: usize,
    ways: Vec<Way>,
    decoding: Decoding,
    now: Instant,
    within: Duration,
    /// Whether the way that the record itself names is taken, without asking the archive.
    direct: bool,
    /// Whether a checksum is held against what comes.
    verified: bool,
}

/// A file of an asset that was listed before: everything that the record said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// The asset.
    pub id: AssetId,
    /// Which of its files.
    pub distribution: Distribution,
    /// Whether its location is the way to it, so that the archive need not be asked.
    pub direct: bool,
}

/// Bytes on their way to a client.
pub struct Delivery {
    /// The bytes; dropping it ends the call upstream. An error means that the file is not whole.
    pub reader: Box<dyn ByteReader>,
    /// The archive they come from.
    pub archive: ArchiveId,
    /// First and last byte, where this is a part.
    pub part: Option<(u64, u64)>,
    /// How many bytes come, where that is known.
    pub length: Option<u64>,
    /// Of the whole, where that is known.
    pub total_bytes: Option<u64>,
    /// Another one when the bytes are others; hexadecimal.
    pub tag: Option<String>,
    /// When the bytes last changed.
    pub modified: Option<Instant>,
    /// As the archive says; `None` once something was decoded.
    pub media_type: Option<String>,
    /// As the archive says, which may be anything.
    pub file_name: String,
    /// Whether parts can be had.
    pub ranges: bool,
    /// Of the whole as it comes, where the archive gives one.
    pub checksum: Option<Checksum>,
}

/// Chooses how the bytes of `id` are had.
///
/// # Errors
///
/// [`Error::ArchiveNotFound`], [`Error::AssetNotFound`], [`Error::PermissionDenied`];
/// [`Error::NoBytes`] if there is nothing to be given; [`Error::BadRequest`] for a distribution,
/// an encoding or a parameter that there is not; else what the archive says.
pub async fn prepare(
    archives: &Archives,
    decoders: &Arc<dyn Decoders>,
    principal: &Principal,
    id: &AssetId,
    question: Question,
    now: Instant,
    within: Duration,
) -> Result<Prepared, Error> {
    let archive = archives.find(&id.archive)?;
    decide(principal, Action::ReadBytes, Resource::Archive(&id.archive))?;
    let asset = record(archive.as_ref(), id, within).await?;
    if let Some(asset) = &asset {
        decide(principal, Action::ReadBytes, Resource::Asset(asset))?;
    }
    let distributions = asset.as_ref().map_or(&[][..], |asset| &asset.distributions);
    let candidates = choice::candidates(id, distributions, question.distribution.as_deref())?;
    let declared = candidates.first().and_then(Option::as_ref).map_or(&[][..], |d| &d.encodings);
    let decoding = Decoding::new(&question.decode, declared, decoders.as_ref())?;
    let mut prepared = Prepared {
        archive,
        decoders: Arc::clone(decoders),
        id: id.clone(),
        rights: asset.map(|asset| asset.rights),
        question,
        candidates,
        begin: 0,
        ways: Vec::new(),
        decoding,
        now,
        within,
        direct: false,
        verified: true,
    };
    prepared.find_ways().await?;
    Ok(prepared)
}

/// The same for a file that was listed before, without another look-up; who lists it has asked
/// whether `principal` may have it.
///
/// # Errors
///
/// As [`prepare`].
pub async fn prepare_listed(
    archive: Arc<dyn Archive>,
    decoders: &Arc<dyn Decoders>,
    principal: &Principal,
    listed: Listed,
    now: Instant,
    within: Duration,
) -> Result<Prepared, Error> {
    let Listed { id, distribution, direct } = listed;
    decide(principal, Action::ReadBytes, Resource::Archive(&id.archive))?;
    let mut prepared = Prepared {
        archive,
        decoders: Arc::clone(decoders),
        id,
        rights: None,
        question: Question::default(),
        candidates: vec![Some(distribution)],
        begin: 0,
        ways: Vec::new(),
        decoding: Decoding::default(),
        now,
        within,
        direct,
        verified: true,
    };
    prepared.find_ways().await?;
    Ok(prepared)
}

/// The file that an asset has of its own: the first `#this` that is online.
///
/// # Errors
///
/// [`Error::NoBytes`] with the reason if there is none.
pub fn own_file<'a>(
    id: &AssetId,
    distributions: &'a [Distribution],
) -> Result<&'a Distribution, Error> {
    let chosen = choice::candidates(id, distributions, None)?;
    let chosen = chosen.into_iter().next().flatten();
    let own = chosen.and_then(|chosen| distributions.iter().find(|own| **own == chosen));
    own.ok_or_else(|| {
        let reason = "its record names no files".to_owned();
        Error::NoBytes { asset: id.clone(), reason }
    })
}

/// The checksum that is worth most, of those that can be calculated.
pub fn best_checksum(checksums: &[Checksum]) -> Option<&Checksum> {
    Digest::best(checksums)
}

/// A name for the file of a distribution, as the archive gives it, which may be anything.
pub fn file_name(distribution: &Distribution, id: &AssetId) -> String {
    names::of_distribution(distribution)
        .or_else(|| names::last_part(&id.native))
        .unwrap_or_else(|| "file".to_owned())
}

/// The record, where the archive gives records.
async fn record(
    archive: &dyn Archive,
    id: &AssetId,
    within: Duration,
) -> Result<Option<Asset>, Error> {
    if !archive.info().operations.contains(&Operation::LookUp) {
        return Ok(None);
    }
    let look_up = LookUp::NativeId(id.native.clone());
    let found = timeout(within, archive.look_up(&look_up)).await;
    let late = |_| Error::Timeout { archive: id.archive.clone(), after: within };
    found.map_err(late)?.map(Some)
}

impl Prepared {
    /// A URL that gives the same bytes to anybody, without this gateway.
    pub fn elsewhere(&self) -> Option<&str> {
        let public = self
            .rights
            .as_ref()
            .is_some_and(|rights| rights.visibility_at(self.now) == Visibility::Public);
        let first = self.ways.first().filter(|_| public && self.decoding.is_empty())?;
        match &first.route {
            Route::Http(way)
                if way.method == "GET" && way.credential.is_none() && way.headers.is_empty() =>
            {
                Some(&way.url)
            }
            _ => None,
        }
    }

    /// Without holding a checksum against what comes: for who keeps the bytes and does that
    /// itself, over several deliveries where one breaks off.
    #[must_use]
    pub fn unverified(self) -> Self {
        Self { verified: false, ..self }
    }

    /// Whether the one way is a plain GET of the URL that the record names, which could have
    /// been taken without asking.
    pub fn is_at_its_location(&self) -> bool {
        let candidate = self.candidates.get(self.begin).and_then(Option::as_ref);
        let (Some(candidate), [way]) = (candidate, &self.ways[..]) else { return false };
        match (&candidate.location, &way.route) {
            (Location::Url(url), Route::Http(http)) => {
                http.method == "GET"
                    && http.url == *url
                    && http.credential.is_none()
                    && http.headers.is_empty()
                    && way.expires.is_none()
            }
            _ => false,
        }
    }

    /// What the validator of the bytes will be, where the record alone tells.
    pub fn tag(&self) -> Option<String> {
        let candidate = self.candidates.get(self.begin)?.as_ref();
        self.tag_of(candidate, self.ways.first()?, None)
    }

    /// How many bytes the whole has, where the record tells to the byte.
    pub fn total_bytes(&self) -> Option<u64> {
        let candidate = self.candidates.get(self.begin)?.as_ref();
        self.decoding.is_empty().then(|| exact_size(candidate, self.ways.first()?))?
    }

    /// Opens the bytes and has read the first of them.
    ///
    /// Where a part cannot be had, the whole comes.
    ///
    /// # Errors
    ///
    /// [`Error::Range`] for a part behind the end, [`Error::Damaged`] for bytes that contradict
    /// the record before the first one was given, else what the last way says.
    pub async fn open(&self, wanted: Wanted) -> Result<Delivery, Error> {
        let until = Moment::now() + self.within;
        let mut failures = Vec::new();
        let candidates = self.candidates.iter().enumerate().skip(self.begin);
        for (place, candidate) in candidates {
            let own = if place == self.begin { Ok(self.ways.clone()) } else { Err(()) };
            let ways = match own {
                Ok(ways) => ways,
                Err(()) => match self.ways_of(candidate.as_ref()).await {
                    Ok(ways) => ways,
                    Err(error) if elsewhere_may_help(&error) => {
                        failures.push(error);
                        continue;
                    }
                    Err(error) => return Err(error),
                },
            };
            let left = (ways.len() + self.candidates.len() - place).max(1);
            for (tried, way) in ways.iter().enumerate() {
                let time = until.saturating_duration_since(Moment::now());
                let share = time / u32::try_from(left - tried.min(left - 1)).unwrap_or(u32::MAX);
                let share = share.max(LEAST_TRY).min(self.within);
                match self.try_way(candidate.as_ref(), way, wanted, share).await {
                    Ok(delivery) => return Ok(delivery),
                    Err(error) if elsewhere_may_help(&error) => {
                        tracing::debug!(asset.id = %self.id, %error, "one way to the bytes failed");
                        failures.push(error);
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Err(all_failed(&self.id, failures))
    }

    /// Asks for the ways of one candidate after the other until one has any.
    async fn find_ways(&mut self) -> Result<(), Error> {
        let mut failures = Vec::new();
        for (place, candidate) in self.candidates.iter().enumerate() {
            match self.ways_of(candidate.as_ref()).await {
                Ok(ways) => {
                    (self.begin, self.ways) = (place, ways);
                    return Ok(());
                }
                Err(error) if elsewhere_may_help(&error) => failures.push(error),
                Err(error) => return Err(error),
            }
        }
        Err(all_failed(&self.id, failures))
    }

    /// The ways to a distribution that can be used now; at least one.
    async fn ways_of(&self, candidate: Option<&Distribution>) -> Result<Vec<Way>, Error> {
        // What has expired is asked for again, once.
        for _ in 0..2 {
            let all = self.access(candidate).await?;
            let before = all.len();
            let now = self.now;
            let fresh = |way: &Way| way.expires.is_none_or(|expires| expires > now);
            let all: Vec<Way> = all.into_iter().filter(fresh).collect();
            if before == 0 || !all.is_empty() {
                let role = candidate.map_or("#this", |candidate| candidate.role.as_str());
                return choice::ways(&self.id, all, role, &self.question.parameters);
            }
        }
        let reason = "the ways to the bytes that it gives have expired already".to_owned();
        Err(Error::Upstream { archive: self.id.archive.clone(), reason, retry_after: None })
    }

    async fn access(&self, candidate: Option<&Distribution>) -> Result<Vec<Way>, Error> {
        if self.direct || !self.archive.info().operations.contains(&Operation::Access) {
            return choice::of_location(&self.id, candidate);
        }
        let id = candidate.map(|candidate| candidate.id.as_str());
        let asked = timeout(self.within, self.archive.access(&self.id.native, id)).await;
        let late = |_| Error::Timeout { archive: self.id.archive.clone(), after: self.within };
        match asked.map_err(late)? {
            // The record is there, so this is only its files.
            Err(Error::AssetNotFound(asset)) if self.rights.is_some() => {
                let reason = "the archive gives no way to them".to_owned();
                Err(Error::NoBytes { asset, reason })
            }
            other => other,
        }
    }

    async fn try_way(
        &self,
        candidate: Option<&Distribution>,
        way: &Way,
        wanted: Wanted,
        within: Duration,
    ) -> Result<Delivery, Error> {
        let opening = async {
            let wanted = if self.decoding.is_empty() { wanted } else { Wanted::Whole };
            let size = exact_size(candidate, way);
            let part = match self.part(way, wanted, size).await? {
                Some(part) => part,
                None => return self.deliver(candidate, way, None, size).await,
            };
            match self.deliver(candidate, way, Some(part), size).await {
                // Where a part ends nobody says, so that it cannot be named: the whole can.
                Ok(delivery) if delivery.part.is_none() && delivery.total_bytes.is_none() => {
                    drop(delivery);
                    self.deliver(candidate, way, None, size).await
                }
                other => other,
            }
        };
        let late = |_| Error::Timeout { archive: self.id.archive.clone(), after: within };
        timeout(within, opening).await.map_err(late)?
    }

    /// The part in numbers; `None` for the whole.
    async fn part(
        &self,
        way: &Way,
        wanted: Wanted,
        size: Option<u64>,
    ) -> Result<Option<Part>, Error> {
        let part = match wanted {
            // What a service makes has no parts.
            _ if matches!(way.route, Route::Service(_)) => return Ok(None),
            Wanted::Whole => return Ok(None),
            Wanted::Part(part) => part,
            Wanted::Last(bytes) => {
                let size = match size {
                    Some(size) => Some(size),
                    None => self.fetch(way, None).await?.content.total_bytes,
                };
                let Some(size) = size else { return Ok(None) };
                if bytes == 0 || size == 0 {
                    return Err(unsatisfiable(wanted, Some(size)));
                }
                Part { first: size.saturating_sub(bytes), last: None }
            }
        };
        match size {
            Some(size) if part.first >= size => Err(unsatisfiable(wanted, Some(size))),
            _ => Ok(Some(part)),
        }
    }

    async fn fetch(&self, way: &Way, part: Option<Part>) -> Result<Fetched, Error> {
        let parameters = match &way.route {
            Route::Service(service) => service::parameters(service, &self.question.parameters)?,
            _ => Vec::new(),
        };
        self.archive.fetch(&Fetch { way: way.clone(), parameters, part }).await
    }

    async fn deliver(
        &self,
        candidate: Option<&Distribution>,
        way: &Way,
        part: Option<Part>,
        size: Option<u64>,
    ) -> Result<Delivery, Error> {
        let archive = self.id.archive.clone();
        let damaged = |reason: String| Error::Damaged { archive: archive.clone(), reason };
        let Fetched { content, offset, length, media_type, ranges } = self.fetch(way, part).await?;
        let total = content.total_bytes;
        if let (Some(size), Some(total)) = (size, total)
            && size != total
        {
            return Err(damaged(format!(
                "the file has {total} bytes where its record says {size}"
            )));
        }
        let total = total.or(size);
        let first = part.map_or(0, |part| part.first);
        if offset != 0 && offset != first {
            return Err(damaged(format!("bytes from {offset} on, where {first} was asked for")));
        }
        if let (Some(part), Some(total)) = (part, total)
            && part.first >= total
        {
            return Err(unsatisfiable(Wanted::Part(part), Some(total)));
        }
        // At 0, the whole is also what an archive gives that knows no parts.
        let part = part.filter(|part| offset == part.first);
        let ends = part.and_then(|part| {
            let end = total.map(|total| total - 1);
            let last = part.last.map_or(end, |last| Some(end.map_or(last, |end| last.min(end))));
            last.or_else(|| (offset + length?).checked_sub(1))
        });
        let given = match (part, ends) {
            (Some(_), Some(last)) if last >= offset => Some((offset, last)),
            _ => None,
        };
        let whole = given.is_none_or(|(first, last)| first == 0 && Some(last + 1) == total);
        let length = given.map_or(total.or(length), |(first, last)| Some(last - first + 1));
        let checksum = checksum(candidate, way);
        let wanted = checksum.filter(|_| whole && offset == 0 && self.verified);
        let digest = wanted.and_then(Digest::new);
        let (seal, sealed) = (Seal::default(), digest.is_some() || length.is_some());
        let expected = Expected { length, cut: !whole, digest };
        let checked = Checked::new(content.reader, archive.clone(), expected, seal.clone());
        let mut reader: Box<dyn ByteReader> = Box::new(checked);
        for encoding in self.decoding.encodings() {
            reader = self.decoders.decode(&archive, encoding, reader).await?;
        }
        if !self.decoding.is_empty() {
            let seal = sealed.then_some(seal);
            reader = Box::new(Decoded::new(reader, archive.clone(), seal));
        }
        // The first bytes are here before anybody is told that there are bytes.
        let begun = reader.read(READ_BYTES).await?;
        let plain = self.decoding.is_empty();
        Ok(Delivery {
            reader: Box::new(Begun { begun: Some(begun), reader }),
            archive,
            part: given.filter(|_| plain),
            length: length.filter(|_| plain),
            total_bytes: total.filter(|_| plain),
            tag: self.tag_of(candidate, way, content.tag.as_deref()),
            modified: content.modified.or(candidate.and_then(|candidate| candidate.modified)),
            media_type: way
                .media_type
                .clone()
                .or_else(|| candidate.and_then(|candidate| candidate.media_type.clone()))
                .or(media_type)
                .filter(|_| plain),
            file_name: self.decoding.name(names::of(candidate, way, &self.id)),
            ranges: plain && (ranges || given.is_some()),
            checksum: checksum.filter(|_| plain).cloned(),
        })
    }

    /// A digest of everything that makes these bytes others: the file, its version, the decoding.
    fn tag_of(
        &self,
        candidate: Option<&Distribution>,
        way: &Way,
        tag: Option<&str>,
    ) -> Option<String> {
        let version = match checksum(candidate, way) {
            Some(checksum) => format!("{}:{}", checksum.algorithm, checksum.hex),
            None => format!("tag:{}", tag?),
        };
        let service = match &way.route {
            Route::Service(service) => service.url.as_str(),
            _ => "",
        };
        let distribution = candidate.map_or("", |candidate| candidate.id.as_str());
        let id = self.id.to_string();
        let parts = [id.as_str(), distribution, service, version.as_str()];
        let decoded = self.decoding.encodings().iter().map(String::as_str);
        let parameters = self.question.parameters.iter().flat_map(|(n, v)| [n.as_str(), v]);
        Some(names::digest(parts.into_iter().chain(decoded).chain(parameters)))
    }
}

/// Bytes of which the first were read ahead.
struct Begun {
    begun: Option<bytes::Bytes>,
    reader: Box<dyn ByteReader>,
}

#[async_trait::async_trait]
impl ByteReader for Begun {
    async fn read(&mut self, max_bytes: u32) -> Result<bytes::Bytes, Error> {
        match self.begun.take() {
            Some(mut begun) if begun.len() > max_bytes as usize => {
                let piece = begun.split_to(max_bytes as usize);
                self.begun = Some(begun);
                Ok(piece)
            }
            Some(begun) => Ok(begun),
            None => self.reader.read(max_bytes).await,
        }
    }
}

/// The size to the byte; a service makes what it likes.
fn exact_size(candidate: Option<&Distribution>, way: &Way) -> Option<u64> {
    if matches!(way.route, Route::Service(_)) {
        return None;
    }
    let sizes = [way.size, candidate.and_then(|candidate| candidate.size)];
    sizes.into_iter().flatten().find(|s| s.quality == SizeQuality::Exact).map(|size| size.bytes)
}

/// The checksum that is worth most, of those that can be calculated.
fn checksum<'a>(candidate: Option<&'a Distribution>, way: &'a Way) -> Option<&'a Checksum> {
    if matches!(way.route, Route::Service(_)) {
        return None;
    }
    let of_candidate = candidate.map_or(&[][..], |candidate| &candidate.checksums);
    Digest::best(&way.checksums).or_else(|| Digest::best(of_candidate))
}

fn unsatisfiable(wanted: Wanted, total_bytes: Option<u64>) -> Error {
    let asked = match wanted {
        Wanted::Whole => "bytes=0-".to_owned(),
        Wanted::Part(Part { first, last: Some(last) }) => format!("bytes={first}-{last}"),
        Wanted::Part(Part { first, last: None }) => format!("bytes={first}-"),
        Wanted::Last(bytes) => format!("bytes=-{bytes}"),
    };
    Error::Range { asked, total_bytes }
}

#[cfg(test)]
mod tests;
