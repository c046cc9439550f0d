//! The fields of one record, each checked where it stands.

use std::ops::Range;

use super::{Checking, one_character, sheet};
use crate::{
    COLUMNS_MAX, RECORD_BYTES_MAX,
    layout::{
        Kind,
        expr::Expr,
        field::{Align, Field, Place, Shape, Sign, Source, Total},
        part::Role,
        pattern,
        text::{BatchText, FieldText, ShapeText},
    },
    xlsx::letters,
};

/// Takes the fields of a record one by one, and knows where the next stands.
pub(super) struct FieldsOf<'c, 't> {
    checking: &'c mut Checking<'t>,
    key: &'c str,
    name: &'c str,
    role: Role,
    kind: Kind,
    fields: Vec<Field>,
    /// Where the next field begins, from 0.
    next: usize,
    count: usize,
}

impl<'c, 't> FieldsOf<'c, 't> {
    pub(super) fn new(
        checking: &'c mut Checking<'t>,
        key: &'c str,
        name: &'c str,
        role: Role,
        kind: Kind,
    ) -> Self {
        Self { checking, key, name, role, kind, fields: Vec::new(), next: 0, count: 0 }
    }

    pub(super) fn take(&mut self, text: FieldText) {
        self.count += 1;
        let span = text.name.span();
        let key = format!("{}.field[{}] `{}`", self.key, self.count, text.name.get_ref());
        let name = text.name.get_ref().clone();
        self.checking.spans.insert(format!("{}.{name}", self.name), span.clone());
        if self.fields.iter().any(|other| other.name == name) {
            let message = format!("a second field `{name}` in one record");
            self.checking.fault(Some(span.clone()), &key, message);
        }
        let times = text.times.unwrap_or(1);
        if times == 0 || times > COLUMNS_MAX || (times > 1 && text.constant.is_none()) {
            let message = format!("`times` is for constants, from 1 to {COLUMNS_MAX}");
            self.checking.fault(Some(span), &key, message);
            return;
        }
        match self.field(text) {
            Ok(field) => self.put(field, times, &span, &key),
            Err(message) => self.checking.fault(Some(span), &key, message),
        }
    }

    /// Adds a field, or as many as it stands for.
    fn put(&mut self, field: Field, times: usize, span: &Range<usize>, key: &str) {
        for nth in 0..times {
            let mut field = field.clone();
            if nth > 0 {
                field.name = format!("{} {}", field.name, nth + 1);
                field.place = match field.place {
                    Place::Span(_, _) => {
                        Place::Span(self.next, field.width.map(|width| self.next + width))
                    }
                    Place::Column(_) => Place::Column(self.next),
                    other @ (Place::After(_) | Place::Named(_) | Place::Cell(_)) => other,
                };
            }
            self.advance(&field, span, key);
            self.fields.push(field);
        }
    }

    fn advance(&mut self, field: &Field, span: &Range<usize>, key: &str) {
        let mut message = None;
        match field.place {
            Place::Span(from, to) => {
                if from < self.next {
                    let before = self.fields.last().map_or("", |before| before.name.as_str());
                    message = Some(format!(
                        "it begins at {}, but `{before}` before it ends at {}; at = {} would be right, or another width there",
                        from + 1,
                        self.next,
                        self.next.saturating_add(1)
                    ));
                }
                self.next = to.unwrap_or(usize::MAX);
            }
            Place::Column(at) => {
                if at < self.next {
                    message = Some(format!(
                        "column {} is taken by a field before it; at = {} would be right",
                        at + 1,
                        self.next.saturating_add(1)
                    ));
                }
                self.next = at + 1;
            }
            Place::Cell(at) => {
                let before = self.fields.iter().find(|other| other.place == field.place);
                message = before.map(|before| {
                    let letter = letters(at);
                    format!("column {letter} is that of `{}` already", before.name)
                });
            }
            Place::After(_) | Place::Named(_) => {}
        }
        if let Some(message) = message {
            self.checking.fault(Some(span.clone()), key, message);
        }
    }

    pub(super) fn finish(mut self, is_told: bool) -> Vec<Field> {
        // Without a `when` and a tag that is named, the first constant tells.
        if !is_told && !self.fields.iter().any(|field| field.tag) {
            let says =
                |field: &&mut Field| matches!(&field.source, Source::Constant(c) if !c.is_empty());
            if let Some(first) = self.fields.iter_mut().find(says) {
                first.tag = true;
            }
        }
        let named = self.fields.iter().filter(|f| matches!(f.place, Place::Named(_))).count();
        if named > 0 && named < self.fields.iter().filter(|f| f.is_in_the_file()).count() {
            let message = "some fields have a `column` and some have none; give each its column";
            self.checking.fault(None, self.key, message);
        }
        self.fields
    }

    fn field(&self, text: FieldText) -> Result<Field, String> {
        let source = self.source(&text)?;
        let shape = shape(&text, &source, self.checking.reads)?;
        let place = self.place(&text)?;
        let is_number =
            matches!(shape, Shape::Pounds | Shape::Pence | Shape::Overpunched | Shape::Integer);
        if (text.sign.is_some() || text.only.is_some()) && !is_number {
            return Err("sign and only are for pounds, pence, overpunched and integers".to_owned());
        }
        if text.blank_zero && shape == Shape::Text {
            return Err("blank_zero is for numbers and dates".to_owned());
        }
        if text.truncate && is_number {
            return Err("a number is never truncated".to_owned());
        }
        if text.check.is_some() && text.total.is_none() {
            return Err("`check` is for a total".to_owned());
        }
        if text.tag && text.constant.is_none() {
            return Err("a tag is a constant".to_owned());
        }
        let pad = match &text.pad {
            None => ' ',
            Some(pad) => one_character(pad, "pad")?,
        };
        let align = text.align.unwrap_or(if is_number { Align::Right } else { Align::Left });
        if pad.is_ascii_digit() && align == Align::Left && is_number {
            return Err(
                "a digit behind a number changes it; align it right or pad with a blank".to_owned()
            );
        }
        let replace_unmappable = text
            .replace_unmappable
            .as_deref()
            .map(|c| one_character(c, "replace_unmappable"))
            .transpose()?;
        if let (Source::Constant(constant), Some(width)) = (&source, text.width)
            && constant.chars().count() > width
        {
            return Err(format!("the constant `{constant}` is longer than {width}"));
        }
        Ok(Field {
            name: text.name.into_inner(),
            source,
            shape,
            place,
            sign: text.sign.unwrap_or(Sign::Minus),
            only: text.only,
            width: text.width,
            align,
            pad,
            truncate: text.truncate,
            blank_zero: text.blank_zero,
            default: text.default,
            replace_unmappable,
            tag: text.tag,
            optional: text.optional,
            check: text.check.unwrap_or_default(),
        })
    }

    fn place(&self, text: &FieldText) -> Result<Place, String> {
        if text.width == Some(0) {
            return Err("a width of 0; leave the field out".to_owned());
        }
        if text.at == Some(0) {
            return Err("positions count from 1; the first is at = 1".to_owned());
        }
        let most = match self.kind {
            Kind::Fixed => RECORD_BYTES_MAX,
            Kind::Delimited { .. } | Kind::Sheet => COLUMNS_MAX,
        };
        let from = text.at.map_or(self.next, |at| at - 1);
        if from >= most || text.width.is_some_and(|width| width > RECORD_BYTES_MAX) {
            return Err(format!("it ends beyond {most}, the most there may be"));
        }
        if text.letter.is_some() && self.kind != Kind::Sheet {
            return Err(
                "`letter` is for `kind = \"sheet\"`; `at` is the number of a column".to_owned()
            );
        }
        match (self.kind, &text.after, &text.column) {
            (Kind::Sheet, ..) => sheet::place(text),
            (Kind::Delimited { .. }, None, Some(column)) => sheet::named(text.at, column),
            (Kind::Delimited { .. }, None, None) => Ok(Place::Column(from)),
            (Kind::Delimited { .. }, Some(_), _) => {
                Err("`after` is for fixed layouts; `column` names a column".to_owned())
            }
            (Kind::Fixed, _, Some(_)) => {
                Err("`column` is for delimited layouts; `at` is a position".to_owned())
            }
            (Kind::Fixed, Some(label), None) => {
                if label.trim().is_empty() {
                    return Err("`after` is the text that stands before it".to_owned());
                }
                Ok(Place::After(label.trim().to_owned()))
            }
            (Kind::Fixed, None, None) => match text.width {
                Some(width) => Ok(Place::Span(from, Some(from + width))),
                None => Err("a field of a fixed layout needs a width".to_owned()),
            },
        }
    }

    fn source(&self, text: &FieldText) -> Result<Source, String> {
        let given = [
            text.constant.is_some(),
            text.from.is_some(),
            text.batch.is_some(),
            text.total.is_some(),
            text.line == Some(true),
            text.is.is_some(),
        ];
        if given.iter().filter(|given| **given).count() > 1 {
            return Err("it needs just one of constant, from, batch, total, line and is".to_owned());
        }
        if text.of.is_some() && text.total.is_none() {
            return Err("`of` is for a total".to_owned());
        }
        if let Some(constant) = &text.constant {
            Ok(Source::Constant(constant.clone()))
        } else if let Some(batch) = &text.batch {
            Ok(match batch {
                BatchText::Number => Source::BatchNumber,
                BatchText::Date => Source::BatchDate,
            })
        } else if let Some(total) = text.total {
            self.total(total, text.of.as_ref())
        } else if let Some(is) = &text.is {
            Expr::parse(is).map(Source::Is)
        } else if text.line == Some(true) {
            Ok(Source::Line)
        } else {
            Ok(Source::Row(text.from.clone().unwrap_or_else(|| text.name.get_ref().clone())))
        }
    }

    fn total(&self, total: Total, of: Option<&String>) -> Result<Source, String> {
        if self.role == Role::Detail {
            return Err("totals are for the header and the trailer".to_owned());
        }
        match (total, of) {
            (Total::Count | Total::Records, Some(_)) => {
                Err("a count is not `of` a value".to_owned())
            }
            (Total::Sum | Total::Debits | Total::Credits | Total::Hash, None) => {
                Err("the total needs `of`, the value that is added up".to_owned())
            }
            (_, of) => Ok(Source::Total { total, of: of.cloned() }),
        }
    }
}

impl Field {
    /// Whether it has a place of its own in a file.
    const fn is_in_the_file(&self) -> bool {
        !matches!(self.place, Place::After(_))
    }
}

fn shape(text: &FieldText, source: &Source, reads: bool) -> Result<Shape, String> {
    if text.date_format.is_some() && text.shape != Some(ShapeText::Date) {
        return Err("date_format is for `as = \"date\"`".to_owned());
    }
    if let Some(format) = &text.date_format {
        pattern::check(format, reads)?;
    }
    let shape = match text.shape {
        Some(ShapeText::Pounds) => Shape::Pounds,
        Some(ShapeText::Pence) => Shape::Pence,
        Some(ShapeText::Overpunched) => Shape::Overpunched,
        Some(ShapeText::Integer) => Shape::Integer,
        Some(ShapeText::Text) => Shape::Text,
        Some(ShapeText::Date) => Shape::Date(text.date_format.clone()),
        None => match source {
            Source::BatchDate => Shape::Date(None),
            Source::BatchNumber
            | Source::Line
            | Source::Total { total: Total::Count | Total::Records | Total::Hash, .. } => {
                Shape::Integer
            }
            Source::Total { .. } => Shape::Pounds,
            Source::Constant(_) | Source::Row(_) | Source::Is(_) => Shape::Text,
        },
    };
    let fits = match source {
        Source::Row(_) | Source::Is(_) => true,
        Source::Constant(_) => shape == Shape::Text,
        Source::BatchDate => matches!(shape, Shape::Date(_)),
        Source::BatchNumber
        | Source::Line
        | Source::Total { total: Total::Count | Total::Records | Total::Hash, .. } => {
            shape == Shape::Integer
        }
        Source::Total { .. } => {
            matches!(shape, Shape::Pounds | Shape::Pence | Shape::Overpunched)
        }
    };
    if fits { Ok(shape) } else { Err("what it holds cannot be written `as` that".to_owned()) }
}
