//! Lifts that were mistyped, taken back.

use super::*;

/// A till with 15.00 in cash of which 10.00 were lifted, and the form said 100.00.
async fn mistyped(town: &Town) -> (Books, TillSessionId) {
    let ann = cashier(town, "ann").await;
    let opened = ann.open_till(&with_float("DESK", 150)).await.unwrap();
    ann.take_at_till(opened.id, &by("CASH", 1_500), &Tender::Exact).await.unwrap();
    ann.lift_from_till(opened.id, &pounds_of(100), Some("k1")).await.unwrap();
    (ann, opened.id)
}

/// What a session lifted, and what of it was taken back.
async fn lifts(books: &Books, id: TillSessionId) -> (Vec<i64>, Vec<(i64, String)>) {
    let view = books.till_session(id).await.unwrap();
    let back = view.lifts_back.into_iter().map(|row| (row.lift, row.reason)).collect();
    (view.lifts.iter().map(|row| row.amount.get()).collect(), back)
}

on_both! {
    /// It stays, and counts no more; what was really lifted does.
    async fn a_mistyped_lift_is_taken_back_and_lifted_right(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = mistyped(&town).await;
        let done = ann.take_back_lift(id, 1, " ten, not a hundred ", None).await.unwrap();
        assert_eq!((done.number, done.amount.get(), done.before), (1, 10_000, false));
        let again = ann.take_back_lift(id, 1, "ten, not a hundred", None).await.unwrap();
        assert_eq!((again.amount.get(), again.before), (10_000, true));
        let why = sentence(ann.take_back_lift(id, 1, "twelve", None).await);
        assert_eq!(why, "lift 1 of T1 was taken back already, by ann: ten, not a hundred");
        // The same form again lifts nothing anew.
        assert!(ann.lift_from_till(id, &pounds_of(100), Some("k1")).await.unwrap().before);
        let right = ann.lift_from_till(id, &pounds_of(10), Some("k2")).await.unwrap();
        assert_eq!((right.number, right.before), (2, false));
        let back = vec![(1, "ten, not a hundred".to_owned())];
        assert_eq!(lifts(&ann, id).await, (vec![10_000, 1_000], back));
        assert_eq!((count(url, "till_lift"), count(url, "till_lift_back")), (2, 1));
        let done = ann.count_till(id, &counted(&[(100, 155)], &[], 0), None).await.unwrap();
        assert_eq!((done.status, done.counted.get(), done.over.get()), (TillStatus::Closed, 1_500, 0));
        assert_eq!((town.at("clearing:slip").await, town.at("over-short").await), (1_500, 0));
        town.proved().await;
    }

    /// The same key is the same deed; another under it is refused.
    async fn a_lift_is_taken_back_once_by_its_key(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = mistyped(&town).await;
        ann.lift_from_till(id, &pounds_of(5), Some("k2")).await.unwrap();
        let back = async |books: &Books, lift, why: &str, key| books.take_back_lift(id, lift, why, Some(key)).await;
        assert!(!back(&ann, 1, "ten, not a hundred", "b-1").await.unwrap().before);
        let mia = mia(&town).await;
        // Whoever may asks with the same key: it is the answer to the same request.
        for books in [&ann, &mia] {
            let again = back(books, 1, "ten, not a hundred", "b-1").await.unwrap();
            assert_eq!((again.number, again.amount.get(), again.before), (1, 10_000, true));
        }
        for (lift, why) in [(1, "twelve"), (2, "ten, not a hundred")] {
            let refused = sentence(back(&ann, lift, why, "b-1").await);
            assert_eq!(refused, "`b-1` was used before for something else");
        }
        // What is refused uses no key up.
        sentence(back(&ann, 1, "twelve", "b-2").await);
        assert!(!back(&ann, 2, "nothing was lifted", "b-2").await.unwrap().before);
        assert_eq!(lifts(&ann, id).await.1.len(), 2);
        town.proved().await;
    }

    /// Its cashier, or whoever may approve write-offs; with a reason; one that is there.
    async fn a_lift_is_taken_back_by_who_may(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = mistyped(&town).await;
        let bob = cashier(&town, "bob").await;
        let why = sentence(bob.take_back_lift(id, 1, "why", None).await);
        assert_eq!(why, "T1 is ann's till; bob opens one of their own");
        let why = bad(ann.take_back_lift(id, 1, "  ", None).await);
        assert_eq!(why, "a lift is taken back with a reason: say what was wrong with it");
        assert_eq!(bad(ann.take_back_lift(id, 1, &"x".repeat(501), None).await), "a reason has at most 500 characters");
        let why = ann.take_back_lift(id, 2, "why", None).await.unwrap_err();
        assert!(matches!(&why, AppError::NotFound { what: "lift", name } if name == "2 of T1"), "{why:?}");
        assert_eq!(lifts(&ann, id).await.1, []);
        mia(&town).await.take_back_lift(id, 1, "she is at lunch", None).await.unwrap();
        assert_eq!(lifts(&ann, id).await.1, [(1, "she is at lunch".to_owned())]);
        town.proved().await;
    }

    /// Once she knows what should have been there, another person takes it back; what
    /// was counted before stays what it was.
    async fn after_a_count_only_another_takes_a_lift_back(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = mistyped(&town).await;
        let drawer = counted(&[(100, 155)], &[], 0);
        let first = ann.count_till(id, &drawer, Some("k2")).await.unwrap();
        assert_eq!((first.status, first.counted.get(), first.over.get()), (TillStatus::Counted, 10_500, 9_000));
        let mia = mia(&town).await;
        let why = sentence(mia.take_back_lift(id, 1, "why", None).await);
        assert_eq!(why, "T1 waits for a second person: have it counted again first, then take the lift back");
        mia.decide_till_difference(first.waits_for.unwrap(), Verdict::Refused, "the lift").await.unwrap();
        let both = hands(&town, "ann", &["income-manager"]).await;
        for own in [&ann, &both] {
            let why = sentence(own.take_back_lift(id, 1, "why", None).await);
            assert_eq!(
                why,
                "T1 was counted, and is ann's own till: another who may approve write-offs takes its lifts back"
            );
        }
        mia.take_back_lift(id, 1, "ten, not a hundred", None).await.unwrap();
        let again = ann.count_till(id, &drawer, Some("k2")).await.unwrap();
        assert_eq!((again.before, again.counted, again.over), (true, first.counted, first.over));
        // The ten pounds of the safe lie with the drawer now.
        let done = ann.count_till(id, &counted(&[(100, 165)], &[], 0), Some("k3")).await.unwrap();
        assert_eq!((done.status, done.counted.get(), done.over.get()), (TillStatus::Closed, 1_500, 0));
        let why = sentence(mia.take_back_lift(id, 1, "once more", None).await);
        assert!(why.starts_with("lift 1 of T1 was taken back already, by mia"), "{why}");
        town.proved().await;
    }

    async fn what_was_paid_in_is_not_lifted_otherwise(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = mistyped(&town).await;
        let done = ann.count_till(id, &counted(&[(100, 65)], &[], 0), None).await.unwrap();
        assert_eq!(done.status, TillStatus::Closed);
        let why = sentence(mia(&town).await.take_back_lift(id, 1, "why", None).await);
        assert_eq!(why, "T1 was paid in: what was lifted from it went to the bank with it");
        assert_eq!(count(url, "till_lift_back"), 0);
        town.proved().await;
    }
}
