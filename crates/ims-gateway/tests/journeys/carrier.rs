//! The line out, against servers that do not behave.

use std::time::{Duration, Instant};

use ims_gateway::Carrier;
use ims_pay::{BODY_BYTES_MAX, Body, Method, ProviderError, Reply, Request};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};

/// What is answered to one request for `/`: these bytes, in pieces.
async fn carried(answer: Vec<u8>, closes: bool) -> Option<Reply> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked).await;
        let _ = stream.write_all(&answer).await;
        if !closes {
            tokio::time::sleep(Duration::from_secs(60)).await;
        }
    });
    let carrier = Carrier::new().unwrap().waiting_at_most(Duration::from_secs(1));
    let reply = carrier.carry(&get(&url)).await;
    serving.abort();
    reply
}

fn get(url: &str) -> Request {
    Request { method: Method::Get, url: url.to_owned(), headers: Vec::new(), body: Body::default() }
}

#[tokio::test]
async fn an_answer_is_carried_back_with_how_long_to_wait() {
    let answer = b"HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\nno".to_vec();
    let reply = carried(answer, true).await.unwrap();
    assert_eq!((reply.status, reply.retry_after_seconds), (429, Some(7)));
    assert_eq!(reply.body.text(), Ok("no"));
}

/// Half an answer is none: what was cut off may have said anything.
#[tokio::test]
async fn half_an_answer_is_none() {
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"state\":\"success\"}".to_vec();
    assert!(carried(cut.clone(), true).await.is_none());
    let begun = Instant::now();
    assert!(carried(cut, false).await.is_none());
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_redirection_is_an_answer_and_not_followed() {
    let answer = b"HTTP/1.1 302 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let reply = carried(answer.to_vec(), true).await.unwrap();
    assert_eq!(reply.status, 302);
    assert!(ProviderError::of_reply(&reply).is_some());
}

#[tokio::test]
async fn an_answer_without_end_is_cut_and_does_not_read() {
    let mut answer = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_vec();
    answer.resize(answer.len() + BODY_BYTES_MAX + 1, b'x');
    let reply = carried(answer, false).await.unwrap();
    assert!(reply.body.text().is_err());
}

#[tokio::test]
async fn nothing_is_sent_in_plain_text_to_elsewhere() {
    let carrier = Carrier::new().unwrap();
    let begun = Instant::now();
    assert!(carrier.carry(&get("http://192.0.2.1/")).await.is_none());
    assert!(begun.elapsed() < Duration::from_secs(1));
}
