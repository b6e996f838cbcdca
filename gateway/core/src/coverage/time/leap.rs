//! The step between UTC and TAI.

use std::sync::LazyLock;

use hifitime::leap_seconds::LatestLeapSeconds;

/// 1970 in seconds since 1900, which the leap table counts in.
const UNIX_IN_1900_S: i64 = 2_208_988_800;
/// Before 1972 UTC is continued backwards with this step, so that it has no gap:
/// the true step grew from 0 in 1958 to 10 s in 1972.
const FIRST_STEP_US: i64 = 10_000_000;

/// One leap second: from when on, and TAI - UTC from then on.
struct Leap {
    utc_us: i64,
    step_us: i64,
}

/// Latest first, because most data is recent. The IERS announcements in hifitime's table.
static LEAPS: LazyLock<Vec<Leap>> = LazyLock::new(|| {
    let announced = LatestLeapSeconds::default().filter(|leap| leap.announced_by_iers);
    let mut leaps: Vec<Leap> = announced
        .map(|leap| Leap {
            utc_us: (leap.timestamp_tai_s as i64 - UNIX_IN_1900_S) * 1_000_000,
            step_us: leap.delta_at as i64 * 1_000_000,
        })
        .collect();
    leaps.reverse();
    leaps
});

/// Returns TAI - UTC in microseconds at a moment of UTC, counted without leap seconds.
pub(super) fn step_at_utc_us(utc_us: i64) -> i64 {
    LEAPS.iter().find(|leap| utc_us >= leap.utc_us).map_or(FIRST_STEP_US, |leap| leap.step_us)
}

/// What a moment of TAI is in UTC.
pub(super) enum Utc {
    /// Microseconds since 1970, counted without leap seconds.
    Count(i64),
    /// Inside a leap second: the count of the second before it, and the microseconds since
    /// the leap second began.
    Leap { second_before_us: i64, into_us: i64 },
}

/// Returns the UTC of a moment of TAI.
pub(super) fn utc_of_tai_us(tai_us: i64) -> Utc {
    let mut later: Option<&Leap> = None;
    for leap in LEAPS.iter() {
        if tai_us >= leap.utc_us.saturating_add(leap.step_us) {
            break;
        }
        later = Some(leap);
    }
    let step_us = match later {
        None => LEAPS.first().map_or(FIRST_STEP_US, |leap| leap.step_us),
        Some(leap) => step_at_utc_us(leap.utc_us - 1),
    };
    let count = tai_us.saturating_sub(step_us);
    match later {
        Some(leap) if count >= leap.utc_us => {
            Utc::Leap { second_before_us: leap.utc_us - 1_000_000, into_us: count - leap.utc_us }
        }
        _ => Utc::Count(count),
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAPS, Utc, step_at_utc_us, utc_of_tai_us};

    #[test]
    fn the_steps_are_those_the_iers_published() {
        // Bulletin C 1 to 52: seconds since 1970 of the first second with the new step.
        let cases = [
            ("1972-01-01", 63_072_000, 10),
            ("1980-01-01", 315_532_800, 19),
            ("1999-01-01", 915_148_800, 32),
            ("2017-01-01", 1_483_228_800, 37),
        ];
        for (name, utc_s, step_s) in cases {
            assert_eq!(step_at_utc_us(utc_s * 1_000_000), step_s * 1_000_000, "case: {name}");
            let before = if step_s == 10 { 10 } else { step_s - 1 };
            assert_eq!(step_at_utc_us(utc_s * 1_000_000 - 1), before * 1_000_000, "before {name}");
        }
        assert_eq!(LEAPS.len(), 28);
    }

    #[test]
    fn a_leap_second_has_a_place_of_its_own() {
        let start = 1_483_228_800_000_000 + 36_000_000;
        assert!(matches!(utc_of_tai_us(start - 1), Utc::Count(1_483_228_799_999_999)));
        let inside = utc_of_tai_us(start + 500_000);
        assert!(matches!(
            inside,
            Utc::Leap { second_before_us: 1_483_228_799_000_000, into_us: 500_000 }
        ));
        assert!(matches!(utc_of_tai_us(start + 1_000_000), Utc::Count(1_483_228_800_000_000)));
    }
}
