//! Payments sent back: what they credit now is taken, wherever that is.

use ims_app::{
    DisputeOutcome, NewDispute, NewReturn, RefundNews, ReturnKind, ReturnOf, ReturnedPayment,
};
use ims_ledger::{RefundEvent, RefundWay};
use ims_money::Pence;
use ims_store::{LineKey, LineUseRow, ReceiptLineRow, ReceiptRow, Taken};
use ims_testkit::on_both;
use tokio::task::JoinSet;

use super::{
    files::{paid, receipts, statement},
    raw::{count, counts},
    refunds::{number_of, of},
    suspense::to_first,
    town::{Town, april, ct},
};

pub(super) fn returned(receipt: &str, advice: &str) -> NewReturn {
    NewReturn {
        of: ReturnOf::Receipt { number: receipt.to_owned(), line: None },
        amount: None,
        kind: ReturnKind::DirectDebit,
        code: "0".to_owned(),
        advice: advice.to_owned(),
        channel: None,
        happened_on: None,
        note: "refer to payer".to_owned(),
    }
}

/// A town where a direct debit of 30.00 council tax was collected.
/// What the bank quotes of a collection: one credit, of all that was collected.
pub(super) const COLLECTED: &str = "DDCOLL0420";

async fn with_debit(url: &str) -> (Town, String) {
    let town = Town::of(url).await;
    town.took("dd.csv", &receipts(&[paid("CT", &ct(1), "DD", "30.00").batch(COLLECTED)])).await;
    let number = number_of(&town.books, &ct(1)).await;
    (town, number)
}

impl Town {
    async fn sent_back(&self, new: &NewReturn) -> ReturnedPayment {
        self.books.record_return(new).await.unwrap()
    }

    /// Moves part of line 1 of a payment to another account, as a journal does.
    pub(super) async fn moved_on(&self, number: &str, pence: i64, to: &str) -> String {
        let council = self.books.council().id;
        let mut tx = self.app.store().begin().await.unwrap();
        let search = ims_app::SearchReceipts::Number(number.to_owned());
        let id = tx.search_receipts(council, &search, None, 1).await.unwrap()[0].id;
        let paid = tx.receipt(council, id).await.unwrap().unwrap();
        let amount = Pence::new(pence);
        let of = LineKey { receipt: id, line: 1 };
        let taken = tx.take_from_line(council, of, amount).await.unwrap();
        assert!(matches!(taken, Taken::Vat(_)), "{taken:?}");
        let line = |pence: i64, reference: &str| ReceiptLineRow {
            amount: Pence::new(pence),
            reference: reference.to_owned(),
            vat: Pence::ZERO,
            ..paid.lines[0].clone()
        };
        let world = self.app.world();
        let mut moved = ReceiptRow {
            id: ims_ledger::id::ReceiptId::new(world.id()),
            number: format!("T-{pence}-{to}"),
            total: Pence::ZERO,
            source_ref: None,
            import: None,
            lines: vec![line(-pence, &paid.lines[0].reference), line(pence, to)],
            ..paid.clone()
        };
        let fund: ims_ledger::Account = format!("fund:{}", paid.lines[0].fund).parse().unwrap();
        let draft = ims_ledger::Draft::new().debit(fund.clone(), amount).credit(fund, amount);
        let mut about = format!("moved receipt {} {} {}", moved.id, moved.number, moved.method);
        for line in &moved.lines {
            about += &format!(" {}/{}/{}/-/{}", line.fund, line.reference, line.amount, line.vat);
        }
        let entry = ims_store::EntryRow {
            id: ims_ledger::id::EntryId::new(world.id()),
            kind: "transfer",
            happened_on: april(20),
            accounting_day: april(20),
            posted_at: world.now(),
            actor: "test".to_owned(),
            key: None,
            about,
            import: None,
            detail: None,
            postings: draft.balance().unwrap(),
        };
        moved.entry = entry.id;
        let used = LineUseRow {
            id: world.id(),
            of,
            purpose: "transfer".to_owned(),
            amount,
            vat: Pence::ZERO,
            to: Some(LineKey { receipt: moved.id, line: 2 }),
            subject: world.id(),
            by: "test".to_owned(),
            at: world.now(),
        };
        tx.post_many(council, &[entry]).await.unwrap();
        tx.add_receipts(council, &[moved.clone()]).await.unwrap();
        tx.add_line_uses(council, &[used]).await.unwrap();
        tx.commit().await.unwrap();
        moved.number
    }

    /// What an account has been credited with, in pence.
    async fn credited(&self, reference: &str) -> i64 {
        let search = ims_app::SearchReceipts::Reference(reference.to_owned());
        let found = self.books.search_receipts(&search, None, 50).await.unwrap();
        found.iter().filter(|line| line.reference == reference).map(|line| line.amount.get()).sum()
    }
}

on_both! {
    async fn a_direct_debit_returned_takes_what_it_credited(url: &str) {
        let (town, number) = with_debit(url).await;
        let done = town.sent_back(&returned(&number, "ARUDD 1")).await;
        assert_eq!((done.returned.amount.get(), done.loss.get(), done.before), (3_000, 0, false));
        assert!(town.balances().await.is_empty());
        assert_eq!((town.left(&number).await, town.credited(&ct(1)).await), (vec![0], 0));
        town.proved().await;
        let why = town.books.request_refund(&super::refunds::of(&number, None)).await.unwrap_err();
        assert!(why.is_refusal(), "{why}");
    }

    /// Invariant 3: the same advice counts once; another advice of what came
    /// back already is refused, never a second loss.
    async fn the_same_advice_again_changes_nothing(url: &str) {
        let (town, number) = with_debit(url).await;
        let first = town.sent_back(&returned(&number, "ARUDD 1")).await;
        let before = counts(url);
        let again = town.sent_back(&returned(&number, " ARUDD 1 ")).await;
        assert_eq!((again.before, again.returned), (true, first.returned));
        let why = town.books.record_return(&returned(&number, "ARUDD 2")).await.unwrap_err();
        assert_eq!(
            why.to_string(),
            format!("30.00 of line 1 of receipt {number} cannot be claimed back: 30.00 of its 30.00 was already")
        );
        let other = NewReturn { kind: ReturnKind::Cheque, ..returned(&number, "ARUDD 1") };
        let why = town.books.record_return(&other).await.unwrap_err();
        assert_eq!(why.to_string(), "advice ARUDD 1 was recorded before for something else");
        assert!(town.books.record_return(&returned(&number, "")).await.unwrap_err().is_bad_input());
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    async fn an_advice_heard_by_many_at_once_counts_once(url: &str) {
        let (town, number) = with_debit(url).await;
        let mut servers = JoinSet::new();
        for seed in 2..6 {
            let books = town.elsewhere(seed).await;
            let new = returned(&number, if seed < 4 { "ARUDD 1" } else { "ARUDD 2" });
            servers.spawn(async move { books.record_return(&new).await });
        }
        let done = servers.join_all().await;
        let new = done.iter().filter(|done| done.as_ref().is_ok_and(|done| !done.before)).count();
        assert_eq!(new, 1, "{done:?}");
        assert_eq!((count(url, "expected"), town.at("disputes").await), (2, 0));
        town.proved().await;
    }

    /// Invariant 4: a return after a refund is a loss in `disputes`, and the
    /// fund never goes below nothing.
    async fn a_return_after_a_refund_is_a_loss(url: &str) {
        let (town, number) = with_debit(url).await;
        let refund = super::refunds::of(&number, Some(1_000));
        let asked = town.approved(&ims_app::NewRefund { way: RefundWay::Bank, ..refund }).await;
        let done = town.sent_back(&returned(&number, "ARUDD 1")).await;
        assert_eq!((done.loss.get(), town.at("disputes").await), (1_000, 1_000));
        assert_eq!((town.at("fund:CT").await, town.at("refunds-due").await), (0, -1_000));
        assert_eq!(town.credited(&ct(1)).await, 0);
        town.proved().await;
        // Known again, it says the same.
        assert_eq!(town.sent_back(&returned(&number, "ARUDD 1")).await.loss.get(), 1_000);
        // The refund fails after all: what it kept from the return is found, and no
        // account has a credit that nobody paid for.
        town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Fail)).await.unwrap();
        assert_eq!((town.at("fund:CT").await, town.left(&number).await), (0, vec![0]));
        assert_eq!((town.at("disputes").await, town.at("refunds-due").await), (0, 0));
        town.proved().await;
    }

    /// What was moved on is taken where it is now, through as many moves as there were.
    async fn a_return_follows_what_was_moved_on(url: &str) {
        let (town, number) = with_debit(url).await;
        let second = town.moved_on(&number, 2_000, &ct(2)).await;
        let search = ims_app::SearchReceipts::Number(second);
        assert_eq!(town.books.search_receipts(&search, None, 5).await.unwrap().len(), 2);
        town.proved().await;
        let done = town.sent_back(&returned(&number, "ARUDD 1")).await;
        assert_eq!((done.loss.get(), town.credited(&ct(1)).await, town.credited(&ct(2)).await), (0, 0, 0));
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    /// Where it was moved to, part of it was refunded: only that is a loss.
    async fn a_return_after_a_move_and_a_refund(url: &str) {
        let (town, number) = with_debit(url).await;
        town.moved_on(&number, 2_000, &ct(2)).await;
        town.moved_on(&number, 300, &ct(3)).await;
        let moved = number_of(&town.books, &ct(2)).await;
        let new = ims_app::NewRefund {
            way: RefundWay::Bank,
            lines: vec![(2, Some(Pence::new(500)))],
            ..super::refunds::of(&moved, None)
        };
        town.approved(&new).await;
        let part = NewReturn { amount: Some(Pence::new(2_900)), ..returned(&number, "ARUDD 1") };
        let done = town.sent_back(&part).await;
        // 7.00 were left, 15.00 where most went, 3.00 where the rest went: 4.00 short.
        assert_eq!((done.loss.get(), town.at("disputes").await), (400, 400));
        assert_eq!(
            (town.credited(&ct(1)).await, town.credited(&ct(2)).await, town.credited(&ct(3)).await),
            (0, 0, 0)
        );
        town.proved().await;
    }

    async fn what_came_back_of_suspense_is_taken_off_it(url: &str) {
        let town = Town::of(url).await;
        town.took("dd.csv", &receipts(&[paid("XX", "1", "DD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        town.books.allocate_suspense(id, &to_first(Some(300))).await.unwrap();
        let of = ReturnOf::Suspense(id);
        let done = town.sent_back(&NewReturn { of: of.clone(), ..returned("", "ARUDD 1") }).await;
        assert_eq!((done.returned.of_suspense.get(), done.loss.get()), (700, 0));
        assert!(town.balances().await.is_empty() && town.suspense().await.is_empty());
        town.proved().await;
        let again = NewReturn { of, ..returned("", "ARUDD 2") };
        assert!(town.books.record_return(&again).await.unwrap_err().is_refusal());
        town.proved().await;
    }

    /// The bank's debit after the advice is what the channel waited for.
    async fn the_bank_debit_after_the_advice(url: &str) {
        let (town, number) = with_debit(url).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(3_000, COLLECTED)])).await;
        town.books.reconcile().await.unwrap();
        town.clock.to_april(21);
        town.sent_back(&returned(&number, "ARUDD 1")).await;
        assert_eq!(town.at("clearing:dd").await, -3_000);
        town.took("s2.sta", &statement(2, 3_000, 21, &[(-3_000, &format!("RETURNED {}", ct(1)))])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.len(), left), (1, Vec::<String>::new()));
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    /// The bank's debit before the advice waits for it, by a rule of the
    /// council's; whichever is second closes both.
    async fn the_bank_debit_before_the_advice(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "DD", "30.00").batch(COLLECTED),
            paid("CT", &ct(2), "DD", "40.00").batch(COLLECTED),
        ];
        town.took("dd.csv", &receipts(&rows)).await;
        town.took("s1.sta", &statement(1, 0, 20, &[(7_000, COLLECTED)])).await;
        assert_eq!(town.books.reconcile().await.unwrap().explained, 1);
        town.clock.to_april(21);
        town.took("s2.sta", &statement(2, 7_000, 21, &[(-3_000, "UNPAID DD")])).await;
        town.books.reconcile().await.unwrap();
        let open = async || town.books.dashboard(None).await.unwrap().expected;
        assert_eq!(open().await[0].1, 1);
        town.sent_back(&returned(&number_of(&town.books, &ct(1)).await, "ARUDD 1")).await;
        assert_eq!((open().await[0].1, town.at("clearing:dd").await), (2, 0));
        town.books.reconcile().await.unwrap();
        assert_eq!(open().await, []);
        town.proved().await;
        town.sent_back(&returned(&number_of(&town.books, &ct(2)).await, "ARUDD 2")).await;
        town.clock.to_april(22);
        town.took("s3.sta", &statement(3, 4_000, 22, &[(-4_000, "UNPAID DD")])).await;
        town.books.reconcile().await.unwrap();
        assert_eq!(open().await, []);
        assert!(town.balances().await.is_empty());
        town.proved().await;
    }

    /// A success undone before any payout: nothing is waited for, nor to be given
    /// back; once it is in a payout, the payout shows both.
    async fn a_success_undone_by_its_provider(url: &str) {
        let town = Town::of(url).await;
        let rows = [
            paid("CT", &ct(1), "CARD", "10.00").source("pay_1"),
            paid("CT", &ct(2), "CARD", "10.00").source("pay_2"),
        ];
        town.took("cards.csv", &receipts(&rows)).await;
        let lines = [("pay_2", "payment", "10.00", "0.00", "10.00")];
        town.took("settled.csv", &super::files::settlement("PO1", 20, &lines)).await;
        let open = async || town.books.dashboard(None).await.unwrap().expected;
        for (n, left) in [(1, 1), (2, 2)] {
            let number = number_of(&town.books, &ct(n)).await;
            let undone = NewReturn { kind: ReturnKind::Undone, ..returned(&number, &format!("evt_{n}")) };
            town.sent_back(&undone).await;
            assert_eq!((open().await[0].1, town.credited(&ct(n)).await), (left, 0), "{n}");
            town.proved().await;
        }
        assert_eq!(town.at("clearing:card").await, 0);
    }

    async fn an_unpaid_cheque_presented_again_is_a_new_receipt(url: &str) {
        let town = Town::of(url).await;
        town.took("till.csv", &receipts(&[paid("CT", &ct(1), "CASH", "10.00")])).await;
        let number = number_of(&town.books, &ct(1)).await;
        let unpaid = NewReturn { kind: ReturnKind::Cheque, ..returned(&number, "UNPAID 100001") };
        town.sent_back(&unpaid).await;
        assert_eq!((town.at("clearing:till").await, town.credited(&ct(1)).await), (0, 0));
        let again = paid("CT", &ct(1), "CASH", "10.00").source("R2").batch("AGAIN");
        town.took("again.csv", &receipts(&[again])).await;
        assert_eq!(town.credited(&ct(1)).await, 1_000);
        town.proved().await;
    }

    async fn what_cannot_have_come_back_says_why(url: &str) {
        let (town, number) = with_debit(url).await;
        let before = counts(url);
        for (new, why) in [
            (
                NewReturn { amount: Some(Pence::new(3_001)), ..returned(&number, "A") },
                format!("30.01 of line 1 of receipt {number} cannot be claimed back: 0.00 of its 30.00 was already"),
            ),
            (
                NewReturn { amount: Some(Pence::new(-1)), ..returned(&number, "A") },
                "a return is of more than nothing".to_owned(),
            ),
            (
                NewReturn { channel: Some("nowhere".to_owned()), ..returned(&number, "A") },
                "there is no channel `nowhere`".to_owned(),
            ),
            (
                NewReturn { of: ReturnOf::Receipt { number: number.clone(), line: Some(2) }, ..returned("", "A") },
                format!("there is no line `2 of receipt {number}`"),
            ),
        ] {
            assert_eq!(town.books.record_return(&new).await.unwrap_err().to_string(), why);
        }
        assert_eq!(counts(url), before);
        town.proved().await;
    }

    /// A return stands in the way of a reversal.
    async fn a_return_stands_on_its_import(url: &str) {
        let town = Town::of(url).await;
        let import = town.took("dd.csv", &receipts(&[paid("CT", &ct(1), "DD", "30.00")])).await;
        let number = number_of(&town.books, &ct(1)).await;
        town.sent_back(&returned(&number, "ARUDD 1")).await;
        let why = town.books.reverse_import(import.id, "sent in error").await.unwrap_err();
        assert!(why.to_string().ends_with(&format!("a return of 30.00 of receipt {number}")), "{why}");
        town.proved().await;
    }
}

pub(super) mod disputed {
    use super::*;

    pub(in super::super) fn dispute(receipt: &str, pence: &[i64]) -> NewDispute {
        NewDispute {
            receipt: receipt.to_owned(),
            lines: (1..).zip(pence).map(|(line, pence)| (line, Pence::new(*pence))).collect(),
            reference: "dp_1".to_owned(),
            reason: "fraudulent".to_owned(),
            happened_on: None,
        }
    }

    async fn with_card(url: &str) -> (Town, String) {
        super::super::refunds::with_payment(url).await
    }

    impl Town {
        /// disputes, the card clearing, and the fund with its VAT.
        async fn disputed(&self) -> (i64, i64, i64) {
            let fund = self.at("fund:LE").await + self.at("vat:S").await;
            (self.at("disputes").await, self.at("clearing:card").await, fund)
        }
    }

    on_both! {
        async fn a_dispute_opened_and_won_leaves_all_as_it_was(url: &str) {
            let (town, number) = with_card(url).await;
            let before = town.balances().await;
            let opened = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
            assert_eq!((opened.dispute.amount.get(), opened.short.get()), (600, 0));
            assert_eq!((town.disputed().await, town.left(&number).await), ((600, 0, -600), vec![0]));
            town.proved().await;
            let again = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
            assert_eq!((again.before, &again.dispute), (true, &opened.dispute));
            town.books.end_dispute(opened.dispute.id, DisputeOutcome::Won, "slip shown").await.unwrap();
            assert_eq!((town.balances().await, town.left(&number).await), (before, vec![600]));
            town.proved().await;
            let again = town.books.end_dispute(opened.dispute.id, DisputeOutcome::Won, "x").await;
            assert!(again.unwrap().before);
            let why = town.books.end_dispute(opened.dispute.id, DisputeOutcome::Lost, "x").await;
            assert_eq!(why.unwrap_err().to_string(), "dispute dp_1 was won already");
            assert!(town.books.disputes(true, None, 10).await.unwrap().is_empty());
            assert_eq!(town.books.disputes(false, None, 10).await.unwrap().len(), 1);
            town.proved().await;
        }

        async fn part_of_a_payment_disputed_and_lost(url: &str) {
            let (town, number) = with_card(url).await;
            let opened = town.books.open_dispute(&dispute(&number, &[200])).await.unwrap();
            let done = town.books.end_dispute(opened.dispute.id, DisputeOutcome::Lost, "no slip").await.unwrap();
            assert_eq!((done.short.get(), town.disputed().await), (0, (0, 400, -400)));
            assert_eq!((town.at("vat:S").await, town.left(&number).await), (-67, vec![400]));
            town.proved().await;
            // And the rest may be disputed too, but no more.
            let second = |pence| NewDispute { reference: "dp_2".to_owned(), ..dispute(&number, &[pence]) };
            let why = town.books.open_dispute(&second(401)).await.unwrap_err();
            assert!(why.to_string().ends_with("2.00 of its 6.00 was already"), "{why}");
            town.books.open_dispute(&second(400)).await.unwrap();
            town.proved().await;
        }

        /// What was refunded before the dispute is lost twice: once to the
        /// payer, once to the scheme. It stays in `disputes`.
        async fn what_was_refunded_before_stays_a_loss(url: &str) {
            let (town, number) = with_card(url).await;
            let asked = town.approved(&of(&number, Some(250))).await;
            town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Pay)).await.unwrap();
            let opened = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
            assert_eq!(opened.short.get(), 250);
            town.proved().await;
            let done = town.books.end_dispute(opened.dispute.id, DisputeOutcome::Lost, "no slip").await.unwrap();
            assert_eq!((done.short.get(), town.disputed().await), (250, (250, -250, 0)));
            town.proved().await;
        }

        /// The refund failed while the dispute was open: the account pays it all.
        async fn what_a_failed_refund_left_is_found(url: &str) {
            let (town, number) = with_card(url).await;
            let asked = town.approved(&of(&number, Some(250))).await;
            let opened = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
            town.books.record_refund(asked.id, &RefundNews::of(RefundEvent::Fail)).await.unwrap();
            // Kept back for the dispute at once, so that nobody refunds it before it ends.
            assert_eq!((town.disputed().await, town.left(&number).await), ((600, 0, -600), vec![0]));
            town.proved().await;
            let done = town.books.end_dispute(opened.dispute.id, DisputeOutcome::Lost, "no slip").await.unwrap();
            assert_eq!((done.short.get(), town.disputed().await), (0, (0, 0, 0)));
            town.proved().await;
        }

        /// What it claimed and did not find is claimed no more.
        async fn a_dispute_won_keeps_nothing_back(url: &str) {
            let (town, number) = with_card(url).await;
            town.approved(&of(&number, Some(250))).await;
            let opened = town.books.open_dispute(&dispute(&number, &[])).await.unwrap();
            assert_eq!(town.left(&number).await, [0]);
            town.books.end_dispute(opened.dispute.id, DisputeOutcome::Won, "the slip is there").await.unwrap();
            assert_eq!((town.disputed().await, town.left(&number).await), ((0, 600, -350), vec![350]));
            town.proved().await;
        }

        async fn a_dispute_keeps_back_what_it_is_of(url: &str) {
            let (town, number) = with_card(url).await;
            town.books.open_dispute(&dispute(&number, &[500])).await.unwrap();
            let why = town.books.request_refund(&of(&number, Some(101))).await.unwrap_err();
            assert!(why.to_string().ends_with("(taken: dispute 5.00)"), "{why}");
            let other = NewDispute { lines: vec![], ..dispute(&number, &[]) };
            let why = town.books.open_dispute(&other).await.unwrap_err();
            assert_eq!(why.to_string(), "dispute dp_1 is of another payment or amount");
            town.proved().await;
        }

        async fn a_dispute_ended_by_many_at_once_ends_once(url: &str) {
            let (town, number) = with_card(url).await;
            let id = town.books.open_dispute(&dispute(&number, &[])).await.unwrap().dispute.id;
            let mut servers = JoinSet::new();
            for seed in 2..6 {
                let books = town.elsewhere(seed).await;
                let outcome = if seed % 2 == 0 { DisputeOutcome::Won } else { DisputeOutcome::Lost };
                servers.spawn(async move { books.end_dispute(id, outcome, "so it ended").await });
            }
            let done = servers.join_all().await;
            let new = done.iter().filter(|done| done.as_ref().is_ok_and(|done| !done.before)).count();
            assert_eq!(new, 1, "{done:?}");
            assert_eq!(count(url, "dispute_end"), 1);
            assert_eq!(town.at("disputes").await, 0);
            town.proved().await;
        }
    }
}
