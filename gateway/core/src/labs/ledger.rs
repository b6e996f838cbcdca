//! What labs and volumes used, for the ledger that the user sees.
//!
//! Rules: a line is named by what it is of and by when it begins, and grows by being replaced, so
//! that writing it twice counts once; labs are charged from when they were ready.

use std::time::Duration;

use super::engine::Engine;
use super::words::gib;
use super::{Charge, ChargeKind, Lab};
use crate::Error;
use crate::coverage::Instant;
use crate::owner::{Owner, Space};
use crate::permission::Principal;
use crate::volumes::Volume;

const HOUR_US: f64 = 3_600e6;
const DAY: Duration = Duration::from_secs(86_400);
const DAY_US: i64 = 86_400_000_000;

impl Engine {
    /// Writes what a lab used until then.
    pub(super) async fn charge(&self, lab: &Lab, until: Instant) -> Result<(), Error> {
        let charges = charges(lab, until);
        if charges.is_empty() { Ok(()) } else { self.need.keeper.charge(&charges).await }
    }

    /// Writes what volumes and the owner's space use today, and what volumes used yesterday, when
    /// nobody may have counted until midnight.
    pub(super) async fn charge_volumes(&self) -> Result<(), Error> {
        let now = self.now();
        let today_utc_us = now.to_utc_us().div_euclid(DAY_US) * DAY_US;
        let today = Instant::from_utc_us(today_utc_us);
        let yesterday = Instant::from_utc_us(today_utc_us - DAY_US);
        // Until sign-on exists there is one principal.
        let volumes = self.need.volumes.list(&Principal::Local).await?;
        let fixed = volumes.iter().filter(|volume| !volume.writable);
        // What is written in today says nothing of yesterday.
        let before = fixed.filter_map(|volume| volume_charge(volume, yesterday, today));
        let since = volumes.iter().filter_map(|volume| volume_charge(volume, today, now));
        let mut lines: Vec<Charge> = before.chain(since).collect();
        let owner = Principal::Local.owner();
        let space = self.need.volumes.space_held(&owner).await?;
        lines.extend(space.and_then(|space| space_charge(&owner, &space, today, now)));
        if lines.is_empty() { Ok(()) } else { self.need.keeper.charge(&lines).await }
    }
}

fn charges(lab: &Lab, until: Instant) -> Vec<Charge> {
    let Some(from) = lab.ready.filter(|ready| *ready < until) else { return Vec::new() };
    let hours = (until.0 - from.0) as f64 / HOUR_US;
    let charge = |kind: ChargeKind, amount: f64| Charge {
        owner: lab.owner.clone(),
        of: lab.id.0.clone(),
        kind,
        amount: amount * hours,
        from,
        until,
    };
    vec![
        charge(ChargeKind::CoreHours, lab.size.cores),
        charge(ChargeKind::GibHours, gib(lab.size.memory_mib)),
    ]
}

fn volume_charge(volume: &Volume, from: Instant, until: Instant) -> Option<Charge> {
    let from = from.max(volume.created);
    gb_days(&volume.owner, volume.id.0.clone(), volume.progress.bytes, from, until)
}

fn space_charge(owner: &Owner, space: &Space, from: Instant, until: Instant) -> Option<Charge> {
    gb_days(owner, format!("space/{owner}"), space.bytes, from.max(space.since), until)
}

fn gb_days(owner: &Owner, of: String, bytes: u64, from: Instant, until: Instant) -> Option<Charge> {
    if from >= until || bytes == 0 {
        return None;
    }
    let days = (until.0 - from.0) as f64 / DAY.as_micros() as f64;
    Some(Charge {
        owner: owner.clone(),
        of,
        kind: ChargeKind::GbDays,
        amount: bytes as f64 / 1e9 * days,
        from,
        until,
    })
}
