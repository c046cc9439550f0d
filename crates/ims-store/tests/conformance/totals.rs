//! Balances from what was rolled up and the little that was not: always what
//! the postings add up to.

use chrono::NaiveDate;
use ims_ledger::{Account, id::CouncilId};
use ims_store::{EntryRow, Store};
use ims_testkit::on_both;

use super::{
    made::{self, account, block, day, entry, pence},
    raw::Raw,
};

/// Posts entries of these amounts, each counting in its day of April.
async fn posted(store: &Store, council: CouncilId, amounts: &[(u32, i64)]) {
    let entries: Vec<_> = amounts
        .iter()
        .map(|(on, amount)| EntryRow { accounting_day: day(*on), ..entry(*amount) })
        .collect();
    let mut tx = store.begin().await.unwrap();
    tx.post_many(council, &entries).await.unwrap();
    tx.commit().await.unwrap();
}

/// Seals so many of what waits into a block of this number.
async fn sealed(store: &Store, council: CouncilId, number: i64, so_many: i64) {
    let mut tx = store.begin().await.unwrap();
    let items = tx.take_unsealed(council, so_many).await.unwrap();
    tx.add_block(council, &block(number, &items), &items).await.unwrap();
    tx.roll_up(council, number, number).await.unwrap();
    tx.commit().await.unwrap();
}

async fn compared(store: &Store, council: CouncilId) {
    let mut tx = store.snapshot().await.unwrap();
    for account in [account("clearing:card-web"), account("fund:CT"), Account::Suspense] {
        let summed = tx.balance(council, &account).await.unwrap();
        assert_eq!(tx.balance_now(council, &account).await.unwrap(), summed, "{account}");
    }
    for on in [0, 1, 2, 3, 30] {
        let on = if on == 0 { day(1).pred_opt().unwrap() } else { day(on) };
        let summed = tx.balances(council, on).await.unwrap();
        assert_eq!(tx.balances_through(council, on).await.unwrap(), summed, "{on}");
    }
    assert_eq!(tx.totals_that_differ(council).await.unwrap(), []);
}

on_both! {
    async fn a_balance_is_the_same_sealed_or_not(url: &str) {
        let (store, council) = made::store(url).await;
        compared(&store, council).await;
        posted(&store, council, &[(1, 100), (2, 20), (1, 3)]).await;
        compared(&store, council).await;
        sealed(&store, council, 1, 2).await;
        compared(&store, council).await;
        sealed(&store, council, 2, 9).await;
        posted(&store, council, &[(2, 7), (3, 1)]).await;
        compared(&store, council).await;
        sealed(&store, council, 3, 9).await;
        compared(&store, council).await;
    }

    async fn balances_as_at_any_day_over_years(url: &str) {
        let (store, council) = made::store(url).await;
        let days: Vec<NaiveDate> = ["2023-12-31", "2024-01-01", "2024-02-29", "2024-03-01", "2024-12-30", "2025-06-15", "2026-01-31"]
            .map(|day| day.parse().unwrap()).to_vec();
        let mut tx = store.begin().await.unwrap();
        let entries: Vec<_> = days.iter().zip(1_i64..)
            .map(|(on, amount)| EntryRow { accounting_day: *on, ..entry(10_i64.pow(u32::try_from(amount).unwrap())) })
            .collect();
        tx.post_many(council, &entries).await.unwrap();
        tx.commit().await.unwrap();
        for number in 1..=7 {
            sealed(&store, council, number, 1).await;
            let mut tx = store.snapshot().await.unwrap();
            for on in days.iter().flat_map(|on| [on.pred_opt().unwrap(), *on, on.succ_opt().unwrap()]) {
                let summed = tx.balances(council, on).await.unwrap();
                assert_eq!(tx.balances_through(council, on).await.unwrap(), summed, "{on} after block {number}");
            }
            assert_eq!(tx.totals_that_differ(council).await.unwrap(), []);
        }
    }

    async fn a_kept_total_that_was_changed_is_found(url: &str) {
        let (store, council) = made::store(url).await;
        posted(&store, council, &[(1, 100)]).await;
        sealed(&store, council, 1, 9).await;
        let mut raw = Raw::open(url).await;
        raw.run("UPDATE account_span SET debit_pence = debit_pence + 1 WHERE account = 'fund:CT' AND span = 'all'").await;
        let found = store.snapshot().await.unwrap().totals_that_differ(council).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].of, "fund:CT (all 0001-01-01)");
        raw.run("UPDATE account_span SET credit_pence = 99 WHERE span = 'day'").await;
        let found = store.snapshot().await.unwrap().totals_that_differ(council).await.unwrap();
        assert_eq!(found[0].of, "clearing:card-web on 2026-04-01");
    }

    async fn an_account_s_page_follows_on(url: &str) {
        let (store, council) = made::store(url).await;
        posted(&store, council, &[(2, 1), (1, 2), (2, 3), (3, 4)]).await;
        let fund = account("fund:CT");
        let mut tx = store.snapshot().await.unwrap();
        let first = tx.postings_of(council, &fund, None, 3).await.unwrap();
        let amounts: Vec<_> = first.iter().map(|one| one.amount).collect();
        assert_eq!(amounts, [pence(4), pence(3), pence(1)]);
        let last = first.last().unwrap();
        let rest = tx.postings_of(council, &fund, Some((last.accounting_day, last.entry)), 3).await.unwrap();
        assert_eq!(rest.iter().map(|one| one.amount).collect::<Vec<_>>(), [pence(2)]);
    }
}
