//! A stub server on a free loopback port, which ends when it is dropped.

use std::net::SocketAddr;

use axum::Router;
use tokio::{net::TcpListener, task::JoinHandle};

/// A port that is ours, and serves nothing yet.
pub(crate) struct Port {
    listener: TcpListener,
    /// Where it will be: `http://127.0.0.1:PORT`.
    pub(crate) url: String,
}

impl Port {
    /// A free one.
    pub(crate) async fn free() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = TcpListener::bind(address).await.expect("a free loopback port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        Self { listener, url }
    }

    /// Serves these routes there.
    pub(crate) fn serve(self, routes: Router) -> Serving {
        Serving(tokio::spawn(async move {
            let _ = axum::serve(self.listener, routes).await;
        }))
    }
}

/// What is being served.
#[derive(Debug)]
pub(crate) struct Serving(JoinHandle<()>);

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}
