//! PostgreSQL's own programs: where they are, and running them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

const INSTALL: &str = "run `./tests/run --setup` or `apt-get install postgresql`";

/// The folder with `initdb`, `pg_ctl` and `psql`.
///
/// # Panics
///
/// When there is none, with what to install.
pub(super) fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let mut folders = debian_folders();
        folders.extend(configured_folder());
        folders
            .into_iter()
            .rfind(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
            .unwrap_or_else(|| panic!("the PostgreSQL server programs are missing: {INSTALL}"))
    })
}

/// The folder that `pg_config` names; it may hold a client only.
fn configured_folder() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    let folder = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
    output.status.success().then_some(folder)
}

/// Debian's folders, the newest version last.
fn debian_folders() -> Vec<PathBuf> {
    let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") else { return Vec::new() };
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(Result::ok)
        .filter_map(|version| Some((version.file_name().to_str()?.parse().ok()?, version.path())))
        .collect();
    folders.sort();
    folders.into_iter().map(|(_, folder)| folder.join("bin")).collect()
}

/// Whether this process is root, whom the server refuses to run as.
pub(super) fn is_root() -> bool {
    static ROOT: OnceLock<bool> = OnceLock::new();
    *ROOT.get_or_init(|| {
        Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
    })
}

/// The words that go before a server program: nothing, or what drops root.
pub(super) fn as_server_user() -> &'static [&'static str] {
    if is_root() {
        &["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--"]
    } else {
        &[]
    }
}

/// One of the server's programs, to be run as a user the server accepts.
pub(super) fn server_program(name: &str) -> Command {
    let program = folder().join(name);
    let mut command = match as_server_user() {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    };
    // The server's user may not be able to enter the current folder.
    command.current_dir("/");
    command
}

/// What a program printed, or a sentence on why it failed.
pub(super) fn run(mut command: Command) -> Result<String, String> {
    let Output { status, stdout, stderr } = command.output().map_err(|why| {
        format!("`{}` cannot be run ({why}): {INSTALL}", command.get_program().display())
    })?;
    if status.success() {
        Ok(String::from_utf8_lossy(&stdout).into_owned())
    } else {
        Err(format!("{}: {}", name(&command), String::from_utf8_lossy(&stderr).trim()))
    }
}

/// What `sql` prints at `url`: unaligned, rows only.
pub(super) fn psql(url: &str, sql: &str) -> Result<String, String> {
    let inside = folder().join("psql");
    let program = if inside.exists() { inside } else { PathBuf::from("psql") };
    let mut command = Command::new(program);
    command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]);
    command.env("PGCONNECT_TIMEOUT", "10");
    run(command)
}

/// The name of a command's own program, behind what drops root.
fn name(command: &Command) -> String {
    let dropping = as_server_user().len();
    let mut words = std::iter::once(command.get_program()).chain(command.get_args());
    let first = words.next().unwrap_or_default();
    let program = if first == "setpriv" { words.nth(dropping - 2) } else { Some(first) };
    Path::new(program.unwrap_or(first)).file_name().unwrap_or(first).display().to_string()
}
