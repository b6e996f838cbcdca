//! One file of a volume, from wherever its archive keeps it to bytes that are kept and verified.
//!
//! Called by `staging.rs`. Calls [`crate::delivery`] and [`VolumeBytes`].
//!
//! Rules that hold here and nowhere else:
//!
//! - What arrived is gone on with only if it is of the same version: by the validator that the
//!   bytes began with, or under a checksum of the archive, which decides in the end.
//! - Nothing is kept before its length and checksum are right.
//! - What may pass is tried again, a few times and with growing pauses, and for as long as each
//!   try brings bytes; an archive of which file after file failed is given up for this volume.
//! - Where an archive gave the very URL of the record as the way to one file, its other files on
//!   that host are taken from their URLs without asking; the first failure asks.
//!
//! Not here: which copy and which way (`delivery.rs`), repeats of one request (the host).
//!
//! [`VolumeBytes`]: super::VolumeBytes

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use super::account::Tally;
use super::kept::Fresh;
use super::listing::may_pass;
use super::{FileState, Part, VolumeFile, VolumeId, VolumesNeed};
use crate::Error;
use crate::archive::{Archive, Operation, Part as Bytes};
use crate::asset::{ArchiveId, AssetId, Checksum};
use crate::delivery::{self, Delivery, Listed, Prepared, Wanted};
use crate::permission::Principal;

/// Most bytes of one read.
const READ_BYTES: u32 = 1024 * 1024;
/// Time to the first byte of a file.
const OPENED_WITHIN: Duration = Duration::from_secs(60);
/// Before the second, third, fourth try.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(4), Duration::from_secs(15)];
/// Longest pause, whatever an archive asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Tries of one file, those that brought bytes included.
const MOST_TRIES: u32 = 100;
/// Files of an archive in a row that could not be had before it is given up.
const GIVEN_UP_AFTER: u32 = 8;

/// Fetches the files of one volume.
pub(super) struct Fetcher {
    need: Arc<VolumesNeed>,
    fresh: Arc<Fresh>,
    volume: VolumeId,
    principal: Principal,
    /// The archive that is made for the volume.
    made: Option<Arc<dyn Archive>>,
    tally: Arc<Tally>,
    /// Archives and hosts whose files lie where their records say.
    direct: Mutex<HashSet<(ArchiveId, String)>>,
    /// How many files of an archive failed in a row, and why the last did.
    failing: Mutex<HashMap<ArchiveId, (u32, String)>>,
}

/// Why a try failed.
enum Fault {
    /// Nothing of the volume can go on.
    Stop(Error),
    /// The file may be had the next time.
    Again(Error),
    /// It never will.
    Never(Error),
}

impl Fault {
    /// Of an archive's answer.
    fn of_archive(error: Error) -> Self {
        if may_pass(&error) { Self::Again(error) } else { Self::Never(error) }
    }
}

impl Fetcher {
    pub(super) fn new(
        need: Arc<VolumesNeed>,
        fresh: Arc<Fresh>,
        volume: VolumeId,
        principal: Principal,
        made: Option<Arc<dyn Archive>>,
        tally: Arc<Tally>,
    ) -> Self {
        let (direct, failing) = (Mutex::default(), Mutex::default());
        Self { need, fresh, volume, principal, made, tally, direct, failing }
    }

    /// Has the file, or knows why it cannot be had.
    ///
    /// # Errors
    ///
    /// Only what ends the whole volume: quota, the disk, the store.
    pub(super) async fn fetch(&self, file: &VolumeFile) -> Result<FileState, Error> {
        let archive = file.archive().cloned();
        if let Some(reason) = archive.as_ref().and_then(|id| self.given_up(id)) {
            return Ok(FileState::Failed { reason });
        }
        let mut part = self.part(file).await?;
        self.tally.found(part.length());
        let (mut tries, mut pauses) = (0, PAUSES.iter());
        loop {
            let before = part.length();
            let error = match self.try_once(file, &mut part, tries).await {
                Ok(()) => {
                    self.went_well(archive.as_ref());
                    let size_bytes = part.length();
                    let sha256 = self.fresh.keep(part).await?;
                    let fetched = self.need.outside.now();
                    return Ok(FileState::Whole { sha256, size_bytes, fetched });
                }
                Err(Fault::Stop(error)) => return Err(error),
                Err(Fault::Never(error)) => return Ok(self.failed(file, &error, false)),
                Err(Fault::Again(error)) => error,
            };
            tries += 1;
            if part.length() > before {
                pauses = PAUSES.iter();
            }
            let Some(pause) = pauses.next().filter(|_| tries < MOST_TRIES) else {
                return Ok(self.failed(file, &error, true));
            };
            tracing::info!(volume.id = %self.volume, file = file.path, tries, %error, "a file of a volume is tried again");
            let asked = match &error {
                Error::BreakerOpen { retry_after, .. } => Some(*retry_after),
                Error::Upstream { retry_after, .. } => *retry_after,
                _ => None,
            };
            sleep(asked.unwrap_or_default().max(*pause).min(LONGEST_PAUSE)).await;
        }
    }

    async fn part(&self, file: &VolumeFile) -> Result<Box<dyn Part>, Error> {
        let algorithm = file.checksum.as_ref().map(|own| own.algorithm.as_str());
        let announced = algorithm.filter(|own| !matches!(*own, "sha-256" | "sha256"));
        self.need.bytes.part(&self.volume, file.number, announced).await
    }

    /// One try: after it went well, the part is the whole file.
    async fn try_once(
        &self,
        file: &VolumeFile,
        part: &mut Box<dyn Part>,
        tries: u32,
    ) -> Result<(), Fault> {
        if part.length() > 0 && self.is_done(file, part).await? {
            return Ok(());
        }
        let prepared = self.prepare(file, tries).await.map_err(Fault::of_archive)?;
        let mut delivery = self.open(&prepared, part, file.checksum.is_some()).await?;
        loop {
            // What came is written before what comes is asked for; a failure keeps what came.
            let piece = delivery.reader.read(READ_BYTES).await.map_err(Fault::of_archive);
            let piece = match piece {
                Ok(piece) => piece,
                Err(Fault::Again(error @ Error::Damaged { .. })) => {
                    self.restart(part).await?;
                    return Err(Fault::Again(error));
                }
                Err(fault) => return Err(fault),
            };
            if piece.is_empty() {
                break;
            }
            let arriving = self.tally.arrive(piece.len() as u64).map_err(Fault::Stop)?;
            part.write(piece).await.map_err(Fault::Stop)?;
            arriving.written();
        }
        let checksum = delivery.checksum.as_ref().or(file.checksum.as_ref());
        let wrong = match (checksum, delivery.total_bytes) {
            (_, Some(total)) if total != part.length() => {
                Some(format!("{} bytes came, and the file has {total}", part.length()))
            }
            (Some(checksum), _) => self.differs(checksum, part).await?,
            (None, _) => None,
        };
        let Some(reason) = wrong else { return Ok(()) };
        self.restart(part).await?;
        Err(Fault::Again(Error::Damaged { archive: delivery.archive, reason }))
    }

    /// Whether everything had come before the gateway ended; what cannot be the file is thrown
    /// away.
    async fn is_done(&self, file: &VolumeFile, part: &mut Box<dyn Part>) -> Result<bool, Fault> {
        let estimated = file.read_record().size_is_estimate;
        let Some(size) = file.size_bytes.filter(|_| !estimated) else { return Ok(false) };
        if part.length() < size {
            return Ok(false);
        }
        if let Some(checksum) = file.checksum.as_ref().filter(|_| part.length() == size)
            && self.differs(checksum, part).await?.is_none()
        {
            return Ok(true);
        }
        self.restart(part).await?;
        Ok(false)
    }

    /// How the bytes differ from a checksum, in words.
    async fn differs(
        &self,
        checksum: &Checksum,
        part: &mut Box<dyn Part>,
    ) -> Result<Option<String>, Fault> {
        let Checksum { algorithm, hex } = checksum;
        let found = part.digest(algorithm).await.map_err(Fault::Stop)?;
        Ok(found
            .filter(|found| !found.eq_ignore_ascii_case(hex))
            .map(|found| format!("their {algorithm} is {found} where the record says {hex}")))
    }

    async fn restart(&self, part: &mut Box<dyn Part>) -> Result<(), Fault> {
        self.tally.lost(part.length());
        part.restart().await.map_err(Fault::Stop)
    }

    /// The rest of what arrived, if it is of the same version; else the whole.
    async fn open(
        &self,
        prepared: &Prepared,
        part: &mut Box<dyn Part>,
        has_checksum: bool,
    ) -> Result<Delivery, Fault> {
        let have = part.length();
        if have > 0 && (has_checksum || part.version().is_some()) {
            let rest = Wanted::Part(Bytes { first: have, last: None });
            match prepared.open(rest).await {
                Ok(delivery) => {
                    let goes_on = delivery.part.is_some_and(|(first, _)| first == have);
                    let same = delivery.tag.is_some() && delivery.tag == part.version();
                    if goes_on && (has_checksum || same) {
                        return Ok(delivery);
                    }
                    self.restart(part).await?;
                    // An archive without parts gives the whole instead.
                    if delivery.part.is_none() {
                        return self.begun(delivery, part).await;
                    }
                }
                Err(Error::Range { .. }) => self.restart(part).await?,
                Err(error) => return Err(Fault::of_archive(error)),
            }
        } else if have > 0 {
            self.restart(part).await?;
        }
        let delivery = prepared.open(Wanted::Whole).await.map_err(Fault::of_archive)?;
        self.begun(delivery, part).await
    }

    async fn begun(&self, delivery: Delivery, part: &mut Box<dyn Part>) -> Result<Delivery, Fault> {
        if let Some(tag) = &delivery.tag {
            part.set_version(tag).await.map_err(Fault::Stop)?;
        }
        Ok(delivery)
    }

    async fn prepare(&self, file: &VolumeFile, tries: u32) -> Result<Prepared, Error> {
        let (decoders, now) = (&self.need.decoders, self.need.outside.now());
        let archive = match (&self.made, file.archive()) {
            (Some(archive), _) => Arc::clone(archive),
            (None, Some(id)) => self.need.archives.find(id)?,
            (None, None) => {
                return Err(Error::internal("a file of neither an archive nor a URL"));
            }
        };
        let info = archive.info();
        let looks_up = info.operations.contains(&Operation::LookUp) && self.made.is_none();
        if let Some(id) = file.asset.as_ref().filter(|_| tries > 0 && looks_up) {
            // What was listed may have moved, and its copies are in the record only.
            let (archives, question) = (&self.need.archives, delivery::Question::default());
            let prepared = delivery::prepare(
                archives,
                decoders,
                &self.principal,
                id,
                question,
                now,
                OPENED_WITHIN,
            );
            return Ok(prepared.await?.unverified());
        }
        let distribution = file.distribution();
        let url = file.read_record().url.unwrap_or_default();
        let neighbour = (info.id.clone(), host(&url).to_owned());
        let direct = file.asset.is_none() || (tries == 0 && self.direct().contains(&neighbour));
        let native = || AssetId { archive: info.id, native: file.from.clone() };
        let id = file.asset.clone().unwrap_or_else(native);
        let listed = Listed { id, distribution, direct };
        let prepared = delivery::prepare_listed(
            archive,
            decoders,
            &self.principal,
            listed,
            now,
            OPENED_WITHIN,
        );
        let prepared = prepared.await?.unverified();
        if !direct && prepared.is_at_its_location() {
            self.direct().insert(neighbour);
        }
        Ok(prepared)
    }

    fn failed(&self, file: &VolumeFile, error: &Error, may_pass: bool) -> FileState {
        let reason = match error {
            Error::Internal(error) => {
                tracing::error!(volume.id = %self.volume, file = file.path, %error, "a file of a volume failed");
                "the gateway failed; its log says why".to_owned()
            }
            other => other.to_string(),
        };
        // What an archive refuses for one file says nothing of the next.
        if let Some(archive) = file.archive().filter(|_| may_pass) {
            let mut failing = self.failing();
            let before = failing.get(archive).map_or(0, |(before, _)| *before);
            failing.insert(archive.clone(), (before + 1, reason.clone()));
        }
        FileState::Failed { reason }
    }

    fn went_well(&self, archive: Option<&ArchiveId>) {
        if let Some(archive) = archive {
            self.failing().remove(archive);
        }
    }

    fn given_up(&self, archive: &ArchiveId) -> Option<String> {
        let failing = self.failing();
        let (failed, reason) = failing.get(archive)?;
        (*failed >= GIVEN_UP_AFTER).then(|| {
            format!(
                "not tried, because {failed} files in a row could not be had; the last: {reason}"
            )
        })
    }

    fn failing(&self) -> MutexGuard<'_, HashMap<ArchiveId, (u32, String)>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn direct(&self) -> MutexGuard<'_, HashSet<(ArchiveId, String)>> {
        self.direct.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `host:port` of a URL.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}
