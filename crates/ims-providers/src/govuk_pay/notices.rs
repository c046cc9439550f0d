//! Its webhooks: at least once, in any order, signed.

use chrono::{DateTime, Utc};
use ims_pay::{
    Delivery, MacKey, News, NotVerified, Notices, ProviderError, Reply, Tidings, Verified,
};

use super::{GovUkPay, abilities, payment, settlements};
use crate::json;

impl Notices for GovUkPay {
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        _now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        let key = self.notice_key.as_ref().ok_or(NotVerified::NoKey)?;
        let signature = delivery.header("pay-signature").ok_or(NotVerified::Unsigned)?;
        let proof = MacKey::text(key).verify_hex(&delivery.body.0, signature);
        proof.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Forged)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let value = json::parse(notice.delivery().body.text()?)?;
        let resource = json::at(&value, "resource").ok_or_else(|| json::absent("resource"))?;
        let what = match json::need(&value, "resource_type")? {
            "payment" => Tidings::Payment(payment::said(resource)?),
            "refund" => Tidings::Refund(abilities::said_refund(resource)?),
            "dispute" => Tidings::Dispute(settlements::said_dispute(resource)?),
            other => Tidings::Other(ProviderError::shown(other)),
        };
        // The table of its documentation calls it `id`, the example the other.
        let id = json::text(&value, "webhook_message_id").or_else(|| json::text(&value, "id"));
        let at = json::time(&value, "created_date");
        Ok(vec![News { id: id.map(str::to_owned), at, what }])
    }

    fn thanks(&self) -> Reply {
        Reply::new(200, "")
    }
}
