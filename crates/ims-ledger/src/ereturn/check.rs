//! What stands against keeping takings, and against handing them in. Every
//! fault is named, each with its place.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ims_money::Pence;
use thiserror::Error;

use super::{CardMachine, Cash, Takings, TakingsRow, check_row_reference};
use crate::{Council, EReturnTemplate, Funds, TemplateRow};

/// One thing wrong with takings, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{place}: {what}")]
pub struct EReturnFault {
    /// Which part: `row 2`, `cheque 1`, `cash`.
    pub place: String,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// The most rows, cheques or card machines of one e-return.
pub(crate) const ITEMS_MAX: usize = 500;
/// The longest text of one.
const TEXT_LENGTH_MAX: usize = 500;
/// The longest name, description or number.
const NAME_LENGTH_MAX: usize = 100;
/// The longest number on a bag, a terminal or a batch.
const NUMBER_LENGTH_MAX: usize = 50;

#[derive(Default)]
pub(crate) struct Faults(pub(crate) Vec<EReturnFault>);

impl Faults {
    pub(crate) fn add(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.0.push(EReturnFault { place: place.into(), what: what.into() });
    }

    fn long(&mut self, place: &str, name: &str, text: &str, most: usize) {
        if text.chars().count() > most {
            self.add(place, format!("{name} has more than {most} characters"));
        }
    }
}

impl Takings {
    /// Everything that stands against keeping these takings on `template`, whose
    /// council's settings are `council`: rows and kinds of money the template
    /// does not have, references, descriptions and VAT codes that may not be
    /// changed, amounts of less than nothing, notes and coins that do not add up.
    #[must_use]
    pub fn faults(&self, template: &EReturnTemplate, council: &Council) -> Vec<EReturnFault> {
        let mut faults = Faults::default();
        for (count, name) in [
            (self.rows.len(), "rows"),
            (self.cheques.len(), "cheques"),
            (self.card_machines.len(), "card machines"),
        ] {
            if count > ITEMS_MAX {
                faults.add(name, format!("{count} are too many; {ITEMS_MAX} is the most"));
            }
        }
        self.check_rows(template, council, &mut faults);
        if let Some(cash) = &self.cash {
            check_cash(cash, template, &mut faults);
        }
        self.check_cheques(template, &mut faults);
        self.check_cards(template, &mut faults);
        faults.long("narrative", "it", &self.narrative, TEXT_LENGTH_MAX);
        if let Some(difference) = &self.over_short {
            faults.long("over or short", "its reason", &difference.reason, TEXT_LENGTH_MAX);
        }
        if faults.0.is_empty() && self.totals().is_none() {
            faults.add("total", "is too large");
        }
        faults.0
    }

    /// Everything that stands against handing them in on `today`: what stands
    /// against keeping them, and besides whatever is missing or does not agree.
    #[must_use]
    pub fn faults_to_submit(
        &self,
        template: &EReturnTemplate,
        council: &Council,
        today: NaiveDate,
    ) -> Vec<EReturnFault> {
        let mut faults = Faults(self.faults(template, council));
        if self.taken_on > today {
            faults.add("day", format!("{} is still to come", self.taken_on));
        }
        if let Some(cash) = &self.cash {
            if cash.bag.trim().is_empty() {
                faults.add("cash", "the number on the bag is missing");
            }
            if cash.total().is_some_and(Pence::is_zero) {
                faults.add("cash", "nothing is counted; leave it out if there is none");
            }
        }
        for cheque in &self.cheques {
            if cheque.amount.is_zero() {
                faults.add(format!("cheque {}", cheque.item), "is of nothing");
            }
        }
        for (card, number) in self.card_machines.iter().zip(1_usize..) {
            if card.amount.is_zero() {
                faults.add(format!("card machine {number}"), "is of nothing");
            }
        }
        self.check_balance(template, &mut faults);
        faults.0
    }

    fn check_rows(&self, template: &EReturnTemplate, council: &Council, faults: &mut Faults) {
        let funds = match Funds::of(council) {
            Ok(funds) => funds,
            Err(bad) => return faults.add("configuration", bad.to_string()),
        };
        let mut seen = BTreeSet::new();
        for (row, number) in self.rows.iter().zip(1_usize..) {
            let place = format!("row {number}");
            let wanted = row.row.checked_sub(1).and_then(|at| template.row.get(at));
            let Some(wanted) = wanted else {
                faults.add(place, format!("template {} has no row {}", template.code, row.row));
                continue;
            };
            if !seen.insert(row.row) && !wanted.override_reference {
                faults.add(&place, format!("row {} of the template is there twice", row.row));
            }
            if row.amount.is_negative() {
                let what = "is less than nothing; money given back is a refund, not takings";
                faults.add(&place, format!("{} {what}", row.amount));
            }
            faults.long(&place, "its description", &row.description, NAME_LENGTH_MAX);
            faults.long(&place, "its reference", &row.reference, NAME_LENGTH_MAX);
            if !row.amount.is_zero() {
                check_row(row, wanted, council, &funds, &place, faults);
            }
        }
    }

    fn check_cheques(&self, template: &EReturnTemplate, faults: &mut Faults) {
        if !self.cheques.is_empty() && !template.cheques {
            faults.add("cheques", format!("template {} takes none", template.code));
        }
        let mut items = BTreeSet::new();
        for cheque in &self.cheques {
            let place = format!("cheque {}", cheque.item);
            if cheque.item == 0 {
                faults.add(&place, "items are counted from 1");
            }
            if !items.insert(cheque.item) {
                faults.add(&place, "is there twice");
            }
            if cheque.name.trim().is_empty() {
                faults.add(&place, "the name on it is missing");
            }
            faults.long(&place, "its name", &cheque.name, NAME_LENGTH_MAX);
            if cheque.amount.is_negative() {
                faults.add(&place, format!("{} is less than nothing", cheque.amount));
            }
        }
    }

    fn check_cards(&self, template: &EReturnTemplate, faults: &mut Faults) {
        if !self.card_machines.is_empty() && !template.card_machine {
            faults.add("card machines", format!("template {} takes none", template.code));
        }
        card_faults(&self.card_machines, faults);
    }

    /// What was counted is what the rows say, or the difference is stated.
    fn check_balance(&self, template: &EReturnTemplate, faults: &mut Faults) {
        let Some(totals) = self.totals() else { return };
        if !totals.rows.is_positive() {
            faults.add("rows", "none has an amount");
        }
        if !totals.counted.is_positive() {
            let kinds = [
                (template.cash, "cash"),
                (template.cheques, "cheques"),
                (template.card_machine, "card machines"),
            ];
            let kinds: Vec<_> =
                kinds.iter().filter(|(takes, _)| *takes).map(|(_, name)| *name).collect();
            faults.add("counted", format!("nothing is declared of {}", kinds.join(", ")));
        }
        let over = totals.over;
        let way = if over.is_negative() { "short" } else { "over" };
        let by = over.checked_abs().unwrap_or_default();
        match &self.over_short {
            None if over.is_zero() => {}
            None => faults.add(
                "total",
                format!(
                    "the rows come to {}, but {} is counted: {by} {way}; count again, or state it with its reason",
                    totals.rows, totals.counted
                ),
            ),
            Some(said) if said.amount != over => faults.add(
                "over or short",
                format!(
                    "{} is stated, but {} is counted for rows of {}: {over} would be right",
                    said.amount, totals.counted, totals.rows
                ),
            ),
            Some(said) if said.reason.trim().is_empty() => {
                faults.add("over or short", "its reason is missing");
            }
            Some(_) => {}
        }
    }
}

/// A row with an amount against that of its template (R-VAL-12, R-VAL-13), and
/// against its fund's own rule.
fn check_row(
    row: &TakingsRow,
    wanted: &TemplateRow,
    council: &Council,
    funds: &Funds<'_>,
    place: &str,
    faults: &mut Faults,
) {
    let checked = check_row_reference(&wanted.reference, wanted.override_reference, &row.reference);
    if let Err(bad) = checked {
        faults.add(place, bad.to_string());
    } else {
        let code = wanted.fund.as_str();
        match funds.read(code, &row.reference) {
            None => faults.add(place, format!("fund {code} takes nothing any more")),
            Some(Err(bad)) => faults.add(place, format!("{bad} (fund {code})")),
            Some(Ok(_)) => {}
        }
        let most = funds.get(code).and_then(|fund| fund.max_pence);
        if let Some(most) = most.filter(|most| row.amount > *most) {
            faults.add(
                place,
                format!("{} is more than fund {code} takes at once ({most})", row.amount),
            );
        }
    }
    if row.description.trim().is_empty() {
        faults.add(place, "the description is blank");
    } else if !wanted.override_description && row.description != wanted.description {
        let what =
            format!("the description must be `{}`: it may not be changed", wanted.description);
        faults.add(place, what);
    }
    if !wanted.override_vat && row.vat != wanted.vat.as_str() {
        faults.add(place, format!("the VAT code must be {}: it may not be changed", wanted.vat));
    } else if !council.vat.iter().any(|vat| vat.code.as_str() == row.vat) {
        faults.add(place, format!("VAT code `{}` is not configured", row.vat));
    }
}

fn check_cash(cash: &Cash, template: &EReturnTemplate, faults: &mut Faults) {
    if !template.cash {
        faults.add("cash", format!("template {} takes none", template.code));
    }
    cash_faults(cash, faults);
}

/// What is wrong with notes and coins, wherever they were counted.
pub(crate) fn cash_faults(cash: &Cash, faults: &mut Faults) {
    faults.long("cash", "the number on the bag", &cash.bag, NUMBER_LENGTH_MAX);
    let mut seen = BTreeSet::new();
    for line in &cash.lines {
        if let Err(what) = line.counted() {
            faults.add("cash", what);
        }
        if !seen.insert(line.denomination) {
            faults.add("cash", format!("{} is there twice", line.denomination.value()));
        }
    }
}

/// What is wrong with totals of card machines, wherever they are declared.
pub(crate) fn card_faults(cards: &[CardMachine], faults: &mut Faults) {
    let mut seen = BTreeSet::new();
    for (card, number) in cards.iter().zip(1_usize..) {
        let place = format!("card machine {number}");
        for (name, text) in [("terminal", &card.terminal), ("batch", &card.batch)] {
            if text.trim().is_empty() {
                faults.add(&place, format!("its {name} is missing"));
            }
            faults.long(&place, &format!("its {name}"), text, NUMBER_LENGTH_MAX);
        }
        if !seen.insert((card.terminal.trim(), card.batch.trim())) {
            let what = format!("batch {} of terminal {} is there twice", card.batch, card.terminal);
            faults.add(&place, what);
        }
        if card.amount.is_negative() {
            faults.add(&place, format!("{} is less than nothing", card.amount));
        }
    }
}

#[cfg(test)]
mod tests;
