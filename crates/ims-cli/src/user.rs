//! `ims user`: the people of a council.

mod password;
mod scope;

use clap::{Args, Subcommand};
use ims_app::{Books, NewPassword, NewPerson, Standing};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    desk::{instant, minute},
    error::bad,
};

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
    /// Let a person in again who was barred, expired or locked out
    #[command(after_help = "Example: ims user enable ann@anyborough.gov.uk")]
    Enable {
        /// What they sign in with
        username: String,
    },
    /// Give a person a role
    #[command(after_help = "Example: ims user grant ann@anyborough.gov.uk auditor")]
    Grant {
        /// What they sign in with
        username: String,
        /// The role, as `ims role list` shows it
        role: String,
    },
    /// Take a role from a person
    #[command(after_help = "Example: ims user revoke ann@anyborough.gov.uk auditor")]
    Revoke {
        /// What they sign in with
        username: String,
        /// The role
        role: String,
    },
    /// What a person works for: funds, groups of funds, offices, methods, templates
    #[command(
        after_help = "Example: ims user scope ann@anyborough.gov.uk --add fund-group:parking"
    )]
    Scope(scope::ScopeArgs),
    /// How much people may approve at once
    #[command(after_help = "Example: ims user limits ann@anyborough.gov.uk")]
    Limits {
        /// What they sign in with; left out, everybody
        username: Option<String>,
    },
    /// Who has what, and when they last signed in: for going through once a year
    #[command(after_help = "Example: ims user recertify --json")]
    Recertify,
    /// Give a person a new password, which they must change when they next sign in
    #[command(
        after_help = "Example: ims user reset ann@anyborough.gov.uk --password-stdin < new.txt"
    )]
    Reset {
        /// What they sign in with
        username: String,
        /// Read the password from the first line of standard input, not from the terminal
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change one's own password
    #[command(after_help = "Example: ims user password ann@anyborough.gov.uk")]
    Password {
        /// What one signs in with
        username: String,
        /// Read the old and the new password from two lines of standard input, not from the
        /// terminal
        #[arg(long)]
        password_stdin: bool,
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
    /// What they may do, as `ims role list` shows it; several may be given
    #[arg(long = "role", value_name = "ROLE", required = true)]
    pub roles: Vec<String>,
    /// Read the password from the first line of standard input, not from the terminal
    #[arg(long)]
    pub password_stdin: bool,
}

pub(crate) async fn run(
    command: &UserCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        UserCommand::Add(args) => add(args, &books, desk).await,
        UserCommand::List => list(&books).await,
        UserCommand::Disable { username } => {
            books.disable_person(username).await?;
            let words = format!("{username} may not sign in any more");
            done(&books, desk, json!({ "username": username }), words).await
        }
        UserCommand::Enable { username } => {
            books.enable_person(username).await?;
            let words = format!("{username} may sign in again");
            done(&books, desk, json!({ "username": username }), words).await
        }
        UserCommand::Grant { username, role } => {
            books.grant_role(username, role).await?;
            let words = format!("{username} is now {role}");
            done(&books, desk, json!({ "username": username, "role": role }), words).await
        }
        UserCommand::Revoke { username, role } => {
            books.revoke_role(username, role).await?;
            let words = format!("{username} is not {role} any more");
            done(&books, desk, json!({ "username": username, "role": role }), words).await
        }
        UserCommand::Scope(args) => scope::run(args, &books, desk).await,
        UserCommand::Limits { username } => limits(username.as_deref(), &books).await,
        UserCommand::Recertify => recertify(&books).await,
        UserCommand::Reset { username, password_stdin } => {
            let [new] = password::ask([password::NEW], *password_stdin, desk)?;
            books.reset_password(username, &new).await?;
            let words = format!("{username} must change this password when they next sign in");
            done(&books, desk, json!({ "username": username }), words).await
        }
        UserCommand::Password { username, password_stdin } => {
            let [old, new] = password::ask([password::OLD, password::NEW], *password_stdin, desk)?;
            let (username, origin) = (username.as_str(), books.actor().origin());
            let change = NewPassword { username, old: &old, new: &new, token: None, origin };
            books.app().change_password(&change).await?;
            let words = format!("{username} has a new password");
            done(&books, desk, json!({ "username": username }), words).await
        }
    }
}

/// What was done, sealed.
async fn done(
    books: &Books,
    desk: &mut Desk<'_>,
    document: Value,
    words: String,
) -> Result<Answer, CliError> {
    let sealed = desk.seal(books).await;
    Ok(Answer::of(document).say(words).exit(sealed))
}

async fn add(args: &AddArgs, books: &Books, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let [password] = password::ask([password::NEW], args.password_stdin, desk)?;
    let new = NewPerson {
        username: &args.username,
        name: &args.name,
        password: &password,
        roles: &args.roles,
        demo: false,
    };
    books.add_person(&new).await?;
    let words = format!("{} may now sign in as {}", args.username, args.roles.join(", "));
    let document = json!({ "username": args.username.to_lowercase(), "roles": args.roles });
    done(books, desk, document, words).await
}

async fn list(books: &Books) -> Result<Answer, CliError> {
    let people = books.people().await?;
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

/// Those of `username`, or of everybody.
async fn standings(username: Option<&str>, books: &Books) -> Result<Vec<Standing>, CliError> {
    let mut all = books.recertification().await?;
    if let Some(username) = username {
        let username = username.to_lowercase();
        all.retain(|one| one.username == username);
        if all.is_empty() {
            return Err(bad(format!("there is no user `{username}`")));
        }
    }
    Ok(all)
}

async fn limits(username: Option<&str>, books: &Books) -> Result<Answer, CliError> {
    let all = standings(username, books).await?;
    let documents: Vec<_> = all
        .iter()
        .map(|one| json!({ "username": one.username, "approve_up_to_pence": one.limits }))
        .collect();
    let answer = Answer::of(json!({ "people": documents }));
    let limited: Vec<_> = all.iter().filter(|one| !one.limits.is_empty()).collect();
    if limited.is_empty() {
        return Ok(answer.say("no role limits what they may approve"));
    }
    let rows = limited.iter().flat_map(|one| {
        let row = |(kind, most): (&String, &ims_money::Pence)| {
            [one.username.clone(), kind.clone(), most.to_string()]
        };
        one.limits.iter().map(row)
    });
    Ok(answer.table(["user", "approves", ">up to"], rows))
}

async fn recertify(books: &Books) -> Result<Answer, CliError> {
    let all = books.recertification().await?;
    let documents: Vec<_> = all.iter().map(as_json).collect();
    let answer = Answer::of(json!({ "people": documents }));
    if all.is_empty() {
        return Ok(answer.say("nobody can sign in yet; `ims user add` adds somebody"));
    }
    let rows = all.iter().map(|one| {
        let roles: Vec<_> = one.roles.iter().map(|grant| grant.role.as_str()).collect();
        let mut remarks = one.remarks.clone();
        if one.disabled {
            remarks.insert(0, "disabled".to_owned());
        }
        [
            one.username.clone(),
            one.name.clone(),
            roles.join(", "),
            scope::in_words(&one.scopes),
            one.last_sign_in_at.map(minute).unwrap_or_default(),
            remarks.join("; "),
        ]
    });
    Ok(answer.table(["user", "name", "roles", "works for", "last signed in", "look at"], rows))
}

fn as_json(one: &Standing) -> Value {
    let roles: Vec<_> = one
        .roles
        .iter()
        .map(|grant| json!({ "role": grant.role, "by": grant.by, "at": instant(grant.at) }))
        .collect();
    let permissions: Vec<_> = one.permissions.iter().map(|it| it.name()).collect();
    json!({
        "username": one.username, "name": one.name, "disabled": one.disabled,
        "last_sign_in_at": one.last_sign_in_at.map(instant), "roles": roles,
        "permissions": permissions, "scopes": scope::as_json(&one.scopes),
        "approve_up_to_pence": one.limits, "remarks": one.remarks,
    })
}
