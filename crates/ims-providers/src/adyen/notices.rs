//! Its webhooks: several items in one, each signed by itself.

use chrono::{DateTime, Utc};
use ims_money::Pence;
use ims_pay::{
    Delivery, DisputeState, MacKey, News, NotVerified, Notices, Paying, ProviderError,
    RefundSaying, Reply, Said, SaidDispute, SaidRefund, Saying, Tidings, Verified,
};
use serde_json::Value;

use super::{Adyen, Way};
use crate::json;

impl Notices for Adyen {
    /// All items must verify, or none is believed.
    fn verify<'n>(
        &self,
        delivery: &'n Delivery,
        _now: DateTime<Utc>,
    ) -> Result<Verified<'n>, NotVerified> {
        let key = self.notice_key.as_ref().and_then(MacKey::hex).ok_or(NotVerified::NoKey)?;
        let value = delivery.body.text().and_then(json::parse);
        let value = value.map_err(|_| NotVerified::Unsigned)?;
        let mut all = None;
        for item in items(&value) {
            let signed = Signed::read(item).ok_or(NotVerified::Unsigned)?;
            if signed.merchant != self.merchant {
                return Err(NotVerified::Forged);
            }
            let signature = json::text(item, "additionalData.hmacSignature");
            let signature = signature.ok_or(NotVerified::Unsigned)?;
            let proof = key.verify_base64(signed.message().as_bytes(), signature);
            let proof = proof.ok_or(NotVerified::Forged)?;
            all = Some(match all {
                Some(before) => proof.and(&before),
                None => proof,
            });
        }
        all.map(|proof| Verified::by(delivery, proof)).ok_or(NotVerified::Unsigned)
    }

    fn news(&self, notice: &Verified<'_>) -> Result<Vec<News>, ProviderError> {
        let value = json::parse(notice.delivery().body.text()?)?;
        let told = items(&value).map(|item| {
            let signed = Signed::read(item).ok_or_else(|| json::absent("pspReference"))?;
            let Signed { psp, event, success, .. } = signed;
            let id = format!("{psp}:{event}:{success}");
            // Neither the event's time nor its reason is signed.
            Ok(News { id: Some(id), at: None, what: signed.tidings(self.way) })
        });
        told.collect()
    }

    fn thanks(&self) -> Reply {
        Reply::new(200, "[accepted]")
    }
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    let nothing = &Value::Null;
    json::list(value, "notificationItems")
        .iter()
        .map(move |item| json::at(item, "NotificationRequestItem").unwrap_or(nothing))
}

/// The fields that Adyen signs, in its order.
struct Signed<'v> {
    psp: &'v str,
    original: &'v str,
    merchant: &'v str,
    reference: &'v str,
    amount: Pence,
    currency: &'v str,
    event: &'v str,
    success: &'v str,
}

impl<'v> Signed<'v> {
    fn read(item: &'v Value) -> Option<Self> {
        Some(Self {
            psp: json::text(item, "pspReference")?,
            original: json::text(item, "originalReference").unwrap_or_default(),
            merchant: json::text(item, "merchantAccountCode")?,
            reference: json::text(item, "merchantReference").unwrap_or_default(),
            amount: json::pence(item, "amount.value")?,
            currency: json::text(item, "amount.currency")?,
            event: json::text(item, "eventCode")?,
            success: json::text(item, "success")?,
        })
    }

    /// The values between colons, nothing escaped.
    fn message(&self) -> String {
        let Self { psp, original, merchant, reference, amount, currency, event, success } = self;
        let amount = amount.get();
        format!("{psp}:{original}:{merchant}:{reference}:{amount}:{currency}:{event}:{success}")
    }

    fn tidings(&self, way: Way) -> Tidings {
        let paid = |name: &str| {
            let transaction = Some(name.to_owned()).filter(|name| !name.is_empty());
            Saying::Paid(Paying { transaction, ..Paying::default() })
        };
        match (self.event, self.success) {
            // Whose money is taken later, it is held; whose is taken at once, taken.
            ("AUTHORISATION", "true") => {
                Tidings::Payment(self.said(paid(self.psp)).held_if_later())
            }
            ("CAPTURE", "true") => self.payment(paid(self.original)),
            // Another card may be tried for as long as the link is active.
            ("AUTHORISATION", "false") => self.payment(match way {
                Way::Link => Saying::Accepted { next: None },
                Way::Session => Saying::refused("the payment was refused"),
            }),
            ("PENDING", "true") => self.payment(Saying::Waiting),
            ("OFFER_CLOSED", "true") => self.payment(Saying::Expired),
            ("CANCELLATION" | "TECHNICAL_CANCEL", "true") => self.payment(Saying::Cancelled),
            ("CAPTURE", "false") | ("CAPTURE_FAILED", _) => {
                self.payment(Saying::broke("what was authorised could not be captured"))
            }
            ("REFUND", "true") => self.refund(RefundSaying::Paid),
            ("REFUND", "false") | ("REFUND_FAILED", _) => {
                self.refund(RefundSaying::Refused { reason: "it could not refund".to_owned() })
            }
            ("REFUNDED_REVERSED", "true") => {
                self.refund(RefundSaying::CameBack { reason: "the bank sent it back".to_owned() })
            }
            ("CHARGEBACK", "true") => self.dispute(DisputeState::Opened),
            ("CHARGEBACK_REVERSED", "true") => self.dispute(DisputeState::Won),
            ("SECOND_CHARGEBACK", "true") => self.dispute(DisputeState::Lost),
            (other, _) => Tidings::Other(ProviderError::shown(other)),
        }
    }

    fn payment(&self, saying: Saying) -> Tidings {
        Tidings::Payment(self.said(saying))
    }

    /// Which link it was is not signed: it goes by our reference.
    fn said(&self, saying: Saying) -> Said {
        Said::unnamed(saying).about(self.reference).for_amount(self.amount, self.currency)
    }

    fn refund(&self, saying: RefundSaying) -> Tidings {
        let owned = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Tidings::Refund(SaidRefund {
            refund_ref: owned(self.psp),
            provider_ref: owned(self.original),
            reference: owned(self.reference),
            amount: Some((self.amount, self.currency.to_owned())),
            saying,
        })
    }

    fn dispute(&self, state: DisputeState) -> Tidings {
        Tidings::Dispute(SaidDispute {
            dispute_ref: self.psp.to_owned(),
            provider_ref: self.original.to_owned(),
            reference: Some(self.reference.to_owned()),
            amount: (self.amount, self.currency.to_owned()),
            fee: None,
            reason: "a chargeback".to_owned(),
            evidence_due: None,
            state,
        })
    }
}
