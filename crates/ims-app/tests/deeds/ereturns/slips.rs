//! Paying-in slips: what the bank shows of them, and counts.

use ims_app::{NewSlipDifference, Verdict};

use super::*;

pub(in crate::deeds) fn differs(slip: &str, counted: i64) -> NewSlipDifference {
    NewSlipDifference {
        slip: slip.to_owned(),
        counted: Pence::new(counted),
        reason: "the bank found a foreign coin".to_owned(),
        key: None,
    }
}

on_both! {
    async fn slips_apart_are_shown_apart(url: &str) {
        let (town, id) = two_slips(url).await;
        let view = town.books.ereturn(id).await.unwrap();
        let slips: Vec<_> = view.slips.iter().map(|slip| (slip.kind.as_str(), slip.amount.get())).collect();
        assert_eq!(slips, [("cash", 2_000), ("cheques", 1_500)]);
        town.took("s1.sta", &statement(1, 0, 20, &[(1_500, "CR PS000002")])).await;
        let (_, left) = town.reconciled().await;
        assert_eq!((left, town.at("clearing:slip").await), (vec![], 2_000));
        town.proved().await;
    }

    /// "Slip counted differently by the bank", short and over: a second person
    /// accepts it, over-short takes it, and the slip is matched.
    async fn a_slip_counted_differently_is_accepted_by_a_second_person(url: &str) {
        for (counted, over_short) in [(3_450, 50), (3_520, -20)] {
            let fresh = another(url);
            let town = with_templates(&fresh.url).await;
            let (ann, mia) = (ann(&town).await, mia(&town).await);
            let made = submitted(&ann, "LIB", &mixed()).await;
            approved(&mia, made.id).await.unwrap();
            town.took("s1.sta", &statement(1, 0, 20, &[(counted, "CR PS000001")])).await;
            let (rules, left) = town.reconciled().await;
            assert_eq!((rules.len(), left.len()), (0, 1));
            let asked = ann.accept_slip_difference(&differs("ps000001", counted)).await.unwrap();
            assert_eq!((town.at("over-short").await, town.at("clearing:slip").await), (0, 3_500));
            let both = hands(&town, "ann", &["income-manager"]).await;
            let own = both.decide_slip_difference(asked, Verdict::Approved, "").await;
            assert!(sentence(own).starts_with("ann asked for this slip-difference"));
            let done = mia.decide_slip_difference(asked, Verdict::Approved, "seen").await.unwrap();
            assert_eq!((done.expected.get(), done.counted.get()), (3_500, counted));
            assert_eq!((town.at("over-short").await, town.at("clearing:slip").await), (over_short, counted));
            town.proved().await;
            let (rules, left) = town.reconciled().await;
            assert_eq!((rules, left), (vec![("batch".to_owned(), 1)], vec![]));
            assert_eq!((town.at("clearing:slip").await, town.at("unmatched:main").await), (0, 0));
            town.proved().await;
        }
    }

    async fn what_is_no_difference_or_no_slip_is_not_asked_for(url: &str) {
        let town = with_templates(url).await;
        let ann = ann(&town).await;
        let made = submitted(&ann, "LIB", &mixed()).await;
        approved(&mia(&town).await, made.id).await.unwrap();
        let why = sentence(ann.accept_slip_difference(&differs("PS000001", 3_500)).await);
        assert_eq!(why, "slip PS000001 says 35.00, as the bank counted: nothing differs");
        let why = ann.accept_slip_difference(&differs("PS000009", 1)).await.unwrap_err();
        assert_eq!(why.to_string(), "there is no open paying-in slip `PS000009`");
        let why = ann.accept_slip_difference(&differs("PS000001", -1)).await.unwrap_err();
        assert!(why.is_bad_input(), "{why:?}");
        let unreasoned = NewSlipDifference { reason: " ".to_owned(), ..differs("PS000001", 1) };
        assert!(ann.accept_slip_difference(&unreasoned).await.unwrap_err().is_bad_input());
        // A provider's payout that is short is another matter.
        let card = super::super::files::paid("CT", &ct(1), "CARD", "9.00").batch("PO77");
        town.took("monday.csv", &super::super::files::receipts(&[card])).await;
        let why = sentence(ann.accept_slip_difference(&differs("PO77", 1)).await);
        assert_eq!(why, "no paying-in slips wait in channel card");
        town.proved().await;
    }

    async fn a_slip_that_was_matched_meanwhile_is_left_alone(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let made = submitted(&ann, "LIB", &mixed()).await;
        approved(&mia, made.id).await.unwrap();
        let keyed = NewSlipDifference { key: Some("k1".to_owned()), ..differs("PS000001", 3_400) };
        let asked = ann.accept_slip_difference(&keyed).await.unwrap();
        assert_eq!(ann.accept_slip_difference(&keyed).await.unwrap(), asked);
        town.took("s1.sta", &statement(1, 0, 20, &[(3_500, "CR PS000001")])).await;
        town.reconciled().await;
        assert_eq!(ann.accept_slip_difference(&keyed).await.unwrap(), asked);
        let why = mia.decide_slip_difference(asked, Verdict::Approved, "").await.unwrap_err();
        assert_eq!(why.to_string(), "there is no open paying-in slip `PS000001`");
        assert_eq!(town.at("over-short").await, 0);
        mia.decide_slip_difference(asked, Verdict::Refused, "it was matched").await.unwrap();
        let why = sentence(mia.decide_slip_difference(asked, Verdict::Refused, "again").await);
        assert!(why.starts_with("this slip-difference was refused by mia"), "{why}");
        town.proved().await;
    }

    /// Takings approved late are matched by the slip's number all the same.
    async fn a_slip_shown_late_is_matched_by_its_number(url: &str) {
        let town = with_templates(url).await;
        let early = Takings { taken_on: april(2), ..rooms(1_200, 120) };
        let made = submitted(&ann(&town).await, "LIB", &early).await;
        approved(&mia(&town).await, made.id).await.unwrap();
        town.took("s1.sta", &statement(1, 0, 20, &[(1_200, "CR PS000001")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left), (vec![("early-or-late".to_owned(), 1)], vec![]));
        town.proved().await;
    }

    /// A card machine's batch is money once.
    async fn a_batch_of_a_card_machine_is_declared_once(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let (first, second) = (submitted(&ann, "LIB", &mixed()).await, submitted(&ann, "LIB", &mixed()).await);
        approved(&mia, first.id).await.unwrap();
        let why = sentence(approved(&mia, second.id).await);
        assert_eq!(
            why,
            "R2: the batch of a card machine was declared before: T1/17/2026-04-20 (terminal, batch, day)"
        );
        assert_eq!((town.at("clearing:terminal").await, count(url, "paying_in_slip")), (700, 1));
        town.proved().await;
    }
}
