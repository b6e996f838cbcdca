//! `archway plugins new`: a folder with a plugin that compiles and tests, SDK included.
//!
//! ```text
//! NAME/            the plugin: Cargo.toml plugin.toml README.md src/ tests/
//! NAME/sdk/        the SDK and the contract that this `archway` was built with
//! ```

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use toml::Value;

use crate::cli::{Usage, terminal::line};

/// By path in the workspace.
type Files = &'static [(&'static str, &'static [u8])];

/// The SDK, the contract and the template, as they were when this was built.
static FILES: Files = include!(concat!(env!("OUT_DIR"), "/sdk_files.rs"));

const TEMPLATE: &str = "plugin-sdk/template/";
/// What the template is called until it has a name.
const PLACEHOLDER: &str = "my-archive";

/// Makes a folder with a new plugin.
#[derive(Args, Debug)]
pub(in crate::cli) struct New {
    /// Id of the plugin and name of its folder: a-z, 0-9 and -
    #[arg(value_name = "NAME")]
    name: PathBuf,
}

impl New {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let folder = &self.name;
        let id = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        check_id(&id)?;
        if folder.exists() {
            bail!("{} is there already; nothing was written", folder.display());
        }
        for (path, content) in FILES {
            match path.strip_prefix(TEMPLATE) {
                Some(path) => write(&folder.join(path), &named(content, &id))?,
                None if *path == "Cargo.toml" => {
                    write(&folder.join("sdk/Cargo.toml"), sdk_workspace(content)?.as_bytes())?
                }
                // The same versions as here, for those that cargo need not ask anybody about.
                None if *path == "Cargo.lock" => write(&folder.join("Cargo.lock"), content)?,
                None => write(&folder.join("sdk").join(path), content)?,
            }
        }
        let at = folder.display();
        line(format_args!("{at} is a plugin that reads a small JSON catalogue; make it yours:"))?;
        line(format_args!("  cd {at} && cargo test"))?;
        line("  cargo build --target wasm32-wasip2 --release")?;
        line(format_args!(
            "  archway plugins try target/wasm32-wasip2/release/{}.wasm search --setting catalogue_url=URL --grant HOST:PORT",
            id.replace('-', "_")
        ))?;
        line("README.md says where to go on")?;
        Ok(ExitCode::SUCCESS)
    }
}

fn check_id(id: &str) -> Result<(), Usage> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let is_name = id.chars().all(plain)
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-');
    if is_name && id.len() <= 64 {
        return Ok(());
    }
    Err(Usage(format!(
        "`{id}` is not 1 to 64 of a-z, 0-9 and -, starting with a letter, as in my-archive"
    )))
}

/// The template under its name, as an id, a crate and a type.
fn named(content: &[u8], id: &str) -> Vec<u8> {
    let Ok(text) = std::str::from_utf8(content) else { return content.to_vec() };
    let type_name = |id: &str| {
        let words = id.split('-').map(|word| word[..1].to_uppercase() + &word[1..]);
        words.collect::<String>()
    };
    let renamed = text
        .replace(PLACEHOLDER, id)
        .replace(&PLACEHOLDER.replace('-', "_"), &id.replace('-', "_"))
        .replace(&type_name(PLACEHOLDER), &type_name(id));
    renamed.into_bytes()
}

/// The workspace's manifest with the SDK as its only members: versions and lints stay the same.
fn sdk_workspace(content: &[u8]) -> anyhow::Result<String> {
    let text = std::str::from_utf8(content).context("the workspace's manifest is UTF-8")?;
    let mut manifest: toml::Table = text.parse().context("the workspace's manifest is TOML")?;
    manifest.remove("profile");
    let workspace =
        manifest.get_mut("workspace").and_then(Value::as_table_mut).context("it is a workspace")?;
    workspace.remove("default-members");
    let members =
        ["plugin-sdk/rust", "plugin-sdk/formats"].map(|member| Value::String(member.to_owned()));
    workspace.insert("members".to_owned(), Value::Array(members.to_vec()));
    if let Some(dependencies) = workspace.get_mut("dependencies").and_then(Value::as_table_mut) {
        dependencies.retain(|_, dependency| match dependency.get("path").and_then(Value::as_str) {
            Some(path) => path.starts_with("plugin-sdk/"),
            None => true,
        });
    }
    toml::to_string(&manifest).context("a manifest is TOML")
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let failed = || format!("cannot write {}", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(failed)?;
    }
    std::fs::File::create_new(path)
        .and_then(|mut file| file.write_all(content))
        .with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::{FILES, check_id, named, sdk_workspace};

    #[test]
    fn the_name_reaches_every_spelling() {
        let text = b"my-archive my_archive MyArchive";
        assert_eq!(named(text, "cassini-rpws2"), b"cassini-rpws2 cassini_rpws2 CassiniRpws2");
    }

    #[test]
    fn only_names_that_cargo_and_the_gateway_take_are_taken() {
        for (id, sound) in [
            ("demo", true),
            ("a-1", true),
            ("", false),
            ("1a", false),
            ("Demo", false),
            ("a_b", false),
            ("a-", false),
        ] {
            assert_eq!(check_id(id).is_ok(), sound, "case: {id:?}");
        }
    }

    #[test]
    fn the_sdk_is_a_workspace_of_its_own() {
        let (_, content) = FILES.iter().find(|(path, _)| *path == "Cargo.toml").unwrap();
        let manifest: toml::Table = sdk_workspace(content).unwrap().parse().unwrap();
        let members = manifest["workspace"]["members"].as_array().unwrap();
        assert_eq!(members.len(), 2);
        assert!(manifest["workspace"]["dependencies"].get("archway-core").is_none());
        assert!(manifest["workspace"]["dependencies"].get("archway-formats").is_some());
    }

    #[test]
    fn what_a_plugin_needs_is_inside() {
        for wanted in [
            "wit/archive/archive.wit",
            "plugin-sdk/rust/src/lib.rs",
            "plugin-sdk/formats/Cargo.toml",
            "plugin-sdk/template/plugin.toml",
        ] {
            assert!(FILES.iter().any(|(path, _)| *path == wanted), "{wanted} is missing");
        }
    }
}
