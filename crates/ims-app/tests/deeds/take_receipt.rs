//! Money taken becomes a receipt once, and goes where it is for.

use std::collections::BTreeSet;

use ims_app::{
    AppError, Books, Cheque, FindReceipts, NewReceipt, NewReceiptLine, Payer, Random, Role, World,
};
use ims_ledger::{ReceiptNumber, Through};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    concurrent::at_once,
    files::{paid, receipts},
    raw::{count, counts, sql},
    town::{Town, april, ct, settings},
};

/// What a town needs to take money: offices, methods, stops, more funds.
pub(super) const COUNTER: &str = include_str!("counter.toml");

/// The town, ready to take money.
pub(super) async fn counter(url: &str) -> Town {
    let town = Town::of(url).await;
    town.books.configure(&format!("{}{COUNTER}", settings("MILL")), april(20)).await.unwrap();
    town
}

pub(super) fn line(fund: &str, reference: &str, pence: i64) -> NewReceiptLine {
    NewReceiptLine {
        fund: fund.to_owned(),
        reference: reference.to_owned(),
        amount: Pence::new(pence),
        vat_code: None,
        narrative: None,
    }
}

/// Cash at the counter for one account.
pub(super) fn cash(fund: &str, reference: &str, pence: i64) -> NewReceipt {
    NewReceipt {
        method: "CASH".to_owned(),
        office: None,
        happened_on: None,
        through: Through::Staff,
        payer: None,
        cheque: None,
        lines: vec![line(fund, reference, pence)],
        key: None,
    }
}

pub(super) fn keyed(new: NewReceipt, key: &str) -> NewReceipt {
    NewReceipt { key: Some(key.to_owned()), ..new }
}

pub(super) async fn why(books: &Books, new: &NewReceipt) -> String {
    books.take_receipt(new).await.unwrap_err().to_string()
}

/// Randomness that gives each receipt number several times before the next.
struct Stuck(std::sync::atomic::AtomicU64);

impl Random for Stuck {
    fn fill(&self, bytes: &mut [u8]) {
        use std::sync::atomic::Ordering::Relaxed;
        let n = self.0.fetch_add(1, Relaxed);
        let seed = if bytes.len() == 8 { n / 12 } else { n.wrapping_mul(0x9E37_79B9_7F4A_7C15) };
        for (chunk, at) in bytes.chunks_mut(8).zip(0_u64..) {
            chunk.copy_from_slice(&(seed ^ at).to_be_bytes()[..chunk.len()]);
        }
    }
}

on_both! {
    async fn each_line_goes_to_its_fund_with_its_vat(url: &str) {
        let town = counter(url).await;
        let new = NewReceipt {
            office: Some("CIVIC".to_owned()),
            lines: vec![line("CT", &ct(1), 5_000), line("LE", "lm000001", 1_200)],
            ..cash("", "", 0)
        };
        let done = town.books.take_receipt(&new).await.unwrap();
        assert_eq!((done.total.get(), done.overpaid.get(), done.before), (6_200, 0, false));
        assert!(done.warnings.is_empty(), "{:?}", done.warnings);
        let balances: Vec<_> = town.balances().await.into_iter().collect();
        let balances: Vec<_> = balances.iter().map(|(a, b)| (a.as_str(), *b)).collect();
        assert_eq!(
            balances,
            [("clearing:till", 6_200), ("fund:CT", -5_000), ("fund:LE", -1_000), ("vat:S", -200)]
        );
        let shown = town.books.receipt(&done.receipt).await.unwrap();
        let lines: Vec<_> = shown
            .lines
            .iter()
            .map(|it| (it.line.reference.as_str(), it.line.vat.get(), it.state.left().get()))
            .collect();
        assert_eq!(lines, [(ct(1).as_str(), 0, 5_000), ("LM000001", 200, 1_200)]);
        assert_eq!(shown.receipt.office.as_deref(), Some("CIVIC"));
        assert_eq!((shown.receipt.accounting_day, shown.postings.len()), (april(20), 4));
        // The channel waits for all of it, in one.
        assert_eq!(sql(url, "SELECT amount_pence, channel FROM expected"), "6200|till");
        assert_eq!(count(url, "open_expected"), 1);
        town.proved().await;
    }

    /// W18 and W19: the same key and content answers as before and changes
    /// nothing; other content under it is refused.
    async fn the_same_key_takes_once(url: &str) {
        let town = counter(url).await;
        let payer = Payer { name: "Ann Onymous".to_owned(), ..Payer::default() };
        let new = keyed(NewReceipt { payer: Some(payer), ..cash("CT", &ct(1), 5_000) }, "form 1");
        let first = town.books.take_receipt(&new).await.unwrap();
        let before = counts(url);
        town.clock.forward(chrono::TimeDelta::days(1));
        let again = town.books.take_receipt(&new).await.unwrap();
        assert!(again.before);
        assert_eq!((&again.receipt, again.total), (&first.receipt, first.total));
        let other = |change: &dyn Fn(&mut NewReceipt)| {
            let mut other = new.clone();
            change(&mut other);
            other
        };
        for changed in [
            other(&|new| new.lines[0].amount = Pence::new(5_001)),
            other(&|new| new.lines[0].reference = ct(2)),
            other(&|new| new.lines[0].vat_code = Some("Z".to_owned())),
            other(&|new| new.lines.push(line("LE", "LM000001", 1))),
            other(&|new| new.office = Some("CIVIC".to_owned())),
            other(&|new| new.happened_on = Some(april(19))),
            other(&|new| new.through = Through::Phone),
            other(&|new| new.payer.as_mut().unwrap().name = "Bob".to_owned()),
            other(&|new| new.payer = None),
            other(&|new| new.method = "CARD".to_owned()),
        ] {
            assert_eq!(
                why(&town.books, &changed).await,
                "`form 1` was used before for something else",
                "{changed:?}"
            );
        }
        assert_eq!(counts(url), before);
        assert_eq!(town.at("fund:CT").await, -5_000);
        town.proved().await;
    }

    /// W18: at the same moment, too.
    async fn one_key_at_once_takes_once(url: &str) {
        let town = counter(url).await;
        let done = at_once(&town, |books: Books| async move {
            books.take_receipt(&keyed(cash("CT", &ct(1), 5_000), "form 1")).await
        });
        let done: Vec<_> = done.await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done.iter().filter(|done| !done.before).count(), 1, "{done:?}");
        assert!(done.iter().all(|each| each.receipt == done[0].receipt), "{done:?}");
        assert_eq!((town.at("fund:CT").await, count(url, "receipt")), (-5_000, 1));
        town.proved().await;
    }

    /// A key another deed used is used.
    async fn a_key_is_one_deed_s(url: &str) {
        let town = counter(url).await;
        town.took("monday.csv", &receipts(&[paid("XX", "1", "CARD", "10.00")])).await;
        let id = town.suspense().await[0].id;
        let to = ims_app::NewAllocation {
            key: Some("form 1".to_owned()),
            ..super::suspense::to_first(None)
        };
        town.books.allocate_suspense(id, &to).await.unwrap();
        let new = keyed(cash("CT", &ct(1), 1_000), "form 1");
        assert_eq!(why(&town.books, &new).await, "`form 1` was used before for something else");
        town.proved().await;
    }

    /// W20: what two random numbers have in common no two receipts have.
    async fn receipt_numbers_are_never_given_twice(url: &str) {
        let town = counter(url).await;
        let world = World::new(town.clock.clone(), std::sync::Arc::new(Stuck(0.into())));
        let app = ims_app::App::new(town.app.store().clone(), world);
        let books = app.books(Some("MILL"), ims_app::Actor::system("test")).await.unwrap();
        let mut numbers = BTreeSet::new();
        for pence in 1..=12 {
            let done = books.take_receipt(&cash("CT", &ct(1), pence)).await.unwrap();
            let number: ReceiptNumber = done.receipt.parse().unwrap();
            assert!(numbers.insert(number), "{number} twice");
        }
        assert_eq!(count(url, "receipt"), 12);
        town.proved().await;
    }

    /// What is known of people stands apart, not in entries or the audit trail.
    async fn names_and_cheques_are_kept_apart(url: &str) {
        let town = counter(url).await;
        let new = NewReceipt {
            method: "CHQ".to_owned(),
            payer: Some(Payer {
                name: "Ann Onymous".to_owned(),
                line1: "1 Mill Lane".to_owned(),
                town: "Milltown".to_owned(),
                postcode: "ZZ1 1ZZ".to_owned(),
                ..Payer::default()
            }),
            cheque: Some(cheque()),
            ..cash("CT", &ct(1), 5_000)
        };
        let new = NewReceipt {
            lines: vec![NewReceiptLine {
                narrative: Some("for Ann's mother".to_owned()),
                ..new.lines[0].clone()
            }],
            ..new
        };
        let done = town.books.take_receipt(&new).await.unwrap();
        let shown = town.books.receipt(&done.receipt).await.unwrap();
        assert_eq!(
            shown.words,
            "for Ann's mother; paid by Ann Onymous, 1 Mill Lane, Milltown, ZZ1 1ZZ; cheque 000123 200000 12345678 A ONYMOUS"
        );
        for table in ["entry WHERE about", "audit_event WHERE data", "audit_event WHERE subject"] {
            for secret in ["Ann ", "Mill Lane", "12345678", "ONYMOUS"] {
                let found = count(url, &format!("{table} LIKE '%{secret}%'"));
                assert_eq!(found, 0, "{secret} in {table}");
            }
        }
        town.proved().await;
    }

    async fn money_of_a_closed_day_counts_in_the_next(url: &str) {
        let town = counter(url).await;
        town.books.close_day(april(19)).await.unwrap();
        let new = NewReceipt { happened_on: Some(april(18)), ..cash("CT", &ct(1), 100) };
        let done = town.books.take_receipt(&new).await.unwrap();
        let shown = town.books.receipt(&done.receipt).await.unwrap();
        assert_eq!(
            (shown.receipt.happened_on, shown.receipt.accounting_day),
            (april(18), april(20))
        );
        let new = NewReceipt { happened_on: Some(april(21)), ..cash("CT", &ct(1), 100) };
        assert_eq!(
            why(&town.books, &new).await,
            "2026-04-21 lies in the future; money is taken today or was taken before"
        );
        town.proved().await;
    }

    /// More than is owed: to the fund, where it keeps credit; else what is owed,
    /// less what was paid since, and the rest to suspense.
    async fn what_is_more_than_is_owed_goes_to_suspense(url: &str) {
        let town = counter(url).await;
        town.took("rents.csv", "fund,reference,name,balance\nRM,RM0001,Rent,100.00\n").await;
        let done = town.books.take_receipt(&cash("CT", &ct(1), 50_000)).await.unwrap();
        assert_eq!(done.overpaid.get(), 0);
        let take = async |pence| {
            let new = keyed(cash("RM", "RM0001", pence), &format!("rent {pence}"));
            town.books.take_receipt(&new).await.unwrap()
        };
        for (pence, over, fund) in [(6_000, 0, -6_000), (7_000, 3_000, -10_000), (500, 500, -10_000)] {
            let done = take(pence).await;
            assert_eq!((done.total.get(), done.overpaid.get()), (pence, over));
            assert_eq!(town.at("fund:RM").await, fund);
            let again = take(pence).await;
            assert_eq!((again.before, again.overpaid.get()), (true, over));
            town.proved().await;
        }
        let items = town.suspense().await;
        let items: Vec<_> = items.iter().map(|item| (item.remaining.get(), &*item.reference)).collect();
        assert_eq!(items, [(3_000, "RM0001"), (500, "RM0001")]);
        assert_eq!((town.at("suspense").await, town.at("clearing:till").await), (-3_500, 63_500));
        // A new balance counts from when it was stated.
        town.clock.forward(chrono::TimeDelta::minutes(1));
        town.took("rents2.csv", "fund,reference,name,balance\nRM,RM0001,Rent,20.00\n").await;
        assert_eq!(take(2_001).await.overpaid.get(), 1);
        // Nobody stated a balance: nothing is known to be too much.
        town.took("rents3.csv", "fund,reference,name\nRM,RM0002,Rent\n").await;
        let done = town.books.take_receipt(&cash("RM", "RM0002", 9_999)).await.unwrap();
        assert_eq!(done.overpaid.get(), 0);
        town.proved().await;
    }

    /// Two counters at once know of each other.
    async fn two_counters_never_take_more_than_is_owed_for_the_fund(url: &str) {
        let town = counter(url).await;
        town.took("rents.csv", "fund,reference,name,balance\nRM,RM0001,Rent,100.00\n").await;
        let done = at_once(&town, |books: Books| async move {
            books.take_receipt(&cash("RM", "RM0001", 4_000)).await
        });
        let over: i64 = done.await.into_iter().map(|done| done.unwrap().overpaid.get()).sum();
        assert_eq!((over, town.at("fund:RM").await), (6_000, -10_000));
        town.proved().await;
    }

    /// Each criterion alone and together, in pages that neither lose nor repeat.
    async fn receipts_are_found_by_what_is_known_of_them(url: &str) {
        let town = counter(url).await;
        let rows = [paid("CT", &ct(1), "CARD", "1.00"), paid("CT", &ct(2), "CARD", "2.00")];
        let import = town.took("monday.csv", &receipts(&rows)).await.id;
        for pence in [100, 200, 300] {
            let office = Some("CIVIC".to_owned());
            let both = vec![line("CT", &ct(1), pence), line("LE", "LM000001", 1_000)];
            let new = NewReceipt { office, lines: both, ..cash("", "", 0) };
            town.books.take_receipt(&new).await.unwrap();
        }
        let all = FindReceipts::default();
        let found = async |find: &FindReceipts| {
            let found = town.books.find_receipts(find, None, 50).await.unwrap();
            let ids: BTreeSet<_> = found.iter().map(|line| line.id).collect();
            (ids.len(), found.len())
        };
        let text = |text: &str| Some(text.to_owned());
        for (find, receipts, lines) in [
            (all.clone(), 5, 8),
            (FindReceipts { reference: Some(ct(1)), ..all.clone() }, 4, 4),
            (FindReceipts { fund: text("LE"), ..all.clone() }, 3, 3),
            (FindReceipts { amount: Some(Pence::new(200)), ..all.clone() }, 2, 2),
            (FindReceipts { method: text("CASH"), ..all.clone() }, 3, 6),
            (FindReceipts { office: text("CIVIC"), ..all.clone() }, 3, 6),
            (FindReceipts { import: Some(import), ..all.clone() }, 2, 2),
            (FindReceipts { from: Some(april(20)), to: Some(april(20)), ..all.clone() }, 5, 8),
            (FindReceipts { from: Some(april(21)), ..all.clone() }, 0, 0),
            (FindReceipts { to: Some(april(19)), ..all.clone() }, 0, 0),
            (FindReceipts { fund: text("LE"), amount: Some(Pence::new(200)), ..all.clone() }, 0, 0),
            (
                FindReceipts { reference: Some(ct(1)), method: text("CARD"), ..all.clone() },
                1,
                1,
            ),
        ] {
            assert_eq!(found(&find).await, (receipts, lines), "{find:?}");
        }
        let mut seen = Vec::new();
        let mut before = None;
        loop {
            let page = town.books.find_receipts(&all, before, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            seen.extend(page.iter().map(|line| (line.id, line.fund.clone())));
        }
        assert_eq!(seen.len(), 8);
        assert!(seen.windows(2).all(|pair| pair[0].0 >= pair[1].0), "{seen:?}");
        let one = town.books.find_receipts(&all, None, 1).await.unwrap().remove(0);
        let number = FindReceipts { number: Some(one.number.clone()), ..all };
        assert_eq!(found(&number).await, (1, 2));
        let shown = town.books.receipt(&one.number).await.unwrap();
        assert_eq!((shown.file_name, shown.receipt.import), (None, None));
        town.proved().await;
    }

    async fn a_receipt_of_a_file_names_its_file_and_line(url: &str) {
        let town = Town::of(url).await;
        let done = town.took("monday.csv", &receipts(&[paid("CT", &ct(1), "CARD", "1.00")])).await;
        let (_, kept, _) = town.books.import_shown(done.id).await.unwrap();
        let number = kept[0].number.clone();
        let shown = town.books.receipt(&number).await.unwrap();
        assert_eq!(shown.file_name.as_deref(), Some("monday.csv"));
        assert_eq!(shown.receipt.import, Some((done.id, 1)));
        assert_eq!((shown.words.as_str(), shown.undone_by), ("Payment 1 of somebody", None));
        town.books.reverse_import(done.id, "wrong file").await.unwrap();
        let undone = town.books.receipt(&number).await.unwrap().undone_by.unwrap();
        let contra = town.books.receipt(&undone).await.unwrap();
        assert_eq!(contra.reverses, Some(number));
        let why = town.books.receipt("0000-0000-0000-0").await.unwrap_err();
        assert_eq!(why.to_string(), "there is no receipt `0000-0000-0000-0`");
        town.proved().await;
    }

    /// Each kind of method needs its own permission; what comes through the
    /// bank nobody takes.
    async fn each_kind_of_method_needs_its_permission(url: &str) {
        let town = counter(url).await;
        let cashier = town.hands_of(Role::Cashier).await;
        cashier.take_receipt(&cash("CT", &ct(1), 100)).await.unwrap();
        let by = |method: &str, pence| {
            NewReceipt { method: method.to_owned(), ..cash("CT", &ct(1), pence) }
        };
        let why = cashier.take_receipt(&by("BACK", -100)).await.unwrap_err();
        assert!(matches!(why, AppError::NotAllowed { .. }), "{why:?}");
        let clerk = town.hands_of(Role::IncomeOfficer).await;
        clerk.take_receipt(&by("BACK", -100)).await.unwrap();
        assert_eq!(town.at("fund:CT").await, 0);
        for (method, says) in [
            ("BANK", "nobody takes money by BANK: it is neither cash, cheque, post, card nor a reversal"),
            ("GOLD", "method of payment `GOLD` is not configured"),
            ("OLDCASH", "nothing is taken by OLDCASH any more"),
        ] {
            assert_eq!(super::take_receipt::why(&clerk, &by(method, 100)).await, says);
        }
        town.proved().await;
    }
}

pub(super) fn cheque() -> Cheque {
    Cheque {
        sort_code: "200000".to_owned(),
        account: "12345678".to_owned(),
        number: "000123".to_owned(),
        name: "A ONYMOUS".to_owned(),
    }
}
