//! Money of a day before its VAT code's first rate: what it holds is not known, and
//! is not nothing.

use ims_app::NewAllocation;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::counts,
    suspense::to_first,
    town::{Town, april, settings},
};

const WHY: &str = "VAT code N has no rate on 2026-04-19; its first begins later";

/// A town with a fund whose VAT code begins on the 20th.
async fn newly_taxed(url: &str) -> Town {
    let town = Town::of(url).await;
    let more = "[[vat]]\ncode = \"N\"\nname = \"New\"\n\
        rate = [{ from = \"2026-04-20\", basis_points = 2000 }]\n\
        [[fund]]\ncode = \"NT\"\nname = \"Newly taxed\"\nvat = \"N\"\nfind_in_text = true\n\
        reference = { min_length = 8, max_length = 8, mask = \"NT######\" }\n";
    town.books.configure(&format!("{}\n{more}", settings("MILL")), april(1)).await.unwrap();
    town
}

impl Town {
    async fn taxed(&self) -> (i64, i64) {
        (self.at("fund:NT").await, self.at("vat:N").await)
    }
}

on_both! {
    async fn a_row_of_a_file_goes_to_suspense(url: &str) {
        let town = newly_taxed(url).await;
        let rows = [
            paid("NT", "NT000001", "CARD", "12.00").on(april(19)),
            paid("NT", "NT000002", "CARD", "6.00"),
        ];
        let done = town.took("monday.csv", &receipts(&rows)).await;
        assert_eq!((done.suspense, town.taxed().await), (1, (-500, -100)));
        assert_eq!(town.suspense().await[0].reason, WHY);
        town.proved().await;
        // Nor does it go there by hand.
        let to = NewAllocation {
            fund: "NT".to_owned(),
            reference: "NT000001".to_owned(),
            ..to_first(None)
        };
        let before = counts(url);
        let why = town.books.allocate_suspense(town.suspense().await[0].id, &to).await.unwrap_err();
        assert!(why.is_bad_input() && why.to_string() == WHY, "{why}");
        assert_eq!((counts(url), town.taxed().await), (before, (-500, -100)));
    }

    async fn a_bank_line_is_left_with_the_reason(url: &str) {
        let town = newly_taxed(url).await;
        town.took("s1.sta", &statement(1, 0, 19, &[(1_200, "BGC NT000001")])).await;
        town.took("s2.sta", &statement(2, 1_200, 20, &[(600, "BGC NT000002")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!(rules, [("reference quoted".to_owned(), 1)]);
        assert_eq!((left, town.taxed().await), (vec![WHY.to_owned()], (-500, -100)));
        town.proved().await;
        town.books.close_day(april(20)).await.unwrap();
        assert_eq!((town.suspense().await[0].reason.as_str(), town.at("suspense").await), (WHY, -1_200));
        town.proved().await;
    }
}
