//! Making rows for the store: ids, days, salts, numbers.

use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{
    BadVat, Balanced, Council, Fund, HeldIn, NotBalanced, Vat, accounting_day, flow,
    id::{EntryId, ImportId, ReceiptId},
    seal::ContentHash,
};
use ims_money::{Pence, vat};
use ims_store::{EntryRow, ReceiptLineRow, ReceiptRow};
use uuid::Uuid;

use crate::{AppError, Books, Result};

/// What every row of one unit of work shares.
#[derive(Clone, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) books: &'a Books,
    pub(crate) now: DateTime<Utc>,
    pub(crate) closed_through: Option<NaiveDate>,
    pub(crate) import: Option<ImportId>,
}

/// A text about people, apart from the entry that carries its digest.
pub(crate) type Detail = (Uuid, Vec<u8>, String);

/// A line of income, its fund and reference settled.
#[derive(Clone, Debug)]
pub(crate) struct Income<'a> {
    pub(crate) fund: &'a Fund,
    pub(crate) reference: String,
    pub(crate) amount: Pence,
    pub(crate) vat: Option<HeldVat<'a>>,
}

/// The VAT held in a line.
#[derive(Clone, Debug)]
pub(crate) struct HeldVat<'a> {
    pub(crate) vat: &'a Vat,
    pub(crate) basis_points: vat::BasisPoints,
    pub(crate) held: Pence,
}

impl Writer<'_> {
    pub(crate) fn day(&self, happened_on: NaiveDate) -> NaiveDate {
        accounting_day(happened_on, self.closed_through)
    }

    /// An entry of this unit of work.
    pub(crate) fn entry(
        &self,
        kind: &'static str,
        happened_on: NaiveDate,
        about: String,
        postings: Balanced,
    ) -> EntryRow {
        EntryRow {
            id: EntryId::new(self.books.world().id()),
            kind,
            happened_on,
            accounting_day: self.day(happened_on),
            posted_at: self.now,
            actor: self.books.actor().name().to_owned(),
            key: None,
            about,
            import: self.import,
            detail: None,
            postings,
        }
    }

    /// Keeps `words` apart under `owner` and gives the digest for the entry.
    pub(crate) fn detail(
        &self,
        owner: Uuid,
        words: &str,
        details: &mut Vec<Detail>,
    ) -> Option<ContentHash> {
        if words.is_empty() {
            return None;
        }
        let salt: [u8; 16] = self.books.world().bytes();
        let digest = ContentHash::salted(&salt, words);
        details.push((owner, salt.to_vec(), words.to_owned()));
        Some(digest)
    }

    /// A receipt row for lines of income; its entry is made by `entry`, from
    /// what it says of itself.
    pub(crate) fn receipt(
        &self,
        method: &str,
        happened_on: NaiveDate,
        lines: &[Income<'_>],
    ) -> Result<ReceiptRow> {
        let total = Pence::checked_sum(lines.iter().map(|line| line.amount));
        let random = u64::from_be_bytes(self.books.world().bytes());
        Ok(ReceiptRow {
            id: ReceiptId::new(self.books.world().id()),
            number: ims_ledger::ReceiptNumber::from_random(random).to_string(),
            method: method.to_owned(),
            office: None,
            happened_on,
            accounting_day: self.day(happened_on),
            posted_at: self.now,
            total: total.ok_or(AppError::Overflow)?,
            entry: EntryId::new(Uuid::nil()),
            import: None,
            source_ref: None,
            reverses: None,
            lines: lines.iter().map(line_row).collect(),
        })
    }
}

impl Writer<'_> {
    /// The receipt that undoes `receipt`, posted by `entry` in today's open
    /// day: its amounts and its VAT the other way round.
    pub(crate) fn undoing(&self, receipt: &ReceiptRow, entry: EntryId) -> Result<ReceiptRow> {
        let negated = |amount: Pence| amount.checked_neg().ok_or(AppError::Overflow);
        let random = u64::from_be_bytes(self.books.world().bytes());
        let mut undone = receipt.clone();
        undone.id = ReceiptId::new(self.books.world().id());
        undone.number = ims_ledger::ReceiptNumber::from_random(random).to_string();
        undone.accounting_day = self.day(self.books.world().today());
        undone.posted_at = self.now;
        undone.total = negated(receipt.total)?;
        undone.entry = entry;
        undone.import = None;
        undone.reverses = Some(receipt.id);
        for line in &mut undone.lines {
            line.amount = negated(line.amount)?;
            line.vat = negated(line.vat)?;
        }
        Ok(undone)
    }
}

fn line_row(line: &Income<'_>) -> ReceiptLineRow {
    ReceiptLineRow {
        fund: line.fund.code.to_string(),
        reference: line.reference.clone(),
        amount: line.amount,
        vat_code: line.vat.as_ref().map(|held| held.vat.code.to_string()),
        vat_basis_points: line.vat.as_ref().map(|held| held.basis_points.get().into()),
        vat: line.vat.as_ref().map_or(Pence::ZERO, |held| held.held),
    }
}

/// What a receipt says of itself in its entry, so that the entry's hash covers
/// fund and reference too.
pub(crate) fn about_receipt(receipt: &ReceiptRow) -> String {
    use std::fmt::Write as _;
    let mut about = format!("receipt {} {} {}", receipt.id, receipt.number, receipt.method);
    for line in &receipt.lines {
        let vat = line.vat_code.as_deref().unwrap_or("-");
        // Writing to a string cannot fail.
        let _ =
            write!(about, " {}/{}/{}/{vat}/{}", line.fund, line.reference, line.amount, line.vat);
    }
    about
}

/// The gains of lines of income, for [`flow`].
pub(crate) fn gains<'a>(lines: &'a [Income<'a>]) -> Vec<flow::Gain<'a>> {
    let gain = |line: &'a Income<'a>| flow::Gain {
        fund: &line.fund.code,
        gross: line.amount,
        vat: line.vat.as_ref().map(|held| (&held.vat.code, held.held)),
    };
    lines.iter().map(gain).collect()
}

/// An entry that must exist: a flow of more than nothing.
pub(crate) fn some(entry: std::result::Result<Option<Balanced>, NotBalanced>) -> Result<Balanced> {
    let nothing = || AppError::BadInput("an amount of nothing cannot be posted".to_owned());
    entry?.ok_or_else(nothing)
}

/// The VAT held in `amount` of `fund`'s income on `day`: by the code the sender
/// gave where the fund allows another, else by the fund's own. `said` is what the
/// sender worked out; within a penny it is kept, because half pennies differ
/// between systems.
///
/// # Errors
///
/// [`BadVat`] when it cannot be worked out: then it is nobody's to say that
/// there is none.
pub(crate) fn vat_held<'a>(
    council: &'a Council,
    fund: &Fund,
    code: Option<&str>,
    amount: Pence,
    day: NaiveDate,
    said: Option<Pence>,
) -> std::result::Result<Option<HeldVat<'a>>, BadVat> {
    let chosen = council.vat_of(fund, code).or_else(|_| council.vat_of(fund, None))?;
    chosen.vat.map(|vat| held_by(vat, amount, day, said)).transpose()
}

/// The VAT held in `amount` by a code that the council itself has settled.
///
/// # Errors
///
/// As [`vat_held`].
pub(crate) fn held_by(
    vat: &Vat,
    amount: Pence,
    day: NaiveDate,
    said: Option<Pence>,
) -> std::result::Result<HeldVat<'_>, BadVat> {
    let HeldIn { basis_points, held: ours, .. } = vat.held_in(amount, day)?;
    let near = |said: &Pence| {
        said.checked_sub(ours).and_then(Pence::checked_abs).is_some_and(|by| by.get() <= 1)
    };
    let same_sign = |said: &Pence| said.is_zero() || said.is_negative() == amount.is_negative();
    let held = said.filter(near).filter(same_sign).unwrap_or(ours);
    Ok(HeldVat { vat, basis_points, held })
}
