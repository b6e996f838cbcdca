//! What a Jupyter server says of its kernels and terminals.
//!
//! Rules: a kernel that computes is activity even if it says nothing. That a tab is open
//! (`connections`) is none, and neither is the server's own `last_activity`, which an open tab
//! moves.

use archway_core::coverage::Instant;
use archway_core::labs::Activity;
use serde::Deserialize;

#[derive(Deserialize)]
struct Kernel {
    execution_state: Option<String>,
    last_activity: Option<String>,
}

#[derive(Deserialize)]
struct Terminal {
    last_activity: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    started: Option<String>,
}

/// From the answers of `api/kernels` and `api/terminals`; `None` if there are none of both.
pub(super) fn activity(kernels: &[u8], terminals: &[u8]) -> Option<Activity> {
    let (Ok(kernels), Ok(terminals)) = (
        serde_json::from_slice::<Vec<Kernel>>(kernels),
        serde_json::from_slice::<Vec<Terminal>>(terminals),
    ) else {
        return Some(Activity::Unknown);
    };
    let busy = |kernel: &Kernel| matches!(kernel.execution_state.as_deref(), Some("busy"));
    if kernels.iter().any(busy) {
        return Some(Activity::Busy);
    }
    if kernels.is_empty() && terminals.is_empty() {
        return None;
    }
    let of_kernels = kernels.iter().map(|kernel| &kernel.last_activity);
    let times = of_kernels.chain(terminals.iter().map(|terminal| &terminal.last_activity));
    let last = times.filter_map(|time| instant(time.as_deref()?)).max();
    Some(last.map_or(Activity::Unknown, Activity::Last))
}

/// From the answer of `api/status`.
pub(super) fn started(status: &[u8]) -> Option<Activity> {
    let status: Status = serde_json::from_slice(status).ok()?;
    Some(Activity::Last(instant(&status.started?)?))
}

/// A time as Jupyter writes it: `2026-11-26T02:00:00.123456Z`, in UTC.
fn instant(text: &str) -> Option<Instant> {
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00"))?;
    let (date, time) = text.split_once('T')?;
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.splitn(3, ':');
    let (hours, minutes) = (time.next()?.parse::<i64>().ok()?, time.next()?.parse::<i64>().ok()?);
    let seconds: f64 = time.next()?.parse().ok()?;
    let in_range = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0.0..61.0).contains(&seconds);
    if !in_range {
        return None;
    }
    // Days since 1970, with years that begin in March, so that leap days come last.
    let (shifted_year, shifted_month) =
        if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + (153 * shifted_month + 2) / 5
        + day
        - 1
        - 719_468;
    #[expect(clippy::cast_possible_truncation, reason = "at most 61 million")]
    let us = (seconds * 1e6) as i64;
    Some(Instant::from_utc_us(((days * 24 + hours) * 60 + minutes) * 60_000_000 + us))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str) -> Activity {
        Activity::Last(instant(text).unwrap())
    }

    #[test]
    fn a_busy_kernel_is_activity_and_an_open_tab_is_none() {
        let kernel = |state: &str, at: &str, tabs: u32| {
            format!(
                "{{\"id\":\"k\",\"name\":\"python3\",\"execution_state\":\"{state}\",\
                 \"last_activity\":\"{at}\",\"connections\":{tabs}}}"
            )
        };
        let old = "2026-11-26T01:00:00.000000Z";
        let new = "2026-11-26T02:00:00.500000Z";
        let cases = [
            ("[]".to_owned(), "[]".to_owned(), None),
            (format!("[{}]", kernel("idle", old, 3)), "[]".into(), Some(last(old))),
            (format!("[{}]", kernel("busy", old, 0)), "[]".into(), Some(Activity::Busy)),
            (
                format!("[{},{}]", kernel("idle", new, 0), kernel("idle", old, 1)),
                "[]".into(),
                Some(last(new)),
            ),
            (
                format!("[{}]", kernel("idle", old, 1)),
                format!("[{{\"name\":\"1\",\"last_activity\":\"{new}\"}}]"),
                Some(last(new)),
            ),
            ("{}".into(), "[]".into(), Some(Activity::Unknown)),
            ("[{}]".into(), "[]".into(), Some(Activity::Unknown)),
            ("<html>".into(), "[]".into(), Some(Activity::Unknown)),
        ];
        for (kernels, terminals, expected) in cases {
            assert_eq!(activity(kernels.as_bytes(), terminals.as_bytes()), expected, "{kernels}");
        }
    }

    #[test]
    fn times_are_read_as_utc() {
        let us = |text: &str| instant(text).map(Instant::to_utc_us);
        assert_eq!(us("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(us("2024-02-29T12:00:00.250000Z"), Some(1_709_208_000_250_000));
        assert_eq!(us("2026-11-26T02:00:00+00:00"), Some(1_795_658_400_000_000));
        for wrong in ["", "2026", "2026-11-26", "2026-13-01T00:00:00Z", "2026-11-26T02:00:00"] {
            assert_eq!(us(wrong), None, "{wrong}");
        }
        assert_eq!(
            started(b"{\"started\":\"1970-01-01T00:00:00Z\"}"),
            Some(last("1970-01-01T00:00:00Z"))
        );
        assert_eq!(started(b"{}"), None);
    }
}
