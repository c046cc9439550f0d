//! `ims demo`: a made-up council lives one real-looking day, through the same
//! code as production.

mod live;
mod show;
mod world;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;
use ims_app::{Actor, App, AppError};
use ims_store::{Store, StoreError};
use ims_synthetic::{Borough, Day};
use thiserror::Error;

pub use live::{Cleared, FaultSeen, FileIn, Lived, NOWHERE, live};

/// Live one day of a made-up council and show it on one screen.
#[derive(Args, Clone, Debug)]
pub struct DemoArgs {
    /// The folder for the database and the files.
    #[arg(long, value_name = "DIR", default_value = "./ims-demo")]
    pub dir: PathBuf,
    /// How many receipt rows the day has, from 50 to 1000000.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    pub rows: usize,
    /// Which made-up council and day: the same number gives the same day.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Start again: what is in the folder is replaced.
    #[arg(long)]
    pub fresh: bool,
}

/// Why there is no demo.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The number of rows is out of bounds.
    #[error("--rows takes {min} to {max}, not {0}", min = ims_synthetic::ROWS_MIN, max = ims_synthetic::ROWS_MAX)]
    Rows(usize),
    /// The folder cannot be written.
    #[error("{}: {why}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// What stands in the way, in words.
        why: String,
    },
    /// The app says no.
    #[error(transparent)]
    App(#[from] AppError),
    /// What is printed cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
}

impl DemoError {
    /// The exit code of the command line.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Rows(_) => 2,
            Self::App(error) if error.is_bad_input() => 2,
            Self::App(error) if error.is_refusal() => 3,
            Self::Folder { .. } | Self::App(_) | Self::Output(_) => 4,
        }
    }
}

impl From<StoreError> for DemoError {
    fn from(error: StoreError) -> Self {
        Self::App(error.into())
    }
}

fn in_words(path: &Path) -> impl Fn(io::Error) -> DemoError + '_ {
    |error| {
        let why = match error.kind() {
            io::ErrorKind::StorageFull => "the disk is full".to_owned(),
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                "the folder cannot be written; name another with --dir".to_owned()
            }
            _ => error.to_string(),
        };
        DemoError::Folder { path: path.to_owned(), why }
    }
}

/// Lives the day, or verifies what is there. Gives the exit code: 0, or 1 when
/// a check does not hold.
///
/// # Errors
///
/// [`DemoError`], one sentence.
pub async fn run(
    args: &DemoArgs,
    json: bool,
    out: &mut dyn io::Write,
    tell: &(dyn Fn(&str) + Send + Sync),
) -> Result<u8, DemoError> {
    if !(ims_synthetic::ROWS_MIN..=ims_synthetic::ROWS_MAX).contains(&args.rows) {
        return Err(DemoError::Rows(args.rows));
    }
    let database = args.dir.join("ims.db");
    if database.exists() && !args.fresh {
        return verify_what_is_there(args, &database, json, out).await;
    }
    clear(&args.dir)?;
    tell("making the council and its files");
    let mut borough = Borough::new(args.seed, args.rows);
    let day = borough.day(borough.first_day());
    write_in(&args.dir.join("in"), &day)?;
    let store = open(&database).await?;
    let app = App::new(store, world::world(day.date, args.seed));
    let lived = live(&app, &borough, day, tell).await?;
    write_out(&args.dir.join("out"), &lived)?;
    app.store().close().await;
    if json {
        show::json(&lived, out)?;
    } else {
        show::screen(&lived, &args.dir, borough.council(), out)?;
    }
    Ok(u8::from(!lived.verified.ok))
}

/// Makes the council of a seed in an empty database and lives its day there:
/// what a demo server shows.
///
/// # Errors
///
/// What the app says.
pub async fn seed(store: Store, rows: usize, seed: u64) -> Result<Lived, AppError> {
    let mut borough = Borough::new(seed, rows);
    let day = borough.day(borough.first_day());
    let app = App::new(store, world::world(day.date, seed));
    live(&app, &borough, day, &|_| {}).await
}

async fn open(database: &Path) -> Result<Store, DemoError> {
    Ok(Store::open(&format!("sqlite:{}", database.display())).await?)
}

async fn verify_what_is_there(
    args: &DemoArgs,
    database: &Path,
    json: bool,
    out: &mut dyn io::Write,
) -> Result<u8, DemoError> {
    let store = open(database).await?;
    let app = App::new(store, ims_edge::world());
    let books = app.books(None, Actor::system("demo")).await?;
    let verified = books.verify(None).await?;
    let dashboard = books.dashboard(None).await?;
    app.store().close().await;
    if json {
        show::json_again(&books.council().name, &dashboard, &verified, out)?;
    } else {
        show::again(&books.council().name, &dashboard, &verified, &args.dir, out)?;
    }
    Ok(u8::from(!verified.ok))
}

/// An empty folder: only what a demo made in it is taken away.
fn clear(dir: &Path) -> Result<(), DemoError> {
    for name in ["ims.db", "ims.db-wal", "ims.db-shm"] {
        let file = dir.join(name);
        if file.exists() {
            fs::remove_file(&file).map_err(in_words(&file))?;
        }
    }
    for name in ["in", "out"] {
        let folder = dir.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(in_words(&folder))?;
        }
        fs::create_dir_all(&folder).map_err(in_words(dir))?;
    }
    Ok(())
}

fn write_in(folder: &Path, day: &Day) -> Result<(), DemoError> {
    for file in &day.files {
        let path = folder.join(&file.name);
        fs::write(&path, &file.bytes).map_err(in_words(&path))?;
    }
    Ok(())
}

fn write_out(folder: &Path, lived: &Lived) -> Result<(), DemoError> {
    for export in &lived.exports {
        let path = folder.join(&export.row.file_name);
        fs::write(&path, &export.bytes).map_err(in_words(&path))?;
    }
    let path = folder.join(format!("certificate-{}.json", lived.day));
    let certificate = serde_json::to_vec_pretty(&lived.certificate).unwrap_or_default();
    fs::write(&path, certificate).map_err(in_words(&path))
}
