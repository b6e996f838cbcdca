//! Published values of time, and round trips.

use hifitime::Epoch;
use proptest::prelude::*;

use super::{BadTime, Instant, TimeScale, date_of_days, days_since_1970, jd_from_mjd, mjd_from_jd};

fn at(text: &str) -> Instant {
    Instant::parse_rfc3339(text).unwrap()
}

#[test]
fn scales_meet_at_their_published_moments() {
    let cases = [
        ("IS-GPS-200: GPS began at UTC", "1980-01-06T00:00:00Z", TimeScale::Gps, 315_964_800),
        ("BDS ICD: BeiDou began at UTC", "2006-01-01T00:00:00Z", TimeScale::Beidou, 1_136_073_600),
        ("2017: GPS is 18 s ahead", "2017-01-01T00:00:00Z", TimeScale::Gps, 1_483_228_818),
        ("2017: Galileo as GPS", "2017-01-01T00:00:00Z", TimeScale::Galileo, 1_483_228_818),
        ("2017: TAI is 37 s ahead", "2017-01-01T00:00:00Z", TimeScale::Tai, 1_483_228_837),
        ("2017: BeiDou is 4 s ahead", "2017-01-01T00:00:00Z", TimeScale::Beidou, 1_483_228_804),
        ("GLONASS is Moscow's clock", "2017-01-01T00:00:00Z", TimeScale::Glonass, 1_483_239_600),
        ("UTC is itself", "2017-01-01T00:00:00Z", TimeScale::Utc, 1_483_228_800),
    ];
    for (name, utc, scale, seconds) in cases {
        assert_eq!(at(utc).to_scale_us(scale), seconds * 1_000_000, "case: {name}");
        assert_eq!(Instant::from_scale_us(seconds * 1_000_000, scale), at(utc), "case: {name}");
    }
    // IAU 1991: 1977-01-01T00:00:00 TAI is 00:00:32.184 TT.
    let tai = Instant(220_924_800_000_000);
    assert_eq!(tai.to_scale_us(TimeScale::Tt), 220_924_832_184_000);
}

#[test]
fn julian_dates_are_the_published_ones() {
    let cases = [
        ("MJD 0", "1858-11-17T00:00:00Z", 0.0),
        ("J2000 noon", "2000-01-01T12:00:00Z", 51_544.5),
        ("unix", "1970-01-01T00:00:00Z", 40_587.0),
        ("before MJD 0", "1858-11-16T12:00:00Z", -0.5),
    ];
    for (name, utc, mjd) in cases {
        assert_eq!(at(utc).to_mjd_utc(), mjd, "case: {name}");
        assert_eq!(Instant::from_mjd_utc(mjd), Some(at(utc)), "case: {name}");
    }
    assert_eq!(jd_from_mjd(51_544.5), 2_451_545.0);
    assert_eq!(mjd_from_jd(2_451_545.0), 51_544.5);
    for bad in [f64::NAN, f64::INFINITY, 1e300] {
        assert_eq!(Instant::from_mjd_utc(bad), None);
    }
}

#[test]
fn text_is_read_in_the_variants_archives_write() {
    let plain = at("2021-03-02T14:30:00Z");
    for same in [
        "2021-03-02T14:30:00",
        "2021-03-02 14:30:00z",
        "2021-03-02T14:30Z",
        "2021-03-02T14:30:00.0000000001Z",
        "2021-03-02T15:30:00+01:00",
        "2021-03-02T09:00:00-05:30",
    ] {
        assert_eq!(at(same), plain, "case: {same}");
    }
    for text in [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "1969-12-31T23:59:59.500Z",
        "2016-12-31T23:59:60Z",
        "2016-12-31T23:59:60.250Z",
        "2017-01-01T00:00:00Z",
        "2000-02-29T00:00:00Z",
    ] {
        assert_eq!(at(text).to_rfc3339(), text);
    }
    assert_eq!(at("2017-01-01T00:59:60+01:00"), at("2016-12-31T23:59:60Z"));
    assert_eq!(Instant(i64::MAX).to_rfc3339(), "+294247-01-10T04:00:17.775807Z");
}

#[test]
fn text_that_is_no_time_says_which_part() {
    let cases = [
        ("yesterday", "`yesterday` is not a time; write for example 2021-03-02T14:30:00Z"),
        ("2021-13-01T00:00:00Z", "month = 13 in `2021-13-01T00:00:00Z` is outside 1..=12"),
        ("2021-02-29T00:00:00Z", "day = 29 in `2021-02-29T00:00:00Z` is outside 1..=28"),
        ("0000-01-01T00:00:00Z", "year = 0 in `0000-01-01T00:00:00Z` is outside 1..=9999"),
        ("2021-01-01T24:00:00Z", "hour = 24 in `2021-01-01T24:00:00Z` is outside 0..=23"),
        ("2021-01-01T00:00:61Z", "second = 61 in `2021-01-01T00:00:61Z` is outside 0..=60"),
        ("2021-12-31T23:59:60Z", "`2021-12-31T23:59:60Z` names a leap second that never was"),
    ];
    for (text, message) in cases {
        assert_eq!(Instant::parse_rfc3339(text).unwrap_err().to_string(), message);
    }
    for text in [
        "",
        "2021",
        "2021-01-01",
        "2021-01-01T00:00:00.Z",
        "2021-01-01T00:00:00+1",
        "2021-1x-01T00:00:00Z",
        "２021-01-01T00:00:00Z",
    ] {
        assert!(matches!(Instant::parse_rfc3339(text), Err(BadTime::Form(_))), "case: {text}");
    }
}

#[test]
fn a_leap_second_stands_still_in_a_count_that_has_none() {
    assert_eq!(at("2016-12-31T23:59:60.5Z").to_utc_us(), 1_483_228_799_999_999);
    assert_eq!(at("2017-01-01T00:00:00Z").0 - at("2016-12-31T23:59:59Z").0, 2_000_000);
}

proptest! {
    #[test]
    fn utc_round_trips(us in -60_000_000_000_000_000_i64..250_000_000_000_000_000) {
        let instant = Instant::from_utc_us(us);
        prop_assert_eq!(instant.to_utc_us(), us);
        prop_assert_eq!(Instant::parse_rfc3339(&instant.to_rfc3339()).unwrap(), instant);
    }

    #[test]
    fn utc_agrees_with_hifitime_since_1972(us in 63_072_000_000_000_i64..4_000_000_000_000_000) {
        let theirs = Epoch::from_unix_milliseconds((us / 1000) as f64);
        let ours = Instant::from_utc_us(us / 1000 * 1000);
        let unix_in_tai_s = 2_208_988_800.0;
        let difference_s = theirs.to_tai_seconds() - unix_in_tai_s - ours.0 as f64 / 1e6;
        prop_assert!(difference_s.abs() < 1e-5, "{difference_s}");
    }

    #[test]
    fn time_never_runs_backwards(us in -3_000_000_000_000_000_i64..3_000_000_000_000_000, step in 0_i64..100_000_000) {
        prop_assert!(Instant::from_utc_us(us) <= Instant::from_utc_us(us + step));
        prop_assert!(Instant(us).to_utc_us() <= Instant(us + step).to_utc_us());
    }

    #[test]
    fn mjd_round_trips_to_a_microsecond(us in -3_000_000_000_000_000_i64..3_000_000_000_000_000) {
        let back = Instant::from_mjd_utc(Instant::from_utc_us(us).to_mjd_utc()).unwrap();
        prop_assert!((back.to_utc_us() - us).abs() <= 1);
    }

    #[test]
    fn dates_round_trip(days in -800_000_i64..3_000_000) {
        let (year, month, day) = date_of_days(days);
        prop_assert_eq!(days_since_1970(year, month, day), days);
    }
}
