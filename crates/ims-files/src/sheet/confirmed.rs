//! Sheets read by the columns that a person confirmed for their sender.

use std::io::BufRead;

use ims_ledger::{ConfirmedSheet, SheetColumns};

use super::{
    PaymentsSheet,
    role::{AmountIn, Detected, Role, Sure, Taken},
    schedule::By,
    table,
};
use crate::{
    Confidence, Format, Head, Record, Verdict,
    amounts::clipped,
    guard,
    rows::{Row, plain_name},
};

/// The format `payments-sheet` as a council has it: a sheet whose headings were
/// confirmed for its sender is read by them without asking, one whose headings have
/// changed is refused with what changed, and any other is read by its headings where
/// they are certain.
///
/// ```
/// use ims_files::{Format, sheet::Confirmed};
/// use ims_ledger::{ConfirmedSheet, SheetColumns};
///
/// let columns = SheetColumns {
///     reference: "Account".to_owned(),
///     amount: "Kept back".to_owned(),
///     ..SheetColumns::default()
/// };
/// let acme = ConfirmedSheet {
///     name: "acme".to_owned(),
///     sender: "Acme Ltd".to_owned(),
///     headings: vec!["Account".to_owned(), "Kept back".to_owned()],
///     pence: false,
///     columns,
/// };
/// let sheets = Confirmed::of(&[acme]);
/// let verdict = sheets.read(&mut &b"Account,Kept back\n80012345,25.00\n"[..], &mut |_| {});
/// assert!(verdict.is_read_whole());
/// let verdict = sheets.read(&mut &b"Account,Kept back,Gross\n80012345,25.00,900.00\n"[..], &mut |_| {});
/// assert!(verdict.faults[0].message.contains("new `Gross`"));
/// ```
#[derive(Clone, Debug)]
pub struct Confirmed(Vec<Sheet>);

#[derive(Clone, Debug)]
struct Sheet {
    name: String,
    headings: Vec<Heading>,
    columns: Detected,
}

/// A heading as it is compared, and as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Heading {
    plain: String,
    written: String,
}

/// What the sheets of a council say of one that came.
pub(super) enum Choice<'c> {
    /// It is read by these columns.
    By(&'c Detected),
    /// It is refused.
    Refused(String),
    /// It is nobody's that was confirmed.
    Unknown,
}

impl Confirmed {
    /// What was confirmed. The configuration has checked it.
    #[must_use]
    pub fn of(sheets: &[ConfirmedSheet]) -> Self {
        Self(sheets.iter().map(Sheet::of).collect())
    }

    /// Whether a row is the headings of one of them, or nearly.
    pub(super) fn knows(&self, row: &Row) -> bool {
        let names = headings(row.iter());
        self.0.iter().any(|sheet| sheet.is_near(&names))
    }

    pub(super) fn choose(&self, header: &Row, sender: &str) -> Choice<'_> {
        let names = headings(header.iter());
        let is_its = |sheet: &&Sheet| sheet.columns.sender.eq_ignore_ascii_case(sender);
        let may_be = |sheet: &&Sheet| sender.is_empty() || is_its(sheet);
        let same = |sheet: &&Sheet| may_be(sheet) && sheet.changes(&names).is_none();
        let mut same = self.0.iter().filter(same);
        match (same.next(), same.next()) {
            (Some(sheet), None) => return Choice::By(&sheet.columns),
            (Some(one), Some(other)) => {
                return Choice::Refused(format!(
                    "the sheet names no sender, and its headings are those of `{}` and of `{}`; a row with `From` and the sender above the headings would tell",
                    one.name, other.name
                ));
            }
            (None, _) => {}
        }
        let near = |sheet: &&Sheet| is_its(sheet) || may_be(sheet) && sheet.is_near(&names);
        let near = self.0.iter().filter(near).max_by_key(|sheet| sheet.shared(&names));
        match near.and_then(|sheet| Some((sheet, sheet.changes(&names)?))) {
            None => Choice::Unknown,
            Some((sheet, changes)) => Choice::Refused(format!(
                "the headings are not as confirmed for `{}`: {changes}; look at the file, then confirm it anew with `ims file columns`",
                sheet.name
            )),
        }
    }
}

impl Sheet {
    fn of(sheet: &ConfirmedSheet) -> Self {
        let columns = &sheet.columns;
        let taken = columns.each().filter_map(|(what, heading)| {
            Some(Taken {
                role: role(what)?,
                column: 0,
                heading: heading.to_owned(),
                sure: Sure::Certain,
                because: format!("confirmed as `{}`", sheet.name),
            })
        });
        let columns = Detected {
            sender: sheet.sender.clone(),
            columns: taken.collect(),
            amount_in: if sheet.pence { AmountIn::Pence } else { AmountIn::Pounds },
            ..Detected::default()
        };
        let headings = headings(sheet.headings.iter().map(String::as_str));
        Self { name: sheet.name.clone(), headings, columns }
    }

    fn shared(&self, names: &[Heading]) -> usize {
        let is_here = |own: &&Heading| names.iter().any(|name| name.plain == own.plain);
        self.headings.iter().filter(is_here).count()
    }

    /// Whether more than half of its headings are there.
    fn is_near(&self, names: &[Heading]) -> bool {
        self.shared(names).saturating_mul(2) > self.headings.len()
    }

    /// What is otherwise, wherever the headings stand; `None` where nothing is.
    fn changes(&self, names: &[Heading]) -> Option<String> {
        let gone = without(&self.headings, names);
        let new = without(names, &self.headings);
        let words = |what: &str, headings: &[&Heading]| {
            let written: Vec<String> =
                headings.iter().map(|heading| format!("`{}`", clipped(&heading.written))).collect();
            format!("{what} {}", written.join(", "))
        };
        match (gone.as_slice(), new.as_slice()) {
            ([], []) => None,
            (gone, []) => Some(words("gone", gone)),
            ([], new) => Some(words("new", new)),
            (gone, new) => Some(format!("{}, {}", words("gone", gone), words("new", new))),
        }
    }
}

/// Those of `some` that are not among `others`, a second of a name counting too.
fn without<'h>(some: &'h [Heading], others: &[Heading]) -> Vec<&'h Heading> {
    let mut left: Vec<&str> = others.iter().map(|other| other.plain.as_str()).collect();
    let is_left_over = |heading: &&Heading| match left.iter().position(|it| *it == heading.plain) {
        Some(at) => {
            left.swap_remove(at);
            false
        }
        None => true,
    };
    some.iter().filter(is_left_over).collect()
}

fn headings<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<Heading> {
    texts
        .map(|text| Heading { plain: plain_name(text), written: text.to_owned() })
        .filter(|heading| !heading.plain.is_empty())
        .collect()
}

fn role(what: &str) -> Option<Role> {
    Role::ALL.iter().copied().find(|role| role.words() == what)
}

impl Detected {
    /// As a council keeps it once a person has looked: a part of its configuration.
    #[must_use]
    pub fn to_confirm(&self, name: &str) -> ConfirmedSheet {
        let heading = |role| self.column(role).map(|taken| taken.heading.clone());
        ConfirmedSheet {
            name: name.to_owned(),
            sender: self.sender.clone(),
            headings: self.headings.clone(),
            pence: self.amount_in == AmountIn::Pence,
            columns: SheetColumns {
                reference: heading(Role::Reference).unwrap_or_default(),
                amount: heading(Role::Amount).unwrap_or_default(),
                sign: heading(Role::Sign),
                name: heading(Role::Name),
                date: heading(Role::Date),
                status: heading(Role::Status),
                kind: heading(Role::Kind),
            },
        }
    }
}

impl Format for Confirmed {
    fn name(&self) -> &str {
        PaymentsSheet.name()
    }

    fn title(&self) -> &str {
        PaymentsSheet.title()
    }

    fn page(&self) -> &str {
        PaymentsSheet.page()
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        let usual = PaymentsSheet.recognise(head);
        if usual == Confidence::Sure {
            // Any workbook; a layout that knows this one by its name is surer.
            return Confidence::Maybe;
        }
        if !table::is_text(head.bytes) {
            return usual;
        }
        let Some((header, sender)) = table::headings(&mut &*head.bytes, self) else {
            return usual;
        };
        match self.choose(&header, &sender) {
            Choice::By(_) => Confidence::Sure,
            Choice::Refused(_) => Confidence::Guess,
            Choice::Unknown => usual,
        }
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        guard::guarded(|sink| super::read_by(By::Known(self), input, sink), sink)
    }
}
