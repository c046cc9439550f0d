//! One field of a record: where it stands, what it holds, how that is written.

mod fit;
mod held;

use serde::Deserialize;

use super::expr::Expr;
use crate::xlsx::letters;
pub(super) use fit::Rendered;

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) source: Source,
    pub(super) shape: Shape,
    pub(super) place: Place,
    pub(super) sign: Sign,
    pub(super) only: Option<Side>,
    pub(super) width: Option<usize>,
    pub(super) align: Align,
    pub(super) pad: char,
    pub(super) truncate: bool,
    pub(super) blank_zero: bool,
    /// What stands for a value that the row does not have.
    pub(super) default: Option<String>,
    pub(super) replace_unmappable: Option<char>,
    /// Whether the record is told by it.
    pub(super) tag: bool,
    /// Whether a file that is read may lack it.
    pub(super) optional: bool,
    /// What a total that disagrees is.
    pub(super) check: Check,
}

/// Where a field stands in its record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Characters, counted from 0; to the end of the line without an end.
    Span(usize, Option<usize>),
    /// Behind a label, to the end of the line.
    After(String),
    /// A column, counted from 0.
    Column(usize),
    /// The column of a sheet under those letters, counted from 0; rows end anywhere.
    Cell(usize),
    /// The column of one of these names.
    Named(Vec<String>),
}

impl Place {
    pub(super) fn label(&self) -> Option<&str> {
        match self {
            Self::After(label) => Some(label),
            Self::Span(..) | Self::Column(_) | Self::Cell(_) | Self::Named(_) => None,
        }
    }

    /// In words, as a person counts: from 1.
    pub(super) fn words(&self) -> String {
        match self {
            Self::Span(from, Some(to)) if *to == from + 1 => format!("character {to}"),
            Self::Span(from, Some(to)) => format!("characters {} to {to}", from + 1),
            Self::Span(from, None) => format!("characters from {}", from + 1),
            Self::After(label) => format!("after `{label}`"),
            Self::Column(at) => format!("column {}", at + 1),
            Self::Cell(at) => format!("column {}", letters(*at)),
            Self::Named(names) => format!("column `{}`", names.join("` or `")),
        }
    }
}

/// Where a field's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Constant(String),
    Row(String),
    BatchNumber,
    BatchDate,
    /// The number of the detail record, from 1.
    Line,
    /// Worked out; not read back.
    Is(Expr),
    Total {
        total: Total,
        of: Option<String>,
    },
}

/// What is added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Total {
    /// Detail records.
    Count,
    /// All records, this one included.
    Records,
    /// Money.
    Sum,
    /// Money above nothing.
    Debits,
    /// Money below nothing, as a positive amount.
    Credits,
    /// The digits of texts or numbers, as one number each.
    Hash,
}

impl Total {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Records => "records",
            Self::Sum => "sum",
            Self::Debits => "debits",
            Self::Credits => "credits",
            Self::Hash => "hash",
        }
    }
}

/// What a total in a file is that disagrees with what was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Check {
    #[default]
    Error,
    Warn,
    Ignore,
}

/// How a value is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    /// `120.50`
    Pounds,
    /// `12050`
    Pence,
    Integer,
    /// By a pattern. Without one: ISO when written, any UK way when read.
    Date(Option<String>),
    /// Pence whose last digit holds the sign too: `1205{`, `1205}`.
    Overpunched,
}

/// Where the sign of a number stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Sign {
    /// In front, only a minus.
    Minus,
    /// In front, plus or minus.
    PlusMinus,
    /// Behind, only a minus.
    Trailing,
    /// Nowhere: a negative number is a fault.
    Refuse,
    /// Nowhere, on purpose: another field says the direction.
    Drop,
}

/// Numbers of one side only; the others leave the field blank.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Side {
    /// Above nothing.
    Positive,
    /// Below nothing, written as a positive number.
    Negative,
}

/// At which end the padding is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Align {
    Left,
    Right,
}

impl Field {
    /// The row's value it is made from, or that it becomes.
    pub(super) fn row_value(&self) -> Option<&str> {
        match &self.source {
            Source::Row(name) => Some(name),
            Source::Constant(_)
            | Source::BatchNumber
            | Source::BatchDate
            | Source::Line
            | Source::Is(_)
            | Source::Total { .. } => None,
        }
    }

    /// What it always is.
    pub(super) fn constant(&self) -> Option<&str> {
        match &self.source {
            Source::Constant(constant) => Some(constant),
            Source::Row(_)
            | Source::BatchNumber
            | Source::BatchDate
            | Source::Line
            | Source::Is(_)
            | Source::Total { .. } => None,
        }
    }

    /// The name its value has when it is read.
    pub(super) fn read_value(&self) -> Option<&str> {
        match &self.source {
            Source::Row(name) => Some(name),
            Source::BatchNumber | Source::BatchDate => Some(&self.name),
            Source::Constant(_) | Source::Line | Source::Is(_) | Source::Total { .. } => None,
        }
    }
}
