//! Reads the files named and says how fast, and what was found.

#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "a stop watch")]

use std::{fs::File, io::BufReader, io::Read, time::Instant};

use ims_files::{Contents, HEAD_BYTES_MAX, Head, Record, Severity};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let show = std::env::args().any(|arg| arg == "--show");
    for path in std::env::args().skip(1).filter(|arg| arg != "--show") {
        let mut head = Vec::new();
        File::open(&path)?.take(u64::try_from(HEAD_BYTES_MAX)?).read_to_end(&mut head)?;
        let format = match ims_files::recognise(&Head { bytes: &head, file_name: &path }) {
            Ok(format) => format,
            Err(error) => {
                println!("{path}: {error}");
                continue;
            }
        };
        let mut input = BufReader::with_capacity(256 << 10, File::open(&path)?);
        let (mut count, mut contents) = (0_u64, Contents::default());
        let began = Instant::now();
        let verdict = format.read(&mut input, &mut |record| {
            count += 1;
            if show {
                contents.take(record);
            } else {
                drop::<Record>(record);
            }
        });
        let seconds = began.elapsed().as_secs_f64();
        let rows = verdict.totals.map_or(0, |totals| totals.count);
        println!(
            "{path}: {} {:?} {rows} rows in {seconds:.3} s, {:.0} rows/s; {} errors {} warnings",
            format.name(),
            verdict.totals.map(|t| t.sum.to_string()),
            f64::from(u32::try_from(rows)?) / seconds,
            verdict.errors,
            verdict.warnings
        );
        for fault in verdict.faults.iter().take(10) {
            let mark = if fault.severity == Severity::Error { "E" } else { "w" };
            println!("   {mark} {}: {}", fault.line.unwrap_or(0), fault.message);
        }
        if show {
            println!("{}", serde_json::to_string_pretty(&contents)?);
        }
    }
    Ok(())
}
