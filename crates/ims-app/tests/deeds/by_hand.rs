//! A person decides what no rule may: a line matched by hand, and taken back.

use ims_app::{AppError, NewMatch};
use ims_ledger::id::{ExpectedId, LineId, SuspenseId};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    town::{Town, april, ct},
};

/// A town where the bank shows 120.50 for two rows of 95.50 and 25.00, with words that name
/// nobody; the line, and the rows by amount.
async fn unnamed(url: &str) -> (Town, LineId, [ExpectedId; 2]) {
    let town = Town::of(url).await;
    let rows = [("95.50", 4), ("25.00", 5)].map(|(sum, n)| paid("CT", &ct(n), "BANK", sum));
    town.took("monday.csv", &receipts(&rows)).await;
    town.took("s1.sta", &statement(1, 0, 20, &[(12_050, "FPI SMITH AND JONES")])).await;
    assert_eq!(town.reconciled().await.1.len(), 1);
    let line = town.open_line(12_050).await.id;
    let waited = town.books.waited_for(Some("bank")).await.unwrap();
    let of = |pence| waited.iter().find(|item| item.amount.get() == pence).unwrap().id;
    (town, line, [of(9_550), of(2_500)])
}

fn new(line: LineId, expected: &[ExpectedId]) -> NewMatch {
    let reason = " they rang: it is for both ".to_owned();
    NewMatch { lines: vec![line], items: Vec::new(), expected: expected.to_vec(), reason }
}

on_both! {
    async fn a_person_matches_what_no_rule_may(url: &str) {
        let (town, line, both) = unnamed(url).await;
        let set = town.books.match_lines(&new(line, &both)).await.unwrap();
        assert_eq!((&*set.rule, &*set.reason, set.amount.get()), ("by hand", "they rang: it is for both", 12_050));
        assert_eq!((town.at("clearing:bank").await, town.at("unmatched:main").await), (0, 0));
        assert_eq!(town.at("fund:CT").await, -12_050, "nothing is booked to anybody anew");
        let explained = town.books.explain_line(line).await.unwrap();
        assert_eq!((explained.explanations.len(), explained.explanations[0].pairs.len()), (1, 2));
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        assert_eq!(day.facts.lines[0].stands.in_words(), "by hand");
        let events = town.books.find_events(&ims_app::FindEvents::default(), None, 20).await.unwrap();
        let event = events.iter().find(|event| event.deed == "match by hand").unwrap();
        assert_eq!(event.subject, set.id.to_string());
        for said in ["they rang", "12050", &both[0].to_string(), &line.to_string()] {
            assert!(event.data.contains(said), "{said} is not in {}", event.data);
        }
        town.proved().await;
    }

    /// As any match; and a run does not propose again what somebody took back.
    async fn it_is_taken_back(url: &str) {
        let (town, line, both) = unnamed(url).await;
        let before = town.balances().await;
        let set = town.books.match_lines(&new(line, &both)).await.unwrap();
        town.books.undo_match(set.id, "another couple").await.unwrap();
        assert_eq!(town.balances().await, before);
        assert_eq!(town.books.waited_for(Some("bank")).await.unwrap().len(), 2);
        town.proved().await;
        // Whoever took it back may think again.
        town.books.match_lines(&new(line, &both)).await.unwrap();
        assert_eq!(town.at("clearing:bank").await, 0);
        town.proved().await;
    }

    async fn nothing_is_matched_that_is_not_open_and_the_same(url: &str) {
        let (town, line, both) = unnamed(url).await;
        let id = || town.app.world().id();
        let before = town.balances().await;
        for (wrong, why) in [
            (new(line, &both[..1]), "the bank shows 120.50 and 95.50 was expected"),
            (new(line, &[]), "name what the bank shows and what was expected"),
            (NewMatch { lines: vec![], ..new(line, &both) }, "at least one of each"),
            (NewMatch { reason: "  ".to_owned(), ..new(line, &both) }, "say why"),
            (new(LineId::new(id()), &both), "there is no bank line"),
            (new(line, &[both[0], ExpectedId::new(id())]), "is not waited for (any more)"),
            (NewMatch { items: vec![SuspenseId::new(id())], ..new(line, &both) }, "there is no suspense item"),
            (new(line, &vec![both[0]; 1_000]), "at most 1000"),
        ] {
            let refused = town.books.match_lines(&wrong).await.unwrap_err();
            assert!(!matches!(refused, AppError::Store(_)), "{refused:?}");
            assert!(refused.to_string().contains(why), "{refused} for {why}");
        }
        // Money that the bank has not shown.
        let unknown = [("pay_9", "payment", "5.00", "0.00", "5.00")];
        town.took("p.csv", &super::files::settlement("PO1", 20, &unknown)).await;
        let item = town.suspense().await[0].id;
        let wrong = NewMatch { lines: vec![], items: vec![item], ..new(line, &both) };
        let refused = town.books.match_lines(&wrong).await.unwrap_err().to_string();
        assert!(refused.contains("the bank has not shown"), "{refused}");
        let mut after = town.balances().await;
        after.remove("clearing:card");
        after.remove("suspense");
        assert_eq!(after, before);
        // Twice is once.
        let twice = NewMatch { lines: vec![line, line], ..new(line, &[both[0], both[1], both[0]]) };
        town.books.match_lines(&twice).await.unwrap();
        let refused = town.books.match_lines(&new(line, &both)).await.unwrap_err();
        assert!(refused.is_refusal() && refused.to_string().contains("explained already"), "{refused}");
        town.proved().await;
    }

    /// Once its day has closed the line is suspense: what a rule proposes for it is shown still,
    /// and a person matches it.
    async fn what_went_to_suspense_is_proposed_and_matched(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(4), "BANK", "95.50")])).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(9_550, "FPI SMITH")])).await;
        let line = town.open_line(9_550).await.id;
        town.books.close_day(april(20)).await.unwrap();
        let item = town.suspense().await[0].id;
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        let [one] = day.proposals[&line].as_slice() else { panic!("{:?}", day.proposals) };
        assert_eq!((&*one.rule, &one.items, one.lines.len()), ("same-amount", &vec![item], 0));
        town.clock.to_april(21);
        let hand = NewMatch {
            lines: one.lines.clone(),
            items: one.items.clone(),
            expected: one.expected.clone(),
            reason: "her bank says so".to_owned(),
        };
        let set = town.books.match_lines(&hand).await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("clearing:bank").await), (0, 0));
        town.proved().await;
        town.books.undo_match(set.id, "another's").await.unwrap();
        assert_eq!((town.at("suspense").await, town.suspense().await.len()), (-9_550, 1));
        // What was taken back is not proposed again.
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        assert!(day.proposals.is_empty(), "{:?}", day.proposals);
        town.proved().await;
    }

    /// Two rows of one account and amount, of two days: which of them is a person's choice, and
    /// both stand beside the line.
    async fn what_is_left_says_which_candidates_there_were(url: &str) {
        let town = Town::of(url).await;
        let rows = [18, 19].map(|day| paid("CT", &ct(4), "BANK", "95.50").on(april(day)));
        town.took("monday.csv", &receipts(&rows)).await;
        let says = format!("FPI {}", ct(4));
        town.took("s1.sta", &statement(1, 0, 20, &[(9_550, &says)])).await;
        let done = town.books.reconcile().await.unwrap();
        let [left] = done.left.as_slice() else { panic!("{done:?}") };
        let why = format!(
            "more than one pairing is possible (quoted): {0} of 2026-04-18, {0} of 2026-04-19",
            ct(4)
        );
        assert_eq!((&left.why, left.candidates.len()), (&why, 2));
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        let proposals = &day.proposals[&left.line.id];
        assert_eq!(proposals.len(), 2);
        assert!(proposals[0].basis_points > proposals[1].basis_points, "{proposals:?}");
        let hand = NewMatch {
            lines: vec![left.line.id],
            expected: proposals[1].expected.clone(),
            reason: "the older first".to_owned(),
            ..NewMatch::default()
        };
        town.books.match_lines(&hand).await.unwrap();
        assert_eq!((town.at("clearing:bank").await, town.at("fund:CT").await), (9_550, -19_100));
        town.proved().await;
    }

    /// Three are shown, whatever is not proposed again.
    async fn what_was_taken_back_takes_nobodys_place(url: &str) {
        let town = Town::of(url).await;
        let rows = [15, 16, 17, 18].map(|day| paid("CT", &ct(4), "BANK", "95.50").on(april(day)));
        town.took("monday.csv", &receipts(&rows)).await;
        let says = format!("FPI {}", ct(4));
        town.took("s1.sta", &statement(1, 0, 20, &[(9_550, &says)])).await;
        let (_, left) = town.reconciled().await;
        assert_eq!(left.len(), 1, "four may be it");
        let line = town.open_line(9_550).await.id;
        let shown = async || {
            town.books.bank_day("main", april(20)).await.unwrap().proposals.remove(&line).unwrap()
        };
        let before = shown().await;
        assert_eq!(before.len(), 3);
        let taken = town.books.match_lines(&new(line, &before[0].expected)).await.unwrap();
        town.books.undo_match(taken.id, "she rang").await.unwrap();
        let after = shown().await;
        assert_eq!(after.len(), 3, "{after:?}");
        assert_eq!((&after[0].expected, &after[1].expected), (&before[1].expected, &before[2].expected));
        assert!(after.iter().all(|one| one.expected != before[0].expected));
        town.proved().await;
    }

    /// By its mark: under the same number another proposal may stand by then.
    async fn a_proposal_is_taken_as_it_was_seen(url: &str) {
        let town = Town::of(url).await;
        let rows = [18, 19].map(|day| paid("CT", &ct(4), "BANK", "95.50").on(april(day)));
        town.took("monday.csv", &receipts(&rows)).await;
        let says = format!("FPI {}", ct(4));
        town.took("s1.sta", &statement(1, 0, 20, &[(9_550, &says), (9_550, "FPI SMITH")])).await;
        town.reconciled().await;
        let quoting = town.books.open_lines().await.unwrap();
        let quoting = quoting.iter().find(|line| line.narrative.contains(&ct(4))).unwrap().id;
        let shown = town.books.bank_day("main", april(20)).await.unwrap().proposals;
        let [first, second] = shown[&quoting].as_slice() else { panic!("{shown:?}") };
        assert_ne!(first.mark, second.mark);
        let accept = async |number, mark: &str| {
            town.books.accept_proposal(quoting, number, mark, "the older first").await
        };
        for (number, mark) in [(0, &*first.mark), (2, &first.mark), (1, &second.mark), (1, ""), (3, "")] {
            let refused = accept(number, mark).await.unwrap_err();
            assert!(refused.is_refusal() && refused.to_string().contains("look again"), "{refused}");
        }
        // Somebody matches the row it names with the other line: what stands first now is another.
        let other = town.books.open_lines().await.unwrap();
        let other = other.iter().find(|line| line.id != quoting).unwrap().id;
        let taken = town.books.match_lines(&new(other, &first.expected)).await.unwrap();
        let before = town.balances().await;
        assert!(accept(1, &first.mark).await.unwrap_err().is_refusal());
        assert_eq!(town.balances().await, before, "nothing is matched by a mark that is no more");
        town.books.undo_match(taken.id, "she rang").await.unwrap();
        let (chosen, set) = accept(2, &second.mark).await.unwrap();
        assert_eq!((&chosen, &*set.rule, &*set.reason), (second, "by hand", "the older first"));
        let pairs = town.books.explain_line(quoting).await.unwrap().explanations.remove(0).pairs;
        assert_eq!(pairs.iter().filter_map(|(pair, ..)| pair.expected).collect::<Vec<_>>(), second.expected);
        town.proved().await;
    }
}
