//! Receipts by e-mail: once, in the payer's language, whatever the mail server does.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{App, Letter, Mail, NewPayment, NotSent, PaymentView, WantedMail};
use ims_ledger::Council;
use ims_pay::Language;
use ims_testkit::on_both;
use tokio::sync::Notify;

use super::{
    payments::{basket, took},
    raw::sql,
    town::{Town, april, ct, settings},
};

const ADDRESS: &str = "ann.other@example.org";

/// What a letter box does with the next letters; after those it takes them.
#[derive(Clone, Debug)]
enum Next {
    Says(NotSent),
    NeverAnswers,
}

/// A letter box, as a mail server is to the app.
#[derive(Debug, Default)]
struct LetterBox {
    next: Mutex<Vec<Next>>,
    got: Mutex<Vec<Letter>>,
    /// A letter was handed over that is not answered.
    is_waiting: Notify,
}

#[async_trait]
impl Mail for LetterBox {
    fn way(&self) -> &'static str {
        "smtp"
    }

    async fn send(&self, _: &Council, letter: &Letter, _: DateTime<Utc>) -> Result<(), NotSent> {
        self.got.lock().unwrap().push(letter.clone());
        let next = self.next.lock().unwrap().pop();
        match next {
            None => Ok(()),
            Some(Next::Says(why)) => Err(why),
            Some(Next::NeverAnswers) => {
                self.is_waiting.notify_one();
                std::future::pending().await
            }
        }
    }
}

/// A town that sends receipts, the letter box, and a server that has it.
async fn sending(url: &str) -> (Town, Arc<LetterBox>, App) {
    let town = Town::of(url).await;
    let document = settings("MILL")
        + "\n[mail]\nby = \"smtp\"\n[settings]\nsmtp_host = \"mail.example.org\"\nmail_from = \"mill@example.org\"\n"
        + "[portal]\nmethod = \"CARD\"\n[[portal.item]]\nfund = \"CT\"\n\
           label = { en = \"Council tax\", cy = \"Treth gyngor\" }\n\
           reference = { en = \"Account number\", cy = \"Rhif cyfrif\" }\n";
    town.books.configure(&document, april(1)).await.unwrap();
    let post = Arc::new(LetterBox::default());
    let app = town.app.clone().with_mail(post.clone());
    (town, post, app)
}

fn wanted(address: &str, language: Language) -> NewPayment {
    let mail = Some(WantedMail { address: address.to_owned(), language });
    NewPayment {
        mail,
        key: Some("k".to_owned()),
        ..basket(&[("CT", &ct(1), 700), ("LE", "LM000001", 120)])
    }
}

async fn paid(town: &Town, language: Language) -> PaymentView {
    let view = town.books.start_payment(&wanted(ADDRESS, language)).await.unwrap();
    took(town, &view).await;
    town.books.payment(view.payment.id).await.unwrap()
}

/// Where the letter of the only payment stands.
fn state(url: &str) -> String {
    sql(url, "SELECT state FROM receipt_mail")
}

/// In how many rows of the database an address is.
fn kept(url: &str) -> String {
    sql(url, "SELECT COUNT(*) FROM detail WHERE words LIKE '%example.org%'")
}

/// The letter box says this, and is tried once: where the letter stands then.
async fn once(url: &str, why: NotSent) -> [String; 2] {
    let (town, post, app) = sending(url).await;
    *post.next.lock().unwrap() = vec![Next::Says(why)];
    paid(&town, Language::English).await;
    for _ in 0..20 {
        app.run_jobs_once("server").await.unwrap();
        town.clock.forward(TimeDelta::minutes(10));
    }
    assert_eq!(post.got.lock().unwrap().len(), 1);
    [state(url), kept(url)]
}

on_both! {
    async fn a_receipt_is_sent_once_and_its_address_forgotten(url: &str) {
        let (town, post, app) = sending(url).await;
        let view = town.books.start_payment(&wanted(ADDRESS, Language::Welsh)).await.unwrap();
        while app.run_jobs_once("early").await.unwrap() > 0 {}
        assert_eq!(post.got.lock().unwrap().len(), 0, "nothing is paid yet");
        assert_eq!(kept(url), "1");
        took(&town, &view).await;
        took(&town, &view).await;
        while app.run_jobs_once("server").await.unwrap() > 0 {}
        took(&town, &view).await;
        while app.run_jobs_once("server").await.unwrap() > 0 {}
        let number = town.books.payment(view.payment.id).await.unwrap().receipt.unwrap();
        let [letter] = &post.got.lock().unwrap().clone()[..] else { panic!("one letter") };
        assert_eq!((letter.to.as_str(), letter.language), (ADDRESS, Language::Welsh));
        assert!(letter.subject.starts_with("Eich derbynneb: "), "{}", letter.subject);
        for says in [
            format!("Rhif derbynneb: {number}"),
            format!("Cyfeirnod y taliad: {}", view.payment.reference),
            format!("Treth gyngor\nRhif cyfrif: {}\nSwm: £7.00", ct(1)),
            "LM000001\nSwm: £1.20".to_owned(),
            "Cyfanswm a dalwyd: £8.20".to_owned(),
        ] {
            assert!(letter.text.contains(&says), "{says}: {}", letter.text);
        }
        assert_eq!((state(url).as_str(), kept(url).as_str()), ("sent", "0"));
        // Nobody who looks for it later finds it, nor who reads a log.
        let told = sql(url, "SELECT data FROM audit_event WHERE deed = 'mail receipt'");
        assert!(told.contains("\"sent\"") && !told.contains("example.org"), "{told}");
        assert!(!format!("{letter:?}").contains("ann"), "{letter:?}");
        town.proved().await;
    }

    /// The payment is booked whatever becomes of the letter, which is tried later
    /// and later.
    async fn a_mail_server_that_is_away_is_tried_again(url: &str) {
        let (town, post, app) = sending(url).await;
        let away = Next::Says(NotSent::Later("the mail server could not be reached".to_owned()));
        *post.next.lock().unwrap() = vec![away.clone(); 7];
        let view = paid(&town, Language::English).await;
        assert_eq!(view.payment.status, "captured");
        for _ in 0..200 {
            app.run_jobs_once("server").await.unwrap();
            town.clock.forward(TimeDelta::minutes(10));
        }
        let got = post.got.lock().unwrap().clone();
        assert_eq!(got.len(), 8, "seven times in vain");
        assert!(got.iter().all(|letter| *letter == got[0]), "the same letter");
        assert_eq!((state(url).as_str(), kept(url).as_str()), ("sent", "0"));
        assert!(got[0].text.contains("Total paid: £8.20"), "{}", got[0].text);
        town.proved().await;
    }

    /// What may have been sent is not sent again.
    async fn a_letter_that_may_have_gone_is_not_sent_again(url: &str) {
        let (town, post, app) = sending(url).await;
        *post.next.lock().unwrap() = vec![Next::NeverAnswers];
        paid(&town, Language::English).await;
        // The server is stopped while the letter is handed over.
        tokio::select! {
            _ = app.run_jobs_once("stopped") => panic!("nobody answers"),
            () = post.is_waiting.notified() => {}
        }
        assert_eq!((state(url).as_str(), kept(url).as_str()), ("sending", "1"));
        for _ in 0..20 {
            town.clock.forward(TimeDelta::minutes(10));
            app.run_jobs_once("another").await.unwrap();
        }
        assert_eq!(post.got.lock().unwrap().len(), 1);
        assert_eq!((state(url).as_str(), kept(url).as_str()), ("unknown", "0"));
        town.proved().await;
    }

    async fn an_address_that_is_none_is_not_tried_again(url: &str) {
        let why = NotSent::Never("the mail server refuses the address".to_owned());
        assert_eq!(once(url, why).await, ["refused", "0"]);
    }

    async fn a_letter_without_an_answer_is_not_tried_again(url: &str) {
        let why = NotSent::Unknown("the mail server did not answer to the letter".to_owned());
        assert_eq!(once(url, why).await, ["unknown", "0"]);
    }

    /// The payer goes back and writes another address, or none, before they pay.
    async fn the_last_address_counts(url: &str) {
        let (town, post, app) = sending(url).await;
        town.books.start_payment(&wanted("wrong@example.org", Language::English)).await.unwrap();
        let view = town.books.start_payment(&wanted(ADDRESS, Language::English)).await.unwrap();
        assert!(view.before);
        assert_eq!(kept(url), "1", "the first is forgotten");
        took(&town, &view).await;
        while app.run_jobs_once("server").await.unwrap() > 0 {}
        let to: Vec<String> = post.got.lock().unwrap().iter().map(|it| it.to.clone()).collect();
        assert_eq!(to, [ADDRESS]);

        let other = NewPayment { key: Some("other".to_owned()), ..wanted(ADDRESS, Language::English) };
        town.books.start_payment(&other).await.unwrap();
        let none = NewPayment { mail: None, ..other };
        let view = town.books.start_payment(&none).await.unwrap();
        took(&town, &view).await;
        while app.run_jobs_once("server").await.unwrap() > 0 {}
        assert_eq!((post.got.lock().unwrap().len(), kept(url).as_str()), (1, "0"));
        town.proved().await;
    }

    /// A program without a way to send leaves the letter where it is.
    async fn a_letter_waits_for_a_program_that_can_send_it(url: &str) {
        let (town, post, app) = sending(url).await;
        paid(&town, Language::English).await;
        town.app.run_jobs_once("without").await.unwrap();
        assert_eq!(state(url), "wanted");
        let jobs = town.books.jobs(9).await.unwrap();
        let job = jobs.iter().find(|job| job.kind == "mail-receipt").unwrap();
        assert_eq!(job.state, "waiting");
        assert!(job.last_error.as_deref().unwrap().contains("no way to send e-mail"), "{job:?}");
        town.clock.forward(TimeDelta::minutes(2));
        app.run_jobs_once("server").await.unwrap();
        assert_eq!((state(url).as_str(), post.got.lock().unwrap().len()), ("sent", 1));
    }

    /// What residents type is taken for an address only if it can be one.
    async fn a_basket_keeps_where_the_receipt_goes(url: &str) {
        let (_town, _, app) = sending(url).await;
        let portal = ims_app::Actor::holding("portal", &[ims_app::Permission::TakeCard]);
        let residents = app.books(Some("MILL"), portal).await.unwrap();
        let bad = residents.set_basket_mail("ann", "ann@example.org\r\nBcc: eve@example.org").await;
        assert!(bad.is_err());
        let view = residents.basket("ann").await.unwrap();
        assert_eq!((view.asks_mail, view.said_mail, view.mail), (true, false, None));
    }
}
