//! The same month lived twice: once in calm, and once with files in another
//! order and delivered twice, notices late, repeated and reordered, and a
//! program that ends between any two statements. Every evening both stand where
//! the other does.

use std::{cell::Cell, collections::BTreeMap, sync::Arc};

use chrono::{DateTime, NaiveDate, Utc};
use ims_app::{
    Actor, App, Books, Imported, NewFile, NewReceipt, NewReceiptLine, NewRefund, NewReturn,
    RefundNews, Result, ReturnKind, ReturnOf, Store, World,
};
use ims_ledger::{Account, RefundEvent, RefundWay, Through};
use ims_money::Pence;
use ims_store::{Crash, Faults};
use ims_synthetic::{Borough, Day, File, working_day_after};
use ims_testkit::{Engine, on_both};

use super::{DAYS, Dice, Hands, take_over};

/// Moments of a deed among which a crash is chosen. The longest has more.
const MOMENTS: u64 = 40;

/// What the weather does.
struct Weather {
    faults: Faults,
    /// Whether anything goes wrong at all.
    is_stormy: bool,
    dice: Cell<u64>,
    crashes: Cell<u32>,
}

impl Weather {
    /// A number below `sides`, the same in every run.
    fn roll(&self, sides: u64) -> u64 {
        let seed = self.dice.get().wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        self.dice.set(seed);
        (seed >> 33) % sides
    }

    fn shuffle<T>(&self, all: &mut [T]) {
        for at in (1..all.len()).rev() {
            let other = self.roll(u64::try_from(at).unwrap() + 1);
            all.swap(at, usize::try_from(other).unwrap());
        }
    }

    /// A deed done until it is answered, and once more.
    async fn through<T>(&self, deed: impl AsyncFn() -> Result<T>) -> T {
        if !self.is_stormy {
            return deed().await.unwrap();
        }
        for _ in 0..self.roll(4) {
            let moment = u32::try_from(self.roll(MOMENTS)).unwrap();
            self.faults.crash_at(moment, Crash::AnswerToo);
            let done = deed().await;
            if self.faults.mend() {
                assert!(done.is_err(), "answered, though it crashed at {moment}");
                self.crashes.set(self.crashes.get() + 1);
            } else {
                done.unwrap();
            }
        }
        deed().await.unwrap()
    }
}

/// A council in some weather.
struct Place {
    books: Books,
    manager: Books,
    clock: Arc<Hands>,
    weather: Weather,
    /// Files of days before.
    past: Vec<File>,
}

impl Place {
    async fn new(url: &str, borough: &Borough, is_stormy: bool) -> Self {
        let (store, faults) = Store::open(url).await.unwrap().with_faults();
        let clock = Arc::new(Hands(std::sync::Mutex::new(DateTime::UNIX_EPOCH)));
        set(&clock, borough.first_day());
        let world = World::new(clock.clone(), Arc::new(Dice(20.into())));
        let app = App::new(store, world);
        let settings = toml::to_string(borough.council()).unwrap();
        let books = app.init(&settings, Actor::system("simulation")).await.unwrap();
        let manager = Actor::person("mia", &["income-manager".to_owned()]);
        let manager = app.books(None, manager).await.unwrap();
        let weather =
            Weather { faults, is_stormy, dice: Cell::new(2026), crashes: Cell::default() };
        Self { books, manager, clock, weather, past: Vec::new() }
    }

    async fn live(&mut self, number: usize, day: &Day) {
        set(&self.clock, day.date);
        self.files(day).await;
        self.payment(number).await;
        self.weather.through(async || self.books.reconcile().await).await;
        let certificate = self.weather.through(async || self.books.close_day(day.date).await).await;
        for kind in self.books.export_kinds().await.unwrap() {
            self.weather.through(async || self.books.make_export(&kind).await).await;
            // Where the answer was lost there is nothing left to be made.
            assert_eq!(self.books.make_export(&kind).await.unwrap(), None);
        }
        let verified = self.books.verify(Some(&certificate.head)).await.unwrap();
        let wrong: Vec<_> = verified.checks.iter().filter(|check| !check.ok).collect();
        assert!(verified.ok, "{}: {wrong:#?}", day.date);
    }

    async fn files(&mut self, day: &Day) {
        let mut files = day.files.clone();
        if self.weather.is_stormy {
            // Who has an account has to be known before money for them comes: else
            // it waits in suspense for a person.
            let turn = |file: &File| file.format != "holders-csv";
            self.weather.shuffle(&mut files);
            files.sort_by_key(turn);
        }
        for file in &files {
            self.weather.through(async || self.books.import_file(new(file)).await).await;
        }
        if self.weather.is_stormy {
            let late = self.weather.roll(u64::try_from(self.past.len()).unwrap().max(1));
            if let Some(late) = self.past.get(usize::try_from(late).unwrap()) {
                let came = self.books.import_file(new(late)).await.unwrap();
                assert!(matches!(came, Imported::Before(_)), "{late:?}: {came:?}");
            }
        }
        self.past.extend(files);
    }

    /// A payment at a desk, of which a part is refunded and another comes back:
    /// the provider tells of it as it likes.
    async fn payment(&self, number: usize) {
        let (books, weather) = (&self.books, &self.weather);
        let new = NewReceipt {
            method: "DESK".to_owned(),
            office: None,
            happened_on: None,
            through: Through::Staff,
            payer: None,
            cheque: None,
            lines: vec![NewReceiptLine {
                fund: "PL".to_owned(),
                reference: format!("PP-{number:08}"),
                amount: Pence::new(10_000 + i64::try_from(number).unwrap()),
                vat_code: None,
                narrative: None,
            }],
            key: Some(format!("desk {number}")),
        };
        let paid = weather.through(async || books.take_receipt(&new).await).await;
        let new = NewRefund {
            receipt: paid.receipt.clone(),
            lines: vec![(1, Some(Pence::new(3_000)))],
            way: RefundWay::Source,
            payee: None,
            reason: "withdrawn".to_owned(),
            key: Some(format!("refund {number}")),
        };
        let asked = weather.through(async || books.request_refund(&new).await).await;
        let approve = async || match self.manager.approve_refund(asked.id, "").await {
            Err(error) if error.to_string().contains("was approved by mia") => Ok(()),
            done => done.map(drop),
        };
        weather.through(approve).await;
        let mut told = vec![RefundEvent::Send, RefundEvent::NoAnswer, RefundEvent::Pay];
        if weather.is_stormy {
            told.extend(told.clone());
            weather.shuffle(&mut told);
        }
        for event in told {
            let notice = Some(format!("{event:?} {number}"));
            let news = RefundNews { notice, ..RefundNews::of(event) };
            let tell = async || match books.record_refund(asked.id, &news).await {
                // Told too late: what is known stays known.
                Err(error) if error.is_refusal() && event == RefundEvent::Send => Ok(()),
                done => done.map(drop),
            };
            weather.through(tell).await;
        }
        let (refund, _, _) = books.refund(asked.id).await.unwrap();
        assert_eq!(refund.state, "paid");
        let back = NewReturn {
            of: ReturnOf::Receipt { number: paid.receipt, line: None },
            amount: Some(Pence::new(8_000)),
            kind: ReturnKind::Undone,
            code: String::new(),
            advice: format!("advice {number}"),
            channel: None,
            happened_on: None,
            note: String::new(),
        };
        let back = weather.through(async || books.record_return(&back).await).await;
        // Three of ten thousand were refunded: one of eight is nowhere any more.
        assert_eq!(back.loss.get(), 1_000 - i64::try_from(number).unwrap());
    }

    async fn balances(&self) -> BTreeMap<Account, Pence> {
        let end = NaiveDate::from_ymd_opt(9999, 1, 1).unwrap();
        self.books.balances_on(end).await.unwrap().into_iter().collect()
    }
}

fn set(clock: &Hands, day: NaiveDate) {
    *clock.0.lock().unwrap() = at(day);
}

fn at(day: NaiveDate) -> DateTime<Utc> {
    day.and_hms_opt(16, 30, 0).unwrap().and_utc()
}

fn new(file: &File) -> NewFile<'_> {
    NewFile { name: &file.name, bytes: &file.bytes, format: None, accept: None, dry_run: false }
}

on_both! {
    async fn a_month_of_faults_adds_up_as_one_without(url: &str) {
        let other = if url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
        let other = other.fresh();
        let is_long = std::env::var_os("IMS_TEST_LONG").is_some();
        let mut borough = Borough::new(2026, if is_long { 1_000 } else { 30 });
        let mut calm = Place::new(&other.url, &borough, false).await;
        let mut stormy = Place::new(url, &borough, true).await;
        let mut date = borough.first_day();
        for number in 0..DAYS {
            let day = borough.day(date);
            for place in [&mut calm, &mut stormy] {
                if number == 0 {
                    take_over(&place.books, &day).await;
                }
                place.live(number, &day).await;
            }
            assert_eq!(calm.balances().await, stormy.balances().await, "{date}");
            date = working_day_after(date);
        }
        let crashes = stormy.weather.crashes.get();
        assert!(crashes > 300, "only {crashes} crashes");
        assert_eq!(calm.weather.crashes.get(), 0);
    }
}
