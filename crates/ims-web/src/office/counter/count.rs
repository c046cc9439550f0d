//! A till counted, blind: nothing on this page says what should be in it.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use ims_app::{AppError, Permission, TillStatus, TillView};
use ims_ledger::{CardMachine, TillCount};
use ims_money::Pence;

use super::{super::form_key, at, card::Started, coins, is_own, session_of, typed::Typed};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{Area, Errors, Input, amount_of, read_amount},
    page::{self, Page, Place},
    show,
};

/// The most batches the form has fields for.
const BATCHES_MAX: usize = 50;

#[derive(Template)]
#[template(path = "office/counter_count.html")]
struct CountPage {
    page: Page,
    errors: Errors,
    number: String,
    coins: Vec<Input>,
    bag: Input,
    cheques: Area,
    batches: Vec<Batch>,
    /// A batch that nobody took a receipt of.
    other: [Input; 3],
    /// Cards that were started and have not ended.
    cards: Vec<Started>,
    csrf: String,
    key: String,
}

/// What a terminal's slip is to say.
struct Batch {
    at: usize,
    terminal: String,
    batch: String,
    amount: Input,
}

impl CountPage {
    fn has_other(&self) -> bool {
        self.other.iter().any(|field| !field.value.is_empty() || field.error.is_some())
    }
}

/// Whether somebody may count a session: its cashier, or in their place whoever may
/// approve write-offs.
pub(super) fn is_counted_by(desk: &Desk, view: &TillView) -> bool {
    let is_there = matches!(view.status, TillStatus::Open | TillStatus::Recount);
    let may = is_own(desk, view) && desk.may(Permission::TakeCash);
    is_there && (may || desk.may(Permission::ApproveWriteOff))
}

/// The form; a session that was counted has none.
pub(super) async fn form(desk: Desk, Path(number): Path<String>) -> Result<Response, Fault> {
    let view = session_of(&desk, &number).await?;
    if !is_counted_by(&desk, &view) {
        return Ok(Redirect::to(&at(&number)).into_response());
    }
    shown(&desk, &view, &Typed::default(), Errors::default()).await
}

/// Keeps the count, and only then tells what should have been there; the same count
/// again changes nothing.
pub(super) async fn count(
    Path(number): Path<String>,
    sent: Sent<Typed>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let key = form_key::read(form.of("key"))?;
    let view = session_of(&desk, &number).await?;
    let mut errors = Errors::default();
    let typed = form.cleaned(&mut errors);
    let counted = read(&typed, &mut errors);
    if errors.is_empty() {
        match desk.books.count_till(view.row.id, &counted, Some(&key)).await {
            Ok(done) => return Ok(Redirect::to(&at(&done.number)).into_response()),
            Err(AppError::BadInput(words)) => {
                let field = if words.contains("bag") { "bag" } else { "" };
                errors.add(field, show::upper(&words));
            }
            Err(error) => return Err(error.into()),
        }
    }
    shown(&desk, &view, &typed, errors).await
}

fn read(typed: &Typed, errors: &mut Errors) -> TillCount {
    let mut cheques = Vec::new();
    for line in typed.of("cheques").lines().map(str::trim).filter(|line| !line.is_empty()) {
        match read_amount(line) {
            Ok(amount) => cheques.push(amount),
            Err(words) => {
                errors.add("cheques", format!("{}: {words}", show::upper(&format!("`{line}`"))));
                break;
            }
        }
    }
    let mut card_machines = Vec::new();
    for number in 0..BATCHES_MAX {
        let field = |what: &str| format!("{what}-{number}");
        if !typed.has(&field("terminal")) {
            break;
        }
        let (terminal, batch) = (typed.of(&field("terminal")), typed.of(&field("batch")));
        match on_slip(typed.of(&field("card"))) {
            Some(amount) => card_machines.extend(machine(terminal, batch, amount)),
            None => {
                let words = format!(
                    "Enter what terminal {terminal} says of batch {batch}: 0 if it says nothing"
                );
                errors.add(field("card"), words);
            }
        }
    }
    let [terminal, batch, amount] =
        ["other-terminal", "other-batch", "other-card"].map(|name| typed.of(name));
    if !(terminal.is_empty() && batch.is_empty() && amount.is_empty()) {
        match (terminal.is_empty() || batch.is_empty(), on_slip(amount)) {
            (false, Some(amount)) => card_machines.extend(machine(terminal, batch, amount)),
            (true, _) => errors.add("other-terminal", "Enter terminal and batch of the other slip"),
            (false, None) => errors.add("other-card", "Enter what the other slip says"),
        }
    }
    TillCount { cash: coins::read(typed, typed.of("bag"), errors), cheques, card_machines }
}

/// What a slip says; nought is said, too.
fn on_slip(text: &str) -> Option<Pence> {
    let is_nought = text.trim_start_matches('£').parse::<Pence>().is_ok_and(Pence::is_zero);
    if is_nought { Some(Pence::ZERO) } else { amount_of(text).ok() }
}

/// A slip that says nothing is no card machine's.
fn machine(terminal: &str, batch: &str, amount: Pence) -> Option<CardMachine> {
    let (terminal, batch) = (terminal.to_owned(), batch.to_owned());
    (!amount.is_zero()).then_some(CardMachine { terminal, batch, amount })
}

async fn shown(
    desk: &Desk,
    view: &TillView,
    typed: &Typed,
    errors: Errors,
) -> Result<Response, Fault> {
    let narrow = "govuk-input--width-10";
    let money = |id: String, label: String| Input {
        is_money: true,
        ..typed.input(id, label, narrow, &errors)
    };
    let batches = view.batches.iter().take(BATCHES_MAX).zip(0_usize..);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let number = format!("T{}", view.row.number);
    let template = CountPage {
        page: Page::of(desk, Some(Place::Counter), format!("Count {number}"))
            .with_errors(!errors.is_empty()),
        coins: coins::fields(typed, &errors),
        bag: Input {
            hint: "The bag in which what is above the float goes to the bank".to_owned(),
            ..typed.input("bag", "Number on the bag", narrow, &errors)
        },
        cheques: Area {
            id: "cheques",
            label: "Cheques",
            hint: "The amount of each, one on a line. For example, 120.50",
            value: typed.of("cheques").to_owned(),
            error: errors.of("cheques"),
        },
        batches: batches
            .map(|((terminal, batch), at)| Batch {
                at,
                terminal: terminal.clone(),
                batch: batch.clone(),
                amount: money(format!("card-{at}"), format!("Terminal {terminal}, batch {batch}")),
            })
            .collect(),
        other: [
            typed.input("other-terminal", "Terminal", narrow, &errors),
            typed.input("other-batch", "Batch", narrow, &errors),
            money("other-card".to_owned(), "What its slip says".to_owned()),
        ],
        cards: Started::open(desk, &number).await?,
        csrf: desk.session.csrf.clone(),
        key: form_key::kept(typed.of("key"), desk),
        number,
        errors,
    };
    Ok(page::html(status, &template))
}
