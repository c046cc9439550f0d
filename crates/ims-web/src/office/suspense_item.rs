//! One suspense item, and putting it where it belongs.

use askama::Template;
use axum::{
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use chrono::NaiveDate;
use ims_app::{AppError, NewAllocation, OpenSuspense, Permission, ReceiptView};
use ims_ledger::id::SuspenseId;
use ims_money::Pence;
use serde::Deserialize;

use super::{
    form_key, id,
    names::Names,
    offers::{Offer, Sender, receipt},
    suspense_returns::{Cancelling, ToGiveBack},
};
use crate::{
    desk::{Desk, Sent},
    fault::Fault,
    form::{
        CHOOSE, Errors, FIELD_LENGTH_MAX, Input, NOTE_LENGTH_MAX, Select, address, read_amount,
    },
    page::{self, Page, Place},
};

#[derive(Template)]
#[template(path = "office/suspense_item.html")]
struct ItemPage {
    page: Page,
    errors: Errors,
    today: NaiveDate,
    item: OpenSuspense,
    names: Names,
    /// The receipt an allocation has just made, as it stands in the books.
    made: Option<ReceiptView>,
    offers: Vec<Offer>,
    /// Some of it was placed, and the reader may make a rule of it.
    may_rule: bool,
    form: Option<AllocationForm>,
    returns: ToGiveBack,
}

impl ItemPage {
    /// What the last allocation left, as a sentence.
    fn left(&self) -> String {
        if self.item.remaining.is_zero() {
            return "Nothing is left of this item.".to_owned();
        }
        format!("{} is left of this item.", crate::show::money(self.item.remaining))
    }
}

struct AllocationForm {
    fund: Select,
    reference: Input,
    amount: Input,
    note: Input,
    csrf: String,
    key: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    made: String,
}

/// The allocation form as it is sent.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Allocation {
    fund: String,
    reference: String,
    amount: String,
    note: String,
    key: String,
    /// Something when it is the form behind a suggestion's button.
    suggested: String,
    /// `list` when it was sent from there, to go back there.
    then: String,
    /// Which page of the list.
    after: String,
}

/// The item, with the form for whoever may allocate it.
pub(super) async fn show(
    desk: Desk,
    Path(text): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let item = desk.books.suspense_item(id(&text, "suspense item")?).await?;
    let sent = Allocation::of(&item);
    shown(&desk, item, (sent, None), Errors::default(), &asked.made).await
}

/// The item once more, with what is wrong with cancelling a return of it.
pub(super) async fn not_cancelled(
    desk: &Desk,
    id: SuspenseId,
    cancelling: Cancelling,
    errors: Errors,
) -> Result<Response, Fault> {
    let item = desk.books.suspense_item(id).await?;
    let sent = Allocation::of(&item);
    shown(desk, item, (sent, Some(cancelling)), errors, "").await
}

/// Allocates the item, whole or in part; the same form again changes nothing.
pub(super) async fn allocate(
    Path(text): Path<String>,
    sent: Sent<Allocation>,
) -> Result<Response, Fault> {
    let Sent { desk, form } = sent;
    let id: SuspenseId = id(&text, "suspense item")?;
    let mut errors = Errors::default();
    if let Some(wanted) = form.read(&mut errors)? {
        // A page may be old: what a suggestion said is looked at again, what a person says is not.
        let done = if form.suggested.is_empty() {
            desk.books.allocate_suspense(id, &wanted).await
        } else {
            desk.books.allocate_as_suggested(id, &wanted).await
        };
        match done {
            Ok(done) => {
                let made = ("made", done.receipt.as_str());
                let to = match form.then.as_str() {
                    "list" => address("/office/suspense", &[("after", &form.after), made]),
                    _ => address(&format!("/office/suspense/{id}"), &[made]),
                };
                return Ok(Redirect::to(&to).into_response());
            }
            Err(AppError::BadInput(words)) => errors.add("reference", crate::show::upper(&words)),
            Err(AppError::Refused(words)) => errors.add("amount", crate::show::upper(&words)),
            Err(error) => return Err(error.into()),
        }
    }
    let item = desk.books.suspense_item(id).await?;
    shown(&desk, item, (form, None), errors, "").await
}

impl Allocation {
    /// All that is left of the item, to what it came with.
    fn of(item: &OpenSuspense) -> Self {
        let (reference, amount) = (item.reference.clone(), item.remaining.to_string());
        Self { reference, amount, ..Self::default() }
    }

    /// What is asked for, or in `errors` what is wrong with it.
    fn read(&self, errors: &mut Errors) -> Result<Option<NewAllocation>, Fault> {
        let key = form_key::read(&self.key)?;
        if self.fund.is_empty() || self.fund.len() > FIELD_LENGTH_MAX {
            errors.add("fund", "Choose a fund");
        }
        let reference = self.reference.trim();
        if reference.is_empty() {
            errors.add("reference", "Enter the account reference");
        } else if reference.chars().count() > FIELD_LENGTH_MAX {
            let words = format!("Account reference must be {FIELD_LENGTH_MAX} characters or fewer");
            errors.add("reference", words);
        }
        let amount = read_amount(&self.amount);
        if let Err(words) = &amount {
            errors.add("amount", words);
        }
        if self.note.chars().count() > NOTE_LENGTH_MAX {
            errors.add("note", format!("Note must be {NOTE_LENGTH_MAX} characters or fewer"));
        }
        let amount = amount.ok().filter(|_| errors.is_empty());
        Ok(amount.map(|amount| NewAllocation {
            fund: self.fund.clone(),
            reference: reference.to_owned(),
            amount: Some(amount),
            note: self.note.trim().to_owned(),
            key: Some(key),
        }))
    }

    fn fields(self, errors: &Errors, names: &Names, desk: &Desk) -> AllocationForm {
        let field = |id: &'static str, label: &'static str, value: String, width| Input {
            id: id.into(),
            label: label.into(),
            value,
            error: errors.of(id),
            width,
            ..Input::default()
        };
        AllocationForm {
            fund: Select {
                id: "fund".into(),
                label: "Fund",
                hint: "",
                value: self.fund,
                error: errors.of("fund"),
                blank: CHOOSE,
                choices: names.open_funds.clone(),
            },
            reference: field(
                "reference",
                "Account reference",
                self.reference,
                "govuk-input--width-20",
            ),
            amount: Input {
                is_money: true,
                hint: "All that is left, or part of it".to_owned(),
                ..field("amount", "Amount", self.amount, "govuk-input--width-10")
            },
            note: Input {
                hint: "Why, for whoever checks this later".to_owned(),
                ..field("note", "Note (optional)", self.note, "")
            },
            csrf: desk.session.csrf.clone(),
            key: form_key::kept(&self.key, desk),
        }
    }
}

async fn shown(
    desk: &Desk,
    item: OpenSuspense,
    (sent, cancelling): (Allocation, Option<Cancelling>),
    errors: Errors,
    made: &str,
) -> Result<Response, Fault> {
    let names = Names::of(&desk.books).await?;
    let may_allocate = desk.may(Permission::AllocateSuspense) && item.remaining > Pence::ZERO;
    let form = may_allocate.then(|| sent.fields(&errors, &names, desk));
    let key = form.as_ref().map(|form| form.key.as_str()).unwrap_or_default();
    let offers = Sender { desk, names: &names, item: &item, key }.offers().await?;
    let may_rule = item.remaining != item.amount && desk.may(Permission::ManageHolders);
    let returns = ToGiveBack::of(desk, &item, cancelling, &errors).await?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let template = ItemPage {
        page: Page::of(desk, Some(Place::Suspense), "Suspense item")
            .with_errors(!errors.is_empty()),
        errors,
        today: desk.today(),
        item,
        names,
        made: receipt(desk, made).await?,
        offers,
        may_rule,
        form,
        returns,
    };
    Ok(page::html(status, &template))
}
