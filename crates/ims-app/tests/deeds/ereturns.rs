//! A site's takings: from a blank template to a slip that the bank shows.

use ims_app::{Actor, ApprovedEReturn, Books, Bulk, MadeEReturn, NewEReturn, Result, ToApprove};
use ims_ledger::{
    CardMachine, Cash, CashLine, Cheque, EReturnStatus, OverShort, Takings, TakingsRow,
    id::EReturnId,
};
use ims_money::Pence;
use ims_testkit::{Engine, Fresh, on_both};

use super::{
    files::statement,
    raw::count,
    town::{Town, april, ct, settings},
};

mod broken;
mod concurrent;
mod lives;
mod search;
mod slips;
mod tampered;

pub(super) use {search::any, slips::differs};

/// Two templates: the library takes all kinds, on slips together; the pool takes
/// cash and cheques, on slips apart.
pub(super) const TEMPLATES: &str = r##"
[[office]]
code = "LB"
name = "Library"

[[channel]]
code = "slip"
name = "Paying-in slips"

[[channel]]
code = "terminal"
name = "Card machines"
merchant = "7700123"

[[method]]
code = "ER"
name = "E-return"
kind = "cash"
channel = "slip"

[[ereturn_template]]
code = "LIB"
name = "Central library"
office = "LB"
method = "ER"
cash = true
cheques = true
card_machine = true
slip_channel = "slip"
terminal_channel = "terminal"
[[ereturn_template.row]]
reference = "LM000100"
description = "Room hire"
fund = "LE"
vat = "S"
[[ereturn_template.row]]
reference = "PN******"
description = "Permits"
fund = "PK"
vat = "Z"
override_reference = true
override_vat = true
[[ereturn_template.row]]
reference = "7*******0"
description = "Council tax at the desk"
fund = "CT"
vat = "Z"
override_reference = true

[[ereturn_template]]
code = "POOL"
name = "Swimming pool"
method = "ER"
cash = true
cheques = true
slip_channel = "slip"
slips = "apart"
[[ereturn_template.row]]
reference = "LM000200"
description = "Swims"
fund = "LE"
vat = "S"
"##;

/// The town, with templates.
pub(super) async fn with_templates(url: &str) -> Town {
    let town = Town::of(url).await;
    let document = settings("MILL") + TEMPLATES;
    town.books.configure(&document, april(1)).await.unwrap();
    town
}

/// The books in the hands of a person.
pub(super) async fn hands(town: &Town, name: &str, roles: &[&str]) -> Books {
    let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
    town.app.books(Some("MILL"), Actor::person(name, &roles)).await.unwrap()
}

/// Another database of the same engine.
pub(super) fn another(url: &str) -> Fresh {
    if url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres }.fresh()
}

/// Who prepares.
async fn ann(town: &Town) -> Books {
    hands(town, "ann", &["income-officer"]).await
}

/// Who approves.
async fn mia(town: &Town) -> Books {
    hands(town, "mia", &["income-manager"]).await
}

pub(super) fn new(template: &str) -> NewEReturn {
    NewEReturn { template: template.to_owned(), key: None }
}

fn row(row: usize, reference: &str, description: &str, vat: &str, pence: i64) -> TakingsRow {
    TakingsRow {
        row,
        reference: reference.to_owned(),
        description: description.to_owned(),
        vat: vat.to_owned(),
        amount: Pence::new(pence),
    }
}

/// Room hire of so many pence, and as many ten pence pieces for it as there are.
pub(super) fn rooms(pence: i64, tens: u32) -> Takings {
    Takings {
        taken_on: april(20),
        rows: vec![row(1, "LM000100", "Room hire", "S", pence)],
        cash: Some(cash(tens)),
        cheques: Vec::new(),
        card_machines: Vec::new(),
        over_short: None,
        narrative: String::new(),
    }
}

fn cash(tens: u32) -> Cash {
    let denomination = Pence::new(10).try_into().unwrap();
    Cash {
        bag: "BAG7".to_owned(),
        lines: vec![CashLine { denomination, count: Some(tens), value: None }],
    }
}

fn cheque(item: u32, name: &str, pence: i64) -> Cheque {
    Cheque { item, name: name.to_owned(), amount: Pence::new(pence) }
}

fn short(pence: i64) -> Option<OverShort> {
    Some(OverShort { amount: Pence::new(pence), reason: "a till was over or short".to_owned() })
}

/// 12.00 of room hire (2.00 of it VAT) and a permit of 30.00: 20.00 in cash, a
/// cheque of 15.00, 7.00 by card.
pub(super) fn mixed() -> Takings {
    Takings {
        rows: vec![
            row(1, "LM000100", "Room hire", "S", 1_200),
            row(2, "PN123456", "Permits", "Z", 3_000),
        ],
        cash: Some(cash(200)),
        cheques: vec![cheque(1, "J Smith", 1_500)],
        card_machines: vec![CardMachine {
            terminal: "T1".to_owned(),
            batch: "17".to_owned(),
            amount: Pence::new(700),
        }],
        narrative: "market day".to_owned(),
        ..rooms(0, 0)
    }
}

/// Submitted by `books`.
pub(super) async fn submitted(books: &Books, template: &str, takings: &Takings) -> MadeEReturn {
    let made = books.create_ereturn(&new(template)).await.unwrap();
    let saved = books.save_ereturn(made.id, 1, takings).await.unwrap();
    assert_eq!(saved.missing, [""; 0]);
    books.submit_ereturn(made.id, 2).await.unwrap();
    made
}

/// One e-return approved by `books`.
pub(super) async fn approved(books: &Books, id: EReturnId) -> Result<ApprovedEReturn> {
    let which = [ToApprove { id, version: None }];
    books.approve_ereturns(&which, Bulk::Each).await.unwrap().remove(0).1
}

fn sentence<T: std::fmt::Debug>(refused: Result<T>) -> String {
    let why = refused.unwrap_err();
    assert!(why.is_refusal(), "{why:?}");
    why.to_string()
}

/// A town where the bank is to show two slips: PS000001 of 20.00 and PS000002 of 15.00.
pub(super) async fn two_slips(url: &str) -> (Town, EReturnId) {
    let town = with_templates(url).await;
    let takings = Takings {
        rows: vec![row(1, "LM000200", "Swims", "S", 3_500)],
        cheques: vec![cheque(1, "J Smith", 1_000), cheque(2, "K Jones", 500)],
        ..rooms(0, 200)
    };
    let made = submitted(&ann(&town).await, "POOL", &takings).await;
    let done = approved(&mia(&town).await, made.id).await.unwrap();
    assert_eq!(done.slips, ["PS000001", "PS000002"]);
    (town, made.id)
}

on_both! {
    /// Invariant (d) 7: what was counted is what the rows say is what is posted;
    /// the bank's line with the slip's number is matched.
    async fn takings_become_one_entry_one_receipt_and_a_slip_the_bank_shows(url: &str) {
        let town = with_templates(url).await;
        let made = submitted(&ann(&town).await, "LIB", &mixed()).await;
        assert_eq!((made.number.as_str(), made.version), ("R1", 1));
        let before = count(url, "entry");
        let done = approved(&mia(&town).await, made.id).await.unwrap();
        assert_eq!((done.rows.get(), done.counted.get(), done.before), (4_200, 4_200, false));
        assert_eq!(done.slips, ["PS000001"]);
        assert_eq!(count(url, "entry"), before + 1);
        let stands = town.balances().await;
        for (account, pence) in [
            ("clearing:slip", 3_500),
            ("clearing:terminal", 700),
            ("fund:LE", -1_000),
            ("vat:S", -200),
            ("fund:PK", -3_000),
        ] {
            assert_eq!(stands.get(account), Some(&pence), "{account}");
        }
        assert!(!stands.contains_key("over-short"));
        let search = ims_app::SearchReceipts::Number(done.receipt.clone());
        let lines = town.books.search_receipts(&search, None, 9).await.unwrap();
        let lines: Vec<_> = lines
            .iter()
            .map(|l| (l.method.as_str(), l.fund.as_str(), l.reference.as_str(), l.amount.get(), l.narrative.as_str()))
            .collect();
        assert_eq!(lines, [
            ("ER", "LE", "LM000100", 1_200, "market day"),
            ("ER", "PK", "PN123456", 3_000, "market day"),
        ]);
        let shown = [(3_500, "CR PS000001"), (700, "BGC 7700123 CARDS")];
        town.took("s1.sta", &statement(1, 0, 20, &shown)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.iter().map(|(_, lines)| lines).sum::<u64>(), left), (2, vec![]));
        assert_eq!((town.at("clearing:slip").await, town.at("clearing:terminal").await), (0, 0));
        town.proved().await;
    }

    async fn what_is_over_or_short_is_posted_where_it_shows(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let made = ann.create_ereturn(&new("LIB")).await.unwrap();
        let saved = ann.save_ereturn(made.id, 1, &rooms(1_200, 115)).await.unwrap();
        assert_eq!(saved.missing, [
            "total: the rows come to 12.00, but 11.50 is counted: 0.50 short; count again, or state it with its reason",
        ]);
        let why = sentence(ann.submit_ereturn(made.id, 2).await);
        assert!(why.starts_with("R1 cannot be submitted: total: the rows come to 12.00"), "{why}");
        let stated = Takings { over_short: short(-50), ..rooms(1_200, 115) };
        ann.save_ereturn(made.id, 2, &stated).await.unwrap();
        ann.submit_ereturn(made.id, 3).await.unwrap();
        approved(&mia, made.id).await.unwrap();
        assert_eq!(
            (town.at("over-short").await, town.at("clearing:slip").await, town.at("fund:LE").await),
            (50, 1_150, -1_000)
        );
        let over = Takings { over_short: short(30), ..rooms(600, 63) };
        let made = submitted(&ann, "LIB", &over).await;
        approved(&mia, made.id).await.unwrap();
        assert_eq!(
            (town.at("over-short").await, town.at("clearing:slip").await, town.at("vat:S").await),
            (20, 1_780, -300)
        );
        town.proved().await;
    }

    /// What may not be posted is said before anything is: the account of a row is
    /// looked up when it is submitted, and again when it is approved.
    async fn a_row_on_no_account_is_not_submitted(url: &str) {
        let town = with_templates(url).await;
        let ann = ann(&town).await;
        let made = ann.create_ereturn(&new("LIB")).await.unwrap();
        // Whatever ends in 0 here and is not one of the nine holders'.
        let stranger = (50..99).map(ct).find(|reference| reference.ends_with('0')).unwrap();
        let rows = vec![row(3, &stranger, "Council tax at the desk", "Z", 1_000)];
        ann.save_ereturn(made.id, 1, &Takings { rows, ..rooms(0, 100) }).await.unwrap();
        let why = sentence(ann.submit_ereturn(made.id, 2).await);
        assert_eq!(
            why,
            format!("R1 cannot be posted: row 1: no account holder of fund CT has `{stranger}`")
        );
        town.proved().await;
    }

    /// R-TPL: an open e-return is held to the configuration it was made under.
    async fn a_changed_template_changes_no_open_e_return(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let made = ann.create_ereturn(&new("LIB")).await.unwrap();
        let changed = (settings("MILL") + TEMPLATES).replace("Room hire", "Halls");
        town.books.configure(&changed, april(1)).await.unwrap();
        ann.save_ereturn(made.id, 1, &rooms(1_200, 120)).await.unwrap();
        ann.submit_ereturn(made.id, 2).await.unwrap();
        approved(&mia, made.id).await.unwrap();
        let view = ann.ereturn(made.id).await.unwrap();
        assert_eq!(view.template.row[0].description, "Room hire");
        let next = ann.create_ereturn(&new("LIB")).await.unwrap();
        assert_eq!(ann.ereturn(next.id).await.unwrap().takings.rows[0].description, "Halls");
        let why = ann.save_ereturn(next.id, 1, &rooms(1_200, 120)).await.unwrap_err();
        assert_eq!(
            why.to_string(),
            "R2 has faults: row 1: the description must be `Halls`: it may not be changed"
        );
        town.proved().await;
    }

    /// A fund that is gone by the time of the approval posts nothing (W2).
    async fn an_approval_that_cannot_post_leaves_nothing_behind(url: &str) {
        let town = with_templates(url).await;
        let made = submitted(&ann(&town).await, "LIB", &mixed()).await;
        let gone = (settings("MILL") + TEMPLATES).replace("max_pence = 50000", "disabled = true");
        town.books.configure(&gone, april(1)).await.unwrap();
        let tables = ["entry", "posting", "receipt", "expected", "paying_in_slip", "audit_event"];
        let before = tables.map(|table| count(url, table));
        let why = sentence(approved(&mia(&town).await, made.id).await);
        assert_eq!(why, "R1 cannot be posted: row 2: fund `PK` is not configured");
        assert_eq!(tables.map(|table| count(url, table)), before);
        let view = town.books.ereturn(made.id).await.unwrap();
        assert_eq!((view.status, view.approval), (EReturnStatus::Submitted, None));
        town.proved().await;
    }

    /// Takings of a closed day happened then, and count in the next open one.
    async fn takings_of_a_closed_day_count_in_the_next(url: &str) {
        let town = with_templates(url).await;
        let made = submitted(&ann(&town).await, "LIB", &rooms(1_200, 120)).await;
        town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(22);
        let done = approved(&mia(&town).await, made.id).await.unwrap();
        let search = ims_app::SearchReceipts::Number(done.receipt);
        let line = town.books.search_receipts(&search, None, 1).await.unwrap().remove(0);
        assert_eq!((line.happened_on, line.accounting_day), (april(20), april(21)));
        town.proved().await;
    }
}
