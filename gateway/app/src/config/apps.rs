//! `apps/*.toml` beside `archway.toml`: the lab catalogue, one file per application.
//!
//! Without such a folder the JupyterLab that this binary carries is the catalogue.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use archway_core::labs::{App, AppKind, Catalogue, DockerRecipe, ProbeKind, ProcessRecipe, Size};
use serde::Deserialize;

use super::file::Layer;
use super::files::{of_folder, without_position};
use super::report::{Problem, Report};

const SHIPPED: &str = include_str!("../../../../config/apps/jupyterlab.toml");
const SHIPPED_REQUIREMENTS: &str =
    include_str!("../../../../config/apps/jupyterlab/requirements.txt");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AppTable {
    id: String,
    kind: String,
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    maintainer: String,
    #[serde(default)]
    licence: String,
    homepage: Option<String>,
    #[serde(default)]
    formats: Vec<String>,
    probe: String,
    ready: String,
    open: String,
    open_notebook: Option<String>,
    sizes: Vec<SizeTable>,
    process: Option<ProcessTable>,
    docker: Option<DockerTable>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    #[serde(default)]
    home: BTreeMap<String, String>,
    #[serde(default)]
    order: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SizeTable {
    name: String,
    title: String,
    cores: f64,
    memory_mib: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcessTable {
    requirements: Option<PathBuf>,
    command: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DockerTable {
    image: String,
    recipe: Option<PathBuf>,
    command: Vec<String>,
    port: u16,
}

/// Reads the catalogue beside `archway.toml`; mistakes go to `problems`.
pub(super) fn read(folder: Option<&Path>, problems: &mut Vec<Problem>) -> Catalogue {
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else {
        return Catalogue(vec![Arc::new(shipped())]);
    };
    let mut apps = Vec::new();
    for file in of_folder(folder, problems) {
        let mut own = Vec::new();
        let layer = Layer::read(&file, &mut own);
        if own.is_empty() {
            let beside = |path: &Path| std::fs::read_to_string(folder.join(path));
            apps.extend(one(&layer, Some(folder), &beside, &mut Report::new(&layer, "", &mut own)));
        }
        problems.extend(own);
    }
    apps.sort_by(|(one, a), (other, b)| (one, &a.id).cmp(&(other, &b.id)));
    Catalogue(apps.into_iter().map(|(_, app)| Arc::new(app)).collect())
}

/// The application that is there without any configuration.
fn shipped() -> App {
    let layer = Layer { table: SHIPPED.parse().expect("a test reads it"), ..Layer::default() };
    let mut problems = Vec::new();
    let carried = |_: &Path| Ok(SHIPPED_REQUIREMENTS.to_owned());
    let app = one(&layer, None, &carried, &mut Report::new(&layer, "", &mut problems));
    app.expect("a test reads it").1
}

type Beside<'a> = &'a dyn Fn(&Path) -> std::io::Result<String>;

fn one(
    layer: &Layer,
    folder: Option<&Path>,
    beside: Beside<'_>,
    report: &mut Report<'_>,
) -> Option<(i64, App)> {
    let written: AppTable = match layer.table.clone().try_into() {
        Ok(written) => written,
        Err(error) => {
            report.wrong_itself(without_position(&error));
            return None;
        }
    };
    let before = report.count();
    let id = written.id.parse().map_err(|error: archway_core::Error| {
        report.wrong("id", error);
    });
    let mut word = |key: &str, found: &str, known: &[&str]| {
        if !known.contains(&found) {
            report.wrong(key, format_args!("`{found}` is none of {}", known.join(", ")));
        }
    };
    word("kind", &written.kind, &["jupyter", "desktop"]);
    word("probe", &written.probe, &["jupyter", "traffic"]);
    if written.sizes.is_empty() {
        report.wrong("sizes", "is empty; a lab has a size");
    }
    let process = written.process.map(|process| {
        let requirements = match process.requirements.as_deref().map(beside) {
            None => String::new(),
            Some(Ok(text)) => text,
            Some(Err(error)) => {
                report
                    .below("process")
                    .wrong("requirements", format_args!("cannot be read: {error}"));
                String::new()
            }
        };
        ProcessRecipe { requirements, command: process.command }
    });
    if process.is_none() && written.docker.is_none() {
        report.wrong_itself("there is neither `process` nor `docker`: nothing could start it");
    }
    let docker = written.docker.map(|docker| DockerRecipe {
        image: docker.image,
        recipe: docker.recipe.map(|recipe| {
            folder.map_or(recipe.clone(), |folder| folder.join(&recipe)).display().to_string()
        }),
        command: docker.command,
        port: docker.port,
    });
    for path in written.home.keys().filter(|path| !is_below(path)) {
        let mut report = report.below("home");
        report.wrong(path, "is no path below the home: names and `/`, no `.` or `..`");
    }
    if report.count() > before {
        return None;
    }
    let app = App {
        id: id.ok()?,
        kind: if written.kind == "desktop" { AppKind::Desktop } else { AppKind::Jupyter },
        title: written.title,
        description: written.description.trim().to_owned(),
        maintainer: written.maintainer,
        licence: written.licence,
        homepage: written.homepage,
        formats: written.formats,
        probe: if written.probe == "traffic" { ProbeKind::Traffic } else { ProbeKind::Jupyter },
        ready: written.ready,
        open: written.open,
        open_notebook: written.open_notebook,
        sizes: written
            .sizes
            .into_iter()
            .map(|size| Size {
                name: size.name,
                title: size.title,
                cores: size.cores,
                memory_mib: size.memory_mib,
            })
            .collect(),
        process,
        docker,
        environment: written.env,
        home: written.home,
    };
    Some((written.order.unwrap_or(100), app))
}

/// Whether a path is one below the folder that it is meant of.
fn is_below(path: &str) -> bool {
    path.split('/').all(|name| !matches!(name, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::{is_below, read, shipped};
    use std::path::Path;

    #[test]
    fn the_catalogue_of_the_repository_is_sound_and_begins_with_what_the_binary_carries() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/apps");
        let mut problems = Vec::new();
        let catalogue = read(Some(&folder), &mut problems);
        assert_eq!(problems, []);
        let carried = shipped();
        let first = catalogue.0.first().unwrap();
        assert_eq!(first.id, carried.id);
        assert_eq!(first.process, carried.process);
        assert_eq!(first.home, carried.home);
    }

    #[test]
    fn a_file_of_the_home_is_below_it() {
        for path in [".jupyter/a", "a b", "a..b/c"] {
            assert!(is_below(path), "{path}");
        }
        for path in ["", "/a", "a/", "a//b", "../a", "a/../b", "."] {
            assert!(!is_below(path), "{path}");
        }
    }
}
