//! Applications and backends.

use std::sync::Arc;

use archway_core::labs::{App, BackendReport, Fact, Size};
use async_graphql::{ID, Object, SimpleObject};

use super::whole::Whole;

/// An application of the catalogue.
pub(super) struct Application(pub(super) Arc<App>);

/// An application of the catalogue.
#[Object]
impl Application {
    /// `publisher/image:tag`; give it as `sapId`.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// `jupyter` or `desktop`.
    async fn kind(&self) -> &str {
        self.0.kind.name()
    }

    /// For people.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// For people.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// Who keeps it up.
    async fn maintainer(&self) -> &str {
        &self.0.maintainer
    }

    /// SPDX expression, or words.
    async fn licence(&self) -> &str {
        &self.0.licence
    }

    /// Where people read more.
    async fn homepage(&self) -> Option<&str> {
        self.0.homepage.as_deref()
    }

    /// The gateway's words for formats it suits.
    async fn formats(&self) -> &[String] {
        &self.0.formats
    }

    /// From small to large; the first is what a launch gets that says nothing.
    async fn sizes(&self) -> Vec<LabSize> {
        self.0.sizes.iter().map(LabSize::from).collect()
    }

    /// Whether it opens a notebook that is made for the data.
    async fn opens_notebooks(&self) -> bool {
        self.0.open_notebook.is_some()
    }
}

/// How much of a machine a lab gets.
#[derive(SimpleObject)]
pub(super) struct LabSize {
    /// Give it as `size`.
    name: String,
    /// For people.
    title: String,
    /// CPU cores.
    cores: f64,
    /// Memory, MiB.
    memory_mib: Whole,
}

/// A backend that labs run on.
#[derive(SimpleObject)]
pub(super) struct Backend {
    /// Give it as `backend`.
    id: ID,
    /// For people.
    title: String,
    /// Why it cannot be used at all; null if it can.
    unusable: Option<String>,
    /// Isolation and limits, each in words.
    facts: Vec<BackendFact>,
    /// Whether it keeps users apart well enough to serve several.
    several_users: bool,
}

/// One thing that holds or does not hold of a backend.
#[derive(SimpleObject)]
pub(super) struct BackendFact {
    /// A statement.
    what: String,
    /// Whether it is true here.
    holds: bool,
    /// Why not, and what would make it so.
    why: Option<String>,
}

impl From<&Size> for LabSize {
    fn from(size: &Size) -> Self {
        Self {
            name: size.name.clone(),
            title: size.title.clone(),
            cores: size.cores,
            memory_mib: Whole(size.memory_mib),
        }
    }
}

impl From<(String, String, BackendReport)> for Backend {
    fn from((id, title, report): (String, String, BackendReport)) -> Self {
        Self {
            id: ID(id),
            title,
            unusable: report.unusable,
            facts: report.facts.into_iter().map(BackendFact::from).collect(),
            several_users: report.several_users,
        }
    }
}

impl From<Fact> for BackendFact {
    fn from(fact: Fact) -> Self {
        Self { what: fact.what, holds: fact.holds, why: fact.why }
    }
}
