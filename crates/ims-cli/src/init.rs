//! `ims init`: a council, in a new or existing database.

use std::path::PathBuf;

use clap::Args;
use ims_app::{Actor, configuration};
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals, error::bad, source};

/// A council, with sound defaults or a configuration of its own.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Examples: ims init --name \"Anyborough Council\" --code anyborough\n          \
                  ims --data postgres://ims@db/ims init --from anyborough.toml"
)]
pub struct InitArgs {
    /// Its name in full
    #[arg(long, required_unless_present = "from", conflicts_with = "from")]
    pub name: Option<String>,
    /// Its code: letters, digits, `-`, `_` or `.`
    #[arg(long, required_unless_present = "from", conflicts_with = "from")]
    pub code: Option<String>,
    /// Its whole configuration, as `ims config export` writes it
    #[arg(long, value_name = "FILE.toml")]
    pub from: Option<PathBuf>,
}

pub(crate) async fn run(
    args: &InitArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    if globals.user.is_some() {
        return Err(bad("a new council has no users yet: leave --as and IMS_USER out"));
    }
    let document = match (&args.from, &args.code, &args.name) {
        (Some(path), _, _) => source::document(path, desk.input)?,
        (None, Some(code), Some(name)) => configuration::defaults(code, name)?,
        (None, _, _) => return Err(bad("a new council needs --name and --code, or --from")),
    };
    // Nothing is made for a configuration that cannot be used.
    configuration::read(&document)?;
    let app = desk.app_or_new(globals).await?;
    let books = app.init(&document, Actor::system("cli").with_origin("cli")).await?;
    let sealed = desk.seal(&books).await;
    let council = books.council();
    let answer = json!({
        "council": { "code": council.code, "name": council.name },
        "engine": app.store().engine(), "configuration": 1,
    });
    let words = format!("{} ({}) is ready", council.name, council.code);
    let next = "next: `ims config export --out council.toml`, fill in funds and bank accounts, \
                `ims config apply council.toml`";
    Ok(Answer::of(answer).say(words).say(next).exit(sealed))
}
