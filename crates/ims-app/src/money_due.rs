//! Expected money: what each clearing account still waits for, how late it is
//! by the council's own terms, and whose it is.

use chrono::NaiveDate;
use ims_ledger::{Council, WorkingDays, id::ExpectedId};
use ims_money::Pence;
use ims_store::AwaitedRow;

use crate::{Ageing, AppError, Books, Permission, ROWS_MAX, Result, ageing::Ages};

/// What a clearing account waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearingDue {
    /// The channel's code.
    pub channel: String,
    /// Its name.
    pub name: String,
    /// Who pays it: how files or the bank name them; empty where neither does.
    pub from: String,
    /// Within how many working days it pays; `None` where nothing is settled.
    pub pays_after_days: Option<u32>,
    /// What is open, by working days since it was paid.
    pub open: Ageing,
    /// How many of that are late, and their signed sum.
    pub late: (u64, Pence),
    /// The day the oldest was paid.
    pub since: NaiveDate,
}

/// Something a clearing account waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// What, and the payment it is for.
    pub row: AwaitedRow,
    /// Working days since it was paid.
    pub age: usize,
    /// The day it is due; `None` where no term is settled for its channel.
    pub due: Option<NaiveDate>,
    /// How many working days it is late.
    pub days_late: usize,
}

impl Books {
    /// What each clearing account still waits for.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn clearing_due(&self) -> Result<Vec<ClearingDue>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        let (today, working) = (self.world().today(), council.working_days());
        let mut ages = Ages::at(today, &council);
        let mut found: Vec<ClearingDue> = Vec::new();
        for sum in tx.waits_by_day(self.id(), None).await? {
            if found.last().is_none_or(|last| last.channel != sum.channel) {
                found.push(of_channel(&council, &sum.channel, sum.happened_on));
            }
            let Some(last) = found.last_mut() else { continue };
            last.open.add_sum(ages.of(sum.happened_on), sum.count, sum.amount)?;
            if due(&working, sum.happened_on, last.pays_after_days).is_some_and(|due| due < today) {
                last.late.0 = last.late.0.saturating_add(sum.count);
                last.late.1 = last.late.1.checked_add(sum.amount).ok_or(AppError::Overflow)?;
            }
        }
        Ok(found)
    }

    /// What clearing accounts wait for item by item, of one channel or of all,
    /// in the order it was known: at most `limit` after `after`.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another channel.
    pub async fn awaited(
        &self,
        channel: Option<&str>,
        after: Option<ExpectedId>,
        limit: i64,
    ) -> Result<Vec<Awaited>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let council = self.settings_in(&mut tx).await?.council;
        if let Some(name) = channel
            && !council.channel.iter().any(|channel| channel.code.as_str() == name)
        {
            return Err(AppError::NotFound { what: "channel", name: name.to_owned() });
        }
        let rows = tx.awaited(self.id(), channel, after, limit.clamp(1, ROWS_MAX)).await?;
        let (today, working) = (self.world().today(), council.working_days());
        let mut ages = Ages::at(today, &council);
        let of = |row: AwaitedRow| {
            let paid = row.item.happened_on;
            let due = due(&working, paid, terms(&council, &row.item.channel));
            let days_late = due.map_or(0, |due| working.between(due, today));
            Awaited { age: ages.of(paid), due, days_late, row }
        };
        Ok(rows.into_iter().map(of).collect())
    }
}

fn of_channel(council: &Council, code: &str, since: NaiveDate) -> ClearingDue {
    let channel = council.channel.iter().find(|channel| channel.code.as_str() == code);
    let (name, from) = channel.map_or((code, ""), |channel| {
        let from = if channel.sender.is_empty() { &channel.merchant } else { &channel.sender };
        (&channel.name, from)
    });
    ClearingDue {
        channel: code.to_owned(),
        name: name.to_owned(),
        from: from.to_owned(),
        pays_after_days: channel.and_then(|channel| channel.pays_after_days),
        open: Ageing::default(),
        late: (0, Pence::ZERO),
        since,
    }
}

fn terms(council: &Council, code: &str) -> Option<u32> {
    let channel = council.channel.iter().find(|channel| channel.code.as_str() == code);
    channel.and_then(|channel| channel.pays_after_days)
}

fn due(working: &WorkingDays, paid: NaiveDate, after: Option<u32>) -> Option<NaiveDate> {
    after.map(|days| working.add(paid, days))
}
