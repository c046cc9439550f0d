//! Money from a bank account that paid before is known again, however it was
//! placed then, and no account number is kept for it.

use ims_app::{
    Actor, Books, CheckedReference, KnownPayer, NewAllocation, NewRedirect, OpenSuspense,
    Suggestion,
};
use ims_ledger::{
    Through,
    id::{MatchId, SuspenseId},
};
use ims_testkit::on_both;

use super::{
    files::{Shown, paid, receipts, statement},
    raw::{sql, tamper},
    suggest::{holds, swapped},
    suspense::to_first,
    town::{Town, april, ct, file, holders, settings},
};

/// A bank account, as sort code and number.
const HERS: &str = "20999955550001";
/// The same, as others write it.
const HERS_IBAN: &str = "GB29NWBK20999955550001";
/// Another.
const HIS: &str = "20999955550002";

/// What a bank says of a credit from that account.
pub(super) fn credit(text: &str, account: &str, name: &str) -> String {
    format!("166?00BGC?20{text}?31{account}?32{name}")
}

/// Takes a day's statement in, reconciles, and puts aside what is left.
async fn day(town: &Town, number: u32, opening: i64, on: u32, lines: &[(i64, String)]) {
    let lines: Vec<Shown<'_>> = lines.iter().map(|(pence, says)| (*pence, &**says)).collect();
    town.clock.to_april(on);
    town.took(&format!("s{number}.sta"), &statement(number, opening, on, &lines)).await;
    town.books.reconcile().await.unwrap();
    town.books.close_day(april(on)).await.unwrap();
}

/// The one open item of so many pence.
async fn item(town: &Town, pence: i64) -> OpenSuspense {
    let found = town.suspense().await.into_iter().find(|item| item.amount.get() == pence);
    found.unwrap_or_else(|| panic!("no item of {pence}"))
}

async fn suggested(town: &Town, id: SuspenseId) -> Vec<Suggestion> {
    town.books.suggest_suspense(id).await.unwrap()
}

/// What is said of the account that is suggested first, if any is.
async fn first(town: &Town, pence: i64) -> Option<(String, String)> {
    let found = suggested(town, item(town, pence).await.id).await;
    found.into_iter().next().map(|it| (it.reference, it.reasons.join("; ")))
}

fn to(n: u32) -> NewAllocation {
    NewAllocation { reference: ct(n), ..to_first(None) }
}

on_both! {
    /// A reference that is none is weighed by the payer's name and bank account, where known.
    async fn what_was_meant_is_weighed_by_who_paid(url: &str) {
        let town = Town::of(url).await;
        let surname = |n: u32| n.to_string().bytes().map(|it| char::from(it + 17)).collect::<String>();
        for n in 10..60 {
            holds(&town.books, n, &format!("Mr J Q{}", surname(n)), 4_000 + i64::from(n)).await;
        }
        let given = swapped(&ct(20));
        let meant = async |payer: &KnownPayer| {
            let checked = town.books.check_or_repair_for("CT", &given, Through::Staff, payer).await;
            let (_, found) = checked.unwrap().unwrap_err();
            found.into_iter().map(|it| (it.meant.place.reference.to_string(), it.reasons.join("; "))).collect::<Vec<_>>()
        };
        let nobody = KnownPayer::default();
        let plain = meant(&nobody).await;
        assert!(plain.len() > 1 && plain.iter().all(|(_, why)| why.is_empty()), "{plain:?}");
        let of = town.books.check_or_repair("CT", &given, Through::Staff).await.unwrap().unwrap_err().1;
        assert_eq!(plain.iter().map(|it| &it.0).collect::<Vec<_>>(), of.iter().map(|it| it.place.reference.as_str()).collect::<Vec<_>>());
        let last = plain.last().unwrap().0.clone();
        let n = (10..60).find(|n| ct(*n) == last).unwrap();
        let named = KnownPayer { name: format!("Q{} J", surname(n)), ..nobody.clone() };
        let found = meant(&named).await;
        assert_eq!(found[0], (last.clone(), "surname and initial agree".to_owned()), "{found:?}");
        assert!(found[1..].iter().all(|(_, why)| why == "the name is another"), "{found:?}");
        // The bank account, once money of it was placed.
        let from = |sort_code: &str, account: &str| {
            KnownPayer { sort_code: sort_code.to_owned(), account: account.to_owned(), ..KnownPayer::default() }
        };
        let hers = from("20-99-99", "55550001");
        assert_eq!(meant(&hers).await, plain, "nothing was paid from there yet");
        day(&town, 1, 0, 20, &[(1_001, credit("HELLO", HERS, "J S"))]).await;
        let placed = item(&town, 1_001).await.id;
        town.books.allocate_suspense(placed, &to(n)).await.unwrap();
        let found = meant(&hers).await;
        let said = "it was paid once before from the same bank account, last on 2026-04-20";
        let place = found.iter().position(|(reference, _)| *reference == last).unwrap();
        assert_eq!(found[place].1, said);
        assert!(place + 1 < plain.len(), "it was the last: {found:?}");
        let others = found.iter().filter(|(reference, _)| *reference != last);
        assert!(others.map(|(_, why)| why.as_str()).all(|why| why == "others were paid from the same bank account before"));
        // Both together.
        let found = meant(&KnownPayer { name: named.name, ..hers }).await;
        assert_eq!(found[0], (last.clone(), format!("{said}; surname and initial agree")), "{found:?}");
        // What was paid: it is all that the one owes.
        let owed = ims_money::Pence::new(4_000 + i64::from(n));
        let found = meant(&KnownPayer { amount: Some(owed), ..nobody.clone() }).await;
        let place = found.iter().position(|(reference, _)| *reference == last).unwrap();
        assert!(found[place].1 == "the amount is all it owes" && place + 1 < plain.len(), "it was the last: {found:?}");
        let mut others = found.iter().filter(|(reference, _)| *reference != last);
        assert!(others.all(|(_, why)| why == "it does not owe this amount, and never paid it"), "{found:?}");
        let nothing = KnownPayer { amount: Some(ims_money::Pence::ZERO), ..nobody.clone() };
        let bad = town.books.check_or_repair_for("CT", &given, Through::Staff, &nothing).await.unwrap_err();
        assert!(bad.is_bad_input(), "{bad}");
        for half in [from("209999", ""), from("", "55550001x"), from("2099", "55550001")] {
            let bad = town.books.check_or_repair_for("CT", &given, Through::Staff, &half).await.unwrap_err();
            assert!(bad.is_bad_input() && bad.to_string().contains("give both"), "{bad}");
        }
        town.proved().await;
    }

    /// A fund that takes any reference of its shape: that nobody holds one is told beside it.
    async fn what_can_be_paid_to_may_be_held_by_nobody(url: &str) {
        let town = Town::of(url).await;
        let nobody = KnownPayer::default();
        let check = async |books: &Books, given: &str, payer: &KnownPayer| {
            books.check_or_repair_for("LE", given, Through::Staff, payer).await.unwrap().unwrap()
        };
        let meant = |checked: &CheckedReference| {
            let found = checked.perhaps.iter();
            found.map(|it| (it.meant.place.reference.to_string(), it.reasons.join("; "))).collect::<Vec<_>>()
        };
        let unknown = check(&town.books, "LM001243", &nobody).await;
        assert_eq!((unknown.is_held, meant(&unknown)), (None, vec![]), "no holder of the fund is known");
        let held = "fund,reference,name,balance\nLE,LM001234,J Wimmer,10.00\nLE,LM001253,A Iver,2.00\nPK,PN001243,P Arker,1.00\n";
        town.took("leisure.csv", held).await;
        let theirs = check(&town.books, "lm001234", &nobody).await;
        assert_eq!((theirs.is_held, meant(&theirs)), (Some(true), vec![]));
        let strange = check(&town.books, "LM001243", &nobody).await;
        assert_eq!((strange.reference.as_str(), strange.is_held), ("LM001243", Some(false)));
        let both = meant(&strange);
        let names: Vec<_> = both.iter().map(|it| it.0.as_str()).collect();
        assert!(names.len() == 2 && names.contains(&"LM001234") && names.contains(&"LM001253"), "{both:?}");
        assert!(both.iter().all(|it| it.1.is_empty()), "{both:?}");
        // Who paid says which of the two.
        for (name, first) in [("WIMMER J", "LM001234"), ("IVER A", "LM001253")] {
            let named = KnownPayer { name: name.to_owned(), ..nobody.clone() };
            let found = meant(&check(&town.books, "LM001243", &named).await);
            assert_eq!(found[0], (first.to_owned(), "surname and initial agree".to_owned()), "{found:?}");
        }
        let far = check(&town.books, "LM987650", &nobody).await;
        assert_eq!((far.is_held, meant(&far)), (Some(false), vec![]));
        let plain = town.books.check_or_repair("LE", "LM001243", Through::Staff).await.unwrap().unwrap();
        assert_eq!((plain.is_held, meant(&plain)), (Some(false), vec![]), "a counter is not told of others");
        // An old reference leads to one that nobody holds.
        let new = NewRedirect {
            fund: "LE".to_owned(),
            reference: "LM000001".to_owned(),
            to: Some(("LE".to_owned(), "LM001243".to_owned())),
            from: april(20),
            reason: "moved".to_owned(),
        };
        town.books.redirect_reference(&new).await.unwrap();
        let led = check(&town.books, "LM000001", &nobody).await;
        assert_eq!((led.is_held, led.redirected_from.is_some(), meant(&led)), (Some(false), true, both));
        town.proved().await;
    }

    async fn money_from_an_account_whose_money_was_placed_goes_there_again(url: &str) {
        let town = Town::of(url).await;
        let lines = [
            (1_001, credit("RENT OR SO", HERS, "J S")),
            (1_002, credit("HELLO", HERS_IBAN, "JANE")),
            (1_003, credit("NOBODY", HIS, "SOMEBODY ELSE")),
        ];
        day(&town, 1, 0, 20, &lines).await;
        let placed = item(&town, 1_001).await.id;
        assert_eq!(first(&town, 1_002).await, None, "nothing was paid yet");
        town.books.allocate_suspense(placed, &to(3)).await.unwrap();
        let said = "it was paid once before from the same bank account, last on 2026-04-20";
        let (reference, why) = first(&town, 1_002).await.unwrap();
        assert_eq!((reference, why.starts_with(said)), (ct(3), true), "{why}");
        assert_eq!(first(&town, 1_003).await, None, "another bank account");
        // In a list as well, and an item's own placing is no precedent.
        let items = town.suspense().await;
        let glance = town.books.meant_by(&items).await.unwrap();
        let perhaps = &glance[&item(&town, 1_002).await.id];
        assert_eq!((perhaps[0].reference.as_str(), perhaps[0].reasons[0].as_str()), (&*ct(3), said));
        let half = NewAllocation { amount: Some(ims_money::Pence::new(500)), ..to(4) };
        let second = item(&town, 1_002).await.id;
        town.books.allocate_suspense(second, &half).await.unwrap();
        assert_eq!(suggested(&town, second).await.len(), 1);
        // What is taken back is none either.
        let shown = town.books.suspense_shown(placed).await.unwrap();
        town.books.undo_allocation(shown.allocations[0].0.id, "another's").await.unwrap();
        assert_eq!(suggested(&town, second).await, []);
        town.proved().await;
    }

    /// A receipt made of a credit, and one that the credit only showed.
    async fn money_that_was_no_suspense_counts_too(url: &str) {
        let town = Town::of(url).await;
        town.took("told.csv", &receipts(&[paid("CT", &ct(5), "BANK", "20.00")])).await;
        let lines = [
            (1_500, credit(&ct(4), HERS, "J S")),
            (2_000, credit(&ct(5), HIS, "K O")),
        ];
        day(&town, 1, 0, 20, &lines).await;
        assert!(town.suspense().await.is_empty());
        let lines = [(701, credit("A", HERS, "J S")), (702, credit("B", HIS, "K O"))];
        day(&town, 2, 3_500, 21, &lines).await;
        for (pence, n) in [(701, 4), (702, 5)] {
            let (reference, why) = first(&town, pence).await.unwrap();
            assert_eq!(reference, ct(n));
            assert!(why.starts_with("it was paid once before from the same bank account"), "{why}");
        }
        // A match that was taken back is no precedent.
        let id = if url.starts_with("sqlite:") { "hex(match_id)" } else { "match_id" };
        let set = sql(url, &format!("SELECT {id} FROM match_set WHERE rule = 'reference quoted'"));
        let set = MatchId::new(uuid::Uuid::parse_str(&set).unwrap());
        town.books.undo_match(set, "another's").await.unwrap();
        assert_eq!(first(&town, 701).await, None);
        town.proved().await;
    }

    async fn whom_it_paid_oftener_is_likelier(url: &str) {
        let town = Town::of(url).await;
        let quotes = [3, 3, 4, 3];
        let lines: Vec<_> = (1..).zip(quotes).map(|(n, to)| (n * 100, credit(&ct(to), HERS, "AGENT"))).collect();
        day(&town, 1, 0, 20, &lines).await;
        // One that nearly quotes an account that was never paid from there.
        holds(&town.books, 3_141_592, "Mrs Jane Smith", 1).await;
        let lines = [
            (2_000, credit("FOR A TENANT", HERS, "AGENT")),
            (2_001, credit(&swapped(&ct(3_141_592)), HERS, "AGENT")),
        ];
        day(&town, 2, 1_000, 21, &lines).await;
        let found = suggested(&town, item(&town, 2_000).await.id).await;
        let said: Vec<_> = found.iter().map(|it| (it.reference.clone(), it.reasons[0].clone())).collect();
        let before = |n, often| {
            (ct(n), format!("it was paid {often} before from the same bank account, last on 2026-04-20"))
        };
        assert_eq!(said, [before(3, "3 of 4 times"), before(4, "1 of 4 times")]);
        assert!(found[0].permille > found[1].permille, "{found:?}");
        let found = suggested(&town, item(&town, 2_001).await.id).await;
        let other = found.iter().find(|it| it.reference == ct(3_141_592)).unwrap();
        assert_eq!(other.reasons[1], "others were paid from the same bank account before");
        town.proved().await;
    }

    async fn who_is_about_to_be_summoned_is_asked_by_bank_account_too(url: &str) {
        let town = Town::of(url).await;
        day(&town, 1, 0, 20, &[(1_500, credit(&ct(4), HERS, "J S"))]).await;
        day(&town, 2, 1_500, 21, &[(701, credit("A", HERS, "J S"))]).await;
        let line = [(702, &*credit("B", HERS_IBAN, "J S"))];
        town.clock.to_april(22);
        town.took("s3.sta", &statement(3, 2_201, 22, &line)).await;
        let accounts = [("CT".to_owned(), ct(4)), ("CT".to_owned(), ct(5))];
        let guard = town.books.guard_accounts(&accounts).await.unwrap();
        let of = |at: usize| -> Vec<(i64, String)> {
            let found = guard.accounts[at].found.iter();
            let mut found: Vec<_> = found.map(|it| (it.amount.get(), it.reasons[0].clone())).collect();
            found.sort();
            found
        };
        let said = "it was paid once before from the same bank account, last on 2026-04-20".to_owned();
        assert_eq!(of(0), [(701, said.clone()), (702, said)]);
        assert_eq!(of(1), []);
        town.proved().await;
    }

    /// Only credits from others' accounts have a fingerprint; it is the council's, and
    /// without it nothing is known and nothing is broken.
    async fn no_account_number_is_kept_and_a_fingerprint_can_be_erased(url: &str) {
        let town = Town::of(url).await;
        let own = "20000087654321";
        let lines = [
            (1_001, credit("ONE", HERS, "J S")),
            (1_002, credit("TWO", HERS_IBAN, "J S")),
            (-500, credit("PAID OUT", HIS, "K O")),
            (1_003, credit("OUR SAVINGS", own, "MILL COUNCIL")),
            (1_004, credit("NUMBER ALONE", "55550001", "J S")),
            (1_005, "FREE TEXT".to_owned()),
        ];
        day(&town, 1, 10_000, 20, &lines).await;
        let vale = town.app.init(&settings("VALE"), Actor::system("test")).await.unwrap();
        vale.import_file(file("holders.csv", &holders())).await.unwrap();
        let says = credit("ONE", HERS, "J S");
        vale.import_file(file("s1.sta", &statement(1, 0, 20, &[(1_001, &*says)]))).await.unwrap();
        let kept = "SELECT COUNT(*) FROM line_payer";
        assert_eq!(sql(url, kept), "3");
        let payers = sql(url, "SELECT COUNT(DISTINCT payer_id) FROM line_payer");
        assert_eq!(payers, "2", "one for each council");
        let words = sql(url, "SELECT words FROM detail");
        assert!(words.contains("NUMBER ALONE") && !words.contains("5555000"), "{words}");
        let placed = item(&town, 1_001).await.id;
        town.books.allocate_suspense(placed, &to(3)).await.unwrap();
        assert_eq!(first(&town, 1_002).await.unwrap().0, ct(3));
        tamper(url, "DELETE FROM line_payer");
        let left = first(&town, 1_002).await;
        assert!(left.is_none_or(|(_, why)| !why.contains("bank account")));
        town.proved().await;
    }
}
