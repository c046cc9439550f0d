//! A day being made: what every source of money adds to.

use chrono::NaiveDate;
use ims_money::Pence;

use crate::{
    accounts::Accounts,
    council::Taxes,
    day::{Day, Fault, File, Planted},
    line::Line,
    payers::Payers,
    random::Random,
};

/// The names of the files, in the order in which they arrive.
pub(crate) mod names {
    pub(crate) const HOLDERS: &str = "01-account-holders.csv";
    pub(crate) const CARDS: &str = "02-card-receipts.csv";
    pub(crate) const SETTLEMENT: &str = "03-card-settlement.csv";
    pub(crate) const DIRECT_DEBITS: &str = "04-direct-debits.csv";
    pub(crate) const ALLPAY: &str = "05-allpay.txt";
    pub(crate) const DWP: &str = "06-dwp-schedule.csv";
    pub(crate) const EMPLOYER: &str = "07-employer-schedule.csv";
    pub(crate) const COUNTER: &str = "08-counter-takings.csv";
    pub(crate) const MAIN: &str = "09-bank-main.sta";
    pub(crate) const HOUSING: &str = "10-bank-housing.xml";
    pub(crate) const MAIN_AGAIN: &str = "11-bank-main-again.sta";
}

/// Which day it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Today {
    pub(crate) date: NaiveDate,
    /// The day lived before, on which cards and cash of today's bank lines were
    /// taken.
    pub(crate) eve: NaiveDate,
    /// The day's number, the borough's first being nought.
    pub(crate) number: u64,
    /// Receipts a day.
    pub(crate) rows: u64,
}

/// The fewest receipts a day for which every kind of fault is planted.
const ROWS_FOR_ALL_FAULTS: u64 = 500;

impl Today {
    pub(crate) const fn is_first(&self) -> bool {
        self.number == 0
    }

    /// Whether a fault that is planted every so many days, the first among
    /// them, is planted today.
    pub(crate) const fn plants_every(&self, days: u64) -> bool {
        self.rows >= ROWS_FOR_ALL_FAULTS && self.number.is_multiple_of(days)
    }

    /// So many per mille of the day's receipts.
    pub(crate) const fn per_mille(&self, share: u64) -> u64 {
        self.rows * share / 1_000
    }
}

/// A day being made.
#[derive(Debug)]
pub(crate) struct Making<'a> {
    pub(crate) today: Today,
    pub(crate) accounts: &'a Accounts,
    pub(crate) taxes: Taxes,
    pub(crate) payers: Payers<'a>,
    pub(crate) random: Random,
    pub(crate) day: Day,
    /// The lines of the main account.
    pub(crate) main: Vec<Line>,
    /// The lines of the housing account.
    pub(crate) housing: Vec<Line>,
}

impl Making<'_> {
    pub(crate) fn file(
        &mut self,
        name: &str,
        format: &'static str,
        about: &'static str,
        bytes: Vec<u8>,
    ) {
        self.day.files.push(File { name: name.to_owned(), bytes, format, about });
    }

    pub(crate) fn plant(
        &mut self,
        kind: Fault,
        file: &str,
        reference: &str,
        amount: Pence,
        says: String,
    ) {
        let (file, reference) = (file.to_owned(), reference.to_owned());
        self.day.planted.push(Planted { kind, file, reference, amount, says });
    }
}
