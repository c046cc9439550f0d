//! Tills over and short, and what a second person says of it.

use ims_ledger::id::MatchId;

use super::*;

/// A till with 15.00 in cash, 30.00 in cheques and 7.00 by card.
async fn taken(town: &Town) -> (Books, TillSessionId) {
    let ann = cashier(town, "ann").await;
    let opened = ann.open_till(&with_float("DESK", 50)).await.unwrap();
    some_of_each(&ann, opened.id).await;
    (ann, opened.id)
}

on_both! {
    /// "Till banked, over-short if under, over-short if over": within the limit at once.
    async fn a_small_difference_is_posted_at_once(url: &str) {
        for (pence, over_short) in [(50, -50), (-100, 100)] {
            let fresh = crate::deeds::ereturns::another(url);
            let town = with_tills(&fresh.url).await;
            let (ann, id) = taken(&town).await;
            let tens = u32::try_from((6_500 + pence) / 10).unwrap();
            let done = ann.count_till(id, &counted(&[(10, tens)], &[3_000], 700), None).await.unwrap();
            assert_eq!((done.status, done.over.get(), done.waits_for), (TillStatus::Closed, pence, None));
            assert_eq!((town.at("over-short").await, town.at("clearing:slip").await), (over_short, 4_500 + pence));
            town.proved().await;
        }
    }

    async fn a_large_one_waits_for_a_second_person(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = taken(&town).await;
        let done = ann.count_till(id, &counted(&[(10, 638)], &[3_000], 700), None).await.unwrap();
        let asked = done.waits_for.unwrap();
        assert_eq!((done.status, done.over.get(), slips(&done)), (TillStatus::Counted, -120, vec![]));
        assert_eq!((town.at("over-short").await, town.at("clearing:till").await), (0, 4_500));
        let row = town.books.approval(asked).await.unwrap();
        assert_eq!(row.subject, "T1 at till DESK: 50.80 counted, 52.00 expected");
        assert_eq!((row.amount.get(), row.reason.as_str()), (120, "counted cash 13.80 for 15.00; cheques 30.00 for 30.00; card T1 17 7.00 for 7.00"));
        // The till is free for the next cashier meanwhile, and the day goes on.
        cashier(&town, "bob").await.open_till(&with_float("DESK", 50)).await.unwrap();
        town.proved().await;
        let both = hands(&town, "ann", &["income-manager"]).await;
        let why = sentence(both.decide_till_difference(asked, Verdict::Approved, "").await);
        assert_eq!(why, "T1 is ann's own till: another approves its difference");
        let mia = mia(&town).await;
        let done = mia.decide_till_difference(asked, Verdict::Approved, "seen").await.unwrap();
        assert_eq!((done.status, slips(&done)), (TillStatus::Closed, vec!["PS000001"]));
        assert_eq!(
            (town.at("over-short").await, town.at("clearing:slip").await, town.at("clearing:till").await),
            (120, 4_380, 0)
        );
        // Whoever did not hear the answer is told it again; another is refused.
        let again = mia.decide_till_difference(asked, Verdict::Approved, "seen").await.unwrap();
        assert_eq!((slips(&again), again.over, again.before), (slips(&done), done.over, true));
        let why = sentence(mia.decide_till_difference(asked, Verdict::Approved, "why not").await);
        assert!(why.starts_with("this till-difference was approved by mia"), "{why}");
        assert_eq!(count(url, "till_slip"), 1);
        town.proved().await;
    }

    /// Somebody who counted in a cashier's place does not approve it either.
    async fn whoever_counted_does_not_approve(url: &str) {
        let town = with_tills(url).await;
        let (_, id) = taken(&town).await;
        let mia = mia(&town).await;
        let done = mia.count_till(id, &counted(&[(10, 600)], &[3_000], 700), None).await.unwrap();
        let why = sentence(mia.decide_till_difference(done.waits_for.unwrap(), Verdict::Approved, "").await);
        assert!(why.starts_with("mia asked for this till-difference"), "{why}");
        town.proved().await;
    }

    /// Refused or withdrawn it is counted again, and only that.
    async fn what_is_not_approved_is_counted_again(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = taken(&town).await;
        for verdict in [Verdict::Refused, Verdict::Withdrawn] {
            let done = ann.count_till(id, &counted(&[(10, 600)], &[3_000], 700), None).await.unwrap();
            let by = if verdict == Verdict::Refused { mia(&town).await } else { ann.clone() };
            let done = by.decide_till_difference(done.waits_for.unwrap(), verdict, "count again").await.unwrap();
            assert_eq!(done.status, TillStatus::Recount);
            town.proved().await;
        }
        let why = sentence(ann.take_at_till(id, &by("CASH", 100), &Tender::Exact).await);
        assert_eq!(why, "T1 was counted: nothing more goes into it or out");
        let done = ann.count_till(id, &counted(&[(100, 65)], &[3_000], 700), None).await.unwrap();
        assert_eq!((done.status, done.over.get(), count(url, "till_count")), (TillStatus::Closed, 0, 3));
        town.proved().await;
    }

    /// Said again late, a count is answered as before, and is no count of what is there now.
    async fn a_count_said_again_is_no_recount(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = taken(&town).await;
        let (short, right) = (counted(&[(10, 638)], &[3_000], 700), counted(&[(10, 650)], &[3_000], 700));
        let first = ann.count_till(id, &short, Some("k1")).await.unwrap();
        let asked = first.waits_for.unwrap();
        // The same under another key, before anybody decided, is the same count.
        assert!(ann.count_till(id, &short, Some("k2")).await.unwrap().before);
        mia(&town).await.decide_till_difference(asked, Verdict::Refused, "again").await.unwrap();
        for key in ["k1", "k2"] {
            let again = ann.count_till(id, &short, Some(key)).await.unwrap();
            // It waits for nobody any more.
            assert_eq!((again.before, again.over, again.waits_for), (true, first.over, None));
            let why = sentence(ann.count_till(id, &right, Some(key)).await);
            assert_eq!(why, format!("`{key}` was used before for something else"));
        }
        assert_eq!((count(url, "till_count"), count(url, "approval")), (1, 1));
        let done = ann.count_till(id, &right, Some("k3")).await.unwrap();
        assert_eq!((done.status, done.before), (TillStatus::Closed, false));
        let again = ann.count_till(id, &short, Some("k1")).await.unwrap();
        assert_eq!((again.over, slips(&again)), (first.over, slips(&done)));
        assert_eq!((count(url, "till_count"), count(url, "till_slip")), (2, 1));
        town.proved().await;
    }

    /// Cash over by what the cheques are short is two differences.
    async fn kinds_are_not_set_off_against_each_other(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = taken(&town).await;
        let done = ann.count_till(id, &counted(&[(10, 660)], &[2_900], 700), None).await.unwrap();
        assert_eq!((done.over.get(), done.status), (0, TillStatus::Counted));
        town.proved().await;
    }

    /// More is missing than was taken: the slips are of the rest, and what is
    /// missing of the float is said.
    async fn a_robbed_drawer_is_still_paid_in(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = taken(&town).await;
        let done = ann.count_till(id, &counted(&[(10, 100)], &[3_000], 700), None).await.unwrap();
        assert_eq!((done.float_short.get(), done.over.get()), (4_000, -1_500));
        let asked = done.waits_for.unwrap();
        assert_eq!(town.books.approval(asked).await.unwrap().amount.get(), 5_500);
        mia(&town).await.decide_till_difference(asked, Verdict::Approved, "robbed").await.unwrap();
        assert_eq!((town.at("over-short").await, town.at("clearing:slip").await), (1_500, 3_000));
        town.proved().await;
    }

    /// What was paid in is not taken back; what the bank counts otherwise is
    /// accepted by the slip's number, as that of an e-return is.
    async fn what_was_paid_in_stays_so(url: &str) {
        let town = with_tills(url).await;
        let (ann, id) = taken(&town).await;
        ann.count_till(id, &counted(&[(100, 65)], &[3_000], 700), None).await.unwrap();
        let id = if url.starts_with("sqlite:") { "hex(match_id)" } else { "match_id" };
        let set: MatchId = sql(url, &format!("SELECT {id} FROM match_set")).parse().unwrap();
        let why = sentence(town.books.undo_match(set, "why").await);
        assert!(why.starts_with("a till that was paid in stays so"), "{why}");
        let differs = crate::deeds::ereturns::differs("PS000001", 4_450);
        let officer = hands(&town, "oli", &["income-officer"]).await;
        let asked = officer.accept_slip_difference(&differs).await.unwrap();
        mia(&town).await.decide_slip_difference(asked, Verdict::Approved, "seen").await.unwrap();
        assert_eq!((town.at("over-short").await, town.at("clearing:slip").await), (50, 4_450));
        town.proved().await;
    }

    /// Though no e-return and no method uses the till's channel, and the till another
    /// by now; and not by whose till it was.
    async fn a_slip_of_a_till_alone_is_accepted_as_the_bank_counts_it(url: &str) {
        let town = with_tills(url).await;
        let office = "\n[[channel]]\ncode = \"safe\"\nname = \"Slips of the tills\"\n";
        let own = format!("{}{TEMPLATES}{COUNTER}{office}{TILLS}", settings("MILL"))
            .replace("office = \"LB\"\nslip_channel = \"slip\"", "office = \"LB\"\nslip_channel = \"safe\"");
        town.books.configure(&own, april(1)).await.unwrap();
        let (ann, id) = taken(&town).await;
        ann.count_till(id, &counted(&[(100, 65)], &[3_000], 700), None).await.unwrap();
        assert_eq!((town.at("clearing:safe").await, town.at("clearing:slip").await), (4_500, 0));
        town.books.configure(&(own.replace("slip_channel = \"safe\"", "slip_channel = \"slip\"")), april(1)).await.unwrap();
        let officer = hands(&town, "oli", &["income-officer"]).await;
        let differs = crate::deeds::ereturns::differs("PS000001", 4_450);
        let asked = officer.accept_slip_difference(&differs).await.unwrap();
        let both = hands(&town, "ann", &["income-manager"]).await;
        let why = sentence(both.decide_slip_difference(asked, Verdict::Approved, "").await);
        assert_eq!(why, "slip PS000001 is of ann's own till (T1): another approves its difference");
        mia(&town).await.decide_slip_difference(asked, Verdict::Approved, "seen").await.unwrap();
        assert_eq!((town.at("over-short").await, town.at("clearing:safe").await), (50, 4_450));
        town.proved().await;
    }

    async fn what_was_tampered_with_is_found(url: &str) {
        for (what, found) in [
            ("UPDATE till_state SET status = 'open'", "T1 is open, not closed"),
            ("UPDATE till_receipt SET amount_pence = 1501, tendered_pence = 2000 WHERE kind = 'cash'", "T1: 1501 is kept, 1500 adds up"),
            ("UPDATE till_close SET expected_pence = 5201", "T1: 5201 is kept, 5200 adds up"),
            ("UPDATE till_close SET counted_pence = 5201", "T1: 5201 is kept, 5200 adds up"),
            ("UPDATE till_slip SET amount_pence = 4501", "slip 1: 4501 is kept, 4500 adds up"),
            ("DELETE FROM till_slip", "slip: 1 is kept, 0 adds up"),
            ("UPDATE till_session SET number = 2", "till: 1 is kept, 1 adds up"),
            ("UPDATE till_count SET document = '{}'", "T1 was not counted so"),
            (
                "INSERT INTO open_expected (council_id, expected_id) SELECT council_id, expected_id FROM till_receipt WHERE kind = 'cash'",
                "T1 is closed: 1 is kept, 3 adds up",
            ),
        ] {
            let fresh = crate::deeds::ereturns::another(url);
            let town = with_tills(&fresh.url).await;
            let (ann, id) = taken(&town).await;
            ann.count_till(id, &counted(&[(100, 65)], &[3_000], 700), None).await.unwrap();
            town.proved().await;
            tamper(&fresh.url, what);
            let verified = town.books.verify(None).await.unwrap();
            let wrong: Vec<_> =
                verified.checks.into_iter().filter(|it| !it.ok).filter_map(|it| it.detail).collect();
            assert!(wrong.iter().any(|wrong| wrong.starts_with(found)), "{what}: {wrong:?}");
        }
    }
}
