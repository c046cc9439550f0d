//! What damages a file: chance, its neighbours, and what formats trip over.

use super::{
    corpus::{Corpus, Sample},
    rng::Rng,
    zipped,
};

/// Larger than this no damaged file grows.
const FILE_BYTES_MAX: usize = 1 << 20;

/// What means something to one format or another.
const WORDS: &[&[u8]] = &[
    b"\n",
    b"\r",
    b"\r\n",
    b"\"",
    b"\"\"",
    b",",
    b";",
    b"\t",
    b"|",
    b"/",
    b"'",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\xef\xbb\xbf",
    "£".as_bytes(),
    "\u{a0}".as_bytes(),
    b"-",
    b"+",
    b"-0",
    b"0",
    b"1e9",
    b"(5.00)",
    b"99999999999999999999",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"0.005",
    b"1,234.56",
    b"1.234,56",
    b":20:",
    b":25:",
    b":28C:",
    b":60F:C260401GBP0,",
    b":61:",
    b":62F:",
    b":86:",
    b"-}",
    b"{4:",
    b"?20",
    b"@@",
    b"01,",
    b"02,",
    b"03,",
    b"16,",
    b"49,",
    b"88,",
    b"98,",
    b"99,",
    b"D,9,9,",
    b"V,260401,,S,1,2,3",
    b"<Ntry>",
    b"</Ntry>",
    b"<Stmt>",
    b"</Document>",
    b"<a>",
    b"</a>",
    b"<a/>",
    b"&amp;",
    b"&x;",
    b"&#0;",
    b"&#x110000;",
    b"<!DOCTYPE a [<!ENTITY b \"c\">]>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b"null",
    b"true",
    b"1.5",
    b"\"results\":[",
    b"\\u0000",
    b"\\ud800",
    b"VOL1",
    b"HDR1",
    b"UHL1",
    b"EOF1",
    b"UTL1",
    b"<OFX>",
    b"<STMTTRN>",
    b"!Type:Bank",
    b"^",
    b"D01/04'26",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    b"31/06/2026",
    b"29/02/2025",
    b"00/00/0000",
    b"2026-13-01",
    b"0001-01-01",
    b"9999-12-31",
    b"RH",
    b"SB",
    b"SC,1",
    b"Total",
    b"GBP",
    b"JPY",
    b"KWD",
    b"4111111111111111",
    b"4111 1111 1111 1111",
];

/// The file with one to eight changes, rarely made long.
pub fn damaged(rng: &mut Rng, sample: &Sample, corpus: &Corpus) -> Vec<u8> {
    // Of spreadsheets, three in four are damaged inside.
    if sample.bytes.starts_with(b"PK") && rng.below(4) > 0
        && let Some(file) = inside(rng, sample, corpus)
    {
        return file;
    }
    let mut file = sample.bytes.clone();
    if rng.below(400) == 0 {
        repeat(rng, &mut file);
    }
    for _ in 0..=rng.below(8) {
        change(rng, &mut file, corpus);
    }
    file.truncate(FILE_BYTES_MAX);
    file
}

/// One to three of its parts changed, and packed again.
fn inside(rng: &mut Rng, sample: &Sample, corpus: &Corpus) -> Option<Vec<u8>> {
    let mut parts = zipped::unpacked(&sample.bytes)?;
    for _ in 0..=rng.below(3) {
        let at = rng.below(parts.len());
        let part = &mut parts[at].bytes;
        if rng.below(200) == 0 {
            repeat(rng, part);
        }
        for _ in 0..=rng.below(6) {
            if rng.below(3) > 0 {
                let word = zipped::WORDS[rng.below(zipped::WORDS.len())];
                // Most of what may stand there stands before a `<`.
                let from = rng.below(part.len() + 1);
                let tag = part[from..].iter().position(|byte| *byte == b'<').unwrap_or(0);
                part.splice(from + tag..from + tag, word.iter().copied());
            } else {
                change(rng, part, corpus);
            }
        }
        part.truncate(FILE_BYTES_MAX);
    }
    Some(zipped::packed(&parts))
}

/// A part again and again, to a few hundred kilobytes.
fn repeat(rng: &mut Rng, file: &mut Vec<u8>) {
    let (from, to) = range(rng, file, 2_000);
    let part = file[from..to].to_vec();
    if part.is_empty() {
        return;
    }
    let times = rng.below(400_000) / part.len() + 1;
    file.splice(to..to, part.repeat(times));
}

/// A place and one after it, at most `longest` on.
fn range(rng: &mut Rng, file: &[u8], longest: usize) -> (usize, usize) {
    let from = rng.below(file.len() + 1);
    let to = (from + rng.below(longest + 1)).min(file.len());
    (from, to)
}

/// The line around a place, with its end.
fn line(rng: &mut Rng, file: &[u8]) -> (usize, usize) {
    let at = rng.below(file.len() + 1);
    let from = file[..at].iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let to =
        file[at..].iter().position(|byte| *byte == b'\n').map_or(file.len(), |end| at + end + 1);
    (from, to)
}

fn change(rng: &mut Rng, file: &mut Vec<u8>, corpus: &Corpus) {
    match rng.below(12) {
        0 => {
            let at = rng.below(file.len() + 1);
            file.truncate(at);
        }
        1 => flip(rng, file),
        2 => {
            let (from, to) = range(rng, file, 400);
            let part = file[from..to].to_vec();
            file.splice(from..from, part);
        }
        3 | 4 => {
            let at = rng.below(file.len() + 1);
            let word = WORDS[rng.below(WORDS.len())];
            file.splice(at..at, word.iter().copied());
        }
        5 => {
            let (from, to) = range(rng, file, 200);
            file.drain(from..to);
        }
        6 => {
            let (from, to) = line(rng, file);
            let part = file[from..to].to_vec();
            file.splice(from..from, part);
        }
        7 => {
            let (from, to) = line(rng, file);
            file.drain(from..to);
        }
        8 => digits(rng, file),
        9 => {
            let other = &corpus.pick(rng).bytes;
            let (from, to) = range(rng, other, 600);
            let at = rng.below(file.len() + 1);
            file.splice(at..at, other[from..to].iter().copied());
        }
        10 => {
            let (from, to) = range(rng, file, 12);
            let word = WORDS[rng.below(WORDS.len())];
            file.splice(from..to, word.iter().copied());
        }
        _ => {
            let at = rng.below(file.len() + 1);
            let bytes: Vec<u8> = (0..rng.below(12)).map(|_| rng.next() as u8).collect();
            file.splice(at..at, bytes);
        }
    }
}

fn flip(rng: &mut Rng, file: &mut [u8]) {
    let at = rng.below(file.len());
    if let Some(byte) = file.get_mut(at) {
        *byte = if rng.below(2) == 0 { *byte ^ (1 << rng.below(8)) } else { rng.next() as u8 };
    }
}

/// Other digits in a run of them: dates, amounts, counts.
fn digits(rng: &mut Rng, file: &mut [u8]) {
    let start = rng.below(file.len());
    let run = file.iter_mut().skip(start).skip_while(|byte| !byte.is_ascii_digit());
    for byte in run.take_while(|byte| byte.is_ascii_digit()).take(12) {
        *byte = b'0' + rng.below(10) as u8;
    }
}
