//! Councils: their configuration, and that none sees another's rows.

use ims_ledger::id::{CouncilId, ImportId};
use ims_store::{JobKinds, SearchReceipts, Tx};
use ims_testkit::on_both;

use super::made::{self, account, at, day};

on_both! {
    async fn a_configuration_is_in_force_from_its_day(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        for (from, text) in [(5, "first"), (20, "third"), (10, "second"), (10, "second, mended")] {
            tx.add_configuration(council, "Anyborough", day(from), text, "jo", at(0)).await.unwrap();
        }
        for (on, expected) in [
            (4, None), (5, Some((1, "first"))), (9, Some((1, "first"))), (10, Some((4, "second, mended"))),
            (19, Some((4, "second, mended"))), (20, Some((2, "third"))), (30, Some((2, "third"))),
        ] {
            let found = tx.configuration(council, day(on)).await.unwrap();
            let found = found.as_ref().map(|it| (it.version, it.document.as_str()));
            assert_eq!(found, expected, "on {on} April");
        }
        let newest = tx.configuration(council, day(30)).await.unwrap().unwrap();
        assert_eq!((newest.from_day, newest.made_by.as_str(), newest.made_at), (day(20), "jo", at(0)));
    }

    async fn a_configuration_names_the_council(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        tx.add_council("TWO", "Twoborough", at(0)).await.unwrap();
        tx.add_configuration(council, "Anyborough City", day(1), "", "jo", at(0)).await.unwrap();
        let names: Vec<_> = tx.councils().await.unwrap().into_iter().map(|row| (row.code, row.name)).collect();
        let expected = [("ANY", "Anyborough City"), ("TWO", "Twoborough")];
        assert_eq!(names, expected.map(|(code, name)| (code.to_owned(), name.to_owned())));
    }

    /// Everything one council has is nothing to another.
    async fn two_councils_never_see_each_other_s_rows(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let other = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap().id;
        let jo = made::person("jo");
        tx.add_person(&jo, at(0)).await.unwrap();
        let import = made::everything(&mut tx, council, &jo).await;

        let ours = seen(&mut tx, council, import).await;
        let empty: Vec<_> = ours.iter().filter(|(_, rows)| *rows == 0).map(|(what, _)| *what).collect();
        assert_eq!(empty, [""; 0], "nothing was there to be seen");
        let theirs = seen(&mut tx, other, import).await;
        let leaked: Vec<_> = theirs.iter().filter(|(_, rows)| *rows != 0).collect();
        assert!(leaked.is_empty(), "{leaked:?}");

        // The same again for the other changes nothing for the first.
        made::everything(&mut tx, other, &jo).await;
        assert_eq!(seen(&mut tx, council, import).await, ours);
    }

    /// What one council closes or takes is its own.
    async fn two_councils_never_change_each_other_s_rows(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let other = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap().id;
        let jo = made::person("jo");
        tx.add_person(&jo, at(0)).await.unwrap();
        let import = made::everything(&mut tx, council, &jo).await;
        let before = seen(&mut tx, council, import).await;

        let lines: Vec<_> = tx.open_lines(council).await.unwrap().iter().map(|it| it.id).collect();
        assert_eq!(tx.close_lines(other, &lines).await.unwrap(), 0);
        let waited: Vec<_> = tx.open_expected(council).await.unwrap().iter().map(|it| it.id).collect();
        assert_eq!(tx.close_expected(other, &waited).await.unwrap(), 0);
        let item = tx.open_suspense(council, None, 1).await.unwrap().remove(0);
        assert!(!tx.lower_suspense(other, item.id, item.remaining, made::pence(1)).await.unwrap());
        assert_eq!(tx.take_unsealed(other, 10).await.unwrap(), []);
        tx.settle_quarantine(other, made::aside("disagrees").content_hash, at(1)).await.unwrap();
        tx.put_holders(other, "CT", &[made::holder("80012345")], import, at(0)).await.unwrap();
        let job = tx.claim_jobs("w", at(60), at(0), (JobKinds::All, 10)).await.unwrap().remove(0);
        assert_eq!(job.council, council);
        assert!(!tx.finish_job(other, job.id, "w", at(1)).await.unwrap());
        assert_eq!(seen(&mut tx, council, import).await, before);
    }
}

/// How many rows every question that lists or counts answers with.
async fn seen(tx: &mut Tx, council: CouncilId, import: ImportId) -> Vec<(&'static str, usize)> {
    let (from, to) = (day(1), day(30));
    let before = from.pred_opt().unwrap();
    let hash = made::import("the bank's file").content_hash;
    let count = |number: i64| usize::try_from(number).unwrap();
    let mut rows = Vec::new();
    rows.push((
        "configuration",
        usize::from(tx.configuration(council, to).await.unwrap().is_some()),
    ));
    rows.push(("configurations", tx.configurations(council, 0, 10).await.unwrap().len()));
    let stand = tx.imports_that_stand(council, None, at(0), at(9), 10).await.unwrap();
    rows.push(("imports_that_stand", stand.len()));
    rows.push(("suspense_lines", tx.suspense_lines(council, import).await.unwrap().len()));
    let by_method = tx.receipts_by_method(council, from, "web", 10).await.unwrap();
    rows.push(("receipts_by_method", count(by_method)));
    rows.push(("people", tx.people(council, 10).await.unwrap().len()));
    rows.push(("jobs", tx.jobs(council, 10).await.unwrap().len()));
    rows.push(("archived", usize::from(tx.archived(council, hash).await.unwrap().is_some())));
    rows.push(("archived_hashes", tx.archived_hashes(council).await.unwrap().len()));
    rows.push(("imports", tx.imports(council, None, 10).await.unwrap().len()));
    rows.push(("imports_of", tx.imports_of(council, hash).await.unwrap().len()));
    rows.push(("import", usize::from(tx.import(council, import).await.unwrap().is_some())));
    rows.push(("quarantined", tx.quarantined(council, 10).await.unwrap().len()));
    rows.push(("count_holders", count(tx.count_holders(council).await.unwrap())));
    let references = ["80012345".to_owned()];
    rows.push((
        "existing_holders",
        tx.existing_holders(council, "CT", &references).await.unwrap().len(),
    ));
    rows.push((
        "holder",
        usize::from(tx.holder(council, "CT", "80012345").await.unwrap().is_some()),
    ));
    rows.push(("hold_holders", tx.hold_holders(council, "CT", &references).await.unwrap().len()));
    rows.push((
        "search_holders",
        tx.search_holders(council, &ims_store::SearchHolders::default(), None, 10)
            .await
            .unwrap()
            .len(),
    ));
    let changes = tx.holder_changes(council, ("CT", "80012345"), None, 10).await.unwrap();
    rows.push(("holder_changes", changes.len()));
    let came = tx.came_to(council, &references, "web", (from, to)).await.unwrap();
    rows.push(("came_to", came.len()));
    let old = ["OLD1".to_owned()];
    rows.push(("redirects_of", tx.redirects_of(council, &old).await.unwrap().len()));
    rows.push(("redirects", tx.redirects(council, None, 10).await.unwrap().len()));
    rows.push((
        "find_receipts",
        tx.find_receipts(
            council,
            &ims_store::Within::default(),
            &ims_store::FindReceipts::default(),
            None,
            10,
        )
        .await
        .unwrap()
        .len(),
    ));
    let credited = tx.credited_since(council, ("CT", "80012345"), at(0)).await.unwrap();
    rows.push(("credited_since", count(credited.get())));
    rows.push((
        "entry_by_key",
        usize::from(tx.entry_by_key(council, "key").await.unwrap().is_some()),
    ));
    rows.push(("count_entries", count(tx.count_entries(council).await.unwrap())));
    rows.push(("balances", tx.balances(council, to).await.unwrap().len()));
    rows.push(("balances_at", tx.balances_at(council, at(9)).await.unwrap().len()));
    let balance = tx.balance(council, &account("clearing:card-web")).await.unwrap();
    rows.push(("balance", count(balance.get())));
    rows.push(("receipts_of_import", tx.receipts_of_import(council, import).await.unwrap().len()));
    let searches = [
        SearchReceipts::Reference("80012345".to_owned()),
        SearchReceipts::Day(from),
        SearchReceipts::DayAndAmount(from, made::pence(100)),
    ];
    for search in searches {
        rows.push((
            "search_receipts",
            tx.search_receipts(council, &search, None, 10).await.unwrap().len(),
        ));
    }
    rows.push(("fund_totals", tx.fund_totals(council, from, to).await.unwrap().len()));
    rows.push(("fund_income", tx.fund_income(council).await.unwrap().len()));
    rows.push(("day_totals", tx.day_totals(council, 10).await.unwrap().len()));
    rows.push(("open_suspense", tx.open_suspense(council, None, 10).await.unwrap().len()));
    rows.push(("open_suspense_totals", count(tx.open_suspense_totals(council).await.unwrap().0)));
    rows.push(("suspense_of_import", tx.suspense_of_import(council, import).await.unwrap().len()));
    rows.push(("open_expected", tx.open_expected(council).await.unwrap().len()));
    rows.push(("new_expected", tx.new_expected(council).await.unwrap().len()));
    rows.push(("count_new_expected", count(tx.count_new_expected(council).await.unwrap())));
    rows.push(("oldest_unkeyed", tx.oldest_unkeyed(council, 9).await.unwrap().len()));
    rows.push(("open_expected_totals", tx.open_expected_totals(council).await.unwrap().len()));
    rows.push(("count_brought", count(tx.count_brought(council, import).await.unwrap())));
    rows.push(("entries_of_import", tx.entries_of_import(council, import).await.unwrap().len()));
    let page = tx.receipts_of_import_after(council, import, None, 10).await.unwrap();
    rows.push(("receipts_of_import_after", page.len()));
    rows.push((
        "last_statement",
        usize::from(tx.last_statement(council, "main").await.unwrap().is_some()),
    ));
    rows.push(("statements", tx.statements(council, 10).await.unwrap().len()));
    rows.push((
        "statements_of_import",
        tx.statements_of_import(council, import).await.unwrap().len(),
    ));
    rows.push(("closing_balances", tx.closing_balances(council).await.unwrap().len()));
    rows.push(("line_marks", tx.line_marks(council, "main", from, to).await.unwrap().len()));
    rows.push(("open_lines", tx.open_lines(council).await.unwrap().len()));
    rows.push(("open_lines_of", tx.open_lines_of(council, "main", to).await.unwrap().len()));
    rows.push(("open_line_totals", tx.open_line_totals(council).await.unwrap().len()));
    rows.push(("lines_by_rule", tx.lines_by_rule(council, "main", from, to).await.unwrap().len()));
    rows.push(("closed_through", usize::from(tx.closed_through(council).await.unwrap().is_some())));
    rows.push(("closed_days", tx.closed_days(council, 10).await.unwrap().len()));
    rows.push(("exports", tx.exports(council, 10).await.unwrap().len()));
    rows.push(("account_totals", tx.account_totals(council, before, to).await.unwrap().len()));
    rows.push(("cash_lines", tx.cash_lines(council, "CT", before, to).await.unwrap().len()));
    rows.push(("closes_of", tx.closes_of(council, from).await.unwrap().len()));
    rows.push(("day_generation", count(tx.day_generation(council).await.unwrap())));
    rows.push(("day_reopens", tx.day_reopens(council, 10).await.unwrap().len()));
    rows.push(("periods", tx.periods(council, 10).await.unwrap().len()));
    let generation = tx.period_generation(council, "2026-03").await.unwrap();
    rows.push(("period_generation", count(generation)));
    let standing = tx.closed_periods_from(council, "2026-01").await.unwrap();
    rows.push(("closed_periods_from", standing.len()));
    rows.push(("export_states", tx.export_states(council, None, 10).await.unwrap().len()));
    rows.push(("exports_holding", tx.exports_holding(council, from).await.unwrap().len()));
    rows.push(("controls", tx.controls(council, 10).await.unwrap().len()));
    rows.push(("control", usize::from(tx.control(council, 1).await.unwrap().is_some())));
    rows.push(("last_control", count(tx.last_control(council).await.unwrap())));
    rows.push(("fund_days", tx.fund_days(council, from, to).await.unwrap().len()));
    rows.push(("suspense_at", tx.suspense_at(council, at(9), None, 10).await.unwrap().len()));
    let left = tx.suspense_total_at(council, at(9)).await.unwrap();
    rows.push(("suspense_total_at", count(left.get())));
    rows.push(("suspense_count_at", count(tx.suspense_count_at(council, at(9)).await.unwrap())));
    rows.push(("expected_at", tx.expected_at(council, at(9)).await.unwrap().len()));
    rows.push(("lines_at", tx.lines_at(council, at(9)).await.unwrap().len()));
    let closing = tx.closing_balances_at(council, at(9)).await.unwrap();
    rows.push(("closing_balances_at", closing.len()));
    rows.push(("fund_income_at", tx.fund_income_at(council, at(9)).await.unwrap().len()));
    rows.push(("fund_totals_at", tx.fund_totals_at(council, from, at(9)).await.unwrap().len()));
    let stood = tx.account_at(council, "CT", "80012345", at(9)).await.unwrap();
    rows.push(("account_at", count(stood.lines)));
    let stood = tx.account_on(council, "CT", "80012345", to).await.unwrap();
    rows.push(("account_on", count(stood.lines)));
    let none = ims_store::FindEvents::default();
    rows.push(("find_events", tx.find_events(council, &none, None, 10).await.unwrap().len()));
    let first = ims_ledger::id::EventId::new(uuid::Uuid::nil());
    rows.push(("events_after", tx.events_after(council, first, None, None).await.unwrap().len()));
    let first = ims_ledger::id::EntryId::new(uuid::Uuid::nil());
    rows.push(("entries_after", tx.entries_after(council, first, from, to).await.unwrap().len()));
    rows.push(("items_of_block", tx.items_of_block(council, 1).await.unwrap().len()));
    rows.push(("events", tx.events(council, None, 10).await.unwrap().len()));
    let mut events = 0;
    tx.each_event(council, &mut |_| events += 1).await.unwrap();
    rows.push(("each_event", events));
    rows.push(("count_unsealed", count(tx.count_unsealed(council).await.unwrap())));
    rows.push(("head", usize::from(tx.head(council).await.unwrap().is_some())));
    rows.push(("blocks", tx.blocks(council).await.unwrap().len()));
    let mut items = 0;
    tx.each_block_item(council, &mut |_, _, _| items += 1).await.unwrap();
    rows.push(("each_block_item", items));
    let checked = tx.check_entries(council, 1, &mut |_, _| {}).await.unwrap();
    rows.push(("check_entries", usize::try_from(checked.0).unwrap()));
    rows
}
