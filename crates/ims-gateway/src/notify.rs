//! E-mail by GOV.UK Notify.

use std::fmt;

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use ims_app::{Letter, Mail, NotSent};
use ims_ledger::{Council, MailSettings};
use ims_pay::{Body, Language, MacKey, Method, Reply, Request, Secret};
use serde_json::{Value, json};

use crate::{Carrier, Secrets, carrier::NoReply};

const BASE: &str = "https://api.notifications.service.gov.uk";

/// The length of the ids that end a key: the service's, and what it signs by.
const ID_LENGTH: usize = 36;

/// By GOV.UK Notify: the council's template has the places `((subject))` and
/// `((text))`, and is given both.
#[derive(Clone)]
pub struct Notify {
    carrier: Carrier,
    secrets: Secrets,
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notify(..)")
    }
}

impl Notify {
    /// Over this line, with these secrets.
    #[must_use]
    pub fn new(carrier: Carrier, secrets: Secrets) -> Self {
        Self { carrier, secrets }
    }

    fn request(
        &self,
        mail: &MailSettings,
        letter: &Letter,
        now: DateTime<Utc>,
    ) -> Result<Request, NotSent> {
        let later = |what: String| NotSent::Later(what);
        let name = mail.secrets.get("key").map_or("", String::as_str);
        let unset = || later(format!("mail: the value of its secret `{name}` is not set"));
        let key = (self.secrets)(name).ok_or_else(unset)?;
        let no_key = || later(format!("mail: its secret `{name}` is no key of GOV.UK Notify"));
        let token = token(&key, now).ok_or_else(no_key)?;
        let template = match (letter.language, mail.template.cy.as_str()) {
            (Language::Welsh, welsh) if !welsh.is_empty() => welsh,
            _ => &mail.template.en,
        };
        let base = if mail.url.is_empty() { BASE } else { mail.url.trim_end_matches('/') };
        let body = json!({
            "email_address": letter.to,
            "template_id": template,
            "personalisation": { "subject": letter.subject, "text": letter.text },
            "reference": letter.id,
        });
        let body = Body(body.to_string().into_bytes());
        let url = format!("{base}/v2/notifications/email");
        Ok(Request { method: Method::Post, url, headers: Vec::new(), body }
            .with("authorization", format!("Bearer {token}"))
            .with("content-type", "application/json"))
    }
}

#[async_trait]
impl Mail for Notify {
    fn way(&self) -> &'static str {
        "notify"
    }

    async fn send(
        &self,
        council: &Council,
        letter: &Letter,
        now: DateTime<Utc>,
    ) -> Result<(), NotSent> {
        let mail = council.mail.as_ref();
        let mail = mail.ok_or_else(|| NotSent::Later("there is no [mail]".to_owned()))?;
        let request = self.request(mail, letter, now)?;
        match self.carrier.try_carry(&request).await {
            Ok(reply) => answer(&reply),
            Err(NoReply::NotSent) => {
                Err(NotSent::Later("GOV.UK Notify could not be reached".to_owned()))
            }
            Err(NoReply::Silent) => {
                Err(NotSent::Unknown("GOV.UK Notify did not answer".to_owned()))
            }
        }
    }
}

/// What it says. Its words may name the payer; its status does not.
fn answer(reply: &Reply) -> Result<(), NotSent> {
    let status = reply.status;
    if status == 201 {
        return Ok(());
    }
    let body: Option<Value> = reply.body.text().ok().and_then(|it| serde_json::from_str(it).ok());
    let errors = body.as_ref().and_then(|body| body.get("errors")?.as_array().cloned());
    let is_address = |error: &Value| {
        let of = |name| error.get(name).and_then(Value::as_str).unwrap_or_default();
        of("error") == "ValidationError" && of("message").starts_with("email_address")
    };
    if status == 400 && errors.unwrap_or_default().iter().any(is_address) {
        return Err(NotSent::Never("GOV.UK Notify says that is no e-mail address".to_owned()));
    }
    if status >= 500 {
        // It may have been taken before that: a fault behind it, a relay that waited.
        return Err(NotSent::Unknown(format!("GOV.UK Notify failed (it says {status})")));
    }
    Err(NotSent::Later(format!("GOV.UK Notify does not take it now (it says {status})")))
}

/// What signs a request: a JSON Web Token (RFC 7519), HS256. None for what is no
/// key of Notify's.
fn token(key: &Secret, now: DateTime<Utc>) -> Option<String> {
    let text = key.reveal().trim();
    let (rest, signing) = text.split_at_checked(text.len().checked_sub(ID_LENGTH)?)?;
    let rest = rest.strip_suffix('-')?;
    let (name, service) = rest.split_at_checked(rest.len().checked_sub(ID_LENGTH)?)?;
    let is_id = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if !name.ends_with('-') || !is_id(service) || !is_id(signing) {
        return None;
    }
    let head = URL_SAFE_NO_PAD.encode(r#"{"typ":"JWT","alg":"HS256"}"#);
    let claims = json!({ "iss": service, "iat": now.timestamp() }).to_string();
    let message = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims));
    let signature = MacKey::text(&Secret::new(signing)).sign(message.as_bytes());
    Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of the documentation's example; a signature by the MAC that
    /// agrees with RFC 7515's.
    #[test]
    fn a_key_is_taken_apart_and_what_is_none_is_refused() {
        let now = DateTime::from_timestamp(1_568_818_578, 0).unwrap_or_default();
        let key = "name-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0";
        let made = token(&Secret::new(key), now).unwrap_or_default();
        let parts: Vec<&str> = made.split('.').collect();
        assert_eq!(parts.len(), 3);
        let read = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
            serde_json::from_slice::<Value>(&bytes).unwrap_or_default()
        };
        assert_eq!(parts.first().map(|it| read(it)), Some(json!({ "typ": "JWT", "alg": "HS256" })));
        let claims = json!({ "iss": "26785a09-ab16-4eb0-8407-a37497a57506", "iat": 1_568_818_578 });
        assert_eq!(parts.get(1).map(|it| read(it)), Some(claims));
        for bad in ["", "short", &key.replace("name-", ""), &key.replace("26785a09", "not-hex!")] {
            assert_eq!(token(&Secret::new(bad), now), None, "{bad}");
        }
    }
}
