//! `GET /api/v1/usage` and `/api/v1/ledger`: what somebody has, may have, and has used.

use archway_core::Error;
use archway_core::coverage::Instant;
use archway_core::labs::{Charge, ChargeKind};
use archway_core::owner::{Quota, Usage};
use axum::Json;
use axum::extract::{RawQuery, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::page_view::CountView;
use super::problem::{Problem, ProblemView};
use crate::parameters::Parameters;
use crate::state::Gateway;

/// Days of a ledger of which nothing else is said.
const DAYS: i64 = 30;

/// What you have at the moment, and what you may have.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UsageView {
    usage: AmountsView,
    quota: AmountsView,
    /// Those of `usage.volume_bytes` that lie in your own space, when it was last measured: while
    /// a lab of yours runs, and when it ended.
    space_bytes: u64,
}

/// Labs and volumes in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AmountsView {
    /// Labs that have not ended.
    labs: u32,
    /// CPU cores of them together.
    cores: f64,
    /// Memory of them together, MiB.
    memory_mib: u64,
    /// Bytes in data volumes and in your own space.
    volume_bytes: u64,
    /// Data volumes.
    volumes: u32,
}

/// What was used in a time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerView {
    /// From when, RFC 3339 UTC.
    from: String,
    /// Until when.
    until: String,
    /// The lines, oldest first, at most 10,000.
    charges: Vec<ChargeView>,
    totals: TotalsView,
    /// Always `null`.
    next: Option<String>,
    count: CountView,
}

/// One line of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChargeView {
    /// Id of the lab or volume; `space/` and your name for your own space.
    of: String,
    /// `core-hours`, `gib-hours` or `gb-days`.
    #[schema(example = "core-hours")]
    kind: &'static str,
    amount: f64,
    /// From when, RFC 3339 UTC.
    from: String,
    /// Until when.
    until: String,
}

/// Sums of the lines.
#[derive(Debug, Default, Serialize, ToSchema)]
pub(crate) struct TotalsView {
    /// Cores times hours.
    core_hours: f64,
    /// Memory times hours.
    gib_hours: f64,
    /// 10⁹ bytes of volumes times days.
    gb_days: f64,
}

/// Gives what you have at the moment, and what you may have.
#[utoipa::path(
    get,
    path = "/api/v1/usage",
    tag = "labs",
    responses((status = 200, description = "Both", body = UsageView))
)]
pub(crate) async fn usage(State(gateway): State<Gateway>) -> Result<Json<UsageView>, Problem> {
    let (usage, quota) = gateway.labs.usage(&gateway.principal).await?;
    let space_bytes = usage.space_bytes;
    let (usage, quota) = (AmountsView::from(usage), AmountsView::from(quota));
    Ok(Json(UsageView { usage, quota, space_bytes }))
}

/// Gives what you used in a time: core-hours, GiB-hours and GB-days.
#[utoipa::path(
    get,
    path = "/api/v1/ledger",
    tag = "labs",
    params(
        ("from" = Option<String>, Query, description = "RFC 3339; 30 days before `until` unless given.", example = "2026-11-01T00:00:00Z"),
        ("until" = Option<String>, Query, description = "RFC 3339; now unless given.", example = "2026-12-01T00:00:00Z"),
    ),
    responses(
        (status = 200, description = "The lines that reach into that time", body = LedgerView),
        (status = 400, description = "A parameter is wrong; `parameter` names it", body = ProblemView, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn ledger(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Json<LedgerView>, Problem> {
    let parameters = Parameters::of_query(query.as_deref());
    parameters.refuse_all_but(&["from", "until"])?;
    let until = moment(&parameters, "until")?.unwrap_or_else(|| gateway.now());
    let before = Instant(until.0.saturating_sub(DAYS * 86_400 * 1_000_000));
    let from = moment(&parameters, "from")?.unwrap_or(before);
    if from >= until {
        return Err(Error::bad_request("from", "is not before `until`").into());
    }
    let lines = gateway.labs.ledger(&gateway.principal, from, until).await?;
    let mut totals = TotalsView::default();
    for line in &lines {
        match line.kind {
            ChargeKind::CoreHours => totals.core_hours += line.amount,
            ChargeKind::GibHours => totals.gib_hours += line.amount,
            ChargeKind::GbDays => totals.gb_days += line.amount,
        }
    }
    Ok(Json(LedgerView {
        from: from.to_rfc3339(),
        until: until.to_rfc3339(),
        count: CountView { value: lines.len() as u64, exact: lines.len() < 10_000 },
        charges: lines.iter().map(ChargeView::from).collect(),
        totals,
        next: None,
    }))
}

fn moment(parameters: &Parameters, name: &str) -> Result<Option<Instant>, Error> {
    let Some(text) = parameters.one(name)? else { return Ok(None) };
    let bad = |error| Error::bad_request(name, format!("{error}"));
    Instant::parse_rfc3339(text).map(Some).map_err(bad)
}

impl From<Usage> for AmountsView {
    fn from(usage: Usage) -> Self {
        Self {
            labs: usage.labs,
            cores: usage.cores,
            memory_mib: usage.memory_mib,
            volume_bytes: usage.volume_bytes,
            volumes: usage.volumes,
        }
    }
}

impl From<Quota> for AmountsView {
    fn from(quota: Quota) -> Self {
        Self {
            labs: quota.labs,
            cores: quota.cores,
            memory_mib: quota.memory_mib,
            volume_bytes: quota.volume_bytes,
            volumes: quota.volumes,
        }
    }
}

impl From<&Charge> for ChargeView {
    fn from(charge: &Charge) -> Self {
        Self {
            of: charge.of.clone(),
            kind: charge.kind.name(),
            amount: charge.amount,
            from: charge.from.to_rfc3339(),
            until: charge.until.to_rfc3339(),
        }
    }
}
