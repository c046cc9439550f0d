//! Whether what is suggested for suspense is as likely as is said, in made-up councils of
//! seeds that no weight was fitted to (those were 100 to 105 and 110 to 115).
//!
//! With `IMS_TEST_LONG` set, many councils on SQLite, and 3 points in every tenth with 300
//! suggestions or more.

mod council;
mod names;

use std::{collections::BTreeMap, env};

use ims_app::{Actor, Books, NewAllocation, OpenSuspense};
use ims_ledger::id::SuspenseId;
use ims_testkit::on_both;

use super::{
    suspense::to_first,
    town::{Town, april, file, settings},
};
use council::{Council, KINDS, Knobs, Payment};

/// Of a tenth of likelihoods: how many were suggested, the sum given in thousandths, how many
/// were right.
type Tenths = [(u64, u64, u64); 10];

/// A council full of payers, and whose each item of its last day is in truth.
struct Lived {
    books: Books,
    truth: BTreeMap<SuspenseId, Option<String>>,
}

/// Days of careless payments, most of them placed by somebody who knows, the last day's not.
async fn lived(town: &Town, seed: u64, knobs: Knobs) -> Lived {
    let settings = settings(&format!("T{seed}"));
    let books = town.app.init(&settings, Actor::system("test")).await.unwrap();
    let mut council = Council::of(seed, knobs);
    books.import_file(file("all.csv", &council.file())).await.unwrap();
    let (mut opening, mut truth) = (0, BTreeMap::new());
    for on in 1..=20 {
        let is_last = on == 20;
        let many = if is_last { knobs.asked } else { knobs.before / 19 };
        let came: Vec<Payment> = (0..many).map(|_| council.payment()).collect();
        town.clock.to_april(on);
        let closing = opening + came.iter().map(|it| it.pence).sum::<i64>();
        let text = statement((opening, closing), on, &came);
        books.import_file(file(&format!("s{on}.sta"), &text)).await.unwrap();
        opening = closing;
        books.reconcile().await.unwrap();
        books.close_day(april(on)).await.unwrap();
        let items = open_of(&books, on).await;
        for (item, payment) in whose(&items, &came) {
            if is_last {
                truth.insert(item.id, payment.truth.clone());
            } else if council.dice.in_hundred(90)
                && let Some(reference) = payment.truth.clone()
            {
                let to = NewAllocation { reference, ..to_first(None) };
                books.allocate_suspense(item.id, &to).await.unwrap();
            }
        }
    }
    Lived { books, truth }
}

/// The bank's statement of a day.
fn statement((opening, closing): (i64, i64), on: u32, came: &[Payment]) -> String {
    let pounds = |pence: i64| format!("{},{:02}", pence / 100, pence % 100);
    let mut text = format!(":20:STMT{on}\n:25:20000012345678\n:28C:{on}/1\n");
    text += &format!(":60F:C2604{on:02}GBP{}\n", pounds(opening));
    for (n, Payment { pence, says, reference, .. }) in (1..).zip(came) {
        let reference = if reference.is_empty() { "NONREF" } else { reference };
        text += &format!(":61:2604{on:02}04{on:02}C{}NTRF{reference}//B{on}N{n}\n", pounds(*pence));
        text += &format!(":86:{says}\n");
    }
    text + format!(":62F:C2604{on:02}GBP{}\n-\n", pounds(closing)).as_str()
}

/// The open items of a day.
async fn open_of(books: &Books, on: u32) -> Vec<OpenSuspense> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let some = books.open_suspense(after, 500).await.unwrap();
        let Some(last) = some.last() else { break };
        after = Some(last.id);
        all.extend(some);
    }
    all.retain(|item| item.happened_on == april(on));
    all
}

/// The payment that each item was: both are in the order of the statement.
fn whose<'a>(
    items: &'a [OpenSuspense],
    came: &'a [Payment],
) -> Vec<(&'a OpenSuspense, &'a Payment)> {
    let mut came = came.iter();
    let plain = |text: &str| text.split(' ').filter(|it| !it.is_empty()).collect::<String>();
    let is_of = |item: &OpenSuspense, payment: &Payment| {
        let text = payment.says.split(['?', '<']).find_map(|field| field.strip_prefix("20"));
        item.amount.get() == payment.pence && plain(&item.narrative).contains(&plain(text.unwrap()))
    };
    let each = items.iter().map(|item| (item, came.find(|it| is_of(item, it)).unwrap()));
    each.collect()
}

/// Asks about each item, and compares with the truth.
async fn asked(lived: &Lived, tenths: &mut Tenths) {
    for (id, truth) in &lived.truth {
        let found = lived.books.suggest_suspense(*id).await.unwrap();
        for it in found {
            let is_right = truth.as_ref() == Some(&it.reference);
            let tenth = &mut tenths[usize::from(it.permille / 100).min(9)];
            *tenth = (tenth.0 + 1, tenth.1 + u64::from(it.permille), tenth.2 + u64::from(is_right));
        }
    }
}

/// What was given and what was right in a tenth, in thousandths.
fn mean_and_share((count, given, right): (u64, u64, u64)) -> (u64, u64) {
    (given / count, right * 1_000 / count)
}

/// All of it, tenth by tenth.
fn shown(tenths: &Tenths) -> String {
    let rows = tenths.iter().zip(0..).filter(|((count, ..), _)| *count > 0).map(|(tenth, at)| {
        let (mean, share) = mean_and_share(*tenth);
        format!("from {:4}: {:6} suggested, {mean:4} given, {share:4} right\n", at * 100, tenth.0)
    });
    rows.collect()
}

/// How far the share that is right may lie from the mean, in thousandths: 3 points; of few,
/// three standard errors more, for as much is chance.
fn bound(count: u64, mean: u64, is_long: bool) -> u64 {
    let chance = 9 * mean * (1_000 - mean) / count;
    if is_long { 30 } else { 30 + chance.isqrt() }
}

on_both! {
    async fn what_is_suggested_is_as_likely_as_is_said(url: &str) {
        let is_long = env::var_os("IMS_TEST_LONG").is_some() && url.starts_with("sqlite:");
        let (seeds, least) = if is_long { (201..225, 300) } else { (201..204, 30) };
        let town = Town::of(url).await;
        let mut tenths = Tenths::default();
        for seed in seeds {
            let mut knobs = KINDS[usize::try_from(seed % 3).unwrap()];
            if !is_long {
                (knobs.before, knobs.asked) = (knobs.before / 2, knobs.asked / 4);
            }
            let lived = lived(&town, seed, knobs).await;
            asked(&lived, &mut tenths).await;
        }
        let table = shown(&tenths);
        println!("{table}");
        let mut checked = 0;
        for tenth in tenths.into_iter().filter(|(count, ..)| *count >= least) {
            let (mean, share) = mean_and_share(tenth);
            let bound = bound(tenth.0, mean, is_long);
            assert!(mean.abs_diff(share) <= bound, "{mean} given, {share} right:\n{table}");
            checked += 1;
        }
        assert!(checked >= 3, "{table}");
    }
}
