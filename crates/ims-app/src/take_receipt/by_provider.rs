//! A basket that a provider is to take the money for: checked as at a counter
//! before it is asked, and posted without a further question once it is paid.

use chrono::NaiveDate;
use ims_ledger::{MethodKind, id::ChannelCode};
use ims_store::Tx;

use super::{
    Made, NewReceipt, Settings, all_admitted, ask::digest, lines::split, made::Taken, method_of,
    total_of, wish,
};
use crate::{
    AppError, Books, Result,
    admit::{Admitted, admit},
};

/// A basket that may be paid for.
#[derive(Debug)]
pub(crate) struct Basket {
    pub(crate) channel: String,
    pub(crate) total: ims_money::Pence,
    /// The fund and account of each line, settled.
    pub(crate) accounts: Vec<(String, String)>,
}

/// The hash of what is asked.
pub(crate) fn digest_of(new: &NewReceipt) -> ims_ledger::seal::ContentHash {
    digest(new)
}

impl Books {
    /// Whether a provider may be asked for it, by every check of a counter.
    pub(crate) async fn checked_basket(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        new: &NewReceipt,
    ) -> Result<Basket> {
        if !self.actor().scope().may_no_office() {
            let who = self.actor().name();
            return Err(AppError::Refused(format!(
                "a payment through a provider is at no office, and {who} works for some offices only: \
                 somebody who works for all of them starts it"
            )));
        }
        let method = self.may_take(settings, new)?;
        match method.kind {
            MethodKind::CardOnline | MethodKind::CardStaff | MethodKind::CardPhone => {}
            _ => {
                let what = format!("{} is no card: no provider takes money by it", method.code);
                return Err(AppError::BadInput(what));
            }
        }
        if let Some(line) = new.lines.iter().find(|line| !line.amount.is_positive()) {
            let what =
                format!("{} cannot be asked of a provider: only more than nothing", line.amount);
            return Err(AppError::BadInput(what));
        }
        let today = self.world().today();
        let funds = settings.funds()?;
        let terms = self.terms_of(new, &settings.council, &funds, method, today)?;
        let wishes: Vec<_> = new.lines.iter().map(wish).collect();
        let admitted = all_admitted(admit(tx, self, terms, &wishes).await?)?;
        self.may_be_taken(new, &admitted)?;
        for (line, asked) in admitted.iter().zip(&new.lines) {
            let bad = |bad: ims_ledger::BadVat| AppError::BadInput(bad.to_string());
            let chosen = settings.council.vat_of(line.fund, asked.vat_code.as_deref());
            let vat = chosen.map_err(bad)?.vat;
            vat.map(|vat| vat.held_in(asked.amount, today)).transpose().map_err(bad)?;
        }
        let account = |line: &Admitted<'_>| (line.fund.code.to_string(), line.reference.clone());
        Ok(Basket {
            channel: method.channel.to_string(),
            total: total_of(new)?,
            accounts: admitted.iter().map(account).collect(),
        })
    }

    /// The rows of what a provider took the money for, which waits in `channel`. Nothing is refused but
    /// what the configuration of today cannot post: [`AppError::BadInput`].
    pub(crate) async fn taken_by_provider(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        new: &NewReceipt,
        on: NaiveDate,
        (channel, source): (&ChannelCode, &str),
    ) -> Result<Made> {
        let method = method_of(settings, &new.method)?;
        let funds = settings.funds()?;
        let account = |line: &super::NewReceiptLine| {
            let gone = || AppError::BadInput(format!("fund `{}` is not configured", line.fund));
            let fund = funds.get(&line.fund).ok_or_else(gone)?;
            let reference = line.reference.clone();
            Ok(Admitted { fund, reference, old: None, warning: None, holder: None })
        };
        let admitted = new.lines.iter().map(account).collect::<Result<Vec<_>>>()?;
        let rest = split(tx, self, new, &admitted).await?;
        let closed_through = tx.closed_through(self.id()).await?;
        let (admitted, rest) = (admitted.as_slice(), rest.as_slice());
        let source = Some(source);
        let taken = Taken { new, method, channel, on, admitted, rest, source };
        self.made(&settings.council, closed_through, taken)
    }
}
