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

/// What everything should stand at. Credit positive, as income is.
#[derive(Default)]
pub(super) struct Shadow {
    pub(super) accounts: BTreeMap<Account, i64>,
    pub(super) vat: i64,
    pub(super) bank: i64,
    pub(super) statements: u32,
    pub(super) files: Vec<File>,
    pub(super) lines: Vec<ims_ledger::id::LineId>,
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
        ["fund:", "vat:", "bank:"].iter().any(|kind| account.starts_with(kind))
    }

    /// Every account it follows, debit positive; those at nothing left out.
    pub(super) fn balances(&self) -> BTreeMap<String, i64> {
        let mut all =
            BTreeMap::from([("bank:main".to_owned(), self.bank), ("vat:S".to_owned(), -self.vat)]);
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
