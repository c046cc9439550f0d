//! Paying on the portal: in the books once, whatever browser and network do.

use ims_app::{FindReceipts, Word};
use ims_testkit::{
    govuk_pay::{Payment, Stub, Weather},
    on_both,
};

use super::{
    borough::Borough,
    client::{Answer, Client},
    portal::{fill, leisure},
};

/// A card that pays.
pub const GOOD: &str = "4444333322221111";

/// Presses the button of the check page.
pub async fn press(client: &mut Client) -> Answer {
    let content = client.get("/check").await.hidden("content");
    fill(client, "/check", &[("content", &content)]).await
}

/// The provider's name of the payment that a page leads to.
pub fn led_to(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("content=\"0; url=").expect(&page.body);
    let url = rest.split_once('"').unwrap().0;
    url.rsplit('/').next().unwrap().to_owned()
}

/// A payment as the provider has it.
fn at(stub: &Stub, payment: &str) -> Payment {
    let books = stub.books();
    books.payments().iter().find(|one| one.payment_id == payment).unwrap().clone()
}

/// Where the payer comes back to.
pub fn back(stub: &Stub, payment: &str) -> String {
    format!("/back/{}", at(stub, payment).reference)
}

pub async fn receipts(borough: &Borough) -> usize {
    let books = borough.books().await;
    books.find_receipts(&FindReceipts::default(), None, 50).await.unwrap().len()
}

on_both! {
    async fn a_basket_is_paid_and_its_receipt_shown(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        assert_eq!(leisure(&mut ann, "LM000001", "24").await.status, 303);
        let form = [("reference", "80000001"), ("amount", "100")];
        assert_eq!(fill(&mut ann, "/pay/CT", &form).await.status, 303);
        let onward = press(&mut ann).await;
        let payment = led_to(&onward);
        onward.shows(&["Go to the payment page"]);
        let back = back(&stub, &payment);
        ann.get(&back).await.shows(&["We are waiting to hear", "Do not pay again"]);
        stub.pay(&payment, GOOD);
        let receipt = ann.get(&back).await;
        receipt.shows(&[
            "Payment received", "Receipt number", "LM000001", "£24.00",
            "£4.00 of it is VAT at 20%", "80000001", "£124.00",
        ]);
        assert_eq!(ann.get(&back).await.body, receipt.body, "again is the same");
        ann.get("/basket").await.shows(&["Your basket is empty."]);
        // Whoever else has the address learns nothing of what it was for.
        let eve = borough.client().get(&back).await;
        eve.shows(&["We have received this payment"]);
        for secret in ["LM000001", "80000001", "24.00", "124.00"] {
            assert!(!eve.body.contains(secret), "{}", eve.body);
        }
        assert_eq!(ann.get("/back/0000-0000-0000-0").await.status, 404);
        // The same account is paid again another time.
        assert_eq!(leisure(&mut ann, "LM000001", "5").await.status, 303);
        stub.pay(&led_to(&press(&mut ann).await), GOOD);
        borough.gateways.poll(&borough.app.books(Some("BRO"), ims_app::Actor::system("t")).await.unwrap()).await.unwrap();
        assert!(borough.books().await.payment_exceptions(None, 9).await.unwrap().is_empty());
    }

    /// Funds with accounts of their own: one payment each, one after the other.
    async fn what_goes_to_two_accounts_is_paid_with_two_payments(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        borough.leisure_apart(&stub).await;
        let mut ann = borough.client();
        for (page, reference, amount) in
            [("/pay/CT", "80000001", "100"), ("/pay/LE", "LM000001", "24"), ("/pay/CT", "80000002", "6")]
        {
            let form = [("reference", reference), ("amount", amount)];
            assert_eq!(fill(&mut ann, page, &form).await.status, 303, "{page}");
        }
        ann.get("/check").await.shows(&[
            "paid in 2 payments", "Payment 1 of 2", "£106.00", "Payment 2 of 2", "£24.00", "Pay £106.00 now",
        ]);
        // Given up and pressed again, in another tab too, it is never the other part.
        let first = led_to(&press(&mut ann).await);
        assert_eq!(led_to(&press(&mut ann).await), first);
        stub.call_off(&first);
        ann.get(&back(&stub, &first)).await.shows(&["You cancelled the payment"]);
        let first = led_to(&press(&mut ann).await);
        assert_eq!(at(&stub, &first).amount, 10_600);
        let shown = ann.get("/check").await.hidden("content");
        stub.pay(&first, GOOD);
        let receipt = ann.get(&back(&stub, &first)).await;
        receipt.shows(&["80000001", "80000002", "£106.00", "£24.00 is still to be paid", "Pay the rest"]);
        assert!(!receipt.body.contains("LM000001"), "{}", receipt.body);
        // What was shown before the first was paid is not paid now.
        assert_eq!(fill(&mut ann, "/check", &[("content", &shown)]).await.status, 409);
        let check = ann.get("/check").await;
        check.shows(&["LM000001", "Pay £24.00 now"]);
        assert!(!check.body.contains("80000001") && !check.body.contains("of 2"), "{}", check.body);
        let second = led_to(&press(&mut ann).await);
        assert_eq!(at(&stub, &second).amount, 2_400);
        stub.pay(&second, GOOD);
        let receipt = ann.get(&back(&stub, &second)).await;
        receipt.shows(&["LM000001", "£24.00"]);
        assert!(!receipt.body.contains("still to be paid"), "{}", receipt.body);
        ann.get("/basket").await.shows(&["Your basket is empty."]);
        let books = borough.books().await;
        assert_eq!((receipts(&borough).await, stub.books().payments().len()), (3, 3));
        assert!(books.payment_exceptions(None, 9).await.unwrap().is_empty());
        assert!(books.verify(None).await.unwrap().ok);
    }

    async fn who_cancels_pays_again(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        leisure(&mut ann, "LM000001", "24").await;
        let first = led_to(&press(&mut ann).await);
        stub.call_off(&first);
        let refused = ann.get(&back(&stub, &first)).await;
        refused.shows(&["You cancelled the payment", "No money has been taken", "href=\"/check\""]);
        ann.get("/basket").await.shows(&["LM000001"]);
        let second = led_to(&press(&mut ann).await);
        assert_ne!(first, second);
        stub.pay(&second, GOOD);
        ann.get(&back(&stub, &second)).await.shows(&["Payment received"]);
        assert_eq!(receipts(&borough).await, 1);
    }

    async fn both_tabs_pay_one_payment(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        leisure(&mut ann, "LM000001", "24").await;
        let (one, two) = (led_to(&press(&mut ann).await), led_to(&press(&mut ann).await));
        assert_eq!(one, two, "the button in the other tab");
        assert_eq!(stub.books().payments().len(), 1);
        stub.pay(&one, GOOD);
        // The other tab presses once more, with what it was shown.
        let content = "1";
        let token = ann.get("/received").await.hidden("csrf");
        let late = ann.post("/check", &[("csrf", &token), ("content", content)]).await;
        assert!(late.status == 303 || late.status == 409, "{late:?}");
        ann.get(&back(&stub, &one)).await.shows(&["Payment received"]);
        let late = ann.post("/check", &[("csrf", &token), ("content", content)]).await;
        assert_eq!(late.header("location"), "/basket", "{late:?}");
        assert_eq!((receipts(&borough).await, stub.books().payments().len()), (1, 1));
    }

    /// The basket was changed while its payment was open: that one is called off
    /// first, so that only what was shown last can be paid.
    async fn a_changed_basket_calls_its_old_payment_off(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        leisure(&mut ann, "LM000001", "24").await;
        let shown = ann.get("/check").await.hidden("content");
        let old = led_to(&press(&mut ann).await);
        leisure(&mut ann, "LM000002", "6").await;
        let stale = fill(&mut ann, "/check", &[("content", &shown)]).await;
        assert_eq!(stale.status, 409);
        stale.shows(&["changed in another tab", "£30.00"]);
        let new = led_to(&press(&mut ann).await);
        assert_ne!(old, new);
        assert_eq!(at(&stub, &old).status, "cancelled");
        assert_eq!(at(&stub, &new).amount, 3_000);

        // Paid a moment before it was to be called off: the basket is paid, what
        // came later stays in it.
        stub.pay(&new, GOOD);
        leisure(&mut ann, "LM000003", "7").await;
        let paid = press(&mut ann).await;
        assert_eq!(paid.header("location"), back(&stub, &new));
        ann.get(&back(&stub, &new)).await.shows(&["Payment received", "£30.00"]);
        ann.get("/basket").await.shows(&["LM000003", "£7.00"]);
        assert_eq!(receipts(&borough).await, 2, "a line each");
    }

    /// Given up, paid again, and then the first turns out to be paid after all:
    /// both are booked, and a person is told to give one back.
    async fn paid_twice_all_the_same_is_raised(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        leisure(&mut ann, "LM000001", "24").await;
        let first = led_to(&press(&mut ann).await);
        stub.call_off(&first);
        ann.get(&back(&stub, &first)).await.shows(&["You cancelled"]);
        let second = led_to(&press(&mut ann).await);
        stub.pay(&second, GOOD);
        ann.get(&back(&stub, &second)).await.shows(&["Payment received"]);
        let reference = back(&stub, &first).rsplit('/').next().unwrap().to_owned();
        let said = ims_pay::Said::new(first.as_str(), ims_pay::Saying::paid(None))
            .about(reference)
            .for_amount(ims_money::Pence::new(2_400), "GBP");
        let news = ims_app::PaymentNews {
            provider: "pay".to_owned(),
            channel: "card".to_owned(),
            payment: None,
            id: None,
            word: Word::Said(Box::new(said)),
        };
        let books = borough.books().await;
        books.record_payment(&news).await.unwrap();
        books.record_payment(&news).await.unwrap();
        let raised = books.payment_exceptions(None, 9).await.unwrap();
        assert_eq!(raised.iter().map(|row| row.kind.as_str()).collect::<Vec<_>>(), ["twice"]);
        assert_eq!(receipts(&borough).await, 2);
    }

    /// Nobody was told where to pay, so nothing was paid; the button works later.
    async fn an_outage_leaves_no_payment_that_may_have_been_made(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        leisure(&mut ann, "LM000001", "24").await;
        let away = Weather { down: 1, ..Weather::default() };
        stub.books().set_weather(away);
        let sorry = press(&mut ann).await;
        assert_eq!(sorry.status, 503, "{sorry:?}");
        sorry.shows(&["We could not start your payment", "No money has been taken"]);
        stub.books().set_weather(Weather::default());
        let payment = led_to(&press(&mut ann).await);
        stub.pay(&payment, GOOD);
        ann.get(&back(&stub, &payment)).await.shows(&["Payment received"]);
        assert_eq!((receipts(&borough).await, stub.books().payments().len()), (1, 1));

        // Changed meanwhile: what the provider never heard of is called off.
        leisure(&mut ann, "LM000002", "6").await;
        stub.books().set_weather(away);
        assert_eq!(press(&mut ann).await.status, 503);
        stub.books().set_weather(Weather::default());
        leisure(&mut ann, "LM000003", "7").await;
        let payment = led_to(&press(&mut ann).await);
        assert_eq!((at(&stub, &payment).amount, stub.books().payments().len()), (1_300, 2));
    }

    /// Somebody guesses from the same address; who has paid sees it all the same.
    async fn who_has_paid_sees_it_whoever_guessed(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        leisure(&mut ann, "LM000001", "24").await;
        let mut eve = borough.client();
        for _ in 0..120 {
            eve.get("/back/0000-0000-0000-0").await;
        }
        let theirs = eve.get("/back/0000-0000-0000-0").await;
        assert_eq!(theirs.status, 429);
        let payment = led_to(&press(&mut ann).await);
        stub.pay(&payment, GOOD);
        let back = back(&stub, &payment);
        ann.get(&back).await.shows(&["Payment received", "LM000001"]);
        assert_eq!(eve.get(&back).await.status, 429);
    }

    async fn a_provider_that_is_away_takes_nothing(url: &str) {
        let (borough, stub) = Borough::with_provider(url, false).await;
        let mut ann = borough.client();
        leisure(&mut ann, "LM000001", "24").await;
        drop(stub);
        let sorry = press(&mut ann).await;
        assert!(sorry.status == 503 || sorry.header("location").starts_with("/back/"), "{sorry:?}");
        ann.get("/basket").await.shows(&["LM000001"]);
        assert_eq!(receipts(&borough).await, 0);
    }
}
