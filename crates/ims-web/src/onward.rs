//! On to a payment provider: a page in between, because browsers let no form of ours lead
//! elsewhere. It forwards at once where an address leads on, without a script.

use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use ims_pay::NextStep;

/// Where a browser goes on.
pub(crate) struct Onward {
    pub(crate) url: String,
    /// What a form carries there; a link otherwise.
    pub(crate) fields: Option<Vec<(String, String)>>,
}

impl Onward {
    /// Where this step leads a browser; nowhere where the payment is over already, where
    /// nobody knows yet, and where it goes on without a page.
    pub(crate) fn of(next: Option<NextStep>) -> Option<Self> {
        match next {
            Some(NextStep::Redirect { url }) => Some(Self { url, fields: None }),
            Some(NextStep::Form { url, fields }) => {
                let plain = |(name, value): (String, ims_pay::Hidden)| {
                    let value = value.reveal().to_owned();
                    (name, value)
                };
                Some(Self { url, fields: Some(fields.into_iter().map(plain).collect()) })
            }
            _ => None,
        }
    }

    /// Whether it leads there over TLS; said in the log where it does not.
    pub(crate) fn is_safe(&self) -> bool {
        let is_safe = ims_pay::is_safe_address(&self.url);
        if !is_safe {
            tracing::error!("a provider sends its payers to an address without TLS");
        }
        is_safe
    }

    /// What browsers are told of the page that leads there.
    pub(crate) fn told_with(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        let is_form = self.fields.is_some();
        if let Some(policy) = crate::security::with_forms_to(&self.url).filter(|_| is_form) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        // The address is good for this payer alone.
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        response
    }
}
