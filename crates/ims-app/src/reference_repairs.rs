//! What a reference that fails its check may have been meant for.

use ims_ledger::{Meant, Through};

use crate::{AppError, Books, CheckedReference, Permission, Result, import_file::funds_of};

/// The most repairs that are looked up, and that are offered.
const LOOKED_UP_MAX: usize = 5_000;
const REPAIRS_MAX: usize = 5;

impl Books {
    /// As [`check_reference`](Self::check_reference); and when `reference` is none
    /// of the fund's, beside why: those it may have been meant for, the likeliest
    /// first. Nothing of whose they are is shown.
    ///
    /// # Errors
    ///
    /// As there, but for a reference that is none; [`AppError::Refused`] for one on
    /// stop, with which nothing is wrong.
    pub async fn check_or_repair(
        &self,
        fund: &str,
        reference: &str,
        through: Through,
    ) -> Result<std::result::Result<CheckedReference, (String, Vec<Meant>)>> {
        self.actor().needs(Permission::SeeIncome)?;
        match self.check_reference(fund, reference, through).await {
            Ok(checked) => Ok(Ok(checked)),
            Err(AppError::BadInput(why)) => Ok(Err((why, self.repairs(fund, reference).await?))),
            Err(other) => Err(other),
        }
    }

    /// Repairs that the fund's rule lets stand; account holders' come first, and
    /// where the fund demands it, no others.
    async fn repairs(&self, code: &str, given: &str) -> Result<Vec<Meant>> {
        let council = self.settings().await?.council;
        let Some(fund) = council.fund.iter().find(|fund| fund.code.as_str() == code) else {
            return Ok(Vec::new());
        };
        let candidates = funds_of(&council)?.meant(code, given, LOOKED_UP_MAX);
        if candidates.is_empty() {
            return Ok(candidates);
        }
        let references: Vec<_> =
            candidates.iter().map(|it| it.place.reference.to_string()).collect();
        let held = self.held(code, &references).await?;
        let is_held = |repair: &Meant| held.contains(repair.place.reference.as_str());
        let (mut candidates, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_held);
        if !fund.must_exist {
            candidates.extend(likely(&others));
        }
        candidates.truncate(REPAIRS_MAX);
        Ok(candidates)
    }
}

/// Those of them, the likeliest first, that nothing but themselves speaks for: one
/// of many that are as likely as it is no better than a guess.
fn likely(candidates: &[Meant]) -> impl Iterator<Item = Meant> {
    let as_likely = candidates.chunk_by(|one, next| one.cost == next.cost);
    as_likely.take_while(|those| those.len() <= REPAIRS_MAX).flatten().cloned()
}
