//! To whom a refund by bank is paid: settled when it is asked for, seen by who
//! approves it, and the same when it is sent.
//!
//! *Invariant:* what was approved is what is sent. The words lie apart, so that
//! they can be erased, and the books hold their digest: words that are gone or
//! altered are neither approved nor sent.

use std::{collections::BTreeMap, fmt};

use chrono::NaiveDate;
use ims_files::bacs::{Instruction, TransactionCode, plain_account};
use ims_ledger::{id::RefundId, seal::ContentHash};
use ims_money::Pence;
use ims_store::{RefundRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{AppError, Books, Permission, Result};

/// To whom a refund by bank is paid.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// The name of the account.
    pub name: String,
    /// Its sort code.
    pub sort_code: String,
    /// Its number.
    pub account: String,
    /// The roll number, where a building society wants one; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub roll_number: String,
}

/// Not whole: what is printed for somebody looking for a fault is no place for
/// a bank account.
impl fmt::Debug for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payee").field("account", &last_four(&self.account)).finish_non_exhaustive()
    }
}

impl fmt::Display for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<char> = self.sort_code.chars().collect();
        let parts: Vec<String> = parts.chunks(2).map(|pair| pair.iter().collect()).collect();
        write!(f, "{}, {} {}", self.name, parts.join("-"), self.account)?;
        if self.roll_number.is_empty() {
            return Ok(());
        }
        write!(f, ", roll number {}", self.roll_number)
    }
}

impl Payee {
    /// As it is shown to who need not pay it: the last four digits of the
    /// account, and nothing of sort code and roll number.
    #[must_use]
    pub fn masked(&self) -> Self {
        let stars = |text: &str| "*".repeat(text.chars().count());
        Self {
            name: self.name.clone(),
            sort_code: stars(&self.sort_code),
            account: last_four(&self.account),
            roll_number: stars(&self.roll_number),
        }
    }

    /// The same as Bacs can pay it: digits alone, capitals, nothing around it.
    pub(crate) fn checked(&self, today: NaiveDate) -> Result<Self> {
        let bad = |what: String| AppError::BadInput(format!("the payee: {what}"));
        let (sort_code, account) = plain_account(&self.sort_code, &self.account)
            .map_err(|error| bad(error.to_string()))?;
        let payee = Self {
            name: self.name.trim().to_owned(),
            sort_code,
            account,
            roll_number: self.roll_number.trim().to_ascii_uppercase(),
        };
        let sent = payee.paid("REFUND", Pence::new(1), today);
        match sent.faults().into_iter().next() {
            Some(fault) => Err(bad(fault)),
            None => Ok(payee),
        }
    }

    /// What pays it under `number`; a roll number goes in its place, or the
    /// building society would not find the account.
    pub(crate) fn paid(&self, number: &str, amount: Pence, day: NaiveDate) -> Instruction {
        let reference = if self.roll_number.is_empty() { number } else { &self.roll_number };
        Instruction {
            code: TransactionCode::Credit,
            sort_code: self.sort_code.clone(),
            account: self.account.clone(),
            name: self.name.clone(),
            reference: reference.to_owned(),
            amount,
            day,
        }
    }
}

fn last_four(account: &str) -> String {
    let hidden = account.chars().count().saturating_sub(4);
    let mask = account.chars().enumerate();
    mask.map(|(place, digit)| if place < hidden { '*' } else { digit }).collect()
}

impl Books {
    /// To whom refunds by bank are paid, of those among `refunds` where it was
    /// said and not erased: whole for who refunds or approves refunds, masked
    /// for anybody else.
    ///
    /// # Errors
    ///
    /// [`AppError::NotFound`] for another refund.
    pub async fn refund_payees(&self, refunds: &[RefundId]) -> Result<BTreeMap<RefundId, Payee>> {
        self.actor().needs(Permission::SeeRefunds)?;
        let may = [Permission::Refund, Permission::ApproveRefund];
        let sees_whole = may.into_iter().any(|it| self.actor().may(it));
        let mut tx = self.store().snapshot().await?;
        let mut payees = BTreeMap::new();
        for id in refunds {
            let refund = self.refund_in(&mut tx, *id).await?;
            let Some(row) = tx.refund_payee(self.id(), refund.id).await? else { continue };
            let Some(words) = row.words.filter(|_| row.is_intact) else { continue };
            let payee = read(&refund, &words)?;
            payees.insert(*id, if sees_whole { payee } else { payee.masked() });
        }
        Ok(payees)
    }

    /// Keeps to whom a refund is paid.
    pub(crate) async fn keep_payee(
        &self,
        tx: &mut Tx,
        refund: &RefundRow,
        payee: &Payee,
    ) -> Result<()> {
        let words = serde_json::to_string(payee)
            .map_err(|error| AppError::BadInput(format!("the payee: {error}")))?;
        let salt: [u8; 16] = self.world().bytes();
        let digest = ContentHash::salted(&salt, &words);
        tx.put_details(self.id(), &[(refund.id.get(), salt.to_vec(), words)]).await?;
        tx.add_refund_payee(self.id(), refund.id, digest).await?;
        let data = serde_json::json!({ "refund": refund.number, "digest": digest.to_string() });
        self.note(tx, "settle payee of refund", &refund.id.to_string(), data).await
    }

    /// To whom a refund is paid, if that was said: refused when it is not what
    /// was said any more.
    pub(crate) async fn payee_in(&self, tx: &mut Tx, refund: &RefundRow) -> Result<Option<Payee>> {
        let Some(row) = tx.refund_payee(self.id(), refund.id).await? else { return Ok(None) };
        let wrong = |what: &str| {
            AppError::Refused(format!(
                "the payee of refund {} {what}: end this refund, and ask for a new one",
                refund.number
            ))
        };
        match row.words {
            None => Err(wrong("was erased")),
            Some(_) if !row.is_intact => Err(wrong("is not who was asked for")),
            Some(words) => read(refund, &words).map(Some),
        }
    }
}

fn read(refund: &RefundRow, words: &str) -> Result<Payee> {
    serde_json::from_str(words).map_err(|_| {
        AppError::BadInput(format!("the payee of refund {} does not read", refund.number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 4, 20).unwrap()
    }

    fn payee(name: &str, sort_code: &str, account: &str, roll: &str) -> Payee {
        Payee {
            name: name.to_owned(),
            sort_code: sort_code.to_owned(),
            account: account.to_owned(),
            roll_number: roll.to_owned(),
        }
    }

    #[test]
    fn a_payee_is_read_as_bacs_pays_it() {
        let checked =
            payee(" Zoë O'Brien ", "40-00-00", "1234567", " a/123 ").checked(today()).unwrap();
        assert_eq!(checked, payee("Zoë O'Brien", "400000", "01234567", "A/123"));
        assert_eq!(checked.to_string(), "Zoë O'Brien, 40-00-00 01234567, roll number A/123");
        assert_eq!(
            checked.masked().to_string(),
            "Zoë O'Brien, **-**-** ****4567, roll number *****"
        );
        assert_eq!(format!("{checked:?}"), "Payee { account: \"****4567\", .. }");
    }

    #[test]
    fn what_cannot_be_paid_says_what_would_be_right() {
        for (name, sort_code, account, roll, why) in [
            (
                "J Smith",
                "40-00",
                "12345678",
                "",
                "`40-00` is no sort code; six digits would be right",
            ),
            (
                "J Smith",
                "400000",
                "12345",
                "",
                "`12345` is no account; eight digits would be right (six, seven and nine are understood)",
            ),
            (
                "日本",
                "400000",
                "12345678",
                "",
                "nothing of the name `日本` is carried; letters would be",
            ),
            (
                "J Smith",
                "400000",
                "12345678",
                "12_34",
                "reference `12_34` has `_`, which is not carried; capital letters, digits, a blank and . & / - are",
            ),
            (
                "J Smith",
                "400000",
                "12345678",
                "contra",
                "a reference that begins with CONTRA is the file's own",
            ),
        ] {
            let error = payee(name, sort_code, account, roll).checked(today()).unwrap_err();
            assert_eq!(error.to_string(), format!("the payee: {why}"));
        }
    }
}
