//! Tills: one cashier, one drawer, from a float to a slip that the bank shows.

use ims_app::{
    Actor, AppError, Books, Cheque, CountedTill, NewReceipt, NewTillSession, OpenedTill, Result,
    TakenAtTill, Tender, TillStatus, Verdict,
};
use ims_ledger::{CardMachine, Cash, CashLine, TillCount, id::TillSessionId};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    ereturns::{TEMPLATES, hands},
    files::statement,
    raw::{count, sql, tamper},
    take_receipt::{COUNTER, cash, keyed},
    town::{Town, april, ct, settings},
};

mod at_once;
mod differs;
mod held;
mod taken_back;

/// Two tills of the library; the second pays cash and cheques in apart, and has
/// no card terminal.
pub(super) const TILLS: &str = r#"
[[method]]
code = "TERM"
name = "Card at the desk"
kind = "card-staff"
channel = "terminal"

[[till]]
code = "DESK"
name = "Front desk"
office = "LB"
slip_channel = "slip"
terminal_channel = "terminal"

[[till]]
code = "HATCH"
name = "Hatch"
office = "LB"
slip_channel = "slip"
slips = "apart"

[approval]
till_difference_above_pence = 100
"#;

/// The town, with tills.
async fn with_tills(url: &str) -> Town {
    let town = Town::of(url).await;
    let document = format!("{}{TEMPLATES}{COUNTER}{TILLS}", settings("MILL"));
    town.books.configure(&document, april(1)).await.unwrap();
    town
}

/// A till opened with so many pounds of float.
pub(super) fn with_float(till: &str, pounds: u32) -> NewTillSession {
    NewTillSession { till: till.to_owned(), float: pounds_of(pounds), key: None }
}

fn pounds_of(pounds: u32) -> Cash {
    coins(&[(100, pounds)])
}

/// So many of each denomination, in a bag.
fn coins(of: &[(i64, u32)]) -> Cash {
    let line = |(pence, count): &(i64, u32)| CashLine {
        denomination: Pence::new(*pence).try_into().unwrap(),
        count: Some(*count),
        value: None,
    };
    Cash { bag: "BAG1".to_owned(), lines: of.iter().map(line).collect() }
}

/// What was counted: notes and coins, cheques, one terminal's batch 17.
pub(super) fn counted(of: &[(i64, u32)], cheques: &[i64], card: i64) -> TillCount {
    let card =
        CardMachine { terminal: "T1".to_owned(), batch: "17".to_owned(), amount: Pence::new(card) };
    TillCount {
        cash: coins(of),
        cheques: cheques.iter().map(|pence| Pence::new(*pence)).collect(),
        card_machines: if card.amount.is_zero() { Vec::new() } else { vec![card] },
    }
}

async fn cashier(town: &Town, name: &str) -> Books {
    hands(town, name, &["cashier"]).await
}

/// Who approves.
async fn mia(town: &Town) -> Books {
    hands(town, "mia", &["income-manager"]).await
}

fn by(method: &str, pence: i64) -> NewReceipt {
    NewReceipt { method: method.to_owned(), ..cash("CT", &ct(1), pence) }
}

fn cheque(pence: i64) -> NewReceipt {
    let cheque = Cheque {
        sort_code: "200000".to_owned(),
        account: "12345678".to_owned(),
        number: "000017".to_owned(),
        name: "J Smith".to_owned(),
    };
    NewReceipt { cheque: Some(cheque), ..by("CHQ", pence) }
}

fn card(terminal: &str, batch: &str) -> Tender {
    Tender::Card { terminal: terminal.to_owned(), batch: batch.to_owned() }
}

fn handed(pence: i64) -> Tender {
    Tender::Cash(Pence::new(pence))
}

/// 20.00 in cash for 15.00, a cheque of 30.00 and 7.00 by card.
async fn some_of_each(books: &Books, id: TillSessionId) {
    let cash = books.take_at_till(id, &by("CASH", 1_500), &handed(2_000)).await.unwrap();
    assert_eq!((cash.tendered.get(), cash.change.get()), (2_000, 500));
    books.take_at_till(id, &cheque(3_000), &Tender::Exact).await.unwrap();
    books.take_at_till(id, &by("TERM", 700), &card("T1", "17")).await.unwrap();
}

fn sentence<T: std::fmt::Debug>(refused: Result<T>) -> String {
    let why = refused.unwrap_err();
    assert!(why.is_refusal(), "{why:?}");
    why.to_string()
}

fn bad<T: std::fmt::Debug>(refused: Result<T>) -> String {
    let why = refused.unwrap_err();
    assert!(why.is_bad_input(), "{why:?}");
    why.to_string()
}

fn slips(done: &CountedTill) -> Vec<&str> {
    done.slips.iter().map(String::as_str).collect()
}

on_both! {
    /// "Cash, cheque, post taken at a counter", "till banked", "slip seen at the bank".
    async fn a_till_is_taken_into_counted_and_shown_by_the_bank(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let opened = ann.open_till(&with_float("DESK", 50)).await.unwrap();
        assert_eq!((opened.number.as_str(), opened.float.get(), opened.before), ("T1", 5_000, false));
        some_of_each(&ann, opened.id).await;
        let post = NewReceipt { through: ims_ledger::Through::Post, ..by("POST", 200) };
        ann.take_at_till(opened.id, &post, &Tender::Exact).await.unwrap();
        assert_eq!(
            (town.at("clearing:till").await, town.at("clearing:terminal").await, town.at("fund:CT").await),
            (4_700, 700, -5_400)
        );
        town.proved().await;
        let lifted = ann.lift_from_till(opened.id, &pounds_of(10), None).await.unwrap();
        assert_eq!((lifted.number, lifted.amount.get()), (1, 1_000));
        let done = ann.count_till(opened.id, &counted(&[(100, 57)], &[3_000], 700), None).await.unwrap();
        assert_eq!((done.status, done.expected.get(), done.counted.get(), done.over.get()), (TillStatus::Closed, 5_400, 5_400, 0));
        assert_eq!((slips(&done), done.waits_for), (vec!["PS000001"], None));
        let stands = town.balances().await;
        for (account, pence) in [
            ("clearing:till", None),
            ("clearing:slip", Some(&4_700)),
            ("clearing:terminal", Some(&700)),
            ("over-short", None),
        ] {
            assert_eq!(stands.get(account), pence, "{account}");
        }
        town.proved().await;
        let shown = [(4_700, "CR PS000001"), (700, "BGC 7700123 CARDS")];
        town.took("s1.sta", &statement(1, 0, 20, &shown)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.iter().map(|(_, lines)| lines).sum::<u64>(), left), (2, vec![]));
        assert_eq!((town.at("clearing:slip").await, town.at("clearing:terminal").await), (0, 0));
        town.proved().await;
    }

    /// Nobody is told what should be there before it is counted.
    async fn the_count_is_blind(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let opened = ann.open_till(&with_float("DESK", 50)).await.unwrap();
        some_of_each(&ann, opened.id).await;
        for books in [&ann, &mia(&town).await, &town.books] {
            let view = books.till_session(opened.id).await.unwrap();
            assert_eq!((view.status, view.receipts, view.counted), (TillStatus::Open, 3, None));
            assert_eq!(view.batches, [("T1".to_owned(), "17".to_owned())]);
            // Nor by what the channels wait for.
            assert_eq!(books.dashboard(None).await.unwrap().expected, []);
        }
        assert_eq!(town.books.awaited(None, None, 9).await.unwrap(), []);
        ann.count_till(opened.id, &counted(&[(100, 65)], &[3_000], 700), None).await.unwrap();
        let view = ann.till_session(ann.till_numbered("t1").await.unwrap()).await.unwrap();
        let waits = |books: &Books| {
            let books = books.clone();
            async move { books.dashboard(None).await.unwrap().expected.len() }
        };
        assert_eq!((waits(&ann).await, waits(&mia(&town).await).await), (0, 2));
        let told = view.counted.unwrap();
        let lines: Vec<_> =
            told.lines.iter().map(|line| (line.what.as_str(), line.expected.get(), line.counted.get())).collect();
        assert_eq!(lines, [("cash", 1_500, 1_500), ("cheques", 3_000, 3_000), ("card T1 17", 700, 700)]);
        assert_eq!(view.close.unwrap().counted.get(), 5_200);
        town.proved().await;
    }

    /// Each receipt for itself, the newest first, a page at a time.
    async fn receipts_of_a_session_are_shown_one_by_one(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let opened = ann.open_till(&with_float("DESK", 50)).await.unwrap();
        some_of_each(&ann, opened.id).await;
        let bob = cashier(&town, "bob").await;
        let other = bob.open_till(&with_float("HATCH", 0)).await.unwrap();
        bob.take_at_till(other.id, &by("CASH", 100), &Tender::Exact).await.unwrap();
        let (mut seen, mut before) = (Vec::new(), None);
        loop {
            let page = ann.till_receipts(opened.id, before, 2).await.unwrap();
            before = page.last().map(|it| it.row.receipt);
            if page.is_empty() {
                break;
            }
            seen.extend(page);
        }
        let told: Vec<_> = seen
            .iter()
            .map(|it| (it.row.kind.as_str(), it.row.amount.get(), it.row.tendered.get()))
            .collect();
        assert_eq!(told, [("card", 700, 700), ("cheque", 3_000, 3_000), ("cash", 1_500, 2_000)]);
        let found = ann.search_receipts(&ims_app::SearchReceipts::Number(seen[2].number.clone()), None, 1).await;
        assert_eq!(found.unwrap()[0].id, seen[2].row.receipt);
    }

    async fn slips_of_a_till_are_apart_where_it_says_so(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let opened = ann.open_till(&with_float("HATCH", 0)).await.unwrap();
        ann.take_at_till(opened.id, &by("CASH", 1_500), &Tender::Exact).await.unwrap();
        ann.take_at_till(opened.id, &cheque(3_000), &Tender::Exact).await.unwrap();
        let why = bad(ann.take_at_till(opened.id, &by("TERM", 700), &card("T1", "17")).await);
        assert_eq!(why, "till HATCH takes no cards: it has no terminal_channel");
        let done = ann.count_till(opened.id, &counted(&[(500, 3)], &[3_000], 0), None).await.unwrap();
        assert_eq!(slips(&done), ["PS000001", "PS000002"]);
        assert_eq!(sql(url, "SELECT kind || amount_pence FROM till_slip ORDER BY number"), "cash1500\ncheques3000");
        town.proved().await;
    }

    async fn a_till_that_took_nothing_posts_nothing(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let opened = ann.open_till(&with_float("DESK", 50)).await.unwrap();
        let before = count(url, "entry");
        let done = ann.count_till(opened.id, &counted(&[(100, 50)], &[], 0), None).await.unwrap();
        assert_eq!((done.status, slips(&done), done.lines.len()), (TillStatus::Closed, vec![], 0));
        assert_eq!(count(url, "entry"), before);
        town.proved().await;
    }

    /// What is in a drawer is at no bank: no line is matched to it before it is
    /// paid in, whatever it quotes.
    async fn money_in_a_drawer_is_matched_to_nothing(url: &str) {
        let town = with_tills(url).await;
        let ann = cashier(&town, "ann").await;
        let opened = ann.open_till(&with_float("DESK", 50)).await.unwrap();
        ann.take_at_till(opened.id, &by("TERM", 700), &card("T1", "17")).await.unwrap();
        town.took("s1.sta", &statement(1, 0, 20, &[(700, "BGC 7700123 CARDS")])).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![], 1));
        ann.count_till(opened.id, &counted(&[(100, 50)], &[], 700), None).await.unwrap();
        let (_, left) = town.reconciled().await;
        assert_eq!((left, town.at("clearing:terminal").await), (vec![], 0));
        town.proved().await;
    }
}
