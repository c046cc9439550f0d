//! The account holders. Nothing is kept of them: everything about the
//! `number`th holder of a fund follows from the seed.

use std::fmt::Write as _;

use ims_ledger::{CheckDigit, Council};
use ims_money::Pence;

use crate::{
    income::Income,
    payer::{Payer, address},
    random::Random,
    writing::push_pounds,
};

/// The account holders of all funds.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    books: Vec<Book>,
}

/// Those of one fund.
#[derive(Clone, Debug)]
struct Book {
    income: Income,
    holders: u64,
    offset: u64,
    check: Option<CheckDigit>,
    random: Random,
}

impl Accounts {
    pub(crate) fn new(seed: u64, rows: u64, council: &Council) -> Self {
        let book = |income: Income| {
            let fund = council.fund.iter().find(|fund| fund.code.as_str() == income.code());
            let random = Random::new(seed, income.code());
            let per_mille = income.holders_per_mille();
            let least = if per_mille == 0 { 0 } else { 20 };
            Book {
                income,
                holders: (rows * per_mille / 1_000).max(least),
                offset: random.clone().next(),
                check: fund.and_then(|fund| fund.reference.check_digit.clone()),
                random,
            }
        };
        Self { books: Income::ALL.map(book).to_vec() }
    }

    fn book(&self, income: Income) -> Option<&Book> {
        self.books.iter().find(|book| book.income == income)
    }

    /// How many account holders `income` has.
    pub(crate) fn holders(&self, income: Income) -> u64 {
        self.book(income).map_or(0, |book| book.holders)
    }

    /// Adds `count` holders to `income`.
    pub(crate) fn grow(&mut self, income: Income, count: u64) {
        if let Some(book) = self.books.iter_mut().find(|book| book.income == income) {
            book.holders += count;
        }
    }

    /// The reference of the `number`th account.
    pub(crate) fn reference(&self, income: Income, number: u64) -> String {
        let shape = income.shape();
        let mut text = String::with_capacity(12);
        let (offset, check) =
            self.book(income).map_or((0, None), |book| (book.offset, book.check.as_ref()));
        let _ = write!(text, "{}{}", shape.prefix, shape.number(offset, number));
        if let Some(check) = check {
            text.push('0');
            let digit = check.expected(&text).unwrap_or_default();
            text.pop();
            text.push_str(&digit);
        }
        text
    }

    /// Whether `reference` ends in the check character of its fund; true for a
    /// fund without one.
    pub(crate) fn checks(&self, income: Income, reference: &str) -> bool {
        let check = self.book(income).and_then(|book| book.check.as_ref());
        let last = reference.chars().last();
        check.zip(last).is_none_or(|(check, last)| check.holds(reference, last))
    }

    /// What chance says of the `number`th account; always the same.
    fn chance(&self, income: Income, number: u64) -> Random {
        self.book(income).map_or_else(|| Random::new(0, ""), |book| book.random.nth(number))
    }

    /// Who holds the `number`th account, and what they pay at a time.
    pub(crate) fn payer(&self, income: Income, number: u64) -> (Payer, Pence) {
        let mut random = self.chance(income, number);
        let is_firm = income.is_firm(&mut random);
        (Payer::new(&mut random, is_firm), income.amount(&mut random))
    }

    /// The `number`th account as a row of the holders' file. What they owe and
    /// whether a stop is on them changes from one `day` to another.
    pub(crate) fn push_row(&self, text: &mut String, income: Income, number: u64, day: u64) {
        let (payer, instalment) = self.payer(income, number);
        let mut random = self.chance(income, number).nth(1);
        let [street, place, town, postcode] = address(&mut random);
        let mut today = random.nth(day);
        // One in ten has paid it all.
        let left = if today.once_in(10) { 0 } else { today.between(1, 10) };
        let left = i64::try_from(left).unwrap_or_default();
        let owed = Pence::new(instalment.get().saturating_mul(left));
        let stop = if today.once_in(200) {
            today.one_of(&["DISPUTE", "INSOLVENT", "BAILIFF"])
        } else {
            ""
        };
        let reference = self.reference(income, number);
        let _ = write!(
            text,
            "{},{reference},{},{street},{place},{town},,{postcode},",
            income.code(),
            payer.in_full(),
        );
        push_pounds(text, owed);
        text.push(',');
        push_pounds(text, instalment);
        let _ = writeln!(text, ",{stop}");
    }
}
