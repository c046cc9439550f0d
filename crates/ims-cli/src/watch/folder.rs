use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::{CliError, source};

/// Endings of files that are still being written, as senders name them.
const ARRIVING: [&str; 4] = ["part", "tmp", "filepart", "crdownload"];

/// The most files taken in between two looks.
const FILES_MAX: usize = 1_000;

/// How a file looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    size: u64,
    modified: Option<SystemTime>,
}

/// A file that has not changed since the look before.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    seen: Seen,
}

impl Found {
    /// Whether it still looks the same.
    pub(super) fn is_unchanged(&self) -> bool {
        fs::metadata(&self.path).is_ok_and(|about| seen(&about) == self.seen)
    }
}

fn seen(about: &fs::Metadata) -> Seen {
    Seen { size: about.len(), modified: about.modified().ok() }
}

/// A folder that is looked at again and again.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    before: HashMap<PathBuf, Seen>,
    growing: usize,
}

impl Folder {
    pub(super) fn open(path: &Path) -> Result<Self, CliError> {
        let at = |source| CliError::Read { path: path.to_owned(), source };
        if !fs::metadata(path).map_err(at)?.is_dir() {
            return Err(at(io::Error::other("it is a file; `ims import` takes files in")));
        }
        Ok(Self { path: path.to_owned(), before: HashMap::new(), growing: 0 })
    }

    /// The files that look as they did the last time, by name.
    pub(super) fn look(&mut self) -> Result<Vec<Found>, CliError> {
        let at = |source| CliError::Read { path: self.path.clone(), source };
        let mut now = HashMap::new();
        let mut settled = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(at)? {
            let entry = entry.map_err(at)?;
            // A link may lead anywhere; a folder is not ours.
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            let path = entry.path();
            if !is_file || is_arriving(&path) {
                continue;
            }
            // It may have been taken away in the meantime.
            let Ok(about) = entry.metadata() else { continue };
            let seen = seen(&about);
            if self.before.get(&path) == Some(&seen) {
                settled.push(Found { path: path.clone(), seen });
            }
            now.insert(path, seen);
        }
        self.growing = now.len().saturating_sub(settled.len());
        self.before = now;
        settled.sort_by(|one, other| one.path.cmp(&other.path));
        settled.truncate(FILES_MAX);
        Ok(settled)
    }

    /// How many had changed at the last look.
    pub(super) const fn growing(&self) -> usize {
        self.growing
    }
}

fn is_arriving(path: &Path) -> bool {
    let name = source::name(path);
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    name.starts_with('.') || ARRIVING.iter().any(|one| ending.eq_ignore_ascii_case(one))
}

/// Moves a file into `folder/into`, never over another; with its reason beside
/// it. `None` when somebody else moved it first.
pub(super) fn put_away(
    folder: &Path,
    into: &str,
    path: &Path,
    why: Option<&str>,
) -> Result<Option<PathBuf>, CliError> {
    let place = folder.join(into);
    let at = |source| CliError::Write { path: place.clone(), source };
    fs::create_dir_all(&place).map_err(at)?;
    let name = source::name(path);
    let mut to = place.join(&name);
    let mut number = 1_u32;
    while to.exists() {
        number = number.saturating_add(1);
        to = place.join(format!("{name}.{number}"));
    }
    if let Some(why) = why {
        let beside = place.join(format!("{}.why.txt", source::name(&to)));
        source::write_whole(&beside, format!("{why}\n").as_bytes())?;
    }
    match fs::rename(path, &to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(error)),
        Ok(()) => Ok(Some(to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(found: &[Found]) -> Vec<String> {
        found.iter().map(|found| source::name(&found.path)).collect()
    }

    #[test]
    fn only_what_has_stopped_growing_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
        for name in ["b.csv", "a.csv", ".hidden", "c.part", "d.TMP"] {
            write(name, "one");
        }
        fs::create_dir(dir.path().join("done")).unwrap();
        let mut folder = Folder::open(dir.path()).unwrap();
        assert_eq!(names(&folder.look().unwrap()), [""; 0]);
        write("b.csv", "one and more");
        let found = folder.look().unwrap();
        assert_eq!((names(&found), folder.growing()), (vec!["a.csv".to_owned()], 1));
        write("a.csv", "changed after the look");
        assert!(!found[0].is_unchanged());
        assert_eq!(names(&folder.look().unwrap()), ["b.csv"]);
    }

    #[test]
    fn nothing_is_overwritten_and_what_is_refused_says_why() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        for text in ["first", "second"] {
            fs::write(&path, text).unwrap();
            put_away(dir.path(), "refused", &path, Some("wrong")).unwrap().unwrap();
        }
        let read = |name: &str| fs::read_to_string(dir.path().join("refused").join(name)).unwrap();
        assert_eq!((read("a.csv"), read("a.csv.2")), ("first".to_owned(), "second".to_owned()));
        assert_eq!(read("a.csv.2.why.txt"), "wrong\n");
        assert_eq!(put_away(dir.path(), "done", &path, None).unwrap(), None);
    }
}
