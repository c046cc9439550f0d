//! Millions of damaged files through every reader: none may panic, take more than
//! a second for each megabyte, or hold more than 16 MiB and 20 times the file.
//!
//!     cargo run --release --manifest-path tests/fuzz/Cargo.toml --bin mutate -- --count 10000000
//!
//! Each file is one of `tests/golden`, or of the folder that IMS_SAMPLES names, with
//! a few changes. It is read as the format it was of, as what it is recognised as
//! now, and as one more. What went wrong is kept in `tests/fuzz/artifacts`.

#[path = "mutate/change.rs"]
mod change;
#[path = "mutate/corpus.rs"]
mod corpus;
#[path = "mutate/counted.rs"]
mod counted;
#[path = "mutate/rng.rs"]
mod rng;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use corpus::{Corpus, Sample};
use ims_files::{Format, HEAD_BYTES_MAX, Head, formats, recognise};
use rng::Rng;

/// What a reader may hold beside 20 times the file.
const BASE_BYTES: u64 = 16 << 20;

/// What a reading may take beside a second for each megabyte: the clock is that of a
/// machine that does other things too.
const BASE_TIME: Duration = Duration::from_millis(250);

struct Args {
    count: u64,
    seed: u64,
    threads: u64,
    /// Only this reader.
    format: Option<String>,
    /// Only this file, as it is: what was kept, once more.
    file: Option<String>,
}

fn args() -> Args {
    let mut args = Args { count: 100_000, seed: 1, threads: 2, format: None, file: None };
    let mut all = std::env::args().skip(1);
    while let Some(name) = all.next() {
        let value = all.next().unwrap_or_else(|| panic!("{name} needs a value"));
        let number = || value.parse().unwrap_or_else(|_| panic!("{name}: {value} is no number"));
        match name.as_str() {
            "--count" => args.count = number(),
            "--seed" => args.seed = number(),
            "--threads" => args.threads = number(),
            "--format" => args.format = Some(value),
            "--file" => args.file = Some(value),
            _ => panic!("{name}: --count, --seed, --threads, --format and --file are all there is"),
        }
    }
    args
}

/// Reads a kept file as each reader, and shows what that took.
fn again(path: &str, only: Option<&str>) {
    let file = std::fs::read(path).expect("the file can be read");
    for format in formats().iter().filter(|format| only.is_none_or(|only| only == format.name())) {
        let before = counted::begin();
        let took = timed(*format, &file);
        let held = counted::most().saturating_sub(before);
        println!("{}: {took:?}, {held} bytes held, of {} bytes", format.name(), file.len());
    }
}

#[derive(Default)]
struct Tally {
    inputs: AtomicU64,
    readings: AtomicU64,
    bytes: AtomicU64,
    faults: AtomicU64,
    /// The most, in microseconds for a megabyte, of files of 100 kB and more.
    slowest: AtomicU64,
    /// The most held, in bytes beyond 20 times the file.
    largest: AtomicU64,
}

fn main() {
    let args = args();
    if let Some(path) = &args.file {
        return again(path, args.format.as_deref());
    }
    let corpus = Corpus::gather();
    println!("{} files, {} formats", corpus.samples.len(), formats().len());
    std::panic::set_hook(Box::new(|_| {}));
    let tally = Tally::default();
    std::thread::scope(|scope| {
        for thread in 0..args.threads {
            let (args, corpus, tally) = (&args, &corpus, &tally);
            scope.spawn(move || {
                let mut rng = Rng::new(args.seed.wrapping_mul(1_000_003).wrapping_add(thread));
                let share: u64 = args.count / args.threads;
                for nth in 0..share {
                    one(&mut rng, corpus, tally, args.format.as_deref());
                    if thread == 0 && nth > 0 && nth.is_multiple_of(100_000) {
                        show(tally);
                    }
                }
            });
        }
    });
    show(&tally);
    let faults = tally.faults.load(Ordering::Relaxed);
    println!("total: {} passed, {faults} failed", tally.inputs.load(Ordering::Relaxed) - faults);
    std::process::exit(i32::from(faults > 0));
}

fn show(tally: &Tally) {
    let get = |number: &AtomicU64| number.load(Ordering::Relaxed);
    println!(
        "{} inputs, {} readings of {} MB; slowest {} ms for a MB; most held beyond 20 times the file {} KiB; {} failed",
        get(&tally.inputs),
        get(&tally.readings),
        get(&tally.bytes) / 1_000_000,
        get(&tally.slowest) / 1_000,
        get(&tally.largest) >> 10,
        get(&tally.faults),
    );
}

fn one(rng: &mut Rng, corpus: &Corpus, tally: &Tally, only: Option<&str>) {
    let sample = corpus.pick(rng);
    let file = change::damaged(rng, sample, corpus);
    tally.inputs.fetch_add(1, Ordering::Relaxed);
    for format in chosen(rng, sample, &file, only) {
        let wrong = measure(*format, &file, tally);
        if let Some(wrong) = wrong {
            tally.faults.fetch_add(1, Ordering::Relaxed);
            keep(*format, &file, &wrong);
        }
    }
}

fn chosen(
    rng: &mut Rng,
    sample: &Sample,
    file: &[u8],
    only: Option<&str>,
) -> Vec<&'static &'static dyn Format> {
    let head = Head { bytes: &file[..file.len().min(HEAD_BYTES_MAX)], file_name: &sample.name };
    // Recognising must not panic either.
    let now = recognise(&head).ok().map(|format| format.name());
    if let Some(only) = only {
        return formats().iter().filter(|format| format.name() == only).collect();
    }
    let other = formats()[rng.below(formats().len())].name();
    let wanted = [sample.format, now, Some(other)];
    formats().iter().filter(|format| wanted.contains(&Some(format.name()))).collect()
}

/// Reads the file, and says what was wrong with how.
fn measure(format: &dyn Format, file: &[u8], tally: &Tally) -> Option<String> {
    let size = u64::try_from(file.len()).unwrap_or(u64::MAX);
    let before = counted::begin();
    let started = Instant::now();
    let read = catch_unwind(AssertUnwindSafe(|| format.read(&mut &*file, &mut |_| {})));
    let took = started.elapsed();
    let held = counted::most().saturating_sub(before);
    tally.readings.fetch_add(1, Ordering::Relaxed);
    tally.bytes.fetch_add(size, Ordering::Relaxed);
    let beyond = held.saturating_sub(size.saturating_mul(20));
    tally.largest.fetch_max(beyond, Ordering::Relaxed);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    if size >= 100_000 {
        tally.slowest.fetch_max(micros.saturating_mul(1_000_000) / size, Ordering::Relaxed);
    }
    if let Err(panic) = read {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        return Some(format!("panicked: {}", text.unwrap_or_default()));
    }
    let limit = BASE_TIME + Duration::from_micros(size);
    if took > limit {
        // The machine may have done something else meanwhile.
        let again = (0..3).map(|_| timed(format, file)).min().unwrap_or(took);
        if again > limit {
            return Some(format!("took {again:?} for {size} bytes"));
        }
    }
    (beyond > BASE_BYTES).then(|| format!("held {held} bytes for {size}"))
}

/// What the processor took for it, where the system tells that of a thread.
fn timed(format: &dyn Format, file: &[u8]) -> Duration {
    let (worked, started) = (worked(), Instant::now());
    format.read(&mut &*file, &mut |_| {});
    match (worked, self::worked()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => started.elapsed(),
    }
}

fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

fn keep(format: &dyn Format, file: &[u8], wrong: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("artifacts/mutate");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let print = ims_files::fingerprint::Fingerprint::of(file);
    let path = folder.join(format!("{}-{print}", format.name()));
    std::fs::write(&path, file).expect("the file can be written");
    println!("{}: {wrong}: {}", format.name(), path.display());
}
