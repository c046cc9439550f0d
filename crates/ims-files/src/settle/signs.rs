//! Signs and small units, as each provider writes them.

use ims_ledger::{SettlementKind, SettlementLine};
use ims_money::Pence;

use crate::amounts::{clipped, currency_decimals, pence};

/// An amount in the named column.
pub(super) fn money(name: &str, text: &str) -> Result<Pence, String> {
    if text.is_empty() {
        return Err(format!("{name}: is empty; 12.50 would be an amount"));
    }
    pence(text).map_err(|message| format!("{name}: {message}"))
}

/// As [`money`], and nought where the cell is empty.
pub(super) fn money_or_nought(name: &str, text: &str) -> Result<Pence, String> {
    if text.is_empty() { Ok(Pence::ZERO) } else { money(name, text) }
}

/// A whole number of the currency's smallest coin, in hundredths.
pub(super) fn minor(name: &str, text: &str, currency: &str) -> Result<Pence, String> {
    let wrong = || format!("{name}: `{}` is no whole number of pence", clipped(text));
    let units: i64 = text.parse().map_err(|_| wrong())?;
    let hundredths = match currency_decimals(currency) {
        2 => Some(units),
        0 => units.checked_mul(100),
        _ => return Err(format!("{name}: {currency} has more than a hundred parts")),
    };
    hundredths.map(Pence::new).ok_or_else(wrong)
}

/// That amount taken off.
pub(super) fn less(amount: Pence) -> Result<Pence, String> {
    amount.checked_neg().ok_or_else(|| "the amount is too large".to_owned())
}

/// One amount less another.
pub(super) fn minus(from: Pence, amount: Pence) -> Result<Pence, String> {
    from.checked_sub(amount).ok_or_else(|| "the amount is too large".to_owned())
}

/// A charge of the provider that belongs to no payment: `net` as its file has it,
/// negative where it is taken.
pub(super) fn as_fee(line: SettlementLine, net: Pence) -> Result<SettlementLine, String> {
    let kind = SettlementKind::Fee;
    Ok(SettlementLine { kind, gross: Pence::ZERO, fee: less(net)?, net, ..line })
}

/// The amount of a row of that kind, in a file that writes what is taken back as it
/// writes what is paid: less than nothing for a refund or a dispute, but as it is
/// written where `event` says that one is reversed, presented again or has failed.
pub(super) fn by_event(kind: SettlementKind, event: &str, amount: Pence) -> Result<Pence, String> {
    let event = event.to_ascii_lowercase();
    let is_undone = match kind {
        SettlementKind::Dispute => event.contains("revers") || event.contains("represent"),
        // A sale that is reversed is a refund too.
        SettlementKind::Refund => {
            event.contains("fail")
                || (event.contains("revers")
                    && (event.contains("refund") || event.contains("credit")))
        }
        SettlementKind::Payment | SettlementKind::Fee | SettlementKind::Adjustment => true,
    };
    if is_undone || !amount.is_positive() { Ok(amount) } else { less(amount) }
}

/// What a row is once its sign is seen: a payment of less than nothing is one that
/// was taken back after all.
pub(super) fn by_sign(kind: SettlementKind, gross: Pence) -> SettlementKind {
    if kind == SettlementKind::Payment && gross.is_negative() {
        SettlementKind::Refund
    } else {
        kind
    }
}

/// That a payment brings money.
pub(super) fn check(kind: SettlementKind, gross: Pence) -> Result<(), String> {
    if kind == SettlementKind::Payment && gross.is_negative() {
        return Err(format!(
            "the payment is of {gross}, less than nothing; what is taken back is a refund or a dispute"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_undone_comes_back() {
        use SettlementKind::{Dispute, Payment, Refund};
        for (kind, event, wanted) in [
            (Payment, "Sale", 500),
            (Refund, "Sales Refund", -500),
            (Refund, "Sale Reversal", -500),
            (Refund, "Refund Reversal", 500),
            (Refund, "REFUND_FAILED", 500),
            (Dispute, "Chargeback", -500),
            (Dispute, "CHARGEBACK REVERSED", 500),
            (Dispute, "Chargeback Representment", 500),
        ] {
            assert_eq!(by_event(kind, event, Pence::new(500)), Ok(Pence::new(wanted)), "{event}");
        }
        assert_eq!(by_event(Refund, "Sales Refund", Pence::new(-500)), Ok(Pence::new(-500)));
    }
}
