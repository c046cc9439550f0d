//! What every page has: its title, who reads it, where they may go.

use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use ims_app::Permission;

use crate::{assets, desk::Desk, fault::AsItIs};

/// The name of the service where no council's books are open.
pub(crate) const SERVICE: &str = "Income management";

/// What stands before an error in English.
pub(crate) const ERROR: &str = "Error:";

/// A part of the back office.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Today,
    Counter,
    Receipts,
    Suspense,
    Reconciliation,
    Imports,
}

impl Place {
    pub(crate) const ALL: [Self; 6] = [
        Self::Today,
        Self::Counter,
        Self::Receipts,
        Self::Suspense,
        Self::Reconciliation,
        Self::Imports,
    ];

    pub(crate) const fn href(self) -> &'static str {
        match self {
            Self::Today => "/office",
            Self::Counter => "/office/counter",
            Self::Receipts => "/office/receipts",
            Self::Suspense => "/office/suspense",
            Self::Reconciliation => "/office/reconciliation",
            Self::Imports => "/office/imports",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Today => "Day",
            Self::Counter => "Counter",
            Self::Receipts => "Receipts",
            Self::Suspense => "Suspense",
            Self::Reconciliation => "Reconciliation",
            Self::Imports => "Imports",
        }
    }

    pub(crate) const fn needs(self) -> Permission {
        match self {
            Self::Today => Permission::SeeDashboard,
            Self::Counter => Permission::SeeIncome,
            Self::Receipts => Permission::SeeIncome,
            Self::Imports => Permission::SeeImports,
            Self::Suspense => Permission::SeeSuspense,
            Self::Reconciliation => Permission::SeeBank,
        }
    }
}

/// A link of the menu.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) href: &'static str,
    pub(crate) name: &'static str,
    pub(crate) is_here: bool,
}

/// A council that the reader serves.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) is_open: bool,
}

/// Who reads a page.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) name: String,
    pub(crate) csrf: String,
    /// Those they serve, when there are several.
    pub(crate) councils: Vec<Choice>,
}

/// What every page has.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) service: String,
    pub(crate) home: &'static str,
    pub(crate) has_errors: bool,
    /// The language it is in.
    pub(crate) lang: &'static str,
    /// What the link past the head says.
    pub(crate) skip: &'static str,
    /// What stands before an error.
    pub(crate) error: &'static str,
    pub(crate) menu: Vec<Item>,
    pub(crate) reader: Option<Reader>,
    pub(crate) govuk_css: String,
    pub(crate) ims_css: String,
    pub(crate) icon: String,
}

impl Page {
    /// A page that shows nothing of anybody.
    pub(crate) fn bare(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            service: SERVICE.to_owned(),
            home: "/",
            has_errors: false,
            lang: "en",
            skip: "Skip to main content",
            error: ERROR,
            menu: Vec::new(),
            reader: None,
            govuk_css: assets::govuk_css(),
            ims_css: assets::ims_css(),
            icon: assets::icon(),
        }
    }

    /// A page of the back office.
    pub(crate) fn of(desk: &Desk, here: Option<Place>, title: impl Into<String>) -> Self {
        let open = desk.books.council();
        let allowed = Place::ALL.into_iter().filter(|place| desk.may(place.needs()));
        let menu = allowed
            .map(|place| Item {
                href: place.href(),
                name: place.name(),
                is_here: Some(place) == here,
            })
            .collect();
        let served = &desk.session.councils;
        let councils = served.iter().filter(|_| served.len() > 1);
        let councils = councils.map(|council| Choice {
            code: council.code.clone(),
            name: council.name.clone(),
            is_open: council.id == open.id,
        });
        let reader = Reader {
            name: desk.session.name.clone(),
            csrf: desk.session.csrf.clone(),
            councils: councils.collect(),
        };
        let home = Place::Today.href();
        let service = open.name.clone();
        Self { service, home, menu, reader: Some(reader), ..Self::bare(title) }
    }

    /// The same page, saying in its title that something is to be mended.
    pub(crate) fn with_errors(self, has_errors: bool) -> Self {
        Self { has_errors, ..self }
    }
}

/// A page as an answer.
pub(crate) fn html(status: StatusCode, template: &impl Template) -> Response {
    let body = match template.render() {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
    response.extensions_mut().insert(AsItIs);
    response
}
