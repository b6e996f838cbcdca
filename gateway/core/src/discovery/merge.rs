//! Many sources become one page: k-way merge by key, duplicates made one.
//!
//! Order is by (key, place of the archive in the configuration, place in the archive's answer),
//! so a page does not depend on which archive was quickest.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::identity::{Identity, Kind, contradict, id_hash, remember, was_shown};
use super::source::{Asking, Source};
use crate::asset::Asset;

/// An item: the number of its source, and its own number there.
type At = (usize, usize);

/// The sources of a page, in the order of the configuration.
pub(super) struct Merge {
    pub(super) sources: Vec<Source>,
    bearers: HashMap<Identity, Bearers>,
    /// How many items of each source are in `bearers`.
    indexed: Vec<usize>,
    /// Mutual mirrors of each source.
    mirrors: Vec<Vec<usize>>,
    /// What earlier pages showed.
    seen: HashSet<u64>,
    /// What this page showed, for later ones.
    pub(super) shown: Vec<u64>,
}

/// Who has an identity.
#[derive(Default)]
struct Bearers {
    /// At most one of each archive (of [`Kind::Id`], all).
    items: Vec<At>,
    /// Archives of which several have it, so that it names none of them.
    shared: Vec<usize>,
}

impl Merge {
    pub(super) fn new(sources: Vec<Source>, seen: HashSet<u64>) -> Self {
        let mirrors = sources.iter().map(|a| {
            let mutual = sources.iter().enumerate().filter(|(_, b)| {
                a.info.mirrors.contains(&b.info.id) && b.info.mirrors.contains(&a.info.id)
            });
            mutual.map(|(number, _)| number).collect()
        });
        Self {
            mirrors: mirrors.collect(),
            indexed: vec![0; sources.len()],
            bearers: HashMap::new(),
            seen,
            shown: Vec::new(),
            sources,
        }
    }

    /// At most `limit` assets; sources that run dry are read on, up to the deadline.
    pub(super) async fn page(&mut self, asking: &Asking, limit: usize) -> Vec<Asset> {
        self.index();
        let mut page = Vec::new();
        let mut heads = BinaryHeap::new();
        for source in 0..self.sources.len() {
            heads.extend(self.next_of(source, asking, limit).await);
        }
        while page.len() < limit {
            let Some(Reverse((_, source, number))) = heads.pop() else { break };
            // It may have been merged into an earlier one meanwhile.
            if self.item_is_there((source, number)) {
                if self.shown_before((source, number)) {
                    self.take((source, number));
                    if let Some(source) = self.sources.get_mut(source) {
                        source.repeated += 1;
                    }
                } else {
                    let group = self.group((source, number));
                    page.extend(self.unite(&group, (source, number)));
                }
            }
            heads.extend(self.next_of(source, asking, limit - page.len()).await);
        }
        page
    }

    /// Counts what waits and is not a duplicate. Uses the assets up: places are taken before.
    pub(super) fn count_rest(&mut self) -> u64 {
        let mut rest = 0;
        for source in 0..self.sources.len() {
            let queue: Vec<usize> = match self.sources.get(source) {
                Some(source) => source.queue().collect(),
                None => Vec::new(),
            };
            for number in queue {
                let at = (source, number);
                if self.item_is_there(at) && !self.shown_before(at) {
                    rest += 1;
                    for member in self.group(at) {
                        self.take(member);
                    }
                }
            }
        }
        rest
    }

    /// The head of a source, read on if need be.
    async fn next_of(
        &mut self,
        number: usize,
        asking: &Asking,
        want: usize,
    ) -> Option<Reverse<(i64, usize, usize)>> {
        loop {
            let source = self.sources.get_mut(number)?;
            if let Some(head) = source.head() {
                let key = source.items.get(head)?.key;
                return Some(Reverse((key, number, head)));
            }
            if source.ended || source.failure.is_some() || source.paused || want == 0 {
                return None;
            }
            source.fill(asking, want).await;
            self.index();
        }
    }

    /// Takes new items into `bearers`.
    fn index(&mut self) {
        for (source, (indexed, all)) in self.indexed.iter_mut().zip(&self.sources).enumerate() {
            for (number, item) in all.items.iter().enumerate().skip(*indexed) {
                if item.asset.is_none() {
                    continue;
                }
                for identity in &item.identities {
                    match self.bearers.entry(*identity) {
                        Entry::Vacant(entry) => {
                            entry.insert(Bearers {
                                items: vec![(source, number)],
                                shared: Vec::new(),
                            });
                        }
                        Entry::Occupied(mut entry) => {
                            let bearers = entry.get_mut();
                            let again = bearers.items.iter().any(|(other, _)| *other == source);
                            if identity.kind == Kind::Id || !again {
                                bearers.items.push((source, number));
                            } else if !bearers.shared.contains(&source) {
                                bearers.shared.push(source);
                            }
                        }
                    }
                }
            }
            *indexed = all.items.len();
        }
    }

    fn asset(&self, (source, number): At) -> Option<&Asset> {
        self.sources.get(source)?.items.get(number)?.asset.as_ref()
    }

    fn item_is_there(&self, at: At) -> bool {
        self.asset(at).is_some()
    }

    fn identities(&self, (source, number): At) -> &[Identity] {
        let item = self.sources.get(source).and_then(|source| source.items.get(number));
        item.map(|item| item.identities.as_slice()).unwrap_or_default()
    }

    fn take(&mut self, (source, number): At) -> Option<Asset> {
        self.sources.get_mut(source)?.items.get_mut(number)?.asset.take()
    }

    fn shown_before(&self, at: At) -> bool {
        if self.seen.is_empty() {
            return false;
        }
        let Some(asset) = self.asset(at) else { return false };
        let mirrors = self.mirrors.get(at.0).into_iter().flatten();
        let mirrors = mirrors.filter_map(|number| self.sources.get(*number));
        let mirrors: Vec<&str> = mirrors.map(|source| source.info.id.as_str()).collect();
        let names_it = |identity: &Identity| {
            self.bearers.get(identity).is_none_or(|bearers| !bearers.shared.contains(&at.0))
        };
        was_shown(asset, self.identities(at), &self.seen, &mirrors, names_it)
    }

    /// All items that are the same asset as this one, itself first.
    fn group(&self, first: At) -> Vec<At> {
        let mut group = vec![first];
        let mut looked_at = 0;
        while let Some(member) = group.get(looked_at).copied() {
            looked_at += 1;
            for identity in self.identities(member) {
                let Some(bearers) = self.bearers.get(identity) else { continue };
                if bearers.items.len() < 2 {
                    continue;
                }
                for other in &bearers.items {
                    if !group.contains(other)
                        && self.item_is_there(*other)
                        && self.joins(identity.kind, bearers, member, *other, &group)
                    {
                        group.push(*other);
                    }
                }
            }
        }
        group
    }

    fn joins(&self, kind: Kind, bearers: &Bearers, a: At, b: At, group: &[At]) -> bool {
        let names_both =
            || a.0 != b.0 && !bearers.shared.contains(&a.0) && !bearers.shared.contains(&b.0);
        match kind {
            Kind::Id => true,
            Kind::PublisherDid | Kind::Doi | Kind::Checksum => names_both(),
            Kind::Name => {
                let told_apart = |member: &At| match (self.asset(*member), self.asset(b)) {
                    (Some(x), Some(y)) => contradict(x, y),
                    _ => false,
                };
                names_both()
                    && self.mirrors.get(a.0).is_some_and(|mirrors| mirrors.contains(&b.0))
                    && !group.iter().any(told_apart)
            }
        }
    }

    /// Makes one asset of a group: that of the archive first in the configuration, with the
    /// distributions of all.
    fn unite(&mut self, group: &[At], popped: At) -> Option<Asset> {
        let mut members = group.to_vec();
        members.sort_unstable();
        let mut united: Option<Asset> = None;
        for member in members {
            let known_by = self.identities(member).to_vec();
            let asset = self.take(member)?;
            if let Some(source) = self.sources.get_mut(member.0) {
                source.rows += 1;
            }
            remember(&asset, &known_by, &mut self.shown);
            if member != popped {
                // It waits further on, where a later page would find it again.
                self.shown.push(id_hash(&asset));
            }
            match &mut united {
                None => united = Some(asset),
                Some(united) => add_copy(united, asset),
            }
        }
        united
    }
}

fn add_copy(united: &mut Asset, copy: Asset) {
    for mut distribution in copy.distributions {
        let known = united.distributions.iter().any(|known| {
            known.location == distribution.location
                && known.id == distribution.id
                && known.role == distribution.role
        });
        if !known {
            if copy.id.archive != united.id.archive && distribution.provider.is_none() {
                distribution.provider = Some(copy.id.archive.to_string());
            }
            united.distributions.push(distribution);
        }
    }
    if copy.id != united.id && !united.copies.contains(&copy.id) {
        united.copies.push(copy.id);
    }
}
