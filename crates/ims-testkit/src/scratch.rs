//! Where throw-away databases are made.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Kept in memory by Linux: a database there is made in a tenth of the time.
const MEMORY: &str = "/dev/shm";

/// What has to be free in memory before databases are made there.
const MEMORY_MIN_KIB: u64 = 2 * 1024 * 1024;

/// The folder to make databases in: in memory where there is room, unless the
/// full figures are asked for (`IMS_TEST_LONG`), which fill disks.
pub(crate) fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let long = std::env::var_os("IMS_TEST_LONG").is_some();
        let roomy = free_kib(Path::new(MEMORY)).is_some_and(|free| free >= MEMORY_MIN_KIB);
        if roomy && !long { PathBuf::from(MEMORY) } else { on_disk() }
    })
}

/// Every folder that [`place`] may have answered in an earlier run.
pub(crate) fn places() -> [PathBuf; 2] {
    [PathBuf::from(MEMORY), on_disk()]
}

/// A temporary folder that the database server's own user may enter too.
pub(crate) fn on_disk() -> PathBuf {
    let shared = PathBuf::from("/tmp");
    if shared.is_dir() { shared } else { std::env::temp_dir() }
}

/// What is free in the file system of `folder`, in KiB.
fn free_kib(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let table = String::from_utf8(output.stdout).ok()?;
    table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_room_is_told_of_what_is_there_only() {
        assert!(free_kib(Path::new("/")).is_some());
        assert_eq!(free_kib(Path::new("/no/such/folder")), None);
    }
}
