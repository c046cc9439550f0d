//! What an adapter must keep, tried on it with recorded exchanges. For the tests
//! of adapters, those in `ims-providers` and anybody's own.
//!
//! ```
//! use chrono::DateTime;
//! use ims_money::Pence;
//! use ims_pay::{
//!     AgreementState, Agreements, Ask, NewAgreement, Order, Provider, RefundEvent, RefundOrder,
//!     Refunds, Sandbox, Secret, StatusName,
//! };
//! use ims_pay::conformance::Suite;
//!
//! let now = DateTime::UNIX_EPOCH;
//! let sandbox = Sandbox::new(Secret::new("not-to-be-printed"));
//! let order = Order::of("p-1", Pence::new(1_000), "Rent", "https://council.example/back")?;
//! let look = |order: &Order| sandbox.look(order, None, now);
//! let serve = |request| sandbox.serve(&request, now).ok_or("no answer");
//! let Ask::Send(ask) = sandbox.ask(&order, now)? else { return Err("nothing to send".into()) };
//! let declined = Order::of("p-2", Pence::new(1_001), "Rent", "https://council.example/back")?;
//! let refund = RefundOrder::of("r-1", "p-1", "sbx-1000-p-1", Pence::new(400), Pence::new(1_000))?;
//! let (reference, description) = ("a-1".to_owned(), "Rent by the month".to_owned());
//! let new = NewAgreement { reference, description, payer_id: None };
//! let look_at = |name| serve(sandbox.look_at_agreement(name, now));
//!
//! let source = "the sandbox's own far end";
//! let report = Suite::new(&sandbox, &order, now)
//!     .secret("not-to-be-printed")
//!     .asked(source, &order, serve(ask)?, StatusName::Started)
//!     .looked(source, &order, serve(look(&order)?)?, StatusName::Captured)
//!     .looked(source, &declined, serve(look(&declined)?)?, StatusName::Failed)
//!     .noticed(source, &order, sandbox.notice("sbx-1000-p-1", now).ok_or("no notice")?, "captured")
//!     .refunded(source, &refund, serve(sandbox.refund(&refund, now)?)?, RefundEvent::Pay)
//!     .agreed(source, "sba-active-a-1", serve(sandbox.agree(&new, now)?)?, AgreementState::Created)
//!     .agreed(source, "sba-active-a-1", look_at("sba-active-a-1")?, AgreementState::Active)
//!     .agreed(source, "sba-ended-a-1", look_at("sba-ended-a-1")?, AgreementState::Ended)
//!     .agreement_ended(source, serve(sandbox.end_agreement("sba-active-a-1", now))?)
//!     .signature_tried_apart("it is made here")
//!     .check();
//! assert!(report.is_kept(), "{report}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Every exchange names its source: a published description, a provider's own
//! sample. An adapter without any says so ([`Suite::unverified`]).

use std::fmt;

use chrono::{DateTime, Utc};
use ims_ledger::RefundEvent;

use crate::{Delivery, Order, Provider, RefundOrder, Reply, Secret, StatusName};

mod agreements;
mod arrival;
mod asking;
mod cover;
mod damage;
mod disputes;
mod heeded;
mod keyed;
mod lists;
mod notices;
mod refunds;
mod replies;
mod searches;
mod settlements;
mod signed;

use agreements::{RecordedAgreement, RecordedEnd};
use disputes::RecordedDisputes;
use heeded::RecordedHeeded;
use searches::RecordedSearch;
use settlements::RecordedSettlement;

/// The suite, being filled with what an adapter is tried on.
#[derive(Debug)]
pub struct Suite<'p> {
    provider: &'p dyn Provider,
    order: Order,
    now: DateTime<Utc>,
    secrets: Vec<String>,
    replies: Vec<Recorded>,
    notices: Vec<RecordedNotice>,
    vectors: Vec<(&'static str, Delivery, DateTime<Utc>)>,
    keyed: Vec<RecordedKeyed>,
    refunds: Vec<RecordedRefund>,
    heeded: Vec<RecordedHeeded>,
    searches: Vec<RecordedSearch>,
    settlements: Vec<RecordedSettlement>,
    disputes: Vec<RecordedDisputes>,
    agreements: Vec<RecordedAgreement>,
    ends: Vec<RecordedEnd>,
    unverified: Option<&'static str>,
    no_vector: Option<&'static str>,
}

#[derive(Debug)]
struct Recorded {
    source: &'static str,
    order: Order,
    reply: Reply,
    wanted: StatusName,
    to: Question,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Ask,
    Look,
}

#[derive(Debug)]
struct RecordedNotice {
    source: &'static str,
    order: Order,
    delivery: Delivery,
    at: DateTime<Utc>,
    wanted: &'static str,
}

#[derive(Debug)]
struct RecordedKeyed {
    source: &'static str,
    order: Order,
    delivery: Delivery,
    key: Secret,
    wanted: StatusName,
}

#[derive(Debug)]
struct RecordedRefund {
    source: &'static str,
    refund: RefundOrder,
    reply: Reply,
    wanted: RefundEvent,
}

impl<'p> Suite<'p> {
    /// The suite for an adapter, asked for `order` at `now`.
    #[must_use]
    pub fn new(provider: &'p dyn Provider, order: &Order, now: DateTime<Utc>) -> Self {
        Self {
            provider,
            order: order.clone(),
            now,
            secrets: Vec::new(),
            replies: Vec::new(),
            notices: Vec::new(),
            vectors: Vec::new(),
            keyed: Vec::new(),
            refunds: Vec::new(),
            heeded: Vec::new(),
            searches: Vec::new(),
            settlements: Vec::new(),
            disputes: Vec::new(),
            agreements: Vec::new(),
            ends: Vec::new(),
            unverified: None,
            no_vector: None,
        }
    }

    /// A key the adapter was given, which may be printed nowhere.
    #[must_use]
    pub fn secret(mut self, text: &str) -> Self {
        self.secrets.push(text.to_owned());
        self
    }

    /// An answer to having asked for `order`, after which a new payment is `wanted`.
    #[must_use]
    pub fn asked(
        self,
        source: &'static str,
        order: &Order,
        reply: Reply,
        wanted: StatusName,
    ) -> Self {
        self.reply(source, order, reply, wanted, Question::Ask)
    }

    /// An answer to a look at `order`, after which a new payment is `wanted`.
    #[must_use]
    pub fn looked(
        self,
        source: &'static str,
        order: &Order,
        reply: Reply,
        wanted: StatusName,
    ) -> Self {
        self.reply(source, order, reply, wanted, Question::Look)
    }

    fn reply(
        mut self,
        source: &'static str,
        order: &Order,
        reply: Reply,
        wanted: StatusName,
        to: Question,
    ) -> Self {
        self.replies.push(Recorded { source, order: order.clone(), reply, wanted, to });
        self
    }

    /// A notice heard at the suite's time. Its first line is about `order` and
    /// says `wanted`: the payment's status after it, `refund:` and what is said of
    /// a refund, `dispute:` and where it stands, `look`, or `other`.
    #[must_use]
    pub fn noticed(
        self,
        source: &'static str,
        order: &Order,
        delivery: Delivery,
        wanted: &'static str,
    ) -> Self {
        let at = self.now;
        self.noticed_at(source, order, delivery, at, wanted)
    }

    /// As [`noticed`](Self::noticed), at a time of its own.
    #[must_use]
    pub fn noticed_at(
        mut self,
        source: &'static str,
        order: &Order,
        delivery: Delivery,
        at: DateTime<Utc>,
        wanted: &'static str,
    ) -> Self {
        self.notices.push(RecordedNotice { source, order: order.clone(), delivery, at, wanted });
        self
    }

    /// A notice signed with the payment's own `key`, after which the payment under
    /// `order` is `wanted`.
    #[must_use]
    pub fn noticed_with(
        mut self,
        source: &'static str,
        order: &Order,
        delivery: Delivery,
        key: &Secret,
        wanted: StatusName,
    ) -> Self {
        let (order, key) = (order.clone(), key.clone());
        self.keyed.push(RecordedKeyed { source, order, delivery, key, wanted });
        self
    }

    /// A published signature: the delivery verifies at this time, and no longer
    /// when one bit of it is another. What it says is not read.
    #[must_use]
    pub fn signed(mut self, source: &'static str, delivery: Delivery, at: DateTime<Utc>) -> Self {
        self.vectors.push((source, delivery, at));
        self
    }

    /// An answer to having asked for a refund, and the step it is.
    #[must_use]
    pub fn refunded(
        mut self,
        source: &'static str,
        refund: &RefundOrder,
        reply: Reply,
        wanted: RefundEvent,
    ) -> Self {
        self.refunds.push(RecordedRefund { source, refund: refund.clone(), reply, wanted });
        self
    }

    /// That there is no published source for this adapter, and why: it need not
    /// show every kind of answer, and its page has to say *unverified*.
    #[must_use]
    pub const fn unverified(mut self, why: &'static str) -> Self {
        self.unverified = Some(why);
        self
    }

    /// That no published signature is tried here, and why: it is tried in a suite of its
    /// own, or there is none, and the adapter's page has to say so.
    #[must_use]
    pub const fn signature_tried_apart(mut self, why: &'static str) -> Self {
        self.no_vector = Some(why);
        self
    }

    /// Tries everything.
    #[must_use]
    pub fn check(&self) -> Report {
        let mut report = Report::default();
        self.check_asking(&mut report);
        self.check_replies(&mut report);
        self.check_notices(&mut report);
        self.check_keyed(&mut report);
        self.check_arrival(&mut report);
        self.check_refunds(&mut report);
        self.check_captures(&mut report);
        self.check_cancels(&mut report);
        self.check_searches(&mut report);
        self.check_settlements(&mut report);
        self.check_disputes(&mut report);
        self.check_agreements(&mut report);
        self.check_cover(&mut report);
        report
    }

    /// Fails if `shown` shows a secret.
    fn keeps_secrets(&self, report: &mut Report, what: &str, shown: &str) {
        for secret in &self.secrets {
            report.that(!shown.contains(secret.as_str()), "secrets are never printed", || {
                format!("{what} prints one")
            });
        }
    }
}

/// What was tried and what was not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many single checks were made.
    pub checks: u64,
    /// What was not kept: the promise, and where it was not.
    pub faults: Vec<(&'static str, String)>,
}

impl Report {
    /// Whether everything was kept.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        self.faults.is_empty() && self.checks > 0
    }

    fn that(&mut self, holds: bool, promise: &'static str, or: impl FnOnce() -> String) {
        self.checks = self.checks.saturating_add(1);
        if !holds {
            self.faults.push((promise, or()));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} checks, {} faults", self.checks, self.faults.len())?;
        for (promise, at) in &self.faults {
            writeln!(f, "  {promise}: {at}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
