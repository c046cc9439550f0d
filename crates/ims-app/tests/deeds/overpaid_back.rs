//! Payments sent back or disputed of which part went to suspense: all of it goes
//! back, from where it is now.

use std::sync::atomic::{AtomicU32, Ordering};

use ims_app::{
    AppError, Books, DisputeOutcome, ItemAllocation, NewAllocation, NewAllocations, NewReturn,
    ReturnKind, ReturnOf, SuspenseReturnRow,
};
use ims_ledger::id::{DisputeId, SuspenseId};
use ims_money::Pence;
use ims_testkit::on_both;
use uuid::Uuid;

use super::{
    concurrent::at_once,
    files::{paid, receipts, statement},
    raw::{counts, tamper},
    returns::{disputed::dispute, returned},
    suspense::to_first,
    take_receipt::{cash, counter},
    town::{Town, ct},
    transfers::part,
};

/// A town where a tenant who owed 60.00 paid 100.00; the receipt's number.
async fn overpaid(url: &str) -> (Town, String) {
    let town = counter(url).await;
    town.took("rents.csv", "fund,reference,name,balance\nRM,RM0001,Rent,60.00\n").await;
    let taken = town.books.take_receipt(&cash("RM", "RM0001", 10_000)).await.unwrap();
    assert_eq!(taken.overpaid.get(), 4_000);
    assert_eq!(town.rents_stand().await, (-6_000, -4_000, 10_000));
    (town, taken.receipt)
}

fn unpaid(number: &str) -> NewReturn {
    NewReturn { kind: ReturnKind::Cheque, ..returned(number, "UNPAID 1") }
}

impl Town {
    /// Rents, suspense, and what the till waits for.
    async fn rents_stand(&self) -> (i64, i64, i64) {
        (self.at("fund:RM").await, self.at("suspense").await, self.at("clearing:till").await)
    }

    /// Disputed, all of it is kept back: of the account, and in suspense.
    async fn kept_back(&self, number: &str) -> DisputeId {
        let opened = self.books.open_dispute(&dispute(number, &[])).await.unwrap();
        let disputed = &opened.dispute;
        assert_eq!((disputed.amount.get(), disputed.of_suspense.get()), (10_000, 4_000));
        assert_eq!((self.rents_stand().await, self.at("disputes").await), ((-6_000, 0, 0), 6_000));
        assert!(self.suspense().await.is_empty());
        self.proved().await;
        assert!(self.books.open_dispute(&dispute(number, &[])).await.unwrap().before);
        opened.dispute.id
    }
}

/// A town with 100.00 in suspense.
async fn unknown(url: &str) -> (Town, SuspenseId) {
    let town = Town::of(url).await;
    town.took("dd.csv", &receipts(&[paid("XX", "1", "DD", "100.00")])).await;
    let id = town.suspense().await[0].id;
    (town, id)
}

impl Town {
    /// So much of the only item is to be given back to who paid it.
    async fn to_give_back(&self, pence: i64) -> Uuid {
        let item = self.suspense().await[0].id;
        let pence = Some(Pence::new(pence));
        let asked = self.books.return_suspense(item, pence, "paid too much", None).await.unwrap();
        let manager = self.hands_of(ims_app::Role::IncomeManager).await;
        manager.approve_suspense_return(asked, "seen").await.unwrap()
    }

    /// The same, and the bank has paid it.
    async fn give_back(&self, pence: i64) -> Uuid {
        let back = self.to_give_back(pence).await;
        self.took("paid.sta", &statement(1, 50_000, 19, &[(-pence, "PAID BACK")])).await;
        let line = self.open_line(-pence).await.id;
        self.books.pay_suspense_return(back, line).await.unwrap();
        back
    }

    async fn sent_to_payers(&self) -> Vec<SuspenseReturnRow> {
        self.books.suspense_returns(None, 9).await.unwrap()
    }
}

fn of_item(id: SuspenseId) -> NewReturn {
    NewReturn { of: ReturnOf::Suspense(id), ..returned("", "ARUDD 1") }
}

on_both! {
    /// The bank takes back all that was paid, in one debit.
    async fn a_cheque_of_more_than_was_owed_comes_back_whole(url: &str) {
        let (town, number) = overpaid(url).await;
        let before = counts(url);
        let half = NewReturn { amount: Some(Pence::new(5_000)), ..unpaid(&number) };
        let why = town.books.record_return(&half).await.unwrap_err();
        assert!(why.is_bad_input() && why.to_string().contains(", or name suspense item "), "{why}");
        assert_eq!(counts(url), before);
        let done = town.books.record_return(&unpaid(&number)).await.unwrap();
        let back = &done.returned;
        assert_eq!((back.amount.get(), back.of_suspense.get(), done.loss.get()), (10_000, 4_000, 0));
        assert_eq!(town.rents_stand().await, (0, 0, 0));
        assert!(town.suspense().await.is_empty());
        town.proved().await;
        let whole = NewReturn { amount: Some(Pence::new(10_000)), ..unpaid(&number) };
        assert!(town.books.record_return(&whole).await.unwrap().before);
        let twice = NewReturn { advice: "UNPAID 2".to_owned(), ..whole };
        assert!(town.books.record_return(&twice).await.unwrap_err().is_refusal());
        // One debit of the bank's is all of it.
        town.took("s1.sta", &statement(1, 20_000, 20, &[(-10_000, "RETURNED RM0001")])).await;
        let (_, left) = town.reconciled().await;
        assert_eq!((left, town.at("clearing:till").await), (Vec::<String>::new(), 10_000));
        town.proved().await;
    }

    /// Where it was put since, it is taken from; what of it went to nobody's account is not.
    async fn what_was_put_elsewhere_since_comes_back_from_there(url: &str) {
        let (town, number) = overpaid(url).await;
        let item = town.suspense().await[0].id;
        town.books.allocate_suspense(item, &to_first(Some(2_500))).await.unwrap();
        let done = town.books.record_return(&unpaid(&number)).await.unwrap();
        assert_eq!((done.returned.of_suspense.get(), done.loss.get()), (1_500, 0));
        assert_eq!((town.rents_stand().await, town.at("fund:CT").await), ((0, 0, 0), 0));
        town.proved().await;
        let again = town.books.record_return(&of_item(item)).await.unwrap_err();
        assert!(again.is_refusal() && again.to_string().contains("came back already"), "{again}");
        assert!(town.books.undo_allocation(town.allocation(item).await, "no").await.is_err());
        town.proved().await;
    }

    /// Of a payment that was all too much, its account has nothing.
    async fn a_payment_that_was_all_too_much_comes_back(url: &str) {
        let (town, _) = overpaid(url).await;
        let taken = town.books.take_receipt(&cash("RM", "RM0001", 5_000)).await.unwrap();
        assert_eq!(taken.overpaid.get(), 5_000);
        let done = town.books.record_return(&unpaid(&taken.receipt)).await.unwrap();
        assert_eq!((done.returned.amount.get(), done.returned.out), (5_000, None));
        assert_eq!(town.rents_stand().await, (-6_000, -4_000, 10_000));
        town.proved().await;
    }

    /// What is undone before it is banked is waited for no more, all of it.
    async fn an_undone_payment_of_more_than_was_owed_is_waited_for_no_more(url: &str) {
        let (town, number) = overpaid(url).await;
        let undone = NewReturn { kind: ReturnKind::Undone, ..unpaid(&number) };
        town.books.record_return(&undone).await.unwrap();
        assert_eq!(town.books.dashboard(None).await.unwrap().expected, []);
        assert_eq!(town.rents_stand().await, (0, 0, 0));
        town.proved().await;
    }

    async fn a_dispute_of_more_than_was_owed_that_is_won_gives_all_back(url: &str) {
        let (town, number) = overpaid(url).await;
        let (before, items) = (town.balances().await, town.suspense().await);
        let opened = town.kept_back(&number).await;
        town.books.end_dispute(opened, DisputeOutcome::Won, "slip shown").await.unwrap();
        assert_eq!((town.balances().await, town.suspense().await), (before, items));
        town.proved().await;
        // It can be used again.
        let item = town.suspense().await[0].id;
        town.books.allocate_suspense(item, &to_first(None)).await.unwrap();
        town.proved().await;
    }

    /// Before suspense was kept back as well, a dispute was of the receipt alone.
    async fn a_dispute_opened_of_the_receipt_alone_is_known_again(url: &str) {
        let (town, number) = overpaid(url).await;
        let opened = town.kept_back(&number).await;
        tamper(url, "UPDATE dispute SET amount_pence = 6000, suspense_pence = 0");
        let again = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
        assert_eq!((again.before, again.dispute.id), (true, opened));
        tamper(url, "UPDATE dispute SET amount_pence = 5000");
        assert!(town.books.open_dispute(&dispute(&number, &[])).await.unwrap_err().is_refusal());
    }

    async fn a_dispute_of_more_than_was_owed_that_is_lost_loses_all(url: &str) {
        let (town, number) = overpaid(url).await;
        let opened = town.kept_back(&number).await;
        town.books.end_dispute(opened, DisputeOutcome::Lost, "no slip").await.unwrap();
        assert_eq!((town.rents_stand().await, town.at("disputes").await), ((0, 0, 0), 0));
        town.proved().await;
    }

    /// What an allocation gave and gave back again is nobody's there.
    async fn suspense_put_right_comes_back_from_where_it_is(url: &str) {
        let (town, id) = unknown(url).await;
        town.books.allocate_suspense(id, &to_first(None)).await.unwrap();
        town.books.undo_allocation(town.allocation(id).await, "another's").await.unwrap();
        let second = NewAllocation { reference: ct(2), ..to_first(None) };
        town.books.allocate_suspense(id, &second).await.unwrap();
        let done = town.books.record_return(&of_item(id)).await.unwrap();
        assert_eq!((done.loss.get(), town.at("disputes").await, town.at("fund:CT").await), (0, 0, 0));
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    /// An item that went to two accounts is taken from both, a part in their order.
    async fn suspense_of_two_accounts_comes_back_from_both(url: &str) {
        let (town, id) = unknown(url).await;
        let to = vec![part("CT", &ct(1), 6_000), part("CT", &ct(2), 4_000)];
        let item = ItemAllocation { item: id, amount: Pence::new(10_000), to, credit_notes: vec![] };
        let many = NewAllocations { items: vec![item], note: "two houses".to_owned(), key: None };
        town.books.allocate_many(&many).await.unwrap();
        let most = NewReturn { amount: Some(Pence::new(7_000)), ..of_item(id) };
        let done = town.books.record_return(&most).await.unwrap();
        assert_eq!((done.loss.get(), town.at("fund:CT").await), (0, -3_000));
        town.proved().await;
        let rest = NewReturn { amount: Some(Pence::new(3_000)), ..of_item(id) };
        let rest = NewReturn { advice: "ARUDD 2".to_owned(), ..rest };
        assert_eq!(town.books.record_return(&rest).await.unwrap().loss.get(), 0);
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    /// Given back before their bank took the cheque back: the council's loss, and
    /// the bank's one debit still meets it.
    async fn an_overpayment_given_back_before_the_cheque_bounced_is_a_loss(url: &str) {
        let (town, number) = overpaid(url).await;
        town.give_back(3_000).await;
        let done = town.books.record_return(&unpaid(&number)).await.unwrap();
        let back = &done.returned;
        assert_eq!((back.amount.get(), back.of_suspense.get(), done.loss.get()), (10_000, 1_000, 3_000));
        assert_eq!(town.rents_stand().await, (0, 0, 0));
        assert_eq!((town.at("disputes").await, town.at("refunds-due").await), (3_000, 0));
        town.proved().await;
        let again = town.books.record_return(&unpaid(&number)).await.unwrap();
        assert!(again.before && again.loss.get() == 3_000);
        let twice = NewReturn { advice: "UNPAID 2".to_owned(), ..unpaid(&number) };
        assert!(town.books.record_return(&twice).await.unwrap_err().is_refusal());
        town.took("s1.sta", &statement(2, 47_000, 20, &[(-10_000, "RETURNED RM0001")])).await;
        let (_, left) = town.reconciled().await;
        assert_eq!((left, town.at("clearing:till").await), (Vec::<String>::new(), 10_000));
        town.proved().await;
        // It was another's line that seemed to pay it: what was lost is not given twice.
        let (back, matched) = (town.sent_to_payers().await[0].id, town.sent_to_payers().await[0].paid.unwrap());
        town.books.undo_match(matched, "another's").await.unwrap();
        let why = town.books.cancel_suspense_return(back, "not paid").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("counted as lost"), "{why}");
        let again = NewReturn { advice: "UNPAID 3".to_owned(), ..of_item(town.sent_to_payers().await[0].suspense) };
        assert!(town.books.record_return(&again).await.unwrap_err().is_refusal());
        town.proved().await;
    }

    /// What was agreed to be given back and is not paid goes back with the cheque, and
    /// only that way.
    async fn what_was_to_be_given_back_is_not_when_the_cheque_bounced_before(url: &str) {
        let (town, number) = overpaid(url).await;
        let back = town.to_give_back(3_000).await;
        assert_eq!(town.at("refunds-due").await, -3_000);
        let done = town.books.record_return(&unpaid(&number)).await.unwrap();
        let came = &done.returned;
        assert_eq!((came.amount.get(), came.of_suspense.get(), done.loss.get()), (10_000, 4_000, 0));
        assert_eq!(town.rents_stand().await, (0, 0, 0));
        assert_eq!((town.at("disputes").await, town.at("refunds-due").await), (0, 0));
        let cancelled = town.sent_to_payers().await[0].cancelled.clone().unwrap();
        assert!(cancelled.reason.contains("sent back"), "{cancelled:?}");
        town.proved().await;
        // The bank's line pays nothing any more, and the one debit is all of it.
        town.took("s1.sta", &statement(1, 20_000, 20, &[(-10_000, "RETURNED RM0001"), (-3_000, "LATE")])).await;
        let line = town.open_line(-3_000).await.id;
        let why = town.books.pay_suspense_return(back, line).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("was cancelled by"), "{why}");
        town.reconciled().await;
        assert_eq!(town.at("clearing:till").await, 10_000);
        town.proved().await;
    }

    /// Of several, so many as are needed, the oldest first; what is over is the item's again.
    async fn a_part_that_is_sent_back_cancels_what_it_needs(url: &str) {
        let (town, id) = unknown(url).await;
        for pence in [2_000, 3_000, 4_000] {
            town.to_give_back(pence).await;
        }
        let part = NewReturn { amount: Some(Pence::new(4_000)), ..of_item(id) };
        let done = town.books.record_return(&part).await.unwrap();
        assert_eq!((done.returned.of_suspense.get(), done.loss.get()), (4_000, 0));
        let open: Vec<_> = town.sent_to_payers().await.iter().map(|it| (it.amount.get(), it.cancelled.is_none())).collect();
        assert_eq!(open, [(4_000, true), (3_000, false), (2_000, false)]);
        assert_eq!((town.at("refunds-due").await, town.at("suspense").await), (-4_000, -2_000));
        town.proved().await;
        let rest = NewReturn { amount: Some(Pence::new(6_000)), advice: "ARUDD 2".to_owned(), ..of_item(id) };
        assert_eq!(town.books.record_return(&rest).await.unwrap().loss.get(), 0);
        assert_eq!((town.at("refunds-due").await, town.at("suspense").await), (0, 0));
        town.proved().await;
    }

    /// Disputed, it is not paid back as well; won, the item has it.
    async fn a_dispute_cancels_what_was_to_be_given_back(url: &str) {
        let (town, number) = overpaid(url).await;
        town.to_give_back(4_000).await;
        let opened = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
        assert_eq!((opened.dispute.of_suspense.get(), opened.short.get()), (4_000, 0));
        assert_eq!(town.at("refunds-due").await, 0);
        town.proved().await;
        town.books.end_dispute(opened.dispute.id, DisputeOutcome::Won, "slip").await.unwrap();
        assert_eq!((town.rents_stand().await, town.suspense().await[0].remaining.get()), ((-6_000, -4_000, 10_000), 4_000));
        town.proved().await;
    }

    async fn a_return_that_is_not_paid_is_cancelled(url: &str) {
        let (town, id) = unknown(url).await;
        let (back, other) = (town.to_give_back(6_000).await, town.to_give_back(1_000).await);
        let manager = town.hands_of(ims_app::Role::IncomeManager).await;
        assert!(manager.cancel_suspense_return(back, " ").await.unwrap_err().is_bad_input());
        // Who approved it, the same said twice; and who asks for them.
        for _ in 0..2 {
            let left = manager.cancel_suspense_return(back, "the payer keeps it with us").await.unwrap();
            assert_eq!(left.get(), 9_000);
        }
        let why = town.books.cancel_suspense_return(back, "no").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("was taken back by"), "{why}");
        assert_eq!((town.at("suspense").await, town.at("refunds-due").await), (-9_000, -1_000));
        town.proved().await;
        town.books.cancel_suspense_return(other, "no").await.unwrap();
        assert_eq!((town.at("suspense").await, town.at("refunds-due").await), (-10_000, 0));
        town.proved().await;
        // The item is as it was: it is given back once more, and paid that is not cancelled.
        let paid = town.give_back(10_000).await;
        let why = manager.cancel_suspense_return(paid, "no").await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("undo the match first"), "{why}");
        let why = manager.cancel_suspense_return(Uuid::nil(), "no").await.unwrap_err();
        assert!(matches!(why, AppError::NotFound { .. }), "{why:?}");
        assert_eq!(town.books.suspense_shown(id).await.unwrap().item.remaining.get(), 0);
        town.proved().await;
    }

    /// What was counted as lost stays to be paid; another return of the item is none of it.
    async fn only_what_was_counted_as_lost_cannot_be_cancelled(url: &str) {
        let (town, id) = unknown(url).await;
        let lost = town.give_back(6_000).await;
        let off = town.books.write_off_suspense(id, None, "pennies", None).await.unwrap();
        let manager = town.hands_of(ims_app::Role::IncomeManager).await;
        manager.approve_write_off(off, "").await.unwrap();
        let most = NewReturn { amount: Some(Pence::new(6_000)), ..of_item(id) };
        assert_eq!(town.books.record_return(&most).await.unwrap().loss.get(), 6_000);
        let written = town.books.suspense_shown(id).await.unwrap().allocations.pop().unwrap().0.id;
        town.books.undo_allocation(written, "theirs").await.unwrap();
        let matched = town.sent_to_payers().await[0].paid.unwrap();
        town.books.undo_match(matched, "another's").await.unwrap();
        let other = town.to_give_back(4_000).await;
        for _ in 0..2 {
            let why = town.books.cancel_suspense_return(lost, "not paid").await.unwrap_err();
            assert!(why.is_refusal() && why.to_string().contains("counted as lost"), "{why}");
            let left = town.books.cancel_suspense_return(other, "the payer keeps it").await.unwrap();
            assert_eq!((left.get(), town.at("suspense").await), (4_000, -4_000));
        }
        town.proved().await;
        // Nor is it sent back in place of another.
        town.to_give_back(3_000).await;
        let off = town.books.write_off_suspense(id, None, "pennies", None).await.unwrap();
        manager.approve_write_off(off, "again").await.unwrap();
        let rest = NewReturn { amount: Some(Pence::new(4_000)), advice: "ARUDD 2".to_owned(), ..of_item(id) };
        let why = town.books.record_return(&rest).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().starts_with("10.00 of suspense item"), "{why}");
        let written = town.books.suspense_shown(id).await.unwrap().allocations.pop().unwrap().0.id;
        town.books.undo_allocation(written, "theirs").await.unwrap();
        let done = town.books.record_return(&rest).await.unwrap();
        assert_eq!((done.returned.of_suspense.get(), done.loss.get()), (4_000, 0));
        assert_eq!((town.at("refunds-due").await, town.at("suspense").await), (-6_000, 0));
        town.proved().await;
    }

    /// One says that it is paid while others cancel it: one of them is right.
    async fn a_return_is_paid_or_cancelled(url: &str) {
        let (town, _) = unknown(url).await;
        let back = town.to_give_back(6_000).await;
        town.took("s1.sta", &statement(1, 20_000, 20, &[(-6_000, "PAID BACK")])).await;
        let line = town.open_line(-6_000).await.id;
        let turn = AtomicU32::new(0);
        let came = at_once(&town, move |books: Books| {
            let pays = turn.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            async move {
                if pays {
                    books.pay_suspense_return(back, line).await
                } else {
                    books.cancel_suspense_return(back, "no").await.map(drop)
                }
            }
        });
        let refused = came.await.into_iter().filter_map(Result::err);
        assert!(refused.into_iter().all(|why| why.is_refusal()));
        let row = &town.sent_to_payers().await[0];
        assert_ne!(row.paid.is_some(), row.cancelled.is_some(), "{row:?}");
        assert_eq!(town.at("refunds-due").await, 0);
        town.proved().await;
    }

    /// Of a payment that was all too much and all given back, the loss is claimed once.
    async fn what_was_all_given_back_is_lost_once(url: &str) {
        let (town, _) = overpaid(url).await;
        town.books.allocate_suspense(town.suspense().await[0].id, &to_first(None)).await.unwrap();
        let taken = town.books.take_receipt(&cash("RM", "RM0001", 5_000)).await.unwrap();
        town.give_back(5_000).await;
        let before = counts(url);
        let advices = AtomicU32::new(0);
        let came = at_once(&town, move |books: Books| {
            let advice = format!("UNPAID {}", advices.fetch_add(1, Ordering::Relaxed));
            let new = NewReturn { advice, ..unpaid(&taken.receipt) };
            async move { books.record_return(&new).await }
        });
        let (done, refused): (Vec<_>, Vec<_>) = came.await.into_iter().partition(Result::is_ok);
        assert_eq!(done.len(), 1, "{done:?}");
        for why in refused.into_iter().filter_map(Result::err) {
            assert!(why.to_string().contains("came back already"), "{why}");
        }
        assert_ne!(counts(url), before);
        assert_eq!(town.at("disputes").await, 5_000);
        town.proved().await;
    }

    /// Won, the provider gives all back; lost, the loss stays.
    async fn a_dispute_of_what_was_given_back_is_a_loss_if_it_is_lost(url: &str) {
        let (town, number) = overpaid(url).await;
        town.give_back(4_000).await;
        let before = town.balances().await;
        for (reference, outcome) in [("dp_1", DisputeOutcome::Won), ("dp_2", DisputeOutcome::Lost)] {
            let new = ims_app::NewDispute { reference: reference.to_owned(), ..dispute(&number, &[]) };
            let opened = town.books.open_dispute(&new).await.unwrap();
            assert_eq!((opened.dispute.of_suspense.get(), opened.short.get()), (0, 4_000));
            assert_eq!(town.at("disputes").await, 10_000);
            town.proved().await;
            assert_eq!(town.books.open_dispute(&new).await.unwrap().short.get(), 4_000);
            let ended = town.books.end_dispute(opened.dispute.id, outcome, "so they say").await.unwrap();
            assert_eq!(ended.short.get(), 4_000);
            if outcome == DisputeOutcome::Won {
                assert_eq!(town.balances().await, before);
            }
            town.proved().await;
        }
        assert_eq!((town.rents_stand().await, town.at("disputes").await), ((0, 0, 0), 4_000));
        assert!(town.books.record_return(&unpaid(&number)).await.unwrap_err().is_refusal());
    }

    /// Money that was in suspense from the first, too; and what was written off is
    /// taken back first, which makes it suspense's again.
    async fn suspense_given_back_or_given_up_is_sent_back(url: &str) {
        let (town, id) = unknown(url).await;
        town.give_back(6_000).await;
        let off = town.books.write_off_suspense(id, None, "pennies", None).await.unwrap();
        let manager = town.hands_of(ims_app::Role::IncomeManager).await;
        manager.approve_write_off(off, "").await.unwrap();
        let why = town.books.record_return(&of_item(id)).await.unwrap_err();
        assert!(why.is_refusal() && why.to_string().contains("written off"), "{why}");
        let written = town.books.suspense_shown(id).await.unwrap().allocations.pop().unwrap().0.id;
        town.books.undo_allocation(written, "sent back").await.unwrap();
        let done = town.books.record_return(&of_item(id)).await.unwrap();
        assert_eq!((done.returned.of_suspense.get(), done.loss.get()), (4_000, 6_000));
        assert_eq!((town.at("suspense").await, town.at("write-off").await), (0, 0));
        town.proved().await;
    }
}
