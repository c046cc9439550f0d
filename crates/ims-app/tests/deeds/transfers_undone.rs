//! Whatever was journalled, in whatever order: taken back, every account and
//! every penny of VAT is as it was.

use ims_app::{Moved, MovedPart, NewJournal, Transferred};
use ims_ledger::id::ReceiptId;
use ims_money::Pence;
use ims_testkit::{Engine, on_both};
use proptest::{prelude::*, test_runner::Config};

use super::{
    files::{paid, receipts},
    raw::sql,
    town::{Town, ct},
    transfers::{journal, part},
};

/// One thing somebody does.
#[derive(Clone, Debug)]
enum Step {
    /// Journals so many thousandths of what was paid by one of the lines, split in parts.
    Journal { line: prop::sample::Index, thousandths: i64, parts: Vec<(usize, i64)> },
    /// Takes one of the journals back.
    Undo(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let parts = prop::collection::vec((0..5_usize, 1..10_i64), 1..4);
    let amounts = prop_oneof![Just(1_000_i64), Just(0), 1..1_200_i64];
    let journal = (any::<prop::sample::Index>(), amounts, parts)
        .prop_map(|(line, thousandths, parts)| Step::Journal { line, thousandths, parts });
    prop_oneof![4 => journal, 1 => any::<prop::sample::Index>().prop_map(Step::Undo)]
}

/// The `n`th account money may go to, some with VAT and some without.
fn account(n: usize, pence: i64) -> MovedPart {
    match n {
        0 => part("LE", "LM000001", pence),
        1 => part("LE", "LM000002", pence),
        2 => part("PK", "PN000001", pence),
        3 => part("CT", &ct(1), pence),
        _ => part("CT", &ct(2), pence),
    }
}

/// All that must be as it was: each control account, and what each account of
/// each fund gained with the VAT in it.
async fn standing(town: &Town) -> (std::collections::BTreeMap<String, i64>, String) {
    let accounts = "SELECT fund, reference, SUM(amount_pence) AS a, SUM(vat_pence) AS v FROM receipt_line
        GROUP BY fund, reference HAVING SUM(amount_pence) <> 0 OR SUM(vat_pence) <> 0 ORDER BY fund, reference";
    (town.balances().await, sql(&town.url, accounts))
}

/// What is left of every line that money can be taken of.
async fn left(town: &Town, lines: &[(ReceiptId, i64, i64)]) -> Vec<(i64, i64)> {
    let mut tx = town.app.store().snapshot().await.unwrap();
    let mut left = Vec::new();
    for (receipt, line, _) in lines {
        let of = ims_store::LineKey { receipt: *receipt, line: *line };
        let state = tx.line_state(town.books.council().id, of).await.unwrap().unwrap();
        left.push((state.left().get(), state.used_vat.get()));
    }
    left
}

/// The lines a journal made, with what each is of.
async fn made(town: &Town, done: &Transferred) -> Vec<(ReceiptId, i64, i64)> {
    let id = town.numbered(&done.receipt).await;
    let lines = town.receipt(id).await.lines;
    (1_i64..).zip(lines).skip(1).map(|(number, line)| (id, number, line.amount.get())).collect()
}

/// A journal of part of a line; `None` when it asks for nothing, or for more
/// than is left.
async fn journalled(
    town: &Town,
    (receipt, line, paid): (ReceiptId, i64, i64),
    thousandths: i64,
    parts: &[(usize, i64)],
) -> Option<Transferred> {
    let wanted = paid * thousandths / 1_000;
    let weights: i64 = parts.iter().map(|(_, weight)| weight).sum();
    let from = town.receipt(receipt).await.lines[usize::try_from(line).unwrap() - 1].clone();
    let to: Vec<_> = parts
        .iter()
        .map(|(n, weight)| account(*n, wanted * weight / weights))
        .filter(|to| to.fund != from.fund || to.reference != from.reference)
        .collect();
    let asked: i64 = to.iter().map(|to| to.amount.get()).sum();
    let can = !to.is_empty()
        && to.iter().all(|to| to.amount.is_positive())
        && asked <= left(town, &[(receipt, line, paid)]).await[0].0;
    let new = NewJournal { line, ..journal(receipt, &to) };
    match town.books.journal_line(&new).await {
        Ok(Moved::Done(done)) => {
            assert!(can && done.amount == Pence::new(asked), "{new:?}");
            Some(done)
        }
        Ok(Moved::Waits(_)) => panic!("there is no limit"),
        Err(why) => {
            assert!(!can && (why.is_refusal() || why.is_bad_input()), "{new:?}: {why:?}");
            None
        }
    }
}

async fn lived(town: &Town, steps: Vec<Step>) -> usize {
    let rows = [
        paid("LE", "LM000001", "CARD", "120.01"),
        paid("LE", "LM000002", "CARD", "0.07"),
        paid("CT", &ct(1), "CARD", "99.99"),
    ];
    let import = town.took("monday.csv", &receipts(&rows)).await;
    let (_, paid, _) = town.books.import_shown(import.id).await.unwrap();
    let mut lines: Vec<_> =
        paid.iter().map(|receipt| (receipt.id, 1, receipt.total.get())).collect();
    let before = (standing(town).await, left(town, &lines).await);
    let first = lines.clone();
    let mut done: Vec<Transferred> = Vec::new();
    for step in steps {
        match step {
            Step::Journal { line, thousandths, parts } => {
                let of = lines[line.index(lines.len())];
                if let Some(journal) = journalled(town, of, thousandths, &parts).await {
                    lines.extend(made(town, &journal).await);
                    done.push(journal);
                }
            }
            Step::Undo(which) if !done.is_empty() => {
                let journal = done[which.index(done.len())].clone();
                // Refused when some of it was journalled on; else it is gone.
                if town.books.undo_journal(journal.id, "wrong").await.is_ok() {
                    let gone = town.numbered(&journal.receipt).await;
                    lines.retain(|(receipt, _, _)| *receipt != gone);
                    done.retain(|other| other.id != journal.id);
                }
            }
            Step::Undo(_) => {}
        }
    }
    let count = done.len();
    // The newest first nothing stands on, so each can be taken back.
    for journal in done.iter().rev() {
        let why = town.books.undo_journal(journal.id, "wrong").await;
        assert!(why.is_ok(), "{why:?}");
    }
    assert_eq!((standing(town).await, left(town, &first).await), before);
    town.proved().await;
    count
}

on_both! {
    /// Invariant 4: undoing restores every account balance and VAT to the penny;
    /// undoing twice is refused. Several hundred journals in all.
    fn journals_taken_back_leave_all_as_it_was(url: &str) {
        let is_sqlite = url.starts_with("sqlite:");
        let (engine, cases) = if is_sqlite { (Engine::Sqlite, 16) } else { (Engine::Postgres, 3) };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let count = std::cell::Cell::new(0);
        let steps = prop::collection::vec(step(), 35..50);
        let mut runner = proptest::test_runner::TestRunner::new(Config {
            cases,
            failure_persistence: None,
            max_shrink_iters: 64,
            ..Config::default()
        });
        let ran = runner.run(&steps, |steps| {
            let fresh = engine.fresh();
            let made = runtime.block_on(async { lived(&Town::of(&fresh.url).await, steps).await });
            count.set(count.get() + made);
            Ok(())
        });
        assert!(ran.is_ok(), "{ran:?}");
        let least = if is_sqlite { 40 } else { 2 };
        assert!(count.get() > least, "only {} journals were made", count.get());
    }
}
