//! What a command is given: files and standard input, never more than allowed.

use std::{
    fs::{self, File},
    io::{self, BufRead, Read, Write},
    path::{Path, PathBuf},
};

use crate::{CliError, error::bad};

/// What standard input is called where a file's name is asked for.
pub(crate) const STDIN: &str = "standard-input";

/// The largest configuration or list of opening balances, in bytes.
pub(crate) const DOCUMENT_BYTES_MAX: u64 = 16 << 20;

/// All bytes of a file, or of standard input for `-`; one that is larger than
/// `bytes_max` is refused without reading it.
pub(crate) fn bytes(
    path: &Path,
    bytes_max: u64,
    input: &mut dyn BufRead,
) -> Result<Vec<u8>, CliError> {
    let too_large = || {
        bad(format!(
            "{}: larger than {bytes_max} bytes, the most a file may have here",
            path.display()
        ))
    };
    let at = |source| CliError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let limit = bytes_max.saturating_add(1);
    if path.as_os_str() == "-" {
        input.take(limit).read_to_end(&mut bytes).map_err(at)?;
    } else {
        let file = File::open(path).map_err(at)?;
        let about = file.metadata().map_err(at)?;
        if about.is_dir() {
            let what = "it is a folder; name the files in it, or let `ims watch` take them";
            return Err(at(io::Error::other(what)));
        }
        if about.len() > bytes_max {
            return Err(too_large());
        }
        // It may be growing while it is read.
        file.take(limit).read_to_end(&mut bytes).map_err(at)?;
    }
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > bytes_max {
        return Err(too_large());
    }
    Ok(bytes)
}

/// What a file is called without its folders.
pub(crate) fn name(path: &Path) -> String {
    if path.as_os_str() == "-" {
        return STDIN.to_owned();
    }
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A text document: UTF-8, at most [`DOCUMENT_BYTES_MAX`].
pub(crate) fn document(path: &Path, input: &mut dyn BufRead) -> Result<String, CliError> {
    let bytes = bytes(path, DOCUMENT_BYTES_MAX, input)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| bad(format!("{}: not UTF-8 text; save it as UTF-8", path.display())))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Writes a file whole or not at all: beside its place first, then moved there.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let at = |source| CliError::Write { path: path.to_owned(), source };
    let part = beside(path, "part");
    let written = (|| {
        let mut file = File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&part, path)
    })();
    written.map_err(|error| {
        let _ = fs::remove_file(&part);
        at(error)
    })
}

/// A hidden name in the same folder.
pub(crate) fn beside(path: &Path, what: &str) -> PathBuf {
    let name = name(path);
    path.with_file_name(format!(".{name}.{}.{what}", std::process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_too_large_is_refused_and_standard_input_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        fs::write(&path, b"12345").unwrap();
        assert_eq!(bytes(&path, 5, &mut io::empty()).unwrap(), b"12345");
        assert!(
            bytes(&path, 4, &mut io::empty()).unwrap_err().sentence().contains("larger than 4")
        );
        let mut input = io::Cursor::new(b"12345");
        assert!(bytes(Path::new("-"), 4, &mut input).is_err());
        assert!(
            bytes(folder.path(), 4, &mut io::empty()).unwrap_err().sentence().contains("folder")
        );
    }
}
