//! Providers other than GOV.UK Pay, opened from the configuration: a payment is
//! started over the line or by its payer's browser, and learned of when its payer is
//! back. What they answer is as the tests of the adapters have it, with its sources.

use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use ims_app::{Actor, App, Books, Store};
use ims_gateway::{AskFor, Carrier, GatewayError, Gateways, Paying, Told};
use ims_pay::{Channel, Delivery, NextStep, Provider, ProviderError, Secret};
use ims_providers::Capita;
use ims_testkit::on_both;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{
    refunds_unseen::accepted,
    town::{Ahead, basket},
};

/// A provider's server: what it heard, and its address.
pub(crate) struct FarEnd {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

impl FarEnd {
    /// Answers each request with what is made of all that it heard, the last last: a body,
    /// or a whole answer with its status line, or nothing.
    pub(crate) async fn answering(answer: impl Fn(&[String]) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::<String>::new()));
        let kept = Arc::clone(&heard);
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                // Whoever asked may be gone.
                let Some(request) = request(&mut stream).await else { continue };
                let body = {
                    let mut kept = kept.lock().unwrap();
                    kept.push(request);
                    answer(&kept)
                };
                let is_whole = body.starts_with("HTTP/1.1 ") || body.is_empty();
                let answer = if is_whole { body } else { said("201 Created", &body) };
                let _gone = stream.write_all(answer.as_bytes()).await;
            }
        });
        Self { url, heard }
    }

    pub(crate) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

/// An answer with this status.
pub(crate) fn said(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// A whole request: its head says how long its body is.
async fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut asked, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        asked.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&asked).into_owned();
        let length = between(&text, "content-length: ", "\r\n").map_or(0, |n| n.parse().unwrap());
        if text.split_once("\r\n\r\n").is_some_and(|(_, body)| body.len() >= length) {
            return Some(text);
        }
    }
}

pub(crate) fn between<'t>(text: &'t str, start: &str, end: &str) -> Option<&'t str> {
    Some(text.split_once(start)?.1.split_once(end)?.0)
}

fn secrets(name: &str) -> Option<Secret> {
    match name {
        "key" => Some(Secret::new("b2YtdGhlLXByb3ZpZGVy")),
        "access" => Some(Secret::new("access-key")),
        "signing" => Some(Secret::new("signing-key")),
        "hmac" => {
            let key = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
            Some(Secret::new(key))
        }
        _ => None,
    }
}

/// A council with one account at a provider.
pub(crate) struct Mill {
    pub(crate) books: Books,
    pub(crate) gateways: Gateways,
    pub(crate) clock: Arc<Ahead>,
}

impl Mill {
    pub(crate) async fn with(url: &str, account: &str) -> Self {
        Self::opening(url, account, |gateways| gateways).await
    }

    pub(crate) async fn opening(
        url: &str,
        account: &str,
        more: impl FnOnce(Gateways) -> Gateways,
    ) -> Self {
        let document = ims_app::configuration::defaults("MILL", "Millborough Council").unwrap()
            + "[[fund]]\ncode = \"CT\"\nname = \"Council tax\"\n"
            + "[[fund]]\ncode = \"PK\"\nname = \"Parking & fines\"\n"
            + "[[provider]]\nname = \"pay\"\nmethods = [\"10\"]\n"
            + account;
        let clock = Arc::new(Ahead::default());
        let world = ims_app::World::new(clock.clone(), Arc::new(ims_edge::SystemRandom));
        let app = App::new(Store::open(url).await.unwrap(), world);
        let books = app.init(&document, Actor::system("test")).await.unwrap();
        let gateways = more(Gateways::new(Carrier::new().unwrap(), Arc::new(secrets)));
        let council = books.settings().await.unwrap().council;
        assert!(gateways.faults(&council).is_empty(), "{:?}", gateways.faults(&council));
        Self { books, gateways, clock }
    }

    /// A payment of two lines, 45.00 in all.
    pub(crate) async fn pay(&self, channel: Channel) -> Result<Paying, GatewayError> {
        let mut basket = basket("k", 4_000);
        let mut fine = basket.lines[0].clone();
        (fine.fund, fine.reference) = ("PK".to_owned(), "PN000001".to_owned());
        fine.amount = ims_money::Pence::new(500);
        basket.lines.push(fine);
        let back = "https://pay.mill.example/back/{reference}";
        let notice_url = Some("https://pay.mill.example/webhooks/MILL/pay".to_owned());
        let ask = AskFor { channel, notice_url, ..AskFor::new("Council tax", back) };
        self.gateways.pay(&self.books, &basket, &ask).await
    }

    /// Looks at a payment: its status, whether it has a receipt, what the cards took.
    pub(crate) async fn looked(&self, paying: &Paying) -> (String, bool, i64) {
        let view = self.gateways.look(&self.books, paying.view.payment.id).await.unwrap();
        (view.payment.status, view.receipt.is_some(), self.taken().await)
    }

    pub(crate) async fn taken(&self) -> i64 {
        self.books.balance(&"clearing:card".parse().unwrap()).await.unwrap().get()
    }
}

pub(crate) fn captured() -> (String, bool, i64) {
    ("captured".to_owned(), true, 4_500)
}

pub(crate) fn started() -> (String, bool, i64) {
    ("started".to_owned(), false, 0)
}

/// The fields of the form that a payer's browser posts to this address.
fn form_to<'n>(next: Option<&'n NextStep>, address: &str) -> &'n NextStep {
    let Some(form @ NextStep::Form { url, .. }) = next else { panic!("{next:?}") };
    assert_eq!(url, address);
    form
}

/// A link as Adyen's Checkout API v71 describes it.
fn link(status: &str, reference: &str) -> String {
    format!(
        r#"{{"id":"PL61C53A8B97E6915A","status":"{status}","reference":"{reference}",
        "amount":{{"currency":"GBP","value":4500}},"merchantAccount":"Town",
        "url":"https://test.adyen.link/PL61C53A8B97E6915A","expiresAt":"2036-11-23T10:05:29Z"}}"#
    )
}

fn soap(inside: &str) -> String {
    format!(
        "<soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>{inside}</soap:Body></soap:Envelope>"
    )
}

/// The page that was made, then a payment that was made on it.
fn scp(heard: &[String]) -> String {
    let reference = between(&heard[0], "<scpbase:requestId>", "<").unwrap();
    if heard.len() == 1 {
        return soap(&format!(
            "<scpSimpleInvokeResponse><requestId>{reference}</requestId><scpReference>654321</scpReference><invokeResult><status>SUCCESS</status><redirectUrl>https://sbsctest.e-paycapita.com/scp/redirect</redirectUrl></invokeResult></scpSimpleInvokeResponse>"
        ));
    }
    soap(&format!(
        "<scpSimpleQueryResponse><requestId>{reference}</requestId><scpReference>654321</scpReference><transactionState>COMPLETE</transactionState><paymentResult><status>SUCCESS</status><paymentDetails><authDetails><amountInMinorUnits>4500</amountInMinorUnits><maskedCardNumber>444433******1111</maskedCardNumber><cardDescription>VISA</cardDescription><uniqueAuthId>A99</uniqueAuthId></authDetails></paymentDetails></paymentResult></scpSimpleQueryResponse>"
    ))
}

/// A payment that nobody knows of at first, then one that was made.
fn civica(heard: &[String]) -> String {
    let name = "CallingApplicationTransactionReference";
    let reference = between(&heard[0], &format!("<{name}>"), "<").unwrap();
    let code = if heard.len() < 3 { "00002" } else { "00000" };
    soap(&format!(
        "<QueryAuthRequestsResponse><QueryAuthRequestsResult><ResponseCode>{code}</ResponseCode><{name}>{reference}</{name}><IncomeManagementReceiptNumber>R77</IncomeManagementReceiptNumber><PaymentAmount>45.00</PaymentAmount></QueryAuthRequestsResult></QueryAuthRequestsResponse>"
    ))
}

/// Nothing at first, then a payment.
fn cybersource(heard: &[String]) -> String {
    let reference = between(&heard[0], "clientReferenceInformation.code:", "\"").unwrap();
    if heard.len() == 1 {
        return r#"{"totalCount":0,"_embedded":{"transactionSummaries":[]}}"#.to_owned();
    }
    format!(
        r#"{{"totalCount":1,"_embedded":{{"transactionSummaries":[{{"id":"6612","submitTimeUtc":"2026-11-22T10:00:00Z",
        "clientReferenceInformation":{{"code":"{reference}"}},
        "orderInformation":{{"amountDetails":{{"totalAmount":"45.00","currency":"GBP"}}}},
        "applicationInformation":{{"applications":[{{"name":"ics_bill","rFlag":"SOK"}}]}}}}]}}}}"#
    )
}

/// What Secure Acceptance has the payer's browser post when a card was taken.
fn brought(reference: &str, signing: &str) -> Delivery {
    accepted(reference, signing, "6612")
}

pub(crate) fn fuse(url: &str) -> String {
    format!(
        "kind = \"fuse\"\nurl = \"{url}\"\n\
         settings = {{ merchant = \"town_1\", key-id = \"id-1\", profile = \"P1\", page = \"{url}/pay\" }}\n\
         secrets = {{ key = \"key\", access = \"access\", signing = \"signing\" }}\n"
    )
}

/// An account at Civica Pay.
fn civica_at(url: &str) -> String {
    format!(
        "kind = \"civica\"\nurl = \"{url}/pay\"\nsecrets = {{ key = \"key\" }}\n\
         settings = {{ query = \"{url}/query\", application = \"APP1\", source = \"WEB\" }}\n"
    )
}

on_both! {
    async fn adyen_of_the_configuration_is_asked_and_its_payment_booked(url: &str) {
        let far = FarEnd::answering(|heard| {
            let status = if heard.len() == 1 { "active" } else { "completed" };
            link(status, between(&heard[0], "\"reference\":\"", "\"").unwrap())
        }).await;
        let account = format!(
            "kind = \"adyen\"\nurl = \"{}/v71\"\nsettings = {{ merchant = \"Town\" }}\n\
             secrets = {{ key = \"key\" }}\n", far.url
        );
        let mill = Mill::with(url, &account).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        let page = "https://test.adyen.link/PL61C53A8B97E6915A";
        assert_eq!(paying.next, Some(NextStep::redirect(page)));
        assert_eq!(mill.looked(&paying).await, captured());
        let heard = far.heard();
        assert!(heard[0].starts_with("POST /v71/paymentLinks "), "{}", heard[0]);
        assert!(heard[0].contains("x-api-key: b2YtdGhlLXByb3ZpZGVy"), "{}", heard[0]);
        assert!(heard[1].starts_with("GET /v71/paymentLinks/PL61C53A8B97E6915A "), "{}", heard[1]);
    }

    /// Its books are kept by fund: each line goes under its own, unless one is set.
    async fn capita_is_told_each_line_and_its_payment_booked(url: &str) {
        let far = FarEnd::answering(scp).await;
        let account = |fund: &str| format!(
            "kind = \"capita\"\nurl = \"{}/scp/scpws\"\nsecrets = {{ key = \"key\" }}\n\
             settings = {{ scp = \"10\", site = \"33\", key-id = \"99\"{fund} }}\n", far.url
        );
        let mill = Mill::with(url, &account("")).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        let page = "https://sbsctest.e-paycapita.com/scp/redirect";
        assert_eq!(paying.next, Some(NextStep::redirect(page)));
        assert_eq!(mill.looked(&paying).await, captured());
        let heard = far.heard();
        assert!(heard[0].starts_with("POST /scp/scpws "), "{}", heard[0]);
        for said in [
            "<scpbase:fundCode>CT</scpbase:fundCode>", "<scpbase:fundCode>PK</scpbase:fundCode>",
            "<scpbase:amountInMinorUnits>4000<", "<scpbase:amountInMinorUnits>500<",
            "Parking &amp; fines", "<scpbase:siteId>33<", "<scpbase:scpId>10<",
        ] {
            assert!(heard[0].contains(said), "{said}: {}", heard[0]);
        }
        assert!(heard[1].contains("<scpbase:scpReference>654321<"), "{}", heard[1]);
    }

    async fn capita_s_lines_go_under_the_fund_that_is_set(url: &str) {
        let far = FarEnd::answering(scp).await;
        let mill = Mill::with(url, &format!(
            "kind = \"capita\"\nurl = \"{}\"\nsecrets = {{ key = \"key\" }}\n\
             settings = {{ scp = \"10\", site = \"33\", key-id = \"99\", fund = \"ALL\" }}\n", far.url
        )).await;
        mill.pay(Channel::Online).await.unwrap();
        let heard = far.heard();
        assert_eq!(heard[0].matches("<scpbase:fundCode>").count(), 1, "{}", heard[0]);
        assert!(heard[0].contains("<scpbase:fundCode>ALL<"), "{}", heard[0]);
    }

    /// An adapter from elsewhere, under a name that the program gives it.
    async fn a_provider_of_your_own_is_opened_by_its_name(url: &str) {
        let far = FarEnd::answering(scp).await;
        let account = format!(
            "kind = \"town-scp\"\nurl = \"{}\"\nsecrets = {{ password = \"key\" }}\n\
             settings = {{ site = \"33\" }}\n", far.url
        );
        let open = |told: &Told<'_>| {
            let key = ("99", told.needed("password")?);
            let scp = Capita::new(told.url(), "10", told.setting("site"), key, "none")?;
            Ok(Arc::new(scp) as Arc<dyn Provider>)
        };
        let mill = Mill::opening(url, &account, |gateways| gateways.with_kind("town-scp", open)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        assert_eq!(mill.looked(&paying).await, captured());
        // It is told each line.
        assert!(far.heard()[0].contains("<scpbase:fundCode>PK<"), "{}", far.heard()[0]);
    }

    /// Nothing is sent to begin with, and what it does not know yet may be paid.
    async fn civica_is_handed_a_form_and_asked_until_it_knows(url: &str) {
        let far = FarEnd::answering(civica).await;
        let mill = Mill::with(url, &civica_at(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        let form = form_to(paying.next.as_ref(), &format!("{}/pay", far.url));
        assert_eq!(form.field("PaymentTotal"), Some("45.00"));
        assert_eq!(form.field("Payment_1"), Some("80012345|CT|40.00||Council tax"));
        assert_eq!(form.field("Payment_2"), Some("PN000001|PK|5.00||Parking & fines"));
        assert!(far.heard().is_empty());
        assert_eq!(mill.looked(&paying).await, started());
        // It may be paid while it is not known: it cannot be called off.
        let refused = mill.gateways.cancel(&mill.books, paying.view.payment.id).await.unwrap_err();
        assert!(refused.to_string().contains("pay cannot call payment"), "{refused}");
        assert_eq!(mill.looked(&paying).await, captured());
        assert!(far.heard()[0].starts_with("POST /query "), "{}", far.heard()[0]);
    }

    /// Given up as it was never heard of, and paid in a tab that was left open.
    async fn what_was_given_up_unheard_of_is_found_in_the_night(url: &str) {
        let far = FarEnd::answering(civica).await;
        let mill = Mill::with(url, &civica_at(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        mill.looked(&paying).await;
        mill.clock.forward(TimeDelta::hours(4));
        assert_eq!(mill.looked(&paying).await.0, "expired");
        let today = mill.books.app().world().today();
        let swept = mill.gateways.sweep(&mill.books, today).await.unwrap().remove(0);
        assert_eq!((swept.moved, swept.failed, mill.taken().await), (1, None, 4_500));
    }

    /// What the payer's browser brings, signed, is a reason to ask: it was in the payer's
    /// hands. The search lags, so what books is the search, or the provider's own notice.
    async fn fuse_is_handed_a_form_and_asked_when_the_browser_brings_something(url: &str) {
        let far = FarEnd::answering(|heard| cybersource(heard.get(1..).filter(|it| !it.is_empty()).unwrap_or(heard))).await;
        let mill = Mill::with(url, &fuse(&far.url)).await;
        let paying = mill.pay(Channel::Online).await.unwrap();
        let form = form_to(paying.next.as_ref(), &format!("{}/pay", far.url));
        assert_eq!((form.field("amount"), form.field("profile_id")), (Some("45.00"), Some("P1")));
        let told = "https://pay.mill.example/webhooks/MILL/pay";
        assert_eq!(form.field("override_backoffice_post_url"), Some(told));
        let reference = paying.view.payment.reference.clone();
        assert_eq!(mill.looked(&paying).await, started());
        let made_up = brought(&reference, "made up");
        assert!(mill.gateways.brought(&mill.books, "pay", &made_up).await.unwrap().is_none());
        assert_eq!(mill.taken().await, 0);
        let back = brought(&reference, "signing-key");
        // The search does not know of it yet.
        let noticed = mill.gateways.brought(&mill.books, "pay", &back).await.unwrap().unwrap();
        assert_eq!((noticed.exceptions, mill.taken().await), (0, 0));
        let noticed = mill.gateways.notice(&mill.books, "pay", &back).await.unwrap();
        assert_eq!((noticed.ours, mill.taken().await), (1, 4_500));
        for _ in 0..2 {
            let noticed = mill.gateways.brought(&mill.books, "pay", &back).await.unwrap().unwrap();
            assert_eq!((noticed.ours, noticed.exceptions), (1, 0));
            assert_eq!(mill.looked(&paying).await, captured());
        }
        let heard = far.heard();
        assert_eq!(heard.len(), 4);
        assert!(heard[0].starts_with("POST /tss/v2/searches "), "{}", heard[0]);
        let host = format!("host: {}\r\n", far.url.trim_start_matches("http://"));
        assert!(heard[0].contains(&host), "{}", heard[0]);
        assert!(heard[0].contains("v-c-merchant-id: town_1\r\n"), "{}", heard[0]);
    }

    /// The payer types on a telephone; Cybersource says what became of it.
    async fn storm_takes_payments_by_telephone_only(url: &str) {
        let far = FarEnd::answering(cybersource).await;
        let mill = Mill::with(url, &format!(
            "kind = \"storm\"\nurl = \"{}\"\nsecrets = {{ key = \"key\" }}\n\
             settings = {{ merchant = \"town_1\", key-id = \"id-1\" }}\n", far.url
        )).await;
        let online = mill.pay(Channel::Online).await.unwrap_err();
        assert!(matches!(online, GatewayError::Provider(ProviderError::CannotAsk(_))), "{online}");
        let paying = mill.pay(Channel::Telephone).await.unwrap();
        let Some(NextStep::Terminal { name, show: Some(show) }) = &paying.next else { panic!() };
        assert_eq!((name.as_str(), show.ends_with(" 45.00")), ("storm", true));
        assert_eq!(mill.looked(&paying).await, started());
        assert_eq!(mill.looked(&paying).await, captured());
    }
}
