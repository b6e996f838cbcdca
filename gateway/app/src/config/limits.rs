//! `[limits]`, and `limits` of an archive: what one call of a plugin may use.
//!
//! The keys and their ranges are those of `archway_host::Limits`, beside the code they bound.

use archway_host::{Limits, LimitsTable};

use super::report::Report;

/// Returns the defaults with what `written` changes; what is wrong in it is reported.
pub(super) fn check(written: &LimitsTable, report: &mut Report<'_>) -> Limits {
    Limits::default().overridden(written).unwrap_or_else(|problems| {
        for problem in problems {
            let key = problem.key.strip_prefix("limits.").unwrap_or(&problem.key);
            report.wrong(key, problem.message);
        }
        Limits::default()
    })
}

/// As they are written, every key given.
pub(super) fn written(limits: &Limits) -> toml::Table {
    let Limits {
        memory_mib,
        cpu_ms,
        wall_ms,
        harvest_wall_ms,
        output_rows,
        output_mib,
        host_calls,
        handles,
        requests,
        concurrency,
        cache_mib,
        log_lines_per_s,
    } = limits;
    let rows = [
        ("memory_mib", memory_mib),
        ("cpu_ms", cpu_ms),
        ("wall_ms", wall_ms),
        ("harvest_wall_ms", harvest_wall_ms),
        ("output_rows", output_rows),
        ("output_mib", output_mib),
        ("host_calls", host_calls),
        ("handles", handles),
        ("requests", requests),
        ("concurrency", concurrency),
        ("cache_mib", cache_mib),
        ("log_lines_per_s", log_lines_per_s),
    ];
    rows.into_iter().map(|(key, value)| (key.to_owned(), i64::from(*value).into())).collect()
}
