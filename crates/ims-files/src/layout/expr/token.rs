//! The words and signs of an expression.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// In apostrophes; one inside is doubled.
    Text(String),
    Int(i64),
    /// `amount`, `batch.number`, `starts_with`, and the words `and`, `or`, `not`.
    Name(String),
    Sign(&'static str),
}

impl Token {
    /// Whether it is that sign or word.
    pub(super) fn is(&self, wanted: &str) -> bool {
        match self {
            Self::Sign(sign) => *sign == wanted,
            Self::Name(name) => matches!(wanted, "and" | "or" | "not") && name == wanted,
            Self::Text(_) | Self::Int(_) => false,
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "`'{text}'`"),
            Self::Int(number) => write!(f, "`{number}`"),
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Sign(sign) => write!(f, "`{sign}`"),
        }
    }
}

/// Longer signs before their beginnings.
const SIGNS: [&str; 11] = ["!=", "<=", ">=", "=", "<", ">", "(", ")", ",", "+", "-"];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken = if first == '\'' {
            let (held, after) = quoted(rest)?;
            found.push(Token::Text(held));
            after
        } else if first.is_ascii_digit() {
            let (digits, after) = run(rest, |c| c.is_ascii_digit());
            let number = digits.parse().map_err(|_| format!("`{digits}` is too large a number"))?;
            found.push(Token::Int(number));
            after
        } else if first.is_ascii_alphabetic() || first == '_' {
            let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
            let (name, after) = run(rest, in_name);
            found.push(Token::Name(name.to_owned()));
            after
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            found.push(Token::Sign(sign));
            rest.get(sign.len()..).unwrap_or_default()
        } else {
            return Err(format!("`{first}` means nothing in an expression; texts stand in '…'"));
        };
        rest = taken.trim_start();
    }
    Ok(found)
}

fn run(text: &str, keep: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !keep(c)).unwrap_or(text.len());
    text.split_at(end)
}

/// A text in apostrophes at the start of `text`, and what follows it.
fn quoted(text: &str) -> Result<(String, &str), String> {
    let mut held = String::new();
    let mut rest = text.get(1..).unwrap_or_default();
    loop {
        let (inside, after) = rest
            .split_once('\'')
            .ok_or("a text opens with ' and never closes; double one inside")?;
        held.push_str(inside);
        match after.strip_prefix('\'') {
            Some(more) => {
                held.push('\'');
                rest = more;
            }
            None => return Ok((held, after)),
        }
    }
}
