//! One thing to be paid: its reference, checked as typed, and how much.

use askama::Template;
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use ims_app::{BasketLine, PayableAccount, Unpayable};
use ims_ledger::{Characters, PortalItem, card_number};
use serde::Deserialize;

use super::{
    texts::Said,
    told,
    visit::{Filled, Frame, Visit},
    why,
};
use crate::{
    fault::Fault,
    form::{Errors, FIELD_LENGTH_MAX, Input, amount_of},
    page::Page,
    show,
};

/// What a form says; nothing of an amount before one was asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    reference: String,
    amount: Option<String>,
}

#[derive(Template)]
#[template(path = "portal/what.html")]
struct What {
    page: Page,
    frame: Frame,
    errors: Errors,
    action: String,
    label: Said,
    help: Said,
    /// The account whose balance is shown; its reference is settled.
    owed: Option<Owed>,
    reference: Option<Input>,
    amount: Option<Input>,
}

/// An account, and what is said of it before an amount is asked for.
struct Owed {
    name: Said,
    reference: String,
    balance: Option<String>,
    warning: Option<Said>,
}

pub(super) async fn form(visit: Visit, Path(fund): Path<String>) -> Response {
    let Some(item) = visit.council.portal.item(&fund) else { return told::absent(&visit) };
    let page = page_of(&visit, item, &Typed::default(), None, Errors::default());
    visit.html(StatusCode::OK, &page)
}

/// Puts it into the basket; where a balance is shown, only after the account was
/// said and its balance seen.
pub(super) async fn add(
    Path(fund): Path<String>,
    Filled { visit, form }: Filled<Typed>,
) -> Response {
    let Some(item) = visit.council.portal.item(&fund) else { return told::absent(&visit) };
    if let Err(words) = visit.try_looking() {
        return told::often(&visit, words);
    }
    match added(&visit, item, &form).await {
        Ok(Ok(())) => visit.go_to("/basket"),
        Ok(Err(page)) => {
            let is_wrong = !page.errors.is_empty();
            let status = if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            visit.html(status, &*page)
        }
        Err(fault) => fault.into_response(),
    }
}

async fn added(
    visit: &Visit,
    item: &PortalItem,
    typed: &Typed,
) -> Result<Result<(), Box<What>>, Fault> {
    let mut errors = Errors::default();
    let again = |owed: Option<&PayableAccount>, errors| {
        Ok(Err(Box::new(page_of(visit, item, typed, owed, errors))))
    };
    let t = visit.language;
    if card_number::masked(&typed.reference).is_some() {
        errors.add("reference", t.say("why.card"));
        return again(None, errors);
    }
    let account = visit.books.payable_account(item.fund.as_str(), &typed.reference).await?;
    let account = account.map_err(|why| refuse(visit, item, &why, &mut errors)).ok();
    if account.is_some() {
        visit.found();
    }
    let Some(text) = typed.amount.as_ref().filter(|_| account.is_some() || !item.show_balance)
    else {
        return again(account.as_ref(), errors);
    };
    let amount = match amount_of(text) {
        Ok(amount) => amount,
        Err(bad) => {
            errors.add("amount", why::no_amount(t, text, bad));
            return again(account.as_ref(), errors);
        }
    };
    if account.is_none() {
        return again(None, errors);
    }
    let line =
        BasketLine { fund: item.fund.to_string(), reference: typed.reference.clone(), amount };
    match visit.books.add_to_basket(&visit.token, &line).await? {
        Ok(_) => Ok(Ok(())),
        Err(why) => {
            refuse(visit, item, &why, &mut errors);
            again(account.as_ref(), errors)
        }
    }
}

fn refuse(visit: &Visit, item: &PortalItem, why: &Unpayable, errors: &mut Errors) {
    let (field, words) = why::not_payable(visit.language, &visit.council, item, why);
    // A reference that is settled has no field any more.
    errors.add(field, words);
}

fn page_of(
    visit: &Visit,
    item: &PortalItem,
    typed: &Typed,
    account: Option<&PayableAccount>,
    errors: Errors,
) -> What {
    let (t, frame) = (visit.language, visit.frame());
    let label = visit.words(&item.label);
    let shown = account.filter(|_| item.show_balance);
    let owed = shown.map(|account| Owed {
        name: visit.words(&item.reference),
        reference: account.reference.clone(),
        balance: account.balance.map(|owed| match owed.is_positive() {
            true => t.with("add.balance", &[("amount", &show::money(owed))]),
            false => t.say("add.balance.none").to_owned(),
        }),
        warning: account.warning.as_ref().map(|warning| t.english(warning)),
    });
    let amount = typed.amount.clone().or_else(|| {
        let owed = shown.and_then(|account| account.balance)?;
        owed.is_positive().then(|| owed.to_string())
    });
    let asks_amount = owed.is_some() || !item.show_balance;
    What {
        page: visit.page(label.text.clone(), !errors.is_empty()),
        action: frame.at(&format!("/pay/{}", item.fund)),
        help: visit.words(&item.help),
        reference: owed.is_none().then(|| reference_field(visit, item, typed, &errors)),
        amount: asks_amount.then(|| Input {
            id: "amount".into(),
            label: t.say("add.amount").into(),
            hint: t.say("add.amount.hint").to_owned(),
            value: amount.unwrap_or_default().chars().take(FIELD_LENGTH_MAX).collect(),
            error: errors.of("amount"),
            width: "govuk-input--width-10",
            is_money: true,
            error_word: t.say("error"),
            ..Input::default()
        }),
        owed,
        label,
        frame,
        errors,
    }
}

fn reference_field(visit: &Visit, item: &PortalItem, typed: &Typed, errors: &Errors) -> Input {
    let t = visit.language;
    let rule = visit.council.fund.iter().find(|fund| fund.code == item.fund);
    let is_number = rule.is_some_and(|fund| fund.reference.characters == Some(Characters::Numeric));
    Input {
        id: "reference".into(),
        label: visit.words(&item.reference).text.into(),
        hint: match item.example.as_str() {
            "" => String::new(),
            example => t.with("add.reference.example", &[("example", example)]),
        },
        value: typed.reference.chars().take(FIELD_LENGTH_MAX).collect(),
        error: errors.of("reference"),
        width: "govuk-input--width-20",
        // References are looked up, not filled in: another payer may sit here next.
        autocomplete: "off",
        inputmode: if is_number { "numeric" } else { "" },
        error_word: t.say("error"),
        ..Input::default()
    }
}
