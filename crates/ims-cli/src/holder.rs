//! `ims holder`: account holders and what became of them.

use clap::{Args, Subcommand};
use ims_app::{HolderChange, HolderPatch, HolderRow, SearchHolders};
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    desk::{instant, minute},
    error::bad,
};

/// Account holders.
#[derive(Subcommand, Clone, Debug)]
pub enum HolderCommand {
    /// Show one account holder
    #[command(after_help = "Example: ims holder show --fund CT 112233448")]
    Show(AccountArgs),
    /// Add an account holder, or change the fields given of the version given
    #[command(
        after_help = "Example: ims holder put --fund CT 112233448 --version 3 --name \"A Payer\" --why \"married\""
    )]
    Put(PutArgs),
    /// Put an account on stop
    #[command(
        after_help = "Example: ims holder stop --fund CT 112233448 --code BAIL --why \"court order\""
    )]
    Stop {
        /// Which account
        #[command(flatten)]
        account: AccountArgs,
        /// The stop's code, as configured
        #[arg(long)]
        code: String,
        /// Why, for the auditor
        #[arg(long, alias = "reason")]
        why: String,
    },
    /// Take an account off its stop
    #[command(after_help = "Example: ims holder release --fund CT 112233448 --why \"paid up\"")]
    Release {
        /// Which account
        #[command(flatten)]
        account: AccountArgs,
        /// Why, for the auditor
        #[arg(long, alias = "reason")]
        why: String,
    },
    /// Show what was changed of an account holder, the newest first
    #[command(after_help = "Example: ims holder history --fund CT 112233448")]
    History {
        /// Which account
        #[command(flatten)]
        account: AccountArgs,
        /// Only changes before this version
        #[arg(long, value_name = "N")]
        before: Option<i64>,
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
    },
    /// Find account holders by parts of reference, name or postcode
    #[command(after_help = "Example: ims holder find --name payer --postcode \"ZZ1 1ZZ\"")]
    Find(FindArgs),
}

/// One account.
#[derive(Args, Clone, Debug)]
pub struct AccountArgs {
    /// The fund's code
    #[arg(long, value_name = "CODE")]
    pub fund: String,
    /// The account reference
    #[arg(value_name = "REF")]
    pub reference: String,
}

/// What is changed.
#[derive(Args, Clone, Debug)]
pub struct PutArgs {
    /// Which account
    #[command(flatten)]
    pub account: AccountArgs,
    /// The version that is changed, as `show` says; none for a new account holder
    #[arg(long, value_name = "N")]
    pub version: Option<i64>,
    /// Who holds the account
    #[arg(long)]
    pub name: Option<String>,
    /// Their address, with commas between its lines
    #[arg(long)]
    pub address: Option<String>,
    /// What they owe, in pounds
    #[arg(long, value_name = "POUNDS", allow_hyphen_values = true)]
    pub balance: Option<Pence>,
    /// What they pay at a time, in pounds; 0 for whoever pays in no instalments
    #[arg(long, value_name = "POUNDS")]
    pub instalment: Option<Pence>,
    /// Why, for the auditor
    #[arg(long, alias = "reason")]
    pub why: String,
}

/// What account holders are looked for by.
#[derive(Args, Clone, Debug)]
pub struct FindArgs {
    /// A fund's code
    #[arg(long, value_name = "CODE")]
    pub fund: Option<String>,
    /// Part of the reference
    #[arg(long, value_name = "REF")]
    pub reference: Option<String>,
    /// Part of the name
    #[arg(long)]
    pub name: Option<String>,
    /// Part of the postcode; its space does not matter
    #[arg(long)]
    pub postcode: Option<String>,
    /// Only those after this one: fund and reference with a colon between
    #[arg(long, value_name = "FUND:REF")]
    pub after: Option<String>,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
}

pub(crate) async fn run(
    command: &HolderCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        HolderCommand::Show(account) => {
            let reference = account.reference.trim().to_uppercase();
            let absent = || bad(format!("fund {} has no account holder {reference}", account.fund));
            let holder = books.holder(&account.fund, &reference).await?.ok_or_else(absent)?;
            Ok(table(Answer::of(as_json(&holder)), &[holder]))
        }
        HolderCommand::Put(args) => {
            let address = args
                .address
                .as_deref()
                .map(|text| text.split(',').map(str::trim).collect::<Vec<_>>().join("\n"));
            let patch = HolderPatch {
                fund: args.account.fund.clone(),
                reference: args.account.reference.clone(),
                version: args.version,
                name: args.name.clone(),
                address,
                balance: args.balance,
                instalment: args.instalment,
                reason: args.why.clone(),
            };
            let holder = books.put_holder(&patch).await?;
            done(&books, desk, holder).await
        }
        HolderCommand::Stop { account, code, why } => {
            let of = (account.fund.as_str(), account.reference.as_str());
            let holder = books.stop_holder(of, code, why).await?;
            done(&books, desk, holder).await
        }
        HolderCommand::Release { account, why } => {
            let of = (account.fund.as_str(), account.reference.as_str());
            let holder = books.release_holder(of, why).await?;
            done(&books, desk, holder).await
        }
        HolderCommand::History { account, before, limit } => {
            let of = (account.fund.as_str(), account.reference.as_str());
            let changes = books.holder_history(of, *before, *limit).await?;
            Ok(history(&changes))
        }
        HolderCommand::Find(args) => find(args, &books).await,
    }
}

async fn done(
    books: &ims_app::Books,
    desk: &mut Desk<'_>,
    holder: HolderRow,
) -> Result<Answer, CliError> {
    let sealed = desk.seal(books).await;
    Ok(table(Answer::of(as_json(&holder)), &[holder]).exit(sealed))
}

async fn find(args: &FindArgs, books: &ims_app::Books) -> Result<Answer, CliError> {
    let search = SearchHolders {
        fund: args.fund.clone(),
        reference: args.reference.clone(),
        name: args.name.clone(),
        postcode: args.postcode.clone(),
    };
    let no_pair = || bad("--after is a fund and a reference: CT:112233448");
    let after = args.after.as_deref();
    let after = after.map(|text| text.split_once(':').ok_or_else(no_pair)).transpose()?;
    let found = books.find_holders(&search, after, args.limit).await?;
    let answer = Answer::of(json!({ "holders": found.iter().map(as_json).collect::<Vec<_>>() }));
    Ok(if found.is_empty() {
        answer.say("no account holder was found")
    } else {
        table(answer, &found)
    })
}

fn table(answer: Answer, holders: &[HolderRow]) -> Answer {
    let rows = holders.iter().map(|row| {
        [
            row.fund.clone(),
            row.reference.clone(),
            row.name.clone(),
            row.address.replace('\n', ", "),
            row.balance.map(|balance| balance.to_string()).unwrap_or_default(),
            row.instalment.map(|instalment| instalment.to_string()).unwrap_or_default(),
            row.stop.clone().unwrap_or_default(),
            row.version.to_string(),
        ]
    });
    let columns =
        ["fund", "reference", "name", "address", ">balance", ">instalment", "stop", ">version"];
    answer.table(columns, rows)
}

fn history(changes: &[HolderChange]) -> Answer {
    let documents: Vec<_> = changes
        .iter()
        .map(|change| {
            let row = &change.row;
            json!({
                "version": row.version, "deed": row.deed, "fields": row.fields, "by": row.by,
                "at": instant(row.at), "import": row.import, "why": row.reason,
                "before": change.before, "after": change.after,
            })
        })
        .collect();
    let answer = Answer::of(json!({ "changes": documents }));
    if changes.is_empty() {
        return answer.say("nothing is known of it");
    }
    let rows = changes.iter().map(|change| {
        let row = &change.row;
        [
            row.version.to_string(),
            row.deed.clone(),
            row.fields.clone(),
            row.by.clone(),
            minute(row.at),
            row.reason.clone(),
        ]
    });
    answer.table([">version", "deed", "fields", "who", "when", "why"], rows)
}

fn as_json(row: &HolderRow) -> Value {
    let mut told = json!({
        "fund": row.fund, "reference": row.reference, "name": row.name, "address": row.address,
        "balance_pence": row.balance, "stop": row.stop, "version": row.version,
    });
    if let (Some(instalment), Some(told)) = (row.instalment, told.as_object_mut()) {
        told.insert("instalment_pence".to_owned(), json!(instalment));
    }
    told
}
