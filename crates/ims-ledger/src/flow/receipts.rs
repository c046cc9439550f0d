use ims_money::Pence;

use super::{Entry, Gain, finish};
use crate::{Account, Draft, NotBalanced, Side, id::ChannelCode};

/// A payment of more than is owed, for a fund that keeps no credit: what is
/// owed to the fund, the `rest` to suspense.
///
/// # Errors
///
/// [`NotBalanced`] when the sum is too large.
pub fn overpaid(channel: &ChannelCode, gains: &[Gain<'_>], rest: Pence) -> Entry {
    let gross = gains.iter().map(|gain| gain.gross).chain([rest]);
    let total = Pence::checked_sum(gross).ok_or(NotBalanced::Overflow)?;
    let mut draft = Draft::new().signed(Account::Clearing(channel.clone()), Side::Debit, total);
    for gain in gains {
        let held = gain.vat.map_or(Pence::ZERO, |(_, held)| held);
        let net = gain.gross.checked_sub(held).ok_or(NotBalanced::Overflow)?;
        draft = draft.signed(Account::Fund(gain.fund.clone()), Side::Credit, net);
        if let Some((code, held)) = gain.vat {
            draft = draft.signed(Account::Vat(code.clone()), Side::Credit, held);
        }
    }
    finish(draft.signed(Account::Suspense, Side::Credit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{FundCode, VatCode};

    #[test]
    fn what_is_owed_goes_to_the_fund_and_the_rest_to_suspense() {
        let till = ChannelCode::parse("till").unwrap();
        let fund = FundCode::parse("LE").unwrap();
        let vat = VatCode::parse("S").unwrap();
        let gain = Gain { fund: &fund, gross: Pence::new(600), vat: Some((&vat, Pence::new(100))) };
        let sides = |gains: &[Gain<'_>], rest| -> Vec<String> {
            let entry = overpaid(&till, gains, Pence::new(rest)).unwrap().unwrap();
            let side = |p: &crate::Posting| format!("{:?} {} {}", p.side, p.account, p.amount);
            entry.postings().iter().map(side).collect()
        };
        assert_eq!(
            sides(&[gain], 400),
            [
                "Debit clearing:till 10.00",
                "Credit fund:LE 5.00",
                "Credit vat:S 1.00",
                "Credit suspense 4.00"
            ]
        );
        assert_eq!(sides(&[], 400), ["Debit clearing:till 4.00", "Credit suspense 4.00"]);
    }
}
