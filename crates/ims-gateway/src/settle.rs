//! What a provider paid out, and what is disputed there: asked for each night, where
//! the provider tells by itself, and recorded as a file of a person's would be.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use ims_app::{
    AppError, Books, GoneThrough, Imported, NewFile, PayoutExplained, SETTLEMENT_FORMAT,
    settlement_file,
};
use ims_ledger::{Council, london_day, london_end};
use ims_pay::{ProviderError, SaidDispute, Settled, Span};

use crate::{
    GatewayError, Gateways, Result,
    account::Account,
    gateways::recorder,
    sweep::{PAGES_MAX, span_of},
};

/// How many days of payouts are asked for at least: what comes to a payout later is told.
const PAYOUTS_OF: Days = Days::new(10);

/// How long a dispute is asked about: it may be months until it is decided.
const DISPUTES_OF: Days = Days::new(120);

/// How old the payments of a payout may be.
const PAYMENTS_OF: Days = Days::new(100);

/// Payouts by their name: the last day of each, and its lines.
type ByName = BTreeMap<String, (Option<NaiveDate>, Vec<Settled>)>;

/// Whose payouts are asked for, and from which day to which.
struct Asked<'a> {
    sender: &'a str,
    first: NaiveDate,
    last: NaiveDate,
}

/// What came of asking one account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaidOut {
    /// The account's name.
    pub account: String,
    /// How many payouts were posted now.
    pub payouts: usize,
    /// How many disputes the provider listed.
    pub disputes: usize,
    /// How many disputes, and payouts that could not be taken in, are on the list of exceptions.
    pub exceptions: usize,
    /// The first thing that could not be done, and why.
    pub failed: Option<String>,
}

impl Gateways {
    /// Asks each account whose provider tells of disputes and payouts for those up to
    /// `day`. A payout that is not in the books is taken in as a settlement file, its
    /// fees with it, once its day is over: where the provider names none, all it
    /// settled on one day is one. Days on which nobody asked are asked for, however many.
    /// What cannot be taken in is listed for a person. An account whose channel has another
    /// sender than the provider has its payouts in files from there, and none are posted.
    /// Done again it changes nothing.
    ///
    /// # Errors
    ///
    /// What the books say when they cannot be asked at all.
    pub async fn settle(&self, books: &Books, day: NaiveDate) -> Result<Vec<PaidOut>> {
        let recorder = recorder(books).await?;
        let council = recorder.settings().await?.council;
        let mut all = Vec::new();
        for set in &council.provider {
            let mut paid = PaidOut { account: set.name.clone(), ..PaidOut::default() };
            match self.account(&council, &set.name) {
                Ok(account) => {
                    let done =
                        self.settle_account(&recorder, &council, &account, day, &mut paid).await;
                    paid.unless_lost(done)?;
                }
                Err(error) => paid.unless_lost(Err(error))?,
            }
            all.push(paid);
        }
        Ok(all)
    }

    /// Disputes first, for what a payout keeps back is known by them: where they were not
    /// told of, the payouts wait for another night.
    async fn settle_account(
        &self,
        recorder: &Books,
        council: &Council,
        account: &Account,
        day: NaiveDate,
        paid: &mut PaidOut,
    ) -> Result<()> {
        let asked = asked_for(recorder, council, account, day).await?;
        self.hear_disputes(recorder, account, day, paid).await?;
        match asked {
            Some(asked) => self.post_payouts(recorder, account, asked, paid).await,
            None => Ok(()),
        }
    }

    async fn hear_disputes(
        &self,
        recorder: &Books,
        account: &Account,
        day: NaiveDate,
        paid: &mut PaidOut,
    ) -> Result<()> {
        let Some(disputes) = account.provider.abilities().disputes else { return Ok(()) };
        let first = day.checked_sub_days(DISPUTES_OF).unwrap_or(day);
        let span = Span { from: span_of(first)?.from, to: span_of(day)?.to };
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let now = recorder.app().world().now();
            let request = disputes.disputes(span, after.as_deref(), now)?;
            let reply = self.carry(recorder, account, &request).await;
            let page = disputes.disputed(&reply.ok_or_else(|| silent(account))?)?;
            for said in page.rows {
                paid.disputes = paid.disputes.saturating_add(1);
                match said {
                    Ok(said) => hear(recorder, account, &said, paid).await?,
                    Err(error) => {
                        let why = format!("a dispute in its list up to {day}: {error}");
                        paid.list(recorder, why).await?;
                    }
                }
            }
            after = page.after;
            if after.is_none() {
                return Ok(());
            }
        }
        Err(GatewayError::account(&account.name, "its list of disputes has no end"))
    }

    async fn post_payouts(
        &self,
        recorder: &Books,
        account: &Account,
        Asked { sender, first, last }: Asked<'_>,
        paid: &mut PaidOut,
    ) -> Result<()> {
        let mut payouts = ByName::new();
        for one in self.settled(recorder, account, first, last).await? {
            let head = &one.payout;
            if let Some(name) = name_of(account, &one)
                && head.provider.eq_ignore_ascii_case(sender)
            {
                // Of one payout, what came last says when all of it was there.
                let (date, lines) = payouts.entry(name).or_default();
                *date = (*date).max(head.date);
                lines.push(one);
            }
        }
        // One of which a line is not due yet is taken in once all of it is.
        payouts.retain(|_, (date, _)| date.is_none_or(|date| date <= last));
        if !payouts.is_empty() {
            let from = first.checked_sub_days(PAYMENTS_OF).unwrap_or(first);
            let known = recorder.payouts(from, last.succ_opt().unwrap_or(last)).await?;
            post_new(recorder, (account, sender), payouts, &known, paid).await?;
        }
        match london_end(last) {
            Some(end) => {
                Ok(recorder.went_through(&account.name, GoneThrough::Payouts, end).await?)
            }
            None => Ok(()),
        }
    }

    /// All lines of the payouts of some days.
    async fn settled(
        &self,
        recorder: &Books,
        account: &Account,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Settled>> {
        let Some(settlements) = account.provider.abilities().settlements else {
            return Ok(Vec::new());
        };
        let (mut lines, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let now = recorder.app().world().now();
            let request = settlements.settlement(from, to, after.as_deref(), now)?;
            let reply = self.carry(recorder, account, &request).await;
            let page = reply.ok_or_else(|| silent(account))?;
            let page = settlements.settled(after.as_deref(), &page)?;
            lines.extend(page.rows);
            after = page.after;
            if after.is_none() {
                return Ok(lines);
            }
        }
        Err(GatewayError::account(&account.name, "its list of payouts has no end"))
    }
}

/// The days whose payouts are asked for, where the provider sends them: since the last time
/// that came to its end. The first time is kept at its beginning: should it break off, the
/// next begins where it began.
async fn asked_for<'a>(
    recorder: &Books,
    council: &'a Council,
    account: &Account,
    day: NaiveDate,
) -> Result<Option<Asked<'a>>> {
    // The day's own payout may grow until it is over.
    let Some(last) = day.pred_opt() else { return Ok(None) };
    let mut channels = council.channel.iter();
    let channel = channels.find(|channel| channel.code.as_str() == account.channel);
    let sender = channel.map(|channel| channel.sender.as_str()).unwrap_or_default();
    if sender.is_empty() {
        return Ok(None);
    }
    let first = last.checked_sub_days(PAYOUTS_OF).unwrap_or(last);
    let before = recorder.gone_through(&account.name, GoneThrough::Payouts).await?;
    if before.is_none()
        && let Some(begin) = london_end(first)
    {
        recorder.went_through(&account.name, GoneThrough::Payouts, begin).await?;
    }
    let since = before.and_then(|before| london_day(before).pred_opt());
    let first = since.map_or(first, |since| since.min(first));
    Ok(Some(Asked { sender, first, last }))
}

/// Records a dispute of the list; what cannot be recorded is listed.
async fn hear(
    recorder: &Books,
    account: &Account,
    said: &SaidDispute,
    paid: &mut PaidOut,
) -> Result<()> {
    match recorder.hear_of_dispute(&account.name, said).await {
        Ok(odd) => paid.exceptions = paid.exceptions.saturating_add(odd.is_some().into()),
        Err(error) if error.is_of_the_database() => return Err(error.into()),
        Err(error) => {
            let name = ProviderError::shown(&said.dispute_ref);
            paid.list(recorder, format!("dispute {name}: {error}")).await?;
        }
    }
    Ok(())
}

/// Takes those in that are not in the books; one that has other lines by now is told of.
async fn post_new(
    recorder: &Books,
    (account, sender): (&Account, &str),
    payouts: ByName,
    known: &[PayoutExplained],
    paid: &mut PaidOut,
) -> Result<()> {
    for (name, (date, lines)) in payouts {
        let is_it = |one: &&PayoutExplained| one.channel == account.channel && one.payout == name;
        match known.iter().find(is_it) {
            Some(before) if before.lines == lines.len() => {}
            Some(before) => {
                let why = format!(
                    "payout {name} is in the books with {} lines, and now has {}: reverse that \
                     import, and it is posted anew",
                    before.lines,
                    lines.len()
                );
                paid.list(recorder, why).await?;
            }
            None => post(recorder, sender, (&name, date), lines, paid).await?,
        }
    }
    Ok(())
}

/// Takes a payout in, as the file that a person would have.
async fn post(
    recorder: &Books,
    sender: &str,
    (name, date): (&str, Option<NaiveDate>),
    settled: Vec<Settled>,
    paid: &mut PaidOut,
) -> Result<()> {
    if let Some(currency) = settled.iter().find_map(|one| one.payout.currency.as_deref()) {
        let why = format!("payout {name} is in {currency}; only pounds are posted");
        return paid.list(recorder, why).await;
    }
    let lines: Vec<_> = settled.into_iter().map(|one| one.line).collect();
    let bytes = match settlement_file(sender, (name, date), &lines) {
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

/// The payout's name, or that of the account and the day.
fn name_of(account: &Account, one: &Settled) -> Option<String> {
    let day = || Some(format!("{}-{}", account.name, one.payout.date?));
    one.payout.payout.clone().or_else(day)
}

fn silent(account: &Account) -> GatewayError {
    GatewayError::account(&account.name, "does not answer")
}

impl PaidOut {
    fn fail(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    /// Lists for a person what no later night may come back to, and goes on.
    async fn list(&mut self, recorder: &Books, why: String) -> Result<()> {
        let listed = recorder.list_unread(&self.account, &why).await?;
        self.exceptions = self.exceptions.saturating_add(listed.is_some().into());
        self.fail(why);
        Ok(())
    }

    /// Keeps why something was not done; a database that is away ends it all.
    fn unless_lost(&mut self, done: Result<()>) -> Result<()> {
        match done {
            Err(GatewayError::App(error)) if error.is_of_the_database() => Err(error.into()),
            Err(error) => {
                self.fail(error.to_string());
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}

/// What the job says when something of it was not done.
pub(crate) fn told(all: Vec<PaidOut>) -> Result<(), AppError> {
    let mut failed = Vec::new();
    for one in all {
        let PaidOut { account, payouts, disputes, exceptions, failed: why } = one;
        tracing::info!(
            account,
            payouts,
            disputes,
            exceptions,
            "payouts and disputes were asked for"
        );
        failed.extend(why);
    }
    if failed.is_empty() { Ok(()) } else { Err(AppError::Refused(failed.join("; "))) }
}
