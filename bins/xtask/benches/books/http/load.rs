//! Thirty-two connections that ask as fast as they are answered.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::serve::Serving;
use crate::Result;

const CONNECTIONS: u64 = 32;
/// How long each measurement lasts, and how long a server is warmed before.
const EACH: Duration = Duration::from_secs(3);
const WARMED: Duration = Duration::from_millis(500);
/// What each payment is of.
pub(super) const PENCE: i64 = 1_250;
/// How many accounts are paid.
const ACCOUNTS: u64 = 10_000;

/// Keys are never used twice, whichever run it is.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Take,
    Look,
    Bare,
}

/// What came of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answered {
    /// Answered as they should be.
    pub(super) good: u64,
    /// So many a second.
    pub(super) rate: u64,
    pub(super) p50: Duration,
    pub(super) p99: Duration,
}

pub(super) async fn warm(serving: &Serving, asked: Asked) -> Result<()> {
    asking(serving, asked, WARMED).await.map(drop)
}

pub(super) async fn run(serving: &Serving, asked: Asked) -> Result<Answered> {
    asking(serving, asked, EACH).await
}

async fn asking(serving: &Serving, asked: Asked, long: Duration) -> Result<Answered> {
    let start = Instant::now();
    let connections: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, cookie) = (serving.address(), serving.cookie().to_owned());
            tokio::spawn(one(address, cookie, asked, start, long))
        })
        .collect();
    let mut times = Vec::new();
    for connection in connections {
        times.extend(connection.await??);
    }
    let took = start.elapsed();
    times.sort_unstable();
    let at = |hundredth: usize| times.get(times.len() * hundredth / 100).copied();
    let good = u64::try_from(times.len())?;
    let millis = u64::try_from(took.as_millis())?.max(1);
    let none = "nothing was answered";
    let (p50, p99) = (at(50).ok_or(none)?, at(99).ok_or(none)?);
    Ok(Answered { good, rate: good * 1_000 / millis, p50, p99 })
}

/// One connection, kept open; how long each answer took.
async fn one(
    address: SocketAddr,
    cookie: String,
    asked: Asked,
    start: Instant,
    long: Duration,
) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut times, mut buffer) = (Vec::new(), Vec::with_capacity(8_192));
    while start.elapsed() < long {
        let request = request(asked, &cookie, NEXT.fetch_add(1, Ordering::Relaxed));
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        let status = answer(&mut stream, &mut buffer).await?;
        times.push(began.elapsed());
        let wanted = if asked == Asked::Look { 200 } else { 201 };
        if status != wanted {
            return Err(format!("{status} for {asked:?}, of {request}").into());
        }
    }
    Ok(times)
}

fn request(asked: Asked, cookie: &str, number: u64) -> String {
    let account = 80_000_000 + number % ACCOUNTS;
    if asked == Asked::Look {
        return format!(
            "GET /api/v1/receipts?reference={account}&limit=1 HTTP/1.1\r\nhost: bench\r\n\
             cookie: {cookie}\r\n\r\n"
        );
    }
    let body = format!(
        r#"{{"method":"12","lines":[{{"fund":"CT","reference":"{account}","amount_pence":{PENCE}}}]}}"#
    );
    format!(
        "POST /api/v1/receipts HTTP/1.1\r\nhost: bench\r\ncookie: {cookie}\r\n\
         idempotency-key: k{number}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Reads one answer whole, and gives its status.
async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16> {
    buffer.clear();
    let mut length = None;
    while length.is_none_or(|length| buffer.len() < length) {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server hung up".into());
        }
        if length.is_none() {
            length = whole_length(buffer)?;
        }
    }
    let line = buffer.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let status = std::str::from_utf8(line)?.split(' ').nth(1);
    Ok(status.ok_or("an answer without a status")?.parse()?)
}

/// How long the answer is, head and all, once its head is there.
fn whole_length(read: &[u8]) -> Result<Option<usize>> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(read.get(..end).unwrap_or_default())?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>())
    });
    Ok(Some(end + 4 + length.ok_or("an answer without a length")??))
}
