use std::{io, net::SocketAddr};

use axum::Router;
use tokio::net::TcpListener;

/// A server that has its port and is not serving yet.
///
/// It speaks plain HTTP: HTTPS is ended by a proxy before it.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
}

impl Server {
    /// Takes the port; port 0 takes any that is free.
    ///
    /// # Errors
    ///
    /// What the system says, as when the port is taken.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it can be reached.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is done, and then until what was begun is answered.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub async fn run(
        self,
        router: Router,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> io::Result<()> {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(self.listener, service).with_graceful_shutdown(stop).await
    }
}
