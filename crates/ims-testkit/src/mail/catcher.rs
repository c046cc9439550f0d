//! A mail server on this machine (RFC 5321) that keeps what it is given.

use std::sync::{Arc, Mutex};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A letter as it came over the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caught {
    /// Who sends it, of the envelope.
    pub from: String,
    /// To whom, of the envelope.
    pub to: Vec<String>,
    /// Who had signed in, and by which password.
    pub signed_in: Option<(String, String)>,
    /// Its header and body as they were sent.
    pub raw: String,
}

impl Caught {
    /// A field of its header, as it was sent, continued lines joined.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next()?.replace("\r\n ", " ");
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, text)| text.to_owned())
    }

    /// What it says, whatever it was wrapped in.
    ///
    /// # Panics
    ///
    /// When it is wrapped in something else than mail is.
    #[must_use]
    pub fn text(&self) -> String {
        let (_, body) = self.raw.split_once("\r\n\r\n").expect("a letter has a body");
        let bytes = match self.header("Content-Transfer-Encoding").as_deref() {
            Some("base64") => STANDARD.decode(body.replace("\r\n", "")).expect("base 64"),
            Some("quoted-printable") => unquoted(body),
            Some("7bit" | "8bit") | None => body.as_bytes().to_vec(),
            Some(other) => panic!("no test knows `{other}`"),
        };
        String::from_utf8(bytes).expect("it is UTF-8").replace("\r\n", "\n")
    }
}

/// Quoted-printable (RFC 2045).
fn unquoted(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'=' && after.len() >= 2 {
            let code = std::str::from_utf8(&after[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(code, 16).expect("hexadecimal digits"));
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    bytes
}

/// How it treats who comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// It takes every letter.
    #[default]
    Takes,
    /// It has no time now (451), before it saw the letter.
    Busy,
    /// It knows no such address (550 5.1.1).
    KnowsNobody,
    /// It refuses for another reason, in these words: an answer to the address.
    Refuses(&'static str),
    /// It refuses the letter once it has seen it, in these words.
    RefusesLetter(&'static str),
    /// It takes the letter, and hangs up without a word.
    HangsUp,
    /// It says nothing to the address, and does not hang up.
    Silent,
}

#[derive(Debug, Default)]
struct Kept {
    mood: Mood,
    caught: Vec<Caught>,
}

/// The mail server, which ends when this is dropped.
#[derive(Debug)]
pub struct Catcher {
    /// Where it is: `127.0.0.1:PORT`.
    pub host: String,
    kept: Arc<Mutex<Kept>>,
    serving: JoinHandle<()>,
}

impl Catcher {
    /// Starts it on a free port.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn start() -> Self {
        Self::start_on("127.0.0.1").await
    }

    /// The same on another address of this machine's.
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn start_on(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).await.expect("a free loopback port");
        let host = listener.local_addr().expect("it is bound").to_string();
        let kept = Arc::new(Mutex::new(Kept::default()));
        let shared = Arc::clone(&kept);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                // Who hangs up in the middle has said enough.
                tokio::spawn(async move { drop(serve(stream, &shared).await) });
            }
        });
        Self { host, kept, serving }
    }

    /// From now on it is in this mood.
    ///
    /// # Panics
    ///
    /// When a test panicked while it held the letters.
    pub fn set(&self, mood: Mood) {
        self.kept.lock().expect("nobody panics with it").mood = mood;
    }

    /// What it was given so far.
    ///
    /// # Panics
    ///
    /// When a test panicked while it held the letters.
    #[must_use]
    pub fn caught(&self) -> Vec<Caught> {
        self.kept.lock().expect("nobody panics with it").caught.clone()
    }
}

impl Drop for Catcher {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(stream: TcpStream, kept: &Mutex<Kept>) -> std::io::Result<()> {
    let (reads, mut writes) = stream.into_split();
    let mut reads = BufReader::new(reads);
    writes.write_all(b"220 catcher ESMTP\r\n").await?;
    let mut letter = empty();
    loop {
        let mut line = String::new();
        if reads.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let (line, mood) = (line.trim_end(), kept.lock().expect("nobody panics with it").mood);
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "EHLO" => "250-catcher\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => {
                letter.signed_in = signed_in(line);
                "235 welcome"
            }
            "MAIL" => {
                letter.from = between(line);
                "250 yes"
            }
            "RCPT" => match mood {
                Mood::Busy => "451 not now",
                Mood::KnowsNobody => "550 5.1.1 no such person here",
                Mood::Refuses(words) => words,
                Mood::Silent => std::future::pending().await,
                Mood::Takes | Mood::RefusesLetter(_) | Mood::HangsUp => {
                    letter.to.push(between(line));
                    "250 yes"
                }
            },
            "DATA" => {
                writes.write_all(b"354 go on\r\n").await?;
                letter.raw = data(&mut reads).await?;
                let whole = std::mem::replace(&mut letter, empty());
                if let Mood::RefusesLetter(words) = mood {
                    words
                } else {
                    kept.lock().expect("nobody panics with it").caught.push(whole);
                    if mood == Mood::HangsUp {
                        return Ok(());
                    }
                    "250 kept"
                }
            }
            "QUIT" => {
                writes.write_all(b"221 goodbye\r\n").await?;
                return Ok(());
            }
            _ => "502 what?",
        };
        writes.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
}

const fn empty() -> Caught {
    Caught { from: String::new(), to: Vec::new(), signed_in: None, raw: String::new() }
}

/// `MAIL FROM:<this>`.
fn between(line: &str) -> String {
    let rest = line.split_once('<').map_or("", |(_, rest)| rest);
    rest.split('>').next().unwrap_or_default().to_owned()
}

/// `AUTH PLAIN` with what it needs in the same line (RFC 4616).
fn signed_in(line: &str) -> Option<(String, String)> {
    let told = STANDARD.decode(line.strip_prefix("AUTH PLAIN ")?).ok()?;
    let told = String::from_utf8(told).ok()?;
    let mut parts = told.split('\0').skip(1).map(str::to_owned);
    Some((parts.next()?, parts.next()?))
}

/// All lines up to the one with a dot alone; a dot that was doubled is one.
async fn data(reads: &mut (impl tokio::io::AsyncBufRead + Unpin)) -> std::io::Result<String> {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        if reads.read_line(&mut line).await? == 0 || line == ".\r\n" {
            return Ok(all);
        }
        all.push_str(if line.starts_with("..") { &line[1..] } else { &line });
    }
}
