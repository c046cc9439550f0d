//! `ims file inspect` and `ims file formats`: files read without a database.

mod json;
mod look;
mod print;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use ims_files::{
    Contents, FILE_BYTES_MAX, Format, formats as known,
    layout::{self, Layout},
};
use serde::Serialize;

use crate::Exit;

use look::{Known, Looked};

/// Recognises files, reads them and prints them in one neutral shape.
#[derive(Args, Clone, Debug)]
pub struct InspectArgs {
    /// The files; `-` is standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// The format, when it is not to be recognised
    #[arg(long = "as", value_name = "FORMAT")]
    pub format: Option<String>,
    /// Layouts of one's own, tried first: files, or folders of them
    #[arg(long = "layout", value_name = "FILE|DIR")]
    pub layouts: Vec<PathBuf>,
    /// The largest file that is read
    #[arg(long, value_name = "BYTES", default_value_t = FILE_BYTES_MAX)]
    pub max_bytes: u64,
}

/// All files were read without an error.
pub const ALL_READ: u8 = 0;
/// Some file was read with errors.
pub const WITH_ERRORS: u8 = 1;
/// Some file could not be opened, or is of no known format.
pub const NOT_RECOGNISED: u8 = 2;

/// Reads each file and prints what is in it; one that cannot be read does not
/// stop the others. Gives the exit code: the worst of the files'.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn run(args: &InspectArgs, json: bool, out: &mut dyn Write) -> io::Result<u8> {
    let layouts = match layouts(&args.layouts) {
        Ok(layouts) => layouts,
        Err(message) => return refuse(args, &message, json, out),
    };
    let own: Vec<&dyn Format> = layouts.iter().map(|layout| layout as &dyn Format).collect();
    let known = match args.format.as_deref() {
        None => Known::OneOf(&own),
        Some(name) => match named(name, &own) {
            Ok(format) => Known::Is(format),
            Err(message) => return refuse(args, &message, json, out),
        },
    };
    if json {
        let looked: Vec<Looked<'_>> = args
            .paths
            .iter()
            .map(|path| look::look(path, known, args.max_bytes, held(true)))
            .collect();
        json::files(&looked, out)?;
        return Ok(looked.iter().map(Looked::code).max().unwrap_or(ALL_READ));
    }
    let mut worst = ALL_READ;
    for path in &args.paths {
        let looked = look::look(path, known, args.max_bytes, held(false));
        worst = worst.max(looked.code());
        print::file(&looked, out)?;
    }
    Ok(worst)
}

/// Reads one file by a layout and prints what is in it. Gives the exit code.
pub(crate) fn one(path: &Path, layout: &Layout, json: bool, out: &mut dyn Write) -> io::Result<u8> {
    if !layout.reads() {
        let message =
            format!("the layout `{}` is for writing; `reads` would let it read", layout.name());
        show(&[Looked::refused(path, message)], json, out)?;
        return Ok(NOT_RECOGNISED);
    }
    let looked = look::look(path, Known::Is(layout), FILE_BYTES_MAX, held(json));
    let code = looked.code();
    show(&[looked], json, out)?;
    Ok(code)
}

/// What is held of a file: JSON has every row, a person is shown the first ones of each
/// part, so that a file of any size needs little memory.
fn held(json: bool) -> Contents {
    if json { Contents::default() } else { Contents::of_first(print::ROWS_MAX) }
}

/// What a process says of files read so.
pub(crate) const fn exit(code: u8) -> Exit {
    match code {
        ALL_READ => Exit::Done,
        WITH_ERRORS => Exit::SeeTo,
        _ => Exit::Unusable,
    }
}

fn refuse(args: &InspectArgs, message: &str, json: bool, out: &mut dyn Write) -> io::Result<u8> {
    let refused = |path: &PathBuf| Looked::refused(path, message.to_owned());
    let looked: Vec<Looked<'_>> = args.paths.iter().map(refused).collect();
    show(&looked, json, out)?;
    Ok(NOT_RECOGNISED)
}

/// The layouts that are named: files, or folders of them.
fn layouts(paths: &[PathBuf]) -> Result<Vec<Layout>, String> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let mut held: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        held.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        held.sort();
        files.extend(held);
    }
    let mut layouts = Vec::new();
    for path in files {
        let layout = crate::layout::of_file(&path).map_err(|faults| {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            format!("{}: {first}; `ims file layout check` shows all", path.display())
        })?;
        layouts.push(layout);
    }
    Ok(layouts)
}

fn named<'f>(name: &str, own: &[&'f dyn Format]) -> Result<&'f dyn Format, String> {
    let found = own.iter().copied().find(|format| format.name() == name);
    found.or_else(|| ims_files::by_name(name)).ok_or_else(|| {
        let names: Vec<&str> = known().iter().map(|format| format.name()).collect();
        format!("there is no format `{name}`; there are {}", names.join(", "))
    })
}

fn show(looked: &[Looked<'_>], as_json: bool, out: &mut dyn Write) -> io::Result<()> {
    if as_json {
        return json::files(looked, out);
    }
    looked.iter().try_for_each(|looked| print::file(looked, out))
}

/// A format or layout, as `ims file formats` lists it.
#[derive(Debug, Serialize)]
struct Listed<'a> {
    name: &'a str,
    title: String,
    reads: bool,
    writes: bool,
    page: &'a str,
}

/// Prints every format that is read and every layout that is written, with the
/// page that specifies it.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn formats(json: bool, out: &mut dyn Write) -> io::Result<()> {
    let read = known().iter().map(|format| Listed {
        name: format.name(),
        title: format.title().to_owned(),
        reads: true,
        writes: false,
        page: format.page(),
    });
    let layouts: Vec<Layout> =
        layout::shipped().iter().filter_map(|(name, _)| layout::named(name)).collect();
    let written = layouts.iter().filter(|layout| layout.writes()).map(|layout| Listed {
        name: layout.name(),
        title: layout.title().to_owned(),
        reads: layout.reads(),
        writes: true,
        page: layout.page(),
    });
    let all: Vec<Listed<'_>> = read.chain(written).collect();
    if json {
        serde_json::to_writer_pretty(&mut *out, &serde_json::json!({ "formats": all }))?;
        return writeln!(out);
    }
    print::formats(&all, out)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const LINES: &str = ":20:A\n:25:20000012345678\n:28C:1/1\n:60F:C260401GBP10,00\n\
                         :61:2604010401C120,50NTRF80012345//B1\n:86:BGC SMITH J\n\
                         :61:2604010401RC20,50NTRF80012346\n:62F:C260401GBP110,00\n-\n";

    fn run_on(files: &[(&str, &[u8])], format: Option<&str>, json: bool) -> (u8, String) {
        let folder = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for (name, bytes) in files {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            paths.push(path);
        }
        paths.push(folder.path().join("absent.sta"));
        if files.len() == 1 {
            paths.truncate(1);
        }
        let args = InspectArgs {
            paths,
            format: format.map(str::to_owned),
            layouts: Vec::new(),
            max_bytes: 10_000,
        };
        let mut out = Vec::new();
        let code = run(&args, json, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        (code, text.replace(folder.path().to_str().unwrap(), "DIR"))
    }

    #[test]
    fn the_json_is_the_contract_s() {
        let (code, text) = run_on(&[("s.sta", LINES.as_bytes())], None, true);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let file = &json["files"][0];
        assert_eq!(code, ALL_READ);
        assert_eq!(file["path"], "DIR/s.sta");
        assert_eq!(file["format"], "mt940");
        assert_eq!(file["sha256"].as_str().map(str::len), Some(64));
        let statement = &file["statements"][0];
        assert_eq!(statement["account"], "12345678");
        assert_eq!(statement["sort_code"], "200000");
        assert_eq!(statement["balanced"], true);
        assert_eq!(
            statement["opening"],
            serde_json::json!({"date": "2026-04-01", "amount": "10.00"})
        );
        let amounts: Vec<_> =
            statement["entries"].as_array().unwrap().iter().map(|e| &e["amount"]).collect();
        assert_eq!(amounts, ["120.50", "-20.50"]);
        assert_eq!(file["totals"], serde_json::json!({"count": 2, "sum": "100.00"}));
        assert_eq!(file["problems"], serde_json::json!([]));
    }

    #[test]
    fn one_bad_file_does_not_hide_the_others() {
        let broken = LINES.replace(":61:2604010401RC", ":61:260401XX");
        let (code, text) = run_on(
            &[("a.sta", LINES.as_bytes()), ("b.sta", broken.as_bytes()), ("c.pdf", b"%PDF-1.7 x")],
            None,
            true,
        );
        assert_eq!(code, NOT_RECOGNISED);
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let problems: Vec<_> = json["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file["problems"][0]["message"].as_str().unwrap_or("none").to_owned())
            .collect();
        assert_eq!(problems.len(), 4);
        assert_eq!(problems[0], "none");
        assert!(problems[1].starts_with("no C, D, RC or RD"), "{}", problems[1]);
        assert_eq!(problems[2], "it is a PDF; ask the sender for the data file");
        assert!(problems[3].starts_with("cannot be opened"), "{}", problems[3]);
    }

    #[test]
    fn errors_unknown_names_and_sizes_have_their_exit_codes() {
        let broken = LINES.replace(":61:2604010401RC", ":61:260401XX");
        assert_eq!(run_on(&[("b.sta", broken.as_bytes())], None, false).0, WITH_ERRORS);
        let (code, text) = run_on(&[("a.sta", LINES.as_bytes())], Some("mt941"), false);
        assert_eq!(code, NOT_RECOGNISED);
        assert!(text.contains("there is no format `mt941`; there are mt940, bai2"), "{text}");
        let large = vec![b'x'; 10_001];
        let (code, text) = run_on(&[("l.sta", &large)], Some("mt940"), false);
        assert_eq!(code, NOT_RECOGNISED);
        assert!(text.contains("larger than 10000 bytes"), "{text}");
    }

    #[test]
    fn a_person_reads_a_table() {
        let (_, text) = run_on(&[("s.sta", LINES.as_bytes())], None, false);
        for words in
            ["DIR/s.sta", "MT940", "20-00-00 12345678", "-20.50", "80012345", "balances agree"]
        {
            assert!(text.contains(words), "{words} in {text}");
        }
    }

    /// A hundred lines: the first are shown, all are counted and in the balance.
    #[test]
    fn a_person_is_shown_the_first_rows_of_a_long_file() {
        let head = ":20:A\n:25:20000012345678\n:28C:1/1\n:60F:C260401GBP10,00\n";
        let lines = ":61:2604010401C1,50NTRF80012345//B1\n".repeat(100);
        let file = format!("{head}{lines}:62F:C260401GBP160,00\n-\n");
        let (code, text) = run_on(&[("s.sta", file.as_bytes())], None, false);
        assert_eq!(code, ALL_READ, "{text}");
        assert_eq!(text.matches("80012345").count(), 60, "{text}");
        for words in ["and 40 more", "balances agree", "100 rows of money, 150.00 in all"] {
            assert!(text.contains(words), "{words} in {text}");
        }
        let (_, text) = run_on(&[("s.sta", file.as_bytes())], None, true);
        assert_eq!(text.matches("\"80012345\"").count(), 100);
    }

    #[test]
    fn formats_are_listed_with_their_pages() {
        let mut out = Vec::new();
        formats(true, &mut out).unwrap();
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let all = json["formats"].as_array().unwrap();
        let find = |name: &str| all.iter().find(|format| format["name"] == name).unwrap();
        assert_eq!(find("camt053")["page"], "docs/formats/camt053.md");
        assert_eq!(find("ledger-journal")["writes"], true);
        let mut out = Vec::new();
        formats(false, &mut out).unwrap();
        assert!(String::from_utf8(out).unwrap().contains("docs/formats/allpay.md"));
    }
}
