//! A match taken back leaves everything as it was; no run makes it again.

use ims_ledger::id::MatchId;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, schedule, statement, statement_of},
    town::{Town, april, ct},
};

const DOUBT: &str = "it was matched so before, and that was taken back";

impl Town {
    /// The explanation of that line that still stands.
    pub(super) async fn standing(&self, line: ims_ledger::id::LineId) -> MatchId {
        let explained = self.books.explain_line(line).await.unwrap();
        let mut standing = explained.explanations.iter().filter(|e| e.set.undone_at.is_none());
        standing.next().unwrap().set.id
    }

    /// Reconciles, takes the match of the line back, reconciles again, and closes
    /// the day: the line is left to a person.
    async fn to_and_fro(&self, pence: i64) {
        let line = self.open_line(pence).await.id;
        let open = self.balances().await;
        self.books.reconcile().await.unwrap();
        let matched = self.balances().await;
        assert_ne!(open, matched);
        let id = self.standing(line).await;
        self.books.undo_match(id, "the wrong one").await.unwrap();
        assert_eq!(self.balances().await, open);
        self.proved().await;
        let why = self.books.undo_match(id, "once more").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("taken back already"), "{why}");
        assert_eq!(self.reconciled().await, (vec![], vec![DOUBT.to_owned()]));
        assert_eq!(self.balances().await, open);
        self.books.close_day(april(20)).await.unwrap();
        let aside = self.suspense().await.remove(0);
        assert_eq!(
            (aside.line, aside.amount.get(), aside.reason.as_str()),
            (Some(line), pence, DOUBT)
        );
        self.proved().await;
        // As suspense it is the same money still.
        self.books.reconcile().await.unwrap();
        assert_eq!(self.suspense().await, [aside]);
        self.proved().await;
    }
}

on_both! {
    async fn a_batch_taken_back(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0042"),
            paid("CT", &ct(2), "CASH", "2.50").batch("SLIP0042"),
        ];
        town.took("monday.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_250, "CR SLIP0042")])).await;
        town.to_and_fro(1_250).await;
    }

    async fn a_receipt_by_reference_taken_back(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_200, "BGC LM000777 GYM")])).await;
        town.to_and_fro(1_200).await;
    }

    async fn a_charge_taken_back(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 900, 20, &[(-150, "CHARGES")])).await;
        town.to_and_fro(-150).await;
    }

    /// What waited for an advice waits no more.
    async fn a_returned_debit_taken_back(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 9_000, 20, &[(-3_000, "UNPAID DD")])).await;
        town.to_and_fro(-3_000).await;
    }

    async fn a_transfer_taken_back_opens_both_sides(url: &str) {
        let town = Town::of(url).await;
        town.took("m1.sta", &statement(1, 90_000, 20, &[(-40_000, "TFR SAVINGS")])).await;
        let other = [(40_000, "TFR FROM MAIN")];
        town.took("s1.sta", &statement_of("87654321", 1, 0, 20, &other)).await;
        let line = town.open_line(-40_000).await.id;
        let open = town.balances().await;
        town.books.reconcile().await.unwrap();
        let id = town.standing(line).await;
        town.books.undo_match(id, "they are two things").await.unwrap();
        assert_eq!((town.balances().await, town.books.open_lines().await.unwrap().len()), (open, 2));
        town.proved().await;
        assert_eq!(town.books.reconcile().await.unwrap().explained, 0);
        town.proved().await;
    }

    async fn suspense_taken_back_is_open_again(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(3_000, "BGC ALLPAY AP20260420")])).await;
        let line = town.open_line(3_000).await.id;
        town.books.close_day(april(20)).await.unwrap();
        let to_suspense = town.standing(line).await;
        let why = town.books.undo_match(to_suspense, "why").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("allocate the suspense item"), "{why}");
        town.clock.to_april(21);
        town.took("allpay.csv", &schedule("AP20260420", 20, &[(&ct(1), "30.00")])).await;
        let open = town.balances().await;
        let item = town.suspense().await.remove(0);
        town.books.reconcile().await.unwrap();
        assert!(town.suspense().await.is_empty());
        let matched = super::raw::sql(url, &allocation_match(url));
        let id: MatchId = MatchId::new(matched.parse().unwrap());
        town.books.undo_match(id, "another schedule pays it").await.unwrap();
        assert_eq!(town.balances().await, open);
        assert_eq!(town.suspense().await, [item]);
        town.proved().await;
        town.books.reconcile().await.unwrap();
        assert_eq!(town.suspense().await.len(), 1);
        town.proved().await;
    }

    /// Two expected items that were taken for each other.
    async fn an_advice_taken_back_is_left_alone(url: &str) {
        let town = Town::of(url).await;
        let row = paid("CT", &ct(1), "DD", "30.00").batch("DDCOLL0420");
        town.took("dd.csv", &receipts(&[row])).await;
        town.took("s1.sta", &statement(1, 9_000, 20, &[(-3_000, "UNPAID DD")])).await;
        let number = super::refunds::number_of(&town.books, &ct(1)).await;
        town.books.record_return(&super::returns::returned(&number, "ARUDD 1")).await.unwrap();
        let open = async || town.books.dashboard(None).await.unwrap().expected[0].1;
        assert_eq!(open().await, 2);
        town.books.reconcile().await.unwrap();
        assert_eq!(open().await, 1);
        let id = if url.starts_with("sqlite:") { "hex(match_id)" } else { "match_id" };
        let of_advice = format!("SELECT {id} FROM match_set WHERE rule = 'advice of a bank debit'");
        let id = MatchId::new(super::raw::sql(url, &of_advice).parse().unwrap());
        town.books.undo_match(id, "another's").await.unwrap();
        assert_eq!(open().await, 3);
        town.books.reconcile().await.unwrap();
        assert_eq!(open().await, 3);
        town.proved().await;
    }

    /// What is new is not what was taken back: the rows sent again are matched.
    async fn rows_sent_again_are_matched_again(url: &str) {
        let town = Town::of(url).await;
        let rows = receipts(&[paid("CT", &ct(1), "CASH", "12.50").batch("SLIP0042")]);
        let taken = town.took("monday.csv", &rows).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_250, "CR SLIP0042")])).await;
        let line = town.open_line(1_250).await.id;
        town.books.reconcile().await.unwrap();
        town.books.undo_match(town.standing(line).await, "to reverse the rows").await.unwrap();
        town.books.reverse_import(taken.id, "another's").await.unwrap();
        town.took("monday.csv", &rows).await;
        assert_eq!(town.books.reconcile().await.unwrap().explained, 1);
        town.proved().await;
    }

    async fn a_reason_must_be_given(url: &str) {
        let town = Town::of(url).await;
        town.took("s1.sta", &statement(1, 900, 20, &[(-150, "CHARGES")])).await;
        let line = town.open_line(-150).await.id;
        town.books.reconcile().await.unwrap();
        let id = town.standing(line).await;
        assert!(town.books.undo_match(id, "  ").await.unwrap_err().is_bad_input());
        let other = MatchId::new(town.app.world().id());
        assert!(town.books.undo_match(other, "why").await.unwrap_err().is_bad_input());
        town.proved().await;
    }
}

/// The match that used suspense up.
fn allocation_match(url: &str) -> String {
    let id = if url.starts_with("sqlite:") { "hex(match_id)" } else { "match_id" };
    format!("SELECT {id} FROM suspense_allocation WHERE match_id IS NOT NULL")
}
