//! A page is shown, clicked, pictured and checked.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use ims_testkit::browser::thirtyfour::prelude::*;
use ims_testkit::browser::{Browser, axe, screenshot};

const GOOD: &str = "<!doctype html><html lang=en-GB><head><title>Pay</title></head><body>\
    <main><h1>Pay a bill</h1><form><label for=ref>Reference</label><input id=ref name=ref>\
    <button>Continue</button></form></main></body></html>";

const BAD: &str = "<!doctype html><html><head><title>Pay</title></head><body>\
    <main><h1>Pay a bill</h1><img src=data:,><form><input name=ref></form></main></body></html>";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_good_page_breaks_no_rule_and_works() {
    let server = serve(GOOD);
    let browser = Browser::start().await;
    browser.goto(format!("http://{server}/")).await.unwrap();
    assert_eq!(axe(&browser).await, []);

    browser.find(By::Id("ref")).await.unwrap().send_keys("80012345").await.unwrap();
    browser.find(By::Tag("button")).await.unwrap().click().await.unwrap();
    // A click ends before the page it leads to has begun, on a busy machine.
    let mut query = None;
    for _ in 0..200 {
        query = browser.current_url().await.unwrap().query().map(str::to_owned);
        if query.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(query.as_deref(), Some("ref=80012345"));

    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("new/page.png");
    screenshot(&browser, &picture).await;
    assert!(std::fs::read(picture).unwrap().starts_with(b"\x89PNG"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_page_is_told_what_it_breaks_in_spite_of_its_own_policy() {
    let server = serve(BAD);
    let browser = Browser::start().await;
    browser.goto(format!("http://{server}/")).await.unwrap();
    let broken = axe(&browser).await;
    let mut rules: Vec<&str> = broken.iter().map(|violation| violation.id.as_str()).collect();
    rules.sort_unstable();
    assert_eq!(rules, ["html-has-lang", "image-alt", "label"]);
    assert!(broken.iter().any(|violation| violation.to_string().contains("<img src=\"data:,\">")));
}

/// Serves one page to everybody, under a policy that allows no script.
fn serve(page: &'static str) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let Ok(mut connection) = connection else { continue };
            let _ = connection.read(&mut [0; 4096]);
            let _ = write!(
                connection,
                "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
                 Content-Security-Policy: default-src 'none'; form-action 'self'\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{page}",
                page.len()
            );
        }
    });
    address
}
