//! Who did what, from where; and the file with which anybody can check the books.

use ims_app::{
    AuditRange, DisputeOutcome, ExportKind, FindEvents, JobKind, NewDispute, NewPerson, NewReturn,
    ReturnOf, Role, ScopeKind, SuspenseCare, Verdict,
};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    ereturns::{TEMPLATES, new as new_ereturn},
    files::{one_receipt, paid, receipts, statement},
    raw::sql,
    refunds::of as refund_of,
    returns::{disputed::dispute, returned},
    standing::add,
    suspense::to_first,
    take_receipt::{COUNTER, cash},
    town::{Town, april, ct, settings},
    transfers::{done, journal, part, transfer},
};
use crate::verify_audit::check;

/// A town with two closed days, sealed, and its audit file.
async fn exported(url: &str) -> (Town, String, String) {
    let town = Town::of(url).await;
    town.took("monday.csv", &one_receipt()).await;
    town.took("s1.sta", &statement(1, 0, 20, &[(700, "NOBODY KNOWS")])).await;
    town.books.close_day(april(20)).await.unwrap();
    town.clock.to_april(21);
    let item = town.suspense().await[0].id;
    town.books.allocate_suspense(item, &to_first(Some(300))).await.unwrap();
    let head = town.books.close_day(april(21)).await.unwrap().head;
    let file = file(&town, AuditRange::default()).await;
    (town, file, head)
}

async fn file(town: &Town, range: AuditRange) -> String {
    let mut bytes = Vec::new();
    let done = town.books.export_audit(range, &mut bytes).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines = |kind: &str| {
        text.lines().filter(|line| line.contains(&format!("{{\"t\":\"{kind}\""))).count()
    };
    assert_eq!(lines("entry"), usize::try_from(done.entries).unwrap());
    assert_eq!(lines("block"), usize::try_from(done.blocks).unwrap());
    text
}

/// The file with its lines changed.
fn with(file: &str, change: impl FnOnce(&mut Vec<String>)) -> Result<(), String> {
    let mut lines: Vec<String> = file.lines().map(str::to_owned).collect();
    change(&mut lines);
    check(lines.join("\n").as_bytes(), None).map(drop)
}

fn first(lines: &[String], kind: &str) -> usize {
    lines.iter().position(|line| line.starts_with(&format!("{{\"t\":\"{kind}\""))).unwrap()
}

on_both! {
    /// W38: the file alone proves the books, to a program that shares nothing with us.
    async fn an_untouched_file_holds_and_adds_up_to_the_books(url: &str) {
        let (town, file, head) = exported(url).await;
        let report = check(file.as_bytes(), Some(&head)).unwrap();
        for (account, pence) in &report.accounts {
            assert_eq!(i128::from(town.at(account).await), *pence, "{account}");
        }
        assert_eq!(report.accounts["suspense"], -400);
        assert!(report.days.values().all(|(debits, credits)| debits == credits && *debits > 0));
        assert_eq!(report.days.len(), 2);
        assert!(!file.contains("NOBODY KNOWS") && !file.contains("of somebody"), "no text about people");
        town.proved().await;
    }

    async fn a_tampered_file_is_told_with_its_first_wrong_line(url: &str) {
        let (_town, file, head) = exported(url).await;
        let told = |done: Result<(), String>, what: &str| {
            let why = done.unwrap_err();
            assert!(why.contains(what), "{why} (not: {what})");
        };
        told(with(&file, |lines| {
            let at = first(lines, "entry");
            lines[at] = lines[at].replace("12050", "12051");
        }), "its content is not what its hash was made of");
        told(with(&file, |lines| {
            let at = first(lines, "entry");
            lines[at] = lines[at].replacen("12050", "12051", 1);
        }), "its debits are");
        told(with(&file, |lines| { lines.remove(first(lines, "entry")); }), "is not in the file");
        told(with(&file, |lines| { lines.remove(first(lines, "event")); }), "is not in the file");
        told(with(&file, |lines| { lines.remove(first(lines, "block")); }), "it does not follow the block before it");
        told(with(&file, |lines| { lines.remove(lines.len() - 2); }), "the newest block is not there");
        told(with(&file, |lines| {
            let at = first(lines, "event");
            lines.swap(at, at + 1);
        }), "it is out of order");
        told(with(&file, |lines| {
            let at = first(lines, "event");
            lines[at] = lines[at].replace("\"actor\":\"system:test\"", "\"actor\":\"somebody\"");
        }), "its content is not what its hash was made of");
        told(with(&file, |lines| {
            let at = first(lines, "block");
            lines[at] = lines[at].replace("\"sealed_us\":1", "\"sealed_us\":2");
        }), "its content is not what its hash was made of");
        told(with(&file, |lines| { lines.pop(); }), "it was cut off");
        // Somebody who leaves the newest away, and says so all through, is found by the head.
        let shorter = with(&file, |lines| {
            let keep = first(lines, "block");
            lines.truncate(keep + 1);
        });
        told(shorter, "it was cut off");
        let why = check(file.as_bytes(), Some(&"0".repeat(64))).unwrap_err();
        assert!(why.contains("no block has the hash"), "{why}");
        assert!(check(file.as_bytes(), Some(&head)).is_ok());
    }

    /// A file of some days has the whole chain, and what it has is in it.
    async fn a_file_of_some_days_holds_too(url: &str) {
        let (town, whole, head) = exported(url).await;
        let range = AuditRange { from: Some(april(21)), through: Some(april(21)) };
        let part = file(&town, range).await;
        assert!(part.len() < whole.len() + 2_000);
        let report = check(part.as_bytes(), Some(&head)).unwrap();
        assert_eq!(report.days.keys().collect::<Vec<_>>(), ["2026-04-21"]);
        assert!(with(&part, |lines| {
            let at = first(lines, "entry");
            lines[at] = lines[at].replace("300", "301");
        }).is_err());
        let backwards = AuditRange { from: Some(april(21)), through: Some(april(20)) };
        let why = town.books.export_audit(backwards, &mut Vec::new()).await.unwrap_err();
        assert_eq!(why.to_string(), "2026-04-20 is before 2026-04-21");
        town.proved().await;
    }

    /// W41: an event says who and from where; W42: who had the trail is in it.
    async fn events_are_found_by_who_what_whom_and_when(url: &str) {
        let (town, _, _) = exported(url).await;
        let found = async |find: FindEvents| {
            let events = town.books.find_events(&find, None, 500).await.unwrap();
            events.into_iter().map(|event| (event.deed, event.subject)).collect::<Vec<_>>()
        };
        let deed = |deed: &str| FindEvents { deed: Some(deed.to_owned()), ..FindEvents::default() };
        assert_eq!(found(deed("close day")).await.len(), 2);
        assert_eq!(found(deed("export audit")).await, [("export audit".to_owned(), "MILL".to_owned())]);
        assert_eq!(found(deed("init")).await, [("init".to_owned(), "MILL".to_owned())]);
        let subject = FindEvents { subject: Some("2026-04-20".to_owned()), ..FindEvents::default() };
        assert_eq!(found(subject).await, [("close day".to_owned(), "2026-04-20".to_owned())]);
        let nobody = FindEvents { actor: Some("nobody".to_owned()), ..FindEvents::default() };
        assert!(found(nobody).await.is_empty());
        let noon = april(20).and_hms_opt(12, 0, 0).unwrap().and_utc();
        let early = FindEvents { until: Some(noon), ..deed("close day") };
        assert_eq!(found(early).await.len(), 1);
        let late = FindEvents { from: Some(noon), ..deed("close day") };
        assert_eq!(found(late).await, [("close day".to_owned(), "2026-04-21".to_owned())]);
        // Page by page, each once.
        let all = town.books.find_events(&FindEvents::default(), None, 500).await.unwrap();
        let (mut paged, mut before) = (Vec::new(), None);
        loop {
            let page = town.books.find_events(&FindEvents::default(), before, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            paged.extend(page);
        }
        assert_eq!(paged, all);
        assert!(all.iter().all(|event| event.origin == "test" && event.actor == "system:test"));
        assert_eq!(town.books.event(all[0].id).await.unwrap(), all[0]);
        town.proved().await;
    }

    /// Every deed that changes something leaves an event in its own transaction:
    /// none of them is done without one, and none is lost (W38).
    async fn every_deed_leaves_an_event(url: &str) {
        let (town, _, _) = exported(url).await;
        let events = || sql(url, "SELECT count(*) FROM audit_event").parse::<i64>().unwrap();
        let mut before = events();
        let new = NewPerson {
            username: "ann", name: "Ann", password: "correct horse battery",
            roles: &[Role::Cashier], demo: false,
        };
        town.books.add_person(&new).await.unwrap();
        assert!(events() > before, "add_person");
        before = events();
        town.took("more.csv", &receipts(&[paid("CT", &ct(2), "CARD", "1.00").on(april(21))])).await;
        assert!(events() > before, "import");
        before = events();
        let changed = settings("MILL").replace("Leisure", "Sport");
        town.books.configure(&changed, april(22)).await.unwrap();
        assert_eq!(events(), before + 1);
        let find = FindEvents { deed: Some("configure".to_owned()), ..FindEvents::default() };
        let event = town.books.find_events(&find, None, 1).await.unwrap().remove(0);
        let data: serde_json::Value = serde_json::from_str(&event.data).unwrap();
        assert_eq!(
            data["changes"],
            serde_json::json!([{ "path": "fund.LE.name", "before": "\"Leisure\"", "after": "\"Sport\"" }])
        );
        town.proved().await;
    }

    /// The same of money and of who may touch it, deed by deed, each under the
    /// name the trail knows it by.
    async fn every_deed_with_money_leaves_its_event(url: &str) {
        let town = Town::of(url).await;
        let document = format!("{}{TEMPLATES}{COUNTER}", settings("MILL"));
        town.books.configure(&document, april(1)).await.unwrap();
        let (books, manager) = (&town.books, town.hands_of(Role::IncomeManager).await);
        let mut tried = 0;
        macro_rules! leaves {
            ($($name:literal: $deed:expr;)+) => {$(
                let before = sql(url, "SELECT count(*) FROM audit_event").parse::<i64>().unwrap();
                let came = $deed.await.expect($name);
                let find = FindEvents { deed: Some($name.to_owned()), ..FindEvents::default() };
                let found = books.find_events(&find, None, 1).await.unwrap();
                let after = sql(url, "SELECT count(*) FROM audit_event").parse::<i64>().unwrap();
                assert!(!found.is_empty() && after > before, "{} left no event", $name);
                tried += 1;
                let _ = came;
            )+};
        }
        let paid_now = books.take_receipt(&cash("CT", &ct(1), 5_000)).await.unwrap().receipt;
        let receipt = books.receipt(&paid_now).await.unwrap().receipt.id;
        leaves! { "take receipt": books.take_receipt(&cash("CT", &ct(2), 100)); }
        let mut wish = refund_of(&paid_now, Some(100));
        wish.way = ims_ledger::RefundWay::Bank;
        let refund = books.request_refund(&wish).await.unwrap().id;
        let other = books.request_refund(&wish).await.unwrap().id;
        leaves! {
            "approved refund": manager.approve_refund(refund, "seen");
            "refused refund": manager.refuse_refund(other, Verdict::Refused, "no");
            "ask for approval": books.request_refund(&wish);
        }
        let moved = done(books.journal_line(&journal(receipt, &[part("CT", &ct(3), 5)])).await.unwrap());
        let between = transfer(&[part("CT", &ct(1), 5)], &[part("CT", &ct(2), 5)]);
        let given = done(books.make_transfer(&between).await.unwrap());
        leaves! {
            "journal line": books.journal_line(&journal(receipt, &[part("CT", &ct(3), 6)]));
            "undo journal": books.undo_journal(moved.id, "wrong");
            "transfer": books.make_transfer(&between);
            "undo transfer": books.undo_transfer(given.id, "wrong");
            "record return": books.record_return(&NewReturn {
                of: ReturnOf::Receipt { number: paid_now.clone(), line: Some(1) },
                amount: Some(Pence::new(10)),
                channel: Some("card".to_owned()),
                ..returned(&paid_now, "A1")
            });
        }
        let opened = books.open_dispute(&dispute(&paid_now, &[7])).await.unwrap().dispute.id;
        leaves! {
            "open dispute": books.open_dispute(&NewDispute { reference: "dp_2".to_owned(), ..dispute(&paid_now, &[8]) });
            "dispute won": books.end_dispute(opened, DisputeOutcome::Won, "slip");
        }
        town.took("odd.csv", &receipts(&[paid("XX", "1", "CARD", "9.00")])).await;
        let item = town.suspense().await[0].id;
        let none = SuspenseCare::default();
        let owner = SuspenseCare { owner: Some("ann".to_owned()), ..none.clone() };
        let back = books.return_suspense(item, Some(Pence::new(1)), "theirs", None).await.unwrap();
        let off = books.write_off_suspense(item, Some(Pence::new(1)), "pennies", None).await.unwrap();
        leaves! {
            "note suspense": books.note_suspense(item, "rang");
            "assign suspense": books.assign_suspense(item, &none, &owner);
            "return suspense": manager.approve_suspense_return(back, "seen");
            "write off suspense": manager.approve_write_off(off, "seen");
            "allocate suspense": books.allocate_suspense(item, &to_first(Some(100)));
        }
        let allocation = town.allocation(item).await;
        leaves! { "undo allocation": books.undo_allocation(allocation, "wrong"); }
        let back = town.books.suspense_returns(None, 1).await.unwrap()[0].id;
        leaves! { "cancel suspense return": manager.cancel_suspense_return(back, "not theirs"); }
        let account = ("CT", ct(1));
        let account = (account.0, account.1.as_str());
        leaves! {
            "stop account holder": books.stop_holder(account, "REFER", "gone away");
            "release account holder": books.release_holder(account, "back");
            "create e-return": books.create_ereturn(&new_ereturn("LIB"));
        }
        add(books, "ann", &["cashier"]).await;
        leaves! {
            "grant role": books.grant_role("ann", "income-officer");
            "grant scope": books.grant_scope("ann", ScopeKind::Fund, "CT");
            "lift scope": books.lift_scope("ann", ScopeKind::Fund);
            "disable person": books.disable_person("ann");
            "add job": books.add_job(&JobKind::Verify, town.app.world().now());
            "close day": books.close_day(april(20));
            "export": books.make_export(&ExportKind::LedgerJournal);
        }
        assert_eq!(tried, 28);
        town.proved().await;
    }

    /// Who asked for what the system then does is in the trail; the same once more
    /// is nothing new, and sealing, which everything asks for, is nobody's deed.
    async fn a_job_says_who_asked_for_it(url: &str) {
        let town = Town::of(url).await;
        let officer = town.hands_of(Role::IncomeOfficer).await;
        let job = JobKind::CloseDay { day: april(20) };
        let now = town.app.world().now();
        assert!(officer.add_job(&job, now).await.unwrap());
        assert!(!officer.add_job(&job, now).await.unwrap());
        officer.add_job(&JobKind::Seal, now).await.unwrap();
        let find = FindEvents { deed: Some("add job".to_owned()), ..FindEvents::default() };
        let events = town.books.find_events(&find, None, 9).await.unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!(events[0].actor, "income-officer");
        assert!(events[0].data.contains("2026-04-20"), "{}", events[0].data);
        town.proved().await;
    }
}
