//! Smartpay Fuse, which is Cybersource: Secure Acceptance, a form that the payer's
//! browser carries, and REST for refunds and the search.

use chrono::{DateTime, SecondsFormat, Utc};
use ims_pay::{
    Abilities, Ask, Channel, Delivery, Hidden, Hint, MacKey, NextStep, Order, Payer, Provider,
    ProviderError, Reply, Request, STERLING, Said, Secret, Seems, Take, form,
};

use crate::cannot;

mod notices;
mod rest;

/// A merchant at Cybersource, with the REST key it searches and refunds by.
#[derive(Clone, Debug)]
pub struct Fuse {
    online: Option<Profile>,
    staff: Option<Profile>,
    merchant: String,
    key_id: String,
    key: Secret,
    pages: String,
    api: String,
}

/// A Secure Acceptance profile: one for payers, another for staff (MOTO).
#[derive(Clone, Debug)]
pub struct Profile {
    /// Its `profile_id`.
    pub id: String,
    /// Its `access_key`.
    pub access_key: Secret,
    /// Its secret key, which signs.
    pub secret_key: Secret,
}

impl Fuse {
    /// The merchant, in its live place; `key` is the REST shared secret in base 64.
    #[must_use]
    pub fn new(online: Profile, merchant: &str, key_id: &str, key: Secret) -> Self {
        Self { online: Some(online), ..Self::searched(merchant, key_id, key) }
    }

    /// The merchant without a profile, to be searched and to give money back by:
    /// something else takes its payments.
    #[must_use]
    pub fn searched(merchant: &str, key_id: &str, key: Secret) -> Self {
        Self {
            online: None,
            staff: None,
            merchant: merchant.to_owned(),
            key_id: key_id.to_owned(),
            key,
            pages: "https://secureacceptance.cybersource.com/pay".to_owned(),
            api: "https://api.cybersource.com".to_owned(),
        }
    }

    /// In Cybersource's place for tests.
    #[must_use]
    pub fn in_tests(mut self) -> Self {
        "https://testsecureacceptance.cybersource.com/pay".clone_into(&mut self.pages);
        "https://apitest.cybersource.com".clone_into(&mut self.api);
        self
    }

    /// With its form going to this address.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address not over TLS.
    pub fn with_pages_at(mut self, url: &str) -> Result<Self, ProviderError> {
        if !ims_pay::is_safe_address(url) {
            return cannot(&format!("`{url}` is no https:// address"));
        }
        url.clone_into(&mut self.pages);
        Ok(self)
    }

    /// With its REST interface at this address, which has no path.
    ///
    /// # Errors
    ///
    /// [`ProviderError::CannotAsk`] for an address not over TLS, or with a path.
    pub fn with_rest_at(mut self, url: &str) -> Result<Self, ProviderError> {
        let url = url.strip_suffix('/').unwrap_or(url);
        let host = url.split_once("://").map_or(url, |(_, host)| host);
        if !ims_pay::is_safe_address(url) || host.contains(['/', '?', '#']) {
            return cannot(&format!("`{url}` is no https:// address of a host alone"));
        }
        url.clone_into(&mut self.api);
        Ok(self)
    }

    /// With the profile that staff take payments by.
    #[must_use]
    pub fn with_staff(mut self, profile: Profile) -> Self {
        self.staff = Some(profile);
        self
    }
}

impl Provider for Fuse {
    fn name(&self) -> &'static str {
        "fuse"
    }

    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        let profile = match order.channel() {
            Channel::Online => self.online.as_ref(),
            Channel::Staff => self.staff.as_ref(),
            _ => None,
        };
        let Some(profile) = profile else {
            return cannot("it has no profile for payments taken that way");
        };
        if order.key().len() > 50 || order.agreement().is_some() {
            return cannot("its references have at most 50 characters, and it has no agreements");
        }
        let take = match order.when_taken() {
            Take::AtOnce => "sale",
            Take::Later => "authorization",
        };
        let (amount, time) = (order.amount().to_string(), now);
        let time = time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let back = order.return_url();
        let mut fields = vec![
            ("access_key", profile.access_key.reveal()),
            ("profile_id", &profile.id),
            ("transaction_uuid", order.key()),
            ("signed_date_time", &time),
            ("locale", "en"),
            ("transaction_type", take),
            ("reference_number", order.key()),
            ("amount", &amount),
            ("currency", STERLING),
            ("override_custom_receipt_page", back),
            ("override_custom_cancel_page", back),
            ("override_backoffice_post_url", order.notice_url().unwrap_or(back)),
        ];
        // What the payer wrote is not signed: in a signed text it could pass for fields.
        let theirs = order.payer().map(bill_to).unwrap_or_default();
        let names_of = |fields: &[(&'static str, &str)]| {
            fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",")
        };
        let unsigned = names_of(&theirs);
        let names = format!("{},{LIST},unsigned_field_names", names_of(&fields));
        fields.extend([(LIST, names.as_str()), ("unsigned_field_names", &unsigned)]);
        if let Some((name, value)) = fields.iter().find(|(_, value)| holds_a_field(value)) {
            return cannot(&format!("`{value}` as its {name} could be read as several fields"));
        }
        let signature = MacKey::text(&profile.secret_key).sign_base64(message(&fields).as_bytes());
        fields.push(("signature", &signature));
        fields.extend(theirs);
        let hidden = |(name, value): &(&str, &str)| ((*name).to_owned(), Hidden::new(*value));
        let fields = fields.iter().map(hidden).collect();
        Ok(Ask::Hand(NextStep::Form { url: self.pages.clone(), fields }))
    }

    /// Nothing is sent, so nothing is answered; what a search finds, reads too.
    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        rest::payment(reply)
    }

    fn look(
        &self,
        order: &Order,
        _provider_ref: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        rest::search(self, order.key(), now)
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        rest::payment(reply)
    }

    fn returned(&self, back: &Delivery) -> Hint {
        let pairs = back.body.text().ok().and_then(form::decode).unwrap_or_default();
        let seems = match form::only(&pairs, "decision") {
            Some("ACCEPT") => Seems::Paid,
            Some(_) => Seems::NotPaid,
            None => Seems::Unsaid,
        };
        let reference = form::only(&pairs, "req_reference_number").map(str::to_owned);
        Hint { reference, provider_ref: None, seems }
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities { notices: Some(self), refunds: Some(self), ..Abilities::NONE }
    }
}

fn bill_to(payer: &Payer) -> Vec<(&'static str, &str)> {
    let fields = [
        ("bill_to_address_line1", &payer.line1),
        ("bill_to_address_city", &payer.city),
        ("bill_to_address_postal_code", &payer.postcode),
        ("bill_to_email", &payer.email),
    ];
    fields.iter().filter_map(|(name, text)| Some((*name, text.as_deref()?))).collect()
}

/// The field that lists what is signed.
const LIST: &str = "signed_field_names";

/// Whether a text is a field's name, as all of theirs and ours are.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Whether a value could be cut in two in what is signed: a comma, a name, `=`.
fn holds_a_field(value: &str) -> bool {
    let after_commas = value.split(',').skip(1);
    after_commas.filter_map(|part| part.split_once('=')).any(|(name, _)| is_name(name))
}

/// What is signed: the fields as `name=value`, between commas.
fn message(fields: &[(&str, &str)]) -> String {
    fields.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
}
