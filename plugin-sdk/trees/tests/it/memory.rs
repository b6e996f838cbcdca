//! A tree in memory that notes which folders were listed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use archway_plugin::access::{HttpWay, Route};
use archway_plugin::http::Method;
use archway_plugin::testing::RecordedHost;
use archway_plugin::types::{Asset, Value};
use archway_plugin::{Error, Host, SearchAnswer};
use archway_trees::{Entry, EntryKind, Tree, TreeArchive, path};

/// Folders with their entries, and contents of files.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) folders: RefCell<BTreeMap<String, Vec<Entry>>>,
    pub(crate) contents: BTreeMap<String, String>,
    pub(crate) listed: RefCell<Vec<String>>,
    pub(crate) failing: RefCell<BTreeMap<String, Error>>,
}

impl Memory {
    /// Files by their paths below `/pub`, each of 10 bytes, changed on day 1; `a -> b` is a
    /// link, a path that ends with a slash an empty folder.
    pub(crate) fn of(paths: &[&str]) -> Self {
        let memory = Self::default();
        memory.folders.borrow_mut().insert("/pub".to_owned(), Vec::new());
        for path in paths {
            memory.add(path);
        }
        memory
    }

    pub(crate) fn add(&self, written: &str) {
        let (written, target) = match written.split_once(" -> ") {
            Some((written, target)) => (written, Some(target)),
            None => (written, None),
        };
        let mut folders = self.folders.borrow_mut();
        let absolute = match written.strip_prefix('/') {
            Some(_) => written.to_owned(),
            None => format!("/pub/{written}"),
        };
        let (folder, name) = absolute.rsplit_once('/').unwrap();
        let mut above = String::new();
        for part in folder.split('/').skip(1) {
            let inside = path::join(&above, part);
            if !folders.contains_key(&inside) {
                folders.insert(inside.clone(), Vec::new());
                let above = if above.is_empty() { "/".to_owned() } else { above };
                folders.entry(above).or_default().push(Entry::folder(part));
            }
            above = inside;
        }
        let entry = match target {
            _ if name.is_empty() => return,
            Some(target) => Entry::link(name, target),
            None => Entry::file(name).with_size(10).with_modified(86_400_000_000),
        };
        folders.get_mut(folder).unwrap().push(entry);
    }

    pub(crate) fn listed(&self) -> Vec<String> {
        self.listed.take()
    }
}

impl Tree for Memory {
    fn root(&self) -> &str {
        "/pub"
    }

    fn list(
        &self,
        _host: &dyn Host,
        folder: &str,
        each: &mut dyn FnMut(Entry) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.listed.borrow_mut().push(folder.to_owned());
        if let Some(error) = self.failing.borrow().get(folder) {
            return Err(error.clone());
        }
        let folders = self.folders.borrow();
        // A server follows links of its own.
        let mut real = folder.to_owned();
        for _ in 0..4 {
            let mut at = "/".to_owned();
            for name in real.clone().split('/').skip(1) {
                let entry = folders.get(&at).and_then(|f| f.iter().find(|e| e.name == name));
                at = match entry.map(|entry| &entry.kind) {
                    Some(EntryKind::Link(target)) => path::resolve(&at, target).unwrap(),
                    _ => path::join(&at, name),
                };
            }
            real = at;
        }
        let entries = folders.get(&real).ok_or_else(|| Error::NotFound(folder.to_owned()))?;
        entries.iter().cloned().try_for_each(each)
    }

    fn location(&self, path: &str) -> String {
        format!("https://files.example{}", path::encode(path))
    }

    fn route(&self, path: &str) -> Route {
        Route::Http(HttpWay {
            method: Method::Get,
            url: self.location(path),
            headers: Vec::new(),
            credential: None,
            ranges: true,
        })
    }

    fn read(&self, _host: &dyn Host, path: &str, _max_bytes: u64) -> Result<Vec<u8>, Error> {
        let content = self.contents.get(path).ok_or_else(|| Error::NotFound(path.to_owned()))?;
        Ok(content.clone().into_bytes())
    }
}

/// A host with rules, each `{ "path": ... }` of one collection, and no cache.
pub(crate) fn host(rules: &str) -> RecordedHost {
    RecordedHost::new()
        .with_text("title", "Tree")
        .with_setting("rules", Value::Json(rules.to_owned()))
        .with_setting("cache_s", Value::Integer(0))
}

pub(crate) fn archive(host: &RecordedHost, tree: &Rc<Memory>) -> TreeArchive {
    TreeArchive::new(host, tree.clone()).unwrap()
}

/// Everything that a search gives, in batches of at most `size`.
pub(crate) fn all(host: &RecordedHost, answer: SearchAnswer, size: u32) -> Vec<Asset> {
    let mut cursor = answer.assets;
    let mut all = Vec::new();
    while let Some(batch) = cursor.next(host, size).unwrap() {
        assert!(batch.assets.len() <= size as usize);
        all.extend(batch.assets);
    }
    all
}

pub(crate) fn ids(assets: &[Asset]) -> Vec<&str> {
    assets.iter().map(|asset| asset.identity.native_id.as_str()).collect()
}
