//! Rows for tests: each as small as it may be, with an id of its own.

mod days;
pub(super) mod gone_back;
mod moved;
mod paid;
mod tills;
mod waits;

use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use ims_ledger::{
    Account, Draft,
    id::{
        ApprovalId, CouncilId, EntryId, ExpectedId, ImportId, LineId, MatchId, ReceiptId,
        SuspenseId,
    },
    seal::ContentHash,
};
use ims_money::Pence;
use ims_store::{
    AllocationRow, ApprovalRow, AuditRow, BlockRow, DayCloseRow, DecisionRow, EntryRow,
    ExpectedRow, ExportRow, HolderRow, ImportRow, LineKey, LineRow, LineUseRow, MatchRow, NewJob,
    PairRow, PersonRow, PrintRow, Quarantined, ReceiptLineRow, ReceiptRow, SessionRow,
    StatementRow, Store, SuspenseRow, Tx,
};
use uuid::Uuid;

pub(super) use days::{ack, bank_day, control, month, month_reopened, reopened, signed_by};
use gone_back::gone_back;
pub(super) use gone_back::{dispute, dispute_end, refund, refund_step, sent_back};
use moved::moved;
pub(super) use moved::{deed_key, note, suspense_return, transfer, undone};
use paid::paid;
pub(super) use paid::{
    agreement, agreement_step, basket, booked, exception, link, payment, payment_lines,
    payment_step,
};
pub(super) use tills::{till_receipt, till_session};
pub(super) use waits::expected;
use waits::file_word;

/// An id no other call gives, each above the one before, as version 7 is.
pub(super) fn id<T>(new: fn(Uuid) -> T) -> T {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    new(Uuid::from_u128((0x0199_u128 << 112) | u128::from(NEXT.fetch_add(1, Ordering::Relaxed))))
}

pub(super) fn day(of_april: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 4, of_april).unwrap()
}

/// So many seconds after noon on 1 April 2026.
pub(super) fn at(seconds: i64) -> DateTime<Utc> {
    day(1).and_hms_opt(12, 0, 0).unwrap().and_utc() + Duration::seconds(seconds)
}

pub(super) fn pence(amount: i64) -> Pence {
    Pence::new(amount)
}

pub(super) fn account(text: &str) -> Account {
    text.parse().unwrap()
}

/// A store with one council.
pub(super) async fn store(url: &str) -> (Store, CouncilId) {
    let store = Store::open(url).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    let council = tx.add_council("ANY", "Anyborough", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    (store, council.id)
}

/// Card money for council tax.
pub(super) fn entry(amount: i64) -> EntryRow {
    EntryRow {
        id: id(EntryId::new),
        kind: "receipt",
        happened_on: day(1),
        accounting_day: day(1),
        posted_at: at(0),
        actor: "system:test".to_owned(),
        key: None,
        about: "a test".to_owned(),
        import: None,
        detail: None,
        postings: Draft::new()
            .debit(account("clearing:card-web"), pence(amount))
            .credit(account("fund:CT"), pence(amount))
            .balance()
            .unwrap(),
    }
}

/// A receipt of `entry` with a line for each amount.
pub(super) fn receipt(entry: &EntryRow, amounts: &[i64]) -> ReceiptRow {
    let receipt = id(ReceiptId::new);
    ReceiptRow {
        id: receipt,
        number: format!("R-{receipt}"),
        method: "web".to_owned(),
        office: None,
        happened_on: entry.happened_on,
        accounting_day: entry.accounting_day,
        posted_at: entry.posted_at,
        total: pence(amounts.iter().sum()),
        entry: entry.id,
        import: entry.import.map(|import| (import, 7)),
        source_ref: None,
        reverses: None,
        lines: amounts.iter().map(|amount| receipt_line(*amount)).collect(),
    }
}

fn receipt_line(amount: i64) -> ReceiptLineRow {
    ReceiptLineRow {
        fund: "CT".to_owned(),
        reference: "80012345".to_owned(),
        amount: pence(amount),
        vat_code: None,
        vat_basis_points: None,
        vat: Pence::ZERO,
    }
}

pub(super) fn suspense(amount: i64) -> SuspenseRow {
    SuspenseRow {
        id: id(SuspenseId::new),
        happened_on: day(1),
        amount: pence(amount),
        reason: "no such reference".to_owned(),
        reference: "8OO12345".to_owned(),
        entry: id(EntryId::new),
        import: None,
        line: None,
        method: Some("web".to_owned()),
        created_at: at(0),
    }
}

pub(super) fn import(content: &str) -> ImportRow {
    ImportRow {
        id: id(ImportId::new),
        content_hash: ContentHash::of(content.as_bytes()),
        generation: 0,
        format: "mt940".to_owned(),
        file_name: "bank.sta".to_owned(),
        rows: 2,
        total: pence(-300),
        suspense_rows: 1,
        warnings: 0,
        config_version: 1,
        imported_at: at(0),
        imported_by: "system:test".to_owned(),
        accepted_because: None,
        reversed_at: None,
    }
}

pub(super) fn statement(import: ImportId, sequence: i64) -> StatementRow {
    StatementRow {
        id: id(ims_ledger::id::StatementId::new),
        import,
        bank: "main".to_owned(),
        sequence,
        number: None,
        opening: pence(1_000),
        closing: pence(700),
        first_day: Some(day(1)),
        last_day: None,
        lines: 2,
        proof: "proved".to_owned(),
        posted_at: at(sequence),
    }
}

pub(super) fn line(statement: &StatementRow, number: i64, amount: i64) -> LineRow {
    LineRow {
        id: id(LineId::new),
        statement: statement.id,
        number,
        booked_on: day(1),
        value_on: None,
        amount: pence(amount),
        code: "TRF".to_owned(),
        reference: format!("line {number}"),
        bank_reference: String::new(),
        fingerprint: number.to_be_bytes().to_vec(),
        entry: None,
    }
}

pub(super) fn matched(amount: i64) -> MatchRow {
    MatchRow {
        id: id(MatchId::new),
        rule: "exact".to_owned(),
        reason: "same amount and reference".to_owned(),
        amount: pence(amount),
        entry: None,
        made_by: "system:test".to_owned(),
        made_at: at(0),
        config_version: Some(3),
        undone_at: None,
    }
}

/// A pair of a match: a bank line, and what was expected.
pub(super) fn pair(of: &MatchRow, line: Option<LineId>, expected: Option<ExpectedId>) -> PairRow {
    PairRow { matched: of.id, line, suspense: None, expected, receipt: None, amount: of.amount }
}

pub(super) fn allocation(of: &SuspenseRow, amount: i64) -> AllocationRow {
    AllocationRow {
        id: id(|id| id),
        suspense: of.id,
        amount: pence(amount),
        entry: id(EntryId::new),
        receipt: None,
        matched: None,
        note: "rang the payer".to_owned(),
        by: "jo".to_owned(),
        at: at(1),
    }
}

pub(super) fn event(deed: &str) -> AuditRow {
    AuditRow {
        id: id(ims_ledger::id::EventId::new),
        at: at(0),
        actor: "jo".to_owned(),
        origin: "cli".to_owned(),
        deed: deed.to_owned(),
        subject: "a thing".to_owned(),
        data: "{}".to_owned(),
        hash: ContentHash::GENESIS,
    }
}

pub(super) fn job(kind: &str, dedupe_key: Option<&str>) -> NewJob {
    NewJob {
        id: id(ims_ledger::id::JobId::new),
        kind: kind.to_owned(),
        payload: "{}".to_owned(),
        dedupe_key: dedupe_key.map(str::to_owned),
        run_at: at(0),
    }
}

pub(super) fn person(username: &str) -> PersonRow {
    PersonRow {
        id: id(ims_ledger::id::PersonId::new),
        username: username.to_owned(),
        name: "Jo Bloggs".to_owned(),
        password_hash: "$argon2id$".to_owned(),
        demo: true,
        disabled_at: None,
    }
}

pub(super) fn session(person: &PersonRow, token: &[u8]) -> SessionRow {
    SessionRow {
        token_hash: token.to_vec(),
        person: person.id,
        csrf: "csrf".to_owned(),
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(3_600),
    }
}

pub(super) fn export(kind: &str, number: i64, through: NaiveDate) -> ExportRow {
    ExportRow {
        id: id(ims_ledger::id::ExportId::new),
        kind: kind.to_owned(),
        number,
        after_day: None,
        through_day: through,
        content_hash: ContentHash::of(b"journal"),
        file_name: "journal.csv".to_owned(),
        rows: 2,
        debit: pence(100),
        credit: pence(100),
        head: ContentHash::GENESIS,
        made_by: "jo".to_owned(),
        made_at: at(number),
    }
}

pub(super) fn closed(day: NaiveDate) -> DayCloseRow {
    DayCloseRow {
        generation: 0,
        day,
        closed_at: at(0),
        closed_by: "jo".to_owned(),
        head: ContentHash::GENESIS,
        certificate: "{}".to_owned(),
        reopened_at: None,
    }
}

pub(super) fn holder(reference: &str) -> HolderRow {
    HolderRow {
        fund: "CT".to_owned(),
        reference: reference.to_owned(),
        name: "Jo Bloggs".to_owned(),
        address: "1 High Street\nAnytown".to_owned(),
        balance: Some(pence(12_345)),
        stop: None,
        version: 1,
        balance_at: Some(at(0)),
        instalment: Some(pence(1_050)),
    }
}

/// A change of that holder.
pub(super) fn holder_change(of: &HolderRow) -> ims_store::HolderChangeRow {
    ims_store::HolderChangeRow {
        id: id(|id| id),
        fund: of.fund.clone(),
        reference: of.reference.clone(),
        version: of.version,
        deed: "put".to_owned(),
        fields: "name".to_owned(),
        by: "jo".to_owned(),
        at: at(1),
        import: None,
        reason: "they moved".to_owned(),
        digest: ContentHash::salted(&[7], "words"),
        words: "words".to_owned(),
    }
}

/// From the first of April on, money for `from` goes to `to`.
pub(super) fn redirect(from: &str, to: Option<&str>) -> ims_store::RedirectRow {
    ims_store::RedirectRow {
        id: id(|id| id),
        redirect: ims_ledger::Redirect {
            fund: "CT".to_owned(),
            reference: from.to_owned(),
            from: day(1),
            to: to.map(|to| ("CT".to_owned(), to.to_owned())),
        },
        reason: "a new system".to_owned(),
        by: "jo".to_owned(),
        at: at(1),
    }
}

pub(super) fn print(import: ImportId) -> PrintRow {
    PrintRow {
        import,
        kind: "receipts".to_owned(),
        sender: "receipts-csv".to_owned(),
        first_day: day(1),
        last_day: day(2),
        rows: 2,
        total: pence(300),
        prints: vec![0],
    }
}

/// At least one row in every table but `council`, `person` and `web_session`,
/// whose keys do not begin with a council; those two are `person`'s.
pub(super) async fn everything(tx: &mut Tx, council: CouncilId, person: &PersonRow) -> ImportId {
    tx.grant(council, person.id, "cashier", "system:test", at(0)).await.unwrap();
    tx.add_scope(council, person.id, ("fund", "CT"), "system:test", at(0)).await.unwrap();
    assert!(tx.note_minute(council, "jo", "denied verify", 1).await.unwrap());
    let from = tx.add_configuration(council, "Anyborough", day(1), "[fund]", "jo", at(0));
    from.await.unwrap();
    tx.add_job(council, &job("seal", None), at(0)).await.unwrap();
    let row = import("the bank's file");
    tx.archive(council, row.content_hash, 4, vec![1, 2], at(0)).await.unwrap();
    tx.add_import(council, &row).await.unwrap();
    tx.add_print(council, &print(row.id)).await.unwrap();
    tx.add_masked(council, row.content_hash, ContentHash::of(b"masked")).await.unwrap();
    let undone = import("a wrong file");
    tx.add_import(council, &undone).await.unwrap();
    tx.add_reversal(council, undone.id, id(ImportId::new), "wrong file", "jo", at(1))
        .await
        .unwrap();
    tx.quarantine(council, &aside("disagrees"), "jo").await.unwrap();
    tx.add_file_word(council, &file_word()).await.unwrap();
    tx.put_holders(council, "CT", &[holder("80012345")], row.id, at(0)).await.unwrap();
    let posted = EntryRow { import: Some(row.id), key: Some("key".to_owned()), ..entry(300) };
    let details = [(posted.id.get(), vec![7], "MR J BLOGGS".to_owned())];
    tx.put_details(council, &details).await.unwrap();
    tx.post_many(council, std::slice::from_ref(&posted)).await.unwrap();
    tx.add_receipts(council, &[receipt(&posted, &[100, 200])]).await.unwrap();
    let item = SuspenseRow { import: Some((row.id, 3)), ..suspense(500) };
    tx.add_suspense(council, std::slice::from_ref(&item)).await.unwrap();
    tx.add_allocations(council, &[allocation(&item, 100)]).await.unwrap();
    let waited = ExpectedRow { import: Some(row.id), ..expected(300, "card-web") };
    tx.add_expected(council, std::slice::from_ref(&waited)).await.unwrap();
    tx.name_expected(council, ("card-web", "pi_1"), &[waited.id], at(1)).await.unwrap();
    let batch = [(waited.id, "PAYOUT 1".to_owned())];
    tx.put_in_batches(council, &batch, row.id).await.unwrap();
    let posted_statement = statement(row.id, 1);
    let lines = [line(&posted_statement, 1, -300)];
    tx.add_statement(council, &posted_statement, &lines).await.unwrap();
    let made = matched(-300);
    let pairs = [pair(&made, Some(lines[0].id), Some(waited.id))];
    tx.add_matches(council, std::slice::from_ref(&made), &pairs).await.unwrap();
    tx.add_undo(council, made.id, None, "not theirs", "jo", at(2)).await.unwrap();
    tx.close_day(council, &closed(day(1))).await.unwrap();
    tx.add_export(council, &export("ledger-journal", 1, day(1))).await.unwrap();
    let wrong = export("ledger-journal", 2, day(2));
    tx.add_export(council, &wrong).await.unwrap();
    tx.add_ack(council, wrong.id, &ack("rejected")).await.unwrap();
    let instead = export("ledger-journal", 3, day(2));
    tx.add_export(council, &instead).await.unwrap();
    tx.add_replaced(council, instead.id, &[wrong.id]).await.unwrap();
    tx.reopen_days(council, &reopened(1, day(1))).await.unwrap();
    tx.close_period(council, &month("2026-03", 0)).await.unwrap();
    tx.reopen_period(council, &month_reopened("2026-03", 0)).await.unwrap();
    tx.close_period(council, &month("2026-02", 0)).await.unwrap();
    tx.add_control(council, &control(1)).await.unwrap();
    days::signed_and_reopened(tx, council).await;
    let uses = [line_use(LineKey { receipt: id(ReceiptId::new), line: 1 }, 5)];
    tx.add_line_uses(council, &uses).await.unwrap();
    gone_back(tx, council).await;
    let asked = approval("ann");
    tx.add_approval(council, &asked).await.unwrap();
    tx.add_approval_funds(council, asked.id, &["CT"]).await.unwrap();
    assert!(tx.decide_approval(council, asked.id, &decision("refused", "bob")).await.unwrap());
    super::ereturns::one_of_each(tx, council).await;
    moved(tx, council, item.id).await;
    tills::one_of_each(tx, council).await;
    paid(tx, council).await;
    let changed = HolderRow { version: 2, ..holder("80012345") };
    tx.add_holder_changes(council, &[holder_change(&changed)]).await.unwrap();
    tx.add_redirect(council, &redirect("OLD1", Some("80012345"))).await.unwrap();
    tx.add_event(council, &event("import")).await.unwrap();
    let items = tx.take_unsealed(council, 1).await.unwrap();
    tx.add_block(council, &block(1, &items), &items).await.unwrap();
    row.id
}

/// What a refund took out of a line.
pub(super) fn line_use(of: LineKey, amount: i64) -> LineUseRow {
    LineUseRow {
        id: id(|id| id),
        of,
        purpose: "refund".to_owned(),
        amount: pence(amount),
        vat: Pence::ZERO,
        to: None,
        subject: id(|id| id),
        by: "jo".to_owned(),
        at: at(1),
    }
}

/// Something `who` asked for.
pub(super) fn approval(who: &str) -> ApprovalRow {
    let approval = id(ApprovalId::new);
    ApprovalRow {
        id: approval,
        kind: "refund".to_owned(),
        subject: format!("receipt {approval}"),
        amount: pence(500),
        document: "{}".to_owned(),
        reason: "paid twice".to_owned(),
        asked_by: who.to_owned(),
        asked_at: at(0),
        key: None,
        decision: None,
    }
}

/// What `who` said.
pub(super) fn decision(verdict: &str, who: &str) -> DecisionRow {
    let (verdict, by) = (verdict.to_owned(), who.to_owned());
    DecisionRow { verdict, by, at: at(1), reason: "seen".to_owned() }
}

pub(super) fn aside(reason: &str) -> Quarantined {
    Quarantined {
        content_hash: ContentHash::of(reason.as_bytes()),
        file_name: "bank.sta".to_owned(),
        format: "mt940".to_owned(),
        reason: reason.to_owned(),
        quarantined_at: at(0),
    }
}

pub(super) fn block(number: i64, items: &[ims_store::Sealable]) -> BlockRow {
    BlockRow {
        number,
        previous: ContentHash::GENESIS,
        hash: ContentHash::of(b"block"),
        sealed_at: at(0),
        items: i64::try_from(items.len()).unwrap(),
    }
}
