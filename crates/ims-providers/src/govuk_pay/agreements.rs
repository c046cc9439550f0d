//! Agreements: the payer agrees once, and later payments are taken without them.

use chrono::{DateTime, Utc};
use ims_pay::{
    AgreementState, Agreements, Heeded, NewAgreement, ProviderError, Reply, Request, SaidAgreement,
    form, looks_like_a_card,
};
use serde_json::json;

use super::{GovUkPay, heard, heeded, plain};
use crate::json;

impl Agreements for GovUkPay {
    fn agree(&self, new: &NewAgreement, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let texts = [Some(&new.reference), Some(&new.description), new.payer_id.as_ref()];
        if texts.into_iter().flatten().any(|text| looks_like_a_card(text)) {
            let why = "what looks like a card number is given to nobody";
            return Err(ProviderError::CannotAsk(why.to_owned()));
        }
        let mut body = json!({
            "reference": plain(&new.reference),
            "description": plain(&new.description),
        });
        if let (Some(object), Some(payer)) = (body.as_object_mut(), &new.payer_id) {
            object.insert("user_identifier".to_owned(), json!(plain(payer)));
        }
        // It has no key here: an agreement asked for twice is two, of which the one
        // that no payment set up does nothing.
        Ok(self.post("/v1/agreements", &body))
    }

    fn look_at_agreement(&self, agreement_ref: &str, _now: DateTime<Utc>) -> Request {
        self.get(&format!("/v1/agreements/{}", form::part(agreement_ref)))
    }

    fn agreed(&self, reply: &Reply) -> Result<SaidAgreement, ProviderError> {
        let value = heard(reply)?;
        // The documentation has it in both cases.
        let state = match json::need(&value, "status")?.to_ascii_lowercase().as_str() {
            "created" => AgreementState::Created,
            "active" => AgreementState::Active,
            "cancelled" | "inactive" => AgreementState::Ended,
            other => {
                return Err(ProviderError::unreadable(format!("`{other}` is no status it has")));
            }
        };
        Ok(SaidAgreement {
            agreement_ref: json::need(&value, "agreement_id")?.to_owned(),
            reference: json::text(&value, "reference").map(str::to_owned),
            state,
        })
    }

    fn end_agreement(&self, agreement_ref: &str, _now: DateTime<Utc>) -> Request {
        self.post(&format!("/v1/agreements/{}/cancel", form::part(agreement_ref)), &json!({}))
    }

    fn ended(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        heeded(reply)
    }
}
