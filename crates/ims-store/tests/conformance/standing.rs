//! What people work for, how long they may stay away, and what they see.

use chrono::NaiveDate;
use ims_ledger::id::ApprovalId;
use ims_money::Pence;
use ims_store::{SearchReceipts, StoreError, Within};
use ims_testkit::on_both;

use super::made::{self, approval, at, day, entry, person, receipt};

fn only(funds: &[&str]) -> Within {
    Within { funds: Some(funds.iter().map(|it| (*it).to_owned()).collect()), ..Within::default() }
}

on_both! {
    async fn scopes_come_and_go(url: &str) {
        let (store, council) = made::store(url).await;
        let jo = person("jo");
        let mut tx = store.begin().await.unwrap();
        tx.add_person(&jo, at(0)).await.unwrap();
        assert!(tx.add_scope(council, jo.id, ("fund", "CT"), "ann", at(0)).await.unwrap());
        assert!(!tx.add_scope(council, jo.id, ("fund", "CT"), "bob", at(1)).await.unwrap());
        assert!(tx.add_scope(council, jo.id, ("office", "CT"), "ann", at(0)).await.unwrap());
        let both = [("fund", "CT"), ("office", "CT")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(tx.scopes(council, jo.id).await.unwrap(), both);
        assert!(tx.remove_scope(council, jo.id, ("fund", "CT")).await.unwrap());
        assert!(!tx.remove_scope(council, jo.id, ("fund", "CT")).await.unwrap());
        assert_eq!(tx.scopes(council, jo.id).await.unwrap(), both[1..]);
        tx.commit().await.unwrap();
        let mut tx = store.begin().await.unwrap();
        let refused = tx.add_scope(council, jo.id, ("planet", "CT"), "ann", at(0)).await;
        assert!(matches!(refused, Err(StoreError::Unfit(_))), "{refused:?}");
    }

    async fn a_person_comes_and_goes(url: &str) {
        let (store, council) = made::store(url).await;
        let jo = person("jo");
        let mut tx = store.begin().await.unwrap();
        tx.add_person(&jo, at(0)).await.unwrap();
        tx.hold_person(jo.id).await.unwrap();
        tx.grant(council, jo.id, "cashier", "ann", at(0)).await.unwrap();
        let grants = tx.grants(council, jo.id).await.unwrap();
        assert_eq!((grants[0].role.as_str(), grants[0].by.as_str(), grants[0].at), ("cashier", "ann", at(0)));
        assert!(tx.revoke(council, jo.id, "cashier").await.unwrap());
        assert!(!tx.revoke(council, jo.id, "cashier").await.unwrap());
        let life = tx.person_life(jo.id).await.unwrap().unwrap();
        assert_eq!((life.created_at, life.last_sign_in_at, life.must_change), (at(0), None, false));
        assert_eq!(tx.sign_in_failed(jo.id).await.unwrap(), 1);
        assert_eq!(tx.sign_in_failed(jo.id).await.unwrap(), 2);
        tx.signed_in(jo.id, at(1)).await.unwrap();
        assert_eq!(tx.sign_in_failed(jo.id).await.unwrap(), 1);
        tx.lock_person(jo.id, at(9)).await.unwrap();
        assert_eq!(tx.sign_in_failed(jo.id).await.unwrap(), 1);
        assert!(tx.enable_person(jo.id, at(2)).await.unwrap());
        assert!(!tx.enable_person(jo.id, at(3)).await.unwrap());
        let life = tx.person_life(jo.id).await.unwrap().unwrap();
        assert_eq!((life.enabled_at, life.last_sign_in_at, life.locked_until), (Some(at(2)), Some(at(1)), None));
        for token in [b"one", b"two"] {
            tx.add_session(&made::session(&jo, token)).await.unwrap();
        }
        tx.set_password(jo.id, "$argon2id$new", true, b"two").await.unwrap();
        assert!(tx.session(b"one").await.unwrap().is_none() && tx.session(b"two").await.unwrap().is_some());
        assert!(tx.person_life(jo.id).await.unwrap().unwrap().must_change);
        assert_eq!(tx.person("jo").await.unwrap().unwrap().password_hash, "$argon2id$new");
    }

    async fn the_same_is_noted_once_a_minute(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let other = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap();
        for (of, who, what, minute, is_new) in [
            (council, "jo", "denied a", 7, true),
            (council, "jo", "denied a", 7, false),
            (council, "jo", "denied b", 7, true),
            (council, "al", "denied a", 7, true),
            (other.id, "jo", "denied a", 7, true),
            // A clock set back notes nothing twice.
            (council, "jo", "denied a", 6, false),
            (council, "jo", "denied a", 8, true),
        ] {
            assert_eq!(tx.note_minute(of, who, what, minute).await.unwrap(), is_new, "{who} {what} {minute}");
        }
    }

    async fn lists_and_sums_hold_what_is_seen(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let posted = entry(300);
        tx.post_many(council, std::slice::from_ref(&posted)).await.unwrap();
        let mut row = receipt(&posted, &[100, 200]);
        "CT".clone_into(&mut row.lines[0].fund);
        "LE".clone_into(&mut row.lines[1].fund);
        row.office = Some("HALL".to_owned());
        tx.add_receipts(council, std::slice::from_ref(&row)).await.unwrap();
        let other = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap().id;
        tx.add_receipts(other, std::slice::from_ref(&row)).await.unwrap();
        let method = |code: &str| Within { methods: Some(vec![code.to_owned()]), ..Within::default() };
        let office = |code: &str| Within { offices: Some(vec![code.to_owned()]), ..Within::default() };
        for (within, amounts) in [
            (Within::default(), &[100, 200][..]),
            (only(&["CT"]), &[100]),
            (only(&["LE", "CT"]), &[100, 200]),
            (only(&[]), &[]),
            (only(&["PK"]), &[]),
            (method(&row.method), &[100, 200]),
            (method("NONE"), &[]),
            (office("HALL"), &[100, 200]),
            (office("NONE"), &[]),
            (Within { funds: Some(vec!["LE".to_owned()]), ..office("HALL") }, &[200]),
        ] {
            let search = SearchReceipts::Number(row.number.clone());
            let found = tx.search_receipts_within(council, &within, &search, None, 10).await.unwrap();
            let found: Vec<_> = found.iter().map(|line| line.amount.get()).collect();
            assert_eq!(found, amounts, "{within:?}");
            let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap();
            let totals = tx.fund_totals_within(council, &within, day(1), last).await.unwrap();
            let total = Pence::checked_sum(totals.iter().map(|it| it.amount)).unwrap();
            assert_eq!(total.get(), amounts.iter().sum::<i64>(), "{within:?}");
            let newest = tx.newest_day_within(council, &within).await.unwrap();
            assert_eq!(newest, (!amounts.is_empty()).then_some(row.accounting_day), "{within:?}");
        }
    }

    async fn approvals_are_seen_by_fund_and_by_who_asked(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let mut ids: Vec<ApprovalId> = Vec::new();
        for (who, funds) in [("jo", &["CT"][..]), ("jo", &["CT", "LE"]), ("jo", &[]), ("al", &["LE"])] {
            let asked = approval(who);
            tx.add_approval(council, &asked).await.unwrap();
            tx.add_approval_funds(council, asked.id, funds).await.unwrap();
            assert_eq!(tx.approval_funds(council, asked.id).await.unwrap(), funds);
            ids.push(asked.id);
        }
        let office = Within { offices: Some(vec!["HALL".to_owned()]), ..only(&["CT", "LE"]) };
        for (within, who, seen) in [
            (Within::default(), "al", &[0, 1, 2, 3][..]),
            (only(&["CT"]), "bob", &[0]),
            (only(&["CT", "LE"]), "bob", &[0, 1, 3]),
            (only(&["CT"]), "al", &[0, 3]),
            (only(&[]), "bob", &[]),
            (office, "al", &[3]),
        ] {
            let rows = tx.open_approvals_within(council, &within, who, None, 10).await.unwrap();
            let rows: Vec<_> = rows.iter().map(|row| row.id).collect();
            assert_eq!(rows, seen.iter().map(|at| ids[*at]).collect::<Vec<_>>(), "{within:?} {who}");
        }
    }
}
