//! `ims file layout`: file formats described as data, checked, tried, compared.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Subcommand;
use ims_files::layout::{self, Layout, LayoutFault};
use serde_json::{Value, json};

use crate::{Exit, inspect};

/// The largest layout that is read.
const LAYOUT_BYTES_MAX: u64 = 1 << 20;

/// File formats described as data.
#[derive(Subcommand, Clone, Debug)]
pub enum LayoutCommand {
    /// Check layouts; every fault with its line, its key and what would be right
    #[command(after_help = "Example: ims file layout check our-cash.toml")]
    Check {
        /// The layouts
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Read a sample by a layout: its rows as read, each fault with line and place
    #[command(after_help = "Example: ims file layout test our-agent.toml monday.txt")]
    Test {
        /// The layout: a file, or the name of one that comes with the program
        layout: String,
        /// The file that is read by it
        sample: PathBuf,
    },
    /// Show what two layouts have otherwise; comments and order count for nothing
    #[command(after_help = "Example: ims file layout diff unit4-gl07 our-gl07.toml")]
    Diff {
        /// The old one: a file, or the name of one that comes with the program
        old: String,
        /// The new one
        new: String,
    },
    /// Print a layout that comes with the program, to make one's own of it
    #[command(after_help = "Example: ims file layout show host-rents > our-rents.toml")]
    Show {
        /// Its name
        name: String,
    },
}

pub(crate) fn run(command: &LayoutCommand, json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    match command {
        LayoutCommand::Check { files } => check(files, json, out),
        LayoutCommand::Test { layout, sample } => match named(layout) {
            Ok(layout) => {
                let code = inspect::one(sample, &layout, json, out)?;
                Ok(inspect::exit(code))
            }
            Err(faults) => refuse(layout, &faults, json, out),
        },
        LayoutCommand::Diff { old, new } => match (named(old), named(new)) {
            (Ok(old), Ok(new)) => diff(&old, &new, json, out),
            (Err(faults), _) => refuse(old, &faults, json, out),
            (_, Err(faults)) => refuse(new, &faults, json, out),
        },
        LayoutCommand::Show { name } => match toml(name) {
            Some(toml) if json => {
                document(&json!({ "name": name, "text": toml }), out)?;
                Ok(Exit::Done)
            }
            Some(toml) => {
                out.write_all(toml.as_bytes())?;
                Ok(Exit::Done)
            }
            None => refuse(name, &[unknown(name)], json, out),
        },
    }
}

fn check(files: &[PathBuf], json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    let mut documents = Vec::new();
    let mut worst = Exit::Done;
    for path in files {
        let shown = path.display().to_string();
        match of_file(path) {
            Ok(layout) if json => documents.push(json!({
                "path": shown, "name": layout.name(), "ok": true, "faults": [],
            })),
            Ok(layout) => {
                let does = match (layout.reads(), layout.writes()) {
                    (true, true) => "reads and writes",
                    (true, false) => "reads",
                    (false, _) => "writes",
                };
                writeln!(out, "{shown}: `{}` {does}, no fault", layout.name())?;
            }
            Err(faults) => {
                worst = Exit::Unusable;
                if json {
                    documents.push(refusal(&shown, &faults));
                } else {
                    lines(&shown, &faults, out)?;
                }
            }
        }
    }
    if json {
        document(&json!({ "layouts": documents }), out)?;
    }
    Ok(worst)
}

fn diff(old: &Layout, new: &Layout, json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    let differences = old.differences(new);
    if json {
        document(&json!({ "differences": differences }), out)?;
    } else if differences.is_empty() {
        writeln!(out, "no difference")?;
    } else {
        differences.iter().try_for_each(|one| writeln!(out, "{one}"))?;
    }
    Ok(if differences.is_empty() { Exit::Done } else { Exit::SeeTo })
}

fn refuse(what: &str, faults: &[LayoutFault], json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    if json {
        document(&json!({ "layouts": [refusal(what, faults)] }), out)?;
    } else {
        lines(what, faults, out)?;
    }
    Ok(Exit::Unusable)
}

fn refusal(what: &str, faults: &[LayoutFault]) -> Value {
    let faults: Vec<Value> = faults
        .iter()
        .map(|fault| json!({ "line": fault.line, "key": fault.key, "message": fault.message }))
        .collect();
    json!({ "path": what, "ok": false, "faults": faults })
}

fn lines(what: &str, faults: &[LayoutFault], out: &mut dyn Write) -> io::Result<()> {
    faults.iter().try_for_each(|fault| writeln!(out, "{what}: {fault}"))
}

pub(crate) fn document(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)
}

/// The TOML of a layout that comes with the program.
fn toml(name: &str) -> Option<&'static str> {
    layout::shipped().iter().find(|(held, _)| *held == name).map(|(_, toml)| *toml)
}

fn unknown(name: &str) -> LayoutFault {
    let names: Vec<&str> = layout::shipped().iter().map(|(name, _)| *name).collect();
    LayoutFault {
        line: None,
        key: String::new(),
        message: format!("there is no file and no layout `{name}`; there are {}", names.join(", ")),
    }
}

/// A layout by its name, or out of a file.
fn named(name: &str) -> Result<Layout, Vec<LayoutFault>> {
    match toml(name) {
        Some(toml) => Layout::check(toml),
        None if Path::new(name).exists() => of_file(Path::new(name)),
        // What is written like a file is meant to be one.
        None if name.contains(['/', '\\', '.']) => of_file(Path::new(name)),
        None => Err(vec![unknown(name)]),
    }
}

/// Reads a layout out of a file.
pub(crate) fn of_file(path: &Path) -> Result<Layout, Vec<LayoutFault>> {
    let whole = |message: String| vec![LayoutFault { line: None, key: String::new(), message }];
    let size = fs::metadata(path).map_err(|error| whole(format!("cannot be opened: {error}")))?;
    if size.len() > LAYOUT_BYTES_MAX {
        return Err(whole(format!("larger than {LAYOUT_BYTES_MAX} bytes: it is no layout")));
    }
    let text =
        fs::read_to_string(path).map_err(|error| whole(format!("cannot be read: {error}")))?;
    Layout::check(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGENT: &str = "name = \"agent\"\ntitle = \"Agent\"\nreads = \"schedule\"\nkind = \"fixed\"\n\
        [detail]\ngives = { sender = \"'Agent'\" }\n\
        [[detail.field]]\nname = \"reference\"\nwidth = 8\n\
        [[detail.field]]\nname = \"amount\"\nas = \"pence\"\nwidth = 6\n";

    fn run_on(command: &LayoutCommand, json: bool) -> (Exit, String) {
        let mut out = Vec::new();
        let exit = run(command, json, &mut out).unwrap();
        (exit, String::from_utf8(out).unwrap())
    }

    fn written(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn a_fault_has_its_file_line_key_and_what_would_be_right() {
        let folder = tempfile::tempdir().unwrap();
        let good = written(folder.path(), "good.toml", AGENT);
        let bad = written(folder.path(), "bad.toml", &AGENT.replace("width = 6", "widht = 6"));
        let (exit, text) = run_on(&LayoutCommand::Check { files: vec![good.clone()] }, false);
        assert_eq!(exit, Exit::Done);
        assert!(text.ends_with("good.toml: `agent` reads, no fault\n"), "{text}");
        let (exit, text) = run_on(&LayoutCommand::Check { files: vec![good, bad] }, false);
        assert_eq!(exit, Exit::Unusable);
        assert!(
            text.contains(
                "bad.toml: line 13: there is no key `widht` here; `width` would be right"
            ),
            "{text}"
        );
        let short = written(folder.path(), "short.toml", &AGENT.replace("width = 6", ""));
        let (_, text) = run_on(&LayoutCommand::Check { files: vec![short] }, true);
        let json: Value = serde_json::from_str(&text).unwrap();
        let fault = &json["layouts"][0]["faults"][0];
        assert_eq!(fault["line"], 11);
        assert_eq!(fault["key"], "detail.field[2] `amount`");
        assert_eq!(fault["message"], "a field of a fixed layout needs a width");
    }

    #[test]
    fn a_sample_is_read_by_a_layout() {
        let folder = tempfile::tempdir().unwrap();
        let layout = written(folder.path(), "agent.toml", AGENT).display().to_string();
        let sample = written(folder.path(), "day.txt", "80012345 12050\n80012346  12x0\n");
        let command = LayoutCommand::Test { layout, sample: sample.clone() };
        let (exit, text) = run_on(&command, false);
        assert_eq!(exit, Exit::SeeTo);
        for words in [
            "day.txt: Agent",
            "schedule from Agent",
            "120.50  80012345",
            "error: line 2: amount (characters 9 to 14): `12x0` is not a whole number",
        ] {
            assert!(text.contains(words), "{words} in {text}");
        }
        let (exit, text) =
            run_on(&LayoutCommand::Test { layout: "no-such".to_owned(), sample }, false);
        assert_eq!(exit, Exit::Unusable);
        assert!(
            text.contains("no file and no layout `no-such`; there are ledger-journal,"),
            "{text}"
        );
    }

    #[test]
    fn differences_are_of_meaning() {
        let folder = tempfile::tempdir().unwrap();
        let old = written(folder.path(), "old.toml", AGENT).display().to_string();
        let other = format!("# A comment.\n{}", AGENT.replace("width = 8", "width = 10"));
        let new = written(folder.path(), "new.toml", &other).display().to_string();
        let same = LayoutCommand::Diff { old: old.clone(), new: old.clone() };
        assert_eq!(run_on(&same, false), (Exit::Done, "no difference\n".to_owned()));
        let (exit, text) = run_on(&LayoutCommand::Diff { old, new }, false);
        assert_eq!(exit, Exit::SeeTo);
        assert_eq!(
            text,
            "detail.amount.place: was characters 9 to 14, is characters 11 to 16\n\
             detail.reference.place: was characters 1 to 8, is characters 1 to 10\n"
        );
    }

    #[test]
    fn a_layout_of_ours_is_shown_to_be_copied() {
        let (exit, text) = run_on(&LayoutCommand::Show { name: "host-rents".to_owned() }, false);
        assert_eq!(exit, Exit::Done);
        assert!(Layout::check(&text).is_ok_and(|layout| layout.name() == "host-rents"));
    }
}
