//! A basket is started, asked for and recorded: from there on the payer is the
//! provider's guest.

use std::time::Duration;

use chrono::{DateTime, Utc};
use ims_app::{
    AppError, Books, NewPayment, NoticeKey, PaymentHeard, PaymentLine, PaymentView, Word,
};
use ims_ledger::{Council, id::PaymentId};
use ims_money::Pence;
use ims_pay::{
    Agreeing, Ask, Channel, Item, Language, NextStep, Order, Payer, ProviderError, Reply, Said,
    Saying, StatusName, wait_seconds,
};

use crate::{
    GatewayError, Gateways, Result,
    account::Account,
    gateways::{record, recorder},
};

/// How often a provider is asked for the same payment while the payer waits.
const TRIES: u32 = 2;

/// The longest a payer waits between two tries.
const PAUSE_SECONDS_MAX: u32 = 3;

/// The most characters of what a payment that an officer starts is said to be for.
const DESCRIPTION_LENGTH_MAX: usize = 100;

/// What a provider is told of a payment beside its amount. Said again under the
/// same key it must be the same, or the provider takes it for another order.
#[derive(Clone, Debug)]
pub struct AskFor {
    /// What it is for, as the payer reads it.
    pub description: String,
    /// Where the payer comes back to. `{reference}` in it becomes our reference
    /// of the payment, which cannot be guessed.
    pub return_url: String,
    /// The language of the provider's pages.
    pub language: Language,
    /// Who enters the card.
    pub channel: Channel,
    /// Who pays, as far as the provider should know.
    pub payer: Option<Payer>,
    /// Where the provider sends its notice, for those that are told each time: the
    /// account's own address for notices.
    pub notice_url: Option<String>,
}

impl AskFor {
    /// A payment online, in English, by somebody unnamed.
    #[must_use]
    pub fn new(description: &str, return_url: &str) -> Self {
        Self {
            description: description.to_owned(),
            return_url: return_url.to_owned(),
            language: Language::English,
            channel: Channel::Online,
            payer: None,
            notice_url: None,
        }
    }

    /// A card that an officer enters, for a payer on the telephone: told by the names of the
    /// funds it is for, with who pays.
    #[must_use]
    pub fn by_staff(council: &Council, new: &NewPayment, return_url: &str) -> Self {
        let of = |code: &str| council.fund.iter().find(|fund| fund.code.as_str() == code);
        let funds = new.lines.iter().filter_map(|line| of(line.fund.trim()));
        let mut names: Vec<_> = funds.map(|fund| fund.name.as_str()).collect();
        names.dedup();
        // What a provider's firewall does not let through.
        let is_plain = |letter: &char| !"<>\"\\|".contains(*letter);
        let names = names.join(", ");
        let description: String =
            names.chars().filter(is_plain).take(DESCRIPTION_LENGTH_MAX).collect();
        let some = |text: &String| (!text.is_empty()).then(|| text.clone());
        Self {
            channel: Channel::Staff,
            payer: new.payer.as_ref().map(|payer| Payer {
                name: some(&payer.name),
                line1: some(&payer.line1),
                line2: some(&payer.line2),
                city: some(&payer.town),
                postcode: some(&payer.postcode),
                ..Payer::default()
            }),
            ..Self::new(&description, return_url)
        }
    }

    fn order_of(
        &self,
        reference: &str,
        amount: Pence,
        items: Vec<Item>,
        agreeing: Option<&Agreeing>,
    ) -> Result<Order> {
        let back = self.return_url.replace("{reference}", reference);
        let order = Order::of(reference, amount, &self.description, &back)?;
        let mut order = order.in_language(self.language).by(self.channel.clone());
        if let Some(url) = &self.notice_url {
            order = order.noticed_at(url)?;
        }
        if !items.is_empty() {
            order = order.made_of(items)?;
        }
        if let Some(agreeing) = agreeing {
            order = order.under(agreeing.clone());
        }
        match &self.payer {
            Some(payer) => Ok(order.paid_by(payer.clone())?),
            None => Ok(order),
        }
    }
}

/// A payment that was asked for.
#[derive(Clone, Debug)]
pub struct Paying {
    /// As it stands.
    pub view: PaymentView,
    /// What the payer does next. None when the payment is over already, or when
    /// the provider did not answer: ask again under the same key.
    pub next: Option<NextStep>,
}

impl Paying {
    /// The address at which the payer goes on, where the next step is one.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        match &self.next {
            Some(NextStep::Redirect { url }) => Some(url),
            _ => None,
        }
    }

    /// Where the card is taken instead, and what is typed in there, where the next step is
    /// no page: a terminal, the robot of a telephone line.
    #[must_use]
    pub fn terminal(&self) -> Option<(&str, &str)> {
        match &self.next {
            Some(NextStep::Terminal { name, show }) => {
                Some((name, show.as_deref().unwrap_or_default()))
            }
            _ => None,
        }
    }
}

impl Gateways {
    /// Starts a payment and asks its provider for it. The same key again is the
    /// same payment: it is asked for again, and still there only once.
    ///
    /// # Errors
    ///
    /// As [`Books::start_payment`]; [`GatewayError::Account`] for an account that
    /// does not take it, before anything is kept; [`GatewayError::Provider`] when
    /// the provider refuses. A provider that does not answer is no error.
    pub async fn pay(&self, books: &Books, new: &NewPayment, ask: &AskFor) -> Result<Paying> {
        let council = books.settings().await?.council;
        let account = self.account(&council, &new.provider)?;
        let fits = |fund: &str| {
            council.provider(&account.name).is_some_and(|set| set.takes(&new.method, fund))
        };
        if let Some(line) = new.lines.iter().find(|line| !fits(line.fund.trim())) {
            let what = format!("takes no new payments by {} for fund {}", new.method, line.fund);
            return Err(GatewayError::account(&account.name, what));
        }
        let asked = (ask, None);
        could_be_asked((&council, &account), &new.lines, asked, books.app().world().now())?;
        let view = books.start_payment(new).await?;
        self.ask_started(books, (&council, &account), view, asked).await
    }

    /// Asks for a payment that was started, unless it is over.
    pub(crate) async fn ask_started(
        &self,
        books: &Books,
        (council, account): (&Council, &Account),
        view: PaymentView,
        (ask, agreeing): (&AskFor, Option<&Agreeing>),
    ) -> Result<Paying> {
        if !view.status()?.is_open() {
            return Ok(Paying { view, next: None });
        }
        let lines = view.lines.iter().map(|line| (&line.fund, &line.reference, line.amount));
        let items = items(council, account, lines);
        let (reference, amount) = (&view.payment.reference, view.payment.amount);
        let order = ask.order_of(reference, amount, items, agreeing)?;
        self.ask(books, account, view, &order).await
    }

    async fn ask(
        &self,
        books: &Books,
        account: &Account,
        view: PaymentView,
        order: &Order,
    ) -> Result<Paying> {
        let recorder = recorder(books).await?;
        let payment = Some(view.payment.id);
        let request = match account.provider.ask(order, books.app().world().now()) {
            Ok(Ask::Send(request)) => request,
            Ok(Ask::Hand(next)) => {
                let heard = record(&recorder, account, payment, None, Word::Handed).await?;
                return Ok(Paying { view: view_of(heard, view), next: Some(next) });
            }
            Err(why) => return self.give_up(&recorder, account, view, why).await,
        };
        let mut attempt = 1_u32;
        loop {
            let reply = self.carry(books, account, &request).await;
            let said = reply.as_ref().map(|reply| account.provider.asked(reply));
            let word = match said {
                Some(Ok(said)) => {
                    let asked = (view.payment.id, order, reply.as_ref());
                    if keep_key(&recorder, account, asked, &said).await? {
                        Word::Said(Box::new(said))
                    } else {
                        tracing::warn!(account = account.name, "a payment was given no key");
                        Word::Silent
                    }
                }
                // The same key asked again is the same payment.
                None if attempt < TRIES && account.sandbox.is_none() => {
                    attempt = attempt.saturating_add(1);
                    continue;
                }
                Some(Err(why)) => {
                    let pause = wait_seconds(&why, attempt, 0).filter(|_| attempt < TRIES);
                    if let Some(seconds) = pause.filter(|pause| *pause <= PAUSE_SECONDS_MAX) {
                        tokio::time::sleep(Duration::from_secs(seconds.into())).await;
                        attempt = attempt.saturating_add(1);
                        continue;
                    }
                    if is_no_payment(&why) && attempt == 1 {
                        return self.give_up(&recorder, account, view, why).await;
                    }
                    tracing::warn!(account = account.name, error = %why, "a payment was asked for, and nobody knows");
                    Word::Silent
                }
                None => Word::Silent,
            };
            let heard = record(&recorder, account, payment, None, word).await?;
            let next = match &heard {
                PaymentHeard::Of(heeded) => heeded.next.clone(),
                PaymentHeard::Exception(_) | PaymentHeard::Nothing => None,
            };
            let next = match account.sandbox {
                // It has no page to pay on.
                Some(_) => next.map(|next| straight_back(next, order)),
                None => next,
            };
            return Ok(Paying { view: view_of(heard, view), next });
        }
    }

    /// The provider will not have it. One it never heard of before is over.
    async fn give_up(
        &self,
        recorder: &Books,
        account: &Account,
        view: PaymentView,
        why: ProviderError,
    ) -> Result<Paying> {
        if view.status()? == StatusName::Created && !view.before {
            let said = Said::unnamed(Saying::broke(why.to_string()));
            let word = Word::Said(Box::new(said));
            record(recorder, account, Some(view.payment.id), None, word).await?;
        }
        Err(why.into())
    }
}

/// Whether the provider takes such a payment at all; what it cannot be asked for
/// is not kept. Our reference is not known yet, and is like any other.
pub(crate) fn could_be_asked(
    (council, account): (&Council, &Account),
    lines: &[PaymentLine],
    (ask, agreeing): (&AskFor, Option<&Agreeing>),
    now: DateTime<Utc>,
) -> Result<()> {
    let total = Pence::checked_sum(lines.iter().map(|line| line.amount));
    let total = total.ok_or(AppError::Overflow)?;
    if !lines.iter().all(|line| line.amount.is_positive()) {
        // The books say what is wrong with it.
        return Ok(());
    }
    let lines = lines.iter().map(|line| (&line.fund, &line.reference, line.amount));
    let order = ask.order_of("reference", total, items(council, account, lines), agreeing)?;
    account.provider.ask(&order, now)?;
    Ok(())
}

/// Keeps the key of the payment's notice, if it has one: before the payer is sent on,
/// so that no notice comes that cannot be verified. False when it should have one.
async fn keep_key(
    recorder: &Books,
    account: &Account,
    (id, order, reply): (PaymentId, &Order, Option<&Reply>),
    said: &Said,
) -> Result<bool> {
    let Some(keyed) = account.provider.abilities().keyed_notices else { return Ok(true) };
    let Some(key) = reply.and_then(|reply| keyed.notice_key(reply)) else {
        return Ok(!matches!(said.saying(), Saying::Accepted { .. }));
    };
    let kept = NoticeKey { key, back: order.return_url().to_owned() };
    recorder.keep_notice_key(id, &kept).await?;
    Ok(true)
}

/// What the amount is made of, for a provider that is told.
fn items<'l>(
    council: &Council,
    account: &Account,
    lines: impl Iterator<Item = (&'l String, &'l String, Pence)>,
) -> Vec<Item> {
    let item = |(fund, reference, amount): (&String, &String, Pence)| {
        let (fund, reference) = (fund.trim().to_owned(), reference.trim().to_owned());
        let named = council.fund.iter().find(|known| known.code.as_str() == fund);
        let description = named.map_or_else(|| fund.clone(), |known| known.name.clone());
        Item { fund, reference, description, amount }
    };
    if account.has_lines { lines.map(item).collect() } else { Vec::new() }
}

/// Whether the provider turned the request itself down, so that there is nothing
/// that could be paid.
const fn is_no_payment(why: &ProviderError) -> bool {
    matches!(why, ProviderError::Rejected { .. } | ProviderError::CannotAsk(_))
}

fn straight_back(next: NextStep, order: &Order) -> NextStep {
    match next {
        NextStep::Redirect { .. } => NextStep::redirect(order.return_url()),
        other => other,
    }
}

/// The payment as it stands after what was heard of it.
pub(crate) fn view_of(heard: PaymentHeard, before: PaymentView) -> PaymentView {
    match heard {
        PaymentHeard::Of(heeded) => heeded.view,
        PaymentHeard::Exception(_) | PaymentHeard::Nothing => before,
    }
}
