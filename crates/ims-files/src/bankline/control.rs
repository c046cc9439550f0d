use crate::{amounts::clipped, columns::between, verdict::Faults};

/// What `UTL1` is compared with: all rows with money, the totals among them.
#[derive(Debug, Default)]
pub(super) struct Control {
    debits: Side,
    credits: Side,
    balances: i64,
}

/// Pence and rows of one side.
#[derive(Debug, Default)]
struct Side {
    pence: i64,
    rows: i64,
}

impl Side {
    fn add(&mut self, pence: i64) {
        self.pence = self.pence.saturating_add(pence);
        self.rows = self.rows.saturating_add(1);
    }
}

impl Control {
    pub(super) fn debit(&mut self, pence: i64) {
        self.debits.add(pence);
    }

    pub(super) fn credit(&mut self, pence: i64) {
        self.credits.add(pence);
    }

    pub(super) fn balance(&mut self) {
        self.balances = self.balances.saturating_add(1);
    }

    /// Compares with the trailer. Sums that disagree are errors, counts warnings;
    /// what it does not state is not compared.
    pub(super) fn compare(&self, line: &str, number: u64, faults: &mut Faults) {
        if line.trim_end().len() <= "UTL1BACSSTANDARD18".len() {
            return;
        }
        for (name, from, to, ours, is_sum) in [
            ("the sum of debits", 4, 17, self.debits.pence, true),
            ("the sum of credits", 17, 30, self.credits.pence, true),
            ("the count of debits", 30, 37, self.debits.rows, false),
            ("the count of credits", 37, 44, self.credits.rows, false),
            ("the count of balances", 44, 51, self.balances, false),
        ] {
            let text = between(line, from, to).trim();
            if text.is_empty() {
                continue;
            }
            let Some(stated) = super::row::digits(text) else {
                faults.error(
                    number,
                    format!("{name} in the trailer (UTL1), `{}`, is no number", clipped(text)),
                );
                continue;
            };
            if stated == ours {
                continue;
            }
            let message = format!("{name} is {ours}, but the trailer (UTL1) says {stated}");
            if is_sum {
                faults.error(number, message);
            } else {
                faults.warning(number, message);
            }
        }
    }
}
