//! Links: where they lead, and whether they are followed.
//!
//! Called by `walk.rs`. Rules: a file or folder that a walk meets under its own path is not
//! met again through a link, so that the same walk gives the same assets in whatever order
//! links stand and wherever it was taken up; what lies outside is followed once.

use archway_plugin::host::Level;
use archway_plugin::{Error, Host};

use crate::archive::{TreeArchive, is_about_one_folder};
use crate::asset::key;
use crate::entry::{Entry, EntryKind};
use crate::path;
use crate::rules::Stand;

/// Links of links.
const MOST_HOPS: u32 = 8;

/// What a link leads to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Target {
    /// A file: what is listed of it.
    File(Entry),
    /// A folder: its real path.
    Folder(String),
}

impl TreeArchive {
    /// What a link in a folder (by its real path) leads to; `None` where it leads nowhere,
    /// in a circle, or to what the walk meets anyway.
    pub(crate) fn follow(
        &self,
        host: &dyn Host,
        folder: &str,
        link: &Entry,
        target: &str,
    ) -> Result<Option<Target>, Error> {
        if !self.settings.follow_links {
            return Ok(None);
        }
        let (mut folder, mut target) = (folder.to_owned(), target.to_owned());
        for _ in 0..MOST_HOPS {
            let Some(real) = path::resolve(&folder, &target) else {
                return Ok(refuse(host, &folder, link, "it leads out of the server"));
            };
            let Some((above, name)) = path::split(&real).filter(|(_, name)| !name.is_empty())
            else {
                return Ok(Some(Target::Folder(real)));
            };
            let listed = match self.list(host, above) {
                Ok(listed) => listed,
                Err(error) if is_about_one_folder(&error) => {
                    return Ok(refuse(host, &folder, link, "it leads where nothing can be listed"));
                }
                Err(error) => return Err(error),
            };
            match listed.entry(name) {
                None => return Ok(refuse(host, &folder, link, "it leads nowhere")),
                Some(Entry { kind: EntryKind::Link(next), .. }) => {
                    (folder, target) = (above.to_owned(), next.clone());
                }
                Some(entry) => {
                    if self.is_met(&real, entry.kind == EntryKind::Folder) {
                        return Ok(None);
                    }
                    return Ok(Some(match entry.kind {
                        EntryKind::Folder => Target::Folder(real),
                        _ => Target::File(Entry { name: link.name.clone(), ..entry.clone() }),
                    }));
                }
            }
        }
        Ok(refuse(host, &folder, link, "it leads over too many links"))
    }

    /// Whether a walk without a question comes to this path by itself.
    fn is_met(&self, real: &str, is_folder: bool) -> bool {
        let Some(inside) = path::below(self.tree.root(), real) else { return false };
        let rules = &self.settings.rules;
        let mut stand = Stand::at_root(rules, |_| true);
        let (folders, name) = match (is_folder, inside.rsplit_once('/')) {
            (true, _) => (inside, None),
            (false, Some((folders, name))) => (folders, Some(name)),
            (false, None) => ("", Some(inside)),
        };
        for name in folders.split('/').filter(|name| !name.is_empty()) {
            stand = stand.enter(rules, name, |_, _| true);
        }
        match name {
            None => !stand.is_empty(),
            Some(name) => stand.file(rules, &key(name), name).is_some(),
        }
    }
}

fn refuse(host: &dyn Host, folder: &str, link: &Entry, reason: &str) -> Option<Target> {
    let fields = [
        ("folder", folder.to_owned()),
        ("link", link.name.clone()),
        ("because", reason.to_owned()),
    ];
    host.log(Level::Info, "a link is not followed", &fields);
    None
}
