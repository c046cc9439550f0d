//! Takes a payment with VAT in it: an amount, a reference, a balanced entry.

use ims_ledger::{Characters, Draft, ReferenceRule};
use ims_money::{Pence, Rounding, vat};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paid: Pence = "12.00".parse()?;
    let digits = Some(Characters::Numeric);
    let rule = ReferenceRule { min_length: 8, characters: digits, ..Default::default() };
    let account = rule.reader()?.parse(" 80012345 ")?;

    let rate = vat::BasisPoints::new(2_000).ok_or("a rate of at most 100%")?;
    let held = vat::held_in_gross(paid, rate, Rounding::HalfEven).ok_or("too large")?;
    let entry = Draft::new()
        .debit("clearing:card".parse()?, paid)
        .credit("fund:LE".parse()?, paid.checked_sub(held).ok_or("too large")?)
        .credit("vat:S".parse()?, held)
        .balance()?; // an entry that does not balance does not exist

    println!("account {account}");
    for side in entry.postings() {
        println!("{:<6} {:<14} {:>6}", side.side.as_str(), side.account.to_string(), side.amount);
    }
    Ok(())
}
