//! A place to run commands in: a folder, a clock that stands still until it is
//! set, and randomness from a counter.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{Clock, Random, World};
use ims_cli::{Desk, Exit};

/// The day the tests live in: a Thursday.
const NOW: &str = "2026-04-02T09:00:00Z";

#[derive(Debug)]
struct Time(AtomicI64);

impl Clock for Time {
    fn now(&self) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::milliseconds(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Debug, Default)]
struct Counted(AtomicU64);

impl Random for Counted {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            // splitmix64
            let mut z = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
            z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            let random = (z ^ (z >> 31)).to_le_bytes();
            chunk.copy_from_slice(&random[..chunk.len()]);
        }
    }
}

/// What a command printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) exit: Exit,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// A folder, a clock and randomness.
pub(crate) struct Town {
    folder: tempfile::TempDir,
    time: Arc<Time>,
    world: World,
}

impl Town {
    pub(crate) fn new() -> Self {
        let time = Arc::new(Time(AtomicI64::new(0)));
        let world = World::new(Arc::<Time>::clone(&time), Arc::new(Counted::default()));
        let town = Self { folder: tempfile::tempdir().unwrap(), time, world };
        town.set_clock(NOW);
        town
    }

    /// A town whose council has funds, account holders and a bank account.
    pub(crate) async fn with_council() -> Self {
        let town = Self::new();
        for name in ["council.toml", "holders.csv"] {
            town.bring(name);
        }
        let from = town.path("council.toml");
        assert_eq!(town.run(&["init", "--from", &from]).await.exit, Exit::Done);
        let holders = town.path("holders.csv");
        assert_eq!(town.run(&["import", &holders]).await.exit, Exit::Done);
        town
    }

    pub(crate) fn world(&self) -> World {
        self.world.clone()
    }

    pub(crate) fn set_clock(&self, to: &str) {
        let to: DateTime<Utc> = to.parse().unwrap();
        self.time.0.store(to.timestamp_millis(), Ordering::Relaxed);
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.folder().join(name).display().to_string()
    }

    /// Writes a file and gives its path.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        std::fs::write(self.folder().join(name), content).unwrap();
        self.path(name)
    }

    /// Copies one of the files that the tests share.
    pub(crate) fn bring(&self, name: &str) {
        std::fs::copy(shared().join(name), self.folder().join(name)).unwrap();
    }

    /// Runs a command on this town's own database.
    pub(crate) async fn run(&self, args: &[&str]) -> Said {
        let data = format!("sqlite:{}", self.path("ims.db"));
        let mut all = vec!["ims", "--data", &data];
        all.extend(args);
        self.run_as_written(&all, "").await
    }

    /// Runs exactly these words, with `input` as standard input.
    pub(crate) async fn run_as_written(&self, words: &[&str], input: &str) -> Said {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut desk = Desk {
            world: self.world.clone(),
            input: &mut input.as_bytes(),
            out: &mut out,
            err: &mut err,
            is_watched: false,
        };
        let exit = ims_cli::run(words.iter().map(|word| (*word).to_owned()), &mut desk).await;
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Said { exit, out: text(out), err: text(err) }
    }
}

/// The files that tests share.
pub(crate) fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts/files")
}
