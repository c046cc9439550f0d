//! A bank account's lines between two balances, as any bank writes them.

use chrono::NaiveDate;
use ims_money::Amount;
use serde::{Deserialize, Serialize};

/// What opens a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementHead {
    /// The account as the bank writes it: an account number, an IBAN, or what
    /// the file gives.
    pub account: String,
    /// Six digits, when the file gives them.
    pub sort_code: Option<String>,
    /// ISO 4217; `GBP` where a UK layout does not say.
    pub currency: String,
    /// The bank's number for this statement (and sheet), when there is one.
    pub number: Option<String>,
    /// What the sender calls it: `:20:`, `Stmt/Id`.
    #[serde(default)]
    pub id: Option<String>,
    /// The page of the statement, from 1; the first where several are joined.
    #[serde(default)]
    pub page: Option<u32>,
    /// The opening balance is what an earlier page came to (`:60M:`).
    #[serde(default)]
    pub continues: bool,
    /// The first day it is about, where it says so.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// The last day it is about.
    #[serde(default)]
    pub to: Option<NaiveDate>,
    /// The balance before the first line.
    pub opening: Option<Balance>,
    /// A report during the day (MT942, camt.052): shown, never posted.
    pub interim: bool,
}

/// What closes a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementClose {
    /// The opening balance, where a layout shows it only at the end (a CSV
    /// written newest first).
    pub opening: Option<Balance>,
    /// The balance after the last line.
    pub closing: Option<Balance>,
    /// The last page that was read of it.
    #[serde(default)]
    pub page: Option<u32>,
    /// More pages follow: the closing balance is only what they came to so far
    /// (`:62M:`).
    #[serde(default)]
    pub continued: bool,
}

/// A balance a bank states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The day it is for.
    pub date: NaiveDate,
    /// Credit positive, overdrawn negative.
    pub amount: Amount,
}

/// One line of a statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    /// The line of the file it starts on, from 1.
    pub line: u64,
    /// The day the bank booked it.
    pub booked: NaiveDate,
    /// The day it counts for interest, when stated.
    pub value: Option<NaiveDate>,
    /// Credit positive, debit negative.
    pub amount: Amount,
    /// ISO 4217, when it differs from the statement's.
    pub currency: Option<String>,
    /// The bank's kind of transaction: `BGC`, `NTRF`, `165`, `PMNT-RCDT-ESCT`.
    pub code: Option<String>,
    /// The payer's reference.
    pub reference: Option<String>,
    /// The bank's own reference.
    pub bank_reference: Option<String>,
    /// Everything else the bank says about it.
    pub narrative: String,
    /// Who paid or was paid.
    pub counterparty: Option<Counterparty>,
    /// Anything but booked: `PDNG`, `INFO`.
    pub status: Option<String>,
    /// It sends an earlier payment back: the reason as the bank gives it, empty
    /// when it gives none.
    #[serde(default)]
    pub returned: Option<String>,
    /// The payments of a batch, only if they add up to it.
    pub parts: Vec<StatementLine>,
}

/// The other side of a bank line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterparty {
    /// Their name.
    pub name: Option<String>,
    /// Six digits.
    pub sort_code: Option<String>,
    /// The account number.
    pub account: Option<String>,
    /// The international account number.
    pub iban: Option<String>,
}

impl Counterparty {
    /// The account they pay from, written the same whichever way a bank writes it: sort code and
    /// account number of a UK account, else the IBAN. None where an account number stands alone:
    /// at another bank it is somebody else's.
    ///
    /// ```
    /// use ims_ledger::Counterparty;
    ///
    /// let one = Counterparty {
    ///     sort_code: Some("60-11-11".to_owned()),
    ///     account: Some("1234567".to_owned()),
    ///     ..Counterparty::default()
    /// };
    /// let same = Counterparty { iban: Some("GB33NWBK60111101234567".to_owned()), ..Counterparty::default() };
    /// assert_eq!(one.bank_account().as_deref(), Some("60111101234567"));
    /// assert_eq!(one.bank_account(), same.bank_account());
    /// ```
    #[must_use]
    pub fn bank_account(&self) -> Option<String> {
        let plain = |text: &Option<String>| -> String {
            let all = text.as_deref().unwrap_or_default().chars();
            all.filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
        };
        let (sort_code, account) = (plain(&self.sort_code), plain(&self.account));
        let uk = format!("{sort_code}{account:0>8}");
        let known = of_iban(&plain(&self.iban)).or_else(|| match sort_code.len() {
            6 => is_uk(&uk).then_some(uk),
            0 => of_iban(&account).or_else(|| is_uk(&account).then_some(account)),
            _ => None,
        });
        known.filter(|account| account.bytes().any(|byte| !matches!(byte, b'0')))
    }
}

/// Sort code and account number, written together.
fn is_uk(account: &str) -> bool {
    account.len() == 14 && account.bytes().all(|byte| byte.is_ascii_digit())
}

/// What an IBAN says: of a UK account, what it ends in.
fn of_iban(iban: &str) -> Option<String> {
    let (country, rest) = iban.split_at_checked(2)?;
    let is_iban = (15..=34).contains(&iban.len())
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && rest.bytes().take(2).all(|byte| byte.is_ascii_digit());
    if !is_iban {
        return None;
    }
    let uk = iban.get(8..).filter(|uk| country == "GB" && is_uk(uk));
    Some(uk.unwrap_or(iban).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_the_same_however_a_bank_writes_it() {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        for (sort_code, account, iban, wanted) in [
            ("601111", "12345678", "", Some("60111112345678")),
            ("60-11-11", "1234567", "", Some("60111101234567")),
            ("", "60111112345678", "", Some("60111112345678")),
            ("", "60-11-11 12345678", "", Some("60111112345678")),
            ("", "", "GB33 NWBK 6011 1112 3456 78", Some("60111112345678")),
            ("", "GB33NWBK60111112345678", "", Some("60111112345678")),
            ("", "", "NL62INGB0001212121", Some("NL62INGB0001212121")),
            // A number alone may be another's at another bank.
            ("", "12345678", "", None),
            ("6011", "12345678", "", None),
            ("601111", "123456789", "", None),
            ("000000", "00000000", "", None),
            ("601111", "ACME", "", None),
            ("", "", "", None),
        ] {
            let party = Counterparty {
                name: None,
                sort_code: text(sort_code),
                account: text(account),
                iban: text(iban),
            };
            assert_eq!(party.bank_account().as_deref(), wanted, "{sort_code} {account} {iban}");
        }
    }
}
