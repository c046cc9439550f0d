//! Whether every name a layout uses stands for something.

use std::collections::BTreeSet;

use super::Checking;
use crate::layout::{
    Becomes, Layout,
    expr::Expr,
    field::{Field, Place, Shape, Source},
    part::{Part, Role},
    pattern,
};

/// What a layout that writes may use beside its rows' values.
const OF_THE_BATCH: [&str; 3] = ["batch.number", "batch.date", "row.number"];

/// Checks the names of a whole layout.
pub(super) fn check(checking: &mut Checking<'_>, layout: &Layout) {
    for part in &layout.parts {
        of_part(checking, layout, part);
    }
    if let Some(becomes) = layout.becomes {
        what_is_read(checking, layout, becomes);
    }
    if layout.becomes.is_none() || layout.feed.is_some() {
        what_is_written(checking, layout);
    }
}

fn of_part(checking: &mut Checking<'_>, layout: &Layout, part: &Part) {
    let reads = layout.becomes.is_some();
    for field in &part.fields {
        let key = format!("{}.{}", part.name, field.name);
        match &field.source {
            Source::Total { of: Some(of), .. } => {
                if !layout.details().any(|detail| detail.fields_of(of).next().is_some()) {
                    let message = format!("no detail field is from `{of}`");
                    checking.fault(None, &key, message);
                }
            }
            Source::Is(expr) => {
                let known = written_names(layout);
                names(checking, layout, expr, &known, &format!("{key}.is"), open(layout));
            }
            Source::Constant(_)
            | Source::Row(_)
            | Source::BatchNumber
            | Source::BatchDate
            | Source::Line
            | Source::Total { .. } => {}
        }
        if let (true, Shape::Date(Some(format))) = (reads, &field.shape)
            && !pattern::is_whole(format)
        {
            let right = match pattern::meant(format) {
                Some(right) => format!("`{right}` would be right"),
                None => "a day, a month and a year, like `%d%m%Y`, would".to_owned(),
            };
            let message = format!("`{format}` does not say which day it is; {right}");
            checking.fault(None, &key, message);
        }
    }
    let mut known = read_names(layout, part);
    if reads {
        known.insert("line".to_owned());
    }
    if let Some(when) = &part.when {
        let may_be_any = !reads && open(layout);
        if !reads || layout.feed.is_some() {
            known.extend(written_names(layout));
        }
        names(checking, layout, when, &known, &format!("{}.when", part.name), may_be_any);
    }
    for (what, expr) in &part.gives {
        let key = format!("{}.gives.{what}", part.name);
        let Some(becomes) = layout.becomes else {
            checking.fault(None, &key, "only a layout that `reads` gives something");
            continue;
        };
        if !becomes.keys().contains(&what.as_str()) {
            let message = format!(
                "{} has no `{what}`; it has {}",
                becomes.words(),
                becomes.keys().join(", ")
            );
            checking.fault(None, &key, message);
        }
        let mut known = known.clone();
        for other in &layout.parts {
            known.extend(other.read_values().map(|value| format!("{}.{value}", other.name)));
        }
        names(checking, layout, expr, &known, &key, false);
    }
}

/// Whether rows may have any value.
fn open(layout: &Layout) -> bool {
    layout.feed.is_none_or(|feed| feed.values().is_empty())
}

fn read_names(layout: &Layout, part: &Part) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = part.read_values().map(str::to_owned).collect();
    for header in layout.parts.iter().filter(|part| part.role == Role::Header) {
        known.extend(header.read_values().map(str::to_owned));
    }
    known
}

fn written_names(layout: &Layout) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = OF_THE_BATCH.iter().map(|name| (*name).to_owned()).collect();
    if let Some(feed) = layout.feed {
        known.extend(feed.values().iter().map(|name| (*name).to_owned()));
    }
    known.extend(layout.details().flat_map(Part::values).map(str::to_owned));
    known
}

fn names(
    checking: &mut Checking<'_>,
    layout: &Layout,
    expr: &Expr,
    known: &BTreeSet<String>,
    key: &str,
    may_be_any: bool,
) {
    for name in expr.names() {
        if let Some(table) = name.strip_prefix("lookup:") {
            if !layout.tables.contains_key(table) {
                let right = format!("[lookup.{table}] would be right");
                checking.fault(None, key, format!("there is no table `{table}`; {right}"));
            }
        } else if let Some(set) = name.strip_prefix("set.") {
            if !layout.set.contains_key(set) {
                let message =
                    format!("nothing is set as `{set}`; [set] {set} = \"…\" would be right");
                checking.fault(None, key, message);
            }
        } else if !known.contains(&name) && (name.contains('.') || !may_be_any) {
            let names: Vec<&str> = known.iter().map(String::as_str).collect();
            checking.fault(
                None,
                key,
                format!("there is no value `{name}`; there are {}", names.join(", ")),
            );
        }
    }
}

/// What a file becomes must have all it needs.
fn what_is_read(checking: &mut Checking<'_>, layout: &Layout, becomes: Becomes) {
    let given = |part: &Part, key: &str| {
        part.read_values().any(|value| value == key)
            || part.gives.iter().any(|(what, _)| what == key)
    };
    let headers = || layout.parts.iter().filter(|part| part.role == Role::Header);
    for detail in layout.details() {
        for key in becomes.needs() {
            if !given(detail, key) && !headers().any(|header| given(header, key)) {
                let message = format!(
                    "{} needs `{key}`; name a field so, or say how it is made: [{}.gives] {key} = \"…\"",
                    becomes.words(),
                    detail.name
                );
                checking.fault(None, &detail.name, message);
            }
        }
    }
}

/// What is written must have its place and its values.
fn what_is_written(checking: &mut Checking<'_>, layout: &Layout) {
    let feed = layout.feed.map(|feed| (feed, feed.values())).filter(|(_, v)| !v.is_empty());
    for part in &layout.parts {
        for field in part.fields.iter().filter(|_| part.role != Role::Skip) {
            let key = format!("{}.{}", part.name, field.name);
            if let Place::After(_) = field.place {
                checking.fault(None, &key, "`after` is for reading; `at` and `width` place it");
            }
            let Some(value) = field.row_value() else { continue };
            if part.role != Role::Detail {
                let message = "only detail fields are from a row; a header may have totals";
                checking.fault(None, &key, message);
            } else if let Some((feed, values)) = feed
                && !values.contains(&value)
                && field.default.is_none()
            {
                let message = format!(
                    "{} has no `{value}`; it has {}; a default would stand in for it",
                    feed.words(),
                    values.join(", ")
                );
                checking.fault(None, &key, message);
            }
        }
    }
}

impl Part {
    /// The fields a total is `of`: by their value's name, or the one of that name. A
    /// debit and a credit column may share a value.
    pub(in crate::layout) fn fields_of<'p>(
        &'p self,
        of: &'p str,
    ) -> impl Iterator<Item = &'p Field> {
        let is_value = self.fields.iter().any(|field| field.row_value() == Some(of));
        self.fields.iter().filter(move |field| {
            if is_value { field.row_value() == Some(of) } else { field.name == of }
        })
    }
}
