//! All money that came and that nobody has placed: in suspense, in bank lines nobody
//! explained, in files kept aside.

use chrono::NaiveDate;
use ims_ledger::{
    evidence::{AmountFits, NameAgrees, likelihoods},
    id::LineId,
    london_day,
};
use ims_store::Tx;

use super::{KeptAside, MayBeTheirs, Unplaced};
use crate::{
    Books, Permission, ROWS_MAX, Result, Settings,
    clues::{Case, Clue},
    import_file::money_in,
    layouts,
};

/// The most rows of files kept aside that are looked through.
const ASIDE_MAX: usize = 100_000;

/// Money that nobody has placed.
pub(super) struct Money {
    of: Unplaced,
    pub(super) on: NaiveDate,
    pub(super) clue: Clue,
    /// The bank line it came by.
    pub(super) line: Option<LineId>,
    /// Where it is, in words, if nobody could look there otherwise.
    lies: Option<String>,
}

impl Books {
    pub(super) async fn unplaced(&self, tx: &mut Tx) -> Result<Vec<Money>> {
        let mut money = Vec::new();
        let mut after = None;
        loop {
            let items = tx.open_suspense(self.id(), after, ROWS_MAX).await?;
            let Some(last) = items.last() else { break };
            after = Some(last.id);
            money.extend(items.into_iter().map(|item| Money {
                of: Unplaced::Suspense(item.id),
                on: item.happened_on,
                clue: Clue::of(&item.reference, &item.narrative, item.remaining),
                line: item.line,
                lies: None,
            }));
        }
        let lines = tx.open_lines(self.id()).await?;
        money.extend(lines.into_iter().map(|line| {
            let words = format!("{} {}", line.bank_reference, line.narrative);
            Money {
                of: Unplaced::BankLine(line.id),
                on: line.booked_on,
                clue: Clue::of(&line.reference, &words, line.amount),
                line: Some(line.id),
                lies: None,
            }
        }));
        money.retain(|it| it.clue.amount.is_positive());
        Ok(money)
    }

    /// The money in files kept aside, and these files; of each that could not be searched, why.
    pub(super) async fn aside(
        &self,
        tx: &mut Tx,
        settings: &Settings,
    ) -> Result<(Vec<Money>, Vec<KeptAside>)> {
        let own = layouts::readers(&settings.council, self.world().today());
        let (mut money, mut files) = (Vec::new(), Vec::new());
        for kept in tx.quarantined(self.id(), i64::MAX).await? {
            let left = ASIDE_MAX.saturating_sub(money.len());
            let found = if !self.actor().may(Permission::SeeImports) {
                Err("who asks may not see files that were taken in".to_owned())
            } else if let Some(deflated) = tx.archived(self.id(), kept.content_hash).await? {
                money_in(&kept, &deflated, &own, left).map_err(|why| why.to_string())
            } else {
                Err(format!("{}: its bytes are not kept", kept.file_name))
            };
            let unread = found.as_ref().err().cloned();
            let day = london_day(kept.quarantined_at);
            money.extend(found.unwrap_or_default().into_iter().map(|row| Money {
                of: Unplaced::KeptAside { file: kept.file_name.clone(), line: row.line },
                on: row.date.unwrap_or(day),
                clue: Clue::of(&row.reference, &row.words, row.amount),
                line: None,
                lies: Some(format!("the file is kept aside: {}", kept.reason)),
            }));
            files.push(KeptAside { file_name: kept.file_name, reason: kept.reason, unread });
        }
        Ok((money, files))
    }
}

impl Money {
    /// What speaks against it is said, and does not make it less likely: people
    /// pay for others, and in part.
    pub(super) fn theirs(&self, case: &Case) -> MayBeTheirs {
        let mut evidence = case.alone();
        if evidence.name == NameAgrees::No {
            evidence.name = NameAgrees::Unknown;
        }
        if evidence.amount == AmountFits::No {
            evidence.amount = AmountFits::Unknown;
        }
        let mut reasons = case.reasons();
        reasons.extend(self.lies.clone());
        MayBeTheirs {
            money: self.of.clone(),
            happened_on: self.on,
            amount: self.clue.amount,
            permille: likelihoods(&[evidence]).first().copied().unwrap_or(0),
            reasons,
        }
    }
}
