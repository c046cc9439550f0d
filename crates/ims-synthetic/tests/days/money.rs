//! The money adds up, day after day.

use std::collections::BTreeMap;

use chrono::Datelike;
use ims_ledger::Account;
use ims_money::{Pence, vat};
use ims_synthetic::{Day, Fault};

use crate::reading::{Read, Statement, days, read, words};

fn sum(amounts: impl IntoIterator<Item = Pence>) -> Pence {
    Pence::checked_sum(amounts).unwrap()
}

fn amounts(statement: &Statement) -> impl Iterator<Item = Pence> {
    statement.lines.iter().map(|line| line.amount.pence().unwrap())
}

/// The amount of the one line of the main account that says `quoting`.
fn line(read: &Read, quoting: &str) -> Pence {
    let lines = &read.statements[0].lines;
    let found: Vec<_> = lines.iter().filter(|line| words(line).contains(quoting)).collect();
    assert_eq!(found.len(), 1, "{quoting}: {found:?}");
    found[0].amount.pence().unwrap()
}

#[test]
fn twenty_days_follow_on_from_each_other() {
    let (borough, days) = days(11, 300, 20);
    let opening = |code: &str| {
        let is = |item: &&ims_synthetic::OpeningItem| item.account.to_string() == code;
        days[0].opening.iter().find(is).unwrap().amount
    };
    let mut balances = [opening("bank:main"), opening("bank:housing")];
    let mut numbers = Vec::new();
    assert!(borough.first_day().year() == 2026 && days[0].date == borough.first_day());
    for (number, day) in days.iter().enumerate() {
        assert_eq!(day.opening.is_empty(), number > 0);
        let read = read(day);
        assert_eq!(read.statements.len(), 2);
        for (statement, balance) in read.statements.iter().zip(&mut balances) {
            assert_eq!(statement.opening(), *balance, "{} {}", day.date, statement.file);
            *balance = sum(amounts(statement).chain([*balance]));
            assert_eq!(statement.closing(), *balance, "{} {}", day.date, statement.file);
            assert_eq!(statement.head.currency, "GBP");
            assert!(statement.lines.iter().all(|line| line.booked == day.date));
        }
        numbers.push(read.statements[0].head.number.clone());
    }
    assert!(numbers.is_sorted());
    numbers.dedup();
    assert_eq!(numbers.len(), 20);
}

#[test]
fn statements_are_as_swift_would_have_them() {
    let (_, days) = days(11, 3_000, 3);
    let mut references = std::collections::BTreeSet::new();
    for day in &days {
        let file = day.files.iter().find(|file| file.format == "mt940").unwrap();
        let text = std::str::from_utf8(&file.bytes).unwrap();
        for line in text.lines() {
            assert!(line.is_ascii() && line.len() <= ":86:".len() + 65, "{line}");
        }
        for line in read(day).statements.iter().flat_map(|statement| &statement.lines) {
            assert!(references.insert(line.bank_reference.clone().unwrap()), "{line:?}");
            assert!(line.reference.as_ref().is_none_or(|text| text.len() <= 16), "{line:?}");
        }
    }
}

#[test]
fn statements_are_of_the_accounts_configured() {
    let (borough, days) = days(11, 60, 1);
    let heads: Vec<_> = read(&days[0]).statements.into_iter().map(|s| s.head).collect();
    let [main, housing] = &borough.council().bank_account[..] else { panic!("two accounts") };
    assert_eq!(heads[0].account, main.number);
    assert_eq!(heads[0].sort_code.as_deref(), Some(main.sort_code.as_str()));
    assert_eq!(heads[1].account, housing.iban);
}

/// What the receipts of a method add up to.
fn taken(read: &Read, methods: &[&str]) -> Pence {
    let of = |method: &Option<String>| methods.contains(&method.as_deref().unwrap());
    let receipts = read.receipts.iter().filter(|(_, receipt)| of(&receipt.method));
    sum(receipts.map(|(_, receipt)| receipt.amount))
}

/// What is missing from the day's payouts.
fn missing(day: &Day) -> Pence {
    let short = day.planted.iter().filter(|planted| planted.kind == Fault::ShortPayout);
    sum(short.map(|planted| planted.amount))
}

#[test]
fn what_was_taken_arrives() {
    for (seed, rows) in [(1, 50), (2, 500), (3, 3_000)] {
        let (borough, days) = days(seed, rows, 6);
        let merchant = |code: &str| {
            let all = borough.council().channel.iter();
            all.clone().find(|channel| channel.code.as_str() == code).unwrap().merchant.clone()
        };
        let desk = [merchant("card-desk"), merchant("card-leisure"), merchant("dd")];
        for day in &days {
            let read = read(day);
            let quoted = desk.each_ref().map(|merchant| line(&read, &format!(" {merchant} ")));
            let lacking = missing(day);
            assert_eq!(sum([quoted[0], lacking]), taken(&read, &["DESK"]));
            assert_eq!(quoted[1], taken(&read, &["GATE"]));
            assert_eq!(quoted[2], taken(&read, &["DD"]));
            settled(&read);
            slips(&read);
            schedules(&read);
        }
        assert_eq!(missing(&days[0]), Pence::new(if rows < 500 { 0 } else { 1_234 }));
    }
}

/// Each card payment of the web is in the settlement, and the bank pays its net.
fn settled(read: &Read) {
    let [(head, lines)] = &read.settlements[..] else { panic!("one payout") };
    assert_eq!(line(read, head.payout.as_deref().unwrap()), sum(lines.iter().map(|l| l.net)));
    let gross: BTreeMap<&str, Pence> =
        lines.iter().map(|line| (line.provider_ref.as_str(), line.gross)).collect();
    let web = |(_, receipt): &&(String, ims_ledger::IncomingReceipt)| {
        matches!(receipt.method.as_deref(), Some("WEB" | "PHONE"))
    };
    let receipts: BTreeMap<&str, Pence> = read
        .receipts
        .iter()
        .filter(web)
        .map(|(_, receipt)| (receipt.source_ref.as_deref().unwrap(), receipt.amount))
        .collect();
    // All but the provider's monthly fee.
    assert_eq!(gross.len(), receipts.len() + 1);
    assert!(receipts.iter().all(|(provider_ref, amount)| gross[provider_ref] == *amount));
}

/// Each slip's sum is a bank line of its own.
fn slips(read: &Read) {
    let mut slips: BTreeMap<&str, Vec<Pence>> = BTreeMap::new();
    for (_, receipt) in &read.receipts {
        if let Some(slip) = &receipt.batch {
            slips.entry(slip).or_default().push(receipt.amount);
        }
    }
    assert!(!slips.is_empty());
    for (slip, amounts) in slips {
        assert_eq!(line(read, slip), sum(amounts), "{slip}");
    }
}

/// allpay's and the DWP's credits are the sums of today's schedules.
fn schedules(read: &Read) {
    for (sender, quoting) in [("allpay", "ALLPAY LTD"), ("DWP", "DWP TPP")] {
        let of = |(head, _): &&(ims_ledger::ScheduleHead, _)| head.sender == sender;
        let (_, lines) = read.schedules.iter().find(of).unwrap();
        assert_eq!(line(read, quoting), sum(lines.iter().map(|line| line.amount)), "{sender}");
    }
}

#[test]
fn the_employers_schedule_comes_a_day_after_its_credit() {
    let (_, days) = days(5, 500, 4);
    let in_suspense = |item: &&ims_synthetic::OpeningItem| item.account == Account::Suspense;
    let item = days[0].opening.iter().find(in_suspense).unwrap();
    let mut waits = (item.reference.clone(), item.amount.checked_neg().unwrap());
    for day in &days {
        let read = read(day);
        let (head, lines) =
            read.schedules.iter().find(|(head, _)| head.sender == "Tindermill Bakeries").unwrap();
        assert_eq!(head.reference.as_deref(), Some(waits.0.as_str()));
        assert_eq!(sum(lines.iter().map(|line| line.amount)), waits.1);
        let waiting = |planted: &&ims_synthetic::Planted| planted.kind == Fault::CreditWaiting;
        let credit = day.planted.iter().find(waiting).unwrap();
        assert_eq!(line(&read, &credit.reference), credit.amount);
        waits = (credit.reference.clone(), credit.amount);
    }
}

#[test]
fn a_transfer_is_the_same_on_both_accounts() {
    let (_, days) = days(5, 60, 2);
    let read = read(&days[1]);
    let out = line(&read, "TFR TO HOUSING");
    let housing = &read.statements[1].lines;
    let into = housing.iter().find(|line| line.narrative.contains("TFR FROM MAIN")).unwrap();
    assert_eq!(into.amount.pence(), out.checked_neg());
}

#[test]
fn vat_is_what_the_council_says() {
    let (borough, days) = days(5, 2_000, 1);
    let council = borough.council();
    let mut standard = 0;
    for (_, receipt) in read(&days[0]).receipts {
        let code = receipt.fund.as_deref().unwrap();
        let Some(fund) = council.fund.iter().find(|fund| fund.code.as_str() == code) else {
            assert!(matches!(code, "CTAX" | "XX"), "{code}");
            continue;
        };
        let vat = council.vat.iter().find(|vat| Some(&vat.code) == fund.vat.as_ref()).unwrap();
        assert_eq!(receipt.vat_code.as_deref(), Some(vat.code.as_str()));
        let rate = vat.rate_on(receipt.date).unwrap();
        assert_eq!(receipt.vat, vat::held_in_gross(receipt.amount, rate, vat.rounding));
        standard += u32::from(vat.code.as_str() == "S" && receipt.vat > Some(Pence::ZERO));
    }
    assert!(standard > 100, "{standard}");
}
