//! A counted till as an entry, the slips the bank is to show, and the end of what
//! waited in the drawer.

use std::collections::BTreeMap;

use ims_ledger::{
    TillBanking, TillCount, flow,
    id::{ChannelCode, ExpectedId, MatchId},
};
use ims_money::Pence;
use ims_store::{
    EntryRow, ExpectedRow, MatchRow, PairRow, StoreError, TillCloseRow, TillCountRow, TillSlipRow,
    Tx,
};

use super::Held;
use crate::{
    AppError, Books, Result,
    paying_in::{SLIPS, Shown, on_slips, slip_label},
};

/// The name that the end of what waited in a drawer goes by.
pub(crate) const PAID_IN: &str = "till paid in";

type Waiting = Vec<(ExpectedId, String, Pence)>;

impl Books {
    /// Posts what was counted, and closes the session.
    pub(super) async fn pay_in(
        &self,
        tx: &mut Tx,
        held: &Held,
        row: &TillCountRow,
        count: &TillCount,
        banking: &TillBanking,
    ) -> Result<()> {
        tx.hold_batches(self.id()).await?;
        if !tx.move_till(self.id(), held.row.id, "counted", "closed").await? {
            return Err(StoreError::Busy.into());
        }
        let waiting = tx.waiting_at_till(self.id(), held.row.id).await?;
        let entry = self.entry_of_till(tx, held, row, banking, &waiting).await?;
        let (mut expected, mut slips) = (Vec::new(), Vec::new());
        if let Some(entry) = &entry {
            tx.post_many(self.id(), std::slice::from_ref(entry)).await?;
            self.waits_no_more(tx, held, entry, &waiting).await?;
            slips = self.slips_of_till(tx, held, entry, banking, &mut expected).await?;
            if let Some(channel) = &held.till.terminal_channel {
                let cards: Vec<_> = count
                    .card_machines
                    .iter()
                    .filter(|card| !card.amount.is_zero())
                    .cloned()
                    .collect();
                let label = held.label();
                let batches =
                    self.batches_to_be_shown(tx, (entry, None), channel, &cards, &label).await?;
                expected.extend(batches);
            }
            tx.add_expected(self.id(), &expected).await?;
        }
        let close = TillCloseRow {
            count: row.number,
            expected: banking.expected,
            counted: banking.counted,
            entry: entry.as_ref().map(|entry| entry.id),
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        };
        tx.add_till_close(self.id(), held.row.id, &close, &slips).await?;
        let labels: Vec<_> = slips.iter().map(|slip| slip_label(slip.number)).collect();
        let data = serde_json::json!({
            "count": row.number, "counted_by": row.by, "expected_pence": banking.expected,
            "counted_pence": banking.counted, "over_pence": banking.over, "slips": labels,
        });
        self.note(tx, "pay till in", &held.label(), data).await
    }

    /// None where nothing was taken and nothing is there.
    async fn entry_of_till(
        &self,
        tx: &mut Tx,
        held: &Held,
        row: &TillCountRow,
        banking: &TillBanking,
        waiting: &Waiting,
    ) -> Result<Option<EntryRow>> {
        let channel = |code: &str| {
            ChannelCode::parse(code).map_err(|bad| AppError::BadInput(bad.to_string()))
        };
        let mut took: BTreeMap<ChannelCode, Pence> = BTreeMap::new();
        for (_, code, amount) in waiting {
            let sum = took.entry(channel(code)?).or_default();
            *sum = sum.checked_add(*amount).ok_or(AppError::Overflow)?;
        }
        let took: Vec<_> = took.into_iter().collect();
        let slips = banking.cash.checked_add(banking.cheques).ok_or(AppError::Overflow)?;
        let mut counted = vec![(held.till.slip_channel.clone(), slips)];
        if let Some(code) = &held.till.terminal_channel {
            counted.push((code.clone(), banking.cards));
        }
        let Some(postings) = flow::till_paid_in(&counted, &took, banking.over)? else {
            return Ok(None);
        };
        let writer = self.writer(tx).await?;
        let about = format!(
            "till {} session {} count {} {} took {} paid in {} over {}",
            held.row.till,
            held.label(),
            row.number,
            row.content_hash,
            banking.expected,
            banking.counted,
            banking.over
        );
        let mut entry = writer.entry("till", self.world().today(), about, postings);
        // A second posting of it is refused whatever else fails.
        entry.key = Some(format!("till session {}", held.row.number));
        Ok(Some(entry))
    }

    /// What waited in the drawer waits for the bank now, under the slip's number.
    async fn waits_no_more(
        &self,
        tx: &mut Tx,
        held: &Held,
        entry: &EntryRow,
        waiting: &Waiting,
    ) -> Result<()> {
        if waiting.is_empty() {
            return Ok(());
        }
        let set = MatchRow {
            id: MatchId::new(self.world().id()),
            rule: PAID_IN.to_owned(),
            reason: format!("{} was counted and paid in", held.label()),
            amount: Pence::ZERO,
            entry: Some(entry.id),
            made_by: self.actor().name().to_owned(),
            made_at: entry.posted_at,
            config_version: None,
            undone_at: None,
        };
        let pair = |(expected, _, amount): &(ExpectedId, String, Pence)| PairRow {
            matched: set.id,
            line: None,
            suspense: None,
            expected: Some(*expected),
            receipt: None,
            amount: *amount,
        };
        let pairs: Vec<_> = waiting.iter().map(pair).collect();
        let ids: Vec<_> = waiting.iter().map(|(id, ..)| *id).collect();
        let closed = tx.close_expected(self.id(), &ids).await?;
        if usize::try_from(closed).ok() != Some(ids.len()) {
            return Err(StoreError::Busy.into());
        }
        Ok(tx.add_matches(self.id(), std::slice::from_ref(&set), &pairs).await?)
    }

    async fn slips_of_till(
        &self,
        tx: &mut Tx,
        held: &Held,
        entry: &EntryRow,
        banking: &TillBanking,
        expected: &mut Vec<ExpectedRow>,
    ) -> Result<Vec<TillSlipRow>> {
        let mut slips = Vec::new();
        let channel = &held.till.slip_channel;
        for (kind, amount) in on_slips(held.till.slips, banking.cash, banking.cheques)? {
            let number = tx.next_number(self.id(), SLIPS).await?;
            let label = slip_label(number);
            let shown = Shown { channel, amount, reference: &label, batch: &label, source: "" };
            let item = self.to_be_shown(entry, None, shown);
            slips.push(TillSlipRow {
                number,
                kind: kind.to_owned(),
                amount,
                expected: item.id,
                made_at: entry.posted_at,
            });
            expected.push(item);
        }
        Ok(slips)
    }
}
