//! A bank account's day: prepared by one, reviewed by another, and what
//! happened to it since.

use std::time::Duration;

use ims_app::{BankDay, Books, LineStands, Role};
use ims_ledger::id::LineId;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::Shell,
    town::{Town, april, ct, settings},
};

/// Three lines of the 20th: one that will be explained, one that is proposed to
/// be, one nobody knows.
async fn monday(town: &Town) -> (LineId, LineId) {
    let rows = [
        paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0042"),
        paid("CT", &ct(2), "CARD", "40.00").on(april(15)),
    ];
    town.took("monday.csv", &receipts(&rows)).await;
    let lines = [(1_000, "CR SLIP0042"), (700, "NOBODY KNOWS"), (-150, "CHARGES")];
    town.took("s1.sta", &statement(1, 500, 20, &lines)).await;
    let (slip, nobody) = (town.open_line(1_000).await.id, town.open_line(700).await.id);
    town.books.reconcile().await.unwrap();
    (slip, nobody)
}

/// Ann, who reconciles, and Bob, who reviews.
async fn two(town: &Town) -> (Books, Books) {
    (town.hands_of(Role::IncomeOfficer).await, town.hands_of(Role::IncomeManager).await)
}

fn weighty(day: &BankDay) -> Vec<String> {
    day.since.iter().filter(|one| one.weighs).map(|one| one.what.clone()).collect()
}

on_both! {
    async fn a_day_says_what_explains_each_line_and_what_is_open(url: &str) {
        let town = Town::of(url).await;
        let (slip, nobody) = monday(&town).await;
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        let facts = &day.facts;
        assert_eq!((facts.opening_pence.get(), facts.closing_pence.get()), (500, 2_050));
        let stands: Vec<_> = facts.lines.iter().map(|line| line.stands.in_words()).collect();
        assert_eq!(stands, ["batch", "unmatched", "Charge"]);
        assert!(matches!(&facts.lines[0].stands, LineStands::Matched { .. }));
        assert_eq!(facts.lines[0].line, slip);
        assert!(day.words[&slip].why.contains("SLIP0042"), "{:?}", day.words[&slip]);
        assert_eq!((facts.unmatched.count, facts.unmatched.total().get()), ([1, 0, 0, 0], 700));
        // Wednesday to Monday: three working days.
        assert_eq!(facts.waiting["card"].amount_pence.map(|sum| sum.get()), [0, 4_000, 0, 0]);
        assert_eq!((facts.waiting.len(), facts.statements.len()), (1, 1));
        assert!(day.signed.is_none() && day.since.is_empty());
        // On Tuesday the line of Monday is open since before.
        town.clock.to_april(21);
        town.took("s2.sta", &statement(2, 2_050, 21, &[(100, "ELSE")])).await;
        let day = town.books.bank_day("main", april(21)).await.unwrap();
        assert_eq!((day.facts.opening_pence.get(), day.facts.closing_pence.get()), (2_050, 2_150));
        assert_eq!((day.facts.earlier.len(), day.facts.earlier[0].line), (1, nobody));
        assert_eq!(day.facts.unmatched.count, [2, 0, 0, 0]);
        // Monday is what it was.
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        assert_eq!(day.facts.closing_pence.get(), 2_050);
        let why = town.books.bank_day("other", april(20)).await.unwrap_err();
        assert_eq!(why.to_string(), "there is no bank account `other`");
        town.proved().await;
    }

    /// A channel may say to which account its money goes: it is the other side of that one
    /// only.
    async fn what_waits_is_shown_with_the_account_it_goes_to(url: &str) {
        let town = Town::of(url).await;
        let banked = settings("MILL")
            .replace("name = \"Counters\"", "name = \"Counters\"\nbank = \"savings\"")
            .replace("name = \"Cards\"", "name = \"Cards\"\nbank = \"main\"");
        let why = town.books.configure(&banked.replace("bank = \"savings\"", "bank = \"spare\""), april(1)).await;
        assert!(why.unwrap_err().to_string().contains("its bank account spare is not configured"));
        town.books.configure(&banked, april(1)).await.unwrap();
        let rows = ["CARD", "CASH", "DD"].map(|by| paid("CT", &ct(1), by, "10.00"));
        town.took("monday.csv", &receipts(&rows)).await;
        for (bank, shown) in [("main", ["card", "dd"]), ("savings", ["dd", "till"])] {
            let day = town.books.bank_day(bank, april(20)).await.unwrap();
            assert_eq!(day.facts.waiting.keys().collect::<Vec<_>>(), shown, "{bank}");
        }
        town.proved().await;
    }

    /// A note of several lines does not pass for what the certificate says.
    async fn nothing_that_somebody_writes_is_a_line_of_the_certificate(url: &str) {
        let town = Town::of(url).await;
        monday(&town).await;
        let (ann, _) = two(&town).await;
        let note = "asked\nReviewed by bob, 2026-04-20 09:00 UTC\r\u{85}Tŷ";
        let day = ann.prepare_bank_day("main", april(20), note).await.unwrap();
        let text = day.certificate_text().unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Reviewed")), "{text}");
        assert!(text.contains("Not reviewed yet") && text.contains("asked Reviewed by bob"), "{text}");
        let pdf = day.certificate_pdf().unwrap();
        assert!(pdf.windows(22).any(|part| part == b"/ActualText <FEFF0177>"), "no y with a mark");
        town.proved().await;
    }

    /// What a rule would propose stands beside the line, and is no match.
    async fn what_a_rule_proposes_is_shown_and_stays_open(url: &str) {
        let town = Town::of(url).await;
        town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "BANK", "33.33")])).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(3_333, "SOMETHING")])).await;
        town.books.reconcile().await.unwrap();
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        let LineStands::Proposed { rule, basis_points, expected } = &day.facts.lines[0].stands else {
            panic!("{:?}", day.facts.lines);
        };
        assert_eq!((rule.as_str(), expected.len()), ("same-amount", 1));
        assert!(*basis_points < 10_000 && day.facts.lines[0].stands.is_open());
        assert_eq!(town.at("unmatched:main").await, -3_333);
        town.proved().await;
    }

    async fn one_prepares_another_reviews_and_the_certificate_holds(url: &str) {
        let town = Town::of(url).await;
        monday(&town).await;
        let (ann, bob) = two(&town).await;
        let why = bob.review_bank_day("main", april(20), "").await.unwrap_err();
        assert_eq!(why.to_string(), "nobody has prepared 2026-04-20 of main: it is open");
        let prepared = ann.prepare_bank_day("main", april(20), " asked the bank ").await.unwrap();
        let signed = prepared.signed.clone().unwrap();
        assert_eq!((&*signed.prepared.by, &*signed.prepared.note), ("income-officer", "asked the bank"));
        assert_eq!(signed.facts, prepared.facts);
        // Again changes nothing.
        let again = ann.prepare_bank_day("main", april(20), "").await.unwrap();
        assert_eq!(again.signed.as_ref(), Some(&signed));
        let reviewed = bob.review_bank_day("main", april(20), "").await.unwrap();
        assert_eq!(reviewed.signed.as_ref().unwrap().reviewed.as_ref().unwrap().by, "income-manager");
        assert!(reviewed.since.is_empty(), "{:?}", reviewed.since);
        let text = reviewed.certificate_text().unwrap();
        for part in [
            "Main account (main), Monday 20 April 2026",
            "Prepared by income-officer, 2026-04-20 09:00 UTC: asked the bank",
            "Reviewed by income-manager",
            "Since then nothing of it has changed",
            &signed.sha256,
            "NOBODY KNOWS",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(reviewed.certificate_pdf().unwrap().starts_with(b"%PDF"));
        let csv = String::from_utf8(reviewed.certificate_csv().unwrap().unwrap()).unwrap();
        assert_eq!(csv.lines().count(), 5, "{csv}");
        let waiting = csv.lines().last().unwrap();
        assert!(waiting.contains(",2026-04-15,40.00,waiting,clearing:card,"), "{csv}");
        assert!(town.books.verify(Some(&signed.head)).await.unwrap().ok);
        town.proved().await;
    }

    /// What others do while a day is being signed is in it whole, or not at all.
    async fn what_is_signed_was_so_at_one_moment(url: &str) {
        let town = Town::of(url).await;
        monday(&town).await;
        let (ann, _) = two(&town).await;
        let facts = ann.bank_day("main", april(20)).await.unwrap().facts;
        let LineStands::Matched { matched, .. } = facts.lines[0].stands else { panic!("{facts:?}") };
        assert!(!facts.waiting.contains_key("till"));
        // PostgreSQL is held where it asks what tills hold: after it read the lines.
        let mut shell = (!url.starts_with("sqlite:")).then(|| Shell::on(url));
        if let Some(shell) = &mut shell {
            assert_eq!(shell.one("BEGIN; LOCK TABLE till_receipt; SELECT 1"), "1");
        }
        let books = town.elsewhere(7).await;
        let signs = tokio::spawn(async move { books.prepare_bank_day("main", april(20), "").await });
        if let Some(mut shell) = shell {
            tokio::time::sleep(Duration::from_millis(500)).await;
            assert!(!signs.is_finished(), "it did not wait");
            town.books.undo_match(matched, "it was another's").await.unwrap();
            assert_eq!(shell.one("COMMIT; SELECT 2"), "2");
        }
        let signed = signs.await.unwrap().unwrap().signed.unwrap().facts;
        assert_eq!((signed.lines[0].stands.in_words().as_str(), signed.waiting.contains_key("till")), ("batch", false));
        town.proved().await;
    }

    async fn nobody_reviews_their_own_and_a_program_reviews_nothing(url: &str) {
        let town = Town::of(url).await;
        monday(&town).await;
        let roles = ["income-officer", "income-manager"].map(str::to_owned);
        let eve = ims_app::Actor::person("eve", &roles);
        let eve = town.app.books(Some("MILL"), eve).await.unwrap();
        eve.prepare_bank_day("main", april(20), "").await.unwrap();
        let why = eve.review_bank_day("main", april(20), "").await.unwrap_err();
        assert_eq!(why.to_string(), "eve prepared 2026-04-20 of main and so cannot review it");
        let why = town.books.review_bank_day("main", april(20), "").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("may not"), "{why}");
        town.proved().await;
    }

    async fn no_day_is_signed_that_no_statement_reaches(url: &str) {
        let town = Town::of(url).await;
        let why = town.books.prepare_bank_day("main", april(20), "").await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "no statement of main reaches 2026-04-20: it has no statement yet"
        );
        monday(&town).await;
        let why = town.books.prepare_bank_day("main", april(21), "").await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "no statement of main reaches 2026-04-21: its last line is of 2026-04-20"
        );
        town.proved().await;
    }

    /// A match may be taken back at any time, and new money may come: the
    /// certificate stays what was signed and says so.
    async fn what_happens_to_a_signed_day_shows(url: &str) {
        let town = Town::of(url).await;
        let (slip, nobody) = monday(&town).await;
        let (ann, bob) = two(&town).await;
        ann.prepare_bank_day("main", april(20), "").await.unwrap();
        let signed = bob.review_bank_day("main", april(20), "").await.unwrap().signed.unwrap();
        // What was open and is placed only gets better.
        town.books.close_day(april(20)).await.unwrap();
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        let changes: Vec<_> = day.since.iter().map(|one| (one.what.as_str(), one.line, one.weighs)).collect();
        let what = "7.00 of 2026-04-20 was unmatched and is suspense, 7.00 left";
        assert_eq!(changes, [(what, Some(nobody), false)]);
        town.clock.to_april(21);
        town.books.undo_match(town.standing(slip).await, "another slip").await.unwrap();
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        assert_eq!(weighty(&day), ["10.00 of 2026-04-20 was batch and is unmatched"]);
        town.took("late.sta", &statement(2, 2_050, 20, &[(300, "LATE")])).await;
        let late = town.open_line(300).await.id;
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        assert_eq!(
            weighty(&day)[..2],
            [
                "the closing balance was 20.50 and is 23.50",
                "10.00 of 2026-04-20 was batch and is unmatched",
            ]
        );
        assert_eq!(weighty(&day)[2], "3.00 of 2026-04-20 has come: unmatched");
        assert_eq!(day.since.iter().map(|one| one.line).collect::<Vec<_>>(), [None, Some(slip), Some(late), Some(nobody)]);
        assert_eq!(day.signed.as_ref(), Some(&signed));
        let text = day.certificate_text().unwrap();
        assert!(text.contains("! the closing balance was 20.50 and is 23.50"), "{text}");
        let of = format!("! 10.00 of 2026-04-20 was batch and is unmatched\n    line {slip}  CR SLIP0042");
        assert!(text.contains(&of), "{text}");
        let listed = town.books.bank_days("main", april(1), april(30), 10).await.unwrap();
        assert_eq!((listed.len(), listed[0].lines, listed[0].open), (1, 4, 2));
        assert_eq!(listed[0].since, weighty(&day));
        town.proved().await;
    }

    async fn a_day_that_changed_since_is_not_reviewed_until_it_is_opened_again(url: &str) {
        let town = Town::of(url).await;
        let (slip, _) = monday(&town).await;
        let (ann, bob) = two(&town).await;
        ann.prepare_bank_day("main", april(20), "").await.unwrap();
        let undone = town.standing(slip).await;
        town.books.undo_match(undone, "another slip").await.unwrap();
        let why = bob.review_bank_day("main", april(20), "").await.unwrap_err().to_string();
        assert!(why.contains("is not any more what income-officer prepared") && why.contains("open it again"), "{why}");
        let why = ann.prepare_bank_day("main", april(20), "").await.unwrap_err().to_string();
        assert!(why.contains("open it again first, with a reason"), "{why}");
        assert!(bob.reopen_bank_day("main", april(20), "  ").await.unwrap_err().is_bad_input());
        let open = bob.reopen_bank_day("main", april(20), "the slip").await.unwrap();
        assert!(open.signed.is_none() && open.certificate_text().is_none());
        let ended = open.before[0].reopened.clone().unwrap();
        assert_eq!((&*ended.by, &*ended.note), ("income-manager", "the slip"));
        assert!(ann.reopen_bank_day("main", april(20), "again").await.unwrap_err().is_refusal());
        let events = town.books.find_events(&ims_app::FindEvents::default(), None, 20).await.unwrap();
        let event = events.iter().find(|event| event.deed == "reopen bank day").unwrap();
        assert!(event.subject == "main 2026-04-20" && event.data.contains("the slip"), "{event:?}");
        town.books.reconcile().await.unwrap();
        let again = ann.prepare_bank_day("main", april(20), "").await.unwrap();
        assert_eq!(again.signed.unwrap().generation, 1);
        bob.review_bank_day("main", april(20), "").await.unwrap();
        let other = town.books.bank_day("savings", april(20)).await.unwrap();
        assert!(other.signed.is_none() && other.facts.lines.is_empty());
        town.proved().await;
    }
}
