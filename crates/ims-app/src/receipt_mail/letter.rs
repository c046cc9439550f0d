//! What the letter says, in English or Welsh.

use ims_ledger::{Council, Words};
use ims_money::Pence;
use ims_pay::Language;
use ims_store::{ReceiptLineRow, ReceiptRow};

/// The language a letter is kept to be written in.
pub(super) fn language_of(code: &str) -> Language {
    if code == Language::Welsh.code() { Language::Welsh } else { Language::English }
}

/// The words of a letter.
struct Said {
    subject: &'static str,
    thanks: &'static str,
    number: &'static str,
    reference: &'static str,
    day: &'static str,
    amount: &'static str,
    vat: &'static str,
    total: &'static str,
    /// Before and after an amount.
    over: (&'static str, &'static str),
    supplier: &'static str,
    vat_number: &'static str,
    keep: &'static str,
    never: &'static str,
}

const ENGLISH: Said = Said {
    subject: "Your receipt",
    thanks: "Thank you. We have received your payment.",
    number: "Receipt number",
    reference: "Payment reference",
    day: "Date",
    amount: "Amount",
    vat: "VAT in it",
    total: "Total paid",
    over: (
        "",
        " of it is more than is owed. We have it, and will put it where it belongs or give it back.",
    ),
    supplier: "Supplier",
    vat_number: "VAT registration number",
    keep: "Keep this e-mail. With the receipt number you can ask us at any time whether we have had your money.",
    never: "We never ask for a card number by e-mail.",
};

const WELSH: Said = Said {
    subject: "Eich derbynneb",
    thanks: "Diolch. Rydym wedi derbyn eich taliad.",
    number: "Rhif derbynneb",
    reference: "Cyfeirnod y taliad",
    day: "Dyddiad",
    amount: "Swm",
    vat: "TAW ynddo",
    total: "Cyfanswm a dalwyd",
    over: (
        "Mae ",
        " ohono yn fwy na'r hyn sy'n ddyledus. Mae gennym ni ef, a byddwn yn ei roi lle mae'n perthyn neu'n ei roi yn ôl.",
    ),
    supplier: "Cyflenwr",
    vat_number: "Rhif cofrestru TAW",
    keep: "Cadwch yr e-bost hwn. Gyda'r rhif derbynneb gallwch ofyn i ni unrhyw bryd a ydym wedi cael eich arian.",
    never: "Ni fyddwn byth yn gofyn am rif cerdyn drwy e-bost.",
};

/// What it is about, and what it says: of all that was paid, though the receipt is of
/// what was owed.
pub(super) fn of(
    council: &Council,
    language: Language,
    (reference, paid): (&str, Pence),
    receipt: &ReceiptRow,
) -> (String, String) {
    let said = match language {
        Language::English => &ENGLISH,
        Language::Welsh => &WELSH,
    };
    let mut lines = vec![said.thanks.to_owned(), String::new()];
    lines.push(format!("{}: {}", said.number, receipt.number));
    lines.push(format!("{}: {reference}", said.reference));
    lines.push(format!("{}: {}", said.day, receipt.happened_on.format("%d/%m/%Y")));
    for line in &receipt.lines {
        lines.push(String::new());
        lines.extend(line_of(council, language, said, line));
    }
    lines.push(String::new());
    lines.push(format!("{}: £{paid}", said.total));
    if let Some(over) = paid.checked_sub(receipt.total).filter(|over| over.is_positive()) {
        let (before, after) = said.over;
        lines.push(format!("{before}£{over}{after}"));
    }
    let has_vat = receipt.lines.iter().any(|line| !line.vat.is_zero());
    let own = &council.settings;
    if has_vat {
        lines.push(format!("{}: {}", said.supplier, council.supplier()));
    }
    if has_vat && !own.vat_number.is_empty() {
        lines.push(format!("{}: {}", said.vat_number, own.vat_number));
    }
    lines.extend([String::new(), said.keep.to_owned(), said.never.to_owned()]);
    lines.extend([String::new(), council.name.clone()]);
    lines.extend(own.contact_address.iter().cloned());
    (format!("{}: {}", said.subject, council.name), lines.join("\n") + "\n")
}

fn line_of(
    council: &Council,
    language: Language,
    said: &Said,
    line: &ReceiptLineRow,
) -> Vec<String> {
    let words = |words: &Words| match (language, words.cy.as_str()) {
        (Language::Welsh, welsh) if !welsh.is_empty() => welsh.to_owned(),
        _ => words.en.clone(),
    };
    let item = council.portal.item(&line.fund);
    let fund = council.fund.iter().find(|fund| fund.code.as_str() == line.fund);
    let label = match (item, fund) {
        (Some(item), _) => words(&item.label),
        (None, Some(fund)) => fund.name.clone(),
        (None, None) => line.fund.clone(),
    };
    let account = match item {
        Some(item) => format!("{}: {}", words(&item.reference), line.reference),
        None => line.reference.clone(),
    };
    let mut lines = vec![label, account, format!("{}: £{}", said.amount, line.amount)];
    if !line.vat.is_zero() {
        let rate = line.vat_basis_points.and_then(per_cent).map(|rate| format!(" ({rate})"));
        lines.push(format!("{}{}: £{}", said.vat, rate.unwrap_or_default(), line.vat));
    }
    lines
}

/// A rate as people write it: 20%, 17.5%.
fn per_cent(basis_points: i64) -> Option<String> {
    let (whole, part) = (basis_points.checked_div(100)?, basis_points.checked_rem(100)?);
    let written = format!("{whole}.{part:02}");
    Some(format!("{}%", written.trim_end_matches('0').trim_end_matches('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_written_as_people_write_it() {
        for (basis_points, written) in
            [(2_000, "20%"), (1_750, "17.5%"), (500, "5%"), (1_225, "12.25%"), (1_000, "10%")]
        {
            assert_eq!(per_cent(basis_points).as_deref(), Some(written));
        }
    }
}
