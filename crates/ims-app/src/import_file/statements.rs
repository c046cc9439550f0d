//! Bank statements: posted when they follow on, kept aside when they disagree.

use chrono::NaiveDate;
use ims_files::Statement;
use ims_ledger::{
    Account, BankAccount, StatementLine, flow,
    id::{BankCode, LineId, StatementId},
    seal::Content,
};
use ims_money::Pence;
use ims_store::{LineMark, LineRow, StatementRow};

use super::{Part, Posted, bad};
use crate::{
    Result,
    open_books::opening_key,
    payer_accounts::{own_accounts, payers_account},
    posting::some,
};

mod follow;
mod overlap;

use follow::{Before, Decided, Stated, decide};

pub(super) async fn post(mut part: Part<'_>) -> Result<Posted> {
    let reading = part.reading;
    part.tx.hold_statements(part.writer.books.id()).await?;
    for statement in &reading.contents.statements {
        let account = account_of(&part, statement)?;
        if let Posted::Disagrees(reason) = post_one(&mut part, statement, account).await? {
            return Ok(Posted::Disagrees(reason));
        }
    }
    Ok(Posted::Done)
}

/// The configured account a statement is of.
fn account_of<'a>(part: &Part<'a>, statement: &Statement) -> Result<&'a BankAccount> {
    let head = &statement.head;
    let file = &part.reading.file;
    let line = statement.lines.first().map(|line| line.line);
    if head.currency != "GBP" {
        let what = format!("is in {}; only accounts in sterling can be posted", head.currency);
        return Err(bad(file, line, &what));
    }
    if head.interim {
        let what =
            "is a report during the day; it can be looked at (`ims file inspect`), never posted";
        return Err(bad(file, line, what));
    }
    let mut found = part.settings.council.bank_account.iter().filter(|bank| is_of(bank, head));
    match (found.next(), found.next()) {
        (Some(bank), None) => Ok(bank),
        (Some(one), Some(other)) => {
            let what = format!("account {} could be {} or {}", head.account, one.code, other.code);
            Err(bad(file, line, &what))
        }
        (None, _) => {
            let what = format!(
                "account {} is not one of the council's: add it with `ims account add`",
                shown(head)
            );
            Err(bad(file, line, &what))
        }
    }
}

fn shown(head: &ims_ledger::StatementHead) -> String {
    match &head.sort_code {
        Some(sort_code) => format!("{sort_code} {}", head.account),
        None => head.account.clone(),
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

pub(super) fn is_of(bank: &BankAccount, head: &ims_ledger::StatementHead) -> bool {
    let given = plain(&head.account);
    let sort_code = head.sort_code.as_deref().map(plain).unwrap_or_default();
    if given.is_empty() {
        return false;
    }
    let iban = plain(&bank.iban);
    if !iban.is_empty() && given == iban {
        return true;
    }
    if bank.number.is_empty() {
        return false;
    }
    let sort_agrees =
        sort_code.is_empty() || bank.sort_code.is_empty() || sort_code == bank.sort_code;
    if given == bank.number && sort_agrees {
        return true;
    }
    // `60111112345678`, or a UK IBAN, which ends in sort code and number.
    let whole = format!("{}{}", bank.sort_code, bank.number);
    let is_uk_iban = given.starts_with("GB") && given.len() == 22 && given.ends_with(&whole);
    !bank.sort_code.is_empty() && (given == whole || is_uk_iban)
}

/// A line ready to be posted.
struct Ready<'a> {
    line: &'a StatementLine,
    amount: Pence,
    fingerprint: Vec<u8>,
}

async fn post_one(
    part: &mut Part<'_>,
    statement: &Statement,
    account: &BankAccount,
) -> Result<Posted> {
    let lines = booked_lines(part, statement)?;
    let stated = Stated::of(part, statement)?;
    if stated.is_cut_off() && part.reading.file.accept.is_none() {
        let what = format!(
            "the statement of {} opens with a balance but has no closing balance: the file may be cut off; \
             get it again, or accept it with a reason",
            account.code
        );
        return Err(bad(&part.reading.file, statement.lines.last().map(|line| line.line), &what));
    }
    let last = part.tx.last_statement(part.writer.books.id(), account.code.as_str()).await?;
    let running = match &last {
        Some(last) => last.closing,
        None => {
            part.tx.balance(part.writer.books.id(), &Account::Bank(account.code.clone())).await?
        }
    };
    let is_first = last.is_none() && running.is_zero();
    let seen = seen_before(part, account, &lines).await?;
    let sequence = part.tx.next_sequence(part.writer.books.id(), account.code.as_str()).await?;
    if let Some(gap) = last.as_ref().and_then(|last| follow::gap(last, statement)) {
        part.tally.remark(format!("statement of {}: {gap}", account.code));
    }
    let booked = lines.len();
    let before = Before { running, is_first, lines: &seen };
    let decided = decide(&stated, &before, lines, part.reading.file.accept)?;
    let (lines, opening, closing, proof) = match decided {
        Decided::Post { lines, opening, closing, proof } => (lines, opening, closing, proof),
        Decided::Nothing => {
            part.tally.remark(format!(
                "statement of {}: every line was posted before; nothing new",
                account.code
            ));
            return Ok(Posted::Done);
        }
        Decided::Disagrees(why) => {
            let number = statement.head.number.as_deref().unwrap_or("without a number");
            return Ok(Posted::Disagrees(format!("statement {number} of {}: {why}", account.code)));
        }
    };
    if let before @ 1.. = booked.saturating_sub(lines.len()) {
        part.tally.remark(format!(
            "statement of {}: {before} of its {booked} lines were posted before, and are left out",
            account.code
        ));
    }
    let where_it_stands = Standing { account, sequence, opening, closing, proof, is_first };
    add(part, statement, &where_it_stands, &lines).await?;
    Ok(Posted::Done)
}

fn booked_lines<'a>(part: &mut Part<'_>, statement: &'a Statement) -> Result<Vec<Ready<'a>>> {
    let file = part.reading.file;
    let mut ready = Vec::with_capacity(statement.lines.len());
    for line in &statement.lines {
        if let Some(currency) = line.currency.as_deref().filter(|currency| *currency != "GBP") {
            let what = format!("is in {currency}; only sterling can be posted");
            return Err(bad(&file, Some(line.line), &what));
        }
        if let Some(status) = line.status.as_deref().filter(|status| *status != "BOOK") {
            part.tally.remark(format!("line {}: not booked ({status}), left out", line.line));
            continue;
        }
        part.check_day(line.line, line.booked)?;
        let Some(amount) = line.amount.pence() else {
            let what = format!("{} is not whole pence", line.amount);
            return Err(bad(&file, Some(line.line), &what));
        };
        ready.push(Ready { line, amount, fingerprint: fingerprint(line, amount) });
    }
    Ok(ready)
}

/// What tells the same line in another file: day, amount, references and text,
/// spaces apart.
fn fingerprint(line: &StatementLine, amount: Pence) -> Vec<u8> {
    let mut content = Content::new("bank line");
    content.day(line.booked);
    content.number(amount.get());
    content.text(&plain(line.reference.as_deref().unwrap_or_default()));
    content.text(&plain(line.bank_reference.as_deref().unwrap_or_default()));
    content.text(&plain(&line.narrative));
    content.hash().0.iter().copied().take(16).collect()
}

/// The lines that the account has over the same days.
async fn seen_before(
    part: &mut Part<'_>,
    account: &BankAccount,
    lines: &[Ready<'_>],
) -> Result<Vec<LineMark>> {
    let days = || lines.iter().map(|ready| ready.line.booked);
    let (Some(from), Some(to)) = (days().min(), days().max()) else { return Ok(Vec::new()) };
    let council = part.writer.books.id();
    Ok(part.tx.line_marks(council, account.code.as_str(), from, to).await?)
}

/// Where a statement stands in its account.
struct Standing<'a> {
    account: &'a BankAccount,
    sequence: i64,
    opening: Pence,
    closing: Pence,
    proof: &'static str,
    is_first: bool,
}

async fn add(
    part: &mut Part<'_>,
    statement: &Statement,
    standing: &Standing<'_>,
    lines: &[Ready<'_>],
) -> Result<()> {
    let books = part.writer.books;
    let bank: &BankCode = &standing.account.code;
    let id = StatementId::new(books.world().id());
    let days = || lines.iter().map(|ready| ready.line.booked);
    let today = books.world().today();
    let mut entries = Vec::with_capacity(lines.len());
    if standing.is_first && !standing.opening.is_zero() {
        // The account's first statement makes its opening entry, said aloud.
        let day = days().min().unwrap_or(today);
        let postings = some(flow::opening(Account::Bank(bank.clone()), standing.opening))?;
        let about = format!("opening balance of {bank}");
        let mut entry = part.writer.entry("opening", day, about, postings);
        let account = Account::Bank(bank.clone());
        entry.key = Some(opening_key(part.tx, books.id(), &account).await?);
        entries.push(entry);
        part.tally.remark(format!(
            "the first statement of {bank}: its opening balance of {} opens the account",
            standing.opening
        ));
    }
    let mut rows = Vec::with_capacity(lines.len());
    let (mut details, mut payers) = (Vec::new(), Vec::new());
    let own = own_accounts(&part.settings.council);
    for (ready, number) in lines.iter().zip(1_i64..) {
        part.tally.row(ready.amount)?;
        let line = LineId::new(books.world().id());
        payers.extend(payers_account(ready.line, &own).map(|payer| (line, payer)));
        let words = words(ready.line);
        let digest = part.writer.detail(line.get(), &words, &mut details);
        let entry = flow::bank_line(bank, ready.amount)?.map(|postings| {
            let about =
                format!("line {line} {}", ready.line.reference.as_deref().unwrap_or_default());
            let mut entry = part.writer.entry("bank-line", ready.line.booked, about, postings);
            entry.detail = digest;
            entry
        });
        rows.push(row(ready, line, id, number, entry.as_ref().map(|entry| entry.id)));
        entries.extend(entry);
    }
    let head = StatementRow {
        id,
        import: part
            .writer
            .import
            .unwrap_or_else(|| ims_ledger::id::ImportId::new(uuid::Uuid::nil())),
        bank: bank.to_string(),
        sequence: standing.sequence,
        number: statement.head.number.clone(),
        opening: standing.opening,
        closing: standing.closing,
        first_day: days().min(),
        last_day: last_day(statement, days().max()),
        lines: i64::try_from(lines.len()).unwrap_or(i64::MAX),
        proof: standing.proof.to_owned(),
        posted_at: part.writer.now,
    };
    part.tx.post_many(books.id(), &entries).await?;
    part.tx.add_statement(books.id(), &head, &rows).await?;
    part.tx.put_details(books.id(), &details).await?;
    books.keep_payers(part.tx, &payers).await
}

fn last_day(statement: &Statement, last_line: Option<NaiveDate>) -> Option<NaiveDate> {
    statement.close.closing.map(|closing| closing.date).max(last_line)
}

fn row(
    ready: &Ready<'_>,
    id: LineId,
    statement: StatementId,
    number: i64,
    entry: Option<ims_ledger::id::EntryId>,
) -> LineRow {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    LineRow {
        id,
        statement,
        number,
        booked_on: ready.line.booked,
        value_on: ready.line.value,
        amount: ready.amount,
        code: text(&ready.line.code),
        reference: text(&ready.line.reference),
        bank_reference: text(&ready.line.bank_reference),
        fingerprint: ready.fingerprint.clone(),
        entry,
    }
}

/// What a line says about people: its narrative, and who the other side is.
fn words(line: &StatementLine) -> String {
    let name = line.counterparty.as_ref().and_then(|other| other.name.as_deref());
    match name {
        Some(name) if !line.narrative.contains(name) => {
            format!("{} {name}", line.narrative).trim().to_owned()
        }
        Some(_) | None => line.narrative.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_known_by_its_number_however_it_is_written() {
        let bank = BankAccount {
            code: BankCode::parse("main").unwrap(),
            name: "Main".to_owned(),
            sort_code: "601111".to_owned(),
            number: "12345678".to_owned(),
            iban: String::new(),
        };
        for (account, sort_code, known) in [
            ("12345678", None, true),
            ("12345678", Some("60-11-11"), true),
            ("12345678", Some("601112"), false),
            ("601111 12345678", None, true),
            ("601111-12345678", None, true),
            ("GB33NWBK60111112345678", None, true),
            ("GB33NWBK60111112345679", None, false),
            ("2345678", None, false),
            ("", None, false),
        ] {
            let head = ims_ledger::StatementHead {
                account: account.to_owned(),
                sort_code: sort_code.map(str::to_owned),
                ..Default::default()
            };
            assert_eq!(is_of(&bank, &head), known, "{account} {sort_code:?}");
        }
    }
}
