//! A cluster of our own: made, started, stopped and removed.

use std::fmt;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Database, leftovers, programs};
use crate::at_end::AtEnd;
use crate::scratch;

/// How often another port is tried when somebody takes the free one first.
const TRIES: u32 = 5;

/// A PostgreSQL cluster that lives as long as this value, or the process.
///
/// It listens on 127.0.0.1 only, trusts whoever is there, and unless it is
/// [`lasting`](Self::lasting) does not wait for the disk: it is for tests and
/// nothing else.
pub struct TempPg {
    folder: PathBuf,
    url: String,
    port: u16,
    settings: &'static str,
    _removed: AtEnd,
}

/// Nothing is waited for.
const HASTY: &str = "-c fsync=off -c full_page_writes=off";

/// As a server for large books is set; the disk is waited for.
const LASTING: &str = "-c fsync=on -c shared_buffers=1GB -c max_wal_size=4GB";

impl TempPg {
    /// A new cluster, started.
    ///
    /// # Panics
    ///
    /// In one sentence, when the server programs are missing or will not run.
    #[must_use]
    pub fn start() -> Self {
        Self::with(scratch::place(), HASTY)
    }

    /// A new cluster on the disk that waits for it, as one in use does: for
    /// benchmarks.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    #[must_use]
    pub fn lasting() -> Self {
        Self::with(scratch::on_disk(), LASTING)
    }

    fn with(place: impl AsRef<Path>, settings: &'static str) -> Self {
        leftovers::remove();
        let folder = new_folder(place.as_ref());
        let mut initdb = programs::server_program("initdb");
        initdb.arg("-D").arg(&folder).args(["-U", "ims", "--auth=trust", "--no-sync"]);
        initdb.args(["--locale=C", "--encoding=UTF8"]);
        programs::run(initdb).unwrap_or_else(|why| panic!("{why}"));
        let _removed = remove_at_end(&folder);
        let mut cluster = Self { folder, url: String::new(), port: 0, settings, _removed };
        cluster.start_on_a_free_port();
        cluster
    }

    /// `postgres://ims@127.0.0.1:PORT`, without a database; `ims` is the superuser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A new, empty database in this cluster.
    #[must_use]
    pub fn database(&self) -> Database {
        Database::on(&self.url)
    }

    /// Ends the server at once, as a crash would; what was committed stays.
    ///
    /// # Panics
    ///
    /// When the server was not running.
    pub fn crash(&self) {
        programs::run(stop(&self.folder)).unwrap_or_else(|why| panic!("{why}"));
    }

    /// Starts the server again on its port, after [`crash`](Self::crash).
    ///
    /// # Panics
    ///
    /// When it will not start.
    pub fn start_again(&self) {
        self.try_start(self.port).unwrap_or_else(|why| panic!("{why}"));
    }

    fn start_on_a_free_port(&mut self) {
        let mut last = String::new();
        for _ in 0..TRIES {
            let port = free_port();
            match self.try_start(port) {
                Ok(()) => {
                    self.port = port;
                    self.url = format!("postgres://ims@127.0.0.1:{port}");
                    return;
                }
                Err(why) => last = why,
            }
        }
        panic!("no throw-away PostgreSQL could be started: {last}");
    }

    fn try_start(&self, port: u16) -> Result<(), String> {
        let log = self.folder.join("log");
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' \
             -c max_connections=100 {}",
            self.settings
        );
        let mut start = programs::server_program("pg_ctl");
        start.arg("-D").arg(&self.folder).arg("-l").arg(&log);
        start.args(["-w", "-s", "-t", "60", "-o", &options, "start"]);
        // The server inherits what pg_ctl has: a pipe would stay open for ever.
        let status = start
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .map_err(|why| format!("{start:?} cannot be run: {why}"))?;
        if status.success() {
            Ok(())
        } else {
            Err(std::fs::read_to_string(log).unwrap_or_else(|why| why.to_string()))
        }
    }
}

impl fmt::Debug for TempPg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TempPg").field("url", &self.url).finish_non_exhaustive()
    }
}

/// The command that ends the server of a folder at once.
pub(super) fn stop(folder: &Path) -> Command {
    let mut stop = programs::server_program("pg_ctl");
    stop.arg("-D").arg(folder).args(["-m", "immediate", "-w", "-s", "stop"]);
    stop
}

/// The name of a folder not yet there, which tells whose it is.
fn new_folder(place: &Path) -> PathBuf {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    place.join(format!("{}{}-{made}", leftovers::PREFIX, std::process::id()))
}

/// Sees to it that the server is stopped and its folder gone in the end.
fn remove_at_end(folder: &Path) -> AtEnd {
    let stop = stop(folder);
    let mut words = vec![folder.as_os_str(), stop.get_program()];
    words.extend(stop.get_args());
    AtEnd::run("folder=$1; shift; \"$@\"; rm -rf \"$folder\"", words)
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free loopback port")
        .port()
}
