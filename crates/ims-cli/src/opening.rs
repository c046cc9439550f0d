//! `ims opening`: what the books are taken over with.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use clap::Args;
use ims_app::OpeningItem;
use ims_ledger::{Account, id::BankCode};
use ims_money::Pence;
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals, answer::counted, error::bad, source};

/// The columns of a list of opening balances.
const COLUMNS: [&str; 5] = ["account", "amount", "date", "reference", "narrative"];

/// Opening balances, item by item; all of a file or none.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "The file has the columns account, amount, date, reference, narrative. Amounts \
                  are in pounds: money in the bank (bank:CODE) and on its way (clearing:CODE) is \
                  positive; suspense is owed to somebody and negative.\n\n\
                  Examples: ims opening balances.csv\n          \
                  ims opening --bank main --amount 1234567.89 --date 2026-03-31"
)]
pub struct OpeningArgs {
    /// A list of balances and open items; `-` is standard input
    #[arg(value_name = "FILE.csv", required_unless_present = "bank", conflicts_with = "bank")]
    pub file: Option<PathBuf>,
    /// One bank account, by its code
    #[arg(long, value_name = "CODE", requires = "amount")]
    pub bank: Option<BankCode>,
    /// Its balance in pounds; overdrawn is negative
    #[arg(long, value_name = "POUNDS", requires = "bank", allow_hyphen_values = true)]
    pub amount: Option<Pence>,
    /// The day the balance is of [default: today]
    #[arg(long, value_name = "DATE", requires = "bank", value_parser = crate::args::day)]
    pub date: Option<NaiveDate>,
}

pub(crate) async fn run(
    args: &OpeningArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let items = match (&args.file, &args.bank, args.amount) {
        (Some(path), _, _) => read(path, &source::document(path, desk.input)?)?,
        (None, Some(bank), Some(amount)) => vec![OpeningItem {
            account: Account::Bank(bank.clone()),
            amount,
            date: args.date.unwrap_or_else(|| desk.world.today()),
            reference: bank.to_string(),
            narrative: String::new(),
        }],
        (None, _, _) => return Err(bad("name a file, or --bank and --amount")),
    };
    let council = books.settings().await?.council;
    for item in &items {
        if let Account::Bank(code) = &item.account
            && !council.bank_account.iter().any(|account| account.code == *code)
        {
            return Err(bad(format!(
                "bank account {code} is not configured; `ims account add` adds it"
            )));
        }
    }
    let count = books.open_books(&items).await?;
    let sealed = desk.seal(&books).await;
    let words = format!("{} taken over", counted(count, "item", "items"));
    Ok(Answer::of(json!({ "items": count })).say(words).exit(sealed))
}

fn read(path: &Path, text: &str) -> Result<Vec<OpeningItem>, CliError> {
    let name = source::name(path);
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |error: csv::Error| {
        let line = error.position().map(|at| format!(" line {}", at.line())).unwrap_or_default();
        bad(format!("{name}{line}: the row does not have the columns of the header"))
    };
    let header = rows.headers().map_err(broken)?.clone();
    let column = |wanted: &str| header.iter().position(|held| held.eq_ignore_ascii_case(wanted));
    let [account, amount, date, reference, narrative] = COLUMNS.map(column);
    let (Some(account), Some(amount), Some(date)) = (account, amount, date) else {
        return Err(bad(format!(
            "{name}: the first line must name the columns {}",
            COLUMNS.join(", ")
        )));
    };
    let mut items = Vec::new();
    for row in rows.records() {
        let row = row.map_err(broken)?;
        let line = row.position().map_or(0, csv::Position::line);
        let text = |column: Option<usize>| column.and_then(|at| row.get(at)).unwrap_or_default();
        let at = |why: String| bad(format!("{name} line {line}: {why}"));
        items.push(OpeningItem {
            account: text(Some(account))
                .parse()
                .map_err(|e: ims_ledger::BadAccount| at(e.to_string()))?,
            amount: text(Some(amount))
                .parse()
                .map_err(|e: ims_money::ParsePenceError| at(format!("amount: {e}")))?,
            date: day(text(Some(date))).ok_or_else(|| {
                at(format!("date: `{}` is not a date; 2026-03-31 would be", text(Some(date))))
            })?,
            reference: text(reference).to_owned(),
            narrative: text(narrative).to_owned(),
        });
    }
    if items.is_empty() {
        return Err(bad(format!("{name}: there is no row in it")));
    }
    Ok(items)
}

fn day(text: &str) -> Option<NaiveDate> {
    let formats = ["%Y-%m-%d", "%d/%m/%Y"];
    formats.iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        read(Path::new("x/open.csv"), text).unwrap_err().sentence()
    }

    #[test]
    fn header_names_decide_and_both_kinds_of_dates_are_read() {
        let text = "Date,Amount,Account,Reference\n2026-03-31,100.50,bank:main,\n31/03/2026,-7,suspense,S1\n";
        let items = read(Path::new("open.csv"), text).unwrap();
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].amount, Pence::new(10_050));
        assert_eq!((items[1].amount, items[1].date), (Pence::new(-700), items[0].date));
        assert_eq!(items[1].reference, "S1");
    }

    #[test]
    fn every_fault_has_its_line() {
        let head = "account,amount,date\n";
        for (text, says) in [
            ("a,b\n1,2\n", "open.csv: the first line must name the columns account, amount"),
            (head, "open.csv: there is no row in it"),
            ("account,amount,date\nbank:main,1\n", "open.csv line 2: the row does not have"),
            (
                "account,amount,date\nbank:,1,2026-03-31\n",
                "open.csv line 2: `bank:` is not an account",
            ),
            ("account,amount,date\nbank:m,1.005,2026-03-31\n", "open.csv line 2: amount: `1.005`"),
            ("account,amount,date\nbank:m,1,2026-02-31\n", "open.csv line 2: date: `2026-02-31`"),
        ] {
            assert!(refusal(text).starts_with(says), "{}", refusal(text));
        }
    }
}
