//! `ims suspense allocate-many`: a list of where items go.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use ims_app::{ItemAllocation, MovedPart, NewAllocations};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals, answer::counted, error::bad, source};

/// The columns of the list.
const COLUMNS: [&str; 5] = ["item", "fund", "reference", "amount", "kind"];

/// A column that may be there: a VAT code, where the fund allows another.
const VAT: &str = "vat";

/// Many items to many accounts; all of a file or none.
#[derive(Args, Clone, Debug)]
pub struct ManyArgs {
    /// The list; `-` is standard input
    #[arg(long, value_name = "FILE.csv")]
    pub file: PathBuf,
    /// Why, for the auditor
    #[arg(long, default_value = "", hide_default_value = true)]
    pub note: String,
    /// A key of yours: the same key again changes nothing
    #[arg(long)]
    pub key: Option<String>,
}

pub(super) async fn run(
    args: &ManyArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let name = source::name(&args.file);
    let items = read(&name, &source::document(&args.file, desk.input)?)?;
    let books = desk.books(globals).await?;
    let new = NewAllocations { items, note: args.note.clone(), key: args.key.clone() };
    let done = books.allocate_many(&new).await?;
    let sealed = desk.seal(&books).await;
    let documents = done.items.iter().map(|item| {
        json!({
            "item": item.item, "receipt": item.receipt, "amount_pence": item.amount,
            "remaining_pence": item.remaining,
        })
    });
    let document = json!({ "items": documents.collect::<Vec<_>>(), "before": done.before });
    let rows = done.items.iter().map(|item| {
        [
            item.item.to_string(),
            item.amount.to_string(),
            item.remaining.to_string(),
            item.receipt.clone(),
        ]
    });
    let words = if done.before {
        "done before under this key; nothing changed".to_owned()
    } else {
        counted(done.items.len(), "item", "items") + " allocated"
    };
    let columns = ["item", ">allocated", ">left", "receipt"];
    Ok(Answer::of(document).say(words).table(columns, rows).exit(sealed))
}

/// One row an account. What is taken of an item is what its accounts get less
/// its credit notes.
fn read(name: &str, text: &str) -> Result<Vec<ItemAllocation>, CliError> {
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |error: csv::Error| {
        let line = error.position().map(|at| format!(" line {}", at.line())).unwrap_or_default();
        bad(format!("{name}{line}: the row does not have the columns of the header"))
    };
    let header = rows.headers().map_err(broken)?.clone();
    let column = |wanted: &str| header.iter().position(|held| held.eq_ignore_ascii_case(wanted));
    let [Some(item), Some(fund), Some(reference), Some(amount), kind] = COLUMNS.map(column) else {
        let what = format!("{name}: the first line must name the columns {}", COLUMNS.join(", "));
        return Err(bad(what));
    };
    let vat = column(VAT);
    let mut items: BTreeMap<SuspenseId, ItemAllocation> = BTreeMap::new();
    for row in rows.records() {
        let row = row.map_err(broken)?;
        let line = row.position().map_or(0, csv::Position::line);
        let at = |why: String| bad(format!("{name} line {line}: {why}"));
        let text = |column: usize| row.get(column).unwrap_or_default();
        let id =
            crate::args::id::<SuspenseId>(text(item)).map_err(|why| at(format!("item: {why}")))?;
        let amount: Pence = text(amount)
            .parse()
            .map_err(|bad: ims_money::ParsePenceError| at(format!("amount: {bad}")))?;
        let part = MovedPart {
            fund: text(fund).to_owned(),
            reference: text(reference).to_owned(),
            amount,
            vat_code: vat.map(text).filter(|code| !code.is_empty()).map(str::to_owned),
        };
        let new = || ItemAllocation {
            item: id,
            amount: Pence::ZERO,
            to: Vec::new(),
            credit_notes: Vec::new(),
        };
        let one = items.entry(id).or_insert_with(new);
        let sum = match kind.map_or("", text) {
            "" | "to" => {
                one.to.push(part);
                one.amount.checked_add(amount)
            }
            "credit-note" => {
                one.credit_notes.push(part);
                one.amount.checked_sub(amount)
            }
            other => return Err(at(format!("kind: `{other}` is neither to nor credit-note"))),
        };
        one.amount = sum.ok_or_else(|| at("the sum is too large".to_owned()))?;
    }
    Ok(items.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b";

    #[test]
    fn what_is_taken_is_what_accounts_get_less_the_credit_notes() {
        let text = format!(
            "Item,Fund,Reference,Amount,Kind\n{ONE},CT,1,60.00,\n{ONE},CT,2,60.00,to\n{ONE},PK,3,20.00,credit-note\n"
        );
        let items = read("a.csv", &text).unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!((items[0].amount, items[0].to.len()), (Pence::new(10_000), 2));
        assert_eq!(items[0].credit_notes[0].reference, "3");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named_by_its_line() {
        let head = "item,fund,reference,amount,kind\n";
        for (text, says) in [
            (
                "item,fund\n".to_owned(),
                "a.csv: the first line must name the columns item, fund, reference, amount, kind",
            ),
            (format!("{head}7,CT,1,1.00,\n"), "a.csv line 2: item: it is not an id"),
            (format!("{head}{ONE},CT,1,1.005,\n"), "a.csv line 2: amount: `1.005` has a fraction"),
            (
                format!("{head}{ONE},CT,1,1.00,to\n{ONE},CT,1,1.00,from\n"),
                "a.csv line 3: kind: `from` is neither to nor credit-note",
            ),
            (format!("{head}{ONE},CT\n"), "a.csv line 2: the row does not have the columns"),
        ] {
            let why = read("a.csv", &text).unwrap_err().sentence();
            assert!(why.starts_with(says), "{why}");
        }
    }
}
