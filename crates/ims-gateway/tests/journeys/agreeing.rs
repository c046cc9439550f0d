//! A payer agrees once, and money is taken again: each due payment once, whatever
//! happens on the way.

use chrono::TimeDelta;
use ims_app::{
    AgreedUse, AgreementStatus, AgreementView, AppError, NewAgreedPayment, NewAgreement,
    NewRedirect, PaymentNews, Word,
};
use ims_gateway::{AskFor, GatewayError, Gateways, Paying};
use ims_ledger::id::AgreementId;
use ims_money::Pence;
use ims_pay::{NextStep, Said, Saying};
use ims_testkit::{govuk_pay::Weather, on_both};

use super::town::{GOOD, Town};

const BACK: &str = "https://pay.mill.example/back/{reference}";

fn for_tax(key: &str) -> NewAgreement {
    NewAgreement {
        provider: "pay".to_owned(),
        method: "10".to_owned(),
        fund: "CT".to_owned(),
        reference: "80012345".to_owned(),
        most: Some(Pence::new(5_000)),
        description: "Council tax by instalments".to_owned(),
        key: Some(key.to_owned()),
    }
}

fn under(agreement: AgreementId, pence: i64, key: &str) -> NewAgreedPayment {
    NewAgreedPayment {
        agreement,
        what: AgreedUse::Take,
        amount: Pence::new(pence),
        asked_with: String::new(),
        key: key.to_owned(),
    }
}

/// The payment by which a payer agrees, and where they go for that.
async fn set_up(town: &Town, gateways: &Gateways, id: AgreementId) -> Paying {
    let new = NewAgreedPayment { what: AgreedUse::SetUp, ..under(id, 1_000, "first") };
    let ask = AskFor::new("Council tax by instalments", BACK);
    gateways.pay_under(&town.books, &new, &ask).await.unwrap()
}

/// An agreement whose payer has paid once.
async fn agreed(town: &Town) -> AgreementView {
    let view = town.gateways.agree(&town.books, &for_tax("a")).await.unwrap();
    let paying = set_up(town, &town.gateways, view.row.id).await;
    town.stub.pay(paying.view.payment.provider_ref.as_deref().unwrap(), GOOD);
    town.gateways.look(&town.books, paying.view.payment.id).await.unwrap();
    town.gateways.look_at_agreement(&town.books, view.row.id).await.unwrap()
}

async fn taken(town: &Town, id: AgreementId, pence: i64, key: &str) -> Paying {
    town.gateways.take_under(&town.books, &under(id, pence, key)).await.unwrap()
}

/// Ends an agreement whose first payment is over here and not at the provider.
async fn ended_without_a_payment(town: &Town, paying: &Paying, id: AgreementId) {
    let ended = town.gateways.end_agreement(&town.books, id, "they rang", None).await.unwrap();
    assert_eq!(ended.status, AgreementStatus::Ending);
    let news = PaymentNews {
        provider: "pay".to_owned(),
        channel: "card".to_owned(),
        payment: Some(paying.view.payment.id),
        id: None,
        word: Word::Said(Box::new(Said::unnamed(Saying::Expired))),
    };
    town.books.record_payment(&news).await.unwrap();
    town.forward(TimeDelta::minutes(2));
    town.gateways.poll(&town.books).await.unwrap();
    let view = town.books.agreement(id).await.unwrap();
    let there = town.stub.books().agreements()[0].1;
    assert_eq!((view.status, there), (AgreementStatus::Ended, "created"));
}

fn refused<T: std::fmt::Debug>(came: Result<T, GatewayError>) -> String {
    match came.unwrap_err() {
        GatewayError::App(error @ AppError::Refused(_)) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn a_payer_agrees_once_and_money_is_taken_again(url: &str) {
        let town = Town::of(url).await;
        let view = town.gateways.agree(&town.books, &for_tax("a")).await.unwrap();
        let id = view.row.id;
        assert_eq!((view.status, view.row.agreement_ref.is_some(), view.before), (AgreementStatus::Created, true, false));
        // Asked for again it is the same, and the provider is not asked for another.
        let again = town.gateways.agree(&town.books, &for_tax("a")).await.unwrap();
        assert_eq!((again.row.id, again.before), (id, true));
        assert_eq!(town.stub.books().agreements().len(), 1);
        let why = refused(town.gateways.take_under(&town.books, &under(id, 500, "may")).await);
        assert!(why.contains("is not set up"), "{why}");

        let paying = set_up(&town, &town.gateways, id).await;
        assert!(matches!(paying.next, Some(NextStep::Redirect { .. })), "{:?}", paying.next);
        town.stub.pay(paying.view.payment.provider_ref.as_deref().unwrap(), GOOD);
        // Nobody comes back: what became of both is asked.
        town.forward(TimeDelta::minutes(2));
        town.gateways.poll(&town.books).await.unwrap();
        let view = town.books.agreement(id).await.unwrap();
        assert_eq!((view.status, town.taken().await), (AgreementStatus::Active, 1_000));

        for (key, pence) in [("may", 500), ("june", 700), ("may", 500)] {
            let paying = taken(&town, id, pence, key).await;
            assert_eq!((paying.view.payment.status.as_str(), paying.next), ("captured", None));
        }
        let why = refused(town.gateways.take_under(&town.books, &under(id, 501, "may")).await);
        assert_eq!(why, "`may` was used before for something else");
        let why = refused(town.gateways.take_under(&town.books, &under(id, 5_001, "july")).await);
        assert!(why.contains("is more than the 50.00"), "{why}");
        assert_eq!((town.taken().await, town.stub.books().total()), (2_200, 2_200));
        // Each is told of as well, and twice.
        for delivery in town.stub.notices() {
            for _ in 0..2 {
                town.gateways.notice(&town.books, "pay", &delivery).await.unwrap();
            }
        }
        let counts = town.books.agreement(id).await.unwrap().payments;
        assert_eq!((town.taken().await, counts.paid, counts.open), (2_200, 3, 0));
        town.proved().await;
    }

    async fn a_refusal_of_the_bank_is_kept_and_not_taken_again(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        for _ in 0..2 {
            let row = taken(&town, id, 713, "may").await.view.payment;
            assert_eq!((row.status.as_str(), row.reason.starts_with("P0010")), ("failed", true), "{row:?}");
        }
        assert_eq!((town.taken().await, town.stub.books().payments().len()), (1_000, 2));
        // Under another key it is another try.
        taken(&town, id, 712, "may, once more").await;
        assert_eq!(town.taken().await, 1_712);
        town.proved().await;
    }

    /// The provider took it and did not say so.
    async fn a_lost_answer_is_found_and_taken_once(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let lost = taken(&town, id, 500, "may").await;
        assert_eq!((lost.view.payment.status.as_str(), lost.next), ("unknown", None));
        let asked_again = taken(&town, id, 600, "june").await;
        assert_eq!(asked_again.view.payment.status, "unknown");
        town.stub.books().set_weather(Weather::default());
        // One is asked for again, of the other the provider is asked.
        assert_eq!(taken(&town, id, 600, "june").await.view.payment.status, "captured");
        town.forward(TimeDelta::minutes(2));
        town.gateways.poll(&town.books).await.unwrap();
        let may = town.books.payment(lost.view.payment.id).await.unwrap();
        assert_eq!((may.payment.status.as_str(), may.receipt.is_some()), ("captured", true));
        assert_eq!((town.taken().await, town.stub.books().payments().len()), (2_100, 3));
        town.proved().await;
    }

    /// It never reached the provider: it is taken when it is asked for again, or not at all.
    async fn what_never_reached_the_provider_is_taken_when_asked_again(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        town.stub.books().set_weather(Weather { down: 1, ..Weather::default() });
        assert_eq!(taken(&town, id, 500, "may").await.view.payment.status, "unknown");
        let given_up = taken(&town, id, 600, "june").await.view.payment;
        town.stub.books().set_weather(Weather::default());
        assert_eq!(taken(&town, id, 500, "may").await.view.payment.status, "captured");
        town.forward(TimeDelta::hours(4));
        town.gateways.poll(&town.books).await.unwrap();
        assert_eq!(town.books.payment(given_up.id).await.unwrap().payment.status, "expired");
        // That key is used up: nobody is charged late.
        assert_eq!(taken(&town, id, 600, "june").await.view.payment.status, "expired");
        assert_eq!((town.taken().await, town.stub.books().total()), (1_500, 1_500));
        town.proved().await;
    }

    /// After a day the provider does not know the key any more: asked again it would charge again.
    async fn what_may_have_been_taken_is_looked_at_when_its_key_is_forgotten(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        assert_eq!(taken(&town, id, 500, "may").await.view.payment.status, "unknown");
        town.stub.books().set_weather(Weather::default());
        town.stub.books().forget_keys();
        town.forward(TimeDelta::hours(25));
        assert_eq!(taken(&town, id, 500, "may").await.view.payment.status, "captured");
        assert_eq!((town.taken().await, town.stub.books().payments().len()), (1_500, 2));
        town.proved().await;
    }

    /// Begun before the payer rang, and not at the provider yet.
    async fn what_was_begun_before_the_end_is_not_taken_after_it(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        town.stub.books().set_weather(Weather { down: 1, ..Weather::default() });
        assert_eq!(taken(&town, id, 500, "may").await.view.payment.status, "unknown");
        let ended = town.gateways.end_agreement(&town.books, id, "they rang", None).await.unwrap();
        assert_eq!(ended.status, AgreementStatus::Ending);
        town.stub.books().set_weather(Weather::default());
        let row = taken(&town, id, 500, "may").await.view.payment;
        assert_ne!(row.status, "captured", "{row:?}");
        assert_eq!((town.taken().await, town.stub.books().payments().len()), (1_000, 1));
        town.proved().await;
    }

    async fn an_agreement_that_its_payer_ended_takes_nothing_and_says_so(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        taken(&town, id, 500, "may").await;
        town.stub.books().payers_end_agreements();
        let why = refused(town.gateways.take_under(&town.books, &under(id, 500, "june")).await);
        assert!(why.contains("has ended at the provider: nothing was taken"), "{why}");
        assert_eq!(town.books.agreement(id).await.unwrap().status, AgreementStatus::Ended);
        let why = refused(town.gateways.take_under(&town.books, &under(id, 500, "july")).await);
        assert!(why.contains("has ended: make another"), "{why}");
        // What was taken is answered as before.
        assert_eq!(taken(&town, id, 500, "may").await.view.payment.status, "captured");
        assert_eq!(town.taken().await, 1_500);
        town.proved().await;
    }

    /// The council has closed its account there.
    async fn an_account_that_is_used_no_more_takes_nothing_under_its_agreements(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        let document = town.books.configuration_document().await.unwrap();
        let closed = document.replacen("name = \"pay\"", "name = \"pay\"\ndisabled = true", 1);
        assert_ne!(closed, document);
        let april = taken(&town, id, 700, "april").await.view;
        town.books.configure(&closed, town.books.app().world().today()).await.unwrap();
        let why = town.gateways.take_under(&town.books, &under(id, 500, "may")).await.unwrap_err();
        assert!(why.to_string().contains("takes no new payments by 10 for fund CT"), "{why}");
        assert_eq!((town.taken().await, town.stub.books().total()), (1_700, 1_700));
        // What was taken before, whoever asks again may know.
        assert!(town.gateways.take_under(&town.books, &under(id, 700, "april")).await.is_err());
        let before = async |pence, key| town.books.agreed_payment_before(&under(id, pence, key)).await;
        let told = before(700, "april").await.unwrap().unwrap();
        assert_eq!((told.payment.id, told.payment.status.as_str()), (april.payment.id, "captured"));
        assert_eq!(before(500, "may").await.unwrap(), None);
        assert!(before(900, "april").await.unwrap_err().to_string().contains("used before"));
    }

    async fn an_agreement_is_ended_at_the_provider_too_at_last(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        town.stub.books().set_weather(Weather { down: 1, ..Weather::default() });
        let ended = town.gateways.end_agreement(&town.books, id, "they rang", None).await.unwrap();
        assert_eq!((ended.status, ended.before), (AgreementStatus::Ending, false));
        assert_eq!(town.stub.books().agreements()[0].1, "active");
        let why = refused(town.gateways.take_under(&town.books, &under(id, 500, "may")).await);
        assert!(why.contains("has ended"), "{why}");
        town.stub.books().set_weather(Weather::default());
        town.forward(TimeDelta::minutes(2));
        town.gateways.poll(&town.books).await.unwrap();
        let ended = town.books.agreement(id).await.unwrap();
        assert_eq!((ended.status, town.stub.books().agreements()[0].1), (AgreementStatus::Ended, "cancelled"));
        assert!(town.gateways.end_agreement(&town.books, id, "again", None).await.unwrap().before);
        town.proved().await;
    }

    /// Its first payment was over here when the payer paid it: what they agreed to is ended there.
    async fn an_agreement_that_its_payer_sets_up_after_its_end_is_ended_there(url: &str) {
        let town = Town::of(url).await;
        let id = town.gateways.agree(&town.books, &for_tax("a")).await.unwrap().row.id;
        let paying = set_up(&town, &town.gateways, id).await;
        ended_without_a_payment(&town, &paying, id).await;
        town.stub.pay(paying.view.payment.provider_ref.as_deref().unwrap(), GOOD);
        assert_eq!(town.stub.books().agreements()[0].1, "active");
        for delivery in town.stub.notices() {
            town.gateways.notice(&town.books, "pay", &delivery).await.unwrap();
        }
        town.gateways.poll(&town.books).await.unwrap();
        let view = town.books.agreement(id).await.unwrap();
        assert_eq!((view.status, town.stub.books().agreements()[0].1), (AgreementStatus::Ended, "cancelled"));
        assert_eq!(town.taken().await, 1_000);
        town.proved().await;
    }

    /// Nobody told of the payment: the poll finds that the agreement is active, and ends it.
    async fn an_agreement_that_is_found_active_after_its_end_is_ended_there(url: &str) {
        let town = Town::of(url).await;
        let id = town.gateways.agree(&town.books, &for_tax("a")).await.unwrap().row.id;
        let paying = set_up(&town, &town.gateways, id).await;
        ended_without_a_payment(&town, &paying, id).await;
        town.stub.pay(paying.view.payment.provider_ref.as_deref().unwrap(), GOOD);
        town.forward(TimeDelta::hours(2));
        town.gateways.poll(&town.books).await.unwrap();
        let view = town.books.agreement(id).await.unwrap();
        assert_eq!((view.status, town.stub.books().agreements()[0].1), (AgreementStatus::Ended, "cancelled"));
        town.proved().await;
    }

    /// The provider made it and did not say so: it is asked for again, and one is used.
    async fn an_agreement_whose_answer_was_lost_is_asked_for_again(url: &str) {
        let town = Town::of(url).await;
        town.stub.books().set_weather(Weather { silent: 1, ..Weather::default() });
        let lost = town.gateways.agree(&town.books, &for_tax("a")).await.unwrap();
        assert_eq!(lost.row.agreement_ref, None);
        town.stub.books().set_weather(Weather::default());
        let view = agreed(&town).await;
        assert_eq!((view.row.id, view.status), (lost.row.id, AgreementStatus::Active));
        let states: Vec<_> = town.stub.books().agreements().iter().map(|one| one.1).collect();
        assert_eq!(states, ["created", "active"]);
        taken(&town, view.row.id, 500, "may").await;
        assert_eq!(town.taken().await, 1_500);
        town.proved().await;
    }

    async fn a_provider_without_agreements_says_so(url: &str) {
        let town = Town::of(url).await;
        town.with_one("stripe", "stripe").await;
        let why = town.gateways.agree(&town.books, &for_tax("a")).await.unwrap_err().to_string();
        assert!(why.starts_with("provider pay: keeps no agreements"), "{why}");
        assert_eq!(town.books.agreements(None, None, 9).await.unwrap(), []);
        // An account that takes no such payment keeps no agreement for one.
        town.configured(&["pay"]).await;
        let other = NewAgreement { method: "11".to_owned(), ..for_tax("a") };
        let why = town.gateways.agree(&town.books, &other).await.unwrap_err().to_string();
        assert!(why.contains("takes no new payments by 11"), "{why}");
    }

    /// An old reference leads to another fund: its account has to take that one's money.
    async fn the_fund_that_the_money_goes_to_is_asked_about(url: &str) {
        let town = Town::of(url).await;
        town.for_council_tax().await;
        let today = town.books.app().world().today();
        for (fund, reference, to) in [("PK", "OLD1", "CT"), ("CT", "OLD2", "PK")] {
            let redirect = NewRedirect {
                fund: fund.to_owned(),
                reference: reference.to_owned(),
                to: Some((to.to_owned(), "80012345".to_owned())),
                from: today,
                reason: "a new system".to_owned(),
            };
            town.books.redirect_reference(&redirect).await.unwrap();
        }
        let of = |fund: &str, reference: &str| NewAgreement {
            fund: fund.to_owned(),
            reference: reference.to_owned(),
            ..for_tax("a")
        };
        let why = refused(town.gateways.agree(&town.books, &of("CT", "OLD2")).await);
        assert!(why.contains("takes no new payments by 10 for fund PK"), "{why}");
        let kept = town.books.agreements(None, None, 9).await.unwrap();
        assert_eq!((kept, town.stub.books().agreements().len()), (vec![], 0));
        let view = town.gateways.agree(&town.books, &of("PK", "OLD1")).await.unwrap();
        assert_eq!((view.row.fund.as_str(), view.row.account.as_str()), ("CT", "80012345"));
        set_up(&town, &town.gateways, view.row.id).await;
        assert_eq!(town.books.agreement(view.row.id).await.unwrap().payments.setting_up, 1);
    }

    /// An account taken out of the configuration leaves nobody to tell: the poll ends it.
    async fn an_agreement_whose_account_is_gone_ends(url: &str) {
        let town = Town::of(url).await;
        let id = agreed(&town).await.row.id;
        town.configured(&["other"]).await;
        let ended = town.gateways.end_agreement(&town.books, id, "they rang", None).await.unwrap();
        assert_eq!(ended.status, AgreementStatus::Ending);
        town.forward(TimeDelta::days(15));
        let polled = town.gateways.poll(&town.books).await.unwrap();
        assert_eq!((polled.exceptions, polled.failed), (1, vec![]));
        assert_eq!(town.books.agreement(id).await.unwrap().status, AgreementStatus::Ended);
        assert_eq!(town.gateways.poll(&town.books).await.unwrap().exceptions, 0);
        town.proved().await;
    }

    /// Without a network: the description says what becomes of an agreement.
    async fn the_sandbox_keeps_agreements(url: &str) {
        let town = Town::of(url).await;
        let gateways = town.at_the_sandbox().await;
        let id = gateways.agree(&town.books, &for_tax("a")).await.unwrap().row.id;
        let paying = set_up(&town, &gateways, id).await;
        assert_eq!(gateways.look(&town.books, paying.view.payment.id).await.unwrap().payment.status, "captured");
        let paying = gateways.take_under(&town.books, &under(id, 500, "may")).await.unwrap();
        assert_eq!((paying.view.payment.status.as_str(), paying.next), ("started", Some(NextStep::Nothing)));
        let took = gateways.look(&town.books, paying.view.payment.id).await.unwrap();
        assert_eq!((took.payment.status.as_str(), town.taken().await), ("captured", 1_500));
        let ended = gateways.end_agreement(&town.books, id, "they rang", None).await.unwrap();
        assert_eq!(ended.status, AgreementStatus::Ended);
        let gone = NewAgreement { description: "Rent, ended".to_owned(), ..for_tax("b") };
        let id = gateways.agree(&town.books, &gone).await.unwrap().row.id;
        let why = refused(gateways.take_under(&town.books, &under(id, 500, "june")).await);
        assert!(why.contains("has ended"), "{why}");
        town.proved().await;
    }
}
