//! No deed keeps a card's number in what somebody writes.

use std::collections::BTreeSet;

use ims_app::{
    Ack, Actor, AppError, BasketLine, DisputeOutcome, HolderPatch, NewAgreement, NewAllocation,
    NewAllocations, NewEReturn, NewFile, NewLink, NewMatch, NewPayment, NewPerson, NewReceipt,
    NewReceiptLine, NewRefund, NewReturn, NewSlipDifference, NewSuspenseItem, NewTillSession,
    NewTransfer, OpeningItem, Payee, Payer, Period, Permission, Role, SuspenseCare, Verdict,
    configuration::NewConfiguration,
};
use ims_ledger::{
    Account, RefundWay, Takings, TillCount,
    id::{
        AgreementId, ApprovalId, DisputeId, EReturnId, ExceptionId, ExpectedId, ExportId, ImportId,
        LineId, LinkId, MatchId, ReceiptId, RefundId, SuspenseId, TillSessionId, TransferId,
    },
};
use ims_money::Pence;
use ims_testkit::on_both;
use uuid::Uuid;

use super::{
    agreements,
    ereturns::{differs, new as new_ereturn, rooms},
    links::for_tax,
    matrix::sources,
    payments::basket,
    raw::{counts, sql},
    redirects::from_old,
    refunds::of,
    returns::{disputed::dispute, returned},
    suggest::came,
    suspense::to_first,
    take_receipt::{cash, counter, line},
    tills::with_float,
    town::{Town, april, ct, file, settings},
    transfers::{journal, transfer},
};

/// A published test number, as somebody writes it down.
const CARD: &str = "paid with 4111-1111-1111-1111 on the phone";

/// The same without a word.
const DIGITS: &str = "4111111111111111";

/// Deeds that keep words and are not in `tried`, and why.
const APART: [(&str, &str); 15] = [
    ("agreed_payment_before", "it keeps nothing"),
    ("payment_keyed", "it keeps nothing"),
    ("keep_notice_key", "a secret that a program makes"),
    ("open_till", "its key is tried in `no_key_is_a_card_number`"),
    ("lift_from_till", "the same"),
    ("count_till", "the same"),
    ("create_ereturn", "the same"),
    ("start_agreed_payment", "the same"),
    ("open_dispute", "a provider's words are masked: refusing them would refuse the money"),
    ("record_refund", "the same"),
    ("miss_refund", "the same: what a provider calls a refund may be in it"),
    ("list_unread", "the same: what a provider has is listed"),
    ("take_at_till", "the same receipt as `take_receipt`, and a till to take it into"),
    ("replay_redirect", "it keeps nothing"),
    ("hear_of_stranger", "told by a provider, whose words are looked at when they are read"),
];

/// A file that is let in for this reason.
fn accepted(reason: &str) -> NewFile<'_> {
    NewFile { accept: Some(reason), ..file("a.csv", "x") }
}

fn person<'a>(username: &'a str, name: &'a str) -> NewPerson<'a> {
    let password = "a long pass phrase of hers";
    NewPerson { username, name, password, roles: &[Role::Cashier], demo: false }
}

type Tried = (&'static str, Result<(), AppError>);

/// What goes back, and what a second person says.
async fn decided(town: &Town) -> Vec<Tried> {
    let books = &town.books;
    let nobody = Uuid::nil();
    let (waits, item) = (ApprovalId::new(nobody), SuspenseId::new(nobody));
    let (refund, march) = (RefundId::new(nobody), Period::parse("2026-03").unwrap());
    let yes = Verdict::Approved;
    let day = april(20);
    let document = settings("MILL");
    let new = NewConfiguration { document: &document, from: day, reason: CARD, after: None };
    let called = format!("{DIGITS}.csv");
    let (agreement, till) = (AgreementId::new(nobody), TillSessionId::new(nobody));
    vec![
        ("approve_refund", books.approve_refund(refund, CARD).await.map(drop)),
        ("refuse_refund", books.refuse_refund(refund, Verdict::Refused, CARD).await.map(drop)),
        (
            "acknowledge_export",
            books
                .acknowledge_export(ExportId::new(nobody), Ack::Rejected, "1", CARD)
                .await
                .map(drop),
        ),
        (
            "acknowledge_export as",
            books
                .acknowledge_export(ExportId::new(nobody), Ack::Accepted, CARD, "")
                .await
                .map(drop),
        ),
        (
            "acknowledge_export_by_file",
            books
                .acknowledge_export_by_file(ExportId::new(nobody), file("a.csv", "x"), CARD)
                .await
                .map(drop),
        ),
        ("import_file", books.import_file(accepted(CARD)).await.map(drop)),
        ("import_file called", books.import_file(file(&called, "x")).await.map(drop)),
        ("add_person", books.add_person(&person("jo", CARD)).await),
        ("add_person called", books.add_person(&person(DIGITS, "Jo")).await),
        ("ask_reopen_day", books.ask_reopen_day(day, CARD, None).await.map(drop)),
        ("ask_reopen_period", books.ask_reopen_period(march, CARD, None).await.map(drop)),
        ("decide_reopen", books.decide_reopen(waits, yes, CARD).await.map(drop)),
        ("apply_configuration", books.apply_configuration(&new).await.map(drop)),
        ("decide_configuration", books.decide_configuration(waits, yes, CARD).await.map(drop)),
        ("approve_write_off", books.approve_write_off(waits, CARD).await.map(drop)),
        ("refuse_write_off", books.refuse_write_off(waits, CARD).await.map(drop)),
        ("approve_difference", books.approve_difference(waits, CARD).await.map(drop)),
        ("refuse_difference", books.refuse_difference(waits, CARD).await.map(drop)),
        ("write_off_suspense", books.write_off_suspense(item, None, CARD, None).await.map(drop)),
        (
            "accept_difference",
            books.accept_difference(ExpectedId::new(nobody), CARD, None).await.map(drop),
        ),
        ("return_suspense", books.return_suspense(item, None, CARD, None).await.map(drop)),
        ("approve_suspense_return", books.approve_suspense_return(waits, CARD).await.map(drop)),
        ("refuse_suspense_return", books.refuse_suspense_return(waits, CARD).await.map(drop)),
        ("cancel_suspense_return", books.cancel_suspense_return(nobody, CARD).await.map(drop)),
        ("approve_transfer", books.approve_transfer(waits, CARD).await.map(drop)),
        ("refuse_transfer", books.refuse_transfer(waits, CARD).await),
        ("withdraw_approval", books.withdraw_approval(waits, CARD).await),
        ("decide_slip_difference", books.decide_slip_difference(waits, yes, CARD).await.map(drop)),
        ("decide_till_difference", books.decide_till_difference(waits, yes, CARD).await.map(drop)),
        ("take_back_lift", books.take_back_lift(till, 1, CARD, None).await.map(drop)),
        ("prepare_bank_day", books.prepare_bank_day("main", day, CARD).await.map(drop)),
        ("review_bank_day", books.review_bank_day("main", day, CARD).await.map(drop)),
        ("reopen_bank_day", books.reopen_bank_day("main", day, CARD).await.map(drop)),
        (
            "end_dispute",
            books.end_dispute(DisputeId::new(nobody), DisputeOutcome::Won, CARD).await.map(drop),
        ),
        (
            "match_lines",
            books
                .match_lines(&NewMatch { reason: CARD.to_owned(), ..NewMatch::default() })
                .await
                .map(drop),
        ),
        ("give_up_file", books.give_up_file("a", april(1), CARD).await),
        ("await_file_again", books.await_file_again("a", april(1), CARD).await),
        (
            "accept_proposal",
            books.accept_proposal(LineId::new(nobody), 1, "", CARD).await.map(drop),
        ),
        ("undo_match", books.undo_match(MatchId::new(nobody), CARD).await.map(drop)),
        ("reverse_import", books.reverse_import(ImportId::new(nobody), CARD).await.map(drop)),
        (
            "end_payment_exception",
            books.end_payment_exception(ExceptionId::new(nobody), CARD).await,
        ),
        (
            "book_payment_exception",
            books.book_payment_exception(ExceptionId::new(nobody), CARD).await.map(drop),
        ),
        ("withdraw_link", books.withdraw_link(LinkId::new(nobody), CARD).await.map(drop)),
        ("end_agreement", books.end_agreement(agreement, CARD, None).await.map(drop)),
        ("end_agreement", books.end_agreement(agreement, "why", Some(CARD)).await.map(drop)),
        ("take_back_lift", books.take_back_lift(till, 1, "why", Some(CARD)).await.map(drop)),
    ]
}

/// What is asked for, moved and noted.
async fn asked(town: &Town) -> Vec<Tried> {
    let books = &town.books;
    let nobody = Uuid::nil();
    let (item, transferred) = (SuspenseId::new(nobody), TransferId::new(nobody));
    let card = || CARD.to_owned();
    let cash_found = NewSuspenseItem {
        channel: "till".to_owned(),
        amount: Pence::new(1),
        happened_on: april(20),
        reference: String::new(),
        narrative: String::new(),
        method: None,
        reason: "why".to_owned(),
        key: None,
    };
    let care = SuspenseCare { owner: Some(card()), ..SuspenseCare::default() };
    let seen = SuspenseCare::default();
    let opening = OpeningItem {
        account: Account::Suspense,
        amount: Pence::new(-1),
        date: april(1),
        reference: String::new(),
        narrative: card(),
    };
    let payee = Payee {
        name: card(),
        sort_code: "200000".to_owned(),
        account: "12345678".to_owned(),
        roll_number: String::new(),
    };
    let by_bank = NewRefund { way: RefundWay::Bank, payee: Some(payee), ..of("1", None) };
    let holder = HolderPatch {
        fund: "CT".to_owned(),
        reference: ct(1),
        reason: "why".to_owned(),
        ..HolderPatch::default()
    };
    let many = NewAllocations { items: Vec::new(), note: card(), key: None };
    let mut moved = transfer(&[], &[]);
    moved.reason = card();
    let mut keyed = journal(ReceiptId::new(nobody), &[]);
    keyed.reason = card();
    let mut redirect = from_old("OLD", None);
    redirect.reason = card();
    let mut placed = to_first(None);
    placed.note = card();
    let for_nothing = NewRefund { reason: card(), ..of("1", None) };
    let back = NewReturn { note: card(), ..returned("1", "A") };
    let slip = NewSlipDifference { reason: card(), ..differs("PS1", 1) };
    vec![
        (
            "add_suspense_item",
            books
                .add_suspense_item(&NewSuspenseItem { reason: card(), ..cash_found.clone() })
                .await
                .map(drop),
        ),
        (
            "add_suspense_item narrative",
            books
                .add_suspense_item(&NewSuspenseItem { narrative: card(), ..cash_found.clone() })
                .await
                .map(drop),
        ),
        (
            "add_suspense_item reference",
            books
                .add_suspense_item(&NewSuspenseItem { reference: DIGITS.to_owned(), ..cash_found })
                .await
                .map(drop),
        ),
        ("assign_suspense", books.assign_suspense(item, &seen, &care).await),
        ("note_suspense", books.note_suspense(item, CARD).await.map(drop)),
        ("allocate_suspense", books.allocate_suspense(item, &placed).await.map(drop)),
        ("allocate_as_suggested", books.allocate_as_suggested(item, &placed).await.map(drop)),
        ("allocate_many", books.allocate_many(&many).await.map(drop)),
        ("undo_allocation", books.undo_allocation(nobody, CARD).await.map(drop)),
        ("make_transfer", books.make_transfer(&moved).await.map(drop)),
        ("journal_line", books.journal_line(&keyed).await.map(drop)),
        ("undo_transfer", books.undo_transfer(transferred, CARD).await.map(drop)),
        ("undo_journal", books.undo_journal(transferred, CARD).await.map(drop)),
        ("redirect_reference", books.redirect_reference(&redirect).await.map(drop)),
        ("request_refund", books.request_refund(&for_nothing).await.map(drop)),
        ("request_refund payee", books.request_refund(&by_bank).await.map(drop)),
        ("record_return", books.record_return(&back).await.map(drop)),
        ("accept_slip_difference", books.accept_slip_difference(&slip).await.map(drop)),
        ("open_books", books.open_books(&[opening]).await.map(drop)),
        (
            "put_holder",
            books.put_holder(&HolderPatch { reason: card(), ..holder.clone() }).await.map(drop),
        ),
        (
            "put_holder name",
            books.put_holder(&HolderPatch { name: Some(card()), ..holder.clone() }).await.map(drop),
        ),
        (
            "put_holder address",
            books.put_holder(&HolderPatch { address: Some(card()), ..holder }).await.map(drop),
        ),
        ("stop_holder", books.stop_holder(("CT", &ct(1)), "X", CARD).await.map(drop)),
        ("release_holder", books.release_holder(("CT", &ct(1)), CARD).await.map(drop)),
    ]
}

/// What is taken, or is about to be, and what sites declare.
async fn taken(town: &Town) -> Vec<Tried> {
    let books = &town.books;
    let card = || CARD.to_owned();
    let ereturn = EReturnId::new(Uuid::nil());
    let said = Takings { narrative: card(), ..rooms(1_200, 120) };
    let narrated = NewReceiptLine { narrative: Some(card()), ..line("CT", &ct(1), 100) };
    let by = |payer: Payer| NewReceipt { payer: Some(payer), ..cash("CT", &ct(1), 100) };
    let payer = Payer { name: "A Payer".to_owned(), ..Payer::default() };
    let fund_and_card =
        BasketLine { fund: "CT".to_owned(), reference: DIGITS.to_owned(), amount: Pence::new(100) };
    let started = basket(&[("NR", DIGITS, 100)]);
    let label = NewLink { label: card(), ..for_tax(1) };
    let mut asked = for_tax(1);
    asked.lines[0].reference = DIGITS.to_owned();
    let agreed = NewAgreement { description: card(), ..agreements::for_tax(1) };
    let for_card = NewAgreement { reference: DIGITS.to_owned(), ..agreements::for_tax(1) };
    let living = Payer { line1: card(), ..payer.clone() };
    vec![
        (
            "take_receipt narrative",
            books
                .take_receipt(&NewReceipt { lines: vec![narrated], ..cash("", "", 0) })
                .await
                .map(drop),
        ),
        (
            "take_receipt name",
            books.take_receipt(&by(Payer { name: card(), ..payer })).await.map(drop),
        ),
        ("take_receipt address", books.take_receipt(&by(living.clone())).await.map(drop)),
        // Where references have no rule.
        ("take_receipt", books.take_receipt(&cash("NR", DIGITS, 100)).await.map(drop)),
        ("start_payment", books.start_payment(&started).await.map(drop)),
        ("add_to_basket", books.add_to_basket("t", &fund_and_card).await.map(drop)),
        ("set_basket_payer", books.set_basket_payer("t", &living).await.map(drop)),
        (
            "set_basket_mail",
            books.set_basket_mail("t", &format!("{DIGITS}@example.org")).await.map(drop),
        ),
        ("make_link", books.make_link(&label).await.map(drop)),
        ("make_link reference", books.make_link(&asked).await.map(drop)),
        ("make_agreement", books.make_agreement(&agreed).await.map(drop)),
        ("make_agreement reference", books.make_agreement(&for_card).await.map(drop)),
        ("save_ereturn", books.save_ereturn(ereturn, 1, &said).await.map(drop)),
        ("correct_ereturn", books.correct_ereturn(ereturn, 1, &said).await.map(drop)),
        ("note_ereturn", books.note_ereturn(ereturn, CARD).await),
        ("return_ereturn", books.return_ereturn(ereturn, CARD).await.map(drop)),
        ("void_ereturn", books.void_ereturn(ereturn, CARD).await.map(drop)),
    ]
}

/// By which names words are handed to deeds.
const WORDS: [&str; 11] = [
    "reason",
    "why",
    "note",
    "words",
    "narrative",
    "label",
    "line1",
    "accept",
    "their_reference",
    "advice",
    "key",
];

/// The public methods of `Books` that are handed words, from the source.
fn deeds_with_words() -> BTreeSet<String> {
    let sources = sources();
    let names = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let mut structs: Vec<(String, Vec<String>)> = Vec::new();
    for text in &sources {
        for part in text.split("\npub struct ").skip(1) {
            let body = part.split("\n}").next().unwrap();
            structs.push((names(part)[0].clone(), names(body)));
        }
    }
    // What holds words, or holds what holds them.
    let mut wordy: BTreeSet<String> = BTreeSet::from(["Takings".to_owned()]);
    loop {
        let of_words = |said: &str| WORDS.contains(&said) || wordy.contains(said);
        let more: Vec<_> = structs
            .iter()
            .filter(|(name, said)| !wordy.contains(name) && said.iter().any(|it| of_words(it)))
            .map(|(name, _)| name.clone())
            .collect();
        if more.is_empty() {
            break;
        }
        wordy.extend(more);
    }
    let mut deeds = BTreeSet::new();
    for text in &sources {
        for part in text.split("\n    pub async fn ").skip(1) {
            let head = part.split(" {\n").next().unwrap();
            let asked = head.split(" -> Result").next().unwrap();
            let said = names(asked);
            let is_words = said.iter().any(|it| WORDS.contains(&it.as_str()));
            if is_words || said.iter().any(|it| wordy.contains(it)) {
                deeds.insert(said[0].clone());
            }
        }
    }
    deeds
}

on_both! {
    /// Each word somebody can write, one after the other.
    async fn no_deed_keeps_a_card_number(url: &str) {
        let mut town = counter(url).await;
        let anybody = Actor::holding("test", Permission::ALL);
        town.books = town.app.books(Some("MILL"), anybody).await.unwrap();
        let before = counts(url);
        let mut tried = decided(&town).await;
        tried.extend(asked(&town).await);
        tried.extend(taken(&town).await);
        let mut faults = Vec::new();
        for (deed, came) in &tried {
            let why = match came {
                Err(error) if error.is_bad_input() => error.to_string(),
                other => format!("{other:?}"),
            };
            if !why.contains("card number") || why.contains("1111") {
                faults.push(format!("{deed}: {why}"));
            }
        }
        assert!(faults.is_empty(), "{faults:#?}");
        assert_eq!(counts(url), before);
        let names = tried.iter().map(|(deed, _)| deed.split(' ').next().unwrap().to_owned());
        let known: BTreeSet<_> =
            names.chain(APART.map(|(deed, _)| deed.to_owned())).collect();
        let missing: Vec<_> = deeds_with_words().difference(&known).cloned().collect();
        assert_eq!(missing, [""; 0], "what is handed words refuses a card number, or says why not");
    }

    /// A key is kept too. One that chance made is taken, whatever digits it has.
    async fn no_key_is_a_card_number(url: &str) {
        let mut town = counter(url).await;
        let anybody = Actor::holding("test", Permission::ALL);
        town.books = town.app.books(Some("MILL"), anybody).await.unwrap();
        let (before, key, books) = (counts(url), Some(DIGITS.to_owned()), &town.books);
        let (item, till) = (SuspenseId::new(Uuid::nil()), TillSessionId::new(Uuid::nil()));
        let (receipt, came) = (cash("CT", &ct(1), 100), came("", "", 100));
        let moved = transfer(&[], &[]);
        let tried: Vec<Tried> = vec![
            ("take_receipt", books.take_receipt(&NewReceipt { key: key.clone(), ..receipt.clone() }).await.map(drop)),
            (
                "start_payment",
                books.start_payment(&NewPayment { key: key.clone(), ..basket(&[("CT", &ct(1), 100)]) }).await.map(drop),
            ),
            (
                "allocate_suspense",
                books.allocate_suspense(item, &NewAllocation { key: key.clone(), ..to_first(None) }).await.map(drop),
            ),
            (
                "add_suspense_item",
                books.add_suspense_item(&NewSuspenseItem { key: key.clone(), ..came }).await.map(drop),
            ),
            ("make_transfer", books.make_transfer(&NewTransfer { key: key.clone(), ..moved }).await.map(drop)),
            ("open_till", books.open_till(&NewTillSession { key: key.clone(), ..with_float("DESK", 50) }).await.map(drop)),
            ("lift_from_till", books.lift_from_till(till, &with_float("DESK", 50).float, Some(DIGITS)).await.map(drop)),
            ("count_till", books.count_till(till, &TillCount::default(), Some(DIGITS)).await.map(drop)),
            ("create_ereturn", books.create_ereturn(&NewEReturn { key: key.clone(), ..new_ereturn("LIB") }).await.map(drop)),
            (
                "start_agreed_payment",
                books.start_agreed_payment(&agreements::take(AgreementId::new(Uuid::nil()), 1, DIGITS)).await.map(drop),
            ),
            ("make_link", books.make_link(&NewLink { key, ..for_tax(1) }).await.map(drop)),
        ];
        for (deed, came) in tried {
            let why = came.unwrap_err();
            assert!(why.is_bad_input() && why.to_string().contains("the key has what looks like"), "{deed}: {why}");
        }
        assert_eq!(counts(url), before);
        let by_chance = "4111-1111-1111-1111-abcdef0123456789".to_owned();
        books.take_receipt(&NewReceipt { key: Some(by_chance), ..receipt }).await.unwrap();
    }

    /// What a provider says is kept without the number, and the money booked.
    async fn a_providers_words_are_masked(url: &str) {
        let (town, number) = super::refunds::with_payment(url).await;
        let mut said = dispute(&number, &[]);
        said.reason = CARD.to_owned();
        let opened = town.books.open_dispute(&said).await.unwrap().dispute;
        assert_eq!(opened.reason, "paid with ****-****-****-1111 on the phone");
        assert_eq!(sql(url, "SELECT reason FROM dispute"), opened.reason);
        town.proved().await;
    }

    /// Long numbers that no scheme issues, and what is no number, stay as they were.
    async fn other_long_numbers_are_taken(url: &str) {
        let town = counter(url).await;
        // As long as a case of goods', an account's and an EAN: each right by Luhn's check.
        for reference in ["10614141000410", "9876543210123452", "5012345678007"] {
            town.books.take_receipt(&cash("NR", reference, 100)).await.unwrap();
        }
        let note = HolderPatch {
            fund: "CT".to_owned(),
            reference: ct(30),
            name: Some("Unit 4111, 11 to 1111 High Road".to_owned()),
            reason: "IBAN BE68539007547034, call 0845 600 1234 ext 5678".to_owned(),
            ..HolderPatch::default()
        };
        town.books.put_holder(&note).await.unwrap();
    }
}
