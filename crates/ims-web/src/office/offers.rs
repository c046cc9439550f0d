//! Whose a suspense item may be: each suggestion with a button that puts the
//! item there, by the same form as a person fills in.

use askama::{Template, filters::HtmlSafe};
use ims_app::{
    AppError, OpenSuspense, Perhaps, Permission, ReceiptView, SearchReceipts, suggestion_note,
};
use ims_money::Pence;

use super::names::Names;
use crate::{
    desk::Desk,
    fault::Fault,
    form::{FIELD_LENGTH_MAX, NOTE_LENGTH_MAX},
};

/// The most suggestions of an item that are shown: each has a digit as its key.
const OFFERS_MAX: usize = 9;

/// How likely, in thousandths, the best suggestion is whose button a list has.
const LISTED_MIN: u16 = 500;

/// An account that an item may have been meant for.
pub(super) struct Offer {
    pub(super) fund: String,
    pub(super) reference: String,
    /// How likely it is, in per cent.
    pub(super) likely: String,
    pub(super) reasons: Vec<String>,
    /// For whoever may allocate.
    pub(super) accept: Option<Accept>,
}

/// The form behind a suggestion's button: that of the item's page, filled in.
#[derive(Template)]
#[template(path = "office/accept.html")]
pub(super) struct Accept {
    item: String,
    csrf: String,
    key: String,
    fund: String,
    reference: String,
    amount: Pence,
    note: String,
    /// Whom it is for, in words.
    whose: String,
    access_key: Option<usize>,
    /// The page of the list that it goes back to.
    list: Option<String>,
}

impl HtmlSafe for Accept {}

/// Who sends the forms, and what they have in common.
pub(super) struct Sender<'a> {
    pub(super) desk: &'a Desk,
    pub(super) names: &'a Names,
    pub(super) item: &'a OpenSuspense,
    /// One key for all of an item's forms: one of them is done.
    pub(super) key: &'a str,
}

impl Sender<'_> {
    /// What the item may be, looked at closely; nothing when none of it is left.
    pub(super) async fn offers(&self) -> Result<Vec<Offer>, Fault> {
        let found = match self.desk.books.suggest_suspense(self.item.id).await {
            Ok(found) => found,
            Err(AppError::Refused(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let found = found.into_iter().take_while(|it| it.permille > 0).take(OFFERS_MAX);
        let offers = (1..).zip(found).map(|(number, it)| {
            let account = (it.fund.as_str(), it.reference.as_str());
            let accept = self.accept(account, &it.reasons, Some(number), None);
            // It may be booked already: a person who knows better fills in the form.
            let accept = accept.filter(|_| it.awaited.is_empty());
            offer(account, it.permille, &it.reasons, accept)
        });
        Ok(offers.collect())
    }

    /// The best of what was seen at a glance, for the page of the list that
    /// follows `after`.
    pub(super) fn listed(&self, best: &Perhaps, after: &str) -> Offer {
        let account = (best.fund.as_str(), best.reference.as_str());
        let accept = self.accept(account, &best.reasons, None, Some(after.to_owned()));
        let accept = accept.filter(|_| best.permille >= LISTED_MIN && best.awaited.is_empty());
        offer(account, best.permille, &best.reasons, accept)
    }

    fn accept(
        &self,
        (fund, reference): (&str, &str),
        reasons: &[String],
        access_key: Option<usize>,
        list: Option<String>,
    ) -> Option<Accept> {
        // Money that went out is put nowhere.
        let may = self.desk.may(Permission::AllocateSuspense)
            && self.item.remaining.is_positive()
            && !self.key.is_empty();
        may.then(|| Accept {
            item: self.item.id.to_string(),
            csrf: self.desk.session.csrf.clone(),
            key: self.key.to_owned(),
            fund: fund.to_owned(),
            reference: reference.to_owned(),
            amount: self.item.remaining,
            note: suggestion_note(reasons).chars().take(NOTE_LENGTH_MAX).collect(),
            whose: format!("{} {reference}", self.names.fund(fund)),
            access_key,
            list,
        })
    }
}

fn offer(
    (fund, reference): (&str, &str),
    permille: u16,
    reasons: &[String],
    accept: Option<Accept>,
) -> Offer {
    Offer {
        fund: fund.to_owned(),
        reference: reference.to_owned(),
        likely: crate::show::share(i64::from(permille), 1_000).unwrap_or_default(),
        reasons: reasons.iter().map(|why| crate::show::upper(why)).collect(),
        accept,
    }
}

/// The receipt of that number: what a page says was done is in the books.
pub(super) async fn receipt(desk: &Desk, number: &str) -> Result<Option<ReceiptView>, Fault> {
    if number.is_empty() || number.len() > FIELD_LENGTH_MAX {
        return Ok(None);
    }
    let wanted = SearchReceipts::Number(number.to_owned());
    Ok(desk.books.search_receipts(&wanted, None, 1).await?.into_iter().next())
}
