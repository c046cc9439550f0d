//! What is measured runs in a process of its own, so that its memory and its
//! processor time are nobody else's.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use ims_app::{Actor, App, Clock, Imported, NewFile, Store, World};
use serde_json::{Value, json};

use super::{balances, data::Data, floor, http, machine};
use crate::Result;

/// One step as a child measured it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Step {
    pub(crate) wall: Duration,
    /// Processor time of the process.
    pub(crate) cpu: Duration,
    /// Processor time of the database's server.
    pub(crate) server: Duration,
}

/// What a child says: steps by name, and its peak.
#[derive(Clone, Debug)]
pub(crate) struct Said(Value);

impl Said {
    pub(crate) fn step(&self, name: &str) -> Result<Step> {
        let of = |key: &str| {
            let micros = self.0.get(name).and_then(|step| step.get(key)?.as_u64());
            micros.map(Duration::from_micros).ok_or(format!("a child did not say {name}.{key}"))
        };
        Ok(Step { wall: of("wall")?, cpu: of("cpu")?, server: of("server")? })
    }

    pub(crate) fn number(&self, name: &str) -> Result<i64> {
        let number = self.0.get(name).and_then(Value::as_i64);
        number.ok_or_else(|| format!("a child did not say {name}").into())
    }
}

/// Runs this program again, for one measurement.
pub(crate) fn ask(what: &str, words: &[String]) -> Result<Said> {
    let child = Command::new(std::env::current_exe()?)
        .args(["child", what])
        .args(words)
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        return Err(format!("the child for {what} failed").into());
    }
    Ok(Said(serde_json::from_slice(&child.stdout)?))
}

/// The child's side.
pub(crate) async fn run(words: &[String]) -> Result<()> {
    let (what, words) = words.split_first().ok_or("a child wants to know what to do")?;
    let said = match what.as_str() {
        "holders" => {
            let (url, _, data) = on_data(words)?;
            holders(url, &data).await?
        }
        "import" => {
            let (url, watch, data) = on_data(words)?;
            import(url, &watch, &data).await?
        }
        "floor" => {
            let (url, watch, data) = on_data(words)?;
            floor::import(url, &watch, &data).await?
        }
        "http-ours" | "http-bare" => {
            let [url] = words else { return Err("a server wants its database".into()) };
            // It spoke when it began; there is nothing left to say.
            drop(if what == "http-ours" {
                http::ours(url).await?
            } else {
                http::bare(url).await?
            });
            return Ok(());
        }
        "balances" => balances::ours(words)?,
        "balances-floor" => balances::floor(words)?,
        other => return Err(format!("no child does {other}").into()),
    };
    println!("{said}");
    Ok(())
}

/// The words for a child that works on `data` in the database at `url`.
pub(crate) fn words(url: &str, server: Option<u32>, data: &Data) -> Vec<String> {
    let numbers = [server.unwrap_or_default().to_string(), data.rows.to_string()];
    let rest = [data.total.to_string(), data.day.to_string(), data.folder.display().to_string()];
    std::iter::once(url.to_owned()).chain(numbers).chain(rest).collect()
}

fn on_data(words: &[String]) -> Result<(&str, Watch, Data)> {
    let [url, server, rows, total, day, folder] = words else {
        return Err("this child wants six words".into());
    };
    let (rows, total) = (rows.parse()?, total.parse()?);
    let data = Data { folder: folder.into(), day: day.parse()?, rows, total };
    Ok((url, Watch(server.parse()?), data))
}

/// A stop watch that counts processor time too: of this process, and of the
/// server with this number, if it is not 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Watch(pub(crate) u32);

/// When a watch was started.
pub(crate) struct Running(Instant, Duration, Duration, Watch);

impl Watch {
    fn server(self) -> Duration {
        if self.0 == 0 { Duration::ZERO } else { machine::cpu_of_family(self.0) }
    }

    pub(crate) fn start(self) -> Running {
        Running(Instant::now(), machine::cpu(), self.server(), self)
    }
}

impl Running {
    pub(crate) fn stop(&self) -> Value {
        let Self(began, cpu, server, watch) = self;
        let wall = began.elapsed();
        let cpu = machine::cpu().saturating_sub(*cpu);
        let server = watch.server().saturating_sub(*server);
        json!({ "wall": micros(wall), "cpu": micros(cpu), "server": micros(server) })
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// The evening of the day the file came, and on from there.
struct Evening(DateTime<Utc>, Instant);

impl Clock for Evening {
    fn now(&self) -> DateTime<Utc> {
        self.0 + self.1.elapsed()
    }
}

/// A world that stands at the evening of `day`.
pub(crate) fn world(day: NaiveDate) -> World {
    let evening = day.and_time(NaiveTime::from_hms_opt(20, 0, 0).unwrap_or_default()).and_utc();
    World::new(Arc::new(Evening(evening, Instant::now())), Arc::new(ims_edge::SystemRandom))
}

fn new<'a>(name: &'a str, bytes: &'a [u8]) -> NewFile<'a> {
    NewFile { name, bytes, format: None, accept: None, dry_run: false }
}

/// A council with its account holders, before anything is measured: in a process of
/// its own, whose memory is gone when it ends.
async fn holders(url: &str, data: &Data) -> Result<Value> {
    let app = App::new(Store::open(url).await?, world(data.day));
    let document = std::fs::read_to_string(data.council())?;
    let books = app.init(&document, Actor::system("bench")).await?;
    let bytes = std::fs::read(data.holders())?;
    books.import_file(new("holders.csv", &bytes)).await?;
    books.seal().await?;
    app.store().close().await;
    Ok(json!({}))
}

/// The product's way: the file taken in, sealed, and taken back.
async fn import(url: &str, watch: &Watch, data: &Data) -> Result<Value> {
    let app = App::new(Store::open(url).await?, world(data.day));
    let books = app.books(None, Actor::system("bench")).await?;

    machine::forget_peak();
    let running = watch.start();
    let bytes = std::fs::read(data.receipts())?;
    let Imported::Now(done) = books.import_file(new("receipts.csv", &bytes)).await? else {
        return Err("the file was not taken in".into());
    };
    let importing = running.stop();
    let peak = machine::peak_kib();
    if done.rows != data.rows || done.total.get() != data.total {
        return Err(format!("{} rows of {} came in", done.rows, done.total).into());
    }
    drop(bytes);

    let running = watch.start();
    books.seal().await?;
    let sealing = running.stop();
    let mut sums = (0_i64, 0_i64);
    for (account, balance) in books.balances_on(data.day).await? {
        sums.0 = sums.0.saturating_add(balance.get());
        if account.to_string().starts_with("clearing:") {
            sums.1 = sums.1.saturating_add(balance.get());
        }
    }
    if sums != (0, data.total) {
        return Err(format!("the books stand at {sums:?}, the file at {}", data.total).into());
    }

    machine::forget_peak();
    let running = watch.start();
    let undone = books.reverse_import(done.id, "measured").await?;
    let reversing = running.stop();
    if u64::try_from(undone.entries)? != data.rows {
        return Err(format!("{} entries were reversed", undone.entries).into());
    }
    if data.rows <= 200_000 {
        let verified = books.verify(None).await?;
        if !verified.ok {
            return Err(format!("the books do not verify: {:?}", verified.checks).into());
        }
    }
    app.store().close().await;
    Ok(json!({
        "import": importing, "seal": sealing, "reverse": reversing,
        "peak": peak, "peak_reverse": machine::peak_kib(), "suspense": done.suspense,
    }))
}
