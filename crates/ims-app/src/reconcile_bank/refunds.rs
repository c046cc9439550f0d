//! Bank lines that show a refund paid by bank, or come back: known by its
//! number, which nobody guesses.

use std::collections::{HashMap, HashSet};

use ims_ledger::{RefundEvent, RefundState, id::LineId};
use ims_money::Pence;
use ims_store::{OpenLine, RefundRow, Tx};

use super::{Found, Result, undone::Undone};
use crate::{
    posting::Writer,
    refund_steps::{Money, Shown, Step, next, steps, underway},
    send_refunds::narrative,
};

/// Takes each refund that one line shows one step further; gives those lines.
pub(super) async fn apply(
    tx: &mut Tx,
    writer: &Writer<'_>,
    lines: &[OpenLine],
    undone: &Undone,
    found: &mut Found,
) -> Result<HashSet<LineId>> {
    let mut taken = HashSet::new();
    let mut by_amount: HashMap<Pence, Vec<&OpenLine>> = HashMap::new();
    for line in lines.iter().filter(|line| !undone.explained(line.id)) {
        by_amount.entry(line.amount).or_default().push(line);
    }
    for refund in tx.bank_refunds(writer.books.id()).await? {
        let event = if refund.state == RefundState::Paid.as_str() {
            RefundEvent::Bounce
        } else {
            RefundEvent::Pay
        };
        let Some(line) = only_one(&refund, event, &by_amount, &taken) else { continue };
        let shown = Shown::by(writer, &Money::of(&refund), line, event)?;
        let mut step = Step::of(&refund, next(&refund, event)?, &shown.set.reason);
        step.entry = Some(shown.entry.id);
        step.line = Some(line.id);
        step.matched = Some(shown.set.id);
        step.reference.clone_from(&line.bank_reference);
        found.count(&shown.set.rule, 1, line.amount)?;
        found.refund_steps.push(step.row(writer, &refund));
        found.lines.push(line.id);
        found.sets.push(shown.set);
        found.pairs.push(shown.pair);
        found.entries.push(shown.entry);
        taken.insert(line.id);
    }
    files(tx, writer, &by_amount, &mut taken, found).await?;
    Ok(taken)
}

/// Takes each refund of a file that one line shows paid one step further.
async fn files(
    tx: &mut Tx,
    writer: &Writer<'_>,
    lines: &HashMap<Pence, Vec<&OpenLine>>,
    taken: &mut HashSet<LineId>,
    found: &mut Found,
) -> Result<()> {
    let council = writer.books.id();
    for file in tx.refund_files_underway(council).await? {
        let refunds = tx.refunds_of_file(council, file.export).await?;
        let Some((open, amount)) = underway(&refunds) else { continue };
        let Some(debit) = amount.checked_neg() else { continue };
        let quoted = narrative(&file.serial);
        let Some(line) = quoting(&quoted, debit, lines, taken) else { continue };
        if line.bank != file.bank {
            continue;
        }
        let money = Money::of_file(&file, open.len(), amount);
        let shown = Shown::by(writer, &money, line, RefundEvent::Pay)?;
        found.count(&shown.set.rule, 1, line.amount)?;
        found.refund_steps.extend(steps(writer, &open, &shown, line)?);
        found.lines.push(line.id);
        found.sets.push(shown.set);
        found.pairs.push(shown.pair);
        found.entries.push(shown.entry);
        taken.insert(line.id);
    }
    Ok(())
}

/// The one line of its amount that quotes its number.
fn only_one<'a>(
    refund: &RefundRow,
    event: RefundEvent,
    lines: &HashMap<Pence, Vec<&'a OpenLine>>,
    taken: &HashSet<LineId>,
) -> Option<&'a OpenLine> {
    let amount = match event {
        RefundEvent::Bounce => Some(refund.amount),
        _ => refund.amount.checked_neg(),
    }?;
    quoting(&refund.number, amount, lines, taken)
}

/// The one line of that amount that quotes it.
fn quoting<'a>(
    quoted: &str,
    amount: Pence,
    lines: &HashMap<Pence, Vec<&'a OpenLine>>,
    taken: &HashSet<LineId>,
) -> Option<&'a OpenLine> {
    let quoted = bare(quoted);
    let mut fitting = lines.get(&amount)?.iter().filter(|line| {
        !taken.contains(&line.id)
            && [&line.reference, &line.narrative].iter().any(|text| bare(text).contains(&quoted))
    });
    match (fitting.next(), fitting.next()) {
        (Some(line), None) => Some(line),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

/// Letters and digits alone, as banks may break a reference anywhere.
pub(crate) fn bare(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}
