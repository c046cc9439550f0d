//! Reads the rows below the headings into a schedule.

use ims_ledger::{ScheduleHead, ScheduleLine};
use ims_money::Pence;

use super::{
    NO_HEADINGS,
    confirmed::{Choice, Confirmed},
    detect::{Detector, Next},
    role::{AmountIn, Detected, Role},
};
use crate::{
    Record, Totals,
    amounts::{clipped, pence},
    dates,
    out::Out,
    rows::{Row, plain_name},
    verdict::Faults,
    xlsx::Sheets,
};

/// What the columns are read by.
#[derive(Clone, Copy)]
pub(super) enum By<'d> {
    /// What their headings say, where that is certain.
    Headings,
    /// What a person confirmed.
    Confirmed(&'d Detected),
    /// What was confirmed for their sender, else what their headings say.
    Known(&'d Confirmed),
}

impl<'d> By<'d> {
    fn detector(self) -> Detector<'d> {
        match self {
            Self::Known(sheets) => Detector::with(sheets),
            Self::Headings => Detector::default(),
            Self::Confirmed(columns) => Detector::of(columns),
        }
    }
}

/// Reads the first sheet that has headings.
pub(super) struct Reading<'s, 'd> {
    by: By<'d>,
    out: Out<'s>,
    faults: Faults,
    detector: Detector<'d>,
    sheet: String,
    columns: Option<Columns>,
    state: State,
    sum: Option<Pence>,
    /// What the lines behind the last sub total make.
    since: Option<Pence>,
    passed: u64,
    passed_first: u64,
    other_sheets: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Looking,
    Reading,
    /// The columns were not to be had.
    Refused,
}

#[derive(Clone, Copy)]
struct Columns {
    reference: usize,
    amount: usize,
    sign: Option<usize>,
    name: Option<usize>,
    date: Option<usize>,
    status: Option<usize>,
    kind: Option<usize>,
    amount_in: AmountIn,
    width: usize,
}

impl Columns {
    fn of(detected: &Detected, width: usize) -> Option<Self> {
        let at = |role| detected.column(role).map(|taken| taken.column);
        Some(Self {
            reference: at(Role::Reference)?,
            amount: at(Role::Amount)?,
            sign: at(Role::Sign),
            name: at(Role::Name),
            date: at(Role::Date),
            status: at(Role::Status),
            kind: at(Role::Kind),
            amount_in: detected.amount_in,
            width,
        })
    }
}

impl<'s, 'd> Reading<'s, 'd> {
    pub(super) fn new(by: By<'d>, out: Out<'s>) -> Self {
        Self {
            by,
            out,
            faults: Faults::default(),
            detector: by.detector(),
            sheet: String::new(),
            columns: None,
            state: State::Looking,
            sum: Some(Pence::ZERO),
            since: Some(Pence::ZERO),
            passed: 0,
            passed_first: 0,
            other_sheets: 0,
        }
    }

    /// Settles the columns and reads the rows held back for that.
    fn start(&mut self) {
        let Some(found) = self.detector.detected(&self.sheet) else { return };
        let detected = match self.by {
            By::Headings => self.certain(found),
            By::Confirmed(confirmed) => self.as_confirmed(confirmed, &found),
            By::Known(sheets) => self.of_sender(sheets, found),
        };
        let Some(detected) = detected else {
            self.state = State::Refused;
            return;
        };
        let width = self.detector.header().map_or(0, Row::len);
        self.columns = Columns::of(&detected, width);
        self.state = State::Reading;
        let head = ScheduleHead { sender: detected.sender, ..ScheduleHead::default() };
        self.out.give(Record::ScheduleOpens(head));
        for row in self.detector.rows() {
            self.read(&row);
        }
    }

    fn of_sender(&mut self, sheets: &Confirmed, found: Detected) -> Option<Detected> {
        match sheets.choose(self.detector.header()?, &found.sender) {
            Choice::By(columns) => self.as_confirmed(columns, &found),
            Choice::Refused(message) => {
                self.faults.error(found.line, message);
                None
            }
            Choice::Unknown => self.certain(found),
        }
    }

    fn certain(&mut self, found: Detected) -> Option<Detected> {
        let taken: Vec<String> = found
            .columns
            .iter()
            .map(|taken| format!("{} is `{}`", taken.role.words(), clipped(&taken.heading)))
            .collect();
        let taken = taken.join(", ");
        if found.is_certain() {
            self.faults.warning(found.line, format!("columns by their headings: {taken}"));
            return Some(found);
        }
        let unsure = found.columns.iter().filter(|taken| taken.sure != super::Sure::Certain);
        let mut doubts: Vec<String> =
            unsure.map(|taken| format!("{} by {}", taken.role.words(), taken.because)).collect();
        doubts.extend(found.doubts.iter().cloned());
        for role in [Role::Reference, Role::Amount] {
            if found.column(role).is_none() {
                doubts.push(format!("no column for the {}", role.words()));
            }
        }
        self.faults.error(
            found.line,
            format!(
                "columns to be confirmed first: {taken} ({}); `ims file columns` writes down what to confirm",
                clipped_long(&doubts.join("; "))
            ),
        );
        None
    }

    /// The confirmed columns where their headings stand in this file.
    fn as_confirmed(&mut self, confirmed: &Detected, found: &Detected) -> Option<Detected> {
        let header = self.detector.header()?;
        let mut columns = confirmed.clone();
        for taken in &mut columns.columns {
            let name = plain_name(&taken.heading);
            let mut places = header.iter().enumerate().filter(|(_, cell)| plain_name(cell) == name);
            match (places.next(), places.next()) {
                (Some((at, _)), None) => taken.column = at,
                (Some(_), Some(_)) => {
                    let heading = clipped(&taken.heading);
                    self.faults.error(found.line, format!("two columns are headed `{heading}`"));
                    return None;
                }
                (None, _) => {
                    let heading = clipped(&taken.heading);
                    self.faults.error(
                        found.line,
                        format!("no column is headed `{heading}`, as the confirmed ones were; confirm them anew"),
                    );
                    return None;
                }
            }
        }
        if columns.sender.is_empty() {
            found.sender.clone_into(&mut columns.sender);
        }
        Some(columns)
    }

    fn read(&mut self, row: &Row) {
        let Some(columns) = self.columns else { return };
        if let Err(message) = self.line(columns, row) {
            self.faults.error(row.line, message);
        }
    }

    fn line(&mut self, columns: Columns, row: &Row) -> Result<(), String> {
        if row.iter().skip(columns.width).any(|cell| !cell.is_empty()) {
            let (here, width) = (row.len(), columns.width);
            return Err(format!("{here} columns; the headings are {width}"));
        }
        let given = |column: Option<usize>| column.map_or("", |at| row.get(at));
        let (reference, written) = (row.get(columns.reference), row.get(columns.amount));
        let total = row.iter().find_map(|cell| Some((total(cell)?, cell)));
        if let Some((of, label)) = total
            && (reference.is_empty() || self::total(reference).is_some())
        {
            let of_nothing = written.is_empty();
            return if of_nothing { Ok(()) } else { self.compare(columns, of, label, written) };
        }
        if reference.is_empty() && written.is_empty() {
            // A remark, or an empty form's line.
            return Ok(());
        }
        let status = given(columns.status);
        if !status.is_empty() && !succeeded(status)? {
            if self.passed == 0 {
                self.passed_first = row.line;
            }
            self.passed += 1;
            return Ok(());
        }
        if reference.is_empty() {
            return Err("the reference is empty; the payer's account would be right".to_owned());
        }
        let amount = signed(money(columns.amount_in, written)?, given(columns.sign))?;
        let date = match given(columns.date) {
            "" => None,
            text => Some(dates::uk(text).map_err(|message| format!("date: {message}"))?),
        };
        self.sum = self.sum.and_then(|sum| sum.checked_add(amount));
        self.since = self.since.and_then(|sum| sum.checked_add(amount));
        let text = |column| Some(given(column).to_owned()).filter(|text| !text.is_empty());
        self.out.give(Record::ScheduleLine(ScheduleLine {
            line: row.line,
            reference: reference.to_owned(),
            name: text(columns.name),
            amount,
            date,
            kind: text(columns.kind),
        }));
        Ok(())
    }

    /// A total that the sheet states must be that of its lines, a sub total that of
    /// its lines or of those behind the last one.
    fn compare(
        &mut self,
        columns: Columns,
        of: Total,
        label: &str,
        written: &str,
    ) -> Result<(), String> {
        let stated = money(columns.amount_in, written)?;
        let since = match of {
            Total::All => None,
            Total::Part => self.since.replace(Pence::ZERO),
        };
        if self.sum == Some(stated) || since == Some(stated) {
            return Ok(());
        }
        let sum = since.or(self.sum).map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
        Err(format!("`{}` says {stated}, but the lines make {sum}", clipped(label)))
    }

    pub(super) fn finish(mut self, faults: &mut Faults) -> Option<Totals> {
        if self.state == State::Looking {
            self.start();
        }
        if self.state == State::Looking && self.faults.is_clean() && faults.is_clean() {
            self.faults.error(self.detector.first_line(), NO_HEADINGS);
        }
        if self.passed > 0 {
            let passed = self.passed;
            self.faults.warning(
                self.passed_first,
                format!("payments that did not succeed were passed over from here on: {passed}"),
            );
        }
        if self.other_sheets > 0 {
            let (sheets, name) = (self.other_sheets, clipped(&self.sheet));
            self.faults.warning(
                None,
                format!("only the sheet `{name}` was read; sheets that were not: {sheets}"),
            );
        }
        faults.absorb(self.faults);
        self.out.totals()
    }
}

impl Sheets for Reading<'_, '_> {
    fn begins(&mut self, name: &str) -> bool {
        if self.state == State::Looking && !self.detector.still_looks() {
            self.start();
        }
        if self.state != State::Looking {
            self.other_sheets += 1;
            return false;
        }
        self.detector = self.by.detector();
        name.clone_into(&mut self.sheet);
        true
    }

    fn row(&mut self, row: &Row) {
        match self.state {
            State::Reading => self.read(row),
            State::Refused => {}
            State::Looking => {
                if matches!(self.detector.take(row), Next::Enough) {
                    self.start();
                }
            }
        }
    }
}

fn clipped_long(text: &str) -> String {
    text.chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Of what a row states the sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Total {
    All,
    Part,
}

/// `Total Deductions`, `Grand Total`, `Sub Total`.
fn total(cell: &str) -> Option<Total> {
    let name = cell.to_ascii_lowercase();
    let mut words =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    match (words.next()?, words.next()) {
        ("subtotal" | "subtotals", _) | ("sub", Some("total" | "totals")) => Some(Total::Part),
        ("total" | "totals" | "grandtotal" | "totalamount" | "totaldeducted", _)
        | ("grand", Some("total" | "totals"))
        | ("sum", None) => Some(Total::All),
        _ => None,
    }
}

fn succeeded(status: &str) -> Result<bool, String> {
    let name = plain_name(status);
    let is = |words: &[&str]| words.contains(&name.as_str());
    if is(&[
        "success",
        "successful",
        "succeeded",
        "paid",
        "complete",
        "completed",
        "ok",
        "cleared",
        "approved",
        "authorised",
        "settled",
        "processed",
    ]) {
        return Ok(true);
    }
    if is(&[
        "incomplete",
        "failed",
        "failure",
        "declined",
        "cancelled",
        "canceled",
        "refused",
        "abandoned",
        "error",
        "pending",
        "rejected",
        "expired",
        "timedout",
        "unpaid",
    ]) {
        return Ok(false);
    }
    Err(format!("status: `{}` says neither success nor failure", clipped(status)))
}

/// The amount by its sign, which some senders write twice: `-5.00` and `DR`.
fn signed(amount: Pence, sign: &str) -> Result<Pence, String> {
    match sign.to_ascii_uppercase().as_str() {
        "" => Ok(amount),
        "+" | "CR" | "C" if amount.is_negative() => {
            Err(format!("sign: `{}`, but the amount is {amount}", clipped(sign)))
        }
        "+" | "CR" | "C" => Ok(amount),
        "-" | "DR" | "D" if amount.is_negative() => Ok(amount),
        "-" | "DR" | "D" => {
            amount.checked_neg().ok_or_else(|| "the amount is too large".to_owned())
        }
        _ => Err(format!("sign: `{}` is neither + nor -", clipped(sign))),
    }
}

fn money(amount_in: AmountIn, text: &str) -> Result<Pence, String> {
    match amount_in {
        AmountIn::Pounds => pence(text).map_err(|message| format!("amount: {message}")),
        AmountIn::Pence => text
            .parse()
            .map(Pence::new)
            .map_err(|_| format!("amount: `{}` is no whole number of pence", clipped(text))),
    }
}
