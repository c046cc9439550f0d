//! Whose suspense may be: the right account first, why, and nothing booked but
//! by a person who saw it as it is.

use ims_app::{
    AppError, Books, HolderPatch, NewAllocation, NewRedirect, NewSuspenseItem, Suggestion,
};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    raw::counts,
    suspense::to_first,
    town::{Town, april, ct},
};

/// Money at the counter with these words.
pub(super) fn came(reference: &str, narrative: &str, pence: i64) -> NewSuspenseItem {
    NewSuspenseItem {
        channel: "till".to_owned(),
        amount: Pence::new(pence),
        happened_on: april(20),
        reference: reference.to_owned(),
        narrative: narrative.to_owned(),
        method: None,
        reason: "nobody knows whose".to_owned(),
        key: None,
    }
}

/// An account holder of council tax who owes that much.
pub(super) async fn holds(books: &Books, n: u32, name: &str, owes: i64) {
    let patch = HolderPatch {
        fund: "CT".to_owned(),
        reference: ct(n),
        name: Some(name.to_owned()),
        balance: Some(Pence::new(owes)),
        reason: "new".to_owned(),
        ..HolderPatch::default()
    };
    books.put_holder(&patch).await.unwrap();
}

async fn suggested(town: &Town, new: &NewSuspenseItem) -> (SuspenseId, Vec<Suggestion>) {
    let id = town.books.add_suspense_item(new).await.unwrap();
    (id, town.books.suggest_suspense(id).await.unwrap())
}

/// A reference with two neighbours swapped that differ.
pub(super) fn swapped(reference: &str) -> String {
    let mut digits: Vec<char> = reference.chars().collect();
    let at = (0..digits.len() - 1).rev().find(|at| digits[*at] != digits[at + 1]).unwrap();
    digits.swap(at, at + 1);
    digits.into_iter().collect()
}

on_both! {
    async fn a_slip_the_name_and_the_amount_point_to_one_account(url: &str) {
        let town = Town::of(url).await;
        holds(&town.books, 20, "Mrs Jane Smith", 12_345).await;
        holds(&town.books, 21, "Mr A Okafor", 500).await;
        let text = format!("FASTER PAYMENT {} SMITH J", swapped(&ct(20)));
        let before = counts(url);
        let (id, found) = suggested(&town, &came("", &text, 12_345)).await;
        let first = &found[0];
        assert_eq!((first.fund.as_str(), first.reference.as_str()), ("CT", ct(20).as_str()));
        assert!(first.permille > 950, "{found:?}");
        let why = first.reasons.join("; ");
        for said in ["may have been meant for it", "surname and initial agree", "all it owes"] {
            assert!(why.contains(said), "{why}");
        }
        assert!(found.iter().map(|it| u32::from(it.permille)).sum::<u32>() <= 1_000);
        // Looking changes nothing but what was added.
        let added = counts(url);
        assert_ne!(before, added);
        assert_eq!(town.books.suggest_suspense(id).await.unwrap(), found);
        assert_eq!(counts(url), added);
        town.proved().await;
    }

    async fn a_name_and_an_amount_are_enough_to_be_looked_at(url: &str) {
        let town = Town::of(url).await;
        holds(&town.books, 20, "Mrs Jane Smith", 12_345).await;
        holds(&town.books, 21, "Mr Adam Smith", 500).await;
        let (_, found) = suggested(&town, &came("", "TRANSFER FROM J SMITH", 12_345)).await;
        assert_eq!(found[0].reference, ct(20), "{found:?}");
        assert!(found[0].permille > found[1].permille, "{found:?}");
        // Nothing to go by: nothing is said.
        let (_, found) = suggested(&town, &came("", "COUNCIL TAX PAYMENT", 777)).await;
        assert_eq!(found, []);
        town.proved().await;
    }

    /// Hundreds of others are of the same legal form and do what it does.
    async fn a_firm_is_found_by_its_own_name(url: &str) {
        let town = Town::of(url).await;
        let mut all = "fund,reference,name,balance\n".to_owned();
        for n in 100..700 {
            all += &format!("CT,{},Borough {n} Plumbing Ltd,12.34\n", ct(n));
        }
        // The last of them all, by reference.
        let last = 9_000_000;
        all += &format!("CT,{},Zebra Plumbing Ltd,99.99\n", ct(last));
        town.took("firms.csv", &all).await;
        for words in ["BGC ZEBRA PLUMBING LTD", "BGC ZEBRA PLUMBING LIMITED", "ZEBRA PLUMBING"] {
            let (_, found) = suggested(&town, &came("", words, 1_234)).await;
            let [one] = found.as_slice() else { panic!("{words}: {found:?}") };
            assert_eq!(one.reference, ct(last));
            assert!(one.reasons.contains(&"the firm's name agrees".to_owned()), "{one:?}");
        }
        let (_, found) = suggested(&town, &came("", "ALPHA HOMES LTD", 1_234)).await;
        assert_eq!(found, []);
        town.proved().await;
    }

    /// Who never paid before pays what they are to pay at a time.
    async fn a_first_instalment_speaks_for_its_account(url: &str) {
        let town = Town::of(url).await;
        let all = format!(
            "fund,reference,name,balance,instalment\nCT,{},Mrs Jane Smith,1200.00,120.00\n\
             CT,{},Mr John Smith,900.00,90.00\nCT,{},Ms Jo Smith,50.00,\n",
            ct(20), ct(21), ct(22)
        );
        town.took("all.csv", &all).await;
        for (pence, first) in [(12_000, 20), (9_000, 21), (5_000, 22)] {
            let (id, found) = suggested(&town, &came("", "BGC SMITH J", pence)).await;
            assert_eq!(found[0].reference, ct(first), "{found:?}");
            assert!(found[0].permille > found[1].permille, "{found:?}");
            let why = found[0].reasons.last().unwrap();
            let says =
                if first == 22 { "the amount is all it owes" } else { "the amount is its instalment" };
            assert_eq!(why, says);
            // From then on it paid that before.
            let to = NewAllocation { reference: ct(first), ..to_first(None) };
            town.books.allocate_suspense(id, &to).await.unwrap();
            let (_, found) = suggested(&town, &came("", "BGC SMITH J", pence)).await;
            assert!(found[0].reasons.contains(&"it paid the same amount before".to_owned()), "{found:?}");
        }
        town.proved().await;
    }

    async fn of_a_couple_either_may_have_paid(url: &str) {
        let town = Town::of(url).await;
        holds(&town.books, 20, "Mr J Smith & Mrs A Jones", 12_345).await;
        holds(&town.books, 21, "SMITH, KARIM", 777).await;
        holds(&town.books, 22, "Ms Jane Karim", 777).await;
        for (words, first) in [("SMITH J", 20), ("A JONES", 20), ("K SMITH", 21)] {
            let (_, found) = suggested(&town, &came("", words, 500)).await;
            assert_eq!(found[0].reference, ct(first), "{words}: {found:?}");
            let why = found[0].reasons.join("; ");
            assert!(why.contains("surname and initial agree"), "{words}: {why}");
        }
        town.proved().await;
    }

    /// For a list: by references alone, of accounts that somebody holds.
    async fn a_list_names_what_its_items_nearly_quote(url: &str) {
        let town = Town::of(url).await;
        // Nobody else's account is two slips from it.
        let number = 3_141_592;
        holds(&town.books, number, "Mrs Jane Smith", 12_345).await;
        let slip = came(&swapped(&ct(number)), "NOBODY", 500);
        let slip = town.books.add_suspense_item(&slip).await.unwrap();
        let name = town.books.add_suspense_item(&came("", "FROM J SMITH", 12_345)).await.unwrap();
        let free = came(&swapped(&ct(5_555_555)), "NOBODY", 500);
        let free = town.books.add_suspense_item(&free).await.unwrap();
        let items = town.books.open_suspense(None, 9).await.unwrap();
        assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), [slip, name, free]);
        let found = town.books.meant_by(&items).await.unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), [&slip]);
        let [one] = found[&slip].as_slice() else { panic!("{found:?}") };
        assert_eq!((one.fund.as_str(), one.reference.as_str()), ("CT", ct(number).as_str()));
        assert!(one.reasons[0].contains("swapped"), "{one:?}");
        assert!(one.reasons.iter().any(|why| why == "the name is another"), "{one:?}");
        // No name to look for: the glance sees as much as the close look.
        let closely = town.books.suggest_suspense(slip).await.unwrap();
        assert_eq!((one.permille, &one.reasons), (closely[0].permille, &closely[0].reasons));
        town.books.allocate_suspense(slip, &to_first(None)).await.unwrap();
        let gone = town.books.suspense_item(slip).await.unwrap();
        assert!(town.books.meant_by(&[gone]).await.unwrap().is_empty());
        town.proved().await;
    }

    async fn like_money_goes_where_it_went_before(url: &str) {
        let town = Town::of(url).await;
        let first = town.books.add_suspense_item(&came("FLAT 2026/77", "", 900)).await.unwrap();
        let second = town.books.add_suspense_item(&came("", "BGC A OKAFOR", 800)).await.unwrap();
        for id in [first, second] {
            town.books.allocate_suspense(id, &to_first(None)).await.unwrap();
        }
        for like in [came("flat 202677", "", 950), came("", "BACS A OKAFOR", 850)] {
            let (id, found) = suggested(&town, &like).await;
            assert_eq!(found[0].reference, ct(1), "{found:?}");
            assert!(found[0].reasons[0].contains("was placed there before"), "{found:?}");
            let item = town.books.suspense_item(id).await.unwrap();
            let glance = &town.books.meant_by(&[item]).await.unwrap()[&id][0];
            assert_eq!((&glance.reference, &glance.reasons), (&ct(1), &found[0].reasons));
        }
        // What was taken back is no precedent.
        for id in [first, second] {
            let shown = town.books.suspense_shown(id).await.unwrap();
            town.books.undo_allocation(shown.allocations[0].0.id, "another's").await.unwrap();
        }
        let (_, found) = suggested(&town, &came("FLAT 2026/77", "BGC A OKAFOR", 950)).await;
        assert_eq!(found, []);
        town.proved().await;
    }

    async fn an_old_reference_leads_to_its_account(url: &str) {
        let town = Town::of(url).await;
        let id = town.books.add_suspense_item(&came(&ct(50), "", 900)).await.unwrap();
        assert!(town.books.suggest_suspense(id).await.unwrap().iter().all(|it| it.permille < 900));
        let redirect = NewRedirect {
            fund: "CT".to_owned(),
            reference: ct(50),
            to: Some(("CT".to_owned(), ct(3))),
            from: april(1),
            reason: "a new system".to_owned(),
        };
        town.books.redirect_reference(&redirect).await.unwrap();
        let found = town.books.suggest_suspense(id).await.unwrap();
        assert_eq!(found[0].reference, ct(3), "{found:?}");
        assert!(found[0].reasons[0].ends_with("is quoted, which leads there"), "{found:?}");
        town.proved().await;
    }

    /// Whatever speaks for an old account: the one shown is the one it is booked to.
    async fn what_speaks_for_an_old_account_speaks_for_where_it_leads(url: &str) {
        let town = Town::of(url).await;
        holds(&town.books, 20, "Mrs Jane Smith", 12_345).await;
        let like = town.books.add_suspense_item(&came("FLAT 2026/77", "", 900)).await.unwrap();
        let old = NewAllocation { reference: ct(2), ..to_first(None) };
        town.books.allocate_suspense(like, &old).await.unwrap();
        for n in [2, 20] {
            let redirect = NewRedirect {
                fund: "CT".to_owned(),
                reference: ct(n),
                to: Some(("CT".to_owned(), ct(3))),
                from: april(1),
                reason: "a new system".to_owned(),
            };
            town.books.redirect_reference(&redirect).await.unwrap();
        }
        let as_old = format!("CT {}, which leads there", ct(2));
        for (new, said) in [
            (came("FLAT 2026/77", "", 950), as_old.as_str()),
            (came(&swapped(&ct(2)), "NOBODY", 950), as_old.as_str()),
            (came("", "TRANSFER FROM J SMITH", 12_345), "the name is another"),
        ] {
            let (id, found) = suggested(&town, &new).await;
            let is_old = |it: &Suggestion| [ct(2), ct(20)].contains(&it.reference);
            assert!(!found.iter().any(is_old), "{found:?}");
            let at = found.iter().position(|it| it.reference == ct(3)).unwrap();
            let shown = &found[at];
            assert!(shown.reasons.iter().any(|why| why.contains(said)), "{found:?}");
            let (_, done) =
                town.books.accept_suggestion(id, at + 1, &shown.mark).await.unwrap();
            assert_eq!(town.lines(&done.receipt).await[0].1, ct(3));
        }
        town.proved().await;
    }

    async fn what_was_seen_is_accepted_and_nothing_else(url: &str) {
        let town = Town::of(url).await;
        let text = format!("{} HOLDER", swapped(&ct(5)));
        let (id, found) = suggested(&town, &came(&text, "", 10_000)).await;
        assert_eq!(found[0].reference, ct(5), "{found:?}");
        let before = counts(url);
        let mark = found[0].mark.clone();
        let refused = |came: Result<_, AppError>| {
            let why = came.map(|(taken, _): (Suggestion, _)| taken).unwrap_err();
            assert!(matches!(why, AppError::Refused(_)), "{why:?}");
        };
        for (candidate, seen) in [(0, mark.as_str()), (1, "00000000"), (2, &mark), (99, &mark)] {
            refused(town.books.accept_suggestion(id, candidate, seen).await);
        }
        assert_eq!(counts(url), before);
        // Part of it went elsewhere meanwhile.
        town.books.allocate_suspense(id, &to_first(Some(1))).await.unwrap();
        refused(town.books.accept_suggestion(id, 1, &mark).await);
        let now = town.books.suggest_suspense(id).await.unwrap();
        let (taken, done) =
            town.books.accept_suggestion(id, 1, &now[0].mark).await.unwrap();
        assert_eq!((taken.reference, done.amount.get(), done.remaining.get()), (ct(5), 9_999, 0));
        let note = &town.books.suspense_shown(id).await.unwrap().allocations[1].0.note;
        assert!(note.starts_with("suggested: ") && note.contains("may have been meant"), "{note}");
        refused(town.books.accept_suggestion(id, 1, &now[0].mark).await);
        town.proved().await;
    }
}
