//! Reads a bank statement (MT940): recognised by its first bytes, read whole,
//! and with a fault in it.

use ims_files::{Contents, Head, recognise};

const STATEMENT: &str = "\
:20:APRIL
:25:20000012345678
:28C:1/1
:60F:C260401GBP1000,00
:61:2604010401C120,50NTRF80012345//FP1
:86:FPI SMITH J
:61:2604020402D15,25NCHGNONREF
:86:CHARGES
:62F:C260402GBP1105,25
-
";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    read(STATEMENT)?;
    // There is no 31 April. That is an error with its line, so the file is not
    // to be posted; the lines after it are still read, so that one look shows all.
    read(&STATEMENT.replace("2604010401C", "2604310431C"))
}

fn read(text: &str) -> Result<(), Box<dyn std::error::Error>> {
    let format = recognise(&Head { bytes: text.as_bytes(), file_name: "april.sta" })?;
    let mut contents = Contents::default();
    let verdict = format.read(&mut text.as_bytes(), &mut |record| contents.take(record));
    println!("{}:", format.title());
    for statement in &contents.statements {
        for line in &statement.lines {
            println!("  {} {:>8} {}", line.booked, line.amount.to_string(), line.narrative);
        }
        println!("  opening and lines make the closing balance: {:?}", statement.balanced());
    }
    for fault in &verdict.faults {
        let line = fault.line.map_or_else(String::new, |line| format!("line {line}: "));
        println!("  {:?}: {line}{}", fault.severity, fault.message);
    }
    Ok(())
}
