//! Bank lines against very many open rows that are looked up and never all handed over.

use std::{num::NonZeroUsize, time::Instant};

use chrono::{Days, NaiveDate};
use ims_money::Pence;
use ims_reconcile::{Expected, Rules, Search, Wanted as Rows, plain};
use ims_testkit::dirty::{Knobs, Shapes, make};

use super::{
    machine,
    page::{Page, part, span},
    sides,
};
use crate::Wanted;

/// Rows of other accounts: seven years of them, their references in one long text.
struct Others {
    said: String,
    rows: Vec<(u32, u32, i32)>,
    /// By reference.
    named: Vec<u32>,
    /// By amount and day.
    dated: Vec<u32>,
    length: usize,
}

const YEARS_DAYS: u64 = 7 * 365;
/// Ids and accounts that the lines know nothing of.
const FAR: u64 = 1_000_000_000;

impl Others {
    fn new(count: usize, amounts: &[i64]) -> Self {
        let shapes = Shapes::familiar();
        let reference = |at: u64| shapes.reference(FAR + at * 5);
        let length = reference(0).len();
        let mut others = Self {
            said: String::with_capacity(count * length),
            rows: Vec::with_capacity(count),
            named: (0..count as u32).collect(),
            dated: (0..count as u32).collect(),
            length,
        };
        for at in 0..count as u64 {
            // Nine open rows an account.
            others.said.push_str(&reference(at / 9));
            let mixed = at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            let amount = amounts[mixed as usize % amounts.len()] as u32;
            let day = (mixed >> 13) % YEARS_DAYS;
            others.rows.push((at as u32, amount, day as i32));
        }
        let mut named = std::mem::take(&mut others.named);
        named.sort_unstable_by_key(|at| others.reference(*at));
        others.named = named;
        others.dated.sort_unstable_by_key(|at| {
            let (_, amount, day) = others.rows[*at as usize];
            (amount, day)
        });
        others
    }

    fn reference(&self, at: u32) -> &str {
        let from = at as usize * self.length;
        &self.said[from..from + self.length]
    }

    fn row(&self, at: u32, last: NaiveDate) -> Expected<'_> {
        let (_, amount, day) = self.rows[at as usize];
        Expected {
            id: FAR + u64::from(at),
            date: last - Days::new(day as u64),
            amount: Pence::new(i64::from(amount)),
            reference: self.reference(at),
            merchant: "",
            batch: "",
        }
    }

    fn given(&self, wanted: &Rows, last: NaiveDate) -> Vec<Expected<'_>> {
        let mut found = Vec::new();
        match wanted {
            Rows::Quoted { texts } => {
                for text in texts {
                    let from = self.named.partition_point(|at| self.reference(*at) < text.as_str());
                    let these = self.named[from..].iter();
                    let these = these.take_while(|at| self.reference(**at) == text.as_str());
                    found.extend(these.map(|at| self.row(*at, last)));
                }
            }
            Rows::Amounts(amounts) => {
                for on in amounts {
                    let Ok(amount) = u32::try_from(on.amount.get()) else { continue };
                    let back = |date: NaiveDate| last.signed_duration_since(date).num_days() as i32;
                    let (first, end) = (back(on.to), back(on.from));
                    let key = |at: &u32| (self.rows[*at as usize].1, self.rows[*at as usize].2);
                    let from = self.dated.partition_point(|at| key(at) < (amount, first));
                    let these = self.dated[from..].iter();
                    let these = these.take_while(|at| key(at) <= (amount, end));
                    found.extend(these.map(|at| self.row(*at, last)));
                }
            }
        }
        found
    }
}

pub(crate) fn run(wanted: &Wanted, page: &mut Page) {
    let count = wanted.rows.unwrap_or(10_000_000);
    let made = make(&Knobs::harder(19_600, 21));
    let (rows, lines) = (sides::expected(&made), sides::bank(&made));
    let amounts: Vec<i64> = made.ledger.iter().map(|row| row.amount.abs()).collect();
    let others = Others::new(count, &amounts);
    let last = lines.iter().map(|line| line.date).max().expect("there are lines");
    let rules = Rules::default();
    let heads = [
        "open rows",
        "lines",
        "threads",
        "engine",
        "looking up",
        "rows seen",
        "precision",
        "recall",
    ];
    let table = page.table("lookup", &heads);
    table.note(format!(
        "Harder set, seed 21, its rows among others of seven years with the same amounts; an index \
         in memory (sorted by reference, and by amount and day); {}, load {}.",
        machine::about(),
        machine::load(),
    ));
    for threads in [1, 2] {
        let (mut engine, mut looking) = (0, 0);
        let begun = Instant::now();
        let mut search = Search::on(NonZeroUsize::new(threads).unwrap(), &lines, &rules);
        let mut asked = search.wants();
        engine += begun.elapsed().as_micros();
        while let Some(wants) = asked {
            let begun = Instant::now();
            let mut given = others.given(&wants, last);
            given.extend(&rows);
            looking += begun.elapsed().as_micros();
            let begun = Instant::now();
            search.give(given);
            asked = search.wants();
            engine += begun.elapsed().as_micros();
        }
        let begun = Instant::now();
        let outcome = search.outcome();
        engine += begun.elapsed().as_micros();
        let (score, _) = sides::judged(&made, &outcome, search.rows(), &lines);
        table.row([
            (count + rows.len()).to_string(),
            lines.len().to_string(),
            threads.to_string(),
            span(engine as u64),
            span(looking as u64),
            search.rows().len().to_string(),
            part(score.precision()),
            part(score.recall()),
        ]);
    }
    assert_eq!(plain(others.reference(0)), others.reference(0), "an index holds plain texts");
}
