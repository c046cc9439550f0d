//! A till counted: what is in the drawer against what went through it.
//!
//! The cashier counts without being told what should be there
//! ([`TillCount`]); what should be there is what the receipts and the lifts say
//! ([`TillTaken`]). [`TillCount::against`] puts the two side by side.
//!
//! The float is the council's own money, lent to the drawer: it is counted at
//! both ends and stays in it, and is no income and no posting.

use std::collections::BTreeMap;

use ims_money::Pence;
use serde::{Deserialize, Serialize};

use crate::{
    CardMachine, Cash, EReturnFault,
    ereturn::{Faults, ITEMS_MAX, card_faults, cash_faults},
};

/// What a cashier counts at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TillCount {
    /// All notes and coins in the drawer, the float among them; the bag is the
    /// one in which what is over the float goes to the bank.
    #[serde(default)]
    pub cash: Cash,
    /// The amounts of the cheques in the drawer.
    #[serde(default, rename = "cheques_pence", skip_serializing_if = "Vec::is_empty")]
    pub cheques: Vec<Pence>,
    /// What the card terminals say they took.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub card_machines: Vec<CardMachine>,
}

/// What went through a till.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TillTaken {
    /// What was counted into the drawer at the beginning.
    pub float: Pence,
    /// What was lifted to the safe.
    pub lifted: Pence,
    /// Cash, less the change given.
    pub cash: Pence,
    /// Cheques.
    pub cheques: Pence,
    /// Cards, by terminal and batch.
    pub cards: BTreeMap<(String, String), Pence>,
}

/// One kind of money, counted and expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillLine {
    /// `cash`, `cheques`, or `card`, terminal and batch.
    pub what: String,
    /// What the receipts say, without the float.
    pub expected: Pence,
    /// What was counted, without the float. Negative where some of the float is
    /// missing, too.
    pub counted: Pence,
}

/// A count against what went through the till.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TillBanking {
    /// Cash to be paid in: what is counted and lifted above the float.
    pub cash: Pence,
    /// Cheques to be paid in.
    pub cheques: Pence,
    /// What the terminals took.
    pub cards: Pence,
    /// All that the receipts say.
    pub expected: Pence,
    /// All that is paid in.
    pub counted: Pence,
    /// What is paid in above what the receipts say; negative when it is short.
    pub over: Pence,
    /// What of the float is missing, beyond what was taken.
    pub float_short: Pence,
    /// Each kind of money there was or should have been.
    pub lines: Vec<TillLine>,
    /// The differences of all kinds together, none set off against another.
    pub differs: Pence,
}

impl TillCount {
    /// Everything that stands against the count, each with its place: lines that
    /// cannot be valued, amounts of less than nothing, a missing bag.
    #[must_use]
    pub fn faults(&self, taken: &TillTaken) -> Vec<EReturnFault> {
        let mut faults = Faults::default();
        for (count, name) in
            [(self.cheques.len(), "cheques"), (self.card_machines.len(), "card machines")]
        {
            if count > ITEMS_MAX {
                faults.add(name, format!("{count} are too many; {ITEMS_MAX} is the most"));
            }
        }
        cash_faults(&self.cash, &mut faults);
        for (amount, number) in self.cheques.iter().zip(1_usize..) {
            if !amount.is_positive() {
                let what = format!("{amount} is no amount of a cheque");
                faults.add(format!("cheque {number}"), what);
            }
        }
        card_faults(&self.card_machines, &mut faults);
        if faults.0.is_empty() {
            match self.against(taken) {
                None => faults.add("total", "is too large"),
                Some(banking) if banking.cash.is_positive() && self.cash.bag.trim().is_empty() => {
                    faults.add("cash", "the number on the bag is missing");
                }
                Some(_) => {}
            }
        }
        faults.0
    }

    /// What was counted against what went through the till, or `None` when a sum
    /// is too large or a line of the count cannot be valued.
    #[must_use]
    pub fn against(&self, taken: &TillTaken) -> Option<TillBanking> {
        // Nothing of it is hidden from the sum: what is in the safe was in the drawer.
        let above = self.cash.total()?.checked_add(taken.lifted)?.checked_sub(taken.float)?;
        let cash = above.max(Pence::ZERO);
        let float_short = above.min(Pence::ZERO).checked_neg()?;
        let cheques = Pence::checked_sum(self.cheques.iter().copied())?;
        let mut lines = vec![
            TillLine { what: "cash".to_owned(), expected: taken.cash, counted: above },
            TillLine { what: "cheques".to_owned(), expected: taken.cheques, counted: cheques },
        ];
        let mut batches: BTreeMap<(&str, &str), (Pence, Pence)> = BTreeMap::new();
        for ((terminal, batch), amount) in &taken.cards {
            batches.insert((terminal, batch), (*amount, Pence::ZERO));
        }
        for card in &self.card_machines {
            let both = batches.entry((card.terminal.trim(), card.batch.trim())).or_default();
            both.1 = both.1.checked_add(card.amount)?;
        }
        let line = |((terminal, batch), (expected, counted)): (&(&str, &str), &(Pence, Pence))| {
            let what = format!("card {terminal} {batch}");
            TillLine { what, expected: *expected, counted: *counted }
        };
        lines.extend(batches.iter().map(line));
        lines.retain(|line| !line.expected.is_zero() || !line.counted.is_zero());
        let cards = Pence::checked_sum(batches.values().map(|(_, counted)| *counted))?;
        let expected = Pence::checked_sum(taken.cards.values().copied())?
            .checked_add(taken.cash)?
            .checked_add(taken.cheques)?;
        let counted = Pence::checked_sum([cash, cheques, cards])?;
        let differs = lines
            .iter()
            .map(|line| line.counted.checked_sub(line.expected).and_then(Pence::checked_abs));
        Some(TillBanking {
            over: counted.checked_sub(expected)?,
            differs: Pence::checked_sum(differs.collect::<Option<Vec<_>>>()?)?,
            cash,
            cheques,
            cards,
            expected,
            counted,
            float_short,
            lines,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CashLine;

    const fn pence(amount: i64) -> Pence {
        Pence::new(amount)
    }

    fn cash(bag: &str, pounds: u32) -> Cash {
        let denomination = pence(100).try_into().unwrap();
        let line = CashLine { denomination, count: Some(pounds), value: None };
        Cash { bag: bag.to_owned(), lines: vec![line] }
    }

    fn card(terminal: &str, batch: &str, amount: i64) -> CardMachine {
        let (terminal, batch) = (terminal.to_owned(), batch.to_owned());
        CardMachine { terminal, batch, amount: pence(amount) }
    }

    fn taken(cash: i64, cheques: i64, card: i64) -> TillTaken {
        let key = ("T1".to_owned(), "17".to_owned());
        TillTaken {
            float: pence(5_000),
            lifted: pence(1_000),
            cash: pence(cash),
            cheques: pence(cheques),
            cards: if card == 0 { BTreeMap::new() } else { [(key, pence(card))].into() },
        }
    }

    #[test]
    fn what_is_over_the_float_is_paid_in() {
        let count = TillCount {
            cash: cash("B1", 60),
            cheques: vec![pence(300), pence(400)],
            card_machines: vec![card("T1", "17", 900)],
        };
        let done = count.against(&taken(2_000, 700, 900)).unwrap();
        assert_eq!((done.cash, done.cheques, done.cards), (pence(2_000), pence(700), pence(900)));
        assert_eq!((done.expected, done.counted), (pence(3_600), pence(3_600)));
        assert_eq!((done.over, done.float_short, done.differs), Default::default());
        assert_eq!(count.faults(&taken(2_000, 700, 900)), []);
    }

    /// Over in one kind and short in another is two differences, not none.
    #[test]
    fn no_difference_is_set_off_against_another() {
        let count = TillCount {
            cash: cash("B1", 61),
            cheques: vec![pence(600)],
            card_machines: vec![card("T1", "18", 900)],
        };
        let done = count.against(&taken(2_000, 700, 900)).unwrap();
        assert_eq!((done.over, done.differs), (Pence::ZERO, pence(100 + 100 + 900 + 900)));
        let lines: Vec<_> = done
            .lines
            .iter()
            .map(|line| (line.what.as_str(), line.expected.get(), line.counted.get()))
            .collect();
        let cards = [("card T1 17", 900, 0), ("card T1 18", 0, 900)];
        assert_eq!(lines[..2], [("cash", 2_000, 2_100), ("cheques", 700, 600)]);
        assert_eq!(lines[2..], cards);
    }

    /// What is missing beyond the takings is the float's, and no slip is below nothing.
    #[test]
    fn a_drawer_with_less_than_its_float_pays_nothing_in() {
        let count = TillCount { cash: cash("", 35), ..TillCount::default() };
        let done = count.against(&taken(2_000, 0, 0)).unwrap();
        assert_eq!((done.cash, done.over), (Pence::ZERO, pence(-2_000)));
        assert_eq!((done.float_short, done.differs), (pence(500), pence(2_500)));
        assert_eq!(count.faults(&taken(2_000, 0, 0)), []);
    }

    #[test]
    fn a_count_that_cannot_be_meant_is_named() {
        let count = TillCount {
            cash: cash("", 60),
            cheques: vec![pence(0)],
            card_machines: vec![card(" ", "17", 1), card("T1", "1", -1)],
        };
        let faults: Vec<_> =
            count.faults(&taken(0, 0, 0)).iter().map(ToString::to_string).collect();
        assert_eq!(
            faults,
            [
                "cheque 1: 0.00 is no amount of a cheque",
                "card machine 1: its terminal is missing",
                "card machine 2: -0.01 is less than nothing",
            ]
        );
        let bare = TillCount { cash: cash(" ", 60), ..TillCount::default() };
        let faults: Vec<_> = bare.faults(&taken(0, 0, 0)).iter().map(ToString::to_string).collect();
        assert_eq!(faults, ["cash: the number on the bag is missing"]);
    }
}
