#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::{collections::BTreeMap, sync::Arc};

use chrono::DateTime;
use ims_money::Pence;
use ims_pay::{Ask, Heard, NextStep, Order, Provider, Reply, Sandbox, Secret};

use super::{Account, KINDS, Means, Opener, Told};

/// An account of these lines, or what is wrong with it.
fn opened(lines: &str) -> Result<Account, String> {
    let document = ims_app::configuration::defaults("ANY", "Anyborough Council").unwrap()
        + "[[provider]]\nname = \"a\"\nmethods = [\"10\"]\n"
        + lines;
    let council = ims_app::configuration::read(&document).unwrap();
    let value = |name: &str| match name {
        "k" => Some(Secret::new("the-key")),
        "b64" => Some(Secret::new("dGhlLWtleQ==")),
        "hex" => Some(Secret::new("44782DEF547AAA06")),
        _ => None,
    };
    let own: Opener = Arc::new(|told: &Told<'_>| {
        let _ = told.setting("branch");
        Ok(Arc::new(Sandbox::new(told.needed("key")?)) as Arc<dyn Provider>)
    });
    let own = BTreeMap::from([("town-bank".to_owned(), own)]);
    let means = Means { secrets: Arc::new(value), has_sandbox: false, own };
    Account::open(&council, "a", &means).map_err(|error| error.to_string())
}

/// Asks an account for a payment, answers as the provider was recorded to, and
/// gives the address asked, what signed in, and where the payer goes next.
fn asked(account: &Account, answer: &str) -> (String, String, String) {
    let now = DateTime::from_timestamp(1_795_345_200, 0).unwrap();
    let back = "https://council.example/back";
    let order = Order::of("p-12345", Pence::new(4_500), "Parking", back).unwrap();
    let Ask::Send(request) = account.provider.ask(&order, now).unwrap() else { panic!("handed") };
    let signs = ["authorization", "x-api-key"];
    let key = request.headers.iter().find(|header| signs.contains(&header.name)).unwrap();
    let key = key.value.reveal().to_owned();
    let said = account.provider.asked(&Reply::new(200, answer)).unwrap();
    let event = said.of(&order, now).unwrap();
    let Heard::Accepted { next: Some(NextStep::Redirect { url }), .. } = event.what() else {
        panic!("{:?}", event.what())
    };
    (request.url, key, url.clone())
}

/// Replies as the tests of the adapters have them, with their sources.
#[test]
fn each_provider_is_opened_from_the_configuration_and_starts_a_payment() {
    let stripe =
        "kind = \"stripe\"\nsecrets = { key = \"k\", notices = \"k\", notices-next = \"hex\" }";
    let session = r#"{"id":"cs_1","object":"checkout.session","amount_total":4500,"currency":"gbp",
        "client_reference_id":"p-12345","mode":"payment","payment_status":"unpaid","status":"open",
        "payment_intent":"pi_1","created":1795345000,"url":"https://checkout.stripe.com/pay/cs_1"}"#;
    let (url, key, next) = asked(&opened(stripe).unwrap(), session);
    assert_eq!(url, "https://api.stripe.com/v1/checkout/sessions");
    assert_eq!(
        (key.as_str(), next.as_str()),
        ("Bearer the-key", "https://checkout.stripe.com/pay/cs_1")
    );

    let adyen = "kind = \"adyen\"\nurl = \"https://checkout-test.adyen.com/v71\"\n\
                 settings = { merchant = \"Town\" }\nsecrets = { key = \"k\", notices = \"hex\" }";
    let link = r#"{"id":"PL6","status":"active","reference":"p-12345","merchantAccount":"Town",
        "amount":{"currency":"GBP","value":4500},"url":"https://test.adyen.link/PL6"}"#;
    let (url, key, next) = asked(&opened(adyen).unwrap(), link);
    assert_eq!(url, "https://checkout-test.adyen.com/v71/paymentLinks");
    assert_eq!((key.as_str(), next.as_str()), ("the-key", "https://test.adyen.link/PL6"));

    let worldpay = "kind = \"worldpay\"\nsettings = { merchant = \"TOWN\", installation = \"1\", \
                    place = \"tests\" }\nsecrets = { key = \"k\", back = \"k\" }";
    let hosted = r#"<?xml version="1.0"?><paymentService version="1.4" merchantCode="TOWN"><reply>
        <orderStatus orderCode="p-12345"><reference id="1">https://secure.worldpay.com/pay?orderKey=x</reference>
        </orderStatus></reply></paymentService>"#;
    let (url, key, next) = asked(&opened(worldpay).unwrap(), hosted);
    assert!(url.starts_with("https://secure-test.worldpay.com/"), "{url}");
    // TOWN:the-key
    assert_eq!(key, "Basic VE9XTjp0aGUta2V5");
    assert_eq!(next, "https://secure.worldpay.com/pay?orderKey=x");

    let access = "kind = \"access-worldpay\"\nsettings = { entity = \"default\", user = \"TOWN\" }\n\
                  secrets = { key = \"k\", notices = \"k\" }";
    let page = r#"{"url":"https://payments.worldpay.com/app/hpp/x"}"#;
    let (url, key, next) = asked(&opened(access).unwrap(), page);
    assert_eq!(url, "https://access.worldpay.com/payment_pages");
    assert_eq!(key, "Basic VE9XTjp0aGUta2V5");
    assert_eq!(next, "https://payments.worldpay.com/app/hpp/x");

    let bank = format!(
        "{BANK}authorise = \"https://agree.example/?c={{consent}}\" }}\nsecrets = {{ key = \"k\" }}"
    );
    let consent = r#"{"Data":{"ConsentId":"a/1","Status":"AwaitingAuthorisation","Initiation":{
        "InstructionIdentification":"p-12345","InstructedAmount":{"Amount":"45.00","Currency":"GBP"}}}}"#;
    let (url, key, next) = asked(&opened(&bank).unwrap(), consent);
    assert_eq!(url, "https://bank.example/open-banking/v3.1/pisp/domestic-payment-consents");
    assert_eq!((key.as_str(), next.as_str()), ("Bearer the-key", "https://agree.example/?c=a%2F1"));
}

/// An account at a bank's interface, but for where the payer agrees.
const BANK: &str = "kind = \"open-banking\"\nurl = \"https://bank.example/open-banking/v3.1/pisp\"\n\
                    settings = { name = \"Any Council\", sort-code = \"20-00-00\", account = \"12345678\", ";

#[test]
fn what_is_wrong_with_an_account_is_said_before_anybody_pays() {
    for (lines, says) in [
        (
            "kind = \"strip\"",
            "known: town-bank, govuk-pay, stripe, adyen, worldpay, access-worldpay, fuse",
        ),
        ("kind = \"stripe\"", "needs a secret: secrets = { key = \"…\" }"),
        ("kind = \"stripe\"\nsecrets = { key = \"gone\" }", "its secret `gone` is not set"),
        (
            "kind = \"stripe\"\nsecrets = { kye = \"k\" }",
            "stripe has no secret `kye`; it has: key, notices, notices-next",
        ),
        ("kind = \"stripe\"\nurl = \"https://x.example\"", "stripe is where it is; leave url out"),
        (
            "kind = \"stripe\"\nsettings = { merchant = \"x\" }",
            "has no setting `merchant`; it has: none",
        ),
        ("kind = \"adyen\"\nurl = \"https://x.example\"", "settings = { merchant = \"…\" }"),
        ("kind = \"adyen\"\nsettings = { merchant = \"x\" }", "needs url"),
        (
            "kind = \"adyen\"\nurl = \"http://x.example\"\nsettings = { merchant = \"x\" }\nsecrets = { key = \"k\" }",
            "is no https:// address",
        ),
        (
            "kind = \"adyen\"\nurl = \"https://x.example\"\nsettings = { merchant = \"x\" }\nsecrets = { key = \"k\", notices = \"k\" }",
            "no HMAC key in hexadecimal digits",
        ),
        (
            "kind = \"worldpay\"\nsettings = { merchant = \"x\" }",
            "settings = { installation = \"…\" }",
        ),
        (
            "kind = \"worldpay\"\nsettings = { merchant = \"x\", installation = \"1\", place = \"test\" }\nsecrets = { key = \"k\" }",
            "its place is `live` or `tests`, not `test`",
        ),
        (
            "kind = \"access-worldpay\"\nsettings = { entity = \" \", user = \"x\" }",
            "settings = { entity",
        ),
        (
            "kind = \"fuse\"\nsettings = { merchant = \"x\", key-id = \"x\" }",
            "settings = { profile = \"…\" }",
        ),
        (
            "kind = \"fuse\"\nsettings = { merchant = \"x\", key-id = \"x\", profile = \"x\" }\nsecrets = { key = \"b64\", access = \"k\" }",
            "needs a secret: secrets = { signing = \"…\" }",
        ),
        (
            "kind = \"fuse\"\nsettings = { merchant = \"x\", key-id = \"x\", profile = \"x\" }\nsecrets = { key = \"k\", access = \"k\", signing = \"k\" }",
            "its secret `key` is no key in base 64",
        ),
        (
            "kind = \"fuse\"\nsettings = { merchant = \"x\", key-id = \"x\", profile = \"x\" }\nsecrets = { key = \"b64\", access = \"k\", signing = \"k\", staff-access = \"k\" }",
            "settings = { staff-profile = \"…\" }",
        ),
        (
            "kind = \"fuse\"\nurl = \"https://x.example/rest\"\nsettings = { merchant = \"x\", key-id = \"x\", profile = \"x\" }\nsecrets = { key = \"b64\", access = \"k\", signing = \"k\" }",
            "is no https:// address of a host alone",
        ),
        (
            "kind = \"fuse\"\nsettings = { merchant = \"x\", key-id = \"x\", profile = \"x\", page = \"http://x.example\" }\nsecrets = { key = \"b64\", access = \"k\", signing = \"k\" }",
            "is no https:// address",
        ),
        (
            "kind = \"capita\"\nsettings = { scp = \"1\", site = \"1\", key-id = \"1\" }",
            "needs url: the address of its SCP service",
        ),
        (
            "kind = \"capita\"\nurl = \"https://x.example\"\nsettings = { scp = \"1\", site = \"1\", key-id = \"1\" }\nsecrets = { key = \"k\" }",
            "its secret `key` is no key in base 64",
        ),
        (
            "kind = \"civica\"\nsettings = { query = \"x\", application = \"x\", source = \"x\" }",
            "needs url: the address of its payment page",
        ),
        (
            "kind = \"civica\"\nurl = \"https://x.example\"\nsettings = { query = \"x\", application = \"x\", source = \"x\" }\nsecrets = { key = \"k\" }",
            "its addresses have to begin with https://",
        ),
        ("kind = \"storm\"\nsettings = { merchant = \"x\" }", "settings = { key-id = \"…\" }"),
        (
            "kind = \"storm\"\nsettings = { merchant = \"x\", key-id = \"x\" }\nsecrets = { key = \"b64\", signing = \"k\" }",
            "storm has no secret `signing`; it has: key",
        ),
        (
            "kind = \"storm\"\nsettings = { merchant = \"x\", key-id = \"x\", place = \"x\" }\nsecrets = { key = \"b64\" }",
            "its place is `live` or `tests`, not `x`",
        ),
        (
            "kind = \"open-banking\"\nsettings = { name = \"x\", sort-code = \"200000\", account = \"12345678\" }",
            "settings = { authorise = \"…\" }",
        ),
        (
            "kind = \"open-banking\"\nsettings = { name = \"x\", sort-code = \"200000\", account = \"12345678\", authorise = \"x\" }",
            "needs url: the address of the bank's interface",
        ),
        (
            "kind = \"open-banking\"\nurl = \"https://x.example\"\nsettings = { name = \"x\", sort-code = \"200000\", account = \"12345678\", authorise = \"https://x.example/\" }\nsecrets = { key = \"k\" }",
            "is an address with {consent} in it",
        ),
        (
            "kind = \"open-banking\"\nurl = \"https://x.example\"\nsettings = { name = \"x\", sort-code = \"200000\", account = \"12345678\", authorise = \"http://x.example/{consent}\" }\nsecrets = { key = \"k\" }",
            "is no https:// address",
        ),
        (
            "kind = \"open-banking\"\nurl = \"https://x.example\"\nsettings = { name = \"x\", sort-code = \"2000\", account = \"12345678\", authorise = \"https://x.example/{consent}\" }\nsecrets = { key = \"k\" }",
            "six digits of sort code",
        ),
        (
            "kind = \"open-banking\"\nurl = \"https://x.example\"\nsettings = { name = \"x\", sort-code = \"200000\", account = \"12345678\", authorise = \"https://x.example/{consent}\" }\nsecrets = { notices = \"k\" }",
            "open-banking has no secret `notices`; it has: key",
        ),
        ("kind = \"opayo\"", "settings = { vendor = \"…\" }"),
        (
            "kind = \"opayo\"\nsettings = { vendor = \"x\" }\nsecrets = { key = \"k\" }",
            "opayo has no secret `key`; it has: none",
        ),
        (
            "kind = \"opayo\"\nurl = \"http://x.example\"\nsettings = { vendor = \"x\" }",
            "is no https:// address",
        ),
        ("kind = \"town-bank\"", "needs a secret: secrets = { key = \"…\" }"),
        (
            "kind = \"town-bank\"\nsettings = { brunch = \"7\" }\nsecrets = { key = \"k\" }",
            "town-bank does not heed `brunch`; it has: branch, key",
        ),
        ("kind = \"sandbox\"\nsecrets = { key = \"k\" }", "it is for demos only"),
    ] {
        let why = opened(lines).unwrap_err();
        assert!(why.contains(says), "{lines}: {why}");
    }
}

#[test]
fn every_kind_that_is_told_of_is_known() {
    for kind in KINDS {
        let why = opened(&format!("kind = \"{kind}\"")).unwrap_err();
        assert!(!why.contains("no kind of provider"), "{why}");
    }
}
