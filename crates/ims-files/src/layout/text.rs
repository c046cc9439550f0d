//! The TOML of a layout as it is written, before any of it is checked.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::{Spanned, value::Datetime};

use super::{
    Becomes, Feed, Formulas, Quote,
    charset::Encoding,
    field::{Align, Check, Side, Sign, Total},
    part::Role,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayoutText {
    pub(super) name: Spanned<String>,
    pub(super) title: String,
    pub(super) page: Option<String>,
    pub(super) version: Option<String>,
    pub(super) in_force_from: Option<Spanned<Datetime>>,
    pub(super) in_force_until: Option<Spanned<Datetime>>,
    pub(super) reads: Option<Becomes>,
    pub(super) writes: Option<Feed>,
    pub(super) kind: KindText,
    #[serde(default = "utf8")]
    pub(super) encoding: Encoding,
    #[serde(default)]
    pub(super) line_end: LineEnd,
    pub(super) record_length: Option<Spanned<usize>>,
    pub(super) delimiter: Option<Spanned<String>>,
    pub(super) quote: Option<Quote>,
    pub(super) formulas: Option<Formulas>,
    pub(super) header_row: Option<Spanned<bool>>,
    pub(super) sheet: Option<Spanned<String>>,
    pub(super) first_row: Option<Spanned<u64>>,
    #[serde(default)]
    pub(super) set: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) must_set: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) lookup: BTreeMap<String, BTreeMap<String, String>>,
    pub(super) recognise: Option<Spanned<RecogniseText>>,
    pub(super) header: Option<Spanned<PartText>>,
    pub(super) detail: Option<Spanned<PartText>>,
    pub(super) trailer: Option<Spanned<PartText>>,
    #[serde(default)]
    pub(super) record: Vec<Spanned<PartText>>,
}

fn utf8() -> Encoding {
    Encoding::Utf8
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum KindText {
    Fixed,
    Delimited,
    Sheet,
}

/// What stands behind each record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LineEnd {
    #[default]
    Crlf,
    Lf,
    /// Nothing: every record has the same length.
    None,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RecogniseText {
    #[serde(default)]
    pub(super) file_name: Vec<String>,
    #[serde(default)]
    pub(super) records: Vec<String>,
    pub(super) within: Option<usize>,
    #[serde(default)]
    pub(super) confidence: Sureness,
}

/// How sure a layout is of a file that it recognises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Sureness {
    #[default]
    Sure,
    Maybe,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PartText {
    pub(super) name: Option<String>,
    pub(super) role: Option<Role>,
    pub(super) when: Option<Spanned<String>>,
    pub(super) looks_like: Option<String>,
    #[serde(default)]
    pub(super) required: bool,
    #[serde(default)]
    pub(super) whole_file: bool,
    #[serde(default)]
    pub(super) gives: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    pub(super) field: Vec<FieldText>,
}

/// A field. At most one of `constant`, `from`, `batch`, `total`, `line` and `is`
/// says what it holds; without any it holds the value of its own name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldText {
    pub(super) name: Spanned<String>,
    pub(super) constant: Option<String>,
    pub(super) from: Option<String>,
    pub(super) batch: Option<BatchText>,
    pub(super) total: Option<Total>,
    pub(super) of: Option<String>,
    pub(super) line: Option<bool>,
    pub(super) is: Option<String>,
    #[serde(rename = "as")]
    pub(super) shape: Option<ShapeText>,
    pub(super) date_format: Option<String>,
    pub(super) sign: Option<Sign>,
    pub(super) only: Option<Side>,
    pub(super) at: Option<usize>,
    pub(super) after: Option<String>,
    pub(super) column: Option<ColumnText>,
    pub(super) letter: Option<String>,
    pub(super) width: Option<usize>,
    pub(super) align: Option<Align>,
    pub(super) pad: Option<String>,
    pub(super) default: Option<String>,
    pub(super) replace_unmappable: Option<String>,
    pub(super) check: Option<Check>,
    pub(super) times: Option<usize>,
    #[serde(default)]
    pub(super) tag: bool,
    #[serde(default)]
    pub(super) optional: bool,
    #[serde(default)]
    pub(super) truncate: bool,
    #[serde(default)]
    pub(super) blank_zero: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BatchText {
    Number,
    Date,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ShapeText {
    Text,
    Pounds,
    Pence,
    Integer,
    Date,
    Overpunched,
}

/// The name of a column, or several that it may have.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum ColumnText {
    One(String),
    Several(Vec<String>),
}
