use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use ims_files::{
    Contents, Fault, Format, HEAD_BYTES_MAX, Head, Severity, Verdict, recognise_among,
};
use sha2::{Digest, Sha256};

use super::{ALL_READ, NOT_RECOGNISED, WITH_ERRORS};

/// How much is read at once, in bytes.
const CHUNK_BYTES: usize = 256 << 10;

/// What is known of a file's format.
#[derive(Clone, Copy)]
pub(super) enum Known<'f, 'o> {
    /// It is this one.
    Is(&'f dyn Format),
    /// It is to be recognised, these tried first.
    OneOf(&'o [&'f dyn Format]),
}

/// What was seen of one file.
pub(super) struct Looked<'f> {
    pub(super) path: String,
    /// Of all its bytes; `None` when they could not all be read.
    pub(super) sha256: Option<String>,
    pub(super) format: Option<&'f dyn Format>,
    pub(super) contents: Contents,
    pub(super) verdict: Verdict,
    /// Why it was not read at all.
    pub(super) refused: Option<String>,
}

impl Looked<'_> {
    pub(super) fn refused(path: &Path, message: String) -> Self {
        Self {
            path: path.display().to_string(),
            sha256: None,
            format: None,
            contents: Contents::default(),
            verdict: Verdict::default(),
            refused: Some(message),
        }
    }

    pub(super) fn code(&self) -> u8 {
        match (&self.refused, self.verdict.is_read_whole()) {
            (Some(_), _) => NOT_RECOGNISED,
            (None, false) => WITH_ERRORS,
            (None, true) => ALL_READ,
        }
    }

    /// What is wrong with it, in the order of its lines.
    pub(super) fn problems(&self) -> Vec<Fault> {
        let mut problems = self.verdict.faults.clone();
        if let Some(message) = &self.refused {
            problems.push(Fault {
                line: None,
                severity: Severity::Error,
                message: message.clone(),
            });
        }
        let left_out = self.verdict.faults_left_out();
        if left_out > 0 {
            let message = format!("and {left_out} more");
            problems.push(Fault { line: None, severity: Severity::Error, message });
        }
        problems
    }
}

/// Reads a file into `contents`, recognising it unless its format is given.
pub(super) fn look<'f>(
    path: &Path,
    known: Known<'f, '_>,
    bytes_max: u64,
    contents: Contents,
) -> Looked<'f> {
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        match open(path) {
            Ok(file) => Box::new(file),
            Err(error) => return Looked::refused(path, format!("cannot be opened: {error}")),
        }
    };
    match read(path, source, known, bytes_max, contents) {
        Ok(looked) => looked,
        Err(error) => Looked::refused(path, format!("cannot be read: {error}")),
    }
}

fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder; name the files in it"));
    }
    Ok(file)
}

fn read<'f>(
    path: &Path,
    source: Box<dyn Read>,
    known: Known<'f, '_>,
    bytes_max: u64,
    mut contents: Contents,
) -> io::Result<Looked<'f>> {
    let mut source =
        Hashed { source: source.take(bytes_max.saturating_add(1)), hash: Sha256::new(), bytes: 0 };
    let mut head = Vec::new();
    (&mut source).take(u64::try_from(HEAD_BYTES_MAX).unwrap_or(u64::MAX)).read_to_end(&mut head)?;
    let file_name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let format = match known {
        Known::Is(format) => Ok(format),
        Known::OneOf(own) => recognise_among(&Head { bytes: &head, file_name }, own)
            .map_err(|error| error.to_string()),
    };
    let mut input = BufReader::with_capacity(CHUNK_BYTES, (&head[..]).chain(&mut source));
    let verdict = match format {
        Ok(format) => format.read(&mut input, &mut |record| contents.take(record)),
        Err(_) => Verdict::default(),
    };
    // A reader may stop early; the hash is of all the bytes.
    loop {
        let rest = input.fill_buf()?.len();
        if rest == 0 {
            break;
        }
        input.consume(rest);
    }
    drop(input);
    if source.bytes > bytes_max {
        return Ok(Looked::refused(
            path,
            format!("it is larger than {bytes_max} bytes; --max-bytes allows more"),
        ));
    }
    let sha256 = source.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Looked {
        path: path.display().to_string(),
        sha256: Some(sha256),
        format: format.as_ref().ok().copied(),
        contents,
        verdict,
        refused: format.err(),
    })
}

/// Counts and hashes what is read through it.
struct Hashed<R> {
    source: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.hash.update(into.get(..count).unwrap_or_default());
        self.bytes = self.bytes.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}
