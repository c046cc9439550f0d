//! The small expressions of a layout: `if(starts_with(ref, 'BERN'), after(ref,
//! 'BERN'), ref)`. They only choose and rearrange; nothing loops.

mod call;
mod eval;
mod token;

use std::fmt;

use chrono::NaiveDate;
use ims_money::Pence;

use super::Value;
pub(super) use eval::Scope;
use token::{Token, tokens};

/// The longest expression, in characters.
const CHARS_MAX: usize = 2_000;

/// How deep expressions may nest.
const DEPTH_MAX: usize = 32;

/// What an expression comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Held {
    /// Nothing stands there.
    Blank,
    Text(String),
    Pence(Pence),
    Date(NaiveDate),
    Int(i64),
    /// A condition holds or not.
    Truth(bool),
}

impl Held {
    /// What it is, in words.
    pub(super) const fn what(&self) -> &'static str {
        match self {
            Self::Blank => "nothing",
            Self::Text(_) => "a text",
            Self::Pence(_) => "money",
            Self::Date(_) => "a date",
            Self::Int(_) => "a number",
            Self::Truth(_) => "a condition",
        }
    }

    /// The value, unless there is none.
    pub(super) fn value(self) -> Result<Option<Value>, String> {
        match self {
            Self::Blank => Ok(None),
            Self::Text(text) => Ok((!text.is_empty()).then_some(Value::Text(text))),
            Self::Pence(pence) => Ok(Some(Value::Pence(pence))),
            Self::Date(date) => Ok(Some(Value::Date(date))),
            Self::Int(number) => Ok(Some(Value::Int(number))),
            Self::Truth(_) => Err("it is a condition; if(…) makes a value of it".to_owned()),
        }
    }
}

impl From<&Value> for Held {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) if text.is_empty() => Self::Blank,
            Value::Text(text) => Self::Text(text.clone()),
            Value::Pence(pence) => Self::Pence(*pence),
            Value::Date(date) => Self::Date(*date),
            Value::Int(number) => Self::Int(*number),
        }
    }
}

/// An expression, checked as far as it can be without a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expr {
    text: String,
    root: Node,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Node {
    Text(String),
    Int(i64),
    Name(String),
    Call(Function, Vec<Node>),
    Compare(Compare, Box<Node>, Box<Node>),
    Sum(Sum, Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Compare {
    Is,
    IsNot,
    Less,
    LessOrIs,
    More,
    MoreOrIs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sum {
    Plus,
    Minus,
}

use call::Function;

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Expr {
    /// Reads an expression.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.chars().count() > CHARS_MAX {
            return Err(format!("the expression is longer than {CHARS_MAX} characters"));
        }
        let tokens = tokens(text)?;
        let mut reading = Reading { tokens: &tokens, at: 0, depth: 0 };
        let root = reading.or()?;
        match reading.tokens.get(reading.at) {
            None => Ok(Self { text: text.to_owned(), root }),
            Some(more) => Err(format!(
                "{more} is too much; the expression ends before it; a text stands in single quotes: 'Corner shop'"
            )),
        }
    }

    /// Every name it uses, with the tables of its lookups as `lookup:NAME`.
    pub(super) fn names(&self) -> Vec<String> {
        let mut found = Vec::new();
        self.root.names(&mut found);
        found
    }
}

impl Node {
    fn names(&self, found: &mut Vec<String>) {
        match self {
            Self::Text(_) | Self::Int(_) => {}
            Self::Name(name) => found.push(name.clone()),
            Self::Call(function, given) => {
                if let (Function::Lookup, Some(Self::Text(table))) = (function, given.first()) {
                    found.push(format!("lookup:{table}"));
                }
                given.iter().for_each(|node| node.names(found));
            }
            Self::Compare(_, left, right)
            | Self::Sum(_, left, right)
            | Self::And(left, right)
            | Self::Or(left, right) => {
                left.names(found);
                right.names(found);
            }
            Self::Not(node) => node.names(found),
        }
    }
}

struct Reading<'t> {
    tokens: &'t [Token],
    at: usize,
    depth: usize,
}

impl Reading<'_> {
    fn next_is(&mut self, wanted: &str) -> bool {
        let found = self.tokens.get(self.at).is_some_and(|token| token.is(wanted));
        self.at = self.at.saturating_add(usize::from(found));
        found
    }

    fn demand(&mut self, wanted: &str) -> Result<(), String> {
        if self.next_is(wanted) {
            return Ok(());
        }
        let found = self.tokens.get(self.at).map_or("the end".to_owned(), ToString::to_string);
        Err(format!("`{wanted}` is missing before {found}"))
    }

    fn or(&mut self) -> Result<Node, String> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX {
            return Err(format!("the expression nests deeper than {DEPTH_MAX}"));
        }
        let mut left = self.and()?;
        while self.next_is("or") {
            left = Node::Or(Box::new(left), Box::new(self.and()?));
        }
        self.depth = self.depth.saturating_sub(1);
        Ok(left)
    }

    fn and(&mut self) -> Result<Node, String> {
        let mut left = self.not()?;
        while self.next_is("and") {
            left = Node::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Node, String> {
        let mut times = 0_usize;
        while self.next_is("not") {
            times = times.saturating_add(1);
        }
        let node = self.comparison()?;
        Ok(if times % 2 == 1 { Node::Not(Box::new(node)) } else { node })
    }

    fn comparison(&mut self) -> Result<Node, String> {
        let left = self.sum()?;
        let compares = [
            ("!=", Compare::IsNot),
            ("<=", Compare::LessOrIs),
            (">=", Compare::MoreOrIs),
            ("=", Compare::Is),
            ("<", Compare::Less),
            (">", Compare::More),
        ];
        for (sign, compare) in compares {
            if self.next_is(sign) {
                return Ok(Node::Compare(compare, Box::new(left), Box::new(self.sum()?)));
            }
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Node, String> {
        let mut left = self.atom()?;
        loop {
            let sum = if self.next_is("+") {
                Sum::Plus
            } else if self.next_is("-") {
                Sum::Minus
            } else {
                return Ok(left);
            };
            left = Node::Sum(sum, Box::new(left), Box::new(self.atom()?));
        }
    }

    fn atom(&mut self) -> Result<Node, String> {
        if self.next_is("(") {
            let node = self.or()?;
            self.demand(")")?;
            return Ok(node);
        }
        let token = self.tokens.get(self.at).ok_or("the expression stops in the middle")?;
        self.at = self.at.saturating_add(1);
        match token {
            Token::Text(text) => Ok(Node::Text(text.clone())),
            Token::Int(number) => Ok(Node::Int(*number)),
            Token::Name(name) if self.next_is("(") => {
                let function = Function::named(name)?;
                let mut given = Vec::new();
                if !self.next_is(")") {
                    given.push(self.or()?);
                    while self.next_is(",") {
                        given.push(self.or()?);
                    }
                    self.demand(")")?;
                }
                function.check(&given)?;
                Ok(Node::Call(function, given))
            }
            Token::Name(name) => Ok(Node::Name(name.clone())),
            Token::Sign(_) => {
                Err(format!("{token} stands where a name, a number, a 'text' or a function should"))
            }
        }
    }
}

#[cfg(test)]
mod tests;
