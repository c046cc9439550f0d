use ims_money::Amount;

use crate::{
    amounts::sterling,
    rows::{Row, plain_name},
};

/// What stands above a header.
#[derive(Debug, Default)]
pub(super) struct Preamble {
    /// The account as it is written there, blank where it is not.
    pub(super) account: String,
}

impl Preamble {
    /// `"Account Number:","…"`, or where there is none `"Account Name:","FlexAccount ****45678"`.
    pub(super) fn take(&mut self, row: &Row) {
        let text = row.get(1).trim();
        match plain_name(row.get(0)).as_str() {
            "accountnumber" | "account" => text.clone_into(&mut self.account),
            "accountname" if self.account.is_empty() => {
                let number = text.rsplit(' ').next().unwrap_or_default();
                if number.bytes().any(|byte| byte.is_ascii_digit()) {
                    number.clone_into(&mut self.account);
                }
            }
            _ => {}
        }
    }
}

/// Whether a row behind the transactions only tells of the account: `Arranged
/// overdraft limit|03/02/2018|+£0.00|`.
pub(super) fn is_trailer(row: &Row) -> bool {
    plain_name(row.get(0)).contains("overdraftlimit")
}

/// The balance before the transactions, of a row that says nothing else: `,Opening
/// Balance,,,,1000.00`.
pub(super) fn opening(row: &Row) -> Option<Amount> {
    let mut filled = row.iter().filter(|cell| !cell.is_empty());
    let (Some(words), Some(balance), None) = (filled.next(), filled.next(), filled.next()) else {
        return None;
    };
    if plain_name(words) == "openingbalance" { sterling(balance).ok() } else { None }
}
