//! What the machine says: time, processor time, memory, and what it is.

use std::{fs, path::Path, time::Duration};

use crate::Result;

/// Linux counts processor time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Processor time this process has used; nothing where nobody says.
pub(crate) fn cpu() -> Duration {
    let [own @ .., _, _] = ticks(Path::new("/proc/self/stat")).unwrap_or_default();
    let sum = own.into_iter().fold(0_u32, u32::saturating_add);
    TICK.saturating_mul(sum)
}

/// Processor time of a server and of all it started, those gone included.
pub(crate) fn cpu_of_family(parent: u32) -> Duration {
    let mut sum = 0_u32;
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = entry.path().join("stat");
        if id == parent {
            let all = ticks(&stat).unwrap_or_default();
            sum = all.into_iter().fold(sum, u32::saturating_add);
        } else if field(&stat, 1) == Some(parent) {
            let [user, system, ..] = ticks(&stat).unwrap_or_default();
            sum = sum.saturating_add(user).saturating_add(system);
        }
    }
    TICK.saturating_mul(sum)
}

/// Own user and system time, and those of children that have ended.
fn ticks(stat: &Path) -> Option<[u32; 4]> {
    Some([field(stat, 11)?, field(stat, 12)?, field(stat, 13)?, field(stat, 14)?])
}

/// A number of a process, counted from what comes after its name.
fn field(stat: &Path, at: usize) -> Option<u32> {
    let text = fs::read_to_string(stat).ok()?;
    let (_, after) = text.rsplit_once(") ")?;
    after.split(' ').nth(at)?.parse().ok()
}

/// From here on, the peak is counted anew.
pub(crate) fn forget_peak() {
    // Where that is not possible, the peak is of the whole process: more, never less.
    let _ = fs::write("/proc/self/clear_refs", "5");
}

/// The most memory this process held, in KiB.
pub(crate) fn peak_kib() -> u64 {
    peak_in("/proc/self/status")
}

/// The most memory another process held so far, in KiB.
pub(crate) fn peak_kib_of(process: u32) -> u64 {
    peak_in(&format!("/proc/{process}/status"))
}

fn peak_in(status: &str) -> u64 {
    let status = fs::read_to_string(status).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// How many processes want the processor, on average of the last minute, as
/// Linux writes it.
pub(crate) fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("?").to_owned()
}

/// What it is, for a reader of the figures.
pub(crate) fn about() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("processor unknown", |(_, name)| name);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores, {model}")
}

/// The one in the middle.
pub(crate) fn median<T: Copy + Ord>(values: &[T]) -> Result<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().ok_or_else(|| "nothing was measured".into())
}

/// `1.53`: hundredths of a ratio, without a float.
pub(crate) fn ratio(ours: Duration, floor: Duration) -> String {
    let hundredths = ours.as_nanos().saturating_mul(100) / floor.as_nanos().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// `12.34 s`, `5.67 ms`, `8.90 µs`.
pub(crate) fn span(time: Duration) -> String {
    let nanos = time.as_nanos();
    let (unit, name) = match nanos {
        0..1_000_000 => (1_000, "µs"),
        1_000_000..1_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    format!("{}.{:02} {name}", nanos / unit, nanos % unit * 100 / unit)
}
