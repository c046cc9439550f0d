//! Steps by chance, each as likely as it is worth.

use std::env;

use proptest::prelude::*;

use super::step::{EReturn, News, Row, Says, Shown, Step, Unclaimed, Whose};

/// How many steps a life has at most, unless `IMS_STEPS` says so.
const STEPS_MAX: usize = 60;

/// How many one life in ten has at most when the full figures are asked for.
const STEPS_MAX_LONG: usize = 400;

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![3 => Just(Says::Yes), 1 => Just(Says::No), 1 => Just(Says::Nothing)]
}

fn whose() -> impl Strategy<Value = Whose> {
    prop_oneof![
        6 => (1..13_u32).prop_map(Whose::Tax),
        4 => (1..5_u32).prop_map(Whose::Leisure),
        1 => (1..4_u32).prop_map(Whose::Old),
        2 => Just(Whose::Nobody),
    ]
}

/// Mostly somebody.
fn known() -> impl Strategy<Value = Whose> {
    prop_oneof![
        8 => (1..12_u32).prop_map(Whose::Tax),
        6 => (1..5_u32).prop_map(Whose::Leisure),
        1 => (1..4_u32).prop_map(Whose::Old),
    ]
}

fn row() -> impl Strategy<Value = Row> {
    let pence = prop_oneof![8 => 1..50_000_i64, 1 => -2_000..0_i64];
    (whose(), pence).prop_map(|(whose, pence)| Row { whose, pence })
}

fn shown() -> impl Strategy<Value = Shown> {
    prop_oneof![
        (1..500_i64).prop_map(|pence| Shown::Charge(-pence)),
        (-90_000..90_000_i64).prop_map(|pence| Shown::Sweep(if pence == 0 { 1 } else { pence })),
        (1..9_000_i64).prop_map(Shown::Mystery),
        (0..8_usize).prop_map(Shown::Payout),
    ]
}

fn which() -> std::ops::Range<usize> {
    0..24
}

/// A file, a statement, and what is done with them.
fn coming() -> BoxedStrategy<Step> {
    let taken = (known(), 1..20_000_i64).prop_map(|(whose, pence)| Row { whose, pence });
    prop_oneof![
        8 => prop::collection::vec(row(), 1..5).prop_map(Step::Receipts),
        1 => which().prop_map(Step::Again),
        2 => which().prop_map(Step::ReverseImport),
        4 => prop::collection::vec(shown(), 0..4).prop_map(Step::Statement),
        3 => Just(Step::Reconcile),
        1 => which().prop_map(Step::UndoMatch),
        3 => (prop::collection::vec(taken, 1..4), any::<bool>())
            .prop_map(|(lines, by_phone)| Step::Take { lines, by_phone }),
        1 => (which(), 0..300_i64).prop_map(|(receipt, pence)| Step::Fee { receipt, pence }),
    ]
    .boxed()
}

/// Suspense, and money that moves on.
fn moving() -> BoxedStrategy<Step> {
    let to = || prop::collection::vec((known(), 1..70_i64), 1..4);
    let from = prop::collection::vec((known(), 1..9_000_i64), 1..4);
    let odd = prop_oneof![5 => Just(0), 1 => 1..3_i64];
    let what = prop_oneof![Just(Unclaimed::GivenBack), Just(Unclaimed::WrittenOff)];
    prop_oneof![
        5 => (which(), known(), 1..130_i64)
            .prop_map(|(item, whose, hundredths)| Step::Allocate { item, whose, hundredths }),
        1 => which().prop_map(Step::UndoAllocation),
        2 => (which(), 1..130_i64, what, says()).prop_map(|(item, hundredths, what, says)| {
            Step::Unclaimed { item, hundredths, what, says }
        }),
        4 => (which(), to()).prop_map(|(line, to)| Step::Journal { line, to }),
        3 => (from, prop::collection::vec(known(), 1..4), odd)
            .prop_map(|(from, to, odd)| Step::Transfer { from, to, odd }),
        2 => which().prop_map(Step::UndoMove),
    ]
    .boxed()
}

/// Money that goes back.
fn going_back() -> BoxedStrategy<Step> {
    let news = prop_oneof![
        2 => Just(News::Send),
        1 => Just(News::NoAnswer),
        4 => Just(News::Pay),
        2 => Just(News::Fail),
        2 => Just(News::Bounce),
        2 => (0..4_usize).prop_map(News::Late),
    ];
    prop_oneof![
        4 => (which(), 1..130_i64, says())
            .prop_map(|(line, hundredths, says)| Step::Refund { line, hundredths, says }),
        4 => (0..4_usize, news).prop_map(|(refund, news)| Step::News { refund, news }),
        2 => (0..4_usize, says()).prop_map(|(which, says)| Step::Decide { which, says }),
        2 => (which(), 1..130_i64, 0..5_usize)
            .prop_map(|(line, hundredths, kind)| Step::Return { line, hundredths, kind }),
        2 => (which(), 1..130_i64)
            .prop_map(|(line, hundredths)| Step::Dispute { line, hundredths }),
        2 => (0..4_usize, any::<bool>())
            .prop_map(|(which, is_won)| Step::EndDispute { which, is_won }),
    ]
    .boxed()
}

/// E-returns and account holders.
fn keeping() -> BoxedStrategy<Step> {
    let tens = || (0..300_i64).prop_map(|tens| tens * 10);
    let mostly = || prop_oneof![5 => Just(true), 1 => Just(false)];
    let over = prop_oneof![3 => Just(0), 1 => (-9..10_i64).prop_map(|tens| tens * 10)];
    let save = (tens(), tens(), over, mostly(), mostly()).prop_map(
        |(rooms, permits, over, is_stated, is_newest)| EReturn::Save {
            rooms,
            permits,
            over,
            is_stated,
            is_newest,
        },
    );
    let what = prop_oneof![
        2 => Just(EReturn::Create),
        4 => save,
        4 => Just(EReturn::Submit),
        1 => Just(EReturn::SendBack),
        3 => mostly().prop_map(|other| EReturn::Approve { had_a_hand: !other }),
        1 => Just(EReturn::Void),
    ];
    let old = prop_oneof![(1..4_u32).prop_map(Whose::Old), (1..13_u32).prop_map(Whose::Tax)];
    prop_oneof![
        9 => (0..3_usize, what).prop_map(|(which, what)| Step::EReturn { which, what }),
        2 => (1..13_u32, mostly())
            .prop_map(|(number, is_newest)| Step::PutHolder { number, is_newest }),
        2 => (1..13_u32, any::<bool>()).prop_map(|(number, is_on)| Step::Stop { number, is_on }),
        1 => (old, 1..13_u32).prop_map(|(from, to)| Step::Redirect { from, to }),
    ]
    .boxed()
}

/// Days, months and exports.
fn closing() -> BoxedStrategy<Step> {
    prop_oneof![
        5 => (1..4_u64).prop_map(Step::DaysGoBy),
        3 => Just(Step::CloseDay),
        2 => Just(Step::CloseMonth),
        2 => (0..4_u64, says()).prop_map(|(days_ago, says)| Step::ReopenDay { days_ago, says }),
        1 => says().prop_map(Step::ReopenMonth),
        2 => Just(Step::Export),
        2 => (which(), any::<bool>())
            .prop_map(|(which, is_accepted)| Step::Acknowledge { which, is_accepted }),
        1 => which().prop_map(Step::Reissue),
    ]
    .boxed()
}

/// A life: any steps, in any order.
pub(super) fn sequence() -> impl Strategy<Value = Vec<Step>> {
    let said = env::var_os("IMS_STEPS").and_then(|said| said.to_str()?.parse().ok());
    let most = said.unwrap_or(STEPS_MAX).max(4);
    let step = prop_oneof![
        5 => coming(),
        4 => moving(),
        4 => going_back(),
        4 => keeping(),
        4 => closing(),
    ];
    let step = step.boxed();
    let long = if said.is_none() && env::var_os("IMS_TEST_LONG").is_some() {
        STEPS_MAX_LONG
    } else {
        most
    };
    prop_oneof![
        9 => prop::collection::vec(step.clone(), 1..most),
        1 => prop::collection::vec(step, most / 2..long),
    ]
}
