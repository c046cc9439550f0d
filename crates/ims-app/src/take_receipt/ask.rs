//! What is asked for when money is taken, and what is wrong with it before any
//! account is looked at.

use chrono::NaiveDate;
use ims_ledger::{Council, Method, MethodKind, Through, seal::ContentHash};
use ims_money::Pence;
use serde::{Deserialize, Serialize};

use crate::{AppError, Result, keyed::callers, no_card::no_card};

/// The most lines of a receipt.
pub const LINES_MAX: usize = 100;

/// The most lines of a receipt taken on the web.
pub const PORTAL_LINES_MAX: usize = 10;

/// The most characters of a name or an address line.
pub(crate) const ADDRESS_LINE_MAX: usize = 50;

/// The most characters of a postcode.
const POSTCODE_MAX: usize = 10;

/// The most characters of a narrative or a key.
const NARRATIVE_MAX: usize = 200;

/// Money to be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReceipt {
    /// The method of payment's code.
    pub method: String,
    /// The office's code.
    pub office: Option<String>,
    /// The day the payer paid; today if not said. Never a day to come.
    pub happened_on: Option<NaiveDate>,
    /// Through whom it is taken.
    pub through: Through,
    /// Who pays.
    pub payer: Option<Payer>,
    /// The cheque they pay with.
    pub cheque: Option<Cheque>,
    /// What for: one to [`LINES_MAX`] lines.
    pub lines: Vec<NewReceiptLine>,
    /// A key of the caller's: the same key again changes nothing.
    pub key: Option<String>,
}

/// One line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewReceiptLine {
    /// The fund's code.
    pub fund: String,
    /// The account reference in it.
    pub reference: String,
    /// Gross; negative gives back, where the method's limits allow it.
    pub amount: Pence,
    /// Another VAT code than the fund's own, where the fund allows it.
    pub vat_code: Option<String>,
    /// What the line says.
    pub narrative: Option<String>,
}

/// Who pays. Kept apart from the books, which hold only a digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// Their name.
    pub name: String,
    /// The first address line.
    pub line1: String,
    /// The second.
    pub line2: String,
    /// The town.
    pub town: String,
    /// The postcode.
    pub postcode: String,
}

/// A cheque. Kept apart like the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cheque {
    /// Six digits.
    pub sort_code: String,
    /// Eight digits.
    pub account: String,
    /// Six digits.
    pub number: String,
    /// The name on it.
    pub name: String,
}

impl Payer {
    /// Whether name, first line, town and postcode are all there.
    #[must_use]
    pub fn has_address(&self) -> bool {
        let needed = [&self.name, &self.line1, &self.town, &self.postcode];
        needed.into_iter().all(|text| !text.trim().is_empty())
    }
}

/// Refuses what cannot be meant.
pub(super) fn checked(
    new: &NewReceipt,
    council: &Council,
    method: &Method,
    today: NaiveDate,
) -> Result<()> {
    let bad = |what: String| Err(AppError::BadInput(what));
    callers(new.key.as_deref())?;
    let most = match new.through {
        Through::Portal => PORTAL_LINES_MAX,
        Through::Staff | Through::Phone | Through::Post => LINES_MAX,
    };
    match new.lines.len() {
        0 => return bad("a receipt needs a line: fund, reference and amount".to_owned()),
        lines if lines > most => {
            return bad(format!("{lines} lines; a receipt has at most {most}"));
        }
        _ => (),
    }
    if let Some(day) = new.happened_on.filter(|day| *day > today) {
        return bad(format!("{day} lies in the future; money is taken today or was taken before"));
    }
    if let Some(code) = &new.office
        && !council.office.iter().any(|office| office.code.as_str() == code)
    {
        return bad(format!("office `{code}` is not configured"));
    }
    let texts = new.lines.iter().filter_map(|line| line.narrative.as_ref()).chain(&new.key);
    if let Some(long) = texts.map(|text| text.chars().count()).find(|long| *long > NARRATIVE_MAX) {
        return bad(format!("a text of {long} characters; at most {NARRATIVE_MAX} are kept"));
    }
    let mut texts = new.lines.iter().filter_map(|line| line.narrative.as_ref()).chain(&new.key);
    if texts.any(|text| text.contains('\0')) {
        return bad("a text has a nought character in it, which nothing can keep".to_owned());
    }
    let narratives = new.lines.iter().filter_map(|line| line.narrative.as_deref());
    narratives.into_iter().try_for_each(|text| no_card("narrative", text))?;
    match (&new.cheque, method.kind) {
        (Some(cheque), MethodKind::Cheque | MethodKind::Post) => cheque_reads(cheque)?,
        (None, MethodKind::Cheque) => {
            return bad("a cheque needs its sort code, account, number and name".to_owned());
        }
        (Some(_), _) => return bad(format!("{} is no cheque; leave its details out", method.code)),
        (None, _) => (),
    }
    new.payer.as_ref().map_or(Ok(()), payer_reads)
}

fn cheque_reads(cheque: &Cheque) -> Result<()> {
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    for (what, text, count) in [
        ("sort code", &cheque.sort_code, 6),
        ("account", &cheque.account, 8),
        ("number", &cheque.number, 6),
    ] {
        if !digits(text, count) {
            return Err(AppError::BadInput(format!("the cheque's {what} must be {count} digits")));
        }
    }
    no_card("name on the cheque", &cheque.name)?;
    if cheque.name.trim().is_empty()
        || cheque.name.chars().count() > ADDRESS_LINE_MAX
        || cheque.name.contains(char::is_control)
    {
        let what = format!("a cheque has a name of 1 to {ADDRESS_LINE_MAX} characters on it");
        return Err(AppError::BadInput(what));
    }
    Ok(())
}

pub(crate) fn payer_reads(payer: &Payer) -> Result<()> {
    for (what, text, most) in [
        ("name", &payer.name, ADDRESS_LINE_MAX),
        ("first address line", &payer.line1, ADDRESS_LINE_MAX),
        ("second address line", &payer.line2, ADDRESS_LINE_MAX),
        ("town", &payer.town, ADDRESS_LINE_MAX),
        ("postcode", &payer.postcode, POSTCODE_MAX),
    ] {
        if text.chars().count() > most {
            let what = format!("the payer's {what} has more than {most} characters");
            return Err(AppError::BadInput(what));
        }
        no_card(&format!("payer's {what}"), text)?;
        if !text.trim().is_empty() && !text.chars().any(char::is_alphabetic) {
            return Err(AppError::BadInput(format!("the payer's {what} has no letter in it")));
        }
        if text.chars().any(char::is_control) {
            let what = format!("the payer's {what} has a character that cannot be printed");
            return Err(AppError::BadInput(what));
        }
    }
    Ok(())
}

/// The hash of all that is asked but names and cheques.
pub(super) fn digest(new: &NewReceipt) -> ContentHash {
    let line = |line: &NewReceiptLine| {
        serde_json::json!([
            line.fund.trim(),
            line.reference.trim().to_uppercase(),
            line.amount,
            line.vat_code,
        ])
    };
    let lines: Vec<_> = new.lines.iter().map(line).collect();
    let asked = serde_json::json!([
        new.method,
        new.office,
        new.happened_on,
        new.through.as_str(),
        lines,
        words(new).is_empty(),
    ]);
    ContentHash::of(asked.to_string().as_bytes())
}

/// What a receipt says about people: narratives, payer, cheque.
pub(super) fn words(new: &NewReceipt) -> String {
    let said = new.lines.iter().filter_map(|line| line.narrative.as_deref());
    let mut words: Vec<String> =
        said.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
    if let Some(payer) = &new.payer {
        let Payer { name, line1, line2, town, postcode } = payer;
        let parts = [name, line1, line2, town, postcode];
        let parts: Vec<_> = parts.iter().map(|t| t.trim()).filter(|t| !t.is_empty()).collect();
        if !parts.is_empty() {
            words.push(format!("paid by {}", parts.join(", ")));
        }
    }
    if let Some(Cheque { sort_code, account, number, name }) = &new.cheque {
        words.push(format!("cheque {number} {sort_code} {account} {}", name.trim()));
    }
    words.join("; ").replace(['\r', '\n'], " ")
}
