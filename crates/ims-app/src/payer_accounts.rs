//! Which bank accounts payers pay from: kept as fingerprints under a key of the
//! council's own, so that money of the same account is known again and no account
//! number is kept.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ims_ledger::{Council, Counterparty, StatementLine, id::LineId};
use ims_pay::{MacKey, Secret};
use ims_store::{PaidFromRow, Tx};
use uuid::Uuid;

use crate::{Books, Result, clues::Account};

/// Of each payer the newest lines are looked at.
pub(crate) const LINES_MAX: i64 = 40;

impl Books {
    /// Records the payers' accounts of credits, as far as the bank says them.
    pub(crate) async fn keep_payers(
        &self,
        tx: &mut Tx,
        credits: &[(LineId, String)],
    ) -> Result<()> {
        if credits.is_empty() {
            return Ok(());
        }
        let key = match tx.payer_key(self.id()).await? {
            Some(key) => key,
            None => {
                let new: [u8; 32] = self.world().bytes();
                tx.keep_payer_key(self.id(), &new, self.world().now()).await?
            }
        };
        let payers =
            credits.iter().filter_map(|(line, account)| Some((*line, fingerprint(&key, account)?)));
        let payers: Vec<(LineId, Uuid)> = payers.collect();
        Ok(tx.put_line_payers(self.id(), &payers).await?)
    }
}

/// What stands for a bank account under a key.
fn fingerprint(key: &[u8], account: &str) -> Option<Uuid> {
    let mac = MacKey::hex(&Secret::new(hex::encode(key)))?.sign(account.as_bytes());
    Some(Uuid::from_bytes(mac.get(..16)?.try_into().ok()?))
}

/// The council's own bank accounts, as [`Counterparty::bank_account`] writes them.
pub(crate) fn own_accounts(council: &Council) -> BTreeSet<String> {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let own = council.bank_account.iter().filter_map(|bank| {
        let ours = Counterparty {
            name: None,
            sort_code: text(&bank.sort_code),
            account: text(&bank.number),
            iban: text(&bank.iban),
        };
        ours.bank_account()
    });
    own.collect()
}

/// The account that a credit was paid from, if the bank says. None where money only came
/// back, or from an account of the council's own.
pub(crate) fn payers_account(line: &StatementLine, own: &BTreeSet<String>) -> Option<String> {
    if !line.amount.pence().is_some_and(|amount| amount.is_positive()) || line.returned.is_some() {
        return None;
    }
    line.counterparty.as_ref()?.bank_account().filter(|account| !own.contains(account))
}

/// What the bank accounts that lines came from paid before.
#[derive(Debug, Default)]
pub(crate) struct Payers {
    of_lines: BTreeMap<LineId, Uuid>,
    paid: BTreeMap<Uuid, Vec<PaidFromRow>>,
}

/// How often a bank account paid an account of the council's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    /// How many of its payments were for it …
    pub(crate) this: usize,
    /// … of how many.
    pub(crate) all: usize,
    /// The day of the last.
    pub(crate) last: NaiveDate,
}

impl Times {
    /// Those of two accounts that are one now.
    pub(crate) fn and(self, other: Self) -> Self {
        let this = self.this.saturating_add(other.this).min(self.all);
        Self { this, all: self.all, last: self.last.max(other.last) }
    }
}

impl Payers {
    /// Those of these lines, whatever became of them: two questions, however many lines.
    pub(crate) async fn of(
        books: &Books,
        tx: &mut Tx,
        lines: impl Iterator<Item = LineId>,
    ) -> Result<Self> {
        let lines: BTreeSet<LineId> = lines.collect();
        if lines.is_empty() {
            return Ok(Self::default());
        }
        let lines: Vec<LineId> = lines.into_iter().collect();
        let of_lines = tx.payers_of_lines(books.id(), &lines).await?;
        let payers: BTreeSet<Uuid> = of_lines.values().copied().collect();
        let payers: Vec<Uuid> = payers.into_iter().collect();
        let mut paid: BTreeMap<Uuid, Vec<PaidFromRow>> = BTreeMap::new();
        for row in tx.paid_from(books.id(), &payers, LINES_MAX).await? {
            paid.entry(row.payer).or_default().push(row);
        }
        Ok(Self { of_lines, paid })
    }

    /// The accounts that were paid from where `line` came from, it apart.
    pub(crate) fn paid(&self, line: Option<LineId>) -> BTreeMap<Account, Times> {
        let rows = line.and_then(|line| self.paid.get(self.of_lines.get(&line)?));
        often(rows.into_iter().flatten().filter(|row| Some(row.line) != line))
    }
}

/// The accounts that were paid from a bank account, as [`Counterparty::bank_account`] writes it;
/// none while no payer's is known.
pub(crate) async fn paid_from_account(
    books: &Books,
    tx: &mut Tx,
    account: &str,
) -> Result<BTreeMap<Account, Times>> {
    let key = tx.payer_key(books.id()).await?;
    let Some(payer) = key.and_then(|key| fingerprint(&key, account)) else {
        return Ok(BTreeMap::new());
    };
    Ok(often(tx.paid_from(books.id(), &[payer], LINES_MAX).await?.iter()))
}

/// How often these lines were for each account.
fn often<'a>(rows: impl Iterator<Item = &'a PaidFromRow> + Clone) -> BTreeMap<Account, Times> {
    let all = rows.clone().map(|row| row.line).collect::<BTreeSet<_>>().len();
    let mut accounts: BTreeMap<Account, Times> = BTreeMap::new();
    for row in rows {
        let account = (row.fund.clone(), row.reference.clone());
        let new = Times { this: 0, all, last: row.booked_on };
        let times = accounts.entry(account).or_insert(new);
        times.this = times.this.saturating_add(1);
        times.last = times.last.max(row.booked_on);
    }
    accounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_its_key_s() {
        let of = |key: &[u8], account| fingerprint(key, account).unwrap();
        assert_eq!(of(b"one", "60111112345678"), of(b"one", "60111112345678"));
        assert_ne!(of(b"one", "60111112345678"), of(b"one", "60111112345679"));
        assert_ne!(of(b"one", "60111112345678"), of(b"two", "60111112345678"));
        assert_eq!(fingerprint(b"", "60111112345678"), None, "no key, no fingerprint");
    }
}
