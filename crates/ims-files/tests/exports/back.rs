//! What is written comes back: each export read by what knows CSV and positions and
//! nothing of layouts. Where each value stands is written out here once more, from the
//! page of its format.

use std::{collections::BTreeMap, str::FromStr as _, sync::LazyLock};

use chrono::{Days, NaiveDate};
use ims_files::layout::{Batch, Layout, Row, Value, is_formula, named, shipped};
use ims_money::Pence;
use proptest::prelude::*;

use super::text;

/// Where a value stands: positions and columns count from 1.
#[derive(Clone, Copy)]
enum At {
    Name(&'static str),
    Column(usize),
    Span(usize, usize),
}
use At::{Column, Name, Span};

/// How an amount is written.
enum Money {
    Pounds(At),
    Pence(At),
    /// Pence with the sign behind them.
    Trailing(At),
    /// A debit and a credit column, in pounds.
    Sides(At, At),
    /// Without its sign, and what stands elsewhere when it is below nothing.
    Marked(Box<Money>, At, &'static str),
}
use Money::{Marked, Pence as InPence, Pounds, Sides, Trailing};

/// A total that the first or the last record states.
enum Stated {
    First(At, Total),
    Last(At, Total),
}
use Stated::{First, Last};

enum Total {
    Count,
    Sum(fn(At) -> Money),
    Debits,
    Credits,
    /// The digits of the references.
    Hash,
}

static LAYOUTS: LazyLock<BTreeMap<&str, Layout>> =
    LazyLock::new(|| shipped().iter().map(|(name, _)| (*name, named(name).unwrap())).collect());

struct Back {
    layout: &'static str,
    /// What parts columns; `None` for positions.
    delimiter: Option<u8>,
    /// Records before and behind the rows, without a row of names.
    before: usize,
    after: usize,
    date: (At, &'static str),
    account: (&'static str, &'static [At], char),
    amount: Money,
    texts: &'static [(&'static str, At)],
    stated: Vec<Stated>,
}

fn csv(layout: &'static str, date: (At, &'static str), amount: Money) -> Back {
    let account = ("account", [].as_slice(), '.');
    let (before, after) = (0, 0);
    let delimiter = Some(b',');
    Back { layout, delimiter, before, after, date, account, amount, texts: &[], stated: Vec::new() }
}

fn journals() -> Vec<Back> {
    let dmy = "%d/%m/%Y";
    vec![
        Back {
            before: 1,
            after: 1,
            account: ("account", &[Column(4)], '.'),
            texts: &[("narrative", Column(8)), ("reference", Column(9))],
            stated: vec![
                Last(Column(4), Total::Count),
                Last(Column(6), Total::Debits),
                Last(Column(7), Total::Credits),
            ],
            ..csv("ledger-journal", (Column(3), dmy), Sides(Column(6), Column(7)))
        },
        Back {
            delimiter: None,
            account: (
                "account",
                &[
                    Span(103, 127),
                    Span(128, 152),
                    Span(153, 177),
                    Span(178, 202),
                    Span(203, 227),
                    Span(228, 252),
                    Span(253, 277),
                    Span(278, 302),
                ],
                '.',
            ),
            texts: &[("narrative", Span(491, 745)), ("reference", Span(784, 883))],
            ..csv("unit4-gl07", (Span(746, 753), "%Y%m%d"), InPence(Span(380, 399)))
        },
        Back {
            account: (
                "account",
                &[Column(9), Column(10), Column(11), Column(12), Column(13), Column(14)],
                '.',
            ),
            texts: &[("narrative", Column(52)), ("reference", Column(53))],
            ..csv("oracle-fbdi-gl", (Column(3), "%Y/%m/%d"), Sides(Column(39), Column(40)))
        },
        Back {
            account: (
                "account",
                &[
                    Name("SEGMENT1"),
                    Name("SEGMENT2"),
                    Name("SEGMENT3"),
                    Name("SEGMENT4"),
                    Name("SEGMENT5"),
                    Name("SEGMENT6"),
                ],
                '.',
            ),
            texts: &[("narrative", Name("REFERENCE10")), ("reference", Name("REFERENCE21"))],
            ..csv(
                "oracle-gl-interface",
                (Name("ACCOUNTING_DATE"), "%d-%b-%Y"),
                Sides(Name("ENTERED_DR"), Name("ENTERED_CR")),
            )
        },
        Back {
            delimiter: Some(b';'),
            account: ("account", &[Name("Account"), Name("Cost Centre")], '.'),
            texts: &[("narrative", Name("Text")), ("reference", Name("Assignment"))],
            ..csv(
                "sap-journal",
                (Name("Posting Date"), "%d.%m.%Y"),
                Marked(Box::new(Pounds(Name("Amount"))), Name("Posting Key"), "50"),
            )
        },
        Back {
            account: ("account", &[Name("ACCOUNTDISPLAYVALUE")], '-'),
            texts: &[("narrative", Name("TEXT")), ("reference", Name("DOCUMENT"))],
            ..csv(
                "dynamics-journal",
                (Name("TRANSDATE"), "%Y-%m-%d"),
                Sides(Name("DEBITAMOUNT"), Name("CREDITAMOUNT")),
            )
        },
        Back {
            account: ("account", &[Name("Account")], '.'),
            texts: &[("narrative", Name("Narration 1")), ("reference", Name("Narration 2"))],
            ..csv(
                "technologyone-journal",
                (Name("Effective Date"), "%d-%b-%Y"),
                Pounds(Name("Amount")),
            )
        },
        Back {
            account: ("account", &[Name("Nominal A/C Ref"), Name("Department Code")], '.'),
            texts: &[("narrative", Name("Details")), ("reference", Name("Extra Reference"))],
            ..csv(
                "sage50-audit-trail",
                (Name("Date"), dmy),
                Marked(Box::new(Pounds(Name("Net Amount"))), Name("Type"), "JC"),
            )
        },
        Back {
            account: ("account", &[Name("*AccountCode"), Name("TrackingOption1")], '.'),
            texts: &[("narrative", Name("Description"))],
            ..csv("xero-manual-journal", (Name("*Date"), dmy), Pounds(Name("*Amount")))
        },
        Back {
            before: 1,
            after: 1,
            account: ("account", &[Column(5)], '.'),
            texts: &[("reference", Column(8)), ("narrative", Column(9))],
            stated: vec![
                First(Column(5), Total::Count),
                Last(Column(2), Total::Count),
                Last(Column(3), Total::Debits),
                Last(Column(4), Total::Credits),
            ],
            ..csv("civica-financials-journal", (Column(3), dmy), Sides(Column(6), Column(7)))
        },
    ]
}

fn cash() -> Vec<Back> {
    let revenues = |layout| Back {
        delimiter: None,
        before: 1,
        after: 1,
        account: ("reference", &[Span(4, 19)], '.'),
        texts: &[("receipt", Span(44, 63))],
        stated: vec![
            Last(Span(4, 11), Total::Count),
            Last(Span(12, 25), Total::Sum(Trailing)),
            Last(Span(26, 49), Total::Hash),
        ],
        ..csv(layout, (Span(20, 27), "%Y%m%d"), Trailing(Span(28, 39)))
    };
    vec![
        Back {
            delimiter: None,
            before: 1,
            after: 1,
            account: ("reference", &[Span(2, 31)], '.'),
            texts: &[("method", Span(51, 90)), ("receipt", Span(91, 110))],
            stated: vec![
                Last(Span(2, 9), Total::Count),
                Last(Span(10, 23), Total::Sum(InPence)),
                Last(Span(24, 63), Total::Hash),
            ],
            ..csv("host-cash", (Span(43, 50), "%d%m%Y"), InPence(Span(32, 42)))
        },
        revenues("host-council-tax"),
        revenues("host-rates"),
        Back {
            after: 1,
            account: ("reference", &[Name("Invoice")], '.'),
            texts: &[("method", Name("Method")), ("receipt", Name("Receipt"))],
            stated: vec![Last(Column(3), Total::Count), Last(Column(4), Total::Sum(Pounds))],
            ..csv("host-debtors", (Name("Date Paid"), "%d/%m/%Y"), Pounds(Name("Amount")))
        },
        Back {
            delimiter: Some(b'|'),
            before: 1,
            account: ("reference", &[Column(2)], '.'),
            texts: &[("method", Column(6)), ("receipt", Column(7))],
            stated: vec![First(Column(4), Total::Count), First(Column(5), Total::Sum(InPence))],
            ..csv(
                "host-parking",
                (Column(3), "%Y-%m-%d"),
                Marked(Box::new(InPence(Column(5))), Column(4), "R"),
            )
        },
        Back {
            delimiter: None,
            account: ("reference", &[Span(1, 10)], '.'),
            texts: &[("receipt", Span(15, 30)), ("method", Span(31, 33))],
            ..csv("host-rents", (Span(44, 53), "%d/%m/%Y"), Pounds(Span(34, 43)))
        },
    ]
}

/// A file taken apart: its records, and what its columns are called.
struct Read {
    names: Option<Vec<String>>,
    records: Vec<Vec<String>>,
}

fn decoded(file: &[u8]) -> String {
    // What is no UTF-8 is Windows-1252, in which these texts are as in Latin-1.
    std::str::from_utf8(file)
        .map_or_else(|_| file.iter().map(|byte| char::from(*byte)).collect(), str::to_owned)
}

impl Back {
    fn apart(&self, file: &[u8]) -> Read {
        let text = decoded(file);
        let Some(delimiter) = self.delimiter else {
            let lines = text.split_terminator("\r\n").map(|line| vec![line.to_owned()]);
            return Read { names: None, records: lines.collect() };
        };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let cells = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
        let mut records: Vec<Vec<String>> =
            reader.records().map(|row| cells(row.unwrap())).collect();
        let named = matches!(self.date.0, Name(_)).then(|| records.remove(0));
        Read { names: named, records }
    }

    /// What stands there, without blanks behind it in a position, without the
    /// apostrophe that keeps a spreadsheet from running a cell.
    fn held(&self, read: &Read, record: &[String], at: At) -> String {
        let column = |at: usize| {
            let cell = record[at].as_str();
            cell.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(cell).to_owned()
        };
        match at {
            Column(number) => column(number - 1),
            Name(name) => {
                let names = read.names.as_ref().unwrap();
                column(names.iter().position(|held| held == name).unwrap())
            }
            Span(from, to) => {
                let held: String = record[0].chars().skip(from - 1).take(to + 1 - from).collect();
                held.trim_end().to_owned()
            }
        }
    }

    fn money(&self, read: &Read, record: &[String], money: &Money) -> i64 {
        let held = |at| self.held(read, record, at).trim().to_owned();
        let pounds = |at| {
            let text = held(at);
            if text.is_empty() { 0 } else { Pence::from_str(&text).unwrap().get() }
        };
        let whole = |text: &str| if text.is_empty() { 0 } else { text.parse::<i64>().unwrap() };
        match money {
            Pounds(at) => pounds(*at),
            InPence(at) => whole(&held(*at)),
            Trailing(at) => {
                let text = held(*at);
                text.strip_suffix('-').map_or_else(|| whole(&text), |digits| -whole(digits))
            }
            Sides(debit, credit) => pounds(*debit) - pounds(*credit),
            Marked(size, mark, below) => {
                let size = self.money(read, record, size);
                assert!(size >= 0, "{} has a sign", self.layout);
                if held(*mark) == *below { -size } else { size }
            }
        }
    }

    /// Writes the rows, takes the file apart and compares everything.
    fn check(&self, rows: &[Row]) -> Result<(), TestCaseError> {
        let layout = &LAYOUTS[self.layout];
        let date = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let mut file = Vec::new();
        let written = layout.write(&Batch { number: 42, date, rows }, &mut file);
        let control =
            written.map_err(|fault| TestCaseError::fail(format!("{}: {fault}", self.layout)))?;
        let read = self.apart(&file);
        let count = read.records.len() - self.before - self.after;
        prop_assert_eq!(count, rows.len(), "{}", self.layout);
        prop_assert_eq!(control.rows, u64::try_from(rows.len()).unwrap());
        let mut amounts = Vec::new();
        for (row, record) in rows.iter().zip(&read.records[self.before..]) {
            let (at, format) = self.date;
            let day = NaiveDate::parse_from_str(&self.held(&read, record, at), format).unwrap();
            prop_assert_eq!(Some(&Value::Date(day)), row.get("date"), "{}", self.layout);
            let (name, places, between) = self.account;
            let mut codes: Vec<_> = places.iter().map(|at| self.held(&read, record, *at)).collect();
            codes.retain(|code| !code.is_empty());
            // A department of 0 is none.
            if self.layout == "sage50-audit-trail" && codes.last().is_some_and(|it| it == "0") {
                codes.pop();
            }
            let account = codes.join(".").replace(between, ".");
            prop_assert_eq!(Some(&text(&account)), row.get(name), "{}", self.layout);
            let amount = self.money(&read, record, &self.amount);
            let pence = Value::Pence(Pence::new(amount));
            prop_assert_eq!(Some(&pence), row.get("amount"), "{}", self.layout);
            amounts.push(amount);
            for (name, at) in self.texts {
                let Some(Value::Text(given)) = row.get(name) else { panic!("{name}") };
                let given = if self.delimiter.is_none() { given.trim_end() } else { given };
                let held = self.held(&read, record, *at);
                prop_assert_eq!(held.as_str(), given, "{} {}", self.layout, name);
            }
        }
        self.check_totals(&read, rows, &amounts)
    }

    fn check_totals(
        &self,
        read: &Read,
        rows: &[Row],
        amounts: &[i64],
    ) -> Result<(), TestCaseError> {
        for stated in &self.stated {
            let (record, at, total) = match stated {
                First(at, total) => (read.records.first().unwrap(), *at, total),
                Last(at, total) => (read.records.last().unwrap(), *at, total),
            };
            let (held, wanted) = match total {
                Total::Count => {
                    let held = self.money(read, record, &InPence(at));
                    (i128::from(held), i128::try_from(rows.len()).unwrap())
                }
                Total::Sum(how) => {
                    (i128::from(self.money(read, record, &how(at))), sum(amounts, |_| true))
                }
                Total::Debits => {
                    (i128::from(self.money(read, record, &Pounds(at))), sum(amounts, |it| it > 0))
                }
                Total::Credits => {
                    (i128::from(self.money(read, record, &Pounds(at))), -sum(amounts, |it| it < 0))
                }
                Total::Hash => {
                    let digits = rows.iter().map(|row| {
                        let Some(Value::Text(of)) = row.get("reference") else { panic!("a text") };
                        let digits: String = of.chars().filter(char::is_ascii_digit).collect();
                        digits.parse::<i128>().unwrap_or_default()
                    });
                    (self.held(read, record, at).trim().parse().unwrap(), digits.sum())
                }
            };
            prop_assert_eq!(held, wanted, "a total of {}", self.layout);
        }
        Ok(())
    }
}

fn sum(amounts: &[i64], wanted: fn(i64) -> bool) -> i128 {
    amounts.iter().filter(|amount| wanted(**amount)).map(|amount| i128::from(*amount)).sum()
}

fn dated(offset: u64, pence: i64) -> Row {
    let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(offset);
    Row::new().with("date", Value::Date(day)).with("amount", Value::Pence(Pence::new(pence)))
}

#[test]
fn every_layout_that_writes_is_read_back() {
    let known: Vec<&str> = journals().iter().chain(&cash()).map(|back| back.layout).collect();
    let writes = LAYOUTS.values().filter(|layout| layout.writes());
    let missing: Vec<String> = writes
        .map(|layout| layout.name().to_owned())
        .filter(|name| !known.contains(&name.as_str()))
        .collect();
    assert!(missing.is_empty(), "say above where the values stand of {missing:?}");
}

proptest! {
    #[test]
    fn a_journal_comes_back(rows in prop::collection::vec(
        (
            0..1_000_u64,
            prop_oneof![Just(0), -9_999_999_999..=9_999_999_999_i64],
            "[A-Z1-9][A-Z0-9]{0,5}(\\.[A-Z1-9][A-Z0-9]{0,5}){0,9}",
            "[ -~£]{0,60}",
            "[ -~]{0,20}",
        ),
        0..6,
    )) {
        let rows: Vec<Row> = rows
            .iter()
            .map(|(offset, pence, account, narrative, reference)| {
                dated(*offset, *pence)
                    .with("account", text(account))
                    .with("narrative", text(narrative))
                    .with("reference", text(reference))
            })
            .collect();
        for back in journals() {
            back.check(&rows)?;
        }
    }

    #[test]
    fn cash_comes_back(rows in prop::collection::vec(
        (
            0..1_000_u64,
            -99_999_999..=99_999_999_i64,
            "[A-Z0-9][A-Z0-9/]{0,9}",
            "[A-Z0-9]{1,3}",
            "[A-Z0-9][A-Z0-9-]{0,15}",
        ),
        0..8,
    )) {
        let rows: Vec<Row> = rows
            .iter()
            .map(|(offset, pence, reference, method, receipt)| {
                dated(*offset, *pence)
                    .with("reference", text(reference))
                    .with("method", text(method))
                    .with("receipt", text(receipt))
                    .with("fund", text("CT"))
            })
            .collect();
        for back in cash() {
            back.check(&rows)?;
        }
    }
}
