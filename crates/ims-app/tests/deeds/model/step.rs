//! What may happen, in any order.

use proptest::prelude::*;

/// How many steps a life has at most.
const STEPS_MAX: usize = 60;

/// A row of a receipts file: which account, how much.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) whose: Whose,
    pub(super) pence: i64,
}

/// Whose money it is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Whose {
    /// Council tax, of the account holder with this number.
    Tax(u32),
    /// Leisure, with VAT.
    Leisure(u32),
    /// Nobody knows.
    Nobody,
}

/// A line of a bank statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// A bank charge.
    Charge(i64),
    /// A sweep, out or in.
    Sweep(i64),
    /// Money that quotes nothing.
    Mystery(i64),
    /// What the card receipts of a file come to, as a payout.
    Payout(usize),
}

/// One step. Numbers choose among what is there, whatever that is, so that a
/// sequence stays a sequence when others are left out of it.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A file of receipts comes.
    Receipts(Vec<Row>),
    /// A file comes again.
    Again(usize),
    /// A file is reversed.
    ReverseImport(usize),
    /// A statement comes that follows on.
    Statement(Vec<Shown>),
    /// Bank lines are explained.
    Reconcile,
    /// An explanation is taken back.
    UndoMatch(usize),
    /// A part of a suspense item, in hundredths, is put into an account; more
    /// than a hundred is more than there is.
    Allocate { item: usize, whose: Whose, hundredths: i64, twice: bool },
    /// A refund of a part of a payment, in hundredths, is asked for; a second
    /// person says yes, no, or nothing yet.
    Refund { payment: usize, hundredths: i64, says: Says },
    /// A part of a payment, in hundredths, is moved to another account.
    Journal { payment: usize, whose: Whose, hundredths: i64, twice: bool },
    /// A journal is taken back.
    UndoJournal(usize),
    /// A day goes by.
    NextDay,
    /// Today is closed.
    CloseDay,
    /// What can be exported is.
    Export,
}

/// What a second person says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Says {
    Yes,
    No,
    Nothing,
}

fn says() -> impl Strategy<Value = Says> {
    prop_oneof![3 => Just(Says::Yes), 1 => Just(Says::No), 1 => Just(Says::Nothing)]
}

fn whose() -> impl Strategy<Value = Whose> {
    prop_oneof![
        4 => (1..10_u32).prop_map(Whose::Tax),
        3 => (1..5_u32).prop_map(Whose::Leisure),
        2 => Just(Whose::Nobody),
    ]
}

fn known() -> impl Strategy<Value = Whose> {
    prop_oneof![(1..10_u32).prop_map(Whose::Tax), (1..5_u32).prop_map(Whose::Leisure)]
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

fn step() -> impl Strategy<Value = Step> {
    let which = || 0..16_usize;
    prop_oneof![
        6 => prop::collection::vec(row(), 1..5).prop_map(Step::Receipts),
        1 => which().prop_map(Step::Again),
        2 => which().prop_map(Step::ReverseImport),
        4 => prop::collection::vec(shown(), 0..4).prop_map(Step::Statement),
        3 => Just(Step::Reconcile),
        1 => which().prop_map(Step::UndoMatch),
        5 => (which(), known(), 1..130_i64, any::<bool>()).prop_map(|(item, whose, hundredths, twice)| {
            Step::Allocate { item, whose, hundredths, twice }
        }),
        4 => (which(), 1..130_i64, says()).prop_map(|(payment, hundredths, says)| {
            Step::Refund { payment, hundredths, says }
        }),
        4 => (which(), known(), 1..130_i64, any::<bool>()).prop_map(
            |(payment, whose, hundredths, twice)| Step::Journal { payment, whose, hundredths, twice }
        ),
        1 => which().prop_map(Step::UndoJournal),
        2 => Just(Step::NextDay),
        1 => Just(Step::CloseDay),
        1 => Just(Step::Export),
    ]
}

/// A life: any steps, in any order.
pub(super) fn sequence() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 1..STEPS_MAX)
}
