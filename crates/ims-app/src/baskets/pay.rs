//! A basket brought to a payment, and the resident come back from it.

use ims_ledger::{Council, Through, id::PaymentId};
use ims_pay::Language;

use super::{basket_of, key_of};
use crate::{
    Books, LinkState, NewPayment, PaymentLine, Result, WantedMail, books::patiently,
    payments::is_for,
};

/// Why a basket cannot be brought to a payment now.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotBrought {
    /// It is not what was shown: another tab changed it, or it is empty or paid.
    Changed,
    /// A fund needs to know who pays.
    NeedsPayer,
    /// A payment of what was in it before has not ended.
    UnderWay(PaymentId),
    /// No account at a provider takes it, or a payment link would be paid in part.
    NoAccount,
    /// A line, by its reference, came by a payment link that cannot be paid any
    /// more: somebody else has paid it, or the council took it back, or it is over.
    LinkEnded(String, LinkState),
}

/// A payment that a resident came back from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BroughtBack {
    /// The payment.
    pub id: PaymentId,
    /// Whether it is of this visit: nobody else is shown what it was for.
    pub is_theirs: bool,
    /// Whether its receipt is sent by e-mail.
    pub is_mailed: bool,
}

/// The account at a provider that takes the payments into all of these funds.
pub(crate) fn account_for<'c, 'f>(
    council: &'c Council,
    funds: impl IntoIterator<Item = &'f str>,
) -> Option<&'c str> {
    let method = council.portal.method.as_ref()?.as_str();
    council.provider_for_all(method, funds).map(|account| account.name.as_str())
}

impl Books {
    /// The payment that a basket is brought to: what was shown in the state
    /// `content`, through the provider's account for it. Where funds have accounts of
    /// their own it is the first of its [parts](crate::BasketView::parts); once that is paid,
    /// the others are what is left in the basket. Brought again, from another tab too,
    /// it is the same payment until that has ended without money.
    ///
    /// # Errors
    ///
    /// What the store says; the inner error says why not.
    pub async fn bring_basket(
        &self,
        token: &str,
        content: i64,
    ) -> Result<Result<NewPayment, NotBrought>> {
        self.serves_residents()?;
        patiently(|| self.bring_once(token, content)).await
    }

    async fn bring_once(
        &self,
        token: &str,
        content: i64,
    ) -> Result<Result<NewPayment, NotBrought>> {
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        let mut held = self.held_basket(&mut tx, token).await?;
        let Some(row) = &held.row else { return Ok(Err(NotBrought::Changed)) };
        let basket = row.id;
        let view = held.view(&settings)?;
        if view.lines.is_empty() || view.content != content {
            return Ok(Err(NotBrought::Changed));
        }
        if let Some((reference, state)) = self.ended_link(&mut tx, &held).await? {
            return Ok(Err(NotBrought::LinkEnded(reference, state)));
        }
        if view.needs_payer {
            return Ok(Err(NotBrought::NeedsPayer));
        }
        let Some(part) = view.parts.first() else { return Ok(Err(NotBrought::Changed)) };
        let provider = account_for(&settings.council, part.funds());
        let (Some(provider), Some(links)) = (provider, held.links_of(part)) else {
            return Ok(Err(NotBrought::NoAccount));
        };
        let line = |line: &super::BasketLine| PaymentLine {
            fund: line.fund.clone(),
            reference: line.reference.clone(),
            amount: line.amount,
            vat_code: None,
        };
        let method = settings.council.portal.method.as_ref().map(ToString::to_string);
        let new = NewPayment {
            provider: provider.to_owned(),
            method: method.unwrap_or_default(),
            through: Through::Portal,
            lines: part.lines.iter().map(line).collect(),
            payer: view.payer,
            mail: view.mail.map(|address| WantedMail { address, language: Language::English }),
            links,
            asked_with: String::new(),
            key: Some(key_of(basket, held.tries)),
        };
        if let Some(open) = held.under_way()? {
            return Ok(if is_for(open, &new) {
                Ok(new)
            } else {
                Err(NotBrought::UnderWay(open.id))
            });
        }
        if held.tries > 0 && held.last.is_none() {
            // Brought, but nobody has started it yet: the key is still good.
            return Ok(Ok(new));
        }
        held.tries = held.tries.saturating_add(1);
        self.keep_basket(&mut tx, token, &held).await?;
        tx.commit().await?;
        Ok(Ok(NewPayment { key: Some(key_of(basket, held.tries)), ..new }))
    }

    /// The payment that we call so, and whether it is of the visit with this
    /// token. `None` when there is none.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn brought_back(&self, token: &str, reference: &str) -> Result<Option<BroughtBack>> {
        self.serves_residents()?;
        let mut tx = self.store().snapshot().await?;
        let Some(id) = tx.payment_referenced(self.id(), reference).await? else {
            return Ok(None);
        };
        let of = tx.payment(self.id(), id).await?.as_ref().and_then(basket_of);
        let held = self.held_basket(&mut tx, token).await?.row;
        let is_theirs = matches!((of, held), (Some((of, _)), Some(held)) if of == held.id);
        let is_mailed = tx.receipt_mail(self.id(), id).await?.is_some();
        Ok(Some(BroughtBack { id, is_theirs, is_mailed }))
    }
}
