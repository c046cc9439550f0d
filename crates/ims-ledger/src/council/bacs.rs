//! Who the council is to Bacs.

use serde::{Deserialize, Serialize};

use super::{Council, check::Faults};
use crate::id::BankCode;

/// The most working days a file may lie before it is processed.
const DAYS_AHEAD_MAX: u32 = 20;

/// What a file for Bacs says of the council. What the names may be is for
/// `ims-files` to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BacsSettings {
    /// The service user's number: six digits.
    pub user_number: String,
    /// The account that pays: the code of one of `bank_account`.
    pub bank_account: BankCode,
    /// The account's name, as the bank has it.
    pub account_name: String,
    /// What payees see of the council on their statements.
    pub statement_name: String,
    /// Working days from the day a file is made to the day that Bacs processes
    /// it; it must be sent in the working day before that.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub processed_after_days: u32,
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
const fn is_one(days: &u32) -> bool {
    *days == 1
}

impl Council {
    pub(super) fn check_bacs(&self, faults: &mut Faults) {
        let Some(bacs) = &self.bacs else { return };
        let account = self.bank_account.iter().find(|bank| bank.code == bacs.bank_account);
        match account {
            None => {
                let what = format!("its bank_account {} is not configured", bacs.bank_account);
                faults.add("bacs", &what);
            }
            Some(bank) if bank.sort_code.is_empty() || bank.number.len() != 8 => {
                let what = format!(
                    "its bank_account {} needs a sort_code and a number of eight digits",
                    bank.code
                );
                faults.add("bacs", &what);
            }
            Some(_) => {}
        }
        if !(1..=DAYS_AHEAD_MAX).contains(&bacs.processed_after_days) {
            faults.add("bacs", "processed_after_days is 1 to 20");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(bacs: &str) -> Vec<String> {
        let head = "code = \"T\"\nname = \"T\"\n";
        let banks = "[[bank_account]]\ncode = \"main\"\nname = \"Main\"\nsort_code = \"200000\"\nnumber = \"55779911\"\n\
                     [[bank_account]]\ncode = \"old\"\nname = \"Old\"\nnumber = \"1234567\"\n";
        let names = "user_number = \"299104\"\naccount_name = \"T\"\nstatement_name = \"T\"\n";
        let toml = format!("{head}{banks}[bacs]\n{names}{bacs}");
        let council: Council = toml::from_str(&toml).unwrap();
        let again: Council = toml::from_str(&toml::to_string(&council).unwrap()).unwrap();
        assert_eq!(again, council);
        council.faults().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_account_that_pays_is_one_of_ours() {
        assert_eq!(faults_of("bank_account = \"main\""), [""; 0]);
        assert_eq!(
            faults_of("bank_account = \"new\""),
            ["bacs: its bank_account new is not configured"]
        );
        assert_eq!(
            faults_of("bank_account = \"old\"\nprocessed_after_days = 0"),
            [
                "bacs: its bank_account old needs a sort_code and a number of eight digits",
                "bacs: processed_after_days is 1 to 20"
            ]
        );
    }
}
