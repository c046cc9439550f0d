//! Money that goes back to who paid it.

use ims_money::Pence;

use super::{Entry, Gain, between, finish, gained};
use crate::{
    Account, Draft, NotBalanced, Side,
    id::{BankCode, ChannelCode},
};

/// A refund approved: what the accounts lose (gains below nothing) is due. The
/// same turned round when the provider will not pay it. `loss` is what the
/// accounts no longer had when a payment was told of late.
///
/// # Errors
///
/// As [`gained`].
pub fn refund_due(lost: &[Gain<'_>], loss: Pence) -> Entry {
    claimed(Account::RefundsDue, lost, Pence::ZERO, loss)
}

/// A refund confirmed by the provider that paid it; negative: it came back.
///
/// # Errors
///
/// As [`between`].
pub fn refund_paid(channel: &ChannelCode, amount: Pence) -> Entry {
    between(Account::RefundsDue, Account::Clearing(channel.clone()), amount)
}

/// A refund confirmed by a line of the bank's; negative: it came back.
///
/// # Errors
///
/// As [`between`].
pub fn refund_paid_by_bank(bank: &BankCode, amount: Pence) -> Entry {
    between(Account::RefundsDue, Account::Unmatched(bank.clone()), amount)
}

/// A refund confirmed by a line of the bank's that had gone to suspense;
/// negative: it came back.
///
/// # Errors
///
/// As [`between`].
pub fn refund_found_in_suspense(amount: Pence) -> Entry {
    between(Account::RefundsDue, Account::Suspense, amount)
}

/// A payment disputed: the provider took it back. What suspense still had of it
/// is taken off there, the rest kept back; negative: the dispute was won.
///
/// # Errors
///
/// As [`gained`].
pub fn disputed(channel: &ChannelCode, suspense: Pence, rest: Pence) -> Entry {
    claimed(Account::Clearing(channel.clone()), &[], suspense, rest)
}

/// A dispute lost: the accounts lose what they still had of it.
///
/// # Errors
///
/// As [`gained`].
pub fn dispute_lost(lost: &[Gain<'_>]) -> Entry {
    gained(Account::Disputes, lost)
}

/// A payment sent back, or undone by its provider: what the accounts and
/// suspense still had of it, and what they no longer had, which is a loss.
///
/// # Errors
///
/// As [`gained`].
pub fn sent_back(channel: &ChannelCode, lost: &[Gain<'_>], suspense: Pence, loss: Pence) -> Entry {
    claimed(Account::Clearing(channel.clone()), lost, suspense, loss)
}

fn claimed(to: Account, lost: &[Gain<'_>], suspense: Pence, loss: Pence) -> Entry {
    let total = Pence::checked_sum(lost.iter().map(|lost| lost.gross));
    let total = total.and_then(|total| total.checked_sub(suspense)?.checked_sub(loss));
    let mut draft = Draft::new().signed(to, Side::Debit, total.ok_or(NotBalanced::Overflow)?);
    for lost in lost {
        let held = lost.vat.map_or(Pence::ZERO, |(_, held)| held);
        let net = lost.gross.checked_sub(held).ok_or(NotBalanced::Overflow)?;
        draft = draft.signed(Account::Fund(lost.fund.clone()), Side::Credit, net);
        if let Some((code, held)) = lost.vat {
            draft = draft.signed(Account::Vat(code.clone()), Side::Credit, held);
        }
    }
    finish(draft.signed(Account::Suspense, Side::Debit, suspense).signed(
        Account::Disputes,
        Side::Debit,
        loss,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        flow::print,
        id::{FundCode, VatCode},
    };

    #[test]
    fn every_flow_back() {
        let bank = BankCode::parse("main").unwrap();
        let card = ChannelCode::parse("card-web").unwrap();
        let fund = FundCode::parse("LE").unwrap();
        let vat = VatCode::parse("S").unwrap();
        let lost = |gross: i64, held: i64| Gain {
            fund: &fund,
            gross: Pence::new(-gross),
            vat: Some((&vat, Pence::new(-held))),
        };
        let pence = Pence::new;
        for (entry, expected) in [
            (
                refund_due(&[lost(1200, 200)], pence(0)),
                "Cr refunds-due 12.00; Dr fund:LE 10.00; Dr vat:S 2.00",
            ),
            (
                refund_due(&[lost(600, 100)], pence(600)),
                "Cr refunds-due 12.00; Dr fund:LE 5.00; Dr vat:S 1.00; Dr disputes 6.00",
            ),
            (refund_paid(&card, pence(5)), "Dr refunds-due 0.05; Cr clearing:card-web 0.05"),
            (refund_paid(&card, pence(-5)), "Cr refunds-due 0.05; Dr clearing:card-web 0.05"),
            (refund_paid_by_bank(&bank, pence(5)), "Dr refunds-due 0.05; Cr unmatched:main 0.05"),
            (refund_paid_by_bank(&bank, pence(-5)), "Cr refunds-due 0.05; Dr unmatched:main 0.05"),
            (refund_found_in_suspense(pence(5)), "Dr refunds-due 0.05; Cr suspense 0.05"),
            (disputed(&card, pence(0), pence(5)), "Cr clearing:card-web 0.05; Dr disputes 0.05"),
            (
                disputed(&card, pence(-2), pence(-5)),
                "Dr clearing:card-web 0.07; Cr suspense 0.02; Cr disputes 0.05",
            ),
            (
                dispute_lost(&[lost(1200, 200)]),
                "Cr disputes 12.00; Dr fund:LE 10.00; Dr vat:S 2.00",
            ),
            (dispute_lost(&[]), "nothing"),
            (
                sent_back(&card, &[lost(600, 100)], pence(300), pence(100)),
                "Cr clearing:card-web 10.00; Dr fund:LE 5.00; Dr vat:S 1.00; Dr suspense 3.00; Dr disputes 1.00",
            ),
        ] {
            assert_eq!(print(entry), expected);
        }
    }
}
