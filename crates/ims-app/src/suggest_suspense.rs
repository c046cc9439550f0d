//! Whose an item of suspense may be: accounts, the likelier first, and why.
//! Nothing is ever booked by it; a person accepts a suggestion, or does not.

mod as_suggested;
mod ranked;

use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::{
    Council, Funds, Place,
    evidence::NameAgrees,
    id::{ExpectedId, SuspenseId},
};
use ims_money::Pence;
use ims_store::{HolderRow, OpenSuspense, Tx};

use self::ranked::ranked;
use crate::{
    Allocated, AppError, Books, NewAllocation, Permission, ROWS_MAX, Result,
    clues::{Account, Case, Clue, History, PLACED_MAX, PaidFrom, led},
    payer_accounts::{Payers, Times},
    reconcile_bank::{Awaited, is_from_bank},
    redirects::redirects_of,
};

/// An account that an item of suspense may have been meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The fund's code.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// How likely it is, in thousandths, beside the others and none of them.
    pub permille: u16,
    /// What speaks for it and against it, in words.
    pub reasons: Vec<String>,
    /// Money of the account that was told of and that the bank has not shown: what the bank
    /// shows here may be that, and would be credited twice.
    pub awaited: Vec<ExpectedId>,
    /// Stands for all of the suggestion and what is left of the item: another
    /// mark, and something changed.
    pub mark: String,
}

/// The same at a glance, for lists: without the search for the payer's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Perhaps {
    /// The fund's code.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// How likely it is, in thousandths, beside the others found at a glance.
    pub permille: u16,
    /// What speaks for it and against it, in words.
    pub reasons: Vec<String>,
    /// As of [`Suggestion::awaited`].
    pub awaited: Vec<ExpectedId>,
}

/// The most accounts that are named of an item in a list.
const NEARLY_MAX: usize = 3;
/// The most accounts of an item that are looked up for a list, the less
/// far-fetched first: with those of a whole page, one question of each fund.
const GLANCE_MAX: usize = 100;
/// How many placings of suspense are looked through for a list, the newest first.
const PLACED_GLANCE_MAX: i64 = 5_000;
/// The most accounts that are suggested.
const SUGGESTED_MAX: usize = 10;
/// The most words of an item that are repaired.
const REPAIRED_MAX: usize = 8;
/// The most references that a word is repaired to.
const MEANT_MAX: usize = 5_000;
/// What it costs, as a slip's, that the word is a right reference as it stands: few
/// slips pass the check. As far-fetched as a second slip.
const RIGHT_AS_IT_STANDS: u16 = 14;
/// The most account holders that are looked at for their name.
const NAMED_MAX: i64 = 500;

type Cases = BTreeMap<Account, Case>;

/// How far is looked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    /// Also for the payer's name: a question or two of each item.
    Closely,
    /// As many questions of the store for a page of items as for one.
    AtAGlance,
}

/// An item, and what speaks for whom.
struct Looked<'a> {
    item: &'a OpenSuspense,
    clue: Clue,
    cases: Cases,
    /// Money with its reference went to one account, always.
    went_to_one: bool,
    /// Its bank account paid somebody before.
    paid_somebody: bool,
}

impl<'a> Looked<'a> {
    fn at(item: &'a OpenSuspense) -> Self {
        let clue = Clue::of(&item.reference, &item.narrative, item.remaining);
        Self { item, clue, cases: Cases::new(), went_to_one: false, paid_somebody: false }
    }
}

/// What an allocation says of the suggestion it followed.
#[must_use]
pub fn suggestion_note(reasons: &[String]) -> String {
    format!("suggested: {}", reasons.join("; "))
}

impl Books {
    /// The accounts that an open item may have been meant for, the likelier
    /// first: those whose reference it quotes or nearly does, those that like
    /// money was placed in before, those of the payer's name.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another item, [`AppError::Refused`] for one
    /// of which nothing is left.
    pub async fn suggest_suspense(&self, id: SuspenseId) -> Result<Vec<Suggestion>> {
        self.actor().needs(Permission::SeeSuspense)?;
        Ok(self.suggested(id).await?.1)
    }

    /// Puts all that is left of an item where suggestion `candidate`, counted
    /// from 1, says, by the deed for that, with its reasons as the note.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] when the suggestion is no longer the one marked
    /// `seen`, and while money of the account is awaited that this may be; else as of [`Books::allocate_suspense`].
    pub async fn accept_suggestion(
        &self,
        id: SuspenseId,
        candidate: usize,
        seen: &str,
    ) -> Result<(Suggestion, Allocated)> {
        self.actor().needs(Permission::AllocateSuspense)?;
        let (item, suggested) = self.suggested(id).await?;
        let count = suggested.len();
        let chosen = candidate.checked_sub(1).and_then(|at| suggested.into_iter().nth(at));
        let chosen = chosen.filter(|it| it.mark == seen).ok_or_else(|| {
            AppError::Refused(format!(
                "candidate {candidate} is not, or no longer, the one marked `{seen}`; there are \
                 {count} now: look again"
            ))
        })?;
        if let [first, ..] = chosen.awaited.as_slice() {
            return Err(AppError::Refused(format!(
                "{}: `ims reconcile match --item {id} --expected {first}` says that it is; \
                 `ims suspense allocate {id}` places what is other money",
                chosen.reasons.join("; ")
            )));
        }
        let to = NewAllocation {
            fund: chosen.fund.clone(),
            reference: chosen.reference.clone(),
            // Not "all that is left": what is left was part of what was seen.
            amount: Some(item.remaining),
            note: suggestion_note(&chosen.reasons),
            key: None,
        };
        let done = self.allocate_as_suggested(id, &to).await?;
        Ok((chosen, done))
    }

    async fn suggested(&self, id: SuspenseId) -> Result<(OpenSuspense, Vec<Suggestion>)> {
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        if item.remaining.is_zero() {
            return Err(AppError::Refused(format!("nothing is left of suspense item {id}")));
        }
        let mut found = self.weighed(&mut tx, std::slice::from_ref(&item), Look::Closely).await?;
        let suggested = found.pop().map(|(_, suggested)| suggested).unwrap_or_default();
        Ok((item, suggested))
    }

    /// The accounts that open items may have been meant for, at a glance: those
    /// they quote or nearly do and that somebody holds, and those that like
    /// money was placed in, the likelier first. At most three of each item, of
    /// at most 500 items; what suggests none is left out.
    /// [`Books::suggest_suspense`] looks further.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn meant_by(
        &self,
        items: &[OpenSuspense],
    ) -> Result<BTreeMap<SuspenseId, Vec<Perhaps>>> {
        self.actor().needs(Permission::SeeSuspense)?;
        let items = items.iter().filter(|item| !item.remaining.is_zero());
        let items = items.take(usize::try_from(ROWS_MAX).unwrap_or_default()).cloned();
        let items: Vec<OpenSuspense> = items.collect();
        if items.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut tx = self.store().snapshot().await?;
        let found = self.weighed(&mut tx, &items, Look::AtAGlance).await?;
        let found = found.into_iter().filter(|(_, suggested)| !suggested.is_empty());
        let perhaps = |it: Suggestion| Perhaps {
            fund: it.fund,
            reference: it.reference,
            permille: it.permille,
            reasons: it.reasons,
            awaited: it.awaited,
        };
        let nearly = |suggested: Vec<Suggestion>| {
            suggested.into_iter().take(NEARLY_MAX).map(perhaps).collect()
        };
        Ok(found.map(|(id, suggested)| (id, nearly(suggested))).collect())
    }

    /// What speaks for whom, of each item.
    async fn weighed(
        &self,
        tx: &mut Tx,
        items: &[OpenSuspense],
        look: Look,
    ) -> Result<Vec<(SuspenseId, Vec<Suggestion>)>> {
        let settings = self.settings_in(tx).await?;
        let funds = settings.funds()?;
        let mut looked: Vec<Looked<'_>> = items.iter().map(Looked::at).collect();
        quoted_by(&settings.council, &funds, &mut looked, look);
        self.follow_old(tx, &funds, &mut looked).await?;
        let mut holders = BTreeMap::new();
        self.holders_of(tx, &looked, &mut holders).await?;
        for one in &mut looked {
            one.cases.retain(|account, _| holders.contains_key(account));
        }
        self.placed_before(tx, &funds, &mut looked, look).await?;
        self.paid_from_there(tx, &funds, &mut looked).await?;
        if look == Look::Closely {
            for one in &mut looked {
                self.named(tx, one, &mut holders).await?;
            }
        }
        self.follow_old(tx, &funds, &mut looked).await?;
        self.holders_of(tx, &looked, &mut holders).await?;
        self.look_at_all(tx, &holders, &mut looked).await?;
        self.told_of(tx, &settings.council, &mut looked).await?;
        Ok(looked.into_iter().map(|one| (one.item.id, ranked(one.item, one.cases))).collect())
    }

    /// What speaks for an old account speaks for the one that money for it goes
    /// to on the item's day, which is the one it would be booked to.
    async fn follow_old(
        &self,
        tx: &mut Tx,
        funds: &Funds<'_>,
        looked: &mut [Looked<'_>],
    ) -> Result<()> {
        let all = looked.iter().flat_map(|one| one.cases.keys());
        let references: BTreeSet<String> = all.map(|(_, reference)| reference.clone()).collect();
        let redirects = redirects_of(tx, self.id(), references.into_iter()).await?;
        if redirects.is_empty() {
            return Ok(());
        }
        for one in looked {
            let day = one.item.happened_on;
            for (account, case) in std::mem::take(&mut one.cases) {
                match led(&redirects, funds, &account, day) {
                    Some(to) => one.cases.entry(to).or_default().join(case.led_from(&account)),
                    None => one.cases.entry(account).or_default().join(case),
                }
            }
        }
        Ok(())
    }

    /// Who holds the accounts of the cases, as far as it is not known yet.
    async fn holders_of(
        &self,
        tx: &mut Tx,
        looked: &[Looked<'_>],
        holders: &mut BTreeMap<Account, HolderRow>,
    ) -> Result<()> {
        let mut by_fund: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (fund, reference) in looked.iter().flat_map(|one| one.cases.keys()) {
            by_fund.entry(fund).or_default().insert(reference);
        }
        for (fund, references) in by_fund {
            let is_new = |reference: &&str| {
                !holders.contains_key(&(fund.to_owned(), (*reference).to_owned()))
            };
            let references: Vec<String> =
                references.into_iter().filter(is_new).map(str::to_owned).collect();
            if !references.is_empty() {
                let rows = tx.holders_of(self.id(), fund, &references).await?;
                holders.extend(rows.into_iter().map(keyed));
            }
        }
        Ok(())
    }

    /// Cases for the accounts that like money was placed in before.
    async fn placed_before(
        &self,
        tx: &mut Tx,
        funds: &Funds<'_>,
        looked: &mut [Looked<'_>],
        look: Look,
    ) -> Result<()> {
        let most = if look == Look::Closely { PLACED_MAX } else { PLACED_GLANCE_MAX };
        let own: BTreeSet<SuspenseId> = looked.iter().map(|one| one.item.id).collect();
        let mut placed = tx.placed_before(self.id(), most).await?;
        placed.retain(|row| !own.contains(&row.suspense));
        let history = History::of(placed);
        for one in looked {
            for earlier in history.placed(&one.clue) {
                if still_taken(funds, &earlier.account) {
                    let case = one.cases.entry(earlier.account).or_default();
                    case.placed = Some((earlier.like, earlier.why));
                }
            }
            one.went_to_one = history.went_to_one(&one.clue);
        }
        Ok(())
    }

    /// Cases for the accounts that were paid from the same bank account.
    async fn paid_from_there(
        &self,
        tx: &mut Tx,
        funds: &Funds<'_>,
        looked: &mut [Looked<'_>],
    ) -> Result<()> {
        let lines = looked.iter().filter_map(|one| one.item.line);
        let payers = Payers::of(self, tx, lines).await?;
        for one in looked {
            let paid = payers.paid(one.item.line);
            one.paid_somebody = !paid.is_empty();
            let paid = often(paid).into_iter().filter(|(account, _)| still_taken(funds, account));
            for (account, times) in paid {
                one.cases.entry(account).or_default().from = PaidFrom::This(times);
            }
        }
        Ok(())
    }

    /// Cases for the account holders of the payer's name.
    async fn named(
        &self,
        tx: &mut Tx,
        one: &mut Looked<'_>,
        holders: &mut BTreeMap<Account, HolderRow>,
    ) -> Result<()> {
        let words: Vec<String> = one.clue.payer.telling().into_iter().map(str::to_owned).collect();
        let rows = tx.holders_named(self.id(), &words, one.clue.amount, NAMED_MAX).await?;
        let agrees = |row: &HolderRow| one.clue.name_agrees(&row.name) > NameAgrees::No;
        for (account, row) in rows.into_iter().filter(agrees).map(keyed) {
            one.cases.entry(account.clone()).or_default();
            holders.insert(account, row);
        }
        Ok(())
    }

    async fn look_at_all(
        &self,
        tx: &mut Tx,
        holders: &BTreeMap<Account, HolderRow>,
        looked: &mut [Looked<'_>],
    ) -> Result<()> {
        let all = looked.iter().flat_map(|one| one.cases.keys());
        let references: BTreeSet<String> = all.map(|(_, reference)| reference.clone()).collect();
        let references: Vec<String> = references.into_iter().collect();
        let amounts = looked.iter().map(|one| one.clue.amount).collect();
        let paid = tx.paid_before(self.id(), &references, &amounts).await?;
        let paid: BTreeSet<(Account, Pence)> =
            paid.into_iter().map(|(fund, it, amount)| ((fund, it), amount)).collect();
        for one in looked {
            for (account, case) in &mut one.cases {
                let paid = paid.contains(&(account.clone(), one.clue.amount));
                case.look_at(&one.clue, holders.get(account), paid);
                case.compare(one.went_to_one, one.paid_somebody);
            }
        }
        Ok(())
    }

    /// What was told of before for the accounts, where the bank has shown the item.
    async fn told_of(
        &self,
        tx: &mut Tx,
        council: &Council,
        looked: &mut [Looked<'_>],
    ) -> Result<()> {
        let mut shown: Vec<&mut Looked<'_>> =
            looked.iter_mut().filter(|one| is_from_bank(one.item)).collect();
        let cases = shown.iter().flat_map(|one| &one.cases);
        let references: BTreeSet<&str> = cases
            .flat_map(|((_, reference), case)| std::iter::once(reference).chain(&case.olds))
            .map(String::as_str)
            .collect();
        if references.is_empty() {
            return Ok(());
        }
        let awaited = Awaited::under(tx, (self.id(), council), references).await?;
        for ((_, reference), case) in shown.iter_mut().flat_map(|one| &mut one.cases) {
            let mut under = std::iter::once(reference).chain(&case.olds);
            case.told = under.find_map(|reference| awaited.told(reference));
        }
        Ok(())
    }
}

/// The accounts paid oftenest, of many.
fn often(paid: BTreeMap<Account, Times>) -> Vec<(Account, Times)> {
    let mut paid: Vec<_> = paid.into_iter().collect();
    paid.sort_by_key(|(_, times)| std::cmp::Reverse((times.this, times.last)));
    paid.truncate(SUGGESTED_MAX);
    paid
}

/// A fund may have been taken away since.
fn still_taken(funds: &Funds<'_>, (fund, reference): &Account) -> bool {
    funds.read(fund, reference).is_some_and(|read| read.is_ok())
}

fn keyed(row: HolderRow) -> (Account, HolderRow) {
    ((row.fund.clone(), row.reference.clone()), row)
}

/// Cases for the accounts whose reference the items quote, or nearly do.
fn quoted_by(council: &Council, funds: &Funds<'_>, looked: &mut [Looked<'_>], look: Look) {
    let codes: Vec<&str> = council.fund.iter().map(|it| it.code.as_str()).collect();
    for one in looked {
        one.cases = quoted(&one.clue, funds, &codes);
        if look == Look::AtAGlance {
            let costs = one.cases.iter();
            let mut costs: Vec<_> =
                costs.map(|(account, case)| (case.cost(), account.clone())).collect();
            costs.sort();
            for (_, account) in costs.into_iter().skip(GLANCE_MAX) {
                one.cases.remove(&account);
            }
        }
    }
}

/// The accounts whose reference the words quote, or nearly do.
fn quoted(clue: &Clue, funds: &Funds<'_>, codes: &[&str]) -> Cases {
    let mut cases = Cases::new();
    let mut keep = |place: Place, cost: u16, why: String| {
        let account = (place.fund.to_string(), place.reference.to_string());
        cases.entry(account).or_default().quote(cost, why);
    };
    // The longer words first: dates and sort codes are short.
    let mut tokens: Vec<&String> = clue.tokens.iter().collect();
    tokens.sort_by_key(|token| std::cmp::Reverse(token.len()));
    for (at, token) in tokens.into_iter().enumerate() {
        for code in codes {
            let right = funds.read(code, token).and_then(Result::ok);
            let stands = if right.is_some() { RIGHT_AS_IT_STANDS } else { 0 };
            if let Some(place) = right {
                keep(place, 0, format!("`{token}` is quoted"));
            }
            if at < REPAIRED_MAX {
                for meant in funds.meant(code, token, MEANT_MAX) {
                    let why = format!("`{token}` may have been meant for it: {}", meant.in_words());
                    keep(meant.place, meant.cost.saturating_add(stands), why);
                }
            }
        }
    }
    cases
}
