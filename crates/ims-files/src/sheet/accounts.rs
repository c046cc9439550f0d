//! A list of accounts as a host system's extract or somebody's spreadsheet: those about
//! to get a summons, say. All of it is read, or none.

mod names;

use std::io::{BufRead, Read};

use crate::{
    Fault, Severity, XLSX_BYTES_MAX, XLSX_SHEETS_MAX,
    amounts::clipped,
    dates,
    rows::{Row, Rows, plain_name},
    verdict::Faults,
    xlsx::{self, Sheets},
};

/// How many rows may stand above the headings.
const ABOVE: usize = 30;

/// How many digits together look like a reference, where none should be.
const DIGITS_OF_REFERENCE: usize = 6;

/// What a list does not say itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct ListedBy<'a> {
    /// The heading of the references, where the list has several that it could be or
    /// none that is known.
    pub column: Option<&'a str>,
    /// The fund of the accounts for which the list names none.
    pub fund: Option<&'a str>,
}

/// An account of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedAccount {
    /// The line it stands in; in a spreadsheet, the row.
    pub line: u64,
    /// The fund as the list, or who gave it, writes it.
    pub fund: String,
    /// The reference as the list writes it.
    pub reference: String,
}

/// A list of accounts, read whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountList {
    /// Its accounts in their order; one that stands there twice is there twice.
    pub accounts: Vec<ListedAccount>,
    /// The headings that the references were read below, of each sheet one; none for a bare
    /// list of references.
    pub headings: Vec<String>,
}

/// Reads a list of accounts: xlsx, or text with columns between commas, semicolons, tabs
/// or bars, in UTF-8, UTF-16 or Windows-1252.
///
/// The headings are the first row, of thirty, that names a column of references, however
/// that is written: `Account Reference Number`, `Acc No`, `CT Ref`. The other columns are
/// nobody's business here. A list without headings is one column of references, whose fund
/// is given. Rows with nothing in them, and the headings where they stand again, are passed
/// over; hidden sheets are too.
///
/// ```
/// use ims_files::sheet::{ListedBy, accounts};
///
/// let mut file: &[u8] = b"Summonses, 23 November\n\nAcc No;Name\n112233448;A Payer\n;\n";
/// let list = accounts(&mut file, ListedBy { fund: Some("CT"), ..ListedBy::default() })?;
/// assert_eq!(list.headings, ["Acc No"]);
/// assert_eq!((list.accounts[0].line, list.accounts[0].reference.as_str()), (4, "112233448"));
/// # Ok::<(), ims_files::Fault>(())
/// ```
///
/// # Errors
///
/// The first thing that would leave an account out, and how many there are beside it: a row
/// that names none, headings that are not known or could be several, a row that does not
/// have the columns of the headings, a file that cannot be read.
pub fn accounts(input: &mut dyn BufRead, by: ListedBy<'_>) -> Result<AccountList, Fault> {
    let mut faults = Faults::default();
    let mut lists = Lists::new(by);
    match text_or_xlsx(input) {
        Err(message) => faults.error(None, message),
        Ok(Content::Xlsx(bytes)) => {
            xlsx::read(&mut &*bytes, &mut faults, &mut lists);
            lists.end_sheet();
        }
        Ok(Content::Text(bytes)) => {
            let mut bytes = &*bytes;
            let mut rows = Rows::new(&mut bytes);
            lists.is_text = true;
            while let Some(row) = rows.next() {
                lists.take(row);
                // What separates the columns is only known at the headings.
                if lists.columns.is_none() {
                    rows.forget_delimiter();
                }
            }
            rows.finish(&mut faults);
            lists.end_sheet();
        }
    }
    lists.finish(faults)
}

/// A file as what it is read as.
enum Content {
    Text(Vec<u8>),
    Xlsx(Vec<u8>),
}

fn text_or_xlsx(input: &mut dyn BufRead) -> Result<Content, String> {
    let limit = u64::try_from(XLSX_BYTES_MAX).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    input
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| format!("the file could not be read: {error}"))?;
    if bytes.len() > XLSX_BYTES_MAX {
        return Err(format!("the list is larger than {XLSX_BYTES_MAX} bytes; give it in parts"));
    }
    if bytes.starts_with(b"PK") {
        return Ok(Content::Xlsx(bytes));
    }
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err("it is an Excel file of the old kind (xls), or has a password; save it as xlsx without one, or as CSV".to_owned());
    }
    if let Some((wide, _)) = encoding_rs::Encoding::for_bom(&bytes)
        && wide != encoding_rs::UTF_8
    {
        let (text, _, is_broken) = wide.decode(&bytes);
        if is_broken {
            return Err("it begins as UTF-16 text and is none; save it as CSV or xlsx".to_owned());
        }
        bytes = text.into_owned().into_bytes();
    }
    if memchr::memchr(0, &bytes).is_some() {
        return Err("it is no text and no xlsx; save the list as CSV or xlsx".to_owned());
    }
    if crate::lines::without_bom(&bytes).trim_ascii().is_empty() {
        return Err("the file is empty; a list names accounts".to_owned());
    }
    if !super::is_text(&bytes) {
        return Err(
            "it begins as a web page, XML or JSON does; save the list as CSV or xlsx".to_owned()
        );
    }
    Ok(Content::Text(bytes))
}

/// The headings of a sheet, and where the references and the funds stand.
struct Columns {
    line: u64,
    names: Vec<String>,
    reference: usize,
    fund: Option<usize>,
}

/// Reads one sheet after another.
struct Lists<'b> {
    by: ListedBy<'b>,
    list: AccountList,
    faults: Faults,
    /// Whether a row with too many columns may have lost its places.
    is_text: bool,
    sheet: String,
    columns: Option<Columns>,
    /// The rows before the headings.
    above: Vec<Row>,
    /// How many columns the rows have, where they are more than the headings': all of them, or
    /// in some a separator is part of a cell.
    wide: Option<usize>,
    /// The headings were there and cannot be read by: what follows is not looked at.
    is_refused: bool,
}

impl<'b> Lists<'b> {
    fn new(by: ListedBy<'b>) -> Self {
        Self {
            by,
            list: AccountList::default(),
            faults: Faults::default(),
            is_text: false,
            sheet: String::new(),
            columns: None,
            above: Vec::new(),
            wide: None,
            is_refused: false,
        }
    }

    fn fault(&mut self, line: u64, message: &str) {
        let sheet = match self.sheet.as_str() {
            "" => String::new(),
            sheet => format!("sheet `{}`: ", clipped(sheet)),
        };
        self.faults.error(line, format!("{sheet}{message}"));
    }

    /// The columns that the row heads as references.
    fn references(&self, names: &[String]) -> Vec<usize> {
        let wanted = self.by.column.map(plain_name);
        let is_one = |name: &String| match &wanted {
            Some(wanted) => name == wanted,
            None => names::is_reference(name),
        };
        names.iter().enumerate().filter(|(_, name)| is_one(name)).map(|(at, _)| at).collect()
    }

    fn take(&mut self, row: &Row) {
        if self.is_refused {
            return;
        }
        let names: Vec<String> = row.iter().map(plain_name).collect();
        let references = self.references(&names);
        match (self.columns.take(), references.is_empty()) {
            (None, true) => self.above.push(row.clone()),
            (None, false) => self.head(row, names, &references),
            (Some(columns), true) => {
                self.account(&columns, row);
                self.columns = Some(columns);
            }
            // A report has its headings on every page.
            (Some(columns), false) => {
                if filled(&columns.names) != filled(&names) {
                    let message = format!(
                        "the row names columns, other than those of line {}: give the lists one by one, or take out the row that does not belong there",
                        columns.line
                    );
                    self.fault(row.line, &message);
                }
                self.columns = Some(columns);
            }
        }
    }

    /// Takes the row for the headings.
    fn head(&mut self, row: &Row, names: Vec<String>, references: &[usize]) {
        let funds: Vec<usize> = (0..names.len())
            .filter(|at| names.get(*at).is_some_and(|it| names::is_fund(it)))
            .collect();
        let written = |columns: &[usize]| {
            let cells: Vec<String> =
                columns.iter().map(|at| format!("`{}`", clipped(row.get(*at)))).collect();
            cells.join(" and ")
        };
        self.is_refused = true;
        let [reference] = references else {
            let message = format!(
                "{} may hold the references: say which with --column, or leave one of them",
                written(references)
            );
            return self.fault(row.line, &message);
        };
        if funds.len() > 1 {
            let message = format!("{} may name the fund: leave one of them", written(&funds));
            return self.fault(row.line, &message);
        }
        let fund = funds.first().copied();
        if fund.is_none() && self.by.fund.is_none() {
            let message = "the headings must name a column `fund`, or say --fund CODE";
            return self.fault(row.line, message);
        }
        if self.above.len() > ABOVE {
            let message = format!(
                "the headings stand below {} rows, more than {ABOVE}: take out what is above them",
                self.above.len()
            );
            return self.fault(row.line, &message);
        }
        self.is_refused = false;
        for lost in std::mem::take(&mut self.above) {
            let cell = lost.get(*reference);
            if may_be_reference(cell) {
                let message = format!(
                    "`{}` stands above the headings of line {}, where no account is read: put it below them or take it out",
                    clipped(cell),
                    row.line
                );
                self.fault(lost.line, &message);
            }
        }
        self.list.headings.push(row.get(*reference).to_owned());
        self.wide = None;
        self.columns = Some(Columns { line: row.line, names, reference: *reference, fund });
    }

    /// Takes the row for an account.
    fn account(&mut self, columns: &Columns, row: &Row) {
        let width = columns.names.len();
        // A comma too many in a name moves what is behind it; one at the end of each row does
        // not.
        let usual = *self.wide.get_or_insert(row.len().max(width));
        let cell = row.get(columns.reference);
        let is_moved = row.filled() > width
            || row.len().max(width) != usual
            || (row.len() > width && !cell.bytes().any(|byte| byte.is_ascii_digit()));
        if self.is_text && is_moved {
            let message = format!(
                "the row has {} columns and the headings of line {} have {width}{}: put what holds the separator in quotes",
                row.len(),
                columns.line,
                if usual == row.len().max(width) {
                    String::new()
                } else {
                    format!(", other rows {usual}")
                }
            );
            return self.fault(row.line, &message);
        }
        let fund = columns.fund.map(|at| plain(row.get(at))).filter(|told| !told.is_empty());
        let Some(fund) = fund.or(self.by.fund).map(str::to_owned) else {
            return self.fault(row.line, "an account needs a fund; or say --fund CODE");
        };
        self.push(row.line, fund, cell);
    }

    fn push(&mut self, line: u64, fund: String, cell: &str) {
        match reference(cell) {
            Ok(reference) => self.list.accounts.push(ListedAccount { line, fund, reference }),
            Err(message) => self.fault(line, &message),
        }
    }

    /// What had no headings is a bare list of references, or cannot be read.
    fn end_sheet(&mut self) {
        let rows = std::mem::take(&mut self.above);
        let has_columns = self.columns.take().is_some();
        let was_refused = std::mem::take(&mut self.is_refused);
        let Some(first) = rows.first().map(|row| row.line) else { return };
        if has_columns || was_refused {
            return;
        }
        if let Some(column) = self.by.column {
            let message = format!("no row names a column `{}`", clipped(column));
            return self.fault(first, &message);
        }
        let many = rows.iter().find(|row| row.iter().filter(|cell| !cell.is_empty()).count() > 1);
        if let Some(row) = many {
            return self.fault(row.line, NO_HEADINGS);
        }
        let Some(fund) = self.by.fund else {
            return self.fault(first, "a bare list of references needs --fund CODE; else a row must name the columns, `Reference` and `Fund`");
        };
        for row in &rows {
            let cell = row.iter().find(|cell| !cell.is_empty()).unwrap_or_default();
            if cell.bytes().any(|byte| byte.is_ascii_digit()) {
                self.push(row.line, fund.to_owned(), cell);
            } else {
                let message = format!(
                    "`{}` is no heading that is known and no reference, which has a digit: if it heads the references, say so with --column",
                    clipped(cell)
                );
                self.fault(row.line, &message);
            }
        }
    }

    fn finish(mut self, mut faults: Faults) -> Result<AccountList, Fault> {
        faults.absorb(std::mem::take(&mut self.faults));
        if faults.is_clean() && self.list.accounts.is_empty() {
            faults.error(None, "there are no accounts in it");
        }
        let verdict = faults.verdict(None, None);
        let (count, mut found) = (verdict.errors, verdict.faults.into_iter());
        let Some(mut first) = found.find(|fault| fault.severity == Severity::Error) else {
            return Ok(self.list);
        };
        if count > 1 {
            let message = std::mem::take(&mut first.message);
            let more = match count.saturating_sub(1) {
                1 => "one more fault".to_owned(),
                more => format!("{more} more faults"),
            };
            first.message = format!("{message} (and {more})");
        }
        Err(first)
    }
}

const NO_HEADINGS: &str = "no row names the column of the references, as `Account Ref`, `Acc No`, `Payment Reference` or `CT Ref` do: name it so, or say its heading with --column";

impl Sheets for Lists<'_> {
    fn begins(&mut self, name: &str) -> bool {
        self.end_sheet();
        name.clone_into(&mut self.sheet);
        true
    }

    fn row(&mut self, row: &Row) {
        self.take(row);
    }

    fn reads(&self, column: usize) -> bool {
        let is_read = |held: &Columns| held.reference == column || held.fund == Some(column);
        self.columns.as_ref().is_none_or(is_read)
    }

    fn has_more(&mut self) {
        let message = format!(
            "it has more than {XLSX_SHEETS_MAX} sheets; save the one with the accounts by itself"
        );
        self.faults.error(None, message);
    }
}

/// Without empty ones at the end.
fn filled(names: &[String]) -> &[String] {
    let end = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
    names.get(..end).unwrap_or(names)
}

/// A cell without what keeps a spreadsheet from taking it for a number: `="0012"`, `'0012`.
fn plain(cell: &str) -> &str {
    let formula = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    formula.or(cell.strip_prefix('\'')).unwrap_or(cell).trim()
}

fn reference(cell: &str) -> Result<String, String> {
    let cell = plain(cell);
    if cell.is_empty() {
        return Err(
            "an account needs a reference; a row that is no account is taken out".to_owned()
        );
    }
    let shortened = cell.split_once("E+").or_else(|| cell.split_once("e+"));
    let is_number = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    if shortened.is_some_and(|(digits, power)| is_number(digits) && is_number(power)) {
        return Err(format!(
            "`{}` is a reference whose digits a spreadsheet left out: save that column as text",
            clipped(cell)
        ));
    }
    if cell.starts_with('#') {
        let what = clipped(cell);
        return Err(format!(
            "`{what}` is a spreadsheet's error and no reference: put it right there"
        ));
    }
    Ok(cell.to_owned())
}

/// Whether it is digits as a reference has them, and no day.
fn may_be_reference(cell: &str) -> bool {
    let cell = plain(cell);
    let digits: String = cell.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    digits.len() >= DIGITS_OF_REFERENCE
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && dates::uk(cell).is_err()
}
