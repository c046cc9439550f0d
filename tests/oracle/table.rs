//! What became of each file of the samples, as `docs/formats/README.md` tells it.
//!
//! `UPDATE_TABLE=1 cargo test -p ims-tests --test oracle table` writes it anew.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use ims_files::{Head, recognise};

use crate::{differs::DIFFERS, files, name, samples};

const PAGE: &str = "docs/formats/README.md";
const BEGINS: &str = "<!-- the table of samples begins -->\n";
const ENDS: &str = "<!-- the table of samples ends -->\n";

/// The folders of files that councils exchange; the others are what providers' APIs say.
const FOLDERS: &[&str] = &[
    "agents",
    "bacs",
    "bai2",
    "camt",
    "dwp",
    "gl",
    "govukpay",
    "mt940",
    "ofx",
    "qif",
    "settlement",
    "ukbank",
];

/// What is no file to be read, but says something of one beside it.
fn is_beside(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let file = name(path);
    let tells = matches!(extension, "yml" | "yaml" | "pydata" | "xsd");
    tells
        || file.ends_with(".expected.json")
        || file == "_summary.json"
        || (extension == "json"
            && ["mt940", "camt"]
                .iter()
                .any(|folder| path.parent().is_some_and(|parent| parent.ends_with(folder))))
}

#[derive(Default)]
struct CameTo {
    files: u32,
    clean: u32,
    warned: u32,
    faulty: Vec<String>,
}

#[derive(Default)]
struct Told {
    by_format: BTreeMap<String, CameTo>,
    /// By folder, why no format reads a file, and how many there are.
    refused: BTreeMap<(String, String), BTreeSet<String>>,
}

fn told(samples: &Path) -> Told {
    let mut told = Told::default();
    for folder in FOLDERS {
        for path in files(&samples.join(folder)).iter().filter(|path| !is_beside(path)) {
            let bytes = fs::read(path).unwrap();
            let start = &bytes[..bytes.len().min(ims_files::HEAD_BYTES_MAX)];
            match recognise(&Head { bytes: start, file_name: &name(path) }) {
                Err(why) => {
                    let key = ((*folder).to_owned(), why.to_string());
                    told.refused.entry(key).or_default().insert(name(path));
                }
                Ok(format) => {
                    let verdict = format.read(&mut &*bytes, &mut |_| {});
                    let came = told.by_format.entry(format.name().to_owned()).or_default();
                    came.files += 1;
                    match (verdict.errors, verdict.warnings) {
                        (0, 0) => came.clean += 1,
                        (0, _) => came.warned += 1,
                        _ => {
                            let fault = verdict
                                .faults
                                .iter()
                                .find(|fault| fault.severity == ims_files::Severity::Error);
                            let why = fault.map(|fault| fault.message.clone()).unwrap_or_default();
                            came.faulty.push(format!("`{}`: {}", name(path), cell(&why)));
                        }
                    }
                }
            }
        }
    }
    told
}

/// Text that may stand in a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;")
}

fn table(told: &Told) -> String {
    let mut text = String::from(
        "| format | files | read whole | read whole, with warnings | with errors |\n|---|---|---|---|---|\n",
    );
    for (format, came) in &told.by_format {
        let CameTo { files, clean, warned, faulty } = came;
        let faulty = faulty.len();
        writeln!(text, "| {format} | {files} | {clean} | {warned} | {faulty} |").unwrap();
    }
    text += "\n| no format reads | files | what is said |\n|---|---|---|\n";
    for ((folder, why), files) in &told.refused {
        writeln!(text, "| in `{folder}` | {} | {} |", files.len(), cell(why)).unwrap();
    }
    text += "\nRead with errors, each told with its line:\n\n";
    for came in told.by_format.values() {
        came.faulty.iter().for_each(|file| writeln!(text, "- {file}").unwrap());
    }
    text += "\nWhere counts, sums or fields are not those of others, and ours is kept:\n\n";
    for differs in DIFFERS {
        let files: Vec<String> = differs.files.iter().map(|file| format!("`{file}`")).collect();
        writeln!(text, "- {} ({}): {}", differs.reason, differs.check, files.join(", ")).unwrap();
    }
    text + "\n"
}

#[test]
fn the_table_of_samples_is_as_documented() {
    let Some(samples) = samples("the table of what became of each sample file") else { return };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(PAGE);
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGINS).unwrap();
    let (held, after) = rest.split_once(ENDS).unwrap();
    let wanted = table(&told(&samples));
    if std::env::var_os("UPDATE_TABLE").is_some() {
        fs::write(&path, format!("{before}{BEGINS}{wanted}{ENDS}{after}")).unwrap();
        return;
    }
    let differs = held.lines().zip(wanted.lines()).find(|(held, wanted)| held != wanted);
    assert!(held == wanted, "{PAGE}: UPDATE_TABLE=1 writes the table anew: {differs:?}");
}
