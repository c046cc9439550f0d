//! Money that is booked to an account and that the fund's own system has not taken in: the usual
//! cause of a summons for somebody who had paid.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use ims_money::Pence;
use ims_store::{CashLine, ExportState, Tx};

use super::{MayBeTheirs, Unplaced};
use crate::{
    AppError, Books, ExportKind, Result,
    books::{first_day, last_day},
    clues::Account,
};

/// Theirs for certain, in thousandths.
const CERTAIN: u16 = 1_000;

impl Books {
    /// What was received for these accounts and is in no file that their system took in. A fund
    /// whose system was never sent a file has none.
    pub(super) async fn undelivered<'a>(
        &self,
        tx: &mut Tx,
        accounts: &'a BTreeSet<Account>,
    ) -> Result<BTreeMap<&'a Account, Vec<MayBeTheirs>>> {
        let mut found: BTreeMap<&Account, Vec<MayBeTheirs>> = BTreeMap::new();
        let mut sums: BTreeMap<&Account, Pence> = BTreeMap::new();
        let funds: BTreeSet<&str> = accounts.iter().map(|(fund, _)| fund.as_str()).collect();
        for fund in funds {
            let series = ExportKind::HostCash(fund.to_owned()).name();
            let made = tx.export_states(self.id(), Some(&series), i64::MAX).await?;
            for (after, through) in not_taken_in(&made) {
                for line in tx.cash_lines(self.id(), fund, after, through).await? {
                    let account = (fund.to_owned(), line.reference.clone());
                    let Some(account) = accounts.get(&account) else { continue };
                    let sum = sums.entry(account).or_default();
                    *sum = sum.checked_add(line.amount).ok_or(AppError::Overflow)?;
                    if line.amount.is_positive() {
                        found.entry(account).or_default().push(theirs(line, &made));
                    }
                }
            }
        }
        // What was reversed since, or went elsewhere, is theirs no more.
        found.retain(|account, _| sums.get(account).is_some_and(|sum| sum.is_positive()));
        Ok(found)
    }
}

/// The days of which their system took nothing in: after the first to the last of each stretch.
/// Where it never says what becomes of a file, one that was made counts as taken in.
fn not_taken_in(made: &[ExportState]) -> Vec<(NaiveDate, NaiveDate)> {
    if made.is_empty() {
        return Vec::new();
    }
    let says = made.iter().any(|one| one.ack.is_some());
    let is_in = |one: &&ExportState| one.is_accepted() || !says;
    let day = |after: Option<NaiveDate>| after.unwrap_or_else(first_day);
    let mut taken: Vec<(NaiveDate, NaiveDate)> = made
        .iter()
        .filter(is_in)
        .map(|one| (day(one.row.after_day), one.row.through_day))
        .collect();
    taken.sort_unstable();
    let (mut stretches, mut from) = (Vec::new(), first_day());
    for (after, through) in taken {
        if from < after {
            stretches.push((from, after));
        }
        from = from.max(through);
    }
    stretches.push((from, last_day()));
    stretches
}

fn theirs(line: CashLine, made: &[ExportState]) -> MayBeTheirs {
    let has = |one: &&ExportState| {
        one.row.after_day.is_none_or(|after| after < line.accounting_day)
            && line.accounting_day <= one.row.through_day
    };
    let newest = made.iter().filter(has).max_by_key(|one| one.row.number);
    let why = match newest {
        None => "it is theirs, and in no file to their system yet".to_owned(),
        Some(one) if one.is_rejected() => {
            format!("it is theirs, and their system rejected {}", one.row.file_name)
        }
        Some(one) => {
            format!("it is theirs, and their system has not acknowledged {}", one.row.file_name)
        }
    };
    MayBeTheirs {
        money: Unplaced::NotDelivered(line.number),
        happened_on: line.happened_on,
        amount: line.amount,
        permille: CERTAIN,
        reasons: vec![why],
    }
}
