//! Nobody is summoned whose money lies unplaced, if the books can tell.

use std::collections::BTreeSet;

use ims_app::{Ack, Actor, ExportKind, Guard, Imported, MayBeTheirs, Permission, Unplaced, Word};
use ims_ledger::id::ExportId;
use ims_money::Pence;
use ims_pay::{Paying, Said, Saying};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    payments::{basket, heard, of, told},
    raw::counts,
    suggest::{came, holds, swapped},
    suspense::to_first,
    town::{Town, april, ct, file},
};

/// Has a file kept aside, and gives the sentence.
async fn kept_aside(town: &Town, name: &str, text: &str) -> String {
    match town.books.import_file(file(name, text)).await.unwrap() {
        Imported::Quarantined { reason } => reason,
        other => panic!("{name}: {other:?}"),
    }
}

/// What is told of an account beside suspense and bank lines: what, how much, how likely, why.
async fn elsewhere(town: &Town, n: u32) -> Vec<(Unplaced, i64, u16, String)> {
    let all = found(town, n).await.into_iter();
    all.map(|it| (it.money, it.amount.get(), it.permille, it.reasons.join("; "))).collect()
}

async fn guarded(town: &Town, accounts: &[u32]) -> Guard {
    let accounts: Vec<_> = accounts.iter().map(|n| ("CT".to_owned(), ct(*n))).collect();
    town.books.guard_accounts(&accounts).await.unwrap()
}

async fn found(town: &Town, n: u32) -> Vec<MayBeTheirs> {
    guarded(town, &[n]).await.accounts.remove(0).found
}

on_both! {
    async fn a_firms_credit_is_not_every_firms(url: &str) {
        let town = Town::of(url).await;
        for (n, name) in [
            (30, "Acme Plumbing Ltd"),
            (31, "Alpha Homes Ltd"),
            (32, "Beta Plumbing Ltd"),
            (33, "Mr J Featherstonehaugh & Acme Ltd"),
        ] {
            holds(&town.books, n, name, 12_345).await;
        }
        let instalment = format!("fund,reference,name,instalment\nCT,{},,7.77\n", ct(34));
        holds(&town.books, 34, "Gamma Roofing Ltd", 12_345).await;
        town.took("instalments.csv", &instalment).await;
        town.books.add_suspense_item(&came("", "PAYMENT", 777)).await.unwrap();
        for (words, pence) in [("BGC ACME PLUMBING LTD", 500), ("MR J FEATHERSTONEH", 501)] {
            town.books.add_suspense_item(&came("", words, pence)).await.unwrap();
        }
        let said = async |n| {
            let found = found(&town, n).await.into_iter();
            found.map(|it| (it.amount.get(), it.reasons[0].clone())).collect::<Vec<_>>()
        };
        let (firm, full) = ("the firm's name agrees", "surname and initial agree");
        assert_eq!(said(30).await, [(500, firm.to_owned())]);
        assert_eq!(said(31).await, []);
        assert_eq!(said(32).await, []);
        assert_eq!(said(34).await, [(777, "the amount is its instalment".to_owned())]);
        let mut two = said(33).await;
        two.sort();
        assert_eq!(two, [(500, firm.to_owned()), (501, full.to_owned())]);
        town.proved().await;
    }

    async fn every_way_money_may_be_theirs_is_told(url: &str) {
        let town = Town::of(url).await;
        for (n, name, owes) in [(20, "Mrs Jane Smith", 12_345), (21, "Mr A Okafor", 777)] {
            holds(&town.books, n, name, owes).await;
        }
        for n in 22..28 {
            holds(&town.books, n, "Nobody Inparticular", 1).await;
        }
        let books = &town.books;
        let before = books.add_suspense_item(&came("FLAT 2026/77", "", 1_111)).await.unwrap();
        let to = ims_app::NewAllocation { reference: ct(25), ..to_first(None) };
        books.allocate_suspense(before, &to).await.unwrap();
        for (reference, narrative, pence) in [
            (swapped(&ct(22)).as_str(), "", 2_001),
            ("", format!("TAX{}JUNE", ct(23)).as_str(), 2_002),
            ("", format!("{} {} {}", &ct(24)[..3], &ct(24)[3..6], &ct(24)[6..]).as_str(), 2_003),
            ("flat-2026 77", "", 2_004),
            ("", "J SMITH", 2_005),
            ("", "", 777),
        ] {
            books.add_suspense_item(&came(reference, narrative, pence)).await.unwrap();
        }
        let line = [(2_006, "TRANSFER 26"), (-2_007, "OUT")];
        town.took("s1.sta", &statement(1, 5_000, 20, &line)).await;
        let line = [(2_008, ct(26))];
        let line: Vec<_> = line.iter().map(|(pence, says)| (*pence, says.as_str())).collect();
        town.took("s2.sta", &statement(2, 4_999, 20, &line)).await;
        let stands = counts(url);
        for (n, pence, why, least) in [
            (22, 2_001, "slip", 500),
            (23, 2_002, "written together with more", 500),
            (24, 2_003, "is quoted", 900),
            (25, 2_004, "was placed there before", 500),
            (20, 2_005, "surname and initial agree", 1),
            (21, 777, "the amount is all it owes", 1),
            (26, 2_008, "is quoted", 900),
        ] {
            let all = found(&town, n).await;
            let it = all.iter().find(|it| it.amount.get() == pence);
            let it = it.unwrap_or_else(|| panic!("{n}: {all:?}"));
            assert!(it.reasons.join("; ").contains(why), "{n}: {it:?}");
            assert!(it.permille >= least, "{n}: {it:?}");
            assert_eq!(matches!(it.money, Unplaced::BankLine(_)), n == 26);
            assert!(all.windows(2).all(|two| two[0].permille >= two[1].permille), "{all:?}");
        }
        // Nothing speaks for the last; it is told of all the same, as clear.
        let all = guarded(&town, &[27, 20, 27]).await;
        assert_eq!(all.accounts.len(), 2);
        let clear = all.accounts.iter().find(|it| it.reference == ct(27)).unwrap();
        assert!(clear.is_held && clear.found.iter().all(|it| it.permille < 50), "{clear:?}");
        assert_eq!(counts(url), stands);
        town.proved().await;
    }

    /// Who paid, and whose own system has not heard of it, is summoned as if they had not.
    async fn what_their_system_has_not_taken_in_is_told(url: &str) {
        let town = Town::of(url).await;
        let told = async |n| -> Vec<(Unplaced, i64, String)> {
            let all = found(&town, n).await.into_iter().filter(|it| it.permille == 1_000);
            all.map(|it| (it.money, it.amount.get(), it.reasons.join("; "))).collect()
        };
        let sent = async || -> ExportId {
            let kind = ExportKind::HostCash("CT".to_owned());
            town.books.make_export(&kind).await.unwrap().unwrap().row.id
        };
        let of = |n, day, pounds| receipts(&[paid("CT", &ct(n), "CASH", pounds).on(april(day))]);
        town.took("monday.csv", &of(4, 20, "10.00")).await;
        assert_eq!(told(4).await, [], "their system is sent nothing");
        town.books.close_day(april(20)).await.unwrap();
        let first = sent().await;
        assert_eq!(told(4).await, [], "nobody ever says what became of a file");
        town.clock.to_april(21);
        let done = town.took("tuesday.csv", &of(4, 21, "7.00")).await;
        let [(Unplaced::NotDelivered(number), 700, why)] = &told(4).await[..] else { panic!() };
        assert_eq!(why, "it is theirs, and in no file to their system yet");
        assert_eq!(town.books.receipt(number).await.unwrap().receipt.total.get(), 700);
        assert_eq!(told(5).await, []);
        // Once they say something of a file, one they say nothing of was not taken in.
        town.books.close_day(april(21)).await.unwrap();
        let second = sent().await;
        town.books.acknowledge_export(second, Ack::Rejected, "R1", "no such batch").await.unwrap();
        let all = told(4).await;
        let whys: Vec<_> = all.iter().map(|(_, pence, why)| (*pence, why.as_str())).collect();
        assert_eq!(whys, [
            (1_000, "it is theirs, and their system has not acknowledged cash-CT-000001.txt"),
            (700, "it is theirs, and their system rejected cash-CT-000002.txt"),
        ]);
        town.books.acknowledge_export(first, Ack::Accepted, "A1", "").await.unwrap();
        assert_eq!(told(4).await.len(), 1);
        // What was reversed is theirs no more.
        town.clock.to_april(22);
        town.books.reverse_import(done.id, "another's").await.unwrap();
        assert_eq!(told(4).await, []);
        town.proved().await;
    }

    /// Money in a file that waits for a person is not in suspense yet; its payers paid.
    async fn files_kept_aside_are_searched(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(5_000, "SOMEBODY")])).await;
        let says = format!("FASTER PAYMENT TAX{}MAY", ct(5));
        let lines = [(2_001, says.as_str()), (-300, ct(8).as_str())].map(|(pence, says)| (pence, says.to_owned()));
        let lines: Vec<_> = lines.iter().map(|(pence, says)| (*pence, says.as_str())).collect();
        let gap = kept_aside(&town, "s3.sta", &statement(3, 9_000, 20, &lines)).await;
        let rows = [6, 7, 9].map(|n| paid("CT", &ct(n), "CARD", "10.00"));
        let monday = receipts(&rows);
        town.took("monday.csv", &monday).await;
        let turned: String = monday.lines().rev().map(|row| format!("{row}\n")).collect();
        let again = kept_aside(&town, "again.csv", &turned).await;
        let stands = counts(url);

        let told = elsewhere(&town, 5).await;
        let [(Unplaced::KeptAside { file, .. }, 2_001, 500.., why), ..] = &told[..] else { panic!("{told:?}") };
        assert_eq!(file, "s3.sta");
        let quoted = format!("`TAX{}MAY` has it written together with more", ct(5));
        assert!(why.starts_with(&quoted) && why.ends_with(&format!("kept aside: {gap}")), "{why}");
        let told = elsewhere(&town, 6).await;
        let [(Unplaced::KeptAside { file, line }, 1_000, 900.., why), ..] = &told[..] else { panic!("{told:?}") };
        assert_eq!((file.as_str(), *line), ("again.csv", 3));
        assert!(why.ends_with(&format!("kept aside: {again}")), "{why}");
        let told = elsewhere(&town, 8).await;
        assert!(told.iter().all(|(.., pence, _, _)| *pence != -300), "what went out is nobody's: {told:?}");

        // Who may not see files is told that they were not searched.
        let whole = guarded(&town, &[5]).await.kept_aside;
        assert!(whole.iter().all(|file| file.unread.is_none()), "{whole:?}");
        let desk = Actor::holding("desk", &[Permission::SeeBank, Permission::SeeSuspense]);
        let desk = town.app.books(None, desk).await.unwrap();
        let told = desk.guard_accounts(&[("CT".to_owned(), ct(5))]).await.unwrap();
        assert_eq!(told.accounts[0].found, []);
        let files: BTreeSet<_> = told.kept_aside.iter().map(|it| it.file_name.as_str()).collect();
        assert_eq!(files, BTreeSet::from(["s3.sta", "again.csv"]));
        let why = Some("who asks may not see files that were taken in");
        assert!(told.kept_aside.iter().all(|it| it.unread.as_deref() == why), "{told:?}");
        assert_eq!(counts(url), stands);

        // Once it is in, it is told of as what it is now.
        town.took("s2.sta", &statement(2, 5_000, 20, &[(4_000, "BETWEEN")])).await;
        town.took("s3.sta", &statement(3, 9_000, 20, &lines)).await;
        let told = elsewhere(&town, 5).await;
        let is_aside = |it: &Unplaced| matches!(it, Unplaced::KeptAside { file, .. } if file == "s3.sta");
        assert!(matches!(told[0].0, Unplaced::BankLine(_)), "{told:?}");
        assert!(!told.iter().any(|it| is_aside(&it.0)), "{told:?}");
        town.proved().await;
    }

    /// Who paid another amount than was asked for has no receipt, and paid.
    async fn payments_that_wait_for_a_person_are_told(url: &str) {
        let town = Town::of(url).await;
        let lines = [("CT", ct(1), 700), ("CT", ct(2), 300)];
        let lines = lines.each_ref().map(|(fund, it, pence)| (*fund, it.as_str(), *pence));
        let view = town.books.start_payment(&basket(&lines)).await.unwrap();
        assert_eq!(elsewhere(&town, 1).await, [], "nobody said that anybody paid");
        let saying = Saying::Paid(Paying { transaction: Some("pi_1".to_owned()), ..Paying::default() });
        let said = Said::new("cs_1", saying)
            .about(view.payment.reference.clone())
            .for_amount(Pence::new(1_200), "GBP");
        town.books.record_payment(&told(Word::Said(Box::new(said)))).await.unwrap();
        let row = town.books.payment_exceptions(None, 9).await.unwrap().remove(0);
        for (n, pence) in [(1, 700), (2, 300)] {
            let why = format!(
                "payment {} names it and waits for a person to look into: {}; the provider speaks of 12.00 in all",
                view.payment.reference, row.why
            );
            assert_eq!(elsewhere(&town, n).await, [(Unplaced::Exception(row.id), pence, 950, why)]);
        }
        assert_eq!(elsewhere(&town, 3).await, []);
        // Once somebody looked into it, it is told no more.
        town.books.end_payment_exception(row.id, "given back").await.unwrap();
        assert_eq!(elsewhere(&town, 1).await, []);
        town.proved().await;
    }

    async fn payments_nobody_knows_of_are_told(url: &str) {
        let town = Town::of(url).await;
        let start = async |n: u32| town.books.start_payment(&basket(&[("CT", &ct(n), 1_000)])).await.unwrap();
        for (n, saying, status, why) in [
            (1, None, "unknown", "the provider gave no answer, so it may have been paid or not"),
            (2, Some(Saying::Waiting), "pending", "the payer is done and the provider is not"),
            (3, Some(Saying::Authorised { transaction: None }), "authorised",
                "the provider holds the money and has not taken it"),
        ] {
            let view = start(n).await;
            let news = match saying {
                Some(saying) => of(&view, &format!("p{n}"), saying),
                None => ims_app::PaymentNews { payment: Some(view.payment.id), ..told(Word::Silent) },
            };
            heard(&town.books, &news).await;
            let why = format!("a payment that names it is {status}: {why}");
            let payment = Unplaced::Payment(view.payment.reference.clone());
            assert_eq!(elsewhere(&town, n).await, [(payment, 1_000, 500, why)]);
            heard(&town.books, &of(&view, &format!("p{n}"), Saying::paid(None))).await;
            assert_eq!(elsewhere(&town, n).await, [], "it is in a receipt");
        }
        let waits = start(4).await;
        heard(&town.books, &of(&waits, "p4", Saying::Accepted { next: None })).await;
        assert_eq!(elsewhere(&town, 4).await, [], "the payer has not come");
        town.proved().await;
    }

    async fn who_is_not_known_is_looked_for_by_the_reference(url: &str) {
        let town = Town::of(url).await;
        town.books.add_suspense_item(&came("12 345-99", "", 2_001)).await.unwrap();
        let strange = [("ZZ".to_owned(), "1234599".to_owned())];
        let told = town.books.guard_accounts(&strange).await.unwrap();
        assert!(!told.accounts[0].is_held);
        assert_eq!(told.accounts[0].found.len(), 1, "{told:?}");
        // What is placed is nobody's to guard.
        let id = town.suspense().await[0].id;
        town.books.allocate_suspense(id, &to_first(None)).await.unwrap();
        let told = town.books.guard_accounts(&strange).await.unwrap();
        assert_eq!(told.accounts[0].found, []);
        town.proved().await;
    }
}
