//! The receipt by e-mail, from the details page to the letter.

use std::time::Duration;

use ims_app::{Actor, JobKind};
use ims_testkit::{
    Engine,
    browser::{Browser, thirtyfour::prelude::*},
    mail::{Catcher, Caught, Mood},
    on_both,
};

use super::{
    borough::Borough,
    browser::{click, enter, keys, look, tab_to, title},
    client::{Answer, Client},
    log,
    portal::fill,
};

/// Does what the server's jobs have to do.
pub async fn jobs(borough: &Borough) {
    while borough.app.run_jobs_once("test").await.unwrap() > 0 {}
}

/// Presses the button of the check page, in the language of `prefix`, pays, and
/// comes back.
async fn pays(
    borough: &Borough,
    stub: &ims_testkit::govuk_pay::Stub,
    client: &mut Client,
    prefix: &str,
) -> Answer {
    let path = format!("{prefix}/check");
    let content = client.get(&path).await.hidden("content");
    assert_eq!(fill(client, &path, &[("content", &content)]).await.status, 200);
    let payment = stub.books().payments().last().unwrap().clone();
    stub.pay(&payment.payment_id, "4444333322221111");
    let back = client.get(&format!("{prefix}/back/{}", payment.reference)).await;
    jobs(borough).await;
    back
}

pub fn only(catcher: &Catcher) -> Caught {
    let [caught] = &catcher.caught()[..] else { panic!("{:?}", catcher.caught()) };
    caught.clone()
}

on_both! {
    async fn a_receipt_is_sent_in_welsh_to_who_paid_in_welsh(url: &str) {
        let (borough, stub, catcher) = Borough::with_mail(url).await;
        let mut ann = borough.client();
        let form = [("reference", "LM000001"), ("amount", "24")];
        assert_eq!(fill(&mut ann, "/cy/pay/LE", &form).await.status, 303);
        ann.get("/cy/basket").await.shows(&["href=\"/cy/your-details\""]);
        let page = ann.get("/cy/your-details").await;
        page.shows(&["Eich derbynneb drwy e-bost", "Eich cyfeiriad e-bost (dewisol)"]);
        assert!(!page.body.contains("id=\"name\""), "nobody's name is needed");
        let bad = fill(&mut ann, "/cy/your-details", &[("mail", "tafod.y.ddraig")]).await;
        assert_eq!(bad.status, 422);
        bad.shows(&["Rhowch gyfeiriad e-bost yn y ffurf gywir", "value=\"tafod.y.ddraig\""]);
        let card = [("mail", "4111111111111111@draig.example.org")];
        let card = fill(&mut ann, "/cy/your-details", &card).await;
        assert_eq!(card.status, 422);
        card.shows(&["rhif cerdyn"]);
        let kept = fill(&mut ann, "/cy/your-details", &[("mail", " tafod@draig.example.org ")]).await;
        assert_eq!((kept.status, kept.header("location")), (303, "/cy/check"));
        ann.get("/cy/check").await.shows(&["Derbynneb drwy e-bost", "tafod@draig.example.org"]);
        let receipt = pays(&borough, &stub, &mut ann, "/cy").await;
        receipt.shows(&["Rydym yn anfon y dderbynneb hon", "Mae £4.00 ohono yn TAW ar 20%", "Cyflenwr</dt>",
            "Brightwater Borough Council, Town Hall, 1 Market Square, Brightwater, ZZ1 1ZZ</dd>", "GB 980 7806 84"]);
        assert!(!receipt.body.contains("draig"), "the page holds no address: {}", receipt.body);
        let caught = only(&catcher);
        assert_eq!((caught.from.as_str(), &caught.to[..]), ("income@example.gov.uk", &["tafod@draig.example.org".to_owned()][..]));
        let text = caught.text();
        for says in ["Diolch.", "Aelodaeth hamdden\nRhif aelodaeth: LM000001\nSwm: £24.00\nTAW ynddo (20%): £4.00", "Cyfanswm a dalwyd: £24.00",
            "Cyflenwr: Brightwater Borough Council, Town Hall, 1 Market Square, Brightwater, ZZ1 1ZZ\nRhif cofrestru TAW: GB 980 7806 84\n",
            "Brightwater Borough Council\nPO Box 1\nBrightwater\nZZ1 1AA\n"] {
            assert!(text.contains(says), "{says}: {text}");
        }
        // Looked at again, it is not sent again; and the next basket asks anew.
        ann.get("/cy/back/nothing").await;
        jobs(&borough).await;
        assert_eq!(catcher.caught().len(), 1);
        assert!(!log::said().contains("draig.example.org"), "the log names nobody");
        fill(&mut ann, "/pay/LE", &form).await;
        let page = ann.get("/your-details").await;
        assert!(!page.body.contains("draig"), "{}", page.body);
    }

    async fn who_wants_no_e_mail_is_sent_none(url: &str) {
        let (borough, stub, catcher) = Borough::with_mail(url).await;
        let mut ann = borough.client();
        fill(&mut ann, "/pay/LE", &[("reference", "LM000001"), ("amount", "24")]).await;
        assert_eq!(fill(&mut ann, "/your-details", &[("mail", "")]).await.status, 303);
        // Who has said so is not asked again.
        ann.get("/basket").await.shows(&["href=\"/check\""]);
        ann.get("/check").await.shows(&["You are not having the receipt sent by e-mail."]);
        let receipt = pays(&borough, &stub, &mut ann, "").await;
        receipt.shows(&["Payment received"]);
        assert!(!receipt.body.contains("We are sending this receipt"), "{}", receipt.body);
        assert_eq!(catcher.caught(), []);
    }

    /// The mail server is away: the payment is received all the same, and the
    /// letter goes when it is back.
    async fn a_mail_server_that_is_away_holds_no_payment_up(url: &str) {
        let (borough, stub, catcher) = Borough::with_mail(url).await;
        catcher.set(Mood::Busy);
        let mut ann = borough.client();
        fill(&mut ann, "/pay/LE", &[("reference", "LM000001"), ("amount", "24")]).await;
        fill(&mut ann, "/your-details", &[("mail", "ann@example.org")]).await;
        pays(&borough, &stub, &mut ann, "").await.shows(&["Payment received", "We are sending this receipt"]);
        assert_eq!(catcher.caught(), []);
        catcher.set(Mood::Takes);
        jobs(&borough).await;
        assert_eq!(catcher.caught(), [], "not at once");
        borough.clock.forward(chrono::TimeDelta::minutes(2));
        jobs(&borough).await;
        assert_eq!(only(&catcher).to, ["ann@example.org"]);
    }

    /// A mail server that neither answers nor hangs up keeps no other job waiting.
    async fn a_silent_mail_server_holds_no_other_job_up(url: &str) {
        let (borough, stub, catcher) = Borough::with_mail(url).await;
        catcher.set(Mood::Busy);
        let mut ann = borough.client();
        fill(&mut ann, "/pay/LE", &[("reference", "LM000001"), ("amount", "24")]).await;
        fill(&mut ann, "/your-details", &[("mail", "ann@example.org")]).await;
        pays(&borough, &stub, &mut ann, "").await;
        catcher.set(Mood::Silent);
        borough.clock.forward(chrono::TimeDelta::minutes(2));
        let books = borough.app.books(None, Actor::system("test")).await.unwrap();
        books.add_job(&JobKind::Verify, borough.app.world().now()).await.unwrap();
        let verified = async {
            loop {
                let jobs = books.jobs(9).await.unwrap();
                if jobs.iter().any(|job| job.kind == "verify" && job.state == "done") {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::select! {
            () = ims_web::run_jobs(&borough.app, std::future::pending()) => panic!("nobody stops it"),
            done = tokio::time::timeout(Duration::from_secs(20), verified) => done.unwrap(),
        }
        assert_eq!(catcher.caught(), []);
    }
}

/// Basket, details, pay, receipt, letter: by keyboard, with the accessibility check.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receipt_comes_by_e_mail_to_who_paid_in_a_browser() {
    let fresh = Engine::Sqlite.fresh();
    let (borough, _stub, catcher) = Borough::with_mail(&fresh.url).await;
    let browser = Browser::start().await;
    browser.goto(format!("http://{}/pay/LE", borough.address)).await.unwrap();
    tab_to(&browser, "reference").await;
    keys(&browser, "LM000001").await;
    tab_to(&browser, "amount").await;
    keys(&browser, "24").await;
    enter(&browser).await;
    browser.goto(format!("http://{}/your-details", borough.address)).await.unwrap();
    assert_eq!(title(&browser).await, "Your receipt by e-mail – Brightwater Borough Council");
    look(&browser, "portal-mail").await;
    tab_to(&browser, "mail").await;
    keys(&browser, "ann.other@example").await;
    enter(&browser).await;
    look(&browser, "portal-mail-wrong").await;
    tab_to(&browser, "mail").await;
    keys(&browser, "ann.other@example.org").await;
    enter(&browser).await;
    look(&browser, "portal-mail-check").await;
    tab_to(&browser, "Pay £").await;
    enter(&browser).await;
    browser.find(By::Id("card-no")).await.unwrap().send_keys("4444333322221111").await.unwrap();
    click(&browser, "confirm").await;
    assert_eq!(title(&browser).await, "Payment received – Brightwater Borough Council");
    look(&browser, "portal-mail-receipt").await;
    let receipt = browser.find(By::Id("main-content")).await.unwrap().text().await.unwrap();
    assert!(
        receipt.contains("We are sending this receipt to the e-mail address you gave."),
        "{receipt}"
    );
    jobs(&borough).await;
    let caught = only(&catcher);
    assert_eq!(caught.to, ["ann.other@example.org"]);
    let number = receipt.lines().skip_while(|line| *line != "Receipt number").nth(1).unwrap();
    assert!(caught.text().contains(&format!("Receipt number: {number}")), "{}", caught.text());
}
