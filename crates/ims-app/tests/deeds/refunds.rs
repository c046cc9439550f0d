//! Refunds: asked for, decided, and never more than was paid.

use ims_app::{
    Actor, AppError, Books, LineLeft, NewReceipt, NewRefund, Permission, RefundAsked, RefundNews,
    Role, SearchReceipts, Verdict,
};
use ims_ledger::{RefundEvent, RefundWay, Through, id::RefundId};
use ims_money::Pence;
use ims_testkit::on_both;
use tokio::task::JoinSet;

use super::{
    files::{paid, receipts, statement},
    raw::{count, counts},
    take_receipt::{cash, counter, line},
    town::{Town, april, ct},
    transfers::{journal, part},
};

/// The payment's number.
pub(super) async fn number_of(books: &Books, reference: &str) -> String {
    let search = SearchReceipts::Reference(reference.to_owned());
    let found = books.search_receipts(&search, None, 50).await.unwrap();
    found.into_iter().rfind(|line| line.amount.is_positive()).unwrap().number
}

/// A town where somebody has paid 6.00 for leisure by card, 1.00 of it VAT.
pub(super) async fn with_payment(url: &str) -> (Town, String) {
    let town = Town::of(url).await;
    let row = paid("LE", "LM000001", "CARD", "6.00").source("pay_1");
    town.took("monday.csv", &receipts(&[row])).await;
    let number = number_of(&town.books, "LM000001").await;
    (town, number)
}

/// A refund of line 1, through the provider.
pub(super) fn of(receipt: &str, pence: Option<i64>) -> NewRefund {
    NewRefund {
        receipt: receipt.to_owned(),
        lines: vec![(1, pence.map(Pence::new))],
        way: RefundWay::Source,
        payee: None,
        reason: "the class was cancelled".to_owned(),
        key: None,
    }
}

impl Town {
    /// What is left of the payment's lines, in pence.
    pub(super) async fn left(&self, receipt: &str) -> Vec<i64> {
        let left = self.books.left_of_receipt(receipt).await.unwrap();
        left.into_iter().map(|line: LineLeft| line.left.get()).collect()
    }

    /// A refund that the manager has approved.
    pub(super) async fn approved(&self, new: &NewRefund) -> RefundAsked {
        let asked = self.books.request_refund(new).await.unwrap();
        let manager = self.hands_of(Role::IncomeManager).await;
        manager.approve_refund(asked.id, "seen").await.unwrap();
        asked
    }

    pub(super) async fn refund_state(&self, id: RefundId) -> String {
        self.books.refund(id).await.unwrap().0.state
    }
}

on_both! {
    /// Asking keeps back and posts nothing; approving takes it off the account,
    /// VAT and all, in today's open day.
    async fn a_refund_is_asked_for_and_approved(url: &str) {
        let (town, number) = with_payment(url).await;
        let before = town.balances().await;
        let asked = town.books.request_refund(&of(&number, Some(200))).await.unwrap();
        assert_eq!((asked.amount.get(), asked.before), (200, false));
        assert_eq!((town.balances().await, town.left(&number).await), (before, vec![400]));
        town.proved().await;
        town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(21);
        let manager = town.hands_of(Role::IncomeManager).await;
        let standing = manager.approve_refund(asked.id, "seen the form").await.unwrap();
        assert_eq!(standing.refund.state, "approved");
        let at = (town.at("fund:LE").await, town.at("vat:S").await, town.at("refunds-due").await);
        assert_eq!(at, (-333, -67, -200));
        let on_21 = town.books.income(april(21), april(21)).await.unwrap();
        assert_eq!(on_21.iter().map(|total| total.amount.get()).sum::<i64>(), -200);
        town.proved().await;
        let why = manager.approve_refund(asked.id, "again").await.unwrap_err();
        assert_eq!(why.to_string(), "this refund was approved by income-manager on 21/04/2026 09:00 UTC");
    }

    /// W10: each part takes VAT in proportion, and the last the rest.
    async fn refund_after_refund_until_nothing_is_left(url: &str) {
        let (town, number) = with_payment(url).await;
        for (pence, left, vat) in [(200, 400, -67), (1, 399, -66), (398, 1, 0), (1, 0, 0)] {
            town.approved(&of(&number, Some(pence))).await;
            assert_eq!((town.left(&number).await, town.at("vat:S").await), (vec![left], vat), "{pence}");
            town.proved().await;
        }
        let at = (town.at("fund:LE").await, town.at("vat:S").await, town.at("refunds-due").await);
        assert_eq!(at, (0, 0, -600));
        let why = town.books.request_refund(&of(&number, None)).await.unwrap_err();
        let said = format!("nothing is left of line 1 of receipt {number} (taken: refund 6.00)");
        assert_eq!(why.to_string(), said);
        assert!(why.is_refusal());
    }

    /// Invariant 10: the VAT that was posted comes back, at the rate that was used.
    async fn a_whole_refund_takes_the_vat_that_was_posted(url: &str) {
        let town = Town::of(url).await;
        // A penny less than our own rule gives: the sender's is kept, and so it goes back.
        let row = paid("LE", "LM000001", "CARD", "12.00").vat("S", "1.99");
        town.took("monday.csv", &receipts(&[row])).await;
        assert_eq!(town.at("vat:S").await, -199);
        town.approved(&of(&number_of(&town.books, "LM000001").await, None)).await;
        assert_eq!((town.at("vat:S").await, town.at("fund:LE").await), (0, 0));
        town.proved().await;
    }

    async fn what_cannot_be_refunded_says_why(url: &str) {
        let (town, number) = with_payment(url).await;
        let cash = paid("CT", &ct(1), "CASH", "10.00");
        town.took("cash.csv", &receipts(&[cash])).await;
        let cash = number_of(&town.books, &ct(1)).await;
        let before = counts(url);
        for (new, why) in [
            (of(&number, Some(601)), format!("6.01 is more than the 6.00 that is left of line 1 of receipt {number}")),
            (of(&cash, None), "payments by cash are not refunded through a provider: ask for it by bank".to_owned()),
            (NewRefund { reason: " ".to_owned(), ..of(&number, None) }, "say why the payment is refunded".to_owned()),
            (of(&number, Some(0)), "line 1: a refund is of more than nothing".to_owned()),
            (of(&number, Some(-5)), "line 1: a refund is of more than nothing".to_owned()),
            (
                NewRefund { lines: vec![(1, None), (1, None)], ..of(&number, None) },
                "line 1 is named twice".to_owned(),
            ),
            (
                NewRefund { lines: vec![(2, None)], ..of(&number, None) },
                format!("line 2 of receipt {number} is no payment"),
            ),
            (of("0000-0000-0000-0", None), "there is no receipt `0000-0000-0000-0`".to_owned()),
        ] {
            let error = town.books.request_refund(&new).await.unwrap_err();
            assert_eq!(error.to_string(), why);
        }
        assert_eq!((counts(url), count(url, "refund"), count(url, "line_use")), (before, 0, 0));
        town.books.request_refund(&NewRefund { way: RefundWay::Bank, ..of(&cash, None) }).await.unwrap();
        town.proved().await;
    }

    /// What a refund gave out cannot itself be refunded.
    async fn money_that_went_out_is_no_payment(url: &str) {
        let (town, number) = with_payment(url).await;
        let asked = town.approved(&of(&number, None)).await;
        let (_, _, steps) = town.books.refund(asked.id).await.unwrap();
        let out = steps.iter().find_map(|step| step.receipt).unwrap();
        let found = town.books.search_receipts(&SearchReceipts::Reference("LM000001".to_owned()), None, 50).await;
        let out = found.unwrap().into_iter().find(|line| line.id == out).unwrap().number;
        assert_eq!(town.left(&out).await, [0]);
        let why = town.books.request_refund(&of(&out, None)).await.unwrap_err();
        assert_eq!(why.to_string(), format!("line 1 of receipt {out} is no payment"));
        town.proved().await;
    }

    async fn part_of_a_line_needs_leave_for_parts(url: &str) {
        let (town, number) = with_payment(url).await;
        let actor = Actor::holding("w", &[Permission::Refund]);
        let books = town.app.books(None, actor).await.unwrap();
        let why = books.request_refund(&of(&number, Some(599))).await.unwrap_err();
        assert_eq!(why.to_string(), "w may not refund part of a payment");
        assert_eq!((town.left(&number).await, count(url, "line_use")), (vec![600], 0));
        let asked = books.request_refund(&of(&number, None)).await.unwrap();
        books.refuse_refund(asked.id, Verdict::Withdrawn, "a slip").await.unwrap();
        town.books.request_refund(&of(&number, Some(1))).await.unwrap();
        // The rest of a line is part of it too.
        let why = books.request_refund(&of(&number, None)).await.unwrap_err();
        assert!(matches!(why, AppError::NotAllowed { .. }), "{why}");
        town.proved().await;
    }

    /// Exactly what was kept back is there again, VAT and all.
    async fn a_refund_refused_or_withdrawn_gives_back(url: &str) {
        let (town, number) = with_payment(url).await;
        let before = town.balances().await;
        let officer = town.hands_of(Role::IncomeOfficer).await;
        let manager = town.hands_of(Role::IncomeManager).await;
        for verdict in [Verdict::Refused, Verdict::Withdrawn] {
            let asked = officer.request_refund(&of(&number, Some(200))).await.unwrap();
            let who = if verdict == Verdict::Refused { &manager } else { &officer };
            let done = who.refuse_refund(asked.id, verdict, "not due").await.unwrap();
            assert_eq!(done.refund.state, "refused");
            assert_eq!((town.left(&number).await, town.balances().await), (vec![600], before.clone()));
            let why = manager.approve_refund(asked.id, "after all").await.unwrap_err();
            assert!(why.is_refusal(), "{why}");
            town.proved().await;
        }
        let asked = officer.request_refund(&of(&number, None)).await.unwrap();
        let why = town.books.refuse_refund(asked.id, Verdict::Withdrawn, "mine").await.unwrap_err();
        assert_eq!(why.to_string(), "only income-officer, who asked, can withdraw it");
        assert!(manager.refuse_refund(asked.id, Verdict::Refused, " ").await.unwrap_err().is_bad_input());
        assert!(manager.refuse_refund(asked.id, Verdict::Approved, "x").await.unwrap_err().is_bad_input());
        town.proved().await;
    }

    async fn nobody_approves_their_own(url: &str) {
        let (town, number) = with_payment(url).await;
        let both = ["income-officer".to_owned(), "income-manager".to_owned()];
        let books = town.app.books(None, Actor::person("ann", &both)).await.unwrap();
        let asked = books.request_refund(&of(&number, None)).await.unwrap();
        let why = books.approve_refund(asked.id, "mine").await.unwrap_err();
        assert_eq!(why.to_string(), "ann asked for this refund and so cannot approve it");
        assert_eq!(town.refund_state(asked.id).await, "requested");
        let why = town.books.approve_refund(asked.id, "a program").await.unwrap_err();
        assert!(matches!(why, AppError::NotAllowed { .. }), "{why}");
        town.proved().await;
    }

    /// R-TXN-3: of 150.00, 10.00 refunded and 20.00 being refunded leave 120.00,
    /// whatever else is on the account; R-TXN-4: lines of 10, 20 and 30 with no
    /// refunds leave 60.00. What is left is each line's own: two lines of one
    /// account share no refund (W9).
    async fn what_is_left_is_worked_out_line_by_line(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CARD", "150.00"), paid("CT", &ct(1), "CARD", "20.00")];
        town.took("monday.csv", &receipts(&rows)).await;
        let search = SearchReceipts::Reference(ct(1));
        let found = town.books.search_receipts(&search, None, 50).await.unwrap();
        let one = found.iter().find(|line| line.amount.get() == 15_000).unwrap();
        town.approved(&of(&one.number, Some(1_000))).await;
        town.books.request_refund(&of(&one.number, Some(2_000))).await.unwrap();
        assert_eq!(town.left(&one.number).await, [12_000]);
        town.books.journal_line(&journal(one.id, &[part("CT", &ct(2), 1_000)])).await.unwrap();
        assert_eq!(town.left(&one.number).await, [11_000]);
        town.proved().await;
        let fresh = super::ereturns::another(url);
        let town = counter(&fresh.url).await;
        let lines = [1_000, 2_000, 3_000].map(|pence| line("RM", &ct(1), pence)).to_vec();
        let rents = format!("fund,reference,name\nRM,{},One\n", ct(1));
        town.took("rents.csv", &rents).await;
        let new = NewReceipt { lines, through: Through::Staff, ..cash("", "", 0) };
        let officer = town.hands_of(Role::IncomeOfficer).await;
        let number = officer.take_receipt(&new).await.unwrap().receipt;
        assert_eq!(town.left(&number).await, [1_000, 2_000, 3_000]);
        let second = NewRefund { lines: vec![(2, None)], way: RefundWay::Bank, ..of(&number, None) };
        town.approved(&second).await;
        assert_eq!(town.left(&number).await, [1_000, 0, 3_000]);
        town.proved().await;
    }

    /// W2: all lines, or none.
    async fn of_several_lines_one_too_many_takes_nothing(url: &str) {
        let (town, number) = with_payment(url).await;
        let both = NewRefund { lines: vec![(1, Some(Pence::new(100))), (2, None)], ..of(&number, None) };
        assert!(town.books.request_refund(&both).await.unwrap_err().is_refusal());
        assert_eq!((town.left(&number).await, count(url, "line_use")), (vec![600], 0));
        town.proved().await;
    }

    async fn the_same_key_asks_once(url: &str) {
        let (town, number) = with_payment(url).await;
        let new = NewRefund { key: Some("form 7".to_owned()), ..of(&number, Some(400)) };
        let first = town.books.request_refund(&new).await.unwrap();
        let again = town.books.request_refund(&new).await.unwrap();
        assert_eq!(again, RefundAsked { before: true, ..first });
        let other = NewRefund { lines: vec![(1, Some(Pence::new(1)))], ..new };
        let why = town.books.request_refund(&other).await.unwrap_err();
        assert_eq!(why.to_string(), "`form 7` was used before for something else");
        assert_eq!(town.left(&number).await, [200]);
        town.proved().await;
    }

    /// W9: what is left does not depend on who looks.
    async fn what_is_left_is_the_same_for_everybody(url: &str) {
        let (town, number) = with_payment(url).await;
        town.books.request_refund(&of(&number, Some(250))).await.unwrap();
        for role in Role::ALL {
            let books = town.hands_of(role).await;
            let left = books.left_of_receipt(&number).await.unwrap();
            assert_eq!(left.iter().map(|line| line.left.get()).collect::<Vec<_>>(), [350], "{}", role.name());
        }
        town.proved().await;
    }

    /// W8, W9, invariant 2: eight clients over-refund one receipt; exactly what
    /// there is goes, and each refusal says why and how much is left.
    async fn of_many_at_once_exactly_what_there_is_is_refunded(url: &str) {
        let (town, number) = with_payment(url).await;
        let mut clients = JoinSet::new();
        for seed in 2..10 {
            let books = town.elsewhere(seed).await;
            let new = of(&number, Some(150));
            clients.spawn(async move { books.request_refund(&new).await });
        }
        let done = clients.join_all().await;
        let won = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(won, 4, "{done:?}");
        for why in done.into_iter().filter_map(Result::err) {
            assert!(why.is_refusal(), "{why:?}");
            assert!(why.to_string().starts_with("nothing is left of line 1"), "{why}");
        }
        assert_eq!((town.left(&number).await, count(url, "refund")), (vec![0], 4));
        town.proved().await;
    }

    /// The same with parts of every size, approved and paid at once: what is paid
    /// and what is left are what there was, and nobody was refused who could have
    /// had their part.
    async fn of_parts_of_every_size_exactly_what_there_is_is_paid(url: &str) {
        let (town, number) = with_payment(url).await;
        let mut clients = JoinSet::new();
        for (seed, pence) in (2..10).zip([190, 50, 170, 70, 150, 90, 130, 110]) {
            let books = town.elsewhere(seed).await;
            let new = of(&number, Some(pence));
            clients.spawn(async move { (pence, books.request_refund(&new).await) });
        }
        let (mut won, mut refused) = (Vec::new(), Vec::new());
        for (pence, came) in clients.join_all().await {
            match came {
                Ok(asked) => won.push((pence, asked.id)),
                Err(why) => refused.push((pence, why)),
            }
        }
        let asked: i64 = won.iter().map(|(pence, _)| pence).sum();
        let left = 600 - asked;
        assert_eq!(town.left(&number).await, [left]);
        assert!(!refused.is_empty(), "all eight are more than there is");
        for (pence, why) in refused {
            assert!(why.is_refusal() && why.to_string().contains("left of line 1"), "{why:?}");
            assert!(pence > left, "{pence} was refused, {left} is left: {why}");
        }
        let mut payers = JoinSet::new();
        for (seed, (_, id)) in (20..).zip(&won) {
            let (id, pays) = (*id, town.elsewhere(seed).await);
            let bob = Actor::person("bob", &["income-manager".to_owned()]);
            let decides = pays.app().books(None, bob).await.unwrap();
            payers.spawn(async move {
                decides.approve_refund(id, "seen").await.unwrap();
                for event in [RefundEvent::Send, RefundEvent::Pay] {
                    pays.record_refund(id, &RefundNews::of(event)).await.unwrap();
                }
            });
        }
        payers.join_all().await;
        assert_eq!((town.at("refunds-due").await, town.at("clearing:card").await), (0, left));
        assert_eq!(town.at("fund:LE").await + town.at("vat:S").await, -left);
        town.proved().await;
    }

    async fn of_two_approvers_at_once_one_approves(url: &str) {
        let (town, number) = with_payment(url).await;
        let asked = town.books.request_refund(&of(&number, None)).await.unwrap();
        let mut both = JoinSet::new();
        for (seed, name) in [(2, "ann"), (3, "bob")] {
            let app = town.elsewhere(seed).await.app().clone();
            let actor = Actor::person(name, &["income-manager".to_owned()]);
            let books = app.books(None, actor).await.unwrap();
            both.spawn(async move { books.approve_refund(asked.id, "seen").await });
        }
        let done = both.join_all().await;
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        let why = done.into_iter().find_map(Result::err).unwrap();
        assert!(why.is_refusal() && why.to_string().contains("was approved by"), "{why:?}");
        assert_eq!((town.at("refunds-due").await, town.at("fund:LE").await), (-600, 0));
        town.proved().await;
    }

    async fn one_key_at_once_asks_once(url: &str) {
        let (town, number) = with_payment(url).await;
        let mut clients = JoinSet::new();
        for seed in 2..6 {
            let app = town.elsewhere(seed).await.app().clone();
            let books = app.books(None, Actor::system("desk")).await.unwrap();
            let new = NewRefund { key: Some("form 7".to_owned()), ..of(&number, Some(100)) };
            clients.spawn(async move { books.request_refund(&new).await });
        }
        let done: Vec<_> = clients.join_all().await.into_iter().map(Result::unwrap).collect();
        assert!(done.iter().all(|each| each.id == done[0].id), "{done:?}");
        assert_eq!(town.left(&number).await, [500]);
        town.proved().await;
    }

    /// An import stands while a refund stands on one of its receipts.
    async fn a_refund_stands_in_the_way_of_a_reversal(url: &str) {
        let town = Town::of(url).await;
        let rows = [paid("CT", &ct(1), "CARD", "10.00"), paid("CT", &ct(2), "CARD", "5.00")];
        let import = town.took("monday.csv", &receipts(&rows)).await;
        let number = number_of(&town.books, &ct(2)).await;
        let asked = town.books.request_refund(&of(&number, Some(200))).await.unwrap();
        let why = town.books.reverse_import(import.id, "sent in error").await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        assert!(why.to_string().ends_with(&format!("a refund of 2.00 of receipt {number}")), "{why}");
        let manager = town.hands_of(Role::IncomeManager).await;
        manager.refuse_refund(asked.id, Verdict::Refused, "not due").await.unwrap();
        town.books.reverse_import(import.id, "sent in error").await.unwrap();
        assert!(town.balances().await.is_empty());
        // And what is reversed cannot be refunded: its own line use says so.
        let why = town.books.request_refund(&of(&number, None)).await.unwrap_err();
        assert!(why.to_string().contains("(taken: reversal 5.00)"), "{why}");
        town.proved().await;
    }

    /// Whoever comes first: either the import is gone or the refund stands.
    async fn a_reversal_and_a_refund_at_the_same_moment(url: &str) {
        let town = Town::of(url).await;
        let import = town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "10.00")])).await;
        let number = number_of(&town.books, &ct(1)).await;
        let (one, other) = (town.elsewhere(2).await, town.elsewhere(3).await);
        let new = of(&number, None);
        let (reversed, refunded) = tokio::join!(
            tokio::spawn(async move { one.reverse_import(import.id, "sent in error").await }),
            tokio::spawn(async move { other.request_refund(&new).await }),
        );
        let (reversed, refunded) = (reversed.unwrap(), refunded.unwrap());
        assert_ne!(reversed.is_ok(), refunded.is_ok(), "{reversed:?} {refunded:?}");
        town.proved().await;
    }

    /// A receipt made of a bank line is not taken back while a refund stands on it.
    async fn a_refund_stands_in_the_way_of_an_undone_match(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_200, "BGC LM000777 GYM")])).await;
        let line = town.open_line(1_200).await.id;
        town.books.reconcile().await.unwrap();
        let matched = town.standing(line).await;
        let number = number_of(&town.books, "LM000777").await;
        let new = NewRefund { way: RefundWay::Bank, ..of(&number, Some(100)) };
        let asked = town.books.request_refund(&new).await.unwrap();
        let why = town.books.undo_match(matched, "the wrong one").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains(&format!("a refund of 1.00 of receipt {number}")), "{why}");
        let manager = town.hands_of(Role::IncomeManager).await;
        manager.refuse_refund(asked.id, Verdict::Refused, "not due").await.unwrap();
        town.books.undo_match(matched, "the wrong one").await.unwrap();
        assert_eq!(town.left(&number).await, [0]);
        assert!(town.books.request_refund(&new).await.unwrap_err().is_refusal());
        town.proved().await;
    }
}
