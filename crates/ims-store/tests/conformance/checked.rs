//! Every kept figure is compared with what the books add up to.

use ims_ledger::{id::CouncilId, seal::ContentHash};
use ims_store::{Difference, EntryRow, LineRow, Store, SuspenseRow, Tx};
use ims_testkit::on_both;

use super::{
    made::{self, at, day, entry, pence},
    raw::Raw,
};

fn difference(of: &str, kept: i64, adds_up_to: i64) -> Difference {
    Difference { of: of.to_owned(), kept, adds_up_to }
}

/// Every comparison, in the order that `verify` makes them.
async fn all(tx: &mut Tx, council: CouncilId) -> Vec<Difference> {
    let mut found = tx.days_that_differ(council).await.unwrap();
    found.extend(tx.suspense_that_differs(council).await.unwrap());
    found.extend(tx.expected_that_differ(council).await.unwrap());
    found.extend(tx.lines_that_differ(council).await.unwrap());
    found.extend(tx.receipts_that_differ(council).await.unwrap());
    found.extend(tx.numbers_with_gaps(council).await.unwrap());
    found.extend(tx.posted_after_close(council).await.unwrap());
    found
}

/// Does things as they should be done, and some more; the differences then.
async fn after(url: &str, more: impl AsyncFnOnce(&mut Tx, CouncilId)) -> Vec<Difference> {
    let (store, council) = made::store(url).await;
    let mut tx = store.begin().await.unwrap();
    sound(&mut tx, council).await;
    tx.commit().await.unwrap();
    assert_eq!(all(&mut store.snapshot().await.unwrap(), council).await, []);
    let mut tx = store.begin().await.unwrap();
    more(&mut tx, council).await;
    tx.commit().await.unwrap();
    found(&store, council).await
}

async fn found(store: &Store, council: CouncilId) -> Vec<Difference> {
    all(&mut store.snapshot().await.unwrap(), council).await
}

async fn sound(tx: &mut Tx, council: CouncilId) {
    let posted = entry(300);
    tx.post_many(council, std::slice::from_ref(&posted)).await.unwrap();
    tx.add_receipts(council, &[made::receipt(&posted, &[100, 200])]).await.unwrap();
    let items = [made::suspense(500), made::suspense(-40), made::suspense(7)];
    tx.add_suspense(council, &items).await.unwrap();
    assert!(tx.lower_suspense(council, items[0].id, pence(500), pence(450)).await.unwrap());
    assert!(tx.lower_suspense(council, items[1].id, pence(-40), pence(0)).await.unwrap());
    let gone = [made::allocation(&items[0], 50), made::allocation(&items[1], -40)];
    tx.add_allocations(council, &gone).await.unwrap();
    let waited = [made::expected(300, "card-web"), made::expected(9, "card-web")];
    tx.add_expected(council, &waited).await.unwrap();
    let statement = made::statement(made::import("x").id, 1);
    let lines =
        [(1, 300), (2, 0), (3, 8)].map(|(number, amount)| made::line(&statement, number, amount));
    tx.add_statement(council, &statement, &lines).await.unwrap();
    let undone = made::matched(300);
    let pairs = [made::pair(&undone, Some(lines[2].id), Some(waited[1].id))];
    tx.add_matches(council, std::slice::from_ref(&undone), &pairs).await.unwrap();
    tx.add_undo(council, undone.id, None, "no", "jo", at(1)).await.unwrap();
    let stands = made::matched(300);
    let pairs = [made::pair(&stands, Some(lines[0].id), Some(waited[0].id))];
    tx.add_matches(council, std::slice::from_ref(&stands), &pairs).await.unwrap();
    assert_eq!(tx.close_lines(council, &[lines[0].id]).await.unwrap(), 1);
    assert_eq!(tx.close_expected(council, &[waited[0].id]).await.unwrap(), 1);
    tx.add_export(council, &made::export("journal", 1, day(1))).await.unwrap();
    tx.add_export(council, &made::export("journal", 2, day(2))).await.unwrap();
    tx.close_day(council, &made::closed(day(1))).await.unwrap();
}

on_both! {
    async fn a_suspense_item_lowered_without_an_allocation_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let item = made::suspense(500);
            tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
            assert!(tx.lower_suspense(council, item.id, pence(500), pence(499)).await.unwrap());
        });
        assert_eq!(found.await, [difference("8OO12345", 499, 500)]);
    }

    async fn a_suspense_item_allocated_without_being_lowered_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let item = made::suspense(500);
            tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
            tx.add_allocations(council, &[made::allocation(&item, 500)]).await.unwrap();
        });
        assert_eq!(found.await, [difference("8OO12345", 500, 0)]);
    }

    async fn a_suspense_item_used_up_without_an_allocation_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let item = made::suspense(-500);
            tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
            assert!(tx.lower_suspense(council, item.id, pence(-500), pence(0)).await.unwrap());
        });
        assert_eq!(found.await, [difference("8OO12345", 0, -500)]);
    }

    async fn expected_money_open_although_matched_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let item = made::expected(5, "card-web");
            tx.add_expected(council, &[ims_store::ExpectedRow { reference: "E".to_owned(), ..item.clone() }]).await.unwrap();
            let made = made::matched(5);
            let pairs = [made::pair(&made, None, Some(item.id))];
            tx.add_matches(council, std::slice::from_ref(&made), &pairs).await.unwrap();
        });
        assert_eq!(found.await, [difference("E", 1, 0)]);
    }

    async fn expected_money_closed_although_not_matched_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let item = made::expected(5, "card-web");
            tx.add_expected(council, &[ims_store::ExpectedRow { reference: "E".to_owned(), ..item.clone() }]).await.unwrap();
            assert_eq!(tx.close_expected(council, &[item.id]).await.unwrap(), 1);
        });
        assert_eq!(found.await, [difference("E", 0, 1)]);
    }

    async fn a_bank_line_closed_although_not_explained_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let statement = made::statement(made::import("x").id, 2);
            let line = made::line(&statement, 9, 5);
            tx.add_statement(council, &statement, std::slice::from_ref(&line)).await.unwrap();
            assert_eq!(tx.close_lines(council, &[line.id]).await.unwrap(), 1);
        });
        assert_eq!(found.await, [difference("line 9", 0, 1)]);
    }

    async fn a_bank_line_open_although_explained_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let statement = made::statement(made::import("x").id, 2);
            let line = made::line(&statement, 9, 5);
            tx.add_statement(council, &statement, std::slice::from_ref(&line)).await.unwrap();
            let made = made::matched(5);
            let pairs = [made::pair(&made, Some(line.id), None)];
            tx.add_matches(council, std::slice::from_ref(&made), &pairs).await.unwrap();
        });
        assert_eq!(found.await, [difference("line 9", 1, 0)]);
    }

    async fn a_receipt_that_is_not_the_sum_of_its_lines_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let short = ims_store::ReceiptRow { number: "SHORT".to_owned(), total: pence(31), ..made::receipt(&entry(30), &[10, 20]) };
            tx.add_receipts(council, &[short]).await.unwrap();
        });
        assert_eq!(found.await, [difference("SHORT", 31, 30)]);
    }

    async fn a_receipt_without_lines_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let mut bare = made::receipt(&entry(30), &[]);
            bare.number = "BARE".to_owned();
            let mut bare_of_something = made::receipt(&entry(30), &[]);
            bare_of_something.number = "MORE".to_owned();
            bare_of_something.total = pence(30);
            tx.add_receipts(council, &[bare, bare_of_something]).await.unwrap();
        });
        let mut found = found.await;
        found.sort_by(|one, other| one.of.cmp(&other.of));
        assert_eq!(found, [difference("BARE", 0, 0), difference("MORE", 30, 0)]);
    }

    async fn a_gap_in_a_series_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            tx.add_export(council, &made::export("host:CT", 1, day(1))).await.unwrap();
            tx.add_export(council, &made::export("host:CT", 3, day(2))).await.unwrap();
        });
        assert_eq!(found.await, [difference("host:CT", 3, 2)]);
    }

    /// Counted once, at the close that should have kept it out.
    async fn what_is_posted_into_a_closed_day_is_found(url: &str) {
        let found = after(url, async |tx, council| {
            let later = ims_store::DayCloseRow { closed_at: at(100), ..made::closed(day(3)) };
            tx.close_day(council, &later).await.unwrap();
            let into = |of_april, seconds| EntryRow { accounting_day: day(of_april), posted_at: at(seconds), ..entry(1) };
            let entries = [into(1, 50), into(2, 50), into(3, 101), into(1, 200), into(4, 300)];
            tx.post_many(council, &entries).await.unwrap();
        });
        assert_eq!(found.await, [difference("2026-04-01", 2, 0), difference("2026-04-03", 1, 0)]);
    }

    /// A receipt's, a bank line's and a suspense item's words, each under the
    /// digest that its entry was sealed with; what was erased is no difference.
    async fn words_that_are_not_those_that_were_sealed_are_found(url: &str) {
        let (store, council) = made::store(url).await;
        let salt = vec![7; 16];
        let words = "FROM J BLOGGS";
        let sealed = || EntryRow { detail: Some(ContentHash::salted(&salt, words)), ..entry(5) };
        let entries = [sealed(), sealed(), sealed(), entry(5)];
        let receipt = made::receipt(&entries[0], &[5]);
        let statement = made::statement(made::import("x").id, 1);
        let line = LineRow { entry: Some(entries[1].id), ..made::line(&statement, 1, 5) };
        let item = SuspenseRow { entry: entries[2].id, ..made::suspense(5) };
        let owners = [receipt.id.get(), line.id.get(), item.id.get()];
        let details = owners.map(|owner| (owner, salt.clone(), words.to_owned()));
        let mut tx = store.begin().await.unwrap();
        tx.post_many(council, &entries).await.unwrap();
        tx.add_receipts(council, &[receipt]).await.unwrap();
        tx.add_statement(council, &statement, &[line]).await.unwrap();
        tx.add_suspense(council, &[item]).await.unwrap();
        tx.put_details(council, &details).await.unwrap();
        assert_eq!(tx.details_that_differ(council).await.unwrap(), None);
        tx.commit().await.unwrap();

        let mut raw = Raw::open(url).await;
        for owner in owners {
            let here = format!("WHERE owner_id = {}", raw.id(owner));
            assert_eq!(raw.run(&format!("UPDATE detail SET words = 'FROM A CROOK' {here}")).await, 1);
            let found = store.snapshot().await.unwrap().details_that_differ(council).await.unwrap();
            assert_eq!(found, Some(owner));
            assert_eq!(raw.run(&format!("DELETE FROM detail {here}")).await, 1);
            assert_eq!(store.snapshot().await.unwrap().details_that_differ(council).await.unwrap(), None);
        }
    }

    async fn the_last_closing_balance_of_each_account_is_told(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.closing_balances(council).await.unwrap(), []);
        let import = made::import("x").id;
        for (bank, sequence, closing) in [("main", 1, 10), ("main", 2, -20), ("card", 1, 30), ("Main", 1, 40)] {
            let row = ims_store::StatementRow { bank: bank.to_owned(), closing: pence(closing), ..made::statement(import, sequence) };
            tx.add_statement(council, &row, &[]).await.unwrap();
        }
        let expected = [("Main", 40), ("card", 30), ("main", -20)];
        let expected = expected.map(|(bank, closing)| (bank.to_owned(), pence(closing)));
        assert_eq!(tx.closing_balances(council).await.unwrap(), expected);
    }

    async fn income_of_funds_is_net_and_vat(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        let mut taxed = made::receipt(&entry(120), &[120, 60]);
        taxed.lines[0].vat = pence(20);
        taxed.lines[1].fund = "PK".to_owned();
        tx.add_receipts(council, &[taxed, made::receipt(&entry(7), &[7])]).await.unwrap();
        let mut income = tx.fund_income(council).await.unwrap();
        income.sort();
        let expected = [("CT", 107, 20), ("PK", 60, 0)];
        assert_eq!(income, expected.map(|(fund, net, vat)| (fund.to_owned(), pence(net), pence(vat))));
    }

    /// A comparison of one council does not see another's differences.
    async fn differences_are_the_council_s_own(url: &str) {
        let (store, council) = made::store(url).await;
        let mut tx = store.begin().await.unwrap();
        sound(&mut tx, council).await;
        tx.commit().await.unwrap();
        let mut raw = Raw::open(url).await;
        raw.without_triggers().await;
        for table in ["open_suspense", "open_expected", "open_line", "receipt_line", "suspense_allocation", "match_pair"] {
            assert!(raw.run(&format!("UPDATE {table} SET council_id = 2")).await > 0, "{table}");
        }
        let ours = found(&store, council).await;
        assert!(ours.len() >= 5, "{ours:?}");
        assert_eq!(found(&store, CouncilId::new(2)).await, []);
    }
}
