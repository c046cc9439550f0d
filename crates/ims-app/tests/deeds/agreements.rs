//! Agreements: money taken again without the payer, once each time, and only while
//! they agree.

use chrono::TimeDelta;
use ims_app::{
    AgreedUse, AgreementStatus, AgreementView, AppError, Books, FindEvents, NewAgreedPayment,
    NewAgreement, PaymentView,
};
use ims_ledger::id::AgreementId;
use ims_money::Pence;
use ims_pay::{AgreementState, SaidAgreement, Saying};
use ims_testkit::on_both;

use super::{
    payments::{heard, of, took},
    raw::{count, sql, tamper},
    redirects::from_old,
    town::{Town, ct},
};

/// An agreement for an account's council tax, of up to 50.00 at once.
pub(super) fn for_tax(account: u32) -> NewAgreement {
    NewAgreement {
        provider: "sandbox".to_owned(),
        method: "CARD".to_owned(),
        fund: "CT".to_owned(),
        reference: ct(account),
        most: Some(Pence::new(5_000)),
        description: "Council tax by instalments".to_owned(),
        key: None,
    }
}

/// The same of another fund.
pub(super) fn for_leisure() -> NewAgreement {
    NewAgreement { fund: "LE".to_owned(), reference: "LM000001".to_owned(), ..for_tax(1) }
}

/// A payment taken under it.
pub(super) fn take(agreement: AgreementId, pence: i64, key: &str) -> NewAgreedPayment {
    NewAgreedPayment {
        agreement,
        what: AgreedUse::Take,
        amount: Pence::new(pence),
        asked_with: String::new(),
        key: key.to_owned(),
    }
}

/// The payment that sets it up.
pub(super) fn set_up(agreement: AgreementId, pence: i64, key: &str) -> NewAgreedPayment {
    let asked_with = "https://council.example/back".to_owned();
    NewAgreedPayment { what: AgreedUse::SetUp, asked_with, ..take(agreement, pence, key) }
}

/// What a provider says of the agreement that it calls so.
pub(super) fn said(name: &str, state: AgreementState) -> SaidAgreement {
    SaidAgreement { agreement_ref: name.to_owned(), reference: None, state }
}

/// What comes of hearing that.
async fn told(town: &Town, view: &AgreementView, state: AgreementState) -> AgreementStatus {
    let said =
        SaidAgreement { reference: Some(view.row.reference.clone()), ..said("agr_1", state) };
    town.books.hear_of_agreement(view.row.id, &said).await.unwrap().status
}

/// An agreement whose payer has paid once.
async fn active(town: &Town) -> AgreementView {
    let view = town.books.make_agreement(&for_tax(1)).await.unwrap();
    assert_eq!(told(town, &view, AgreementState::Created).await, AgreementStatus::Created);
    let first =
        town.books.start_agreed_payment(&set_up(view.row.id, 1_000, "first")).await.unwrap();
    took(town, &first).await;
    assert_eq!(told(town, &view, AgreementState::Active).await, AgreementStatus::Active);
    town.books.agreement(view.row.id).await.unwrap()
}

fn refused<T: std::fmt::Debug>(came: Result<T, AppError>) -> String {
    let why = came.unwrap_err();
    assert!(why.is_refusal(), "{why:?}");
    why.to_string()
}

async fn due(books: &Books) -> usize {
    books.agreements_due("sandbox", 9).await.unwrap().len()
}

on_both! {
    async fn an_agreement_is_made_once_listed_and_ended(url: &str) {
        let town = Town::of(url).await;
        let new = NewAgreement { key: Some("letter 7".to_owned()), ..for_tax(1) };
        let made = town.books.make_agreement(&new).await.unwrap();
        assert!(!made.before && made.status == AgreementStatus::Created);
        let again = town.books.make_agreement(&new).await.unwrap();
        assert_eq!(again, AgreementView { before: true, ..made.clone() });
        let other = NewAgreement { most: None, ..new.clone() };
        assert_eq!(refused(town.books.make_agreement(&other).await), "`letter 7` was used before for something else");
        let second = town.books.make_agreement(&for_leisure()).await.unwrap();
        let ids = |rows: Vec<AgreementView>| rows.iter().map(|it| it.row.id).collect::<Vec<_>>();
        assert_eq!(ids(town.books.agreements(None, None, 9).await.unwrap()), [second.row.id, made.row.id]);
        assert_eq!(ids(town.books.agreements(None, Some(second.row.id), 9).await.unwrap()), [made.row.id]);

        // Nobody was asked: there is nobody to be told.
        assert!(town.books.end_agreement(made.row.id, " ", None).await.unwrap_err().is_bad_input());
        let ended = town.books.end_agreement(made.row.id, "they moved", None).await.unwrap();
        assert_eq!((ended.status, ended.before, ended.steps[1].why.as_str()), (AgreementStatus::Ended, false, "they moved"));
        assert!(town.books.end_agreement(made.row.id, "again", None).await.unwrap().before);
        let ended = town.books.agreements(Some(AgreementStatus::Ended), None, 9).await.unwrap();
        assert_eq!(ids(ended), [made.row.id]);
        let events = town.books.find_events(&FindEvents::default(), None, 500).await.unwrap();
        let told: Vec<_> = events.iter().filter(|it| it.deed.contains("agreement")).collect();
        assert_eq!(told.len(), 3, "{told:?}");
        town.proved().await;
    }

    /// A list tells of each what the agreement itself does.
    async fn a_list_of_agreements_says_what_each_says(url: &str) {
        let town = Town::of(url).await;
        let one = active(&town).await;
        let may = town.books.start_agreed_payment(&take(one.row.id, 500, "may")).await.unwrap();
        took(&town, &may).await;
        town.books.start_agreed_payment(&take(one.row.id, 600, "june")).await.unwrap();
        let two = town.books.make_agreement(&for_leisure()).await.unwrap();
        town.books.start_agreed_payment(&set_up(two.row.id, 700, "first of two")).await.unwrap();
        let three = town.books.make_agreement(&for_tax(3)).await.unwrap();
        let mut each = Vec::new();
        for id in [three.row.id, two.row.id, one.row.id] {
            each.push(town.books.agreement(id).await.unwrap());
        }
        let counts = |it: &AgreementView| (it.payments.paid, it.payments.open, it.payments.setting_up, it.payments.set_up);
        let counted: Vec<_> = each.iter().map(counts).collect();
        assert_eq!(counted, [(0, 0, 0, 0), (0, 1, 1, 1), (2, 1, 0, 1)]);
        assert_eq!(town.books.agreements(None, None, 9).await.unwrap(), each);
        // The page is of agreements, however many steps they have.
        assert_eq!(town.books.agreements(None, None, 2).await.unwrap(), each[..2]);
        assert_eq!(town.books.agreements(None, Some(two.row.id), 9).await.unwrap(), each[2..]);
    }

    /// The same key is the same deed, whatever became of the agreement since.
    async fn an_end_is_asked_for_again_by_its_key(url: &str) {
        let town = Town::of(url).await;
        let one = active(&town).await;
        let other = town.books.make_agreement(&for_leisure()).await.unwrap();
        let end = async |view: &AgreementView, why, key| town.books.end_agreement(view.row.id, why, Some(key)).await;
        let ended = end(&one, "they rang", "e-1").await.unwrap();
        assert_eq!((ended.status, ended.before), (AgreementStatus::Ending, false));
        let again = end(&one, " they rang ", "e-1").await.unwrap();
        assert_eq!(again, AgreementView { before: true, ..ended });
        for (view, why) in [(&one, "they wrote"), (&other, "they rang")] {
            assert_eq!(refused(end(view, why, "e-1").await), "`e-1` was used before for something else");
        }
        assert_eq!(town.books.agreement(other.row.id).await.unwrap().status, AgreementStatus::Created);
        // Another key finds it ended, and is used up by that.
        assert!(end(&one, "they wrote", "e-2").await.unwrap().before);
        assert!(refused(end(&other, "they wrote", "e-2").await).contains("used before"));
        told(&town, &one, AgreementState::Ended).await;
        assert_eq!(end(&one, "they rang", "e-1").await.unwrap().status, AgreementStatus::Ended);
        town.proved().await;
    }

    /// Two servers hear the same at once: it is ended once.
    async fn an_end_asked_for_twice_at_once_is_one(url: &str) {
        let town = Town::of(url).await;
        let one = active(&town).await;
        let end = || town.books.end_agreement(one.row.id, "they rang", Some("e-1"));
        let (a, b, c) = tokio::join!(end(), end(), end());
        let new = [a, b, c].into_iter().filter(|done| !done.as_ref().unwrap().before).count();
        assert_eq!(new, 1);
        town.proved().await;
    }

    /// Nobody can tell its provider: a person is told after a while, and it is over here.
    async fn an_agreement_of_no_account_ends_after_a_fortnight(url: &str) {
        let town = Town::of(url).await;
        let one = active(&town).await;
        town.books.end_agreement(one.row.id, "they rang", None).await.unwrap();
        let ended = async || town.books.end_agreements_of_no_account().await.unwrap();
        let status = async || town.books.agreement(one.row.id).await.unwrap().status;
        town.clock.forward(TimeDelta::days(13));
        assert_eq!((ended().await, status().await), (0, AgreementStatus::Ending));
        town.clock.forward(TimeDelta::days(2));
        // An account that is there is asked, however long that takes.
        let account = "[[provider]]\nname = \"sandbox\"\nkind = \"sandbox\"\nmethods = [\"CARD\"]\nsecrets = { key = \"k\" }\n";
        let document = town.books.configuration_document().await.unwrap();
        let today = town.books.app().world().today();
        town.books.configure(&format!("{document}{account}"), today).await.unwrap();
        assert_eq!((ended().await, status().await), (0, AgreementStatus::Ending));
        town.books.configure(&document, today).await.unwrap();
        assert_eq!((ended().await, status().await), (1, AgreementStatus::Ended));
        assert_eq!(ended().await, 0);
        let view = town.books.agreement(one.row.id).await.unwrap();
        let last = view.steps.last().unwrap();
        assert_eq!(last.heard, "no-account");
        assert!(last.why.contains("no account sandbox is set up any more") && last.why.contains("agr_1"), "{}", last.why);
        let listed = town.books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!(listed.iter().map(|row| row.why.as_str()).collect::<Vec<_>>(), [last.why.as_str()]);
        assert_eq!(due(&town.books).await, 0);
        town.proved().await;
    }

    /// The same request is the same, wherever its reference leads by now.
    async fn the_same_agreement_is_asked_for_by_its_key_though_its_reference_moved(url: &str) {
        let town = Town::of(url).await;
        town.books.redirect_reference(&from_old("OLD 1", Some(&ct(1)))).await.unwrap();
        let new = NewAgreement { reference: "old 1".to_owned(), key: Some("letter 7".to_owned()), ..for_tax(1) };
        let made = town.books.make_agreement(&new).await.unwrap();
        assert_eq!((made.row.account.clone(), made.before), (ct(1), false));
        let same = AgreementView { before: true, ..made.clone() };
        assert_eq!(town.books.make_agreement(&new).await.unwrap(), same);
        town.books.redirect_reference(&from_old(&ct(1), Some(&ct(2)))).await.unwrap();
        assert_eq!(town.books.make_agreement(&new).await.unwrap(), same);
        // By where it led, it is the same as well; for another it is not.
        assert_eq!(town.books.make_agreement(&NewAgreement { reference: ct(1), ..new.clone() }).await.unwrap(), same);
        for other in [ct(2), "OLD 2".to_owned()] {
            let other = NewAgreement { reference: other, ..new.clone() };
            assert_eq!(refused(town.books.make_agreement(&other).await), "`letter 7` was used before for something else");
        }
        assert_eq!(count(url, "agreement"), 1);
        town.proved().await;
    }

    async fn what_cannot_be_agreed_to_is_refused(url: &str) {
        let town = Town::of(url).await;
        let tax = for_tax(1);
        for (new, says) in [
            (NewAgreement { method: "CASH".to_owned(), ..tax.clone() }, "is no card"),
            (NewAgreement { method: "NONE".to_owned(), ..tax.clone() }, "is not configured"),
            (NewAgreement { reference: "12345".to_owned(), ..tax.clone() }, "12345"),
            (NewAgreement { most: Some(Pence::ZERO), ..tax.clone() }, "more than nothing"),
            (NewAgreement { description: "\n".to_owned(), ..tax.clone() }, "says what it is for"),
            (NewAgreement { provider: " ".to_owned(), ..tax.clone() }, "1 to 200"),
            (NewAgreement { key: Some("opening 7".to_owned()), ..tax.clone() }, "choose another"),
        ] {
            let why = town.books.make_agreement(&new).await.unwrap_err();
            assert!(why.is_bad_input() && why.to_string().contains(says), "{why}");
        }
        assert_eq!(count(url, "agreement"), 0);
    }

    async fn money_is_taken_once_while_the_payer_agrees(url: &str) {
        let town = Town::of(url).await;
        let new = town.books.make_agreement(&for_tax(1)).await.unwrap();
        let id = new.row.id;
        let why = refused(town.books.start_agreed_payment(&take(id, 500, "may")).await);
        assert!(why.contains("is not set up"), "{why}");
        told(&town, &new, AgreementState::Created).await;
        let first = town.books.start_agreed_payment(&set_up(id, 1_000, "first")).await.unwrap();
        // Said by hearsay, it is not active before the provider says so.
        took(&town, &first).await;
        refused(town.books.start_agreed_payment(&take(id, 500, "may")).await);
        told(&town, &new, AgreementState::Active).await;
        let why = refused(town.books.start_agreed_payment(&set_up(id, 1_000, "more")).await);
        assert!(why.contains("is set up already"), "{why}");

        let may = town.books.start_agreed_payment(&take(id, 500, "may")).await.unwrap();
        let same = town.books.start_agreed_payment(&take(id, 500, "may")).await.unwrap();
        assert_eq!((same.payment.id, same.before, may.before), (may.payment.id, true, false));
        let why = refused(town.books.start_agreed_payment(&take(id, 501, "may")).await);
        assert_eq!(why, "`may` was used before for something else");
        let why = refused(town.books.start_agreed_payment(&take(id, 5_001, "june")).await);
        assert!(why.contains("50.01 is more than the 50.00"), "{why}");
        for (pence, key) in [(0, "june"), (-1, "june"), (5, " ")] {
            let why = town.books.start_agreed_payment(&take(id, pence, key)).await.unwrap_err();
            assert!(why.is_bad_input(), "{why:?}");
        }
        took(&town, &may).await;
        took(&town, &may).await;
        assert_eq!((town.at("fund:CT").await, town.at("clearing:card").await), (-1_500, 1_500));
        let refused_by_bank = town.books.start_agreed_payment(&take(id, 700, "june")).await.unwrap();
        heard(&town.books, &of(&refused_by_bank, "p-june", Saying::refused("no funds"))).await;
        let view = town.books.agreement(id).await.unwrap();
        assert_eq!((view.payments.paid, view.payments.open), (2, 0));

        // Ended, it is over at once, and what was asked for before stays what it was.
        let open = town.books.start_agreed_payment(&take(id, 300, "july")).await.unwrap();
        assert_eq!(town.books.end_agreement(id, "they rang", None).await.unwrap().status, AgreementStatus::Ending);
        let why = refused(town.books.start_agreed_payment(&take(id, 300, "august")).await);
        assert!(why.contains("has ended"), "{why}");
        assert_eq!(town.books.start_agreed_payment(&take(id, 300, "july")).await.unwrap().payment.id, open.payment.id);
        assert_eq!(told(&town, &view, AgreementState::Active).await, AgreementStatus::Ending);
        assert_eq!(told(&town, &view, AgreementState::Ended).await, AgreementStatus::Ended);
        // It says otherwise: it has to be ended there again, and begins never.
        assert_eq!(told(&town, &view, AgreementState::Active).await, AgreementStatus::Ending);
        refused(town.books.start_agreed_payment(&take(id, 300, "august")).await);
        assert_eq!(told(&town, &view, AgreementState::Ended).await, AgreementStatus::Ended);
        took(&town, &open).await;
        assert_eq!(town.at("fund:CT").await, -1_800);
        town.proved().await;

        // What is kept of where it stands is not believed, nor more than was agreed to.
        for (sql, back) in [
            ("UPDATE agreement_state SET status = 'active'", "UPDATE agreement_state SET status = 'ended'"),
            ("UPDATE agreement SET most_pence = 999", "UPDATE agreement SET most_pence = 5000"),
        ] {
            tamper(url, sql);
            let verified = town.books.verify(None).await.unwrap();
            let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
            assert!(wrong.len() == 1 && wrong[0].name.starts_with("each agreement"), "{wrong:?}");
            tamper(url, back);
        }
    }

    async fn two_programs_take_what_is_due_once(url: &str) {
        let town = Town::of(url).await;
        let agreed = active(&town).await;
        let elsewhere = town.elsewhere(7).await;
        let new = take(agreed.row.id, 500, "may");
        let (one, other): (Result<PaymentView, _>, Result<PaymentView, _>) =
            tokio::join!(town.books.start_agreed_payment(&new), elsewhere.start_agreed_payment(&new));
        assert_eq!(one.unwrap().payment.id, other.unwrap().payment.id);
        assert_eq!(count(url, "agreement_payment"), 2);
        assert_eq!(sql(url, "SELECT COUNT(*) FROM agreement_payment WHERE what = 'take'"), "1");
        town.proved().await;
    }

    async fn a_provider_that_answers_for_another_agreement_is_not_believed(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.make_agreement(&for_tax(1)).await.unwrap();
        let other = SaidAgreement { reference: Some("OTHER".to_owned()), ..said("agr_1", AgreementState::Active) };
        let why = refused(town.books.hear_of_agreement(view.row.id, &other).await);
        assert!(why.contains("answers for `OTHER`"), "{why}");
        told(&town, &view, AgreementState::Created).await;
        let why = refused(town.books.hear_of_agreement(view.row.id, &said("agr_2", AgreementState::Active)).await);
        assert!(why.contains("answers for `agr_2`"), "{why}");
        for name in ["", "4111111111111111", "a\nb"] {
            let view = town.books.make_agreement(&for_tax(2)).await.unwrap();
            refused(town.books.hear_of_agreement(view.row.id, &said(name, AgreementState::Active)).await);
        }
        assert_eq!(town.books.agreement(view.row.id).await.unwrap().status, AgreementStatus::Created);
        town.proved().await;
    }

    async fn a_provider_is_asked_while_it_has_something_to_say(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.make_agreement(&for_tax(1)).await.unwrap();
        let id = view.row.id;
        told(&town, &view, AgreementState::Created).await;
        town.clock.forward(TimeDelta::days(20));
        assert_eq!(due(&town.books).await, 0, "nobody sets it up");
        let first = town.books.start_agreed_payment(&set_up(id, 1_000, "first")).await.unwrap();
        assert_eq!(due(&town.books).await, 0, "the payer is typing");
        town.clock.forward(TimeDelta::minutes(1));
        assert_eq!(due(&town.books).await, 1);
        // Asked, and nothing was said; then nothing new.
        town.books.miss_agreement(id).await.unwrap();
        assert_eq!(due(&town.books).await, 0);
        town.clock.forward(TimeDelta::minutes(1));
        told(&town, &view, AgreementState::Created).await;
        assert_eq!(due(&town.books).await, 0);
        took(&town, &first).await;
        town.clock.forward(TimeDelta::minutes(1));
        assert_eq!(due(&town.books).await, 1);
        told(&town, &view, AgreementState::Active).await;
        town.clock.forward(TimeDelta::days(40));
        assert_eq!(due(&town.books).await, 0);
        // Ended here, it is asked about until it has ended there.
        town.books.end_agreement(id, "they rang", None).await.unwrap();
        assert_eq!(due(&town.books).await, 1);
        town.books.miss_agreement(id).await.unwrap();
        assert_eq!(due(&town.books).await, 0);
        town.clock.forward(TimeDelta::days(40));
        assert_eq!(due(&town.books).await, 1);
        told(&town, &view, AgreementState::Ended).await;
        town.clock.forward(TimeDelta::days(40));
        assert_eq!(due(&town.books).await, 0);
        town.proved().await;
    }

    /// The payer may still agree on the provider's page: then that has to be ended too.
    async fn an_agreement_that_is_ended_while_it_is_set_up_ends_after(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.make_agreement(&for_tax(1)).await.unwrap();
        told(&town, &view, AgreementState::Created).await;
        let first = town.books.start_agreed_payment(&set_up(view.row.id, 1_000, "first")).await.unwrap();
        let ended = town.books.end_agreement(view.row.id, "a mistake", None).await.unwrap();
        assert_eq!(ended.status, AgreementStatus::Ending);
        assert_eq!(told(&town, &view, AgreementState::Created).await, AgreementStatus::Ending);
        heard(&town.books, &of(&first, "p-1", Saying::Cancelled)).await;
        assert_eq!(told(&town, &view, AgreementState::Created).await, AgreementStatus::Ended);
        town.proved().await;
    }

    /// The payer was faster than the end, and the provider slower than both.
    async fn an_agreement_that_is_paid_for_while_it_ends_is_ended_when_it_is_active(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.make_agreement(&for_tax(1)).await.unwrap();
        told(&town, &view, AgreementState::Created).await;
        let first = town.books.start_agreed_payment(&set_up(view.row.id, 1_000, "first")).await.unwrap();
        town.books.end_agreement(view.row.id, "a mistake", None).await.unwrap();
        took(&town, &first).await;
        assert_eq!(told(&town, &view, AgreementState::Created).await, AgreementStatus::Ending);
        town.clock.forward(TimeDelta::days(40));
        assert_eq!(due(&town.books).await, 1);
        assert_eq!(told(&town, &view, AgreementState::Active).await, AgreementStatus::Ending);
        assert_eq!(told(&town, &view, AgreementState::Ended).await, AgreementStatus::Ended);
        town.clock.forward(TimeDelta::days(1));
        assert_eq!(due(&town.books).await, 0);
        town.proved().await;
    }

    /// The first payment was over here, and is paid all the same.
    async fn an_agreement_that_is_set_up_after_its_end_is_asked_about(url: &str) {
        let town = Town::of(url).await;
        let view = town.books.make_agreement(&for_tax(1)).await.unwrap();
        told(&town, &view, AgreementState::Created).await;
        let first = town.books.start_agreed_payment(&set_up(view.row.id, 1_000, "first")).await.unwrap();
        town.books.end_agreement(view.row.id, "a mistake", None).await.unwrap();
        heard(&town.books, &of(&first, "p-1", Saying::Cancelled)).await;
        assert_eq!(told(&town, &view, AgreementState::Created).await, AgreementStatus::Ended);
        // For two weeks it may be told of without its payment.
        assert_eq!(due(&town.books).await, 0);
        town.clock.forward(TimeDelta::days(2));
        assert_eq!(due(&town.books).await, 1);
        town.books.miss_agreement(view.row.id).await.unwrap();
        assert_eq!(due(&town.books).await, 0);
        town.clock.forward(TimeDelta::days(15));
        assert_eq!(told(&town, &view, AgreementState::Created).await, AgreementStatus::Ended);
        town.clock.forward(TimeDelta::days(15));
        assert_eq!(due(&town.books).await, 0);
        // And when its payment is.
        heard(&town.books, &of(&first, "p-1", Saying::paid(None))).await;
        assert_eq!((town.at("fund:CT").await, due(&town.books).await), (-1_000, 1));
        assert_eq!(told(&town, &view, AgreementState::Active).await, AgreementStatus::Ending);
        let why = refused(town.books.start_agreed_payment(&take(view.row.id, 300, "august")).await);
        assert!(why.contains("has ended"), "{why}");
        assert_eq!(told(&town, &view, AgreementState::Ended).await, AgreementStatus::Ended);
        town.proved().await;
    }
}
