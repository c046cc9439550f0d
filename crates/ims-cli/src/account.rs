//! `ims account`: the council's bank accounts.

use clap::{Args, Subcommand};
use ims_app::{
    Books, Permission,
    configuration::{self, NewConfiguration},
};
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals, config, desk::needs, error::bad};

/// The council's bank accounts.
#[derive(Subcommand, Clone, Debug)]
pub enum AccountCommand {
    /// Add a bank account to the configuration, from today on
    #[command(
        after_help = "Example: ims account add --code main --name \"General account\" --sort-code 00-00-00 --number 12345678"
    )]
    Add(AddArgs),
    /// List the bank accounts
    #[command(after_help = "Example: ims account list")]
    List,
}

/// A bank account, in sterling.
#[derive(Args, Clone, Debug)]
pub struct AddArgs {
    /// What the books call it: `main` becomes the account bank:main
    #[arg(long)]
    pub code: String,
    /// Its name
    #[arg(long)]
    pub name: String,
    /// The sort code, with or without dashes
    #[arg(long, default_value = "", hide_default_value = true)]
    pub sort_code: String,
    /// The account number, as statements show it
    #[arg(long, default_value = "", hide_default_value = true)]
    pub number: String,
    /// The international account number
    #[arg(long, default_value = "", hide_default_value = true)]
    pub iban: String,
}

pub(crate) async fn run(
    command: &AccountCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        AccountCommand::Add(args) => add(&books, args, desk).await,
        AccountCommand::List => list(&books).await,
    }
}

async fn list(books: &Books) -> Result<Answer, CliError> {
    needs(books, Permission::SeeIncome, "see the bank accounts")?;
    let council = books.settings().await?.council;
    let accounts: Vec<_> = council
        .bank_account
        .iter()
        .map(|account| {
            json!({
                "code": account.code, "name": account.name, "sort_code": account.sort_code,
                "number": account.number, "iban": account.iban,
            })
        })
        .collect();
    let answer = Answer::of(json!({ "accounts": accounts }));
    if council.bank_account.is_empty() {
        return Ok(answer.say("no bank account is configured; `ims account add` adds one"));
    }
    let rows = council.bank_account.iter().map(|account| {
        [
            account.code.to_string(),
            account.name.clone(),
            account.sort_code.clone(),
            account.number.clone(),
            account.iban.clone(),
        ]
    });
    Ok(answer.table(["code", "name", "sort code", "number", "iban"], rows))
}

async fn add(books: &Books, args: &AddArgs, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    needs(books, Permission::Configure, "change the configuration")?;
    let newest = config::newest(books).await?;
    // The newest document may be meant for a later day; it must not come early.
    if newest.version != books.settings().await?.version {
        return Err(CliError::Refused(
            "another version of the configuration waits for its day: add the account to that file and apply it again"
                .to_owned(),
        ));
    }
    let longer = with_account(&newest.document, args);
    if let Err(error) = configuration::read(&longer) {
        return Err(bad(format!("the account cannot be added: {error}")));
    }
    let new = NewConfiguration {
        document: &longer,
        from: desk.world.today(),
        reason: "a bank account is added",
        after: Some(newest.version),
    };
    let mut answer = config::apply(books, &new, desk).await?;
    answer = answer.say(format!("statements of {} ({}) can be imported now", args.code, args.name));
    Ok(answer)
}

/// The document with one more block at its end; everything above stays as it is.
fn with_account(document: &str, args: &AddArgs) -> String {
    let sort_code: String = args.sort_code.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let iban: String = args.iban.chars().filter(|c| !c.is_whitespace()).collect();
    let fields = [
        ("code", args.code.as_str()),
        ("name", args.name.as_str()),
        ("sort_code", &sort_code),
        ("number", &args.number),
        ("iban", &iban),
    ];
    let mut longer = document.trim_end().to_owned();
    longer.push_str("\n\n[[bank_account]]\n");
    for (key, value) in fields {
        if !value.is_empty() {
            longer.push_str(&format!("{key} = {}\n", toml::Value::String(value.to_owned())));
        }
    }
    longer
}
