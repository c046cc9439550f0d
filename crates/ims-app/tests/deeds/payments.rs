//! Payments through a provider: in the books once, if and only if the provider
//! says paid, in whatever order and however often it is told.

use chrono::TimeDelta;
use ims_app::{
    Actor, Books, Heeded, NewDispute, NewPayment, NewRefund, NoticeKey, PaymentHeard, PaymentLine,
    PaymentNews, PaymentView, Permission, RefundNews, Word,
};
use ims_ledger::{RefundEvent, RefundWay, Through};
use ims_money::Pence;
use ims_pay::{Hint, Paying, Said, Saying, Secret};
use ims_store::Crash;
use ims_testkit::on_both;
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use super::{
    files::{settlement, statement},
    raw::{count, counts},
    receipt_mail::night,
    town::{Town, april, ct, proved, server_with_faults, settings},
};

/// A basket of these lines, paid on the web.
pub(super) fn basket(lines: &[(&str, &str, i64)]) -> NewPayment {
    let line = |(fund, reference, pence): &(&str, &str, i64)| PaymentLine {
        fund: (*fund).to_owned(),
        reference: (*reference).to_owned(),
        amount: Pence::new(*pence),
        vat_code: None,
    };
    NewPayment {
        provider: "sandbox".to_owned(),
        method: "CARD".to_owned(),
        through: Through::Portal,
        lines: lines.iter().map(line).collect(),
        payer: None,
        mail: None,
        links: Vec::new(),
        asked_with: String::new(),
        key: None,
    }
}

pub(super) fn told(word: Word) -> PaymentNews {
    let (provider, channel) = ("sandbox".to_owned(), "card".to_owned());
    PaymentNews { provider, channel, payment: None, id: None, word }
}

/// What the provider says of `view`, by the name `name`.
pub(super) fn of(view: &PaymentView, name: &str, saying: Saying) -> PaymentNews {
    let said = Said::new(name, saying)
        .about(view.payment.reference.clone())
        .for_amount(view.payment.amount, "GBP");
    told(Word::Said(Box::new(said)))
}

pub(super) fn paid() -> Saying {
    Saying::paid(None)
}

/// The provider says that it took the money.
pub(super) async fn took(town: &Town, view: &PaymentView) {
    heard(&town.books, &of(view, &format!("p of {}", view.payment.reference), paid())).await;
}

pub(super) async fn heard(books: &Books, news: &PaymentNews) -> Heeded {
    match books.record_payment(news).await.unwrap() {
        PaymentHeard::Of(heeded) => *heeded,
        other => panic!("{other:?}"),
    }
}

/// The kind of the exception it makes.
pub(super) async fn odd(books: &Books, news: &PaymentNews) -> String {
    match books.record_payment(news).await.unwrap() {
        PaymentHeard::Exception(row) => row.kind,
        other => panic!("{other:?}"),
    }
}

/// One thing told of a payment, whether it is told with a name of its own, and
/// when the program ends meanwhile.
type Told = (u8, Option<u8>, Option<(u32, bool)>);

fn word_of(view: &PaymentView, (what, id, _): Told) -> PaymentNews {
    let saying = match what {
        0 => Saying::Accepted { next: None },
        1 => Saying::Waiting,
        2 => Saying::Authorised { transaction: None },
        3 => Saying::refused("declined"),
        4 => Saying::Cancelled,
        5 => Saying::Expired,
        6 => Saying::broke("a fault"),
        _ => paid(),
    };
    let news = if what == 9 {
        PaymentNews { payment: Some(view.payment.id), ..told(Word::Silent) }
    } else {
        of(view, &format!("p of {}", view.payment.reference), saying)
    };
    PaymentNews { id: id.map(|id| format!("{} {id}", view.payment.reference)), ..news }
}

/// A life of one payment on a server whose connections go.
async fn lived(town: &Town, crashing: &(Books, ims_store::Faults), news: &[Told]) {
    let (books, faults) = crashing;
    let before = (town.at("clearing:card").await, count(&town.url, "receipt"));
    let new = basket(&[("CT", &ct(1), 700), ("LE", "LM000001", 120)]);
    let view = town.books.start_payment(&new).await.unwrap();
    for one in news {
        let word = word_of(&view, *one);
        if let Some((moment, answer_too)) = one.2 {
            faults.crash_at(moment, if answer_too { Crash::AnswerToo } else { Crash::Before });
            let done = books.record_payment(&word).await;
            assert!(!faults.mend() || done.is_err());
        }
        // Told again, as a provider does that was not answered, and once more.
        books.record_payment(&word).await.unwrap();
        books.record_payment(&word).await.unwrap();
    }
    let is_paid = news.iter().any(|(what, ..)| matches!(what, 7 | 8));
    let (pence, receipts) = if is_paid { (820, 1) } else { (0, 0) };
    let after = (town.at("clearing:card").await, count(&town.url, "receipt"));
    assert_eq!(after, (before.0 + pence, before.1 + receipts), "{news:?}");
    let stands = town.books.payment(view.payment.id).await.unwrap();
    assert_eq!(stands.receipt.is_some(), is_paid);
    assert_eq!(stands.payment.status == "captured", is_paid, "{news:?}");
    assert_eq!(town.suspense().await.len(), 0);
}

on_both! {
    async fn what_the_provider_took_becomes_a_receipt_once(url: &str) {
        let town = Town::of(url).await;
        let new = basket(&[("CT", &ct(1), 5_000), ("LE", "lm000001", 1_200)]);
        let new = NewPayment { key: Some("basket 7".to_owned()), ..new };
        let view = town.books.start_payment(&new).await.unwrap();
        assert_eq!((view.payment.status.as_str(), view.payment.amount.get()), ("created", 6_200));
        assert_eq!(view.lines[1].reference, "LM000001");
        let again = town.books.start_payment(&new).await.unwrap();
        assert!(again.before && again.payment == view.payment);
        let other = NewPayment { lines: basket(&[("CT", &ct(1), 1)]).lines, ..new };
        assert!(town.books.start_payment(&other).await.unwrap_err().is_refusal());

        heard(&town.books, &of(&view, "p-1", Saying::Accepted { next: None })).await;
        assert_eq!(town.at("clearing:card").await, 0);
        let done = heard(&town.books, &of(&view, "p-1", paid())).await.view;
        assert_eq!(done.payment.status, "captured");
        let number = done.receipt.unwrap();
        let receipt = town.books.receipt(&number).await.unwrap();
        assert_eq!((receipt.receipt.total.get(), receipt.lines[1].line.vat.get()), (6_200, 200));
        // The payout quotes the provider's name.
        assert_eq!(receipt.receipt.source_ref.as_deref(), Some("p-1"));
        let before = counts(url);
        assert!(heard(&town.books, &of(&view, "p-1", paid())).await.view.before);
        assert_eq!(counts(url), before);
        assert_eq!((town.at("clearing:card").await, town.at("fund:CT").await), (6_200, -5_000));
        town.proved().await;
    }

    async fn a_basket_is_checked_as_at_a_counter(url: &str) {
        let town = Town::of(url).await;
        for (lines, says) in [
            (vec![("CT", "1", 100)], "(fund CT)"),
            (vec![("PK", "PN000001", 50_001)], "more than fund PK takes"),
            (vec![("LE", "LM000001", -100)], "cannot be asked of a provider"),
            (vec![("LE", "LM000001", 1), ("LE", "LM000001", 1)], "is there twice"),
            (vec![], "needs a line"),
        ] {
            let why = town.books.start_payment(&basket(&lines)).await.unwrap_err().to_string();
            assert!(why.contains(says), "{why}");
        }
        let cash = NewPayment { method: "CASH".to_owned(), ..basket(&[("LE", "LM000001", 1)]) };
        let why = town.books.start_payment(&cash).await.unwrap_err().to_string();
        assert_eq!(why, "CASH is no card: no provider takes money by it");
        assert_eq!(count(url, "payment"), 0);
        town.proved().await;
    }

    async fn paid_after_any_other_end_is_booked_and_never_denied(url: &str) {
        let town = Town::of(url).await;
        let mut taken = 0;
        for end in [Saying::refused("no"), Saying::Cancelled, Saying::Expired, Saying::broke("x")] {
            let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
            let name = format!("p of {}", view.payment.reference);
            heard(&town.books, &of(&view, &name, end.clone())).await;
            assert_eq!(town.at("clearing:card").await, taken);
            heard(&town.books, &of(&view, &name, paid())).await;
            taken += 100;
            assert_eq!(town.at("clearing:card").await, taken);
            // Whoever denies it is listed, and nothing is undone.
            assert_eq!(odd(&town.books, &of(&view, &name, end.clone())).await, "out-of-turn");
            assert_eq!(odd(&town.books, &of(&view, &name, end)).await, "out-of-turn");
            assert_eq!(town.at("clearing:card").await, taken);
        }
        assert_eq!(town.books.payment_exceptions(None, 9).await.unwrap().len(), 4);
        town.proved().await;
    }

    /// Another amount, another currency, too little said: a person looks.
    async fn what_cannot_be_is_listed_and_not_booked(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        let said = |said: Said| told(Word::Said(Box::new(said.about(view.payment.reference.clone()))));
        let pence = |n| Pence::new(n);
        for (news, kind) in [
            (said(Said::new("p", paid()).for_amount(pence(99), "GBP")), "amount"),
            (said(Said::new("p", paid()).for_amount(pence(100), "EUR")), "currency"),
            (said(Said::new("p", paid())), "unreadable"),
        ] {
            assert_eq!(odd(&town.books, &news).await, kind);
        }
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (0, 0));
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!(listed.len(), 3);
        town.books.end_payment_exception(listed[0].id, "the provider mended it").await.unwrap();
        town.books.end_payment_exception(listed[0].id, "again").await.unwrap();
        assert_eq!(town.books.payment_exceptions(None, 9).await.unwrap(), listed[1..]);
        town.proved().await;
    }

    /// What somebody took off the list comes back while the provider still says
    /// so, once a day; what is in suspense is looked after there.
    async fn what_was_taken_off_the_list_comes_back(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        let said = |reference: &str, pence| {
            told(Word::Said(Box::new(
                Said::new("p", paid()).about(reference).for_amount(Pence::new(pence), "GBP"),
            )))
        };
        let listed = async || town.books.payment_exceptions(None, 9).await.unwrap();
        for day in 1..4 {
            for _ in 0..2 {
                assert_eq!(odd(&town.books, &said(&view.payment.reference, 99)).await, "amount");
                assert_eq!(listed().await.len(), 1, "on day {day}");
            }
            let id = listed().await[0].id;
            town.books.end_payment_exception(id, "they were asked").await.unwrap();
            assert_eq!(odd(&town.books, &said(&view.payment.reference, 99)).await, "amount");
            assert_eq!(listed().await, []);
            town.clock.forward(TimeDelta::days(1));
        }
        assert_eq!(odd(&town.books, &said("none of ours", 30)).await, "unknown");
        town.books.end_payment_exception(listed().await[0].id, "placed").await.unwrap();
        town.clock.forward(TimeDelta::days(2));
        assert_eq!(odd(&town.books, &said("none of ours", 30)).await, "unknown");
        assert_eq!(listed().await, []);
        town.proved().await;
    }

    /// Neither server sees what the other has not yet finished.
    async fn two_payments_of_a_basket_booked_at_once_are_raised_once(url: &str) {
        let town = Town::of(url).await;
        let other = town.elsewhere(7).await;
        for round in 1..=12 {
            let mut views = Vec::new();
            for number in 1..=2 {
                let key = format!("basket {} {number}", uuid::Uuid::from_u128(round));
                let lines = [("LE", "LM000001", 100)];
                let new = NewPayment { key: Some(key), ..basket(&lines) };
                views.push(town.books.start_payment(&new).await.unwrap());
            }
            town.clock.forward(TimeDelta::minutes(1));
            let one = of(&views[0], &format!("one {round}"), paid());
            let two = of(&views[1], &format!("two {round}"), paid());
            let (one, two) = tokio::join!(heard(&town.books, &one), heard(&other, &two));
            assert!(one.view.receipt.is_some() && two.view.receipt.is_some());
            let raised = town.books.payment_exceptions(None, 99).await.unwrap();
            assert_eq!(raised.len() as u128, round);
            assert!(raised.iter().all(|row| row.kind == "twice"));
        }
        town.proved().await;
    }

    /// W18: one notice told to two servers at once is one receipt, whoever is first.
    async fn one_notice_told_to_two_servers_is_one_receipt(url: &str) {
        let town = Town::of(url).await;
        let other = town.elsewhere(7).await;
        for round in 1..=12 {
            let new = NewPayment {
                key: Some(format!("basket {round}")),
                ..basket(&[("LE", "LM000001", 100)])
            };
            let view = town.books.start_payment(&new).await.unwrap();
            let news = of(&view, &format!("evt {round}"), paid());
            let (one, two) = tokio::join!(heard(&town.books, &news), heard(&other, &news));
            let receipt = one.view.receipt.unwrap();
            assert_eq!(two.view.receipt.as_ref(), Some(&receipt));
            assert_eq!(count(&town.url, "receipt"), round);
            assert_eq!((town.at("clearing:card").await, town.at("vat:S").await), (round * 100, -round * 17));
        }
        assert_eq!(town.books.payment_exceptions(None, 99).await.unwrap(), []);
        town.proved().await;
    }

    /// A method's channel may change; the money is where it was asked for.
    async fn money_goes_back_by_the_channel_it_came_by(url: &str) {
        let town = Town::of(url).await;
        let [first, late] = [700, 300].map(|pence| basket(&[("LE", "LM000001", pence)]));
        let first = town.books.start_payment(&first).await.unwrap();
        let late = town.books.start_payment(&late).await.unwrap();
        let name = |view: &PaymentView| format!("p of {}", view.payment.reference);
        let receipt = heard(&town.books, &of(&first, &name(&first), paid())).await.view.receipt;
        let card = "kind = \"card-online\"\nchannel = \"card\"";
        let moved = settings("MILL").replace(card, &card.replace("\"card\"", "\"allpay\""));
        town.books.configure(&moved, town.app.world().today()).await.unwrap();
        let disputed = heard(&town.books, &of(&late, &name(&late), paid())).await.view.receipt;
        assert_eq!((town.at("clearing:card").await, town.at("clearing:allpay").await), (1_000, 0));
        let new = NewRefund {
            payee: None,
            receipt: receipt.unwrap(),
            lines: vec![(1, Some(Pence::new(200)))],
            way: RefundWay::Source,
            reason: "class cancelled".to_owned(),
            key: None,
        };
        let refund = town.books.request_refund(&new).await.unwrap().id;
        let bob = Actor::holding("bob", &[Permission::ApproveRefund]);
        let decides = town.app.books(Some("MILL"), bob).await.unwrap();
        decides.approve_refund(refund, "form seen").await.unwrap();
        town.books.record_refund(refund, &RefundNews::of(RefundEvent::Send)).await.unwrap();
        town.books.record_refund(refund, &RefundNews::of(RefundEvent::Pay)).await.unwrap();
        let dispute = NewDispute {
            receipt: disputed.unwrap(),
            lines: Vec::new(),
            reference: "dp_1".to_owned(),
            reason: "fraudulent".to_owned(),
            happened_on: None,
        };
        town.books.open_dispute(&dispute).await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("clearing:allpay").await), (500, 0));
        town.proved().await;
    }

    /// Both tabs paid: one is booked, the other is in suspense and listed. So is
    /// what nobody here asked for. Each once.
    /// The provider settles what was asked for and the surcharge as one.
    async fn a_surcharge_is_settled_with_its_payment(url: &str) {
        let town = Town::of(url).await;
        for (nth, surcharge) in [(1, 30), (2, 0)] {
            let new = basket(&[("CT", &ct(nth), 1_000)]);
            let view = town.books.start_payment(&new).await.unwrap();
            let paying = Paying { surcharge: Some(Pence::new(surcharge)), ..Paying::default() };
            heard(&town.books, &of(&view, &format!("pay_{nth}"), Saying::Paid(paying))).await;
        }
        assert_eq!((town.at("clearing:card").await, count(url, "suspense_item")), (2_030, 1));
        let lines = [
            ("pay_1", "payment", "10.30", "0.20", "10.10"),
            ("pay_2", "payment", "10.00", "0.10", "9.90"),
        ];
        town.took("settled.csv", &settlement("PO778899", 20, &lines)).await;
        // Nothing of it goes to suspense again, and the bank's line is all of it.
        assert_eq!((town.at("clearing:card").await, count(url, "suspense_item")), (2_000, 1));
        town.took("s1.sta", &statement(1, 0, 20, &[(2_000, "PAYBRIDGE PO778899")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!((town.at("clearing:card").await, town.at("unmatched:main").await), (0, 0));
        let told = town.books.payouts(april(20), april(20)).await.unwrap().payouts.remove(0);
        assert_eq!((told.taken.get(), told.residual.get(), told.unexplained.get()), (2_030, 30, 0));
        let again = town.refused("again.csv", &settlement("PO2", 20, &lines[..1])).await;
        assert!(again.contains("settles a payment that another settlement settled before"), "{again}");
        town.proved().await;
    }

    async fn money_nobody_asked_for_goes_to_suspense_once(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        heard(&town.books, &of(&view, "p-1", paid())).await;
        let stranger = Said::new("p-3", paid()).about("none of ours").for_amount(Pence::new(30), "GBP");
        let stranger = told(Word::Said(Box::new(stranger)));
        for _ in 0..3 {
            assert_eq!(odd(&town.books, &of(&view, "p-2", paid())).await, "another");
            assert_eq!(odd(&town.books, &stranger).await, "unknown");
        }
        let waits: Vec<_> = town.suspense().await.iter().map(|item| item.remaining.get()).collect();
        assert_eq!((waits.iter().sum::<i64>(), waits.len()), (130, 2));
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (230, -130));
        assert_eq!(town.books.payment_exceptions(None, 9).await.unwrap().len(), 2);
        // Of no money: nothing.
        let cancelled = Said::new("p-4", Saying::Cancelled);
        let none = town.books.record_payment(&told(Word::Said(Box::new(cancelled)))).await;
        assert_eq!(none.unwrap(), PaymentHeard::Nothing);
        town.proved().await;
    }

    /// The provider told of it without our reference, before anybody knew its
    /// name for it: the money waits in suspense, and is not booked again.
    async fn money_booked_as_a_strangers_is_not_booked_again(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        let bare = Said::new("p-1", paid()).for_amount(Pence::new(100), "GBP");
        assert_eq!(odd(&town.books, &told(Word::Said(Box::new(bare)))).await, "unknown");
        let done = heard(&town.books, &of(&view, "p-1", paid())).await.view;
        assert_eq!((done.payment.status.as_str(), done.receipt), ("captured", None));
        assert!(done.steps.last().unwrap().suspense.is_some());
        assert_eq!((town.at("clearing:card").await, town.at("suspense").await), (100, -100));
        town.proved().await;
    }

    /// An answer may have been under way while it was booked, or come from a list that lags.
    async fn what_was_just_booked_is_not_denied(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        let about = |word| PaymentNews { payment: Some(view.payment.id), ..told(word) };
        heard(&town.books, &of(&view, "p-1", paid())).await;
        for word in [Word::NotFound, Word::GivenUp] {
            assert_eq!(heard(&town.books, &about(word)).await.view.payment.status, "captured");
        }
        town.clock.forward(chrono::TimeDelta::hours(1));
        assert_eq!(odd(&town.books, &about(Word::NotFound)).await, "out-of-turn");
        assert_eq!(heard(&town.books, &about(Word::GivenUp)).await.view.payment.status, "captured");
        // One that nobody told of is over, named or not.
        let view = town.books.start_payment(&basket(&[("CT", &ct(2), 100)])).await.unwrap();
        heard(&town.books, &of(&view, "p-2", Saying::Accepted { next: None })).await;
        let about = |word| PaymentNews { payment: Some(view.payment.id), ..told(word) };
        assert_eq!(heard(&town.books, &about(Word::GivenUp)).await.view.payment.status, "expired");
        assert_eq!(town.at("clearing:card").await, 100);
        town.proved().await;
    }

    async fn open_payments_come_due_until_they_end(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        let due = async || town.books.payments_due("sandbox", 9).await.unwrap().len();
        let about = |word| PaymentNews { payment: Some(view.payment.id), ..told(word) };
        assert_eq!(due().await, 0);
        town.clock.forward(chrono::TimeDelta::minutes(2));
        assert_eq!(due().await, 1);
        // Not found is no end while the payment may still begin.
        assert_eq!(heard(&town.books, &about(Word::NotFound)).await.view.payment.status, "created");
        assert_eq!(heard(&town.books, &about(Word::Silent)).await.view.payment.status, "unknown");
        assert_eq!(due().await, 0);
        town.clock.forward(chrono::TimeDelta::hours(4));
        assert_eq!(due().await, 1);
        let hint = Hint { reference: Some(view.payment.reference.clone()), ..Hint::default() };
        let hinted = town.books.payment_hinted("sandbox", &hint).await.unwrap();
        assert_eq!(hinted.map(|row| row.id), Some(view.payment.id));
        assert_eq!(heard(&town.books, &about(Word::NotFound)).await.view.payment.status, "expired");
        town.clock.forward(chrono::TimeDelta::days(4));
        assert_eq!((due().await, town.at("clearing:card").await), (0, 0));
        heard(&town.books, &of(&view, "p-1", paid())).await;
        assert_eq!(town.at("clearing:card").await, 100);
        town.proved().await;
    }

    /// It is kept for as long as its provider may send the notice again.
    async fn the_key_of_a_notice_is_kept_and_forgotten(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket(&[("CT", &ct(1), 100)])).await.unwrap();
        let id = view.payment.id;
        assert!(town.books.notice_key(id).await.unwrap().is_none());
        let back = "https://pay.town.example/back".to_owned();
        let kept = NoticeKey { key: Secret::new("IK776BWNHN"), back: back.clone() };
        assert!(!format!("{kept:?}").contains("IK776"), "{kept:?}");
        town.books.keep_notice_key(id, &kept).await.unwrap();
        town.clock.forward(TimeDelta::days(6));
        night(&town).await;
        let found = town.books.notice_key(id).await.unwrap().unwrap();
        assert_eq!((found.key.reveal(), found.back), ("IK776BWNHN", back));
        town.clock.forward(TimeDelta::days(2));
        night(&town).await;
        assert!(town.books.notice_key(id).await.unwrap().is_none());
        assert_eq!(count(url, "payment_notice_key"), 0);
        town.proved().await;
    }

    /// News in any order, doubled, and with the program ending at any moment.
    fn one_receipt_if_and_only_if_paid_whatever_is_told(url: &str) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let (town, crashing) = runtime.block_on(async {
            let town = Town::of(url).await;
            let (app, faults) = server_with_faults(url, &town.clock, 77).await;
            let books = app.books(Some("MILL"), Actor::system("crashing")).await.unwrap();
            (town, (books, faults))
        });
        let crash = proptest::option::of((0_u32..24, any::<bool>()));
        let news = prop::collection::vec((0_u8..10, proptest::option::of(0_u8..3), crash), 0..7);
        let config = Config { cases: 25, failure_persistence: None, ..Config::default() };
        let done = TestRunner::new(config).run(&news, |news| {
            runtime.block_on(lived(&town, &crashing, &news));
            Ok(())
        });
        done.unwrap();
        runtime.block_on(proved(&town.books));
    }
}
