//! From the TOML of a layout to a layout that has been checked.

mod fields;
mod names;
mod sheet;
mod told;

use std::{collections::BTreeMap, ops::Range};

use chrono::NaiveDate;
use toml::{Spanned, value::Datetime};

use super::{
    Formulas, Kind, Layout, LayoutFault, Quote,
    expr::Expr,
    field::{Field, Place},
    part::{Part, Role},
    recognise::Recognise,
    text::{KindText, LayoutText, LineEnd, PartText, RecogniseText, Sureness},
};
use crate::LAYOUT_BYTES_MAX;
use fields::FieldsOf;

/// How many lines of a file recognition looks at, unless it is said.
const WITHIN: usize = 20;

/// Reads a layout, or gives everything that is wrong with it.
pub(super) fn parse(toml: &str) -> Result<Layout, Vec<LayoutFault>> {
    if toml.len() > LAYOUT_BYTES_MAX {
        let message =
            format!("the layout has {} bytes; {LAYOUT_BYTES_MAX} are the most", toml.len());
        return Err(vec![LayoutFault { line: None, key: String::new(), message }]);
    }
    let mut checking = Checking { toml, faults: Vec::new(), spans: BTreeMap::new(), reads: false };
    let text: LayoutText = toml::from_str(toml).map_err(|error| {
        vec![LayoutFault {
            line: error.span().map(|span| checking.line_at(span.start)),
            key: String::new(),
            message: told::told(error.message()),
        }]
    })?;
    let layout = checking.layout(text);
    if checking.faults.is_empty() {
        return Ok(layout);
    }
    checking.faults.sort_by_key(|fault| fault.line.unwrap_or(usize::MAX));
    Err(checking.faults)
}

/// Gathers what is wrong.
pub(super) struct Checking<'t> {
    toml: &'t str,
    faults: Vec<LayoutFault>,
    /// Where records and fields stand, as `record` and `record.field`.
    spans: BTreeMap<String, Range<usize>>,
    reads: bool,
}

impl Checking<'_> {
    fn line_at(&self, byte: usize) -> usize {
        self.toml.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }

    pub(super) fn fault(
        &mut self,
        span: Option<Range<usize>>,
        key: &str,
        message: impl Into<String>,
    ) {
        let line = span.or_else(|| self.span_of(key)).map(|span| self.line_at(span.start));
        self.faults.push(LayoutFault { line, key: key.to_owned(), message: message.into() });
    }

    /// Where the field or record stands that a key names.
    fn span_of(&self, key: &str) -> Option<Range<usize>> {
        let ends = key.match_indices('.').map(|(at, _)| at).chain([key.len()]).rev();
        let mut keys = ends.filter_map(|end| key.get(..end));
        keys.find_map(|key| self.spans.get(key).cloned())
    }

    fn layout(&mut self, text: LayoutText) -> Layout {
        self.reads = text.reads.is_some();
        let name_span = text.name.span();
        let name = text.name.clone().into_inner();
        let is_plain =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if name.is_empty() || !name.chars().all(is_plain) {
            let right = "small letters, digits and dashes, like `ledger-journal`, would be right";
            self.fault(Some(name_span), "name", format!("`{name}` is no name; {right}"));
        }
        let kind = self.kind(&text);
        let (from, until) = self.in_force(&text);
        let mut parts = Vec::new();
        let named = [(text.header, Role::Header)];
        for (part, role) in named {
            if let Some(part) = part {
                parts.push(self.part(part, role.name(), Some(role), kind));
            }
        }
        for (nth, part) in text.record.into_iter().enumerate() {
            let key = format!("record[{}]", nth + 1);
            parts.push(self.part(part, &key, None, kind));
        }
        for (part, role) in [(text.detail, Role::Detail), (text.trailer, Role::Trailer)] {
            if let Some(part) = part {
                parts.push(self.part(part, role.name(), Some(role), kind));
            }
        }
        self.of_a_sheet(text.sheet.as_ref(), text.first_row.as_ref(), kind);
        let has_columns = parts
            .iter()
            .any(|part| part.fields.iter().any(|field| matches!(field.place, Place::Named(_))));
        let line_end = text.line_end;
        let record_length = self.record_length(line_end, kind, text.record_length, &parts);
        let page = text.page.unwrap_or_else(|| "docs/formats/layouts.md".to_owned());
        let mut layout = Layout {
            name,
            title: text.title,
            page,
            version: text.version,
            from,
            until,
            becomes: text.reads,
            feed: text.writes,
            kind,
            encoding: text.encoding,
            line_end,
            record_length,
            header_row: text.header_row.as_ref().map_or(has_columns, |given| *given.get_ref()),
            sheet: text.sheet.map(Spanned::into_inner),
            first_row: text.first_row.map_or(1, Spanned::into_inner),
            set: text.set,
            must_set: Vec::new(),
            tables: text.lookup,
            recognise: Recognise::default(),
            parts,
        };
        for name in text.must_set {
            let (span, name) = (name.span(), name.into_inner());
            if layout.set.contains_key(&name) {
                layout.must_set.push(name);
            } else {
                self.fault(Some(span), "must_set", format!("`{name}` is none of what is in [set]"));
            }
        }
        // What follows from a fault would only hide it.
        if !self.faults.is_empty() {
            return layout;
        }
        if !layout.parts.iter().any(|part| part.role == Role::Detail && !part.fields.is_empty()) {
            self.fault(None, "detail", "there is no field; it needs at least one [[detail.field]]");
        }
        for (nth, part) in layout.parts.iter().enumerate() {
            if layout.parts.iter().take(nth).any(|other| other.name == part.name) {
                self.fault(None, &part.name, "a second record of that name");
            }
        }
        if let Some(recognise) = text.recognise {
            layout.recognise = self.recognise(recognise, &layout);
        }
        names::check(self, &layout);
        layout
    }

    fn kind(&mut self, text: &LayoutText) -> Kind {
        match text.kind {
            KindText::Sheet => self.sheet(text),
            KindText::Fixed => {
                if let Some(delimiter) = &text.delimiter {
                    let message = "a fixed layout has no delimiter";
                    self.fault(Some(delimiter.span()), "delimiter", message);
                }
                Kind::Fixed
            }
            KindText::Delimited => Kind::Delimited {
                delimiter: self.delimiter(text),
                quote: text.quote.unwrap_or(Quote::Needed),
                formulas: text.formulas.unwrap_or(Formulas::Neutralise),
            },
        }
    }

    /// `None` is whichever a file that is read has most of.
    fn delimiter(&mut self, text: &LayoutText) -> Option<char> {
        let Some(given) = &text.delimiter else { return Some(',') };
        if given.get_ref() == "any" && text.writes.is_none() && text.reads.is_some() {
            return None;
        }
        match one_character(given.get_ref(), "delimiter") {
            Ok(one) if one.is_ascii() && !one.is_ascii_alphanumeric() && one != '"' => Some(one),
            Ok(one) => {
                let message = format!("`{one}` cannot part columns; `,`, `;`, `|` or a tab would");
                self.fault(Some(given.span()), "delimiter", message);
                None
            }
            Err(message) => {
                self.fault(Some(given.span()), "delimiter", message);
                None
            }
        }
    }

    fn in_force(&mut self, text: &LayoutText) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let from = self.day(text.in_force_from.as_ref(), "in_force_from");
        let until = self.day(text.in_force_until.as_ref(), "in_force_until");
        if let (Some(from), Some(until)) = (from, until)
            && until < from
        {
            let span = text.in_force_until.as_ref().map(Spanned::span);
            self.fault(span, "in_force_until", format!("{until} lies before in_force_from {from}"));
        }
        (from, until)
    }

    fn day(&mut self, given: Option<&Spanned<Datetime>>, key: &str) -> Option<NaiveDate> {
        let given = given?;
        let day = given.get_ref().to_string().parse().ok();
        if day.is_none() {
            self.fault(Some(given.span()), key, "it is no day; 2026-04-01 would be");
        }
        day
    }

    /// How long each record is where nothing ends it.
    fn record_length(
        &mut self,
        line_end: LineEnd,
        kind: Kind,
        given: Option<Spanned<usize>>,
        parts: &[Part],
    ) -> Option<usize> {
        let span = given.as_ref().map(Spanned::span);
        let given = given.map(Spanned::into_inner);
        let widest = parts.iter().map(|part| width(&part.fields)).max().unwrap_or_default();
        if let Some(given) = given
            && (kind != Kind::Fixed || given < widest || given > crate::RECORD_BYTES_MAX)
        {
            let right = format!("a fixed layout may have {widest} or more");
            self.fault(span, "record_length", format!("{given} does not fit; {right}"));
        }
        match (line_end, kind) {
            (LineEnd::None, Kind::Fixed) => Some(given.unwrap_or(widest).max(1)),
            (LineEnd::None, Kind::Delimited { .. } | Kind::Sheet) => {
                self.fault(
                    None,
                    "line_end",
                    "`none` is for fixed layouts; `crlf` or `lf` would be",
                );
                None
            }
            (LineEnd::Crlf | LineEnd::Lf, _) => given,
        }
    }

    fn part(
        &mut self,
        spanned: Spanned<PartText>,
        key: &str,
        role: Option<Role>,
        kind: Kind,
    ) -> Part {
        let span = spanned.span();
        let text = spanned.into_inner();
        let name = text.name.clone().unwrap_or_else(|| key.to_owned());
        let role = match (role, text.role) {
            (Some(role), None) => role,
            (Some(role), Some(_)) => {
                self.fault(Some(span.clone()), key, "its role is said by its name; leave it out");
                role
            }
            (None, Some(role)) => role,
            (None, None) => {
                let right = "one of header, detail, trailer, skip would be right";
                self.fault(Some(span.clone()), key, format!("it has no role; {right}"));
                Role::Detail
            }
        };
        let when = text.when.as_ref().and_then(|when| self.expr(when, &format!("{key}.when")));
        let mut gives = Vec::new();
        for (what, value) in &text.gives {
            self.spans.insert(format!("{name}.gives.{what}"), value.span());
            let expr = self.expr(value, &format!("{key}.gives.{what}"));
            gives.extend(expr.map(|expr| (what.clone(), expr)));
        }
        if let Some(when) = &text.when {
            self.spans.insert(format!("{name}.when"), when.span());
        }
        self.spans.insert(name.clone(), span);
        let mut fields = FieldsOf::new(self, key, &name, role, kind);
        for field in text.field {
            fields.take(field);
        }
        let fields = fields.finish(when.is_some());
        let (required, whole_file, looks_like) = (text.required, text.whole_file, text.looks_like);
        Part { name, role, when, looks_like, required, whole_file, gives, fields }
    }

    fn expr(&mut self, text: &Spanned<String>, key: &str) -> Option<Expr> {
        let parsed = Expr::parse(text.get_ref());
        parsed.map_err(|message| self.fault(Some(text.span()), key, message)).ok()
    }

    fn recognise(&mut self, spanned: Spanned<RecogniseText>, layout: &Layout) -> Recognise {
        let span = spanned.span();
        let text = spanned.into_inner();
        for name in &text.records {
            match layout.parts.iter().find(|part| part.name == *name) {
                None => {
                    let names: Vec<_> =
                        layout.parts.iter().map(|part| part.name.as_str()).collect();
                    let right = format!("there are {}", names.join(", "));
                    let message = format!("there is no record `{name}`; {right}");
                    self.fault(Some(span.clone()), "recognise.records", message);
                }
                Some(part) if !part.is_told() => {
                    let message = format!("nothing tells `{name}`; it needs a tag or `when`");
                    self.fault(Some(span.clone()), "recognise.records", message);
                }
                Some(_) => {}
            }
        }
        if layout.kind == Kind::Sheet {
            self.told_by_name(&span, &text);
        }
        let by_columns = layout.header_row && layout.named_columns().next().is_some();
        if text.file_name.is_empty() && text.records.is_empty() && !by_columns {
            let right = "file_name, records, or fields with a `column` would tell it";
            self.fault(Some(span), "recognise", format!("it tells nothing; {right}"));
        }
        Recognise {
            file_name: text.file_name.iter().map(|name| name.to_lowercase()).collect(),
            records: text.records,
            within: text.within.unwrap_or(WITHIN),
            is_maybe: text.confidence == Sureness::Maybe,
            is_said: true,
        }
    }
}

/// How wide a record is.
pub(super) fn width(fields: &[Field]) -> usize {
    let ends = fields.iter().filter_map(|field| match field.place {
        Place::Span(_, to) => to,
        Place::After(_) | Place::Column(_) | Place::Cell(_) | Place::Named(_) => None,
    });
    ends.max().unwrap_or_default()
}

pub(super) fn one_character(text: &str, what: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(format!("{what} `{text}` is not one character")),
    }
}
