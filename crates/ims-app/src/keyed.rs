//! The same key again is answered as before; another deed under it is refused.
//!
//! A key is kept where the deed keeps what it did, so that it costs no row more:
//! with the entry, when that says all the answer is made of (`allocate_suspense`,
//! `take_receipt`, which `Store::append` relies on); with the approval, when
//! nothing is posted yet (`Books::ask`). Only a deed whose answer stands in
//! neither, because it posts several entries or may either post or ask, keeps the
//! answer itself: that is what is here, and it looks at the other two first.

use ims_store::{DeedKeyRow, StoreError, Tx};
use serde::{Serialize, de::DeserializeOwned};

use crate::{AppError, Books, Result, books::patiently, no_card::no_card};

/// What a deed is asked under a caller's key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Keyed<'a> {
    /// The deed.
    pub(crate) deed: &'static str,
    /// The caller's key, if it gave one.
    pub(crate) key: Option<&'a str>,
    /// What is asked, as JSON.
    pub(crate) document: &'a str,
}

/// What somebody says once of one thing, with no key of a caller's: a decision,
/// or that it is taken back. The same person saying the same again, as after an
/// answer that was lost, is answered as before; everybody else is refused.
#[derive(Clone, Debug)]
pub(crate) struct Said<'a> {
    /// The deed.
    pub(crate) deed: &'static str,
    /// The id of what it is said of.
    pub(crate) of: String,
    /// Why.
    pub(crate) words: &'a str,
}

impl Said<'_> {
    fn key(&self) -> String {
        format!("{} {}", self.deed, self.of)
    }
}

/// How the key begins that the money of a payment is posted under; its id follows.
pub(crate) const PAYMENT: &str = "money of payment ";

/// How it began before. Callers may use such keys: what they post is told from the money
/// of a payment by the payment's steps.
pub(crate) const PAYMENT_BEFORE: &str = "payment ";

/// How the key begins that a payment which only its provider knows is posted under.
pub(crate) const STRANGER: &str = "stranger's payment at ";

/// How the keys begin that entries of this system's own are posted under.
const OURS: [&str; 8] = [
    "e-return ",
    "fee of receipt ",
    "fees of payout ",
    "opening ",
    PAYMENT,
    STRANGER,
    "surcharge of payment ",
    "till session ",
];

/// Refuses a caller's key that is one of ours: under it nothing else could be posted,
/// and no till be paid in, nor a stranger's payment be booked. One with a card's number in it
/// is refused too, unless it is made by chance: its digits say nothing then.
pub(crate) fn callers(key: Option<&str>) -> Result<()> {
    no_card_in_key(key)?;
    let Some(key) = key else { return Ok(()) };
    if OURS.iter().any(|ours| key.starts_with(ours)) {
        let what = format!("`{key}` begins as a key of this system's own: choose another");
        return Err(AppError::BadInput(what));
    }
    Ok(())
}

/// Refuses a caller's key with a card's number in it.
pub(crate) fn no_card_in_key(key: Option<&str>) -> Result<()> {
    match key {
        Some(key) if !is_by_chance(key) => no_card("key", key),
        Some(_) | None => Ok(()),
    }
}

/// Whether a key is a UUID or a digest.
fn is_by_chance(key: &str) -> bool {
    const DIGEST_MIN: usize = 32;
    let is_hex = key.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_hex && key.len() >= DIGEST_MIN && key.bytes().any(|byte| byte.is_ascii_alphabetic())
}

impl<'a> Keyed<'a> {
    /// A deed under a caller's key.
    pub(crate) fn by_caller(
        deed: &'static str,
        key: Option<&'a str>,
        document: &'a str,
    ) -> Result<Self> {
        callers(key)?;
        Ok(Self { deed, key, document })
    }
}

/// Under which key it is kept what a deed was asked, whose own key is kept elsewhere.
fn asked_under(deed: &str, key: &str) -> String {
    format!("asked to {deed}: {key}")
}

/// A value of ours as JSON.
pub(crate) fn written<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| AppError::BadInput(error.to_string()))
}

/// A value of ours that was kept as JSON.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    let cannot = |error| AppError::BadInput(format!("what was kept does not read: {error}"));
    serde_json::from_str(text).map_err(cannot)
}

/// How often a deed finds that somebody was faster.
const FASTER_MAX: u32 = 3;

/// Runs a deed as [`patiently`] does, and again when somebody used the same key
/// at the same moment: then it finds their answer. They are met in two ways: the
/// key is taken when ours is written, or what they did, committed between our look
/// at the key and at the books, is why ours is refused. So what is refused is asked
/// once more; a refusal that stands costs a second look.
pub(crate) async fn once_each<T, F, Fut>(mut deed: F) -> Result<T>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<T>>,
{
    let (mut faster, mut refused) = (0, false);
    loop {
        match patiently(&mut deed).await {
            Err(AppError::Store(StoreError::Duplicate(_))) if faster < FASTER_MAX => {
                faster = faster.saturating_add(1);
            }
            Err(AppError::Refused(_)) if !refused => refused = true,
            done => return done,
        }
    }
}

impl Books {
    /// What was answered under the key before.
    pub(crate) async fn answered<T: DeserializeOwned>(
        &self,
        tx: &mut Tx,
        asked: Keyed<'_>,
    ) -> Result<Option<T>> {
        let Some(key) = asked.key else { return Ok(None) };
        let other = || AppError::Refused(format!("`{key}` was used before for something else"));
        // Both before the answer, which is kept with them: who commits in between
        // is then found by their answer, and not taken for another deed.
        let used = tx.entry_by_key(self.id(), key).await?.is_some()
            || tx.approval_by_key(self.id(), key).await?.is_some();
        match tx.deed_key(self.id(), key).await? {
            Some(kept) if kept.deed == asked.deed && kept.document == asked.document => {
                read(&kept.answer).map(Some)
            }
            Some(_) => Err(other()),
            None if used => Err(other()),
            None => Ok(None),
        }
    }

    /// Keeps what is answered under the key, in the deed's own transaction.
    pub(crate) async fn keep_answer<T: Serialize>(
        &self,
        tx: &mut Tx,
        asked: Keyed<'_>,
        answer: &T,
    ) -> Result<()> {
        let Some(key) = asked.key else { return Ok(()) };
        let row = DeedKeyRow {
            key: key.to_owned(),
            deed: asked.deed.to_owned(),
            document: asked.document.to_owned(),
            answer: written(answer)?,
            by: self.actor().name().to_owned(),
            at: self.world().now(),
        };
        Ok(tx.keep_deed_key(self.id(), &row).await?)
    }

    /// Keeps what was asked, of a deed that keeps its key with what it did and not word for
    /// word what that was made of: references lead elsewhere in time.
    pub(crate) async fn keep_asked(&self, tx: &mut Tx, asked: Keyed<'_>) -> Result<()> {
        let Some(key) = asked.key else { return Ok(()) };
        let key = asked_under(asked.deed, key);
        if tx.deed_key(self.id(), &key).await?.is_some() {
            // A caller chose just this key for something else: it stays theirs.
            return Ok(());
        }
        self.keep_answer(tx, Keyed { key: Some(&key), ..asked }, &()).await
    }

    /// Whether just this was asked under the key, as far as that was kept.
    pub(crate) async fn was_asked(&self, tx: &mut Tx, asked: Keyed<'_>) -> Result<bool> {
        let Some(key) = asked.key else { return Ok(false) };
        let kept = tx.deed_key(self.id(), &asked_under(asked.deed, key)).await?;
        Ok(kept.is_some_and(|kept| kept.deed == asked.deed && kept.document == asked.document))
    }

    /// What the actor was answered when they said just this before.
    pub(crate) async fn said<T: DeserializeOwned>(
        &self,
        tx: &mut Tx,
        said: &Said<'_>,
    ) -> Result<Option<T>> {
        let kept = tx.deed_key(self.id(), &said.key()).await?;
        let kept = kept.filter(|kept| {
            kept.deed == said.deed
                && kept.document == said.words.trim()
                && kept.by == self.actor().name()
        });
        kept.map(|kept| read(&kept.answer)).transpose()
    }

    /// Keeps what the actor said and was answered, in the deed's own transaction.
    pub(crate) async fn keep_said<T: Serialize>(
        &self,
        tx: &mut Tx,
        said: &Said<'_>,
        answer: &T,
    ) -> Result<()> {
        let key = said.key();
        if tx.deed_key(self.id(), &key).await?.is_some() {
            // A caller chose just this key for something else: it stays theirs.
            return Ok(());
        }
        let asked = Keyed { deed: said.deed, key: Some(&key), document: said.words.trim() };
        self.keep_answer(tx, asked, answer).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_no_card_number_in_it_unless_by_chance() {
        for (key, is_taken) in [
            ("invoice 7", true),
            ("4111111111111111", false),
            ("till-4111-1111-1111-1111", false),
            // Digits of chance, with a card's among them.
            ("4111-1111-1111-1111-abcdef0123456789", true),
            ("payment 7", true),
            ("money of payment 7", false),
        ] {
            assert_eq!(callers(Some(key)).is_ok(), is_taken, "{key}");
        }
        assert!(callers(None).is_ok());
    }
}
