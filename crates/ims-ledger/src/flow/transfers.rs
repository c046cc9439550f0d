//! Money that moves inside the books: journals, transfers, credit notes, and
//! what becomes of suspense that nobody claims.

use ims_money::Pence;

use super::{Entry, Gain, between};
use crate::{Account, Draft, NotBalanced, Side, id::ChannelCode};

/// Money moved between accounts: what is taken is a negative gain, what is
/// given a positive one. A journal of a posted line, and a transfer.
///
/// ```
/// use ims_ledger::{flow, id::FundCode};
/// use ims_money::Pence;
///
/// let (from, to) = (FundCode::parse("CT")?, FundCode::parse("HR")?);
/// let gain = |fund, pence| flow::Gain { fund, gross: Pence::new(pence), vat: None };
/// assert!(flow::moved(&[gain(&from, -100), gain(&to, 100)])?.is_some());
/// assert!(flow::moved(&[gain(&from, -100), gain(&to, 90)]).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`NotBalanced::SidesDiffer`] when not all that is taken is given, or more.
pub fn moved(gains: &[Gain<'_>]) -> Entry {
    let mut draft = Draft::new();
    for gain in gains {
        let held = gain.vat.map_or(Pence::ZERO, |(_, held)| held);
        let net = gain.gross.checked_sub(held).ok_or(NotBalanced::Overflow)?;
        draft = draft.signed(Account::Fund(gain.fund.clone()), Side::Credit, net);
        if let Some((code, held)) = gain.vat {
            draft = draft.signed(Account::Vat(code.clone()), Side::Credit, held);
        }
    }
    super::finish(draft)
}

/// Suspense to be given back to who paid it.
///
/// # Errors
///
/// As [`between`].
pub fn suspense_returned(amount: Pence) -> Entry {
    between(Account::Suspense, Account::RefundsDue, amount)
}

/// Suspense given up, with approval; a debit item negative.
///
/// # Errors
///
/// As [`between`].
pub fn suspense_written_off(amount: Pence) -> Entry {
    between(Account::Suspense, Account::WriteOff, amount)
}

/// What `channel` waited for will not come (a shortage), or what it held is
/// nobody's (an excess, negative): accepted, with approval.
///
/// # Errors
///
/// As [`between`].
pub fn difference_accepted(channel: &ChannelCode, amount: Pence) -> Entry {
    between(Account::WriteOff, Account::Clearing(channel.clone()), amount)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::{super::allocated, *};
    use crate::id::{FundCode, VatCode};

    fn print(entry: Entry) -> String {
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

    #[test]
    fn every_flow_of_this_page() {
        let (leisure, tax) = (FundCode::parse("LE").unwrap(), FundCode::parse("CT").unwrap());
        let vat = VatCode::parse("S").unwrap();
        let till = ChannelCode::parse("till").unwrap();
        let pence = Pence::new;
        let held = |gross, held| Gain {
            fund: &leisure,
            gross: pence(gross),
            vat: Some((&vat, pence(held))),
        };
        let free = |gross| Gain { fund: &tax, gross: pence(gross), vat: None };
        for (entry, expected) in [
            (
                moved(&[held(-1200, -200), free(1200)]),
                "Dr fund:LE 10.00; Dr vat:S 2.00; Cr fund:CT 12.00",
            ),
            (
                moved(&[free(-5), free(2), free(3)]),
                "Dr fund:CT 0.05; Cr fund:CT 0.02; Cr fund:CT 0.03",
            ),
            (
                allocated(&[held(1200, 200), free(-200)]),
                "Dr suspense 10.00; Cr fund:LE 10.00; Cr vat:S 2.00; Dr fund:CT 2.00",
            ),
            (suspense_returned(pence(5)), "Dr suspense 0.05; Cr refunds-due 0.05"),
            (suspense_written_off(pence(5)), "Dr suspense 0.05; Cr write-off 0.05"),
            (suspense_written_off(pence(-5)), "Cr suspense 0.05; Dr write-off 0.05"),
            (difference_accepted(&till, pence(5)), "Dr write-off 0.05; Cr clearing:till 0.05"),
            (difference_accepted(&till, pence(-5)), "Cr write-off 0.05; Dr clearing:till 0.05"),
        ] {
            assert_eq!(print(entry), expected);
        }
    }

    /// W4: a transfer that gives less than it takes destroys money.
    #[test]
    fn what_is_taken_and_not_given_is_no_entry() {
        let fund = FundCode::parse("CT").unwrap();
        let gain = |gross| Gain { fund: &fund, gross: Pence::new(gross), vat: None };
        for (gains, debits, credits) in
            [([gain(-100), gain(90)], 100, 90), ([gain(-100), gain(101)], 100, 101)]
        {
            let (debits, credits) = (Pence::new(debits), Pence::new(credits));
            assert_eq!(moved(&gains), Err(NotBalanced::SidesDiffer { debits, credits }));
        }
    }
}
