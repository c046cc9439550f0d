//! Receipts by e-mail: once, in the payer's language, whatever the mail server does.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU8, Ordering},
};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use ims_app::{App, JobKind, Letter, Mail, NewPayment, NotSent, PaymentView, WantedMail, Word};
use ims_ledger::Council;
use ims_pay::{Language, Said, Saying};
use ims_testkit::on_both;
use tokio::sync::Notify;

use super::{
    concurrent::at_once,
    payments::{basket, told, took},
    raw::{count, sql},
    take_receipt::COUNTER,
    town::{Town, april, ct, settings},
};

const ADDRESS: &str = "ann.other@example.org";

/// What a letter box does with the next letters; after those it takes them.
#[derive(Clone, Debug)]
enum Next {
    Says(NotSent),
    NeverAnswers,
    /// As `Says`; and by then the database has no place for it.
    SaysAndBreaks(NotSent, String),
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
            Some(Next::SaysAndBreaks(why, url)) => {
                sql(&url, "ALTER TABLE receipt_mail RENAME TO away");
                Err(why)
            }
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
        + COUNTER
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

/// The night's job.
pub(super) async fn night(town: &Town) {
    let job = JobKind::SweepPayments { day: town.app.world().today() };
    town.books.add_job(&job, town.app.world().now()).await.unwrap();
    town.app.run_jobs_once("night").await.unwrap();
}

fn away() -> NotSent {
    NotSent::Later("the mail server could not be reached".to_owned())
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
        for _ in 0..20 {
            town.app.run_jobs_once("without").await.unwrap();
            town.clock.forward(TimeDelta::hours(3));
        }
        assert_eq!(state(url), "wanted");
        let jobs = town.books.jobs(9).await.unwrap();
        let job = jobs.iter().find(|job| job.kind == "mail-receipt").unwrap();
        assert_eq!((job.state, job.attempts), ("waiting", 0), "it uses no try up");
        app.run_jobs_once("server").await.unwrap();
        assert_eq!((state(url).as_str(), post.got.lock().unwrap().len()), ("sent", 1));
    }

    /// A payment that came to nothing: its address goes with who meant to pay, that
    /// of one that is under way stays.
    async fn an_address_of_a_payment_that_came_to_nothing_is_forgotten(url: &str) {
        let (town, _, _) = sending(url).await;
        let gone = town.books.start_payment(&wanted(ADDRESS, Language::English)).await.unwrap();
        let said = Said::new("p-1", Saying::Cancelled).about(gone.payment.reference.clone());
        town.books.record_payment(&told(Word::Said(Box::new(said)))).await.unwrap();
        town.clock.forward(TimeDelta::days(6));
        night(&town).await;
        assert_eq!((kept(url).as_str(), count(url, "receipt_mail")), ("1", 1), "it may yet be paid");
        let open = NewPayment {
            key: Some("open".to_owned()),
            ..wanted("bob@example.org", Language::English)
        };
        town.books.start_payment(&open).await.unwrap();
        town.clock.forward(TimeDelta::days(2));
        night(&town).await;
        assert_eq!((kept(url).as_str(), count(url, "receipt_mail")), ("1", 1));
        assert_eq!(sql(url, "SELECT words FROM detail WHERE words LIKE '%@example.org'"), "bob@example.org");
        town.proved().await;
    }

    /// What cannot be a receipt any more has no letter.
    async fn an_address_of_money_in_suspense_is_forgotten(url: &str) {
        let (town, post, app) = sending(url).await;
        let new = NewPayment {
            lines: basket(&[("PK", "PN000001", 100)]).lines,
            ..wanted(ADDRESS, Language::English)
        };
        let view = town.books.start_payment(&new).await.unwrap();
        let closed = settings("MILL").replace("max_pence = 50000", "disabled = true");
        town.books.configure(&closed, town.app.world().today()).await.unwrap();
        took(&town, &view).await;
        assert_eq!(town.at("suspense").await, -100);
        while app.run_jobs_once("server").await.unwrap() > 0 {}
        assert_eq!((kept(url).as_str(), count(url, "receipt_mail")), ("0", 0));
        assert_eq!(post.got.lock().unwrap().len(), 0);
        town.proved().await;
    }

    /// A letter that no server takes is given up, and its address with it.
    async fn an_address_is_forgotten_with_a_letter_given_up(url: &str) {
        let (town, post, app) = sending(url).await;
        *post.next.lock().unwrap() = vec![Next::Says(away()); 40];
        paid(&town, Language::English).await;
        for _ in 0..30 {
            app.run_jobs_once("server").await.unwrap();
            town.clock.forward(TimeDelta::hours(3));
        }
        let tries = post.got.lock().unwrap().len();
        assert_eq!((tries, state(url).as_str(), kept(url).as_str()), (16, "refused", "0"));
        let job = town.books.jobs(1).await.unwrap().remove(0);
        assert_eq!(job.state, "laid aside");
        let told = sql(url, "SELECT data FROM audit_event WHERE deed = 'mail receipt'");
        assert!(told.contains("given up") && told.contains("could not be reached"), "{told}");
        // Somebody lets it be tried again: there is nobody to send it to.
        town.books.retry_job(job.id).await.unwrap();
        app.run_jobs_once("server").await.unwrap();
        assert_eq!((post.got.lock().unwrap().len(), state(url).as_str()), (16, "refused"));
        town.proved().await;
    }

    /// Paid is what was paid, though more than is owed.
    async fn a_letter_says_all_that_was_paid(url: &str) {
        let (town, post, app) = sending(url).await;
        town.took("rents.csv", "fund,reference,name,balance\nRM,RM0001,Rent,80.00\nRM,RM0002,Rent,0.00\n").await;
        for (account, language, says) in [
            ("RM0001", Language::English, ["Total paid: £100.00", "£20.00 of it is more than is owed."]),
            ("RM0002", Language::Welsh, ["Cyfanswm a dalwyd: £100.00", "Mae £100.00 ohono yn fwy na'r hyn sy'n ddyledus."]),
        ] {
            let new = NewPayment {
                lines: basket(&[("RM", account, 10_000)]).lines,
                key: Some(account.to_owned()),
                ..wanted(ADDRESS, language)
            };
            let view = town.books.start_payment(&new).await.unwrap();
            took(&town, &view).await;
            while app.run_jobs_once("server").await.unwrap() > 0 {}
            let letter = post.got.lock().unwrap().pop().unwrap();
            for says in says {
                assert!(letter.text.contains(says), "{says}: {}", letter.text);
            }
        }
        town.proved().await;
    }

    /// The server says later, and the database goes before that is written down:
    /// whoever heard it still knows.
    async fn a_letter_that_certainly_was_not_sent_is_sent_later(url: &str) {
        let (town, post, app) = sending(url).await;
        *post.next.lock().unwrap() = vec![Next::SaysAndBreaks(away(), url.to_owned())];
        paid(&town, Language::English).await;
        app.run_jobs_once("server").await.unwrap();
        sql(url, "ALTER TABLE away RENAME TO receipt_mail");
        assert_eq!((state(url).as_str(), kept(url).as_str()), ("sending", "1"));
        town.clock.forward(TimeDelta::minutes(2));
        app.run_jobs_once("server").await.unwrap();
        assert_eq!((state(url).as_str(), kept(url).as_str()), ("sent", "0"));
        assert_eq!(post.got.lock().unwrap().len(), 2);
        town.proved().await;
    }

    /// Two pages of one payer, sent at one moment: one address is kept.
    async fn first_addresses_at_one_moment_leave_one(url: &str) {
        let (town, _, _) = sending(url).await;
        for nth in 0..6 {
            let key = Some(format!("k{nth}"));
            let plain = NewPayment { mail: None, key, ..wanted(ADDRESS, Language::English) };
            town.books.start_payment(&plain).await.unwrap();
            let who = AtomicU8::new(0);
            at_once(&town, |books| {
                let address = format!("{nth}-{}@example.org", who.fetch_add(1, Ordering::Relaxed));
                let mail = Some(WantedMail { address, language: Language::English });
                let new = NewPayment { mail, ..plain.clone() };
                async move { books.start_payment(&new).await.map(drop) }
            })
            .await;
            assert_eq!(kept(url), (nth + 1).to_string());
        }
    }

    /// A mail server that does not answer keeps nothing else waiting.
    async fn other_jobs_do_not_wait_for_a_letter(url: &str) {
        let (town, post, app) = sending(url).await;
        *post.next.lock().unwrap() = vec![Next::NeverAnswers];
        paid(&town, Language::English).await;
        town.clock.forward(TimeDelta::seconds(1));
        town.books.add_job(&JobKind::Reconcile, town.app.world().now()).await.unwrap();
        tokio::select! {
            _ = app.run_letters_once("letters") => panic!("nobody answers"),
            () = async {
                post.is_waiting.notified().await;
                assert_eq!(app.run_other_jobs_once("server").await.unwrap(), 1);
            } => {}
        }
        let states: Vec<_> =
            town.books.jobs(9).await.unwrap().into_iter().map(|job| (job.kind, job.state)).collect();
        let is = |kind: &str, state| states.contains(&(kind.to_owned(), state));
        assert!(is("reconcile", "done") && is("mail-receipt", "waiting"), "{states:?}");
        town.proved().await;
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
