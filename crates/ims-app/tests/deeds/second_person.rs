//! What waits for a second person: transfers above the limit, suspense given
//! back or given up, differences accepted.

use ims_app::{AppError, Books, Moved, NewTransfer, Role, SuspenseReturnRow};
use ims_ledger::id::{ApprovalId, SuspenseId};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement},
    raw::{count, counts},
    suspense::to_first,
    town::{Town, april, ct, settings},
    transfers::{journal, part, transfer},
};

impl Town {
    /// Transfers of more than ten pounds wait.
    async fn with_limit(url: &str) -> Self {
        let town = Self::of(url).await;
        let text = settings("MILL") + "\n[approval]\ntransfer_above_pence = 1000\n";
        town.books.configure(&text, april(20)).await.unwrap();
        town
    }

    /// One who asks, and one who approves.
    async fn two(&self) -> (Books, Books) {
        (self.hands_of(Role::IncomeOfficer).await, self.hands_of(Role::IncomeManager).await)
    }

    async fn with_item(&self, pounds: &str) -> SuspenseId {
        self.took("odd.csv", &receipts(&[paid("XX", "1", "CARD", pounds)])).await;
        self.suspense().await[0].id
    }

    async fn returns(&self) -> Vec<SuspenseReturnRow> {
        self.books.suspense_returns(None, 10).await.unwrap()
    }
}

fn waits(moved: Moved) -> ApprovalId {
    match moved {
        Moved::Waits(id) => id,
        Moved::Done(done) => panic!("{done:?} did not wait"),
    }
}

on_both! {
    async fn a_transfer_above_the_limit_waits(url: &str) {
        let town = Town::with_limit(url).await;
        let (asks, approves) = town.two().await;
        let parts = |pence| (vec![part("CT", &ct(1), pence)], vec![part("CT", &ct(2), pence)]);
        let (from, to) = parts(1_000);
        assert!(matches!(asks.make_transfer(&transfer(&from, &to)).await.unwrap(), Moved::Done(_)));
        let before = town.balances().await;
        let (from, to) = parts(1_001);
        let new = NewTransfer { key: Some("k".to_owned()), ..transfer(&from, &to) };
        let id = waits(asks.make_transfer(&new).await.unwrap());
        assert_eq!((town.balances().await, count(url, "transfer")), (before, 1));
        assert_eq!(waits(asks.make_transfer(&new).await.unwrap()), id);
        let waiting = approves.approvals(None, 10).await.unwrap();
        assert_eq!(waiting.len(), 1);
        assert_eq!((waiting[0].kind.as_str(), waiting[0].amount.get()), ("transfer", 1_001));
        assert_eq!(waiting[0].subject, format!("transfer to CT {}", ct(2)));
        assert!(matches!(asks.approve_transfer(id, "").await, Err(AppError::NotAllowed { .. })));
        let done = approves.approve_transfer(id, "seen the letter").await.unwrap();
        assert_eq!(done.amount.get(), 1_001);
        let (row, _) = town.books.transfer_shown(done.id).await.unwrap();
        assert_eq!((row.approval, row.by.as_str()), (Some(id), "income-manager"));
        let why = approves.approve_transfer(id, "").await.unwrap_err();
        assert!(why.to_string().starts_with("this transfer was approved by income-manager on"), "{why}");
        assert_eq!(count(url, "transfer"), 2);
        town.proved().await;
    }

    /// What cannot be posted is not even asked for, and what by then cannot be
    /// posted still waits.
    async fn a_journal_is_checked_when_it_is_asked_and_when_it_is_approved(url: &str) {
        let town = Town::with_limit(url).await;
        let (asks, approves) = town.two().await;
        let receipt = town.with_payment("CT", &ct(1), "30.00").await;
        let before = counts(url);
        for to in [part("CT", &ct(50), 2_000), part("CT", &ct(2), 3_001)] {
            assert!(asks.journal_line(&journal(receipt, &[to])).await.is_err());
        }
        assert_eq!((counts(url), count(url, "approval")), (before, 0));
        let one = waits(asks.journal_line(&journal(receipt, &[part("CT", &ct(2), 2_000)])).await.unwrap());
        let two = waits(asks.journal_line(&journal(receipt, &[part("CT", &ct(3), 2_000)])).await.unwrap());
        approves.approve_transfer(one, "").await.unwrap();
        let why = approves.approve_transfer(two, "").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("the 10.00 that is left"), "{why}");
        assert_eq!(approves.approvals(None, 10).await.unwrap().len(), 1);
        let why = approves.refuse_transfer(two, " ").await.unwrap_err();
        assert!(why.is_bad_input(), "{why:?}");
        approves.refuse_transfer(two, "done already").await.unwrap();
        assert!(approves.approvals(None, 10).await.unwrap().is_empty());
        assert!(approves.approve_transfer(two, "").await.unwrap_err().is_refusal());
        town.proved().await;
    }

    async fn who_asked_withdraws_and_nobody_else(url: &str) {
        let town = Town::with_limit(url).await;
        let (asks, approves) = town.two().await;
        let new = transfer(&[part("CT", &ct(1), 2_000)], &[part("CT", &ct(2), 2_000)]);
        let id = waits(asks.make_transfer(&new).await.unwrap());
        let why = approves.withdraw_approval(id, "why").await.unwrap_err();
        assert_eq!(why.to_string(), "only income-officer, who asked, can withdraw it");
        asks.withdraw_approval(id, "not needed").await.unwrap();
        let row = asks.approval(id).await.unwrap();
        assert_eq!(row.decision.unwrap().verdict, "withdrawn");
        assert!(approves.approve_transfer(id, "").await.unwrap_err().is_refusal());
        assert_eq!(count(url, "transfer"), 0);
        town.proved().await;
    }

    async fn suspense_is_given_back_to_who_paid_it(url: &str) {
        let town = Town::of(url).await;
        let (asks, approves) = town.two().await;
        let id = town.with_item("10.00").await;
        let waiting = asks.return_suspense(id, Some(Pence::new(400)), "paid us by mistake", Some("r1")).await.unwrap();
        assert_eq!(asks.return_suspense(id, Some(Pence::new(400)), "paid us by mistake", Some("r1")).await.unwrap(), waiting);
        assert_eq!((town.at("suspense").await, town.at("refunds-due").await), (-1_000, 0));
        approves.approve_suspense_return(waiting, "seen").await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("refunds-due").await), (-600, -400));
        town.proved().await;
        let returned = town.returns().await;
        assert_eq!((returned.len(), returned[0].amount.get(), returned[0].paid), (1, 400, None));
        town.took("s1.sta", &statement(1, 5_000, 20, &[(-400, "BACS RETURN"), (-401, "BACS OTHER"), (-400, "TWIN")])).await;
        let line = town.open_line(-400).await.id;
        let other = town.open_line(-401).await.id;
        let why = asks.pay_suspense_return(returned[0].id, other).await.unwrap_err();
        assert_eq!(why.to_string(), "the line is of -4.01, 4.00 is to be paid");
        asks.pay_suspense_return(returned[0].id, line).await.unwrap();
        assert_eq!((town.at("refunds-due").await, town.books.open_lines().await.unwrap().len()), (0, 2));
        let twin = town.open_line(-400).await.id;
        let why = asks.pay_suspense_return(returned[0].id, twin).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("paid already"), "{why}");
        town.proved().await;
        // The wrong line: taken back, it is to be paid again, and by another.
        let matched = town.returns().await[0].paid.unwrap();
        asks.undo_match(matched, "the twin it was").await.unwrap();
        assert_eq!((town.at("refunds-due").await, town.returns().await[0].paid), (-400, None));
        town.proved().await;
        asks.pay_suspense_return(returned[0].id, twin).await.unwrap();
        assert_eq!(town.at("refunds-due").await, 0);
        town.proved().await;
        let why = asks.undo_allocation(town.allocation(id).await, "no").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("suspense-return"), "{why}");
    }

    async fn a_return_is_of_what_is_left_and_nobody_approves_their_own(url: &str) {
        let town = Town::of(url).await;
        let (asks, approves) = town.two().await;
        let id = town.with_item("10.00").await;
        let why = asks.return_suspense(id, Some(Pence::new(1_001)), "why", None).await.unwrap_err();
        assert!(why.is_refusal(), "{why:?}");
        assert!(asks.return_suspense(id, None, " ", None).await.unwrap_err().is_bad_input());
        let waiting = asks.return_suspense(id, None, "why", None).await.unwrap();
        town.books.allocate_suspense(id, &to_first(Some(1))).await.unwrap();
        let why = approves.approve_suspense_return(waiting, "").await.unwrap_err();
        assert_eq!(why.to_string(), "10.00 is more than the 9.99 that remains");
        approves.refuse_suspense_return(waiting, "part is placed").await.unwrap();
        let roles = ["income-officer".to_owned(), "income-manager".to_owned()];
        let both = ims_app::Actor::person("both", &roles);
        let both = town.app.books(None, both).await.unwrap();
        let own = both.return_suspense(id, None, "why", None).await.unwrap();
        let why = both.approve_suspense_return(own, "").await.unwrap_err();
        assert_eq!(why.to_string(), "both asked for this suspense-return and so cannot approve it");
        assert!(town.returns().await.is_empty());
        town.proved().await;
    }

    async fn suspense_is_given_up_whole_or_in_part(url: &str) {
        let town = Town::of(url).await;
        let (asks, approves) = town.two().await;
        let id = town.with_item("10.00").await;
        let part = asks.write_off_suspense(id, Some(Pence::new(3)), "pennies", None).await.unwrap();
        let before = town.balances().await;
        assert_eq!(approves.approve_write_off(part, "").await.unwrap().get(), 3);
        assert_eq!((town.at("suspense").await, town.at("write-off").await), (-997, -3));
        town.proved().await;
        town.books.undo_allocation(town.allocation(id).await, "it was not").await.unwrap();
        assert_eq!(town.balances().await, before);
        town.proved().await;
        town.took("s1.sta", &statement(1, 5_000, 20, &[(-1_200, "WHO KNOWS")])).await;
        town.books.close_day(april(20)).await.unwrap();
        let debit = town.suspense().await[1].id;
        let whole = asks.write_off_suspense(debit, None, "too old", None).await.unwrap();
        assert!(asks.return_suspense(debit, None, "why", None).await.unwrap_err().is_refusal());
        approves.approve_write_off(whole, "").await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("write-off").await), (-1_000, 1_200));
        let no = asks.write_off_suspense(id, None, "too old", None).await.unwrap();
        approves.refuse_write_off(no, "look again").await.unwrap();
        assert_eq!(town.at("write-off").await, 1_200);
        town.proved().await;
    }

    async fn a_shortage_is_accepted_and_waited_for_no_more(url: &str) {
        let town = Town::of(url).await;
        let (asks, approves) = town.two().await;
        town.took("cash.csv", &receipts(&[paid("CT", &ct(1), "CASH", "10.00").batch("SLIP0001")])).await;
        let item = town.books.waited_for(Some("till")).await.unwrap().remove(0);
        let before = town.balances().await;
        let id = asks.accept_difference(item.id, "stolen, police informed", None).await.unwrap();
        assert_eq!(town.balances().await, before);
        let matched = approves.approve_difference(id, "").await.unwrap();
        assert_eq!((town.at("clearing:till").await, town.at("write-off").await), (0, 1_000));
        assert!(town.books.waited_for(None).await.unwrap().is_empty());
        town.proved().await;
        let why = asks.accept_difference(item.id, "again", None).await.unwrap_err();
        assert!(why.is_bad_input(), "{why:?}");
        // It turns up after all: the difference is taken back and reconciled.
        asks.undo_match(matched, "it was found").await.unwrap();
        assert_eq!(town.balances().await, before);
        town.proved().await;
        town.took("s1.sta", &statement(1, 0, 20, &[(1_000, "CR SLIP0001")])).await;
        let late = asks.accept_difference(item.id, "lost again", None).await.unwrap();
        town.reconciled().await;
        let why = approves.approve_difference(late, "").await.unwrap_err();
        assert_eq!(why.to_string(), "it is waited for no more: the money has come");
        approves.refuse_difference(late, "it has come").await.unwrap();
        assert_eq!((town.at("clearing:till").await, town.at("write-off").await), (0, 0));
        town.proved().await;
    }
}
