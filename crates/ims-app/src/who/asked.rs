//! What deeds ask of whoever does them, beside the permission.

use ims_ledger::id::ApprovalId;
use ims_money::Pence;
use ims_store::{ApprovalRow, Tx, Within};

use crate::{AppError, Books, Result, ScopeKind, Verdict};

impl Books {
    /// Asks whether a fund is within what the actor works for. Another sounds
    /// like one there is not.
    pub(crate) fn needs_fund(&self, fund: &str) -> Result<()> {
        self.needs_within(ScopeKind::Fund, fund)
    }

    /// Asks the same of an office, a method of payment, a template, a fund. (A
    /// group of funds is no place for money.)
    pub(crate) fn needs_within(&self, kind: ScopeKind, code: &str) -> Result<()> {
        let scope = self.actor().scope();
        let (is_within, what) = match kind {
            ScopeKind::Fund => (scope.may_fund(code), "fund"),
            ScopeKind::FundGroup => (false, "fund"),
            ScopeKind::Office => (scope.may_office(code), "office"),
            ScopeKind::Method => (scope.may_method(code), "method of payment"),
            ScopeKind::Template => (scope.may_template(code), "template"),
        };
        if is_within { Ok(()) } else { Err(AppError::NotFound { what, name: code.to_owned() }) }
    }

    /// Asks whether the actor works for all of the council: for what is of no
    /// one fund.
    pub(crate) fn needs_whole(&self, deed: &'static str) -> Result<()> {
        if self.actor().scope().is_whole() {
            return Ok(());
        }
        Err(self.actor().refused_in_part(deed))
    }

    /// What of the council the actor sees, for lists and sums.
    pub(crate) fn within(&self) -> Within {
        self.actor().scope().within()
    }

    /// Says which funds an approval is about, so that somebody who works for
    /// them may see and decide it. One of which nothing is said is of the whole.
    pub(crate) async fn ask_about(
        &self,
        tx: &mut Tx,
        approval: ApprovalId,
        funds: &[&str],
    ) -> Result<()> {
        let mut funds = funds.to_vec();
        funds.sort_unstable();
        funds.dedup();
        // The same question again names nothing new.
        if tx.approval_funds(self.id(), approval).await?.is_empty() {
            tx.add_approval_funds(self.id(), approval, &funds).await?;
        }
        Ok(())
    }

    /// Whether the actor sees an approval: their own, and those of their funds.
    pub(crate) async fn sees_approval(&self, tx: &mut Tx, row: &ApprovalRow) -> Result<bool> {
        let scope = self.actor().scope();
        if scope.is_whole() || row.asked_by == self.actor().name() {
            return Ok(true);
        }
        let within = scope.within();
        let funds = tx.approval_funds(self.id(), row.id).await?;
        let is_by_fund = within.offices.is_none() && within.methods.is_none();
        Ok(is_by_fund && !funds.is_empty() && funds.iter().all(|fund| scope.may_fund(fund)))
    }

    /// Refuses an approval of more than the actor's roles may approve.
    pub(crate) fn needs_limit(&self, row: &ApprovalRow, verdict: Verdict) -> Result<()> {
        match verdict {
            Verdict::Approved => self.within_limit(&row.kind, row.amount),
            Verdict::Refused | Verdict::Withdrawn => Ok(()),
        }
    }

    /// The same for what is approved without having waited as an approval:
    /// `e-return`.
    pub(crate) fn within_limit(&self, kind: &str, amount: Pence) -> Result<()> {
        let Some(limit) = self.actor().limit(kind) else { return Ok(()) };
        let amount = amount.checked_abs().ok_or(AppError::Overflow)?;
        if amount <= limit {
            return Ok(());
        }
        let who = self.actor().name();
        Err(AppError::Refused(format!(
            "{who} may approve a {kind} of up to {limit}; this one is of {amount}, and waits for \
             somebody with a higher limit"
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    };

    use chrono::{DateTime, TimeZone as _, Utc};
    use ims_ledger::Council;
    use ims_testkit::on_both;

    use super::*;
    use crate::{Actor, App, Clock, Random, Store, World, approvals::Ask, configuration};

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> DateTime<Utc> {
            Utc.with_ymd_and_hms(2026, 4, 1, 12, 0, 0).unwrap()
        }
    }

    struct Counter(AtomicU8);

    impl Random for Counter {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
        }
    }

    const ROLES: &str = "\n[[fund]]\ncode = \"CT\"\nname = \"Council tax\"\n\
        [[fund]]\ncode = \"LE\"\nname = \"Leisure\"\n\
        [[role]]\nname = \"clerk\"\npermissions = [\"refund\", \"see-income\"]\n\
        [[role]]\nname = \"head\"\npermissions = [\"approve-refund\", \"see-income\"]\n\
        approve_up_to_pence = { refund = 50000 }\n";

    async fn books(url: &str) -> (Books, Council) {
        let world = World::new(Arc::new(Noon), Arc::new(Counter(AtomicU8::new(0))));
        let app = App::new(Store::open(url).await.unwrap(), world);
        let document = configuration::defaults("ANY", "Anyborough").unwrap() + ROLES;
        let books = app.init(&document, Actor::system("test")).await.unwrap();
        (books, configuration::read(&document).unwrap())
    }

    fn in_hands(books: &Books, council: &Council, who: &str, role: &str, funds: &[&str]) -> Books {
        let scopes: Vec<_> =
            funds.iter().map(|fund| ("fund".to_owned(), (*fund).to_owned())).collect();
        books.for_actor(Actor::of(who, &[role.to_owned()], &scopes, council))
    }

    /// Asks for a refund of so many pence out of those funds.
    async fn asked(clerk: &Books, pence: i64, funds: &[&str]) -> ApprovalId {
        let ask = Ask {
            kind: "refund",
            subject: format!("a receipt of {pence}"),
            amount: Pence::new(pence),
            document: "{}".to_owned(),
            reason: "paid twice",
            key: None,
        };
        let mut tx = clerk.store().begin().await.unwrap();
        let id = clerk.ask(&mut tx, ask).await.unwrap();
        clerk.ask_about(&mut tx, id, funds).await.unwrap();
        clerk.ask_about(&mut tx, id, funds).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn decided(books: &Books, id: ApprovalId, verdict: Verdict) -> Result<()> {
        let mut tx = books.store().begin().await?;
        let row = books.waiting(&mut tx, id, "refund").await?;
        books.decide(&mut tx, &row, verdict, "seen").await?;
        Ok(tx.commit().await?)
    }

    on_both! {
        async fn nobody_approves_more_than_their_role_may(url: &str) {
            let (books, council) = books(url).await;
            let clerk = in_hands(&books, &council, "ann", "clerk", &[]);
            let head = in_hands(&books, &council, "bob", "head", &[]);
            for (pence, may) in [(50_000, true), (50_001, false), (-50_000, true), (-50_001, false)] {
                let id = asked(&clerk, pence, &[]).await;
                let came = decided(&head, id, Verdict::Approved).await;
                assert_eq!(came.is_ok(), may, "{pence}: {came:?}");
                if let Err(why) = came {
                    assert_eq!(
                        why.to_string(),
                        "bob may approve a refund of up to 500.00; this one is of 500.01, and waits \
                         for somebody with a higher limit"
                    );
                    // Refusing it moves no money.
                    decided(&head, id, Verdict::Refused).await.unwrap();
                }
            }
        }

        async fn an_approval_is_seen_by_who_works_for_its_funds(url: &str) {
            let (books, council) = books(url).await;
            let clerk = in_hands(&books, &council, "ann", "clerk", &["LE"]);
            let ours = asked(&books, 1, &["CT", "CT"]).await;
            let both = asked(&books, 2, &["CT", "LE"]).await;
            let whole = asked(&books, 3, &[]).await;
            let own = asked(&clerk, 4, &["CT"]).await;
            let seen = |books: Books| async move {
                let rows = books.approvals(None, 100).await.unwrap();
                rows.iter().map(|row| row.id).collect::<Vec<_>>()
            };
            let head = in_hands(&books, &council, "bob", "head", &["CT"]);
            assert_eq!(seen(head.clone()).await, [ours, own]);
            assert_eq!(seen(clerk).await, [own]);
            assert_eq!(seen(in_hands(&books, &council, "cat", "head", &[])).await.len(), 4);
            for id in [both, whole] {
                let why = decided(&head, id, Verdict::Approved).await.unwrap_err();
                assert_eq!(why.to_string(), format!("there is no approval `{id}`"));
            }
            decided(&head, ours, Verdict::Approved).await.unwrap();
        }
    }
}
