//! Looking receipts up.

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use ims_app::{ReceiptView, SearchReceipts};
use ims_ledger::id::ReceiptId;
use serde::Deserialize;

use super::{ROWS, names::Names, place};
use crate::{
    api::receipts,
    desk::Desk,
    fault::Fault,
    form::{Errors, FIELD_LENGTH_MAX, Further, Input, address, read_amount, read_day},
    page::{self, Page, Place},
};

/// What somebody looks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    number: String,
    reference: String,
    day: String,
    amount: String,
    before: String,
}

#[derive(Template)]
#[template(path = "office/receipts.html")]
struct ReceiptsPage {
    page: Page,
    errors: Errors,
    fields: Vec<Input>,
    names: Names,
    is_asked: bool,
    rows: Vec<ReceiptView>,
    further: Further,
}

/// The form, and what was found.
pub(super) async fn search(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let mut errors = Errors::default();
    let wanted = asked.wanted(&mut errors);
    let before = place::<ReceiptId>(&asked.before)?;
    let limit = ROWS.saturating_add(1);
    let found = match &wanted {
        Some(wanted) => desk.books.search_receipts(wanted, before, limit).await?,
        None => {
            // Without a search there is nothing to refuse, so the right is asked for here.
            desk.books.search_receipts(&nothing(), None, 1).await?;
            Vec::new()
        }
    };
    let (rows, last) = receipts::one_page(found, ROWS);
    let again = |before: &str| {
        let pairs = [
            ("number", asked.number.as_str()),
            ("reference", &asked.reference),
            ("day", &asked.day),
            ("amount", &asked.amount),
            ("before", before),
        ];
        address("/office/receipts", &pairs)
    };
    let further = Further {
        first: before.map(|_| again("")),
        next: last.map(|last| again(&last.to_string())),
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = ReceiptsPage {
        page: Page::of(&desk, Some(Place::Receipts), "Receipts").with_errors(!errors.is_empty()),
        fields: asked.fields(&errors),
        errors,
        names: Names::of(&desk.books).await?,
        is_asked: wanted.is_some(),
        rows,
        further,
    };
    Ok(page::html(status, &template))
}

/// A search that finds nothing.
const fn nothing() -> SearchReceipts {
    SearchReceipts::Number(String::new())
}

impl Asked {
    /// What is looked for, if that is clear; `errors` says why it is not.
    fn wanted(&self, errors: &mut Errors) -> Option<SearchReceipts> {
        let [number, reference, day, amount] =
            [&self.number, &self.reference, &self.day, &self.amount].map(|text| text.trim());
        for (field, text) in [("number", number), ("reference", reference)] {
            if text.chars().count() > FIELD_LENGTH_MAX {
                let words = format!("This must be {FIELD_LENGTH_MAX} characters or fewer");
                errors.add(field, words);
            }
        }
        let on = read_day(day);
        if !day.is_empty() && on.is_none() {
            errors.add("day", "Day must be a real day, like 1/4/2026");
        }
        let sum = if amount.is_empty() { None } else { Some(read_amount(amount)) };
        if let Some(Err(words)) = &sum {
            errors.add("amount", words);
        } else if sum.is_some() && day.is_empty() {
            errors.add("day", "Enter the day as well as the amount");
        }
        let ways = [number, reference, day].iter().filter(|text| !text.is_empty()).count();
        if ways > 1 {
            let words = "Search by a receipt number, a reference or a day, not by several";
            errors.add("number", words);
        }
        if !errors.is_empty() {
            return None;
        }
        match (number, reference, on, sum) {
            ("", "", Some(day), Some(Ok(amount))) => {
                Some(SearchReceipts::DayAndAmount(day, amount))
            }
            ("", "", Some(day), _) => Some(SearchReceipts::Day(day)),
            ("", "", None, _) => None,
            ("", reference, ..) => Some(SearchReceipts::Reference(reference.to_owned())),
            (number, ..) => Some(SearchReceipts::Number(number.to_owned())),
        }
    }

    fn fields(&self, errors: &Errors) -> Vec<Input> {
        let field = |id: &'static str, label: &'static str, value: &str, width| Input {
            id: id.into(),
            label: label.into(),
            value: value.trim().chars().take(FIELD_LENGTH_MAX).collect(),
            error: errors.of(id),
            width,
            ..Input::default()
        };
        let wide = "govuk-input--width-20";
        let narrow = "govuk-input--width-10";
        vec![
            field("number", "Receipt number", &self.number, wide),
            field("reference", "Account reference", &self.reference, wide),
            Input {
                hint: "The day it counts in. For example, 27/3/2026".to_owned(),
                ..field("day", "Day", &self.day, narrow)
            },
            Input {
                is_money: true,
                hint: "Only together with a day".to_owned(),
                ..field("amount", "Amount", &self.amount, narrow)
            },
        ]
    }
}
