//! The provider's own end of the line.

use super::*;

impl Sandbox {
    /// What the provider would answer at `now`, or `None` when it would not.
    ///
    /// It keeps nothing: a payment's name says its order and amount.
    #[must_use]
    pub fn serve(&self, request: &Request, now: DateTime<Utc>) -> Option<Reply> {
        // Both ends are here, so that this comparison guards nothing.
        if request.header("authorization") != Some(self.key.reveal()) {
            return Some(Reply::new(401, ""));
        }
        match (request.method, request.url.as_str()) {
            (Method::Post, PAYMENTS) => started(&request.body),
            (Method::Post, REFUNDS) => refunded(&request.body),
            (_, url) if url.starts_with(AGREEMENTS) => {
                agreements::served(request.method, url, &asked(&request.body))
            }
            (Method::Post, _) => Some(Reply::new(404, "")),
            (Method::Get, url) => {
                let provider_ref = url.strip_prefix(PAYMENTS)?.strip_prefix('/')?;
                match read_name(provider_ref) {
                    Some((amount, order)) => {
                        let body = became(provider_ref, amount, order, now)?;
                        Some(Reply::new(200, format!("{body}end\n")))
                    }
                    None => Some(Reply::new(404, "")),
                }
            }
        }
    }

    /// The notice it would send of a payment at `now`; `None` for a payment it
    /// does not know or is silent about.
    #[must_use]
    pub fn notice(&self, provider_ref: &str, now: DateTime<Utc>) -> Option<Delivery> {
        let (amount, order) = read_name(provider_ref)?;
        let said = became(provider_ref, amount, order, now)?;
        let body = format!("id=n-{provider_ref}\n{said}end\n");
        let signature = MacKey::text(&self.key).sign_hex(body.as_bytes());
        Some(Delivery::new(&[("sandbox-signature", &signature)], body))
    }
}

fn read_name(provider_ref: &str) -> Option<(Pence, &str)> {
    let (amount, order) = provider_ref.strip_prefix("sbx-")?.split_once('-')?;
    Some((Pence::new(amount.parse().ok()?), order))
}

/// The lines of a request, which has no last one of its own.
fn asked(body: &Body) -> BTreeMap<&str, &str> {
    let text = body.text().unwrap_or_default();
    text.lines().filter_map(|line| line.split_once('=')).collect()
}

fn started(body: &Body) -> Option<Reply> {
    let asked = asked(body);
    let amount = asked.get("amount").and_then(|text| text.parse().ok()).map(Pence::new);
    let (Some(order), Some(amount)) = (asked.get("order"), amount) else {
        return Some(Reply::new(400, ""));
    };
    if pence(amount) == 7 {
        return None;
    }
    let pence = amount.get();
    let name = format!("sbx-{pence}-{order}");
    let next = match (asked.get("terminal"), asked.get("under")) {
        (_, Some(agreement)) if !agreements::is_active(agreement) => {
            return Some(Reply::new(400, ""));
        }
        (_, Some(agreement)) => format!("under={agreement}"),
        (Some(terminal), None) => format!("terminal={terminal}"),
        (None, None) => format!("next_url=https://sandbox.invalid/pay/{name}"),
    };
    let body = format!(
        "reference={name}\norder={order}\namount={pence}\ncurrency=GBP\nstatus=created\n\
         {next}\nend\n"
    );
    Some(Reply::new(201, body))
}

fn refunded(body: &Body) -> Option<Reply> {
    let asked = asked(body);
    let amount = asked.get("amount").and_then(|text| text.parse().ok()).map(Pence::new);
    let (Some(key), Some(payment), Some(amount)) =
        (asked.get("refund"), asked.get("payment"), amount)
    else {
        return Some(Reply::new(400, ""));
    };
    let mut answered = amount;
    let status = match pence(amount) {
        1 => "status=refused\nreason=the card is closed",
        5 => "status=waiting",
        7 => return None,
        8 => {
            answered = amount.checked_add(Pence::new(1))?;
            "status=paid"
        }
        _ => "status=paid",
    };
    let amount = answered.get();
    let body = format!(
        "reference=sbr-{key}\nrefund={key}\npayment={payment}\namount={amount}\ncurrency=GBP\n\
         {status}\nend\n"
    );
    Some(Reply::new(200, body))
}

/// The part of an amount below a pound.
fn pence(amount: Pence) -> i64 {
    amount.get().checked_rem(100).unwrap_or_default()
}

/// What has become of a payment.
fn became(provider_ref: &str, amount: Pence, order: &str, now: DateTime<Utc>) -> Option<String> {
    let paid = || format!("status=paid\nat={}\n", now.to_rfc3339());
    let mut answered = amount;
    let mut answers_for = order.to_owned();
    let status = match pence(amount) {
        1 => "status=refused\nreason=the card was declined\n".to_owned(),
        2 => "status=cancelled\n".to_owned(),
        3 => "status=expired\n".to_owned(),
        4 => "status=broke\nreason=the card scheme did not answer\n".to_owned(),
        5 => "status=waiting\n".to_owned(),
        6 => "status=authorised\n".to_owned(),
        7 => return None,
        8 => {
            answered = amount.checked_add(Pence::new(1))?;
            paid()
        }
        9 => {
            answers_for.push_str("-other");
            paid()
        }
        _ => paid(),
    };
    let pence = answered.get();
    let order = answers_for;
    Some(format!("reference={provider_ref}\norder={order}\namount={pence}\ncurrency=GBP\n{status}"))
}
