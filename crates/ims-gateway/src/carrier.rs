//! The line out: requests of adapters over HTTP, and what comes back.

use std::time::Duration;

use ims_pay::{BODY_BYTES_MAX, Body, Method, Reply, Request, is_safe_address};
use reqwest::{Client, Response, header::RETRY_AFTER, redirect::Policy};
use thiserror::Error;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// How long an answer may take, the connection with it: a payer waits for it.
const ANSWER: Duration = Duration::from_secs(10);

/// Carries requests over TLS, or in plain text to this machine. It knows nobody's
/// secrets beyond what a request holds, follows no redirection and keeps no
/// cookies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Carrier {
    client: Client,
    answer: Duration,
}

/// Why there is no line out.
#[derive(Debug, Error)]
#[error("requests to payment providers cannot be carried: {0}")]
pub struct CarrierError(String);

/// Why nothing came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoReply {
    /// The request was not sent.
    NotSent,
    /// It was sent, and nobody knows whether it was heard.
    Silent,
}

impl Carrier {
    /// A line out, with the certificates this machine trusts.
    ///
    /// # Errors
    ///
    /// [`CarrierError`] when its TLS cannot be set up.
    pub fn new() -> Result<Self, CarrierError> {
        // Whoever was there first chose ring as well: there is no other in the tree.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(CONNECT)
            .redirect(Policy::none())
            .user_agent("ims")
            .build();
        let bad = |error: reqwest::Error| CarrierError(error.to_string());
        Ok(Self { client: client.map_err(bad)?, answer: ANSWER })
    }

    /// The same, with another patience for answers.
    #[must_use]
    pub const fn waiting_at_most(mut self, answer: Duration) -> Self {
        self.answer = answer;
        self
    }

    /// What comes back; none when nothing did in time, or not whole: then nobody
    /// knows whether the request was heard.
    pub async fn carry(&self, request: &Request) -> Option<Reply> {
        self.try_carry(request).await.ok()
    }

    /// What comes back, or whether the request may have been heard.
    pub(crate) async fn try_carry(&self, request: &Request) -> Result<Reply, NoReply> {
        // An adapter was given a wrong address: nothing is sent.
        if !is_safe_address(&request.url) {
            tracing::warn!("a request to an address without TLS was not sent");
            return Err(NoReply::NotSent);
        }
        match tokio::time::timeout(self.answer, self.exchange(request)).await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => {
                let why = if error.is_connect() { NoReply::NotSent } else { NoReply::Silent };
                // Its address may name a payment; it is not logged.
                tracing::info!(error = %error.without_url(), "the other end did not answer");
                Err(why)
            }
            Err(_) => {
                tracing::info!("the other end did not answer in time");
                Err(NoReply::Silent)
            }
        }
    }

    async fn exchange(&self, request: &Request) -> Result<Reply, reqwest::Error> {
        let mut asked = match request.method {
            Method::Get => self.client.get(&request.url),
            Method::Post => self.client.post(&request.url).body(request.body.0.clone()),
        };
        for header in &request.headers {
            asked = asked.header(header.name, header.value.reveal());
        }
        let response = asked.send().await?;
        let status = response.status().as_u16();
        let retry_after_seconds = retry_after(&response);
        let body = Body(bounded(response).await?);
        Ok(Reply { status, retry_after_seconds, body })
    }
}

fn retry_after(response: &Response) -> Option<u32> {
    response.headers().get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()
}

/// The body; of one that is too long as much as shows that it is.
async fn bounded(mut response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > BODY_BYTES_MAX {
            break;
        }
    }
    Ok(body)
}
