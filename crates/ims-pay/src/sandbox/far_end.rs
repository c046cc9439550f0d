//! The provider's own end of the line.

use super::*;

impl Sandbox {
    /// What the provider would answer at `now`, or `None` when it would not.
    ///
    /// It keeps nothing: a payment's name says its order and amount.
    #[must_use]
    pub fn serve(&self, request: &Request, now: DateTime<Utc>) -> Option<Reply> {
        let is_ours = |header: &Header| {
            header.name == "authorization" && header.value.reveal() == self.key.reveal()
        };
        if !request.headers.iter().any(is_ours) {
            return Some(answer(401, String::new()));
        }
        match request.method {
            Method::Post => started(&request.body),
            Method::Get => {
                let provider_ref = request.url.strip_prefix(PAYMENTS)?.strip_prefix('/')?;
                match read_name(provider_ref) {
                    Some((amount, order)) => {
                        became(provider_ref, amount, order, now).map(|body| answer(200, body))
                    }
                    None => Some(answer(404, String::new())),
                }
            }
        }
    }

    /// The notice it would send of a payment at `now`, with its signature;
    /// `None` for a payment it does not know or is silent about.
    #[must_use]
    pub fn notice(&self, provider_ref: &str, now: DateTime<Utc>) -> Option<(Vec<u8>, String)> {
        let (amount, order) = read_name(provider_ref)?;
        let body = became(provider_ref, amount, order, now)?.into_bytes();
        let signature = hmac_sha256(&self.key, &body);
        Some((body, signature))
    }
}

fn answer(status: u16, body: String) -> Reply {
    Reply { status, body: Body(body.into_bytes()) }
}

fn read_name(provider_ref: &str) -> Option<(Pence, &str)> {
    let (amount, order) = provider_ref.strip_prefix("sbx-")?.split_once('-')?;
    Some((Pence::new(amount.parse().ok()?), order))
}

fn started(body: &Body) -> Option<Reply> {
    let Ok(said) = Said::read(&body.0) else { return Some(answer(400, String::new())) };
    let (Ok(order), Ok(amount)) = (said.of("order"), said.amount()) else {
        return Some(answer(400, String::new()));
    };
    if pence(amount) == 7 {
        return None;
    }
    let pence = amount.get();
    let name = format!("sbx-{pence}-{order}");
    let body = format!(
        "reference={name}\norder={order}\namount={pence}\nstatus=created\n\
         next_url=https://sandbox.invalid/pay/{name}\n"
    );
    Some(answer(201, body))
}

/// The part of an amount below a pound.
fn pence(amount: Pence) -> i64 {
    amount.get().checked_rem(100).unwrap_or_default()
}

/// What has become of a payment.
fn became(provider_ref: &str, amount: Pence, order: &str, now: DateTime<Utc>) -> Option<String> {
    let paid = || format!("status=paid\nat={}\n", now.to_rfc3339());
    let mut answered = amount;
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
        _ => paid(),
    };
    let pence = answered.get();
    Some(format!("reference={provider_ref}\norder={order}\namount={pence}\n{status}"))
}
