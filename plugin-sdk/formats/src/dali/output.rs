//! RESPONSEFORMAT: short names and media types (DALI 1.1, 3.4.3; TAP 1.1, 2.7.3).

use crate::votable::Serialization;

/// A format of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutputFormat {
    /// VOTable, TABLEDATA.
    VotableTableData,
    /// VOTable, BINARY.
    VotableBinary,
    /// VOTable, BINARY2.
    VotableBinary2,
    /// Comma-separated values with a header line.
    Csv,
    /// Tab-separated values with a header line.
    Tsv,
    /// FITS binary table.
    Fits,
    /// Text for people.
    Text,
    /// A page for people.
    Html,
    /// JSON.
    Json,
    /// Apache Parquet.
    Parquet,
}

impl OutputFormat {
    /// Reads a short name or a media type, parameters in any order and case.
    /// `None` for formats that have no name here.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let mut parts = lower.split(';').map(str::trim);
        let media_type = parts.next()?;
        let serialization = parts.find_map(|part| {
            let (name, value) = part.split_once('=')?;
            (name.trim() == "serialization").then(|| value.trim().trim_matches('"').to_owned())
        });
        Some(match media_type {
            "votable"
            | "application/x-votable+xml"
            | "text/xml"
            | "application/xml"
            | "text/x-votable+xml"
            | "application/x-votable" => match serialization.as_deref() {
                None | Some("tabledata") => Self::VotableTableData,
                Some("binary") => Self::VotableBinary,
                Some("binary2") => Self::VotableBinary2,
                Some(_) => return None,
            },
            "votable/td" | "votable_plain" | "votabletd" => Self::VotableTableData,
            "votable/b" | "votable/binary" => Self::VotableBinary,
            "votable/b2" | "votable/binary2" => Self::VotableBinary2,
            "csv" | "text/csv" => Self::Csv,
            "tsv" | "text/tab-separated-values" => Self::Tsv,
            "fits" | "application/fits" => Self::Fits,
            "text" | "text/plain" => Self::Text,
            "html" | "text/html" => Self::Html,
            "json" | "application/json" => Self::Json,
            "parquet" | "application/vnd.apache.parquet" | "application/x-parquet" => Self::Parquet,
            _ => return None,
        })
    }

    /// The media type, with parameters.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::VotableTableData => "application/x-votable+xml;serialization=tabledata",
            Self::VotableBinary => "application/x-votable+xml;serialization=binary",
            Self::VotableBinary2 => "application/x-votable+xml;serialization=binary2",
            Self::Csv => "text/csv;header=present",
            Self::Tsv => "text/tab-separated-values",
            Self::Fits => "application/fits",
            Self::Text => "text/plain",
            Self::Html => "text/html",
            Self::Json => "application/json",
            Self::Parquet => "application/vnd.apache.parquet",
        }
    }

    /// The short name.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::VotableTableData => "votable/td",
            Self::VotableBinary => "votable/b",
            Self::VotableBinary2 => "votable/b2",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Fits => "fits",
            Self::Text => "text",
            Self::Html => "html",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }

    /// How a VOTable is serialised; `None` for other formats.
    pub fn serialization(self) -> Option<Serialization> {
        match self {
            Self::VotableTableData => Some(Serialization::TableData),
            Self::VotableBinary => Some(Serialization::Binary),
            Self::VotableBinary2 => Some(Serialization::Binary2),
            Self::Csv
            | Self::Tsv
            | Self::Fits
            | Self::Text
            | Self::Html
            | Self::Json
            | Self::Parquet => None,
        }
    }
}
