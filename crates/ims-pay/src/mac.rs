//! Signatures by a shared key. This is the one place where a signature is
//! compared, and it is the MAC library that compares it.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::Secret;

/// A key to sign and verify with: HMAC-SHA256 (RFC 2104).
///
/// ```
/// use ims_pay::{MacKey, Secret};
///
/// let key = MacKey::text(&Secret::new("Jefe"));
/// let body = b"what do ya want for nothing?";
/// assert!(key.verify_hex(body, &key.sign_hex(body)).is_some());
/// assert!(key.verify_hex(b"something else", &key.sign_hex(body)).is_none());
/// ```
#[derive(Clone)]
pub struct MacKey(Vec<u8>);

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(..)")
    }
}

/// That a signature agreed. Only this module can say so, and without one there
/// is no [`Verified`](crate::Verified).
#[derive(Debug)]
pub struct Proof(());

impl Proof {
    /// That both agreed.
    #[must_use]
    pub const fn and(self, _other: &Self) -> Self {
        self
    }
}

impl MacKey {
    /// The bytes of the text are the key.
    #[must_use]
    pub fn text(secret: &Secret) -> Self {
        Self(secret.reveal().as_bytes().to_vec())
    }

    /// The text is the key in hexadecimal digits; `None` when it is not.
    #[must_use]
    pub fn hex(secret: &Secret) -> Option<Self> {
        hex::decode(secret.reveal().trim()).ok().filter(|key| !key.is_empty()).map(Self)
    }

    /// The text is the key in base 64; `None` when it is not.
    #[must_use]
    pub fn base64(secret: &Secret) -> Option<Self> {
        STANDARD.decode(secret.reveal().trim()).ok().filter(|key| !key.is_empty()).map(Self)
    }

    /// The signature of a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.mac(message).map(|mac| mac.finalize().into_bytes().to_vec()).unwrap_or_default()
    }

    /// The signature in lower-case hexadecimal digits.
    #[must_use]
    pub fn sign_hex(&self, message: &[u8]) -> String {
        hex::encode(self.sign(message))
    }

    /// The signature in base 64.
    #[must_use]
    pub fn sign_base64(&self, message: &[u8]) -> String {
        STANDARD.encode(self.sign(message))
    }

    /// The signature as an address may hold it: base 64 with `-` and `_`.
    #[must_use]
    pub fn sign_url(&self, message: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.sign(message))
    }

    /// That `given`, in lower-case hexadecimal digits, is the message's signature.
    #[must_use]
    pub fn verify_hex(&self, message: &[u8], given: &str) -> Option<Proof> {
        if given.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        self.verify(message, &hex::decode(given).ok()?)
    }

    /// That `given`, in base 64, is the message's signature.
    #[must_use]
    pub fn verify_base64(&self, message: &[u8], given: &str) -> Option<Proof> {
        self.verify(message, &STANDARD.decode(given).ok()?)
    }

    /// That `given`, as an address holds it, is the message's signature.
    #[must_use]
    pub fn verify_url(&self, message: &[u8], given: &str) -> Option<Proof> {
        self.verify(message, &URL_SAFE_NO_PAD.decode(given).ok()?)
    }

    fn verify(&self, message: &[u8], given: &[u8]) -> Option<Proof> {
        self.mac(message)?.verify_slice(given).ok().map(|()| Proof(()))
    }

    fn mac(&self, message: &[u8]) -> Option<Hmac<Sha256>> {
        // HMAC takes a key of any length; none is no key.
        let keyed = if self.0.is_empty() { None } else { Hmac::new_from_slice(&self.0).ok() };
        keyed.map(|mac: Hmac<Sha256>| mac.chain_update(message))
    }
}

/// That a digest `given` is the one `worked_out` of a message and a shared
/// secret, for the old protocols that hash both together.
///
/// Both are signed again under `secret` and the MAC library compares, so that
/// the time it takes tells nothing of either.
#[must_use]
pub fn same_digest(secret: &Secret, worked_out: &[u8], given: &[u8]) -> Option<Proof> {
    let key = MacKey::text(secret);
    key.verify(worked_out, &key.sign(given))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn agrees_with_others() {
        for (key, body, mac) in [
            // RFC 4231, test case 2.
            (
                "Jefe",
                "what do ya want for nothing?",
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            ),
            // A key longer than a block is hashed first; worked out with Python's `hmac`.
            (
                "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk",
                "paid",
                "ea59c317017f527b75c29f34d3767128409b4855f5ed91fd5d4c6e69c16dbf1d",
            ),
        ] {
            assert_eq!(MacKey::text(&Secret::new(key)).sign_hex(body.as_bytes()), mac, "{body}");
        }
    }

    #[test]
    fn no_key_verifies_nothing() {
        let none = MacKey::text(&Secret::new(""));
        assert!(none.verify_hex(b"", &none.sign_hex(b"")).is_none());
        assert!(MacKey::hex(&Secret::new("")).is_none());
        assert!(MacKey::hex(&Secret::new("zz")).is_none());
        assert!(MacKey::base64(&Secret::new("-")).is_none());
    }

    proptest! {
        #[test]
        fn one_bit_is_enough(body in prop::collection::vec(any::<u8>(), 1..64), at in any::<prop::sample::Index>(), bit in 0_u8..8) {
            let key = MacKey::text(&Secret::new("shared"));
            let signature = key.sign(&body);
            prop_assert!(key.verify_base64(&body, &STANDARD.encode(&signature)).is_some());
            let mut other = body.clone();
            other[at.index(body.len())] ^= 1 << bit;
            prop_assert!(key.verify(&other, &signature).is_none());
            let mut forged = signature.clone();
            forged[at.index(signature.len())] ^= 1 << bit;
            prop_assert!(key.verify(&body, &forged).is_none());
            prop_assert!(key.verify_url(&body, &key.sign_url(&body)).is_some());
            prop_assert!(key.verify_url(&body, &URL_SAFE_NO_PAD.encode(&forged)).is_none());
            prop_assert!(key.verify(&body, &signature[..at.index(signature.len())]).is_none());
            let secret = Secret::new("shared");
            prop_assert!(same_digest(&secret, &signature, &signature).is_some());
            prop_assert!(same_digest(&secret, &signature, &forged).is_none());
        }
    }
}
