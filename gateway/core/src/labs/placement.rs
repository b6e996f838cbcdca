//! Where a lab can run, in words, and which backend is taken.
//!
//! The policy: the operator's order, of those that can run it. That data lies where the lab runs
//! is so for every backend of this machine; a backend that is elsewhere will say so here.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::engine::Engine;
use super::launch::Plan;
use super::words::{bytes, gib};
use super::{BackendReport, LabBackend, Verdict};
use crate::Error;
use crate::owner::Usage;
use crate::volumes::VolumeState;

/// How long a report is believed, of a backend that can be used and of one that cannot.
const BELIEVED: Duration = Duration::from_secs(180);
const DOUBTED: Duration = Duration::from_secs(3);
/// How long a backend may think about its report.
const REPORT_WITHIN: Duration = Duration::from_secs(10);

impl Engine {
    /// What a backend can do here; remembered for a while.
    pub(super) async fn report(&self, backend: &Arc<dyn LabBackend>) -> BackendReport {
        let now = tokio::time::Instant::now();
        let known = {
            let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
            reports.get(backend.id()).cloned()
        };
        if let Some((at, report)) = known {
            let lasts = if report.unusable.is_none() { BELIEVED } else { DOUBTED };
            if now.saturating_duration_since(at) < lasts {
                return report;
            }
        }
        self.new_report(backend).await
    }

    /// The same, asked now: the sweep does so each minute, and a launch need not wait for it.
    pub(super) async fn new_report(&self, backend: &Arc<dyn LabBackend>) -> BackendReport {
        let asked = tokio::time::timeout(REPORT_WITHIN, backend.report()).await;
        let report = asked.unwrap_or_else(|_| BackendReport {
            unusable: Some("it does not say what it can do; it may be down".to_owned()),
            facts: Vec::new(),
            several_users: false,
            cores: None,
            memory_mib: None,
        });
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.insert(backend.id().to_owned(), (tokio::time::Instant::now(), report.clone()));
        report
    }

    /// What would become of the plan on each backend. Quota is judged by the store at the launch;
    /// here it is what the owner has at the moment.
    pub(super) async fn judge(&self, plan: &Plan, usage: &Usage) -> Vec<Verdict> {
        let (quota, full) = self.quota_words(plan, usage);
        let mut verdicts: Vec<Verdict> = Vec::new();
        for backend in &self.need.backends {
            let report = self.report(backend).await;
            let asked = plan.backend.as_deref();
            let hindrance = self.hindrance(plan, backend, &report).or_else(|| full.clone());
            let free = verdicts.iter().all(|verdict| !verdict.chosen);
            let chosen =
                hindrance.is_none() && free && asked.is_none_or(|asked| asked == backend.id());
            let words = match &hindrance {
                Some(reason) => reason.clone(),
                None if chosen && asked.is_none() => "recommended".to_owned(),
                None if chosen => "chosen by you".to_owned(),
                None => "possible".to_owned(),
            };
            let broken = report.facts.iter().filter(|fact| !fact.holds);
            verdicts.push(Verdict {
                backend: backend.id().to_owned(),
                title: backend.title().to_owned(),
                data: data_words(plan),
                quota: quota.clone(),
                words,
                possible: hindrance.is_none(),
                chosen,
                notices: broken
                    .map(|fact| match &fact.why {
                        Some(why) => format!("does not hold here: {} ({why})", fact.what),
                        None => format!("does not hold here: {}", fact.what),
                    })
                    .collect(),
            });
        }
        verdicts
    }

    /// The backend that the plan runs on. That quota is full is the store's to say.
    pub(super) async fn choose(&self, plan: &Plan) -> Result<Arc<dyn LabBackend>, Error> {
        let asked = plan.backend.as_deref();
        let candidates: Vec<_> = {
            let wanted = |backend: &&Arc<dyn LabBackend>| asked.is_none_or(|id| id == backend.id());
            self.need.backends.iter().filter(wanted).collect()
        };
        let mut hindrances = Vec::new();
        for backend in candidates {
            let report = self.report(backend).await;
            match self.hindrance(plan, backend, &report) {
                None => return Ok(Arc::clone(backend)),
                Some(reason) => hindrances.push((backend.id().to_owned(), reason, report.unusable)),
            }
        }
        let temporary = hindrances.iter().any(|(_, _, unusable)| unusable.is_some());
        let named = |(id, reason, _): &(String, String, _)| format!("{id}: {reason}");
        Err(match hindrances.as_slice() {
            [] => Error::Backend {
                backend: asked.unwrap_or("none").to_owned(),
                reason: "no lab backend is configured".to_owned(),
                temporary: false,
            },
            [(id, reason, _)] => {
                Error::Backend { backend: id.clone(), reason: reason.clone(), temporary }
            }
            several => Error::Backend {
                backend: "any".to_owned(),
                reason: several.iter().map(named).collect::<Vec<_>>().join("; "),
                temporary,
            },
        })
    }

    /// Why the plan cannot run there, whoever asks.
    fn hindrance(
        &self,
        plan: &Plan,
        backend: &Arc<dyn LabBackend>,
        report: &BackendReport,
    ) -> Option<String> {
        let (size, machine) = (&plan.size, (report.cores, report.memory_mib));
        if let Some(reason) = &report.unusable {
            return Some(reason.clone());
        }
        if self.need.config.several_users && !report.several_users {
            return Some(
                "it does not keep users apart, and this gateway serves several".to_owned(),
            );
        }
        if let Some(reason) = backend.unsuited(&plan.app, size) {
            return Some(reason);
        }
        match machine {
            (Some(cores), _) if cores < size.cores => {
                Some(format!("it has {cores} cores, and size {} wants {}", size.name, size.cores))
            }
            (_, Some(memory)) if memory < size.memory_mib => Some(format!(
                "it has {:.1} GiB of memory, and size {} wants {:.1}",
                gib(memory),
                size.name,
                gib(size.memory_mib)
            )),
            _ => None,
        }
    }

    /// What the owner would have with this lab, and why it is too much if it is.
    pub(super) fn quota_words(&self, plan: &Plan, usage: &Usage) -> (String, Option<String>) {
        let quota = &self.need.config.quota;
        let labs = usage.labs + 1;
        let cores = usage.cores + plan.size.cores;
        let memory_mib = usage.memory_mib + plan.size.memory_mib;
        let words = format!(
            "{labs} of {} labs, {cores} of {} cores, {:.1} of {:.1} GiB with this one",
            quota.labs,
            quota.cores,
            gib(memory_mib),
            gib(quota.memory_mib)
        );
        let over = labs > quota.labs || cores > quota.cores || memory_mib > quota.memory_mib;
        let full = over.then(|| format!("more than you may have: {words}; end a lab first"));
        let sees_volumes = plan.data.is_some() || !plan.volumes.is_empty();
        let full = full.or_else(|| usage.too_many_bytes(quota, sees_volumes));
        (words, full)
    }
}

fn data_words(plan: &Plan) -> String {
    if plan.data.is_some() {
        return "copied here before the lab starts".to_owned();
    }
    let volumes = plan.volumes.iter();
    let missing = volumes.filter(|volume| volume.state != VolumeState::Ready);
    let (count, left) = missing.fold((0, 0), |(count, left), volume| {
        let progress = &volume.progress;
        (count + 1, left + progress.bytes_total.saturating_sub(progress.bytes))
    });
    match count {
        0 if plan.volumes.is_empty() => "no data volumes".to_owned(),
        0 => "100 % here".to_owned(),
        _ => format!("{} still to arrive", bytes(left)),
    }
}
