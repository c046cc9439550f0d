//! A unit of work that breaks off anywhere leaves nothing behind.

use super::*;
use crate::deeds::raw::sql;

/// Every table that making or approving an e-return adds to.
const TABLES: [&str; 11] = [
    "ereturn",
    "ereturn_state",
    "ereturn_version",
    "ereturn_approval",
    "entry",
    "posting",
    "receipt",
    "receipt_line",
    "expected",
    "paying_in_slip",
    "audit_event",
];

/// From now on the table takes no row: whatever adds to it breaks off there.
fn break_at(url: &str, table: &str) {
    if url.starts_with("sqlite:") {
        let boom = format!(
            "CREATE TRIGGER boom BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'boom'); END"
        );
        sql(url, &boom);
    } else {
        let function = "CREATE OR REPLACE FUNCTION boom() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'boom'; END $$";
        sql(url, function);
        sql(
            url,
            &format!(
                "CREATE TRIGGER boom BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION boom()"
            ),
        );
    }
}

fn mend(url: &str, table: &str) {
    let on = if url.starts_with("sqlite:") { String::new() } else { format!(" ON {table}") };
    sql(url, &format!("DROP TRIGGER boom{on}"));
}

/// How many rows each of them has.
fn rows(url: &str) -> String {
    let counts = TABLES.map(|table| format!("(SELECT count(*) FROM {table})"));
    sql(url, &format!("SELECT {}", counts.join(", ")))
}

on_both! {
    /// W55: the reference made an e-return in three saves.
    async fn an_e_return_is_made_whole_or_not_at_all(url: &str) {
        let town = with_templates(url).await;
        let ann = ann(&town).await;
        for table in ["ereturn", "ereturn_state", "ereturn_version", "audit_event"] {
            let before = rows(url);
            break_at(url, table);
            let why = ann.create_ereturn(&new("LIB")).await.unwrap_err();
            mend(url, table);
            assert!(why.to_string().contains("boom"), "{table}: {why}");
            assert_eq!((rows(url), count(url, "number_series")), (before, 0), "{table}");
        }
        assert_eq!(ann.create_ereturn(&new("LIB")).await.unwrap().number, "R1");
        town.proved().await;
    }

    /// W2: the reference kept what had been posted when a step failed.
    async fn an_approval_posts_whole_or_not_at_all(url: &str) {
        let town = with_templates(url).await;
        let mia = mia(&town).await;
        let made = submitted(&ann(&town).await, "LIB", &mixed()).await;
        for table in &TABLES[3..] {
            let before = rows(url);
            break_at(url, table);
            let why = approved(&mia, made.id).await.unwrap_err();
            mend(url, table);
            assert!(why.to_string().contains("boom"), "{table}: {why}");
            assert_eq!(rows(url), before, "{table}");
            town.proved().await;
        }
        let done = approved(&mia, made.id).await.unwrap();
        assert_eq!(done.slips, ["PS000001"]);
        town.proved().await;
    }

    /// W55: an empty list clears what was there, and saving again doubles nothing.
    async fn cheques_are_replaced_and_cleared(url: &str) {
        let town = with_templates(url).await;
        let ann = ann(&town).await;
        let made = ann.create_ereturn(&new("LIB")).await.unwrap();
        let with = |cheques: Vec<Cheque>| Takings { cheques, ..rooms(1_200, 120) };
        let two = vec![cheque(1, "J Smith", 100), cheque(2, "K Jones", 200)];
        for (seen, cheques) in [(1, two.clone()), (2, two[..1].to_vec()), (3, vec![]), (4, two)] {
            ann.save_ereturn(made.id, seen, &with(cheques.clone())).await.unwrap();
            assert_eq!(ann.ereturn(made.id).await.unwrap().takings.cheques, cheques);
        }
        town.proved().await;
    }

    /// R-ERN: the VAT code of a row counts where it may be changed, and only there.
    async fn a_rows_vat_is_the_one_it_says(url: &str) {
        let town = with_templates(url).await;
        let ann = ann(&town).await;
        let made = ann.create_ereturn(&new("LIB")).await.unwrap();
        let permit = |vat| vec![row(2, "PN123456", "Permits", vat, 1_200)];
        let zero = Takings {
            rows: vec![row(1, "LM000100", "Room hire", "Z", 1_200)],
            ..rooms(0, 120)
        };
        let why = ann.save_ereturn(made.id, 1, &zero).await.unwrap_err();
        assert_eq!(why.to_string(), "R1 has faults: row 1: the VAT code must be S: it may not be changed");
        for (vat, fund, held) in [("S", -1_000, -200), ("Z", -2_200, -200)] {
            let made = submitted(&ann, "LIB", &Takings { rows: permit(vat), ..rooms(0, 120) }).await;
            approved(&mia(&town).await, made.id).await.unwrap();
            assert_eq!((town.at("fund:PK").await, town.at("vat:S").await), (fund, held), "{vat}");
        }
        town.proved().await;
    }

    /// W56: nothing is needed but the template's own fund; no fund is the default.
    async fn no_default_fund_is_needed(url: &str) {
        let town = with_templates(url).await;
        let bob = hands(&town, "bob", &["cashier"]).await;
        assert_eq!(bob.ereturn_templates().await.unwrap().len(), 2);
        let made = submitted(&bob, "LIB", &rooms(1_200, 120)).await;
        assert_eq!(bob.ereturn(made.id).await.unwrap().row.rows.get(), 1_200);
        town.proved().await;
    }
}
