//! `/availability`: whether a service is up (VOSI 1.1, 4).

use std::io::{Read, Write};

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::time::{format_timestamp, parse_timestamp};
use crate::xml::{Xml, write_element};

/// Whether a service is up. Times are microseconds since 1970, UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// Whether it answers.
    pub available: bool,
    /// Since when.
    pub up_since: Option<i64>,
    /// When it will be down.
    pub down_at: Option<i64>,
    /// When it will be back.
    pub back_at: Option<i64>,
    /// For people.
    pub notes: Vec<String>,
}

impl Availability {
    /// Reads the document; times that cannot be read are left out.
    pub fn read(stream: impl Read, limits: &Limits) -> Result<Self> {
        let mut xml = Xml::new(stream, limits)?;
        let root = xml.root()?;
        if root.name != "availability" {
            return Err(Error::UnexpectedRoot { found: root.name, expected: "availability" });
        }
        let mut availability = Self::default();
        let depth = xml.depth();
        while let Some(child) = xml.child(depth)? {
            match child.name.as_str() {
                "available" => {
                    availability.available = matches!(xml.text()?.as_str(), "true" | "1")
                }
                "upSince" => availability.up_since = parse_timestamp(&xml.text()?),
                "downAt" => availability.down_at = parse_timestamp(&xml.text()?),
                "backAt" => availability.back_at = parse_timestamp(&xml.text()?),
                "note" => availability.notes.extend(xml.optional_text()?),
                _ => xml.skip()?,
            }
        }
        Ok(availability)
    }

    /// Writes the document.
    pub fn write(&self, out: &mut impl Write) -> Result<()> {
        out.write_all(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")?;
        out.write_all(
            b"<vosi:availability xmlns:vosi=\"http://www.ivoa.net/xml/VOSIAvailability/v1.0\">\n",
        )?;
        write_element(out, "vosi:available", Some(if self.available { "true" } else { "false" }))?;
        for (name, time) in [
            ("vosi:upSince", self.up_since),
            ("vosi:downAt", self.down_at),
            ("vosi:backAt", self.back_at),
        ] {
            let text = time.map(|time| format!("{}Z", format_timestamp(time)));
            write_element(out, name, text.as_deref())?;
        }
        for note in &self.notes {
            write_element(out, "vosi:note", Some(note))?;
        }
        out.write_all(b"</vosi:availability>\n")?;
        Ok(())
    }
}
