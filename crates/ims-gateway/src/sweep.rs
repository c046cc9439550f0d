//! What a provider has of some days, held against what we have: what nobody told
//! us of is found there, and what we have and the provider has not.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use ims_app::{
    AppError, Books, Errands, FindPayments, GoneThrough, PaymentHeard, PaymentRow, Word,
    payment_named,
};
use ims_ledger::{id::PaymentId, london_day, london_end};
use ims_money::Pence;
use ims_pay::{Page, ProviderError, Said, Saying, Span, StatusName};

use crate::{
    GatewayError, Gateways, Result,
    account::Account,
    exchange::{Answer, Looked},
    gateways::{record, recorder},
    patience::Waiting,
    poll::SILENCES_MAX,
    settle::told,
};

/// The most pages of a search. One that goes on longer goes round in a circle.
pub(crate) const PAGES_MAX: u32 = 1_000;

/// What was begun before the end of the last sweep may have been paid after it.
const OVERLAP: TimeDelta = TimeDelta::days(1);

/// How old a payment is that cannot be asked about, when it is listed for a person and
/// the sweeps go on from after it.
pub(crate) const GIVEN_UP_AFTER: TimeDelta = TimeDelta::days(14);

/// Rows of ours that are looked through at once.
const ROWS: i64 = 200;

/// What came of going through one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swept {
    /// The account's name.
    pub account: String,
    /// How many payments the provider listed.
    pub listed: usize,
    /// What it listed as paid, in all.
    pub paid: Pence,
    /// How many payments stand otherwise than before.
    pub moved: usize,
    /// How many are on the list of exceptions, new or not.
    pub exceptions: usize,
    /// Why it was not gone through to its end, or the first payment whose answer
    /// could not be recorded, and why.
    pub failed: Option<String>,
}

impl Gateways {
    /// Goes through what each account's provider has of `day` and the day before, and
    /// since a day before the last sweep that came to its end, should that be longer,
    /// as the provider lists it, and then asks about each payment of ours that is
    /// not listed though it is open or was taken; where the provider lists nothing,
    /// about each that ended as well. Done again it changes nothing. What cannot be
    /// read or recorded of one payment keeps no other from it and is listed for a
    /// person, and a list that breaks off does not keep ours from being asked about.
    /// A provider that was asked too much at once is waited for
    /// ([`Patience`](crate::Patience)); where it is not worth it any more, or some were not
    /// answered, the next sweep goes on with the first of which nothing was said.
    ///
    /// # Errors
    ///
    /// What the books say when they cannot be asked at all.
    pub async fn sweep(&self, books: &Books, day: NaiveDate) -> Result<Vec<Swept>> {
        let recorder = recorder(books).await?;
        let council = recorder.settings().await?.council;
        let span = span_of(day)?;
        let mut all = Vec::new();
        let mut waiting = Waiting::of(self.patience, recorder.app().world());
        for set in &council.provider {
            let mut swept = Swept {
                account: set.name.clone(),
                listed: 0,
                paid: Pence::ZERO,
                moved: 0,
                exceptions: 0,
                failed: None,
            };
            let done = match self.account(&council, &set.name) {
                Ok(account) => {
                    let told = (&mut waiting, &mut swept);
                    self.sweep_account(&recorder, &account, span, told).await
                }
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => {}
                Err(GatewayError::App(error)) => return Err(error.into()),
                Err(error) => swept.fail(error.to_string()),
            }
            all.push(swept);
        }
        Ok(all)
    }

    async fn sweep_account(
        &self,
        recorder: &Books,
        account: &Account,
        span: Span,
        (waiting, swept): (&mut Waiting, &mut Swept),
    ) -> Result<()> {
        let before = recorder.gone_through(&account.name, GoneThrough::Payments).await?;
        if before.is_none() {
            // Should this one break off, the next begins where it began.
            recorder.went_through(&account.name, GoneThrough::Payments, span.from).await?;
        }
        let since = before.and_then(|before| before.checked_sub_signed(OVERLAP));
        let span = Span { from: since.map_or(span.from, |since| since.min(span.from)), ..span };
        let mut seen = BTreeSet::new();
        let gone = self.go_through(recorder, account, span, (&mut seen, waiting), swept);
        let is_listed = match gone.await {
            Ok(()) => true,
            Err(GatewayError::App(error)) => return Err(error.into()),
            Err(error) => {
                swept.fail(error.to_string());
                false
            }
        };
        // What was asked about before another sweep left off is not asked about again. A sweep
        // of older days goes on from no mark and leaves none.
        let left = recorder.left_off(&account.name).await?;
        let is_older = before.is_some_and(|through| span.to <= through)
            || left.is_some_and(|left| span.to <= left.at);
        let left = left.filter(|_| !is_older);
        let mut asking = Asking { seen, waiting, after: left.map(|left| left.after), next: None };
        let asked = self.ask_about_unlisted(recorder, account, span, &mut asking, swept).await;
        if matches!(asked, Err(GatewayError::App(_))) {
            return asked;
        }
        if !is_older && (asking.next.is_some() || left.is_some()) {
            recorder.leave_off(&account.name, asking.next).await?;
        }
        if is_listed && asked.is_ok() && asking.next.is_none() {
            // What was asked about in an earlier sweep may have been paid since.
            let through = left.map_or(span.to, |left| left.first);
            recorder.went_through(&account.name, GoneThrough::Payments, through).await?;
        }
        asked
    }

    /// Records what the provider lists, to the end of its list.
    async fn go_through(
        &self,
        recorder: &Books,
        account: &Account,
        span: Span,
        (seen, waiting): (&mut BTreeSet<String>, &mut Waiting),
        swept: &mut Swept,
    ) -> Result<()> {
        let (mut after, mut unreadable) = (None, BTreeMap::<String, usize>::new());
        for _ in 0..PAGES_MAX {
            let ask = || self.page(recorder, account, span, after.as_deref());
            let Some(page) = waiting.asked(ask).await? else {
                // It cannot list; each payment of ours is asked about.
                return Ok(());
            };
            for said in page.rows {
                let said = match said {
                    Ok(said) => said,
                    Err(error) => {
                        swept.listed = swept.listed.saturating_add(1);
                        let of_these = unreadable.entry(error.to_string()).or_default();
                        *of_these = of_these.saturating_add(1);
                        continue;
                    }
                };
                swept.list(&said);
                seen.extend(said.reference().map(str::to_owned));
                let name = ProviderError::shown(said.reference().unwrap_or("without a reference"));
                let word = Word::Said(Box::new(said));
                match record(recorder, account, None, None, word).await {
                    Ok(heard) => swept.count(heard),
                    Err(error) => unkept(recorder, account, &name, error, swept).await?,
                }
            }
            after = page.after;
            if after.is_none() {
                return unreadable_rows(recorder, account, span, unreadable, swept).await;
            }
        }
        Err(GatewayError::account(&account.name, "its list of payments has no end"))
    }

    /// A page of what the provider has; none if it cannot list.
    async fn page(
        &self,
        recorder: &Books,
        account: &Account,
        span: Span,
        after: Option<&str>,
    ) -> Result<Option<Page<Result<Said, ProviderError>>>> {
        let Some(searches) = account.provider.abilities().searches else { return Ok(None) };
        let request = searches.search(span, after, recorder.app().world().now())?;
        let reply = self.carry(recorder, account, &request).await;
        let reply = reply.ok_or_else(|| GatewayError::account(&account.name, "does not answer"))?;
        Ok(Some(searches.found(&reply)?))
    }

    /// Asks about what is not listed, to the end, or until it is left off; keeps the first
    /// payment that was not answered and is not left to a person.
    async fn ask_about_unlisted(
        &self,
        recorder: &Books,
        account: &Account,
        span: Span,
        asking: &mut Asking<'_>,
        swept: &mut Swept,
    ) -> Result<()> {
        let provider = account.name.clone();
        let find = FindPayments { from: span.from, to: span.to, provider, status: String::new() };
        let lists = account.provider.abilities().searches.is_some();
        let mut silences = 0_u32;
        loop {
            let rows = recorder.payments(&find, asking.after, ROWS).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            asking.after = Some(last.id);
            for row in &rows {
                if asking.seen.contains(&row.reference) || !is_worth_asking(row, lists) {
                    continue;
                }
                let looked = asking.waiting.asked(|| self.look_at(recorder, account, row)).await;
                let unsaid = unsaid(&looked);
                match looked {
                    Ok(looked) => swept.count_of(row, looked.heard),
                    Err(_) if unsaid.is_some() => {}
                    Err(error) => {
                        let kept = unkept(recorder, account, &row.reference, error, swept).await;
                        kept.inspect_err(|_| asking.leave(row))?;
                    }
                }
                match unsaid {
                    // What is left to a person keeps no sweep from going on.
                    Some(why) if put_off(recorder, account, row, &why, swept).await? => {}
                    Some(_) => {
                        silences = silences.saturating_add(1);
                        asking.leave(row);
                    }
                    None => silences = 0,
                }
                if silences >= SILENCES_MAX {
                    return Err(GatewayError::account(&account.name, "does not answer"));
                }
            }
        }
    }
}

/// How far the asking about an account's payments has come.
struct Asking<'w> {
    /// What the provider has listed.
    seen: BTreeSet<String>,
    waiting: &'w mut Waiting,
    /// The payment after which it goes on.
    after: Option<PaymentId>,
    /// The first of which nothing was said: the next sweep begins there.
    next: Option<PaymentId>,
}

impl Asking<'_> {
    fn leave(&mut self, row: &PaymentRow) {
        self.next.get_or_insert(row.id);
    }
}

/// Why nothing was said of a payment that was asked about: that is no reason to ask
/// about no other, but where the provider wants to be left alone.
fn unsaid(looked: &Result<Looked>) -> Option<String> {
    match looked {
        Ok(Looked { answer: Answer::None, .. }) => Some("the provider did not answer".to_owned()),
        Ok(Looked { answer: Answer::Unread(why), .. }) => Some(why.clone()),
        Err(GatewayError::Provider(ProviderError::TooMany { .. })) => None,
        Err(GatewayError::Provider(why)) => Some(why.to_string()),
        Ok(_) | Err(_) => None,
    }
}

/// A payment about which nothing was said is asked about again by the next sweep. An
/// old one is listed for a person, and true.
async fn put_off(
    recorder: &Books,
    account: &Account,
    row: &PaymentRow,
    why: &str,
    swept: &mut Swept,
) -> Result<bool> {
    let why = format!("payment {}: {why}", row.reference);
    let age = recorder.app().world().now().signed_duration_since(row.started_at);
    if age < GIVEN_UP_AFTER {
        swept.fail(why);
        return Ok(false);
    }
    unread(recorder, account, why, swept).await?;
    Ok(true)
}

/// What the books cannot keep of a payment is listed for a person; a database that is
/// away ends it all.
async fn unkept(
    recorder: &Books,
    account: &Account,
    payment: &str,
    error: GatewayError,
    swept: &mut Swept,
) -> Result<()> {
    match error {
        GatewayError::App(error) if !error.is_of_the_database() => {
            unread(recorder, account, format!("payment {payment}: {error}"), swept).await
        }
        other => Err(other),
    }
}

/// Lists rows that do not read. Nobody knows whose they are, so the words say of which
/// list and how many: looked into once, they stand for no row of a later night.
async fn unreadable_rows(
    recorder: &Books,
    account: &Account,
    span: Span,
    rows: BTreeMap<String, usize>,
    swept: &mut Swept,
) -> Result<()> {
    let last =
        london_day(span.to.checked_sub_signed(TimeDelta::microseconds(1)).unwrap_or(span.to));
    for (error, count) in rows {
        let many = if count == 1 { "a payment".to_owned() } else { format!("{count} payments") };
        let why = format!("{many} in its list up to {last}: {error}");
        unread(recorder, account, why, swept).await?;
    }
    Ok(())
}

/// Lists something for a person, and goes on.
async fn unread(recorder: &Books, account: &Account, why: String, swept: &mut Swept) -> Result<()> {
    let listed = recorder.list_unread(&account.name, &why).await?;
    swept.exceptions = swept.exceptions.saturating_add(listed.is_some().into());
    swept.fail(why);
    Ok(())
}

/// What ended otherwise than paid moved no money, as far as anybody has said. A
/// provider that `lists` its payments says it there, should it be otherwise; of what
/// ended because the provider did not know of it, nobody has said so.
fn is_worth_asking(row: &PaymentRow, lists: bool) -> bool {
    let is_unsaid = row.status == StatusName::Expired.as_str() && payment_named(row).is_none();
    let is_worth = |name: StatusName| !lists || name.is_open() || name == StatusName::Captured;
    is_unsaid || row.status.parse().is_ok_and(is_worth)
}

/// The day and the one before it, London's: what was begun before midnight may
/// have been paid after.
pub(crate) fn span_of(day: NaiveDate) -> Result<Span> {
    let bad = || GatewayError::App(AppError::BadInput(format!("{day} is no day to go through")));
    let before = day.checked_sub_days(Days::new(2)).and_then(london_end).ok_or_else(bad)?;
    let to: DateTime<Utc> = london_end(day).ok_or_else(bad)?;
    // An end is the last moment of its day.
    let next = |at: DateTime<Utc>| at.checked_add_signed(TimeDelta::microseconds(1)).unwrap_or(at);
    Ok(Span { from: before, to: next(to) })
}

impl Swept {
    /// Counts a row of the list.
    fn list(&mut self, said: &Said) {
        self.listed = self.listed.saturating_add(1);
        if let (Saying::Paid(_), Some((amount, _))) = (said.saying(), said.amount()) {
            match self.paid.checked_add(amount) {
                Some(sum) => self.paid = sum,
                None => self.fail("the sum of what it lists is too large".to_owned()),
            }
        }
    }

    fn fail(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    fn count(&mut self, heard: PaymentHeard) {
        match heard {
            PaymentHeard::Of(heeded) if !heeded.view.before => {
                self.moved = self.moved.saturating_add(1);
            }
            PaymentHeard::Exception(_) => self.exceptions = self.exceptions.saturating_add(1),
            PaymentHeard::Of(_) | PaymentHeard::Nothing => {}
        }
    }

    /// Asked about, one may have been told of anew and stand as it stood.
    fn count_of(&mut self, row: &PaymentRow, heard: PaymentHeard) {
        match heard {
            PaymentHeard::Of(heeded) if heeded.view.payment.status == row.status => {}
            other => self.count(other),
        }
    }
}

#[async_trait]
impl Errands for Gateways {
    async fn sweep_payments(&self, books: &Books, day: NaiveDate) -> Result<(), AppError> {
        let swept = self.sweep(books, day).await.map_err(of_app)?;
        let mut failed = Vec::new();
        for account in swept {
            let Swept { account, listed, moved, exceptions, failed: why, .. } = account;
            tracing::info!(account, listed, moved, exceptions, "payments were gone through");
            failed.extend(why);
        }
        if failed.is_empty() { Ok(()) } else { Err(AppError::Refused(failed.join("; "))) }
    }

    async fn settle_payments(&self, books: &Books, day: NaiveDate) -> Result<(), AppError> {
        told(self.settle(books, day).await.map_err(of_app)?)
    }
}

fn of_app(error: GatewayError) -> AppError {
    match error {
        GatewayError::App(error) => error,
        other => AppError::Refused(other.to_string()),
    }
}
