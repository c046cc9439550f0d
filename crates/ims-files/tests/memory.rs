//! What a reader holds: never more than 16 MiB and 20 times the file, whatever is in
//! it. Measured as the process's peak, so there is one test in this file.
//!
//! `tests/fuzz` counts every byte for millions of damaged files.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use ims_files::formats;

/// What is held beside 20 times the file, in kibibytes.
const BASE_KIB: u64 = 16 << 10;

/// How large the files are made by saying their lines again and again.
const FILE_BYTES: usize = 256 << 10;

/// A line of `/proc/self/status`, in kibibytes.
fn status(name: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.trim_start_matches(':').split_whitespace().next()?.parse().ok()
}

/// Forgets the peak so far; false where the system cannot.
fn forget_peak() -> bool {
    fs::write("/proc/self/clear_refs", "5").is_ok() && status("VmHWM").is_some()
}

/// The file with its middle said again until it is large.
fn enlarged(file: &[u8]) -> Vec<u8> {
    let text: Vec<&[u8]> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let (head, rest) = text.split_at(text.len().min(8) / 2);
    let (body, tail) = rest.split_at(rest.len() - rest.len() / 4);
    let mut large = head.concat();
    let body = if body.is_empty() { head.concat() } else { body.concat() };
    while !body.is_empty() && large.len() < FILE_BYTES {
        large.extend_from_slice(&body);
    }
    large.extend(tail.concat());
    large
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<PathBuf> =
        all.filter(|path| path.extension().is_some_and(|extension| extension == "in")).collect();
    inputs.sort();
    inputs
}

#[test]
fn no_reader_holds_more_than_a_few_times_its_file() {
    if !forget_peak() {
        eprintln!("left out: the memory of readers; this system does not tell a process its peak");
        return;
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    for format in formats() {
        let hostile = [b"<a b=\"".repeat(45_000), b"[0,".repeat(90_000), b"a,".repeat(130_000)];
        // A format of a layout may have its golden files elsewhere.
        let folder = golden.join(format.name());
        let own = if folder.is_dir() { inputs(&folder) } else { Vec::new() };
        let own = own.iter().take(3).map(|path| enlarged(&fs::read(path).unwrap()));
        for file in hostile.into_iter().chain(own) {
            assert!(forget_peak());
            let before = status("VmRSS").unwrap();
            format.read(&mut &*file, &mut |_| {});
            let held = status("VmHWM").unwrap().saturating_sub(before);
            let most = BASE_KIB + 20 * u64::try_from(file.len() >> 10).unwrap();
            assert!(held <= most, "{}: {held} KiB for {} bytes", format.name(), file.len());
        }
    }
}
