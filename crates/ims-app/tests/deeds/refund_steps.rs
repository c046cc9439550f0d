//! What becomes of an approved refund: paid once, whatever anybody tells of it.

use ims_app::{NewRefund, RefundNews, Role};
use ims_ledger::{RefundEvent, RefundWay, id::RefundId};
use ims_testkit::on_both;
use tokio::task::JoinSet;

use super::{
    files::{paid, receipts, settlement, statement},
    raw::{count, counts},
    refunds::{number_of, of, with_payment},
    town::{Town, april},
};

use RefundEvent::{Bounce, Fail, NoAnswer, Pay, Send};

fn told(event: RefundEvent, notice: &str) -> RefundNews {
    RefundNews {
        notice: Some(notice.to_owned()),
        reference: "re_1".to_owned(),
        ..RefundNews::of(event)
    }
}

/// A town with a refund of 2.00 approved, through the provider.
async fn with_refund(url: &str) -> (Town, String, RefundId) {
    let (town, number) = with_payment(url).await;
    let asked = town.approved(&of(&number, Some(200))).await;
    (town, number, asked.id)
}

/// A refund of 2.00 by bank, sent, and what its bank line quotes.
async fn with_bank_refund(url: &str) -> (Town, String, RefundId, String) {
    let (town, number) = with_payment(url).await;
    let new = NewRefund { way: RefundWay::Bank, ..of(&number, Some(200)) };
    let asked = town.approved(&new).await;
    town.books.record_refund(asked.id, &RefundNews::of(Send)).await.unwrap();
    let quoted = asked.number.replace('-', "");
    (town, number, asked.id, quoted)
}

impl Town {
    /// Tells of an event, and gives the state after it, or why not.
    async fn tell(&self, id: RefundId, event: RefundEvent) -> Result<String, String> {
        let done = self.books.record_refund(id, &RefundNews::of(event)).await;
        done.map(|done| done.refund.state).map_err(|why| why.to_string())
    }

    /// refunds-due, the card clearing, and the fund with its VAT.
    async fn stands(&self) -> (i64, i64, i64) {
        let fund = self.at("fund:LE").await + self.at("vat:S").await;
        (self.at("refunds-due").await, self.at("clearing:card").await, fund)
    }
}

on_both! {
    /// Whoever asks again while it is under way says so once: of several, one does.
    async fn an_asking_of_its_own_is_a_step_of_its_own(url: &str) {
        let (town, _, id) = with_refund(url).await;
        town.books.record_refund(id, &RefundNews::of(Send)).await.unwrap();
        let again = |nth: u32| RefundNews {
            notice: Some(format!("asked again {nth}")),
            ..RefundNews::of(Send)
        };
        for (nth, before) in [(1, false), (1, true), (2, false), (2, true), (1, true)] {
            let done = town.books.record_refund(id, &again(nth)).await.unwrap();
            assert_eq!((done.refund.state.as_str(), done.before), ("sent", before), "{nth}");
        }
        // What names it only is told of it, and is known.
        let named = told(Send, "evt_1");
        assert!(!town.books.record_refund(id, &named).await.unwrap().before);
        assert!(town.books.record_refund(id, &told(Send, "evt_2")).await.unwrap().before);
        assert!(town.books.record_refund(id, &RefundNews::of(Send)).await.unwrap().before);
        let (_, _, steps) = town.books.refund(id).await.unwrap();
        let sent = steps.iter().filter(|step| step.state == "sent").count();
        assert_eq!((sent, town.stands().await), (4, (-200, 600, -400)), "{steps:?}");
        town.proved().await;
    }

    /// Every step of the table, and what each posts.
    async fn each_step_posts_what_it_means(url: &str) {
        let town = Town::of(url).await;
        for (told, state, stands, left) in [
            (vec![], "approved", (-200, 600, -400), 400),
            (vec![Send], "sent", (-200, 600, -400), 400),
            (vec![NoAnswer], "unknown", (-200, 600, -400), 400),
            (vec![Send, NoAnswer], "unknown", (-200, 600, -400), 400),
            (vec![Send, NoAnswer, Send], "sent", (-200, 600, -400), 400),
            (vec![Pay], "paid", (0, 400, -400), 400),
            (vec![Send, Pay], "paid", (0, 400, -400), 400),
            (vec![Send, NoAnswer, Pay], "paid", (0, 400, -400), 400),
            (vec![Fail], "failed", (0, 600, -600), 600),
            (vec![Send, Fail], "failed", (0, 600, -600), 600),
            (vec![Send, NoAnswer, Fail], "failed", (0, 600, -600), 600),
            (vec![Send, Fail, Pay], "paid", (0, 400, -400), 400),
            (vec![Send, Pay, Bounce], "bounced", (-200, 600, -400), 400),
            (vec![Send, Pay, Bounce, Send], "sent", (-200, 600, -400), 400),
            (vec![Send, Pay, Bounce, Send, Pay], "paid", (0, 400, -400), 400),
            (vec![Send, Pay, Bounce, Fail], "failed", (0, 600, -600), 600),
            // A payment told of once more after it came back and was given up.
            (vec![Send, Pay, Bounce, Fail, Pay], "failed", (0, 600, -600), 600),
        ] {
            let base = town.stands().await;
            let reference = format!("LM{:06}", count(url, "receipt") + 1);
            let row = paid("LE", &reference, "CARD", "6.00");
            town.took("more.csv", &receipts(&[row])).await;
            let number = number_of(&town.books, &reference).await;
            let id = town.approved(&of(&number, Some(200))).await.id;
            for event in &told {
                town.tell(id, *event).await.unwrap();
            }
            assert_eq!(town.refund_state(id).await, state, "{told:?}");
            let now = town.stands().await;
            let came = (now.0 - base.0, now.1 - base.1, now.2 - base.2);
            assert_eq!((came, town.left(&number).await), (stands, vec![left]), "{told:?}");
        }
        town.proved().await;
    }
    async fn what_cannot_follow_says_what_can_and_changes_nothing(url: &str) {
        let (town, _, id) = with_refund(url).await;
        let before = (counts(url), count(url, "refund_step"));
        for (event, why) in [
            (Bounce, "a refund that is approved cannot be recorded as bounced: it can be sent, paid or recorded as failed"),
            (RefundEvent::Approve, "a refund is decided by a second person, and taken off its bank line by undoing the match"),
        ] {
            assert_eq!(town.tell(id, event).await.unwrap_err(), why);
        }
        assert_eq!((counts(url), count(url, "refund_step")), before);
        town.tell(id, Pay).await.unwrap();
        let why = town.tell(id, Fail).await.unwrap_err();
        assert_eq!(why, "a refund that was paid cannot be recorded as failed: if the money came back, record it as bounced");
        let why = town.tell(id, Send).await.unwrap_err();
        assert_eq!(why, "a refund that was paid cannot be sent: if the money came back, record it as bounced");
        town.proved().await;
    }

    /// W8: nobody answered: the money stays kept back and due, asking again is
    /// under the same key, and the late answer counts.
    async fn a_timeout_is_not_a_failure(url: &str) {
        let (town, number, id) = with_refund(url).await;
        let sent = town.books.record_refund(id, &RefundNews::of(Send)).await.unwrap();
        town.tell(id, NoAnswer).await.unwrap();
        assert_eq!((town.stands().await, town.left(&number).await), ((-200, 600, -400), vec![400]));
        let why = town.books.request_refund(&of(&number, Some(600))).await.unwrap_err();
        assert!(why.to_string().starts_with("6.00 is more than the 4.00 that is left"), "{why}");
        let again = town.books.record_refund(id, &RefundNews::of(Send)).await.unwrap();
        assert_eq!(again.provider_key, sent.provider_key);
        town.tell(id, NoAnswer).await.unwrap();
        assert_eq!(town.tell(id, Pay).await.unwrap(), "paid");
        assert_eq!(town.stands().await, (0, 400, -400));
        town.proved().await;
    }

    /// W8: what was refused is over, and the line can be refunded again.
    async fn a_refund_the_provider_refused_is_over(url: &str) {
        let (town, number, id) = with_refund(url).await;
        town.tell(id, Fail).await.unwrap();
        assert_eq!(town.left(&number).await, [600]);
        let asked = town.approved(&of(&number, None)).await;
        town.tell(asked.id, Pay).await.unwrap();
        assert_eq!((town.stands().await, town.left(&number).await), ((0, 0, 0), vec![0]));
        town.proved().await;
    }

    /// After a bounce the provider is asked under another key: it is another payment.
    async fn what_came_back_is_sent_under_a_key_of_its_own(url: &str) {
        let (town, _, id) = with_refund(url).await;
        let send = RefundNews::of(Send);
        let first = town.books.record_refund(id, &send).await.unwrap().provider_key;
        town.tell(id, Pay).await.unwrap();
        town.tell(id, Bounce).await.unwrap();
        let second = town.books.record_refund(id, &send).await.unwrap().provider_key;
        assert_ne!(first, second);
        town.proved().await;
    }

    /// Invariant 3: the same notice again changes nothing, whatever came between.
    async fn a_notice_told_again_changes_nothing(url: &str) {
        let (town, _, id) = with_refund(url).await;
        let notices = [told(Pay, "evt_1"), told(Bounce, "evt_2"), told(Send, "ours"), told(Pay, "evt_3")];
        for notice in &notices {
            assert!(!town.books.record_refund(id, notice).await.unwrap().before);
        }
        let before = (town.balances().await, counts(url), count(url, "refund_step"));
        for notice in notices.iter().rev().chain(&notices) {
            assert!(town.books.record_refund(id, notice).await.unwrap().before);
        }
        assert_eq!((town.balances().await, counts(url), count(url, "refund_step")), before);
        let why = town.books.record_refund(id, &told(Fail, "evt_1")).await.unwrap_err();
        assert_eq!(why.to_string(), "notice `evt_1` said before that it was paid");
        town.proved().await;
    }

    /// Invariant 3: in every order, and each twice, the notices of a refund that
    /// was paid end in the same books.
    async fn notices_in_any_order_end_in_the_same_books(url: &str) {
        let town = Town::of(url).await;
        let mut ends = Vec::new();
        for order in [
            [Send, NoAnswer, Pay, Fail], [Send, NoAnswer, Fail, Pay], [Pay, Fail, NoAnswer, Send],
            [Fail, Pay, Send, NoAnswer], [NoAnswer, Pay, Send, Fail], [Fail, NoAnswer, Send, Pay],
        ] {
            let base = town.stands().await;
            let reference = format!("LM{:06}", count(url, "receipt") + 1);
            town.took("more.csv", &receipts(&[paid("LE", &reference, "CARD", "6.00")])).await;
            let number = number_of(&town.books, &reference).await;
            let id = town.approved(&of(&number, Some(200))).await.id;
            for event in order.into_iter().chain(order) {
                let _ = town.tell(id, event).await;
            }
            let now = town.stands().await;
            ends.push((town.refund_state(id).await, (now.0 - base.0, now.1 - base.1, now.2 - base.2)));
        }
        let paid = ("paid".to_owned(), (0, 400, -400));
        assert!(ends.iter().all(|end| *end == paid), "{ends:?}");
        town.proved().await;
    }

    /// Eight hear of the payment at the same moment: it is paid once.
    async fn a_notice_heard_by_many_at_once_counts_once(url: &str) {
        let (town, _, id) = with_refund(url).await;
        let mut servers = JoinSet::new();
        for seed in 2..6 {
            let books = town.elsewhere(seed).await;
            servers.spawn(async move { books.record_refund(id, &told(Pay, "evt_1")).await });
        }
        let done: Vec<_> = servers.join_all().await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().filter(|done| !done.before).count(), 1, "{done:?}");
        assert_eq!(town.stands().await, (0, 400, -400));
        town.proved().await;
    }

    /// It had failed, was refunded otherwise, and then was paid after all: the
    /// account is not charged below nothing, the rest is a loss.
    async fn paid_after_it_had_failed_and_was_refunded_otherwise(url: &str) {
        let (town, number, id) = with_refund(url).await;
        town.tell(id, Fail).await.unwrap();
        let other = town.approved(&of(&number, Some(500))).await;
        town.tell(other.id, Pay).await.unwrap();
        town.tell(id, Pay).await.unwrap();
        assert_eq!((town.stands().await, town.left(&number).await), ((0, -100, 0), vec![0]));
        assert_eq!(town.at("disputes").await, 100);
        town.proved().await;
        town.tell(id, Bounce).await.unwrap();
        town.tell(id, Fail).await.unwrap();
        assert_eq!((town.at("disputes").await, town.left(&number).await), (0, vec![100]));
        town.proved().await;
    }

    /// The provider's settlement knows the refund by its reference, and the
    /// payout's bank line is net of it.
    async fn a_paid_refund_is_part_of_its_payout(url: &str) {
        let (town, _, id) = with_refund(url).await;
        town.books.record_refund(id, &told(Pay, "evt_1")).await.unwrap();
        let lines = [
            ("pay_1", "payment", "6.00", "0.00", "6.00"),
            ("re_1", "refund", "-2.00", "0.00", "-2.00"),
        ];
        town.took("settled.csv", &settlement("PO778899", 20, &lines)).await;
        assert!(town.suspense().await.is_empty());
        town.took("s1.sta", &statement(1, 0, 20, &[(400, "PAYBRIDGE PO778899")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.len(), left), (1, vec![]));
        assert_eq!(town.at("clearing:card").await, 0);
        town.proved().await;
    }

    /// The settlement, its bank line and the notice of a refund, in every order,
    /// reconciled after each: it is paid once, and nothing of it stays in suspense.
    async fn a_refund_and_its_payout_in_any_order(url: &str) {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let fresh = super::ereturns::another(url);
            let (town, _, id) = with_refund(&fresh.url).await;
            for told_of in order {
                match told_of {
                    0 => drop(town.books.record_refund(id, &told(Pay, "evt_1")).await.unwrap()),
                    1 => {
                        let lines = [
                            ("pay_1", "payment", "6.00", "0.00", "6.00"),
                            ("re_1", "refund", "-2.00", "0.00", "-2.00"),
                        ];
                        town.took("settled.csv", &settlement("PO778899", 20, &lines)).await;
                    }
                    _ => drop(town.took("s1.sta", &statement(1, 0, 20, &[(400, "PAYBRIDGE PO778899")])).await),
                }
                town.books.reconcile().await.unwrap();
                town.proved().await;
            }
            assert_eq!(town.stands().await, (0, 0, -400), "{order:?}");
            assert_eq!((town.at("suspense").await, town.at("unmatched:main").await), (0, 0), "{order:?}");
            assert!(town.suspense().await.is_empty(), "{order:?}");
        }
    }

    /// The bank's debit quotes the refund's number, however it breaks it.
    async fn a_refund_by_bank_is_paid_by_the_line_that_quotes_it(url: &str) {
        let (town, _, id, quoted) = with_bank_refund(url).await;
        let why = town.tell(id, Pay).await.unwrap_err();
        assert_eq!(why, "this refund goes by bank: name the bank line that shows it, or reconcile");
        let broken = format!("BACS {} {}", &quoted[..6], quoted[6..].to_lowercase());
        let lines = [(-200, "BACS SOMEBODY ELSE"), (-200, &*broken), (-300, &*quoted)];
        town.took("s1.sta", &statement(1, 5_000, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("refund paid".to_owned(), 1)], 2));
        assert_eq!((town.refund_state(id).await, town.at("refunds-due").await), ("paid".to_owned(), 0));
        assert_eq!(town.at("unmatched:main").await, 500);
        town.proved().await;
        // It comes back as it went.
        town.clock.to_april(21);
        let back = [(200, &*quoted)];
        town.took("s2.sta", &statement(2, 4_300, 21, &back)).await;
        let (rules, _) = town.reconciled().await;
        assert_eq!(rules, [("refund came back".to_owned(), 1)]);
        assert_eq!((town.refund_state(id).await, town.at("refunds-due").await), ("bounced".to_owned(), -200));
        town.proved().await;
    }

    /// A line named by hand, and taken back: due as before, and paid once more.
    async fn a_refund_taken_off_its_bank_line_is_due_again(url: &str) {
        let (town, _, id, quoted) = with_bank_refund(url).await;
        town.took("s1.sta", &statement(1, 5_000, 20, &[(-200, "NO REFERENCE"), (-100, "SHORT")])).await;
        assert_eq!(town.reconciled().await.1.len(), 2, "{quoted}");
        let short = town.open_line(-100).await.id;
        let news = |line| RefundNews { line: Some(line), ..RefundNews::of(Pay) };
        let why = town.books.record_refund(id, &news(short)).await.unwrap_err();
        assert!(why.to_string().contains("is of -1.00, but the refund paid is of 2.00"), "{why}");
        let line = town.open_line(-200).await.id;
        let open = town.balances().await;
        town.books.record_refund(id, &news(line)).await.unwrap();
        assert_eq!(town.refund_state(id).await, "paid");
        town.proved().await;
        let matched = town.standing(line).await;
        town.books.undo_match(matched, "another refund's").await.unwrap();
        assert_eq!((town.balances().await, town.refund_state(id).await), (open, "sent".to_owned()));
        town.proved().await;
        town.books.record_refund(id, &news(line)).await.unwrap();
        town.proved().await;
    }

    /// Nobody knew the line by the close of its day: it is named afterwards, and
    /// may be taken back all the same.
    async fn a_refund_by_bank_is_found_in_suspense(url: &str) {
        let (town, _, id, _) = with_bank_refund(url).await;
        town.took("s1.sta", &statement(1, 5_000, 20, &[(-200, "NO REFERENCE")])).await;
        let line = town.open_line(-200).await.id;
        town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(21);
        assert_eq!((town.at("suspense").await, town.at("refunds-due").await), (200, -200));
        let news = RefundNews { line: Some(line), ..RefundNews::of(Pay) };
        town.books.record_refund(id, &news).await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("refunds-due").await), (0, 0));
        assert!(town.suspense().await.is_empty());
        town.proved().await;
        let (_, _, steps) = town.books.refund(id).await.unwrap();
        let matched = steps.last().unwrap().matched.unwrap();
        town.books.undo_match(matched, "another refund's").await.unwrap();
        assert_eq!((town.at("suspense").await, town.refund_state(id).await), (200, "sent".to_owned()));
        town.proved().await;
        let clerk = super::suspense::to_first(Some(-50));
        town.books.allocate_suspense(town.suspense().await[0].id, &clerk).await.unwrap();
        let why = town.books.record_refund(id, &news).await.unwrap_err();
        assert_eq!(why.to_string(), "-2.00 is more than the -1.50 that remains");
        town.proved().await;
    }

    /// A bank line is one refund's alone.
    async fn one_bank_line_pays_one_refund(url: &str) {
        let (town, number, id, _) = with_bank_refund(url).await;
        let new = NewRefund { way: RefundWay::Bank, ..of(&number, Some(200)) };
        let other = town.approved(&new).await.id;
        town.took("s1.sta", &statement(1, 5_000, 20, &[(-200, "NO REFERENCE")])).await;
        let news = RefundNews { line: Some(town.open_line(-200).await.id), ..RefundNews::of(Pay) };
        town.books.record_refund(id, &news).await.unwrap();
        let why = town.books.record_refund(other, &news).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("is explained by something else"), "{why}");
        town.proved().await;
    }

    /// The steps are on the books, the state is kept beside them: verify tells
    /// when the one is not what the others say.
    async fn a_state_somebody_changed_is_found(url: &str) {
        let (town, _, id) = with_refund(url).await;
        town.tell(id, Send).await.unwrap();
        super::raw::sql(url, "UPDATE refund_state SET state = 'paid'");
        let verified = town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].name, "each refund is where its steps left it");
    }

    async fn who_asks_sees_each_step(url: &str) {
        let (town, _, id) = with_refund(url).await;
        town.tell(id, Pay).await.unwrap();
        let clerk = town.hands_of(Role::ServiceStaff).await;
        let (refund, lines, steps) = clerk.refund(id).await.unwrap();
        assert_eq!((refund.amount.get(), lines.len(), lines[0].vat.get()), (200, 1, 33));
        let states: Vec<_> = steps.iter().map(|step| step.state.as_str()).collect();
        assert_eq!(states, ["requested", "approved", "paid"]);
        assert_eq!(clerk.refunds(None, None, 10).await.unwrap(), [refund]);
        assert!(clerk.refunds(Some(ims_ledger::RefundState::Sent), None, 10).await.unwrap().is_empty());
        assert_eq!(steps[1].at.date_naive(), april(20));
        town.proved().await;
    }
}
