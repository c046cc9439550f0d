//! What each column is taken for, by its heading and what stands below it.

use super::{
    confirmed::Confirmed,
    headings::{is_kept, known, likely, may_be_gross},
    role::{AmountIn, Detected, Role, Sure, Taken},
};
use crate::{
    amounts::{clipped, pence, sterling},
    dates,
    rows::{Row, plain_name},
};

/// How many rows below the headings are looked at, and how many above.
const BELOW: usize = 20;
const ABOVE: usize = 30;

/// Gathers the first rows of a sheet until its columns are known.
#[derive(Default)]
pub(super) struct Detector<'d> {
    /// The headings that a person confirmed; any that are known where empty.
    wanted: Vec<String>,
    /// Sheets whose headings are known beside those.
    sheets: Option<&'d Confirmed>,
    above: Vec<Row>,
    header: Option<Row>,
    below: Vec<Row>,
    given_up: bool,
}

/// What the detector wants next.
pub(super) enum Next {
    /// More rows.
    More,
    /// Nothing: what it has is enough, or will never do.
    Enough,
}

impl<'d> Detector<'d> {
    /// Looks for the headings of these sheets too.
    pub(super) fn with(sheets: &'d Confirmed) -> Self {
        Self { sheets: Some(sheets), ..Self::default() }
    }

    /// Looks for just the headings of those columns.
    pub(super) fn of(confirmed: &Detected) -> Self {
        let wanted = confirmed.columns.iter().map(|taken| plain_name(&taken.heading)).collect();
        Self { wanted, ..Self::default() }
    }

    /// One that looks for the same, with nothing seen.
    pub(super) fn anew(&self) -> Self {
        Self { wanted: self.wanted.clone(), sheets: self.sheets, ..Self::default() }
    }

    fn is_header(&self, row: &Row) -> bool {
        if self.wanted.is_empty() {
            return is_header(row) || self.sheets.is_some_and(|sheets| sheets.knows(row));
        }
        let names: Vec<String> = row.iter().map(plain_name).collect();
        self.wanted.iter().all(|wanted| names.contains(wanted))
    }

    pub(super) fn take(&mut self, row: &Row) -> Next {
        if self.given_up {
            return Next::Enough;
        }
        if self.header.is_some() {
            self.below.push(row.clone());
            return if self.below.len() >= BELOW { Next::Enough } else { Next::More };
        }
        if self.is_header(row) {
            self.header = Some(row.clone());
        } else if self.above.len() >= ABOVE {
            self.given_up = true;
            return Next::Enough;
        } else {
            self.above.push(row.clone());
        }
        Next::More
    }

    /// Whether headings were found.
    pub(super) fn has_header(&self) -> bool {
        self.header.is_some()
    }

    /// Whether it still waits for headings.
    pub(super) fn still_looks(&self) -> bool {
        self.header.is_none() && !self.given_up
    }

    pub(super) fn first_line(&self) -> Option<u64> {
        self.above.first().map(|row| row.line)
    }

    pub(super) fn header(&self) -> Option<&Row> {
        self.header.as_ref()
    }

    /// The rows below the headings that were held back.
    pub(super) fn rows(&mut self) -> Vec<Row> {
        std::mem::take(&mut self.below)
    }

    /// What the columns are taken for.
    pub(super) fn detected(&self, sheet: &str) -> Option<Detected> {
        let header = self.header.as_ref()?;
        let mut detected = Detected {
            sender: self.sender(),
            sheet: sheet.to_owned(),
            line: header.line,
            ..Detected::default()
        };
        let headings: Vec<(String, String)> =
            header.iter().map(|name| (plain_name(name), name.to_owned())).collect();
        detected.headings = headings.iter().map(|(_, written)| written.clone()).collect();
        for role in Role::ALL {
            self.choose(role, &headings, &mut detected);
        }
        self.settle_amounts(&mut detected);
        doubt_gross(&headings, &mut detected);
        Some(detected)
    }

    /// Takes the best column for the role, and says what else it could have been.
    fn choose(&self, role: Role, headings: &[(String, String)], detected: &mut Detected) {
        let mut of_name: Vec<(usize, usize)> = headings
            .iter()
            .enumerate()
            .filter_map(|(column, (name, _))| match known(name) {
                Some((found, rank)) if found == role => Some((rank, column)),
                Some(_) | None => None,
            })
            .collect();
        of_name.sort_unstable();
        let (column, mut sure, why) = match of_name.first() {
            Some((_, column)) => (*column, Sure::Certain, "its heading"),
            None => {
                let found = headings.iter().position(|(name, written)| {
                    known(name).is_none() && likely(name, written) == Some(role)
                });
                match found {
                    Some(column) => (column, Sure::Likely, "a word in its heading"),
                    None => return,
                }
            }
        };
        let written = |column: usize| headings.get(column).map_or("", |(_, text)| text.as_str());
        let rivals: Vec<&str> =
            of_name.iter().skip(1).map(|(_, column)| written(*column)).collect();
        if role == Role::Amount && !rivals.is_empty() {
            sure = Sure::Likely;
            detected.doubts.push(format!(
                "`{}` was taken for the amount, but it could be `{}`",
                clipped(written(column)),
                clipped(&rivals.join("`, `"))
            ));
        }
        let mut because = why.to_owned();
        let (fit, seen) = self.fits(role, column);
        if fit < seen {
            because = format!("{because}, but {} of {seen} cells do not fit", seen - fit);
            // A line of totals or a remark does not make a column another.
            if fit.saturating_mul(4) < seen.saturating_mul(3) {
                sure = sure.min(Sure::Likely);
            }
        }
        detected.columns.push(Taken {
            role,
            column,
            heading: written(column).to_owned(),
            sure,
            because,
        });
    }

    /// How many of the cells looked at fit the role, of how many with something.
    fn fits(&self, role: Role, column: usize) -> (usize, usize) {
        let cells = self.below.iter().map(|row| row.get(column)).filter(|cell| !cell.is_empty());
        let (mut fit, mut seen) = (0, 0);
        for cell in cells {
            seen += 1;
            let ok = match role {
                Role::Amount => sterling(cell).is_ok(),
                Role::Date => dates::uk(cell).is_ok(),
                Role::Reference => cell.bytes().any(|byte| byte.is_ascii_digit()),
                Role::Sign => {
                    matches!(
                        cell.to_ascii_uppercase().as_str(),
                        "+" | "-" | "CR" | "DR" | "C" | "D"
                    )
                }
                Role::Name => pence(cell).is_err(),
                Role::Status | Role::Kind => true,
            };
            fit += usize::from(ok);
        }
        (fit, seen)
    }

    /// Pounds or pence: said by the heading, or doubtful where whole numbers stand
    /// beside a sign of their own.
    fn settle_amounts(&self, detected: &mut Detected) {
        let Some(amount) = detected.column(Role::Amount) else { return };
        let column = amount.column;
        if plain_name(&amount.heading).contains("pence") {
            detected.amount_in = AmountIn::Pence;
            return;
        }
        let mut cells =
            self.below.iter().map(|row| row.get(column)).filter(|cell| !cell.is_empty());
        let whole = cells.all(|cell| cell.bytes().all(|byte| byte.is_ascii_digit()));
        if whole && detected.column(Role::Sign).is_some() {
            detected.doubts.push(
                "the amounts are whole numbers beside a sign: say whether they are pence"
                    .to_owned(),
            );
        }
    }

    /// The sender as the rows above name it: after a label, or as the first words
    /// where they are no title.
    pub(super) fn sender(&self) -> String {
        const LABELS: &[&str] =
            &["employer", "employername", "company", "companyname", "from", "sender", "agent"];
        for row in &self.above {
            let cells: Vec<&str> = row.iter().collect();
            for (at, cell) in cells.iter().enumerate() {
                let (label, rest) = cell.split_once(':').unwrap_or((cell, ""));
                if LABELS.contains(&plain_name(label).as_str()) {
                    let beside = cells.get(at + 1).copied().unwrap_or_default();
                    let name = if rest.trim().is_empty() { beside } else { rest.trim() };
                    if !name.is_empty() {
                        return clipped(name);
                    }
                }
            }
        }
        let mut cells = self.above.iter().flat_map(|row| row.iter());
        let is_title = |cell: &str| {
            let name = plain_name(cell);
            TITLES.iter().any(|word| name.contains(word))
        };
        cells
            .find(|cell| !cell.is_empty())
            .filter(|cell| !is_title(cell))
            .map(clipped)
            .unwrap_or_default()
    }
}

/// Fees or a payout beside an amount: a provider's settlement, whose amounts are not
/// what is paid to us.
fn doubt_gross(headings: &[(String, String)], detected: &mut Detected) {
    let Some(amount) = detected.column(Role::Amount) else { return };
    if !may_be_gross(&plain_name(&amount.heading)) {
        return;
    }
    let reference = detected.column(Role::Reference).map(|taken| plain_name(&taken.heading));
    let reference = reference.unwrap_or_default();
    let taken = |at: usize| detected.columns.iter().any(|taken| taken.column == at);
    let kept = headings
        .iter()
        .enumerate()
        .find(|(at, (name, _))| is_kept(name, &reference) && !taken(*at));
    if let Some((_, (_, written))) = kept {
        detected.doubts.push(format!(
            "`{}` stands beside `{}`: say whether that amount is what is paid to us; a payment provider's report is no schedule",
            clipped(written),
            clipped(&amount.heading)
        ));
    }
}

/// Words of a sheet's title, which names no sender.
const TITLES: &[&str] = &[
    "report",
    "schedule",
    "list",
    "deduct",
    "attachment",
    "payment",
    "data",
    "remittance",
    "period",
    "month",
    "week",
    "run",
];

/// Whether a row names a reference and an amount, one of them by a heading that is
/// known, and holds no amount itself.
fn is_header(row: &Row) -> bool {
    let (mut reference, mut amount, mut sure) = (false, false, false);
    for cell in row.iter() {
        let name = plain_name(cell);
        let (role, by_name) = match known(&name) {
            Some((role, _)) => (Some(role), true),
            None => (likely(&name, cell), false),
        };
        reference |= role == Some(Role::Reference);
        amount |= role == Some(Role::Amount);
        sure |= by_name && matches!(role, Some(Role::Reference | Role::Amount));
    }
    reference && amount && sure && !row.iter().any(|cell| pence(cell).is_ok())
}
