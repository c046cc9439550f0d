//! Bank statements: posted when they follow on, kept aside when they disagree.

use std::collections::HashMap;

use chrono::NaiveDate;
use ims_files::Statement;
use ims_ledger::{
    Account, BankAccount, StatementLine, flow,
    id::{BankCode, LineId, StatementId},
    seal::Content,
};
use ims_money::Pence;
use ims_store::{LineRow, StatementRow};

use super::{Part, Posted, bad};
use crate::{AppError, Result, posting::some};

pub(super) async fn post(mut part: Part<'_>) -> Result<Posted> {
    let reading = part.reading;
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

fn is_of(bank: &BankAccount, head: &ims_ledger::StatementHead) -> bool {
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
    let decided = decide(&stated, running, is_first, lines, seen, part.reading.file.accept)?;
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

/// How many lines of each fingerprint the account has over the same days.
async fn seen_before(
    part: &mut Part<'_>,
    account: &BankAccount,
    lines: &[Ready<'_>],
) -> Result<HashMap<Vec<u8>, usize>> {
    let days = || lines.iter().map(|ready| ready.line.booked);
    let (Some(from), Some(to)) = (days().min(), days().max()) else { return Ok(HashMap::new()) };
    let council = part.writer.books.id();
    let mut seen = HashMap::new();
    for mark in part.tx.fingerprints(council, account.code.as_str(), from, to).await? {
        let count: &mut usize = seen.entry(mark).or_default();
        *count = count.saturating_add(1);
    }
    Ok(seen)
}

/// What the file says of balances, in pence.
struct Stated {
    opening: Option<Pence>,
    closing: Option<Pence>,
}

impl Stated {
    fn of(part: &Part<'_>, statement: &Statement) -> Result<Self> {
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

enum Decided<'a> {
    Post { lines: Vec<Ready<'a>>, opening: Pence, closing: Pence, proof: &'static str },
    Nothing,
    Disagrees(String),
}

fn sum(lines: &[Ready<'_>]) -> Result<Pence> {
    Pence::checked_sum(lines.iter().map(|ready| ready.amount)).ok_or(AppError::Overflow)
}

/// Whether a statement follows on from `running`, and which of its lines are new.
fn decide<'a>(
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
        entries.push(part.writer.entry(
            "opening",
            day,
            format!("opening balance of {bank}"),
            postings,
        ));
        part.tally.remark(format!(
            "the first statement of {bank}: its opening balance of {} opens the account",
            standing.opening
        ));
    }
    let mut rows = Vec::with_capacity(lines.len());
    let mut details = Vec::new();
    for (ready, number) in lines.iter().zip(1_i64..) {
        part.tally.row(ready.amount)?;
        let line = LineId::new(books.world().id());
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
    Ok(())
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
