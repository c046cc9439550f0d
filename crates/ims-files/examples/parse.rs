//! How fast statements are read, on data that it makes itself: a million entries
//! of each kind, read to the neutral shape by one thread.
//!
//! `cargo run --release -p ims-files --example parse -- [ENTRIES] [ROUNDS]`
//! prints the median of the rounds, in processor time where the system tells it; `-- stream KIND ENTRIES` makes the file while
//! it is read, and prints how much memory that took.
#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "a stop watch")]

use std::{
    fmt::Write as _,
    io::{BufReader, Read},
    time::Instant,
};

use ims_files::by_name;

/// Entries of one statement.
const PER_STATEMENT: u64 = 1_000;

/// A kind of file, and what makes its pieces.
struct Kind {
    name: &'static str,
    format: &'static str,
    begin: &'static str,
    /// Adds a statement of so many entries, from that number on.
    statement: fn(&mut Made, u64, u64),
    /// Adds what ends the file.
    end: fn(&mut Made),
}

const KINDS: [Kind; 6] = [
    Kind { name: "mt940", format: "mt940", begin: "", statement: mt940, end: nothing },
    Kind {
        name: "camt",
        format: "camt053",
        begin: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"><BkToCstmrStmt>\n",
        statement: camt,
        end: |made| made.text.push_str("</BkToCstmrStmt></Document>\n"),
    },
    Kind {
        name: "bai2",
        format: "bai2",
        begin: "01,B,C,260401,0600,1,80,,2/\n",
        statement: bai2,
        end: bai2_end,
    },
    Kind {
        name: "lloyds",
        format: "lloyds-csv",
        begin: "Transaction Date,Transaction Type,Sort Code,Account Number,Transaction Description,Debit Amount,Credit Amount,Balance\n",
        statement: lloyds,
        end: nothing,
    },
    Kind {
        name: "barclays",
        format: "barclays-csv",
        begin: "Number,Date,Account,Amount,Subcategory,Memo\n",
        statement: barclays,
        end: nothing,
    },
    Kind { name: "hsbc", format: "hsbc-csv", begin: "", statement: hsbc, end: nothing },
];

/// A file in the making.
struct Made {
    kind: &'static Kind,
    text: String,
    at: usize,
    made: u64,
    entries: u64,
    ended: bool,
    seed: u64,
    balance: i64,
    /// Of BAI2, what its groups come to, how many there are, and their records.
    control: (i64, u64, u64),
}

/// One entry: pence, reference, name, code.
struct Entry {
    pence: i64,
    reference: u64,
    name: &'static str,
    code: &'static str,
}

impl Made {
    fn new(kind: &'static Kind, entries: u64) -> Self {
        let text = kind.begin.to_owned();
        Self {
            kind,
            text,
            at: 0,
            made: 0,
            entries,
            ended: false,
            seed: 7,
            balance: 10_000_000,
            control: (0, 0, 0),
        }
    }

    fn random(&mut self, below: u64) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.seed >> 33) % below
    }

    fn entry(&mut self) -> Entry {
        const NAMES: [&str; 4] = ["J SMITH", "MRS P TAYLOR", "BROWN AND SONS LTD", "EVANS M"];
        const CODES: [&str; 4] = ["FPI", "BGC", "STO", "DDR"];
        let size = i64::try_from(self.random(250_000)).unwrap_or(0) + 100;
        let pence = if self.random(100) < 94 { size } else { -size };
        self.balance += pence;
        let reference = 10_000_000 + self.random(90_000_000);
        let pick = |all: [&'static str; 4], nth: u64| {
            usize::try_from(nth).ok().and_then(|nth| all.get(nth).copied()).unwrap_or("X")
        };
        let (name, code) = (self.random(4), self.random(4));
        Entry { pence, reference, name: pick(NAMES, name), code: pick(CODES, code) }
    }

    /// Makes the next piece of the file; false at its end.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let count = PER_STATEMENT.min(self.entries - self.made);
        if count == 0 {
            self.ended = true;
            (self.kind.end)(self);
        } else {
            let from = self.made;
            (self.kind.statement)(self, from, count);
            self.made += count;
        }
        true
    }
}

impl Read for Made {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.at >= self.text.len() {
            self.text.clear();
            self.at = 0;
            if !self.more() {
                return Ok(0);
            }
        }
        let count = self.text.as_bytes().get(self.at..).unwrap_or_default().read(into)?;
        self.at += count;
        Ok(count)
    }
}

/// Adds a formatted text; a text takes everything.
macro_rules! add {
    ($made:ident, $($format:tt)+) => { let _ = write!($made.text, $($format)+); };
}

fn sum(pence: i64, point: char) -> String {
    format!("{}{point}{:02}", pence.abs() / 100, pence.abs() % 100)
}

fn mt940(made: &mut Made, from: u64, count: u64) {
    let side = |pence: i64| if pence < 0 { 'D' } else { 'C' };
    let open = made.balance;
    add!(made, ":20:STMT{from}\r\n:25:20000012345678\r\n:28C:{}/1\r\n", from / PER_STATEMENT + 1);
    add!(made, ":60F:{}260401GBP{}\r\n", side(open), sum(open, ','));
    for nth in 0..count {
        let Entry { pence, reference, name, code } = made.entry();
        add!(made, ":61:2604010401{}{}NTRF{reference}", side(pence), sum(pence, ','));
        add!(made, "//{:012}\r\n:86:{code} {name}\r\n{reference} COUNCIL TAX\r\n", from + nth);
    }
    let close = made.balance;
    add!(made, ":62F:{}260401GBP{}\r\n-\r\n", side(close), sum(close, ','));
}

fn camt(made: &mut Made, from: u64, count: u64) {
    let side = |pence: i64| if pence < 0 { "DBIT" } else { "CRDT" };
    let balance = |code: &str, pence: i64| {
        format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"GBP\">{}</Amt><CdtDbtInd>{}</CdtDbtInd><Dt><Dt>2026-04-01</Dt></Dt></Bal>\n",
            sum(pence, '.'),
            side(pence)
        )
    };
    let open = made.balance;
    add!(
        made,
        "<Stmt><Id>STMT{from}</Id><ElctrncSeqNb>{}</ElctrncSeqNb><CreDtTm>2026-04-01T06:00:00</CreDtTm><Acct><Id><IBAN>GB29NWBK60161331926819</IBAN></Id><Ccy>GBP</Ccy></Acct>\n{}",
        from / PER_STATEMENT + 1,
        balance("OPBD", open)
    );
    for nth in 0..count {
        let Entry { pence, reference, name, code } = made.entry();
        let (amount, side) = (sum(pence, '.'), side(pence));
        add!(
            made,
            "<Ntry><NtryRef>{nth}</NtryRef><Amt Ccy=\"GBP\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-04-01</Dt></BookgDt><ValDt><Dt>2026-04-01</Dt></ValDt><AcctSvcrRef>{:012}</AcctSvcrRef>",
            from + nth
        );
        add!(
            made,
            "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy=\"GBP\">{amount}</Amt></TxAmt></AmtDtls>"
        );
        add!(
            made,
            "<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr><DbtrAcct><Id><Othr><Id>20000011</Id></Othr></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{code} {reference} COUNCIL TAX</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>\n"
        );
    }
    let close = balance("CLBD", made.balance);
    add!(made, "{close}</Stmt>\n");
}

fn bai2(made: &mut Made, from: u64, count: u64) {
    add!(made, "02,C,B,1,260401,0600,GBP,2/\n03,20000012345678,GBP,010,{},,,/\n", made.balance);
    let mut total = made.balance;
    for nth in 0..count {
        let Entry { pence, reference, name, code } = made.entry();
        total += pence.abs();
        let kind = if pence < 0 { 455 } else { 165 };
        add!(
            made,
            "16,{kind},{},0,{:012},{reference},{code} {name} {reference}\n",
            pence.abs(),
            from + nth
        );
    }
    let (account, group) = (count + 2, count + 4);
    add!(made, "49,{total},{account}/\n98,{total},1,{group}/\n");
    let (sum, groups, records) = made.control;
    made.control = (sum + total, groups + 1, records + group);
}

fn bai2_end(made: &mut Made) {
    let (sum, groups, records) = made.control;
    add!(made, "99,{sum},{groups},{}/\n", records + 2);
}

const fn nothing(_: &mut Made) {}

fn lloyds(made: &mut Made, _: u64, count: u64) {
    for _ in 0..count {
        let Entry { pence, reference, name, code } = made.entry();
        let (out, paid_in) = if pence < 0 {
            (sum(pence, '.'), String::new())
        } else {
            (String::new(), sum(pence, '.'))
        };
        let balance = sum(made.balance, '.');
        add!(
            made,
            "01/04/2026,{code},'20-00-00,12345678,{name} {reference},{out},{paid_in},{balance}\n"
        );
    }
}

fn barclays(made: &mut Made, _: u64, count: u64) {
    for _ in 0..count {
        let Entry { pence, reference, name, code } = made.entry();
        let sign = if pence < 0 { "-" } else { "" };
        let amount = sum(pence, '.');
        add!(made, ",01/04/2026,20-00-00 12345678,{sign}{amount},{code},{name} {reference}\n");
    }
}

fn hsbc(made: &mut Made, _: u64, count: u64) {
    for _ in 0..count {
        let Entry { pence, reference, name, code } = made.entry();
        let sign = if pence < 0 { "-" } else { "" };
        let amount = sum(pence, '.');
        add!(made, "01/04/2026,{code} {name} {reference},{sign}{amount}\n");
    }
}

/// Seconds that this thread has had a processor, where the system says so: what
/// others do on the machine at the same time does not count.
fn processor() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = text.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// Reads it. Entries and seconds, of a processor where that is known.
fn read(kind: &Kind, input: impl Read) -> (u64, f64) {
    let Some(format) = by_name(kind.format) else { return (0, 0.0) };
    let mut input = BufReader::with_capacity(256 << 10, input);
    let (began, held) = (Instant::now(), processor());
    let verdict = format.read(&mut input, &mut |record| drop(record));
    let seconds = match (held, processor()) {
        (Some(before), Some(after)) => after - before,
        _ => began.elapsed().as_secs_f64(),
    };
    assert!(verdict.is_read_whole(), "{}: {:?}", kind.name, verdict.faults.first());
    (verdict.totals.map_or(0, |totals| totals.count), seconds)
}

/// What the process has held at most, from the system, where it says so.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or("VmHWM: unknown").split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

fn speeds(entries: u64, rounds: usize) -> Result<(), Box<dyn std::error::Error>> {
    for kind in &KINDS {
        let mut file = Vec::new();
        Made::new(kind, entries).read_to_end(&mut file)?;
        let mut seconds: Vec<f64> = (0..rounds).map(|_| read(kind, &file[..]).1).collect();
        seconds.sort_by(f64::total_cmp);
        let median = seconds.get(rounds / 2).copied().unwrap_or(f64::INFINITY);
        let (count, megabytes) = (u32::try_from(entries)?, u32::try_from(file.len() >> 10)?);
        println!(
            "{:<9} {:>10.0} entries/s, {:>5.0} MiB/s",
            kind.name,
            f64::from(count) / median,
            f64::from(megabytes) / 1024.0 / median
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["stream", name, entries] => {
            let kind = KINDS.iter().find(|kind| kind.name == *name).ok_or("no such kind")?;
            let (count, seconds) = read(kind, Made::new(kind, entries.parse()?));
            println!(
                "{name}: {count} entries in {seconds:.1} s with their making; at most {} held",
                peak_memory()
            );
            Ok(())
        }
        [] => speeds(1_000_000, 5),
        [entries] => speeds(entries.parse()?, 5),
        [entries, rounds, ..] => speeds(entries.parse()?, rounds.parse()?),
    }
}
