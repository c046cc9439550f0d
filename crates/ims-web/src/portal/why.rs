//! Why something cannot be paid, in words that help to mend it.

use ims_app::Unpayable;
use ims_ledger::{BadReference, Characters, Council, PortalItem};

use super::texts::Language;
use crate::{form::BadAmount, show};

/// Which field it is about, and what is said of it.
pub(super) fn not_payable(
    t: Language,
    council: &Council,
    item: &PortalItem,
    why: &Unpayable,
) -> (&'static str, String) {
    let name = t.of_words(&item.reference);
    let inside = [("name", name.inside())];
    let named = |key: &'static str| t.with(key, &[("name", &inside[0].1)]);
    match why {
        Unpayable::Reference(bad) => ("reference", reference(t, council, item, bad)),
        Unpayable::NoHolder => ("reference", named("why.no_holder")),
        Unpayable::OnStop(message) => ("reference", t.with("why.on_stop", &[("message", message)])),
        Unpayable::Twice => ("reference", t.say("why.twice").to_owned()),
        Unpayable::TooLittle(least) => {
            ("amount", t.with("why.too_little", &[("amount", &show::money(least))]))
        }
        Unpayable::TooMuch(most) => {
            ("amount", t.with("why.too_much", &[("amount", &show::money(most))]))
        }
        Unpayable::Full(most) => ("", t.with("why.full", &[("number", &most.to_string())])),
        _ => ("", t.say("why.not_offered").to_owned()),
    }
}

fn reference(t: Language, council: &Council, item: &PortalItem, bad: &BadReference) -> String {
    let name = t.of_words(&item.reference);
    let inside = name.inside();
    match bad {
        BadReference::Blank => t.with("why.enter", &[("name", &inside)]),
        BadReference::Length { .. } => length(t, council, item, &name.text),
        BadReference::Characters { .. } => {
            let rule = council.fund.iter().find(|fund| fund.code == item.fund);
            let key = match rule.and_then(|fund| fund.reference.characters) {
                Some(Characters::Alpha) => "why.characters.alpha",
                Some(Characters::AlphaSpace) => "why.characters.alpha-space",
                Some(Characters::Numeric) => "why.characters.numeric",
                Some(Characters::NumericSpace) => "why.characters.numeric-space",
                Some(Characters::AlphaNumeric) => "why.characters.alpha-numeric",
                Some(Characters::AlphaNumericSpace) => "why.characters.alpha-numeric-space",
                None => "why.shape",
            };
            let name =
                if key == "why.shape" || t == Language::Welsh { &inside } else { &name.text };
            t.with(key, &[("name", name)])
        }
        BadReference::CheckDigit(_) => t.with("why.check_digit", &[("name", &inside)]),
        _ if item.example.is_empty() => t.with("why.shape", &[("name", &inside)]),
        _ => t.with("why.shape.example", &[("name", &inside), ("example", &item.example)]),
    }
}

/// How long its references are, from the fund's own rule.
fn length(t: Language, council: &Council, item: &PortalItem, name: &str) -> String {
    let rule = council.fund.iter().find(|fund| fund.code == item.fund).map(|fund| &fund.reference);
    let limits = rule.map_or((0, 0), |rule| (rule.min_length, rule.max_length));
    let most = if limits.1 == 0 { ims_ledger::REFERENCE_LENGTH_MAX } else { limits.1 };
    let least = limits.0.max(1);
    let key = if least == most { "why.length.exact" } else { "why.length.range" };
    t.with(key, &[("name", name), ("least", &least.to_string()), ("most", &most.to_string())])
}

/// Why a text is no amount.
pub(super) fn no_amount(t: Language, text: &str, bad: BadAmount) -> &'static str {
    match bad {
        _ if text.trim().is_empty() => t.say("why.amount.none"),
        BadAmount::Nothing => t.say("why.amount.nothing"),
        BadAmount::FractionOfAPenny => t.say("why.amount.fraction"),
        BadAmount::TooLarge | BadAmount::NotANumber => t.say("why.amount.number"),
    }
}
