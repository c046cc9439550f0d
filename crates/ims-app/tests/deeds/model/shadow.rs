//! Books beside the books: what the deeds should have come to.

use std::collections::BTreeMap;

use super::step::{Row, Whose};
use crate::deeds::town::ct;

/// A fund and a reference in it.
pub(super) type Account = (&'static str, String);

impl Whose {
    /// The account, if it is one.
    pub(super) fn account(self) -> Option<Account> {
        match self {
            Self::Tax(n) => Some(("CT", ct(n))),
            Self::Leisure(n) => Some(("LE", format!("LM{n:06}"))),
            Self::Nobody => None,
        }
    }
}

/// A file that came.
pub(super) struct File {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) rows: Vec<Row>,
    pub(super) import: ims_ledger::id::ImportId,
    pub(super) is_reversed: bool,
}

/// A payment, and what is taken of it.
pub(super) struct Payment {
    pub(super) receipt: ims_ledger::id::ReceiptId,
    pub(super) number: String,
    pub(super) account: Account,
    pub(super) amount: i64,
    pub(super) used: i64,
    pub(super) used_vat: i64,
    /// The file it came in, and the import of it.
    pub(super) file: usize,
    pub(super) import: ims_ledger::id::ImportId,
}

impl Payment {
    fn vat(&self) -> i64 {
        if self.account.0 == "LE" { vat_in(self.amount) } else { 0 }
    }

    /// Takes so much, and the VAT in it: worked out from all that is taken by
    /// now, so that the last takes the rest.
    pub(super) fn take(&mut self, pence: i64) -> i64 {
        self.used += pence;
        let by_now = rounded(self.vat() * self.used, self.amount);
        let held = (by_now - self.used_vat).max(0);
        self.used_vat += held;
        held
    }

    pub(super) fn give_back(&mut self, pence: i64, held: i64) {
        self.used -= pence;
        self.used_vat -= held;
    }
}

/// `over / under` to the nearest, half to the even. Neither is negative.
fn rounded(over: i64, under: i64) -> i64 {
    let (whole, rest) = (over / under, over % under);
    let up = rest * 2 > under || rest * 2 == under && whole % 2 == 1;
    whole + i64::from(up)
}

/// A journal that stands: what it took of which payment, and where it put it.
pub(super) struct Journal {
    pub(super) id: ims_ledger::id::TransferId,
    pub(super) payment: usize,
    pub(super) pence: i64,
    pub(super) held: i64,
    pub(super) to: Account,
}

/// What everything should stand at. Credit positive, as income is.
#[derive(Default)]
pub(super) struct Shadow {
    pub(super) accounts: BTreeMap<Account, i64>,
    pub(super) vat: i64,
    pub(super) bank: i64,
    pub(super) statements: u32,
    pub(super) files: Vec<File>,
    pub(super) lines: Vec<ims_ledger::id::LineId>,
    pub(super) payments: Vec<Payment>,
    pub(super) journals: Vec<Journal>,
    pub(super) refunds_due: i64,
    pub(super) keys: u32,
    pub(super) day: u32,
}

/// The VAT held in gross pence at 20%: a sixth, half pennies to the even one.
pub(super) fn vat_in(gross: i64) -> i64 {
    let (size, sign) = (gross.abs(), gross.signum());
    let (whole, rest) = (size / 6, size % 6);
    let up = rest > 3 || rest == 3 && whole % 2 == 1;
    sign * (whole + i64::from(up))
}

impl Shadow {
    /// Whether the shadow knows what this account should stand at.
    pub(super) fn follows(account: &str) -> bool {
        ["fund:", "vat:", "bank:", "refunds-due"].iter().any(|kind| account.starts_with(kind))
    }

    /// Every account it follows, debit positive; those at nothing left out.
    pub(super) fn balances(&self) -> BTreeMap<String, i64> {
        let mut all = BTreeMap::from([
            ("bank:main".to_owned(), self.bank),
            ("vat:S".to_owned(), -self.vat),
            ("refunds-due".to_owned(), -self.refunds_due),
        ]);
        for ((fund, _), pence) in &self.accounts {
            *all.entry(format!("fund:{fund}")).or_default() -= pence;
        }
        *all.entry("fund:LE".to_owned()).or_default() += self.vat;
        all.retain(|_, pence| *pence != 0);
        all
    }

    /// `pence` come into an account, or go out of it, with `vat` in them.
    pub(super) fn gain(&mut self, account: Account, pence: i64, vat: i64) {
        if account.0 == "LE" {
            self.vat += vat;
        }
        *self.accounts.entry(account).or_default() += pence;
    }

    /// Money comes in for somebody, or for nobody.
    pub(super) fn take(&mut self, row: &Row) {
        if let Some(account) = row.whose.account() {
            self.gain(account, row.pence, vat_in(row.pence));
        }
    }

    /// What a file brought goes again.
    pub(super) fn untake(&mut self, row: &Row) {
        if let Some(account) = row.whose.account() {
            self.gain(account, -row.pence, -vat_in(row.pence));
        }
    }
}
