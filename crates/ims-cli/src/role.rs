//! `ims role`: what roles there are, and what they allow.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ims_app::{
    Books, LOCALGOV_IMS, Permission, RoleView,
    configuration::{self, NewConfiguration},
};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Globals,
    config::{apply, newest},
    desk::needs,
    error::bad,
};

/// The roles of a council.
#[derive(Subcommand, Clone, Debug)]
pub enum RoleCommand {
    /// List the roles, the council's own first, and every permission there is
    #[command(after_help = "Example: ims role list")]
    List,
    /// Show what a role allows and how much it may approve
    #[command(after_help = "Example: ims role show cashier")]
    Show {
        /// Its name
        name: String,
    },
}

/// Roles that come with this program.
#[derive(Args, Clone, Debug)]
pub struct PresetArgs {
    /// Which: localgov-ims, the roles of LocalGov IMS by their stored names
    #[arg(long, value_name = "NAME", value_parser = ["localgov-ims"])]
    pub preset: String,
    /// Put those the council does not have yet into its configuration
    #[arg(long)]
    pub apply: bool,
    /// The first day they are in force [default: today]
    #[arg(long, value_name = "DATE", value_parser = crate::args::day, requires = "apply")]
    pub from: Option<NaiveDate>,
}

pub(crate) async fn run(
    command: &RoleCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let roles = desk.books(globals).await?.roles().await?;
    match command {
        RoleCommand::List => Ok(list(&roles)),
        RoleCommand::Show { name } => {
            let names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
            let absent =
                || bad(format!("there is no role `{name}`; there are {}", names.join(", ")));
            roles.iter().find(|role| role.name == *name).map(show).ok_or_else(absent)
        }
    }
}

fn list(roles: &[RoleView]) -> Answer {
    let known = |it: &Permission| json!({ "name": it.name(), "allows": it.in_words() });
    let permissions: Vec<_> = Permission::ALL.iter().map(known).collect();
    let documents: Vec<_> = roles.iter().map(as_json).collect();
    let rows = roles.iter().map(|role| {
        let whose = if role.is_configured { "the council's" } else { "built in" };
        let names: Vec<_> = role.permissions.iter().map(|it| it.name()).collect();
        [role.name.clone(), role.title.clone(), whose.to_owned(), names.join(" ")]
    });
    Answer::of(json!({ "roles": documents, "permissions": permissions }))
        .table(["role", "title", "", "allows"], rows)
}

fn show(role: &RoleView) -> Answer {
    let rows = role.permissions.iter().map(|it| [it.name().to_owned(), it.in_words().to_owned()]);
    let mut answer = Answer::of(as_json(role))
        .say(format!("{}: {}", role.name, role.title))
        .table(["permission", "may"], rows);
    for (kind, most) in &role.limits {
        answer = answer.say(format!("approves a {kind} of up to {most}"));
    }
    answer
}

fn as_json(role: &RoleView) -> Value {
    let permissions: Vec<_> = role.permissions.iter().map(|it| it.name()).collect();
    json!({
        "name": role.name, "title": role.title, "configured": role.is_configured,
        "permissions": permissions, "approve_up_to_pence": role.limits,
    })
}

/// Prints a preset, or puts it into the council's configuration.
pub(crate) async fn preset(
    args: &PresetArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    if !args.apply {
        return Ok(Answer::of(json!({ "document": LOCALGOV_IMS })).text(LOCALGOV_IMS));
    }
    needs(books, Permission::Configure, "change the configuration")?;
    let newest = newest(books).await?;
    let document = newest.document;
    let known = configuration::read(&document)?.role;
    let is_new =
        |role: &&str| !known.iter().any(|own| role.contains(&name_line(own.name.as_str())));
    let preset: Vec<&str> = LOCALGOV_IMS.split("[[role]]").skip(1).collect();
    let new: Vec<&str> = preset.into_iter().filter(is_new).collect();
    if new.is_empty() {
        return Ok(Answer::of(json!({ "added": 0 })).say("the council has all of these roles"));
    }
    let added: String =
        new.iter().map(|role| format!("\n[[role]]{}", without_words(role))).collect();
    let document = format!("{}\n{added}", document.trim_end());
    let reason = format!("{} roles of the preset", new.len());
    let new = NewConfiguration {
        document: &document,
        from: args.from.unwrap_or_else(|| desk.world.today()),
        reason: &reason,
        after: Some(newest.version),
    };
    apply(books, &new, desk).await
}

fn name_line(name: &str) -> String {
    format!("name = \"{name}\"\n")
}

/// Without the comment that belongs to the role after it.
fn without_words(role: &str) -> String {
    let lines = role.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    format!("\n{}\n", lines.collect::<Vec<_>>().join("\n"))
}
