//! The program that stands between a test and Chromium.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::at_end::AtEnd;

/// How long it may take to say on which port it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running chromedriver; it and its browsers end when this is dropped.
#[derive(Debug)]
pub(super) struct Chromedriver {
    port: u16,
    folder: TempDir,
    // After the browsers are gone, the folder can be removed.
    ended: Option<AtEnd>,
    process: Child,
}

impl Chromedriver {
    /// Starts one on a free loopback port.
    pub(super) fn start() -> Self {
        let prefix = format!("ims-test-browser-{}-", std::process::id());
        let folder = tempfile::Builder::new().prefix(&prefix).tempdir();
        let folder = folder.expect("a temporary folder");
        let log = folder.path().join("chromedriver.log");
        let output = File::create(&log).expect("a log file");
        let mut command = Command::new(program());
        command.args(["--port=0", "--allowed-ips=127.0.0.1"]);
        // Else Chromium writes beside its profile into that of whoever runs this.
        command.env("XDG_CONFIG_HOME", folder.path()).env("XDG_CACHE_HOME", folder.path());
        command.stdin(Stdio::null());
        command.stdout(output.try_clone().expect("the log file")).stderr(output);
        // A group of its own, so that the browsers can be ended with it.
        let process = command.process_group(0).spawn().unwrap_or_else(|why| {
            panic!("chromedriver cannot be run ({why}): run `./tests/run --setup`")
        });
        let ended = Some(AtEnd::run(
            "kill -s KILL -- \"-$1\"; rm -rf \"$2\" || { sleep 1; rm -rf \"$2\"; }",
            [process.id().to_string().as_ref(), folder.path().as_os_str()],
        ));
        let mut driver = Self { port: 0, folder, ended, process };
        driver.port = driver.wait_for_port(&log);
        driver
    }

    /// Where it listens.
    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// An empty folder for Chromium's profile.
    pub(super) fn profile(&self) -> PathBuf {
        self.folder.path().join("profile")
    }

    fn wait_for_port(&mut self, log: &Path) -> u16 {
        let started = Instant::now();
        loop {
            let said = std::fs::read_to_string(log).unwrap_or_default();
            if let Some(port) = port_said(&said) {
                return port;
            }
            let ended = self.process.try_wait().expect("a child can be asked");
            if let Some(status) = ended {
                panic!("chromedriver ended with {status}: {said}");
            }
            assert!(started.elapsed() < PATIENCE, "chromedriver names no port: {said}");
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Chromedriver {
    fn drop(&mut self) {
        drop(self.ended.take());
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The driver's program; Chromium itself is found by it.
fn program() -> &'static Path {
    let debian = Path::new("/usr/bin/chromedriver");
    if debian.exists() { debian } else { Path::new("chromedriver") }
}

/// `ChromeDriver was started successfully on port 34567.`
fn port_said(log: &str) -> Option<u16> {
    let (_, after) = log.split_once("started successfully on port ")?;
    after.split_once('.')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_once_it_is_written_whole() {
        let line = "ChromeDriver was started successfully on port 34567.\n";
        assert_eq!(port_said(line), Some(34567));
        assert_eq!(port_said(&line[..line.len() - 4]), None);
    }
}
