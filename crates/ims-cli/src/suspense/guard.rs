//! `ims suspense guard`: which accounts about to be summoned may have paid.

mod list;

use std::path::PathBuf;

use clap::Args;
use ims_app::{GuardedAccount, KeptAside, MayBeTheirs, Unplaced};
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals, answer::counted};

/// A list of accounts about to get a reminder or a summons.
#[derive(Args, Clone, Debug)]
pub struct GuardArgs {
    /// The list, xlsx or CSV, with a column for the reference and one for the fund; `-` is
    /// standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The fund of those for which the list names none
    #[arg(long, value_name = "CODE")]
    pub fund: Option<String>,
    /// The heading of the references, where it is not known or several could be it
    #[arg(long, value_name = "HEADING")]
    pub column: Option<String>,
}

pub(super) async fn guard(
    args: &GuardArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let list = list::read(args, &books.settings().await?.council, desk.input)?;
    let told = books.guard_accounts(&list.accounts).await?;
    let held_back: Vec<_> = told.accounts.iter().filter(|it| !it.found.is_empty()).collect();
    let strange: Vec<_> = told.accounts.iter().filter(|it| !it.is_held).collect();
    let clear = told.accounts.len().saturating_sub(held_back.len());
    let documents: Vec<_> = held_back.iter().map(|it| as_json(it)).collect();
    let unknown = strange.iter().map(|it| json!({ "fund": it.fund, "reference": it.reference }));
    let not_searched = told.kept_aside.iter().filter(|file| file.unread.is_some());
    let document = json!({
        "rows": list.accounts.len(), "headings": list.headings,
        "accounts": told.accounts.len(), "clear": clear, "look_at": documents,
        "not_held": unknown.collect::<Vec<_>>(), "files_kept_aside": told.kept_aside.len(),
        "files_not_searched": not_searched.clone().map(unsearched).collect::<Vec<_>>(),
    });
    let is_searched = not_searched.clone().next().is_none();
    let all_clear = held_back.is_empty() && strange.is_empty() && is_searched;
    let looked = counted(told.accounts.len(), "account", "accounts");
    let mut answer = Answer::of(document)
        .exit(if all_clear { Exit::Done } else { Exit::SeeTo })
        .say(list.in_words(told.accounts.len()))
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
