//! A person says that what the bank shows is what was expected: where no rule may decide it.

use std::collections::{BTreeSet, HashMap};

use ims_ledger::id::{ExpectedId, LineId, SuspenseId};
use ims_money::Pence;
use ims_store::{MatchRow, OpenExpected, OpenLine, OpenSuspense, Tx};

use super::{
    Found, ProposedMatch, is_from_bank,
    matching::{Item, settle},
};
use crate::{
    AppError, Books, Permission, Result, books::patiently, no_card::no_card, posting::Writer,
};

/// The name such a match goes by.
pub(super) const BY_HAND: &str = "by hand";

/// The most lines, items and expected rows of one match.
pub const MATCHED_MAX: usize = 1_000;

/// What a person says belongs together, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewMatch {
    /// Bank lines that nothing explains.
    pub lines: Vec<LineId>,
    /// Items of suspense that came from the bank: all that is left of each.
    pub items: Vec<SuspenseId>,
    /// What was expected and is open.
    pub expected: Vec<ExpectedId>,
    /// Why, for the auditor.
    pub reason: String,
}

/// What a match by hand takes, as it stands.
struct Sides {
    lines: Vec<OpenLine>,
    suspense: Vec<OpenSuspense>,
    expected: Vec<OpenExpected>,
}

impl Books {
    /// Matches bank lines, and bank money that went to suspense, with what was expected,
    /// to the penny. It is taken back like any match: [`undo_match`](Self::undo_match).
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] without a reason, or when a side is empty;
    /// [`AppError::NotFound`] for what there is not; [`AppError::Refused`] for what is not open
    /// any more, did not come from the bank, or when the two sides differ.
    pub async fn match_lines(&self, new: &NewMatch) -> Result<MatchRow> {
        self.actor().needs(Permission::Reconcile)?;
        no_card("reason", &new.reason)?;
        if new.reason.trim().is_empty() {
            return Err(AppError::BadInput("say why they are the same money".to_owned()));
        }
        let shown = new.lines.len().saturating_add(new.items.len());
        if shown == 0 || new.expected.is_empty() {
            let what = "name what the bank shows and what was expected: at least one of each";
            return Err(AppError::BadInput(what.to_owned()));
        }
        if shown.saturating_add(new.expected.len()) > MATCHED_MAX {
            let what = format!("one match takes at most {MATCHED_MAX} lines, items and rows");
            return Err(AppError::BadInput(what));
        }
        patiently(|| self.match_lines_once(new)).await
    }

    /// Matches a line as proposal `number`, counted from 1, of those that
    /// [`bank_day`](Self::bank_day) gives for it says, by the deed for that.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another line, [`AppError::Refused`] when the proposal is no
    /// longer the one marked `seen`; else as of [`match_lines`](Self::match_lines).
    pub async fn accept_proposal(
        &self,
        line: LineId,
        number: usize,
        seen: &str,
        reason: &str,
    ) -> Result<(ProposedMatch, MatchRow)> {
        self.actor().needs(Permission::Reconcile)?;
        no_card("reason", reason)?;
        let mut proposals = self.proposals_of(line).await?;
        let count = proposals.len();
        let at = number.checked_sub(1).filter(|at| *at < count);
        let chosen = at.map(|at| proposals.swap_remove(at)).filter(|one| one.mark == seen);
        let chosen = chosen.ok_or_else(|| {
            AppError::Refused(format!(
                "proposal {number} of line {line} is not, or no longer, the one marked `{seen}`; \
                 there are {count} now: look again"
            ))
        })?;
        let new = NewMatch {
            lines: chosen.lines.clone(),
            items: chosen.items.clone(),
            expected: chosen.expected.clone(),
            reason: reason.to_owned(),
        };
        let set = self.match_lines(&new).await?;
        Ok((chosen, set))
    }

    async fn proposals_of(&self, line: LineId) -> Result<Vec<ProposedMatch>> {
        let mut tx = self.store().snapshot().await?;
        let absent = || AppError::NotFound { what: "bank line", name: line.to_string() };
        tx.line(self.id(), line).await?.ok_or_else(absent)?;
        let council = self.settings_in(&mut tx).await?.council;
        let lines = tx.open_lines(self.id()).await?;
        let mut proposed = self.proposals_for(&mut tx, &council, &lines).await?;
        Ok(proposed.remove(&line).unwrap_or_default())
    }

    async fn match_lines_once(&self, new: &NewMatch) -> Result<MatchRow> {
        let mut tx = self.store().begin().await?;
        let sides = Sides {
            lines: self.open_lines_of(&mut tx, &new.lines).await?,
            suspense: self.bank_suspense_of(&mut tx, &new.items).await?,
            expected: self.open_expected_of(&mut tx, &new.expected).await?,
        };
        sides.are_equal()?;
        let writer = Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        };
        let mut found = Found::default();
        let lines = sides.lines.iter().map(Item::Line);
        let items: Vec<Item<'_>> = lines.chain(sides.suspense.iter().map(Item::Suspense)).collect();
        let expected: Vec<&OpenExpected> = sides.expected.iter().collect();
        let reason = new.reason.trim().to_owned();
        let set = settle(&writer, BY_HAND, reason, &items, &expected, &mut found)?;
        found.add(&mut tx, self).await?;
        let ids = |all: &mut dyn Iterator<Item = String>| all.collect::<Vec<_>>();
        let data = serde_json::json!({
            "reason": set.reason, "amount_pence": set.amount,
            "lines": ids(&mut sides.lines.iter().map(|line| line.id.to_string())),
            "items": ids(&mut sides.suspense.iter().map(|item| item.id.to_string())),
            "expected": ids(&mut sides.expected.iter().map(|row| row.id.to_string())),
        });
        self.note(&mut tx, "match by hand", &set.id.to_string(), data).await?;
        tx.commit().await?;
        Ok(set)
    }

    async fn open_lines_of(&self, tx: &mut Tx, ids: &[LineId]) -> Result<Vec<OpenLine>> {
        let ids: BTreeSet<LineId> = ids.iter().copied().collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let open = tx.open_lines(self.id()).await?;
        let mut open: HashMap<LineId, OpenLine> =
            open.into_iter().map(|line| (line.id, line)).collect();
        let mut lines = Vec::new();
        for id in ids {
            match open.remove(&id) {
                Some(line) => lines.push(line),
                None if tx.line(self.id(), id).await?.is_some() => {
                    let what = format!("bank line {id} is explained already, or moves nothing");
                    return Err(AppError::Refused(what));
                }
                None => {
                    return Err(AppError::NotFound { what: "bank line", name: id.to_string() });
                }
            }
        }
        Ok(lines)
    }

    async fn bank_suspense_of(&self, tx: &mut Tx, ids: &[SuspenseId]) -> Result<Vec<OpenSuspense>> {
        let ids: BTreeSet<SuspenseId> = ids.iter().copied().collect();
        let mut items = Vec::new();
        for id in ids {
            let absent = || AppError::NotFound { what: "suspense item", name: id.to_string() };
            let item = tx.suspense(self.id(), id).await?.ok_or_else(absent)?;
            if item.remaining.is_zero() {
                return Err(AppError::Refused(format!("nothing is left of suspense item {id}")));
            }
            if !is_from_bank(&item) {
                let what = format!("the bank has not shown the money of suspense item {id}");
                return Err(AppError::Refused(what));
            }
            items.push(item);
        }
        Ok(items)
    }

    async fn open_expected_of(&self, tx: &mut Tx, ids: &[ExpectedId]) -> Result<Vec<OpenExpected>> {
        let ids: BTreeSet<ExpectedId> = ids.iter().copied().collect();
        let asked: Vec<ExpectedId> = ids.iter().copied().collect();
        let mut rows = tx.these_expected(self.id(), &asked).await?;
        rows.sort_unstable_by_key(|row| row.id);
        let open: BTreeSet<ExpectedId> = rows.iter().map(|row| row.id).collect();
        match ids.difference(&open).next() {
            Some(gone) => Err(AppError::Refused(format!("{gone} is not waited for (any more)"))),
            None => Ok(rows),
        }
    }
}

impl Sides {
    /// A difference is never taken for anything: it is accepted, or posted, for itself.
    fn are_equal(&self) -> Result<()> {
        let lines = self.lines.iter().map(|line| line.amount);
        let shown = lines.chain(self.suspense.iter().map(|item| item.remaining));
        let shown = Pence::checked_sum(shown).ok_or(AppError::Overflow)?;
        let expected = self.expected.iter().map(|row| row.amount);
        let expected = Pence::checked_sum(expected).ok_or(AppError::Overflow)?;
        if shown == expected {
            return Ok(());
        }
        let what = format!(
            "the bank shows {shown} and {expected} was expected: only what is the same is matched"
        );
        Err(AppError::Refused(what))
    }
}
