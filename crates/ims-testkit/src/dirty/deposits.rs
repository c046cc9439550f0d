//! Paying-in slips: takings of a site, one slip a row, one to three slips a deposit.

use super::{Kind, LedgerRow, Making};

impl Making {
    /// The rest of the rows, as slips.
    pub(super) fn deposits(&mut self) {
        let mut slip = 100_000_u64;
        while self.made.ledger.len() < self.knobs.rows {
            let day = self.random.below(u64::from(self.knobs.days)) as u32;
            let room = (self.knobs.rows - self.made.ledger.len()) as u64;
            let (mut said, mut total, mut rows) = (Vec::new(), 0, Vec::new());
            for _ in 0..self.random.between(1, 4).min(room) {
                slip += 1;
                let (number, amount) = (self.knobs.shapes.slip(slip), self.amount());
                rows.push(self.add_row(LedgerRow {
                    id: 0,
                    date: self.date(day),
                    amount,
                    reference: format!("{number}-1"),
                    mop: "01",
                    merchant: String::new(),
                    batch: number.clone(),
                }));
                said.push(number);
                total += amount;
            }
            let paid_on = day + self.random.between(1, 4) as u32;
            let kind = self.knobs.shapes.deposit_kind;
            let line = self.line(paid_on, total, said.join(" "), kind);
            rows.into_iter().for_each(|row| self.pair(line, row, Kind::Deposit));
        }
    }
}
