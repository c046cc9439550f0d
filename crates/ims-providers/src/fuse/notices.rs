//! What Secure Acceptance posts, to us and through the payer's browser alike. It
//! names the fields it signed; only those are read.

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Delivery, MacKey, News, NotVerified, Notices, Paying, ProviderError, Reply, Said, Saying,
    Tidings, Verified, form,
};

use super::{Fuse, LIST, holds_a_field, is_name, message};
use crate::json;

impl Notices for Fuse {
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        _now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        let pairs = delivery.body.text().ok().and_then(form::decode);
        let pairs = pairs.ok_or(NotVerified::Unsigned)?;
        let signature = form::only(&pairs, "signature").ok_or(NotVerified::Unsigned)?;
        let signed = signed(&pairs).ok_or(NotVerified::Unsigned)?;
        let message = message(&signed);
        let profiles = [self.online.as_ref(), self.staff.as_ref()];
        let proof = profiles.into_iter().flatten().find_map(|profile| {
            MacKey::text(&profile.secret_key).verify_base64(message.as_bytes(), signature)
        });
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let pairs = form::decode(notice.delivery().body.text()?);
        let pairs = pairs.ok_or_else(|| json::absent("a form"))?;
        let fields = signed(&pairs).ok_or_else(|| json::absent("signed_field_names"))?;
        let of = |name: &str| {
            let found = fields.iter().find(|(given, value)| *given == name && !value.is_empty());
            found.map(|(_, value)| *value)
        };
        let need = |name: &str| of(name).ok_or_else(|| json::absent(name));
        let transaction = of("transaction_id").map(str::to_owned);
        let reason = || of("message").or_else(|| of("reason_code")).unwrap_or("no reason given");
        let saying = match need("decision")? {
            "ACCEPT" => match need("req_transaction_type")? {
                "sale" => Saying::Paid(Paying { transaction, ..Paying::default() }),
                "authorization" => Saying::Authorised { transaction },
                other => {
                    let why = format!("`{other}` is nothing that was asked for");
                    return Err(ProviderError::unreadable(why));
                }
            },
            "DECLINE" => Saying::refused(reason()),
            "REVIEW" => Saying::Waiting,
            "CANCEL" => Saying::Cancelled,
            "ERROR" => Saying::broke(reason()),
            other => {
                return Err(ProviderError::unreadable(format!("`{other}` is no decision")));
            }
        };
        let mut said = Said::unnamed(saying).about(need("req_reference_number")?);
        // What is settled goes by that name, and not by our reference.
        if of("transaction_id").is_none() {
            said = said.moved_apart();
        }
        // What was authorised, where it says so: less than was asked is not enough.
        if let Some(amount) = of("auth_amount").or_else(|| of("req_amount")) {
            let pence: Pence = amount
                .parse()
                .map_err(|_| ProviderError::unreadable(format!("`{amount}` is no amount")))?;
            said = said.for_amount(pence, need("req_currency")?);
        }
        let id = of("transaction_id").map(str::to_owned);
        Ok(vec![News { id, at: None, what: Tidings::Payment(said) }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(200, "")
    }
}

/// The fields that were signed, in the order they were; none when one is not there, or
/// when what was signed could be read otherwise too: whoever posts it chooses the list.
fn signed(pairs: &[(String, String)]) -> Option<Vec<(&str, &str)>> {
    let names: Vec<&str> = form::only(pairs, LIST)?.split(',').collect();
    let is_twice = |(at, name): (usize, &&str)| names.iter().take(at).any(|one| one == name);
    if !names.contains(&LIST) || names.iter().enumerate().any(is_twice) {
        return None;
    }
    let field = |name| Some((name, form::only(pairs, name)?));
    let is_plain = |(name, value): &(&str, &str)| is_name(name) && !holds_a_field(value);
    names.into_iter().map(|name| field(name).filter(is_plain)).collect()
}
