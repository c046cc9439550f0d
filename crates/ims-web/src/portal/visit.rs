//! A resident's visit: which council, in which language, under which name.

use std::sync::Arc;

use askama::Template;
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{Actor, BasketView, Books, Permission};
use ims_ledger::{Council, Shown, seal::ContentHash};
use serde::de::DeserializeOwned;

use super::{
    texts::{Language, Said},
    told,
};
use crate::{
    Site,
    caller::Caller,
    cookie::Cookie,
    csrf,
    desk::{Token, fields},
    fault::Fault,
    page::{self, Page},
};

/// How long the name of a visit is, in hexadecimal digits.
const TOKEN_LENGTH: usize = 64;

/// A resident's visit.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) site: Site,
    pub(super) language: Language,
    pub(super) books: Books,
    pub(super) council: Arc<Council>,
    /// What the basket is found by. Only the cookie holds it.
    pub(super) token: String,
    is_new: bool,
    caller: Caller,
    path: String,
    headers: HeaderMap,
}

/// What surrounds every page of the portal.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) t: Language,
    /// The same page in the other language, where the council offers it.
    pub(super) other: Option<String>,
    pub(super) csrf: String,
    pub(super) strapline: Said,
    pub(super) messages: Vec<Said>,
    /// Links of the council's: words and address.
    pub(super) links: Vec<(&'static str, String)>,
}

impl Frame {
    /// An address of the portal's in the language of the page.
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.t.prefix())
    }

    pub(super) fn other_language(&self) -> Language {
        self.t.other()
    }
}

impl Visit {
    /// What every form of this visit carries.
    fn form_token(&self) -> String {
        ContentHash::of(format!("a form of the visit {}", self.token).as_bytes()).to_string()
    }

    /// A page of ours as the world reaches it, in the language of this one.
    pub(super) fn address(&self, path: &str) -> Result<String, Fault> {
        let path = format!("{}{path}", self.language.prefix());
        self.site.public_address(&self.headers, &path)
    }

    /// Where the provider of this account sends its notices.
    pub(super) fn address_for_notices(&self, account: &str) -> Result<String, Fault> {
        let path = format!("/webhooks/{}/{account}", self.books.council().code);
        self.site.public_address(&self.headers, &path)
    }

    pub(super) fn basket_of(&self) -> impl Future<Output = ims_app::Result<BasketView>> {
        self.books.basket(&self.token)
    }

    pub(super) fn frame(&self) -> Frame {
        let t = self.language;
        let (portal, own) = (&self.council.portal, &self.council.settings);
        let pages = [
            ("footer.privacy", &portal.privacy),
            ("footer.accessibility", &portal.accessibility),
            ("footer.website", &own.website),
        ];
        let links = pages.into_iter().filter(|(_, address)| !address.is_empty());
        let now = self.books.app().world().now();
        let messages = self.council.messages_at(now).into_iter();
        let messages = messages.filter(|message| message.shown != Shown::Office);
        Frame {
            t,
            other: portal.welsh.then(|| self.in_other_language()),
            csrf: self.form_token(),
            strapline: t.english(&own.portal_strapline),
            messages: messages.map(|message| t.english(&message.text)).collect(),
            links: links.map(|(key, address)| (t.say(key), address.clone())).collect(),
        }
    }

    fn in_other_language(&self) -> String {
        let path = self.path.strip_prefix(self.language.prefix()).unwrap_or(&self.path);
        match (self.language.other(), path) {
            (other, "/" | "") => other.home().to_owned(),
            (other, path) => format!("{}{path}", other.prefix()),
        }
    }

    pub(super) fn page(&self, title: impl Into<String>, has_errors: bool) -> Page {
        let t = self.language;
        Page {
            service: self.council.name.clone(),
            home: t.home(),
            has_errors,
            lang: t.code(),
            skip: t.say("skip"),
            error: t.say("error"),
            ..Page::bare(title)
        }
    }

    /// A page as an answer; whoever comes first is given a name.
    pub(super) fn html(&self, status: StatusCode, template: &impl Template) -> Response {
        self.named(page::html(status, template))
    }

    /// Sends the resident on to another page of the portal, after a form.
    pub(super) fn go_to(&self, path: &str) -> Response {
        let address = format!("{}{path}", self.language.prefix());
        self.named(Redirect::to(&address).into_response())
    }

    fn named(&self, mut response: Response) -> Response {
        let cookie = Cookie::Visit.set(self.site.config, &self.token);
        if let Some(cookie) = cookie.filter(|_| self.is_new) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Counts a try at a number that somebody may be guessing; if there were too
    /// many, what they are told.
    pub(super) fn try_once(&self) -> Result<(), String> {
        let now = self.books.app().world().now();
        let tried = self.site.guesses.try_once(self.caller.address(), now);
        tried.map_err(|minutes| self.too_often(minutes))
    }

    /// Counts a look at something by its number, as a guess of this address until
    /// [`found`](Self::found) says that it was none; if this visit or the address
    /// tried too often, what they are told.
    pub(super) fn try_looking(&self) -> Result<(), String> {
        let now = self.books.app().world().now();
        let looked = self.site.looks.try_as(&self.form_token(), now);
        looked.map_err(|minutes| self.too_often(minutes))?;
        self.try_once()
    }

    /// What was looked up is there: whole streets share an address, and who looks up
    /// what they owe shuts no neighbour out.
    pub(super) fn found(&self) {
        self.site.guesses.take_back(self.caller.address());
    }

    /// Counts a try at paying. A whole street may share an address; what is paid
    /// was looked up before.
    pub(super) fn try_paying(&self) -> Result<(), String> {
        let now = self.books.app().world().now();
        let tried = self.site.payings.try_as(&self.form_token(), now);
        tried.map_err(|minutes| self.too_often(minutes))
    }

    /// Counts a look at the addresses of a postcode: they may cost the council, and are
    /// for whoever pays.
    pub(super) fn try_finding(&self) -> Result<(), String> {
        let now = self.books.app().world().now();
        let found = self.site.findings.try_as(&self.form_token(), now);
        let found = found.and(self.site.findings_from.try_once(self.caller.address(), now));
        found.map_err(|minutes| self.too_often(minutes))
    }

    /// Whether the addresses of a postcode can be looked up.
    pub(super) fn finds_addresses(&self) -> bool {
        self.books.app().finds_addresses(&self.council)
    }

    fn too_often(&self, minutes: i64) -> String {
        let minutes = usize::try_from(minutes).unwrap_or_default();
        let minutes = self.language.many("minutes.one", "minutes.many", minutes);
        self.language.with("why.often", &[("minutes", &minutes)])
    }

    pub(super) fn words(&self, words: &ims_ledger::Words) -> Said {
        self.language.of_words(words)
    }
}

impl FromRequestParts<Site> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Response> {
        let path = parts.uri.path().to_owned();
        let language = Language::of(&path);
        let books = open_books(site).await.map_err(IntoResponse::into_response)?;
        let Some((books, council)) = books else { return Err(told::closed(language)) };
        let held = Cookie::Visit.read(site.config, &parts.headers);
        let held = held.filter(|token| {
            token.len() == TOKEN_LENGTH && token.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        let is_new = held.is_none();
        let token = held.unwrap_or_else(|| hex::encode(site.app.world().bytes::<32>()));
        let (site, caller) = (site.clone(), Caller::of(parts, site.config));
        let headers = parts.headers.clone();
        Ok(Self { site, language, books, council, token, is_new, caller, path, headers })
    }
}

/// The books of the council whose portal this is, if it is open: the one that was
/// named, else the only one whose portal is open.
async fn open_books(site: &Site) -> Result<Option<(Books, Arc<Council>)>, Fault> {
    let councils = site.app.councils().await?;
    let mut found = None;
    for row in councils {
        if site.portal.as_ref().is_some_and(|code| !row.code.eq_ignore_ascii_case(code)) {
            continue;
        }
        // No address in it: what residents do is not held against where they are.
        let actor = Actor::holding("portal", &[Permission::TakeCard, Permission::SeeIncome]);
        let books = site.app.books(Some(&row.code), actor.with_origin("portal")).await?;
        let council = books.settings().await?.council;
        if !council.portal.open {
            continue;
        }
        if found.is_some() {
            let words = "several councils have a portal here; say with --portal whose this is";
            return Err(Fault::new(StatusCode::SERVICE_UNAVAILABLE, words));
        }
        found = Some((books, council));
    }
    Ok(found)
}

/// A form that a page of this visit has sent.
#[derive(Debug)]
pub(super) struct Filled<T> {
    pub(super) visit: Visit,
    pub(super) form: T,
}

impl<T: DeserializeOwned> FromRequest<Site> for Filled<T> {
    type Rejection = Response;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, site).await?;
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), site).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let token: Token = fields(&parts, &body, site).await?;
        let is_ours = csrf::check_origin(&parts.headers)
            .and_then(|()| csrf::check_token(&visit.form_token(), &token.csrf));
        if is_ours.is_err() {
            return Err(told::stale(&visit));
        }
        let form = fields(&parts, &body, site).await?;
        Ok(Self { visit, form })
    }
}
