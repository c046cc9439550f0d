//! Days and months are opened again by two people, and by nobody else.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use ims_app::{Ack, Books, ExportKind, Period, Role, Verdict};
use ims_ledger::id::ApprovalId;
use ims_testkit::on_both;

use super::{
    files::{one_receipt, paid, receipts, statement},
    raw::{count, sql},
    town::{Town, april, ct, file},
};

/// Who asks and who approves.
async fn two(town: &Town) -> (Books, Books) {
    (town.hands_of(Role::IncomeOfficer).await, town.hands_of(Role::IncomeManager).await)
}

async fn opened(town: &Town, day: u32) -> ApprovalId {
    let (officer, manager) = two(town).await;
    let id = officer.ask_reopen_day(april(day), "a late statement", None).await.unwrap();
    manager.decide_reopen(id, Verdict::Approved, "seen").await.unwrap();
    id
}

on_both! {
    async fn a_day_is_open_again_once_another_person_says_so(url: &str) {
        let town = Town::of(url).await;
        town.clock.to_april(22);
        for day in [20, 21] {
            town.books.close_day(april(day)).await.unwrap();
        }
        let (officer, manager) = two(&town).await;
        let id = officer.ask_reopen_day(april(20), "a late statement", Some("k")).await.unwrap();
        assert_eq!(officer.ask_reopen_day(april(20), "a late statement", Some("k")).await.unwrap(), id);
        let early = town.took("early.csv", &one_receipt()).await;
        let (_, kept, _) = town.books.import_shown(early.id).await.unwrap();
        assert_eq!(kept[0].accounting_day, april(22), "only asked for");
        assert_eq!(manager.decide_reopen(id, Verdict::Approved, "seen").await.unwrap(), "2026-04-20");
        // Said once more, as after a lost answer, it changes nothing; other words
        // or another person are told who decided.
        let opened = (super::raw::counts(url), count(url, "day_reopen"));
        assert_eq!(manager.decide_reopen(id, Verdict::Approved, "seen").await.unwrap(), "2026-04-20");
        for (who, verdict, words) in [
            (&manager, Verdict::Refused, "seen"),
            (&manager, Verdict::Approved, "seen twice"),
            (&officer, Verdict::Withdrawn, "seen"),
        ] {
            let why = who.decide_reopen(id, verdict, words).await.unwrap_err();
            assert!(why.to_string().starts_with("this reopen-day was approved by income-manager on"), "{why}");
        }
        assert_eq!((super::raw::counts(url), count(url, "day_reopen")), opened);
        let late = town.took("late.csv", &receipts(&[paid("CT", &ct(2), "CARD", "1.00")])).await;
        let (_, kept, _) = town.books.import_shown(late.id).await.unwrap();
        assert_eq!(kept[0].accounting_day, april(20));
        town.proved().await;
        // Closed again, with a certificate of its own.
        town.clock.forward(TimeDelta::hours(1));
        let again = town.books.close_day(april(20)).await.unwrap();
        assert_eq!((again.before, again.receipts), (false, 1));
        let after = town.took("after.csv", &receipts(&[paid("CT", &ct(3), "CARD", "2.00")])).await;
        let (_, kept, _) = town.books.import_shown(after.id).await.unwrap();
        assert_eq!(kept[0].accounting_day, april(21), "the day after was opened too");
        let days = town.books.closed_days(10).await.unwrap();
        let days: Vec<_> = days.iter().map(|row| (row.day, row.generation, row.reopened_at.is_some())).collect();
        assert_eq!(days, [(april(21), 0, true), (april(20), 1, false), (april(20), 0, true)]);
        town.proved().await;
    }

    /// W12: a closed day is opened by nobody alone.
    async fn nobody_opens_a_day_they_asked_for_themselves(url: &str) {
        let town = Town::of(url).await;
        town.books.close_day(april(20)).await.unwrap();
        let both = ["income-officer", "income-manager"].map(str::to_owned);
        let ann = ims_app::Actor::person("ann", &both);
        let ann = town.app.books(None, ann).await.unwrap();
        let id = ann.ask_reopen_day(april(20), "mine", None).await.unwrap();
        let why = ann.decide_reopen(id, Verdict::Approved, "").await.unwrap_err();
        assert_eq!(why.to_string(), "ann asked for this reopen-day and so cannot approve it");
        let program = town.books.decide_reopen(id, Verdict::Approved, "").await.unwrap_err();
        assert!(program.is_refusal());
        assert_eq!(count(url, "day_reopen"), 0);
        // Another says no; then it cannot be approved any more.
        let (_, manager) = two(&town).await;
        manager.decide_reopen(id, Verdict::Refused, "not needed").await.unwrap();
        assert!(manager.decide_reopen(id, Verdict::Approved, "").await.unwrap_err().is_refusal());
        let id = ann.ask_reopen_day(april(20), "mine", None).await.unwrap();
        ann.decide_reopen(id, Verdict::Withdrawn, "").await.unwrap();
        assert_eq!(count(url, "day_reopen"), 0);
        let why = ann.ask_reopen_day(april(20), " ", None).await.unwrap_err();
        assert_eq!(why.to_string(), "say why: a reason is needed");
        town.proved().await;
    }

    /// Opened in the middle of what one close had closed: the days before stay closed.
    async fn the_days_before_stay_closed(url: &str) {
        let town = Town::of(url).await;
        town.books.close_day(april(17)).await.unwrap();
        town.books.close_day(april(20)).await.unwrap();
        opened(&town, 19).await;
        let rows = [17, 18, 19, 20].map(|day| paid("CT", &ct(1), "CARD", "1.00").on(april(day)));
        let done = town.took("all.csv", &receipts(&rows)).await;
        let (_, kept, _) = town.books.import_shown(done.id).await.unwrap();
        let mut days: Vec<_> = kept.iter().map(|row| row.accounting_day).collect();
        days.sort_unstable();
        assert_eq!(days, [april(19), april(19), april(19), april(20)]);
        let (officer, _) = two(&town).await;
        let why = officer.ask_reopen_day(april(19), "again", None).await.unwrap_err();
        assert_eq!(why.to_string(), "2026-04-19 is open: there is nothing to open again");
        town.proved().await;
    }

    async fn a_day_that_an_export_holds_stays_closed_and_the_export_is_named(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let (officer, manager) = two(&town).await;
        let asked = officer.ask_reopen_day(april(20), "late", None).await.unwrap();
        let made = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        // It was asked for before the export was made: it is looked at again.
        let why = manager.decide_reopen(asked, Verdict::Approved, "").await.unwrap_err();
        assert!(why.to_string().contains("ledger-journal-000001.csv (not acknowledged yet)"), "{why}");
        let why = officer.ask_reopen_day(april(20), "late", None).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("ledger-journal-000001.csv"), "{why}");
        town.books.acknowledge_export(made.row.id, Ack::Rejected, "R", "wrong").await.unwrap();
        manager.decide_reopen(asked, Verdict::Approved, "").await.unwrap();
        town.took("late.csv", &receipts(&[paid("CT", &ct(2), "CARD", "9.99")])).await;
        // The days that stay closed go out again by themselves; there is nothing in them.
        let before = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        assert_eq!((before.row.through_day, before.row.rows), (april(19), 0));
        town.clock.forward(TimeDelta::hours(1));
        town.books.close_day(april(20)).await.unwrap();
        let again = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        assert_eq!((again.row.number, again.row.debit.get()), (3, 13_049));
        town.books.acknowledge_export(again.row.id, Ack::Accepted, "GL 2", "").await.unwrap();
        let why = officer.ask_reopen_day(april(20), "late", None).await.unwrap_err();
        assert!(why.to_string().contains("accepted by the other side as `GL 2`"), "{why}");
        town.proved().await;
    }

    async fn a_month_closes_when_its_days_are_and_opens_by_two_people(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(700, "NOBODY KNOWS")])).await;
        let period = Period::parse("2026-04").unwrap();
        let why = town.books.close_period(period).await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "2026-04 cannot be closed before its last day, 2026-04-30: no day is closed yet"
        );
        town.clock.forward(TimeDelta::days(11));
        town.books.close_day(april(30)).await.unwrap();
        let export = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        let closed = town.books.close_period(period).await.unwrap();
        assert_eq!((closed.lines, closed.lines_pence.get()), (1, 12_050));
        assert_eq!((closed.suspense.0, closed.suspense.1.get()), (1, 700));
        assert_eq!(closed.not_acknowledged, std::slice::from_ref(&export.row.file_name));
        assert!(town.books.verify(Some(&closed.head)).await.unwrap().ok);
        let again = town.books.close_period(period).await.unwrap();
        assert!(again.before);
        assert_eq!(ims_app::PeriodCertificate { before: false, ..again }, closed);
        assert_eq!(count(url, "period_close"), 1);
        town.books.acknowledge_export(export.row.id, Ack::Rejected, "R", "no").await.unwrap();
        let (officer, manager) = two(&town).await;
        let why = officer.ask_reopen_day(april(30), "late", None).await.unwrap_err();
        assert!(why.to_string().contains("period or a later one is closed: 2026-04"), "{why}");
        let id = officer.ask_reopen_period(period, "late invoice", None).await.unwrap();
        assert!(officer.decide_reopen(id, Verdict::Approved, "").await.unwrap_err().is_refusal());
        assert_eq!(manager.decide_reopen(id, Verdict::Approved, "ok").await.unwrap(), "2026-04");
        let why = officer.ask_reopen_period(period, "late", None).await.unwrap_err();
        assert_eq!(why.to_string(), "2026-04 is open: there is nothing to open again");
        opened(&town, 30).await;
        town.clock.forward(TimeDelta::hours(1));
        town.books.close_day(april(30)).await.unwrap();
        let second = town.books.close_period(period).await.unwrap();
        assert!(!second.before);
        let rows = town.books.periods(10).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|row| (row.generation, row.reopened_at.is_some())).collect();
        assert_eq!(rows, [(1, false), (0, true)]);
        town.proved().await;
    }

    /// Who has looked at which days are closed posts before they are closed:
    /// nothing lands in a day after its certificate.
    async fn closing_waits_for_who_is_posting(url: &str) {
        let town = Town::of(url).await;
        let mut tx = town.app.store().begin().await.unwrap();
        assert_eq!(tx.closed_through(town.books.council().id).await.unwrap(), None);
        let closer = town.elsewhere(7).await;
        let closing = tokio::spawn(async move { closer.close_day(april(20)).await });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert!(!closing.is_finished(), "it closed under the hands of who posts");
        let entry = super::control::card(&town, "CT", &ct(1), 500, april(20));
        super::control::post(&mut tx, &town, entry).await;
        tx.commit().await.unwrap();
        let closed = closing.await.unwrap().unwrap();
        assert_eq!((closed.receipts, closed.receipts_pence.get()), (1, 500));
        town.proved().await;
    }

    /// Two managers at once, on two servers: one of them opens it.
    async fn two_approvals_at_once_open_a_day_once(url: &str) {
        let town = Town::of(url).await;
        town.books.close_day(april(20)).await.unwrap();
        let (officer, manager) = two(&town).await;
        let id = officer.ask_reopen_day(april(20), "late", None).await.unwrap();
        let other = ims_app::Actor::person("bob", &["income-manager".to_owned()]);
        let other = town.elsewhere(9).await.app().books(None, other).await.unwrap();
        let (one, two) = tokio::join!(
            tokio::spawn(async move { manager.decide_reopen(id, Verdict::Approved, "").await }),
            tokio::spawn(async move { other.decide_reopen(id, Verdict::Approved, "").await }),
        );
        let done = [one.unwrap(), two.unwrap()];
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
        let refused = done.into_iter().find_map(Result::err).unwrap();
        assert!(refused.is_refusal() && refused.to_string().contains("was approved by"), "{refused}");
        assert_eq!((count(url, "day_reopen"), count(url, "approval_decision")), (1, 1));
        town.proved().await;
    }

    /// Two servers at once put a rejected export's days into one other.
    async fn two_servers_replace_a_rejected_export_once(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &one_receipt()).await;
        town.books.close_day(april(20)).await.unwrap();
        let made = town.books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
        town.books.acknowledge_export(made.row.id, Ack::Rejected, "R", "no").await.unwrap();
        let (one, two) = (town.elsewhere(8).await, town.elsewhere(9).await);
        let (one, two) = tokio::join!(
            tokio::spawn(async move { one.make_export(&ExportKind::LedgerJournal).await }),
            tokio::spawn(async move { two.make_export(&ExportKind::LedgerJournal).await }),
        );
        let made = [one.unwrap().unwrap(), two.unwrap().unwrap()];
        assert_eq!(made.iter().flatten().count(), 1);
        assert_eq!(count(url, "export"), 2);
        town.proved().await;
    }

    async fn what_is_slipped_into_a_closed_day_is_found_though_it_was_open_between(url: &str) {
        let town = Town::of(url).await;
        town.books.close_day(april(20)).await.unwrap();
        town.clock.forward(TimeDelta::hours(1));
        opened(&town, 20).await;
        town.clock.forward(TimeDelta::hours(1));
        town.took("open.csv", &one_receipt()).await;
        town.clock.forward(TimeDelta::hours(1));
        town.books.close_day(april(20)).await.unwrap();
        town.proved().await;
        // It closed at nine, was open from ten, and closed again at noon.
        for (time, is_open) in [("09:30", false), ("11:30", true), ("12:30", false)] {
            let at = if url.starts_with("sqlite:") {
                format!("'2026-04-20T{time}:00.000000Z'")
            } else {
                format!("'2026-04-20 {time}:00+00'")
            };
            super::raw::tamper(url, &format!("UPDATE entry SET posted_at = {at}"));
            let verified = town.books.verify(None).await.unwrap();
            let name = "nothing was posted into a closed day";
            let check = verified.checks.iter().find(|check| check.name == name).unwrap();
            assert_eq!(check.ok, is_open, "{time}: {check:?}");
        }
    }

    /// Whatever is closed, exported, accepted, rejected and opened again, in
    /// whichever order: each receipt is in exactly one export that stands.
    async fn each_posting_is_in_one_standing_export(url: &str) {
        let town = Town::of(url).await;
        let (officer, manager) = two(&town).await;
        let mut dice = 0x9E37_79B9_7F4A_7C15_u64;
        let mut throw = |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        let kinds = [ExportKind::LedgerJournal, ExportKind::HostCash("CT".to_owned())];
        let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
        for step in 0..160 {
            town.clock.forward(TimeDelta::hours(3));
            let today = town.app.world().today();
            let deed = match throw(10) {
                0..=2 => {
                    let day = today - TimeDelta::days(i64::try_from(throw(4)).unwrap());
                    let reference = ct(u32::try_from(throw(8)).unwrap() + 1);
                    let row = paid("CT", &reference, "CARD", &format!("{step}.{:02}", throw(99) + 1)).on(day);
                    let text = receipts(&[row]);
                    town.books.import_file(file("day.csv", &text)).await.unwrap();
                    "posted"
                }
                3 | 4 => match town.books.close_day(today - TimeDelta::days(1)).await {
                    Ok(done) if !done.before => "closed",
                    _ => "not closed",
                },
                5 | 6 => {
                    let mut made = "nothing to export";
                    for kind in &kinds {
                        if town.books.make_export(kind).await.unwrap().is_some() {
                            made = "exported";
                        }
                    }
                    made
                }
                7 => {
                    let states = town.books.export_states(500).await.unwrap();
                    for one in states.iter().filter(|one| one.ack.is_none()) {
                        let ack = if throw(4) == 0 { Ack::Accepted } else { Ack::Rejected };
                        let done = town.books.acknowledge_export(one.row.id, ack, "x", "y").await;
                        done.unwrap();
                    }
                    "acknowledged"
                }
                _ => {
                    let day = today - TimeDelta::days(i64::try_from(throw(3)).unwrap() + 1);
                    match officer.ask_reopen_day(day, "late", None).await {
                        Ok(id) => {
                            manager.decide_reopen(id, Verdict::Approved, "").await.unwrap();
                            "opened again"
                        }
                        Err(why) => {
                            assert!(why.is_refusal(), "{why}");
                            "not opened"
                        }
                    }
                }
            };
            *seen.entry(deed).or_default() += 1;
        }
        for deed in ["posted", "closed", "exported", "acknowledged", "opened again", "not opened"] {
            assert!(seen.get(deed).is_some_and(|times| *times > 1), "{deed}: {seen:?}");
        }
        town.clock.forward(TimeDelta::days(5));
        town.books.close_day(town.app.world().today()).await.unwrap();
        for kind in &kinds {
            // Gaps that rejections left are filled one after the other.
            while town.books.make_export(kind).await.unwrap().is_some() {}
        }
        let states = town.books.export_states(500).await.unwrap();
        let (mut texts, mut debits, mut numbers) = (String::new(), 0, Vec::new());
        for one in &states {
            if one.row.kind == "ledger-journal" {
                numbers.push(one.row.number);
            }
            if one.is_rejected() {
                continue;
            }
            let bytes = town.books.export_again(one.row.id).await.unwrap().bytes;
            if one.row.kind == "ledger-journal" {
                debits += one.row.debit.get();
            } else {
                texts += &String::from_utf8(bytes).unwrap();
            }
        }
        let receipts = sql(url, "SELECT number FROM receipt");
        assert!(receipts.lines().count() > 20);
        for number in receipts.lines() {
            assert_eq!(texts.matches(number).count(), 1, "{number}");
        }
        let posted = sql(url, "SELECT sum(amount_pence) FROM posting WHERE side = 'debit'");
        assert_eq!(debits.to_string(), posted);
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=i64::try_from(numbers.len()).unwrap()).collect::<Vec<_>>());
        assert!(states.iter().any(|one| one.replaced_by.is_some()));
        town.proved().await;
    }
}
