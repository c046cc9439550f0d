//! What goes over the wire, as plain values: whoever has a network carries it.

use std::fmt;

use crate::Secret;

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

/// The methods that providers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Only looks.
    Get,
    /// Asks for something to be done; goes with a key, so that it is done once.
    Post,
}

/// A header of a request.
#[derive(Clone, Debug)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: Secret,
}

/// A provider's answer. None at all is [`Event::Silent`](crate::Event::Silent).
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What it says.
    pub body: Body,
}

/// The bytes of a request or a reply. They may hold a payer's name, so only
/// their number is printed.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Body(pub Vec<u8>);

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
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
}
