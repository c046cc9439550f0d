//! What the provider paid out and what is disputed there, asked for each night.

use chrono::{Days, NaiveDate, TimeDelta};
use ims_app::{Imported, JobKind, NewFile};
use ims_gateway::PaidOut;
use ims_testkit::{govuk_pay::Weather, on_both};

use super::town::{GOOD, Town, captured};

impl Town {
    async fn settle(&self) -> PaidOut {
        self.gateways.settle(&self.books, self.today()).await.unwrap().remove(0)
    }

    fn today(&self) -> NaiveDate {
        self.books.app().world().today()
    }

    async fn at(&self, account: &str) -> i64 {
        self.books.balance(&account.parse().unwrap()).await.unwrap().get()
    }
}

/// What the bank shows of a day: one line.
fn statement(day: NaiveDate, pence: i64, says: &str) -> String {
    let (date, money) = (day.format("%y%m%d"), format!("{},{:02}", pence / 100, pence % 100));
    format!(
        ":20:S1\n:25:20000000000001\n:28C:1/1\n:60F:C{date}GBP0,00\n\
         :61:{date}C{money}NTRFNONREF//B1N1\n:86:{says}\n:62F:C{date}GBP{money}\n-\n"
    )
}

on_both! {
    /// From the provider's answer to the line at the bank.
    async fn a_payout_is_posted_with_its_fees_and_found_at_the_bank(url: &str) {
        let town = Town::of(url).await;
        town.sent_by("GOVUK-PAY").await;
        captured(&town, "k", 12_050).await;
        captured(&town, "l", 700).await;
        let day = town.today() - Days::new(2);
        town.stub.books().settle_less(day, 25);
        let paid = town.settle().await;
        assert_eq!((paid.payouts, paid.failed), (1, None));
        assert_eq!((town.taken().await, town.at("fees:card").await), (12_700, 50));
        let says = format!("GOV.UK PAY PAY-{day}");
        let text = statement(town.today(), 12_700, &says);
        let bytes = text.as_bytes();
        let file = NewFile { name: "s.sta", bytes, format: None, accept: None, dry_run: false };
        let taken_in = town.books.import_file(file).await.unwrap();
        assert!(matches!(taken_in, Imported::Now(_)), "{taken_in:?}");
        town.books.reconcile().await.unwrap();
        assert_eq!((town.taken().await, town.at("unmatched:main").await), (0, 0));
        let told = town.books.payouts(day, town.today()).await.unwrap().payouts.remove(0);
        assert_eq!((told.taken.get(), told.residual.get(), told.unexplained.get()), (12_750, 50, 0));
        // Asked again it is known, and what came to it since is told and not posted.
        assert_eq!(town.settle().await, PaidOut { account: "pay".to_owned(), ..PaidOut::default() });
        captured(&town, "m", 100).await;
        town.stub.books().settle_less(day, 25);
        let why = town.settle().await.failed.unwrap();
        assert!(why.contains("with 2 lines, and now has 3"), "{why}");
        assert_eq!((town.taken().await, town.at("fees:card").await), (100, 50));
        town.proved().await;
    }

    /// The provider settles what was asked for and the surcharge as one.
    async fn a_surcharge_is_settled_with_its_payment(url: &str) {
        let town = Town::of(url).await;
        town.sent_by("govuk-pay").await;
        captured(&town, "k", 700).await;
        let view = town.pay("l", 1_000).await.view;
        let name = view.payment.provider_ref.unwrap();
        town.stub.books().surcharge(&name, 30);
        town.stub.pay(&name, GOOD);
        town.gateways.look(&town.books, view.payment.id).await.unwrap();
        assert_eq!((town.taken().await, town.at("suspense").await), (1_730, -30));
        let day = town.today() - Days::new(2);
        town.stub.books().settle_less(day, 10);
        let paid = town.settle().await;
        assert_eq!((paid.payouts, paid.failed), (1, None));
        // Nothing goes to suspense again.
        assert_eq!((town.taken().await, town.at("suspense").await), (1_710, -30));
        let told = town.books.payouts(day, town.today()).await.unwrap().payouts.remove(0);
        assert_eq!((told.taken.get(), told.residual.get(), told.unexplained.get()), (1_730, 20, 0));
        town.proved().await;
    }

    /// A payout may grow until its day is over; one that files tell of is theirs.
    async fn a_payout_waits_for_its_day_and_for_its_sender(url: &str) {
        let town = Town::of(url).await;
        captured(&town, "k", 700).await;
        town.stub.books().settle_less(town.today(), 25);
        for (sender, days, payouts) in
            [("", 1, 0), ("worldpay", 1, 0), ("govuk-pay", 0, 0), ("govuk-pay", 1, 1)]
        {
            town.sent_by(sender).await;
            let day = town.today() + Days::new(days);
            let paid = town.gateways.settle(&town.books, day).await.unwrap().remove(0);
            assert_eq!((paid.payouts, paid.failed), (payouts, None), "{sender} {days}");
        }
        assert_eq!(town.taken().await, 675);
        town.proved().await;
    }

    /// Nobody asked for weeks: the payouts of all of them are asked for.
    async fn payouts_of_weeks_without_a_server_are_posted(url: &str) {
        let town = Town::of(url).await;
        town.sent_by("govuk-pay").await;
        assert_eq!(town.settle().await.payouts, 0);
        captured(&town, "k", 700).await;
        town.stub.books().settle_less(town.today() + Days::new(2), 25);
        town.forward(TimeDelta::days(30));
        for payouts in [1, 0] {
            let paid = town.settle().await;
            assert_eq!((paid.payouts, paid.failed, town.taken().await), (payouts, None, 675));
        }
        town.proved().await;
    }

    /// The notice was lost.
    async fn a_dispute_nobody_told_of_is_found(url: &str) {
        let town = Town::of(url).await;
        let id = captured(&town, "k", 700).await;
        let name = town.books.payment(id).await.unwrap().payment.provider_ref.unwrap();
        let listed = async || town.books.payment_exceptions(None, 9).await.unwrap().len();
        for (status, at) in [("needs_response", 700), ("under_review", 700), ("lost", 0)] {
            town.stub.books().dispute(&name, status);
            for _ in 0..2 {
                let paid = town.settle().await;
                assert_eq!((paid.disputes, paid.exceptions, paid.failed), (1, 0, None), "{status}");
                assert_eq!((town.at("disputes").await, town.taken().await), (at, 0), "{status}");
            }
        }
        // One of a payment that nobody knows stays off the list once it was taken off.
        town.stub.books().dispute("theirs", "needs_response");
        assert_eq!((town.settle().await.exceptions, listed().await), (1, 1));
        let one = town.books.payment_exceptions(None, 9).await.unwrap().remove(0);
        town.books.end_payment_exception(one.id, "of another service").await.unwrap();
        town.forward(TimeDelta::days(3));
        assert_eq!((town.settle().await.exceptions, listed().await), (0, 0));
        town.stub.books().dispute("theirs", "lost");
        assert_eq!((town.settle().await.exceptions, listed().await), (1, 1));
        town.proved().await;
    }

    /// A dispute that is not known yet would be booked twice: once out of the payout, once
    /// when it is heard of.
    async fn payouts_wait_for_a_list_of_disputes(url: &str) {
        let town = Town::of(url).await;
        town.sent_by("govuk-pay").await;
        captured(&town, "k", 700).await;
        town.stub.books().settle_less(town.today() - Days::new(1), 25);
        town.stub.books().set_weather(Weather { disputes_break: true, ..Weather::default() });
        let paid = town.settle().await;
        assert!(paid.failed.is_some());
        assert_eq!((paid.payouts, town.taken().await), (0, 700));
        town.stub.books().set_weather(Weather::default());
        town.forward(TimeDelta::days(30));
        assert_eq!((town.settle().await.payouts, town.taken().await), (1, 675));
        town.proved().await;
    }

    /// Later nights do not come back to it: it is a person's.
    async fn a_payout_that_cannot_be_taken_in_is_listed(url: &str) {
        let town = Town::of(url).await;
        town.sent_by("govuk-pay").await;
        let yesterday = town.today() - Days::new(1);
        for (key, exceptions) in [("k", 0), ("late", 1)] {
            captured(&town, key, 700).await;
            town.stub.books().settle_less(yesterday, 25);
            for _ in 0..2 {
                assert_eq!(town.settle().await.exceptions, exceptions, "{key}");
            }
        }
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((listed.len(), listed[0].kind.as_str()), (1, "unreadable"));
        assert!(listed[0].why.contains("and now has 2"), "{}", listed[0].why);
        town.books.end_payment_exception(listed[0].id, "its file is imported").await.unwrap();
        assert_eq!(town.settle().await.exceptions, 0);
        town.proved().await;
    }

    /// A row that does not read keeps its own day from the books, however often it is asked
    /// for, and no other day.
    async fn a_row_that_does_not_read_keeps_its_day_only(url: &str) {
        let town = Town::of(url).await;
        town.sent_by("govuk-pay").await;
        let name = async |id| town.books.payment(id).await.unwrap().payment.provider_ref.unwrap();
        let [first, second] = [2, 3].map(|days| town.today() - Days::new(days));
        captured(&town, "k", 700).await;
        town.stub.books().settle_less(first, 25);
        let misread = name(captured(&town, "l", 900).await).await;
        captured(&town, "m", 1_100).await;
        town.stub.books().settle_less(second, 25);
        town.stub.books().misstate(&misread, 1);
        for payouts in [1, 0] {
            let paid = town.settle().await;
            assert_eq!((paid.payouts, paid.exceptions, town.taken().await), (payouts, 1, 2_675));
            let why = paid.failed.unwrap();
            assert!(why.starts_with(&format!("payout pay-{second}: ")), "{why}");
            town.forward(TimeDelta::days(20));
        }
        town.stub.books().misstate(&misread, 0);
        let paid = town.settle().await;
        assert_eq!((paid.payouts, paid.failed, town.taken().await), (1, None, 2_625));
        town.proved().await;
    }

    async fn a_night_asks_as_a_job(url: &str) {
        let town = Town::of(url).await;
        town.sent_by("govuk-pay").await;
        captured(&town, "k", 700).await;
        town.stub.books().settle_less(town.today() - Days::new(1), 25);
        let job = JobKind::SettlePayments { day: town.today() };
        let now = town.books.app().world().now();
        assert!(town.books.add_job(&job, now).await.unwrap());
        let gateways = std::sync::Arc::new(town.gateways.clone());
        let server = town.books.app().clone().with_errands(gateways);
        assert_eq!(server.run_jobs_once("server").await.unwrap(), 1);
        assert_eq!((town.at("fees:card").await, town.taken().await), (25, 675));
        assert_eq!(town.books.jobs(1).await.unwrap()[0].state, "done");
    }
}
