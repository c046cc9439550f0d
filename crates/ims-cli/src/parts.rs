//! Accounts with amounts, as arguments name them: `CT/112233448=20.00`, and
//! with a VAT code `LE/SWIM=20.00@Z`.

use ims_app::MovedPart;

/// `FUND/REFERENCE=POUNDS`, and `@VAT` after it where the fund allows another
/// code than its own.
pub(crate) fn part(text: &str) -> Result<MovedPart, String> {
    let wrong = || "it is not FUND/REFERENCE=POUNDS; CT/112233448=20.00 would be".to_owned();
    let (account, amount) = text.rsplit_once('=').ok_or_else(wrong)?;
    let (fund, reference) = account.split_once('/').ok_or_else(wrong)?;
    let (amount, vat) = match amount.split_once('@') {
        Some((amount, vat)) => (amount, Some(vat.trim().to_owned())),
        None => (amount, None),
    };
    if vat.as_ref().is_some_and(String::is_empty) {
        return Err("after `@` comes a VAT code; LE/SWIM=20.00@Z would be right".to_owned());
    }
    let amount =
        amount.trim().parse().map_err(|bad: ims_money::ParsePenceError| bad.to_string())?;
    let (fund, reference) = (fund.trim().to_owned(), reference.trim().to_owned());
    if fund.is_empty() || reference.is_empty() {
        return Err(wrong());
    }
    Ok(MovedPart { fund, reference, amount, vat_code: vat })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_may_hold_what_stands_between() {
        for (text, read) in [
            ("CT/112233448=20.00", Some(("CT", "112233448", 2_000))),
            ("LE/A/B=C=1", Some(("LE", "A/B=C", 100))),
            (" LE / SWIM = 0.01 ", Some(("LE", "SWIM", 1))),
            ("LE/SWIM", None),
            ("SWIM=1", None),
            ("/SWIM=1", None),
            ("LE/=1", None),
            ("LE/SWIM=1.005", None),
            ("LE/SWIM=1@", None),
        ] {
            let found = part(text).ok();
            let found =
                found.as_ref().map(|p| (p.fund.as_str(), p.reference.as_str(), p.amount.get()));
            assert_eq!(found, read, "{text}");
        }
        let vat = |text: &str| part(text).unwrap().vat_code;
        assert_eq!((vat("LE/A@B=20.00"), vat("LE/SWIM=20.00 @ Z ")), (None, Some("Z".to_owned())));
    }
}
