//! Who works for some funds sees the rows of those, and nothing that tells of
//! others: no row, no sum, no count, no sentence.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use ims_app::{
    AppError, Books, ExportKind, Permission, ReceiptView, Role, ScopeKind, SearchReceipts,
};
use ims_ledger::{
    Draft,
    id::{EntryId, ExpectedId, ReceiptId},
};
use ims_money::Pence;
use ims_store::{EntryRow, ExpectedRow, ReceiptLineRow, ReceiptRow};
use ims_testkit::on_both;

mod decided;
mod parts;
mod places;

use decided::{DECIDED, To};
use parts::searches;

use super::{
    files::{paid, receipts, statement},
    matrix::{FOR_ANYBODY, everything, public_methods},
    standing::{add, hands},
    town::{Town, april, ct, file, settings},
};

/// What only the other fund's rows hold. Each amount is its own.
const SECRETS: [&str; 6] = ["LM000001", "4.04", "8.08", "12.12", "Leisure centre", "fund:LE"];

/// A town whose council has a role that may everything, and a day of receipts
/// of two funds: one of them with a line in each.
async fn two_funds(url: &str) -> Town {
    let town = Town::of(url).await;
    let all = Permission::ALL.iter().filter(|it| !matches!(it, Permission::AllFunds));
    let all: Vec<_> = all.map(|it| format!("\"{}\"", it.name())).collect();
    let more = format!(
        "[[role]]\nname = \"everything\"\npermissions = [{}]\n\
         [[fund_group]]\ncode = \"G\"\nname = \"Taxes\"\nfunds = [\"CT\"]\n\
         [[office]]\ncode = \"HALL\"\nname = \"Town hall\"\n",
        all.join(", ")
    );
    town.books.configure(&format!("{}\n{more}", settings("MILL")), april(1)).await.unwrap();
    let rows = [
        paid("CT", &ct(1), "CARD", "10.00"),
        paid("LE", "LM000001", "CARD", "4.04"),
        paid("CT", &ct(2), "CASH", "20.00").on(april(17)),
        paid("LE", "LM000001", "CASH", "8.08"),
        paid("XX", "LM000001", "CASH", "12.12"),
    ];
    town.took("monday.csv", &receipts(&rows)).await;
    both_funds(&town).await;
    town.took("s1.sta", &statement(1, 0, 20, &[(1_212, "Leisure centre")])).await;
    town
}

/// A receipt of the hall with a line of 1.00 in one fund and of 4.04 in the other.
async fn both_funds(town: &Town) {
    let world = town.app.world();
    let (ours, theirs) = (Pence::new(100), Pence::new(404));
    let line = |fund: &str, reference: &str, amount| ReceiptLineRow {
        fund: fund.to_owned(),
        reference: reference.to_owned(),
        amount,
        vat_code: None,
        vat_basis_points: None,
        vat: Pence::ZERO,
    };
    let entry = EntryId::new(world.id());
    let receipt = ReceiptRow {
        id: ReceiptId::new(world.id()),
        number: "BOTH".to_owned(),
        method: "CARD".to_owned(),
        office: Some("HALL".to_owned()),
        happened_on: april(20),
        accounting_day: april(20),
        posted_at: world.now(),
        total: Pence::new(504),
        entry,
        import: None,
        source_ref: None,
        reverses: None,
        lines: vec![line("CT", &ct(1), ours), line("LE", "LM000001", theirs)],
    };
    let draft = Draft::new()
        .debit("clearing:card".parse().unwrap(), Pence::new(504))
        .credit("fund:CT".parse().unwrap(), ours)
        .credit("fund:LE".parse().unwrap(), theirs);
    let (id, ct) = (receipt.id, ct(1));
    let about = format!("receipt {id} BOTH CARD CT/{ct}/1.00/-/0.00 LE/LM000001/4.04/-/0.00");
    let row = EntryRow {
        id: entry,
        kind: "receipt",
        happened_on: april(20),
        accounting_day: april(20),
        posted_at: world.now(),
        actor: "system:test".to_owned(),
        key: None,
        about,
        import: None,
        detail: None,
        postings: draft.balance().unwrap(),
    };
    let council = town.books.council().id;
    let mut tx = town.app.store().begin().await.unwrap();
    tx.post_many(council, &[row]).await.unwrap();
    tx.add_receipts(council, &[receipt]).await.unwrap();
    let waits = ExpectedRow {
        id: ExpectedId::new(world.id()),
        channel: "card".to_owned(),
        happened_on: april(20),
        amount: Pence::new(504),
        reference: String::new(),
        batch_ref: String::new(),
        source_ref: String::new(),
        entry,
        receipt: None,
        import: None,
        created_at: world.now(),
        is_payers: true,
    };
    tx.add_expected(council, &[waits]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Somebody who may everything, for that part of the council.
async fn works_for(town: &Town, parts: &[(ScopeKind, &str)]) -> Books {
    add(&town.books, "sam", &["everything"]).await;
    for (kind, code) in parts {
        town.books.grant_scope("sam", *kind, code).await.unwrap();
    }
    hands(town, "sam").await
}

/// Every read that is done in part, and all that it tells.
async fn looked(books: &Books) -> Vec<(&'static str, String)> {
    let every_day = (april(1), NaiveDate::from_ymd_opt(2026, 4, 30).unwrap());
    let mut told = vec![
        ("dashboard", format!("{:?}", books.dashboard(None).await)),
        ("dashboard", format!("{:?}", books.dashboard(Some(april(20))).await)),
        ("income", format!("{:?}", books.income(every_day.0, every_day.1).await)),
        ("approvals", format!("{:?}", books.approvals(None, 500).await)),
        ("exports", format!("{:?}", books.exports(500).await)),
        ("holder", format!("{:?}", books.holder("LE", "LM000001").await)),
        ("own_open_payments", format!("{:?}", books.own_open_payments(500).await)),
        ("export_kinds", format!("{:?}", books.export_kinds().await)),
    ];
    let held = books.held("LE", &["LM000001".to_owned()]).await.unwrap();
    told.push(("held", format!("{held:?}")));
    for search in searches() {
        let found = books.search_receipts(&search, None, 500).await;
        told.push(("search_receipts", format!("{:?}", found.unwrap())));
    }
    told
}

fn told_of(rows: &[ReceiptView]) -> Vec<(String, i64)> {
    rows.iter().map(|row| (row.fund.clone(), row.amount.get())).collect()
}

on_both! {
    async fn every_deed_is_decided_for_who_works_for_one_fund(url: &str) {
        let town = two_funds(url).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let decided: BTreeSet<_> =
            DECIDED.iter().map(|(deed, _)| *deed).chain(FOR_ANYBODY.map(|(deed, _)| deed)).collect();
        assert_eq!(public_methods().iter().map(String::as_str).collect::<BTreeSet<_>>(), decided);
        let tried = everything(&sam, Role::Cashier).await;
        for (deed, permission, came) in tried {
            let name = deed.split(' ').next().unwrap();
            let (_, to) = DECIDED.iter().find(|(of, _)| *of == name).unwrap();
            let is_refused = matches!(came, Err(AppError::NotAllowed { .. }));
            assert_eq!(is_refused, *to == To::Whole, "{deed}: {came:?}");
            assert!(sam.actor().may(permission) || is_refused, "{deed}");
        }
        town.proved().await;
    }

    /// W31: suspense, imports and sums were shown to everybody.
    async fn nothing_tells_of_another_fund(url: &str) {
        let town = two_funds(url).await;
        town.books.close_day(april(20)).await.unwrap();
        let fund = |code: &str| ExportKind::HostCash(code.to_owned());
        for kind in [ExportKind::LedgerJournal, fund("CT"), fund("LE")] {
            town.books.make_export(&kind).await.unwrap().unwrap();
        }
        // The secrets are there to be told by whoever sees them.
        let told = looked(&town.books).await;
        let all: String = told.iter().map(|(_, told)| told.as_str()).collect();
        assert!(all.contains("LM000001") && all.contains("host:LE"));

        for parts in [&[(ScopeKind::Fund, "CT")][..], &[(ScopeKind::FundGroup, "G")]] {
            let sam = works_for(&town, parts).await;
            for (deed, told) in looked(&sam).await {
                for secret in SECRETS {
                    assert!(!told.contains(secret), "{deed} tells of {secret}: {told}");
                }
                assert!(!told.contains("LE\"") && !told.contains("Pence(404)"), "{deed}: {told}");
            }
            let board = sam.dashboard(Some(april(20))).await.unwrap();
            assert_eq!((board.receipts, board.receipts_pence), (2, Pence::new(1_100)));
            assert_eq!(board.suspense, (0, Pence::ZERO));
            assert!(board.banks.is_empty() && board.imports.is_empty() && board.expected.is_empty());
            town.books.lift_scope("sam", ScopeKind::Fund).await.unwrap();
        }
        town.proved().await;
    }

    async fn a_receipt_of_two_funds_shows_the_line_that_is_seen(url: &str) {
        let town = two_funds(url).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let mut found = Vec::new();
        for search in searches() {
            found.push(told_of(&sam.search_receipts(&search, None, 500).await.unwrap()));
        }
        let ct = |amounts: &[i64]| -> Vec<_> {
            amounts.iter().map(|amount| ("CT".to_owned(), *amount)).collect()
        };
        assert_eq!(found, [ct(&[100]), ct(&[]), ct(&[100, 1_000]), ct(&[100, 1_000]), ct(&[])]);
        // A page is as full as ever: what is not seen takes no place on it.
        let first = sam.search_receipts(&SearchReceipts::Day(april(20)), None, 1).await.unwrap();
        assert_eq!(told_of(&first), ct(&[100]));
        let next = sam.search_receipts(&SearchReceipts::Day(april(20)), Some(first[0].id), 1).await;
        assert_eq!(told_of(&next.unwrap()), ct(&[1_000]));
        town.proved().await;
    }

    /// A fund that is not theirs sounds like one that is not there.
    async fn what_is_not_theirs_sounds_like_what_is_not_there(url: &str) {
        let town = two_funds(url).await;
        town.books.close_day(april(20)).await.unwrap();
        let theirs = town.books.make_export(&ExportKind::HostCash("LE".to_owned())).await;
        let theirs = theirs.unwrap().unwrap().row.id;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let said = |code: &str| {
            let kind = ExportKind::HostCash(code.to_owned());
            let sam = sam.clone();
            let code = code.to_owned();
            async move { sam.make_export(&kind).await.unwrap_err().to_string().replace(&code, "?") }
        };
        assert_eq!(said("LE").await, said("NONE").await);
        let none = ims_ledger::id::ExportId::new(town.app.world().id());
        let words = |id: ims_ledger::id::ExportId| {
            let sam = sam.clone();
            async move { sam.export_again(id).await.unwrap_err().to_string().replace(&id.to_string(), "?") }
        };
        assert_eq!(words(theirs).await, words(none).await);
        let ours = sam.make_export(&ExportKind::HostCash("CT".to_owned())).await.unwrap().unwrap();
        assert_eq!(sam.export_again(ours.row.id).await.unwrap().bytes, ours.bytes);
        // The download is in the trail.
        let events = town.books.find_events(&ims_app::FindEvents::default(), None, 500).await.unwrap();
        assert!(events.iter().any(|it| it.deed == "export again" && it.actor == "sam"));
        assert!(sam.make_export(&ExportKind::LedgerJournal).await.unwrap_err().is_refusal());
        town.proved().await;
    }

    async fn offices_and_methods_narrow_too(url: &str) {
        let town = two_funds(url).await;
        let day = SearchReceipts::Day(april(20));
        let every = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        for (part, seen, sum) in [
            ((ScopeKind::Method, "CASH"), vec![("LE", 808)], 2_808),
            // What was taken at no office is of no office.
            ((ScopeKind::Office, "HALL"), vec![("CT", 100), ("LE", 404)], 504),
        ] {
            let sam = works_for(&town, &[part]).await;
            let found = told_of(&sam.search_receipts(&day, None, 500).await.unwrap());
            let seen: Vec<_> = seen.into_iter().map(|(fund, it)| (fund.to_owned(), it)).collect();
            assert_eq!(found, seen, "{part:?}");
            let income = sam.income(every, april(30)).await.unwrap();
            assert_eq!(income.iter().map(|it| it.amount.get()).sum::<i64>(), sum);
            assert!(!sam.actor().may(Permission::SeeSuspense));
            assert!(sam.exports(500).await.unwrap().is_empty());
            town.books.lift_scope("sam", part.0).await.unwrap();
        }
        town.proved().await;
    }

    /// W55: a group could not be deleted; and who had it must not see more then.
    async fn a_group_that_is_deleted_opens_nothing(url: &str) {
        let town = two_funds(url).await;
        let sam = works_for(&town, &[(ScopeKind::FundGroup, "G")]).await;
        assert!(sam.actor().scope().may_fund("CT"));
        let document = town.books.configuration_document().await.unwrap();
        let without = document.replace(
            "[[fund_group]]\ncode = \"G\"\nname = \"Taxes\"\nfunds = [\"CT\"]\n",
            "",
        );
        assert_ne!(without, document);
        town.books.configure(&without, april(20)).await.unwrap();
        assert!(town.books.settings().await.unwrap().council.fund_group.is_empty());
        let sam = hands(&town, "sam").await;
        assert!(!sam.actor().scope().may_fund("CT") && !sam.actor().scope().is_whole());
        assert!(sam.income(april(1), april(30)).await.unwrap().is_empty());
        let remarks = &town.books.recertification().await.unwrap()[0].remarks;
        assert!(remarks.contains(&"there is no fund-group G".to_owned()), "{remarks:?}");
        town.proved().await;
    }

    async fn a_file_with_rows_of_every_fund_is_not_taken_in_part(url: &str) {
        let town = two_funds(url).await;
        let sam = works_for(&town, &[(ScopeKind::Fund, "CT")]).await;
        let before = super::raw::counts(url);
        let rows = receipts(&[paid("CT", &ct(3), "CARD", "1.00")]);
        let why = sam.import_file(file("tuesday.csv", &rows)).await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "sam, who works for a part of the council only, may not import files"
        );
        assert_eq!(super::raw::counts(url), before);
        town.proved().await;
    }
}
