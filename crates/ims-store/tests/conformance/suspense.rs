//! Suspense: what is left of each item, however many work on it at once.

use ims_store::{AllocationRow, OpenSuspense, SuspenseRow};
use ims_testkit::on_both;

use super::made::{self, allocation, at, day, pence, suspense};

fn open(row: &SuspenseRow, remaining: i64, narrative: &str) -> OpenSuspense {
    let SuspenseRow {
        id, happened_on, amount, reason, reference, line, method, created_at, ..
    } = row.clone();
    let (remaining, narrative) = (pence(remaining), narrative.to_owned());
    OpenSuspense {
        id,
        happened_on,
        amount,
        remaining,
        reason,
        reference,
        line,
        method,
        narrative,
        created_at,
    }
}

on_both! {
    async fn an_item_is_used_up_by_and_by(url: &str) {
        let (store, council) = made::store(url).await;
        let import = made::import("x").id;
        let item = SuspenseRow { import: Some((import, 4)), ..suspense(500) };
        let debit = SuspenseRow { method: None, line: Some(made::id(ims_ledger::id::LineId::new)), ..suspense(-80) };
        let mut tx = store.begin().await.unwrap();
        tx.add_suspense(council, &[item.clone(), debit.clone()]).await.unwrap();
        tx.put_details(council, &[(item.id.get(), vec![1], "FROM J BLOGGS".to_owned())]).await.unwrap();
        let narrative = "FROM J BLOGGS";
        assert_eq!(tx.open_suspense(council, None, 10).await.unwrap(), [open(&item, 500, narrative), open(&debit, -80, "")]);
        assert_eq!(tx.open_suspense_totals(council).await.unwrap(), (2, pence(420)));

        assert!(!tx.lower_suspense(council, item.id, pence(499), pence(1)).await.unwrap());
        assert!(tx.lower_suspense(council, item.id, pence(500), pence(120)).await.unwrap());
        assert_eq!(tx.suspense(council, item.id).await.unwrap(), Some(open(&item, 120, narrative)));
        assert!(!tx.lower_suspense(council, item.id, pence(500), pence(0)).await.unwrap());
        assert!(tx.lower_suspense(council, item.id, pence(120), pence(0)).await.unwrap());
        assert_eq!(tx.open_suspense(council, None, 10).await.unwrap(), [open(&debit, -80, "")]);
        assert_eq!(tx.suspense_of_import(council, import).await.unwrap(), [open(&item, 0, narrative)]);
        assert!(!tx.lower_suspense(council, item.id, pence(0), pence(0)).await.unwrap(), "nothing is left");

        tx.reopen_suspense(council, item.id, pence(120)).await.unwrap();
        assert_eq!(tx.suspense(council, item.id).await.unwrap(), Some(open(&item, 120, narrative)));
        tx.reopen_suspense(council, item.id, pence(30)).await.unwrap();
        assert_eq!(tx.suspense(council, item.id).await.unwrap(), Some(open(&item, 150, narrative)));
    }

    /// Of many who give the same money away at once, one does.
    async fn the_same_money_is_allocated_once(url: &str) {
        let (store, council) = made::store(url).await;
        for to in [0, 1] {
            let item = suspense(500);
            let mut tx = store.begin().await.unwrap();
            tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
            tx.commit().await.unwrap();
            let allocating: Vec<_> = (0..6)
                .map(|_| {
                    let (store, item) = (store.clone(), item.clone());
                    tokio::spawn(async move {
                        let mut tx = store.begin().await.unwrap();
                        let found = tx.suspense(council, item.id).await.unwrap().unwrap();
                        tokio::task::yield_now().await;
                        let won = found.remaining == pence(500)
                            && tx.lower_suspense(council, item.id, pence(500), pence(to)).await.unwrap();
                        if won {
                            tx.add_allocations(council, &[allocation(&item, 500 - to)]).await.unwrap();
                        }
                        tx.commit().await.unwrap();
                        won
                    })
                })
                .collect();
            let mut winners = 0;
            for one in allocating {
                winners += usize::from(one.await.unwrap());
            }
            assert_eq!(winners, 1);
            let mut tx = store.snapshot().await.unwrap();
            assert_eq!(tx.suspense(council, item.id).await.unwrap().unwrap().remaining, pence(to));
            assert_eq!(tx.allocations(council, item.id).await.unwrap().len(), 1);
            assert_eq!(tx.suspense_that_differs(council).await.unwrap(), []);
        }
    }

    /// Both have read before either writes. (SQLite has one writer: the second
    /// cannot begin before the first is done.)
    async fn the_second_of_two_who_read_the_same_is_told(url: &str) {
        let (store, council) = made::store(url).await;
        let item = suspense(500);
        let mut tx = store.begin().await.unwrap();
        tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
        tx.commit().await.unwrap();
        let remaining = store.snapshot().await.unwrap().suspense(council, item.id).await.unwrap().unwrap().remaining;
        let mut first = store.begin().await.unwrap();
        assert!(first.lower_suspense(council, item.id, remaining, pence(100)).await.unwrap());
        let (waiting, theirs) = (store.clone(), item.id);
        let second = tokio::spawn(async move {
            let mut tx = waiting.begin().await.unwrap();
            let won = tx.lower_suspense(council, theirs, remaining, pence(200)).await.unwrap();
            tx.commit().await.unwrap();
            won
        });
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        assert!(!second.is_finished(), "it waits");
        first.commit().await.unwrap();
        assert!(!second.await.unwrap());
        let left = store.snapshot().await.unwrap().suspense(council, item.id).await.unwrap().unwrap();
        assert_eq!(left.remaining, pence(100));
    }

    async fn what_became_of_an_item_is_kept(url: &str) {
        let (store, council) = made::store(url).await;
        let (item, other) = (suspense(500), suspense(20));
        let rows = [
            allocation(&item, 100),
            AllocationRow { receipt: Some(made::id(ims_ledger::id::ReceiptId::new)), matched: Some(made::matched(1).id), at: at(7), ..allocation(&item, 50) },
        ];
        let mut tx = store.begin().await.unwrap();
        tx.add_allocations(council, &rows).await.unwrap();
        tx.add_allocations(council, &[allocation(&other, 20)]).await.unwrap();
        assert_eq!(tx.allocations(council, item.id).await.unwrap(), rows);
        assert_eq!(item.happened_on, day(1));
    }
}
