//! Whether a statement follows on from what was posted, and which of its lines
//! are new.

use ims_files::{Continuity, Statement};
use ims_ledger::{Balance, StatementClose, StatementHead};
use ims_money::{Amount, Pence};
use ims_store::{LineMark, StatementRow};

use super::{
    Part, Ready, bad,
    overlap::{Overlap, doubt},
};
use crate::{AppError, Result};

/// What the file says of balances, in pence.
pub(super) struct Stated {
    opening: Option<Pence>,
    closing: Option<Pence>,
}

impl Stated {
    /// Whether the end of it is missing: it states where it opens, not where it closes.
    pub(super) const fn is_cut_off(&self) -> bool {
        self.opening.is_some() && self.closing.is_none()
    }

    pub(super) fn of(part: &Part<'_>, statement: &Statement) -> Result<Self> {
        let file = &part.reading.file;
        let pence = |balance: Option<ims_ledger::Balance>| match balance {
            None => Ok(None),
            Some(balance) => match balance.amount.pence() {
                Some(pence) => Ok(Some(pence)),
                None => {
                    Err(bad(file, None, &format!("balance {} is not whole pence", balance.amount)))
                }
            },
        };
        Ok(Self { opening: pence(statement.opening())?, closing: pence(statement.close.closing)? })
    }
}

pub(super) enum Decided<'a> {
    Post { lines: Vec<Ready<'a>>, opening: Pence, closing: Pence, proof: &'static str },
    Nothing,
    Disagrees(String),
}

fn sum(lines: &[Ready<'_>]) -> Result<Pence> {
    Pence::checked_sum(lines.iter().map(|ready| ready.amount)).ok_or(AppError::Overflow)
}

/// Above this a number is no number of a statement in its year, but a day or an id.
const NUMBER_MAX: u64 = 9_999;

/// What the bank's own numbers say lies between the last statement that was posted
/// and this one, although the balances may agree.
pub(super) fn gap(last: &StatementRow, statement: &Statement) -> Option<String> {
    let closing = Balance { date: last.last_day?, amount: Amount::from(last.closing) };
    let head = StatementHead {
        account: statement.head.account.clone(),
        sort_code: statement.head.sort_code.clone(),
        currency: statement.head.currency.clone(),
        number: last.number.clone(),
        ..StatementHead::default()
    };
    let close = StatementClose { closing: Some(closing), ..StatementClose::default() };
    let judged = Continuity::of((&head, &close), (&statement.head, &statement.close));
    match judged {
        Continuity::Skips { to, .. } if to <= NUMBER_MAX => Some(judged.to_string()),
        _ => None,
    }
}

/// Where an account stands before a statement.
pub(super) struct Before<'b> {
    pub(super) running: Pence,
    /// Nothing of it was posted yet.
    pub(super) is_first: bool,
    /// Its lines over the days of the statement.
    pub(super) lines: &'b [LineMark],
}

/// Whether a statement follows on from where the account stands, and which of its
/// lines are new.
pub(super) fn decide<'a>(
    stated: &Stated,
    before: &Before<'_>,
    lines: Vec<Ready<'a>>,
    accept: Option<&str>,
) -> Result<Decided<'a>> {
    let Some(opening) = stated.opening else {
        return without_opening(stated, before, lines, accept);
    };
    let closing = opening.checked_add(sum(&lines)?).ok_or(AppError::Overflow)?;
    if let Some(said) = stated.closing
        && said != closing
        && accept.is_none()
    {
        return Ok(Decided::Disagrees(format!(
            "it opens at {opening} and its lines make {closing}, but it states a closing balance of {said}"
        )));
    }
    let proof = match stated.closing {
        Some(said) if said == closing => "proved",
        Some(_) => "accepted",
        None => "unproved",
    };
    let overlap = Overlap::of(&lines, before.lines);
    if opening == before.running || before.is_first {
        return from_its_opening(&overlap, (opening, closing, proof), lines, accept);
    }
    // It may begin with lines that were posted before, as exports by date do.
    let alike = overlap.alike(&lines);
    let (old, lines) = overlap.new_of(lines)?;
    if lines.is_empty() {
        return Ok(Decided::Nothing);
    }
    let follows = opening.checked_add(old).ok_or(AppError::Overflow)?;
    if follows == before.running {
        return Ok(match (doubt(&alike), accept) {
            (Some(why), None) => Decided::Disagrees(why),
            (Some(_), Some(_)) => {
                Decided::Post { lines, opening: follows, closing, proof: "accepted" }
            }
            (None, _) => Decided::Post { lines, opening: follows, closing, proof },
        });
    }
    if accept.is_some() {
        let opening = before.running;
        let closing = opening.checked_add(sum(&lines)?).ok_or(AppError::Overflow)?;
        return Ok(Decided::Post { lines, opening, closing, proof: "accepted" });
    }
    Ok(Decided::Disagrees(format!(
        "it opens at {opening}, but the account stands at {}: a statement between is missing, or was changed",
        before.running
    )))
}

/// It opens where the account stands. That proves its lines to be new, but for
/// those that come to nothing together, as all of a swept account's do.
fn from_its_opening<'a>(
    overlap: &Overlap<'_>,
    (opening, closing, proof): (Pence, Pence, &'static str),
    lines: Vec<Ready<'a>>,
    accept: Option<&str>,
) -> Result<Decided<'a>> {
    let whole = overlap.unseen_by_balances(&lines)?;
    if let Some(why) = doubt(&whole.in_doubt) {
        // Who accepts it says that it is other money, all of it.
        return Ok(match accept {
            None => Decided::Disagrees(why),
            Some(_) => Decided::Post { lines, opening, closing, proof: "accepted" },
        });
    }
    let booked = lines.len();
    let new = lines.into_iter().zip(whole.known).filter(|(_, known)| !known);
    let lines: Vec<_> = new.map(|(ready, _)| ready).collect();
    if lines.is_empty() && booked > 0 {
        return Ok(Decided::Nothing);
    }
    Ok(Decided::Post { lines, opening, closing, proof })
}

/// No opening stated: from where the account stands, lines that were posted before
/// left out.
fn without_opening<'a>(
    stated: &Stated,
    before: &Before<'_>,
    lines: Vec<Ready<'a>>,
    accept: Option<&str>,
) -> Result<Decided<'a>> {
    let booked = lines.len();
    let overlap = Overlap::of(&lines, before.lines);
    let alike = overlap.alike(&lines);
    let (_, lines) = overlap.new_of(lines)?;
    if lines.is_empty() && booked > 0 {
        return Ok(Decided::Nothing);
    }
    let total = sum(&lines)?;
    let closing = before.running.checked_add(total).ok_or(AppError::Overflow)?;
    if let Some(said) = stated.closing
        && said != closing
        && !before.is_first
        && accept.is_none()
    {
        return Ok(Decided::Disagrees(format!(
            "it states a closing balance of {said}, but the account's balance and its lines make {closing}"
        )));
    }
    // A closing balance that agrees proves them to be new, but for what comes to nothing.
    let nothing = Pence::checked_sum(alike.iter().map(|(_, amount)| *amount));
    let proves = stated.closing == Some(closing) && nothing != Some(Pence::ZERO);
    let doubt = if proves { None } else { doubt(&alike) };
    if accept.is_none()
        && let Some(why) = doubt
    {
        return Ok(Decided::Disagrees(why));
    }
    Ok(match stated.closing {
        Some(said) if before.is_first => {
            let opening = said.checked_sub(total).ok_or(AppError::Overflow)?;
            Decided::Post { lines, opening, closing: said, proof: "proved" }
        }
        Some(said) => {
            let is_proved = said == closing && doubt.is_none();
            let proof = if is_proved { "proved" } else { "accepted" };
            Decided::Post { lines, opening: before.running, closing, proof }
        }
        None => {
            let proof = if doubt.is_none() { "unproved" } else { "accepted" };
            Decided::Post { lines, opening: before.running, closing, proof }
        }
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use ims_ledger::{StatementLine, id::StatementId};

    use super::{super::fingerprint, *};

    fn line(day: u32, pence: i64) -> StatementLine {
        StatementLine {
            booked: NaiveDate::from_ymd_opt(2026, 4, day).unwrap(),
            amount: Pence::new(pence).into(),
            ..StatementLine::default()
        }
    }

    fn ready(line: &StatementLine) -> Ready<'_> {
        let amount = line.amount.pence().unwrap();
        Ready { line, amount, fingerprint: fingerprint(line, amount) }
    }

    fn outcome(
        stated: (Option<i64>, Option<i64>),
        running: i64,
        seen: &[&StatementLine],
        accept: Option<&str>,
    ) -> String {
        let lines = [line(1, 100), line(2, -30)];
        let statement = StatementId::new(uuid::Uuid::from_u128(1));
        let mark = |line: &&StatementLine| {
            let Ready { amount, fingerprint, .. } = ready(line);
            LineMark { statement, booked_on: line.booked, amount, fingerprint }
        };
        let marks: Vec<_> = seen.iter().map(mark).collect();
        let before = Before { running: Pence::new(running), is_first: false, lines: &marks };
        let stated =
            Stated { opening: stated.0.map(Pence::new), closing: stated.1.map(Pence::new) };
        let ready = lines.iter().map(ready).collect();
        match decide(&stated, &before, ready, accept).unwrap() {
            Decided::Post { lines, opening, closing, proof } => {
                format!("{proof} {} lines {opening} to {closing}", lines.len())
            }
            Decided::Nothing => "nothing".to_owned(),
            Decided::Disagrees(why) => why,
        }
    }

    #[test]
    fn a_statement_is_proved_unproved_or_kept_aside() {
        let (one, two) = (line(1, 100), line(2, -30));
        for (stated, running, seen, accept, expected) in [
            ((Some(500), Some(570)), 500, vec![], None, "proved 2 lines 5.00 to 5.70"),
            ((Some(500), None), 500, vec![], None, "unproved 2 lines 5.00 to 5.70"),
            ((None, None), 500, vec![], None, "unproved 2 lines 5.00 to 5.70"),
            ((None, None), 600, vec![&one], None, "unproved 1 lines 6.00 to 5.70"),
            ((None, None), 570, vec![&one, &two], None, "nothing"),
            ((None, Some(570)), 500, vec![], None, "proved 2 lines 5.00 to 5.70"),
            (
                (None, Some(580)),
                500,
                vec![],
                None,
                "it states a closing balance of 5.80, but the account's balance and its lines make 5.70",
            ),
            (
                (Some(500), Some(580)),
                500,
                vec![],
                None,
                "it opens at 5.00 and its lines make 5.70, but it states a closing balance of 5.80",
            ),
            (
                (Some(500), Some(580)),
                500,
                vec![],
                Some("agreed with the bank"),
                "accepted 2 lines 5.00 to 5.70",
            ),
            (
                (Some(500), Some(570)),
                480,
                vec![],
                None,
                "it opens at 5.00, but the account stands at 4.80: a statement between is missing, or was changed",
            ),
            ((Some(500), Some(570)), 480, vec![], Some("why"), "accepted 2 lines 4.80 to 5.50"),
            ((Some(500), Some(570)), 600, vec![&one], None, "proved 1 lines 6.00 to 5.70"),
            ((Some(500), Some(570)), 570, vec![&one, &two], None, "nothing"),
        ] {
            assert_eq!(outcome(stated, running, &seen, accept), expected);
        }
    }
}
