//! What should have come by now: money and files.

use ims_app::{Books, FileDue, Imported, NewFile};
use ims_ledger::id::ImportId;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement, statement_of},
    town::{Town, april, ct, file, settings},
};

/// The town, with terms for two channels.
async fn with_terms(url: &str) -> Town {
    let town = Town::of(url).await;
    let terms = settings("MILL")
        .replace("sender = \"paybridge\"", "sender = \"paybridge\"\npays_after_days = 2")
        .replace("sender = \"allpay\"", "sender = \"allpay\"\npays_after_days = 3");
    town.books.configure(&terms, april(1)).await.unwrap();
    town
}

/// The town, waiting for these files.
async fn waiting(url: &str, files: &str) -> Town {
    let town = Town::of(url).await;
    town.books.configure(&format!("{}\n{files}", settings("MILL")), april(1)).await.unwrap();
    town
}

/// Each file's day of April, and what of it.
async fn due(books: &Books, from: u32, to: u32) -> Vec<String> {
    let due = books.files_due(april(from), april(to)).await.unwrap();
    due.files.iter().filter(|file| file.of >= april(from)).map(words).collect()
}

/// The files that stand before those of a day, and what came and was not due.
async fn beside(books: &Books, day: u32) -> (Vec<String>, Vec<String>) {
    let due = books.files_due(april(day), april(day)).await.unwrap();
    let before = due.files.iter().filter(|file| file.of < april(day)).map(words).collect();
    let unexpected = due.unexpected.iter().map(|one| {
        let of = one.of.map(|of| of.format("%d").to_string()).unwrap_or_default();
        format!("{} of {of}: {}", one.name, one.came.file_name)
    });
    (before, unexpected.collect())
}

fn words(file: &FileDue) -> String {
    let faults: Vec<_> = file.faults.iter().map(ims_app::FileFault::as_str).collect();
    let came = if file.came.is_some() { "came" } else { "not here" };
    format!("{} of {}: {came} {}", file.name, file.of.format("%d"), faults.join(", "))
        .trim_end()
        .to_owned()
}

const STATEMENTS: &str = "[[expected_file]]\nname = \"statement\"\nfrom = \"the bank\"\n\
    formats = [\"mt940\"]\nsender = \"main\"\nby = \"10:30:00\"\nsince = \"2026-04-14\"\n";

const RECEIPTS: &str = "[[expected_file]]\nname = \"tills\"\nfrom = \"the tills\"\n\
    formats = [\"receipts-csv\"]\nfile_name = \"till-*.csv\"\nrows_min = 2\nafter_days = 0\n\
    tolerance_days = 1\nsince = \"2026-04-08\"\n";

on_both! {
    async fn money_is_late_by_the_terms_of_its_channel(url: &str) {
        let town = with_terms(url).await;
        let rows = [
            paid("CT", &ct(1), "CARD", "10.00").on(april(15)),
            // Two of one day and two days: each counts.
            paid("CT", &ct(4), "CARD", "4.00").on(april(15)),
            paid("CT", &ct(5), "CARD", "-1.00").on(april(14)),
            // Thursday: due on Monday, so not late on Monday.
            paid("CT", &ct(2), "CARD", "2.50").on(april(16)),
            paid("CT", &ct(3), "CASH", "7.00").on(april(1)).batch("SLIP7"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        let found = town.books.clearing_due().await.unwrap();
        let [card, till] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((&*card.channel, &*card.from, card.pays_after_days), ("card", "paybridge", Some(2)));
        assert_eq!((card.open.items(), card.open.total().get()), (4, 1_550));
        assert_eq!((card.late.0, card.late.1.get(), card.since), (3, 1_300, april(14)));
        // Easter lies between: eleven working days since the 1st.
        assert_eq!((till.open.count, till.late.0, till.pays_after_days), ([0, 0, 1, 0], 0, None));
        let items = town.books.awaited(Some("card"), None, 10).await.unwrap();
        assert_eq!(items.len(), 4);
        let late: Vec<_> = items.iter().filter(|item| item.days_late > 0).map(|item| item.row.item.amount.get()).collect();
        assert_eq!((u64::try_from(late.len()).unwrap(), late.iter().sum::<i64>()), (card.late.0, card.late.1.get()));
        assert_eq!((items[0].due, items[0].days_late, items[0].age), (Some(april(17)), 1, 3));
        assert_eq!((items[3].due, items[3].days_late), (Some(april(20)), 0));
        assert_eq!((&*items[0].row.fund, &*items[0].row.account), ("CT", &*ct(1)));
        let receipt = town.books.receipt(&items[0].row.receipt).await.unwrap();
        assert_eq!(receipt.receipt.total.get(), 1_000);
        let rest = town.books.awaited(Some("card"), Some(items[0].row.item.id), 10).await.unwrap();
        assert_eq!(rest, items[1..]);
        assert_eq!(town.books.awaited(None, None, 10).await.unwrap().len(), 5);
        let why = town.books.awaited(Some("nowhere"), None, 1).await.unwrap_err();
        assert_eq!(why.to_string(), "there is no channel `nowhere`");
        town.proved().await;
    }

    /// The calendar is the council's: one day closed is one day later, for files and for money.
    async fn a_proclaimed_holiday_moves_what_is_due(url: &str) {
        let town = Town::of(url).await;
        let terms = settings("MILL").replace("sender = \"paybridge\"", "sender = \"paybridge\"\npays_after_days = 2");
        let terms = format!("{terms}\n{STATEMENTS}");
        town.took("wednesday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "10.00").on(april(15))])).await;
        let seen = async || {
            let due = town.books.files_due(april(14), april(17)).await.unwrap();
            let files = due.files.iter().map(|file| format!("{} on {}", file.of.format("%d"), file.due.format("%d %H:%M")));
            let money = town.books.awaited(Some("card"), None, 10).await.unwrap();
            let sums = town.books.clearing_due().await.unwrap();
            let band = sums[0].open.count.iter().position(|count| *count == 1).unwrap();
            (files.collect::<Vec<_>>(), money[0].due.unwrap(), money[0].age, money[0].days_late, sums[0].late.0, band)
        };
        town.books.configure(&terms, april(1)).await.unwrap();
        let usual = ["14 on 15 10:30", "15 on 16 10:30", "16 on 17 10:30", "17 on 20 10:30"].map(str::to_owned);
        assert_eq!(seen().await, (usual.to_vec(), april(17), 3, 1, 1, 1));
        let closed = format!("{terms}\n[calendar]\nclosed = [\"2026-04-16\", \"2026-04-17\"]\n");
        town.books.configure(&closed, april(2)).await.unwrap();
        let moved = ["14 on 15 10:30", "15 on 20 10:30"].map(str::to_owned);
        assert_eq!(seen().await, (moved.to_vec(), april(21), 1, 0, 0, 0));
        // Easter Monday is worked where it is no holiday.
        let due_of = async || town.books.files_due(april(2), april(7)).await.unwrap().files.len();
        let since = terms.replace("since = \"2026-04-14\"", "since = \"2026-04-01\"");
        town.books.configure(&since, april(3)).await.unwrap();
        let in_england = due_of().await;
        town.books.configure(&format!("{since}\n[calendar]\nnation = \"scotland\"\n"), april(4)).await.unwrap();
        assert_eq!(due_of().await, in_england + 1);
        let bad = format!("{terms}\n[calendar]\nclosed = [\"2026-04-18\"]\n");
        let why = town.books.configure(&bad, april(5)).await.unwrap_err().to_string();
        assert!(why.contains("calendar: closed: 2026-04-18 is a Saturday"), "{why}");
        town.proved().await;
    }

    /// A file that waits for a person has come: nobody asks its sender for it again.
    async fn a_file_kept_aside_is_not_missing(url: &str) {
        let town = waiting(url, &format!("{STATEMENTS}{RECEIPTS}")).await;
        town.took("a.sta", &statement(1, 0, 15, &[(100, "ONE")])).await;
        let other = statement_of("87654321", 3, 900, 16, &[(5, "OTHER")]);
        town.took("o.sta", &statement_of("87654321", 1, 0, 15, &[(5, "OTHER")])).await;
        let aside = async |name: &str, text: &str| match town.books.import_file(file(name, text)).await.unwrap() {
            Imported::Quarantined { reason } => reason,
            other => panic!("{other:?}"),
        };
        aside("other.sta", &other).await;
        let due_of = async |name: &str| {
            let due = town.books.files_due(april(14), april(20)).await.unwrap().files;
            due.into_iter().filter(|it| it.name == name).map(|it| words(&it)).collect::<Vec<_>>()
        };
        let missing = due_of("statement").await;
        assert!(!missing.join("; ").contains("kept aside"), "another account's: {missing:?}");
        let why = aside("c.sta", &statement(3, 900, 17, &[(100, "TWO")])).await;
        assert_eq!(due_of("statement").await, [
            "statement of 14: not here missing",
            "statement of 15: came late",
            "statement of 16: not here missing",
            "statement of 17: not here kept aside",
            "statement of 20: not here",
        ]);
        let due = town.books.files_due(april(17), april(17)).await.unwrap().files;
        let one = due.iter().find(|it| it.name == "statement" && it.of == april(17)).unwrap();
        assert_eq!(one.faults[0].to_string(), format!("kept aside: c.sta: {why}"));
        // By its name, where that says it.
        let tills: String = receipts(&[1, 2, 3].map(|n| paid("CT", &ct(n), "CASH", "1.00")));
        town.took("other.csv", &tills).await;
        let turned: String = tills.lines().rev().map(|row| format!("{row}\n")).collect();
        aside("till-20.csv", &turned).await;
        assert_eq!(due_of("tills").await.last().unwrap(), "tills of 20: not here kept aside");
        // Once it is taken in, it came.
        let taken = NewFile { accept: Some("they were closed"), ..file("till-20.csv", &turned) };
        assert!(matches!(town.books.import_file(taken).await.unwrap(), Imported::Now(_)));
        assert_eq!(due_of("tills").await.last().unwrap(), "tills of 20: came");
        town.proved().await;
    }

    async fn a_file_is_waited_for_then_missing_then_late(url: &str) {
        let town = waiting(url, STATEMENTS).await;
        // On Monday at ten by London: Friday's is due at half past.
        assert_eq!(
            due(&town.books, 14, 20).await,
            [
                "statement of 14: not here missing",
                "statement of 15: not here missing",
                "statement of 16: not here missing",
                "statement of 17: not here",
                "statement of 20: not here",
            ]
        );
        // One of another account is not it; one that is waited for no more is none.
        town.took("o.sta", &statement_of("87654321", 1, 0, 15, &[(5, "OTHER")])).await;
        town.took("a.sta", &statement(1, 0, 15, &[(100, "ONE")])).await;
        let done = town.took("b.sta", &statement(2, 100, 17, &[(100, "TWO")])).await;
        assert_eq!(
            due(&town.books, 14, 17).await,
            [
                "statement of 14: not here missing",
                "statement of 15: came late",
                "statement of 16: not here missing",
                "statement of 17: came",
            ]
        );
        let due_then = town.books.files_due(april(17), april(17)).await.unwrap();
        let friday = due_then.files.last().unwrap();
        assert_eq!(friday.came.as_ref().unwrap().import, done.id);
        assert_eq!(friday.due.to_string(), "2026-04-20 10:30:00");
        town.books.reverse_import(done.id, "the wrong file").await.unwrap();
        assert_eq!(due(&town.books, 17, 17).await, ["statement of 17: not here"]);
        // Of today it is early: the day is not over.
        town.took("c.sta", &statement(2, 100, 20, &[(1, "THREE")])).await;
        assert_eq!(due(&town.books, 20, 20).await, ["statement of 20: came early"]);
        town.proved().await;
    }

    async fn a_file_is_short_or_unlike_those_before_it(url: &str) {
        let town = waiting(url, RECEIPTS).await;
        for day in [8, 9, 10, 13, 14, 15, 16] {
            town.clock.to_april(day);
            let rows = [
                paid("CT", &ct(1), "CASH", &format!("10.{day:02}")).on(april(day)),
                paid("CT", &ct(2), "CASH", &format!("11.{day:02}")).on(april(day)),
            ];
            let rows = if day == 10 { &rows[..1] } else { &rows };
            town.took(&format!("till-{day}.csv"), &receipts(rows)).await;
        }
        town.clock.to_april(17);
        let rows = [
            paid("CT", &ct(1), "CASH", "9000.00").on(april(17)),
            paid("CT", &ct(2), "CASH", "1.00").on(april(17)),
        ];
        town.took("till-17.csv", &receipts(&rows)).await;
        town.clock.to_april(20);
        let found = due(&town.books, 8, 20).await;
        assert_eq!(found[1], "tills of 09: came");
        assert_eq!(found[2], "tills of 10: came short");
        assert_eq!(found[7], "tills of 17: came out of pattern");
        // A day of tolerance is left for today's.
        assert_eq!(found[8], "tills of 20: not here");
        let none = ImportId::new(uuid::Uuid::nil());
        assert!(town.books.import_shown(none).await.is_err());
        assert!(town.books.files_due(april(1), april(1) + chrono::Days::new(92)).await.unwrap_err().is_bad_input());
        town.proved().await;
    }

    /// A file without rows is a fault, unless that is said to happen; then it is not short
    /// either.
    async fn an_empty_file_is_told_unless_it_may_be(url: &str) {
        let town = waiting(url, STATEMENTS).await;
        let done = town.took("a.sta", &statement(1, 0, 17, &[])).await;
        assert_eq!((done.rows, due(&town.books, 17, 17).await), (0, vec!["statement of 17: came empty".to_owned()]));
        let may = format!("{STATEMENTS}rows_min = 2\n");
        let configured = format!("{}\n{may}", settings("MILL"));
        town.books.configure(&configured, april(18)).await.unwrap();
        assert_eq!(due(&town.books, 17, 17).await, ["statement of 17: came empty"]);
        town.books.configure(&format!("{configured}may_be_empty = true\n"), april(18)).await.unwrap();
        assert_eq!(due(&town.books, 17, 17).await, ["statement of 17: came"]);
        // One row is fewer than it must have, when it has any.
        town.clock.to_april(21);
        town.took("b.sta", &statement(2, 0, 20, &[(100, "ONE")])).await;
        assert_eq!(due(&town.books, 17, 20).await, ["statement of 17: came", "statement of 20: came short"]);
        town.proved().await;
    }

    /// Sums that no amount can hold are said to be that, whatever looks at them.
    async fn more_than_an_amount_can_hold_is_an_error(url: &str) {
        let town = Town::of(url).await;
        let day = town.books.bank_day("main", april(20)).await.unwrap();
        assert!(day.facts.waiting.is_empty() && town.books.clearing_due().await.unwrap().is_empty());
        let council = town.books.council().id;
        let most = |n: u128, on| ims_store::ExpectedRow {
            id: ims_ledger::id::ExpectedId::new(uuid::Uuid::from_u128(n)),
            channel: "till".to_owned(),
            happened_on: on,
            amount: ims_money::Pence::new(i64::MAX),
            reference: String::new(),
            batch_ref: String::new(),
            source_ref: String::new(),
            entry: ims_ledger::id::EntryId::new(uuid::Uuid::from_u128(9)),
            receipt: None,
            import: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            is_payers: false,
        };
        let mut tx = town.app.store().begin().await.unwrap();
        // Of two bands: neither is too much on its own.
        tx.add_expected(council, &[most(1, april(20)), most(2, april(1))]).await.unwrap();
        tx.commit().await.unwrap();
        let due = town.books.clearing_due().await.unwrap_err();
        let day = town.books.bank_day("main", april(20)).await.unwrap_err();
        for why in [due, day] {
            assert!(matches!(why, ims_app::AppError::Overflow), "{why:?}");
        }
    }

    async fn what_is_wrong_with_the_calendar_is_told(url: &str) {
        let town = Town::of(url).await;
        let bad = "[[expected_file]]\nname = \"x\"\nfrom = \"y\"\nformats = []\nmonth_day = 32\n";
        let why = town.books.configure(&format!("{}\n{bad}", settings("MILL")), april(1)).await;
        let why = why.unwrap_err().to_string();
        assert!(why.contains("names no format") && why.contains("1 to 31 is right"), "{why}");
        assert!(town.books.files_due(april(1), april(20)).await.unwrap().files.is_empty());
    }

    /// However long ago, until it comes.
    async fn what_is_missing_stays_until_it_comes(url: &str) {
        let town = waiting(url, STATEMENTS).await;
        town.clock.to_april(30);
        let missing = |days: &[u32]| -> Vec<String> {
            days.iter().map(|day| format!("statement of {day}: not here missing")).collect()
        };
        assert_eq!(beside(&town.books, 30).await, (missing(&[14, 15, 16, 17, 20, 21, 22, 23, 24, 27, 28]), vec![]));
        // Of the 15th, fifteen days after: it is off the list, and late on its day.
        town.took("a.sta", &statement(1, 0, 15, &[(100, "ONE")])).await;
        assert_eq!(beside(&town.books, 30).await.0, missing(&[14, 16, 17, 20, 21, 22, 23, 24, 27, 28]));
        assert_eq!(due(&town.books, 15, 15).await, ["statement of 15: came late"]);
        // What a later day's file is, it is not for a day that is looked at alone.
        town.took("b.sta", &statement(2, 100, 29, &[(100, "TWO")])).await;
        assert_eq!(due(&town.books, 28, 28).await, ["statement of 28: not here missing"]);
        // A file that does not say since when is waited for since somebody said so.
        let document = format!("{}\n{}", settings("MILL"), STATEMENTS.replace("since = \"2026-04-14\"\n", ""));
        town.books.configure(&document, april(30)).await.unwrap();
        assert_eq!(beside(&town.books, 30).await.0, missing(&[20, 21, 22, 23, 24, 27, 28]));
    }

    /// Since when a file is waited for is told by the versions of the configuration that came into
    /// force, day by day, and not by those to come.
    async fn what_is_missing_goes_by_the_versions_in_force(url: &str) {
        let files = STATEMENTS.replace("since = \"2026-04-14\"\n", "");
        let (named, dropped) = (format!("{}\n{files}", settings("MILL")), settings("MILL"));
        let town = waiting(url, &files).await;
        let missing = |days: &[u32]| -> Vec<String> {
            days.iter().map(|day| format!("statement of {day}: not here missing")).collect()
        };
        town.clock.to_april(22);
        assert_eq!(beside(&town.books, 22).await.0, missing(&[20]));
        // From next month it is waited for no more: until then it is.
        town.books.configure(&dropped, april(30).succ_opt().unwrap()).await.unwrap();
        assert_eq!(beside(&town.books, 22).await.0, missing(&[20]));
        // What was left out by mistake, and put back on the same day, was never left out.
        town.books.configure(&dropped, april(22)).await.unwrap();
        assert_eq!(beside(&town.books, 22).await.0, missing(&[]));
        town.books.configure(&named, april(22)).await.unwrap();
        assert_eq!(beside(&town.books, 22).await.0, missing(&[20]));
        // After a day on which it was not waited for, it is from when it is again.
        town.clock.to_april(23);
        town.books.configure(&dropped, april(23)).await.unwrap();
        town.clock.to_april(24);
        town.books.configure(&named, april(24)).await.unwrap();
        town.clock.to_april(30);
        assert_eq!(beside(&town.books, 30).await.0, missing(&[24, 27, 28]));
    }

    /// A person says with a reason that it will not come, and may think again.
    async fn what_will_not_come_is_missing_no_more(url: &str) {
        let town = waiting(url, STATEMENTS).await;
        let ann = super::ereturns::hands(&town, "ann", &["income-officer"]).await;
        ann.give_up_file("statement", april(15), " the bank was shut ").await.unwrap();
        ann.give_up_file("statement", april(15), "twice is once").await.unwrap();
        let (before, _) = beside(&town.books, 17).await;
        assert_eq!(before, ["statement of 14: not here missing", "statement of 16: not here missing"]);
        let due_then = town.books.files_due(april(15), april(15)).await.unwrap();
        let word = due_then.files.last().unwrap().given_up.clone().unwrap();
        assert_eq!((&*word.by, &*word.reason), ("ann", "the bank was shut"));
        let events = town.books.find_events(&ims_app::FindEvents::default(), None, 20).await.unwrap();
        let told: Vec<_> = events.iter().filter(|event| event.deed == "give up file").collect();
        assert_eq!((told.len(), &*told[0].subject), (1, "statement of 2026-04-15"));
        assert!(told[0].data.contains("the bank was shut"));
        for (name, day, reason, why) in [
            ("statement", 16, " ", "say why"),
            ("statements", 16, "shut", "no file `statements` is waited for; there is `statement`"),
            ("statement", 18, "shut", "the calendar has none of that day"),
            ("statement", 13, "shut", "the calendar has none of that day"),
        ] {
            let refused = ann.give_up_file(name, april(day), reason).await.unwrap_err();
            assert!(refused.is_bad_input() && refused.to_string().contains(why), "{refused} for {why}");
        }
        let refused = ann.await_file_again("statement", april(16), "no").await.unwrap_err();
        assert!(refused.is_refusal() && refused.to_string().contains("nobody said"), "{refused}");
        ann.await_file_again("statement", april(15), "it is on its way").await.unwrap();
        assert_eq!(due(&town.books, 15, 15).await, ["statement of 15: not here missing"]);
        ann.give_up_file("statement", april(15), "it is lost").await.unwrap();
        assert_eq!(due(&town.books, 15, 15).await, ["statement of 15: not here"]);
        // It came after all.
        town.took("a.sta", &statement(1, 0, 15, &[(100, "ONE")])).await;
        assert_eq!(due(&town.books, 15, 15).await, ["statement of 15: came late"]);
        let refused = ann.give_up_file("statement", april(15), "no").await.unwrap_err();
        assert!(refused.is_refusal() && refused.to_string().contains("came, as a.sta"), "{refused}");
        town.proved().await;
    }

    /// A file of a sender who is waited for, of a day on which none is; not another one of a day
    /// that has its own.
    async fn what_came_and_was_not_due_is_told(url: &str) {
        let weekly = STATEMENTS.replace("by =", "weekdays = [\"Fri\"]\nby =");
        let town = waiting(url, &weekly).await;
        town.took("fri.sta", &statement(1, 0, 17, &[(100, "ONE")])).await;
        town.took("more.sta", &statement(2, 100, 17, &[(100, "TWO")])).await;
        assert_eq!(beside(&town.books, 20).await, (vec![], vec![]));
        town.clock.to_april(25);
        town.took("wed.sta", &statement(3, 200, 22, &[(100, "THREE")])).await;
        // It may be Friday's, and is early; once Friday's is here it is not.
        assert_eq!(beside(&town.books, 25).await.1, Vec::<String>::new());
        assert_eq!(due(&town.books, 24, 24).await, ["statement of 24: came early"]);
        town.took("fri2.sta", &statement(4, 300, 24, &[(100, "FOUR")])).await;
        assert_eq!(beside(&town.books, 25).await.1, ["statement of 22: wed.sta"]);
        let friday = town.books.files_due(april(24), april(24)).await.unwrap();
        assert_eq!(friday.files[0].came.as_ref().unwrap().file_name, "fri2.sta");
        // One of another sender is nobody's business.
        town.took("o.sta", &statement_of("87654321", 1, 0, 22, &[(5, "OTHER")])).await;
        assert_eq!(beside(&town.books, 25).await.1.len(), 1);
        // One that does not say its days, on a day on which none is due.
        let tills = RECEIPTS.replace("rows_min", "weekdays = [\"Fri\"]\nrows_min");
        let document = format!("{}\n{tills}", settings("MILL"));
        town.books.configure(&document, april(25)).await.unwrap();
        town.clock.to_april(27);
        town.took("till-a.csv", &receipts(&[paid("CT", &ct(1), "CASH", "10.00").on(april(22))])).await;
        town.took("till-b.csv", &receipts(&[paid("CT", &ct(1), "CASH", "11.00").on(april(24))])).await;
        assert_eq!(beside(&town.books, 27).await.1, ["tills of 22: till-a.csv"]);
        // One without any days of its own goes by when it came.
        let holders = "[[expected_file]]\nname = \"holders\"\nfrom = \"us\"\nformats = [\"holders-csv\"]\n\
            weekdays = [\"Fri\"]\nsince = \"2026-04-24\"\n";
        let document = format!("{}\n{holders}", settings("MILL"));
        town.books.configure(&document, april(27)).await.unwrap();
        let rents = |balance: u32| {
            format!("fund,reference,name,address1,postcode,balance\nCT,{},A,1 Mill Lane,ZZ1 1ZZ,{balance}.00\n", ct(1))
        };
        town.took("h1.csv", &rents(1)).await;
        town.took("h2.csv", &rents(2)).await;
        assert_eq!(due(&town.books, 24, 24).await, ["holders of 24: came"]);
        assert_eq!(beside(&town.books, 27).await.1, Vec::<String>::new(), "another on the day it is due");
        town.clock.to_april(28);
        town.took("h3.csv", &rents(3)).await;
        assert_eq!(beside(&town.books, 28).await.1, ["holders of : h3.csv"]);
        town.proved().await;
    }
}
