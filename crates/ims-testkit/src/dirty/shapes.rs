//! How references, merchants, batches and days are written.

use chrono::{Datelike, NaiveDate};

use super::random::mixed;

/// One way of writing everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shapes {
    /// A name for reports.
    pub name: &'static str,
    /// References, one after the other: `#` a digit, `@` a letter, anything else itself.
    pub references: &'static [&'static str],
    /// What a card's own reference looks like.
    pub card_reference: &'static str,
    /// Merchants: `#` the digits of its number.
    pub merchant: &'static str,
    /// Batches: `#` the digits of merchant and day.
    pub batch: &'static str,
    /// How a payout writes its day.
    pub day: DayText,
    /// What a paying-in slip's number looks like.
    pub slip: &'static str,
    /// Words that payers put before a reference.
    pub words: &'static [&'static str],
    /// Names that stand after it.
    pub names: &'static [&'static str],
    /// What the bank calls a direct credit.
    pub kinds: [&'static str; 3],
    /// What it calls a card payout.
    pub card_kind: &'static str,
    /// What it calls a deposit.
    pub deposit_kind: &'static str,
}

/// How a payout writes its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayText {
    /// `0104`
    DayMonth,
    /// `1 APR`
    Named,
    /// `2026-04-01`
    Iso,
    /// Not at all.
    None,
}

impl Shapes {
    /// As the published generator writes them.
    #[must_use]
    pub const fn familiar() -> Self {
        Self {
            name: "familiar",
            references: &["########", "########", "R#########", "INV#######", "BX#######@"],
            card_reference: "WEB########",
            merchant: "MID5#",
            batch: "S5#",
            day: DayText::DayMonth,
            slip: "SLIP######",
            words: &["CTAX", "RENT", "REF", "ACC NO", "INV", "PAYMENT"],
            names: &["SMITH J", "A JONES", "MRS TAYLOR"],
            kinds: ["FPI", "BGC", "STO"],
            card_kind: "CRD",
            deposit_kind: "DEP",
        }
    }

    /// Everything called otherwise.
    #[must_use]
    pub const fn renamed() -> Self {
        Self {
            name: "renamed",
            references: &["4#########", "HRA/######/#", "@@########", "D-########", "P########@"],
            card_reference: "TXN-##########",
            merchant: "ANYTOWN WEB #",
            batch: "PO-#",
            day: DayText::Named,
            slip: "77####",
            words: &["COUNCIL", "HOUSE", "MY REF", "PYMT", "BILL"],
            names: &["K OKAFOR", "DR D SINGH", "LLOYD & CO"],
            kinds: ["142", "165", "CREDIT"],
            card_kind: "MERCHANT",
            deposit_kind: "169",
        }
    }

    /// Shorter references, payouts with the year written out.
    #[must_use]
    pub const fn short() -> Self {
        Self {
            name: "short",
            references: &["7######", "@######@", "S######"],
            card_reference: "########@@",
            merchant: "M#",
            batch: "STL#",
            day: DayText::Iso,
            slip: "B#######",
            words: &["TAX", "RATES", "FAO COUNCIL"],
            names: &["J BROWN", "PATEL", "THE TRUST"],
            kinds: ["BP", "TFR", "CR"],
            card_kind: "BP",
            deposit_kind: "PI",
        }
    }

    /// The reference of the account of this number: no two are the same.
    #[must_use]
    pub fn reference(&self, account: u64) -> String {
        let shape = self.references[(account % self.references.len() as u64) as usize];
        let digits = shape.bytes().filter(|byte| *byte == b'#').count() as u32;
        // A step that shares no factor with a power of ten meets every number once.
        let whole = 10_u64.pow(digits);
        let number = (account.wrapping_mul(7_919_171) + 1_234_567) % whole;
        filled(shape, number, digits, account)
    }

    pub(super) fn card_reference(&self, row: u64) -> String {
        let digits = self.card_reference.bytes().filter(|byte| *byte == b'#').count() as u32;
        let number = mixed(row) % 10_u64.pow(digits);
        filled(self.card_reference, number, digits, row)
    }

    pub(super) fn merchant(&self, merchant: u64) -> String {
        self.merchant.replace('#', &format!("{merchant:04}"))
    }

    pub(super) fn batch(&self, merchant: u64, date: NaiveDate) -> String {
        let number = format!("{merchant:04}{}", date.format("%y%m%d"));
        self.batch.replace('#', &number)
    }

    pub(super) fn slip(&self, slip: u64) -> String {
        let digits = self.slip.bytes().filter(|byte| *byte == b'#').count() as u32;
        filled(self.slip, slip, digits, slip)
    }

    /// What a payout says that quotes its merchant.
    pub(super) fn payout(&self, merchant: u64, date: NaiveDate) -> String {
        let name = self.merchant(merchant);
        let month = || date.format("%b").to_string().to_uppercase();
        match self.day {
            DayText::DayMonth => format!("{name} {:02}{:02}", date.day(), date.month()),
            DayText::Named => format!("{name} {} {}", date.day(), month()),
            DayText::Iso => format!("{name} {date}"),
            DayText::None => name,
        }
    }
}

fn filled(shape: &str, number: u64, digits: u32, letters: u64) -> String {
    let number = format!("{number:0width$}", width = digits as usize);
    let number = &number[number.len().saturating_sub(digits as usize)..];
    let (mut digit, mut letter) = (number.chars(), mixed(letters));
    let mut character = |c: char| match c {
        '#' => digit.next().unwrap(),
        '@' => {
            letter /= 26;
            char::from(b'A' + (letter % 26) as u8)
        }
        other => other,
    };
    shape.chars().map(&mut character).collect()
}
