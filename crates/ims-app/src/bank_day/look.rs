//! Looking at a day: the workbench of who reconciles it.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use ims_ledger::{BankAccount, Council, id::LineId};
use ims_money::Pence;
use ims_store::{BankDayRow, OpenExpected, OpenLine, Tx};

use super::{
    BANK_DAY_LINES_MAX, BANK_DAY_WAITING_MAX, BankDay, BankDayFacts, BankDayLine, BankDayStatement,
    EarlierLine, LineStands, LineWords, ListedBankDay, SignedBankDay, WaitingItem, changes::since,
};
use crate::{
    Ageing, AppError, Books, Permission, Result,
    ageing::Ages,
    close_day::TO_SUSPENSE,
    reconcile_bank::{
        InSums, ProposedMatch, Sought, Undone, bank_suspense, proposed, rules_of, said_apart,
        somebodys,
    },
};

/// The most days a list gives at once: each signed one is held against what it
/// is now.
const DAYS_MAX: i64 = 62;

/// What is open in the council, whatever the day.
pub(crate) struct Around {
    lines: Vec<OpenLine>,
    expected: Vec<OpenExpected>,
    pub(crate) proposed: HashMap<LineId, Vec<ProposedMatch>>,
}

/// What a day comes to, and what is said beside it.
pub(super) struct Looked {
    pub(super) facts: BankDayFacts,
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
        self.bank_day_seen(bank, day).await
    }

    pub(super) async fn bank_day_seen(&self, bank: &str, day: NaiveDate) -> Result<BankDay> {
        let mut tx = self.store().snapshot().await?;
        let settings = self.settings_in(&mut tx).await?;
        let account = account_of(&settings.council, bank)?;
        let looked = self.bank_day_facts(&mut tx, &settings.council, account, day).await?;
        let Looked { facts, words, proposals } = looked;
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
        let around = Around {
            lines: tx.open_lines(self.id()).await?,
            expected: Vec::new(),
            proposed: HashMap::new(),
        };
        let rows = tx.signed_bank_days(self.id(), bank, from, to).await?;
        let mut signed: BTreeMap<NaiveDate, BankDayRow> = BTreeMap::new();
        for row in rows {
            // The newest generation of each day comes first.
            signed.entry(row.day).or_insert(row);
        }
        signed.retain(|_, row| row.reopened.is_none());
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
                let facts = self.facts_with(&mut tx, account, day, &around).await?.facts;
                let weighs = since(&row.facts, &facts).into_iter().filter(|one| one.weighs);
                one.since = weighs.map(|one| one.what).collect();
            }
            listed.push(one);
        }
        Ok(listed)
    }

    pub(super) async fn bank_day_facts(
        &self,
        tx: &mut Tx,
        council: &Council,
        account: &BankAccount,
        day: NaiveDate,
    ) -> Result<Looked> {
        let Around { lines, mut expected, proposed } = self.around(tx, council).await?;
        // What goes to another account is not the other side of this one.
        expected.retain(|item| {
            let channel = council.channel.iter().find(|one| one.code.as_str() == item.channel);
            channel.and_then(|one| one.bank.as_ref()).is_none_or(|bank| *bank == account.code)
        });
        let around = Around { lines, expected, proposed };
        self.facts_with(tx, account, day, &around).await
    }

    /// What is open in the council, and what rules propose for it.
    pub(crate) async fn around(&self, tx: &mut Tx, council: &Council) -> Result<Around> {
        let lines = tx.open_lines(self.id()).await?;
        let expected = tx.open_expected(self.id()).await?;
        let in_sums = InSums::of(tx, self.id(), council, &expected).await?;
        let suspense = bank_suspense(tx, self.id()).await?;
        let of_suspense = suspense.iter().flat_map(|item| {
            [&item.reference, &item.narrative].map(|text| (text.as_str(), item.happened_on))
        });
        let quoted = lines.iter().flat_map(said_apart).chain(of_suspense);
        let known = somebodys(tx, self.id(), council, quoted).await?;
        let undone = Undone::of(tx, self).await?;
        let sought = Sought {
            lines: &lines,
            suspense: &suspense,
            expected: &expected,
            in_sums: &in_sums,
            known: &known,
            undone: &undone,
        };
        let proposed = proposed(council, rules_of(council)?, &sought);
        Ok(Around { lines, expected, proposed })
    }

    async fn facts_with(
        &self,
        tx: &mut Tx,
        account: &BankAccount,
        day: NaiveDate,
        around: &Around,
    ) -> Result<Looked> {
        let bank = account.code.as_str();
        let max = BANK_DAY_LINES_MAX;
        let shown = tx.bank_day_lines(self.id(), bank, day, max.saturating_add(1)).await?;
        if i64::try_from(shown.len()).unwrap_or(i64::MAX) > max {
            let what = format!("{bank} has more than {max} lines on {day}: too many for one day");
            return Err(AppError::BadInput(what));
        }
        let (mut words, mut proposals) = (BTreeMap::new(), BTreeMap::new());
        let mut lines = Vec::new();
        for one in shown {
            let proposed = around.proposed.get(&one.line.id);
            proposals.extend(proposed.map(|proposed| (one.line.id, proposed.clone())));
            let (stands, why) = stands(&one, proposed.and_then(|proposed| proposed.first()));
            words.insert(one.line.id, LineWords { says: said(&one.line), why });
            lines.push(BankDayLine { line: one.line.id, amount_pence: one.line.amount, stands });
        }
        let (opening_pence, closing_pence) = self.bank_balances(tx, bank, day, &lines).await?;
        let statements = tx.statements_covering(self.id(), bank, day).await?;
        let statements = statements.into_iter().map(|row| BankDayStatement {
            sequence: row.sequence,
            number: row.number,
            opening_pence: row.opening,
            closing_pence: row.closing,
            proof: row.proof,
        });
        let mut ages = Ages::at(day);
        let mut unmatched = Ageing::default();
        let mut earlier = Vec::new();
        let open = around.lines.iter().filter(|line| line.bank == bank && line.booked_on <= day);
        for line in open {
            unmatched.add(ages.of(line.booked_on), line.amount)?;
            if line.booked_on < day {
                words.insert(line.id, LineWords { says: said(line), why: String::new() });
                let proposed = around.proposed.get(&line.id);
                proposals.extend(proposed.map(|proposed| (line.id, proposed.clone())));
                earlier.push(EarlierLine {
                    line: line.id,
                    booked_on: line.booked_on,
                    amount_pence: line.amount,
                });
            }
        }
        earlier.sort_by_key(|line| (line.booked_on, line.line));
        let mut waiting: BTreeMap<String, Ageing> = BTreeMap::new();
        for item in around.expected.iter().filter(|item| item.happened_on <= day) {
            let ageing = waiting.entry(item.channel.clone()).or_default();
            ageing.add(ages.of(item.happened_on), item.amount)?;
        }
        let facts = BankDayFacts {
            waiting_items: waiting_items(&around.expected, day),
            bank: bank.to_owned(),
            day,
            opening_pence,
            closing_pence,
            statements: statements.collect(),
            lines,
            earlier,
            unmatched,
            waiting,
        };
        Ok(Looked { facts, words, proposals })
    }

    /// What the account stood at before and after the day's lines.
    async fn bank_balances(
        &self,
        tx: &mut Tx,
        bank: &str,
        day: NaiveDate,
        lines: &[BankDayLine],
    ) -> Result<(Pence, Pence)> {
        let last = tx.last_statement(self.id(), bank).await?;
        let now = last.map_or(Pence::ZERO, |row| row.closing);
        let since = tx.booked_since(self.id(), bank, day).await?;
        let closing = now.checked_sub(since).ok_or(AppError::Overflow)?;
        let moved = Pence::checked_sum(lines.iter().map(|line| line.amount_pence));
        let opening = moved.and_then(|moved| closing.checked_sub(moved));
        Ok((opening.ok_or(AppError::Overflow)?, closing))
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

/// The oldest of what is open on a day.
fn waiting_items(expected: &[OpenExpected], day: NaiveDate) -> Vec<WaitingItem> {
    let mut open: Vec<&OpenExpected> =
        expected.iter().filter(|item| item.happened_on <= day).collect();
    open.sort_unstable_by_key(|item| (item.happened_on, item.id));
    let item = |item: &OpenExpected| WaitingItem {
        expected: item.id,
        channel: item.channel.clone(),
        happened_on: item.happened_on,
        amount_pence: item.amount,
    };
    open.into_iter().take(BANK_DAY_WAITING_MAX).map(item).collect()
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
