//! Labs, their events and the ledger in memory.

use async_trait::async_trait;

use super::{MemoryKeeper, before, remember};
use crate::Error;
use crate::coverage::Instant;
use crate::labs::{Charge, Lab, LabEvent, LabId, LabKeeper, Reserved};
use crate::owner::{Owner, Quota, Usage};

#[async_trait]
impl LabKeeper for MemoryKeeper {
    async fn reserve(
        &self,
        lab: &Lab,
        key: Option<(&str, &str)>,
        quota: &Quota,
    ) -> Result<Reserved, Error> {
        self.call(|kept| {
            if let Some(id) = before(&kept.lab_keys, &lab.owner, key)?
                && let Some(lab) = kept.labs.iter().find(|lab| lab.id.0 == id)
            {
                return Ok(Reserved::Before(lab.clone()));
            }
            let usage = kept.usage(&lab.owner);
            let of_owner = |other: &&Lab| other.owner == lab.owner && !other.state.has_ended();
            let users: Vec<String> = kept
                .labs
                .iter()
                .filter(of_owner)
                .take(10)
                .map(|lab| format!("`{}` ({})", lab.title, lab.id))
                .collect();
            exceeded(lab, &usage, quota, &users.join(", "))?;
            remember(&mut kept.lab_keys, &lab.owner, key, &lab.id.0);
            kept.labs.push(lab.clone());
            Ok(Reserved::New(lab.clone()))
        })
        .await
    }

    async fn lab(&self, id: &LabId) -> Result<Option<Lab>, Error> {
        self.call(|kept| Ok(kept.labs.iter().find(|lab| lab.id == *id).cloned())).await
    }

    async fn labs(&self, owner: &Owner, running: bool, most: u32) -> Result<Vec<Lab>, Error> {
        self.call(|kept| {
            let wanted = |lab: &&Lab| lab.owner == *owner && !(running && lab.state.has_ended());
            Ok(kept.labs.iter().rev().filter(wanted).take(most as usize).cloned().collect())
        })
        .await
    }

    async fn running_labs(&self) -> Result<Vec<Lab>, Error> {
        self.call(|kept| {
            Ok(kept.labs.iter().filter(|lab| !lab.state.has_ended()).cloned().collect())
        })
        .await
    }

    async fn save_lab(&self, lab: &Lab, event: Option<&LabEvent>) -> Result<bool, Error> {
        self.call(|kept| {
            let same = |one: &&mut Lab| one.id == lab.id && one.revision == lab.revision;
            let Some(place) = kept.labs.iter_mut().find(same) else { return Ok(false) };
            *place = Lab { revision: lab.revision + 1, ..lab.clone() };
            if let Some(event) = event {
                let events = kept.events.entry(lab.id.0.clone()).or_default();
                events.push(LabEvent { number: events.len() as u64 + 1, ..event.clone() });
            }
            Ok(true)
        })
        .await
    }

    async fn add_event(&self, id: &LabId, event: &LabEvent) -> Result<(), Error> {
        self.call(|kept| {
            if kept.labs.iter().any(|lab| lab.id == *id) {
                let events = kept.events.entry(id.0.clone()).or_default();
                events.push(LabEvent { number: events.len() as u64 + 1, ..event.clone() });
            }
            Ok(())
        })
        .await
    }

    async fn events(&self, id: &LabId, after: u64) -> Result<Vec<LabEvent>, Error> {
        self.call(|kept| {
            let events = kept.events.get(&id.0).into_iter().flatten();
            Ok(events.filter(|event| event.number > after).take(1_000).cloned().collect())
        })
        .await
    }

    async fn remove_lab(&self, id: &LabId) -> Result<bool, Error> {
        self.call(|kept| {
            let count = kept.labs.len();
            kept.labs.retain(|lab| lab.id != *id || !lab.state.has_ended());
            let removed = kept.labs.len() < count;
            if removed {
                kept.events.remove(&id.0);
                kept.lab_keys.retain(|_, (_, lab)| *lab != id.0);
            }
            Ok(removed)
        })
        .await
    }

    async fn usage(&self, owner: &Owner) -> Result<Usage, Error> {
        self.call(|kept| Ok(kept.usage(owner))).await
    }

    async fn charge(&self, charges: &[Charge]) -> Result<(), Error> {
        self.call(|kept| {
            for charge in charges {
                let same = |one: &Charge| {
                    one.of == charge.of && one.kind == charge.kind && one.from == charge.from
                };
                kept.charges.retain(|one| !same(one));
                kept.charges.push(charge.clone());
            }
            kept.charges.sort_by_key(|charge| charge.from);
            Ok(())
        })
        .await
    }

    async fn ledger(
        &self,
        owner: &Owner,
        from: Instant,
        until: Instant,
    ) -> Result<Vec<Charge>, Error> {
        self.call(|kept| {
            let wanted =
                |one: &&Charge| one.owner == *owner && one.until >= from && one.from <= until;
            Ok(kept.charges.iter().filter(wanted).take(10_000).cloned().collect())
        })
        .await
    }
}

fn exceeded(lab: &Lab, usage: &Usage, quota: &Quota, users: &str) -> Result<(), Error> {
    let cores = usage.cores + lab.size.cores;
    let memory_mib = usage.memory_mib + lab.size.memory_mib;
    let limit = if usage.labs >= quota.labs {
        format!("{} labs are all you may have", quota.labs)
    } else if cores > quota.cores {
        format!("{cores} cores would be more than the {} you may have", quota.cores)
    } else if memory_mib > quota.memory_mib {
        format!("{memory_mib} MiB would be more than the {} you may have", quota.memory_mib)
    } else if let Some(reason) = usage.too_many_bytes(quota, !lab.volumes.is_empty()) {
        return Err(Error::QuotaExceeded { reason });
    } else {
        return Ok(());
    };
    Err(Error::QuotaExceeded { reason: format!("{limit}; in use by {users}") })
}
