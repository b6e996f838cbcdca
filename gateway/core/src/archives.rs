//! The archives of this gateway, in the order of the configuration.
//!
//! Replaced as a whole when the configuration changes; a search keeps the list it began with.

use std::sync::{Arc, PoisonError, RwLock};

use crate::Error;
use crate::archive::Archive;
use crate::asset::ArchiveId;

/// All archives, as one list that can be exchanged while searches run.
#[derive(Default)]
pub struct Archives {
    list: RwLock<Arc<[Arc<dyn Archive>]>>,
}

impl Archives {
    /// Of these, in this order.
    pub fn new(archives: Vec<Arc<dyn Archive>>) -> Self {
        Self { list: RwLock::new(archives.into()) }
    }

    /// The list as it is now.
    pub fn snapshot(&self) -> Arc<[Arc<dyn Archive>]> {
        Arc::clone(&self.list.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts another list in its place; calls in flight keep the archives they have.
    pub fn replace(&self, archives: Vec<Arc<dyn Archive>>) {
        *self.list.write().unwrap_or_else(PoisonError::into_inner) = archives.into();
    }

    /// The archive of that name.
    ///
    /// # Errors
    ///
    /// [`Error::ArchiveNotFound`] with the nearest name there is.
    pub fn find(&self, id: &ArchiveId) -> Result<Arc<dyn Archive>, Error> {
        let list = self.snapshot();
        let found = list.iter().find(|archive| archive.info().id == *id);
        found.cloned().ok_or_else(|| not_found(&list, id.as_str()))
    }
}

/// The error for a name that no archive of `list` has.
pub(crate) fn not_found(list: &[Arc<dyn Archive>], asked: &str) -> Error {
    let names = list.iter().map(|archive| archive.info().id);
    let nearest = names
        .map(|name| (strsim::damerau_levenshtein(name.as_str(), asked), name))
        .min_by_key(|(distance, _)| *distance)
        // Farther than that it is another word, not a slip.
        .filter(|(distance, name)| *distance <= 1 + name.as_str().len() / 3);
    Error::ArchiveNotFound { asked: asked.to_owned(), nearest: nearest.map(|(_, name)| name) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Archives;
    use crate::archive::Archive;
    use crate::testing::FakeArchive;

    fn list(ids: &[&str]) -> Vec<Arc<dyn Archive>> {
        ids.iter().map(|id| Arc::new(FakeArchive::new(id)) as Arc<dyn Archive>).collect()
    }

    #[test]
    fn a_name_that_is_not_there_brings_the_nearest() {
        let archives = Archives::new(list(&["gaia", "hst", "xmm-newton"]));
        let said = |id: &str| match archives.find(&id.parse().unwrap()) {
            Ok(archive) => archive.info().id.to_string(),
            Err(error) => error.to_string(),
        };
        let cases = [
            ("gaia", "gaia"),
            ("giaa", "no archive `giaa`; did you mean `gaia`?"),
            ("xmm-neutron", "no archive `xmm-neutron`; did you mean `xmm-newton`?"),
            ("planck", "no archive `planck`"),
        ];
        for (id, expected) in cases {
            assert_eq!(said(id), expected);
        }
    }

    #[test]
    fn who_holds_a_list_keeps_it_while_another_takes_its_place() {
        let archives = Archives::new(list(&["b", "a"]));
        let before = archives.snapshot();
        archives.replace(list(&["c"]));
        let ids = |list: &[Arc<dyn Archive>]| {
            list.iter().map(|a| a.info().id.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&before), ["b", "a"], "in the order of the configuration");
        assert_eq!(ids(&archives.snapshot()), ["c"]);
    }
}
