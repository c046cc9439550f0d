//! What a provider paid out, and what is disputed there: asked for each night, where
//! the provider tells by itself, and recorded as a file of a person's would be.

use chrono::{Days, NaiveDate};
use ims_app::{AppError, Books, GoneThrough};
use ims_ledger::{Council, london_day, london_end};
use ims_pay::{ProviderError, SaidDispute, Span};

use crate::{
    GatewayError, Gateways, Result,
    account::Account,
    gateways::recorder,
    patience::Waiting,
    sweep::{PAGES_MAX, span_of},
};

mod payouts;

/// How many days of payouts are asked for at least: what comes to a payout later is told.
const PAYOUTS_OF: Days = Days::new(10);

/// How long a dispute is asked about: it may be months until it is decided.
const DISPUTES_OF: Days = Days::new(120);

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
    /// How many disputes, and payouts that do not read or could not be taken in, are on the
    /// list of exceptions.
    pub exceptions: usize,
    /// The first thing that could not be done, and why.
    pub failed: Option<String>,
}

impl Gateways {
    /// Asks each account whose provider tells of disputes and payouts for those up to
    /// `day`. A payout that is not in the books is taken in as a settlement file, its
    /// fees with it, once its day is over: where the provider names none, all it
    /// settled on one day is one. Days on which nobody asked are asked for, however many.
    /// What does not read or cannot be taken in is listed for a person, and keeps no other
    /// payout from being taken in; what does not read is asked for again each night, until a
    /// person takes it off the list. An account whose channel has another
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
        let mut waiting = Waiting::of(self.patience, recorder.app().world());
        for set in &council.provider {
            let mut paid = PaidOut { account: set.name.clone(), ..PaidOut::default() };
            match self.account(&council, &set.name) {
                Ok(account) => {
                    let told = (&mut waiting, &mut paid);
                    let done = self.settle_account(&recorder, &council, &account, day, told).await;
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
        (waiting, paid): (&mut Waiting, &mut PaidOut),
    ) -> Result<()> {
        let asked = asked_for(recorder, council, account, day).await?;
        self.hear_disputes(recorder, account, day, (&mut *waiting, &mut *paid)).await?;
        match asked {
            Some(asked) => self.post_payouts(recorder, account, asked, (waiting, paid)).await,
            None => Ok(()),
        }
    }

    async fn hear_disputes(
        &self,
        recorder: &Books,
        account: &Account,
        day: NaiveDate,
        (waiting, paid): (&mut Waiting, &mut PaidOut),
    ) -> Result<()> {
        let Some(disputes) = account.provider.abilities().disputes else { return Ok(()) };
        let first = day.checked_sub_days(DISPUTES_OF).unwrap_or(day);
        let span = Span { from: span_of(first)?.from, to: span_of(day)?.to };
        let mut after = None;
        for _ in 0..PAGES_MAX {
            let ask = || async {
                let now = recorder.app().world().now();
                let request = disputes.disputes(span, after.as_deref(), now)?;
                let reply = self.carry(recorder, account, &request).await;
                Ok(disputes.disputed(&reply.ok_or_else(|| silent(account))?)?)
            };
            let page = waiting.asked(ask).await?;
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

fn silent(account: &Account) -> GatewayError {
    GatewayError::account(&account.name, "does not answer")
}

impl PaidOut {
    fn fail(&mut self, why: String) {
        self.failed.get_or_insert(why);
    }

    /// Lists for a person what a later night may not come back to, and goes on.
    async fn list(&mut self, recorder: &Books, why: String) -> Result<()> {
        self.is_listed(recorder, why).await.map(drop)
    }

    /// The same, and whether it is on the list now: a person may have taken it off.
    async fn is_listed(&mut self, recorder: &Books, why: String) -> Result<bool> {
        let listed = recorder.list_unread(&self.account, &why).await?.is_some();
        self.exceptions = self.exceptions.saturating_add(listed.into());
        self.fail(why);
        Ok(listed)
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
