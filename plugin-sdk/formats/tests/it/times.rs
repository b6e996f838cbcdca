//! Times in all their dialects.

use archway_formats::time::{
    DAY_US, format_timestamp, instant_to_mjd, jd_to_instant, mjd_to_instant, parse_any,
    parse_timestamp,
};
use proptest::prelude::*;

#[test]
fn every_dialect_of_iso_8601_is_read() {
    const NOON: i64 = 1_785_542_400_000_000 + 12 * 3_600_000_000; // 2026-08-01T12:00:00
    let cases: &[(&str, Option<i64>)] = &[
        ("1970-01-01T00:00:00", Some(0)),
        ("1969-12-31T23:59:59.5", Some(-500_000)),
        ("2026-08-01T12:00:00", Some(NOON)),
        ("2026-08-01 12:00:00", Some(NOON)),
        ("2026-08-01t12:00:00z", Some(NOON)),
        ("  2026-08-01T12:00:00Z ", Some(NOON)),
        ("2026-08-01T12:00:00 UTC", Some(NOON)),
        ("2026-08-01T12:00", Some(NOON)),
        ("2026-08-01T12", Some(NOON)),
        ("2026-08-01T12Z", Some(NOON)),
        ("2026-08-01", Some(NOON - DAY_US / 2)),
        ("2026-08-01Z", Some(NOON - DAY_US / 2)),
        ("2026-08", Some(NOON - DAY_US / 2)),
        ("2026", Some(1_767_225_600_000_000)),
        ("2026-08-01T12:00:00.", Some(NOON)),
        ("2026-08-01T12:00:00.1", Some(NOON + 100_000)),
        ("2026-08-01T12:00:00,25", Some(NOON + 250_000)),
        ("2026-08-01T12:00:00.123456789012", Some(NOON + 123_456)),
        ("2026-08-01T13:00:00+01:00", Some(NOON)),
        ("2026-08-01T13:00:00+0100", Some(NOON)),
        ("2026-08-01T13:00:00.000+0100", Some(NOON)),
        ("2026-08-01T13:00:00 +01", Some(NOON)),
        ("2026-08-01T06:30:00-05:30", Some(NOON)),
        ("2016-12-31T23:59:60", Some(1_483_228_800_000_000)),
        ("2016-12-31T23:59:60.5Z", Some(1_483_228_800_500_000)),
        ("2026-07-31T24:00:00", Some(NOON - DAY_US / 2)),
        ("2024-02-29", Some(1_709_164_800_000_000)),
        ("0001-01-01", Some(-62_135_596_800_000_000)),
        ("9999-12-31T23:59:59.999999", Some(253_402_300_799_999_999)),
        ("2023-02-29", None),
        ("1900-02-29", None),
        ("2026-13-01", None),
        ("2026-00-01", None),
        ("2026-04-31", None),
        ("2026-08-01T25:00:00", None),
        ("2026-08-01T24:00:01", None),
        ("2026-08-01T12:60:00", None),
        ("2026-08-01T12:00:61", None),
        ("2026-08-01T12:00:00+1", None),
        ("2026-08-01T12:00:00+01:00:00", None),
        ("2026-08-01T12:00:00 CET", None),
        ("2026-08-01Tnoon", None),
        ("2026-8-1", None),
        ("0000-01-01", None),
        ("-0044-03-15", None),
        ("59000.5", None),
        ("20260801", None),
        ("1 Aug 2026", None),
        ("", None),
        ("null", None),
    ];
    for (text, expected) in cases {
        assert_eq!(parse_timestamp(text), *expected, "`{text}`");
    }
}

#[test]
fn julian_dates_are_exact_to_what_a_double_holds() {
    assert_eq!(mjd_to_instant(40_587.0), Some(0));
    assert_eq!(mjd_to_instant(40_586.5), Some(-DAY_US / 2));
    assert_eq!(mjd_to_instant(59_000.25), parse_timestamp("2020-05-31T06:00:00"));
    assert_eq!(jd_to_instant(2_440_587.5), Some(0));
    assert_eq!(jd_to_instant(2_451_545.0), parse_timestamp("2000-01-01T12:00:00"));
    assert_eq!(jd_to_instant(2_451_544.75), parse_timestamp("2000-01-01T06:00:00"));
    for wrong in [f64::NAN, f64::INFINITY, -1e300, 1e9] {
        assert_eq!(mjd_to_instant(wrong), None, "{wrong}");
        assert_eq!(jd_to_instant(wrong), None, "{wrong}");
    }
    assert_eq!(instant_to_mjd(0), 40_587.0);
    assert_eq!(parse_any("59000.25"), mjd_to_instant(59_000.25));
    assert_eq!(parse_any("2451545.0"), jd_to_instant(2_451_545.0));
    assert_eq!(parse_any("2026"), parse_timestamp("2026"), "four digits are a year");
    assert_eq!(parse_any("300000"), None);
}

#[test]
fn times_are_printed_as_dali_wants_them() {
    let cases = [
        ("1970-01-01T00:00:00", 0),
        ("1969-12-31T23:59:59.500", -500_000),
        ("2026-08-01T12:00:05.000001", 1_785_585_605_000_001),
        ("0001-01-01T00:00:00", -62_135_596_800_000_000),
        ("9999-12-31T23:59:59.999999", 253_402_300_799_999_999),
        ("10000-01-01T00:00:00.250", 253_402_300_800_250_000),
        ("-001-12-31T00:00:00", -62_167_305_600_000_000),
    ];
    for (text, instant) in cases {
        assert_eq!(format_timestamp(instant), text);
    }
}

proptest! {
    #[test]
    fn printed_times_are_read_back(instant in -62_135_596_800_000_000_i64..=253_402_300_799_999_999) {
        prop_assert_eq!(parse_timestamp(&format_timestamp(instant)), Some(instant));
    }

    #[test]
    fn julian_dates_go_there_and_back(instant in -62_135_596_800_000_000_i64..=253_402_300_799_999_999) {
        let back = mjd_to_instant(instant_to_mjd(instant)).expect("in range");
        // A double of a modified Julian date holds about a microsecond today, less far away.
        prop_assert!((back - instant).abs() <= 50, "{} {}", instant, back);
    }
}
