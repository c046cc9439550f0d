//! E-returns are found by what people know of them.

use chrono::{DateTime, TimeDelta, Utc};
use ims_app::SearchEReturns;

use super::*;

pub(in crate::deeds) fn any() -> SearchEReturns {
    SearchEReturns {
        number: String::new(),
        template: String::new(),
        office: String::new(),
        status: String::new(),
        from: DateTime::<Utc>::UNIX_EPOCH,
        until: DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(60_000),
        total: None,
        words: String::new(),
    }
}

on_both! {
    async fn each_is_found_by_what_it_is(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let first = submitted(&ann, "LIB", &mixed()).await;
        approved(&mia, first.id).await.unwrap();
        town.clock.to_april(21);
        let noon = town.app.world().now();
        let pool = Takings {
            rows: vec![row(1, "LM000200", "Swims", "S", 600)],
            cash: None,
            cheques: vec![cheque(1, "K JONES 100%", 600)],
            ..rooms(0, 0)
        };
        submitted(&ann, "POOL", &pool).await;
        ann.create_ereturn(&new("LIB")).await.unwrap();
        let void = ann.create_ereturn(&new("POOL")).await.unwrap();
        mia.void_ereturn(void.id, "not needed").await.unwrap();
        let text = str::to_owned;
        for (search, expected) in [
            (any(), vec![3, 2, 1]),
            (SearchEReturns { status: text("all"), ..any() }, vec![4, 3, 2, 1]),
            (SearchEReturns { status: text("void"), ..any() }, vec![4]),
            (SearchEReturns { status: text("approved"), ..any() }, vec![1]),
            (SearchEReturns { status: text("new"), ..any() }, vec![3]),
            (SearchEReturns { template: text("POOL"), ..any() }, vec![2]),
            (SearchEReturns { office: text("LB"), ..any() }, vec![3, 1]),
            (SearchEReturns { from: noon, ..any() }, vec![3, 2]),
            (SearchEReturns { until: noon, ..any() }, vec![1]),
            (SearchEReturns { total: Some(Pence::new(600)), ..any() }, vec![2]),
            (SearchEReturns { total: Some(Pence::ZERO), ..any() }, vec![3]),
            (SearchEReturns { number: text("r2"), ..any() }, vec![2]),
            (SearchEReturns { number: text("9"), ..any() }, vec![]),
            (SearchEReturns { words: text("jones"), ..any() }, vec![2]),
            (SearchEReturns { words: text("100%"), ..any() }, vec![2]),
            (SearchEReturns { words: text("%"), ..any() }, vec![2]),
            (SearchEReturns { words: text("Smith"), ..any() }, vec![1]),
            (SearchEReturns { words: text("market"), ..any() }, vec![1]),
        ] {
            let found = ann.search_ereturns(&search, None, 10).await.unwrap();
            let found: Vec<_> = found.iter().map(|row| row.number).collect();
            assert_eq!(found, expected, "{search:?}");
        }
        let page = ann.search_ereturns(&any(), Some(3), 1).await.unwrap();
        assert_eq!(page.iter().map(|row| row.number).collect::<Vec<_>>(), [2]);
        for written in ["R2", "r2", " 2 "] {
            assert_eq!(ann.ereturn_numbered(written).await.unwrap(), page[0].id);
        }
        for wrong in ["R99", "", "two"] {
            assert!(ann.ereturn_numbered(wrong).await.unwrap_err().is_bad_input());
        }
        town.proved().await;
    }
}
