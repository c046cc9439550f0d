//! Import rules on files.

use ims_app::{Imported, NewFile};
use ims_testkit::on_both;

use super::{
    configuration::with,
    files::{paid, receipts},
    town::{Town, april, ct, file},
};

fn rules(text: &str) -> String {
    with(|before| format!("{before}\n{text}"))
}

on_both! {
    /// W44: a fund from a table, a reference from the narrative.
    async fn a_table_and_a_pattern_place_a_row(url: &str) {
        let town = Town::of(url).await;
        let document = rules(
            "[[lookup]]\nname = \"Centres\"\nvalues = { C41 = \"PK\" }\n\
             [[import_rule]]\nname = \"Centre\"\nwhen = [[{ field = \"fund\", is = \"matches\", value = '^C[0-9]+$' }, { field = \"narrative\", is = \"matches\", value = 'payment ([0-9]+)', ignore_case = true }]]\n\
             set = { fund = { lookup = \"Centres\", by = \"$fund\" }, reference = \"PN12345$1\" }\n",
        );
        town.books.configure(&document, april(20)).await.unwrap();
        let rows = [paid("C41", "whatever", "CARD", "10.00"), paid("C42", "PN123456", "CARD", "1.00")];
        let done = town.took("monday.csv", &receipts(&rows)).await;
        // The second centre is in no table: the fund stays, and nobody guesses.
        assert_eq!((done.suspense, town.at("fund:PK").await), (1, -1_000));
        let (_, posted, _) = town.books.import_shown(done.id).await.unwrap();
        assert_eq!(posted[0].lines[0].reference, "PN123451");
        assert_eq!(town.suspense().await[0].reason, "fund `C42` is not configured");
        town.proved().await;
    }

    /// A dry run says which rule changed what; the import itself does not.
    async fn a_dry_run_shows_what_rules_change(url: &str) {
        let town = Town::of(url).await;
        let text = receipts(&[paid("CTAX", &ct(1), "CARD", "10.00"), paid("CT", &ct(2), "CARD", "1.00")]);
        let dry = NewFile { dry_run: true, ..file("monday.csv", &text) };
        let Imported::Now(shown) = town.books.import_file(dry).await.unwrap() else { panic!("not now") };
        assert_eq!(shown.remarks, ["line 1: rule `Old code of council tax`: fund from `CTAX` to `CT`"]);
        assert_eq!(town.at("fund:CT").await, 0);
        assert_eq!(town.took("monday.csv", &text).await.remarks, [""; 0]);
        assert_eq!(town.at("fund:CT").await, -1_100);
        town.proved().await;
    }

    /// A sender whose signs are the other way round.
    async fn amounts_are_turned_only_where_a_rule_says_so(url: &str) {
        let town = Town::of(url).await;
        let document = rules(
            "[[import_rule]]\nname = \"Signs\"\nformats = [\"receipts-csv\"]\nwhen = [[{ field = \"narrative\", is = \"starts-with\", value = \"Payment 1 \" }]]\nset = { negate = true }\n",
        );
        town.books.configure(&document, april(20)).await.unwrap();
        let rows = [paid("CT", &ct(1), "CARD", "-10.00"), paid("CT", &ct(2), "CARD", "1.00")];
        let done = town.took("monday.csv", &receipts(&rows)).await;
        assert_eq!((done.total.get(), town.at("fund:CT").await, town.at("clearing:card").await), (1_100, -1_100, 1_100));
        town.proved().await;
    }

    /// W43: the 21st rule, and the 25th, count like the first.
    async fn the_twenty_fifth_rule_applies(url: &str) {
        let town = Town::of(url).await;
        let rule = |n: u32| {
            format!("[[import_rule]]\nname = \"r{n}\"\nwhen = [[{{ field = \"fund\", is = \"equals\", value = \"F{n}\" }}]]\nset = {{ fund = \"F{}\" }}\n", n + 1)
        };
        let funds: String = (2..26).map(|n| format!("[[fund]]\ncode = \"F{n}\"\nname = \"f\"\n")).collect();
        let all: String = (1..25).map(rule).collect();
        let last = rule(25).replace("fund = \"F26\"", "fund = \"CT\"");
        town.books.configure(&rules(&format!("{funds}{all}{last}")), april(20)).await.unwrap();
        town.took("monday.csv", &receipts(&[paid("F1", &ct(1), "CARD", "10.00")])).await;
        assert_eq!(town.at("fund:CT").await, -1_000);
        town.proved().await;
    }
}
