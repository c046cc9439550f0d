//! Signing in and out.

use askama::Template;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::AppError;
use serde::Deserialize;

use crate::{
    Site,
    caller::Caller,
    cookie::Cookie,
    csrf,
    desk::{self, Sent},
    fault::Fault,
    form::{Errors, Input},
    page::{self, Page},
};

/// Where somebody goes who asked for nothing else.
const HOME: &str = "/office";

/// The longest address somebody is sent back to, in bytes.
const ADDRESS_LENGTH_MAX: usize = 1_000;

/// The longest user name or password looked at, in bytes: hashing costs.
const CREDENTIAL_LENGTH_MAX: usize = 1_000;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    page: Page,
    errors: Errors,
    username: Input,
    password: Input,
    token: String,
    to: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    to: String,
}

/// The form; whoever is signed in already goes on.
pub(super) async fn form(
    State(site): State<Site>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let to = local(&asked.to).unwrap_or(HOME);
    if desk::session(&site, &headers).await?.is_some() {
        return Ok(Redirect::to(to).into_response());
    }
    Ok(shown(&site, &headers, StatusCode::OK, to, "", Errors::default()))
}

/// The sign-in form as it is sent. Its `Debug` shows nothing of it.
#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    username: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    token: String,
    #[serde(default)]
    to: String,
}

/// Signs somebody in, under a new session.
pub(super) async fn sign_in(
    State(site): State<Site>,
    headers: HeaderMap,
    caller: Caller,
    Form(sent): Form<Credentials>,
) -> Result<Response, Fault> {
    csrf::check_origin(&headers)?;
    let held = Cookie::SignIn.read(site.config, &headers).unwrap_or_default();
    csrf::check_token(&held, &sent.token)?;
    let to = local(&sent.to).unwrap_or(HOME);
    let errors = missing(&sent);
    if !errors.is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(shown(&site, &headers, status, to, &sent.username, errors));
    }
    if let Err(minutes) =
        site.sign_ins.try_once(&sent.username, caller.address(), site.app.world().now())
    {
        return Ok(too_often(&site, &headers, to, minutes));
    }
    match checked(&site, &sent, &caller).await {
        Ok(signed_in) => {
            site.sign_ins.forget(&sent.username);
            end_session(&site, &headers, &caller).await?;
            let session = Cookie::Session.set(site.config, &signed_in.token);
            Ok(with_cookies(
                Redirect::to(to).into_response(),
                [session, Cookie::SignIn.clear(site.config)],
            ))
        }
        Err(AppError::WrongPassword) => {
            let mut errors = Errors::default();
            errors.add("username", "The user name or the password is wrong");
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(shown(&site, &headers, status, to, &sent.username, errors))
        }
        Err(error) => Err(error.into()),
    }
}

/// Ends the session, and the choice of a council with it.
pub(super) async fn sign_out(
    State(site): State<Site>,
    headers: HeaderMap,
    caller: Caller,
    _sent: Sent<Asked>,
) -> Result<Response, Fault> {
    end_session(&site, &headers, &caller).await?;
    let cleared = [Cookie::Session, Cookie::Council].map(|cookie| cookie.clear(site.config));
    Ok(with_cookies(Redirect::to("/sign-in").into_response(), cleared))
}

async fn end_session(site: &Site, headers: &HeaderMap, caller: &Caller) -> Result<(), Fault> {
    if let Some(token) = Cookie::Session.read(site.config, headers) {
        site.app.sign_out_from(&token, &caller.origin()).await?;
    }
    Ok(())
}

async fn checked(
    site: &Site,
    sent: &Credentials,
    caller: &Caller,
) -> Result<ims_app::SignedIn, AppError> {
    // Closed only when the process ends.
    let _turn = site.passwords.acquire().await.ok();
    let (demo, origin) = (site.config.demo, caller.origin());
    site.app.sign_in_from(&sent.username, &sent.password, demo, &origin).await
}

fn missing(sent: &Credentials) -> Errors {
    let mut errors = Errors::default();
    if sent.username.trim().is_empty() {
        errors.add("username", "Enter your user name");
    } else if sent.username.len() > CREDENTIAL_LENGTH_MAX {
        errors.add("username", "Your user name is shorter than that");
    }
    if sent.password.is_empty() {
        errors.add("password", "Enter your password");
    } else if sent.password.len() > CREDENTIAL_LENGTH_MAX {
        errors.add("password", "Your password is shorter than that");
    }
    errors
}

fn too_often(site: &Site, headers: &HeaderMap, to: &str, minutes: i64) -> Response {
    let mut errors = Errors::default();
    let wait = crate::show::many(minutes, "minute", "minutes");
    errors.add("username", format!("There were too many tries; try again in {wait}"));
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = shown(site, headers, status, to, "", errors);
    let seconds = minutes.saturating_mul(60).to_string();
    if let Ok(seconds) = HeaderValue::try_from(seconds) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// The page; what was typed as the password is never shown again.
fn shown(
    site: &Site,
    headers: &HeaderMap,
    status: StatusCode,
    to: &str,
    username: &str,
    errors: Errors,
) -> Response {
    // Another tab may hold the same form, so that a token that is there stays.
    let held = Cookie::SignIn.read(site.config, headers).filter(|token| token.len() == 64);
    let token = held.unwrap_or_else(|| hex::encode(site.app.world().bytes::<32>()));
    let cookie = Cookie::SignIn.set(site.config, &token);
    let template = SignInPage {
        page: Page::bare("Sign in").with_errors(!errors.is_empty()),
        username: Input {
            id: "username".into(),
            label: "User name".into(),
            value: username.chars().take(crate::form::FIELD_LENGTH_MAX).collect(),
            error: errors.of("username"),
            width: "govuk-input--width-20",
            autocomplete: "username",
            ..Input::default()
        },
        password: Input {
            id: "password".into(),
            label: "Password".into(),
            error: errors.of("password"),
            kind: "password",
            width: "govuk-input--width-20",
            autocomplete: "current-password",
            ..Input::default()
        },
        errors,
        token,
        to: to.to_owned(),
    };
    with_cookies(page::html(status, &template), [cookie])
}

fn with_cookies<const N: usize>(
    mut response: Response,
    cookies: [Option<HeaderValue>; N],
) -> Response {
    for cookie in cookies.into_iter().flatten() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// An address on this server, or nothing: nobody is sent elsewhere.
fn local(to: &str) -> Option<&str> {
    let is_path = to.starts_with('/') && !to.starts_with("//");
    let is_plain = to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (is_path && is_plain && to.len() <= ADDRESS_LENGTH_MAX).then_some(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        for good in ["/office", "/office/receipts?number=1&x=%2F%2Fy"] {
            assert_eq!(local(good), Some(good));
        }
        let long = format!("/{}", "x".repeat(ADDRESS_LENGTH_MAX));
        for bad in [
            "",
            "office",
            "//evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/office\r\nSet-Cookie: a=b",
            &long,
        ] {
            assert_eq!(local(bad), None, "{bad}");
        }
    }
}
