//! `ims user`: the people of a council.

use std::io::{BufRead as _, IsTerminal as _, Read as _};

use clap::{Args, Subcommand};
use ims_app::{NewPerson, PASSWORD_LENGTH_MIN, Role};
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals, error::bad};

/// The longest password that is read, in bytes.
const PASSWORD_BYTES_MAX: u64 = 1_000;

/// The people of a council.
#[derive(Subcommand, Clone, Debug)]
pub enum UserCommand {
    /// Add a person, or give one of another council roles in this one
    #[command(
        after_help = "Example: ims user add ann@anyborough.gov.uk --name \"Ann Other\" --role income-officer"
    )]
    Add(AddArgs),
    /// List the people and their roles
    #[command(after_help = "Example: ims user list")]
    List,
    /// Bar a person from signing in, and end their sessions
    #[command(after_help = "Example: ims user disable ann@anyborough.gov.uk")]
    Disable {
        /// What they sign in with
        username: String,
    },
}

/// Somebody to be added.
#[derive(Args, Clone, Debug)]
pub struct AddArgs {
    /// What they sign in with, an e-mail address as a rule
    pub username: String,
    /// Their name
    #[arg(long)]
    pub name: String,
    /// What they may do: income-officer, cashier, service-staff, auditor, administrator; several may be given
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role)]
    pub roles: Vec<Role>,
    /// Read the password from the first line of standard input, not from the terminal
    #[arg(long)]
    pub password_stdin: bool,
}

fn role(name: &str) -> Result<Role, String> {
    Role::named(name).ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.name()).collect();
        format!("there are the roles {}", names.join(", "))
    })
}

pub(crate) async fn run(
    command: &UserCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        UserCommand::Add(args) => add(args, globals, desk).await,
        UserCommand::List => list(globals, desk).await,
        UserCommand::Disable { username } => disable(username, globals, desk).await,
    }
}

async fn add(args: &AddArgs, globals: &Globals, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let password = password(args, desk)?;
    let new = NewPerson {
        username: &args.username,
        name: &args.name,
        password: &password,
        roles: &args.roles,
        demo: false,
    };
    books.add_person(&new).await?;
    let sealed = desk.seal(&books).await;
    let roles: Vec<_> = args.roles.iter().map(|role| role.name()).collect();
    let words = format!("{} may now sign in as {}", args.username, roles.join(", "));
    let document = json!({ "username": args.username.to_lowercase(), "roles": roles });
    Ok(Answer::of(document).say(words).exit(sealed))
}

fn password(args: &AddArgs, desk: &mut Desk<'_>) -> Result<String, CliError> {
    if args.password_stdin {
        let mut line = Vec::new();
        (&mut *desk.input).take(PASSWORD_BYTES_MAX).read_until(b'\n', &mut line)?;
        let line = String::from_utf8(line).map_err(|_| bad("the password is not UTF-8 text"))?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !std::io::stdin().is_terminal() || !desk.is_watched {
        return Err(bad(
            "there is no terminal to ask for the password: give it with --password-stdin",
        ));
    }
    let ask = |what: &str| {
        let terminal = console::Term::stderr();
        terminal.write_str(what)?;
        terminal.read_secure_line()
    };
    let first = ask(&format!("password, {PASSWORD_LENGTH_MIN} characters or more: "))?;
    let again = ask("the same again: ")?;
    if first == again { Ok(first) } else { Err(bad("the two passwords differ; nobody was added")) }
}

async fn list(globals: &Globals, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let people = desk.books(globals).await?.people().await?;
    let documents: Vec<_> = people
        .iter()
        .map(|person| {
            json!({
                "username": person.username, "name": person.name, "roles": person.roles,
                "disabled": person.disabled,
            })
        })
        .collect();
    let answer = Answer::of(json!({ "people": documents }));
    if people.is_empty() {
        return Ok(answer.say("nobody can sign in yet; `ims user add` adds somebody"));
    }
    let rows = people.iter().map(|person| {
        let state = if person.disabled { "disabled" } else { "" };
        [person.username.clone(), person.name.clone(), person.roles.join(", "), state.to_owned()]
    });
    Ok(answer.table(["user", "name", "roles", ""], rows))
}

async fn disable(
    username: &str,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    books.disable_person(username).await?;
    let sealed = desk.seal(&books).await;
    let words = format!("{username} may not sign in any more");
    Ok(Answer::of(json!({ "username": username })).say(words).exit(sealed))
}
