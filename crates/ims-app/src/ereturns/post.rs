//! Takings as an entry, a receipt, and what the bank is to show of them.

use ims_ledger::{Council, Takings, TakingsRow, flow, id::ChannelCode, seal::ContentHash};
use ims_money::Pence;
use ims_store::{EntryRow, ExpectedRow, ReceiptRow, SlipRow, Tx};

use super::Held;
use crate::{
    AppError, Books, Result,
    import_file::{Placed, Wanted, funds_of, place},
    paying_in::{SLIPS, Shown, on_slips, slip_label},
    posting::{Detail, Income, Writer, about_receipt, gains, held_by, some},
};

/// Rows of one approval, ready to be added.
pub(super) struct Rows {
    pub(super) entry: EntryRow,
    pub(super) receipt: ReceiptRow,
    pub(super) expected: Vec<ExpectedRow>,
    pub(super) slips: Vec<SlipRow>,
    pub(super) details: Vec<Detail>,
}

impl Rows {
    /// The numbers of its slips, as the bank will show them.
    pub(super) fn slip_labels(&self) -> Vec<String> {
        self.slips.iter().map(|slip| slip_label(slip.number)).collect()
    }

    pub(super) async fn add(&self, books: &Books, tx: &mut Tx) -> Result<()> {
        let council = books.id();
        tx.post_many(council, std::slice::from_ref(&self.entry)).await?;
        tx.add_receipts(council, std::slice::from_ref(&self.receipt)).await?;
        tx.add_expected(council, &self.expected).await?;
        tx.add_slips(council, &self.slips).await?;
        Ok(tx.put_details(council, &self.details).await?)
    }
}

impl Books {
    /// The lines of income of takings, each on an account there is now, under
    /// the funds and VAT codes in force.
    pub(super) async fn income_of<'a>(
        &self,
        tx: &mut Tx,
        held: &Held,
        takings: &Takings,
        council: &'a Council,
    ) -> Result<Vec<Income<'a>>> {
        let funds = funds_of(council)?;
        let rows: Vec<(usize, &TakingsRow)> =
            (1..).zip(&takings.rows).filter(|(_, row)| !row.amount.is_zero()).collect();
        let wanted: Vec<Wanted<'_>> = rows
            .iter()
            .map(|(_, row)| Wanted {
                fund: fund_of(held, row),
                reference: &row.reference,
                on: takings.taken_on,
            })
            .collect();
        let placed = place(tx, self.id(), &funds, &wanted).await?;
        let mut faults = Vec::new();
        let mut income = Vec::new();
        for ((number, row), placed) in rows.into_iter().zip(placed) {
            let Some(vat) = council.vat.iter().find(|vat| vat.code.as_str() == row.vat) else {
                faults.push(format!("row {number}: VAT code `{}` is not configured", row.vat));
                continue;
            };
            match placed {
                Placed::Account { fund, reference, .. } => {
                    // The template settles the code, whatever payers of the fund may choose.
                    match held_by(vat, row.amount, takings.taken_on, None) {
                        Ok(vat) => {
                            let vat = Some(vat);
                            income.push(Income { fund, reference, amount: row.amount, vat });
                        }
                        Err(bad) => faults.push(format!("row {number}: {bad}")),
                    }
                }
                Placed::Nobody(why) => faults.push(format!("row {number}: {why}")),
            }
        }
        if faults.is_empty() {
            return Ok(income);
        }
        Err(AppError::Refused(format!("{} cannot be posted: {}", held.label(), faults.join("; "))))
    }

    /// Everything an approval posts. The slips take the next numbers.
    pub(super) async fn rows_of(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        held: &Held,
        takings: &Takings,
        hash: ContentHash,
    ) -> Result<Rows> {
        let totals = takings.totals().ok_or(AppError::Overflow)?;
        let settings = self.settings_in(tx).await?;
        let income = self.income_of(tx, held, takings, &settings.council).await?;
        let on = takings.taken_on;
        let mut details = Vec::new();
        let mut receipt = writer.receipt(held.template.method.as_str(), on, &income)?;
        receipt.office.clone_from(&held.row.office);
        receipt.source_ref = Some(held.label());
        let counted = counted(held, takings)?;
        let postings = some(flow::takings(&counted, &gains(&income), totals.over))?;
        let about = format!(
            "ereturn {} version {} {hash} over {} {}",
            held.label(),
            held.row.version,
            totals.over,
            about_receipt(&receipt)
        );
        let mut entry = writer.entry("ereturn", on, about, postings);
        // A second posting of it is refused whatever else fails.
        entry.key = Some(format!("e-return {}", held.row.number));
        entry.detail = writer.detail(receipt.id.get(), &takings.narrative, &mut details);
        receipt.entry = entry.id;
        let mut rows = Rows { entry, receipt, expected: Vec::new(), slips: Vec::new(), details };
        tx.hold_batches(self.id()).await?;
        self.expect_slips(tx, held, takings, &mut rows).await?;
        self.expect_cards(tx, held, takings, &mut rows).await?;
        Ok(rows)
    }

    async fn expect_slips(
        &self,
        tx: &mut Tx,
        held: &Held,
        takings: &Takings,
        rows: &mut Rows,
    ) -> Result<()> {
        let totals = takings.totals().ok_or(AppError::Overflow)?;
        let slips = on_slips(held.template.slips, totals.cash, totals.cheques)?;
        for (kind, amount) in slips {
            let Some(channel) = &held.template.slip_channel else { continue };
            let number = tx.next_number(self.id(), SLIPS).await?;
            let label = slip_label(number);
            let shown = Shown { channel, amount, reference: &label, batch: &label, source: "" };
            let expected = self.to_be_shown(&rows.entry, Some(rows.receipt.id), shown);
            rows.slips.push(SlipRow {
                number,
                ereturn: held.row.id,
                kind: kind.to_owned(),
                amount,
                expected: expected.id,
                made_at: rows.receipt.posted_at,
            });
            rows.expected.push(expected);
        }
        Ok(())
    }

    /// The totals of card machines, none of which may have been declared before.
    async fn expect_cards(
        &self,
        tx: &mut Tx,
        held: &Held,
        takings: &Takings,
        rows: &mut Rows,
    ) -> Result<()> {
        let Some(channel) = &held.template.terminal_channel else { return Ok(()) };
        let of = (&rows.entry, Some(rows.receipt.id));
        let cards = &takings.card_machines;
        self.batches_are_free(tx, cards.iter(), None, &held.label()).await?;
        let batches = self.batches_to_be_shown(tx, of, channel, cards, &held.label()).await?;
        rows.expected.extend(batches);
        Ok(())
    }
}

fn fund_of<'h>(held: &'h Held, row: &TakingsRow) -> Option<&'h str> {
    let row = row.row.checked_sub(1).and_then(|at| held.template.row.get(at))?;
    Some(row.fund.as_str())
}

/// What was counted, by the channel it waits in.
fn counted(held: &Held, takings: &Takings) -> Result<Vec<(ChannelCode, Pence)>> {
    let totals = takings.totals().ok_or(AppError::Overflow)?;
    let slips = totals.cash.checked_add(totals.cheques).ok_or(AppError::Overflow)?;
    let mut counted = Vec::new();
    for (channel, amount) in [
        (&held.template.slip_channel, slips),
        (&held.template.terminal_channel, totals.card_machines),
    ] {
        if let Some(channel) = channel {
            counted.push((channel.clone(), amount));
        }
    }
    Ok(counted)
}
