//! Where stations are, for files whose headers were not read or do not say.
//!
//! From the setting `stations`, and from the block SITE/ID of a SINEX file that the setting
//! `station_list` names (the weekly combination of the IGS has all its stations).

use std::collections::HashMap;

use archway_plugin::Error;
use serde::Deserialize;

/// A station.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Station {
    /// Four or nine characters.
    pub(crate) id: String,
    pub(crate) longitude_deg: f64,
    pub(crate) latitude_deg: f64,
    pub(crate) height_m: Option<f64>,
    pub(crate) name: Option<String>,
    pub(crate) domes: Option<String>,
}

/// Stations by their name in upper case: nine characters where they are known, and four.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stations(HashMap<String, Station>);

/// More than all networks together have.
const MOST: usize = 50_000;

impl Stations {
    pub(crate) fn of_settings(written: Option<Vec<Station>>) -> Result<Self, Error> {
        let mut all = Self::default();
        for station in written.unwrap_or_default() {
            let inside = (-180.0..=360.0).contains(&station.longitude_deg)
                && (-90.0..=90.0).contains(&station.latitude_deg);
            if !inside {
                let message = format!("{}: no such longitude or latitude", station.id);
                return Err(Error::invalid_part("stations", message));
            }
            all.add(station);
        }
        Ok(all)
    }

    fn add(&mut self, station: Station) {
        if self.0.len() < MOST {
            let id = station.id.to_ascii_uppercase();
            if let Some(four) = id.get(..4).filter(|_| id.len() == 9) {
                self.0.entry(four.to_owned()).or_insert_with(|| station.clone());
            }
            self.0.insert(id, station);
        }
    }

    /// Adds the stations of a SINEX file's block SITE/ID; those known already stay.
    pub(crate) fn add_sinex(&mut self, text: &str) {
        let mut inside = false;
        for line in text.lines() {
            match line.bytes().next() {
                Some(b'+') => inside = line.starts_with("+SITE/ID"),
                Some(b'-') if inside => return,
                Some(b' ') if inside => {
                    if let Some(station) = site(line)
                        && !self.0.contains_key(&station.id)
                    {
                        self.add(station);
                    }
                }
                _ => {}
            }
        }
    }

    /// A station by four or nine characters.
    pub(crate) fn get(&self, id: &str) -> Option<&Station> {
        let id = id.to_ascii_uppercase();
        self.0.get(&id).or_else(|| self.0.get(id.get(..4)?))
    }

    /// How many names lead to one.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}

/// ` ABMF  A 97103M001 P Les Abymes - Raizet ai 298 28 20.9  16 15 44.3   -25.6`
/// (SINEX 2.02, SITE/ID: columns 2, 10, 22, 45, 57 and 69).
fn site(line: &str) -> Option<Station> {
    let column = |from: usize, to: usize| line.get(from - 1..to.min(line.len())).map(str::trim);
    let degrees = |text: &str| {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [degrees, minutes, seconds] = parts.as_slice() else { return None };
        let (whole, minutes): (f64, f64) = (degrees.parse().ok()?, minutes.parse().ok()?);
        let seconds: f64 = seconds.parse().ok()?;
        let size = whole.abs() + minutes / 60.0 + seconds / 3_600.0;
        Some(if degrees.starts_with('-') { -size } else { size })
    };
    let longitude = degrees(column(45, 55)?)?;
    let latitude = degrees(column(57, 67)?)?;
    if !(-180.0..=360.0).contains(&longitude) || !(-90.0..=90.0).contains(&latitude) {
        return None;
    }
    let longitude_deg = if longitude > 180.0 { longitude - 360.0 } else { longitude };
    let told = |text: Option<&str>| text.filter(|t| !t.is_empty()).map(str::to_owned);
    Some(Station {
        id: told(column(2, 5))?.to_ascii_uppercase(),
        longitude_deg,
        latitude_deg: latitude,
        height_m: column(69, 75).and_then(|text| text.parse().ok()),
        name: told(column(22, 43)),
        domes: told(column(10, 18)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stations_of_a_real_sinex_file_are_found() {
        let mut stations = Stations::default();
        stations.add_sinex(include_str!("../tests/data/headers/igs20P2131_wocov.snx"));
        assert!(stations.len() > 5);
        let found = stations.get("abmf00glp").unwrap();
        assert_eq!(found.name.as_deref(), Some("Les Abymes - Raizet ai"));
        assert_eq!(found.domes.as_deref(), Some("97103M001"));
        assert!((found.longitude_deg + 61.527_527).abs() < 1e-5);
        assert!((found.latitude_deg - 16.262_305).abs() < 1e-5);
        assert_eq!(found.height_m, Some(-25.6));
        assert_eq!(stations.get("XXXX"), None);
        assert_eq!(stations.get("é"), None);
    }

    #[test]
    fn broken_lines_are_passed_over() {
        let mut stations = Stations::default();
        stations.add_sinex("+SITE/ID\n AAAA\n BBBB  A 97103M001 P x                      xxx 28 20.9  16 15 44.3   -25.6\n");
        assert_eq!(stations.len(), 0);
    }
}
