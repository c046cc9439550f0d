//! Opayo (once Sage Pay), Server integration: a page of Opayo's, told of by name
//! and value a line.
//!
//! Its notice is signed (MD5) with a key that is another for each payment and comes
//! with the answer to asking: [`KeyedNotices`].

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Ask, AskedTwice, Body, CardShown, Channel, Delivery, Hint, KeyedNotices, Method,
    News, NextStep, NotVerified, Order, Paying, Provider, ProviderError, RefundOrder, RefundSaying,
    Refunds, Reply, Request, STERLING, Said, SaidRefund, Saying, Secret, Take, Tidings, Verified,
    form, same_digest,
};
use md5::{Digest as _, Md5};

use crate::cannot;

const LIVE: &str = "https://live.opayo.eu.elavon.com/gateway/service";
const TESTS: &str = "https://sandbox.opayo.eu.elavon.com/gateway/service";
const PROTOCOL: &str = "4.00";

/// What is signed, in its order; the vendor's name stands after `TxAuthNo`, the
/// security key after `AVSCV2`.
const SIGNED: [&str; 18] = [
    "VPSTxId",
    "VendorTxCode",
    "Status",
    "TxAuthNo",
    "AVSCV2",
    "AddressResult",
    "PostCodeResult",
    "CV2Result",
    "GiftAid",
    "3DSecureStatus",
    "CAVV",
    "AddressStatus",
    "PayerStatus",
    "CardType",
    "Last4Digits",
    "DeclineCode",
    "ExpiryDate",
    "FraudResponse",
];

/// A vendor at Opayo.
#[derive(Clone, Debug)]
pub struct Opayo {
    vendor: String,
    base: String,
    keeps_keys: bool,
}

impl Opayo {
    /// The vendor of this name. Opayo knows us by our network address.
    #[must_use]
    pub fn new(vendor: &str) -> Self {
        Self { vendor: vendor.to_lowercase(), base: LIVE.to_owned(), keeps_keys: false }
    }

    /// In Opayo's place for tests.
    #[must_use]
    pub fn in_tests(mut self) -> Self {
        TESTS.clone_into(&mut self.base);
        self
    }

    /// At this address, up to what `/vspserver-register.vsp` follows.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address not over TLS.
    pub fn at(mut self, base: &str) -> Result<Self, ProviderError> {
        if !ims_pay::is_safe_address(base) {
            return cannot(&format!("`{base}` is no https:// address"));
        }
        base.trim_end_matches('/').clone_into(&mut self.base);
        Ok(self)
    }

    /// The same, giving money back: for whoever keeps the security key of a payment
    /// and its `TxAuthNo` for as long. Opayo asks for both besides its name, as the
    /// `KEY TXAUTHNO` of [`RefundOrder::from_transaction`].
    #[must_use]
    pub const fn keeping_keys(mut self) -> Self {
        self.keeps_keys = true;
        self
    }

    fn post(&self, path: &str, fields: &[(&str, &str)]) -> Request {
        let mut all = vec![("VPSProtocol", PROTOCOL), ("Vendor", &self.vendor)];
        all.extend_from_slice(fields);
        let (url, body) = (format!("{}/{path}", self.base), Body(form::encode(&all).into_bytes()));
        let request = Request { method: Method::Post, url, headers: Vec::new(), body };
        request.with("content-type", "application/x-www-form-urlencoded")
    }
}

impl KeyedNotices for Opayo {
    fn notice_key(&self, reply: &Reply) -> Option<Secret> {
        need(&lines(reply).ok()?, "SecurityKey").ok().map(Secret::new)
    }

    fn verify_with<'n>(
        &self,
        delivery: &'n Delivery,
        key: &Secret,
    ) -> Result<Verified<'n>, NotVerified> {
        if key.reveal().is_empty() {
            return Err(NotVerified::NoKey);
        }
        let pairs = delivery.body.text().ok().and_then(form::decode);
        let pairs = pairs.ok_or(NotVerified::Unsigned)?;
        let given = form::only(&pairs, "VPSSignature").ok_or(NotVerified::Unsigned)?;
        if given.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(NotVerified::Forged);
        }
        let given = hex::decode(given).map_err(|_| NotVerified::Forged)?;
        let mut hash = Md5::new();
        for name in SIGNED.into_iter().chain(["BankAuthCode"]) {
            hash.update(form::only(&pairs, name).unwrap_or_default());
            match name {
                "TxAuthNo" => hash.update(&self.vendor),
                "AVSCV2" => hash.update(key.reveal()),
                _ => {}
            }
        }
        let worked_out = hash.finalize_reset().to_vec();
        let proof = same_digest(key, &worked_out, &given);
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    /// It names no amount: it is about what was registered under `order`, whose
    /// amount Opayo was given and does not let a payer change; the settlement shows it.
    fn news_of(&self, notice: &Verified<'_>, order: &Order) -> Result<Vec<News>, ProviderError> {
        let pairs = form::decode(notice.delivery().body.text()?);
        let pairs = pairs.ok_or_else(|| ProviderError::unreadable("it is no form"))?;
        let of = |name: &str| form::only(&pairs, name).filter(|text| !text.is_empty());
        let need = |name: &str| of(name).ok_or_else(|| absent(name));
        let saying = match need("Status")? {
            "OK" => {
                let card = of("Last4Digits")
                    .and_then(|digits| CardShown::of(of("CardType").unwrap_or_default(), digits));
                Saying::Paid(Paying { card, ..Paying::default() })
            }
            "PENDING" => Saying::Waiting,
            "NOTAUTHED" | "REJECTED" => Saying::refused("the card was declined"),
            "ABORT" => Saying::Cancelled,
            "ERROR" => Saying::broke("Opayo could not go on"),
            other => {
                return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
            }
        };
        let said = Said::new(need("VPSTxId")?, saying).about(need("VendorTxCode")?);
        let what = Tidings::Payment(said.for_amount(order.amount(), STERLING));
        Ok(vec![News { id: None, at: None, what }])
    }

    fn thanks_to(&self, back: &str) -> Reply {
        Reply::new(200, format!("Status=OK\r\nRedirectURL={back}\r\n"))
    }
}

impl Provider for Opayo {
    fn name(&self) -> &'static str {
        "opayo"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let account = match order.channel() {
            Channel::Online => "E",
            Channel::Staff => "M",
            _ => return cannot("it takes cards online and from staff"),
        };
        if order.key().len() > 40
            || order.agreement().is_some()
            || order.when_taken() == Take::Later
        {
            return cannot("its references have at most 40 characters; it takes money at once");
        }
        let Some(notice_url) = order.notice_url() else {
            return cannot("it has to be told where its notice goes");
        };
        let description: String = order.description().chars().take(100).collect();
        Ok(Ask::Send(self.post(
            "vspserver-register.vsp",
            &[
                ("TxType", "PAYMENT"),
                ("VendorTxCode", order.key()),
                ("Amount", &order.amount().to_string()),
                ("Currency", STERLING),
                ("Description", &description),
                ("NotificationURL", notice_url),
                ("AccountType", account),
            ],
        )))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let lines = lines(reply)?;
        match need(&lines, "Status")? {
            "OK" | "OK REPEATED" => {
                let url = need(&lines, "NextURL")?;
                if !url.starts_with("https://") {
                    return Err(ProviderError::unreadable("its page is no https:// address"));
                }
                let next = Some(NextStep::redirect(url));
                Ok(Said::new(need(&lines, "VPSTxId")?, Saying::Accepted { next }))
            }
            _ => Err(refused(reply, &lines)),
        }
    }

    /// Opayo tells of a payment in its notice; what it lists is behind another
    /// sign-in that this adapter does not have.
    fn look(
        &self,
        _order: &Order,
        _provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        cannot("it tells of a payment in its notice only")
    }

    fn looked(&self, _reply: &Reply) -> Result<Said, ProviderError> {
        Err(ProviderError::unreadable("it is asked nothing"))
    }

    fn returned(&self, back: &Delivery) -> Hint {
        let pairs = back.body.text().ok().and_then(form::decode).unwrap_or_default();
        let owned = |name: &str| form::only(&pairs, name).map(str::to_owned);
        Hint { reference: owned("VendorTxCode"), provider_ref: owned("VPSTxId"), ..Hint::default() }
    }

    fn abilities(&self) -> Abilities<'_> {
        let refunds: Option<&dyn Refunds> = if self.keeps_keys { Some(self) } else { None };
        Abilities { keyed_notices: Some(self), refunds, ..Abilities::NONE }
    }
}

impl Refunds for Opayo {
    fn refund(&self, refund: &RefundOrder, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let (key, auth) =
            refund.transaction().split_once(' ').unwrap_or((refund.transaction(), ""));
        Ok(self.post(
            "refund.vsp",
            &[
                ("TxType", "REFUND"),
                ("VendorTxCode", refund.key()),
                ("Amount", &refund.amount().to_string()),
                ("Currency", STERLING),
                ("Description", "Refund"),
                ("RelatedVPSTxId", refund.provider_ref()),
                ("RelatedVendorTxCode", refund.payment_key()),
                ("RelatedSecurityKey", key),
                ("RelatedTxAuthNo", auth),
            ],
        ))
    }

    /// Our key can be used once.
    fn asked_twice(&self) -> AskedTwice {
        AskedTwice::Refused
    }

    /// It repeats neither reference nor amount.
    fn refunded(&self, reply: &Reply) -> Result<SaidRefund, ProviderError> {
        let lines = lines(reply)?;
        let saying = match need(&lines, "Status")? {
            "OK" => RefundSaying::Paid,
            "NOTAUTHED" => RefundSaying::Refused {
                reason: ProviderError::shown(need(&lines, "StatusDetail").unwrap_or("declined")),
            },
            _ => return Err(refused(reply, &lines)),
        };
        let refund_ref = Some(need(&lines, "VPSTxId")?.to_owned());
        let (provider_ref, reference, amount) = (None, None, None::<(Pence, String)>);
        Ok(SaidRefund { refund_ref, provider_ref, reference, amount, saying })
    }
}

/// A name and a value a line.
fn lines(reply: &Reply) -> Result<Vec<(&str, &str)>, ProviderError> {
    if let Some(error) = ProviderError::of_reply(reply) {
        return Err(error);
    }
    let text = reply.body.text()?;
    // Each line ends; one that does not was cut off.
    let whole =
        text.strip_suffix('\n').ok_or_else(|| ProviderError::unreadable("it is cut off"))?;
    Ok(whole.lines().filter_map(|line| line.trim_end_matches('\r').split_once('=')).collect())
}

fn need<'l>(lines: &[(&str, &'l str)], name: &str) -> Result<&'l str, ProviderError> {
    let mut found = lines.iter().filter(|(given, value)| *given == name && !value.is_empty());
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Ok(*value),
        _ => Err(absent(name)),
    }
}

fn absent(name: &str) -> ProviderError {
    ProviderError::unreadable(format!("it does not say `{name}`"))
}

fn refused(reply: &Reply, lines: &[(&str, &str)]) -> ProviderError {
    let detail = need(lines, "StatusDetail").or_else(|_| need(lines, "Status"));
    let code = detail.ok().map(ProviderError::shown);
    ProviderError::Rejected { status: reply.status, code }
}
