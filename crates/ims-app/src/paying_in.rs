//! Paying money in: the slips and the batches of card terminals that the bank is
//! to show, whether a site declared them or a till was counted.

use chrono::NaiveDate;
use ims_ledger::{
    CardMachine, Slips,
    id::{ChannelCode, ExpectedId, ReceiptId, TillSessionId},
};
use ims_money::Pence;
use ims_store::{EntryRow, ExpectedRow, Tx};

use crate::{AppError, Books, Result, tills::label as till_label};

/// The series of paying-in slips.
pub(crate) const SLIPS: &str = "slip";

/// A slip's number as the bank shows it.
pub(crate) fn slip_label(number: i64) -> String {
    format!("PS{number:06}")
}

/// The number of a slip that is called so.
pub(crate) fn slip_number(label: &str) -> Option<i64> {
    label.strip_prefix("PS")?.parse().ok().filter(|number| slip_label(*number) == label)
}

/// What goes on which slip; none of nothing.
pub(crate) fn on_slips(
    how: Slips,
    cash: Pence,
    cheques: Pence,
) -> Result<Vec<(&'static str, Pence)>> {
    let mut slips = match how {
        Slips::Together if !cash.is_zero() && !cheques.is_zero() => {
            vec![("together", cash.checked_add(cheques).ok_or(AppError::Overflow)?)]
        }
        Slips::Together | Slips::Apart => vec![("cash", cash), ("cheques", cheques)],
    };
    slips.retain(|(_, amount)| !amount.is_zero());
    Ok(slips)
}

/// How the batch of a card terminal is told from every other.
pub(crate) fn batch_source(terminal: &str, batch: &str, on: NaiveDate) -> String {
    format!("{}/{}/{on}", terminal.trim(), batch.trim())
}

/// What the bank is to show.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown<'a> {
    pub(crate) channel: &'a ChannelCode,
    pub(crate) amount: Pence,
    pub(crate) reference: &'a str,
    /// The number of the slip it is part of.
    pub(crate) batch: &'a str,
    pub(crate) source: &'a str,
}

impl Books {
    /// Something the bank is to show of what `entry` posted.
    pub(crate) fn to_be_shown(
        &self,
        entry: &EntryRow,
        receipt: Option<ReceiptId>,
        shown: Shown<'_>,
    ) -> ExpectedRow {
        ExpectedRow {
            id: ExpectedId::new(self.world().id()),
            channel: shown.channel.to_string(),
            happened_on: entry.happened_on,
            amount: shown.amount,
            reference: shown.reference.to_owned(),
            batch_ref: shown.batch.to_owned(),
            source_ref: shown.source.to_owned(),
            entry: entry.id,
            receipt,
            import: None,
            created_at: entry.posted_at,
            is_payers: false,
        }
    }

    /// What the bank is to show of the batches of card terminals, none of which may
    /// have been declared before. Whoever asks holds the batches.
    pub(crate) async fn batches_to_be_shown(
        &self,
        tx: &mut Tx,
        (entry, receipt): (&EntryRow, Option<ReceiptId>),
        channel: &ChannelCode,
        cards: &[CardMachine],
        label: &str,
    ) -> Result<Vec<ExpectedRow>> {
        let source =
            |card: &CardMachine| batch_source(&card.terminal, &card.batch, entry.happened_on);
        let sources: Vec<String> = cards.iter().map(source).collect();
        self.not_declared(tx, channel, &sources, label).await?;
        let shown = |(card, source): (&CardMachine, &String)| {
            let reference = card.terminal.trim();
            let shown = Shown { channel, amount: card.amount, reference, batch: "", source };
            self.to_be_shown(entry, receipt, shown)
        };
        Ok(cards.iter().zip(&sources).map(shown).collect())
    }

    /// Refuses batches that another till took cards in and is not closed: they are declared
    /// there. Whoever asks holds the batches.
    pub(crate) async fn batches_are_free(
        &self,
        tx: &mut Tx,
        cards: impl Iterator<Item = &CardMachine> + Send,
        session: Option<TillSessionId>,
        label: &str,
    ) -> Result<()> {
        let session = session.unwrap_or_else(|| TillSessionId::new(uuid::Uuid::nil()));
        for card in cards.filter(|card| !card.amount.is_zero()) {
            let (terminal, batch) = (card.terminal.trim(), card.batch.trim());
            if let Some(other) = tx.batch_elsewhere(self.id(), (terminal, batch), session).await? {
                return Err(AppError::Refused(format!(
                    "{label}: batch {batch} of terminal {terminal} is {}'s, and is counted there",
                    till_label(other)
                )));
            }
        }
        Ok(())
    }

    /// Refuses the batch of a card terminal that was declared before. Whoever asks holds the
    /// batches.
    pub(crate) async fn not_declared(
        &self,
        tx: &mut Tx,
        channel: &ChannelCode,
        sources: &[String],
        label: &str,
    ) -> Result<()> {
        let before = tx.expected_by_source(self.id(), channel.as_str(), sources).await?;
        match before.first() {
            None => Ok(()),
            Some(money) => Err(AppError::Refused(format!(
                "{label}: the batch of a card machine was declared before: {} (terminal, batch, day)",
                money.source_ref
            ))),
        }
    }
}
