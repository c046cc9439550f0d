//! Payouts, each taken in as soon as all of it was read: one that does not read, or a
//! list that breaks off, takes nothing from those that were told before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use ims_app::{
    Books, GoneThrough, Imported, NewFile, PayoutExplained, SETTLEMENT_FORMAT, settlement_file,
};
use ims_ledger::{SettlementHead, SettlementLine, london_end};
use ims_money::Pence;
use ims_pay::{PayoutPiece, ProviderError, Settled, Settlements};

use super::{Asked, PaidOut, silent};
use crate::{GatewayError, Gateways, Result, account::Account, patience::Waiting};

/// How old the payments of a payout may be.
const PAYMENTS_OF: Days = Days::new(100);

/// The most pages that are asked for. A payout has one at least, and nobody may have asked
/// for years; a list that goes on longer goes round in a circle.
const PAGES_MAX: u32 = 20_000;

/// What was told of a payout so far.
#[derive(Default)]
struct Payout {
    /// Of what came last: that says when all of it was there.
    date: Option<NaiveDate>,
    /// Whether the provider names it; else it is all of one day.
    is_named: bool,
    currency: Option<String>,
    lines: Vec<SettlementLine>,
}

/// An account's payouts while they are told.
struct Telling<'a> {
    recorder: &'a Books,
    account: &'a Account,
    asked: Asked<'a>,
    /// What was told, and is not whole yet.
    told: BTreeMap<String, Payout>,
    /// What does not read.
    unread: BTreeSet<String>,
    /// Whether something does not read of which nobody knows the payout.
    is_one_unknown: bool,
    /// Whether something that does not read is on the list for people.
    is_any_listed: bool,
    /// What the books have of these days, once it was asked for.
    known: Option<Vec<PayoutExplained>>,
}

impl Gateways {
    /// Takes in what the provider tells of, page by page, to the end of its list. The days
    /// are gone through then, unless something that does not read is on the list for people:
    /// those days are asked for again each night, until somebody takes it off.
    pub(super) async fn post_payouts(
        &self,
        recorder: &Books,
        account: &Account,
        asked: Asked<'_>,
        (waiting, paid): (&mut Waiting, &mut PaidOut),
    ) -> Result<()> {
        let Some(settlements) = account.provider.abilities().settlements else { return Ok(()) };
        let mut telling = Telling::of(recorder, account, asked);
        self.ask_for_all(settlements, &mut telling, (waiting, paid)).await?;
        telling.end(paid).await
    }

    async fn ask_for_all(
        &self,
        settlements: &dyn Settlements,
        telling: &mut Telling<'_>,
        (waiting, paid): (&mut Waiting, &mut PaidOut),
    ) -> Result<()> {
        let (recorder, account) = (telling.recorder, telling.account);
        let (first, last) = (telling.asked.first, telling.asked.last);
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let ask = || async {
                let now = recorder.app().world().now();
                let request = settlements.settlement(first, last, after.as_deref(), now)?;
                let reply = self.carry(recorder, account, &request).await;
                let reply = reply.ok_or_else(|| silent(account))?;
                Ok(settlements.settled(after.as_deref(), &reply)?)
            };
            let page = waiting.asked(ask).await?;
            for piece in page.rows {
                telling.hear(piece, paid).await?;
            }
            after = page.after;
            if after.is_none() {
                return Ok(());
            }
        }
        Err(GatewayError::account(&account.name, "its list of payouts has no end"))
    }
}

impl<'a> Telling<'a> {
    const fn of(recorder: &'a Books, account: &'a Account, asked: Asked<'a>) -> Self {
        Self {
            recorder,
            account,
            asked,
            told: BTreeMap::new(),
            unread: BTreeSet::new(),
            is_one_unknown: false,
            is_any_listed: false,
            known: None,
        }
    }

    async fn hear(&mut self, piece: PayoutPiece, paid: &mut PaidOut) -> Result<()> {
        match piece {
            PayoutPiece::Line(settled) if self.is_of_nothing(&settled.payout) => {
                let why = ProviderError::unreadable("a line says neither its payout nor its day");
                self.not_read(&settled.payout, &why, paid).await?;
            }
            PayoutPiece::Line(settled) => self.keep(*settled),
            PayoutPiece::Unread { payout, why } => self.not_read(&payout, &why, paid).await?,
            PayoutPiece::Whole { payout: name, total } => self.end_one(name, total, paid).await?,
        }
        Ok(())
    }

    /// Takes in a payout of which all lines were told, if they make what was paid out.
    async fn end_one(
        &mut self,
        name: String,
        total: Option<Pence>,
        paid: &mut PaidOut,
    ) -> Result<()> {
        let Some(payout) = self.told.get(&name) else { return Ok(()) };
        let sum = Pence::checked_sum(payout.lines.iter().map(|line| line.net));
        if let Some(total) = total.filter(|total| sum != Some(*total)) {
            let sum = sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
            let why = format!("its lines make {sum}, and {total} was paid out");
            let head = SettlementHead {
                provider: self.asked.sender.to_owned(),
                payout: Some(name),
                ..SettlementHead::default()
            };
            return self.not_read(&head, &ProviderError::unreadable(why), paid).await;
        }
        match self.told.remove(&name) {
            Some(payout) => self.take(&name, payout, paid).await,
            None => Ok(()),
        }
    }

    fn keep(&mut self, Settled { payout: head, line }: Settled) {
        let name = self.name_of(&head).filter(|name| !self.unread.contains(name));
        let Some(name) = name.filter(|_| self.is_asked_for(&head)) else { return };
        let payout = self.told.entry(name).or_default();
        payout.date = payout.date.max(head.date);
        payout.is_named = head.payout.is_some();
        payout.currency = payout.currency.take().or(head.currency);
        payout.lines.push(line);
    }

    /// Nothing of such a payout is taken in. It is listed once, however much of it there is.
    async fn not_read(
        &mut self,
        head: &SettlementHead,
        why: &ProviderError,
        paid: &mut PaidOut,
    ) -> Result<()> {
        if !self.is_asked_for(head) {
            return Ok(());
        }
        let Some(name) = self.name_of(head) else {
            self.is_one_unknown = true;
            // With the day, what is looked into today stands for none of tomorrow's.
            let why = format!("a payout in its list up to {}: {why}", self.asked.last);
            self.is_any_listed |= paid.is_listed(self.recorder, why).await?;
            return Ok(());
        };
        self.told.remove(&name);
        if !self.unread.insert(name.clone()) {
            return Ok(());
        }
        let shown = ProviderError::shown(&name);
        if self.lines_in_the_books(&name).await?.is_some() {
            paid.fail(format!("payout {shown}, which is in the books: {why}"));
        } else {
            let why = format!("payout {shown}: {why}");
            self.is_any_listed |= paid.is_listed(self.recorder, why).await?;
        }
        Ok(())
    }

    /// Takes in what is whole with the last page.
    async fn end(mut self, paid: &mut PaidOut) -> Result<()> {
        for (name, payout) in std::mem::take(&mut self.told) {
            // What does not read may be of any day.
            if payout.is_named || !self.is_one_unknown {
                self.take(&name, payout, paid).await?;
            }
        }
        match london_end(self.asked.last) {
            Some(end) if !self.is_any_listed => {
                let name = &self.account.name;
                Ok(self.recorder.went_through(name, GoneThrough::Payouts, end).await?)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Takes a payout in that is not in the books; one that has other lines by now is told
    /// of. One of which a line is not due yet is taken in once all of it is.
    async fn take(&mut self, name: &str, payout: Payout, paid: &mut PaidOut) -> Result<()> {
        if payout.date.is_some_and(|date| date > self.asked.last) {
            return Ok(());
        }
        match self.lines_in_the_books(name).await? {
            Some(lines) if lines == payout.lines.len() => Ok(()),
            Some(lines) => {
                let now = payout.lines.len();
                let why = format!(
                    "payout {name} is in the books with {lines} lines, and now has {now}: reverse \
                     that import, and it is posted anew"
                );
                paid.list(self.recorder, why).await
            }
            None => post(self.recorder, self.asked.sender, (name, payout), paid).await,
        }
    }

    /// How many lines the books have of a payout; none if it is not there.
    async fn lines_in_the_books(&mut self, name: &str) -> Result<Option<usize>> {
        if self.known.is_none() {
            let Asked { first, last, .. } = self.asked;
            let from = first.checked_sub_days(PAYMENTS_OF).unwrap_or(first);
            let to = last.succ_opt().unwrap_or(last);
            self.known = Some(self.recorder.payouts(from, to).await?.payouts);
        }
        let channel = &self.account.channel;
        let is_it = |one: &&PayoutExplained| one.channel == *channel && one.payout == name;
        Ok(self.known.iter().flatten().find(is_it).map(|one| one.lines))
    }

    /// Whether nobody can say of which payout it is.
    fn is_of_nothing(&self, head: &SettlementHead) -> bool {
        self.name_of(head).is_none()
    }

    fn is_asked_for(&self, head: &SettlementHead) -> bool {
        head.provider.eq_ignore_ascii_case(self.asked.sender)
    }

    /// The payout's name, or that of the account and the day.
    fn name_of(&self, head: &SettlementHead) -> Option<String> {
        let day = || Some(format!("{}-{}", self.account.name, head.date?));
        head.payout.clone().or_else(day)
    }
}

/// Takes a payout in, as the file that a person would have.
async fn post(
    recorder: &Books,
    sender: &str,
    (name, payout): (&str, Payout),
    paid: &mut PaidOut,
) -> Result<()> {
    if let Some(currency) = payout.currency {
        let why = format!("payout {name} is in {currency}; only pounds are posted");
        return paid.list(recorder, why).await;
    }
    let bytes = match settlement_file(sender, (name, payout.date), &payout.lines) {
        Ok(bytes) => bytes,
        Err(error) => return paid.list(recorder, format!("payout {name}: {error}")).await,
    };
    let file = NewFile {
        name: &format!("{name}.csv"),
        bytes: &bytes,
        format: Some(SETTLEMENT_FORMAT),
        accept: None,
        dry_run: false,
    };
    match recorder.import_file(file).await {
        Ok(Imported::Now(_)) => paid.payouts = paid.payouts.saturating_add(1),
        Ok(Imported::Before(_)) => {}
        Ok(Imported::Quarantined { reason }) => {
            paid.list(recorder, format!("payout {name}: {reason}")).await?;
        }
        Err(error) if error.is_of_the_database() => return Err(error.into()),
        Err(error) => paid.list(recorder, format!("payout {name}: {error}")).await?,
    }
    Ok(())
}
