//! Money taken into a till.

use askama::Template;
use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{
    AppError, NewReceiptLine, NumberedTillReceipt, Permission, Tender, TillStatus, TillView,
};
use ims_ledger::{Council, Meant, id::ReceiptId};
use ims_money::Pence;

use super::{
    super::form_key,
    Receipts, at,
    card::{self, Started},
    done::Done,
    is_own, session_of,
    take_back::Lifted,
    taking::{Asked, By, TakeForm, Taking, of_line, total},
    typed::Typed,
    vat, was_sent_before,
};
use crate::{
    Site,
    desk::{Desk, Sent},
    fault::Fault,
    form::{Errors, address},
    page::{self, Page, Place},
    show,
};

/// The most receipts that are shown of those taken since a form was made.
const SINCE_MAX: usize = 5;

#[derive(Template)]
#[template(path = "office/counter_take.html")]
struct TakePage {
    page: Page,
    errors: Errors,
    view: TillView,
    receipts: Receipts,
    lifts: Vec<Lifted>,
    /// The receipt that was just given.
    done: Option<Done>,
    /// What was taken since a form was made that had been sent before.
    since: Vec<NumberedTillReceipt>,
    /// The card that a form had started, which had been sent before.
    started: Option<Started>,
    /// Cards that were started and have not ended.
    cards: Vec<Started>,
    comes: Option<Comes>,
    form: TakeForm,
    csrf: String,
    key: String,
}

/// What a receipt comes to, checked before the money is taken.
struct Comes {
    total: Pence,
    /// What is handed over and what is given back of it, where somebody said.
    change: Option<(Pence, Pence)>,
    /// The VAT held in its lines, in words.
    vat: Vec<String>,
    /// What whoever takes the money should know of the accounts.
    warnings: Vec<String>,
}

/// What a page is shown after.
#[derive(Default)]
struct After<'a> {
    /// The receipt that was just given.
    receipt: &'a str,
    /// The key of a form that had been sent before.
    key: &'a str,
    /// The card that that form started.
    started: Option<Started>,
    /// The receipt before which the list goes on.
    before: Option<ReceiptId>,
}

/// Whether money is taken into a session by whoever is here.
pub(super) fn is_taken_into(desk: &Desk, view: &TillView) -> bool {
    view.status == TillStatus::Open && is_own(desk, view) && desk.may(Permission::TakeCash)
}

/// Checks a receipt, gives it a further line, or takes the money; the same form
/// again takes nothing more.
pub(super) async fn take(
    State(site): State<Site>,
    headers: HeaderMap,
    Path(number): Path<String>,
    sent: Sent<Typed>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let key = form_key::read(form.of("key"))?;
    if !desk.may(Permission::TakeCash) {
        // Whatever the form says: so that they are told so, and not what is wrong with it.
        let (who, deed) = (desk.books.actor().name(), Permission::TakeCash.in_words());
        return Err(AppError::NotAllowed { who: who.to_owned(), deed }.into());
    }
    let view = session_of(&desk, &number).await?;
    let council = desk.books.settings().await?.council;
    let mut errors = Errors::default();
    let typed = form.cleaned(&mut errors);
    let taking = Taking { typed: &typed, council: &council, till: &view.till };
    let mut comes = None;
    if typed.of("do") != "line"
        && !taking.asks_otherwise()
        && let Some(asked) = taking.read(&desk, &key, &mut errors)
    {
        if typed.of("do") == "take" {
            let from = (&*council, &headers);
            match taken((&site, &desk), &view, from, &asked).await? {
                Ok(response) => return Ok(response),
                Err((_, words)) if !is_taken_into(&desk, &view) => {
                    return Err(AppError::Refused(words).into());
                }
                Err((_, words)) if was_sent_before(&words) => {
                    return sent_before(&desk, view, typed, &key).await;
                }
                Err((field, words)) => {
                    look_closer(&desk, &asked, &mut errors).await?;
                    if errors.is_empty() {
                        errors.add(field, show::upper(&words));
                    }
                }
            }
        } else {
            let (warnings, going) = look_closer(&desk, &asked, &mut errors).await?;
            let lines = (&*going, &*asked.numbers);
            let vat = vat::held(&council, lines, desk.today(), &mut errors);
            comes = errors.is_empty().then(|| comes_to(&asked, vat, warnings)).flatten();
        }
    }
    shown(&desk, view, (&typed, errors), comes, After::default()).await
}

/// The form again under another key, with what was taken since it was made.
async fn sent_before(
    desk: &Desk,
    view: TillView,
    typed: Typed,
    key: &str,
) -> Result<Response, Fault> {
    let mut errors = Errors::default();
    let started = Started::of_form(desk, &format!("T{}", view.row.number), key).await?;
    let (field, words) = match &started {
        Some(_) => (
            "started",
            "This form was sent before and started a card payment. Nothing was taken now: look \
             what became of that, and take it only if nothing was paid there",
        ),
        None => (
            "receipts",
            "This form was sent before, and what it took then stands. Nothing was taken now: look \
             at the receipts, and take it only if it is other money",
        ),
    };
    errors.add(field, words);
    let typed = typed.under_new_key();
    let after = After { key, started, ..After::default() };
    shown(desk, view, (&typed, errors), None, after).await
}

/// Receipts taken since a form was made, the oldest first: their ids and the forms'
/// keys are in the order of their making.
fn taken_since(receipts: &Receipts, key: &str) -> Vec<NumberedTillReceipt> {
    let made = key.split_once('-').and_then(|(_, id)| id.parse::<ReceiptId>().ok());
    let is_since = |one: &&NumberedTillReceipt| made.is_some_and(|made| one.row.receipt > made);
    receipts.rows.iter().rev().filter(is_since).take(SINCE_MAX).cloned().collect()
}

/// Takes the money, or starts the card at its provider; the inner error says at which field
/// what is wrong.
async fn taken(
    (site, desk): (&Site, &Desk),
    view: &TillView,
    from: (&Council, &HeaderMap),
    asked: &Asked,
) -> Result<Result<Response, (&'static str, String)>, Fault> {
    let number = format!("T{}", view.row.number);
    let tender = match &asked.by {
        By::Till(tender) => tender,
        By::Terminal(_) | By::Phone if !is_taken_into(desk, view) => {
            return Ok(Err(("", format!("{number} takes no money of yours"))));
        }
        By::Terminal(terminal) => {
            let terminal = Some(terminal.as_str());
            let started = card::start((site, desk), &number, from, asked, terminal).await?;
            return Ok(started.map_err(|words| ("at", words)));
        }
        By::Phone => {
            let started = card::start((site, desk), &number, from, asked, None).await?;
            return Ok(started.map_err(|words| ("by", words)));
        }
    };
    match desk.books.take_at_till(view.row.id, &asked.new, tender).await {
        Ok(done) => {
            let to = address(&at(&number), &[("receipt", &done.receipt.receipt)]);
            Ok(Ok(Redirect::to(&to).into_response()))
        }
        Err(AppError::BadInput(words) | AppError::Refused(words)) => Ok(Err(("", words))),
        Err(error) => Err(error.into()),
    }
}

/// What a receipt comes to.
fn comes_to(asked: &Asked, vat: Vec<String>, warnings: Vec<String>) -> Option<Comes> {
    let total = total(&asked.new.lines)?;
    let change = match asked.by {
        By::Till(Tender::Cash(given)) => Some((given, given.checked_sub(total)?)),
        By::Till(Tender::Exact | Tender::Card { .. }) | By::Terminal(_) | By::Phone => None,
    };
    Some(Comes { total, change, vat, warnings })
}

/// Says in `errors` which account cannot be paid and why; gives what is to be known
/// of the others, and the lines as they go: an old reference may lead to another fund, whose
/// VAT it is then.
async fn look_closer(
    desk: &Desk,
    asked: &Asked,
    errors: &mut Errors,
) -> Result<(Vec<String>, Vec<NewReceiptLine>), Fault> {
    let through = asked.new.through;
    let mut going = asked.new.lines.clone();
    let may_override = desk.may(Permission::OverrideStop);
    let mut warnings = Vec::new();
    let lines = asked.new.lines.iter().zip(&mut going).zip(&asked.numbers);
    for ((line, goes), number) in lines {
        let checked = desk.books.check_or_repair(&line.fund, &line.reference, through).await;
        match checked {
            Ok(Ok(good)) => {
                if let Some(old) = good.redirected_from {
                    warnings.push(format!("{old} leads to {} {}", good.fund, good.reference));
                }
                let said = good.warning.map(|said| format!("{}: {said}", good.reference));
                warnings.extend(said);
                (goes.fund, goes.reference) = (good.fund, good.reference);
            }
            Ok(Err((why, repairs))) => {
                errors.add(of_line("reference", *number), with_repairs(&why, &repairs));
            }
            Err(AppError::Refused(why)) if may_override => {
                warnings.push(format!("{}: {why}", line.reference));
            }
            Err(AppError::Refused(why)) => {
                errors.add(of_line("reference", *number), show::upper(&why));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok((warnings, going))
}

/// Why a reference is none, and which it may be.
fn with_repairs(why: &str, repairs: &[Meant]) -> String {
    let mut words = show::sentence(why);
    for (repair, or) in repairs.iter().zip(["Perhaps", "or", "or", "or", "or"]) {
        let (reference, slips) = (&repair.place.reference, repair.in_words());
        words.push_str(&format!(" {or} {reference} ({slips})"));
    }
    words
}

/// The page of a till that takes money, with the receipt that was just given.
pub(super) async fn fresh(
    desk: &Desk,
    view: TillView,
    receipt: &str,
    before: Option<ReceiptId>,
) -> Result<Response, Fault> {
    let nothing = (&Typed::default(), Errors::default());
    let after = After { receipt, before, ..After::default() };
    shown(desk, view, nothing, None, after).await
}

async fn shown(
    desk: &Desk,
    view: TillView,
    (typed, errors): (&Typed, Errors),
    comes: Option<Comes>,
    after: After<'_>,
) -> Result<Response, Fault> {
    if !is_taken_into(desk, &view) {
        let words = format!("T{} takes no money of yours", view.row.number);
        return Err(AppError::Refused(words).into());
    }
    let council = desk.books.settings().await?.council;
    let taking = Taking { typed, council: &council, till: &view.till };
    let form = taking.form(desk, &errors);
    let receipts = Receipts::of(desk, &view, after.before).await?;
    let done = match receipts.rows.iter().find(|row| row.number == after.receipt) {
        Some(given) => Some(Done::of(desk, &council, given).await?),
        None => None,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let title = format!("T{}: {}", view.row.number, view.till.name);
    let template = TakePage {
        page: Page::of(desk, Some(Place::Counter), title).with_errors(!errors.is_empty()),
        errors,
        done,
        since: taken_since(&receipts, after.key),
        started: after.started,
        cards: Started::open(desk, &format!("T{}", view.row.number)).await?,
        receipts,
        lifts: Lifted::of(desk, &view),
        comes,
        form,
        csrf: desk.session.csrf.clone(),
        key: form_key::kept(typed.of("key"), desk),
        view,
    };
    Ok(page::html(status, &template))
}
