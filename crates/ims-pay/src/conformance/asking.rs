//! What is asked: once, over TLS, under our key, and nothing secret is printed.

use ims_money::Pence;

use super::{Report, Suite};
use crate::{Ask, Delivery, NextStep, Order, ProviderError, Request};

impl Suite<'_> {
    pub(super) fn check_asking(&self, report: &mut Report) {
        self.keeps_secrets(report, "the adapter", &format!("{:?}", self.provider));
        let first = self.provider.ask(&self.order, self.now);
        self.keeps_secrets(report, "what is asked", &format!("{first:?}"));
        let Ok(first) = first else {
            report.that(false, "an order can be asked for", || format!("{first:?}"));
            return;
        };
        let same = self.provider.ask(&self.order, self.now).map(|ask| whole(&ask));
        report.that(
            same.as_deref() == Ok(whole(&first).as_slice()),
            "the same order is the same request",
            || "asked twice, it differs".to_owned(),
        );
        report.that(goes_over_tls(&first), "everything goes over TLS", || {
            "what is asked does not go to an https:// address".to_owned()
        });
        let says_key = contains(&whole(&first), self.order.key());
        report.that(says_key, "what is asked goes under our key", || {
            "the order's key is not in it".to_owned()
        });
        self.tells_orders_apart(report, &whole(&first));
        self.looks(report);
        self.takes_a_hint(report);
    }

    fn tells_orders_apart(&self, report: &mut Report, first: &[u8]) {
        let (amount, key) = (self.order.amount(), self.order.key());
        let more = amount.checked_add(Pence::new(100)).unwrap_or(amount);
        let back = self.order.return_url();
        for (what, other) in [
            ("amount", Order::of(key, more, self.order.description(), back)),
            ("key", Order::of(&other_key(key), amount, self.order.description(), back)),
        ] {
            let other = other.ok().and_then(|other| self.provider.ask(&other, self.now).ok());
            let differs = other.is_some_and(|other| whole(&other) != first);
            report.that(differs, "another order is another request", || {
                format!("with another {what} it is the same")
            });
        }
    }

    fn looks(&self, report: &mut Report) {
        for name in [None, Some("name-1"), Some("a/b?c&d#e<f>\"'")] {
            let look = self.provider.look(&self.order, name, self.now);
            self.keeps_secrets(report, "a look", &format!("{look:?}"));
            let holds = match &look {
                Ok(request) => request.url.starts_with("https://"),
                Err(ProviderError::AskAgain | ProviderError::CannotAsk(_)) => true,
                Err(_) => false,
            };
            report.that(holds, "a payment can be looked at, or asked for again", || {
                format!("{name:?}: {look:?}")
            });
            let escaped = !look.is_ok_and(|look| look.url.contains("?c&d#e<f>"));
            report.that(escaped, "a name is escaped in an address", || format!("{name:?}"));
        }
    }

    /// Whatever a browser brings back, it is a hint, and reading it is safe.
    fn takes_a_hint(&self, report: &mut Report) {
        for text in ["", "a", "a=%", "%%%", "status=paid&amount=1", "\u{0}=\u{0}", "=&=&="] {
            let mut back = Delivery::new(&[], text);
            back.query = text.to_owned();
            let hint = self.provider.returned(&back);
            self.keeps_secrets(report, "a hint", &format!("{hint:?}"));
        }
    }
}

/// Another key of the same length, so that it is refused by no limit.
pub(super) fn other_key(key: &str) -> String {
    let start = key.get(1..).unwrap_or_default();
    let first = if key.starts_with('z') { 'y' } else { 'z' };
    format!("{first}{start}")
}

fn goes_over_tls(ask: &Ask) -> bool {
    match ask {
        Ask::Send(request) => request.url.starts_with("https://"),
        Ask::Hand(NextStep::Redirect { url } | NextStep::Form { url, .. }) => {
            url.starts_with("https://")
        }
        Ask::Hand(NextStep::Terminal { .. } | NextStep::PayerSecret { .. } | NextStep::Nothing) => {
            true
        }
    }
}

/// Everything that is sent, to be compared.
fn whole(ask: &Ask) -> Vec<u8> {
    match ask {
        Ask::Send(request) => all_of(request),
        Ask::Hand(NextStep::Form { url, fields }) => {
            let fields = fields.iter().map(|(name, value)| format!("{name}={}\n", value.reveal()));
            format!("{url}\n{}", fields.collect::<String>()).into_bytes()
        }
        Ask::Hand(NextStep::Redirect { url }) => url.clone().into_bytes(),
        Ask::Hand(NextStep::Terminal { name, show }) => {
            format!("{name}\n{}", show.clone().unwrap_or_default()).into_bytes()
        }
        Ask::Hand(NextStep::PayerSecret { secret }) => secret.reveal().as_bytes().to_vec(),
        Ask::Hand(NextStep::Nothing) => Vec::new(),
    }
}

pub(super) fn all_of(request: &Request) -> Vec<u8> {
    let headers = request.headers.iter();
    let headers: String =
        headers.map(|header| format!("{}: {}\n", header.name, header.value.reveal())).collect();
    let mut all = format!("{} {}\n{headers}\n", request.method.as_str(), request.url).into_bytes();
    all.extend_from_slice(&request.body.0);
    all
}

fn contains(all: &[u8], text: &str) -> bool {
    all.windows(text.len().max(1)).any(|window| window == text.as_bytes())
}
