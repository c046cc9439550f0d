//! Looking at a day: the workbench of who reconciles it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use ims_ledger::{BankAccount, Council, id::LineId};
use ims_money::Pence;
use ims_store::{BankDayRow, OpenLine, Tx, WaitsRow};

use super::{
    BANK_DAY_LINES_MAX, BANK_DAY_WAITING_MAX, BankDay, BankDayFacts, BankDayLine, BankDayStatement,
    EarlierLine, LineStands, LineWords, ListedBankDay, SignedBankDay, WaitingItem, changes::since,
};
use crate::{
    Ageing, AppError, Books, Permission, Result, ageing::Ages, close_day::TO_SUSPENSE,
    reconcile_bank::ProposedMatch,
};

/// The most days a list gives at once: each signed one is held against what it
/// is now.
const DAYS_MAX: i64 = 62;

/// Which lines it is looked for what rules propose. That takes long; nobody waits for more than
/// they are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Proposals {
    /// None: what is open is open.
    Unwanted,
    /// The open lines of the day: what is signed says of each.
    OfTheDay,
    /// Those, the open ones of earlier days and those in suspense: for who places them.
    All,
}

/// What a day comes to, and what is said beside it.
pub(super) struct Looked {
    pub(super) facts: BankDayFacts,
    /// The day's lines as the books have them.
    shown: Vec<ims_store::BankDayLine>,
    pub(super) words: BTreeMap<LineId, LineWords>,
    proposals: BTreeMap<LineId, Vec<ProposedMatch>>,
}

impl Books {
    /// A day of a bank account: its lines and what explains each, what is open
    /// on both sides, who signed it and what has happened since.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another account.
    pub async fn bank_day(&self, bank: &str, day: NaiveDate) -> Result<BankDay> {
        self.actor().needs(Permission::SeeBank)?;
        self.bank_day_seen(bank, day, Proposals::All).await
    }

    /// As [`bank_day`](Self::bank_day), for who signs it or prints what was signed: of proposals
    /// it has only those for open lines of the day itself, which the certificate names.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another account.
    pub async fn bank_day_to_sign(&self, bank: &str, day: NaiveDate) -> Result<BankDay> {
        self.actor().needs(Permission::SeeBank)?;
        self.bank_day_seen(bank, day, Proposals::OfTheDay).await
    }

    pub(super) async fn bank_day_seen(
        &self,
        bank: &str,
        day: NaiveDate,
        wanted: Proposals,
    ) -> Result<BankDay> {
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let account = account_of(&settings.council, bank)?;
        let looked =
            self.bank_day_facts(&mut tx, &settings.council, (account, day), wanted).await?;
        let Looked { facts, words, proposals, .. } = looked;
        let rows = tx.signed_bank_days(self.id(), bank, day, day).await?;
        let mut before = rows.into_iter().map(read).collect::<Result<Vec<_>>>()?;
        let is_standing = before.first().is_some_and(|signed| signed.reopened.is_none());
        let signed = is_standing.then(|| before.remove(0));
        let since = signed.as_ref().map_or_else(Vec::new, |signed| since(&signed.facts, &facts));
        Ok(BankDay { name: account.name.clone(), facts, words, proposals, signed, since, before })
    }

    /// The days of a bank account that have lines, between two, the newest
    /// first: at most 62.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another account.
    pub async fn bank_days(
        &self,
        bank: &str,
        from: NaiveDate,
        to: NaiveDate,
        limit: i64,
    ) -> Result<Vec<ListedBankDay>> {
        self.actor().needs(Permission::SeeBank)?;
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let account = account_of(&settings.council, bank)?;
        let rows = tx.signed_bank_days(self.id(), bank, from, to).await?;
        let mut signed: BTreeMap<NaiveDate, BankDayRow> = BTreeMap::new();
        for row in rows {
            // The newest generation of each day comes first.
            signed.entry(row.day).or_insert(row);
        }
        signed.retain(|_, row| row.reopened.is_none());
        let still_open = match signed.keys().next_back() {
            Some(newest) => tx.open_lines_of(self.id(), bank, *newest).await?,
            None => Vec::new(),
        };
        let days = tx.bank_days(self.id(), bank, (from, to), limit.clamp(1, DAYS_MAX)).await?;
        let mut listed = Vec::new();
        for (day, lines, total, open) in days {
            let row = signed.remove(&day).map(read).transpose()?;
            let mut one = ListedBankDay {
                day,
                lines,
                total,
                open,
                prepared: row.as_ref().map(|row| row.prepared.clone()),
                reviewed: row.as_ref().and_then(|row| row.reviewed.clone()),
                since: Vec::new(),
            };
            if let Some(row) = row {
                let mut facts = self.facts_of(&mut tx, account, day).await?;
                facts.say_open(&settings.council, &still_open, &HashMap::new())?;
                let facts = facts.facts;
                let weighs = since(&row.facts, &facts).into_iter().filter(|one| one.weighs);
                one.since = weighs.map(|one| one.what).collect();
            }
            listed.push(one);
        }
        Ok(listed)
    }

    /// What a day comes to, with what is open on both sides.
    pub(super) async fn bank_day_facts(
        &self,
        tx: &mut Tx,
        council: &Council,
        (account, day): (&BankAccount, NaiveDate),
        wanted: Proposals,
    ) -> Result<Looked> {
        let mut looked = self.facts_of(tx, account, day).await?;
        let open = tx.open_lines_of(self.id(), account.code.as_str(), day).await?;
        let proposed = match looked.is_asked(wanted, &open) {
            // What another line pays would else be proposed for one of these.
            true => {
                let all = tx.open_lines(self.id()).await?;
                self.proposals_for(tx, council, &all).await?
            }
            false => HashMap::new(),
        };
        looked.say_open(council, &open, &proposed)?;
        if wanted == Proposals::OfTheDay {
            let open = looked.shown.iter().filter(|one| one.explained.is_none());
            let open: BTreeSet<LineId> = open.map(|one| one.line.id).collect();
            looked.proposals.retain(|line, _| open.contains(line));
        }
        self.say_waiting(tx, council, account, &mut looked.facts).await?;
        Ok(looked)
    }

    /// Its lines and balances; not yet what is open.
    async fn facts_of(&self, tx: &mut Tx, account: &BankAccount, day: NaiveDate) -> Result<Looked> {
        let bank = account.code.as_str();
        let max = BANK_DAY_LINES_MAX;
        let shown = tx.bank_day_lines(self.id(), bank, day, max.saturating_add(1)).await?;
        if i64::try_from(shown.len()).unwrap_or(i64::MAX) > max {
            let what = format!("{bank} has more than {max} lines on {day}: too many for one day");
            return Err(AppError::BadInput(what));
        }
        let (opening_pence, closing_pence) = self.bank_balances(tx, bank, day, &shown).await?;
        let statements = tx.statements_covering(self.id(), bank, day).await?;
        let statements = statements.into_iter().map(|row| BankDayStatement {
            sequence: row.sequence,
            number: row.number,
            opening_pence: row.opening,
            closing_pence: row.closing,
            proof: row.proof,
        });
        let facts = BankDayFacts {
            bank: bank.to_owned(),
            day,
            opening_pence,
            closing_pence,
            statements: statements.collect(),
            lines: Vec::new(),
            earlier: Vec::new(),
            unmatched: Ageing::default(),
            waiting: BTreeMap::new(),
            waiting_items: Vec::new(),
        };
        Ok(Looked { facts, shown, words: BTreeMap::new(), proposals: BTreeMap::new() })
    }

    /// The other side of what is unmatched: what goes to this account, or may.
    async fn say_waiting(
        &self,
        tx: &mut Tx,
        council: &Council,
        account: &BankAccount,
        facts: &mut BankDayFacts,
    ) -> Result<()> {
        let mut ages = Ages::at(facts.day, council);
        for sum in tx.waits_by_day(self.id(), Some(facts.day)).await? {
            let channel = council.channel.iter().find(|one| one.code.as_str() == sum.channel);
            let bank = channel.and_then(|one| one.bank.as_ref());
            if bank.is_none_or(|bank| *bank == account.code) {
                let ageing = facts.waiting.entry(sum.channel).or_default();
                ageing.add_sum(ages.of(sum.happened_on), sum.count, sum.amount)?;
            }
        }
        let channels: Vec<String> = facts.waiting.keys().cloned().collect();
        if channels.is_empty() {
            return Ok(());
        }
        let most = i64::try_from(BANK_DAY_WAITING_MAX).unwrap_or(i64::MAX);
        let oldest = tx.oldest_waits(self.id(), facts.day, channels, most).await?;
        let item = |row: WaitsRow| WaitingItem {
            expected: row.id,
            channel: row.channel,
            happened_on: row.happened_on,
            amount_pence: row.amount,
        };
        facts.waiting_items = oldest.into_iter().map(item).collect();
        Ok(())
    }

    /// What the account stood at before and after the day's lines.
    async fn bank_balances(
        &self,
        tx: &mut Tx,
        bank: &str,
        day: NaiveDate,
        lines: &[ims_store::BankDayLine],
    ) -> Result<(Pence, Pence)> {
        let last = tx.last_statement(self.id(), bank).await?;
        let now = last.map_or(Pence::ZERO, |row| row.closing);
        let since = tx.booked_since(self.id(), bank, day).await?;
        let closing = now.checked_sub(since).ok_or(AppError::Overflow)?;
        let moved = Pence::checked_sum(lines.iter().map(|one| one.line.amount));
        let opening = moved.and_then(|moved| closing.checked_sub(moved));
        Ok((opening.ok_or(AppError::Overflow)?, closing))
    }
}

impl Looked {
    /// Whether any line may have a proposal that is wanted.
    fn is_asked(&self, wanted: Proposals, open: &[OpenLine]) -> bool {
        let is_open =
            |one: &ims_store::BankDayLine| one.explained.is_none() && !one.line.amount.is_zero();
        let of_day = || self.shown.iter().any(is_open);
        let in_suspense = || self.shown.iter().any(|one| one.suspense.is_some());
        match wanted {
            Proposals::Unwanted => false,
            Proposals::OfTheDay => of_day(),
            Proposals::All => of_day() || in_suspense() || self.earlier(open).next().is_some(),
        }
    }

    /// What is open of the account until the day.
    fn until<'a>(&'a self, open: &'a [OpenLine]) -> impl Iterator<Item = &'a OpenLine> {
        let facts = &self.facts;
        open.iter().filter(|line| line.bank == facts.bank && line.booked_on <= facts.day)
    }

    fn earlier<'a>(&'a self, open: &'a [OpenLine]) -> impl Iterator<Item = &'a OpenLine> {
        self.until(open).filter(|line| line.booked_on < self.facts.day)
    }

    /// Where each line of the day stands, and which of earlier days are open.
    fn say_open(
        &mut self,
        council: &Council,
        open: &[OpenLine],
        proposed: &HashMap<LineId, Vec<ProposedMatch>>,
    ) -> Result<()> {
        let mut ages = Ages::at(self.facts.day, council);
        let mut unmatched = Ageing::default();
        for line in self.until(open) {
            unmatched.add(ages.of(line.booked_on), line.amount)?;
        }
        let (mut words, mut proposals) = (BTreeMap::new(), BTreeMap::new());
        let mut propose = |line: LineId| -> Option<&ProposedMatch> {
            let proposed = proposed.get(&line)?;
            proposals.insert(line, proposed.clone());
            proposed.first()
        };
        let mut lines = Vec::new();
        for one in &self.shown {
            let (stands, why) = stands(one, propose(one.line.id));
            words.insert(one.line.id, LineWords { says: said(&one.line), why });
            lines.push(BankDayLine { line: one.line.id, amount_pence: one.line.amount, stands });
        }
        let mut earlier = Vec::new();
        for line in self.earlier(open) {
            words.insert(line.id, LineWords { says: said(line), why: String::new() });
            propose(line.id);
            earlier.push(EarlierLine {
                line: line.id,
                booked_on: line.booked_on,
                amount_pence: line.amount,
            });
        }
        earlier.sort_by_key(|line| (line.booked_on, line.line));
        (self.words, self.proposals) = (words, proposals);
        let facts = &mut self.facts;
        (facts.lines, facts.earlier, facts.unmatched) = (lines, earlier, unmatched);
        Ok(())
    }
}

pub(super) fn account_of<'a>(council: &'a Council, bank: &str) -> Result<&'a BankAccount> {
    let absent = || AppError::NotFound { what: "bank account", name: bank.to_owned() };
    council.bank_account.iter().find(|account| account.code.as_str() == bank).ok_or_else(absent)
}

pub(super) fn read(row: BankDayRow) -> Result<SignedBankDay> {
    Ok(SignedBankDay {
        generation: row.generation,
        facts: serde_json::from_str(&row.certificate)
            .map_err(|error| AppError::BadInput(error.to_string()))?,
        sha256: row.content_hash.to_string(),
        head: row.head.to_string(),
        prepared: row.prepared,
        reviewed: row.reviewed,
        reopened: row.reopened,
    })
}

fn said(line: &OpenLine) -> String {
    [line.reference.as_str(), line.narrative.as_str()].join(" ").trim().to_owned()
}

/// Where a line stands, and why.
fn stands(one: &ims_store::BankDayLine, proposed: Option<&ProposedMatch>) -> (LineStands, String) {
    match (&one.explained, one.suspense, proposed) {
        (Some((_, rule, reason)), Some((item, left)), _) if rule == TO_SUSPENSE => {
            (LineStands::Suspense { item, left_pence: left }, reason.clone())
        }
        (Some((matched, rule, reason)), ..) => {
            let stands = LineStands::Matched { rule: rule.clone(), matched: *matched };
            (stands, reason.clone())
        }
        (None, ..) if one.line.amount.is_zero() => (LineStands::Nothing, String::new()),
        (None, _, Some(proposed)) => {
            let stands = LineStands::Proposed {
                rule: proposed.rule.clone(),
                basis_points: proposed.basis_points,
                expected: proposed.expected.clone(),
            };
            (stands, proposed.reason.clone())
        }
        (None, _, None) => (LineStands::Unmatched, String::new()),
    }
}
