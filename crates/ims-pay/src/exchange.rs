//! What goes over the wire, as plain values: whoever has a network carries it.

use std::fmt;

use crate::Secret;

/// The most bytes of a reply or a notice that are read; more is refused.
pub const BODY_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A request to a provider.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whether it asks or looks.
    pub method: Method,
    /// Where to, over TLS.
    pub url: String,
    /// What else is said; some of it signs us in, so no value is ever printed.
    pub headers: Vec<Header>,
    /// What is asked.
    pub body: Body,
}

impl Request {
    /// The value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value.reveal())
    }

    /// The request with one header more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push(Header { name, value: Secret::new(value) });
        self
    }
}

/// The methods that providers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Only looks.
    Get,
    /// Asks for something to be done; goes with a key, so that it is done once.
    Post,
}

impl Method {
    /// `GET` or `POST`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A header of a request.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Secret,
}

/// A provider's answer. None at all is [`Event::silent`](crate::Event::silent).
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// For how many seconds it asks to be left alone (`Retry-After`), if it does.
    pub retry_after_seconds: Option<u32>,
    /// What it says.
    pub body: Body,
}

impl Reply {
    /// A reply of this status and body.
    #[must_use]
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, retry_after_seconds: None, body: Body(body.into()) }
    }
}

/// What somebody sent us unasked: a notice of a provider's, or a payer's browser
/// coming back. Nothing in it is true until
/// [`Notices::verify`](crate::Notices::verify) says so.
#[derive(Clone, Debug, Default)]
pub struct Delivery {
    /// The part of the address after the `?`.
    pub query: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, byte for byte.
    pub body: Body,
}

impl Delivery {
    /// A delivery of this body, with these headers.
    #[must_use]
    pub fn new(headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let headers = headers.iter().map(owned).collect();
        Self { query: String::new(), headers, body: Body(body.into()) }
    }

    /// The value of a header, whatever the case of its name; none when it is
    /// there twice, as nobody could say which of the two was meant.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(given, _)| given.eq_ignore_ascii_case(name));
        let value = found.next().map(|(_, value)| value.as_str());
        if found.next().is_some() { None } else { value }
    }
}

/// The bytes of a request or a reply. They may hold a payer's name, so only
/// their number is printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Body(pub Vec<u8>);

impl Body {
    /// As text.
    ///
    /// # Errors
    ///
    /// [`ProviderError::Unreadable`](crate::ProviderError::Unreadable) when it is
    /// none, or larger than [`BODY_BYTES_MAX`].
    pub fn text(&self) -> Result<&str, crate::ProviderError> {
        if self.0.len() > BODY_BYTES_MAX {
            return Err(crate::ProviderError::unreadable("it is too long"));
        }
        std::str::from_utf8(&self.0).map_err(|_| crate::ProviderError::unreadable("it is no text"))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

/// Whether something may be sent to this address: over TLS, or to this machine
/// itself, where a stub server may stand.
///
/// ```
/// use ims_pay::is_safe_address;
///
/// assert!(is_safe_address("https://council.example/back"));
/// assert!(is_safe_address("http://127.0.0.1:9001/back"));
/// assert!(!is_safe_address("http://council.example/back"));
/// assert!(!is_safe_address("http://127.0.0.1:9001@council.example/"));
/// ```
#[must_use]
pub fn is_safe_address(url: &str) -> bool {
    if url.bytes().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control()) {
        return false;
    }
    if let Some(rest) = url.strip_prefix("https://") {
        return !rest.is_empty() && !rest.starts_with('/');
    }
    let host = url.strip_prefix("http://").map(|rest| {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        rest.split_at(end).0
    });
    let here = |host: &str| ["127.0.0.1", "localhost", "[::1]"].contains(&host);
    host.is_some_and(|host| match host.rsplit_once(':') {
        Some((name, port)) if here(name) => port.bytes().all(|byte| byte.is_ascii_digit()),
        Some(_) | None => here(host),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_prints_neither_its_key_nor_what_it_says_of_a_payer() {
        let request = Request {
            method: Method::Post,
            url: "https://pay.example/payments".to_owned(),
            headers: vec![Header { name: "authorization", value: Secret::new("Bearer k1") }],
            body: Body(b"name=Smith".to_vec()),
        };
        assert_eq!(
            format!("{request:?}"),
            "Request { method: Post, url: \"https://pay.example/payments\", \
             headers: [Header { name: \"authorization\", value: Secret(..) }], \
             body: Body(10 bytes) }"
        );
    }

    #[test]
    fn a_header_given_twice_is_none() {
        let once = Delivery::new(&[("Pay-Signature", "a")], "");
        assert_eq!(once.header("pay-signature"), Some("a"));
        let twice = Delivery::new(&[("Pay-Signature", "a"), ("pay-signature", "b")], "");
        assert_eq!(twice.header("Pay-Signature"), None);
    }
}
