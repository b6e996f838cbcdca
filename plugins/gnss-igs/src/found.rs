//! Assets one after the other, each with the place behind it: what searches, harvests and
//! look-ups read from.
//!
//! Called by `search.rs`, `harvest.rs` and `look_up.rs`. Calls `batches.rs`, `contents.rs` and
//! `asset.rs`. Rules: what the name rules out is never read; the order is the same from one
//! call to the next: the plan's, and inside of a batch that of the keys.

use std::collections::VecDeque;

use archway_plugin::types::Asset;
use archway_plugin::{Error, Host};
use serde::{Deserialize, Serialize};

use crate::asset::Maker;
use crate::batches::{Batch, Batches};
use crate::contents;
use crate::files::File;
use crate::plan::{Plan, SlotMark};
use crate::servers::Servers;
use crate::settings::Settings;
use crate::stations::Stations;

/// Behind an asset.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    /// The batch; of a tree there is none.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) slot: Option<SlotMark>,
    /// The last key that was given of it; empty is none yet.
    #[serde(rename = "k", default, skip_serializing_if = "String::is_empty")]
    pub(crate) key: String,
    /// The batch is done.
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) done: bool,
}

/// Files are looked at one by one.
pub(crate) struct Found {
    pub(crate) settings: Settings,
    pub(crate) servers: Servers,
    stations: Stations,
    batches: Batches,
    waiting: VecDeque<File>,
    place: Place,
    /// Where reading begins: files up to this key of this batch were given before.
    behind: Place,
    headers_read: u32,
    /// Folders listed and headers read so far: what costs time and requests.
    pub(crate) work: u32,
    headers_left_out: u32,
}

/// What came of one step.
pub(crate) enum Step {
    /// An asset.
    Asset(Box<Asset>),
    /// A file that is none, or not wanted; or a batch without any.
    Nothing,
    /// There is no more.
    End,
}

impl Found {
    /// All files of a plan, or of the tree without one, behind a place.
    ///
    /// # Errors
    ///
    /// A list of stations that is named and cannot be had.
    pub(crate) fn new(
        host: &dyn Host,
        settings: Settings,
        plan: Option<Plan>,
        behind: Place,
    ) -> Result<Self, Error> {
        let servers = Servers::new(&settings)?;
        let stations = stations(host, &settings, &servers)?;
        let mut plan = plan;
        if let (Some(plan), Some(slot)) = (&mut plan, behind.slot) {
            plan.go_on_at(slot);
            let next = plan.peek().filter(|next| SlotMark::from(*next) == slot);
            if let (true, Some(next)) = (behind.done, next) {
                plan.advance(next);
            }
        }
        Ok(Self {
            batches: Batches::new(plan),
            settings,
            servers,
            stations,
            waiting: VecDeque::new(),
            place: behind.clone(),
            behind,
            headers_read: 0,
            work: 0,
            headers_left_out: 0,
        })
    }

    /// Gives nothing again of a tree that ended where reading begins.
    pub(crate) fn only_what_is_behind(&mut self) {
        if self.behind.done && self.behind.slot.is_none() {
            self.batches.pass_over_tree();
        }
    }

    /// Behind what was given last.
    pub(crate) fn place(&self) -> Place {
        self.place.clone()
    }

    /// Looks at the next file. `may_be` tells by the asset that the name alone makes whether
    /// reading the header can be worth it; `wanted` decides about the asset itself.
    ///
    /// # Errors
    ///
    /// An archive that is down or refuses, or a limit of the call.
    pub(crate) fn next(
        &mut self,
        host: &dyn Host,
        may_be: &dyn Fn(&Asset) -> bool,
        wanted: &dyn Fn(&Asset) -> bool,
    ) -> Result<Step, Error> {
        let Some(file) = self.waiting.pop_front() else { return self.next_batch(host) };
        self.place.key.clone_from(&file.key);
        let asset = self.asset(host, &file, may_be)?;
        self.place.done = self.waiting.is_empty();
        Ok(match asset.filter(|asset| wanted(asset)) {
            Some(asset) => Step::Asset(Box::new(asset)),
            None => Step::Nothing,
        })
    }

    fn next_batch(&mut self, host: &dyn Host) -> Result<Step, Error> {
        let listed = self.batches.listed;
        let batch = self.batches.next(host, &self.settings, &self.servers)?;
        self.work += self.batches.listed - listed;
        let Some(Batch { mark, files }) = batch else { return Ok(Step::End) };
        let is_same = mark == self.behind.slot && !self.behind.done;
        let behind = if is_same { self.behind.key.as_str() } else { "" };
        self.waiting = files.into_iter().filter(|file| file.key.as_str() > behind).collect();
        let done = self.waiting.is_empty();
        self.place = Place { slot: mark, key: behind.to_owned(), done };
        Ok(Step::Nothing)
    }

    fn asset(
        &mut self,
        host: &dyn Host,
        file: &File,
        may_be: &dyn Fn(&Asset) -> bool,
    ) -> Result<Option<Asset>, Error> {
        let maker =
            Maker { settings: &self.settings, servers: &self.servers, stations: &self.stations };
        let by_name = maker.asset(file, None);
        if !self.settings.read_headers {
            return Ok(by_name);
        }
        // A name of no grammar says nothing that could rule the file out.
        if file.said.is_some() && !by_name.as_ref().is_some_and(may_be) {
            return Ok(by_name);
        }
        if self.headers_read >= self.settings.max_headers {
            self.headers_left_out += 1;
            return Ok(by_name);
        }
        self.headers_read += 1;
        self.work += 1;
        let content = contents::read(host, &self.servers, file)?;
        Ok(maker.asset(file, Some(&content)))
    }

    /// The asset of one file, whatever it is.
    ///
    /// # Errors
    ///
    /// An archive that is down or refuses, or a limit of the call.
    pub(crate) fn asset_of(
        &mut self,
        host: &dyn Host,
        file: &File,
    ) -> Result<Option<Asset>, Error> {
        self.asset(host, file, &|_| true)
    }

    /// What was left out because of a limit, for people.
    pub(crate) fn left_out(&self) -> Option<String> {
        let headers = (self.headers_left_out > 0).then(|| {
            format!(
                "the headers of {} files were not read, as {} are all that one question may read",
                self.headers_left_out, self.settings.max_headers
            )
        });
        match (self.batches.left_out.clone(), headers) {
            (Some(folders), Some(headers)) => Some(format!("{folders}; {headers}")),
            (folders, headers) => folders.or(headers),
        }
    }
}

/// Lists of stations are small and change rarely.
const MOST_STATION_BYTES: u64 = 4 * 1024 * 1024;

fn stations(host: &dyn Host, settings: &Settings, servers: &Servers) -> Result<Stations, Error> {
    let mut stations = settings.stations.clone();
    let Some(path) = &settings.station_list else { return Ok(stations) };
    let bytes = servers.small_file(host, path, MOST_STATION_BYTES)?;
    let text = unpacked(path, bytes)?;
    stations.add_sinex(&String::from_utf8_lossy(&text));
    Ok(stations)
}

fn unpacked(path: &str, bytes: Vec<u8>) -> Result<Vec<u8>, Error> {
    use std::io::Read;
    let (encodings, _) = archway_codecs::encodings_of(path);
    let mut source: Box<dyn Read> = Box::new(std::io::Cursor::new(bytes));
    for encoding in encodings {
        source = archway_codecs::decoder(encoding, source)
            .map_err(|error| Error::invalid_part("station_list", error.to_string()))?;
    }
    let mut text = Vec::new();
    // A list that is cut short still has the stations before the cut.
    let _ = source.take(4 * MOST_STATION_BYTES).read_to_end(&mut text);
    Ok(text)
}
