//! A credit that quotes an account whose money was told of before may be that money: nothing is
//! booked twice, and a person is told what it may be.

use chrono::{Days, NaiveDate};
use ims_app::NewAllocation;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    ereturns::two_slips,
    files::{paid, receipts, statement},
    redirects::from_old,
    suggest::{came, swapped},
    town::{Town, april, ct, settings},
};

/// A town that was told of 95.50 of the fourth account, by bank, on a day.
async fn told(url: &str, on: NaiveDate) -> Town {
    let town = Town::of(url).await;
    let rows =
        [paid("CT", &ct(4), "BANK", "95.50").on(on), paid("CT", &ct(5), "BANK", "30.00").on(on)];
    town.took("monday.csv", &receipts(&rows)).await;
    town
}

/// Nothing was booked by the line, and what it may be is said.
async fn is_left(town: &Town, pence: i64, says: &str) {
    let before = town.balances().await;
    town.took("s1.sta", &statement(1, 0, 20, &[(pence, says)])).await;
    let done = town.books.reconcile().await.unwrap();
    assert_eq!((done.explained, done.left.len()), (0, 1), "{says}: {done:?}");
    let left = &done.left[0];
    assert!(left.why.contains("95.50") && left.why.contains("may be that money"), "{}", left.why);
    assert_eq!(left.candidates.len(), 1, "{left:?}");
    let mut after = town.balances().await;
    after.remove("bank:main");
    after.remove("unmatched:main");
    assert_eq!(after, before, "{says}");
    town.proved().await;
}

on_both! {
    async fn another_amount_is_not_booked_beside_what_was_told(url: &str) {
        let town = told(url, april(20)).await;
        is_left(&town, 9_500, &format!("FPI {} SMITH", ct(4))).await;
    }

    async fn part_of_what_was_told_is_not_booked_beside_it(url: &str) {
        let town = told(url, april(20)).await;
        is_left(&town, 5_000, &format!("FPI {} SMITH", ct(4))).await;
    }

    async fn what_two_accounts_owe_is_not_booked_to_the_one_that_is_quoted(url: &str) {
        let town = told(url, april(20)).await;
        is_left(&town, 12_550, &format!("FPI {} SMITH", ct(4))).await;
    }

    /// However old it is: a standing order whose money of another month was never found is
    /// looked at by somebody.
    async fn what_was_told_long_ago_is_not_forgotten(url: &str) {
        for days in [22, 400] {
            let fresh = super::ereturns::another(url);
            let town = told(&fresh.url, april(20) - Days::new(days)).await;
            is_left(&town, 9_550, &format!("FPI {} SMITH", ct(4))).await;
        }
    }

    /// Rows that a run does not read whole are asked for, also where the line names the account
    /// by an old reference.
    async fn what_was_told_is_found_by_its_key(url: &str) {
        for quoted in [ct(4), ct(50)] {
            let fresh = super::ereturns::another(url);
            let town = told(&fresh.url, april(1)).await;
            town.books.redirect_reference(&from_old(&ct(50), Some(&ct(4)))).await.unwrap();
            assert_eq!(town.books.index_expected(0).await.unwrap(), 2);
            is_left(&town, 9_500, &format!("FPI {quoted} SMITH")).await;
        }
    }

    /// What a line of the same run pays is not waited for any more, and what nobody told of is
    /// booked as ever.
    async fn what_is_paid_stands_in_nobodys_way(url: &str) {
        let town = told(url, april(20)).await;
        let says = [4, 4, 6].map(|n| format!("FPI {} SMITH", ct(n)));
        let lines = [(9_550, &*says[0]), (1_200, &*says[1]), (700, &*says[2])];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(left, Vec::<String>::new());
        assert_eq!(rules, [("quoted".to_owned(), 1), ("reference quoted".to_owned(), 2)]);
        assert_eq!((town.at("fund:CT").await, town.at("clearing:bank").await), (-14_450, 3_000));
        town.proved().await;
    }

    /// Slips are numbered one after another: the number beside an open slip's is another
    /// slip's, known or not.
    async fn a_slip_is_not_paid_by_its_neighbours_credit(url: &str) {
        let (town, _) = two_slips(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(2_000, "CR PS000001")])).await;
        assert_eq!(town.reconciled().await, (vec![("batch".to_owned(), 1)], vec![]));
        // The first is closed, the third not approved yet.
        town.took("s2.sta", &statement(2, 2_000, 20, &[(1_500, "CR PS000001"), (1_500, "CR PS000003")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len(), town.at("clearing:slip").await), (vec![], 2, 1_500));
        town.took("s3.sta", &statement(3, 5_000, 20, &[(1_500, "CR PS000002")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("batch".to_owned(), 1)], 2));
        town.proved().await;
    }

    /// Eight digits may be a date: only whose reference somebody has is booked by them.
    async fn nothing_is_booked_by_what_may_be_a_date(url: &str) {
        let town = Town::of(url).await;
        let more = "[[fund]]\ncode = \"RE\"\nname = \"Rents\"\nfind_in_text = true\n\
            reference = { min_length = 8, max_length = 8, mask = \"########\" }\n";
        let document = format!("{}\n{more}", settings("MILL"));
        town.books.configure(&document, april(1)).await.unwrap();
        let file = "fund,reference,name,address1,postcode,balance\nRE,61000001,Holder,1 Mill Lane,ZZ1 1ZZ,100.00\n";
        town.took("rents.csv", file).await;
        let lines = [(700, "PAID 20042026"), (900, "RENT 61000001")];
        town.took("s1.sta", &statement(1, 0, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(rules, [("reference quoted".to_owned(), 1)]);
        assert_eq!(left, ["it quotes RE 20042026, which no account holder has"]);
        assert_eq!(town.at("fund:RE").await, -900);
        town.proved().await;
    }

    /// What was told of before the account had another reference waits under the old one.
    async fn what_was_told_before_a_redirect_waits_under_the_old_reference(url: &str) {
        let town = told(url, april(1)).await;
        town.books.redirect_reference(&from_old(&ct(4), Some(&ct(9)))).await.unwrap();
        is_left(&town, 9_500, &format!("FPI {} SMITH", ct(4))).await;
    }

    /// Once its day has closed the credit is suspense: whoever looks at whose it is is told what
    /// it may be, and one key does not credit the account twice.
    async fn what_was_told_is_said_beside_a_suggestion(url: &str) {
        for is_keyed in [false, true] {
            let fresh = super::ereturns::another(url);
            let town = told(&fresh.url, april(20)).await;
            if is_keyed {
                assert_eq!(town.books.index_expected(0).await.unwrap(), 2);
            }
            is_left(&town, 9_500, &format!("FPI {} SMITH J", ct(4))).await;
            town.books.close_day(april(20)).await.unwrap();
            town.clock.to_april(21);
            let items = town.suspense().await;
            let [item] = items.as_slice() else { panic!("{items:?}") };
            let found = town.books.suggest_suspense(item.id).await.unwrap();
            let waits = town.books.waited_for(Some("bank")).await.unwrap();
            let waits = waits.iter().find(|row| row.amount.get() == 9_550).unwrap().id;
            assert_eq!((&*found[0].reference, &found[0].awaited), (&*ct(4), &vec![waits]));
            let why = "for it 95.50 of 2026-04-20 was received before and is not shown by the bank yet";
            assert!(found[0].reasons.iter().any(|it| it.starts_with(why)), "{found:?}");
            let others = found.iter().filter(|it| it.reference != ct(4) && it.reference != ct(5));
            assert!(others.clone().all(|it| it.awaited.is_empty()), "{found:?}");
            let glance = town.books.meant_by(&items).await.unwrap();
            assert_eq!(glance[&item.id][0].awaited, [waits]);
            let before = town.balances().await;
            let refused = town.books.accept_suggestion(item.id, 1, &found[0].mark).await.unwrap_err();
            assert!(refused.is_refusal() && refused.to_string().contains("--expected"), "{refused}");
            assert_eq!(town.balances().await, before);
            // The bank shows what was told of: then it is other money, and placed with one key.
            town.took("s2.sta", &statement(2, 9_500, 21, &[(9_550, &format!("FPI {}", ct(4)))])).await;
            assert_eq!(town.reconciled().await.0, [("quoted".to_owned(), 1)]);
            let found = town.books.suggest_suspense(item.id).await.unwrap();
            assert_eq!(found[0].awaited, []);
            town.books.accept_suggestion(item.id, 1, &found[0].mark).await.unwrap();
            assert_eq!(town.at("fund:CT").await, -(9_550 + 3_000 + 9_500));
            town.proved().await;
        }
    }

    /// However the file wrote it: a reference with a hyphen is nobody's as it stands, and its
    /// money is suspense and awaited under it.
    async fn what_was_told_is_said_however_its_reference_was_written(url: &str) {
        for is_keyed in [false, true] {
            let fresh = super::ereturns::another(url);
            let town = Town::of(&fresh.url).await;
            let own = ct(4);
            let written = format!("{}-{}", &own[..4], &own[4..]);
            town.took("monday.csv", &receipts(&[paid("CT", &written, "BANK", "95.50")])).await;
            let waits = town.books.waited_for(Some("bank")).await.unwrap();
            assert_eq!((waits.len(), &*waits[0].reference), (1, &*written), "{waits:?}");
            if is_keyed {
                assert_eq!(town.books.index_expected(0).await.unwrap(), 1);
            }
            is_left(&town, 9_500, &format!("FPI {own} SMITH J")).await;
            town.books.close_day(april(20)).await.unwrap();
            town.clock.to_april(21);
            let items = town.suspense().await;
            let item = items.iter().find(|item| item.line.is_some()).unwrap();
            let found = town.books.suggest_suspense(item.id).await.unwrap();
            let at = found.iter().position(|it| it.reference == own).unwrap();
            assert_eq!(found[at].awaited, [waits[0].id], "{is_keyed}");
            let glance = town.books.meant_by(&items).await.unwrap();
            let glanced = glance[&item.id].iter().find(|it| it.reference == own).unwrap();
            assert_eq!(glanced.awaited, [waits[0].id]);
            let before = town.balances().await;
            let mark = found[at].mark.clone();
            let refused = town.books.accept_suggestion(item.id, at + 1, &mark).await.unwrap_err();
            assert!(refused.is_refusal() && refused.to_string().contains("--expected"), "{refused}");
            assert_eq!(town.balances().await, before);
            town.proved().await;
        }
    }

    /// What was shown some time ago is looked at again when it is taken: money of the account
    /// may have been told of since, also under an old reference that the credit quotes.
    async fn what_was_suggested_before_it_was_told_is_not_placed(url: &str) {
        for (says, told) in [(swapped(&ct(4)), ct(4)), (ct(50), ct(50))] {
            let fresh = super::ereturns::another(url);
            let town = Town::of(&fresh.url).await;
            town.took("s1.sta", &statement(1, 0, 20, &[(9_500, &format!("FPI {says} SMITH"))])).await;
            town.books.close_day(april(20)).await.unwrap();
            town.clock.to_april(21);
            town.took("tuesday.csv", &receipts(&[paid("CT", &told, "BANK", "95.50").on(april(21))])).await;
            if told != ct(4) {
                town.books.redirect_reference(&from_old(&told, Some(&ct(4)))).await.unwrap();
            }
            let items = town.suspense().await;
            let item = items.iter().find(|item| item.line.is_some()).unwrap();
            let to = NewAllocation {
                fund: "CT".to_owned(),
                reference: ct(4),
                amount: Some(item.remaining),
                note: "suggested: it is quoted".to_owned(),
                key: Some("a page".to_owned()),
            };
            let before = town.balances().await;
            let refused = town.books.allocate_as_suggested(item.id, &to).await.unwrap_err();
            let why = format!("for CT {} 95.50 of 2026-04-21 was received before", ct(4));
            assert!(refused.is_refusal() && refused.to_string().contains(&why), "{refused}");
            assert_eq!(town.balances().await, before);
            // Other money's account, and whoever names the account, are not stood in the way of.
            let other = NewAllocation { reference: ct(5), amount: Some(Pence::new(500)), key: None, ..to.clone() };
            town.books.allocate_as_suggested(item.id, &other).await.unwrap();
            let rest = NewAllocation { amount: Some(Pence::new(9_000)), ..to };
            let done = town.books.allocate_suspense(item.id, &rest).await.unwrap();
            // The same key again answers as before, whichever way it comes.
            let again = town.books.allocate_as_suggested(item.id, &rest).await.unwrap();
            assert_eq!((again.receipt, again.before), (done.receipt, true));
            town.proved().await;
        }
    }

    /// Money at a counter is not what a bank has to show.
    async fn what_no_bank_has_shown_is_not_what_was_told(url: &str) {
        let town = told(url, april(20)).await;
        let id = town.books.add_suspense_item(&came(&ct(4), "SMITH", 9_500)).await.unwrap();
        let found = town.books.suggest_suspense(id).await.unwrap();
        assert_eq!((&*found[0].reference, found[0].awaited.len()), (&*ct(4), 0));
    }

    /// However old it is, and whether the line is open or in suspense: it is proposed, and one
    /// takes it.
    async fn what_was_told_is_proposed_however_old_it_is(url: &str) {
        for (days, pence, rule) in
            [(22, 9_550, "told-before"), (400, 9_550, "told-before"), (22, 9_000, "told-other-amount")]
        {
            let fresh = super::ereturns::another(url);
            let town = told(&fresh.url, april(20) - Days::new(days)).await;
            is_left(&town, pence, &format!("FPI {} SMITH", ct(4))).await;
            let line = town.open_line(pence).await.id;
            for is_closed in [false, true] {
                if is_closed {
                    town.books.close_day(april(20)).await.unwrap();
                    town.clock.to_april(21);
                }
                let day = town.books.bank_day("main", april(20)).await.unwrap();
                let [one] = day.proposals[&line].as_slice() else { panic!("{:?}", day.proposals) };
                assert_eq!((&*one.rule, one.expected.len()), (rule, 1));
                assert_eq!(one.is_equal, pence == 9_550, "what cannot be accepted says so");
                assert_eq!((one.lines.len(), one.items.len()), if is_closed { (0, 1) } else { (1, 0) });
                assert!(one.reason.contains("for which 95.50 of"), "{one:?}");
            }
            let mark = town.books.bank_day("main", april(20)).await.unwrap().proposals[&line][0].mark.clone();
            let done = town.books.accept_proposal(line, 1, &mark, "it is that money").await;
            if pence == 9_550 {
                done.unwrap();
                assert_eq!((town.at("suspense").await, town.at("clearing:bank").await), (0, 3_000));
                assert_eq!(town.at("fund:CT").await, -12_550, "credited once");
            } else {
                assert!(done.unwrap_err().is_refusal());
            }
            town.proved().await;
        }
    }
}
