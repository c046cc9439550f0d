//! What is taken out of receipt lines: never more than was paid, whoever else takes.

use ims_ledger::id::{CouncilId, ReceiptId};
use ims_store::{LineKey, LineUseRow, ReceiptLineRow, ReceiptRow, Store, Taken};
use ims_testkit::on_both;

use super::made::{self, entry, id, line_use, pence};

/// A payment of 6.00 with 1.00 VAT in it.
async fn paid(store: &Store, council: CouncilId) -> LineKey {
    let posted = entry(600);
    let mut receipt = made::receipt(&posted, &[600]);
    receipt.lines[0].vat = pence(100);
    let mut tx = store.begin().await.unwrap();
    tx.post_many(council, &[posted]).await.unwrap();
    tx.add_receipts(council, &[receipt.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    LineKey { receipt: receipt.id, line: 1 }
}

on_both! {
    async fn the_parts_take_the_vat_in_proportion_and_the_last_the_rest(url: &str) {
        let (store, council) = made::store(url).await;
        let of = paid(&store, council).await;
        let mut tx = store.begin().await.unwrap();
        for (take, came) in [
            (200, Taken::Vat(pence(33))),
            (401, Taken::TooMuch(pence(400))),
            (399, Taken::Vat(pence(67))),
            (1, Taken::Vat(pence(0))),
            (1, Taken::TooMuch(pence(0))),
        ] {
            assert_eq!(tx.take_from_line(council, of, pence(take)).await.unwrap(), came, "{take}");
        }
        let state = tx.line_state(council, of).await.unwrap().unwrap();
        assert_eq!((state.used_vat, state.left()), (pence(100), pence(0)));
        assert!(tx.give_back_to_line(council, of, pence(399), pence(67)).await.unwrap());
        assert!(!tx.give_back_to_line(council, of, pence(202), pence(33)).await.unwrap());
        let state = tx.line_state(council, of).await.unwrap().unwrap();
        assert_eq!((state.used, state.used_vat, state.left()), (pence(201), pence(33), pence(399)));
        let kept: Vec<_> = tx.line_uses_that_differ(council).await.unwrap();
        assert_eq!(kept.len(), 1, "nothing was recorded: {kept:?}");
        let taken = LineUseRow { vat: pence(33), ..line_use(of, 201) };
        tx.add_line_uses(council, std::slice::from_ref(&taken)).await.unwrap();
        assert_eq!(tx.line_uses_that_differ(council).await.unwrap(), []);
        assert_eq!(tx.line_uses(council, of.receipt).await.unwrap(), std::slice::from_ref(&taken));
        assert_eq!(tx.line_uses_by(council, taken.subject).await.unwrap(), [taken]);
    }

    async fn money_that_went_out_cannot_be_taken(url: &str) {
        let (store, council) = made::store(url).await;
        let posted = entry(5);
        let out = ReceiptRow {
            lines: vec![ReceiptLineRow { amount: pence(-5), ..made::receipt(&posted, &[5]).lines[0].clone() }],
            ..made::receipt(&posted, &[-5])
        };
        let mut tx = store.begin().await.unwrap();
        tx.add_receipts(council, std::slice::from_ref(&out)).await.unwrap();
        for of in [LineKey { receipt: out.id, line: 1 }, LineKey { receipt: id(ReceiptId::new), line: 1 }] {
            assert_eq!(tx.take_from_line(council, of, pence(1)).await.unwrap(), Taken::NoLine);
        }
    }

    /// Eight at once take 1.00 each of 6.00: six of them get it.
    async fn of_many_at_once_as_many_take_as_there_is(url: &str) {
        let (store, council) = made::store(url).await;
        let of = paid(&store, council).await;
        let takers: Vec<_> = (0..8)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut tx = store.begin().await.unwrap();
                    let taken = tx.take_from_line(council, of, pence(100)).await.unwrap();
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                    tx.commit().await.unwrap();
                    taken
                })
            })
            .collect();
        let mut taken = Vec::new();
        for taker in takers {
            taken.push(taker.await.unwrap());
        }
        taken.retain(|taken| matches!(taken, Taken::Vat(_)));
        assert_eq!(taken.len(), 6);
        let state = store.snapshot().await.unwrap().line_state(council, of).await.unwrap().unwrap();
        assert_eq!((state.left(), state.used_vat), (pence(0), pence(100)));
    }
}
