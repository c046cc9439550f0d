//! Capita Pay360's Secure Common Payments (SCP), simple interface: SOAP, a page of
//! Capita's, and no notices, so that a payment is looked at until it ends.

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Ask, Body, CardShown, Channel, Delivery, Hint, Item, MacKey, Method, NextStep,
    Order, Paying, Provider, ProviderError, Reply, Request, STERLING, Said, Saying, Secret, Take,
};

use crate::{
    cannot,
    xml::{self, Element, escaped},
};

/// A site at Capita's SCP.
#[derive(Clone, Debug)]
pub struct Capita {
    address: String,
    scp_id: String,
    site_id: String,
    key_id: String,
    key: Secret,
    fund: String,
}

impl Capita {
    /// The site, at the address Capita gave; the key is in base 64. Orders that name
    /// no funds go under `fund`.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address not over TLS.
    pub fn new(
        address: &str,
        scp_id: &str,
        site_id: &str,
        (key_id, key): (&str, Secret),
        fund: &str,
    ) -> Result<Self, ProviderError> {
        if !ims_pay::is_safe_address(address) {
            return cannot(&format!("`{address}` is no https:// address"));
        }
        Ok(Self {
            address: address.to_owned(),
            scp_id: scp_id.to_owned(),
            site_id: site_id.to_owned(),
            key_id: key_id.to_owned(),
            key,
            fund: fund.to_owned(),
        })
    }

    /// The digest over subject, identifier, reference, time, algorithm and key.
    fn credentials(&self, reference: &str, now: DateTime<Utc>) -> Result<String, ProviderError> {
        let Some(key) = MacKey::base64(&self.key) else {
            return cannot("its key is not written in base 64");
        };
        let time = now.format("%Y%m%d%H%M%S").to_string();
        let unique = format!("{reference}:{}", now.timestamp());
        let (scp_id, key_id) = (&self.scp_id, &self.key_id);
        let signed = ["CapitaPortal", scp_id, &unique, &time, "Original", key_id].join("!");
        let digest = key.sign_base64(signed.as_bytes());
        let (scp_id, key_id, unique) = (escaped(scp_id), escaped(key_id), escaped(&unique));
        Ok(format!(
            "<common:credentials><common:subject><common:subjectType>CapitaPortal</common:subjectType>\
             <common:identifier>{scp_id}</common:identifier><common:systemCode>SCP</common:systemCode>\
             </common:subject><common:requestIdentification>\
             <common:uniqueReference>{unique}</common:uniqueReference>\
             <common:timeStamp>{time}</common:timeStamp></common:requestIdentification>\
             <common:signature><common:algorithm>Original</common:algorithm>\
             <common:hmacKeyID>{key_id}</common:hmacKeyID><common:digest>{digest}</common:digest>\
             </common:signature></common:credentials>"
        ))
    }

    fn post(&self, name: &str, inside: &str) -> Request {
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <{name} xmlns=\"http://www.capita-software-services.com/scp/simple\" \
             xmlns:scpbase=\"http://www.capita-software-services.com/scp/base\" \
             xmlns:common=\"https://support.capita-software.co.uk/selfservice/?commonFoundation\">\
             {inside}</{name}></soap:Body></soap:Envelope>"
        );
        let (url, body) = (self.address.clone(), Body(body.into_bytes()));
        let request = Request { method: Method::Post, url, headers: Vec::new(), body };
        request.with("content-type", "text/xml; charset=utf-8").with("soapaction", "")
    }
}

/// The lines of an order; one under the fund given where it names none.
fn items(order: &Order, fund: &str) -> String {
    let one = Item {
        fund: fund.to_owned(),
        reference: order.key().to_owned(),
        description: order.description().to_owned(),
        amount: order.amount(),
    };
    let items = if order.items().is_empty() { std::slice::from_ref(&one) } else { order.items() };
    let lines = (1..).zip(items).map(|(nth, item)| {
        let (amount, fund) = (item.amount.get(), escaped(&item.fund));
        let (reference, text) = (escaped(&item.reference), escaped(&item.description));
        format!(
            "<item><scpbase:itemSummary><scpbase:description>{text}</scpbase:description>\
             <scpbase:amountInMinorUnits>{amount}</scpbase:amountInMinorUnits>\
             <scpbase:reference>{reference}</scpbase:reference></scpbase:itemSummary>\
             <scpbase:lgItemDetails><scpbase:fundCode>{fund}</scpbase:fundCode>\
             </scpbase:lgItemDetails><scpbase:lineId>{nth}</scpbase:lineId></item>"
        )
    });
    lines.collect()
}

impl Provider for Capita {
    fn name(&self) -> &'static str {
        "capita"
    }

    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let method = match order.channel() {
            Channel::Online => "ECOM",
            Channel::Staff => "CNP",
            _ => return cannot("it takes cards online and from staff"),
        };
        if order.when_taken() == Take::Later || order.agreement().is_some() {
            return cannot("it takes money at once, and has no agreements here");
        }
        let (credentials, key) = (self.credentials(order.key(), now)?, escaped(order.key()));
        let back = escaped(order.return_url());
        let (site, scp) = (escaped(&self.site_id), escaped(&self.scp_id));
        let (text, amount) = (escaped(order.description()), order.amount().get());
        let items = items(order, &self.fund);
        Ok(Ask::Send(self.post(
            "scpSimpleInvokeRequest",
            &format!(
                "{credentials}<scpbase:requestType>payOnly</scpbase:requestType>\
                 <scpbase:requestId>{key}</scpbase:requestId><scpbase:routing>\
                 <scpbase:returnUrl>{back}</scpbase:returnUrl><scpbase:backUrl>{back}</scpbase:backUrl>\
                 <scpbase:siteId>{site}</scpbase:siteId><scpbase:scpId>{scp}</scpbase:scpId>\
                 </scpbase:routing><scpbase:panEntryMethod>{method}</scpbase:panEntryMethod>\
                 <scpbase:additionalInstructions><scpbase:systemCode>SCP</scpbase:systemCode>\
                 </scpbase:additionalInstructions><sale><scpbase:saleSummary>\
                 <scpbase:description>{text}</scpbase:description>\
                 <scpbase:amountInMinorUnits>{amount}</scpbase:amountInMinorUnits>\
                 <scpbase:reference>{key}</scpbase:reference></scpbase:saleSummary>\
                 <items>{items}</items></sale>"
            ),
        )))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let root = heard(reply)?;
        let invoked = response(&root, "scpSimpleInvokeResponse")?;
        let result = invoked.at("invokeResult").ok_or_else(|| xml::absent("invokeResult"))?;
        let saying = match result.need("status")? {
            "SUCCESS" => {
                let url = result.need("redirectUrl")?;
                if !ims_pay::is_safe_address(url) {
                    return Err(ProviderError::unreadable("its page is no https:// address"));
                }
                Saying::Accepted { next: Some(NextStep::redirect(url)) }
            }
            "INVALID_REQUEST" | "ERROR" => {
                let told = result.any("errorMessage").map(Element::own_text);
                Saying::broke(told.unwrap_or("no reason given"))
            }
            other => {
                return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
            }
        };
        Ok(Said::new(invoked.need("scpReference")?, saying).about(invoked.need("requestId")?))
    }

    fn look(
        &self,
        _order: &Order,
        provider_ref: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let name = provider_ref.ok_or(ProviderError::AskAgain)?;
        let (credentials, site) = (self.credentials(name, now)?, escaped(&self.site_id));
        let name = escaped(name);
        Ok(self.post(
            "scpSimpleQueryRequest",
            &format!(
                "{credentials}<scpbase:siteId>{site}</scpbase:siteId>\
                 <scpbase:scpReference>{name}</scpbase:scpReference>"
            ),
        ))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        let root = heard(reply)?;
        let queried = response(&root, "scpSimpleQueryResponse")?;
        let name = queried.need("scpReference")?;
        let about = |saying| -> Result<Said, ProviderError> {
            Ok(Said::new(name, saying).about(queried.need("requestId")?))
        };
        match queried.need("transactionState")? {
            "IN_PROGRESS" => about(Saying::Accepted { next: None }),
            "INVALID_REFERENCE" => Err(ProviderError::NotFound),
            "COMPLETE" => {
                let result = queried.at("paymentResult");
                let result = result.ok_or_else(|| xml::absent("paymentResult"))?;
                match result.need("status")? {
                    "SUCCESS" => {
                        let (paying, amount) = paid(result)?;
                        Ok(about(Saying::Paid(paying))?.for_amount(amount, STERLING))
                    }
                    "CARD_DETAILS_REJECTED" => about(Saying::refused("the card was declined")),
                    "CANCELLED" => about(Saying::Cancelled),
                    "LOGGED_OUT" | "NOT_ATTEMPTED" => about(Saying::Expired),
                    "ERROR" => {
                        let told = result.any("errorMessage").map(Element::own_text);
                        about(Saying::broke(told.unwrap_or("no reason given")))
                    }
                    other => {
                        let why = format!("`{other}` is no status it has");
                        Err(ProviderError::unreadable(why))
                    }
                }
            }
            other => Err(ProviderError::unreadable(format!("`{other}` is no state it has"))),
        }
    }

    fn returned(&self, _back: &Delivery) -> Hint {
        Hint::default()
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities::NONE
    }
}

fn heard(reply: &Reply) -> Result<Element, ProviderError> {
    match ProviderError::of_reply(reply) {
        Some(error) => Err(error),
        None => xml::read(reply),
    }
}

fn response<'e>(root: &'e Element, name: &str) -> Result<&'e Element, ProviderError> {
    root.any(name).ok_or_else(|| xml::absent(name))
}

/// What was authorised. The interface knows pounds only, and names no currency.
fn paid(result: &Element) -> Result<(Paying, Pence), ProviderError> {
    let auth = result.any("authDetails").ok_or_else(|| xml::absent("authDetails"))?;
    let amount: i64 = auth
        .need("amountInMinorUnits")?
        .parse()
        .map_err(|_| ProviderError::unreadable("its amount is not whole pence"))?;
    let brand = auth.text("cardDescription").unwrap_or_default();
    let card = auth.text("maskedCardNumber").and_then(|number| CardShown::of(brand, number));
    let transaction = auth.text("uniqueAuthId").map(str::to_owned);
    Ok((Paying { transaction, card, ..Paying::default() }, Pence::new(amount)))
}
