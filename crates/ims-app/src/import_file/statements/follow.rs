//! Whether a statement follows on from what was posted, and which of its lines
//! are new.

use std::collections::HashMap;

use ims_files::{Continuity, Statement};
use ims_ledger::{Balance, StatementClose, StatementHead};
use ims_money::{Amount, Pence};
use ims_store::StatementRow;

use super::{Part, Ready, bad};
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

/// Whether a statement follows on from `running`, and which of its lines are new.
pub(super) fn decide<'a>(
    stated: &Stated,
    running: Pence,
    is_first: bool,
    lines: Vec<Ready<'a>>,
    seen: HashMap<Vec<u8>, usize>,
    accept: Option<&str>,
) -> Result<Decided<'a>> {
    let total = sum(&lines)?;
    let Some(opening) = stated.opening else {
        // No opening stated: the account's running balance, lines seen before left out.
        let before = lines.len();
        let lines = unseen(lines, seen);
        if lines.is_empty() && before > 0 {
            return Ok(Decided::Nothing);
        }
        let closing = running.checked_add(sum(&lines)?).ok_or(AppError::Overflow)?;
        return Ok(match stated.closing {
            Some(said) if said != closing && !is_first && accept.is_none() => {
                Decided::Disagrees(format!(
                    "it states a closing balance of {said}, but the account's balance and its lines make {closing}"
                ))
            }
            Some(said) if is_first => {
                let opening = said.checked_sub(sum(&lines)?).ok_or(AppError::Overflow)?;
                Decided::Post { lines, opening, closing: said, proof: "proved" }
            }
            Some(said) if said == closing => {
                Decided::Post { lines, opening: running, closing, proof: "proved" }
            }
            Some(_) => Decided::Post { lines, opening: running, closing, proof: "accepted" },
            None => Decided::Post { lines, opening: running, closing, proof: "unproved" },
        });
    };
    let closing = opening.checked_add(total).ok_or(AppError::Overflow)?;
    if let Some(said) = stated.closing
        && said != closing
        && accept.is_none()
    {
        return Ok(Decided::Disagrees(format!(
            "it opens at {opening} and its lines make {closing}, but it states a closing balance of {said}"
        )));
    }
    let is_proved = stated.closing == Some(closing);
    if opening == running || is_first {
        let proof = if is_proved { "proved" } else { "unproved" };
        let proof =
            if stated.closing.is_some_and(|said| said != closing) { "accepted" } else { proof };
        return Ok(Decided::Post { lines, opening, closing, proof });
    }
    // It may begin with lines that were posted before, as exports by date do.
    let (old, lines) = split_seen(lines, seen);
    if lines.is_empty() {
        return Ok(Decided::Nothing);
    }
    let follows = opening.checked_add(old).ok_or(AppError::Overflow)?;
    if follows == running {
        let proof = if is_proved { "proved" } else { "unproved" };
        return Ok(Decided::Post { lines, opening: follows, closing, proof });
    }
    if accept.is_some() {
        let closing = running.checked_add(sum(&lines)?).ok_or(AppError::Overflow)?;
        return Ok(Decided::Post { lines, opening: running, closing, proof: "accepted" });
    }
    Ok(Decided::Disagrees(format!(
        "it opens at {opening}, but the account stands at {running}: a statement between is missing, or was changed"
    )))
}

fn unseen<'a>(lines: Vec<Ready<'a>>, mut seen: HashMap<Vec<u8>, usize>) -> Vec<Ready<'a>> {
    lines.into_iter().filter(|ready| !take_seen(&mut seen, ready)).collect()
}

fn take_seen(seen: &mut HashMap<Vec<u8>, usize>, ready: &Ready<'_>) -> bool {
    match seen.get_mut(&ready.fingerprint) {
        Some(count) if *count > 0 => {
            *count = count.saturating_sub(1);
            true
        }
        Some(_) | None => false,
    }
}

/// The sum of the lines seen before, and the rest.
fn split_seen<'a>(
    lines: Vec<Ready<'a>>,
    mut seen: HashMap<Vec<u8>, usize>,
) -> (Pence, Vec<Ready<'a>>) {
    let (old, new): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|ready| take_seen(&mut seen, ready));
    (Pence::checked_sum(old.iter().map(|ready| ready.amount)).unwrap_or_default(), new)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use ims_ledger::StatementLine;

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
        let mut marks: HashMap<Vec<u8>, usize> = HashMap::new();
        for line in seen {
            *marks.entry(ready(line).fingerprint).or_default() += 1;
        }
        let stated =
            Stated { opening: stated.0.map(Pence::new), closing: stated.1.map(Pence::new) };
        let ready = lines.iter().map(ready).collect();
        match decide(&stated, Pence::new(running), false, ready, marks, accept).unwrap() {
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
