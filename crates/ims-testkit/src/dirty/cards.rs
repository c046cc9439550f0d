//! Card payments, paid out in batches.

use std::collections::BTreeMap;

use super::{Kind, LedgerRow, Making};

/// Rows with their amounts.
type Rows = Vec<(u64, i64)>;

impl Making {
    /// All card rows and their payouts. Six of ten batches have a mark that payout and rows
    /// share, four only a merchant and a day.
    pub(super) fn cards(&mut self) {
        let knobs = &self.knobs;
        let deposits = knobs.rows as u64 * u64::from(knobs.deposits) / 10_000;
        let wanted = knobs.rows as u64 - deposits - self.made.ledger.len() as u64;
        let batches = u64::from(knobs.days * knobs.batch);
        let merchants = ((wanted + batches / 2) / batches).max(2);
        let mut payouts: BTreeMap<(u64, u32, String), Rows> = BTreeMap::new();
        for _ in 0..wanted {
            let merchant = self.random.below(merchants);
            let day = self.random.below(u64::from(self.knobs.days)) as u32;
            let sign = if self.random.per_myriad(self.knobs.refunds) { -1 } else { 1 };
            let amount = self.amount() * sign;
            let paid_out = self.paid_out(merchant, day);
            let batch = if has_mark(merchant, day) {
                self.knobs.shapes.batch(merchant, self.date(day))
            } else {
                String::new()
            };
            let number = self.made.ledger.len() as u64;
            let row = self.add_row(LedgerRow {
                id: 0,
                date: self.date(day),
                amount,
                reference: self.knobs.shapes.card_reference(number),
                mop: "10",
                merchant: self.knobs.shapes.merchant(merchant),
                batch: batch.clone(),
            });
            payouts.entry((merchant, paid_out, batch)).or_default().push((row, amount));
        }
        for ((merchant, day, batch), rows) in payouts {
            self.payout(merchant, day, batch, rows);
        }
    }

    /// The day of the payout: past the cut-off it is the next, just after midnight the one
    /// before; but only between batches without a mark.
    fn paid_out(&mut self, merchant: u64, day: u32) -> u32 {
        if has_mark(merchant, day) {
            return day;
        }
        let to = if self.random.per_myriad(self.knobs.slip) {
            day + 1
        } else if self.random.per_myriad(self.knobs.midnight) {
            day.saturating_sub(1)
        } else {
            day
        };
        if has_mark(merchant, to) { day } else { to }
    }

    fn payout(&mut self, merchant: u64, day: u32, batch: String, rows: Rows) {
        let sum: i64 = rows.iter().map(|(_, amount)| amount).sum();
        let every = 10_000_u64.checked_div(u64::from(self.knobs.fees)).unwrap_or(0);
        let keeps_fee = every > 0 && merchant.is_multiple_of(every);
        // 1.2 %, to the nearest penny.
        let fee = if keeps_fee { (sum * 12 + 500).div_euclid(1_000) } else { 0 };
        let kind = match (fee, batch.is_empty()) {
            (0, false) => Kind::Batch,
            (0, true) => Kind::Day,
            _ => Kind::Net,
        };
        let said = if batch.is_empty() {
            self.knobs.shapes.payout(merchant, self.date(day))
        } else {
            batch
        };
        let paid_on = day + self.random.one_of(&[1, 1, 2, 3]);
        let line = self.line(paid_on, sum - fee, said, self.knobs.shapes.card_kind);
        rows.into_iter().for_each(|(row, _)| self.pair(line, row, kind));
    }
}

const fn has_mark(merchant: u64, day: u32) -> bool {
    (merchant * 10 + day as u64) % 10 < 6
}
