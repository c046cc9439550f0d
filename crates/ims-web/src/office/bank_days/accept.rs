//! Accepting what a rule proposes, with one button.

use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::AppError;
use ims_ledger::id::LineId;
use serde::Deserialize;

use super::{
    super::id,
    day::{Told, shown},
    day_of, href, proposal,
};
use crate::{
    desk::Sent,
    fault::Fault,
    form::{Errors, address},
    show,
};

/// The form behind a button.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Accepted {
    line: String,
    mark: String,
    after: String,
}

/// Matches what was proposed, if it is proposed as it was shown.
pub(super) async fn accept(
    Path((bank, day)): Path<(String, String)>,
    sent: Sent<Accepted>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let day = day_of(&day)?;
    let line: LineId = id(&form.line, "bank line")?;
    let found = desk.books.bank_day(&bank, day).await?;
    let mut errors = Errors::default();
    match proposal::marked(&found, line, &form.mark) {
        None => errors.add(
            "",
            "What was proposed has changed since this page was shown, and nothing was matched. \
             Look again",
        ),
        Some(one) => match desk.books.match_lines(&proposal::as_match(one)).await {
            Ok(_) => {
                let line = line.to_string();
                let to = address(&href(&bank, day), &[("after", &form.after), ("matched", &line)]);
                return Ok(Redirect::to(&to).into_response());
            }
            Err(AppError::BadInput(words) | AppError::Refused(words)) => {
                errors.add("", show::upper(&words));
            }
            Err(error) => return Err(error.into()),
        },
    }
    let told = Told { errors, after: form.after, ..Told::default() };
    shown(&desk, &bank, day, told).await
}
