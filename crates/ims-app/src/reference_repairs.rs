//! What a reference that fails its check, or that nobody holds, may have been meant for.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use ims_ledger::{Counterparty, Meant, Through};
use ims_money::Pence;

use crate::{
    AppError, Books, CheckedReference, Permission, Result,
    clues::{Account, Case, Clue, PaidFrom, weighed},
    import_file::funds_of,
    payer_accounts::{Times, paid_from_account},
};

/// The most repairs that are looked up, and that are offered.
const LOOKED_UP_MAX: usize = 5_000;
const REPAIRS_MAX: usize = 5;

/// What is known of who paid.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KnownPayer {
    /// The name, as the bank or a file has it; empty where nobody knows it.
    pub name: String,
    /// The sort code of the account the money came from.
    pub sort_code: String,
    /// Its number.
    pub account: String,
    /// How much they paid, where that is known.
    pub amount: Option<Pence>,
}

/// No name and no account gets into a log.
impl std::fmt::Debug for KnownPayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KnownPayer(..)")
    }
}

impl KnownPayer {
    /// The account as money of it is known again.
    fn bank_account(&self) -> Result<Option<String>> {
        if self.sort_code.is_empty() && self.account.is_empty() {
            return Ok(None);
        }
        let is_half = self.sort_code.is_empty() || self.account.is_empty();
        let of = Counterparty {
            name: None,
            sort_code: Some(self.sort_code.clone()),
            account: Some(self.account.clone()),
            iban: None,
        };
        let known = of.bank_account().filter(|_| !is_half);
        let bad =
            "the payer's bank account is a sort code of 6 digits and a number of 8: give both";
        known.map(Some).ok_or_else(|| AppError::BadInput(bad.to_owned()))
    }
}

/// The name, the bank account and the amount, as far as they are known.
type Known<'a> = (&'a str, Option<String>, Option<Pence>);

/// Which references may have been meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Among {
    /// Those that the fund lets stand.
    All,
    /// Those that somebody holds.
    Held,
}

/// A reference that may have been meant, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The reference, and the slips.
    pub meant: Meant,
    /// What speaks for it and against it of who paid, in words; nothing where nobody is known.
    pub reasons: Vec<String>,
}

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
        match self.check_reference(fund, reference, through).await {
            Ok(checked) => Ok(Ok(checked)),
            Err(AppError::BadInput(why)) => {
                let found = self.repairs((fund, reference), ("", None, None), Among::All).await?;
                Ok(Err((why, found.into_iter().map(|it| it.meant).collect())))
            }
            Err(other) => Err(other),
        }
    }

    /// As [`check_or_repair`](Self::check_or_repair), where something is known of who paid: it
    /// is weighed as a suggestion for suspense is. Whether the name agrees and how often
    /// the account was paid from there is said, whether the amount is all it owes, its instalment
    /// or was paid before, and nothing more of whose it is. Where the reference can be paid to
    /// and nobody is known to hold it, those that somebody holds are told beside it
    /// ([`CheckedReference::perhaps`]).
    ///
    /// # Errors
    ///
    /// As there, and [`AppError::BadInput`] for half a bank account or an amount of nothing. A payer is given by who may
    /// see suspense, of which the same is said.
    pub async fn check_or_repair_for(
        &self,
        fund: &str,
        reference: &str,
        through: Through,
        payer: &KnownPayer,
    ) -> Result<std::result::Result<CheckedReference, (String, Vec<Repair>)>> {
        self.actor().needs(Permission::SeeIncome)?;
        if *payer != KnownPayer::default() {
            self.actor().needs(Permission::SeeSuspense)?;
        }
        let account = payer.bank_account()?;
        if payer.amount.is_some_and(|amount| !amount.is_positive()) {
            return Err(AppError::BadInput("what was paid is more than nothing".to_owned()));
        }
        match self.check_reference(fund, reference, through).await {
            Ok(mut checked) => {
                if checked.is_held == Some(false) {
                    let given = (checked.fund.as_str(), checked.reference.as_str());
                    let known = (payer.name.as_str(), account, payer.amount);
                    checked.perhaps = self.repairs(given, known, Among::Held).await?;
                }
                Ok(Ok(checked))
            }
            Err(AppError::BadInput(why)) => {
                let known = (payer.name.as_str(), account, payer.amount);
                let repairs = self.repairs((fund, reference), known, Among::All).await?;
                Ok(Err((why, repairs)))
            }
            Err(other) => Err(other),
        }
    }

    /// Repairs that the fund's rule lets stand; account holders' come first, and
    /// where the fund demands it, no others.
    async fn repairs(
        &self,
        (code, given): (&str, &str),
        known: Known<'_>,
        among: Among,
    ) -> Result<Vec<Repair>> {
        let council = self.settings().await?.council;
        let Some(fund) = council.fund.iter().find(|fund| fund.code.as_str() == code) else {
            return Ok(Vec::new());
        };
        let candidates = funds_of(&council)?.meant(code, given, LOOKED_UP_MAX);
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let references: Vec<_> =
            candidates.iter().map(|it| it.place.reference.to_string()).collect();
        let held = self.held(code, &references).await?;
        let is_held = |repair: &Meant| held.contains(repair.place.reference.as_str());
        let (candidates, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(is_held);
        let mut found = self.by_payer(code, candidates, known).await?;
        if among == Among::All && !fund.must_exist {
            let unheld = |meant| Repair { meant, reasons: Vec::new() };
            found.extend(likely(&others).map(unheld));
        }
        found.truncate(REPAIRS_MAX);
        Ok(found)
    }

    /// Account holders' repairs, the likeliest first by what is known of who paid.
    async fn by_payer(
        &self,
        fund: &str,
        candidates: Vec<Meant>,
        (name, account, amount): Known<'_>,
    ) -> Result<Vec<Repair>> {
        if name.is_empty() && account.is_none() && amount.is_none() {
            let plain = |meant| Repair { meant, reasons: Vec::new() };
            return Ok(candidates.into_iter().map(plain).collect());
        }
        let mut tx = self.store().snapshot().await?;
        let references: Vec<String> =
            candidates.iter().map(|it| it.place.reference.to_string()).collect();
        let rows = tx.holders_of(self.id(), fund, &references).await?;
        let holders: HashMap<&str, _> =
            rows.iter().map(|row| (row.reference.as_str(), row)).collect();
        let paid: BTreeMap<Account, Times> = match account {
            Some(account) => paid_from_account(self, &mut tx, &account).await?,
            None => BTreeMap::new(),
        };
        let clue = Clue::of("", name, amount.unwrap_or_default());
        let before = match amount {
            Some(amount) => {
                let amounts = std::iter::once(amount).collect();
                tx.paid_before(self.id(), &references, &amounts).await?
            }
            None => Default::default(),
        };
        let case = |meant: &Meant| {
            let reference = meant.place.reference.as_str();
            let mut case = Case::default();
            case.quote(meant.cost, String::new());
            case.name =
                holders.get(reference).map(|it| clue.name_agrees(&it.name)).unwrap_or_default();
            if let Some(times) = paid.get(&(fund.to_owned(), reference.to_owned())) {
                case.from = PaidFrom::This(*times);
            }
            case.compare(false, !paid.is_empty());
            if amount.is_some() {
                let has_paid = before.iter().any(|(of, it, _)| of == fund && it == reference);
                case.amount = Case::amount_fits(&clue, holders.get(reference).copied(), has_paid);
            }
            case
        };
        let cases: Vec<Case> = candidates.iter().map(case).collect();
        let weights = weighed(cases.iter());
        let mut found: Vec<_> = candidates.into_iter().zip(cases).zip(weights).collect();
        found.sort_by_key(|(_, (weight, _))| Reverse(*weight));
        let repair = |((meant, mut case), _): ((Meant, Case), _)| {
            // The slip is said with the reference.
            case.quoted = None;
            Repair { meant, reasons: case.reasons() }
        };
        Ok(found.into_iter().map(repair).collect())
    }
}

/// Those of them, the likeliest first, that nothing but themselves speaks for: one
/// of many that are as likely as it is no better than a guess.
fn likely(candidates: &[Meant]) -> impl Iterator<Item = Meant> {
    let as_likely = candidates.chunk_by(|one, next| one.cost == next.cost);
    as_likely.take_while(|those| those.len() <= REPAIRS_MAX).flatten().cloned()
}
