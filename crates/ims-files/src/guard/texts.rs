use ims_ledger::{Advice, Counterparty, IncomingHolder, IncomingReceipt, StatementLine};

use crate::Record;

/// What each text of a record is shown to, with its line and its name.
type See<'s> = dyn FnMut(Option<u64>, &'static str, &mut String) + 's;

/// Shows every text of the record in which a sender may have put anything.
pub(super) fn each(record: &mut Record, see: &mut See<'_>) {
    match record {
        Record::StatementOpens(head) => {
            see(None, "account", &mut head.account);
            may(None, "statement number", &mut head.number, see);
            may(None, "statement's id", &mut head.id, see);
        }
        Record::Line(line) => statement_line(line, see),
        Record::StatementCloses(_) => {}
        Record::Receipt(receipt) => incoming_receipt(receipt, see),
        Record::ScheduleOpens(head) => {
            see(None, "sender", &mut head.sender);
            may(None, "schedule's reference", &mut head.reference, see);
        }
        Record::ScheduleLine(line) => {
            let at = Some(line.line);
            see(at, "reference", &mut line.reference);
            may(at, "name", &mut line.name, see);
            may(at, "kind", &mut line.kind, see);
        }
        Record::SettlementOpens(head) => {
            see(None, "provider", &mut head.provider);
            may(None, "payout", &mut head.payout, see);
        }
        Record::SettlementLine(line) => {
            let at = Some(line.line);
            may(at, "reference", &mut line.reference, see);
            see(at, "provider's reference", &mut line.provider_ref);
        }
        Record::Holder(holder) => incoming_holder(holder, see),
        Record::Advice(advice) => bacs_advice(advice, see),
        Record::Acknowledgement(answer) => {
            let at = Some(answer.line);
            may(at, "their reference", &mut answer.their_reference, see);
            see(at, "reference", &mut answer.reference);
            may(at, "message", &mut answer.message, see);
        }
    }
}

fn may(line: Option<u64>, name: &'static str, text: &mut Option<String>, see: &mut See<'_>) {
    if let Some(text) = text {
        see(line, name, text);
    }
}

fn statement_line(line: &mut StatementLine, see: &mut See<'_>) {
    let at = Some(line.line);
    may(at, "code", &mut line.code, see);
    may(at, "reference", &mut line.reference, see);
    may(at, "bank's reference", &mut line.bank_reference, see);
    see(at, "narrative", &mut line.narrative);
    may(at, "reason it was returned for", &mut line.returned, see);
    if let Some(Counterparty { name, account, iban, .. }) = &mut line.counterparty {
        may(at, "counterparty's name", name, see);
        may(at, "counterparty's account", account, see);
        may(at, "counterparty's IBAN", iban, see);
    }
    for part in &mut line.parts {
        statement_line(part, see);
    }
}

fn incoming_receipt(receipt: &mut IncomingReceipt, see: &mut See<'_>) {
    let at = Some(receipt.line);
    see(at, "reference", &mut receipt.reference);
    for (name, text) in [
        ("fund", &mut receipt.fund),
        ("method", &mut receipt.method),
        ("office", &mut receipt.office),
        ("VAT code", &mut receipt.vat_code),
        ("narrative", &mut receipt.narrative),
        ("source's reference", &mut receipt.source_ref),
        ("batch", &mut receipt.batch),
    ] {
        may(at, name, text, see);
    }
}

fn incoming_holder(holder: &mut IncomingHolder, see: &mut See<'_>) {
    let at = Some(holder.line);
    see(at, "fund", &mut holder.fund);
    see(at, "reference", &mut holder.reference);
    see(at, "name", &mut holder.name);
    for line in &mut holder.address {
        see(at, "address", line);
    }
    may(at, "stop", &mut holder.stop, see);
}

fn bacs_advice(advice: &mut Advice, see: &mut See<'_>) {
    let at = Some(advice.line);
    see(at, "kind", &mut advice.kind);
    see(at, "reference", &mut advice.reference);
    see(at, "code", &mut advice.code);
    see(at, "meaning", &mut advice.meaning);
    may(at, "account", &mut advice.account, see);
    may(at, "name", &mut advice.name, see);
    may(at, "advice's reference", &mut advice.advice_reference, see);
    may(at, "new account", &mut advice.new_account, see);
}
