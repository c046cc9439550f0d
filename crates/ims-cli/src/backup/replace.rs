//! One database put in the place of another, which is kept.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};

use super::companion;
use crate::CliError;

/// Moves `part` to `place`. What is there is moved beside it first, with what
/// SQLite keeps next to it: a log of one database beside another would be
/// played into it. Gives where the database before is kept.
pub(super) fn put(
    part: &Path,
    place: &Path,
    now: DateTime<Utc>,
) -> Result<Option<PathBuf>, CliError> {
    let at = |source| CliError::Write { path: place.to_owned(), source };
    let mut kept = companion(place, &now.format(".replaced-%Y%m%dT%H%M%S").to_string());
    let mut number = 1_u32;
    while kept.exists() || companion(&kept, "-wal").exists() {
        number = number.saturating_add(1);
        kept =
            companion(place, &now.format(&format!(".replaced-%Y%m%dT%H%M%S-{number}")).to_string());
    }
    let was_there = place.exists();
    for ending in ["-wal", "-shm", ""] {
        aside(&companion(place, ending), &companion(&kept, ending)).map_err(at)?;
    }
    fs::rename(part, place).map_err(at)?;
    Ok(was_there.then_some(kept))
}

fn aside(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_the_old_never_stays_beside_the_new() {
        let folder = tempfile::tempdir().unwrap();
        let (place, part) = (folder.path().join("ims.db"), folder.path().join("part"));
        fs::write(&part, "new").unwrap();
        for name in ["ims.db", "ims.db-wal", "ims.db-shm"] {
            fs::write(folder.path().join(name), "old").unwrap();
        }
        let kept = put(&part, &place, DateTime::UNIX_EPOCH).unwrap().unwrap();
        assert_eq!(fs::read_to_string(&place).unwrap(), "new");
        assert!(!companion(&place, "-wal").exists() && !companion(&place, "-shm").exists());
        assert_eq!(fs::read_to_string(companion(&kept, "-wal")).unwrap(), "old");
        fs::write(&part, "newer").unwrap();
        let other = put(&part, &place, DateTime::UNIX_EPOCH).unwrap().unwrap();
        assert_ne!(other, kept);
        assert_eq!(fs::read_to_string(other).unwrap(), "new");
    }
}
