//! Bank lines that are no income: a transfer between our accounts, interest,
//! charges, the overnight sweep.

use chrono::{Datelike, Weekday};
use ims_money::Pence;

use crate::{
    day::Fault,
    line::{Kind, Line},
    making::{Making, names},
    mt940::Frame,
    writing::pounds,
};

/// What the sweep leaves in the main account.
const LEFT: i64 = 200_000_000;
/// It moves whole thousands of pounds.
const STEP: i64 = 100_000;

fn own(kind: Kind, pence: i64, written: &str) -> Line {
    Line { kind, amount: Pence::new(pence), payer: String::new(), written: written.to_owned() }
}

/// Adds the transfer to the housing account, and on Fridays and the first day
/// interest and charges.
pub(crate) fn make(making: &mut Making<'_>) {
    let mut random = making.random.nth(6);
    let mut pence = |first, last| i64::try_from(random.between(first, last)).unwrap_or_default();
    let moved = pence(10, 50) * 100_000;
    let (interest, charges) = (pence(2_000, 90_000), pence(1_500, 12_000));
    making.main.push(own(Kind::Transfer, -moved, "TO HOUSING 20000025"));
    making.housing.push(own(Kind::Transfer, moved, "TFR FROM MAIN 20000017"));
    if making.today.is_first() || making.today.date.weekday() == Weekday::Fri {
        making.housing.push(own(Kind::Interest, interest, "GROSS INTEREST"));
        making.main.push(own(Kind::Charge, -charges, "ACCOUNT CHARGES"));
    }
}

/// Adds the sweep, last of the day: the surplus goes out, or what is lacking
/// comes back.
pub(crate) fn sweep(making: &mut Making<'_>, frame: &Frame<'_>) {
    let surplus = frame.closing(&making.main).get().saturating_sub(LEFT);
    let whole = surplus / STEP * STEP;
    let out = if whole == 0 { STEP } else { whole };
    let line = own(Kind::Transfer, out.saturating_neg(), "OVERNIGHT SWEEP");
    let size = pounds(Pence::new(out.saturating_abs()));
    let says = if out > 0 {
        format!("The bank sweeps £{size} out overnight; it is no income.")
    } else {
        format!("The bank sweeps £{size} back in; it is no income.")
    };
    making.plant(Fault::Sweep, names::MAIN, "OVERNIGHT SWEEP", line.amount, says);
    making.main.push(line);
}
