//! An index in memory, asked by a search: no more than it wants of so many rows.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ims_reconcile::{BankLine, Expected, Rules, Search, Wanted, plain};

/// A search that was given what it wants of `rows`, and before that `more` of them.
pub(crate) fn asked<'a>(
    rows: &[Expected<'a>],
    more: Vec<Expected<'a>>,
    (bank, rules): (&'a [BankLine<'a>], &'a Rules),
) -> Search<'a> {
    let mut search = Search::new(bank, rules);
    search.give(more);
    while let Some(wanted) = search.wants() {
        let given = given(rows, &wanted, &search);
        search.give(given);
    }
    search
}

fn given<'a>(rows: &[Expected<'a>], wanted: &Wanted, search: &Search<'_>) -> Vec<Expected<'a>> {
    match wanted {
        Wanted::Quoted { texts } => {
            let texts: BTreeSet<&str> = texts.iter().map(String::as_str).collect();
            let of_sums = rows.iter().flat_map(|row| [plain(row.batch), plain(row.merchant)]);
            let of_sums: Vec<String> =
                of_sums.collect::<BTreeSet<_>>().into_iter().filter(|it| !it.is_empty()).collect();
            let of_sums: Vec<&str> = of_sums.iter().map(String::as_str).collect();
            let days = search.days_of(&of_sums);
            let is_near = |text: &str, date: NaiveDate| {
                let at = of_sums.binary_search(&&*plain(text)).ok();
                let days = at.and_then(|at| days.get(at)).map_or(&[][..], Vec::as_slice);
                days.iter().any(|(from, to)| (*from..=*to).contains(&date))
            };
            let is_wanted = |row: &&Expected<'_>| {
                texts.contains(&*plain(row.reference))
                    || is_near(row.batch, row.date)
                    || is_near(row.merchant, row.date)
            };
            rows.iter().filter(is_wanted).copied().collect()
        }
        Wanted::Amounts(amounts) => {
            let is_wanted = |row: &&Expected<'_>| amounts.iter().any(|on| on.holds(row));
            rows.iter().filter(is_wanted).copied().collect()
        }
    }
}
