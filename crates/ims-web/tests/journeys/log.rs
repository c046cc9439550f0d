//! What the log says, and what it must not say.

use std::{
    io,
    sync::{Mutex, Once},
};

use ims_testkit::on_both;

use super::council;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// All but what the test's own browser says, whose keys are what a person types.
const OURS: &str = "debug,thirtyfour=off,reqwest=off,hyper=off,hyper_util=off";

struct Kept;

impl io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Keeps all that this process logs.
pub fn keep() {
    static KEPT: Once = Once::new();
    KEPT.call_once(|| {
        tracing_subscriber::fmt()
            .with_env_filter(OURS)
            .with_ansi(false)
            .with_writer(|| Kept)
            .init();
    });
}

/// All that was logged so far.
pub fn said() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned()
}

on_both! {
    /// A request is found in the log by its id; what was asked for is not.
    async fn the_log_knows_the_request_but_not_what_was_asked(url: &str) {
        let served = council::served(url).await;
        let mut client = served.client_of("officer").await;
        let id = format!("test-{}", served.app.world().id());
        let secret = format!("secret{}", served.app.world().id().simple());
        let path = format!("/office/receipts?reference={secret}");
        let answer = client.send("GET", &path, &[("x-request-id", &id)], "").await;
        assert_eq!((answer.status, answer.header("x-request-id")), (200, id.as_str()));
        let nowhere = client.send("GET", &format!("/{secret}"), &[("x-request-id", &id)], "").await;
        assert_eq!(nowhere.status, 404);
        let log = String::from_utf8(LOG.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = log.lines().filter(|line| line.contains(&id)).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        for part in ["method=GET", "path=\"/office/receipts\"", "status=200", "millis="] {
            assert!(lines[0].contains(part), "{part}: {}", lines[0]);
        }
        assert!(lines[1].contains("path=\"-\"") && lines[1].contains("status=404"), "{}", lines[1]);
        for private in [secret.as_str(), council::PASSWORD, "Olive", "J SMITH"] {
            assert!(!log.contains(private), "{private} is in the log");
        }
    }
}
