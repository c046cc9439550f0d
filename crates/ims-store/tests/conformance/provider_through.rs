//! Up to when an account was gone through: it only ever goes further, but where a sweep
//! left off goes as it is put.

use ims_testkit::on_both;

use super::made::{self, at};

on_both! {
    async fn what_was_gone_through_stays_so(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let of = ("pay", "payments");
        assert_eq!(tx.provider_through(council, of).await.unwrap(), None);
        for (through, kept) in [(10, 10), (20, 20), (15, 20)] {
            tx.keep_provider_through(council, of, at(through)).await.unwrap();
            assert_eq!(tx.provider_through(council, of).await.unwrap(), Some(at(kept)));
        }
        for other in [("pay", "payouts"), ("other", "payments")] {
            assert_eq!(tx.provider_through(council, other).await.unwrap(), None);
        }
        tx.commit().await.unwrap();
    }

    /// Where somebody left off goes back too, and is forgotten.
    async fn where_somebody_left_off_is_as_it_was_put_last(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let (of, other) = (("pay", "asked"), ("pay", "payments"));
        tx.keep_provider_through(council, other, at(5)).await.unwrap();
        for through in [Some(at(20)), Some(at(10)), None, None, Some(at(30))] {
            tx.put_provider_through(council, of, through).await.unwrap();
            assert_eq!(tx.provider_through(council, of).await.unwrap(), through);
        }
        assert_eq!(tx.provider_through(council, other).await.unwrap(), Some(at(5)));
        tx.commit().await.unwrap();
    }
}
