//! From the check page to the provider's.

use askama::Template;
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{AppError, NewPayment, NotBrought};
use ims_gateway::{AskFor, GatewayError, Gateways, Paying};
use ims_ledger::id::PaymentId;
use ims_pay::{Payer, ProviderError};
use serde::Deserialize;

use super::{
    check, told,
    visit::{Filled, Frame, Visit},
};
use crate::{fault::Fault, onward::Onward, page::Page, show};

/// The most characters of what the provider is told a payment is for.
const DESCRIPTION_MAX: usize = 100;

/// Which state of the basket was shown.
#[derive(Debug, Deserialize)]
pub(super) struct Shown {
    #[serde(default)]
    content: i64,
}

/// Brings the basket to the provider. The button pressed again, in another tab
/// too, leads to the same payment.
pub(super) async fn pay(Filled { visit, form }: Filled<Shown>) -> Response {
    let Some(gateways) = visit.site.gateways.clone() else { return visit.go_to("/check") };
    if let Err(words) = visit.try_paying() {
        return told::often(&visit, words);
    }
    match brought(&visit, &gateways, form.content).await {
        Ok(response) => response,
        Err(fault) => fault.into_response(),
    }
}

async fn brought(visit: &Visit, gateways: &Gateways, content: i64) -> Result<Response, Fault> {
    // A payment that was given up is called off once; what is still open then stays.
    for is_first in [true, false] {
        let mut new = match visit.books.bring_basket(&visit.token, content).await? {
            Ok(new) => new,
            Err(NotBrought::UnderWay(id)) if is_first => {
                match called_off(visit, gateways, id).await? {
                    Some(response) => return Ok(response),
                    None => continue,
                }
            }
            Err(NotBrought::UnderWay(id)) => return to_payment(visit, id).await,
            Err(NotBrought::NeedsPayer) => return Ok(visit.go_to("/your-details")),
            Err(NotBrought::LinkEnded(reference, state)) => {
                return check::link_ended(visit, &reference, state).await;
            }
            Err(NotBrought::NoAccount) => return check::again(visit, "check.no_account").await,
            Err(_) => return check::again(visit, "check.changed").await,
        };
        if let Some(mail) = &mut new.mail {
            mail.language = visit.language.for_provider();
        }
        let ask = ask_for(visit, &new)?;
        match gateways.pay(&visit.books, &new, &ask).await {
            // The provider said nothing, so nobody was sent there: pressed again,
            // it is asked for the same payment.
            Ok(paying) if is_unasked(&paying)? => break,
            Ok(paying) => return Ok(onward(visit, paying)),
            Err(GatewayError::Provider(ProviderError::CannotAsk(why))) => {
                return Ok(told::refused(visit, &show::sentence(&why)));
            }
            Err(GatewayError::App(AppError::Refused(why) | AppError::BadInput(why))) => {
                return Ok(told::refused(visit, &show::sentence(&why)));
            }
            Err(GatewayError::App(error)) => return Err(error.into()),
            Err(error) => {
                tracing::error!(account = new.provider, %error, "a payment could not be started");
                // Asked for before in other words, another language for one.
                match visit.basket_of().await?.under_way.filter(|_| is_first) {
                    Some(open) => {
                        if let Some(response) = called_off(visit, gateways, open.id).await? {
                            return Ok(response);
                        }
                    }
                    None => break,
                }
            }
        }
    }
    Ok(told::not_started(visit))
}

/// Whether nobody was told where this could be paid.
fn is_unasked(paying: &Paying) -> Result<bool, Fault> {
    let is_open = paying.view.status()?.is_open();
    Ok(is_open && paying.next.is_none() && paying.view.payment.provider_ref.is_none())
}

/// Calls a payment off that nobody means any more. `None` when it is over and
/// took nothing; else where the resident is sent.
async fn called_off(
    visit: &Visit,
    gateways: &Gateways,
    id: PaymentId,
) -> Result<Option<Response>, Fault> {
    match gateways.cancel(&visit.books, id).await {
        Ok(view) if !view.status()?.is_open() && view.payment.status != "captured" => Ok(None),
        Ok(view) => Ok(Some(visit.go_to(&format!("/back/{}", view.payment.reference)))),
        Err(error) => {
            tracing::info!(%error, "a payment was not called off");
            to_payment(visit, id).await.map(Some)
        }
    }
}

async fn to_payment(visit: &Visit, id: PaymentId) -> Result<Response, Fault> {
    let view = visit.books.payment(id).await?;
    Ok(visit.go_to(&format!("/back/{}", view.payment.reference)))
}

fn ask_for(visit: &Visit, new: &NewPayment) -> Result<AskFor, Fault> {
    let portal = &visit.council.portal;
    let labels = new.lines.iter().filter_map(|line| portal.item(&line.fund));
    let mut labels: Vec<_> = labels.map(|item| visit.words(&item.label).text).collect();
    labels.dedup();
    // What a provider's firewall does not let through.
    let is_plain = |letter: &char| !"<>\"\\|".contains(*letter);
    let description: String =
        labels.join(", ").chars().filter(is_plain).take(DESCRIPTION_MAX).collect();
    let back = visit.address("/back/{reference}")?;
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    Ok(AskFor {
        language: visit.language.for_provider(),
        notice_url: Some(visit.address_for_notices(&new.provider)?),
        payer: new.payer.as_ref().map(|payer| Payer {
            name: some(&payer.name),
            line1: some(&payer.line1),
            line2: some(&payer.line2),
            city: some(&payer.town),
            postcode: some(&payer.postcode),
            ..Payer::default()
        }),
        ..AskFor::new(&description, &back)
    })
}

#[derive(Template)]
#[template(path = "portal/onward.html")]
struct OnwardPage<'a> {
    page: Page,
    frame: Frame,
    to: &'a Onward,
}

/// On to the provider.
fn onward(visit: &Visit, paying: Paying) -> Response {
    let back = format!("/back/{}", paying.view.payment.reference);
    // Over already, or nobody knows yet.
    let Some(to) = Onward::of(paying.next) else { return visit.go_to(&back) };
    // A sandbox has no page of its own.
    if visit.address(&back).is_ok_and(|ours| to.url == ours) {
        return visit.go_to(&back);
    }
    if !to.is_safe() {
        return told::not_started(visit);
    }
    let page = visit.page(visit.language.say("pay.onward.title"), false);
    let page = OnwardPage { page, frame: visit.frame(), to: &to };
    to.told_with(visit.html(StatusCode::OK, &page))
}
