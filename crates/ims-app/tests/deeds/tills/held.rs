//! What a till is held to, and what is answered as before.

use ims_app::NewPayment;
use ims_ledger::Through;

use super::{
    super::{
        ereturns::{approved, mixed, submitted},
        payments::basket,
    },
    *,
};

async fn open(town: &Town) -> (Books, OpenedTill) {
    let ann = cashier(town, "ann").await;
    let opened = ann.open_till(&with_float("DESK", 50)).await.unwrap();
    (ann, opened)
}

on_both! {
    async fn one_is_open_at_a_till_and_for_a_cashier(url: &str) {
        let town = with_tills(url).await;
        let (ann, opened) = open(&town).await;
        let why = sentence(cashier(&town, "bob").await.open_till(&with_float("DESK", 50)).await);
        assert_eq!(why, "till DESK is open: ann has it (T1)");
        let why = sentence(ann.open_till(&with_float("HATCH", 50)).await);
        assert_eq!(why, "ann has till DESK open (T1): count that first");
        ann.count_till(opened.id, &counted(&[(100, 50)], &[], 0), None).await.unwrap();
        assert_eq!(ann.open_till(&with_float("DESK", 50)).await.unwrap().number, "T2");
        assert!(ann.open_till(&with_float("NONE", 50)).await.unwrap_err().is_bad_input());
        let unreadable = NewTillSession { float: coins(&[(100, 1), (100, 2)]), ..with_float("DESK", 1) };
        assert_eq!(bad(ann.open_till(&unreadable).await), "the float: 1.00 is there twice");
        town.proved().await;
    }

    async fn the_same_key_again_is_answered_as_before(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let new = NewTillSession { key: Some("k1".to_owned()), ..with_float("DESK", 50) };
        let opened = ann.open_till(&new).await.unwrap();
        let again = ann.open_till(&new).await.unwrap();
        assert_eq!((again.id, again.before), (opened.id, true));
        let other = NewTillSession { key: Some("k1".to_owned()), ..with_float("DESK", 51) };
        assert_eq!(sentence(ann.open_till(&other).await), "`k1` was used before for something else");

        let (id, ten) = (opened.id, keyed(by("CASH", 1_000), "k2"));
        let taken: TakenAtTill = ann.take_at_till(id, &ten, &handed(2_000)).await.unwrap();
        let before = ann.take_at_till(id, &ten, &handed(2_000)).await.unwrap();
        assert_eq!((before.receipt.receipt, before.receipt.before), (taken.receipt.receipt, true));
        assert_eq!((before.tendered.get(), before.change.get()), (2_000, 1_000));
        let why = sentence(ann.take_at_till(id, &ten, &handed(1_500)).await);
        assert_eq!(why, "this key was used before for a receipt taken elsewhere or otherwise");

        let lifted = ann.lift_from_till(id, &pounds_of(5), Some("k3")).await.unwrap();
        let before = ann.lift_from_till(id, &pounds_of(5), Some("k3")).await.unwrap();
        assert_eq!((before.number, before.before), (lifted.number, true));
        assert!(sentence(ann.lift_from_till(id, &pounds_of(6), Some("k3")).await).starts_with("`k3`"));

        let count_ = counted(&[(100, 55)], &[], 0);
        let done = ann.count_till(id, &count_, None).await.unwrap();
        let again = ann.count_till(id, &count_, None).await.unwrap();
        assert_eq!((slips(&again), again.before), (slips(&done), true));
        assert_eq!(sentence(ann.count_till(id, &counted(&[(100, 54)], &[], 0), None).await), "T1 was counted already");
        // What was answered before is so after the count, too.
        assert!(ann.take_at_till(id, &ten, &handed(2_000)).await.unwrap().receipt.before);
        assert!(ann.lift_from_till(id, &pounds_of(5), Some("k3")).await.unwrap().before);
        assert_eq!((count(url, "till_receipt"), count(url, "till_slip")), (1, 1));
        town.proved().await;
    }

    /// A form gone back to: what was taken in cash is not asked for by card as well,
    /// and what a terminal may be taking goes into no drawer.
    async fn one_key_takes_one_way(url: &str) {
        let town = with_tills(url).await;
        let (ann, opened) = open(&town).await;
        let by_card = |key: &str| NewPayment {
            through: Through::Staff,
            method: "TERM".to_owned(),
            key: Some(key.to_owned()),
            ..basket(&[("CT", &ct(1), 700)])
        };
        ann.take_at_till(opened.id, &keyed(by("CASH", 700), "k1"), &Tender::Exact).await.unwrap();
        let why = sentence(ann.start_payment(&by_card("k1")).await);
        assert_eq!(why, "`k1` was used before for something else");
        ann.start_payment(&by_card("k2")).await.unwrap();
        let cash = keyed(by("CASH", 700), "k2");
        let why = sentence(ann.take_at_till(opened.id, &cash, &Tender::Exact).await);
        assert_eq!(why, "this key was used before for a payment through a provider");
        assert!(ann.start_payment(&by_card("k2")).await.unwrap().before);
        assert_eq!((count(url, "payment"), count(url, "till_receipt")), (1, 1));
        town.proved().await;
    }

    async fn a_session_that_was_counted_takes_nothing_more(url: &str) {
        let town = with_tills(url).await;
        let (ann, opened) = open(&town).await;
        some_of_each(&ann, opened.id).await;
        ann.count_till(opened.id, &counted(&[(100, 65)], &[3_000], 700), None).await.unwrap();
        let before = count(url, "entry");
        let why = sentence(ann.take_at_till(opened.id, &by("CASH", 100), &Tender::Exact).await);
        assert_eq!(why, "T1 was counted: nothing more goes into it or out");
        assert_eq!(sentence(ann.lift_from_till(opened.id, &pounds_of(1), None).await), why);
        assert_eq!(count(url, "entry"), before);
        town.proved().await;
    }

    async fn a_till_is_its_cashiers_alone(url: &str) {
        let town = with_tills(url).await;
        let (_, opened) = open(&town).await;
        let bob = cashier(&town, "bob").await;
        let why = sentence(bob.take_at_till(opened.id, &by("CASH", 100), &Tender::Exact).await);
        assert_eq!(why, "T1 is ann's till; bob opens one of their own");
        assert_eq!(sentence(bob.lift_from_till(opened.id, &pounds_of(1), None).await), why);
        assert_eq!(sentence(bob.count_till(opened.id, &counted(&[(100, 50)], &[], 0), None).await), why);
        // Where a cashier cannot, somebody who answers for it counts.
        let done = mia(&town).await.count_till(opened.id, &counted(&[(100, 50)], &[], 0), None).await;
        assert_eq!(done.unwrap().status, TillStatus::Closed);
        town.proved().await;
    }

    async fn what_no_till_takes_is_refused(url: &str) {
        let town = with_tills(url).await;
        let (ann, opened) = open(&town).await;
        let id = opened.id;
        for (new, tender, why) in [
            (by("CASH", 1_000), handed(999), "9.99 is less than the 10.00 it comes to"),
            (by("CASH", 1_000), card("T1", "17"), "CASH goes through no card terminal"),
            (cheque(1_000), handed(2_000), "CHQ gives no change: only cash does"),
            (by("TERM", 1_000), Tender::Exact, "a card needs the terminal and the number of its batch"),
            (by("TERM", 1_000), card(" ", "17"), "a card's terminal has 1 to 50 characters"),
            (
                by("TERM", 1_000),
                card("T1", "4111 1111 1111 1111"),
                "the batch looks like a card's number: never write one",
            ),
            (
                by("PHONE", 1_000),
                Tender::Exact,
                "nothing goes into a till by PHONE: it is neither cash, cheque, post nor a card through staff",
            ),
        ] {
            assert_eq!(bad(ann.take_at_till(id, &new, &tender).await), why);
        }
        assert_eq!((count(url, "till_receipt"), count(url, "receipt")), (0, 0));
        // Cash of an office that has a till goes into it, and nowhere else.
        let cash = NewReceipt { office: Some("LB".to_owned()), ..by("CASH", 100) };
        let why = sentence(ann.take_receipt(&cash).await);
        assert_eq!(why, "cash at office LB is taken into a till: open DESK and take it there");
        ann.take_receipt(&NewReceipt { office: Some("CIVIC".to_owned()), ..cash.clone() }).await.unwrap();
        assert_eq!(sentence(ann.take_receipt(&cash).await), why, "whatever was seen of the council before");
        // Nor past the till by saying no office.
        let nowhere = NewReceipt { office: None, ..cash.clone() };
        let why = bad(ann.take_receipt(&nowhere).await);
        assert_eq!(why, "cash is taken into tills here: say the office it is taken at");
        town.proved().await;
    }

    /// A key of ours is nobody else's: it would keep the till from being paid in.
    async fn no_caller_takes_the_key_of_a_till(url: &str) {
        let town = with_tills(url).await;
        let (ann, opened) = open(&town).await;
        let (id, before) = (opened.id, count(url, "entry"));
        for key in ["till session 1", "e-return 1", "money of payment 1", "opening x"] {
            let why = bad(ann.take_at_till(id, &keyed(by("CASH", 1_000), key), &Tender::Exact).await);
            assert!(why.starts_with(&format!("`{key}` begins as a key of this system's own")), "{why}");
            let cheque = keyed(cheque(1_000), key);
            let elsewhere = NewReceipt { office: Some("CIVIC".to_owned()), ..cheque };
            assert_eq!(bad(ann.take_receipt(&elsewhere).await), why);
            assert_eq!(bad(ann.take_receipt(&elsewhere).await), why);
        }
        assert_eq!(count(url, "entry"), before);
        ann.take_at_till(id, &keyed(by("CASH", 1_000), "tills 1"), &Tender::Exact).await.unwrap();
        let done = ann.count_till(id, &counted(&[(100, 60)], &[], 0), None).await.unwrap();
        assert_eq!(done.status, TillStatus::Closed);
        town.proved().await;
    }

    /// A batch is one till's, and is declared once.
    async fn a_batch_of_a_terminal_is_one_tills(url: &str) {
        let town = with_tills(url).await;
        let document = format!("{}{TEMPLATES}{COUNTER}{TILLS}", settings("MILL"));
        let more = document.replace("slips = \"apart\"\n\n[app", "terminal_channel = \"terminal\"\n\n[app");
        town.books.configure(&more, april(1)).await.unwrap();
        let (ann, opened) = open(&town).await;
        ann.take_at_till(opened.id, &by("TERM", 700), &card("T1", "17")).await.unwrap();
        let bob = cashier(&town, "bob").await;
        let bobs = bob.open_till(&with_float("HATCH", 0)).await.unwrap().id;
        let why = sentence(bob.take_at_till(bobs, &by("TERM", 100), &card("T1", "17")).await);
        assert_eq!(why, "batch 17 of terminal T1 is T1's: end the terminal's batch first");
        ann.count_till(opened.id, &counted(&[(100, 50)], &[], 700), None).await.unwrap();
        let why = sentence(bob.take_at_till(bobs, &by("TERM", 100), &card("T1", "17")).await);
        assert_eq!(why, "T2: the batch of a card machine was declared before: T1/17/2026-04-20 (terminal, batch, day)");
        bob.take_at_till(bobs, &by("TERM", 100), &card("T1", "18")).await.unwrap();
        town.proved().await;
    }

    /// Nor does anybody else count it: neither another till, nor an e-return.
    async fn a_batch_that_is_a_tills_is_counted_there(url: &str) {
        let town = with_tills(url).await;
        let document = format!("{}{TEMPLATES}{COUNTER}{TILLS}", settings("MILL"));
        let more = document.replace("slips = \"apart\"\n\n[app", "terminal_channel = \"terminal\"\n\n[app");
        town.books.configure(&more, april(1)).await.unwrap();
        let (ann, opened) = open(&town).await;
        ann.take_at_till(opened.id, &by("TERM", 700), &card("T1", "17")).await.unwrap();
        let bob = cashier(&town, "bob").await;
        let bobs = bob.open_till(&with_float("HATCH", 0)).await.unwrap().id;
        let why = sentence(bob.count_till(bobs, &counted(&[], &[], 700), None).await);
        assert_eq!(why, "T2: batch 17 of terminal T1 is T1's, and is counted there");
        let made = submitted(&hands(&town, "eve", &["income-officer"]).await, "LIB", &mixed()).await;
        let why = sentence(approved(&mia(&town).await, made.id).await);
        assert_eq!(why, "R1: batch 17 of terminal T1 is T1's, and is counted there");
        ann.count_till(opened.id, &counted(&[(100, 50)], &[], 700), None).await.unwrap();
        assert_eq!(town.at("clearing:terminal").await, 700);
        let done = bob.count_till(bobs, &counted(&[], &[], 0), None).await.unwrap();
        assert_eq!(done.status, TillStatus::Closed);
        town.proved().await;
    }

    /// Scope: a till of another office is not there.
    async fn a_till_of_another_office_is_not_there(url: &str) {
        let town = with_tills(url).await;
        let (_, opened) = open(&town).await;
        let council = town.books.settings().await.unwrap().council;
        let office = [("office".to_owned(), "CIVIC".to_owned())];
        let actor = Actor::of("cat", &["cashier".to_owned()], &office, &council);
        let cat = town.app.books(Some("MILL"), actor).await.unwrap();
        for why in [
            cat.till_session(opened.id).await.map(drop),
            cat.till_numbered("T1").await.map(drop),
            cat.open_till(&with_float("HATCH", 1)).await.map(drop),
            cat.take_at_till(opened.id, &by("CASH", 1), &Tender::Exact).await.map(drop),
        ] {
            assert!(matches!(why, Err(AppError::NotFound { .. })), "{why:?}");
        }
        assert_eq!(cat.till_sessions(None, None, None, 9).await.unwrap(), []);
        assert_eq!(town.books.till_sessions(Some(TillStatus::Open), Some("ann"), None, 9).await.unwrap().len(), 1);
        town.proved().await;
    }
}
