//! The database itself, past the app: what an intruder or a careless
//! administrator could do, and what a test may count.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdout, Command, Stdio},
};

/// Every table that a deed may add to.
const TABLES: [&str; 28] = [
    "account_holder",
    "archive",
    "audit_event",
    "block",
    "day_close",
    "detail",
    "entry",
    "expected",
    "expected_batch",
    "export",
    "holder_change",
    "import",
    "import_reversal",
    "job",
    "match_pair",
    "match_set",
    "match_undo",
    "open_expected",
    "open_line",
    "open_suspense",
    "posting",
    "quarantine",
    "receipt",
    "receipt_line",
    "redirect",
    "statement",
    "statement_line",
    "suspense_item",
];

/// Runs SQL as whoever owns the database; what it prints, one line a row.
pub(super) fn sql(url: &str, sql: &str) -> String {
    let mut command = match url.strip_prefix("sqlite:") {
        Some(path) => {
            let mut command = Command::new("sqlite3");
            command.args(["-batch", "-cmd", ".timeout 5000", path, sql]);
            command
        }
        None => {
            let mut command = Command::new("psql");
            command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]);
            command
        }
    };
    let name = command.get_program().to_owned();
    let output = command.output().unwrap_or_else(|why| panic!("{}: {why}", name.display()));
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {wrong}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Runs SQL with nothing in its way that keeps the books.
pub(super) fn tamper(url: &str, what: &str) {
    if url.starts_with("sqlite:") {
        let triggers = sql(url, "SELECT name FROM sqlite_schema WHERE type = 'trigger'");
        let drops: String =
            triggers.lines().map(|trigger| format!("DROP TRIGGER {trigger};\n")).collect();
        sql(url, &format!("{drops}{what}"));
    } else {
        sql(url, &format!("SET session_replication_role = replica; {what}"));
    }
}

/// How many rows each table has.
pub(super) fn counts(url: &str) -> Vec<(&'static str, String)> {
    let counts: Vec<String> =
        TABLES.iter().map(|table| format!("(SELECT count(*) FROM {table})")).collect();
    let row = sql(url, &format!("SELECT {}", counts.join(", ")));
    TABLES.into_iter().zip(row.split('|').map(str::to_owned)).collect()
}

/// One figure.
pub(super) fn count(url: &str, of: &str) -> i64 {
    sql(url, &format!("SELECT count(*) FROM {of}")).parse().unwrap()
}

/// A shell that stays open, for those who look often.
pub(super) struct Shell {
    child: Child,
    printed: BufReader<ChildStdout>,
}

impl Shell {
    pub(super) fn on(url: &str) -> Self {
        let mut command = match url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut command = Command::new("sqlite3");
                command.args(["-batch", "-cmd", ".timeout 5000", path]);
                command
            }
            None => {
                let mut command = Command::new("psql");
                command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url]);
                command
            }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap());
        Self { child, printed }
    }

    /// The one row of a query, its columns parted by `|`.
    pub(super) fn one(&mut self, query: &str) -> String {
        let stdin = self.child.stdin.as_mut().unwrap();
        writeln!(stdin, "{query};").unwrap();
        stdin.flush().unwrap();
        let mut row = String::new();
        self.printed.read_line(&mut row).unwrap();
        row.trim_end().to_owned()
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
