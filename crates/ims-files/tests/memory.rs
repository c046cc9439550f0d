//! What a reader holds: never more than 16 MiB and 20 times the file, whatever is in
//! it, and never more than 16 MiB of a CSV statement of any size, its first rows kept
//! for showing. Measured as the process's peak, so one test of this file runs at a time.
//!
//! `tests/fuzz` counts every byte for millions of damaged files.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

use std::{
    fs,
    io::{BufReader, Read, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ims_files::{Contents, by_name, formats};

/// What is held beside 20 times the file, in kibibytes.
const BASE_KIB: u64 = 16 << 10;

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

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
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
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

/// A bank's CSV in the making: so many rows, each a credit of a penny.
struct Rows {
    left: u64,
    at: u64,
    piece: Vec<u8>,
    given: usize,
}

impl Read for Rows {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.piece.len() {
            (self.given, self.left) = (0, self.left.saturating_sub(1_000));
            self.piece.clear();
            for _ in 0..1_000.min(self.left) {
                self.at += 1;
                writeln!(
                    self.piece,
                    "01/04/2026,FPI,'20-00-00,12345678,SMITH J {:09} COUNCIL TAX,,0.01,{}.{:02}",
                    self.at,
                    self.at / 100,
                    self.at % 100
                )?;
            }
        }
        let count = (&self.piece[self.given..]).read(into)?;
        self.given += count;
        Ok(count)
    }
}

/// 24 MiB; 110 with `IMS_TEST_LONG` set.
#[test]
fn a_csv_statement_of_any_size_is_read_in_16_mib() {
    const ROW_BYTES: u64 = 85;
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    if !forget_peak() {
        eprintln!("left out: the memory of a large file; this system does not tell the peak");
        return;
    }
    let mebibytes = if std::env::var_os("IMS_TEST_LONG").is_some() { 110 } else { 24 };
    let rows = (mebibytes << 20) / ROW_BYTES / 1_000 * 1_000;
    let header = b"Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance\n";
    let made = Rows { left: rows + 1_000, at: 0, piece: header.to_vec(), given: 0 };
    let mut input = BufReader::with_capacity(256 << 10, made);
    let mut contents = Contents::of_first(60);
    let before = status("VmRSS").unwrap();
    let verdict =
        by_name("lloyds-csv").unwrap().read(&mut input, &mut |record| contents.take(record));
    let held = status("VmHWM").unwrap().saturating_sub(before);
    assert!(verdict.is_read_whole(), "{:?}", verdict.faults);
    let totals = verdict.totals.unwrap();
    assert_eq!((totals.count, totals.sum.pence().unwrap().get()), (rows, rows.cast_signed()));
    let statement = &contents.statements[0];
    assert_eq!((statement.lines.len(), statement.left_out()), (60, rows - 60));
    assert_eq!(statement.balanced(), Some(true));
    assert!(held <= BASE_KIB, "{held} KiB for {mebibytes} MiB");
}
