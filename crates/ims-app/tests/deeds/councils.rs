//! Two councils in one database: neither sees or touches the other's.

use ims_app::{Actor, AppError, Books, ExportKind, NewPerson, Role, SearchReceipts};
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::{counts, sql},
    suspense::to_first,
    town::{Town, april, ct, file, holders, proved, settings},
};

/// A second council in the town's database, with a day's files of its own.
async fn neighbour(town: &Town) -> Books {
    let books = town.app.init(&settings("VALE"), Actor::system("test")).await.unwrap();
    books.import_file(file("holders.csv", &holders())).await.unwrap();
    books
}

/// A day's business: receipts, suspense, a statement, a close, an export.
async fn live_a_day(books: &Books) {
    let rows =
        [paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0042"), paid("XX", "1", "CARD", "3.00")];
    books.import_file(file("monday.csv", &receipts(&rows))).await.unwrap();
    let says = format!("FPI {}", ct(2));
    let lines = [(1_000, "CR SLIP0042"), (500, &*says), (77, "NOBODY KNOWS")];
    books.import_file(file("s1.sta", &statement(1, 9_000, 20, &lines))).await.unwrap();
    assert_eq!(books.reconcile().await.unwrap().explained, 2);
    let item = books.open_suspense(None, 1).await.unwrap().remove(0);
    books.allocate_suspense(item.id, &to_first(Some(100))).await.unwrap();
    books.close_day(april(20)).await.unwrap();
    books.make_export(&ExportKind::LedgerJournal).await.unwrap().unwrap();
}

/// Everything a council has, table by table.
fn rows_of(url: &str, council: &str) -> String {
    let tables: Vec<_> = counts(url).into_iter().map(|(table, _)| table).collect();
    let each = tables.iter().map(|table| {
        format!(
            "(SELECT count(*) FROM {table} WHERE council_id =
                (SELECT council_id FROM council WHERE code = '{council}'))"
        )
    });
    sql(url, &format!("SELECT {}", each.collect::<Vec<_>>().join(", ")))
}

on_both! {
    async fn a_day_of_one_leaves_the_other_as_it_was(url: &str) {
        let town = Town::of(url).await;
        let vale = neighbour(&town).await;
        let before = rows_of(url, "VALE");
        live_a_day(&town.books).await;
        assert_eq!(rows_of(url, "VALE"), before);
        assert!(vale.balances_on(april(30)).await.unwrap().is_empty());
        assert!(vale.open_suspense(None, 10).await.unwrap().is_empty());
        assert!(vale.exports(10).await.unwrap().is_empty());
        assert!(vale.closed_days(10).await.unwrap().is_empty());
        assert!(vale.search_receipts(&SearchReceipts::Reference(ct(1)), None, 10).await.unwrap().is_empty());
        proved(&vale).await;
        let mill = rows_of(url, "MILL");
        // The very same files and references are the other's own.
        live_a_day(&vale).await;
        assert_eq!(rows_of(url, "MILL"), mill);
        let both = (town.books.balances_on(april(30)).await, vale.balances_on(april(30)).await);
        assert_eq!(both.0.unwrap(), both.1.unwrap());
        town.proved().await;
        proved(&vale).await;
    }

    async fn the_ids_of_one_name_nothing_in_the_other(url: &str) {
        let town = Town::of(url).await;
        let vale = neighbour(&town).await;
        live_a_day(&town.books).await;
        let before = counts(url);
        let import = town.books.imports(None, 1).await.unwrap()[0].id;
        let item = town.books.open_suspense(None, 1).await.unwrap()[0].id;
        let line = town.books.open_suspense(None, 9).await.unwrap();
        let line = line.iter().find_map(|item| item.line).unwrap();
        let set = town.books.explain_line(line).await.unwrap().explanations[0].set.id;
        let export = town.books.exports(1).await.unwrap()[0].id;
        let tried = [
            vale.import_shown(import).await.map(drop),
            vale.reverse_import(import, "why").await.map(drop),
            vale.suspense_item(item).await.map(drop),
            vale.allocate_suspense(item, &to_first(Some(1))).await.map(drop),
            vale.explain_line(line).await.map(drop),
            vale.undo_match(set, "why").await.map(drop),
            vale.export_again(export).await.map(drop),
        ];
        for came in tried {
            assert!(matches!(came, Err(AppError::NotFound { .. })), "{came:?}");
        }
        assert_eq!(counts(url), before);
        town.proved().await;
        proved(&vale).await;
    }

    async fn somebody_serves_the_councils_that_gave_them_a_role(url: &str) {
        let town = Town::of(url).await;
        let vale = neighbour(&town).await;
        let new = |username, roles| NewPerson {
            username,
            name: "Pat",
            password: "correct horse battery",
            roles,
            demo: false,
        };
        town.books.add_person(&new("pat", &[Role::Auditor])).await.unwrap();
        vale.add_person(&new("sam", &[Role::Auditor])).await.unwrap();
        let token = town.app.sign_in("pat", "correct horse battery", false).await.unwrap().token;
        let session = town.app.session(&token).await.unwrap().unwrap();
        assert_eq!(session.councils, [town.books.council().clone()]);
        assert!(town.app.books_of(&session, Some("VALE")).await.unwrap_err().is_bad_input());
        let names = |books: Books| async move {
            let people = books.people().await.unwrap();
            people.into_iter().map(|one| one.username).collect::<Vec<_>>()
        };
        assert_eq!(names(vale.clone()).await, ["sam"]);
        assert!(vale.disable_person("pat").await.unwrap_err().is_bad_input());

        // Given a role there too, pat has each council's own role in it.
        vale.add_person(&new("pat", &[Role::Cashier])).await.unwrap();
        let session = town.app.session(&token).await.unwrap().unwrap();
        assert_eq!(session.councils.len(), 2);
        let there = town.app.books_of(&session, Some("VALE")).await.unwrap();
        assert!(there.verify(None).await.unwrap_err().is_refusal());
        let here = town.app.books_of(&session, Some("MILL")).await.unwrap();
        assert!(here.verify(None).await.is_ok());
        town.proved().await;
        proved(&vale).await;
    }

    async fn a_configuration_is_not_put_into_another_council(url: &str) {
        let town = Town::of(url).await;
        let vale = neighbour(&town).await;
        let why = vale.configure(&settings("MILL"), april(20)).await.unwrap_err();
        assert_eq!(why.to_string(), "this is the configuration of MILL, not of VALE");
        let why = town.app.books(None, Actor::system("test")).await.unwrap_err();
        assert!(why.to_string().starts_with("say which council with --council: "), "{why}");
        proved(&vale).await;
        town.proved().await;
    }
}
