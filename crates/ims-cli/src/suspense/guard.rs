//! `ims suspense guard`: which accounts about to be summoned may have paid.

use std::path::PathBuf;

use clap::Args;
use ims_app::{GuardedAccount, KeptAside, MayBeTheirs, Unplaced};
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted, error::bad, source};

/// What the columns may be called: letters only, in small ones.
const FUND: [&str; 3] = ["fund", "fundcode", "stream"];
const REFERENCE: [&str; 7] =
    ["reference", "ref", "account", "accountreference", "accountref", "accountnumber", "accountno"];

/// A list of accounts about to get a reminder or a summons.
#[derive(Args, Clone, Debug)]
pub struct GuardArgs {
    /// The list, a CSV with a column for the reference and one for the fund; `-` is standard input
    #[arg(value_name = "FILE.csv")]
    pub file: PathBuf,
    /// The fund of all of them, when the list has no column for it
    #[arg(long, value_name = "CODE")]
    pub fund: Option<String>,
}

pub(super) async fn guard(
    args: &GuardArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let name = source::name(&args.file);
    let text = source::document(&args.file, desk.input)?;
    let accounts = read(&name, &text, args.fund.as_deref())?;
    let told = desk.books(globals).await?.guard_accounts(&accounts).await?;
    let held_back: Vec<_> = told.accounts.iter().filter(|it| !it.found.is_empty()).collect();
    let strange: Vec<_> = told.accounts.iter().filter(|it| !it.is_held).collect();
    let clear = told.accounts.len().saturating_sub(held_back.len());
    let documents: Vec<_> = held_back.iter().map(|it| as_json(it)).collect();
    let unknown = strange.iter().map(|it| json!({ "fund": it.fund, "reference": it.reference }));
    let not_searched = told.kept_aside.iter().filter(|file| file.unread.is_some());
    let document = json!({
        "accounts": told.accounts.len(), "clear": clear, "look_at": documents,
        "not_held": unknown.collect::<Vec<_>>(), "files_kept_aside": told.kept_aside.len(),
        "files_not_searched": not_searched.clone().map(unsearched).collect::<Vec<_>>(),
    });
    let is_searched = not_searched.clone().next().is_none();
    let all_clear = held_back.is_empty() && strange.is_empty() && is_searched;
    let looked = counted(told.accounts.len(), "account", "accounts");
    let mut answer = Answer::of(document)
        .exit(if all_clear { Exit::Done } else { Exit::SeeTo })
        .say(format!("{looked} looked at; for {clear} nothing lies unplaced that may be theirs"));
    if !strange.is_empty() {
        let count = counted(strange.len(), "account is", "accounts are");
        let first: Vec<_> =
            strange.iter().take(5).map(|it| format!("{} {}", it.fund, it.reference)).collect();
        let first = first.join(", ");
        answer = answer.say(format!(
            "{count} no account holder's, and looked for by the reference only: {first}"
        ));
    }
    if !told.kept_aside.is_empty() {
        let files = counted(told.kept_aside.len(), "file is", "files are");
        answer = answer.say(format!("{files} kept aside, and searched too but where it says not"));
    }
    for file in not_searched {
        let why = file.unread.as_deref().unwrap_or_default();
        let what = "kept aside and not searched, whose money is in it is not known";
        answer = answer.say(format!("{}: {what}: {why}", file.file_name));
    }
    if held_back.is_empty() {
        return Ok(answer);
    }
    let rows = held_back.iter().flat_map(|it| it.found.iter().map(|found| row(it, found)));
    let columns = ["fund", "reference", "sure", ">likely", "date", ">left", "money", "why"];
    Ok(answer.table(columns, rows.collect::<Vec<_>>()))
}

fn row(account: &GuardedAccount, found: &MayBeTheirs) -> [String; 8] {
    let (what, id) = money(found);
    [
        account.fund.clone(),
        account.reference.clone(),
        sure(found.permille).to_owned(),
        super::suggest::percent(found.permille),
        found.happened_on.to_string(),
        found.amount.to_string(),
        format!("{what} {id}"),
        found.reasons.join("; "),
    ]
}

fn as_json(account: &GuardedAccount) -> Value {
    let found = account.found.iter().map(|found| {
        let (what, id) = money(found);
        json!({
            "money": what, "id": id, "date": found.happened_on, "amount_pence": found.amount,
            "sure": sure(found.permille), "permille": found.permille, "reasons": found.reasons,
        })
    });
    json!({
        "fund": account.fund, "reference": account.reference, "found": found.collect::<Vec<_>>(),
    })
}

fn money(found: &MayBeTheirs) -> (&'static str, String) {
    match &found.money {
        Unplaced::Suspense(id) => ("suspense", id.to_string()),
        Unplaced::BankLine(id) => ("bank-line", id.to_string()),
        Unplaced::NotDelivered(number) => ("receipt", number.clone()),
        Unplaced::KeptAside { file, line } => ("file-kept-aside", format!("{file} line {line}")),
        Unplaced::Exception(id) => ("payment-exception", id.to_string()),
        Unplaced::Payment(reference) => ("payment", reference.clone()),
    }
}

fn unsearched(file: &KeptAside) -> Value {
    json!({ "file": file.file_name, "reason": file.reason, "why": file.unread })
}

/// How sure it is, in a word.
const fn sure(permille: u16) -> &'static str {
    match permille {
        500.. => "likely",
        50.. => "possible",
        _ => "faint",
    }
}

/// The accounts of a list.
fn read(name: &str, text: &str, fund: Option<&str>) -> Result<Vec<(String, String)>, CliError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let broken = |error: csv::Error| {
        let line = error.position().map(|at| format!(" line {}", at.line())).unwrap_or_default();
        bad(format!("{name}{line}: the row does not have the columns of the header"))
    };
    let header = rows.headers().map_err(broken)?.clone();
    let column =
        |names: &[&str]| header.iter().position(|held| names.contains(&bare(held).as_str()));
    let Some(reference) = column(&REFERENCE) else {
        return Err(bad(format!("{name}: the first line must name a column `reference`")));
    };
    let funds = column(&FUND);
    if funds.is_none() && fund.is_none() {
        let what = format!("{name}: the first line must name a column `fund`, or say --fund CODE");
        return Err(bad(what));
    }
    let mut accounts = Vec::new();
    for row in rows.records() {
        let row = row.map_err(broken)?;
        let line = row.position().map_or(0, csv::Position::line);
        let told = funds.and_then(|at| row.get(at)).filter(|told| !told.is_empty()).or(fund);
        let account = row.get(reference).unwrap_or_default();
        // A row nobody can read would be an account nobody looked for.
        let Some(told) = told.filter(|_| !account.is_empty()) else {
            return Err(bad(format!(
                "{name} line {line}: an account needs a fund and a reference"
            )));
        };
        accounts.push((told.to_owned(), account.to_owned()));
    }
    if accounts.is_empty() {
        return Err(bad(format!("{name}: there are no accounts in it")));
    }
    Ok(accounts)
}

fn bare(header: &str) -> String {
    header.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, fund: Option<&str>) -> Result<Vec<(String, String)>, String> {
        read("list.csv", text, fund).map_err(|why| why.to_string())
    }

    #[test]
    fn headers_may_be_written_as_host_systems_do() {
        let both = vec![("CT".to_owned(), "1".to_owned()), ("NR".to_owned(), "2".to_owned())];
        assert_eq!(of("\u{feff}Account Ref,Name,FUND\n1,A,CT\n2,B,NR\n", None), Ok(both));
        let one = vec![("CT".to_owned(), "1".to_owned())];
        assert_eq!(of("Account_No.\n1\n", Some("CT")), Ok(one));
    }

    #[test]
    fn a_row_that_names_no_account_refuses_the_list() {
        for (text, why) in [
            ("name\nA\n", "list.csv: the first line must name a column `reference`"),
            ("ref\n1\n", "list.csv: the first line must name a column `fund`, or say --fund CODE"),
            ("fund,ref\nCT,\n", "list.csv line 2: an account needs a fund and a reference"),
            ("fund,ref\n,1\n", "list.csv line 2: an account needs a fund and a reference"),
            ("fund,ref\n", "list.csv: there are no accounts in it"),
        ] {
            assert_eq!(of(text, None), Err(why.to_owned()), "{text}");
        }
    }
}
