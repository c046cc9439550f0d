//! From arguments to an exit code, without a process.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _, error::ErrorKind, parser::ValueSource};

use crate::{
    Answer, Cli, CliError, Command, Desk, Exit, FileCommand, Globals, account, agreement, approval,
    audit, backup, bank, columns, config, control, day, demo, difference, dispute, ereturn,
    error::{bad, one_line},
    export, holder, import, init, inspect, jobs, layout, link, match_files, opening, payment,
    period, receipt, reconcile, reference, refund, returned, role, suspense, till, transfer, user,
    verify, watch,
};

/// Does what `args` say, the program's name first: prints the answer to the
/// desk's `out`, one sentence an error to its `err`, and gives how it ended.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use ims_cli::{Desk, Exit};
///
/// let (mut out, mut err) = (Vec::new(), Vec::new());
/// let mut desk = Desk {
///     world: ims_edge::world(),
///     input: &mut std::io::empty(),
///     out: &mut out,
///     err: &mut err,
///     is_watched: false,
/// };
/// assert_eq!(ims_cli::run(["ims", "file", "formats"], &mut desk).await, Exit::Done);
/// assert!(String::from_utf8_lossy(&out).contains("mt940"));
/// # }
/// ```
pub async fn run<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
    desk: &mut Desk<'_>,
) -> Exit {
    let cli = match parsed(args) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, desk),
    };
    let globals = cli.globals.clone();
    let done = match Box::pin(dispatch(cli, desk)).await {
        Ok(answer) => {
            let ended = answer.ended();
            answer.print(globals.json, desk.out).map(|()| ended).map_err(CliError::Print)
        }
        Err(error) => {
            desk.note_denied(&globals, &error).await;
            Err(error)
        }
    };
    let flushed = desk.out.flush();
    match done.and_then(|exit| flushed.map(|()| exit).map_err(CliError::Print)) {
        Ok(exit) => exit,
        Err(error) => {
            desk.complain(&error.sentence());
            if globals.json && !matches!(error, CliError::Print(_)) {
                let document = serde_json::json!({ "error": error.sentence() });
                let _ = Answer::of(document).print(true, desk.out);
            }
            error.exit()
        }
    }
}

fn parsed<A: Into<OsString> + Clone>(
    args: impl IntoIterator<Item = A>,
) -> Result<Cli, clap::Error> {
    let matches = Cli::command().try_get_matches_from(args)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    cli.globals.data_is_given = matches.value_source("data") == Some(ValueSource::CommandLine);
    Ok(cli)
}

/// Help goes to `out`; a wrong argument is one sentence.
fn refused(error: &clap::Error, desk: &mut Desk<'_>) -> Exit {
    let text = error.to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = desk.out.write_all(text.as_bytes());
            let _ = desk.out.flush();
            Exit::Done
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = desk.err.write_all(text.as_bytes());
            Exit::Unusable
        }
        _ => {
            let ends = ["\n\nUsage:", "\n\nFor more information"];
            let end = ends.iter().filter_map(|end| text.find(end)).min().unwrap_or(text.len());
            let sentence = text.get(..end).unwrap_or(&text);
            let sentence = one_line(sentence.trim_start_matches("error: "));
            desk.complain(&format!("{sentence}; --help says more"));
            Exit::Unusable
        }
    }
}

async fn dispatch(cli: Cli, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let globals = &cli.globals;
    match cli.command {
        Command::Demo(args) => {
            demo_alone(globals)?;
            let bar = desk.progress(globals, 0);
            let tell = |words: &str| bar.set_message(words.to_owned());
            let code = demo::run(&args, globals.json, desk.out, &tell).await;
            bar.finish_and_clear();
            Ok(Answer::printed(if code? == 0 { Exit::Done } else { Exit::SeeTo }))
        }
        Command::Init(args) => init::run(&args, globals, desk).await,
        Command::Config(command) => config::run(&command, globals, desk).await,
        Command::Account(command) => account::run(&command, globals, desk).await,
        Command::Opening(args) => opening::run(&args, globals, desk).await,
        Command::User(command) => user::run(&command, globals, desk).await,
        Command::Role(command) => role::run(&command, globals, desk).await,
        Command::Import(args) => import::run(&args, globals, desk).await,
        Command::Watch(args) => watch::run(&args, globals, desk).await,
        Command::Reconcile(command) => reconcile::run(&command, globals, desk).await,
        Command::Suspense(command) => suspense::run(&command, globals, desk).await,
        Command::Transfer(command) => transfer::run(&command, globals, desk).await,
        Command::Difference(command) => difference::run(&command, globals, desk).await,
        Command::Approval(command) => approval::run(&command, globals, desk).await,
        Command::Receipt(command) => receipt::run(&command, globals, desk).await,
        Command::Payment(command) => payment::run(&command, globals, desk).await,
        Command::Link(command) => link::run(&command, globals, desk).await,
        Command::Agreement(command) => agreement::run(&command, globals, desk).await,
        Command::Refund(command) => refund::run(&command, globals, desk).await,
        Command::Dispute(command) => dispute::run(&command, globals, desk).await,
        Command::Return(command) => returned::run(&command, globals, desk).await,
        Command::Holder(command) => holder::run(&command, globals, desk).await,
        Command::EReturn(command) => ereturn::run(&command, globals, desk).await,
        Command::Till(command) => till::run(&command, globals, desk).await,
        Command::Reference(command) => reference::run(&command, globals, desk).await,
        Command::Export(command) => export::run(&command, globals, desk).await,
        Command::Control(args) => control::run(&args, globals, desk).await,
        Command::Period(command) => period::run(&command, globals, desk).await,
        Command::Day(command) => day::run(&command, globals, desk).await,
        Command::Verify(args) => verify::run(&args, globals, desk).await,
        Command::Backup(args) => backup::backup(&args, globals, desk).await,
        Command::Restore(args) => backup::restore(&args, globals, desk).await,
        Command::Jobs(command) => jobs::run(&command, globals, desk).await,
        Command::Audit(command) => audit::run(&command, globals, desk).await,
        Command::Bank(command) => bank::run(&command, desk),
        Command::File(command) => Ok(Answer::printed(file(&command, globals, desk)?)),
        Command::Match(args) => {
            match_files::run(&args, globals.json, desk.out)?;
            Ok(Answer::printed(Exit::Done))
        }
    }
}

fn file(command: &FileCommand, globals: &Globals, desk: &mut Desk<'_>) -> Result<Exit, CliError> {
    match command {
        FileCommand::Formats => {
            inspect::formats(globals.json, desk.out)?;
            Ok(Exit::Done)
        }
        FileCommand::Inspect(args) => {
            let code = inspect::run(args, globals.json, desk.out)?;
            Ok(inspect::exit(code))
        }
        FileCommand::Columns(args) => Ok(columns::run(args, globals.json, desk.out)?),
        FileCommand::Layout(command) => Ok(layout::run(command, globals.json, desk.out)?),
    }
}

/// The demo's database lies in its own folder.
fn demo_alone(globals: &Globals) -> Result<(), CliError> {
    if globals.data_is_given {
        return Err(bad(
            "the demo makes its own database in its folder: leave --data out, or name the folder with --dir",
        ));
    }
    Ok(())
}
