//! Paying on the portal where the payer's browser posts a form to the provider, and
//! one back.

use ims_pay::{MacKey, Secret, form};
use ims_testkit::on_both;

use super::{
    borough::Borough,
    client::{Answer, Client},
    portal::leisure,
    portal_pays::{press, receipts},
};

/// Its REST interface is away: only what is signed can say what became of it.
pub(super) const FUSE: &str = "kind = \"fuse\"\nurl = \"http://127.0.0.1:1\"\n\
    settings = { merchant = \"town_1\", key-id = \"id-1\", profile = \"P1\", place = \"tests\" }\n\
    secrets = { key = \"base64\", access = \"access\", signing = \"signing\" }\n";

const CIVICA: &str = "kind = \"civica\"\nurl = \"https://www.civicaepay.example/pay?x=1\"\n\
    settings = { query = \"http://127.0.0.1:1/query\", application = \"APP1\", source = \"WEB\" }\n\
    secrets = { key = \"base64\" }\n";

/// What Secure Acceptance has a browser post, as its guide describes the fields.
fn decided(reference: &str, decision: &str, signing: &str) -> String {
    decided_of(reference, decision, "24.00", signing)
}

/// The same of another amount.
pub(super) fn decided_of(reference: &str, decision: &str, amount: &str, signing: &str) -> String {
    let mut fields = vec![
        ("decision", decision),
        ("transaction_id", "6612345678906543212345"),
        ("req_transaction_type", "sale"),
        ("req_reference_number", reference),
        ("req_currency", "GBP"),
        ("auth_amount", amount),
    ];
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let names = format!("{},signed_field_names", names.join(","));
    fields.push(("signed_field_names", &names));
    let message: Vec<String> = fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
    let mac = MacKey::text(&Secret::new(signing)).sign_base64(message.join(",").as_bytes());
    fields.push(("signature", &mac));
    form::encode(&fields)
}

/// The form comes from another site, so the browser brings no cookies of ours.
async fn posted(borough: &Borough, path: &str, body: &str) -> Answer {
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let from = [
        kind,
        ("origin", "https://testsecureacceptance.cybersource.com"),
        ("sec-fetch-site", "cross-site"),
    ];
    let answer = borough.client().send("POST", path, &from, body).await;
    assert_eq!((answer.status, answer.header("location")), (303, path), "{answer:?}");
    // A new name for the visit would take the payer's basket away.
    assert_eq!(answer.header("set-cookie"), "");
    answer
}

/// A basket brought to the provider: the page with its form, and the payment's
/// reference.
async fn handed(ann: &mut Client, field: &str) -> (Answer, String) {
    leisure(ann, "LM000001", "24").await;
    let onward = press(ann).await;
    assert_eq!(onward.status, 200, "{onward:?}");
    let reference = onward.hidden(field);
    (onward, reference)
}

on_both! {
    async fn a_signed_form_that_the_browser_brings_back_is_a_reason_to_look(url: &str) {
        let borough = Borough::with_account(url, FUSE).await;
        let mut ann = borough.client();
        let (onward, reference) = handed(&mut ann, "reference_number").await;
        let host = "https://testsecureacceptance.cybersource.com";
        onward.shows(&[&format!("<form action=\"{host}/pay\" method=\"post\">")]);
        let policy = onward.header("content-security-policy");
        assert!(policy.contains(&format!("form-action {host};")), "{policy}");
        assert_eq!(onward.header("referrer-policy"), "no-referrer");
        let here = format!("http://{}", borough.address);
        let back = format!("/back/{reference}");
        assert_eq!(onward.hidden("override_custom_receipt_page"), format!("{here}{back}"));
        let told = format!("{here}/webhooks/BRO/pay");
        assert_eq!(onward.hidden("override_backoffice_post_url"), told);
        assert_eq!(onward.hidden("amount"), "24.00");
        // The button again is the same payment.
        assert_eq!(press(&mut ann).await.hidden("reference_number"), reference);

        posted(&borough, &back, &decided(&reference, "ACCEPT", "made up")).await;
        posted(&borough, &back, "decision=ACCEPT").await;
        assert_eq!(receipts(&borough).await, 0);
        ann.get(&back).await.shows(&["We are waiting to hear"]);
        // The payer had it in hand: the provider is asked, and does not answer here.
        for _ in 0..2 {
            posted(&borough, &back, &decided(&reference, "ACCEPT", "signing-key")).await;
        }
        ann.get(&back).await.shows(&["We are waiting to hear"]);
        assert_eq!(receipts(&borough).await, 0);
        // The provider's own post is believed.
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        let body = decided(&reference, "ACCEPT", "signing-key");
        for _ in 0..2 {
            let noticed = borough.client().send("POST", "/webhooks/BRO/pay", &kind, &body).await;
            assert_eq!((noticed.status, receipts(&borough).await), (200, 1));
        }
        ann.get(&back).await.shows(&["Payment received", "LM000001", "£24.00"]);
        // Nobody's, and what is none, says no more than anybody hears.
        posted(&borough, "/back/0000-0000-0000-0", "a=b").await;
    }

    async fn who_cancels_on_the_provider_s_page_pays_again(url: &str) {
        let borough = Borough::with_account(url, FUSE).await;
        let mut ann = borough.client();
        let (_, reference) = handed(&mut ann, "reference_number").await;
        let back = format!("/cy/back/{reference}");
        posted(&borough, &back, &decided(&reference, "CANCEL", "signing-key")).await;
        ann.get(&format!("/back/{reference}")).await.shows(&["You cancelled the payment"]);
        let again = press(&mut ann).await.hidden("reference_number");
        assert_ne!(again, reference);
    }

    async fn what_nobody_signs_is_only_a_reason_to_look(url: &str) {
        let borough = Borough::with_account(url, CIVICA).await;
        let mut ann = borough.client();
        let field = "CallingApplicationTransactionReference";
        let (onward, reference) = handed(&mut ann, field).await;
        let policy = onward.header("content-security-policy");
        assert!(policy.contains("form-action https://www.civicaepay.example;"), "{policy}");
        assert_eq!(onward.hidden("PaymentTotal"), "24.00");
        assert_eq!(onward.hidden("Payment_1"), "LM000001|LE|24.00||Leisure");
        let back = format!("/back/{reference}");
        let paid = format!("ResponseCode=00000&{field}={reference}&PaymentAmount=24.00");
        posted(&borough, &back, &paid).await;
        ann.get(&format!("{back}?{paid}")).await.shows(&["We are waiting to hear"]);
        assert_eq!(receipts(&borough).await, 0);
    }
}
