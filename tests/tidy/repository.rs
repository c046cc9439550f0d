//! The files of the repository, as they lie on the disk.

use std::fs;
use std::path::{Path, PathBuf};

/// What is made here and not kept: never looked into.
const MADE: &[&str] = &[".git", "target", "node_modules", "ims-demo"];

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Whether a name is of something made here, so that nobody keeps it.
pub(crate) fn is_made(name: &str) -> bool {
    MADE.contains(&name) || name.ends_with(".db") || name.contains(".db-")
}

/// Every kept file under `folder` (of the workspace), by its path from the root.
pub(crate) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root().join(folder), &mut found);
    let root = root();
    let mut names: Vec<String> = found
        .iter()
        .map(|file| file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

/// Those of [`files`] whose name ends so.
pub(crate) fn files_ending(folder: &str, end: &str) -> Vec<String> {
    let mut names = files(folder);
    names.retain(|name| name.ends_with(end));
    names
}

/// The text of a file, by its path from the root.
pub(crate) fn text(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// The names in a folder, kept or not.
pub(crate) fn names(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    // Somebody may remove a file of their own while we look.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let kind = entry.file_type().unwrap();
        if is_made(entry.file_name().to_str().unwrap()) {
            continue;
        }
        if kind.is_dir() {
            walk(&entry.path(), found);
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
}
