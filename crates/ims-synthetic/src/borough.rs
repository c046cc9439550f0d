//! The made-up council and its days.

use chrono::{Days, NaiveDate};
use ims_ledger::{Account, BankAccount, Council};
use ims_money::Pence;

use crate::{
    accounts::Accounts,
    agents::{self, Deductions},
    calendar::{working_day_after, working_day_before},
    camt053, cards,
    council::{Taxes, council},
    counter, credits,
    day::{Day, Fault, File, OpeningItem},
    direct_debits, holders, housekeeping,
    income::Income,
    making::{Making, Today, names},
    mt940::{self, Frame},
    payers::{Payers, Payment},
    random::Random,
    writing::negated,
};

/// The fewest receipt rows a day.
pub const ROWS_MIN: usize = 50;

/// The most receipt rows a day.
pub const ROWS_MAX: usize = 1_000_000;

/// A made-up council that lives day after day. The same seed and rows make the
/// same bytes on every machine, as long as the same days are lived in the same
/// order.
///
/// It keeps two balances and what the next day needs to know; nothing of its
/// payers, who follow from the seed.
#[derive(Clone, Debug)]
pub struct Borough {
    seed: u64,
    rows: u64,
    council: Council,
    accounts: Accounts,
    lived: u64,
    last: Option<NaiveDate>,
    main: Pence,
    housing: Pence,
    statement: u64,
    returning: Option<Payment>,
    waiting: Option<Deductions>,
}

impl Borough {
    /// The council of `seed`, with about `rows` receipt rows a day; fewer than
    /// [`ROWS_MIN`] are taken as that many, and more than [`ROWS_MAX`] too.
    #[must_use]
    pub fn new(seed: u64, rows: usize) -> Self {
        let rows = u64::try_from(rows.clamp(ROWS_MIN, ROWS_MAX)).unwrap_or_default();
        let council = council();
        let mut random = Random::new(seed, "balances");
        let mut pence = |first, last| {
            Pence::new(i64::try_from(random.between(first, last)).unwrap_or_default())
        };
        Self {
            seed,
            rows,
            accounts: Accounts::new(seed, rows, &council),
            council,
            lived: 0,
            last: None,
            main: pence(205_000_000, 225_000_000),
            housing: pence(25_000_000, 40_000_000),
            statement: random.between(20, 90),
            returning: None,
            waiting: None,
        }
    }

    /// Its configuration, which has no faults.
    #[must_use]
    pub const fn council(&self) -> &Council {
        &self.council
    }

    /// The day to begin with: a working day of 2026.
    #[must_use]
    pub fn first_day(&self) -> NaiveDate {
        let some_day = Random::new(self.seed, "first day").between(10, 300);
        let new_year = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
        working_day_after(new_year.checked_add_days(Days::new(some_day)).unwrap_or(new_year))
    }

    /// What arrives on `date`. Days are lived in order, each later than the one
    /// before; between two, nothing happens. The next working day is
    /// [`working_day_after`].
    pub fn day(&mut self, date: NaiveDate) -> Day {
        let eve = self.last.unwrap_or_else(|| working_day_before(date));
        let today = Today { date, eve, number: self.lived, rows: self.rows };
        let random = Random::new(self.seed, "day").nth(today.number);
        let holders = holders::file(&mut self.accounts, &today, &random);
        let mut making = Making {
            today,
            accounts: &self.accounts,
            taxes: Taxes::on(date, &self.council),
            payers: Payers::new(&self.accounts, random.nth(10), today.number),
            random,
            day: Day { date, files: vec![holders], opening: Vec::new(), planted: Vec::new() },
            main: Vec::new(),
            housing: Vec::new(),
        };
        let late = match self.waiting.take() {
            Some(late) => late,
            None => Deductions::of(&mut making, eve),
        };
        let waiting = Deductions::of(&mut making, date);
        if today.is_first() {
            making.day.opening =
                opening(&mut making, &self.council, self.main, self.housing, &late);
        }
        let returning = arrive(&mut making, &late, &waiting, self.returning.take());
        let banks = self.council.bank_account.iter();
        let (day, main, housing) =
            statements(making, banks, self.statement, [self.main, self.housing]);
        (self.main, self.housing) = (main, housing);
        (self.returning, self.waiting) = (returning, Some(waiting));
        (self.last, self.lived, self.statement) = (Some(date), self.lived + 1, self.statement + 1);
        day
    }
}

/// Everything but the bank's statements, in the order in which it arrives.
fn arrive(
    making: &mut Making<'_>,
    late: &Deductions,
    waiting: &Deductions,
    returned: Option<Payment>,
) -> Option<Payment> {
    cards::make(making);
    let returning = direct_debits::make(making);
    agents::allpay(making);
    agents::dwp(making);
    agents::employer(making, late, waiting);
    counter::make(making);
    credits::make(making);
    direct_debits::come_back(making, returned);
    housekeeping::make(making);
    returning
}

/// Adds the statements, and gives the balances they close with.
fn statements<'b>(
    mut making: Making<'_>,
    banks: impl Iterator<Item = &'b BankAccount>,
    number: u64,
    openings: [Pence; 2],
) -> (Day, Pence, Pence) {
    let today = making.today;
    let mut frames = banks.zip(openings).map(|(bank, opening)| Frame {
        bank,
        number,
        eve: today.eve,
        date: today.date,
        opening,
    });
    let (Some(main), Some(housing)) = (frames.next(), frames.next()) else {
        unreachable!("a test finds two bank accounts in council.toml")
    };
    let mut order = making.random.nth(8);
    order.shuffle(&mut making.main);
    order.shuffle(&mut making.housing);
    housekeeping::sweep(&mut making, &main);
    let bytes = mt940::write(&main, &making.main);
    making.file(names::MAIN, "mt940", "Statement of the main account", bytes.clone());
    let about = "Statement of the housing rents account";
    let housing_bytes = camt053::write(&housing, &making.housing);
    making.file(names::HOUSING, "camt053", about, housing_bytes);
    if today.number.is_multiple_of(7) {
        again(&mut making, bytes);
    }
    let main = main.closing(&making.main);
    let housing = housing.closing(&making.housing);
    (making.day, main, housing)
}

/// The main account's statement a second time.
fn again(making: &mut Making<'_>, bytes: Vec<u8>) {
    let name = names::MAIN_AGAIN.to_owned();
    let about = "The statement of the main account a second time, by mistake";
    making.day.files.push(File { name, bytes, format: "mt940", about });
    let says = format!("{} arrives again, byte for byte, under another name.", names::MAIN);
    making.plant(Fault::DuplicateFile, names::MAIN_AGAIN, names::MAIN, Pence::ZERO, says);
}

/// What the books are taken over with: both balances, an employer's credit that
/// waits for its schedule, and older credits of which nobody knows whose they are.
fn opening(
    making: &mut Making<'_>,
    council: &Council,
    main: Pence,
    housing: Pence,
    late: &Deductions,
) -> Vec<OpeningItem> {
    let eve = making.today.eve;
    let banks = council.bank_account.iter().zip([main, housing]);
    let mut items: Vec<OpeningItem> = banks
        .map(|(bank, amount)| OpeningItem {
            account: Account::Bank(bank.code.clone()),
            amount,
            date: eve,
            reference: bank.code.as_str().to_owned(),
            narrative: format!("Balance of the {}", bank.name.to_lowercase()),
        })
        .collect();
    items.push(OpeningItem {
        account: Account::Suspense,
        amount: negated(late.total()),
        date: late.paid,
        reference: late.credit_reference.clone(),
        narrative: format!("BGC TINDERMILL BAKERIES {}", late.credit_reference),
    });
    let mut random = making.random.nth(9);
    for days in [2, 5, 9, 16] {
        let payment = making.payers.next(&[(Income::CouncilTax, 3), (Income::Debtors, 1)]);
        let (reference, narrative) = credits::unknown(&payment, making.accounts, &mut random);
        items.push(OpeningItem {
            account: Account::Suspense,
            amount: negated(payment.amount),
            date: eve.checked_sub_days(Days::new(days)).unwrap_or(eve),
            reference,
            narrative,
        });
    }
    items
}
