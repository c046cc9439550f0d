//! Millions of damaged files through every reader: none may panic, take more than
//! a second for each megabyte, or hold more than 16 MiB and 20 times the file.
//!
//!     cargo run --release --manifest-path tests/fuzz/Cargo.toml --bin mutate -- --count 10000000
//!
//! Each file is one of `tests/golden`, or of the folder that IMS_SAMPLES names, with
//! a few changes. It is read as the format it was of, as what it is recognised as
//! now, and as one more; `mutate/doors.rs` has those that read no format. What went
//! wrong is kept in `tests/fuzz/artifacts`, and `--nth` makes it again.

#[path = "mutate/change.rs"]
mod change;
#[path = "mutate/corpus.rs"]
mod corpus;
#[path = "mutate/counted.rs"]
mod counted;
#[path = "mutate/doors.rs"]
mod doors;
#[path = "mutate/layouts.rs"]
mod layouts;
#[path = "mutate/rng.rs"]
mod rng;
#[path = "../../crates/ims-files/tests/mutation/zipped.rs"]
mod zipped;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use corpus::{Corpus, Sample};
use doors::Door;
use ims_files::{HEAD_BYTES_MAX, Head, recognise};
use rng::Rng;

/// What a reader may hold beside 20 times the file.
const BASE_BYTES: u64 = 16 << 20;

/// What a reading may take beside a second for each megabyte: the clock is that of a
/// machine that does other things too.
const BASE_TIME: Duration = Duration::from_millis(250);

/// A reading that takes longer than this will never end.
const ENDLESS: Duration = Duration::from_secs(120);

/// How many files a thread takes at a time.
const BLOCK: u64 = 256;

struct Args {
    /// The number of the first file, and how many.
    from: u64,
    count: u64,
    seed: u64,
    threads: u64,
    /// Only this reader.
    format: Option<String>,
    /// Only this file, as it is: what was kept, once more.
    file: Option<String>,
    /// Only the file of this number, of all that the seed makes.
    nth: Option<u64>,
}

fn args() -> Args {
    let mut args =
        Args { from: 0, count: 100_000, seed: 1, threads: 2, format: None, file: None, nth: None };
    let mut all = std::env::args().skip(1);
    while let Some(name) = all.next() {
        let value = all.next().unwrap_or_else(|| panic!("{name} needs a value"));
        let number = || value.parse().unwrap_or_else(|_| panic!("{name}: {value} is no number"));
        match name.as_str() {
            "--from" => args.from = number(),
            "--count" => args.count = number(),
            "--seed" => args.seed = number(),
            "--threads" => args.threads = number().max(1),
            "--format" => args.format = Some(value),
            "--file" => args.file = Some(value),
            "--nth" => args.nth = Some(number()),
            _ => panic!(
                "{name}: --from, --count, --seed, --threads, --format, --file and --nth are all there is"
            ),
        }
    }
    args
}

/// Reads a kept file by each door, and shows what that took.
fn again(path: &str, doors: &[Door]) {
    let file = std::fs::read(path).expect("the file can be read");
    for door in doors {
        let before = counted::begin();
        let took = timed(door, &file);
        let held = counted::most().saturating_sub(before);
        println!("{}: {took:?}, {held} bytes held, of {} bytes", door.name(), file.len());
    }
}

#[derive(Default)]
struct Tally {
    next: AtomicU64,
    inputs: AtomicU64,
    readings: AtomicU64,
    bytes: AtomicU64,
    faults: AtomicU64,
    /// The most, in microseconds for a megabyte, of files of 100 kB and more.
    slowest: AtomicU64,
    /// The most held, in bytes beyond 20 times the file.
    largest: AtomicU64,
    /// How often each door was gone through.
    by_door: Vec<AtomicU64>,
    /// What each thread reads now: the file's number and one, and since when.
    now: Vec<(AtomicU64, AtomicU64)>,
}

fn main() {
    let args = args();
    let only = |door: &Door| args.format.as_deref().is_none_or(|only| only == door.name());
    let doors: Vec<Door> = doors::all().into_iter().filter(only).collect();
    assert!(!doors.is_empty(), "no format of that name");
    if let Some(path) = &args.file {
        return again(path, &doors);
    }
    let corpus = Corpus::gather();
    println!("{} files, {} readers, seed {}", corpus.samples.len(), doors.len(), args.seed);
    std::panic::set_hook(Box::new(|_| {}));
    let tally = Tally {
        by_door: doors.iter().map(|_| AtomicU64::new(0)).collect(),
        now: (0..args.threads).map(|_| Default::default()).collect(),
        ..Tally::default()
    };
    if let Some(nth) = args.nth {
        one(nth, &args, &corpus, &doors, &tally);
    } else {
        run(&args, &corpus, &doors, &tally);
    }
    show(&tally);
    for (door, count) in doors.iter().zip(&tally.by_door) {
        println!("  {:>9} {}", count.load(Ordering::Relaxed), door.name());
    }
    let faults = tally.faults.load(Ordering::Relaxed);
    println!("total: {} passed, {faults} failed", tally.inputs.load(Ordering::Relaxed) - faults);
    std::process::exit(i32::from(faults > 0));
}

fn run(args: &Args, corpus: &Corpus, doors: &[Door], tally: &Tally) {
    let (started, end) = (Instant::now(), args.from + args.count);
    std::thread::scope(|scope| {
        for (number, _) in &tally.now {
            let since = &tally.now.iter().find(|now| std::ptr::eq(&now.0, number)).expect("it").1;
            scope.spawn(move || {
                loop {
                    let from = args.from + tally.next.fetch_add(BLOCK, Ordering::Relaxed);
                    for nth in from..end.min(from + BLOCK) {
                        since.store(millis(started), Ordering::Relaxed);
                        number.store(nth + 1, Ordering::Relaxed);
                        one(nth, args, corpus, doors, tally);
                        if nth > 0 && nth.is_multiple_of(100_000) {
                            show(tally);
                        }
                    }
                    if from >= end {
                        return number.store(0, Ordering::Relaxed);
                    }
                }
            });
        }
        watch(args, started, tally);
    });
}

fn millis(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// Ends the run, and says which file it was, where a reading does not end.
fn watch(args: &Args, started: Instant, tally: &Tally) {
    let busy = || tally.now.iter().any(|(number, _)| number.load(Ordering::Relaxed) > 0);
    std::thread::sleep(Duration::from_millis(50));
    while busy() {
        std::thread::sleep(Duration::from_millis(200));
        for (number, since) in &tally.now {
            let (nth, since) = (number.load(Ordering::Relaxed), since.load(Ordering::Relaxed));
            let for_ms = u128::from(millis(started).saturating_sub(since));
            if nth > 0 && for_ms > ENDLESS.as_millis() {
                println!(
                    "file {} is read for ever: --seed {} --nth {}",
                    nth - 1,
                    args.seed,
                    nth - 1
                );
                std::process::exit(1);
            }
        }
    }
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

/// Makes the file of this number and reads it by the doors it may come to.
fn one(nth: u64, args: &Args, corpus: &Corpus, doors: &[Door], tally: &Tally) {
    let mut rng = Rng::of(args.seed, nth);
    let sample = corpus.pick(&mut rng);
    let file = change::damaged(&mut rng, sample, corpus);
    tally.inputs.fetch_add(1, Ordering::Relaxed);
    for at in chosen(&mut rng, sample, &file, doors, args.format.is_some()) {
        tally.by_door[at].fetch_add(1, Ordering::Relaxed);
        if let Some(wrong) = measure(&doors[at], &file, tally) {
            tally.faults.fetch_add(1, Ordering::Relaxed);
            keep(&doors[at], &file, &format!("{wrong} (--seed {} --nth {nth})", args.seed));
        }
    }
}

/// The reader of what the file was, that of what it is recognised as now, and one more.
fn chosen(rng: &mut Rng, sample: &Sample, file: &[u8], doors: &[Door], all: bool) -> Vec<usize> {
    let head = Head { bytes: &file[..file.len().min(HEAD_BYTES_MAX)], file_name: &sample.name };
    // Recognising must not panic either.
    let now = recognise(&head).ok().map(|format| format.name());
    let other = rng.below(doors.len());
    let wanted = [sample.format, now];
    let is_wanted = |at: usize| all || at == other || wanted.contains(&Some(doors[at].name()));
    (0..doors.len()).filter(|at| is_wanted(*at)).collect()
}

/// Reads the file, and says what was wrong with how.
fn measure(door: &Door, file: &[u8], tally: &Tally) -> Option<String> {
    let size = u64::try_from(file.len()).unwrap_or(u64::MAX);
    let before = counted::begin();
    let started = Instant::now();
    let read = catch_unwind(AssertUnwindSafe(|| door.read(file)));
    let took = started.elapsed();
    let held = counted::most().saturating_sub(before);
    tally.readings.fetch_add(1, Ordering::Relaxed);
    tally.bytes.fetch_add(size, Ordering::Relaxed);
    let beyond = held.saturating_sub(size.saturating_mul(20));
    tally.largest.fetch_max(beyond, Ordering::Relaxed);
    if let Err(panic) = read {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        return Some(format!("panicked: {}", text.unwrap_or_default()));
    }
    let for_megabyte = |took: Duration| {
        u64::try_from(took.as_micros()).unwrap_or(u64::MAX).saturating_mul(1_000_000) / size
    };
    if size >= 100_000 && for_megabyte(took) > tally.slowest.load(Ordering::Relaxed) {
        // Once more, by what the processor took: the machine does other things too.
        let again = for_megabyte(timed(door, file).min(took));
        tally.slowest.fetch_max(again, Ordering::Relaxed);
    }
    let limit = BASE_TIME + Duration::from_micros(size);
    if took > limit {
        // The machine may have done something else meanwhile.
        let again = (0..3).map(|_| timed(door, file)).min().unwrap_or(took);
        if again > limit {
            return Some(format!("took {again:?} for {size} bytes"));
        }
    }
    (beyond > BASE_BYTES).then(|| format!("held {held} bytes for {size}"))
}

/// What the processor took for it, where the system tells that of a thread.
fn timed(door: &Door, file: &[u8]) -> Duration {
    let (worked, started) = (worked(), Instant::now());
    door.read(file);
    match (worked, self::worked()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => started.elapsed(),
    }
}

fn worked() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

fn keep(door: &Door, file: &[u8], wrong: &str) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("artifacts/mutate");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let print = ims_files::fingerprint::Fingerprint::of(file);
    let path = folder.join(format!("{}-{print}", door.name()));
    std::fs::write(&path, file).expect("the file can be written");
    println!("{}: {wrong}: {}", door.name(), path.display());
}
