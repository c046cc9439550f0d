//! Posted lines and balances move to where they belong, and back.

use ims_app::{
    AppError, Moved, MovedPart, NewJournal, NewTransfer, ReceiptRow, SearchReceipts, Transferred,
};
use ims_ledger::id::{ReceiptId, TransferId};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts},
    raw::{count, counts},
    town::{Town, april, ct},
};

/// So many pence of an account.
pub(super) fn part(fund: &str, reference: &str, pence: i64) -> MovedPart {
    MovedPart {
        fund: fund.to_owned(),
        reference: reference.to_owned(),
        amount: Pence::new(pence),
        vat_code: None,
    }
}

/// The first line of a receipt, to these accounts.
pub(super) fn journal(receipt: ReceiptId, to: &[MovedPart]) -> NewJournal {
    NewJournal {
        receipt,
        line: 1,
        to: to.to_vec(),
        reason: "keyed to the wrong account".to_owned(),
        key: None,
    }
}

pub(super) fn transfer(from: &[MovedPart], to: &[MovedPart]) -> NewTransfer {
    let reason = "the tenant moved".to_owned();
    NewTransfer { from: from.to_vec(), to: to.to_vec(), reason, key: None }
}

pub(super) fn done(moved: Moved) -> Transferred {
    match moved {
        Moved::Done(done) => done,
        Moved::Waits(id) => panic!("{id} waits"),
    }
}

impl Town {
    /// A card payment of so much for an account; the receipt.
    pub(super) async fn with_payment(
        &self,
        fund: &str,
        reference: &str,
        pounds: &str,
    ) -> ReceiptId {
        let name = format!("{fund}-{reference}-{pounds}.csv");
        self.took(&name, &receipts(&[paid(fund, reference, "CARD", pounds)])).await;
        let found = self.books.search_receipts(&SearchReceipts::Day(april(20)), None, 1).await;
        found.unwrap()[0].id
    }

    /// The lines of the receipt with that number, as fund, reference, amount, VAT.
    pub(super) async fn lines(&self, number: &str) -> Vec<(String, String, i64, i64)> {
        let search = SearchReceipts::Number(number.to_owned());
        let id = self.books.search_receipts(&search, None, 1).await.unwrap()[0].id;
        let receipt = self.receipt(id).await;
        let line = |line: &ims_app::ReceiptLineRow| {
            (line.fund.clone(), line.reference.clone(), line.amount.get(), line.vat.get())
        };
        receipt.lines.iter().map(line).collect()
    }

    pub(super) async fn receipt(&self, id: ReceiptId) -> ReceiptRow {
        let mut tx = self.app.store().snapshot().await.unwrap();
        tx.receipt(self.books.council().id, id).await.unwrap().unwrap()
    }

    /// The id of the receipt with that number.
    pub(super) async fn numbered(&self, number: &str) -> ReceiptId {
        let search = SearchReceipts::Number(number.to_owned());
        self.books.search_receipts(&search, None, 1).await.unwrap()[0].id
    }
}

fn line(fund: &str, reference: &str, amount: i64, vat: i64) -> (String, String, i64, i64) {
    (fund.to_owned(), reference.to_owned(), amount, vat)
}

on_both! {
    /// R-JNL: the negative line with the VAT that was held, the positive ones
    /// with the VAT of the funds they go to.
    async fn a_line_is_journalled_to_many_accounts(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("LE", "LM000001", "120.00").await;
        let to = [part("CT", &ct(1), 5_000), part("LE", "LM000002", 3_001)];
        let made = done(town.books.journal_line(&journal(paid, &to)).await.unwrap());
        assert_eq!((made.amount.get(), made.before), (8_001, false));
        assert_eq!(town.lines(&made.receipt).await, [
            // 8,001 of 12,000 holds 1,333.5 of 2,000: the even penny.
            line("LE", "LM000001", -8_001, -1_334),
            line("CT", &ct(1), 5_000, 0),
            line("LE", "LM000002", 3_001, 500),
        ]);
        assert_eq!(town.at("fund:CT").await, -5_000);
        assert_eq!(town.at("clearing:card").await, 12_000);
        let (row, receipt) = town.books.transfer_shown(made.id).await.unwrap();
        assert_eq!((row.kind.as_str(), row.amount.get(), receipt.total.get()), ("journal", 8_001, 0));
        assert_eq!((receipt.happened_on, receipt.accounting_day), (april(20), april(20)));
        town.proved().await;
    }

    /// R-JNL, W9: what is left of the line, and not a penny more.
    async fn no_more_is_journalled_than_is_left(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "10.00").await;
        let to = |pence| [part("CT", &ct(2), pence)];
        town.books.journal_line(&journal(paid, &to(600))).await.unwrap();
        let before = counts(url);
        for (parts, asked) in [
            (to(401).to_vec(), "4.01"),
            (vec![part("CT", &ct(2), 300), part("CT", &ct(3), 101)], "4.01"),
        ] {
            let why = town.books.journal_line(&journal(paid, &parts)).await.unwrap_err();
            let number = town.receipt(paid).await.number;
            let words = format!("{asked} is more than the 4.00 that is left of line 1 of receipt {number}");
            assert!(why.is_refusal(), "{why:?}");
            assert_eq!(why.to_string(), words);
        }
        assert_eq!(counts(url), before);
        town.books.journal_line(&journal(paid, &to(400))).await.unwrap();
        assert_eq!(town.at("fund:CT").await, -1_000);
        town.proved().await;
    }

    /// A line is journalled on from where it went; what it went out by is not.
    async fn what_was_journalled_is_journalled_on(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "10.00").await;
        let made = done(town.books.journal_line(&journal(paid, &[part("CT", &ct(2), 1_000)])).await.unwrap());
        let on = town.numbered(&made.receipt).await;
        let to = [part("PK", "PN000001", 700)];
        let why = town.books.journal_line(&journal(on, &to)).await.unwrap_err();
        assert!(why.is_bad_input() && why.to_string().contains("none that money came in by"), "{why}");
        let second = NewJournal { line: 2, ..journal(on, &to) };
        town.books.journal_line(&second).await.unwrap();
        assert_eq!((town.at("fund:CT").await, town.at("fund:PK").await), (-300, -700));
        town.proved().await;
    }

    async fn a_journal_that_makes_no_sense_changes_nothing(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "10.00").await;
        let before = counts(url);
        let nobody = ReceiptId::new(town.app.world().id());
        let good = || vec![part("CT", &ct(2), 100)];
        for (new, words) in [
            (journal(nobody, &good()), "there is no receipt"),
            (NewJournal { line: 2, ..journal(paid, &good()) }, "none that money came in by"),
            (NewJournal { line: 0, ..journal(paid, &good()) }, "none that money came in by"),
            (NewJournal { reason: " ".to_owned(), ..journal(paid, &good()) }, "say why"),
            (journal(paid, &[]), "say where the money belongs"),
            (journal(paid, &[part("CT", &ct(2), 0)]), "more than nothing"),
            (journal(paid, &[part("CT", &ct(2), -1)]), "more than nothing"),
            (journal(paid, &[part("CT", &ct(1), 100)]), "already"),
            (journal(paid, &[part("XX", "1", 100)]), "fund `XX` is not configured"),
            (journal(paid, &[part("", &ct(2), 100)]), "say the fund"),
            (journal(paid, &[part("CT", &ct(50), 100)]), "no account holder"),
            (journal(paid, &[part("PK", "PN000001", 50_001)]), "more than fund PK takes at once"),
        ] {
            let why = town.books.journal_line(&new).await.unwrap_err();
            assert!(why.is_bad_input() && why.to_string().contains(words), "{words}: {why}");
        }
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// W10, W12, invariant 4: an undo restores every balance and the VAT to the
    /// penny, in today's open day, at the rate then used.
    async fn a_journal_taken_back_leaves_all_as_it_was(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("LE", "LM000001", "120.00").await;
        let before = town.balances().await;
        let made = done(town.books.journal_line(&journal(paid, &[part("LE", "LM000002", 8_001), part("CT", &ct(1), 1)])).await.unwrap());
        assert_ne!(town.balances().await, before);
        town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(22);
        let changed = super::town::settings("MILL").replace("basis_points = 2000", "basis_points = 1000");
        town.books.configure(&changed, april(22)).await.unwrap();
        let back = town.books.undo_journal(made.id, "the first account was right").await.unwrap();
        assert_eq!(town.balances().await, before);
        assert_eq!(town.lines(&back.receipt).await, [
            line("LE", "LM000001", 8_002, 1_334),
            line("LE", "LM000002", -8_001, -1_334),
            line("CT", &ct(1), -1, 0),
        ]);
        let undone = town.receipt(town.numbered(&back.receipt).await).await;
        assert_eq!(undone.accounting_day, april(22));
        town.proved().await;
        // The line is whole again, and what only undid something cannot be moved.
        let id = undone.id;
        let why = town.books.journal_line(&journal(id, &[part("CT", &ct(1), 1)])).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("undoes another"), "{why}");
        town.books.journal_line(&journal(paid, &[part("CT", &ct(1), 12_000)])).await.unwrap();
        town.proved().await;
    }

    /// R-JNL: a second undo is refused, by name and date; another is an error.
    async fn a_journal_is_taken_back_once(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "10.00").await;
        let made = done(town.books.journal_line(&journal(paid, &[part("CT", &ct(2), 1_000)])).await.unwrap());
        town.books.undo_journal(made.id, "wrong").await.unwrap();
        let before = counts(url);
        let why = town.books.undo_journal(made.id, "quite wrong").await.unwrap_err();
        assert_eq!(why.to_string(), "this journal was taken back by system:test on 20/04/2026 09:00 UTC");
        assert!(why.is_refusal());
        let nobody = TransferId::new(town.app.world().id());
        for why in [
            town.books.undo_journal(nobody, "wrong").await.unwrap_err(),
            town.books.undo_transfer(nobody, "wrong").await.unwrap_err(),
        ] {
            assert!(matches!(why, AppError::NotFound { .. }), "{why:?}");
        }
        let why = town.books.undo_transfer(made.id, "wrong").await.unwrap_err();
        assert!(why.is_bad_input(), "{why:?}");
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// R-JNL: no undo under what was done with the money since.
    async fn a_journal_that_was_used_since_is_not_taken_back(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "10.00").await;
        let made = done(town.books.journal_line(&journal(paid, &[part("CT", &ct(2), 1_000)])).await.unwrap());
        let on = NewJournal { line: 2, ..journal(town.numbered(&made.receipt).await, &[part("CT", &ct(3), 1)]) };
        let on = done(town.books.journal_line(&on).await.unwrap());
        let before = counts(url);
        let why = town.books.undo_journal(made.id, "wrong").await.unwrap_err();
        let words = format!(
            "receipt {} cannot be taken back while these stand on it: a journal of 0.01 by system:test on 20/04/2026",
            made.receipt
        );
        assert_eq!(why.to_string(), words);
        assert_eq!(counts(url), before);
        town.books.undo_journal(on.id, "wrong").await.unwrap();
        town.books.undo_journal(made.id, "wrong").await.unwrap();
        assert_eq!((town.at("fund:CT").await, count(url, "transfer_undo")), (-1_000, 2));
        // What was taken back cannot be moved on either.
        let gone = NewJournal { line: 2, ..journal(town.numbered(&made.receipt).await, &[part("CT", &ct(3), 1)]) };
        assert!(town.books.journal_line(&gone).await.unwrap_err().is_refusal());
        town.proved().await;
    }

    /// R-TRF: one to many, many to many.
    async fn money_is_transferred_between_accounts(url: &str) {
        let town = Town::of(url).await;
        town.with_payment("CT", &ct(1), "100.00").await;
        let before = town.balances().await;
        let many = transfer(
            &[part("CT", &ct(1), 6_000), part("CT", &ct(2), 1_200)],
            &[part("LE", "LM000001", 1_200), part("PK", "PN000001", 3_000), part("CT", &ct(3), 3_000)],
        );
        let made = done(town.books.make_transfer(&many).await.unwrap());
        assert_eq!(town.lines(&made.receipt).await, [
            line("CT", &ct(1), -6_000, 0),
            line("CT", &ct(2), -1_200, 0),
            line("LE", "LM000001", 1_200, 200),
            line("PK", "PN000001", 3_000, 0),
            line("CT", &ct(3), 3_000, 0),
        ]);
        assert_eq!((town.at("fund:LE").await, town.at("vat:S").await, town.at("fund:CT").await), (-1_000, -200, -5_800));
        town.proved().await;
        // Both sides of it at once, though they are of different funds.
        town.books.undo_transfer(made.id, "not theirs").await.unwrap();
        assert_eq!(town.balances().await, before);
        let why = town.books.undo_transfer(made.id, "nor theirs").await.unwrap_err();
        assert!(why.to_string().contains("taken back by system:test on 20/04/2026"), "{why}");
        town.proved().await;
    }

    /// W4: a transfer that gives less than it takes destroys money; more makes it.
    async fn as_much_is_given_as_is_taken(url: &str) {
        let town = Town::of(url).await;
        let before = counts(url);
        let from = [part("CT", &ct(1), 500), part("CT", &ct(2), 500)];
        for (to, words) in [
            (vec![part("CT", &ct(3), 999)], "10.00 is taken and 9.99 given: the two must be equal"),
            (vec![part("CT", &ct(3), 1_001)], "10.00 is taken and 10.01 given: the two must be equal"),
            (vec![], "takes from one account or more"),
            (vec![part("CT", &ct(3), 1_001), part("CT", &ct(4), -1)], "more than nothing"),
            (vec![part("CT", &ct(1), 1_000)], "both gives and is given"),
            (vec![part("CT", &ct(50), 1_000)], "no account holder"),
        ] {
            let why = town.books.make_transfer(&transfer(&from, &to)).await.unwrap_err();
            assert!(why.is_bad_input() && why.to_string().contains(words), "{words}: {why}");
        }
        let unknown = [part("CT", &ct(50), 1_000)];
        let why = town.books.make_transfer(&transfer(&unknown, &[part("CT", &ct(3), 1_000)])).await;
        assert!(why.unwrap_err().is_bad_input());
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    async fn the_same_key_moves_once(url: &str) {
        let town = Town::of(url).await;
        let paid = town.with_payment("CT", &ct(1), "10.00").await;
        let new = NewJournal { key: Some("form 7".to_owned()), ..journal(paid, &[part("CT", &ct(2), 400)]) };
        let first = done(town.books.journal_line(&new).await.unwrap());
        let before = counts(url);
        let again = done(town.books.journal_line(&new).await.unwrap());
        assert_eq!(again, Transferred { before: true, ..first });
        let other = NewJournal { to: vec![part("CT", &ct(2), 401)], ..new };
        let why = town.books.journal_line(&other).await.unwrap_err();
        assert_eq!(why.to_string(), "`form 7` was used before for something else");
        let moved = NewTransfer { key: Some("form 7".to_owned()), ..transfer(&[part("CT", &ct(1), 1)], &[part("CT", &ct(2), 1)]) };
        let why = town.books.make_transfer(&moved).await.unwrap_err();
        assert_eq!(why.to_string(), "`form 7` was used before for something else");
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// The books say so when a transfer is not what it was.
    async fn a_transfer_that_was_tampered_with_is_found(url: &str) {
        let town = Town::of(url).await;
        let made = done(town.books.make_transfer(&transfer(&[part("CT", &ct(1), 100)], &[part("CT", &ct(2), 100)])).await.unwrap());
        town.proved().await;
        super::raw::tamper(url, "UPDATE transfer SET amount_pence = 99");
        let verified = town.books.verify(None).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        assert_eq!(wrong[0].name, "each transfer gives what it takes");
        assert_eq!(wrong[0].detail, Some(format!("{}: 99 is kept, 100 adds up", made.receipt)));
    }
}
