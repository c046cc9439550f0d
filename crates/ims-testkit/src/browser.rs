//! Headless Chromium, and whether a page can be used by everybody.
//!
//! ```no_run
//! use ims_testkit::browser::{self, Browser};
//!
//! # async fn example() -> Result<(), ims_testkit::browser::thirtyfour::error::WebDriverError> {
//! let browser = Browser::start().await;
//! browser.goto("http://127.0.0.1:8080/").await?;
//! assert_eq!(browser::axe(&browser).await, []);
//! # Ok(())
//! # }
//! ```
//!
//! A [`Browser`] dereferences to thirtyfour's `WebDriver`: pages are opened,
//! filled in and read with its methods. That package is re-exported, so a test
//! needs no dependency of its own.

mod axe;
mod chromedriver;

use std::fmt;
use std::ops::Deref;
use std::path::Path;
use std::sync::Once;

pub use axe::{Place, Violation, axe};
pub use thirtyfour;
use thirtyfour::prelude::*;

use chromedriver::Chromedriver;

/// What Chromium is told: no window, no talk with anybody but the page's
/// server, no sandbox (which root and most containers cannot have).
const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--lang=en-GB",
    "--window-size=1280,1024",
];

/// A headless Chromium with an empty profile; it ends when this is dropped.
pub struct Browser {
    driver: Option<WebDriver>,
    _chromedriver: Chromedriver,
}

impl Browser {
    /// A new browser, showing nothing yet.
    ///
    /// # Panics
    ///
    /// In one sentence, when Chromium or its driver is missing or will not start.
    pub async fn start() -> Self {
        name_a_tls_provider();
        let chromedriver = Chromedriver::start();
        let mut capabilities = DesiredCapabilities::chrome();
        let profile = format!("--user-data-dir={}", chromedriver.profile().display());
        for flag in FLAGS.iter().copied().chain([profile.as_str()]) {
            capabilities.add_arg(flag).expect("a flag is text");
        }
        let driver = WebDriver::new(chromedriver.url(), capabilities).await;
        let driver = driver.unwrap_or_else(|why| panic!("Chromium did not start: {why}"));
        Self { driver: Some(driver), _chromedriver: chromedriver }
    }
}

impl Deref for Browser {
    type Target = WebDriver;

    fn deref(&self) -> &WebDriver {
        self.driver.as_ref().expect("only dropping takes the driver away")
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its own way to quit blocks the runtime for an answer; the processes
        // are ended all the same.
        if let Some(driver) = self.driver.take() {
            let _ = driver.leak();
        }
    }
}

impl fmt::Debug for Browser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

/// Saves what the browser shows as a PNG, making the folders on the way.
///
/// # Panics
///
/// When the picture cannot be taken or saved.
pub async fn screenshot(driver: &WebDriver, path: &Path) {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).expect("a folder for the picture");
    }
    driver.screenshot(path).await.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
}

/// The driver's HTTP client panics without one, though it never uses it.
fn name_a_tls_provider() {
    static NAMED: Once = Once::new();
    NAMED.call_once(|| {
        // An error says that somebody named one before, which will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}
