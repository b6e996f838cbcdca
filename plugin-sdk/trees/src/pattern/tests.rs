//! What patterns match, and what is said of wrong ones.

use super::*;

/// Matches all names of a path, one segment each; the captures as text.
fn matched(pattern: &str, path: &str) -> Option<String> {
    let pattern = Pattern::parse(pattern, false).unwrap();
    let mut captures = pattern.nothing();
    let names: Vec<_> = path.split('/').collect();
    assert_eq!(names.len(), pattern.segments.len(), "one name a segment");
    for (at, name) in names.iter().enumerate() {
        if !pattern.matches(at, name, &mut captures) {
            return None;
        }
    }
    let shown = pattern.slots.iter().zip(&captures);
    let shown: Vec<_> =
        shown.map(|(n, c)| format!("{n}={}", c.as_deref().unwrap_or("-"))).collect();
    Some(shown.join(" "))
}

#[test]
fn placeholders_match_what_the_readme_says() {
    let cases = [
        ("a text", "a.fits", "a.fits", Some("")),
        ("another text", "a.fits", "b.fits", None),
        ("a star", "*.fits", "m31.fits", Some("")),
        ("a star matches nothing too", "a*.fits", "a.fits", Some("")),
        ("a star in the middle", "a*b*c", "axbxbxc", Some("")),
        ("one character", "a?c", "aéc", Some("")),
        ("one character is one", "a?c", "ac", None),
        ("date parts", "{year}/{doy}/x", "2010/182/x", Some("year=2010 doy=182")),
        ("a month is no 13", "{year}{month}", "201013", None),
        ("a year has four digits", "{year}", "201", None),
        ("the shortest wins", "{name}_{rest}", "a_b_c", Some("name=a rest=b_c")),
        ("an open one is not empty", "{name}_x", "_x", None),
        ("the same again", "{year}/{name}{year}.dat", "2010/a2010.dat", Some("year=2010 name=a")),
        ("the same again differs", "{year}/{name}{year}.dat", "2010/a2011.dat", None),
        ("a length", "{station:4}{doy}0.{yy}o", "07590920.05o", Some("station=0759 doy=092 yy=05")),
        ("a length counts characters", "{a:2}x", "éèx", Some("a=éè")),
        ("digits", "r{rev:digits}.lc", "r0042.lc", Some("rev=0042")),
        ("digits only", "r{rev:digits}.lc", "r00a.lc", None),
        ("letters", "{ac:letters}{week}{dow}.sp3", "igs15904.sp3", Some("ac=igs week=1590 dow=4")),
        ("choices", "{band:red|green}.png", "green.png", Some("band=green")),
        ("no choice", "{band:red|green}.png", "blue.png", None),
        (
            "a month in letters",
            "{day}-{mon}-{year}",
            "07-jun-2011",
            Some("day=07 mon=jun year=2011"),
        ),
    ];
    for (name, pattern, path, wanted) in cases {
        assert_eq!(matched(pattern, path).as_deref(), wanted, "case: {name}");
    }
}

#[test]
fn case_may_be_ignored() {
    let pattern = Pattern::parse("{mon}*.FITS", true).unwrap();
    assert!(pattern.matches(0, "JUN_x.fits", &mut pattern.nothing()));
}

#[test]
fn a_wrong_pattern_says_what_is_wrong() {
    let cases = [
        ("a//b", "`a//b` has an empty name in it"),
        ("a/../b", "`a/../b` holds `..`"),
        ("{year", "`{year` has a `{` without a `}`"),
        ("year}", "`year}` has a `}` without a `{`"),
        ("a**b", "`**` in `a**b` must stand alone between slashes"),
        (
            "{Year}",
            "`{Year}`: a placeholder's name has lower-case letters, digits, `-` and `_` only",
        ),
        ("{year:2}", "`{year:2}`: year has its own form, leave out the rest"),
        (
            "{a:0}",
            "`{a:0}`: behind the colon stands a length of 1 to 255, `digits`, `letters`, or words with `|` between",
        ),
        (
            "*a*b*c*d*e*f*",
            "`*a*b*c*d*e*f*` has 7 parts of no fixed length; at most 6 can be told apart",
        ),
    ];
    for (pattern, wanted) in cases {
        assert_eq!(Pattern::parse(pattern, false), Err(wanted.to_owned()), "{pattern}");
    }
}

#[test]
fn a_name_made_to_be_dear_is_given_up() {
    let pattern = Pattern::parse("*a*a*a*a*a*b", false).unwrap();
    assert!(!pattern.matches(0, &"a".repeat(255), &mut pattern.nothing()));
}

proptest::proptest! {
    #[test]
    fn any_pattern_is_read_or_refused_and_any_name_compared(
        pattern in "[a-c{}*?/:|0-9]{0,20}", name in "\\PC{0,20}"
    ) {
        if let Ok(pattern) = Pattern::parse(&pattern, false) {
            for at in 0..pattern.segments.len() {
                pattern.matches(at, &name, &mut pattern.nothing());
            }
        }
    }

    #[test]
    fn a_pattern_without_placeholders_matches_itself_only(name in "[a-z.]{1,12}", other in "[a-z.]{1,12}") {
        proptest::prop_assume!(name != "." && name != "..");
        let pattern = Pattern::parse(&name, false).unwrap();
        proptest::prop_assert!(pattern.matches(0, &name, &mut Vec::new()));
        proptest::prop_assert_eq!(pattern.matches(0, &other, &mut Vec::new()), name == other);
    }
}
