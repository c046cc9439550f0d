//! A site's takings, and what the bank counts of them.

use ims_money::Pence;

use super::{Entry, Gain, NotBalanced, between, finish};
use crate::{Account, Draft, Side, id::ChannelCode};

/// An e-return approved: what was counted waits in its channels (paying-in
/// slips, card machines), the funds gain what the rows say, and over-short takes
/// the difference. `over` is what was counted above the rows; negative when it
/// is short.
///
/// # Errors
///
/// [`NotBalanced`] when what was counted is not the rows and what is over.
pub fn takings(counted: &[(ChannelCode, Pence)], gains: &[Gain<'_>], over: Pence) -> Entry {
    let mut draft = Draft::new();
    for (channel, amount) in counted {
        draft = draft.signed(Account::Clearing(channel.clone()), Side::Debit, *amount);
    }
    draft = draft.signed(Account::OverShort, Side::Credit, over);
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

/// A till paid in: what was counted waits in its channels (paying-in slips, card
/// terminals), what its receipts `took` waits no more, and over-short takes the
/// difference, as in [`takings`].
///
/// # Errors
///
/// [`NotBalanced`] when what was counted is not what was taken and what is over.
pub fn till_paid_in(
    counted: &[(ChannelCode, Pence)],
    took: &[(ChannelCode, Pence)],
    over: Pence,
) -> Entry {
    let mut draft = Draft::new();
    for (sides, side) in [(counted, Side::Debit), (took, Side::Credit)] {
        for (channel, amount) in sides {
            draft = draft.signed(Account::Clearing(channel.clone()), side, *amount);
        }
    }
    finish(draft.signed(Account::OverShort, Side::Credit, over))
}

/// A paying-in slip counted by the bank as `more` than it says; negative when
/// as less.
///
/// # Errors
///
/// As [`between`].
pub fn slip_counted(channel: &ChannelCode, more: Pence) -> Entry {
    between(Account::Clearing(channel.clone()), Account::OverShort, more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{FundCode, VatCode};

    fn print(entry: Entry) -> String {
        let entry = entry.unwrap().unwrap();
        let side = |side| if side == Side::Debit { "Dr" } else { "Cr" };
        let sides: Vec<_> = entry
            .postings()
            .iter()
            .map(|p| format!("{} {} {}", side(p.side), p.account, p.amount))
            .collect();
        sides.join("; ")
    }

    #[test]
    fn takings_balance_whether_over_short_or_even() {
        let fund = FundCode::parse("LE").unwrap();
        let vat = VatCode::parse("S").unwrap();
        let channel = |code| ChannelCode::parse(code).unwrap();
        let gain =
            Gain { fund: &fund, gross: Pence::new(1200), vat: Some((&vat, Pence::new(200))) };
        let gains = std::slice::from_ref(&gain);
        let counted = |slip, terminal| {
            [(channel("slip"), Pence::new(slip)), (channel("terminal"), Pence::new(terminal))]
        };
        for (slip, over, expected) in [
            (
                900,
                0,
                "Dr clearing:slip 9.00; Dr clearing:terminal 3.00; Cr fund:LE 10.00; Cr vat:S 2.00",
            ),
            (
                850,
                -50,
                "Dr clearing:slip 8.50; Dr clearing:terminal 3.00; Dr over-short 0.50; Cr fund:LE 10.00; Cr vat:S 2.00",
            ),
            (
                905,
                5,
                "Dr clearing:slip 9.05; Dr clearing:terminal 3.00; Cr over-short 0.05; Cr fund:LE 10.00; Cr vat:S 2.00",
            ),
        ] {
            assert_eq!(print(takings(&counted(slip, 300), gains, Pence::new(over))), expected);
        }
        let wrong = takings(&counted(900, 300), gains, Pence::new(1));
        assert!(matches!(wrong, Err(NotBalanced::SidesDiffer { .. })), "{wrong:?}");
    }

    #[test]
    fn a_till_is_paid_in_whether_over_short_or_even() {
        let side = |code, pence| (ChannelCode::parse(code).unwrap(), Pence::new(pence));
        let paid = |counted, over| {
            print(till_paid_in(&[side("slip", counted)], &[side("till", 900)], Pence::new(over)))
        };
        assert_eq!(paid(900, 0), "Dr clearing:slip 9.00; Cr clearing:till 9.00");
        let short = "Dr clearing:slip 8.00; Cr clearing:till 9.00; Dr over-short 1.00";
        assert_eq!(paid(800, -100), short);
        assert_eq!(
            paid(950, 50),
            "Dr clearing:slip 9.50; Cr clearing:till 9.00; Cr over-short 0.50"
        );
        let wrong = till_paid_in(&[side("slip", 800)], &[side("till", 900)], Pence::ZERO);
        assert!(matches!(wrong, Err(NotBalanced::SidesDiffer { .. })), "{wrong:?}");
        assert_eq!(till_paid_in(&[], &[], Pence::ZERO), Ok(None));
    }

    #[test]
    fn the_bank_counts_a_slip_short_or_over() {
        let slip = ChannelCode::parse("slip").unwrap();
        let counted = |pence| print(slip_counted(&slip, Pence::new(pence)));
        assert_eq!(counted(-5), "Cr clearing:slip 0.05; Dr over-short 0.05");
        assert_eq!(counted(5), "Dr clearing:slip 0.05; Cr over-short 0.05");
    }
}
