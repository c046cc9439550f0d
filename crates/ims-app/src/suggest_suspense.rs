//! Whose an item of suspense may be: accounts, the likelier first, and why.
//! Nothing is ever booked by it; a person accepts a suggestion, or does not.

use std::collections::{BTreeMap, BTreeSet};

use ims_ledger::{
    Council, Funds, Place, Redirects, evidence::likelihoods, id::SuspenseId, seal::Content,
};
use ims_store::{HolderRow, OpenSuspense, Tx};

use crate::{
    Allocated, AppError, Books, NewAllocation, Permission, ROWS_MAX, Result,
    clues::{Account, Case, Clue, History, PLACED_MAX},
    import_file::funds_of,
    redirects::{lead, redirects_of},
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
    /// Stands for all of the suggestion and what is left of the item: another
    /// mark, and something changed.
    pub mark: String,
}

/// An account that an item of suspense quotes, or nearly does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearlyQuoted {
    /// The fund's code.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// How it is quoted, in words.
    pub why: String,
}

/// The most accounts that are named of an item in a list.
const NEARLY_MAX: usize = 3;
/// The most accounts that are suggested.
const SUGGESTED_MAX: usize = 10;
/// The most words of an item that are repaired.
const REPAIRED_MAX: usize = 8;
/// The most references that a word is repaired to.
const MEANT_MAX: usize = 5_000;
/// The most account holders that are looked at for their name.
const NAMED_MAX: i64 = 500;

type Cases = BTreeMap<Account, Case>;

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
    /// `seen`; else as of [`Books::allocate_suspense`].
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
        let to = NewAllocation {
            fund: chosen.fund.clone(),
            reference: chosen.reference.clone(),
            // Not "all that is left": what is left was part of what was seen.
            amount: Some(item.remaining),
            note: format!("suggested: {}", chosen.reasons.join("; ")),
            key: None,
        };
        let done = self.allocate_suspense(id, &to).await?;
        Ok((chosen, done))
    }

    async fn suggested(&self, id: SuspenseId) -> Result<(OpenSuspense, Vec<Suggestion>)> {
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
        let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
        if item.remaining.is_zero() {
            return Err(AppError::Refused(format!("nothing is left of suspense item {id}")));
        }
        let clue = Clue::of(&item.reference, &item.narrative, item.remaining);
        let settings = self.settings_in(&mut tx).await?;
        let funds = funds_of(&settings.council)?;
        let mut cases = self.quoted_by(&mut tx, (&settings.council, &funds), &clue, &item).await?;
        let mut placed = tx.placed_before(self.id(), PLACED_MAX).await?;
        placed.retain(|row| row.suspense != id);
        let history = History::of(placed);
        for earlier in history.placed(&clue) {
            let (fund, reference) = &earlier.account;
            // A fund may have been taken away since.
            if funds.read(fund, reference).is_some_and(|read| read.is_ok()) {
                cases.entry(earlier.account).or_default().placed = Some(earlier.why);
            }
        }
        for (account, case) in &mut cases {
            case.elsewhere = history.went_elsewhere(&clue, account);
        }
        let holders = self.holders_for(&mut tx, &clue, &mut cases).await?;
        self.look_at_all(&mut tx, &clue, &holders, &mut cases).await?;
        Ok((item.clone(), ranked(&item, cases)))
    }

    /// The accounts that open items quote or nearly do, and that somebody holds,
    /// the likelier first: at most three of each item, of at most 500 items;
    /// what suggests none is left out. [`Books::suggest_suspense`] looks further.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn meant_by(
        &self,
        ids: &[SuspenseId],
    ) -> Result<BTreeMap<SuspenseId, Vec<NearlyQuoted>>> {
        self.actor().needs(Permission::SeeSuspense)?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let funds = funds_of(&settings.council)?;
        let mut found = BTreeMap::new();
        for id in ids.iter().take(usize::try_from(ROWS_MAX).unwrap_or_default()) {
            let item = tx.suspense(self.id(), *id).await?;
            let Some(item) = item.filter(|item| !item.remaining.is_zero()) else { continue };
            let clue = Clue::of(&item.reference, &item.narrative, item.remaining);
            let cases = self.quoted_by(&mut tx, (&settings.council, &funds), &clue, &item).await?;
            if cases.is_empty() {
                continue;
            }
            let nearly =
                ranked(&item, cases).into_iter().take(NEARLY_MAX).map(|one| NearlyQuoted {
                    fund: one.fund,
                    reference: one.reference,
                    why: one.reasons.into_iter().next().unwrap_or_default(),
                });
            found.insert(*id, nearly.collect());
        }
        Ok(found)
    }

    /// The accounts whose reference an item quotes, or nearly does.
    async fn quoted_by(
        &self,
        tx: &mut Tx,
        (council, funds): (&Council, &Funds<'_>),
        clue: &Clue,
        item: &OpenSuspense,
    ) -> Result<Cases> {
        let codes: Vec<&str> = council.fund.iter().map(|it| it.code.as_str()).collect();
        let redirects = redirects_of(tx, self.id(), clue.tokens.iter().cloned()).await?;
        let day = item.happened_on;
        let quoted = quoted(clue, (funds, &codes), |place| led(&redirects, funds, place, day));
        self.held_of(tx, quoted).await
    }

    /// Of accounts that are nearly quoted, those that somebody holds.
    async fn held_of(&self, tx: &mut Tx, mut cases: Cases) -> Result<Cases> {
        let mut by_fund: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (fund, reference) in cases.keys() {
            by_fund.entry(fund.clone()).or_default().push(reference.clone());
        }
        let mut held = BTreeSet::new();
        for (fund, references) in by_fund {
            let found = tx.existing_holders(self.id(), &fund, &references).await?;
            held.extend(found.into_iter().map(|reference| (fund.clone(), reference)));
        }
        cases.retain(|account, _| held.contains(account));
        Ok(cases)
    }

    /// The account holders of the cases, and cases for those of the payer's name.
    async fn holders_for(
        &self,
        tx: &mut Tx,
        clue: &Clue,
        cases: &mut Cases,
    ) -> Result<BTreeMap<Account, HolderRow>> {
        let words: BTreeSet<&String> =
            clue.names.iter().filter(|word| word.chars().count() > 2).collect();
        let words: Vec<String> = words.into_iter().cloned().collect();
        let named = tx.holders_named(self.id(), &words, clue.amount, NAMED_MAX).await?;
        let keyed = |row: HolderRow| ((row.fund.clone(), row.reference.clone()), row);
        let mut holders: BTreeMap<Account, HolderRow> = named
            .into_iter()
            .filter(|row| clue.name_agrees(&row.name) > ims_ledger::evidence::NameAgrees::No)
            .map(keyed)
            .collect();
        for account in holders.keys() {
            cases.entry(account.clone()).or_default();
        }
        for account in cases.keys() {
            if !holders.contains_key(account) {
                let row = tx.holder(self.id(), &account.0, &account.1).await?;
                holders.extend(row.map(keyed));
            }
        }
        Ok(holders)
    }

    async fn look_at_all(
        &self,
        tx: &mut Tx,
        clue: &Clue,
        holders: &BTreeMap<Account, HolderRow>,
        cases: &mut Cases,
    ) -> Result<()> {
        let references: Vec<String> =
            cases.keys().map(|(_, reference)| reference.clone()).collect();
        let paid = tx.paid_before(self.id(), &references, &BTreeSet::from([clue.amount])).await?;
        let paid: BTreeSet<Account> =
            paid.into_iter().map(|(fund, reference, _)| (fund, reference)).collect();
        for (account, case) in cases {
            case.look_at(clue, holders.get(account), paid.contains(account));
        }
        Ok(())
    }
}

/// Where a reference leads to, when it is an old one that leads somewhere.
fn led(
    redirects: &Redirects,
    funds: &Funds<'_>,
    place: &Place,
    day: chrono::NaiveDate,
) -> Option<Place> {
    lead(redirects, funds, place, day).ok().flatten()
}

/// The accounts whose reference the words quote, or nearly do.
fn quoted(
    clue: &Clue,
    (funds, codes): (&Funds<'_>, &[&str]),
    led: impl Fn(&Place) -> Option<Place>,
) -> Cases {
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
            if let Some(Ok(place)) = funds.read(code, token) {
                match led(&place) {
                    Some(to) => keep(to, 0, format!("`{token}` is quoted, which leads there")),
                    None => keep(place, 0, format!("`{token}` is quoted")),
                }
            }
            if at < REPAIRED_MAX {
                for meant in funds.meant(code, token, MEANT_MAX) {
                    let why = format!("`{token}` may have been meant for it: {}", meant.in_words());
                    keep(meant.place, meant.cost, why);
                }
            }
        }
    }
    cases
}

/// The likeliest accounts with their likelihoods.
fn ranked(item: &OpenSuspense, cases: Cases) -> Vec<Suggestion> {
    let evidence: Vec<_> = cases.values().map(Case::evidence).collect();
    let mut ranked: Vec<_> = cases
        .into_iter()
        .zip(likelihoods(&evidence))
        .map(|(((fund, reference), case), permille)| (fund, reference, permille, case))
        .collect();
    let weight = |case: &Case| std::cmp::Reverse(case.evidence().weight());
    ranked.sort_by_cached_key(|(fund, reference, _, case)| {
        (weight(case), fund.clone(), reference.clone())
    });
    ranked.truncate(SUGGESTED_MAX);
    let suggestions = ranked.into_iter().map(|(fund, reference, permille, case)| {
        let reasons = case.reasons();
        let mark = mark(item, (&fund, &reference), permille, &reasons);
        Suggestion { fund, reference, permille, reasons, mark }
    });
    suggestions.collect()
}

/// Eight characters that stand for a suggestion.
fn mark(
    item: &OpenSuspense,
    (fund, reference): (&str, &str),
    permille: u16,
    reasons: &[String],
) -> String {
    let mut hasher = Content::new("suggestion");
    hasher.text(&item.id.to_string());
    hasher.number(item.remaining.get());
    hasher.text(fund);
    hasher.text(reference);
    hasher.number(i64::from(permille));
    hasher.text(&reasons.join("; "));
    hasher.hash().to_string().chars().take(8).collect()
}
