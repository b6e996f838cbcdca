//! Quota as bytes arrive: what an owner has in volumes and in their own space, counted in memory
//! while any of the volumes is staged.
//!
//! Called by `staging.rs`, `fetching.rs` and `measuring.rs`. Calls the store once, when the first volume of an
//! owner begins. Rules: one number for all volumes of an owner that arrive at once, and it is
//! asked before a byte is written.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use tokio::sync::Mutex;

use super::VolumeKeeper;
use crate::Error;
use crate::owner::Owner;

/// The accounts of owners whose volumes are being staged.
#[derive(Default)]
pub(super) struct Accounts {
    open: Mutex<HashMap<Owner, Weak<Account>>>,
}

/// What one owner has.
pub(super) struct Account {
    used: AtomicU64,
    most: u64,
}

impl Accounts {
    /// The owner's account, opened with what the store says if nobody has it open.
    pub(super) async fn open(
        &self,
        keeper: &dyn VolumeKeeper,
        owner: &Owner,
        most: u64,
    ) -> Result<Arc<Account>, Error> {
        let mut open = self.open.lock().await;
        open.retain(|_, account| account.strong_count() > 0);
        if let Some(account) = open.get(owner).and_then(Weak::upgrade) {
            return Ok(account);
        }
        let used = AtomicU64::new(keeper.volume_bytes(owner).await?);
        let account = Arc::new(Account { used, most });
        open.insert(owner.clone(), Arc::downgrade(&account));
        Ok(account)
    }

    /// What had so many bytes has so many now: a volume that was removed, or what was measured.
    pub(super) async fn changed(&self, owner: &Owner, before: u64, now: u64) {
        let open = self.open.lock().await;
        if let Some(account) = open.get(owner).and_then(Weak::upgrade) {
            account.give_back(before);
            account.used.fetch_add(now, Ordering::AcqRel);
        }
    }
}

impl Account {
    fn take(&self, bytes: u64) -> Result<(), Error> {
        let fits = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.most);
        let taken = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits);
        taken.map(|_| ()).map_err(|used| {
            let reason = format!(
                "your volumes and your own space hold {used} of the {} bytes that you may have; delete what you no longer need, then try again",
                self.most
            );
            Error::QuotaExceeded { reason }
        })
    }

    fn give_back(&self, bytes: u64) {
        let less = |used: u64| Some(used.saturating_sub(bytes));
        let _ = self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    /// How many bytes more the owner may have.
    fn room(&self) -> u64 {
        self.most.saturating_sub(self.used.load(Ordering::Acquire))
    }
}

/// How far one volume is, while it is staged.
pub(super) struct Tally {
    account: Arc<Account>,
    bytes: AtomicU64,
    files: AtomicU64,
}

impl Tally {
    /// Of a volume with so many whole files of so many bytes; the account knows of `saved`.
    pub(super) fn new(account: Arc<Account>, saved: u64, files: u64, bytes: u64) -> Self {
        account.give_back(saved);
        account.used.fetch_add(bytes, Ordering::AcqRel);
        Self { account, bytes: AtomicU64::new(bytes), files: AtomicU64::new(files) }
    }

    /// Bytes are about to be written; they do not count unless they were.
    ///
    /// # Errors
    ///
    /// [`Error::QuotaExceeded`] if the owner may not have them.
    pub(super) fn arrive(&self, bytes: u64) -> Result<Arriving<'_>, Error> {
        self.account.take(bytes)?;
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
        Ok(Arriving { tally: self, bytes })
    }

    /// Bytes of an unfinished file are here from an earlier life.
    pub(super) fn found(&self, bytes: u64) {
        self.account.used.fetch_add(bytes, Ordering::AcqRel);
        self.bytes.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Bytes that had arrived were thrown away.
    pub(super) fn lost(&self, bytes: u64) {
        self.account.give_back(bytes);
        let less = |own: u64| Some(own.saturating_sub(bytes));
        let _ = self.bytes.fetch_update(Ordering::AcqRel, Ordering::Acquire, less);
    }

    /// Files are whole, and written down as such.
    pub(super) fn whole(&self, files: u64) {
        self.files.fetch_add(files, Ordering::AcqRel);
    }

    /// Refuses a volume of which it is known beforehand that it will not fit.
    pub(super) fn has_room_for(&self, bytes: u64) -> Result<(), Error> {
        let room = self.account.room();
        if bytes <= room {
            return Ok(());
        }
        let reason = format!(
            "{bytes} bytes are still to come, and you may have {room} more of {}; delete what you no longer need, or choose less",
            self.account.most
        );
        Err(Error::QuotaExceeded { reason })
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Acquire)
    }

    pub(super) fn files(&self) -> u64 {
        self.files.load(Ordering::Acquire)
    }
}

/// Bytes that are being written.
pub(super) struct Arriving<'a> {
    tally: &'a Tally,
    bytes: u64,
}

impl Arriving<'_> {
    /// They were written.
    pub(super) fn written(mut self) {
        self.bytes = 0;
    }
}

impl Drop for Arriving<'_> {
    fn drop(&mut self) {
        self.tally.lost(self.bytes);
    }
}
