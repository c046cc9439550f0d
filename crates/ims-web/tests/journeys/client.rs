//! A browser without a window: requests, and a jar of cookies.

use std::{collections::BTreeMap, net::SocketAddr};

use flate2::read::GzDecoder;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

pub struct Client {
    pub address: SocketAddr,
    pub cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// The value of a hidden field.
    #[track_caller]
    pub fn hidden(&self, name: &str) -> String {
        let start = format!("<input type=\"hidden\" name=\"{name}\" value=\"");
        let (_, rest) =
            self.body.split_once(&start).unwrap_or_else(|| panic!("no {name}: {self:#?}"));
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// Where the last link that begins so leads.
    #[track_caller]
    pub fn link(&self, start: &str) -> String {
        let (_, rest) = self
            .body
            .split_once(&format!("href=\"{start}"))
            .unwrap_or_else(|| panic!("no {start}"));
        format!("{start}{}", rest.split_once('"').unwrap().0)
            .replace("&amp;", "&")
            .replace("&#38;", "&")
    }

    #[track_caller]
    pub fn shows(&self, texts: &[&str]) {
        for text in texts {
            let shown: String = self.body.chars().take(6_000).collect();
            assert!(self.body.contains(text), "`{text}` is not shown:\n{shown}");
        }
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self { address, cookies: BTreeMap::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    pub async fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> =
            form.iter().map(|(key, value)| format!("{key}={}", encoded(value))).collect();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.send("POST", path, &[kind], &pairs.join("&")).await
    }

    /// Signs in as somebody of the seeded council.
    pub async fn sign_in(&mut self, username: &str, password: &str) -> Answer {
        let form = self.get("/sign-in").await;
        let token = form.hidden("token");
        self.post("/sign-in", &[("token", &token), ("username", username), ("password", password)])
            .await
    }

    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            request.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request.push_str(&format!("cookie: {}\r\n", cookies.join("; ")));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let answer = read(BufReader::new(stream)).await;
        self.keep_cookies(&answer);
        answer
    }

    fn keep_cookies(&mut self, answer: &Answer) {
        for (_, line) in answer.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}

async fn read(mut stream: BufReader<TcpStream>) -> Answer {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if line.trim_end().is_empty() {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let status = lines[0].split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines[1..]
        .iter()
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let answer = Answer { status, headers, body: String::new() };
    // Not every server ends the connection when it is asked to.
    let length = answer.header("content-length").parse().unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    if answer.header("content-encoding") == "gzip" {
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut GzDecoder::new(&body[..]), &mut plain).unwrap();
        body = plain;
    }
    // A file need not be text.
    Answer { body: String::from_utf8_lossy(&body).into_owned(), ..answer }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
