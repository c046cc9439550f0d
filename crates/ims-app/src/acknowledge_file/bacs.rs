//! What Bacs says of a file of refunds, out of its input report.

use ims_ledger::{Advice, RefundEvent, id::ExportId};
use ims_money::Pence;
use ims_store::{ExportState, RefundRow, Tx};

use crate::{Ack, AppError, Books, NewFile, RefundNews, Result};

/// What the report says of one file.
struct Input<'a> {
    /// The credits that were taken.
    accepted: Option<Pence>,
    /// The refunds that were not, with what was said of each.
    rejected: Vec<(RefundRow, &'a Advice)>,
}

impl Books {
    /// Records what an input report says: a refund that was rejected failed; the
    /// file was accepted unless all of them were rejected.
    pub(super) async fn acknowledge_by_bacs(
        &self,
        id: ExportId,
        file: NewFile<'_>,
        advices: &[Advice],
        their_reference: &str,
    ) -> Result<ExportState> {
        let mut tx = self.store().snapshot().await?;
        let input = self.input(&mut tx, id, &file, advices).await?;
        drop(tx);
        let mut said = Vec::new();
        for (refund, advice) in &input.rejected {
            let news = RefundNews {
                notice: Some(format!("INPUT {id}")),
                reference: file.name.to_owned(),
                reason: advice.meaning.clone(),
                ..RefundNews::of(RefundEvent::Fail)
            };
            self.record_refund(refund.id, &news).await?;
            said.push(format!("{} rejected: {}", refund.number, advice.meaning));
        }
        let ack = if input.accepted.is_some() { Ack::Accepted } else { Ack::Rejected };
        let theirs = their_reference.trim();
        let theirs = if theirs.is_empty() { file.name } else { theirs };
        self.acknowledge_export(id, ack, theirs, &said.join("; ")).await
    }

    /// Everything the report says of the file; refused where that is not the
    /// whole of it.
    async fn input<'a>(
        &self,
        tx: &mut Tx,
        id: ExportId,
        file: &NewFile<'_>,
        advices: &'a [Advice],
    ) -> Result<Input<'a>> {
        let bad = |what: String| AppError::BadInput(format!("{}: {what}", file.name));
        let absent = || AppError::NotFound { what: "file of refunds", name: id.to_string() };
        let sent = tx.refund_file(self.id(), id).await?.ok_or_else(absent)?;
        let refunds = tx.refunds_of_file(self.id(), id).await?;
        let mut accepted: Option<Pence> = None;
        let mut rejected = Vec::new();
        for advice in advices.iter().filter(|advice| advice.kind == "INPUT") {
            let amount = advice.amount.and_then(|amount| amount.pence()).unwrap_or_default();
            match advice.code.as_str() {
                "ACCEPTED" if advice.reference != sent.serial => {
                    let (theirs, ours) = (&advice.reference, &sent.serial);
                    return Err(bad(format!("it is of submission {theirs}, not of {ours}")));
                }
                // Credits and the contra are each said: both come to the same.
                "ACCEPTED" if accepted.is_none_or(|before| before == amount) => {
                    accepted = Some(amount);
                }
                "ACCEPTED" => return Err(bad("it accepted more than one sum".to_owned())),
                "REJECTED" => {
                    let fits = |refund: &RefundRow, export: ExportId| {
                        export == id && refund.amount == amount
                    };
                    let found = tx.refunds_sent_as(self.id(), &advice.reference).await?;
                    let found = found.into_iter().find(|(refund, export)| fits(refund, *export));
                    let other = || bad(format!("`{}` of {amount} is not in it", advice.reference));
                    rejected.push((found.ok_or_else(other)?.0, advice));
                }
                _ => {}
            }
        }
        if accepted.is_none() && rejected.is_empty() {
            return Err(bad("it says nothing of a submission of ours".to_owned()));
        }
        let sum = |refunds: &mut dyn Iterator<Item = Pence>| {
            Pence::checked_sum(refunds).ok_or(AppError::Overflow)
        };
        let all = sum(&mut refunds.iter().map(|refund| refund.amount))?;
        let out = sum(&mut rejected.iter().map(|(refund, _)| refund.amount))?;
        let taken = accepted.unwrap_or_default();
        if taken.checked_add(out) == Some(all) {
            return Ok(Input { accepted, rejected });
        }
        Err(bad(format!(
            "it accepted {taken} and rejected {out}, but {} is of {all}: see to it by hand",
            sent.file_name
        )))
    }
}
