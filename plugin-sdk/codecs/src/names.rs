//! What the ending of a file's name says of its encodings.

use std::borrow::Cow;

/// The encodings that a file's name says, outermost first, and the name without the
/// endings of compressions.
///
/// An ending of compact RINEX (`.crx`, `.24d`) is an encoding too, but also names the
/// format, so it stays in the stem; [`decoded_name`] has the name of what comes out.
/// Endings are compared without case, as servers on Windows do; the three-letter forms
/// of DOS (`.24Y` for `.24o.Z`, `.24E` for `.24d.Z`) are known.
pub fn encodings_of(file_name: &str) -> (Vec<&'static str>, &str) {
    let mut encodings = Vec::new();
    let mut stem = file_name;
    while let Some((shorter, encoding)) = compression(stem) {
        encodings.push(encoding);
        stem = shorter;
    }
    match year_letter(stem) {
        Some('Y' | 'y') => encodings.push("compress"),
        Some('E' | 'e') => encodings.extend(["compress", "crinex"]),
        Some('D' | 'd') => encodings.push("crinex"),
        _ if without_ending(stem, ".crx").is_some() => encodings.push("crinex"),
        _ => {}
    }
    (encodings, stem)
}

/// The name of a file after so many of its encodings, outermost first, were taken off;
/// `None` where the name does not say these encodings.
pub fn decoded_name(file_name: &str, taken_off: usize) -> Option<String> {
    let mut name = file_name.to_owned();
    for _ in 0..taken_off {
        name = match (compression(&name), year_letter(&name)) {
            (Some((shorter, _)), _) => shorter.to_owned(),
            (None, Some('Y' | 'D')) => with_letter(&name, 'O'),
            (None, Some('y' | 'd')) => with_letter(&name, 'o'),
            (None, Some('E')) => with_letter(&name, 'D'),
            (None, Some('e')) => with_letter(&name, 'd'),
            _ => format!("{}.rnx", without_ending(&name, ".crx")?),
        };
    }
    Some(name)
}

/// The name of a file after all of its encodings were taken off.
pub fn bare_name(file_name: &str) -> Cow<'_, str> {
    let mut stem = file_name;
    while let Some((shorter, _)) = compression(stem) {
        stem = shorter;
    }
    match year_letter(stem) {
        Some('Y' | 'E' | 'D') => with_letter(stem, 'O').into(),
        Some('y' | 'e' | 'd') => with_letter(stem, 'o').into(),
        _ => match without_ending(stem, ".crx") {
            Some(bare) => [bare, ".rnx"].concat().into(),
            None => stem.into(),
        },
    }
}

fn compression(name: &str) -> Option<(&str, &'static str)> {
    [(".gz", "gzip"), (".z", "compress"), (".bz2", "bzip2")]
        .into_iter()
        .find_map(|(ending, encoding)| Some((without_ending(name, ending)?, encoding)))
}

fn without_ending<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let (stem, last) = name.split_at_checked(name.len().checked_sub(ending.len())?)?;
    (!stem.is_empty() && last.eq_ignore_ascii_case(ending)).then_some(stem)
}

/// The letter of a RINEX 2 name: `d` of `zimm0640.10d`.
fn year_letter(name: &str) -> Option<char> {
    let (stem, ending) = name.rsplit_once('.')?;
    let mut ending = ending.chars();
    let (tens, ones, letter) = (ending.next()?, ending.next()?, ending.next()?);
    let is_year = tens.is_ascii_digit() && ones.is_ascii_digit() && ending.next().is_none();
    (!stem.is_empty() && is_year && letter.is_ascii_alphabetic()).then_some(letter)
}

fn with_letter(name: &str, letter: char) -> String {
    let mut changed = name.to_owned();
    changed.pop();
    changed.push(letter);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_its_encodings() {
        for (name, encodings, stem, decoded) in [
            (
                "WTZR00DEU_R_20232540000_01D_30S_MO.crx.gz",
                &["gzip", "crinex"][..],
                "WTZR00DEU_R_20232540000_01D_30S_MO.crx",
                "WTZR00DEU_R_20232540000_01D_30S_MO.rnx",
            ),
            ("igs15904.sp3.Z", &["compress"], "igs15904.sp3", "igs15904.sp3"),
            ("IGS15904.SP3.GZ", &["gzip"], "IGS15904.SP3", "IGS15904.SP3"),
            ("zimm0640.10d.Z", &["compress", "crinex"], "zimm0640.10d", "zimm0640.10o"),
            ("zimm0640.10d", &["crinex"], "zimm0640.10d", "zimm0640.10o"),
            ("ZIMM0640.10Y", &["compress"], "ZIMM0640.10Y", "ZIMM0640.10O"),
            ("zimm0640.10E", &["compress", "crinex"], "zimm0640.10E", "zimm0640.10O"),
            ("sample.rnx.bz2", &["bzip2"], "sample.rnx", "sample.rnx"),
            ("zimm0640.10o", &[], "zimm0640.10o", "zimm0640.10o"),
            ("image.fits.gz.bz2", &["bzip2", "gzip"], "image.fits", "image.fits"),
            (".gz", &[], ".gz", ".gz"),
            ("gz", &[], "gz", "gz"),
            ("", &[], "", ""),
            ("naïve.é", &[], "naïve.é", "naïve.é"),
        ] {
            let (found, found_stem) = encodings_of(name);
            assert_eq!((found.as_slice(), found_stem), (encodings, stem), "{name}");
            assert_eq!(decoded_name(name, encodings.len()).as_deref(), Some(decoded), "{name}");
            assert_eq!(decoded_name(name, encodings.len() + 1), None, "{name}");
            assert_eq!(bare_name(name), decoded, "{name}");
        }
    }
}
