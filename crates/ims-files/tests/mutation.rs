//! Files that go wrong on the way: no reader panics, every reader ends, and what
//! it keeps stays bounded.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use std::{
    fs,
    io::BufReader,
    path::{Path, PathBuf},
};

use ims_files::{FAULTS_MAX, HEAD_BYTES_MAX, Head, Record, formats, recognise};
use proptest::prelude::*;

/// Our own golden files, good and bad, of every format.
fn corpus() -> Vec<Vec<u8>> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
    let mut paths: Vec<PathBuf> = fs::read_dir(golden)
        .unwrap()
        .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "in"))
        .collect();
    paths.sort();
    assert!(paths.len() > 40, "only {} golden files", paths.len());
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

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

/// Reads the file as every format, checks what must hold of any reading, and
/// gives how many records each handed on.
fn read_as_everything(file: &[u8], buffer: usize) -> Vec<usize> {
    let head = Head { bytes: &file[..file.len().min(HEAD_BYTES_MAX)], file_name: "" };
    let _ = recognise(&head);
    let mut counts = Vec::new();
    for format in formats() {
        let (mut open, mut count) = (false, 0);
        let mut input = BufReader::with_capacity(buffer, file);
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
        assert!(!open, "{}: a statement stays open", format.name());
        assert!(verdict.faults.len() <= 2 * usize::try_from(FAULTS_MAX).unwrap());
        assert!(
            verdict.faults.iter().all(|fault| !fault.message.is_empty() && fault.line != Some(0))
        );
        counts.push(count);
    }
    counts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_damage_makes_a_reader_panic_or_run_on(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..6),
        buffer in 1..300_usize,
    ) {
        let mut file = which.get(&corpus()).clone();
        for change in &changes {
            apply(&mut file, change);
        }
        let small = read_as_everything(&file, buffer);
        prop_assert_eq!(small, read_as_everything(&file, 65_536), "the buffer's size shows");
    }

    #[test]
    fn any_bytes_at_all_are_survived(file in prop::collection::vec(any::<u8>(), 0..2_000)) {
        read_as_everything(&file, 64);
    }
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
    ] {
        let format = ims_files::by_name(format).unwrap();
        let verdict = format.read(&mut &*file, &mut |_| {});
        assert!(!verdict.is_read_whole());
        let told = verdict.faults.iter().any(|fault| fault.message.contains(words));
        assert!(told, "{}: {words}: {:?}", format.name(), verdict.faults.first());
    }
}
