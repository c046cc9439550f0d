//! A payout's residual, part by part.

use ims_money::Pence;

use super::{
    Because, Explained, Paired, Part, Payout, Settled, SettledAs, Taking,
    at_bank::{self, Arrived},
};

/// Everything there is to compare.
pub(super) struct Sides<'s> {
    pub(super) takings: &'s [Taking<'s>],
    pub(super) payouts: &'s [Payout<'s>],
    pub(super) settled: &'s [Settled<'s>],
    pub(super) paired: &'s Paired,
}

/// What adds up to the residual so far; `None` once it is beyond counting.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn add(&mut self, because: Because, amount: Pence, settled: Option<u32>, taking: Option<u32>) {
        if !amount.is_zero() {
            self.0.push(Part { because, amount, settled, taking });
        }
    }

    fn sum(&self, which: impl Fn(&Part) -> bool) -> Option<Pence> {
        Pence::checked_sum(self.0.iter().filter(|part| which(part)).map(|part| part.amount))
    }
}

impl Sides<'_> {
    pub(super) fn explained(&self, at: u32, arrived: Option<Arrived>) -> Explained {
        let whole = arrived.as_ref().filter(|arrived| arrived.is_whole);
        let paid = whole.map(|arrived| arrived.amount);
        let found = self.parts(at, paid).unwrap_or_else(|| {
            let paid = paid.unwrap_or_default();
            let unexplained = Pence::new(paid.get().saturating_neg());
            let (taken, residual, parts) = (Pence::ZERO, unexplained, Vec::new());
            let (has_arrived, bank) = (false, Vec::new());
            Explained { has_arrived, bank, paid, taken, residual, parts, unexplained }
        });
        let has_arrived = whole.is_some();
        Explained { has_arrived, bank: arrived.map(|it| it.lines).unwrap_or_default(), ..found }
    }

    /// `None` if a sum is beyond counting.
    fn parts(&self, at: u32, paid: Option<Pence>) -> Option<Explained> {
        let payout = self.payouts.get(at as usize)?;
        let mut parts = Parts::default();
        let mut named = Pence::ZERO;
        let lines = (0_u32..).zip(self.settled).filter(|(_, line)| line.payout == at);
        for (place, line) in lines.clone() {
            named = named.checked_add(self.line(payout, place, line, &mut parts)?)?;
        }
        let elsewhere = self.timing(at, payout, &mut parts)?;
        let taken = named.checked_add(elsewhere)?;
        let made = at_bank::sum_of_lines(at, self.settled)?;
        let stated = payout.stated.unwrap_or(made);
        let off = made.checked_sub(stated)?;
        // Half a penny a line at the most.
        let is_rounding = u64::try_from(lines.count())
            .is_ok_and(|count| off.get().unsigned_abs().saturating_mul(2) <= count);
        let because = if is_rounding { Because::Rounding } else { Because::LinesDiffer };
        parts.add(because, off, None, None);
        let paid = paid.unwrap_or(stated);
        parts.add(Because::BankDiffers, stated.checked_sub(paid)?, None, None);
        let residual = taken.checked_sub(paid)?;
        let unexplained = parts.sum(|part| part.because.is_unexplained())?;
        let (has_arrived, bank, parts) = (false, Vec::new(), parts.0);
        Some(Explained { has_arrived, bank, paid, taken, residual, parts, unexplained })
    }

    /// What a line of the settlement explains; gives what we have for it on the day covered.
    fn line(
        &self,
        payout: &Payout<'_>,
        place: u32,
        line: &Settled<'_>,
        parts: &mut Parts,
    ) -> Option<Pence> {
        let taking_at = self.paired.taking_of.get(&place).copied();
        let taking = taking_at.and_then(|at| self.takings.get(at as usize));
        let off = line.gross.checked_neg()?;
        let mut ours = Pence::ZERO;
        match (line.kind, taking) {
            (SettledAs::Payment | SettledAs::Refund, Some(taking)) => {
                let differs = taking.amount.checked_sub(line.gross)?;
                parts.add(Because::AmountDiffers, differs, Some(place), taking_at);
                if payout.covers.is_none_or(|day| day == taking.date) {
                    ours = taking.amount;
                } else {
                    let amount = taking.amount.checked_neg()?;
                    let because = if line.kind == SettledAs::Refund {
                        Because::Refund
                    } else {
                        Because::OfAnotherDay
                    };
                    parts.add(because, amount, Some(place), taking_at);
                }
            }
            (SettledAs::Payment, None) => parts.add(Because::NotOurs, off, Some(place), None),
            (SettledAs::Refund, None) => parts.add(Because::Refund, off, Some(place), None),
            (SettledAs::Fee, _) => parts.add(Because::Fee, off, Some(place), None),
            (SettledAs::Dispute, _) => parts.add(Because::Dispute, off, Some(place), None),
            (SettledAs::Adjustment, _) => parts.add(Because::Adjustment, off, Some(place), None),
        }
        parts.add(Because::Fee, line.fee, Some(place), taking_at);
        Some(ours)
    }

    /// Takings of the day covered that are not in this payout.
    fn timing(&self, at: u32, payout: &Payout<'_>, parts: &mut Parts) -> Option<Pence> {
        let mut sum = Pence::ZERO;
        let Some(day) = payout.covers else { return Some(sum) };
        let of_day = |taking: &Taking<'_>| taking.date == day && taking.provider == payout.provider;
        for (place, taking) in (0_u32..).zip(self.takings).filter(|(_, taking)| of_day(taking)) {
            let because = match self.paired.payout_of.get(&place) {
                Some(payout) if *payout == at => continue,
                Some(_) => Because::PaidElsewhere,
                None => Because::NotPaidYet,
            };
            parts.add(because, taking.amount, None, Some(place));
            sum = sum.checked_add(taking.amount)?;
        }
        Some(sum)
    }
}
