//! Civica Pay: a form that the payer's browser carries, and a SOAP query.
//!
//! **Unverified**: nothing is published. The shapes are those that councils have
//! described. What the browser brings back is not signed, so it is never believed:
//! a payment counts when the query says so.

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Abilities, Ask, Body, Channel, Delivery, Hidden, Hint, Item, Method, NextStep, Order, Paying,
    Provider, ProviderError, Reply, Request, STERLING, Said, Saying, Secret, Seems, form,
};

use crate::{
    cannot,
    xml::{self, escaped},
};

/// A calling application at Civica Pay.
#[derive(Clone, Debug)]
pub struct Civica {
    page: String,
    query: String,
    application: String,
    password: Secret,
    source: String,
    fund: String,
}

impl Civica {
    /// The application, with the addresses of its page and of its query. Orders that
    /// name no funds go under `fund`.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address not over TLS.
    pub fn new(
        page: &str,
        query: &str,
        (application, password): (&str, Secret),
        source: &str,
        fund: &str,
    ) -> Result<Self, ProviderError> {
        if !ims_pay::is_safe_address(page) || !ims_pay::is_safe_address(query) {
            return cannot("its addresses have to begin with https://");
        }
        Ok(Self {
            page: page.to_owned(),
            query: query.to_owned(),
            application: application.to_owned(),
            password,
            source: source.to_owned(),
            fund: fund.to_owned(),
        })
    }
}

impl Provider for Civica {
    fn name(&self) -> &'static str {
        "civica"
    }

    fn ask(&self, order: &Order, _now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        if *order.channel() != Channel::Online || order.agreement().is_some() {
            return cannot("it is used for payments online only");
        }
        let one = Item {
            fund: self.fund.clone(),
            reference: order.key().to_owned(),
            description: order.description().to_owned(),
            amount: order.amount(),
        };
        let items =
            if order.items().is_empty() { std::slice::from_ref(&one) } else { order.items() };
        let mut fields = vec![
            ("CallingApplicationID".to_owned(), self.application.clone()),
            ("CallingApplicationTransactionReference".to_owned(), order.key().to_owned()),
            ("PaymentSourceCode".to_owned(), self.source.clone()),
            ("PaymentTotal".to_owned(), order.amount().to_string()),
            ("ReturnURL".to_owned(), order.return_url().to_owned()),
        ];
        for (nth, item) in (1..).zip(items) {
            let plain = |text: &str| text.replace('|', " ");
            let (reference, fund) = (plain(&item.reference), plain(&item.fund));
            let (amount, text) = (item.amount, plain(&item.description));
            let line = format!("{reference}|{fund}|{amount}||{text}");
            fields.push((format!("Payment_{nth}"), line));
        }
        let fields = fields.into_iter().map(|(name, value)| (name, Hidden::new(value))).collect();
        Ok(Ask::Hand(NextStep::Form { url: self.page.clone(), fields }))
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.looked(reply)
    }

    fn look(
        &self,
        order: &Order,
        _provider_ref: Option<&str>,
        _now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let (application, key) = (escaped(&self.application), escaped(order.key()));
        let password = escaped(self.password.reveal());
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
             <QueryAuthRequests><CallingApplicationID>{application}</CallingApplicationID>\
             <Password>{password}</Password>\
             <CallingApplicationTransactionReference>{key}</CallingApplicationTransactionReference>\
             </QueryAuthRequests></soap:Body></soap:Envelope>"
        );
        let (url, body) = (self.query.clone(), Body(body.into_bytes()));
        let request = Request { method: Method::Post, url, headers: Vec::new(), body };
        Ok(request.with("content-type", "text/xml; charset=utf-8"))
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        if let Some(error) = ProviderError::of_reply(reply) {
            return Err(error);
        }
        let root = xml::read(reply)?;
        let result = root.any("QueryAuthRequestsResult");
        let result = result.ok_or_else(|| xml::absent("QueryAuthRequestsResult"))?;
        let saying = match result.need("ResponseCode")? {
            "00000" => {
                let receipt = result.need("IncomeManagementReceiptNumber")?;
                let transaction = Some(receipt.to_owned());
                Saying::Paid(Paying { transaction, ..Paying::default() })
            }
            "00001" => Saying::Waiting,
            "00002" => return Err(ProviderError::NotFound),
            "00023" => Saying::Cancelled,
            // Which codes are refusals Civica publishes nowhere: what is not known to be
            // one may be a fault of the query, of a payment that was taken.
            other => {
                let why = format!("`{other}` is no code whose meaning is known");
                return Err(ProviderError::unreadable(why));
            }
        };
        let key = result.need("CallingApplicationTransactionReference")?;
        let said = Said::unnamed(saying).about(key);
        Ok(match result.text("PaymentAmount") {
            Some(text) => {
                let bad = |_| ProviderError::unreadable(format!("`{text}` is no amount"));
                let amount: Pence = text.parse().map_err(bad)?;
                said.for_amount(amount, STERLING)
            }
            None => said,
        })
    }

    fn returned(&self, back: &Delivery) -> Hint {
        let pairs = form::decode(&back.query).unwrap_or_default();
        let name = "CallingApplicationTransactionReference";
        let reference = form::only(&pairs, name).map(str::to_owned);
        let seems = match form::only(&pairs, "ResponseCode") {
            Some("00000") => Seems::Paid,
            Some(_) => Seems::NotPaid,
            None => Seems::Unsaid,
        };
        Hint { reference, provider_ref: None, seems }
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities::NONE
    }
}
