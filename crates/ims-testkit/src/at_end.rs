//! Cleaning up that happens however a test process ends.

use std::ffi::OsStr;
use std::process::{Child, Command, Stdio};

/// A shell script that runs when this value is dropped, or when the process
/// ends first: normally, by Ctrl-C, by `kill -9`.
///
/// The script waits, in a process of its own, on a pipe that only we hold.
#[derive(Debug)]
pub(crate) struct AtEnd {
    shell: Child,
}

impl AtEnd {
    /// Runs `script` in the end, with `arguments` as its `"$@"`.
    pub(crate) fn run<A: AsRef<OsStr>>(
        script: &str,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        // Ctrl-C reaches the whole group; the script has to outlive it.
        let script = format!("trap '' INT TERM HUP; read -r _; {script}");
        let shell = Command::new("sh")
            .args(["-c", &script, "at-end"])
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("`sh` can be run");
        Self { shell }
    }
}

impl Drop for AtEnd {
    fn drop(&mut self) {
        // Waiting closes the pipe first, which is what the script waits for.
        let _ = self.shell.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_runs_at_the_end_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a file with spaces");
        let at_end = AtEnd::run("echo done > \"$1\"", [&file]);
        assert!(!file.exists());
        drop(at_end);
        assert_eq!(std::fs::read_to_string(file).unwrap(), "done\n");
    }
}
