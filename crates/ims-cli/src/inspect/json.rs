use std::io::{self, Write};

use ims_files::{Contents, Fault, Totals};
use serde::Serialize;

use super::look::Looked;

/// All files as one document.
#[derive(Serialize)]
struct Document<'a> {
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<&'a str>,
    format: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(flatten)]
    contents: &'a Contents,
    #[serde(skip_serializing_if = "Option::is_none")]
    totals: Option<Totals>,
    problems: Vec<Fault>,
}

pub(super) fn files(looked: &[Looked<'_>], out: &mut dyn Write) -> io::Result<()> {
    let files = looked
        .iter()
        .map(|file| File {
            path: &file.path,
            sha256: file.sha256.as_deref(),
            format: file.format.map(|format| format.name()),
            version: file.verdict.version.as_deref(),
            contents: &file.contents,
            totals: file.verdict.totals,
            problems: file.problems(),
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &Document { files })?;
    writeln!(out)
}
