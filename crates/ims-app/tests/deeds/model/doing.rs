//! A deed done, and where that is asked for, with a crash between any two of
//! its statements before.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
};

use ims_app::{Books, Result};
use ims_store::{Crash, Faults};

use super::Life;
use crate::deeds::raw::{Shell, sql};

/// What the same deed once more comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// The same answer, and nothing changes.
    Same,
    /// A refusal: it is done.
    Refused,
}

/// Where crashes happen, and how what is left is seen.
pub(super) struct Crashes {
    faults: Faults,
    shell: RefCell<Shell>,
    /// What is looked at, and the query for all of it.
    names: Vec<String>,
    count: String,
    /// How many crashes there were, and how often the answer alone was lost.
    pub(super) crashed: Cell<(u32, u32)>,
}

/// What may be there though a deed was not done: sealing, and with it the
/// adding up of balances, comes before and after some.
const SEALS: [&str; 4] = ["block", "block_item", "unsealed", "account_span"];

/// What is kept in tables whose rows change.
const KEPT: [&str; 6] = [
    "SELECT SUM(remaining_pence) FROM open_suspense",
    "SELECT SUM(used_pence) FROM line_used",
    "SELECT SUM(used_vat_pence) FROM line_used",
    "SELECT SUM(version) FROM account_holder",
    "SELECT SUM(version) FROM ereturn_state",
    "SELECT SUM(amount_pence) FROM posting",
];

impl Crashes {
    pub(super) fn of(faults: Faults, url: &str) -> Self {
        let names = if url.starts_with("sqlite:") {
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        } else {
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        };
        let names = sql(url, names);
        let tables = names.lines().filter(|name| !SEALS.contains(name));
        let counts = tables.map(|name| format!("SELECT COUNT(*) FROM {name}"));
        let names: Vec<_> = counts.chain(KEPT.map(str::to_owned)).collect();
        let all: Vec<_> = names.iter().map(|figure| format!("({figure})")).collect();
        let count = format!("SELECT {}", all.join(", "));
        let shell = RefCell::new(Shell::on(url));
        Self { faults, shell, names, count, crashed: Cell::default() }
    }

    /// How many rows there are of everything, and what is kept in them.
    fn there(&self) -> BTreeMap<&str, String> {
        let figures = self.shell.borrow_mut().one(&self.count);
        let names = self.names.iter().map(String::as_str);
        names.zip(figures.split('|').map(str::to_owned)).collect()
    }

    /// The deed with a crash at each moment of it, one after another, until it
    /// passes: nothing is ever half done, and once more changes nothing.
    async fn between_any_two_statements<T>(
        &self,
        books: &Books,
        again: Again,
        deed: impl AsyncFn(&Books) -> Result<T>,
    ) -> Result<T> {
        let how = match again {
            Again::Same => Crash::AnswerToo,
            Again::Refused => Crash::Before,
        };
        let before = self.there();
        let mut left = Vec::new();
        let answer = loop {
            let moment = u32::try_from(left.len()).unwrap();
            self.faults.crash_at(moment, how);
            let done = deed(books).await;
            if !self.faults.mend() {
                break done;
            }
            assert!(done.is_err(), "answered, though it crashed at {moment}");
            left.push(self.there());
        };
        let after = self.there();
        let (crashed, lost) = self.crashed.get();
        let lasted = left.iter().filter(|there| **there != before).count();
        let all = u32::try_from(left.len()).unwrap();
        self.crashed.set((crashed + all, lost + u32::try_from(lasted).unwrap()));
        for (moment, there) in left.iter().enumerate() {
            if *there != before && *there != after {
                let figures = before.keys().map(|of| (of, &before[of], &there[of], &after[of]));
                let odd: Vec<_> =
                    figures.filter(|(_, was, now, is)| was != now || now != is).collect();
                panic!("half done at {moment}: what was, what is left, what should be: {odd:#?}");
            }
        }
        match (&answer, again) {
            (Err(_), _) => assert_eq!(before, after, "refused, and something changed"),
            (Ok(_), Again::Same) => assert!(deed(books).await.is_ok(), "not answered as before"),
            (Ok(_), Again::Refused) => {
                let why = deed(books).await.err().expect("done twice");
                assert!(why.is_refusal() || why.is_bad_input(), "{why:?}");
            }
        }
        assert_eq!(self.there(), after, "once more, and something changed");
        answer
    }
}

impl Life {
    /// Does a deed in somebody's hands.
    pub(super) async fn does<T>(
        &self,
        books: &Books,
        again: Again,
        deed: impl AsyncFn(&Books) -> Result<T>,
    ) -> Result<T> {
        match &self.crashes {
            None => deed(books).await,
            Some(crashes) => crashes.between_any_two_statements(books, again, deed).await,
        }
    }
}
