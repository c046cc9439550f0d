use axum::{extract::Query, response::Response};
use chrono::NaiveDate;
use ims_app::BankStatus;
use serde::{Deserialize, Serialize};

use super::{bad, json};
use crate::{desk::Desk, fault::Fault};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    day: String,
}

#[derive(Serialize)]
struct Status {
    day: Option<NaiveDate>,
    bank_accounts: Vec<Account>,
}

#[derive(Serialize)]
struct Account {
    code: String,
    name: String,
    lines: i64,
    explained: i64,
    unexplained: i64,
    by_rule: Vec<Rule>,
    statement: Option<Statement>,
}

#[derive(Serialize)]
struct Rule {
    /// Nothing: the line is still open.
    rule: Option<String>,
    lines: i64,
    amount_pence: i64,
}

#[derive(Serialize)]
struct Statement {
    last_day: Option<NaiveDate>,
    closing_pence: i64,
    proof: String,
}

/// Each bank account, over the lines of a day or over all.
pub(super) async fn show(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let day = match asked.day.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| bad("`day` is a day like 2026-04-01"))?),
    };
    let banks = desk.books.bank_status(day).await?;
    Ok(json(&Status { day, bank_accounts: banks.into_iter().map(account).collect() }))
}

fn account(bank: BankStatus) -> Account {
    let rules = bank.by_rule.into_iter().map(|(rule, lines, amount)| Rule {
        rule: (!rule.is_empty()).then_some(rule),
        lines,
        amount_pence: amount.get(),
    });
    Account {
        code: bank.bank,
        name: bank.name,
        lines: bank.lines,
        explained: bank.explained,
        unexplained: bank.unexplained,
        by_rule: rules.collect(),
        statement: bank.statement.map(|statement| Statement {
            last_day: statement.last_day,
            closing_pence: statement.closing.get(),
            proof: statement.proof,
        }),
    }
}
