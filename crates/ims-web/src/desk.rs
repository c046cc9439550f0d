//! Somebody at work: who they are, which council's books they have open, and
//! the forms they send.

use axum::{
    Form,
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, Method, StatusCode, Uri, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, Books, Permission, Session};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    Site, api::PREFIX, caller::Caller, cookie::Cookie, csrf, denied::Asking, fault::Fault,
    form::percent_encoded,
};

/// Somebody who is signed in, with their council's books.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) session: Session,
    pub(crate) books: Books,
}

impl Desk {
    /// Whether they may, in this council.
    pub(crate) fn may(&self, permission: Permission) -> bool {
        self.books.actor().may(permission)
    }

    /// Today in London.
    pub(crate) fn today(&self) -> chrono::NaiveDate {
        self.books.app().world().today()
    }
}

impl FromRequestParts<Site> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let session = session(site, &parts.headers).await.map_err(IntoResponse::into_response)?;
        let session = session.ok_or_else(|| sign_in_first(&parts.method, &parts.uri))?;
        if session.must_change {
            return Err(choose_first(&parts.uri));
        }
        let books = open_books(site, &session, &parts.headers).await;
        let caller = Caller::of(parts, site.config);
        let books = books.map_err(IntoResponse::into_response)?.with_origin(&caller.origin());
        if let Some(asking) = parts.extensions.get::<Asking>() {
            asking.is(&books);
        }
        Ok(Self { books, session })
    }
}

/// The session of a request, if it has one that has not ended.
pub(crate) async fn session(site: &Site, headers: &HeaderMap) -> Result<Option<Session>, Fault> {
    match Cookie::Session.read(site.config, headers) {
        Some(token) => Ok(site.app.session(&token).await?),
        None => Ok(None),
    }
}

/// The books they last chose, or those of the first council they serve.
async fn open_books(site: &Site, session: &Session, headers: &HeaderMap) -> Result<Books, Fault> {
    if session.councils.is_empty() {
        let words = "you have no role in any council; ask an administrator to give you one";
        return Err(Fault::new(StatusCode::FORBIDDEN, words));
    }
    let code = Cookie::Council.read(site.config, headers);
    match site.app.books_of(session, code.as_deref()).await {
        // They served that council once.
        Err(AppError::NotFound { .. }) => Ok(site.app.books_of(session, None).await?),
        books => Ok(books?),
    }
}

/// Somebody whose password was given to them chooses one first.
fn choose_first(uri: &Uri) -> Response {
    if uri.path().starts_with(PREFIX) {
        return Fault::new(StatusCode::FORBIDDEN, "choose a new password first").into_response();
    }
    Redirect::to("/password").into_response()
}

fn sign_in_first(method: &Method, uri: &Uri) -> Response {
    let there = uri.path_and_query().map_or("/", |it| it.as_str());
    if uri.path().starts_with(PREFIX) {
        return Fault::new(StatusCode::UNAUTHORIZED, "sign in first").into_response();
    }
    if method == Method::GET || method == Method::HEAD {
        return Redirect::to(&format!("/sign-in?to={}", percent_encoded(there))).into_response();
    }
    Redirect::to("/sign-in").into_response()
}

/// A form that a page of ours has sent, from the session that it was made for.
#[derive(Debug)]
pub(crate) struct Sent<T> {
    pub(crate) desk: Desk,
    pub(crate) form: T,
}

/// What every form of a session carries beside its own fields.
#[derive(Deserialize)]
pub(crate) struct Token {
    #[serde(default)]
    pub(crate) csrf: String,
}

impl<T: DeserializeOwned> FromRequest<Site> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        csrf::check_origin(&parts.headers).map_err(IntoResponse::into_response)?;
        let desk = Desk::from_request_parts(&mut parts, site).await?;
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), site).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let token: Token = fields(&parts, &body, site).await?;
        let is_ours = csrf::check_token(&desk.session.csrf, &token.csrf);
        is_ours.map_err(IntoResponse::into_response)?;
        Ok(Self { desk, form: fields(&parts, &body, site).await? })
    }
}

/// Some of the fields of a form.
pub(crate) async fn fields<T: DeserializeOwned>(
    parts: &Parts,
    body: &Bytes,
    site: &Site,
) -> Result<T, Response> {
    let request = Request::from_parts(parts.clone(), Body::from(body.clone()));
    let read = Form::<T>::from_request(request, site).await;
    read.map(|Form(fields)| fields).map_err(IntoResponse::into_response)
}
