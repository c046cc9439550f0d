//! The VAT of a line, and what the line says.

use chrono::NaiveDate;
use ims_app::{NewReceiptLine, ShownReceipt};
use ims_ledger::{Council, Fund};

use super::taking::{Taking, of_line};
use crate::{
    form::{Errors, Input, Select},
    show,
};

/// The most characters that are kept of what a line says.
const NARRATIVE_LENGTH_MAX: usize = 200;

fn fund_of<'a>(council: &'a Council, code: &str) -> Option<&'a Fund> {
    council.fund.iter().find(|fund| fund.code.as_str() == code)
}

/// The field that says which VAT is in a line, with each code's rate on that day.
pub(super) fn choice(
    taking: &Taking<'_>,
    number: usize,
    today: NaiveDate,
    errors: &Errors,
) -> Select {
    let id = of_line("vat", number);
    let choices = taking.council.vat.iter().filter_map(|vat| {
        let rate = show::share(i64::from(vat.rate_on(today)?.get()), 10_000)?;
        Some((vat.code.to_string(), format!("{} ({}, {rate})", vat.name, vat.code)))
    });
    Select {
        label: "VAT",
        hint: "",
        value: taking.typed.of(&id).to_owned(),
        error: errors.of(&id),
        blank: "The fund’s own",
        choices: choices.collect(),
        id: id.into(),
    }
}

/// The field for what a line says.
pub(super) fn narrative(taking: &Taking<'_>, number: usize, errors: &Errors) -> Input {
    let id = of_line("narrative", number);
    // Whole, however long: what is shown again is what is taken.
    let value = taking.typed.of(&id).to_owned();
    let label = "Narrative (optional)";
    Input { value, ..taking.typed.input(id, label, "govuk-input--width-20", errors) }
}

/// Says in `errors` what is wrong with a line's VAT, and with what it says.
pub(super) fn check(taking: &Taking<'_>, number: usize, errors: &mut Errors) {
    let (of_vat, of_narrative) = (of_line("vat", number), of_line("narrative", number));
    let (code, fund) = (taking.typed.of(&of_vat), of_line("fund", number));
    let fund = fund_of(taking.council, taking.typed.of(&fund));
    if let Some(fund) = fund.filter(|_| !code.is_empty()) {
        match taking.council.vat_of(fund, Some(code)) {
            Ok(chosen) if chosen.is_fixed => {
                let words = format!("{} takes only its own VAT: choose that", fund.name);
                errors.add(of_vat, words);
            }
            Ok(_) => {}
            Err(bad) => errors.add(of_vat, show::upper(&bad.to_string())),
        }
    }
    if taking.typed.of(&of_narrative).chars().count() > NARRATIVE_LENGTH_MAX {
        let words = format!("Narrative must be {NARRATIVE_LENGTH_MAX} characters or fewer");
        errors.add(of_narrative, words);
    }
}

/// Says in `errors` which lines say something that a payment through a provider would lose.
pub(super) fn says_nothing(numbers: &[usize], lines: &[NewReceiptLine], errors: &mut Errors) {
    for (line, number) in lines.iter().zip(numbers) {
        if line.narrative.is_some() {
            let words = "Leave the narrative blank: a card through a provider keeps none";
            errors.add(of_line("narrative", *number), words);
        }
    }
}

/// The VAT held in lines that are about to be taken, in words; nothing of a fund that
/// takes no credit, where only what is owed is income. Or in `errors` why it cannot be
/// said.
pub(super) fn held(
    council: &Council,
    (lines, numbers): (&[NewReceiptLine], &[usize]),
    today: NaiveDate,
    errors: &mut Errors,
) -> Vec<String> {
    let mut words = Vec::new();
    for (line, number) in lines.iter().zip(numbers) {
        let Some(fund) = fund_of(council, &line.fund).filter(|fund| fund.takes_credit) else {
            continue;
        };
        let chosen = council.vat_of(fund, line.vat_code.as_deref());
        if chosen.as_ref().is_ok_and(|chosen| chosen.is_fixed) {
            // The fund that was typed lets the cashier choose, the one it leads to does not.
            words.push(format!("{}: {} takes only its own VAT", line.reference, fund.name));
        }
        let held = chosen
            .and_then(|chosen| chosen.vat.map(|vat| vat.held_in(line.amount, today)).transpose());
        match held {
            Ok(Some(held)) if !held.held.is_zero() => {
                let rate =
                    show::share(i64::from(held.basis_points.get()), 10_000).unwrap_or_default();
                let of = show::money(held.held);
                words.push(format!("{}: {of} of it is VAT at {rate}", line.reference));
            }
            Ok(_) => {}
            Err(bad) => errors.add(of_line("amount", *number), show::upper(&bad.to_string())),
        }
    }
    words
}

/// The VAT held in the lines of a receipt, in words.
pub(super) fn given(receipt: &ShownReceipt) -> Vec<String> {
    let rows = receipt.lines.iter().map(|line| &line.line);
    let held = rows.filter_map(|row| {
        let rate = row.vat_basis_points.filter(|_| !row.vat.is_zero())?;
        let (rate, vat) = (show::share(rate, 10_000)?, show::money(row.vat));
        Some(format!("{}: {vat} of {} is VAT at {rate}", row.reference, show::money(row.amount)))
    });
    held.collect()
}
