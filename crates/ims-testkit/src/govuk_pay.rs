//! A stub of GOV.UK Pay on this machine, made after its OpenAPI description: the
//! whole of a payment runs against it without the internet, in a browser too.
//!
//! It creates, shows, searches, cancels and captures payments, refunds them, keeps
//! agreements and disputes, sends signed webhooks, and has a page to enter a card
//! on. [`Weather`] makes it lose, double, turn round and delay webhooks, leave
//! requests unanswered after they were done, and be busy.
//!
//! Cards: those of GOV.UK Pay's own list. `4000000000000002` is declined,
//! `4000000000000069` is refused as expired, `4000000000000119` breaks; any other
//! number with a right check digit pays. A refund that ends in thirteen pence is
//! turned down, and so is a payment under an agreement.

use std::sync::{Arc, Mutex, MutexGuard};

use ims_pay::Delivery;

use crate::serving::{Port, Serving};

mod api;
mod books;
mod pages;
mod post;
mod written;

pub use books::{Books, Card, Payment};
pub use post::{Troubles, Weather};

/// The key it is asked by.
pub const API_KEY: &str = "api_test_stub";

/// The secret it signs webhooks with.
pub const SIGNING_SECRET: &str = "stub-signing-secret";

/// The stub, which ends when this is dropped.
#[derive(Debug)]
pub struct Stub {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub url: String,
    shared: Shared,
    _serving: Serving,
}

/// What its handlers share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    books: Arc<Mutex<Books>>,
}

impl Shared {
    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("nothing panics while it holds the stub's books")
    }
}

impl Stub {
    /// Starts it on a free port. Webhooks go to `callback`, an `http://` address on
    /// this machine, or wait for [`notices`](Self::notices).
    ///
    /// # Panics
    ///
    /// When no port is free.
    pub async fn start(callback: Option<&str>, weather: Weather) -> Self {
        let port = Port::free().await;
        let url = port.url.clone();
        let books = Books::new(&url, callback.map(str::to_owned), weather);
        let shared = Shared { books: Arc::new(Mutex::new(books)) };
        let routes = api::routes(shared.clone()).merge(pages::routes(shared.clone()));
        Self { url, shared, _serving: port.serve(routes) }
    }

    /// Its books, to look at or to change: to let time pass, to open a dispute.
    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.shared.books()
    }

    /// The webhooks that wait, where there is no address to send them to; after
    /// that, none waits.
    #[must_use]
    pub fn notices(&self) -> Vec<Delivery> {
        self.shared.books().post.waiting()
    }

    /// Pays, as a payer does on its page, without a browser.
    ///
    /// # Panics
    ///
    /// When there is no such payment.
    pub fn pay(&self, payment_id: &str, card: &str) {
        self.shared.books().pay(payment_id, card).expect("a payment to be paid");
        post::send(&self.shared);
    }

    /// Calls it off, as a payer does on its page, without a browser.
    ///
    /// # Panics
    ///
    /// When there is no such payment, or it is over.
    pub fn call_off(&self, payment_id: &str) {
        self.shared.books().end(payment_id, "P0030").expect("a payment to be called off");
        post::send(&self.shared);
    }
}
