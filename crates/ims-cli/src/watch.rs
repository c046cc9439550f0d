//! `ims watch`: takes in what arrives in a folder.

mod folder;

use std::{path::PathBuf, time::Duration};

use clap::Args;
use ims_app::{Books, NewFile, Permission};
use ims_files::FILE_BYTES_MAX;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::{counted, plain},
    desk::needs,
    import::Outcome,
    source,
};

use folder::{Folder, Found};

/// Takes in what arrives in a folder, once it has stopped growing.
#[derive(Args, Clone, Debug)]
#[command(
    after_help = "What is taken in moves to DIR/done, what cannot be to DIR/refused with its reason beside it in .why.txt. Hidden files and .part, .tmp, .filepart and .crdownload are left alone; let senders write under such a name and rename when done.\n\nExample: ims watch /srv/ims/in --interval 10"
)]
pub struct WatchArgs {
    /// The folder
    pub dir: PathBuf,
    /// Look twice, take in what has not changed in between, and end
    #[arg(long)]
    pub once: bool,
    /// How long between two looks: a file that changes in that time is still arriving
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub interval: u64,
    /// The largest file that is read
    #[arg(long, value_name = "BYTES", default_value_t = FILE_BYTES_MAX)]
    pub max_bytes: u64,
}

/// What became of one file that arrived.
struct Arrived {
    outcome: Outcome,
    moved_to: Option<PathBuf>,
}

pub(crate) async fn run(
    args: &WatchArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    needs(&books, Permission::Import, "import files")?;
    let mut folder = Folder::open(&args.dir)?;
    folder.look()?;
    loop {
        tokio::time::sleep(Duration::from_secs(args.interval)).await;
        let settled = folder.look()?;
        if args.once {
            let arrived = take_all(&books, args, &settled, desk).await?;
            let sealed = desk.seal(&books).await;
            return Ok(answer(&arrived, folder.growing(), sealed));
        }
        match take_all(&books, args, &settled, desk).await {
            Ok(arrived) => {
                report(&arrived, globals, desk)?;
                if !arrived.is_empty() {
                    desk.seal(&books).await;
                }
            }
            // The files are still there; the next look tries them again.
            Err(error) if error.exit() == Exit::Unreachable => desk.complain(&error.sentence()),
            Err(error) => return Err(error),
        }
    }
}

async fn take_all(
    books: &Books,
    args: &WatchArgs,
    settled: &[Found],
    desk: &mut Desk<'_>,
) -> Result<Vec<Arrived>, CliError> {
    let mut arrived = Vec::new();
    for found in settled {
        if let Some(one) = take(books, args, found, desk).await? {
            arrived.push(one);
        }
    }
    Ok(arrived)
}

/// Takes one file in and puts it away. A file that was taken in but not put
/// away, because the program was stopped in between, is only put away the next
/// time: the same content again changes nothing.
async fn take(
    books: &Books,
    args: &WatchArgs,
    found: &Found,
    desk: &mut Desk<'_>,
) -> Result<Option<Arrived>, CliError> {
    let shown = found.path.display().to_string();
    let outcome = match source::bytes(&found.path, args.max_bytes, desk.input) {
        Err(_) if !found.path.exists() => return Ok(None),
        Err(error) => Outcome::failed(shown, &error),
        // It grew after all while it was read: the next look decides.
        Ok(_) if !found.is_unchanged() => return Ok(None),
        Ok(bytes) => {
            let name = source::name(&found.path);
            let file =
                NewFile { name: &name, bytes: &bytes, format: None, accept: None, dry_run: false };
            match books.import_file(file).await.map_err(CliError::from) {
                Ok(imported) => Outcome::came(shown, imported),
                Err(error) if error.exit() == Exit::Unreachable => return Err(error),
                Err(error) => Outcome::failed(shown, &error),
            }
        }
    };
    if let Some(sentence) = outcome.complaint() {
        desk.complain(sentence);
    }
    let moved_to = match outcome.refusal() {
        Some(why) => folder::put_away(&args.dir, "refused", &found.path, Some(&why))?,
        None => folder::put_away(&args.dir, "done", &found.path, None)?,
    };
    Ok(Some(Arrived { outcome, moved_to }))
}

fn exit(arrived: &[Arrived]) -> Exit {
    let has_more = |arrived: &Arrived| arrived.outcome.exit() != Exit::Done;
    if arrived.iter().any(has_more) { Exit::SeeTo } else { Exit::Done }
}

fn document(arrived: &Arrived) -> Value {
    let mut document = arrived.outcome.json(false);
    if let Some(fields) = document.as_object_mut() {
        let moved = arrived.moved_to.as_ref().map(|path| path.display().to_string());
        fields.insert("moved_to".to_owned(), json!(moved));
    }
    document
}

fn answer(arrived: &[Arrived], growing: usize, sealed: Exit) -> Answer {
    let documents: Vec<_> = arrived.iter().map(document).collect();
    let count = counted(arrived.len(), "file", "files");
    let mut answer = Answer::of(json!({ "files": documents, "growing": growing }));
    for line in arrived.iter().flat_map(lines) {
        answer = answer.say(line);
    }
    if growing > 0 {
        answer = answer.say(format!("{growing} still arriving, left for the next time"));
    }
    answer.say(format!("{count} looked at")).exit(exit(arrived).max(sealed))
}

/// While it goes on: a line a file, or a document a line.
fn report(arrived: &[Arrived], globals: &Globals, desk: &mut Desk<'_>) -> Result<(), CliError> {
    for one in arrived {
        if globals.json {
            writeln!(desk.out, "{}", document(one))?;
        } else {
            for line in lines(one) {
                writeln!(desk.out, "{}", plain(&line))?;
            }
        }
    }
    desk.out.flush()?;
    Ok(())
}

fn lines(arrived: &Arrived) -> Vec<String> {
    let mut lines = arrived.outcome.lines(false);
    if arrived.outcome.complaint().is_some() {
        lines.push(format!("{}: not imported", arrived.outcome.path()));
    }
    if let Some(path) = &arrived.moved_to {
        lines.push(format!("  moved to {}", path.display()));
    }
    lines
}
