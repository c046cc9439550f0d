use std::{fmt, io, path::PathBuf};

use ims_app::AppError;
use ims_store::StoreError;
use thiserror::Error;

use crate::{demo::DemoError, match_files::MatchError};

/// How a command ended: what the process hands back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Done.
    Done,
    /// Done, but there is something to see to.
    SeeTo,
    /// Wrong usage, or an input that cannot be used at all.
    Unusable,
    /// Refused by a rule or a missing permission.
    Refused,
    /// The store could not be reached, or could not do it.
    Unreachable,
}

impl Exit {
    const fn of(code: u8) -> Self {
        match code {
            0 => Self::Done,
            1 => Self::SeeTo,
            2 => Self::Unusable,
            3 => Self::Refused,
            _ => Self::Unreachable,
        }
    }

    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::SeeTo => 1,
            Self::Unusable => 2,
            Self::Refused => 3,
            Self::Unreachable => 4,
        }
    }
}

/// Why a command was not done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CliError {
    /// The app says so.
    #[error(transparent)]
    App(#[from] AppError),
    /// The store says so.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Two files were not matched.
    #[error(transparent)]
    Match(#[from] MatchError),
    /// There is no demo.
    #[error(transparent)]
    Demo(#[from] DemoError),
    /// What was given cannot be used.
    #[error("{0}")]
    BadInput(String),
    /// A rule of this program forbids it.
    #[error("{0}")]
    Refused(String),
    /// There is no database where one was looked for.
    #[error("there is no database at {}; `ims init` makes one, --data names another", .0.display())]
    NoDatabase(PathBuf),
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The answer cannot be printed.
    #[error("the answer cannot be printed")]
    Print(#[from] io::Error),
}

impl CliError {
    /// How the command ends with it.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Demo(error) => Exit::of(error.exit_code()),
            Self::App(error) => of_app(error),
            Self::Store(error) => of_store(error),
            Self::Match(_) | Self::BadInput(_) | Self::Read { .. } | Self::Print(_) => {
                Exit::Unusable
            }
            // A place that cannot be written is as wrong as an input that cannot be read.
            Self::Write { .. } => Exit::Unusable,
            Self::Refused(_) => Exit::Refused,
            Self::NoDatabase(_) => Exit::Unreachable,
        }
    }

    /// One sentence: what, where, and what would be right, with every cause.
    #[must_use]
    pub fn sentence(&self) -> String {
        sentence(self)
    }
}

const fn of_app(error: &AppError) -> Exit {
    if error.is_bad_input() {
        return Exit::Unusable;
    }
    if error.is_refusal() {
        return Exit::Refused;
    }
    match error {
        AppError::Store(error) => of_store(error),
        AppError::Overflow => Exit::Unusable,
        _ => Exit::Refused,
    }
}

const fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::BadUrl(_) | StoreError::NotBuilt(_) => Exit::Unusable,
        StoreError::AppendOnly(_) | StoreError::Duplicate(_) => Exit::Refused,
        _ => Exit::Unreachable,
    }
}

/// An error and its causes, each said once.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = error.source();
    }
    one_line(&words)
}

/// One line wherever it is shown. The picture of the place that a TOML error
/// draws is left out: its line and column are said already.
pub(crate) fn one_line(text: &str) -> String {
    let is_drawing = |line: &str| {
        line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|')
    };
    let mut words = String::new();
    for line in text.lines() {
        if is_drawing(line) {
            if !words.ends_with(':') {
                words.push(':');
            }
            continue;
        }
        for word in line.split_whitespace() {
            if !words.is_empty() {
                words.push(' ');
            }
            words.push_str(word);
        }
    }
    words
}

/// What a bad argument is, in the words every command uses.
pub(crate) fn bad(what: impl fmt::Display) -> CliError {
    CliError::BadInput(what.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_error_has_the_exit_code_of_the_contract() {
        let app = |error| CliError::App(error);
        for (error, code) in [
            (app(AppError::BadInput("x".to_owned())), 2),
            (app(AppError::NotFound { what: "import", name: "x".to_owned() }), 2),
            (app(AppError::Refused("x".to_owned())), 3),
            (app(AppError::NotAllowed { who: "x".to_owned(), deed: "y" }), 3),
            (app(AppError::Store(StoreError::Busy)), 4),
            (app(AppError::Store(StoreError::DiskFull)), 4),
            (CliError::Store(StoreError::BadUrl("x".to_owned())), 2),
            (CliError::NoDatabase(PathBuf::from("x")), 4),
            (bad("x"), 2),
            (CliError::Refused("x".to_owned()), 3),
        ] {
            assert_eq!(error.exit().code(), code, "{error:?}");
        }
    }

    #[test]
    fn a_sentence_is_one_line_and_names_its_cause_once() {
        let source = io::Error::other("no\nsuch thing");
        let error = CliError::Read { path: PathBuf::from("a.csv"), source };
        assert_eq!(error.sentence(), "a.csv cannot be read: no such thing");
        let toml = "it does not read: TOML parse error at line 3, column 1\n  |\n3 | fnud = 1\n  | ^^^^\nunknown field `fnud`\n";
        assert_eq!(
            one_line(toml),
            "it does not read: TOML parse error at line 3, column 1: unknown field `fnud`"
        );
    }
}
