//! What two layouts have otherwise: positions, types, totals; not the order or
//! the comments of their TOML.

use std::collections::BTreeMap;

use super::{
    Becomes, Feed, Formulas, Kind, Layout, Quote,
    field::{Align, Check, Field, Shape, Side, Sign, Source},
    part::Part,
    text::LineEnd,
};

/// One difference between two layouts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// What it is about: `detail.amount.place`.
    pub key: String,
    /// What the old one says; `None` for what is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What the new one says; `None` for what is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is: Option<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.was, &self.is) {
            (Some(was), Some(is)) => write!(f, "{}: was {was}, is {is}", self.key),
            (Some(was), None) => write!(f, "{}: was {was}, is gone", self.key),
            (None, Some(is)) => write!(f, "{}: is new: {is}", self.key),
            (None, None) => write!(f, "{}", self.key),
        }
    }
}

pub(super) fn differences(old: &Layout, new: &Layout) -> Vec<Difference> {
    let (old, new) = (facts(old), facts(new));
    let mut keys: Vec<&String> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let differs = keys.into_iter().filter(|key| old.get(*key) != new.get(*key));
    differs
        .map(|key| Difference {
            key: key.clone(),
            was: old.get(key).cloned(),
            is: new.get(key).cloned(),
        })
        .collect()
}

type Facts = BTreeMap<String, String>;

fn facts(layout: &Layout) -> Facts {
    let mut facts = Facts::new();
    let mut say = |key: &str, value: String| {
        if !value.is_empty() {
            facts.insert(key.to_owned(), value);
        }
    };
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    say("name", layout.name.clone());
    say("title", layout.title.clone());
    say("version", layout.version.clone().unwrap_or_default());
    say("in_force_from", day(layout.from));
    say("in_force_until", day(layout.until));
    say("reads", layout.becomes.map(Becomes::words).unwrap_or_default().to_owned());
    say("writes", layout.feed.map(Feed::words).unwrap_or_default().to_owned());
    say("encoding", layout.encoding.name().to_owned());
    let line_end = match layout.line_end {
        LineEnd::Crlf => "crlf",
        LineEnd::Lf => "lf",
        LineEnd::None => "none",
    };
    say("line_end", line_end.to_owned());
    let length = layout.record_length.map(|length| length.to_string());
    say("record_length", length.unwrap_or_default());
    match layout.kind {
        Kind::Fixed => say("kind", "fixed".to_owned()),
        Kind::Sheet => {
            say("kind", "sheet".to_owned());
            say("sheet", layout.sheet.clone().unwrap_or_default());
            say("first_row", layout.first_row.to_string());
            say("header_row", layout.header_row.to_string());
        }
        Kind::Delimited { delimiter, quote, formulas } => {
            say("kind", "delimited".to_owned());
            say("delimiter", delimiter.map_or("any".to_owned(), |c| format!("{c:?}")));
            let quote = match quote {
                Quote::Needed => "needed",
                Quote::Always => "always",
                Quote::Never => "never",
            };
            say("quote", quote.to_owned());
            let formulas = match formulas {
                Formulas::Neutralise => "neutralise",
                Formulas::Refuse => "refuse",
                Formulas::Allow => "allow",
            };
            say("formulas", formulas.to_owned());
            say("header_row", layout.header_row.to_string());
        }
    }
    for (name, value) in &layout.set {
        say(&format!("set.{name}"), format!("`{value}`"));
    }
    for (table, rows) in &layout.tables {
        for (key, value) in rows {
            say(&format!("lookup.{table}.{key}"), format!("`{value}`"));
        }
    }
    let rules = &layout.recognise;
    say("recognise.file_name", rules.file_name.join(", "));
    say("recognise.records", rules.records.join(", "));
    if rules.is_said {
        let sure = if rules.is_maybe { "maybe" } else { "sure" };
        say("recognise.confidence", sure.to_owned());
        say("recognise.within", rules.within.to_string());
    }
    for part in &layout.parts {
        facts_of(part, &mut facts);
    }
    facts
}

fn facts_of(part: &Part, facts: &mut Facts) {
    let mut say = |key: String, value: String| {
        if !value.is_empty() {
            facts.insert(format!("{}.{key}", part.name), value);
        }
    };
    say("role".to_owned(), part.role.name().to_owned());
    let when = part.when.as_ref().map(ToString::to_string);
    say("when".to_owned(), when.unwrap_or_default());
    say("required".to_owned(), if part.required { "yes".to_owned() } else { String::new() });
    let whole_file = if part.whole_file { "yes" } else { "" };
    say("whole_file".to_owned(), whole_file.to_owned());
    for (what, expr) in &part.gives {
        say(format!("gives.{what}"), expr.to_string());
    }
    for field in &part.fields {
        for (key, value) in of_field(field) {
            say(format!("{}.{key}", field.name), value);
        }
    }
}

fn of_field(field: &Field) -> Vec<(&'static str, String)> {
    let yes = |said: bool| if said { "yes".to_owned() } else { String::new() };
    let one = |held: Option<char>| held.map(|c| format!("`{c}`")).unwrap_or_default();
    let text = |held: &Option<String>| held.as_ref().map(|t| format!("`{t}`")).unwrap_or_default();
    let holds = match &field.source {
        Source::Constant(constant) => format!("`{constant}`"),
        Source::Row(name) => format!("the value `{name}`"),
        Source::BatchNumber => "the batch's number".to_owned(),
        Source::BatchDate => "the batch's date".to_owned(),
        Source::Line => "the row's number".to_owned(),
        Source::Is(expr) => expr.to_string(),
        Source::Total { total, of } => {
            let of = of.as_ref().map(|of| format!(" of `{of}`")).unwrap_or_default();
            format!("total {}{of}", total.name())
        }
    };
    let shape = match &field.shape {
        Shape::Text => "text".to_owned(),
        Shape::Pounds => "pounds".to_owned(),
        Shape::Pence => "pence".to_owned(),
        Shape::Integer => "integer".to_owned(),
        Shape::Overpunched => "overpunched".to_owned(),
        Shape::Date(format) => format!("date {}", format.as_deref().unwrap_or("of any kind")),
    };
    let sign = match field.sign {
        Sign::Minus => "",
        Sign::PlusMinus => "plus-minus",
        Sign::Trailing => "trailing",
        Sign::Refuse => "refuse",
        Sign::Drop => "drop",
    };
    let only = match field.only {
        None => "",
        Some(Side::Positive) => "positive",
        Some(Side::Negative) => "negative",
    };
    let align = match field.align {
        Align::Left => "left",
        Align::Right => "right",
    };
    let check = match field.check {
        Check::Error => "",
        Check::Warn => "warn",
        Check::Ignore => "ignore",
    };
    vec![
        ("holds", holds),
        ("as", shape),
        ("place", field.place.words()),
        ("sign", sign.to_owned()),
        ("only", only.to_owned()),
        ("align", align.to_owned()),
        ("pad", one(Some(field.pad).filter(|pad| *pad != ' '))),
        ("default", text(&field.default)),
        ("replace_unmappable", one(field.replace_unmappable)),
        ("check", check.to_owned()),
        ("tag", yes(field.tag)),
        ("optional", yes(field.optional)),
        ("truncate", yes(field.truncate)),
        ("blank_zero", yes(field.blank_zero)),
    ]
}
