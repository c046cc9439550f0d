//! The stub's webhooks and its weather.

use std::time::Duration;

use ims_pay::{Delivery, MacKey, Secret};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{SIGNING_SECRET, Shared, books, written};

/// What goes wrong, and how often: every how-manyeth time, 0 for never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weather {
    /// Webhooks that are lost.
    pub drop: u64,
    /// Webhooks that are sent twice.
    pub double: u64,
    /// Webhooks that come before the one before them.
    pub reorder: u64,
    /// How long each webhook is under way.
    pub delay: Duration,
    /// Requests that are done and not answered: the line is held for ten minutes.
    pub silent: u64,
    /// Requests that are answered with 429, and not done.
    pub busy: u64,
    /// How many more requests are done before all are answered with 429, if that is so.
    pub quota: Option<u64>,
    /// Requests that are answered with 503, and not done.
    pub down: u64,
    /// How many of the newest payments a search does not find yet.
    pub search_lags: usize,
    /// Whether a search is answered with what is no list at all.
    pub search_breaks: bool,
    /// Whether a list of disputes is.
    pub disputes_break: bool,
}

/// How often each of it happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Troubles {
    /// Requests that came.
    pub asked: u64,
    /// Those that were done and not answered.
    pub silent: u64,
    /// Those that were answered with 429.
    pub busy: u64,
    /// Those that were answered with 503.
    pub down: u64,
    /// Webhooks that there were to send.
    pub put: u64,
    /// Those that were lost.
    pub dropped: u64,
    /// Those that were sent twice.
    pub doubled: u64,
    /// Those that came before the one before them.
    pub reordered: u64,
}

/// Whether the `nth` time is one of every `every`.
pub(super) const fn is_due(nth: u64, every: u64) -> bool {
    every != 0 && nth.is_multiple_of(every)
}

#[derive(Debug)]
pub(super) struct Post {
    callback: Option<String>,
    pub(super) weather: Weather,
    waiting: Vec<Delivery>,
    pub(super) troubles: Troubles,
}

impl Post {
    pub(super) fn new(callback: Option<String>, weather: Weather) -> Self {
        Self { callback, weather, waiting: Vec::new(), troubles: Troubles::default() }
    }

    pub(super) fn put(&mut self, event: &str, kind: &str, id: &str, resource: &Value) {
        self.troubles.put += 1;
        let nth = self.troubles.put;
        let body = json!({
            "webhook_message_id": format!("message-{nth}"),
            "api_version": 1,
            "created_date": written::time(books::now()),
            "resource_id": id,
            "resource_type": kind,
            "event_type": event,
            "resource": resource,
        });
        let body = body.to_string();
        let signature = MacKey::text(&Secret::new(SIGNING_SECRET)).sign_hex(body.as_bytes());
        let headers = [("Pay-Signature", signature.as_str()), ("Content-Type", "application/json")];
        let delivery = Delivery::new(&headers, body);
        let weather = self.weather;
        if is_due(nth, weather.drop) {
            self.troubles.dropped += 1;
            return;
        }
        let last = self.waiting.len();
        let at = if is_due(nth, weather.reorder) { last.saturating_sub(1) } else { last };
        self.troubles.reordered += u64::from(at < last);
        self.waiting.insert(at, delivery.clone());
        if is_due(nth, weather.double) {
            self.troubles.doubled += 1;
            self.waiting.push(delivery);
        }
    }

    pub(super) fn waiting(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.waiting)
    }
}

/// Sends what waits, in the background, each up to three times.
pub(super) fn send(shared: &Shared) {
    let (callback, waiting, delay) = {
        let mut books = shared.books();
        let Some(callback) = books.post.callback.clone() else { return };
        (callback, books.post.waiting(), books.post.weather.delay)
    };
    if waiting.is_empty() {
        return;
    }
    tokio::spawn(async move {
        for delivery in waiting {
            tokio::time::sleep(delay).await;
            for attempt in 1..=3 {
                if delivered(&callback, &delivery).await {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100 * attempt)).await;
            }
        }
    });
}

/// Whether the callback took it: any answer that begins with 2.
async fn delivered(callback: &str, delivery: &Delivery) -> bool {
    let Some(rest) = callback.strip_prefix("http://") else { return false };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let Ok(mut stream) = tokio::net::TcpStream::connect(host).await else { return false };
    let headers = delivery.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let (headers, length) = (headers.collect::<String>(), delivery.body.0.len());
    let head = format!(
        "POST /{path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    let mut answer = [0_u8; 12];
    let told = async {
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&delivery.body.0).await?;
        stream.read_exact(&mut answer).await
    };
    let told = tokio::time::timeout(Duration::from_secs(5), told).await;
    matches!(told, Ok(Ok(_))) && answer.starts_with(b"HTTP/1.1 2")
}
