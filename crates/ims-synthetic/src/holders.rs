//! The account holders' file: all of them on the first day, then what changed.

use crate::{
    accounts::Accounts,
    day::File,
    income::Income,
    making::{Today, names},
    random::Random,
};

const HEADER: &str =
    "fund,reference,name,address1,address2,address3,address4,postcode,balance,instalment,stop\n";

/// One holder in so many changes in a day.
const CHANGES_ONE_IN: u64 = 50;

/// The file of `today`; after the first day some holders are new.
pub(crate) fn file(accounts: &mut Accounts, today: &Today, random: &Random) -> File {
    let mut random = random.nth(7);
    let mut text = HEADER.to_owned();
    for income in Income::ALL {
        let holders = accounts.holders(income);
        if today.is_first() {
            for number in 0..holders {
                accounts.push_row(&mut text, income, number, today.number);
            }
        } else if holders > 0 {
            let step = random.between(1, CHANGES_ONE_IN);
            let mut number = step.min(holders - 1);
            while number < holders {
                accounts.push_row(&mut text, income, number, today.number);
                number += CHANGES_ONE_IN;
            }
            accounts.grow(income, 1);
            accounts.push_row(&mut text, income, holders, today.number);
        }
    }
    File {
        name: names::HOLDERS.to_owned(),
        bytes: text.into_bytes(),
        format: "holders-csv",
        about: if today.is_first() {
            "All account holders, with what they owe"
        } else {
            "Account holders that are new or changed"
        },
    }
}
