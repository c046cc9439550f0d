//! Where the money goes: each event of the income ledger as an entry.
//!
//! Every function gives the entry of one row of the table in `docs/domain.md`.
//! Amounts are signed: a negative one mirrors the entry, so that a payment
//! taken back undoes what the payment did. `Ok(None)` is a flow of nothing.

use ims_money::Pence;

use crate::{
    Account, Balanced, Draft, NotBalanced, Side,
    id::{BankCode, ChannelCode, FundCode, VatCode},
};

mod ereturns;

pub use ereturns::{slip_counted, takings, till_paid_in};

mod transfers;

pub use transfers::{difference_accepted, moved, suspense_returned, suspense_written_off};

mod refunds;

pub use refunds::{
    dispute_lost, disputed, refund_due, refund_found_in_suspense, refund_paid, refund_paid_by_bank,
    sent_back,
};

/// What a fund gains by a receipt line, with the VAT held in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gain<'a> {
    /// The fund.
    pub fund: &'a FundCode,
    /// Gross.
    pub gross: Pence,
    /// The VAT code and the VAT held in `gross`, of the same sign.
    pub vat: Option<(&'a VatCode, Pence)>,
}

mod receipts;

pub use receipts::overpaid;

type Entry = Result<Option<Balanced>, NotBalanced>;

fn finish(draft: Draft) -> Entry {
    if draft.is_empty() { Ok(None) } else { draft.balance().map(Some) }
}

/// `amount` on the debit of `debit` and the credit of `credit`.
///
/// # Errors
///
/// [`NotBalanced`] only for an amount that has no opposite.
pub fn between(debit: Account, credit: Account, amount: Pence) -> Entry {
    finish(Draft::new().signed(debit, Side::Debit, amount).signed(credit, Side::Credit, amount))
}

/// Money for `gains`, coming from `from`: a card payment (its clearing account),
/// a bank credit identified (unmatched), a suspense item allocated (suspense).
///
/// # Errors
///
/// [`NotBalanced`] when the sum of the gains is too large.
pub fn gained(from: Account, gains: &[Gain<'_>]) -> Entry {
    let mut draft = Draft::new();
    let total = Pence::checked_sum(gains.iter().map(|gain| gain.gross));
    draft = draft.signed(from, Side::Debit, total.ok_or(NotBalanced::Overflow)?);
    for gain in gains {
        let held = gain.vat.map_or(Pence::ZERO, |(_, held)| held);
        let net = gain.gross.checked_sub(held).ok_or(NotBalanced::Overflow)?;
        draft = draft.signed(Account::Fund(gain.fund.clone()), Side::Credit, net);
        if let Some((code, held)) = gain.vat {
            draft = draft.signed(Account::Vat(code.clone()), Side::Credit, held);
        }
    }
    finish(draft)
}

/// A payment taken through a channel: card, cash, agent, direct debit.
///
/// # Errors
///
/// As [`gained`].
pub fn taken(channel: &ChannelCode, gains: &[Gain<'_>]) -> Entry {
    gained(Account::Clearing(channel.clone()), gains)
}

/// Money through a channel whose owner is unknown.
///
/// # Errors
///
/// As [`between`].
pub fn taken_unknown(channel: &ChannelCode, amount: Pence) -> Entry {
    between(Account::Clearing(channel.clone()), Account::Suspense, amount)
}

/// A line of a bank statement, credit positive.
///
/// # Errors
///
/// As [`between`].
pub fn bank_line(bank: &BankCode, amount: Pence) -> Entry {
    between(Account::Bank(bank.clone()), Account::Unmatched(bank.clone()), amount)
}

/// A bank line that is what `channel` was waiting for: a payout, a slip, an
/// agent's or the DWP's credit, a direct debit collection; a debit taken back.
///
/// # Errors
///
/// As [`between`].
pub fn arrived(bank: &BankCode, channel: &ChannelCode, amount: Pence) -> Entry {
    between(Account::Unmatched(bank.clone()), Account::Clearing(channel.clone()), amount)
}

/// What `channel` was waiting for had come first and went to suspense.
///
/// # Errors
///
/// As [`between`].
pub fn arrived_before(channel: &ChannelCode, amount: Pence) -> Entry {
    between(Account::Suspense, Account::Clearing(channel.clone()), amount)
}

/// A bank line that is no income: a charge (`fees:bank`), a sweep, interest, a
/// payment out (`outside:…`), or a transfer from another account of ours.
///
/// # Errors
///
/// As [`between`].
pub fn explained(bank: &BankCode, to: Account, amount: Pence) -> Entry {
    between(Account::Unmatched(bank.clone()), to, amount)
}

/// A bank line nobody could place by the close of its day.
///
/// # Errors
///
/// As [`between`].
pub fn into_suspense(bank: &BankCode, amount: Pence) -> Entry {
    between(Account::Unmatched(bank.clone()), Account::Suspense, amount)
}

/// Suspense put where it belongs, whole or in part. A credit note is a negative
/// gain: the gains together are what is taken of the item.
///
/// # Errors
///
/// As [`gained`].
pub fn allocated(gains: &[Gain<'_>]) -> Entry {
    gained(Account::Suspense, gains)
}

/// A fee of a settlement, with the VAT charged on it.
///
/// # Errors
///
/// As [`between`].
pub fn fee(fees: Account, channel: &ChannelCode, fee: Pence) -> Entry {
    between(fees, Account::Clearing(channel.clone()), fee)
}

/// A balance on taking over: what `account` stood at, debit positive.
///
/// # Errors
///
/// As [`between`].
pub fn opening(account: Account, debit: Pence) -> Entry {
    between(account, Account::Opening, debit)
}

#[cfg(test)]
fn print(entry: Entry) -> String {
    use std::fmt::Write as _;
    let Some(entry) = entry.unwrap() else { return "nothing".to_owned() };
    let mut text = String::new();
    for posting in entry.postings() {
        let side = match posting.side {
            Side::Debit => "Dr",
            Side::Credit => "Cr",
        };
        write!(text, "{side} {} {}; ", posting.account, posting.amount).unwrap();
    }
    text.trim_end_matches("; ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flow_of_the_day() {
        let bank = BankCode::parse("main").unwrap();
        let card = ChannelCode::parse("card-web").unwrap();
        let fund = FundCode::parse("LE").unwrap();
        let vat = VatCode::parse("S").unwrap();
        let gain = |gross, held| Gain {
            fund: &fund,
            gross: Pence::new(gross),
            vat: Some((&vat, Pence::new(held))),
        };
        let pence = Pence::new;
        let fees = || "fees:card-web".parse().unwrap();
        for (entry, expected) in [
            (
                taken(&card, &[gain(1200, 200)]),
                "Dr clearing:card-web 12.00; Cr fund:LE 10.00; Cr vat:S 2.00",
            ),
            (
                taken(&card, &[gain(-1200, -200)]),
                "Cr clearing:card-web 12.00; Dr fund:LE 10.00; Dr vat:S 2.00",
            ),
            (taken(&card, &[gain(600, 0), gain(-600, 0)]), "Cr fund:LE 6.00; Dr fund:LE 6.00"),
            (taken_unknown(&card, pence(5)), "Dr clearing:card-web 0.05; Cr suspense 0.05"),
            (bank_line(&bank, pence(5)), "Dr bank:main 0.05; Cr unmatched:main 0.05"),
            (bank_line(&bank, pence(-5)), "Cr bank:main 0.05; Dr unmatched:main 0.05"),
            (bank_line(&bank, pence(0)), "nothing"),
            (arrived(&bank, &card, pence(5)), "Dr unmatched:main 0.05; Cr clearing:card-web 0.05"),
            (arrived(&bank, &card, pence(-5)), "Cr unmatched:main 0.05; Dr clearing:card-web 0.05"),
            (arrived_before(&card, pence(5)), "Dr suspense 0.05; Cr clearing:card-web 0.05"),
            (
                explained(&bank, "outside:sweep".parse().unwrap(), pence(-5)),
                "Cr unmatched:main 0.05; Dr outside:sweep 0.05",
            ),
            (
                explained(&bank, "fees:bank".parse().unwrap(), pence(-5)),
                "Cr unmatched:main 0.05; Dr fees:bank 0.05",
            ),
            (into_suspense(&bank, pence(5)), "Dr unmatched:main 0.05; Cr suspense 0.05"),
            (into_suspense(&bank, pence(-5)), "Cr unmatched:main 0.05; Dr suspense 0.05"),
            (allocated(&[gain(1200, 200)]), "Dr suspense 12.00; Cr fund:LE 10.00; Cr vat:S 2.00"),
            (fee(fees(), &card, pence(7)), "Dr fees:card-web 0.07; Cr clearing:card-web 0.07"),
            (opening("bank:main".parse().unwrap(), pence(7)), "Dr bank:main 0.07; Cr opening 0.07"),
            (opening(Account::Suspense, pence(-7)), "Cr suspense 0.07; Dr opening 0.07"),
        ] {
            assert_eq!(print(entry), expected);
        }
    }
}
