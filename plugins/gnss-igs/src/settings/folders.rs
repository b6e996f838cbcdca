//! Where files lie: paths with placeholders for the date, and how often there is a new one.

use archway_plugin::Error;
use serde::Deserialize;

use crate::time::{DAY_US, Day, SECOND_US};

/// Placeholders, as the guides of the data centres write them.
const KEYWORDS: [&str; 12] =
    ["YYYY", "yy", "MM", "DD", "DDD", "HH", "h", "WWWW", "D", "t", "station", "STATION"];
const HOUR_US: i64 = 3_600 * SECOND_US;

/// A folder, or files, for every day, week ...
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Folder {
    /// Below the server's root: `obs/{YYYY}/{DDD}`.
    path: String,
    /// Type letters of RINEX 2 that `{t}` stands for.
    letters: Vec<char>,
    /// Stations that `{station}` stands for.
    stations: Vec<String>,
    /// Files of the folder that are known to be there, where the server lists nothing.
    pub(crate) files: Vec<String>,
    pub(crate) step: Step,
}

/// How often there is a new folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Never.
    Once,
    Year,
    Month,
    Week,
    Day,
    Hour,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FolderTable {
    path: String,
    #[serde(default)]
    letters: String,
    #[serde(default)]
    stations: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
}

pub(super) fn checked(written: Vec<FolderTable>, key: &str) -> Result<Vec<Folder>, Error> {
    written.into_iter().map(|one| check(one, key)).collect()
}

fn check(written: FolderTable, key: &str) -> Result<Folder, Error> {
    let path = written.path.trim_matches('/').to_owned();
    let mut used = Vec::new();
    for text in std::iter::once(&path).chain(&written.files) {
        let mut rest = text.as_str();
        while let Some((_, behind)) = rest.split_once('{') {
            let (keyword, after) = behind
                .split_once('}')
                .ok_or_else(|| Error::invalid_part(key, format!("{text}: a {{ without a }}")))?;
            if !KEYWORDS.contains(&keyword) {
                let known = KEYWORDS.join(", ");
                let message = format!("{text}: {{{keyword}}} is none of {known}");
                return Err(Error::invalid_part(key, message));
            }
            used.push(keyword.to_owned());
            rest = after;
        }
    }
    let uses = |keyword: &str| used.iter().any(|one| one == keyword);
    if uses("t") == written.letters.is_empty() {
        let message = format!("{path}: {{t}} and letters = \"od...\" go together");
        return Err(Error::invalid_part(key, message));
    }
    if (uses("station") || uses("STATION")) == written.stations.is_empty() {
        let message = format!("{path}: {{station}} and stations = [...] go together");
        return Err(Error::invalid_part(key, message));
    }
    let step = if uses("HH") || uses("h") {
        Step::Hour
    } else if uses("DDD") || uses("DD") || uses("D") {
        Step::Day
    } else if uses("WWWW") {
        Step::Week
    } else if uses("MM") {
        Step::Month
    } else if uses("YYYY") || uses("yy") {
        Step::Year
    } else {
        Step::Once
    };
    Ok(Folder {
        path,
        letters: written.letters.chars().collect(),
        stations: written.stations,
        files: written.files,
        step,
    })
}

impl Folder {
    /// The paths for the step that begins at `start_us`, each with its files.
    pub(crate) fn paths(&self, start_us: i64) -> Vec<(String, Vec<String>)> {
        let none = [None];
        let letters: Vec<Option<char>> = self.letters.iter().copied().map(Some).collect();
        let letters = if letters.is_empty() { &none[..] } else { &letters };
        let in_path = self.path.contains("tation}") || self.path.contains("TATION}");
        let mut all = Vec::new();
        for letter in letters {
            let no_station = [String::new()];
            let stations = if in_path { &self.stations[..] } else { &no_station[..] };
            for station in stations {
                let path = fill(&self.path, start_us, *letter, station);
                let of_file: &[String] = if in_path || self.stations.is_empty() {
                    std::slice::from_ref(station)
                } else {
                    &self.stations
                };
                let files = self
                    .files
                    .iter()
                    .flat_map(|file| of_file.iter().map(|s| fill(file, start_us, *letter, s)))
                    .collect();
                all.push((path, files));
            }
        }
        all
    }
}

fn fill(template: &str, start_us: i64, letter: Option<char>, station: &str) -> String {
    let day = Day::of_instant(start_us);
    let (year, month, date) = day.date();
    let (_, of_year) = day.year_and_day();
    let (week, of_week) = day.gps_week();
    let hour = start_us.rem_euclid(DAY_US) / HOUR_US;
    let mut out = String::with_capacity(template.len() + 8);
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let (keyword, after) = behind.split_once('}').unwrap_or((behind, ""));
        match keyword {
            "YYYY" => out += &format!("{year:04}"),
            "yy" => out += &format!("{:02}", year % 100),
            "MM" => out += &format!("{month:02}"),
            "DD" => out += &format!("{date:02}"),
            "DDD" => out += &format!("{of_year:03}"),
            "HH" => out += &format!("{hour:02}"),
            "h" => out.push(char::from(b'a' + (hour as u8).min(23))),
            "WWWW" => out += &format!("{week:04}"),
            "D" => out += &of_week.to_string(),
            "t" => out.extend(letter),
            "station" => out += &station.to_ascii_lowercase(),
            _ => out += &station.to_ascii_uppercase(),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

impl Step {
    /// The start of the step in which an instant lies.
    pub(crate) fn start_us(self, instant_us: i64) -> i64 {
        let day = Day::of_instant(instant_us);
        let (year, month, _) = day.date();
        let of_date = |year, month| Day::of_date(year, month, 1).map_or(0, Day::start_us);
        match self {
            Self::Once => 0,
            Self::Year => of_date(year, 1),
            Self::Month => of_date(year, month),
            Self::Week => Day(day.0 - i64::from(day.gps_week().1)).start_us(),
            Self::Day => day.start_us(),
            Self::Hour => instant_us - instant_us.rem_euclid(HOUR_US),
        }
    }

    /// The start of the step before the one that begins at `start_us`; `None` where there is no other.
    pub(crate) fn before(self, start_us: i64) -> Option<i64> {
        (self != Self::Once).then(|| self.start_us(start_us - 1))
    }

    /// The start of the step after it.
    pub(crate) fn after(self, start_us: i64) -> Option<i64> {
        let longest = match self {
            Self::Once => return None,
            Self::Year => 366 * DAY_US,
            Self::Month => 31 * DAY_US,
            Self::Week => 7 * DAY_US,
            Self::Day => DAY_US,
            Self::Hour => HOUR_US,
        };
        // The middle of the next step at least, whichever length this one has.
        Some(self.start_us(start_us + longest))
    }

    /// How far outside of the time asked for the steps of a folder may begin, so that a
    /// file in them reaches into it: products of two days lie in the week of their start.
    pub(crate) fn slack_us(self) -> i64 {
        match self {
            // What lies by day or hour is of that day or hour.
            Self::Once | Self::Day | Self::Hour => 0,
            Self::Year | Self::Month | Self::Week => 2 * DAY_US,
        }
    }
}
