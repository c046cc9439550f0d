//! Notices: what a provider says unasked. Anybody can send us one, so its
//! signature is checked before it is read.

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::Secret;

/// A notice whose signature was right. There is no other way to one, so what
/// takes a `Verified` has nothing left to check.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Verified<'n>(&'n [u8]);

impl std::fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verified({} bytes)", self.0.len())
    }
}

impl<'n> Verified<'n> {
    /// The notice, if `signature` is the hexadecimal HMAC-SHA256 of `body` under
    /// `key`. Compared in constant time.
    ///
    /// ```
    /// use ims_pay::{Secret, Verified, hmac_sha256};
    ///
    /// let key = Secret::new("shared");
    /// let right = hmac_sha256(&key, b"paid");
    /// assert!(Verified::by_hmac_sha256(&key, b"paid", &right).is_some());
    /// assert!(Verified::by_hmac_sha256(&key, b"paid!", &right).is_none());
    /// ```
    #[must_use]
    pub fn by_hmac_sha256(key: &Secret, body: &'n [u8], signature: &str) -> Option<Self> {
        let right = hmac_sha256(key, body);
        let given = signature.trim().to_ascii_lowercase();
        bool::from(right.as_bytes().ct_eq(given.as_bytes())).then_some(Self(body))
    }

    /// What it says.
    #[must_use]
    pub const fn body(&self) -> &'n [u8] {
        self.0
    }
}

/// The HMAC-SHA256 (RFC 2104) of `body` under `key`, in hexadecimal.
#[must_use]
pub fn hmac_sha256(key: &Secret, body: &[u8]) -> String {
    const BLOCK: usize = 64;
    let key = key.reveal().as_bytes();
    let hashed;
    let key = if key.len() > BLOCK {
        hashed = Sha256::digest(key);
        hashed.as_slice()
    } else {
        key
    };
    let padded = |with: u8| -> Vec<u8> {
        let zeros = std::iter::repeat(&0_u8);
        key.iter().chain(zeros).take(BLOCK).map(|byte| byte ^ with).collect()
    };
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(body).finalize();
    hex::encode(Sha256::new().chain_update(padded(0x5C)).chain_update(inner).finalize())
}

#[cfg(test)]
mod tests {
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
            assert_eq!(hmac_sha256(&Secret::new(key), body.as_bytes()), mac, "{body}");
        }
    }
}
