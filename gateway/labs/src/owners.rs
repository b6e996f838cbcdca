//! A user of the system for every owner, where the gateway is root: two owners never share one,
//! and an owner keeps theirs.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use archway_core::owner::Owner;

/// The first user of the system that is given to owners, where nothing else is configured; as
/// many behind it as there are owners. Far from those that machines give to people and services.
pub(crate) const FIRST_UID: u32 = 1_711_000_000;

/// The user of an owner: the one they had, or the next one from `first` on. Written down in the
/// folder before it is given.
pub(crate) fn uid(labs: &Path, owner: &Owner, first: u32) -> io::Result<u32> {
    let lock =
        File::options().create(true).truncate(false).write(true).open(labs.join("owners.lock"))?;
    lock.lock()?;
    let path = labs.join("owners.json");
    let mut given: BTreeMap<String, u32> = match fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
        Err(error) => return Err(error),
    };
    if let Some(uid) = given.get(&owner.0) {
        return Ok(*uid);
    }
    let next = given.values().max().map_or(first, |last| last.saturating_add(1).max(first));
    given.insert(owner.0.clone(), next);
    let beside = labs.join("owners.json.new");
    fs::write(&beside, serde_json::to_vec_pretty(&given)?)?;
    File::open(&beside)?.sync_all()?;
    fs::rename(&beside, &path)?;
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_keep_their_user_and_share_none() {
        let labs = tempfile::tempdir().unwrap();
        let uid = |name: &str| uid(labs.path(), &Owner(name.into()), 70_000).unwrap();
        assert_eq!(uid("ada"), 70_000);
        assert_eq!(uid("bo"), 70_001);
        assert_eq!(uid("ada"), 70_000);
        fs::write(labs.path().join("owners.json"), "not JSON").unwrap();
        // A second numbering would give one owner's files to another.
        assert!(super::uid(labs.path(), &Owner("ada".into()), 70_000).is_err());
    }
}
