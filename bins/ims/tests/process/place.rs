//! A database, a folder, and the program run on them.

use std::{
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
};

use ims_testkit::{Engine, Fresh};
use serde_json::Value;

const COUNCIL: &str = r#"
code = "testborough"
name = "Testborough Council"

[[fund]]
code = "LE"
name = "Leisure"
ledger_code = "R6000"
reference = { min_length = 4, max_length = 12 }

[[channel]]
code = "till"
name = "Counters"

[[method]]
code = "01"
name = "Cash"
kind = "cash"
channel = "till"
"#;

/// A database of one engine with a council in it, and a folder.
pub(crate) struct Place {
    fresh: Fresh,
    folder: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new(engine: Engine) -> Self {
        let place = Self { fresh: engine.fresh(), folder: tempfile::tempdir().unwrap() };
        let council = place.write("council.toml", COUNCIL);
        let output = place.run(&["init", "--from", council.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        place
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program, with nothing of the caller's environment that it reads.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = bare();
        command.current_dir(self.folder.path()).env("IMS_DATA", &self.fresh.url).args(args);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub(crate) fn start(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The document a command prints; it must end well enough.
    pub(crate) fn document(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        let output = self.run(&args);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {output:?}"))
    }

    /// Fails unless the books hold exactly `rows` receipts of `pence` in all,
    /// from one import, and prove themselves.
    pub(crate) fn holds(&self, rows: u64, pence: i64, after: &str) {
        let verified = self.document(&["verify"]);
        assert_eq!(verified["ok"], true, "{after}: {verified:#}");
        assert_eq!(verified["unsealed"], 0, "{after}");
        assert_eq!(verified["entries"], rows, "{after}");
        let imports = self.document(&["import", "list"]);
        assert_eq!(imports["imports"].as_array().unwrap().len(), 1, "{after}");
        let day = self.document(&["day", "show", "2026-04-01"]);
        assert_eq!(day["receipts"], rows, "{after}");
        assert_eq!(day["receipts_pence"], pence, "{after}");
    }
}

/// The program, with nothing of the caller's environment that it reads.
pub(crate) fn bare() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ims"));
    for name in ["IMS_DATA", "IMS_COUNCIL", "IMS_USER"] {
        command.env_remove(name);
    }
    command
}

/// A file of receipts, and what they come to in pence.
pub(crate) fn receipts(rows: u64) -> (String, i64) {
    let mut text = String::new();
    let mut total = 0_i64;
    for row in 1..=rows {
        let pence = i64::try_from(100 + row % 9_000).unwrap();
        total += pence;
        let pounds = format!("{}.{:02}", pence / 100, pence % 100);
        text.push_str(&format!(
            "R{row},I{row},P{row},1,01/04/2026,01/04/2026,SWIM{row},1,LE,01,{pounds},,,,\n"
        ));
    }
    (text, total)
}

/// Whether the full figures are asked for.
pub(crate) fn is_long() -> bool {
    std::env::var_os("IMS_TEST_LONG").is_some()
}
