//! Files that go wrong on the way: no reader panics, every reader ends in time, and
//! what it keeps stays bounded. Every format there is takes part, whoever adds it.
//!
//! `tests/fuzz` does the same for millions of files, with their memory counted.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read the environment and the clock"
)]

use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
    sync::LazyLock,
    time::{Duration, Instant},
};

use ims_files::{FAULTS_MAX, Format, HEAD_BYTES_MAX, Head, Record, formats, recognise};
use proptest::prelude::*;

/// Larger files of others are cut to this.
const SAMPLE_BYTES_MAX: usize = 64 << 10;

/// A second for each megabyte, and as much again for a machine that is slow, busy,
/// and runs code that was not optimised.
const SECONDS_FOR_MEGABYTE: u32 = if cfg!(debug_assertions) { 60 } else { 4 };

/// A file and the format it is of, as far as that is known.
struct Sample {
    bytes: Vec<u8>,
    format: Option<&'static str>,
}

/// Our own golden files, good and bad, of every format; and those of others where
/// there are any.
static CORPUS: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(&here.join("../../tests/golden"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "in"));
    assert!(paths.len() > 40, "only {} golden files", paths.len());
    let beside = || here.join("../../../shared/samples");
    let samples = std::env::var_os("IMS_SAMPLES").map_or_else(beside, PathBuf::from);
    if samples.is_dir() {
        walk(&samples, &mut paths);
    } else {
        eprintln!("left out: files of others, damaged; IMS_SAMPLES names no folder of them");
    }
    paths.sort();
    paths.iter().map(|path| sample(path)).collect()
});

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, found) } else { found.push(path) }
    }
}

fn sample(path: &Path) -> Sample {
    let mut bytes = fs::read(path).unwrap();
    bytes.truncate(SAMPLE_BYTES_MAX);
    let folder = path.parent().unwrap().file_name().unwrap().to_str().unwrap();
    let known = ims_files::by_name(folder).map(|format| format.name());
    Sample { format: known.or_else(|| recognised(&bytes)), bytes }
}

fn recognised(file: &[u8]) -> Option<&'static str> {
    let head = Head { bytes: &file[..file.len().min(HEAD_BYTES_MAX)], file_name: "" };
    recognise(&head).ok().map(|format| format.name())
}

#[path = "mutation/zipped.rs"]
mod zipped;

#[derive(Clone, Debug)]
enum Change {
    Cut { at: usize },
    Flip { at: usize, to: u8 },
    Double { from: usize, length: usize },
    Insert { at: usize, bytes: Vec<u8> },
    Drop { from: usize, length: usize },
}

fn change() -> impl Strategy<Value = Change> {
    let sharp = prop::sample::select(vec![
        b"\n".to_vec(),
        b"\r".to_vec(),
        b"\"".to_vec(),
        b",".to_vec(),
        b"/".to_vec(),
        b":61:".to_vec(),
        b":86:".to_vec(),
        b"-\n".to_vec(),
        b"<Ntry>".to_vec(),
        b"</Ntry>".to_vec(),
        b"&x;".to_vec(),
        b"<![CDATA[".to_vec(),
        b"\0".to_vec(),
        b"\xff\xfe".to_vec(),
        b"\xc3".to_vec(),
        b"D,99999999999,".to_vec(),
        b"88,".to_vec(),
        "£".as_bytes().to_vec(),
        b"9".repeat(40),
        b"<a>".repeat(100),
        b"?20".to_vec(),
        b"@@".to_vec(),
        b"{".to_vec(),
        b"[[".to_vec(),
        b"1e9".to_vec(),
        b"PK\x05\x06".to_vec(),
        b"<!DOCTYPE a>".to_vec(),
    ]);
    let bytes = prop_oneof![sharp, prop::collection::vec(any::<u8>(), 0..12)];
    prop_oneof![
        any::<usize>().prop_map(|at| Change::Cut { at }),
        (any::<usize>(), any::<u8>()).prop_map(|(at, to)| Change::Flip { at, to }),
        (any::<usize>(), 1..400_usize).prop_map(|(from, length)| Change::Double { from, length }),
        (any::<usize>(), bytes).prop_map(|(at, bytes)| Change::Insert { at, bytes }),
        (any::<usize>(), 1..200_usize).prop_map(|(from, length)| Change::Drop { from, length }),
    ]
}

fn apply(file: &mut Vec<u8>, change: &Change) {
    let place = |at: usize| at % (file.len() + 1);
    match change {
        Change::Cut { at } => file.truncate(place(*at)),
        Change::Flip { at, to } => {
            let at = place(*at);
            if let Some(byte) = file.get_mut(at) {
                *byte = *to;
            }
        }
        Change::Double { from, length } => {
            let from = place(*from);
            let part = file[from..(from + length).min(file.len())].to_vec();
            file.splice(from..from, part);
        }
        Change::Insert { at, bytes } => {
            let at = place(*at);
            file.splice(at..at, bytes.iter().copied());
        }
        Change::Drop { from, length } => {
            let from = place(*from);
            let end = (from + length).min(file.len());
            file.drain(from..end);
        }
    }
}

/// Reads the file as that format, checks what must hold of any reading, and gives
/// how many records were handed on.
fn read_as(format: &dyn Format, file: &[u8], buffer: usize) -> usize {
    let (mut open, mut count) = (false, 0);
    let mut input = BufReader::with_capacity(buffer, file);
    let started = Instant::now();
    let verdict = format.read(&mut input, &mut |record| {
        count += 1;
        match record {
            Record::StatementOpens(_) => {
                assert!(!open, "{}: a statement opens in another", format.name());
                open = true;
            }
            Record::Line(_) => assert!(open, "{}: a line outside a statement", format.name()),
            Record::StatementCloses(_) => {
                assert!(open, "{}: a statement closes twice", format.name());
                open = false;
            }
            _ => {}
        }
    });
    let megabytes = u32::try_from(file.len() >> 20).unwrap() + 1;
    let limit = Duration::from_secs(1) * SECONDS_FOR_MEGABYTE * megabytes;
    assert!(started.elapsed() < limit, "{}: {:?}", format.name(), started.elapsed());
    assert!(!open, "{}: a statement stays open", format.name());
    // One or two records for each line, and a statement's two.
    assert!(count <= file.len() + 2, "{}: {count} records of {}", format.name(), file.len());
    assert!(verdict.faults.len() <= 2 * usize::try_from(FAULTS_MAX).unwrap());
    assert!(verdict.faults.iter().all(|fault| !fault.message.is_empty() && fault.line != Some(0)));
    assert_eq!(verdict.is_read_whole(), verdict.errors == 0);
    count
}

fn read_as_everything(file: &[u8]) {
    for format in formats() {
        read_as(*format, file, 65_536);
    }
}

/// A change inside a spreadsheet: of the bytes of one of its parts, or a word put in.
fn inside() -> impl Strategy<Value = Change> {
    let word = prop::sample::select(zipped::WORDS.to_vec());
    let put_in =
        (any::<usize>(), word).prop_map(|(at, word)| Change::Insert { at, bytes: word.to_vec() });
    prop_oneof![change(), put_in]
}

#[test]
fn what_stands_before_the_rows_of_a_sheet_is_told() {
    let format = ims_files::by_name("payments-sheet").unwrap();
    let golden =
        format!("{}/../../tests/golden/payments-sheet/enquiry-line.in", env!("CARGO_MANIFEST_DIR"));
    for (word, told) in [
        ("<c t=\"e\"><v>#REF!</v></c>", Some("a cell stands outside the rows of its sheet")),
        // The line after the last there is.
        ("<row r=\"18446744073709551615\"><c><v>1</v></c></row>", None),
    ] {
        let mut parts = zipped::unpacked(&fs::read(&golden).unwrap()).unwrap();
        let mut put_in = 0;
        for part in &mut parts {
            let begin = b"<sheetData>";
            let at = part.bytes.windows(begin.len()).position(|window| window == begin);
            if let Some(at) = at {
                let at = at + begin.len();
                part.bytes.splice(at..at, word.bytes());
                put_in += 1;
            }
        }
        assert!(put_in > 0);
        let verdict = format.read(&mut &*zipped::packed(&parts), &mut |_| {});
        assert!(verdict.faults.iter().all(|fault| fault.line != Some(0)), "{:?}", verdict.faults);
        let is_told = |told: &str| verdict.faults.iter().any(|fault| fault.message == told);
        assert!(told.is_none_or(is_told), "{:?}", verdict.faults);
    }
}

/// Those of the corpus that are spreadsheets.
static SHEETS: LazyLock<Vec<&Sample>> = LazyLock::new(|| {
    CORPUS.iter().filter(|sample| zipped::unpacked(&sample.bytes).is_some()).collect()
});

#[test]
fn a_spreadsheet_packed_again_reads_the_same() {
    assert!(SHEETS.len() >= 2, "only {} spreadsheets", SHEETS.len());
    let format = ims_files::by_name("payments-sheet").unwrap();
    let read = |file: &[u8]| {
        let mut records = Vec::new();
        let verdict = format.read(&mut &*file, &mut |record| records.push(record));
        (records, verdict)
    };
    let mut rows = 0;
    for sample in SHEETS.iter() {
        let again = zipped::packed(&zipped::unpacked(&sample.bytes).unwrap());
        let (first, second) = (read(&sample.bytes), read(&again));
        // A bomb is one only while it is packed.
        if first.1.is_read_whole() {
            assert_eq!(first, second);
            rows += first.0.len();
        }
    }
    assert!(rows > 0, "no spreadsheet was read");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn no_damage_inside_a_spreadsheet_makes_a_reader_panic_or_run_on(
        which in any::<prop::sample::Index>(),
        part in any::<prop::sample::Index>(),
        changes in prop::collection::vec(inside(), 1..6),
        buffer in 1..300_usize,
    ) {
        let mut parts = zipped::unpacked(&which.get(&SHEETS).bytes).unwrap();
        let at = part.index(parts.len());
        for change in &changes {
            apply(&mut parts[at].bytes, change);
        }
        let file = zipped::packed(&parts);
        for name in ["payments-sheet", "dwp-xml"] {
            let format = ims_files::by_name(name).unwrap();
            let small = read_as(format, &file, buffer);
            prop_assert_eq!(small, read_as(format, &file, 65_536), "the buffer's size shows");
        }
    }

    #[test]
    fn no_damage_makes_a_reader_panic_or_run_on(
        which in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
        buffer in 1..300_usize,
    ) {
        let sample = which.get(&CORPUS);
        let mut file = sample.bytes.clone();
        for change in &changes {
            apply(&mut file, change);
        }
        let wanted = [sample.format, recognised(&file), Some(other.get(formats()).name())];
        for format in formats().iter().filter(|format| wanted.contains(&Some(format.name()))) {
            let small = read_as(*format, &file, buffer);
            let large = read_as(*format, &file, 65_536);
            prop_assert_eq!(small, large, "{}: the buffer's size shows", format.name());
        }
    }

    #[test]
    fn any_bytes_at_all_are_survived(file in prop::collection::vec(any::<u8>(), 0..600)) {
        recognised(&file);
        read_as_everything(&file);
    }
}

/// More with `PROPTEST_CASES`, as `tests/run --long` has it.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(1_000)
}

#[test]
fn every_golden_file_is_survived_by_every_reader() {
    let ours = CORPUS.iter().filter(|sample| sample.format.is_some());
    for sample in ours.filter(|sample| sample.bytes.len() < 4_000).step_by(3) {
        read_as_everything(&sample.bytes);
    }
}

#[test]
fn a_document_type_is_refused_by_every_reader_of_xml() {
    let mut readers = 0;
    for format in formats() {
        let of_it = |sample: &&Sample| sample.format == Some(format.name());
        let Some(sample) = CORPUS.iter().filter(of_it).find(|sample| is_xml(&sample.bytes)) else {
            continue;
        };
        let text = String::from_utf8_lossy(&sample.bytes);
        let at = text.find("?>").map_or(0, |end| end + 2);
        let entity =
            "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b SYSTEM \"file:///etc/passwd\">]>";
        let file = format!("{}{entity}{}", &text[..at], &text[at..]);
        let mut count = 0;
        let verdict = format.read(&mut file.as_bytes(), &mut |_| count += 1);
        if format.name() == "ofx" {
            // SGML by birth, which may have one: it is passed over, and means nothing.
            let mut plain = 0;
            let same = format.read(&mut &sample.bytes[..], &mut |_| plain += 1);
            assert_eq!((count, verdict.faults.len()), (plain, same.faults.len()));
            continue;
        }
        let told = verdict.faults.iter().any(|fault| fault.message.contains("DOCTYPE"));
        assert!(told && count == 0, "{}: {:?}", format.name(), verdict.faults.first());
        readers += 1;
    }
    assert!(readers >= 3, "only {readers} readers of XML were found");
}

fn is_xml(bytes: &[u8]) -> bool {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).starts_with(b"<?xml")
}

#[test]
fn endless_lines_texts_and_nests_are_cut_off() {
    for (file, format, words) in [
        (vec![b'x'; 3 << 20], "mt940", "the line is longer than 1048576 bytes"),
        (b"<a>".repeat(200_000), "camt053", "nest more than 64 deep"),
        (
            [b"<Document><x>".to_vec(), vec![b'y'; 3 << 20]].concat(),
            "camt053",
            "longer than 262144 bytes",
        ),
        (
            [b"<Document a=\"".to_vec(), vec![b'y'; 3 << 20]].concat(),
            "camt053",
            "longer than 262144 bytes",
        ),
        ([b"<!--".to_vec(), vec![b'y'; 3 << 20]].concat(), "camt053", "longer than 262144 bytes"),
        (
            [b":20:A\n:61:".to_vec(), b"text\n".repeat(300_000)].concat(),
            "mt940",
            "the field is longer than 262144",
        ),
        (
            [b"01,a,b\n16,".to_vec(), b"\n88,text".repeat(300_000)].concat(),
            "bai2",
            "the record is longer than 262144",
        ),
        (
            [b"\"open,\n".to_vec(), b"x,y\n".repeat(300)].concat(),
            "receipts-csv",
            "a quote opens and never closes",
        ),
        (
            [b"<OFX><STMTRS><MEMO>".to_vec(), vec![b'y'; 3 << 20]].concat(),
            "ofx",
            "a text is longer than 262144 bytes",
        ),
        (b"<!--".repeat(1 << 18), "ofx", "no statement in the file"),
        (b",".repeat(1 << 20), "receipts-csv", "more than 500 columns"),
        (b"[".repeat(1 << 20), "govukpay-json", "not well-formed JSON"),
        (b"{\"results\":[{\"a\":".repeat(1 << 16), "govukpay-json", "not well-formed JSON"),
    ] {
        let format = ims_files::by_name(format).unwrap();
        let verdict = format.read(&mut &*file, &mut |_| {});
        assert!(!verdict.is_read_whole());
        let told = verdict.faults.iter().any(|fault| fault.message.contains(words));
        assert!(told, "{}: {words}: {:?}", format.name(), verdict.faults.first());
    }
}
