//! The end of a link's address: its id, and a MAC of it under the council's key.
//! What was not signed here is not looked up.

use std::{fmt, sync::Arc};

use ims_ledger::id::LinkId;
use ims_pay::{MacKey, Secret};
use uuid::Uuid;

use crate::{AppError, Books, Result, Settings};

/// The value of the secret of a name, if the program was given it.
pub type SecretValues = Arc<dyn Fn(&str) -> Option<Secret> + Send + Sync>;

/// What the program was given. It is never printed.
#[derive(Clone, Default)]
pub(crate) struct Secrets(pub(crate) Option<SecretValues>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

/// How long an id is in an address, in hexadecimal digits.
const ID_LENGTH: usize = 32;

/// The fewest characters of a key.
const KEY_LENGTH_MIN: usize = 32;

/// A council's key for links.
pub(super) struct LinkKey {
    key: MacKey,
    council: String,
}

impl LinkKey {
    /// The end of a link's address.
    pub(super) fn token(&self, id: LinkId) -> String {
        format!("{}{}", id.get().simple(), self.key.sign_url(&self.signed(id)))
    }

    /// The link that an address names, if this council made the address.
    pub(super) fn read(&self, token: &str) -> Option<LinkId> {
        let (id, given) = token.split_at_checked(ID_LENGTH)?;
        let id = LinkId::new(Uuid::parse_str(id).ok()?);
        // Written another way it is another address.
        let is_plain = token.starts_with(&id.get().simple().to_string());
        is_plain.then(|| self.key.verify_url(&self.signed(id), given))?.map(|_| id)
    }

    fn signed(&self, id: LinkId) -> Vec<u8> {
        format!("payment link of {}: {id}", self.council).into_bytes()
    }
}

impl Books {
    /// The council's key for links.
    ///
    /// # Errors
    ///
    /// [`AppError::Refused`] where the configuration names none, or its value was
    /// not given or is short enough to be guessed.
    pub(super) fn link_key(&self, settings: &Settings) -> Result<LinkKey> {
        let refused = |what: String| AppError::Refused(what);
        let name = settings.council.portal.secrets.get("links").ok_or_else(|| {
            let what = "payment links have no key yet: name one in the configuration, \
                        [portal] secrets = { links = \"portal-links\" }";
            refused(what.to_owned())
        })?;
        let value = self.app().secret(name).ok_or_else(|| {
            refused(format!("the value of the key of payment links, `{name}`, is not set"))
        })?;
        if value.reveal().trim().len() < KEY_LENGTH_MIN {
            return Err(refused(format!(
                "the key of payment links, `{name}`, has fewer than {KEY_LENGTH_MIN} characters: \
                 `openssl rand -hex 32` makes one"
            )));
        }
        let (key, council) = (MacKey::text(&value), self.council().code.clone());
        Ok(LinkKey { key, council })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str, council: &str) -> LinkKey {
        LinkKey { key: MacKey::text(&Secret::new(secret)), council: council.to_owned() }
    }

    #[test]
    fn only_the_council_that_made_an_address_reads_it() {
        let id = LinkId::new(Uuid::from_u128(7));
        let ours = key("a key of the council's", "MILL");
        let token = ours.token(id);
        assert_eq!(token.len(), 75);
        assert!(token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        assert_eq!(ours.read(&token), Some(id));
        assert_eq!(key("a key of the council's", "HILL").read(&token), None);
        assert_eq!(key("another key", "MILL").read(&token), None);
    }

    #[test]
    fn an_address_with_one_letter_changed_is_not_ours() {
        let ours = key("a key of the council's", "MILL");
        let token = ours.token(LinkId::new(Uuid::from_u128(0xabc)));
        for at in 0..token.len() {
            for other in ["0", "A", "z", "é", ""] {
                let mut changed = token.clone();
                changed.replace_range(at..=at, other);
                assert_eq!(ours.read(&changed).is_some(), changed == token, "{changed}");
            }
        }
        for odd in
            [String::new(), token.to_uppercase(), format!("{token}A"), token.replace('0', " ")]
        {
            assert_eq!(ours.read(&odd), None, "{odd}");
        }
    }
}
