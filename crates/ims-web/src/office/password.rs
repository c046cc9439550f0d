//! Changing one's own password, which somebody who was given theirs does before
//! anything else.

use askama::Template;
use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, NewPassword, PASSWORD_LENGTH_MIN, Session};
use serde::Deserialize;

use crate::{
    Site,
    caller::Caller,
    cookie::Cookie,
    csrf, desk,
    fault::Fault,
    form::{Errors, Input},
    page::{self, Page},
};

/// The longest password looked at, in bytes: hashing costs.
const PASSWORD_LENGTH_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "password.html")]
struct PasswordPage {
    page: Page,
    errors: Errors,
    must_change: bool,
    csrf: String,
    old: Input,
    new: Input,
    again: Input,
}

/// The form as it is sent. It has no `Debug`: nothing of it is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Passwords {
    csrf: String,
    old: String,
    new: String,
    again: String,
}

/// The form.
pub(super) async fn form(State(site): State<Site>, headers: HeaderMap) -> Result<Response, Fault> {
    let Some(session) = desk::session(&site, &headers).await? else {
        return Ok(Redirect::to("/sign-in?to=%2Fpassword").into_response());
    };
    Ok(shown(StatusCode::OK, &session, Errors::default()))
}

/// Changes the password; the session goes on, others of theirs end.
pub(super) async fn change(
    State(site): State<Site>,
    headers: HeaderMap,
    caller: Caller,
    Form(sent): Form<Passwords>,
) -> Result<Response, Fault> {
    csrf::check_origin(&headers)?;
    let Some(session) = desk::session(&site, &headers).await? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    csrf::check_token(&session.csrf, &sent.csrf)?;
    let mut errors = missing(&sent);
    let again = StatusCode::UNPROCESSABLE_ENTITY;
    if !errors.is_empty() {
        return Ok(shown(again, &session, errors));
    }
    let now = site.app.world().now();
    if let Err(minutes) = site.sign_ins.try_once(&session.username, caller.address(), now) {
        let wait = crate::show::many(minutes, "minute", "minutes");
        errors.add("old", format!("There were too many tries; try again in {wait}"));
        return Ok(shown(StatusCode::TOO_MANY_REQUESTS, &session, errors));
    }
    let token = Cookie::Session.read(site.config, &headers);
    let origin = caller.origin();
    let change = NewPassword {
        username: &session.username,
        old: &sent.old,
        new: &sent.new,
        token: token.as_deref(),
        origin: &origin,
    };
    // Closed only when the process ends.
    let _turn = site.passwords.acquire().await.ok();
    match site.app.change_password(&change).await {
        Ok(()) => {
            site.sign_ins.forget(&session.username);
            Ok(Redirect::to("/office").into_response())
        }
        Err(AppError::WrongPassword) => {
            errors.add("old", "This is not the password you have");
            Ok(shown(again, &session, errors))
        }
        Err(AppError::BadInput(_)) => {
            errors.add("new", "The new password must not be the one you have");
            Ok(shown(again, &session, errors))
        }
        Err(error) => Err(error.into()),
    }
}

fn missing(sent: &Passwords) -> Errors {
    let mut errors = Errors::default();
    if sent.old.is_empty() || sent.old.len() > PASSWORD_LENGTH_MAX {
        errors.add("old", "Enter the password you have");
    }
    if sent.new.chars().count() < PASSWORD_LENGTH_MIN {
        let words = format!("The new password must have {PASSWORD_LENGTH_MIN} characters or more");
        errors.add("new", words);
    } else if sent.new.len() > PASSWORD_LENGTH_MAX {
        errors.add("new", "The new password is too long");
    } else if sent.new != sent.again {
        errors.add("again", "This is not the same as the new password");
    }
    errors
}

/// The page; what was typed is never shown again.
fn shown(status: StatusCode, session: &Session, errors: Errors) -> Response {
    let field = |id: &'static str, label: &'static str, autocomplete| Input {
        id: id.into(),
        label: label.into(),
        error: errors.of(id),
        kind: "password",
        width: "govuk-input--width-20",
        autocomplete,
        ..Input::default()
    };
    let template = PasswordPage {
        page: Page::bare("Change your password").with_errors(!errors.is_empty()),
        must_change: session.must_change,
        csrf: session.csrf.clone(),
        old: field("old", "The password you have", "current-password"),
        new: Input {
            hint: format!("{PASSWORD_LENGTH_MIN} characters or more"),
            ..field("new", "New password", "new-password")
        },
        again: field("again", "The new password again", "new-password"),
        errors,
    };
    page::html(status, &template)
}
