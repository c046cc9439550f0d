//! Notices: what a provider says unasked. Anybody can send us one, so its
//! signature is checked before it is read.

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::{Delivery, Proof, Said, SaidDispute, SaidRefund};

/// A notice whose signature was right. There is no other way to one, so what
/// takes a `Verified` has nothing left to check.
///
/// ```
/// use ims_pay::{Delivery, MacKey, Secret, Verified};
///
/// let key = MacKey::text(&Secret::new("shared"));
/// let delivery = Delivery::new(&[("signature", &key.sign_hex(b"paid"))], "paid");
/// let signature = delivery.header("signature").unwrap_or_default();
/// let proof = key.verify_hex(&delivery.body.0, signature).ok_or("forged")?;
/// assert_eq!(Verified::by(&delivery, proof).body(), b"paid");
/// # Ok::<(), &str>(())
/// ```
///
/// ```compile_fail
/// use ims_pay::{Delivery, Proof, Verified};
///
/// // Nobody can say "it will be right".
/// let notice = Verified::by(&Delivery::new(&[], "paid"), Proof(()));
/// ```
#[derive(Clone, Copy)]
pub struct Verified<'n>(&'n Delivery);

impl std::fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verified({} bytes)", self.0.body.0.len())
    }
}

impl<'n> Verified<'n> {
    /// The delivery that the proof is of.
    #[must_use]
    pub fn by(delivery: &'n Delivery, proof: Proof) -> Self {
        let Proof { .. } = proof;
        Self(delivery)
    }

    /// What it says.
    #[must_use]
    pub fn body(&self) -> &'n [u8] {
        &self.0.body.0
    }

    /// All of it. Only what the signature covers may be believed.
    #[must_use]
    pub const fn delivery(&self) -> &'n Delivery {
        self.0
    }
}

/// Why a delivery is no notice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotVerified {
    /// It has no signature where one belongs.
    #[error("the notice is not signed as this provider signs")]
    Unsigned,
    /// Its signature is another's.
    #[error("the notice's signature does not agree; somebody else may have sent it")]
    Forged,
    /// It was signed too long ago, or in the future.
    #[error("the notice was not signed just now; somebody may have kept it")]
    Stale,
    /// The provider does not sign. It can only be a reason to look.
    #[error("this provider does not sign its notices; look the payment up instead")]
    NeverSigned,
    /// The key we hold is none.
    #[error("the key for this provider's notices is not set, or not written as it should be")]
    NoKey,
}

/// One thing a verified notice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// The provider's name of this message, the same when it is sent again;
    /// with the provider's name it is what a repetition is known by.
    pub id: Option<String>,
    /// When it happened, as the provider says.
    pub at: Option<DateTime<Utc>>,
    /// What it is about.
    pub what: Tidings,
}

/// What a notice can be about. None of it is compared yet with what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tidings {
    /// A payment.
    Payment(Said),
    /// A refund.
    Refund(SaidRefund),
    /// A dispute.
    Dispute(SaidDispute),
    /// A payment of which it says too little: look it up.
    LookAt {
        /// What the provider calls it.
        provider_ref: Option<String>,
        /// What we call it.
        reference: Option<String>,
    },
    /// Something that moves no money of ours, in the provider's word.
    Other(String),
}

/// What a payer's browser brought back, or an unsigned notice names. It can never
/// become an event: it says which payment to look at, no more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// What we call the payment.
    pub reference: Option<String>,
    /// What the provider calls it.
    pub provider_ref: Option<String>,
    /// What the page may say while we look.
    pub seems: Seems,
}

/// How a payment seems to have gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seems {
    /// Paid.
    Paid,
    /// Not paid.
    NotPaid,
    /// Nothing was said.
    #[default]
    Unsaid,
}
