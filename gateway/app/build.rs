//! Puts the plugin SDK, the contract and the template into the binary, so that
//! `archway plugins new` works in any folder of any machine.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What is taken from the workspace, and the name it is known by.
const SOURCES: [&str; 7] = [
    "Cargo.toml",
    "Cargo.lock",
    "LICENSE",
    "wit",
    "plugin-sdk/rust",
    "plugin-sdk/formats",
    "plugin-sdk/template",
];

fn main() -> io::Result<()> {
    let workspace = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("../..").canonicalize()?;
    let mut files = Vec::new();
    for source in SOURCES {
        let path = workspace.join(source);
        println!("cargo::rerun-if-changed={}", path.display());
        collect(&path, &mut files)?;
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let name = file.strip_prefix(&workspace).map_err(io::Error::other)?;
        writeln!(
            list,
            "    ({:?}, include_bytes!({:?})),",
            name.display().to_string(),
            file.display().to_string()
        )
        .map_err(io::Error::other)?;
    }
    list.push(']');
    fs::write(Path::new(&variable("OUT_DIR")?).join("sdk_files.rs"), list)
}

fn collect(path: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_file() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?.path();
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        // The SDK's own test data stay at home, and so does what cargo and insta leave behind.
        let in_template = path.components().any(|part| part.as_os_str() == "template");
        let is_test_data = !in_template && name == "tests" && path.join("Cargo.toml").exists();
        if is_test_data || name == "target" || name.ends_with(".snap.new") {
            continue;
        }
        collect(&entry, files)?;
    }
    Ok(())
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
