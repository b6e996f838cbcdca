//! The JSON that stands in columns: enums with data, each with the version of its shape.
//!
//! A shape that was released is read for ever: a change is a new version beside it, and
//! [`read`] turns the older one into it.

use std::net::SocketAddr;
use std::path::PathBuf;

use archway_core::asset::{AssetId, Licence};
use archway_core::labs::{Cause, Endpoint};
use archway_core::selections::{Members, SavedQuery};
use archway_core::volumes::{Source, VolumeId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::StoreError;

/// The version of every shape below.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    v: u32,
    is: T,
}

/// A core type that stands in a column as JSON.
pub(crate) trait Shape: Sized {
    /// As it is written.
    type Written: Serialize + DeserializeOwned;
    fn written(&self) -> Self::Written;
    fn back(written: Self::Written) -> Result<Self, String>;
}

/// The text for a column.
pub(crate) fn write<T: Shape>(value: &T) -> String {
    let versioned = Versioned { v: VERSION, is: value.written() };
    serde_json::to_string(&versioned).expect("shapes hold texts, numbers and lists only")
}

/// The value of a column.
pub(crate) fn read<T: Shape>(column: &'static str, text: &str) -> Result<T, StoreError> {
    let bad = |reason: String| StoreError::Row {
        column,
        found: text.chars().take(200).collect(),
        reason,
    };
    let versioned: Versioned<serde_json::Value> =
        serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
    if versioned.v != VERSION {
        let found = versioned.v;
        return Err(bad(format!("it is of version {found} where {VERSION} is known")));
    }
    let written = serde_json::from_value(versioned.is).map_err(|error| bad(error.to_string()))?;
    T::back(written).map_err(bad)
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WrittenMembers {
    Assets(Vec<String>),
    Query { query: Vec<(String, String)>, except: Vec<String> },
}

fn ids(assets: &[AssetId]) -> Vec<String> {
    assets.iter().map(ToString::to_string).collect()
}

fn assets(ids: &[String]) -> Result<Vec<AssetId>, String> {
    ids.iter().map(|id| id.parse().map_err(|error| format!("{error}"))).collect()
}

impl Shape for Members {
    type Written = WrittenMembers;

    fn written(&self) -> WrittenMembers {
        match self {
            Self::Assets(assets) => WrittenMembers::Assets(ids(assets)),
            Self::Query { query, except } => {
                WrittenMembers::Query { query: query.0.clone(), except: ids(except) }
            }
        }
    }

    fn back(written: WrittenMembers) -> Result<Self, String> {
        Ok(match written {
            WrittenMembers::Assets(ids) => Self::Assets(assets(&ids)?),
            WrittenMembers::Query { query, except } => {
                Self::Query { query: SavedQuery(query), except: assets(&except)? }
            }
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WrittenSource {
    Collection(String),
    Selection(WrittenMembers),
    Tree {
        preset: Option<String>,
        plugin: String,
        settings: Vec<(String, String)>,
        include: Vec<String>,
        exclude: Vec<String>,
    },
    Urls(Vec<String>),
    Empty,
}

impl Shape for Source {
    type Written = WrittenSource;

    fn written(&self) -> WrittenSource {
        match self.clone() {
            Self::Collection(id) => WrittenSource::Collection(id),
            Self::Selection(members) => WrittenSource::Selection(members.written()),
            Self::Tree { preset, plugin, settings, include, exclude } => {
                WrittenSource::Tree { preset, plugin, settings, include, exclude }
            }
            Self::Urls(urls) => WrittenSource::Urls(urls),
            Self::Empty => WrittenSource::Empty,
        }
    }

    fn back(written: WrittenSource) -> Result<Self, String> {
        Ok(match written {
            WrittenSource::Collection(id) => Self::Collection(id),
            WrittenSource::Selection(members) => Self::Selection(Members::back(members)?),
            WrittenSource::Tree { preset, plugin, settings, include, exclude } => {
                Self::Tree { preset, plugin, settings, include, exclude }
            }
            WrittenSource::Urls(urls) => Self::Urls(urls),
            WrittenSource::Empty => Self::Empty,
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WrittenCause {
    Asked,
    Idle,
    TooOld,
    Exited(i32),
    Signalled(i32),
    OutOfMemory,
    NeverAnswered,
    Lost,
    StepFailed(String),
}

impl Shape for Cause {
    type Written = WrittenCause;

    fn written(&self) -> WrittenCause {
        match self.clone() {
            Self::Asked => WrittenCause::Asked,
            Self::Idle => WrittenCause::Idle,
            Self::TooOld => WrittenCause::TooOld,
            Self::Exited(code) => WrittenCause::Exited(code),
            Self::Signalled(signal) => WrittenCause::Signalled(signal),
            Self::OutOfMemory => WrittenCause::OutOfMemory,
            Self::NeverAnswered => WrittenCause::NeverAnswered,
            Self::Lost => WrittenCause::Lost,
            Self::StepFailed(words) => WrittenCause::StepFailed(words),
        }
    }

    fn back(written: WrittenCause) -> Result<Self, String> {
        Ok(match written {
            WrittenCause::Asked => Self::Asked,
            WrittenCause::Idle => Self::Idle,
            WrittenCause::TooOld => Self::TooOld,
            WrittenCause::Exited(code) => Self::Exited(code),
            WrittenCause::Signalled(signal) => Self::Signalled(signal),
            WrittenCause::OutOfMemory => Self::OutOfMemory,
            WrittenCause::NeverAnswered => Self::NeverAnswered,
            WrittenCause::Lost => Self::Lost,
            WrittenCause::StepFailed(words) => Self::StepFailed(words),
        })
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WrittenEndpoint {
    Unix(PathBuf),
    Tcp(SocketAddr),
}

impl Shape for Endpoint {
    type Written = WrittenEndpoint;

    fn written(&self) -> WrittenEndpoint {
        match self.clone() {
            Self::Unix(socket) => WrittenEndpoint::Unix(socket),
            Self::Tcp(address) => WrittenEndpoint::Tcp(address),
        }
    }

    fn back(written: WrittenEndpoint) -> Result<Self, String> {
        Ok(match written {
            WrittenEndpoint::Unix(socket) => Self::Unix(socket),
            WrittenEndpoint::Tcp(address) => Self::Tcp(address),
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct WrittenLicence {
    spdx: Option<String>,
    url: Option<String>,
    text: Option<String>,
}

impl Shape for Licence {
    type Written = WrittenLicence;

    fn written(&self) -> WrittenLicence {
        let Self { spdx, url, text } = self.clone();
        WrittenLicence { spdx, url, text }
    }

    fn back(WrittenLicence { spdx, url, text }: WrittenLicence) -> Result<Self, String> {
        Ok(Self { spdx, url, text })
    }
}

impl Shape for Vec<VolumeId> {
    type Written = Vec<String>;

    fn written(&self) -> Vec<String> {
        self.iter().map(|id| id.0.clone()).collect()
    }

    fn back(written: Vec<String>) -> Result<Self, String> {
        Ok(written.into_iter().map(VolumeId).collect())
    }
}

#[cfg(test)]
mod tests {
    use archway_core::labs::Cause;

    use super::{read, write};

    #[test]
    fn a_shape_says_its_version_and_a_later_one_is_refused_in_words() {
        let text = write(&Cause::Exited(3));
        assert_eq!(text, r#"{"v":1,"is":{"exited":3}}"#);
        assert_eq!(read::<Cause>("cause_json", &text).unwrap(), Cause::Exited(3));
        let later = read::<Cause>("cause_json", r#"{"v":2,"is":{"flown":3}}"#).unwrap_err();
        assert_eq!(
            later.to_string(),
            r#"column `cause_json` holds `{"v":2,"is":{"flown":3}}`, which is not understood: it is of version 2 where 1 is known"#
        );
    }
}
