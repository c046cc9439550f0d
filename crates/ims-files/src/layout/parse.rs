use serde::Deserialize;
use toml::Spanned;

use super::{
    Encoding, Kind, Layout, LayoutFault, Quote,
    field::{Align, Field, Shape, Side, Sign, Source, Total},
};

/// The text of a layout.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LayoutText {
    name: String,
    title: String,
    kind: KindText,
    #[serde(default = "utf8")]
    encoding: Encoding,
    #[serde(default = "crlf")]
    line_end: LineEnd,
    delimiter: Option<Spanned<String>>,
    quote: Option<Quote>,
    guard_formulas: Option<bool>,
    #[serde(default)]
    header: RecordText,
    detail: RecordText,
    #[serde(default)]
    trailer: RecordText,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindText {
    Fixed,
    Delimited,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum LineEnd {
    Crlf,
    Lf,
}

fn utf8() -> Encoding {
    Encoding::Utf8
}

fn crlf() -> LineEnd {
    LineEnd::Crlf
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordText {
    #[serde(default)]
    field: Vec<Spanned<FieldText>>,
}

/// The text of a field. Just one of `constant`, `from`, `batch`, `total` and
/// `line` says what it holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldText {
    name: String,
    constant: Option<String>,
    from: Option<String>,
    batch: Option<BatchText>,
    total: Option<Total>,
    of: Option<String>,
    line: Option<bool>,
    #[serde(rename = "as")]
    shape: Option<ShapeText>,
    date_format: Option<String>,
    sign: Option<Sign>,
    only: Option<Side>,
    width: Option<usize>,
    align: Option<Align>,
    pad: Option<String>,
    default: Option<String>,
    replace_unmappable: Option<String>,
    #[serde(default)]
    truncate: bool,
    #[serde(default)]
    blank_zero: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum BatchText {
    Number,
    Date,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ShapeText {
    Text,
    Pounds,
    Pence,
    Integer,
    Date,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Header,
    Detail,
    Trailer,
}

pub(super) fn parse(toml: &str) -> Result<Layout, LayoutFault> {
    let line_at = |byte: usize| toml.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1;
    let text: LayoutText = toml::from_str(toml).map_err(|error| LayoutFault {
        line: error.span().map(|span| line_at(span.start)),
        message: error.message().to_owned(),
    })?;
    let at = |span: std::ops::Range<usize>| {
        move |message| LayoutFault { line: Some(line_at(span.start)), message }
    };
    let kind = match text.kind {
        KindText::Fixed => {
            if let Some(delimiter) = &text.delimiter {
                return Err(at(delimiter.span())("a fixed layout has no delimiter".to_owned()));
            }
            Kind::Fixed
        }
        KindText::Delimited => Kind::Delimited {
            delimiter: match &text.delimiter {
                None => ',',
                Some(given) => {
                    one_character(given.get_ref(), "delimiter").map_err(at(given.span()))?
                }
            },
            quote: text.quote.unwrap_or(Quote::Needed),
            guard_formulas: text.guard_formulas.unwrap_or(true),
        },
    };
    let record = |record: RecordText, place| -> Result<Vec<Field>, LayoutFault> {
        let mut fields: Vec<Field> = Vec::new();
        for spanned in record.field {
            let span = spanned.span();
            let field = field(spanned.into_inner(), place, kind).map_err(at(span.clone()))?;
            if fields.iter().any(|other| other.name == field.name) {
                return Err(at(span)(format!("a second field `{}` in one record", field.name)));
            }
            fields.push(field);
        }
        Ok(fields)
    };
    let header = record(text.header, Place::Header)?;
    let detail = record(text.detail, Place::Detail)?;
    let trailer = record(text.trailer, Place::Trailer)?;
    if detail.is_empty() {
        return Err(LayoutFault {
            line: None,
            message: "detail has no field; it needs at least one [[detail.field]]".to_owned(),
        });
    }
    let layout = Layout {
        name: text.name,
        title: text.title,
        kind,
        encoding: text.encoding,
        line_end: match text.line_end {
            LineEnd::Crlf => "\r\n",
            LineEnd::Lf => "\n",
        },
        header,
        detail,
        trailer,
    };
    check_totals(&layout)?;
    Ok(layout)
}

/// A total is of a value that the rows have.
fn check_totals(layout: &Layout) -> Result<(), LayoutFault> {
    for field in layout.header.iter().chain(&layout.trailer) {
        if let Source::Total { of: Some(of), .. } = &field.source
            && !layout.values().contains(&of.as_str())
        {
            let message = format!("field `{}`: no detail field is from `{of}`", field.name);
            return Err(LayoutFault { line: None, message });
        }
    }
    Ok(())
}

fn one_character(text: &str, what: &str) -> Result<char, String> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(one), None) => Ok(one),
        _ => Err(format!("{what} `{text}` is not one character")),
    }
}

fn field(text: FieldText, place: Place, kind: Kind) -> Result<Field, String> {
    let name = text.name.clone();
    checked(text, place, kind).map_err(|message| format!("field `{name}`: {message}"))
}

fn checked(text: FieldText, place: Place, kind: Kind) -> Result<Field, String> {
    let source = source(&text, place)?;
    let shape = shape(&text, &source)?;
    if kind == Kind::Fixed && text.width.is_none() {
        return Err("a field of a fixed layout needs a width".to_owned());
    }
    if text.width == Some(0) {
        return Err("a width of 0; leave the field out".to_owned());
    }
    let is_number = matches!(shape, Shape::Pounds | Shape::Pence | Shape::Integer);
    if (text.sign.is_some() || text.only.is_some() || text.blank_zero) && !is_number {
        return Err("sign, only and blank_zero are for pounds, pence and integers".to_owned());
    }
    if text.truncate && is_number {
        return Err("a number is never truncated".to_owned());
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
        name: text.name,
        source,
        shape,
        sign: text.sign.unwrap_or(Sign::Minus),
        only: text.only,
        width: text.width,
        align,
        pad,
        truncate: text.truncate,
        blank_zero: text.blank_zero,
        default: text.default,
        replace_unmappable,
    })
}

fn source(text: &FieldText, place: Place) -> Result<Source, String> {
    let given = [
        text.constant.is_some(),
        text.from.is_some(),
        text.batch.is_some(),
        text.total.is_some(),
        text.line == Some(true),
    ];
    if given.iter().filter(|given| **given).count() != 1 {
        return Err("it needs just one of constant, from, batch, total and line".to_owned());
    }
    if text.of.is_some() && text.total.is_none() {
        return Err("`of` is for a total".to_owned());
    }
    if let Some(constant) = &text.constant {
        Ok(Source::Constant(constant.clone()))
    } else if let Some(from) = &text.from {
        if place != Place::Detail {
            return Err("only detail fields are from a row; a header may have totals".to_owned());
        }
        Ok(Source::Row(from.clone()))
    } else if let Some(batch) = &text.batch {
        Ok(match batch {
            BatchText::Number => Source::BatchNumber,
            BatchText::Date => Source::BatchDate,
        })
    } else if let Some(total) = text.total {
        if place == Place::Detail {
            return Err("totals are for the header and the trailer".to_owned());
        }
        match (total, &text.of) {
            (Total::Count, None) => {}
            (Total::Count, Some(_)) => return Err("a count is not `of` a value".to_owned()),
            (Total::Sum | Total::Debits | Total::Credits | Total::Hash, Some(_)) => {}
            (Total::Sum | Total::Debits | Total::Credits | Total::Hash, None) => {
                return Err("the total needs `of`, the value that is added up".to_owned());
            }
        }
        Ok(Source::Total { total, of: text.of.clone() })
    } else {
        Ok(Source::Line)
    }
}

fn shape(text: &FieldText, source: &Source) -> Result<Shape, String> {
    if text.date_format.is_some() && !matches!(text.shape, Some(ShapeText::Date)) {
        return Err("date_format is for `as = \"date\"`".to_owned());
    }
    let shape = match text.shape {
        Some(ShapeText::Pounds) => Shape::Pounds,
        Some(ShapeText::Pence) => Shape::Pence,
        Some(ShapeText::Integer) => Shape::Integer,
        Some(ShapeText::Text) => Shape::Text,
        Some(ShapeText::Date) => {
            let format = text.date_format.clone().unwrap_or_else(|| "%Y-%m-%d".to_owned());
            Shape::Date(date_format(format)?)
        }
        None => match source {
            Source::BatchDate => Shape::Date("%Y-%m-%d".to_owned()),
            Source::BatchNumber | Source::Line => Shape::Integer,
            Source::Total { total: Total::Count | Total::Hash, .. } => Shape::Integer,
            Source::Total { .. } => Shape::Pounds,
            Source::Constant(_) | Source::Row(_) => Shape::Text,
        },
    };
    let fits = match (source, &shape) {
        (Source::Constant(_), Shape::Text) | (Source::BatchDate, Shape::Date(_)) => true,
        (Source::Row(_), _) => true,
        (Source::BatchNumber | Source::Line, Shape::Integer) => true,
        (Source::Total { total: Total::Count | Total::Hash, .. }, Shape::Integer) => true,
        (
            Source::Total { total: Total::Sum | Total::Debits | Total::Credits, .. },
            Shape::Pounds | Shape::Pence,
        ) => true,
        (
            Source::Constant(_)
            | Source::BatchDate
            | Source::BatchNumber
            | Source::Line
            | Source::Total { .. },
            _,
        ) => false,
    };
    if fits { Ok(shape) } else { Err("what it holds cannot be written `as` that".to_owned()) }
}

/// Days only, so that a layout cannot depend on anything but the date.
fn date_format(format: String) -> Result<String, String> {
    let mut characters = format.chars();
    while let Some(character) = characters.next() {
        if character == '%' && !matches!(characters.next(), Some('d' | 'm' | 'Y' | 'y' | 'j' | 'b'))
        {
            return Err(format!("date_format `{format}`; %d, %m, %b, %y, %Y and %j are known"));
        }
    }
    Ok(format)
}
