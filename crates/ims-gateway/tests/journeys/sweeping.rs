//! What nobody told us of is found by going through what the provider has.

use std::time::Duration;

use chrono::{DateTime, Days, NaiveDate, TimeDelta};
use ims_app::{FindPayments, GoneThrough, JobKind, PaymentNews, Word};
use ims_gateway::{AskFor, Patience, Swept};
use ims_pay::{Said, Saying};
use ims_testkit::{govuk_pay::Weather, on_both};

use super::town::{Town, basket, captured};

/// What came of the account that is set up rightly.
async fn swept(town: &Town) -> Swept {
    let today = town.books.app().world().today();
    town.gateways.sweep(&town.books, today).await.unwrap().remove(0)
}

/// The same, by somebody to whom a second is short.
async fn hasty(town: &Town, patience: Patience) -> Swept {
    hasty_of(town, patience, town.books.app().world().today()).await
}

async fn hasty_of(town: &Town, patience: Patience, day: NaiveDate) -> Swept {
    let patience = Patience { second: Duration::from_millis(1), ..patience };
    let gateways = town.gateways.clone().with_patience(patience);
    gateways.sweep(&town.books, day).await.unwrap().remove(0)
}

fn all(town: &Town) -> FindPayments {
    let to = town.books.app().world().now();
    FindPayments { from: DateTime::UNIX_EPOCH, to, provider: String::new(), status: String::new() }
}

on_both! {
    /// The tab closed, the webhook lost, the poll not yet due.
    async fn a_payment_that_nobody_told_of_is_found(url: &str) {
        let town = Town::of(url).await;
        town.paid("k", 700).await;
        town.pay("left", 900).await;
        let first = swept(&town).await;
        assert_eq!((first.listed, first.paid.get(), first.moved, first.exceptions), (2, 700, 1, 0));
        assert_eq!(town.taken().await, 700);
        let again = swept(&town).await;
        assert_eq!((again.listed, again.moved, again.failed), (2, 0, None));
        town.proved().await;
    }

    /// Who pays is kept as JSON, which holds what no text of a database does: the
    /// money is in the books all the same, and so is everybody else's.
    async fn a_payer_whose_name_cannot_be_kept_hides_no_money(url: &str) {
        let town = Town::of(url).await;
        let first = town.paid("k", 700).await.view.payment.id;
        // As a portal kept it that let everything through.
        let payer = r#"{"name":"A\u0000B","line1":"1 High Street","line2":"","town":"Mill","postcode":"M1 1AA"}"#;
        let mut tx = ims_app::Store::open(url).await.unwrap().begin().await.unwrap();
        let detail = (first.get(), vec![0; 16], payer.to_owned());
        tx.put_details(town.books.council().id, &[detail]).await.unwrap();
        tx.commit().await.unwrap();
        town.paid("l", 900).await;
        town.forward(TimeDelta::minutes(2));
        let polled = town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((polled.moved, town.taken().await), (2, 1_600), "{:?}", polled.failed);
        let swept = swept(&town).await;
        assert_eq!((swept.listed, swept.moved, swept.failed), (2, 0, None));
        town.proved().await;
    }

    /// What a search does not list yet is asked about by its name.
    async fn a_search_that_lags_hides_nothing(url: &str) {
        let town = Town::of(url).await;
        town.paid("k", 700).await;
        town.stub.books().set_weather(Weather { search_lags: 1, ..Weather::default() });
        let found = swept(&town).await;
        assert_eq!((found.listed, found.moved, town.taken().await), (0, 1, 700));
    }

    /// A row whose status is new to us, between two that read.
    async fn a_row_that_does_not_read_hides_no_other(url: &str) {
        let town = Town::of(url).await;
        for (key, pence) in [("k", 100), ("l", 200), ("m", 400)] {
            town.paid(key, pence).await;
        }
        let names: Vec<String> =
            town.stub.books().payments().iter().map(|one| one.payment_id.clone()).collect();
        town.stub.books().muddle(&names[1]);
        town.stub.books().set_weather(Weather { search_lags: 1, ..Weather::default() });
        let found = swept(&town).await;
        assert_eq!((found.listed, found.paid.get(), town.taken().await), (2, 100, 500));
        let why = found.failed.unwrap();
        assert!(why.contains("a payment in its list") && why.contains("`muddled`"), "{why}");
        // A person is told of it, once, and keeps it off the list.
        assert_eq!(swept(&town).await.exceptions, 1);
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((listed.len(), listed[0].kind.as_str()), (1, "unreadable"));
        town.books.end_payment_exception(listed[0].id, "seen at the provider").await.unwrap();
        assert_eq!(swept(&town).await.exceptions, 0);
        // That says nothing of what does not read in a later list.
        town.forward(TimeDelta::days(1));
        town.stub.books().muddle(&names[0]);
        assert_eq!(swept(&town).await.exceptions, 1);
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert!(listed[0].why.contains("2 payments in its list up to"), "{}", listed[0].why);
    }

    /// A key that is refused, a status new to us: nothing is said of the payment.
    async fn an_answer_that_says_nothing_is_no_answer(url: &str) {
        let town = Town::of(url).await;
        assert_eq!(swept(&town).await.failed, None);
        town.paid("k", 700).await;
        let name = town.stub.books().payments()[0].payment_id.clone();
        let status = town.stub.books().muddle(&name).unwrap();
        town.stub.books().set_weather(Weather { search_lags: 1, ..Weather::default() });
        town.forward(TimeDelta::days(5));
        let found = swept(&town).await;
        assert!(found.failed.is_some_and(|why| why.contains("`muddled`")));
        town.stub.books().clear(&name, status);
        town.forward(TimeDelta::days(5));
        assert_eq!((swept(&town).await.moved, town.taken().await), (1, 700));
        town.proved().await;
    }

    /// Every other answer is a fault: each payment is asked about, and those that were
    /// not answered are the next sweep's.
    async fn a_fault_of_one_payment_ends_no_sweep(url: &str) {
        let town = Town::of(url).await;
        for nth in 0..6 {
            town.paid(&format!("k{nth}"), 100).await;
        }
        town.stub.books().set_weather(Weather { down: 2, search_lags: 6, ..Weather::default() });
        let found = swept(&town).await;
        assert_eq!((found.moved, town.taken().await), (3, 300), "{:?}", found.failed);
        assert!(found.failed.unwrap().contains("503"));
        town.stub.books().set_weather(Weather::default());
        // Not gone through to its end, so days later it still is.
        town.forward(TimeDelta::days(5));
        assert_eq!((swept(&town).await.moved, town.taken().await), (3, 600));
        town.proved().await;
    }

    /// Every other request is one too many: each is asked again in a moment, and one sweep
    /// comes to its end.
    async fn a_busy_provider_is_waited_for(url: &str) {
        let town = Town::of(url).await;
        for nth in 0..6 {
            town.paid(&format!("k{nth}"), 100).await;
        }
        let busy = Weather { busy: 2, search_lags: 4, ..Weather::default() };
        town.stub.books().set_weather(busy);
        let found = hasty(&town, Patience::default()).await;
        assert_eq!((found.listed, found.moved, found.failed), (2, 6, None));
        assert_eq!(town.taken().await, 600);
        // The list and the four that it has not.
        assert!(town.stub.books().troubles().busy >= 4, "{:?}", town.stub.books().troubles());
        let through = town.books.gone_through("pay", GoneThrough::Payments).await.unwrap();
        let age = town.books.app().world().now() - through.unwrap();
        assert!(age < TimeDelta::minutes(5), "{age}");
        assert_eq!(town.books.left_off("pay").await.unwrap(), None);
        town.proved().await;
    }

    /// A job has so long for all of them: one that is waited for takes from the others' time.
    async fn all_accounts_are_waited_for_so_long_together(url: &str) {
        let town = Town::of(url).await;
        town.configured(&["pay", "again"]).await;
        let spent = Weather { quota: Some(0), ..Weather::default() };
        town.stub.books().set_weather(spent);
        let patience = Patience { in_all: 1, second: Duration::from_millis(1), ..Patience::default() };
        let gateways = town.gateways.clone().with_patience(patience);
        let today = town.books.app().world().today();
        let all = gateways.sweep(&town.books, today).await.unwrap();
        assert!(all.len() == 2 && all.iter().all(|one| one.failed.is_some()), "{all:?}");
        // The list of the first twice, that of the other once.
        assert_eq!(town.stub.books().troubles().busy, 3);
        let all = gateways.settle(&town.books, today).await.unwrap();
        assert!(all.len() == 2 && all.iter().all(|one| one.failed.is_some()), "{all:?}");
        assert_eq!(town.stub.books().troubles().busy, 6);
    }

    /// An account beyond its rate: each sweep gets so far, and the next goes on there.
    async fn what_was_asked_about_counts(url: &str) {
        let town = Town::of(url).await;
        let quota = |many| Weather { quota: Some(many), search_lags: 99, ..Weather::default() };
        for nth in 0..6 {
            town.paid(&format!("k{nth}"), 100).await;
        }
        let mut moved = Vec::new();
        // One request is the list's.
        for _ in 0..3 {
            town.stub.books().set_weather(quota(3));
            let found = hasty(&town, Patience { in_all: 2, ..Patience::default() }).await;
            moved.push((found.moved, found.failed.is_some()));
        }
        assert_eq!(moved, [(2, true), (2, true), (2, false)]);
        assert_eq!(town.taken().await, 600);
        // The first were asked about some sweeps ago: the mark stays with the first gap.
        let through = town.books.gone_through("pay", GoneThrough::Payments).await.unwrap().unwrap();
        let rows = town.books.payments(&all(&town), None, 9).await.unwrap();
        assert!((rows[1].started_at..rows[3].started_at).contains(&through), "{through}");
        assert_eq!(town.books.left_off("pay").await.unwrap(), None);
        // From there the next begins: nothing is left, and all is asked about.
        town.stub.books().set_weather(quota(99));
        let found = hasty(&town, Patience::default()).await;
        assert_eq!((found.moved, found.failed), (0, None));
        let through = town.books.gone_through("pay", GoneThrough::Payments).await.unwrap().unwrap();
        assert!(through > rows[5].started_at, "{through}");
        town.proved().await;
    }

    /// One that was not answered is the next sweep's, though a later one was left off at.
    async fn a_fault_before_the_end_is_gone_back_to(url: &str) {
        let town = Town::of(url).await;
        town.paid("older", 900).await;
        town.forward(TimeDelta::days(30));
        for nth in 0..5 {
            town.paid(&format!("k{nth}"), 100).await;
        }
        let name = town.stub.books().payments()[2].payment_id.clone();
        let status = town.stub.books().muddle(&name).unwrap();
        let weather = |quota| Weather { quota, search_lags: 99, ..Weather::default() };
        town.stub.books().set_weather(weather(Some(4)));
        let patience = Patience { in_all: 2, ..Patience::default() };
        // Nobody knows of the second what became of it: that moves it too.
        assert_eq!((hasty(&town, patience).await.moved, town.taken().await), (3, 200));
        town.stub.books().clear(&name, status);
        // An older day is gone through by itself, breaks off, and leaves the mark where it was.
        let before = town.books.app().world().today() - Days::new(30);
        let left = town.books.left_off("pay").await.unwrap();
        assert!(left.is_some());
        let older = hasty_of(&town, patience, before).await;
        assert_eq!((older.moved, older.failed.is_some()), (0, true));
        assert_eq!(town.books.left_off("pay").await.unwrap(), left);
        town.stub.books().set_weather(weather(None));
        assert_eq!((hasty(&town, patience).await.moved, town.taken().await), (3, 500));
        town.proved().await;
    }

    /// Nobody swept for some nights.
    async fn nights_without_a_server_are_swept_by_the_next(url: &str) {
        let town = Town::of(url).await;
        assert_eq!(swept(&town).await.failed, None);
        town.paid("k", 700).await;
        town.forward(TimeDelta::days(9));
        let found = swept(&town).await;
        assert_eq!((found.listed, found.moved, town.taken().await), (1, 1, 700));
        // What lies before the last sweep, and a day, is not gone through again.
        town.forward(TimeDelta::days(3));
        assert_eq!(swept(&town).await.listed, 0);
        town.proved().await;
    }

    /// A sweep that broke off is gone through again, from where the one before ended.
    async fn a_sweep_that_broke_off_is_no_sweep(url: &str) {
        let town = Town::of(url).await;
        assert_eq!(swept(&town).await.failed, None);
        town.paid("k", 700).await;
        let breaks = Weather { search_breaks: true, silent: 1, ..Weather::default() };
        town.stub.books().set_weather(breaks);
        town.forward(TimeDelta::days(4));
        assert!(swept(&town).await.failed.is_some());
        town.stub.books().set_weather(Weather::default());
        town.forward(TimeDelta::days(4));
        assert_eq!((swept(&town).await.moved, town.taken().await), (1, 700));
        town.proved().await;
    }

    /// One that cannot be asked about for a fortnight is left to a person.
    async fn a_payment_nobody_can_be_asked_about_is_listed_in_the_end(url: &str) {
        let town = Town::of(url).await;
        assert_eq!(swept(&town).await.failed, None);
        // More than are silent in a row while there is hope: they keep nobody waiting.
        for nth in 0..4 {
            town.paid(&format!("k{nth}"), 700).await;
        }
        town.stub.books().set_weather(Weather { down: 1, ..Weather::default() });
        town.forward(TimeDelta::days(13));
        assert_eq!(swept(&town).await.exceptions, 0);
        town.forward(TimeDelta::days(2));
        for _ in 0..2 {
            assert_eq!(swept(&town).await.exceptions, 4);
        }
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((listed.len(), listed[0].kind.as_str()), (4, "unreadable"));
        assert!(listed[0].why.contains("503"), "{}", listed[0].why);
    }

    /// A list that breaks off says nothing of ours.
    async fn a_list_that_does_not_read_keeps_nobody_from_asking(url: &str) {
        let town = Town::of(url).await;
        town.paid("k", 700).await;
        town.stub.books().set_weather(Weather { search_breaks: true, ..Weather::default() });
        let found = swept(&town).await;
        assert_eq!((found.listed, found.moved, town.taken().await), (0, 1, 700));
        assert!(found.failed.unwrap().contains("results"));
        // One that says nothing at all is left alone after a while.
        for nth in 0..4 {
            town.paid(&format!("{nth}"), 100).await;
        }
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let found = swept(&town).await;
        assert!(found.failed.unwrap().contains("does not answer"));
        assert_eq!((found.moved, town.taken().await), (2, 700));
    }

    /// Called off here and paid there, at a provider that lists nothing.
    async fn what_ended_is_asked_about_where_nothing_is_listed(url: &str) {
        let town = Town::of(url).await;
        let gateways = town.at_the_sandbox().await;
        let ask = AskFor::new("Council tax", "https://pay.mill.example/back");
        let paying = gateways.pay(&town.books, &basket("k", 700), &ask).await.unwrap();
        let news = PaymentNews {
            provider: "pay".to_owned(),
            channel: "card".to_owned(),
            payment: Some(paying.view.payment.id),
            id: None,
            word: Word::Said(Box::new(Said::unnamed(Saying::Cancelled))),
        };
        town.books.record_payment(&news).await.unwrap();
        let view = town.books.payment(paying.view.payment.id).await.unwrap();
        assert_eq!(view.payment.status, "cancelled");
        let today = town.books.app().world().today();
        let found = gateways.sweep(&town.books, today).await.unwrap().remove(0);
        assert_eq!((found.moved, found.failed, town.taken().await), (1, None, 700));
        town.proved().await;
    }

    /// One account at the provider under two names: its money is booked once.
    async fn an_account_under_two_names_is_booked_once(url: &str) {
        let town = Town::of(url).await;
        town.configured(&["pay", "again"]).await;
        town.paid("k", 700).await;
        let today = town.books.app().world().today();
        for _ in 0..2 {
            town.gateways.sweep(&town.books, today).await.unwrap();
            assert_eq!((town.taken().await, town.stub.books().total()), (700, 700));
        }
        // The other name heard of it once it was booked, and had nothing to say.
        assert_eq!(town.books.payment_exceptions(None, 9).await.unwrap(), []);
        town.configured(&["again", "pay"]).await;
        town.paid("l", 900).await;
        town.gateways.sweep(&town.books, today).await.unwrap();
        assert_eq!((town.taken().await, town.stub.books().total()), (1_600, 1_600));
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((listed.len(), listed[0].kind.as_str()), (1, "another"));
        town.proved().await;
    }

    /// Its name was changed: what is in the books under the old one stays there,
    /// what is not is listed.
    async fn a_renamed_account_books_nothing_twice(url: &str) {
        let town = Town::of(url).await;
        captured(&town, "k", 700).await;
        town.paid("l", 900).await;
        town.configured(&["new"]).await;
        for _ in 0..2 {
            let found = swept(&town).await;
            assert_eq!((found.listed, found.exceptions, found.failed), (2, 1, None));
            assert_eq!(town.taken().await, 700);
        }
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((listed.len(), listed[0].kind.as_str()), (1, "another"));
        assert!(listed[0].why.contains("was asked of the account pay"), "{}", listed[0].why);
        town.proved().await;
    }

    /// Booked, and the provider has never heard of it: a person has to look.
    async fn money_that_the_provider_denies_is_listed(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.start_payment(&basket("k", 700)).await.unwrap();
        let said = Said::new("made-up", Saying::paid(None))
            .about(view.payment.reference)
            .for_amount(view.payment.amount, "GBP");
        let (provider, channel) = ("pay".to_owned(), "card".to_owned());
        let word = Word::Said(Box::new(said));
        let news = PaymentNews { provider, channel, payment: None, id: None, word };
        town.books.record_payment(&news).await.unwrap();
        assert_eq!(town.taken().await, 700);
        // What was booked this hour its provider may not list yet.
        assert_eq!(swept(&town).await.exceptions, 0);
        town.forward(TimeDelta::hours(2));
        for _ in 0..2 {
            assert_eq!(swept(&town).await.exceptions, 1);
        }
        let exceptions = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!((exceptions.len(), exceptions[0].kind.as_str()), (1, "out-of-turn"));
        // Nothing is undone by what a search says.
        assert_eq!(town.taken().await, 700);
        town.proved().await;
    }

    /// Two servers ask about each payment once between them.
    async fn two_servers_share_the_asking(url: &str) {
        let town = Town::of(url).await;
        for nth in 0..6 {
            town.paid(&format!("k{nth}"), 100).await;
        }
        town.forward(TimeDelta::minutes(2));
        let (other, _) = town.with_faults(url).await;
        let (one, two) =
            tokio::join!(town.gateways.poll(&town.books), town.gateways.poll(&other));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.asked + two.asked, one.moved + two.moved), (6, 6));
        assert_eq!(town.taken().await, 600);
        town.proved().await;
    }

    /// The night's job: one that fails is tried again.
    async fn the_sweep_is_a_job(url: &str) {
        let town = Town::of(url).await;
        town.paid("k", 700).await;
        let (day, now) = (town.books.app().world().today(), town.books.app().world().now());
        let job = JobKind::SweepPayments { day };
        assert!(town.books.add_job(&job, now).await.unwrap());
        assert!(!town.books.add_job(&job, now).await.unwrap());
        // A program without a line out leaves it for another.
        let alone = town.books.app().clone();
        assert_eq!(alone.run_jobs_once("alone").await.unwrap(), 1);
        assert_eq!(town.taken().await, 0);
        town.forward(TimeDelta::hours(1));
        let server = town.books.app().clone().with_errands(std::sync::Arc::new(town.gateways.clone()));
        assert_eq!(server.run_jobs_once("server").await.unwrap(), 1);
        assert_eq!(town.taken().await, 700);
        // The account whose secret nobody set keeps it from being done.
        let job = town.books.jobs(1).await.unwrap().remove(0);
        assert_eq!(job.state, "waiting");
        assert!(job.last_error.unwrap().contains("the value of its secret"));
    }
}
