//! Fingerprints of payers: one key for a council, and lines that are forgotten.

use ims_ledger::id::LineId;
use ims_testkit::on_both;
use uuid::Uuid;

use super::made::{self, at, id};

on_both! {
    async fn the_first_key_stays(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.payer_key(council).await.unwrap(), None);
        assert_eq!(tx.keep_payer_key(council, &[1; 32], at(0)).await.unwrap(), [1; 32]);
        assert_eq!(tx.keep_payer_key(council, &[2; 32], at(1)).await.unwrap(), [1; 32]);
        assert_eq!(tx.payer_key(council).await.unwrap(), Some(vec![1; 32]));
    }

    async fn who_paid_a_line_is_known_until_it_is_forgotten(url: &str) {
        let (store, council) = made::store(url).await;
        let [one, two, three] = [(); 3].map(|()| id(LineId::new));
        let (hers, his) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut tx = store.begin().await.unwrap();
        tx.put_line_payers(council, &[(one, hers), (two, his)]).await.unwrap();
        let found = tx.payers_of_lines(council, &[one, two, three]).await.unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), [(one, hers), (two, his)]);
        assert_eq!(tx.paid_from(council, &[hers, his], 9).await.unwrap(), []);
        assert_eq!(tx.forget_line_payers(council, &[one, three]).await.unwrap(), 1);
        assert_eq!(tx.payers_of_lines(council, &[one, two]).await.unwrap().len(), 1);
    }
}
