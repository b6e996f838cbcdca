//! The levels of VOTABLE and RESOURCE: which table is read, and what of the
//! head belongs to it.

use std::io::Read;

use super::Reader;
use crate::error::{Error, Result};
use crate::votable::field::Param;
use crate::votable::head::{Group, Info, Resource};
use crate::votable::head_reader::{coosys, group, info, meta_resource, param, resource, timesys};
use crate::xml::{Element, Event};

/// How far to look for a RESOURCE of type `results` behind a table that is in none.
const LOOK_AHEAD_BYTES: usize = 256 << 10;

/// An open element that holds others of the head.
pub(super) enum Level {
    Votable,
    /// DEFINITIONS of VOTable 1.1.
    Transparent,
    Resource(OpenResource),
}

pub(super) struct OpenResource {
    resource: Resource,
    is_results: bool,
    /// Holds the chosen table.
    is_chosen: bool,
    /// Holds a table that was not chosen, so that its INFOs are about another table.
    is_passed_over: bool,
    part: Part,
}

/// Head elements that are kept if their RESOURCE turns out to be the right one.
#[derive(Default)]
pub(super) struct Part {
    infos: Vec<Info>,
    params: Vec<Param>,
    groups: Vec<Group>,
}

impl<R: Read> Reader<R> {
    /// Goes on at the level of VOTABLE and RESOURCE: up to the rows of the
    /// chosen table (`true`) or to the end of the document (`false`).
    pub(super) fn walk(&mut self) -> Result<bool> {
        loop {
            match self.xml.next_in_head()? {
                Event::Start(element) => {
                    if self.element(&element)? {
                        return Ok(true);
                    }
                }
                Event::End => self.close_level(),
                Event::Text(_) => {}
                Event::Eof => return Ok(false),
            }
        }
    }

    fn close_level(&mut self) {
        match self.levels.pop() {
            Some(Level::Resource(open)) if !open.is_chosen => {
                // Of a document without a table, such as an error, all is worth keeping.
                if self.head.table.is_none() && !open.is_passed_over {
                    self.keep(open.part);
                    self.head.resource.get_or_insert(open.resource);
                }
            }
            Some(Level::Resource(_) | Level::Transparent | Level::Votable) | None => {}
        }
    }

    fn keep(&mut self, part: Part) {
        self.head.infos.extend(part.infos);
        self.head.params.extend(part.params);
        self.head.groups.extend(part.groups);
    }

    /// Reads one element; `true` if rows follow.
    fn element(&mut self, start: &Element) -> Result<bool> {
        match start.name.as_str() {
            "RESOURCE" if start.attribute("type") == Some("meta") => {
                let meta = meta_resource(&mut self.xml, start)?;
                if self.head.table.is_some() {
                    self.trailer.meta.push(meta);
                } else {
                    self.head.meta.push(meta);
                }
            }
            "RESOURCE" => {
                let is_results = start.attribute("type") == Some("results")
                    || self.open_resources().any(|open| open.is_results);
                self.levels.push(Level::Resource(OpenResource {
                    resource: resource(start),
                    is_results,
                    is_chosen: false,
                    is_passed_over: false,
                    part: Part::default(),
                }));
            }
            "DEFINITIONS" => self.levels.push(Level::Transparent),
            "INFO" => {
                let info = info(&mut self.xml, start)?;
                self.add_info(info);
            }
            "PARAM" => {
                let param = param(&mut self.xml, start)?;
                if param.field.name.eq_ignore_ascii_case("Error") {
                    // SCS 1.03, 2.3 lets a service say its error in a PARAM too.
                    self.add_info(Info::new("Error", param.value.clone()));
                }
                self.part(|part| part.params.push(param));
            }
            "GROUP" => {
                let group = group(&mut self.xml, start)?;
                self.part(|part| part.groups.push(group));
            }
            "COOSYS" => self.head.coosys.push(coosys(&mut self.xml, start)?),
            "TIMESYS" => self.head.timesys.push(timesys(&mut self.xml, start)?),
            "DESCRIPTION" => {
                let text = self.xml.optional_text()?;
                match self.levels.last_mut() {
                    Some(Level::Resource(open)) => open.resource.description = text,
                    Some(Level::Votable | Level::Transparent) | None => {
                        self.head.description = text
                    }
                }
            }
            "TABLE" => return self.table(start),
            _ => self.xml.skip()?,
        }
        Ok(false)
    }

    fn open_resources(&self) -> impl Iterator<Item = &OpenResource> {
        self.levels.iter().filter_map(|level| match level {
            Level::Resource(open) => Some(open),
            Level::Votable | Level::Transparent => None,
        })
    }

    fn innermost_resource(&mut self) -> Option<&mut OpenResource> {
        self.levels.iter_mut().rev().find_map(|level| match level {
            Level::Resource(open) => Some(open),
            Level::Votable | Level::Transparent => None,
        })
    }

    fn part(&mut self, add: impl FnOnce(&mut Part)) {
        if self.head.table.is_some() {
            return;
        }
        match self.innermost_resource() {
            Some(open) => add(&mut open.part),
            None => {
                let mut part = Part::default();
                add(&mut part);
                self.keep(part);
            }
        }
    }

    fn add_info(&mut self, info: Info) {
        if self.head.table.is_none() {
            self.part(|part| part.infos.push(info));
        } else if self.innermost_resource().is_none_or(|open| open.is_chosen) {
            self.trailer.infos.push(info);
        }
    }

    /// Reads a TABLE up to its rows, or passes it over.
    fn table(&mut self, start: &Element) -> Result<bool> {
        let in_results = self.innermost_resource().is_some_and(|open| open.is_results);
        if self.head.table.is_some() {
            let chosen_results = self.open_resources().any(|open| open.is_chosen);
            if in_results && !chosen_results && !self.is_results_chosen() {
                return Err(Error::Unsupported(
                    "a RESOURCE of type `results` far behind a table of another one".to_owned(),
                ));
            }
            self.trailer.tables_passed_over += 1;
            self.xml.skip()?;
            return Ok(false);
        }
        if !in_results && self.results_ahead()? {
            if let Some(open) = self.innermost_resource() {
                open.is_passed_over = true;
            }
            self.trailer.tables_passed_over += 1;
            self.xml.skip()?;
            return Ok(false);
        }
        self.choose();
        self.read_table_head(start)
    }

    fn is_results_chosen(&self) -> bool {
        let resource = self.head.resource.as_ref();
        resource.and_then(|resource| resource.kind.as_deref()) == Some("results")
    }

    /// Makes the open RESOURCEs the head's.
    fn choose(&mut self) {
        let mut parts = Vec::new();
        for level in &mut self.levels {
            if let Level::Resource(open) = level {
                open.is_chosen = true;
                parts.push(std::mem::take(&mut open.part));
                let mut resource = open.resource.clone();
                if open.is_results && resource.kind.is_none() {
                    resource.kind = Some("results".to_owned());
                }
                self.head.resource = Some(resource);
            }
        }
        for part in parts {
            self.keep(part);
        }
    }

    /// Whether a RESOURCE of type `results` starts not far ahead.
    fn results_ahead(&mut self) -> Result<bool> {
        if !self.xml.can_scan() {
            return Ok(false);
        }
        let offset = self.xml.offset();
        if offset < self.results_at {
            return Ok(true);
        }
        let window = self.xml.input().look_ahead(LOOK_AHEAD_BYTES);
        let window = window.map_err(|e| Error::from_io(e, offset))?;
        let found = window
            .windows(8)
            .enumerate()
            .find(|(at, word)| *word == b"RESOURCE" && is_start_of_results(window, *at));
        if let Some((at, _)) = found {
            // Tables before it need not look again.
            self.results_at = offset + at as u64;
        }
        Ok(found.is_some())
    }
}

/// Whether the word `RESOURCE` at `at` starts a tag of type `results`.
fn is_start_of_results(window: &[u8], at: usize) -> bool {
    const LONGEST_TAG_BYTES: usize = 4096;
    let before = at.checked_sub(1).and_then(|before| window.get(before));
    if !matches!(before, Some(b'<' | b':')) {
        return false;
    }
    let tag = &window[at..window.len().min(at + LONGEST_TAG_BYTES)];
    let tag = tag.iter().position(|&b| b == b'>').map_or(tag, |end| &tag[..end]);
    // Neither blanks nor quotes matter.
    let is_noise = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'\'' | b'"');
    let plain: Vec<u8> = tag.iter().copied().filter(|b| !is_noise(b)).collect();
    plain.windows(12).any(|word| word == b"type=results")
}
