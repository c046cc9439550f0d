//! Money that moves between accounts: what journals, transfers and the
//! allocation of suspense have in common.

use chrono::NaiveDate;
use ims_ledger::{
    Balanced, Council, Draft, MethodKind, Stops, Through, flow,
    id::{ApprovalId, EntryId, FundCode, ReceiptId, TransferId, VatCode},
};
use ims_money::Pence;
use ims_store::{EntryRow, LineKey, LineUseRow, ReceiptLineRow, ReceiptRow, Tx};
use serde::{Deserialize, Serialize};

use crate::{
    AppError, Books, Result,
    admit::{Admitted, Terms, Wish, admit},
    import_file::funds_of,
    no_card::no_card,
    posting::{Writer, some},
};

/// An account, and how much goes there or is taken from there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovedPart {
    /// The fund's code.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// How much, gross.
    pub amount: Pence,
    /// A VAT code, where the fund allows another than its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_code: Option<String>,
}

/// What a journal or transfer made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transferred {
    /// Its id.
    pub id: TransferId,
    /// The receipt's number.
    pub receipt: String,
    /// How much was moved, gross.
    pub amount: Pence,
    /// What somebody should know: stops that only warn or were overridden, VAT
    /// codes that were not used.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Whether it had been done under the same key before.
    #[serde(skip)]
    pub before: bool,
}

/// What came of asking for a journal or transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Moved {
    /// It is posted.
    Done(Transferred),
    /// It is more than the council's limit: nothing is posted until a second
    /// person approves it.
    Waits(ApprovalId),
}

impl Moved {
    /// The same, answered again.
    pub(crate) fn again(self) -> Self {
        match self {
            Self::Done(done) => Self::Done(Transferred { before: true, ..done }),
            Self::Waits(id) => Self::Waits(id),
        }
    }
}

/// The most accounts that one deed moves money between.
pub const PARTS_MAX: usize = 500;

/// The sum of `parts`.
pub(crate) fn sum_of(parts: &[MovedPart]) -> Result<Pence> {
    Pence::checked_sum(parts.iter().map(|part| part.amount)).ok_or(AppError::Overflow)
}

/// A reason that says something, and no card's number.
pub(crate) fn reasoned(reason: &str) -> Result<&str> {
    no_card("reason", reason)?;
    match reason.trim() {
        "" => Err(AppError::BadInput("say why: a reason is needed".to_owned())),
        reason => Ok(reason),
    }
}

/// How a receipt that no payer made goes by: the council's own code, or the word.
pub(crate) fn method_of(council: &Council, kind: MethodKind, word: &str) -> String {
    let own = council.method.iter().find(|method| method.kind == kind && !method.disabled);
    own.map_or_else(|| word.to_owned(), |method| method.code.to_string())
}

/// Receipt lines, and what somebody should know of them.
#[derive(Debug, Default)]
pub(crate) struct Lined {
    pub(crate) lines: Vec<ReceiptLineRow>,
    pub(crate) warnings: Vec<String>,
}

/// Receipt lines for `parts`, each account checked by the chain that money at a
/// counter goes through, VAT by its fund's own rule on `day`. Of what accounts
/// are given, their stops decide as `stops` says; what is taken from an account
/// or credited to one on stop asks nobody: that is [`Stops::Overridden`].
pub(crate) async fn lines_for(
    books: &Books,
    tx: &mut Tx,
    council: &Council,
    parts: &[MovedPart],
    day: NaiveDate,
    stops: Stops,
) -> Result<Lined> {
    if parts.len() > PARTS_MAX {
        let what = format!("{} accounts are more than {PARTS_MAX} at once", parts.len());
        return Err(AppError::BadInput(what));
    }
    for part in parts {
        if part.fund.is_empty() {
            return Err(AppError::BadInput("say the fund".to_owned()));
        }
        books.needs_fund(&part.fund)?;
    }
    let funds = funds_of(council)?;
    let terms =
        Terms { council, funds: &funds, method: None, through: Through::Staff, stops, on: day };
    // The fund's limit is looked at below: the money may be going the other way.
    let wishes: Vec<_> = parts
        .iter()
        .map(|part| Wish { fund: &part.fund, reference: &part.reference, amount: None })
        .collect();
    let admitted = admit(tx, books, terms, &wishes).await?;
    let mut lined = Lined::default();
    for (admitted, part) in admitted.into_iter().zip(parts) {
        let admitted = admitted?;
        // An old reference may lead to a fund of somebody else's.
        books.needs_fund(admitted.fund.code.as_str())?;
        lined.add(council, admitted, part, day)?;
    }
    Ok(lined)
}

impl Lined {
    fn add(
        &mut self,
        council: &Council,
        to: Admitted<'_>,
        part: &MovedPart,
        day: NaiveDate,
    ) -> Result<()> {
        let Admitted { fund, reference, warning, .. } = to;
        if let Some(max) = fund.max_pence.filter(|max| part.amount > *max) {
            let what =
                format!("{} is more than fund {} takes at once ({max})", part.amount, fund.code);
            return Err(AppError::BadInput(what));
        }
        let bad = |bad: ims_ledger::BadVat| AppError::BadInput(bad.to_string());
        let chosen = council.vat_of(fund, part.vat_code.as_deref()).map_err(bad)?;
        self.warnings.extend(warning.map(|says| format!("{} {reference}: {says}", fund.code)));
        if chosen.is_fixed {
            let code = part.vat_code.as_deref().unwrap_or_default();
            let fund = &fund.code;
            let what = format!("VAT code {code} was not used: fund {fund} takes only its own");
            self.warnings.push(what);
        }
        let held = chosen.vat.map(|vat| vat.held_in(part.amount, day)).transpose().map_err(bad)?;
        self.lines.push(ReceiptLineRow {
            fund: fund.code.to_string(),
            reference,
            amount: part.amount,
            vat_code: held.map(|held| held.vat.code.to_string()),
            vat_basis_points: held.map(|held| held.basis_points.get().into()),
            vat: held.map_or(Pence::ZERO, |held| held.held),
        });
        Ok(())
    }
}

/// The same line, taken instead of given.
pub(crate) fn negated(line: ReceiptLineRow) -> Result<ReceiptLineRow> {
    let amount = line.amount.checked_neg().ok_or(AppError::Overflow)?;
    let vat = line.vat.checked_neg().ok_or(AppError::Overflow)?;
    Ok(ReceiptLineRow { amount, vat, ..line })
}

/// The entry of what these lines gain: with `from`, money out of suspense;
/// without, money that only moves between them.
pub(crate) fn entry_of(lines: &[ReceiptLineRow], from_suspense: FromSuspense) -> Result<Balanced> {
    let bad = |bad: ims_ledger::id::BadCode| AppError::BadInput(bad.to_string());
    let codes = |line: &ReceiptLineRow| {
        let vat = line.vat_code.as_deref().map(VatCode::parse).transpose().map_err(bad)?;
        Ok((FundCode::parse(&line.fund).map_err(bad)?, vat))
    };
    let codes = lines.iter().map(codes).collect::<Result<Vec<_>>>()?;
    let gain = |((fund, vat), line): (&(FundCode, Option<VatCode>), &ReceiptLineRow)| {
        (fund.clone(), vat.clone(), line.amount, line.vat)
    };
    let owned: Vec<_> = codes.iter().zip(lines).map(gain).collect();
    let gains: Vec<_> = owned
        .iter()
        .map(|(fund, vat, gross, held)| flow::Gain {
            fund,
            gross: *gross,
            vat: vat.as_ref().map(|code| (code, *held)),
        })
        .collect();
    match from_suspense {
        FromSuspense::Yes => some(flow::allocated(&gains)),
        FromSuspense::No => some(flow::moved(&gains)),
    }
}

/// Whether money comes out of suspense, or only moves between accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FromSuspense {
    /// Out of suspense.
    Yes,
    /// Between accounts.
    No,
}

/// A receipt of `lines`, known today of money that came on `happened_on`; its
/// entry is made from what it says of itself.
pub(crate) fn receipt_of(
    writer: &Writer<'_>,
    method: &str,
    happened_on: NaiveDate,
    lines: Vec<ReceiptLineRow>,
) -> Result<ReceiptRow> {
    let total = Pence::checked_sum(lines.iter().map(|line| line.amount));
    let mut receipt = writer.receipt(method, happened_on, &[])?;
    receipt.accounting_day = writer.day(writer.books.world().today());
    receipt.total = total.ok_or(AppError::Overflow)?;
    receipt.lines = lines;
    Ok(receipt)
}

impl Books {
    /// What a stop does to money that staff move to an account. Who approves it
    /// as a second person has seen the account: asking was refused, or done by
    /// who may override.
    pub(crate) fn stops_of_moves(&self, approval: Option<ApprovalId>) -> Stops {
        match approval {
            Some(_) => Stops::Overridden,
            None => self.stops(Through::Staff),
        }
    }

    /// What every row of this unit of work shares.
    pub(crate) async fn writer(&self, tx: &mut Tx) -> Result<Writer<'_>> {
        Ok(Writer {
            books: self,
            now: self.world().now(),
            closed_through: tx.closed_through(self.id()).await?,
            import: None,
        })
    }

    /// An entry that undoes another in today's open day, side for side.
    pub(crate) async fn contra_of(
        &self,
        tx: &mut Tx,
        writer: &Writer<'_>,
        entry: EntryId,
        about: String,
    ) -> Result<EntryRow> {
        let postings = tx.postings(self.id(), entry).await?;
        let draft = postings.into_iter().fold(Draft::new(), |draft, (account, side, amount)| {
            draft.on(account, side.other(), amount)
        });
        Ok(writer.entry("undo", self.world().today(), about, draft.balance()?))
    }

    /// Takes every positive line of a receipt whole, because the receipt is
    /// undone by `undone`: nothing can be taken of it afterwards.
    ///
    /// Refused, naming it, when something was taken of it before.
    pub(crate) async fn take_whole(
        &self,
        tx: &mut Tx,
        receipt: &ReceiptRow,
        undone: ReceiptId,
        subject: uuid::Uuid,
    ) -> Result<()> {
        let mut uses = Vec::new();
        for (line, number) in receipt.lines.iter().zip(1_i64..) {
            if !line.amount.is_positive() {
                continue;
            }
            let of = LineKey { receipt: receipt.id, line: number };
            let taken = tx.take_from_line(self.id(), of, line.amount).await?;
            let ims_store::Taken::Vat(vat) = taken else {
                return Err(self.standing_on(tx, receipt).await?);
            };
            uses.push(LineUseRow {
                id: self.world().id(),
                of,
                purpose: "reversal".to_owned(),
                amount: line.amount,
                vat,
                to: Some(LineKey { receipt: undone, line: number }),
                subject,
                by: self.actor().name().to_owned(),
                at: self.world().now(),
            });
        }
        Ok(tx.add_line_uses(self.id(), &uses).await?)
    }

    /// What has been taken of a receipt's lines, in words.
    async fn standing_on(&self, tx: &mut Tx, receipt: &ReceiptRow) -> Result<AppError> {
        let mut standing: Vec<(uuid::Uuid, LineUseRow)> = Vec::new();
        for one in tx.line_uses(self.id(), receipt.id).await? {
            match standing.iter_mut().find(|(subject, _)| *subject == one.subject) {
                Some((_, sum)) => {
                    sum.amount = sum.amount.checked_add(one.amount).ok_or(AppError::Overflow)?;
                }
                None => standing.push((one.subject, one)),
            }
        }
        let words = standing.iter().filter(|(_, sum)| sum.amount.is_positive()).map(|(_, sum)| {
            let what = match sum.purpose.as_str() {
                "transfer" => "a journal",
                "refund" => "a refund",
                "return" => "a payment sent back",
                "dispute" => "a dispute",
                _ => "a reversal",
            };
            format!("{what} of {} by {} on {}", sum.amount, sum.by, sum.at.format("%d/%m/%Y"))
        });
        let words: Vec<_> = words.collect();
        Ok(AppError::Refused(format!(
            "receipt {} cannot be taken back while these stand on it: {}",
            receipt.number,
            words.join(", ")
        )))
    }
}
