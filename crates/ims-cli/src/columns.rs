//! `ims file columns`: what the columns of a spreadsheet are taken for, written down
//! for a person to confirm.

use std::{
    fs::File,
    io::{self, BufReader, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use ims_files::sheet::{Detected, Role, Sure, detect};
use ims_ledger::ConfirmedSheet;
use serde::Serialize;
use serde_json::json;

use crate::{Exit, layout::document};

/// Writes down a spreadsheet's columns, to be confirmed.
#[derive(Args, Clone, Debug)]
pub struct ColumnsArgs {
    /// The spreadsheet: xlsx or CSV
    pub file: PathBuf,
    /// What the council calls it [default: the sender's name]
    #[arg(long)]
    pub name: Option<String>,
}

/// A part of a configuration.
#[derive(Serialize)]
struct Part {
    sheet: [ConfirmedSheet; 1],
}

pub(crate) fn run(args: &ColumnsArgs, json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    let shown = args.file.display();
    let found = File::open(&args.file)
        .map_err(|error| format!("cannot be opened: {error}"))
        .and_then(|file| detect(&mut BufReader::new(file)));
    match found {
        Err(message) if json => {
            document(&json!({ "path": shown.to_string(), "ok": false, "message": message }), out)?;
            Ok(Exit::Unusable)
        }
        Err(message) => {
            writeln!(out, "{shown}: {message}")?;
            Ok(Exit::Unusable)
        }
        Ok(found) => {
            let name = args.name.clone().unwrap_or_else(|| name_of(&found, &args.file));
            let sheet = found.to_confirm(&name);
            if json {
                let found = json!({ "path": shown.to_string(), "ok": true, "detected": found, "sheet": sheet });
                document(&found, out)?;
            } else {
                remarks(&args.file, &found, out)?;
                let part = toml::to_string(&Part { sheet: [sheet] }).map_err(io::Error::other)?;
                write!(out, "\n{part}")?;
            }
            Ok(if is_clear(&found) { Exit::Done } else { Exit::SeeTo })
        }
    }
}

/// Whether nothing is left but to say yes.
fn is_clear(found: &Detected) -> bool {
    found.is_certain() && !found.sender.is_empty()
}

/// What a person should know, as comments before what they confirm.
fn remarks(path: &Path, found: &Detected, out: &mut dyn Write) -> io::Result<()> {
    let sheet = match found.sheet.as_str() {
        "" => String::new(),
        sheet => format!(", sheet `{sheet}`"),
    };
    writeln!(out, "# {}{sheet}: the headings are in line {}.", path.display(), found.line)?;
    for taken in &found.columns {
        let sure = match taken.sure {
            Sure::Certain => "certain",
            Sure::Likely => "likely",
            Sure::Guess => "a guess",
        };
        let (role, heading) = (taken.role.words(), one_line(&taken.heading));
        writeln!(out, "#   {role:<9} is `{heading}`: {sure}, by {}", one_line(&taken.because))?;
    }
    let mut doubts = found.doubts.clone();
    for role in [Role::Reference, Role::Amount] {
        if found.column(role).is_none() {
            doubts.push(format!("no column was found for the {}", role.words()));
        }
    }
    if found.sender.is_empty() {
        doubts.push(
            "nothing above the headings says who sent it: put the sender of a channel".to_owned(),
        );
    }
    for doubt in doubts {
        writeln!(out, "# Look: {}.", one_line(&doubt))?;
    }
    writeln!(out, "# Put right what is wrong and add this to the configuration:")?;
    writeln!(out, "# `ims config export`, `plan`, `apply`. From then on it is read so.")
}

/// A comment has one line, whatever a file says.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Small letters, digits and dashes, of the sender or else of the file.
fn name_of(found: &Detected, path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let of = if found.sender.is_empty() { &*stem } else { &found.sender };
    let plain: String = of
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' })
        .collect();
    plain.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run_on(file: &str, json: bool) -> (Exit, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Sheet 4.csv");
        std::fs::write(&path, file).unwrap();
        let mut out = Vec::new();
        let exit = run(&ColumnsArgs { file: path, name: None }, json, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        (exit, text.replace(folder.path().to_str().unwrap(), "DIR"))
    }

    #[test]
    fn what_is_written_down_is_a_part_of_a_configuration() {
        let (exit, text) = run_on(
            "Employer: Acme \"&\" Sons\nCT Ref,Deduction,Pay date\n8001,25.00,30/04/2026\n",
            false,
        );
        let council: ims_ledger::Council =
            toml::from_str(&format!("code = \"T\"\nname = \"T\"\n{text}")).unwrap();
        assert_eq!(exit, Exit::Done, "{text}");
        assert_eq!(council.faults(), []);
        let sheet = &council.sheet[0];
        assert_eq!((sheet.name.as_str(), sheet.sender.as_str()), ("acme-sons", "Acme \"&\" Sons"));
        assert_eq!(sheet.headings, ["CT Ref", "Deduction", "Pay date"]);
        assert_eq!(
            (sheet.columns.reference.as_str(), sheet.columns.date.as_deref()),
            ("CT Ref", Some("Pay date"))
        );
    }

    #[test]
    fn what_is_doubtful_is_said_and_has_an_exit_code() {
        let (exit, text) =
            run_on("Client Ref,Amount Collected,Amount Paid\n8001,2.00,1.00\n", false);
        assert_eq!(exit, Exit::SeeTo);
        assert!(text.contains("# Look: `Amount Paid` was taken for the amount"), "{text}");
        assert!(text.contains("# Look: nothing above the headings says who sent it"), "{text}");
        assert!(text.contains("name = \"sheet-4\""), "{text}");
        let (exit, text) = run_on("a,b\n1,2\n", true);
        assert_eq!(exit, Exit::Unusable);
        assert!(text.contains("no row names the columns"), "{text}");
    }
}
