//! Worldpay Payment Gateway (WPG): XML, one address for everything.

use chrono::{DateTime, Datelike as _, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Ask, AskedTwice, Body, Cancels, Captures, CardShown, Channel, Delivery, Heeded,
    Hint, MacKey, Method, Names, News, NextStep, NotVerified, Notices, Order, Paying, Provider,
    ProviderError, RefundOrder, RefundSaying, Refunds, Reply, Request, STERLING, Said, SaidRefund,
    Saying, Secret, Seems, Tidings, Verified, form,
};

use super::basic;
use crate::{
    cannot,
    xml::{self, Element, escaped},
};

const LIVE: &str = "https://secure.worldpay.com/jsp/merchant/xml/paymentService.jsp";
const TESTS: &str = "https://secure-test.worldpay.com/jsp/merchant/xml/paymentService.jsp";

/// A merchant code at the Worldpay Payment Gateway.
#[derive(Clone, Debug)]
pub struct WorldpayGateway {
    merchant: String,
    installation: String,
    password: Secret,
    mac: Option<Secret>,
    address: &'static str,
}

impl WorldpayGateway {
    /// The merchant code, its installation, and the password for XML.
    #[must_use]
    pub fn new(merchant: &str, installation: &str, password: Secret) -> Self {
        let (merchant, installation) = (merchant.to_owned(), installation.to_owned());
        Self { merchant, installation, password, mac: None, address: LIVE }
    }

    /// With the MAC secret by which the payer's way back is signed.
    #[must_use]
    pub fn signed_with(mut self, secret: Secret) -> Self {
        self.mac = Some(secret);
        self
    }

    /// In Worldpay's place for tests.
    #[must_use]
    pub const fn in_tests(mut self) -> Self {
        self.address = TESTS;
        self
    }

    fn post(&self, inside: &str) -> Request {
        let merchant = escaped(&self.merchant);
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <!DOCTYPE paymentService PUBLIC \"-//WorldPay//DTD WorldPay PaymentService v1//EN\" \
             \"http://dtd.worldpay.com/paymentService_v1.dtd\">\n\
             <paymentService version=\"1.4\" merchantCode=\"{merchant}\">{inside}</paymentService>"
        );
        let (url, body) = (self.address.to_owned(), Body(body.into_bytes()));
        Request { method: Method::Post, url, headers: Vec::new(), body }
            .with("content-type", "text/xml")
            .with("authorization", basic(&self.merchant, &self.password))
    }

    fn modify(&self, order_code: &str, what: &str) -> Request {
        let code = escaped(order_code);
        self.post(&format!(
            "<modify><orderModification orderCode=\"{code}\">{what}</orderModification></modify>"
        ))
    }
}

fn amount_of(amount: Pence) -> String {
    let value = amount.get();
    format!("<amount value=\"{value}\" currencyCode=\"{STERLING}\" exponent=\"2\"/>")
}

impl Provider for WorldpayGateway {
    fn name(&self) -> &'static str {
        "worldpay-gateway"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        if *order.channel() != Channel::Online || order.agreement().is_some() {
            return cannot("it is used for payments online only");
        }
        let (code, installation) = (escaped(order.key()), escaped(&self.installation));
        let description: String = order.description().chars().take(50).collect();
        let (description, amount) = (escaped(&description), amount_of(order.amount()));
        let email = order.payer().and_then(|payer| payer.email.as_deref()).map(|email| {
            let email = escaped(email);
            format!("<shopper><shopperEmailAddress>{email}</shopperEmailAddress></shopper>")
        });
        let email = email.unwrap_or_default();
        Ok(Ask::Send(self.post(&format!(
            "<submit><order orderCode=\"{code}\" installationId=\"{installation}\">\
             <description>{description}</description>{amount}\
             <paymentMethodMask><include code=\"ALL\"/></paymentMethodMask>{email}\
             </order></submit>"
        ))))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let root = heard(reply)?;
        let status = root.at("reply/orderStatus").ok_or_else(|| xml::absent("orderStatus"))?;
        if status.at("payment").is_some() {
            return payment(status);
        }
        let code = status.attribute("orderCode").ok_or_else(|| xml::absent("orderCode"))?;
        let url = status.need("reference")?;
        if !url.starts_with("https://") {
            return Err(ProviderError::unreadable("its page is no https:// address"));
        }
        Ok(Said::new(code, Saying::Accepted { next: Some(NextStep::redirect(url)) }).about(code))
    }

    fn look(
        &self,
        order: &Order,
        _provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let code = escaped(order.key());
        let inquiry = format!("<inquiry><orderInquiry orderCode=\"{code}\"/></inquiry>");
        Ok(self.post(&inquiry))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let root = heard(reply)?;
        payment(root.at("reply/orderStatus").ok_or_else(|| xml::absent("orderStatus"))?)
    }

    /// What a browser brought back, or what an order notification, which is not
    /// signed, is about.
    fn returned(&self, back: &Delivery) -> Hint {
        let pairs = form::decode(&back.query).unwrap_or_default();
        let key = form::only(&pairs, "orderKey").and_then(|key| key.rsplit('^').next());
        let told = back.body.text().and_then(xml::parse).ok();
        let event = told.as_ref().and_then(|root| root.any("orderStatusEvent"));
        let code = key.or_else(|| event?.attribute("orderCode"));
        let seems = match form::only(&pairs, "paymentStatus") {
            Some("AUTHORISED") => Seems::Paid,
            Some(_) => Seems::NotPaid,
            None => Seems::Unsaid,
        };
        Hint { reference: code.map(str::to_owned), provider_ref: None, seems }
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities {
            notices: Some(self),
            refunds: Some(self),
            captures: Some(self),
            cancels: Some(self),
            ..Abilities::NONE
        }
    }
}

/// The document, unless it is an error. Errors come with HTTP status 200.
fn heard(reply: &Reply) -> Result<Element, ProviderError> {
    if let Some(error) = ProviderError::of_reply(reply) {
        return Err(error);
    }
    let root = xml::read(reply)?;
    if root.name() != "paymentService" {
        return Err(ProviderError::unreadable("it is no paymentService"));
    }
    let Some(error) = root.any("error") else { return Ok(root) };
    let (code, text) = (error.attribute("code").unwrap_or_default(), error.own_text());
    // 5 is "order not found" among other things, 1 a fault of the gateway's own.
    Err(match code {
        "5" if text.to_ascii_lowercase().contains("not find") => ProviderError::NotFound,
        "1" => ProviderError::Unavailable { status: reply.status },
        _ => ProviderError::Rejected {
            status: reply.status,
            code: Some(ProviderError::shown(&format!("{code} {text}"))),
        },
    })
}

fn payment(status: &Element) -> Result<Said, ProviderError> {
    let code = status.attribute("orderCode").ok_or_else(|| xml::absent("orderCode"))?;
    let payment = status.at("payment").ok_or(ProviderError::NotFound)?;
    let saying = match payment.need("lastEvent")? {
        "SHOPPER_REDIRECTED" | "SENT_FOR_AUTHORISATION" | "AUTHORISED_PENDING" => Saying::Waiting,
        "AUTHORISED" => Saying::Authorised { transaction: None },
        // Once captured it was taken; what was given back since is told apart.
        "CAPTURED"
        | "SETTLED"
        | "SETTLED_BY_MERCHANT"
        | "SENT_FOR_REFUND"
        | "REFUNDED"
        | "REFUNDED_BY_MERCHANT"
        | "REFUND_FAILED"
        | "CHARGED_BACK"
        | "CHARGEBACK_REVERSED"
        | "INFORMATION_REQUESTED"
        | "INFORMATION_SUPPLIED" => Saying::Paid(paying(payment)),
        "REFUSED" => Saying::refused(refusal(payment)),
        "CANCELLED" => Saying::Cancelled,
        "EXPIRED" => Saying::Expired,
        "ERROR" => Saying::broke("the gateway could not go on"),
        other => {
            return Err(ProviderError::unreadable(format!("`{other}` is no event it has")));
        }
    };
    let amount = payment.at("amount").ok_or_else(|| xml::absent("amount"))?;
    let (pence, currency) = money(amount)?;
    Ok(Said::new(code, saying).about(code).for_amount(pence, currency))
}

fn money(amount: &Element) -> Result<(Pence, &str), ProviderError> {
    if amount.attribute("exponent") != Some("2") {
        return Err(ProviderError::unreadable("its amount is not in hundredths"));
    }
    let pence = amount.attribute("value").and_then(|value| value.parse().ok());
    let pence = pence.ok_or_else(|| xml::absent("amount value"))?;
    let currency = amount.attribute("currencyCode");
    Ok((Pence::new(pence), currency.ok_or_else(|| xml::absent("currencyCode"))?))
}

fn paying(payment: &Element) -> Paying {
    let brand = payment.text("paymentMethod").unwrap_or_default();
    let card = payment.text("cardNumber").and_then(|number| CardShown::of(brand, number));
    Paying { card, ..Paying::default() }
}

fn refusal(payment: &Element) -> String {
    let code = payment.at("ISO8583ReturnCode");
    let told = code.and_then(|code| code.attribute("description"));
    told.unwrap_or("the card was declined").to_owned()
}

impl Notices for WorldpayGateway {
    /// Order notifications are not signed, so none verifies: they are a reason to
    /// look. What verifies is the payer's way back, by its MAC.
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        _now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        if delivery.query.is_empty() {
            return Err(NotVerified::NeverSigned);
        }
        let key = self.mac.as_ref().map(MacKey::text).ok_or(NotVerified::NoKey)?;
        let pairs = form::decode(&delivery.query).ok_or(NotVerified::Unsigned)?;
        let mac = form::only(&pairs, "mac2").or_else(|| form::only(&pairs, "mac"));
        let mac = mac.ok_or(NotVerified::Unsigned)?;
        let message = signed(&pairs).ok_or(NotVerified::Unsigned)?.join(":");
        let proof = key.verify_hex(message.as_bytes(), mac);
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let pairs = form::decode(&notice.delivery().query).unwrap_or_default();
        let fields = signed(&pairs).ok_or_else(|| xml::absent("orderKey"))?;
        let [key, amount, currency, status] = fields.as_slice() else {
            return Err(xml::absent("paymentStatus"));
        };
        let code = key.rsplit('^').next().unwrap_or_default();
        let saying = match *status {
            "AUTHORISED" => Saying::Authorised { transaction: None },
            "REFUSED" => Saying::refused("the card was declined"),
            "CANCELLED" => Saying::Cancelled,
            "EXPIRED" => Saying::Expired,
            _ => Saying::Waiting,
        };
        let pence = amount.parse().map_err(|_| xml::absent("paymentAmount"))?;
        let said = Said::new(code, saying).about(code).for_amount(Pence::new(pence), *currency);
        Ok(vec![News { id: None, at: None, what: Tidings::Payment(said) }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(200, "[OK]")
    }
}

/// The values that the MAC is of, in their order.
fn signed(pairs: &[(String, String)]) -> Option<Vec<&str>> {
    let names = ["orderKey", "paymentAmount", "paymentCurrency", "paymentStatus"];
    names.into_iter().map(|name| form::only(pairs, name)).collect()
}

impl Refunds for WorldpayGateway {
    fn refund(&self, refund: &RefundOrder, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let (key, amount) = (escaped(refund.key()), amount_of(refund.amount()));
        let what = format!("<refund reference=\"{key}\">{amount}</refund>");
        Ok(self.modify(refund.provider_ref(), &what))
    }

    /// Our reference of it is for reports; no inquiry tells of a refund.
    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::GivenTwice(None)
    }

    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        let root = heard(reply)?;
        let received = root.at("reply/ok/refundReceived");
        let received = received.ok_or_else(|| xml::absent("refundReceived"))?;
        let (pence, currency) = money(received.at("amount").ok_or_else(|| xml::absent("amount"))?)?;
        Ok(SaidRefund {
            refund_ref: None,
            provider_ref: received.attribute("orderCode").map(str::to_owned),
            reference: None,
            amount: Some((pence, currency.to_owned())),
            saying: RefundSaying::Submitted,
        })
    }
}

impl Captures for WorldpayGateway {
    fn capture(
        &self,
        order: &Order,
        payment: Names<'_>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let (day, month, year) = (now.day(), now.month(), now.year());
        let amount = amount_of(order.amount());
        let what = format!(
            "<capture><date dayOfMonth=\"{day:02}\" month=\"{month:02}\" year=\"{year}\"/>{amount}</capture>"
        );
        Ok(self.modify(payment.provider_ref, &what))
    }

    fn captured(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        received(reply, "captureReceived")
    }
}

impl Cancels for WorldpayGateway {
    fn cancel(
        &self,
        _order: &Order,
        payment: Names<'_>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.modify(payment.provider_ref, "<cancel/>"))
    }

    fn cancelled(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        received(reply, "cancelReceived")
    }
}

fn received(reply: &Reply, what: &str) -> Result<Heeded, ProviderError> {
    let root = heard(reply)?;
    root.any(what).map(|_| Heeded).ok_or_else(|| xml::absent(what))
}
