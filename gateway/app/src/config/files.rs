//! Folders of TOML files beside `archway.toml`.

use std::path::{Path, PathBuf};

use super::report::Problem;

/// The `*.toml` files of a folder by name; nobody has to have the folder.
pub(super) fn of_folder(folder: &Path, problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            let reason = format!("cannot be listed: {error}");
            let place = folder.display().to_string();
            problems.push(Problem { place, key: String::new(), reason });
            return Vec::new();
        }
    };
    let mut files: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.extension().is_some_and(|end| end == "toml"));
    files.sort();
    files
}

/// What is wrong, without line and column: they would be those of a table, not of the file.
pub(super) fn without_position(error: &toml::de::Error) -> String {
    error.message().to_owned()
}
