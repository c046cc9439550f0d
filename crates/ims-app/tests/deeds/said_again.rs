//! What somebody decided or took back and says again, as after an answer that
//! was lost: answered as before, and nothing changes. Another person's word on
//! it, and another word, are refused.

use ims_app::{Actor, Books, Moved, RefundStanding, Role, Transferred, Verdict};
use ims_ledger::id::ApprovalId;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::counts,
    refunds::of as refund_of,
    suspense::to_first,
    town::{Town, april, ct, settings},
    transfers::{done, journal, part, transfer},
};

/// Does a deed, and once more: gives both answers. Nothing changes by it, nor by
/// what others say, which is refused.
macro_rules! once {
    ($url:expr, $deed:expr, [$($other:expr),+ $(,)?]) => {{
        let first = $deed.await.unwrap();
        let before = counts($url);
        let again = $deed.await.expect(stringify!($deed));
        $(
            let why = $other.await.map(drop).expect_err(stringify!($other));
            assert!(why.is_refusal(), "{}: {why:?}", stringify!($other));
        )+
        assert_eq!(counts($url), before, "{}", stringify!($deed));
        (first, again)
    }};
}

/// Who asks, who decides, and another who might have.
async fn three(town: &Town) -> (Books, Books, Books) {
    let boss = Actor::person("boss", &[Role::IncomeManager.name().to_owned()]);
    let boss = town.app.books(None, boss).await.unwrap();
    (town.hands_of(Role::IncomeOfficer).await, town.hands_of(Role::IncomeManager).await, boss)
}

/// A transfer that waits.
async fn asked(asks: &Books) -> ApprovalId {
    let new = transfer(&[part("CT", &ct(1), 2_000)], &[part("CT", &ct(2), 2_000)]);
    match asks.make_transfer(&new).await.unwrap() {
        Moved::Waits(id) => id,
        done @ Moved::Done(_) => panic!("{done:?}"),
    }
}

async fn with_limit(url: &str) -> Town {
    let town = Town::of(url).await;
    let limit = "\n[approval]\ntransfer_above_pence = 1000\n";
    town.books.configure(&(settings("MILL") + limit), april(20)).await.unwrap();
    town
}

fn is_before(first: Transferred, again: Transferred) {
    assert_eq!(again, Transferred { before: true, ..first });
}

fn stands((first, again): (RefundStanding, RefundStanding)) {
    assert_eq!((first.refund, first.before, again.before), (again.refund, false, true));
}

on_both! {
    async fn a_transfer_approved_refused_or_withdrawn(url: &str) {
        let town = with_limit(url).await;
        let (asks, manager, boss) = three(&town).await;
        let id = asked(&asks).await;
        let (first, again) = once!(url, manager.approve_transfer(id, " seen"), [
            boss.approve_transfer(id, "seen"),
            manager.approve_transfer(id, "seen it"),
            manager.refuse_transfer(id, "seen"),
            asks.withdraw_approval(id, "seen"),
        ]);
        is_before(first, again);
        let id = asked(&asks).await;
        once!(url, manager.refuse_transfer(id, "no"), [
            boss.refuse_transfer(id, "no"),
            manager.refuse_transfer(id, "never"),
            manager.approve_transfer(id, "no"),
        ]);
        let id = asked(&asks).await;
        once!(url, asks.withdraw_approval(id, "no"), [
            asks.withdraw_approval(id, "never"),
            manager.refuse_transfer(id, "no"),
        ]);
        town.proved().await;
    }

    async fn a_refund_approved_or_refused(url: &str) {
        let town = Town::of(url).await;
        let (asks, manager, boss) = three(&town).await;
        let receipt = town.with_payment("CT", &ct(1), "10.00").await;
        let number = town.receipt(receipt).await.number;
        let wish = refund_of(&number, Some(100));
        let id = asks.request_refund(&wish).await.unwrap().id;
        stands(once!(url, manager.approve_refund(id, "seen"), [
            boss.approve_refund(id, "seen"),
            manager.approve_refund(id, "seen it"),
            manager.refuse_refund(id, Verdict::Refused, "seen"),
        ]));
        let id = asks.request_refund(&wish).await.unwrap().id;
        stands(once!(url, manager.refuse_refund(id, Verdict::Refused, "no"), [
            boss.refuse_refund(id, Verdict::Refused, "no"),
            manager.refuse_refund(id, Verdict::Refused, "never"),
            manager.approve_refund(id, "no"),
        ]));
        let id = asks.request_refund(&wish).await.unwrap().id;
        stands(once!(url, asks.refuse_refund(id, Verdict::Withdrawn, "no"), [
            manager.refuse_refund(id, Verdict::Refused, "no"),
        ]));
        town.proved().await;
    }

    async fn suspense_given_back_given_up_or_a_difference_accepted(url: &str) {
        let town = Town::of(url).await;
        let (asks, manager, boss) = three(&town).await;
        let rows = [paid("XX", "1", "CARD", "10.00"), paid("CT", &ct(1), "CASH", "5.00").batch("SLIP0001")];
        town.took("odd.csv", &receipts(&rows)).await;
        let item = town.suspense().await[0].id;
        let part = Some(Pence::new(100));
        let id = asks.return_suspense(item, part, "theirs", None).await.unwrap();
        let (first, again) = once!(url, manager.approve_suspense_return(id, "seen"), [
            boss.approve_suspense_return(id, "seen"),
            manager.approve_suspense_return(id, "seen it"),
            manager.refuse_suspense_return(id, "seen"),
        ]);
        assert_eq!(first, again);
        let id = asks.return_suspense(item, part, "theirs", None).await.unwrap();
        once!(url, manager.refuse_suspense_return(id, "no"), [
            boss.refuse_suspense_return(id, "no"),
            manager.approve_suspense_return(id, "no"),
        ]);
        let id = asks.write_off_suspense(item, part, "pennies", None).await.unwrap();
        let (first, again) = once!(url, manager.approve_write_off(id, "seen"), [
            boss.approve_write_off(id, "seen"),
            manager.refuse_write_off(id, "seen"),
        ]);
        assert_eq!((first, again.get()), (again, 100));
        let waits = town.books.waited_for(Some("till")).await.unwrap().remove(0).id;
        let id = asks.accept_difference(waits, "stolen", None).await.unwrap();
        let (first, again) = once!(url, manager.approve_difference(id, "seen"), [
            boss.approve_difference(id, "seen"),
            manager.refuse_difference(id, "seen"),
        ]);
        assert_eq!(first, again);
        town.proved().await;
    }

    async fn a_configuration_approved_or_refused(url: &str) {
        let town = Town::of(url).await;
        let wants = settings("MILL") + "\n[approval]\nconfiguration = true\n";
        town.books.configure(&wants, april(20)).await.unwrap();
        let administrator = |name: &str| {
            Actor::person(name, &[Role::Administrator.name().to_owned(), Role::IncomeManager.name().to_owned()])
        };
        let (ann, bob, cat) = (
            town.app.books(None, administrator("ann")).await.unwrap(),
            town.app.books(None, administrator("bob")).await.unwrap(),
            town.app.books(None, administrator("cat")).await.unwrap(),
        );
        for (limit, verdict, version) in [("400", Verdict::Refused, None), ("300", Verdict::Approved, Some(3))] {
            let document = wants.replace("max_pence = 50000", &format!("max_pence = {limit}"));
            let new = ims_app::configuration::NewConfiguration {
                document: &document,
                from: april(20),
                reason: "lower",
                after: None,
            };
            let ims_app::configuration::Configured::Waits(id) =
                ann.apply_configuration(&new).await.unwrap() else { panic!("it does not wait") };
            let other = if version.is_some() { Verdict::Refused } else { Verdict::Approved };
            let came = once!(url, bob.decide_configuration(id, verdict, "seen"), [
                cat.decide_configuration(id, verdict, "seen"),
                bob.decide_configuration(id, verdict, "seen it"),
                bob.decide_configuration(id, other, "seen"),
            ]);
            assert_eq!(came, (version, version));
        }
        town.proved().await;
    }

    async fn what_was_taken_back(url: &str) {
        let town = Town::of(url).await;
        let asks = town.hands_of(Role::IncomeOfficer).await;
        let boss = Actor::person("boss", &[Role::IncomeOfficer.name().to_owned()]);
        let boss = town.app.books(None, boss).await.unwrap();
        let receipt = town.with_payment("CT", &ct(1), "10.00").await;
        let moved = done(asks.journal_line(&journal(receipt, &[part("CT", &ct(2), 300)])).await.unwrap());
        let (first, again) = once!(url, asks.undo_journal(moved.id, " wrong"), [
            boss.undo_journal(moved.id, "wrong"),
            asks.undo_journal(moved.id, "quite wrong"),
        ]);
        is_before(first, again);
        let new = transfer(&[part("CT", &ct(1), 5)], &[part("CT", &ct(2), 5)]);
        let moved = done(asks.make_transfer(&new).await.unwrap());
        let (first, again) = once!(url, asks.undo_transfer(moved.id, "wrong"), [
            boss.undo_transfer(moved.id, "wrong"),
            asks.undo_transfer(moved.id, "quite wrong"),
        ]);
        is_before(first, again);
        let odd = town.took("odd.csv", &receipts(&[paid("XX", "1", "CARD", "7.00")])).await;
        let item = town.suspense().await[0].id;
        asks.allocate_suspense(item, &to_first(None)).await.unwrap();
        let allocation = town.allocation(item).await;
        let (first, again) = once!(url, asks.undo_allocation(allocation, "wrong"), [
            boss.undo_allocation(allocation, "wrong"),
            asks.undo_allocation(allocation, "quite wrong"),
        ]);
        assert_eq!((first, again.get()), (again, 700));
        let (first, again) = once!(url, asks.reverse_import(odd.id, "twice"), [
            boss.reverse_import(odd.id, "twice"),
            asks.reverse_import(odd.id, "sent twice"),
        ]);
        assert_eq!(first, again);
        town.took("cash.csv", &receipts(&[paid("CT", &ct(1), "CASH", "12.50").batch("SLIP0042")])).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_250, "CR SLIP0042")])).await;
        let line = town.open_line(1_250).await.id;
        town.reconciled().await;
        let matched = town.standing(line).await;
        let (first, again) = once!(url, asks.undo_match(matched, "wrong"), [
            boss.undo_match(matched, "wrong"),
            asks.undo_match(matched, "quite wrong"),
        ]);
        assert_eq!(first, again);
        town.proved().await;
    }
}
