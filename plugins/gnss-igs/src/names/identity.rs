//! What makes files one or tells them apart: key, encodings, lineage, by the name alone.

use super::legacy::Legacy;
use super::meaning::legacy_centre;
use super::{Form, Name};
use crate::time::Day;

impl Name<'_> {
    /// The encodings that the name tells, outermost first.
    pub(crate) fn encodings(&self) -> Vec<&'static str> {
        let mut all = Vec::new();
        match self.packed.to_ascii_lowercase().as_str() {
            ".gz" => all.push("gzip"),
            ".z" => all.push("compress"),
            ".bz2" => all.push("bzip2"),
            ".zip" => all.push("zip"),
            _ => {}
        }
        match self.form {
            // Names of three letters from DOS: the year and Y for o.Z, E for d.Z.
            Form::Short(short) if matches!(short.letter, b'Y' | b'E') => {
                all.push("compress");
                if short.letter == b'E' {
                    all.push("crinex");
                }
            }
            Form::Short(short) if short.letter.eq_ignore_ascii_case(&b'd') => all.push("crinex"),
            Form::Long(long) if long.is_compact() => all.push("crinex"),
            _ => {}
        }
        all
    }

    /// The gateway's word for the format.
    pub(crate) fn format(&self) -> &'static str {
        match self.form {
            Form::Legacy(Legacy::Bias(_)) => "dcb",
            Form::Legacy(Legacy::Zenith(_)) => "zpd",
            _ => self.meaning().kind.format(),
        }
    }

    /// Version of the solution and campaign, of long names of products.
    pub(crate) fn solution(&self) -> (Option<String>, Option<String>) {
        match self.form {
            Form::Product(product) => (
                Some(char::from(product.version).to_string()),
                Some(product.project.to_ascii_uppercase()),
            ),
            _ => (None, None),
        }
    }

    /// When the file was made, UTC, where the name says so.
    pub(crate) fn created_us(&self) -> Option<i64> {
        match self.form {
            Form::SiteLog(log) => log.day().map(Day::start_us),
            _ => None,
        }
    }

    /// What all copies and encodings of a file share: the name without compression, with one
    /// case for all, and Hatanaka-compressed observations by their plain name.
    pub(crate) fn key(&self) -> String {
        match self.form {
            Form::Short(mut short) => {
                if matches!(short.letter, b'd' | b'D' | b'Y' | b'E') {
                    short.letter = b'o';
                }
                short.to_string().to_ascii_lowercase()
            }
            Form::Long(mut long) => {
                long.format = "rnx";
                let upper = long.to_string().to_ascii_uppercase();
                upper
                    .strip_suffix(".RNX")
                    .map_or_else(|| upper.clone(), |stem| format!("{stem}.rnx"))
            }
            Form::Product(product) => product.to_string().to_ascii_uppercase(),
            Form::Legacy(legacy) => legacy.to_string().to_ascii_lowercase(),
            Form::SiteLog(log) => log.to_string().to_ascii_lowercase(),
        }
    }

    /// What a final and a rapid product of the same thing share; `None` for what has no latency.
    pub(crate) fn lineage(&self) -> Option<String> {
        let meaning = self.meaning();
        meaning.latency?;
        match self.form {
            Form::Product(p) => {
                let (centre, version, station) =
                    (p.centre, char::from(p.version), p.station.unwrap_or_default());
                let (project, content) = (p.project, p.content);
                let start = meaning.start_us?;
                Some(format!("{centre}{version}{project}{content}{station}@{start}").to_uppercase())
            }
            Form::Legacy(Legacy::Weekly(w)) => {
                let (centre, start) = (legacy_centre(w.centre).0, meaning.start_us?);
                let what = w.format.split('_').next().unwrap_or_default();
                Some(format!("{centre}{what}@{start}").to_uppercase())
            }
            Form::Legacy(Legacy::Ionex(i)) => {
                Some(format!("{}i@{}", legacy_centre(i.centre).0, meaning.start_us?))
            }
            _ => None,
        }
    }
}
