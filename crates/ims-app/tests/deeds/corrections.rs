//! Where a person put suspense, made into a rule for the next money like it:
//! tried on the past, and switched on the way such things are switched on.

use ims_app::{
    AppError, Correction, NewAllocation, NewRedirect, OpenSuspense,
    configuration::{Configured, NewConfiguration, Replayed, Window},
};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::counts,
    suggest::came,
    suspense::to_first,
    town::{Town, april, ct},
    transfers::{done, journal, part},
};

const ONE_DAY: fn() -> Window = || Window { from: april(1), through: april(20), limit: 9 };

/// The items of the suspense of a file, in the order of its rows.
async fn suspense_of(town: &Town, name: &str, file: &str) -> Vec<OpenSuspense> {
    let before = town.books.open_suspense(None, 99).await.unwrap();
    town.took(name, file).await;
    let mut now = town.books.open_suspense(None, 99).await.unwrap();
    now.retain(|item| !before.contains(item));
    now.sort_by_key(|item| item.amount);
    now
}

/// An item that came with a reference and was placed; the item.
async fn placed(town: &Town, reference: &str, to: &NewAllocation) -> OpenSuspense {
    let id = town.books.add_suspense_item(&came(reference, "", 500)).await.unwrap();
    town.books.allocate_suspense(id, to).await.unwrap();
    town.books.suspense_item(id).await.unwrap()
}

fn to(fund: &str, reference: &str) -> NewAllocation {
    NewAllocation { fund: fund.to_owned(), reference: reference.to_owned(), ..to_first(None) }
}

/// Council tax under this reference goes to that account holder.
async fn redirect(town: &Town, reference: &str, n: u32) {
    let new = NewRedirect {
        fund: "CT".to_owned(),
        reference: reference.to_owned(),
        to: Some(("CT".to_owned(), ct(n))),
        from: april(1),
        reason: "a new system".to_owned(),
    };
    town.books.redirect_reference(&new).await.unwrap();
}

async fn why_not(town: &Town, item: &OpenSuspense) -> String {
    match town.books.suspense_correction(item.id).await {
        Err(AppError::Refused(why)) => why,
        other => panic!("{other:?}"),
    }
}

/// From where to where, how many, and of how much.
type Moved<'a> = (&'a str, &'a str, u64, i64);

fn sums(found: &Replayed) -> (u64, u64, Vec<Moved<'_>>) {
    let pairs = found.pairs.iter();
    let pairs = pairs.map(|it| (it.from.as_str(), it.to.as_str(), it.count, it.total.get()));
    (found.rows, found.moved, pairs.collect())
}

on_both! {
    async fn a_placing_becomes_an_old_reference(url: &str) {
        let town = Town::of(url).await;
        let rows = ["3.00", "4.00"].map(|amount| paid("CT", "FLAT 7", "CARD", amount));
        let [one, own] = [&rows[0], &paid("CT", &ct(1), "CARD", "9.00")].map(Clone::clone);
        let items = suspense_of(&town, "a.csv", &receipts(&[one, rows[1].clone(), own])).await;
        assert!(why_not(&town, &items[0]).await.contains("place it first"));
        town.books.allocate_suspense(items[0].id, &to_first(None)).await.unwrap();
        let before = counts(url);
        let found = town.books.suspense_correction(items[0].id).await.unwrap();
        let Correction::Redirect(new) = found else { panic!("{found:?}") };
        let to = new.to.as_ref().map(|(fund, it)| (fund.as_str(), it.as_str()));
        assert_eq!((new.fund.as_str(), new.reference.as_str()), ("CT", "FLAT 7"));
        assert_eq!((to, new.from), (Some(("CT", ct(1).as_str())), april(20)));
        // It is from today on, and tried as if it had stood all the while.
        let effect = town.books.replay_redirect(&new, ONE_DAY(), &mut |_, _| {}).await.unwrap();
        assert_eq!(sums(&effect), (3, 2, vec![("suspense", "CT", 2, 700)]));
        assert_eq!(counts(url), before, "nothing is switched on");
        town.books.redirect_reference(&new).await.unwrap();
        assert_eq!(why_not(&town, &items[0]).await, "money like it goes there already");
        let next = receipts(&[paid("CT", "flat 7", "CARD", "6.00")]);
        assert_eq!(suspense_of(&town, "b.csv", &next).await, []);
        town.proved().await;
    }

    async fn a_placing_from_a_fund_there_is_none_of_becomes_an_import_rule(url: &str) {
        let town = Town::of(url).await;
        let row = paid("XX", "A \"1\"", "CARD", "32.00");
        let items = suspense_of(&town, "a.csv", &receipts(std::slice::from_ref(&row))).await;
        town.books.allocate_suspense(items[0].id, &to_first(None)).await.unwrap();
        let found = town.books.suspense_correction(items[0].id).await.unwrap();
        let Correction::Rule { rule, document, after } = found else { panic!("{found:?}") };
        assert!(document.ends_with(&rule) && rule.starts_with("[[import_rule]]\n"), "{rule}");
        let effect = town.books.replay(&document, ONE_DAY(), &mut |_, _| {}).await.unwrap();
        assert_eq!(sums(&effect), (1, 1, vec![("suspense", "CT", 1, 3_200)]));
        let new = NewConfiguration { document: &document, from: april(20), reason: "a rule", after: Some(after) };
        let done = town.books.apply_configuration(&new).await.unwrap();
        assert!(matches!(done, Configured::Now(_)), "{done:?}");
        let next = receipts(&[row.on(april(19)), paid("XX", "B", "CARD", "1.00")]);
        let left = suspense_of(&town, "b.csv", &next).await;
        assert_eq!(left.iter().map(|item| item.reference.as_str()).collect::<Vec<_>>(), ["B"]);
        town.proved().await;
    }

    async fn what_no_rule_can_know_again_is_said_so(url: &str) {
        let town = Town::of(url).await;
        let items = suspense_of(&town, "a.csv", &receipts(&[
            paid("CT", "FLAT 1", "CARD", "1.00"),
            paid("CT", "", "CARD", "2.00"),
            paid("CT", &ct(1), "NO SUCH", "3.00"),
        ])).await;
        assert_eq!(items.len(), 3, "{items:?}");
        let other = NewAllocation { reference: ct(2), ..to_first(None) };
        town.books.allocate_suspense(items[0].id, &to_first(Some(40))).await.unwrap();
        town.books.allocate_suspense(items[0].id, &other).await.unwrap();
        assert!(why_not(&town, &items[0]).await.contains("went to 2 accounts"));
        // What was taken back is no placing.
        let shown = town.books.suspense_shown(items[0].id).await.unwrap();
        let second = &shown.allocations.iter().find(|it| it.0.amount.get() == 60).unwrap().0;
        town.books.undo_allocation(second.id, "another's").await.unwrap();
        assert!(town.books.suspense_correction(items[0].id).await.is_ok());
        for item in &items[1..] {
            town.books.allocate_suspense(item.id, &to_first(None)).await.unwrap();
        }
        assert!(why_not(&town, &items[1]).await.contains("came with no reference"));
        assert!(why_not(&town, &items[2]).await.contains("method of payment `NO SUCH`"));
        let loose = town.books.add_suspense_item(&came("LOOSE 9", "", 500)).await.unwrap();
        town.books.allocate_suspense(loose, &to_first(None)).await.unwrap();
        let found = town.books.suspense_correction(loose).await.unwrap();
        assert!(matches!(found, Correction::Redirect(new) if new.reference == "LOOSE 9"));
        let another = town.books.add_suspense_item(&came(&ct(2), "", 600)).await.unwrap();
        town.books.allocate_suspense(another, &to_first(None)).await.unwrap();
        let another = town.books.suspense_item(another).await.unwrap();
        assert!(why_not(&town, &another).await.contains("send their money elsewhere"));
        town.took("b.sta", &statement(1, 0, 20, &[(500, "NOBODY SAYS WHOSE")])).await;
        town.books.reconcile().await.unwrap();
        town.books.close_day(april(20)).await.unwrap();
        let bank = town.books.open_suspense(None, 99).await.unwrap();
        let bank = bank.iter().find(|item| item.line.is_some()).unwrap();
        town.books.allocate_suspense(bank.id, &to_first(None)).await.unwrap();
        assert!(why_not(&town, bank).await.contains("quotes no reference"));
        town.proved().await;
    }
    async fn a_reference_that_went_to_two_accounts_makes_no_rule(url: &str) {
        let town = Town::of(url).await;
        let items = suspense_of(&town, "a.csv", &receipts(&[
            paid("XX", "", "CARD", "1.00"),
            paid("XX", "OLD 5", "CARD", "2.00"),
            paid("CT", "FLAT 9", "CARD", "3.00"),
        ])).await;
        for item in &items {
            town.books.allocate_suspense(item.id, &to_first(None)).await.unwrap();
        }
        assert!(why_not(&town, &items[0]).await.contains("came with no reference"));
        let second = format!("placed in CT {} as well", ct(2));
        for (item, reference) in [(&items[1], "old 5"), (&items[2], "FLAT-9")] {
            assert!(town.books.suspense_correction(item.id).await.is_ok(), "{reference}");
            let other = placed(&town, reference, &to("CT", &ct(2))).await;
            assert!(why_not(&town, item).await.contains(&second), "{reference}");
            assert!(why_not(&town, &other).await.contains(&format!("placed in CT {} as", ct(1))));
        }
        // They are one account now.
        redirect(&town, &ct(2), 1).await;
        for item in &items[1..] {
            assert!(town.books.suspense_correction(item.id).await.is_ok(), "{}", item.reference);
        }
        town.proved().await;
    }

    async fn what_goes_somewhere_or_was_moved_on_makes_no_rule(url: &str) {
        let town = Town::of(url).await;
        // Nobody need hold an account of leisure.
        let live = placed(&town, "LM000002", &to("LE", "LM000001")).await;
        assert!(why_not(&town, &live).await.contains("goes to LE LM000002"));
        redirect(&town, "FLAT 8", 3).await;
        let led = placed(&town, "FLAT 8", &to("CT", &ct(2))).await;
        assert!(why_not(&town, &led).await.contains(&format!("goes to CT {}", ct(3))));
        let id = town.books.add_suspense_item(&came("FLAT 6", "", 500)).await.unwrap();
        let receipt = town.books.allocate_suspense(id, &to_first(None)).await.unwrap().receipt;
        assert!(town.books.suspense_correction(id).await.is_ok());
        let right = journal(town.numbered(&receipt).await, &[part("CT", &ct(2), 500)]);
        done(town.books.journal_line(&right).await.unwrap());
        let moved = town.books.suspense_item(id).await.unwrap();
        assert!(why_not(&town, &moved).await.contains("was moved or paid back since"));
        town.proved().await;
    }
}
