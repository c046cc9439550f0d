//! People who pay the same amount every month, and how it reaches the bank.

use super::{Kind, Making, slips_of_the_pen::slipped};

impl Making {
    /// Accounts, until all rows that are no card's and no slip's are made.
    pub(super) fn payers(&mut self) {
        let others = u64::from(self.knobs.card + self.knobs.deposits);
        let wanted = self.knobs.rows - (self.knobs.rows as u64 * others / 10_000) as usize;
        while self.made.ledger.len() < wanted {
            let (reference, amount) = (self.account(), self.amount());
            let mut day = self.random.below(u64::from(self.knobs.days)) as u32;
            for _ in 0..self.random.one_of(&[1, 1, 4, 10, 10, 12]) {
                if self.made.ledger.len() >= wanted || day >= self.knobs.days {
                    break;
                }
                self.instalment(day, amount, &reference, wanted);
                day += self.random.between(28, 32) as u32;
            }
        }
    }

    fn instalment(&mut self, day: u32, amount: i64, reference: &str, wanted: usize) {
        let row = self.row(day, amount, reference.to_owned());
        let knobs = &self.knobs;
        let (missing, splits, thirds) = (knobs.missing, knobs.splits, knobs.thirds);
        match self.random.below(10_000) as u32 {
            chance if chance < missing => {}
            chance if chance < missing + splits => self.parts(row, day, amount, reference, 2),
            chance if chance < missing + splits + thirds => {
                self.parts(row, day, amount, reference, 3);
            }
            _ => self.paid(row, day, amount, reference, wanted),
        }
    }

    fn parts(&mut self, row: u64, day: u32, amount: i64, reference: &str, parts: u64) {
        let (mut rest, lag) = (amount, self.lag());
        for left in (1..=parts).rev() {
            let share = rest / left as i64;
            let off = self.random.below(share.unsigned_abs().max(1)) as i64 / 2;
            let part = if left == 1 { rest } else { share - off };
            rest -= part;
            let day = day + lag + if left == parts { 0 } else { self.random.below(2) as u32 };
            let kind = self.direct();
            let line = self.line(day, part, reference.to_owned(), kind);
            self.pair(line, row, Kind::Split);
        }
    }

    fn paid(&mut self, row: u64, day: u32, amount: i64, reference: &str, wanted: usize) {
        let (mut paid_on, mut kind) = (day + self.lag(), Kind::One);
        let (mut quoted, mut narrative) = (reference.to_owned(), String::new());
        let is_typo = self.random.per_myriad(self.knobs.typos);
        if self.random.per_myriad(self.knobs.late) {
            (paid_on, kind) = (day + self.random.between(6, 21) as u32, Kind::Late);
        }
        if is_typo {
            (quoted, kind) = (slipped(&mut self.random, reference), Kind::Typo);
        } else if self.random.per_myriad(self.knobs.typo2) {
            let once = slipped(&mut self.random, reference);
            (quoted, kind) = (slipped(&mut self.random, &once), Kind::Typo2);
        } else if self.random.per_myriad(self.knobs.wrong) {
            let other = self.random.between(1, self.accounts.max(2));
            (quoted, kind) = (self.knobs.shapes.reference(other), Kind::Wrong);
        } else if self.random.per_myriad(self.knobs.cut) {
            (quoted, kind) = (self.cut(reference), Kind::Cut);
        } else if self.random.per_myriad(self.knobs.text) {
            (quoted, kind) = (self.dressed(reference), Kind::Text);
        } else if self.random.per_myriad(self.knobs.narrative) {
            narrative = self.narrated(reference, paid_on);
            (quoted, kind) = (String::new(), Kind::Text);
        }
        let (mut total, mut rows) = (amount, vec![row]);
        let has_room = self.made.ledger.len() < wanted;
        let is_plain = kind == Kind::One;
        if has_room && self.random.per_myriad(self.knobs.joint) {
            total += self.another(day, &mut rows).1;
            kind = Kind::Joint;
        } else if has_room && is_plain && self.random.per_myriad(self.knobs.together) {
            let (other, more) = self.another(day, &mut rows);
            (total, kind) = (total + more, Kind::Together);
            quoted = format!("{quoted} {other}");
        }
        let direct = self.direct();
        let line = self.line(paid_on, total, quoted, direct);
        self.made.bank[line as usize].narrative = narrative;
        rows.into_iter().for_each(|row| self.pair(line, row, kind));
    }

    /// A second account that the same line pays.
    fn another(&mut self, day: u32, rows: &mut Vec<u64>) -> (String, i64) {
        let (reference, amount) = (self.account(), self.random.between(500, 30_000) as i64);
        rows.push(self.row(day, amount, reference.clone()));
        (reference, amount)
    }
}
