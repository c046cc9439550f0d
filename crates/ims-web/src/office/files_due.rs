//! Files that should come: which did, and which are missing, late, early, empty,
//! short, or unlike those before them; and what came that was not due.

use askama::Template;
use axum::{extract::Query, http::StatusCode, response::Response};
use chrono::{Days, NaiveDate};
use ims_app::{AppError, FileDue, FilesDue, UnexpectedFile};
use serde::Deserialize;

use crate::{
    desk::Desk,
    fault::Fault,
    form::{Errors, FIELD_LENGTH_MAX, Input, read_day},
    page::{self, Page, Place},
};

/// How many days are shown when nobody says which.
const DAYS: Days = Days::new(7);

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    to: String,
}

#[derive(Template)]
#[template(path = "office/files_due.html")]
struct FilesDuePage {
    page: Page,
    errors: Errors,
    from: Input,
    to: Input,
    /// Whether the council says which files it waits for.
    is_configured: bool,
    files: Vec<FileDue>,
    /// What came and was not due.
    unexpected: Vec<UnexpectedFile>,
}

/// The files of some days, in the order they are due.
pub(super) async fn list(desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Fault> {
    let mut errors = Errors::default();
    let mut day = |field: &'static str, text: &str, usual: NaiveDate| {
        let day = read_day(text);
        if day.is_none() && !text.is_empty() {
            errors.add(field, "Day must be a real day, like 1/4/2026");
        }
        day.unwrap_or(usual)
    };
    let to = day("to", &asked.to, desk.today());
    let from = day("from", &asked.from, to.checked_sub_days(DAYS).unwrap_or(to));
    let FilesDue { files, unexpected } = match desk.books.files_due(from, to).await {
        Ok(files) => files,
        Err(AppError::BadInput(words)) => {
            errors.add("from", crate::show::upper(&words));
            FilesDue::default()
        }
        Err(error) => return Err(error.into()),
    };
    let field = |id: &'static str, label: &'static str, day, typed: &str| {
        let of_day = Input::day(label, Some(day), errors.of(id));
        // What cannot be read is shown again as it was typed.
        let is_day = typed.is_empty() || read_day(typed).is_some();
        let value = if is_day { of_day.value.clone() } else { shortened(typed) };
        Input { id: id.into(), value, ..of_day }
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = FilesDuePage {
        page: Page::of(&desk, Some(Place::Imports), "Files that should come")
            .with_errors(!errors.is_empty()),
        from: field("from", "First day", from, &asked.from),
        to: field("to", "Last day", to, &asked.to),
        errors,
        is_configured: !desk.books.settings().await?.council.expected_file.is_empty(),
        files,
        unexpected,
    };
    Ok(page::html(status, &template))
}

fn shortened(typed: &str) -> String {
    typed.chars().take(FIELD_LENGTH_MAX).collect()
}

/// What of it: its faults, or that it came, or that there is time yet.
fn stands(file: &FileDue) -> String {
    if let Some(word) = &file.given_up {
        return format!("Will not come ({}): {}", word.by, word.reason);
    }
    if file.faults.is_empty() {
        let words = if file.came.is_some() { "Came" } else { "Not due yet" };
        return words.to_owned();
    }
    let faults: Vec<String> = file.faults.iter().map(ToString::to_string).collect();
    crate::show::upper(&faults.join(", "))
}
