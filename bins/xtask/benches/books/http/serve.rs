//! The servers that are asked, each in a process of its own: ours, and the barest.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode, routing::post};
use ims_app::{Actor, App, NewPerson, Role, Store, configuration};
use ims_web::{Config, Server, Site};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::{Result, books::floor};

const PASSWORD: &str = "correct horse battery staple";

const COUNCIL: &str = r#"
[[fund]]
code = "CT"
name = "Council tax"
vat = "O"
reference = { min_length = 8, max_length = 8, characters = "numeric", regex = "^8" }

[[channel]]
code = "terminal"
name = "Card terminals"

[[method]]
code = "12"
name = "Card at the desk"
kind = "card-staff"
channel = "terminal"
"#;

/// A server that runs until it is stopped.
pub(super) struct Serving {
    child: Child,
    address: SocketAddr,
    cookie: String,
}

impl Serving {
    /// Starts this program as the server `what` on the database at `url`; it says where
    /// it is, and the cookie of who is signed in.
    pub(super) fn start(what: &str, url: &str) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["child", what, url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let mut line = String::new();
        let out = child.stdout.take().ok_or("a child without its words")?;
        BufReader::new(out).read_line(&mut line)?;
        let (address, cookie) =
            line.trim_end().split_once(' ').ok_or(format!("{what} did not begin to serve"))?;
        Ok(Self { child, address: address.parse()?, cookie: cookie.to_owned() })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn cookie(&self) -> &str {
        &self.cookie
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// It ends when nobody can say anything to it any more.
    pub(super) fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        if self.child.wait()?.success() { Ok(()) } else { Err("the server failed".into()) }
    }
}

/// Until the parent stops it.
async fn stopped() {
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    drop(ended.await);
}

/// The child that serves the product.
pub(crate) async fn ours(url: &str) -> Result<Value> {
    let app = App::new(Store::open(url).await?, ims_edge::world());
    let document = configuration::defaults("HTTP", "Httpborough Council")? + COUNCIL;
    let books = app.init(&document, Actor::system("bench")).await?;
    let roles = [Role::Cashier, Role::IncomeOfficer];
    let (username, name) = ("cass", "Cass Cashier");
    let person = NewPerson { username, name, password: PASSWORD, roles: &roles, demo: false };
    books.add_person(&person).await?;
    let token = app.sign_in(username, PASSWORD, false).await?.token;
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("{} ims-session={token}", server.address());
    let router = ims_web::router(&Site::new(app.clone(), Config::default()));
    server.run(router, stopped()).await?;
    app.store().close().await;
    Ok(Value::Null)
}

/// A payment that waits to last.
struct Waiting {
    id: i64,
    pence: i64,
    account: i64,
    done: oneshot::Sender<()>,
}

type Line = (mpsc::Sender<Waiting>, Arc<AtomicI64>);

/// The child that serves the least.
pub(crate) async fn bare(url: &str) -> Result<Value> {
    let (sender, line) = mpsc::channel(1_024);
    if let Some(path) = url.strip_prefix("sqlite:") {
        let books = floor::Sqlite::open(path)?;
        std::thread::spawn(move || commit(books, line));
    } else {
        floor::Postgres::open(url).await?;
        let line = Arc::new(tokio::sync::Mutex::new(line));
        for _ in 0..16 {
            tokio::spawn(post_each(floor::Postgres::join(url).await?, Arc::clone(&line)));
        }
    }
    let numbers = Arc::new(AtomicI64::new(0));
    let router = Router::new().route("/api/v1/receipts", post(take)).with_state((sender, numbers));
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    println!("{} none", server.address());
    server.run(router, stopped()).await?;
    Ok(Value::Null)
}

async fn take(State((line, numbers)): State<Line>, body: Bytes) -> StatusCode {
    let Ok(body) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let number = numbers.fetch_add(1, Ordering::Relaxed) + 1;
    let said = body.pointer("/lines/0");
    let text = |key: &str| said.and_then(|it| it.get(key));
    let pence = text("amount_pence").and_then(Value::as_i64).unwrap_or_default();
    let account = text("reference").and_then(Value::as_str).and_then(|it| it.parse().ok());
    let (done, lasting) = oneshot::channel();
    let waiting = Waiting { id: number, pence, account: account.unwrap_or_default(), done };
    if line.send(waiting).await.is_err() || lasting.await.is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    StatusCode::CREATED
}

/// One writer: all that wait are one unit of work.
fn commit(mut books: floor::Sqlite, mut line: mpsc::Receiver<Waiting>) {
    while let Some(first) = line.blocking_recv() {
        let mut lot = vec![first];
        while let Ok(next) = line.try_recv() {
            lot.push(next);
        }
        let rows = lot.iter().map(|it| (it.id, it.account, 1, it.pence));
        if let Err(why) = books.post_all(rows) {
            eprintln!("bare: {why}");
            return;
        }
        for waiting in lot {
            let _ = waiting.done.send(());
        }
    }
}

/// One connection of several: each payment is a unit of work of one round trip.
async fn post_each(
    mut books: floor::Postgres,
    line: Arc<tokio::sync::Mutex<mpsc::Receiver<Waiting>>>,
) {
    loop {
        let next = line.lock().await.recv().await;
        let Some(Waiting { id, pence, account, done }) = next else { return };
        match books.post(id, account, 1, pence).await {
            Ok(()) => {
                let _ = done.send(());
            }
            Err(why) => {
                eprintln!("bare: {why}");
                return;
            }
        }
    }
}
