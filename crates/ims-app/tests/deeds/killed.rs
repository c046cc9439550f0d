//! `kill -9` of a program in the middle of mixed deeds: what it answered is
//! there once, what it did not is there once or not at all, and asking for all
//! of it again changes nothing twice.
//!
//! The program killed is this one: started again with `IMS_TEST_LIVES` set it
//! does one deed after another and says of each that it is done.

use std::{
    collections::BTreeMap,
    env,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io::{BufRead as _, BufReader, Write as _},
    process::{Command, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use ims_app::{
    Actor, App, Books, Bulk, NewEReturn, NewJournal, NewReceipt, NewRefund, NewReturn, NewTransfer,
    RefundNews, Result, ReturnKind, ReturnOf, ToApprove,
};
use ims_ledger::{RefundEvent, RefundWay};
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    ereturns::rooms,
    model::MORE,
    take_receipt::{cash, keyed},
    town::{Hands, Town, ct, proved, server, settings},
    transfers::{done, journal, part, transfer},
};

/// Who asks, and who approves.
struct Two {
    asks: Books,
    approves: Books,
}

/// Deeds that a program is killed at, by lots that are alike.
pub(super) trait Lots: Sized {
    /// The test that the program is started again as.
    const TEST: &str;
    /// The deeds of a lot.
    const DEEDS: usize;
    /// What every account has of one lot, debit positive.
    const OF_ONE: &[(&str, i64)];

    /// Who does them.
    async fn on(app: &App) -> Self;

    /// The `n`th lot of a round. Each deed is told to `said` once it is answered, and
    /// whether it had been done before.
    async fn lot(&self, round: u32, n: u32, said: impl FnMut(u32, bool)) -> Result<()>;
}

impl Lots for Two {
    const TEST: &str = "deeds::killed::mixed_deeds_survive_kill_9";
    const DEEDS: usize = 12;
    const OF_ONE: &[(&str, i64)] = &[
        // Paid 1,000: 700 came back: 650 of it from here, 50 from what was moved.
        ("clearing:phone", 1_000 - 200 - 700),
        ("clearing:slip", 600),
        ("disputes", 0),
        ("fund:CT", 20),
        ("fund:LE", -600),
        ("fund:PK", 0),
        ("refunds-due", 0),
        ("suspense", 0),
        ("vat:S", -120),
    ];

    async fn on(app: &App) -> Self {
        let hands = async |name: &str, role: &str| {
            let actor = Actor::person(name, &[role.to_owned()]);
            app.books(None, actor).await.unwrap()
        };
        let asks = hands("ann", "income-officer").await;
        Self { asks, approves: hands("mia", "income-manager").await }
    }

    async fn lot(&self, round: u32, n: u32, mut said: impl FnMut(u32, bool)) -> Result<()> {
        let books = &self.asks;
        let key = |what: &str| format!("{what} {round}/{n}");
        let by_phone = NewReceipt { method: "PHONE".to_owned(), ..cash("CT", &ct(1), 1_000) };
        let paid = books.take_receipt(&keyed(by_phone, &key("take"))).await?;
        said(0, paid.before);

        let receipt = books.receipt(&paid.receipt).await?.receipt;
        let moved = journal(receipt.id, &[part("LE", "LM000001", 120), part("CT", &ct(2), 30)]);
        let moved = books.journal_line(&NewJournal { key: Some(key("journal")), ..moved }).await?;
        said(1, done(moved).before);

        let moved = transfer(&[part("CT", &ct(3), 50)], &[part("LE", "LM000002", 50)]);
        let moved = books.make_transfer(&NewTransfer { key: Some(key("move")), ..moved }).await?;
        said(2, done(moved).before);

        let asked = NewRefund {
            receipt: paid.receipt.clone(),
            lines: vec![(1, Some(Pence::new(200)))],
            way: RefundWay::Source,
            payee: None,
            reason: "paid twice".to_owned(),
            key: Some(key("refund")),
        };
        let asked = books.request_refund(&asked).await?;
        said(3, asked.before);
        match self.approves.approve_refund(asked.id, "").await {
            Err(error) if error.to_string().contains("was approved by mia") => said(4, true),
            approved => said(4, approved?.before),
        }
        for (number, event) in (5..).zip([RefundEvent::Send, RefundEvent::Pay]) {
            let notice = Some(key(&format!("{event:?}")));
            let news = RefundNews { notice, ..RefundNews::of(event) };
            said(number, books.record_refund(asked.id, &news).await?.before);
        }

        let back = NewReturn {
            of: ReturnOf::Receipt { number: paid.receipt, line: Some(1) },
            amount: Some(Pence::new(700)),
            kind: ReturnKind::Indemnity,
            code: "1".to_owned(),
            advice: key("advice"),
            channel: None,
            happened_on: None,
            note: String::new(),
        };
        said(7, books.record_return(&back).await?.before);

        let new = NewEReturn { template: "LIB".to_owned(), key: Some(key("e-return")) };
        let made = books.create_ereturn(&new).await?;
        said(8, made.before);
        let saved = books.save_ereturn(made.id, 1, &rooms(600, 60)).await?;
        said(9, saved.before);
        let handed_in = books.submit_ereturn(made.id, 2).await?;
        said(10, handed_in.before);
        let which = [ToApprove { id: made.id, version: Some(2) }];
        let approved = self.approves.approve_ereturns(&which, Bulk::All).await?.remove(0).1?;
        said(11, approved.before);
        Ok(())
    }
}

/// Does lot after lot until somebody kills it.
async fn lives<L: Lots>(url: &str, round: u32) {
    let clock = Arc::new(Hands::default());
    clock.to_april(20);
    // Ids are random: no two processes may throw the same dice.
    let lots = L::on(&server(url, &clock, 1_000 + u64::from(round)).await).await;
    for n in 0.. {
        let said = |deed, _| {
            let mut out = std::io::stdout().lock();
            writeln!(out, "\nanswered {n} {deed}").unwrap();
            out.flush().unwrap();
        };
        lots.lot(round, n, said).await.unwrap();
    }
}

/// How far a program came that was killed some time after its first answer: the
/// last lot and deed it answered.
fn killed<L: Lots>(url: &str, round: u32) -> (u32, u32) {
    let mut command = Command::new(env::current_exe().unwrap());
    let engine = if url.starts_with("sqlite:") { "sqlite" } else { "postgres" };
    let test = format!("{}::{engine}", L::TEST);
    command.args(["--exact", &test, "--nocapture"]);
    if let (false, Some((server, _))) = (url.starts_with("sqlite:"), url.rsplit_once('/')) {
        // It needs no server of its own.
        command.env("IMS_TEST_PG_URL", server);
    }
    command.env("IMS_TEST_LIVES", url).env("IMS_TEST_ROUND", round.to_string());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let printed = BufReader::new(child.stdout.take().unwrap());
    let last = Arc::new(Mutex::new(None));
    let heard = last.clone();
    let listening = std::thread::spawn(move || {
        for line in printed.lines() {
            let line = line.unwrap();
            let Some(answer) = line.strip_prefix("answered ") else { continue };
            let (n, deed) = answer.split_once(' ').unwrap();
            let answer: (u32, u32) = (n.parse().unwrap(), deed.parse().unwrap());
            *heard.lock().unwrap() = Some(answer);
        }
    });
    let begun = Instant::now();
    while last.lock().unwrap().is_none() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it answered nothing");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(1));
    }
    let random = RandomState::new().build_hasher().finish() % 700;
    std::thread::sleep(Duration::from_millis(random));
    child.kill().unwrap();
    let end = child.wait_with_output().unwrap();
    assert!(end.status.code().is_none(), "it had ended: {end:?}");
    listening.join().unwrap();
    let last = *last.lock().unwrap();
    last.unwrap()
}

async fn survives<L: Lots>(url: &str) {
    let town = Town::of(url).await;
    town.books.configure(&(settings("MILL") + MORE), super::town::april(1)).await.unwrap();
    let kills = if env::var_os("IMS_TEST_LONG").is_some() { 60 } else { 5 };
    let mut answered = BTreeMap::new();
    for round in 0..kills {
        answered.insert(round, killed::<L>(url, round));
        proved(&town.books).await;
    }
    // All of it once more, with the same keys, to the end of the lot that was begun or may
    // have been: a deed may be done and its answer not have come.
    let hands = L::on(&server(url, &town.clock, 7).await).await;
    let (mut lots, mut new) = (0, 0);
    for (round, last) in answered {
        for n in 0..=last.0 + 1 {
            let mut deeds = 0;
            let said = |deed, before| {
                assert!(before || (n, deed) > last, "{round}/{n} {deed} was answered and is lost");
                (deeds, new) = (deeds + 1, new + usize::from(!before));
            };
            hands.lot(round, n, said).await.unwrap();
            assert_eq!(deeds, L::DEEDS);
            lots += 1;
        }
    }
    let most = 2 * L::DEEDS * usize::try_from(kills).unwrap();
    assert!(new <= most, "{new} deeds were new");
    let there = town.balances().await;
    for &(account, pence) in L::OF_ONE {
        let there = there.get(account).copied().unwrap_or_default();
        assert_eq!(there, pence * lots, "{account} after {lots} lots");
    }
    proved(&town.books).await;
}

/// Lives and is killed, or looks at what is left.
pub(super) fn lives_or_survives<L: Lots>(url: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if let Some(url) = env::var_os("IMS_TEST_LIVES") {
        let round = env::var_os("IMS_TEST_ROUND").unwrap();
        let round = round.to_str().unwrap().parse().unwrap();
        return runtime.block_on(lives::<L>(url.to_str().unwrap(), round));
    }
    runtime.block_on(survives::<L>(url));
}

on_both! {
    fn mixed_deeds_survive_kill_9(url: &str) {
        lives_or_survives::<Two>(url);
    }
}
