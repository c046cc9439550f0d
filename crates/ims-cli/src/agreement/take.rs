//! `ims agreement take`: what is due, each line once.

use std::{collections::BTreeMap, path::Path, path::PathBuf};

use clap::Args;
use ims_app::{AgreedUse, Books, NewAgreedPayment, PaymentView};
use ims_gateway::{GatewayError, Gateways};
use ims_ledger::id::AgreementId;
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals, answer::counted, error::bad, payment::LineArgs, source,
};

/// The columns of a file of what is due.
const COLUMNS: [&str; 3] = ["agreement", "amount", "key"];

/// A provider that is silent so often in a row is left alone until the next time.
const SILENCES_MAX: u32 = 3;

/// What is due.
#[derive(Args, Clone, Debug)]
pub struct TakeArgs {
    /// The agreement's id, as the list shows it
    #[arg(value_parser = crate::args::id::<AgreementId>, requires_all = ["amount", "key"], required_unless_present = "file")]
    pub id: Option<AgreementId>,
    /// How much, in pounds
    #[arg(long, value_name = "POUNDS", requires = "id")]
    pub amount: Option<Pence>,
    /// A key of yours for what is due: taken once, it is not taken again
    #[arg(long, requires = "id")]
    pub key: Option<String>,
    /// A CSV file with the columns agreement, amount and key; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "id")]
    pub file: Option<PathBuf>,
    /// Where the values of secrets are
    #[command(flatten)]
    pub line: LineArgs,
}

/// One thing due, and where it stood in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Due {
    line: u64,
    agreement: AgreementId,
    amount: Pence,
    key: String,
}

/// What came of it.
struct Came {
    due: Due,
    view: Option<PaymentView>,
    why: String,
}

pub(super) async fn run(
    args: &TakeArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let due = match (&args.file, args.id, args.amount, &args.key) {
        (Some(path), ..) => {
            let bytes = source::bytes(path, source::DOCUMENT_BYTES_MAX, desk.input)?;
            let text = String::from_utf8(bytes);
            let text = text.map_err(|_| bad(format!("{}: it is not UTF-8", path.display())))?;
            read(path, &text)?
        }
        (None, Some(agreement), Some(amount), Some(key)) => {
            vec![Due { line: 1, agreement, amount, key: key.clone() }]
        }
        (None, ..) => {
            return Err(bad("say which: an agreement with --amount and --key, or --file"));
        }
    };
    let gateways = args.line.gateways()?;
    let came = take_all(&gateways, &books, due).await;
    let sealed = desk.seal(&books).await;
    Ok(told(&came?, sealed))
}

/// Takes each, and asks once what became of those that are open then.
async fn take_all(
    gateways: &Gateways,
    books: &Books,
    due: Vec<Due>,
) -> Result<Vec<Came>, CliError> {
    let mut all = Vec::with_capacity(due.len());
    // One that does not answer keeps nothing from being taken at the others.
    let mut silences = BTreeMap::<String, u32>::new();
    for due in due {
        let provider = provider_of(books, due.agreement).await?;
        let silent = silences.entry(provider).or_default();
        if *silent >= SILENCES_MAX {
            let why = "not asked for: its provider does not answer; run it again".to_owned();
            all.push(Came { due, view: None, why });
            continue;
        }
        let came = take(gateways, books, due).await?;
        match came.view.as_ref().map(|view| view.payment.status.as_str()) {
            Some("unknown") => *silent = silent.saturating_add(1),
            Some(_) => *silent = 0,
            // It was not asked, or refused.
            None => {}
        }
        all.push(came);
    }
    for came in &mut all {
        let Some(view) = &came.view else { continue };
        if !view.status()?.is_open() || view.payment.status == "unknown" {
            continue;
        }
        match gateways.look(books, view.payment.id).await {
            Ok(view) => came.view = Some(view),
            Err(GatewayError::App(error)) if error.is_of_the_database() => return Err(error.into()),
            // What was taken is told of all the same. It is asked about again by the poll.
            Err(error) => came.why = error.to_string(),
        }
    }
    Ok(all)
}

/// The council's account at the provider that keeps an agreement; none of an agreement that
/// is none, of which taking says so.
async fn provider_of(books: &Books, id: AgreementId) -> Result<String, CliError> {
    match books.agreement(id).await {
        Ok(view) => Ok(view.row.provider),
        Err(error) if error.is_of_the_database() => Err(error.into()),
        Err(_) => Ok(String::new()),
    }
}

async fn take(gateways: &Gateways, books: &Books, due: Due) -> Result<Came, CliError> {
    let new = NewAgreedPayment {
        agreement: due.agreement,
        what: AgreedUse::Take,
        amount: due.amount,
        asked_with: String::new(),
        key: due.key.clone(),
    };
    match gateways.take_under(books, &new).await {
        Ok(paying) => Ok(Came { due, view: Some(paying.view), why: String::new() }),
        Err(GatewayError::App(error)) if error.is_of_the_database() => Err(error.into()),
        // What is wrong with one line keeps no other from being taken. What was asked for
        // before, under its key, may have been taken then.
        Err(error) => {
            let view = match books.agreed_payment_before(&new).await {
                Ok(view) => view,
                Err(lost) if lost.is_of_the_database() => return Err(lost.into()),
                Err(_) => None,
            };
            let is_paid = view.as_ref().is_some_and(|view| view.payment.status == "captured");
            let why = if is_paid { String::new() } else { error.to_string() };
            Ok(Came { due, view, why })
        }
    }
}

fn told(all: &[Came], sealed: Exit) -> Answer {
    let is_paid =
        |came: &&Came| came.view.as_ref().is_some_and(|view| view.payment.status == "captured");
    let paid: Vec<_> = all.iter().filter(is_paid).collect();
    let sum = Pence::checked_sum(paid.iter().map(|came| came.due.amount));
    let answer = Answer::of(json!({
        "due": all.len(), "paid": paid.len(), "paid_pence": sum,
        "lines": all.iter().map(as_json).collect::<Vec<_>>(),
    }));
    let words = format!(
        "{} due, {} paid{}",
        counted(all.len(), "payment is", "payments are"),
        paid.len(),
        sum.map_or_else(String::new, |sum| format!(", {sum} in all")),
    );
    let rows = all.iter().map(|came| {
        let row = came.view.as_ref().map(|view| &view.payment);
        [
            came.due.line.to_string(),
            came.due.agreement.to_string(),
            came.due.amount.to_string(),
            came.due.key.clone(),
            row.map(|row| row.reference.clone()).unwrap_or_default(),
            status_of(came).to_owned(),
            why_of(came).to_owned(),
        ]
    });
    let columns = [">line", "agreement", ">amount", "key", "payment", "status", "why"];
    let exit = if paid.len() == all.len() { sealed } else { Exit::SeeTo };
    answer.say(words).table(columns, rows).exit(exit)
}

fn status_of(came: &Came) -> &str {
    came.view.as_ref().map_or("not taken", |view| view.payment.status.as_str())
}

fn why_of(came: &Came) -> &str {
    match &came.view {
        Some(view) if came.why.is_empty() => &view.payment.reason,
        Some(_) | None => &came.why,
    }
}

fn as_json(came: &Came) -> Value {
    let view = came.view.as_ref();
    json!({
        "line": came.due.line, "agreement": came.due.agreement, "amount_pence": came.due.amount,
        "key": came.due.key, "payment": view.map(|view| view.payment.id),
        "reference": view.map(|view| view.payment.reference.as_str()),
        "status": status_of(came), "why": why_of(came),
        "receipt": view.and_then(|view| view.receipt.as_deref()),
        "before": view.is_some_and(|view| view.before),
    })
}

/// What a file says is due. Nothing is taken of a file that does not read to its end.
fn read(path: &Path, text: &str) -> Result<Vec<Due>, CliError> {
    let name = source::name(path);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |error: &csv::Error| {
        let line = error.position().map(|at| format!(" line {}", at.line())).unwrap_or_default();
        format!("{name}{line}: the row does not have the columns of the header")
    };
    let header = rows.headers().map_err(|error| bad(broken(&error)))?.clone();
    let column = |wanted: &str| header.iter().position(|held| held.eq_ignore_ascii_case(wanted));
    let [Some(agreement), Some(amount), Some(key)] = COLUMNS.map(column) else {
        let columns = COLUMNS.join(", ");
        return Err(bad(format!("{name}: the first line must name the columns {columns}")));
    };
    let (mut all, mut faults, mut keys) = (Vec::new(), Vec::new(), BTreeMap::new());
    for row in rows.records() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                faults.push(broken(&error));
                continue;
            }
        };
        let line = row.position().map_or(0, csv::Position::line);
        let fields = [agreement, amount, key].map(|at| row.get(at).unwrap_or_default());
        match due_of(line, fields) {
            Ok(due) => {
                if let Some(first) = keys.insert(due.key.clone(), line) {
                    let key = &due.key;
                    faults.push(format!(
                        "{name} line {line}: key `{key}` stands on line {first} too"
                    ));
                }
                all.push(due);
            }
            Err(why) => faults.push(format!("{name} line {line}: {why}")),
        }
    }
    match (faults.is_empty(), all.is_empty()) {
        (false, _) => Err(bad(format!("{}; nothing was taken", faults.join("; ")))),
        (true, true) => Err(bad(format!("{name}: there is no row in it"))),
        (true, false) => Ok(all),
    }
}

fn due_of(line: u64, [agreement, amount, key]: [&str; 3]) -> Result<Due, String> {
    let agreement = crate::args::id(agreement).map_err(|why| format!("agreement: {why}"))?;
    let amount: Pence = amount.parse().map_err(|why| format!("amount: {why}"))?;
    if !amount.is_positive() {
        return Err(format!("amount: {amount} is not more than nothing"));
    }
    if key.is_empty() {
        return Err("key: each line has one of its own, so that it is taken once".to_owned());
    }
    Ok(Due { line, agreement, amount, key: key.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b";

    fn refusal(text: &str) -> String {
        read(Path::new("x/due.csv"), text).unwrap_err().sentence()
    }

    #[test]
    fn a_file_says_what_is_due() {
        let text =
            format!("\u{feff}Key,Amount,Note,Agreement\nmay-1,12.50,x,{ID}\n may-2 ,7,,{ID}\n");
        let due = read(Path::new("due.csv"), &text).unwrap();
        let told: Vec<_> =
            due.iter().map(|it| (it.line, it.amount.get(), it.key.as_str())).collect();
        assert_eq!(told, [(2, 1_250, "may-1"), (3, 700, "may-2")]);
    }

    #[test]
    fn every_fault_of_a_file_is_told_and_nothing_is_taken() {
        let head = "agreement,amount,key\n";
        let text = format!(
            "{head}{ID},1,a\n{ID},0,b\n{ID},1.005,c\nnone,1,d\n{ID},1,\n{ID},1,a\n{ID},1\n"
        );
        let why = refusal(&text);
        for says in [
            "line 3: amount: 0.00 is not more than nothing",
            "line 4: amount: `1.005`",
            "line 5: agreement: it is not an id",
            "line 6: key: each line has one of its own",
            "line 7: key `a` stands on line 2 too",
            "line 8: the row does not have the columns",
            "nothing was taken",
        ] {
            assert!(why.contains(says), "{says}: {why}");
        }
        assert!(refusal("agreement,amount\n").contains("columns agreement, amount, key"));
        assert!(refusal(head).contains("no row"));
    }
}
