use std::io::{BufRead as _, IsTerminal as _, Read as _};

use ims_app::PASSWORD_LENGTH_MIN;

use crate::{CliError, Desk, error::bad};

/// The longest password that is read, in bytes.
const PASSWORD_BYTES_MAX: u64 = 1_000;

/// Which password is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Which {
    is_new: bool,
}

/// The password somebody has.
pub(super) const OLD: Which = Which { is_new: false };

/// The password somebody will have.
pub(super) const NEW: Which = Which { is_new: true };

/// Passwords, one a line of standard input or asked for on the terminal; a new
/// one twice.
pub(super) fn ask<const N: usize>(
    which: [Which; N],
    is_stdin: bool,
    desk: &mut Desk<'_>,
) -> Result<[String; N], CliError> {
    let mut passwords = [(); N].map(|()| String::new());
    for (password, which) in passwords.iter_mut().zip(which) {
        *password = if is_stdin { line(desk)? } else { from_terminal(which, desk)? };
    }
    Ok(passwords)
}

fn line(desk: &mut Desk<'_>) -> Result<String, CliError> {
    let mut line = Vec::new();
    (&mut *desk.input).take(PASSWORD_BYTES_MAX).read_until(b'\n', &mut line)?;
    let line = String::from_utf8(line).map_err(|_| bad("the password is not UTF-8 text"))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn from_terminal(which: Which, desk: &Desk<'_>) -> Result<String, CliError> {
    if !std::io::stdin().is_terminal() || !desk.is_watched {
        return Err(bad(
            "there is no terminal to ask for the password: give it with --password-stdin",
        ));
    }
    let ask = |what: &str| {
        let terminal = console::Term::stderr();
        terminal.write_str(what)?;
        terminal.read_secure_line()
    };
    if !which.is_new {
        return Ok(ask("password: ")?);
    }
    let first = ask(&format!("new password, {PASSWORD_LENGTH_MIN} characters or more: "))?;
    let again = ask("the same again: ")?;
    if first == again { Ok(first) } else { Err(bad("the two passwords differ; nothing was done")) }
}
