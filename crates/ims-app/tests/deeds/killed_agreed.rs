//! `kill -9` in the middle of an agreement's taking, and of a return of suspense that is
//! cancelled: what was answered is there once, what was not once or not at all, and asking
//! again comes to the same.

use ims_app::{
    Actor, App, Books, NewAgreement, NewSuspenseItem, PaymentHeard, PaymentView, Result,
    SuspenseReturnRow,
};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_pay::AgreementState;
use ims_testkit::on_both;

use super::{
    agreements::{for_tax, said as heard_of, set_up, take},
    killed::{Lots, lives_or_survives},
    payments::{of, paid},
    town::april,
};

/// Who asks and hears, and who approves.
struct Agreed {
    books: Books,
    approves: Books,
}

impl Agreed {
    /// Records that a payment was paid; whether it had been before.
    async fn took(&self, view: &PaymentView) -> Result<bool> {
        let name = format!("p of {}", view.payment.reference);
        match self.books.record_payment(&of(view, &name, paid())).await? {
            PaymentHeard::Of(heeded) => Ok(heeded.view.before),
            other => panic!("{other:?}"),
        }
    }

    /// What of an item is to be given back.
    async fn return_of(&self, item: SuspenseId) -> Result<Option<SuspenseReturnRow>> {
        let mut before = None;
        loop {
            let rows = self.books.suspense_returns(before, 100).await?;
            let Some(last) = rows.last() else { return Ok(None) };
            before = Some(last.id);
            if let Some(row) = rows.into_iter().find(|row| row.suspense == item) {
                return Ok(Some(row));
            }
        }
    }
}

impl Lots for Agreed {
    const TEST: &str = "deeds::killed_agreed::agreements_and_returns_survive_kill_9";
    const DEEDS: usize = 8;
    const OF_ONE: &[(&str, i64)] = &[
        ("clearing:card", 1_000 + 500 + 700),
        ("fund:CT", -1_500),
        ("refunds-due", 0),
        ("suspense", -700),
    ];

    async fn on(app: &App) -> Self {
        let books = app.books(None, Actor::system("payments")).await.unwrap();
        let manager = Actor::person("mia", &["income-manager".to_owned()]);
        Self { books, approves: app.books(None, manager).await.unwrap() }
    }

    async fn lot(&self, round: u32, n: u32, mut said: impl FnMut(u32, bool)) -> Result<()> {
        let books = &self.books;
        let key = |what: &str| format!("{what} {round}/{n}");
        let new = NewAgreement { key: Some(key("agree")), ..for_tax(1) };
        let agreement = books.make_agreement(&new).await?;
        said(0, agreement.before);
        let (id, name) = (agreement.row.id, format!("agr_{round}_{n}"));
        books.hear_of_agreement(id, &heard_of(&name, AgreementState::Created)).await?;

        let first = books.start_agreed_payment(&set_up(id, 1_000, &key("first"))).await?;
        said(1, first.before);
        said(2, self.took(&first).await?);
        let active = heard_of(&name, AgreementState::Active);
        said(3, books.hear_of_agreement(id, &active).await?.before);
        let due = books.start_agreed_payment(&take(id, 500, &key("may"))).await?;
        said(4, due.before);
        said(5, self.took(&due).await?);

        let item = NewSuspenseItem {
            channel: "card".to_owned(),
            amount: Pence::new(700),
            happened_on: april(20),
            reference: "nobody's".to_owned(),
            narrative: String::new(),
            method: None,
            reason: "no such account".to_owned(),
            key: Some(key("item")),
        };
        let item = books.add_suspense_item(&item).await?;
        let part = Some(Pence::new(300));
        let asked = books.return_suspense(item, part, "theirs", Some(&key("back"))).await?;
        let back = match self.return_of(item).await? {
            Some(row) => {
                said(6, true);
                row
            }
            None => {
                self.approves.approve_suspense_return(asked, "").await?;
                said(6, false);
                self.return_of(item).await?.unwrap()
            }
        };
        // Asked again it answers as before: what is left of the item is all of it.
        let left = books.cancel_suspense_return(back.id, "it stays with us").await?;
        said(7, back.cancelled.is_some());
        assert_eq!(left, Pence::new(700));
        Ok(())
    }
}

on_both! {
    fn agreements_and_returns_survive_kill_9(url: &str) {
        lives_or_survives::<Agreed>(url);
    }
}
