//! Clusters whose process is gone without cleaning up, as after a power cut.

use std::path::Path;
use std::process::Command;

use super::{cluster, programs};
use crate::scratch;

/// How the folders of our clusters begin; the process's number follows.
pub(super) const PREFIX: &str = "ims-test-pg-";

/// Stops and removes every cluster whose process is gone.
pub(super) fn remove() {
    for entry in scratch::places().into_iter().filter_map(|place| place.read_dir().ok()).flatten() {
        let Ok(entry) = entry else { continue };
        let name = entry.file_name();
        let owner = name.to_str().and_then(owner);
        if owner.is_some_and(|owner| !is_alive(owner)) {
            let folder = entry.path();
            if folder.join("postmaster.pid").exists() {
                let _ = programs::run(cluster::stop(&folder));
            }
            let _ = std::fs::remove_dir_all(&folder);
        }
    }
}

/// The process that a folder's name says it belongs to.
fn owner(name: &str) -> Option<u32> {
    name.strip_prefix(PREFIX)?.split('-').next()?.parse().ok()
}

fn is_alive(process: u32) -> bool {
    let table = Path::new("/proc/self");
    if table.exists() {
        table.with_file_name(process.to_string()).exists()
    } else {
        let process = process.to_string();
        // In doubt it lives, and its folder stays.
        Command::new("ps").args(["-p", &process]).output().map_or(true, |ps| ps.status.success())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_s_name_tells_its_process() {
        assert_eq!(owner("ims-test-pg-4711-0"), Some(4711));
        assert_eq!(owner("ims-test-pg-x"), None);
        assert_eq!(owner("somebody-else"), None);
    }

    #[test]
    fn this_process_is_alive_and_an_impossible_one_is_not() {
        assert!(is_alive(std::process::id()));
        assert!(!is_alive(u32::MAX));
    }
}
