//! What the machine says of itself and of other processes.

use std::{fs, io::Read as _, process::Child, thread, time::Duration};

/// The most memory a process held so far, in KiB.
pub(crate) fn peak_kib(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// What a child prints until it ends, and its peak, looked at every few milliseconds.
pub(crate) fn watched(mut child: Child) -> (String, u64) {
    let (process, mut peak) = (child.id().to_string(), 0);
    let mut stdout = child.stdout.take().expect("its output is a pipe");
    let reading = thread::spawn(move || {
        let mut text = String::new();
        stdout.read_to_string(&mut text).map(|_| text)
    });
    while child.try_wait().expect("a child can be waited for").is_none() {
        peak = peak.max(peak_kib(&process));
        thread::sleep(Duration::from_millis(5));
    }
    (reading.join().expect("reading does not panic").expect("it prints text"), peak)
}

pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

pub(crate) fn about() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("processor unknown", |(_, name)| name);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores, {model}")
}
