//! `[log]`: what is logged, and how.

use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::report::Report;

/// What is logged, and how; always to standard error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// How a line looks.
    pub format: LogFormat,
    /// A level, or directives such as `info,archway_host=debug`; sound.
    pub level: String,
}

/// How a line of the log looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one object a line.
    Json,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct LogTable {
    format: LogFormat,
    level: String,
}

impl Default for LogTable {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: "info".to_owned() }
    }
}

impl LogTable {
    pub(super) fn check(&self, report: &mut Report<'_>) -> Log {
        let levels = ["error", "warn", "info", "debug", "trace", "off"];
        // A filter takes any word for the name of a module, `inof` too.
        let directives =
            self.level.split(',').map(|one| one.rsplit('=').next().unwrap_or(one).trim());
        let unknown =
            directives.into_iter().find(|level| !levels.contains(&level.to_lowercase().as_str()));
        if let Some(unknown) = unknown {
            let known = levels.join(", ");
            report.wrong("level", format_args!("`{unknown}` is not a level; there are {known}"));
        } else if let Err(error) = EnvFilter::builder().parse(&self.level) {
            report.wrong("level", format_args!("`{}` is not understood: {error}", self.level));
        }
        Log { format: self.format, level: self.level.clone() }
    }
}
