//! The resident is back from the provider: what became of the payment, and the
//! receipt. What the browser says counts for nothing; the provider is asked.

use askama::Template;
use axum::{
    body::Bytes,
    extract::{Path, RawQuery},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Redirect, Response},
};
use ims_app::{BroughtBack, PaymentView, ShownReceipt};
use ims_gateway::GatewayError;
use ims_money::Pence;
use ims_pay::{Delivery, StatusName};
use serde::Deserialize;

use super::{
    basket::{Line, lines},
    told,
    visit::{Filled, Frame, Visit},
};
use crate::{fault::Fault, page::Page, show};

/// A receipt as it is shown.
struct Receipt {
    number: String,
    day: String,
    lines: Vec<(Line, Option<String>)>,
    over: Option<String>,
}

/// Paid.
#[derive(Template)]
#[template(path = "portal/receipt.html")]
struct Paid {
    page: Page,
    frame: Frame,
    reference: String,
    total: String,
    receipt: Option<Receipt>,
    /// Who supplied what has VAT in it; nobody where nothing has.
    supplier: Option<String>,
    vat_number: String,
    finish: String,
    is_theirs: bool,
    /// Whether the receipt is sent by e-mail too.
    is_mailed: bool,
    /// What is left in the basket, as what goes through another account.
    rest: Option<String>,
}

/// Not paid, or not known.
#[derive(Template)]
#[template(path = "portal/unpaid.html")]
struct Unpaid {
    page: Page,
    frame: Frame,
    reference: String,
    words: &'static str,
    is_open: bool,
    is_theirs: bool,
}

/// What became of the payment that we call so. The reference cannot be guessed;
/// what the payment was for is shown to the visit it was paid in.
pub(super) async fn show(visit: Visit, Path(reference): Path<String>) -> Response {
    match became(&visit, &reference).await {
        Ok(response) => response,
        Err(fault) => fault.into_response(),
    }
}

async fn became(visit: &Visit, reference: &str) -> Result<Response, Fault> {
    let back = visit.books.brought_back(&visit.token, reference).await?;
    // Who comes back to a payment of their own has guessed nothing.
    if !back.as_ref().is_some_and(|back| back.is_theirs)
        && let Err(words) = visit.try_once()
    {
        return Ok(told::often(visit, words));
    }
    let Some(back) = back else { return Ok(told::absent(visit)) };
    let view = looked(visit, &back).await?;
    let (t, is_theirs) = (visit.language, back.is_theirs);
    let words = match view.status()? {
        StatusName::Captured => return paid(visit, view, &back).await,
        StatusName::Failed => "back.not.failed",
        StatusName::Cancelled => "back.not.cancelled",
        StatusName::Expired => "back.not.expired",
        StatusName::Errored => "back.not.errored",
        StatusName::Created
        | StatusName::Unknown
        | StatusName::Started
        | StatusName::Pending
        | StatusName::Authorised => "back.wait",
    };
    let is_open = words == "back.wait";
    let title = if is_open { "back.wait.title" } else { "back.not.title" };
    let page = Unpaid {
        page: visit.page(t.say(title), false),
        frame: visit.frame(),
        reference: view.payment.reference,
        words: t.say(words),
        is_open,
        is_theirs,
    };
    Ok(visit.html(StatusCode::OK, &page))
}

/// The payment as its provider knows it now, or as we last knew it.
async fn looked(visit: &Visit, back: &BroughtBack) -> Result<PaymentView, Fault> {
    let Some(gateways) = &visit.site.gateways else {
        return Ok(visit.books.payment(back.id).await?);
    };
    match gateways.look(&visit.books, back.id).await {
        Ok(view) => Ok(view),
        Err(GatewayError::App(error)) => Err(error.into()),
        Err(error) => {
            tracing::error!(%error, "what became of a payment could not be asked");
            Ok(visit.books.payment(back.id).await?)
        }
    }
}

async fn paid(visit: &Visit, view: PaymentView, back: &BroughtBack) -> Result<Response, Fault> {
    let is_theirs = back.is_theirs;
    let number = view.receipt.as_deref().filter(|_| is_theirs);
    let receipt = match number {
        Some(number) => {
            let shown = visit.books.receipt(number).await?;
            Some(receipt_of(visit, &shown, view.payment.amount))
        }
        None => None,
    };
    let left = if is_theirs { visit.basket_of().await?.total } else { Pence::ZERO };
    let rest = [("amount", &*show::money(left))];
    let own = &visit.council.settings;
    let has_vat = receipt.as_ref().is_some_and(|it| it.lines.iter().any(|(_, vat)| vat.is_some()));
    let page = Paid {
        page: visit.page(visit.language.say("back.paid.title"), false),
        frame: visit.frame(),
        reference: view.payment.reference,
        total: show::money(view.payment.amount),
        receipt,
        supplier: has_vat.then(|| visit.council.supplier()),
        vat_number: if has_vat { own.vat_number.clone() } else { String::new() },
        finish: own.finish.clone(),
        is_theirs,
        is_mailed: back.is_mailed,
        rest: left.is_positive().then(|| visit.language.with("back.rest", &rest)),
    };
    Ok(visit.html(StatusCode::OK, &page))
}

fn receipt_of(visit: &Visit, shown: &ShownReceipt, paid: Pence) -> Receipt {
    let t = visit.language;
    let rows = shown.lines.iter().map(|line| &line.line);
    let vat = rows.clone().map(|row| {
        let rate = row.vat_basis_points.filter(|_| !row.vat.is_zero())?;
        let rate = show::share(rate, 10_000)?;
        Some(t.with("back.paid.vat", &[("vat", &show::money(row.vat)), ("rate", &rate)]))
    });
    let as_basket = rows.clone().map(|row| ims_app::BasketLine {
        fund: row.fund.clone(),
        reference: row.reference.clone(),
        amount: row.amount,
    });
    let over = paid.checked_sub(shown.receipt.total).filter(|over| over.is_positive());
    Receipt {
        number: shown.receipt.number.clone(),
        day: t.day(shown.receipt.happened_on),
        lines: lines(visit, as_basket).into_iter().zip(vat).collect(),
        over: over.map(|over| t.with("back.paid.over", &[("amount", &show::money(over))])),
    }
}

/// Some providers have the payer's browser post a form here. It comes from another
/// site, so without our cookies, and counts only as far as the provider signed it;
/// then the resident comes as anybody does.
pub(super) async fn posted(
    visit: Visit,
    Path(reference): Path<String>,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let delivery = crate::webhooks::delivery(query, &headers, &body);
    if let Err(error) = heeded(&visit, &reference, &delivery).await {
        tracing::error!(%error, "what a payer brought back could not be recorded");
    }
    Redirect::to(uri.path()).into_response()
}

async fn heeded(visit: &Visit, reference: &str, delivery: &Delivery) -> Result<(), GatewayError> {
    let Some(gateways) = &visit.site.gateways else { return Ok(()) };
    let Some(back) = visit.books.brought_back(&visit.token, reference).await? else {
        return Ok(());
    };
    let account = visit.books.payment(back.id).await?.payment.provider;
    gateways.brought(&visit.books, &account, delivery).await.map(|_| ())
}

/// Which payment is called off.
#[derive(Debug, Deserialize)]
pub(super) struct CalledOff {
    #[serde(default)]
    reference: String,
}

/// Calls a payment of this visit off, if its provider still can; what became of
/// it is shown either way.
pub(super) async fn cancel(Filled { visit, form }: Filled<CalledOff>) -> Response {
    let back = match visit.books.brought_back(&visit.token, &form.reference).await {
        Ok(Some(back)) if back.is_theirs => back,
        Ok(_) => return told::absent(&visit),
        Err(error) => return Fault::from(error).into_response(),
    };
    if let Some(gateways) = &visit.site.gateways
        && let Err(error) = gateways.cancel(&visit.books, back.id).await
    {
        tracing::info!(%error, "a payment was not called off");
    }
    visit.go_to(&format!("/back/{}", form.reference))
}
