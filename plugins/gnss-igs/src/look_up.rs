//! Look-up: a name says in which folders its file lies.
//!
//! Called by `lib.rs` and `access.rs`. Rules: only those folders are listed; of a tree without
//! templates all are.

use archway_plugin::types::{Asset, AssetId};
use archway_plugin::{Error, Host};

use crate::batches::{self, Batches};
use crate::files::{Collector, File};
use crate::found::{Found, Place};
use crate::names::Name;
use crate::plan::{Direction, Plan};
use crate::settings::{Settings, Step};
use crate::time::DAY_US;

pub(crate) fn look_up(host: &dyn Host, id: &AssetId) -> Result<Asset, Error> {
    let native_id = match id {
        AssetId::NativeId(native_id) => native_id,
        AssetId::Identifier(other) => {
            return Err(Error::NotFound(format!("{}:{}", other.scheme, other.value)));
        }
    };
    let (mut found, file) = file(host, native_id)?;
    let missing = || Error::NotFound(native_id.clone());
    found.asset_of(host, &file)?.ok_or_else(missing)
}

/// The file of that identifier, and what assets are made with.
pub(crate) fn file(host: &dyn Host, native_id: &str) -> Result<(Found, File), Error> {
    let settings = Settings::of(host)?;
    let found = Found::new(host, settings, None, Place::default())?;
    let missing = || Error::NotFound(native_id.to_owned());
    let settings = &found.settings;
    let pick = |files: Vec<File>| files.into_iter().find(|file| file.key == native_id);
    // What follows `@` tells files apart that bear the same name.
    let plain = native_id.rsplit_once('@').map_or(native_id, |(plain, _)| plain);
    if settings.is_tree() {
        let mut batches = Batches::new(None);
        while let Some(batch) = batches.next(host, settings, &found.servers)? {
            if let Some(file) = pick(batch.files) {
                return Ok((found, file));
            }
        }
        return Err(missing());
    }
    let Some(name) = Name::parse(plain) else {
        // A file of no grammar is known by its path.
        let (folder, _) = plain.rsplit_once('/').unwrap_or(("", plain));
        if !settings.read_headers || folder.split('/').any(|part| part == "..") {
            return Err(missing());
        }
        let mut collector = Collector::default();
        for server in 0..settings.servers.len() {
            if let Some(listed) = found.servers.list(host, server, folder)? {
                batches::add(&mut collector, server, folder, &listed, true);
            }
        }
        let file = pick(collector.finish()).ok_or_else(missing)?;
        return Ok((found, file));
    };
    let said = name.meaning();
    // Folders go by the start; a week's product may lie with its last day.
    let (from_us, to_us) = match (said.start_us, said.end_us) {
        (Some(start), end) => (start, end.unwrap_or(start + DAY_US) - 1),
        (None, _) => (0, 0),
    };
    let mut plan = Plan::new(settings, from_us, to_us, Direction::EarliestFirst);
    for _ in 0..settings.max_folders {
        let Some(slot) = plan.peek() else { break };
        plan.advance(slot);
        // Without a time a file lies in a folder that is always the same.
        if said.start_us.is_none() && slot.step != Step::Once {
            continue;
        }
        let mut collector = Collector::default();
        batches::step(host, settings, &found.servers, slot, &mut collector)?;
        if let Some(file) = pick(collector.finish()) {
            return Ok((found, file));
        }
    }
    Err(missing())
}
