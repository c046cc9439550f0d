//! The functions of an expression: their names and what they are given.

use super::Node;

/// A function, by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    After,
    Before,
    Column,
    Concat,
    Contains,
    Date,
    Day,
    Digits,
    EndsWith,
    FinancialMonth,
    FinancialYear,
    FirstOf,
    Format,
    If,
    IsBlank,
    Length,
    Lookup,
    Lower,
    Matches,
    Month,
    Negate,
    Number,
    OneOf,
    Pad,
    PadRight,
    Pence,
    Pounds,
    Replace,
    StartsWith,
    Substring,
    Text,
    Trim,
    Upper,
    WithoutBlanks,
    Year,
}

/// Every function with its name, the fewest and the most it is given, and how
/// it is used.
const ALL: [(Function, &str, usize, usize, &str); 36] = [
    (Function::Abs, "abs", 1, 1, "abs(amount)"),
    (Function::After, "after", 2, 2, "after(text, '-')"),
    (Function::Before, "before", 2, 2, "before(text, '-')"),
    (Function::Column, "column", 1, 1, "column(3)"),
    (Function::Concat, "concat", 1, 32, "concat('A', reference)"),
    (Function::Contains, "contains", 2, 2, "contains(text, 'part')"),
    (Function::Date, "date", 1, 2, "date(text, '%d%m%Y')"),
    (Function::Day, "day", 1, 1, "day(date)"),
    (Function::Digits, "digits", 1, 1, "digits(reference)"),
    (Function::EndsWith, "ends_with", 2, 2, "ends_with(text, 'part')"),
    (Function::FinancialMonth, "financial_month", 1, 1, "financial_month(date)"),
    (Function::FinancialYear, "financial_year", 1, 1, "financial_year(date)"),
    (Function::FirstOf, "first_of", 1, 32, "first_of(reference, 'NONE')"),
    (Function::Format, "format", 2, 2, "format(date, '%Y%m')"),
    (Function::If, "if", 3, 3, "if(amount < 0, 'C', 'D')"),
    (Function::IsBlank, "is_blank", 1, 1, "is_blank(reference)"),
    (Function::Length, "length", 1, 1, "length(text)"),
    (Function::Lookup, "lookup", 2, 3, "lookup('table', key, 'else')"),
    (Function::Lower, "lower", 1, 1, "lower(text)"),
    (Function::Matches, "matches", 2, 2, "matches(text, '##/##/####')"),
    (Function::Month, "month", 1, 1, "month(date)"),
    (Function::Negate, "negate", 1, 1, "negate(amount)"),
    (Function::Number, "number", 1, 1, "number(text)"),
    (Function::OneOf, "one_of", 2, 64, "one_of(kind, 'P', 'T')"),
    (Function::Pad, "pad", 2, 3, "pad(batch.number, 7, '0')"),
    (Function::PadRight, "pad_right", 2, 3, "pad_right(text, 20)"),
    (Function::Pence, "pence", 1, 1, "pence('12050')"),
    (Function::Pounds, "pounds", 1, 1, "pounds('120.50')"),
    (Function::Replace, "replace", 3, 3, "replace(text, '/', '')"),
    (Function::StartsWith, "starts_with", 2, 2, "starts_with(text, 'part')"),
    (Function::Substring, "substring", 2, 3, "substring(text, 1, 8)"),
    (Function::Text, "text", 1, 1, "text(batch.number)"),
    (Function::Trim, "trim", 1, 1, "trim(text)"),
    (Function::Upper, "upper", 1, 1, "upper(text)"),
    (Function::WithoutBlanks, "without_blanks", 1, 1, "without_blanks(reference)"),
    (Function::Year, "year", 1, 1, "year(date)"),
];

impl Function {
    pub(super) fn named(name: &str) -> Result<Self, String> {
        let found = ALL.iter().find(|known| known.1 == name);
        found.map(|known| known.0).ok_or_else(|| {
            let names: Vec<_> = ALL.iter().map(|known| known.1).collect();
            format!("there is no function `{name}`; there are {}", names.join(", "))
        })
    }

    /// How it is used.
    pub(super) fn usage(self) -> &'static str {
        ALL.iter().find(|known| known.0 == self).map_or("", |known| known.4)
    }

    /// How many it is given, and what has to be written out.
    pub(super) fn check(self, given: &[Node]) -> Result<(), String> {
        let known = ALL.iter().find(|known| known.0 == self);
        let Some((_, name, fewest, most, usage)) = known else { return Ok(()) };
        if !(*fewest..=*most).contains(&given.len()) {
            return Err(format!("{name} is given {}; it is used so: {usage}", given.len()));
        }
        let is_text = |at: usize| matches!(given.get(at), None | Some(Node::Text(_)));
        let is_number = |at: usize| matches!(given.get(at), None | Some(Node::Int(_)));
        let written_out = match self {
            Self::Lookup => is_text(0),
            Self::Date | Self::Format | Self::Matches => is_text(1),
            Self::Pad | Self::PadRight => is_number(1) && is_text(2),
            Self::Column => is_number(0),
            Self::Abs
            | Self::After
            | Self::Before
            | Self::Concat
            | Self::Contains
            | Self::Day
            | Self::Digits
            | Self::EndsWith
            | Self::FinancialMonth
            | Self::FinancialYear
            | Self::FirstOf
            | Self::If
            | Self::IsBlank
            | Self::Length
            | Self::Lower
            | Self::Month
            | Self::Negate
            | Self::Number
            | Self::OneOf
            | Self::Pence
            | Self::Pounds
            | Self::Replace
            | Self::StartsWith
            | Self::Substring
            | Self::Text
            | Self::Trim
            | Self::Upper
            | Self::WithoutBlanks
            | Self::Year => true,
        };
        if !written_out {
            return Err(format!("{name} needs what it is told written out: {usage}"));
        }
        if let (Self::Date | Self::Format, Some(Node::Text(pattern))) = (self, given.get(1)) {
            crate::layout::pattern::check(pattern, self == Self::Date)?;
        }
        Ok(())
    }
}
