use std::{net::SocketAddr, sync::Arc, time::Instant};

use ims_app::App;
use ims_gateway::Gateways;
use tokio::sync::Semaphore;

use crate::{
    address::Addresses,
    metrics::Metrics,
    sign_in_limit::{SignInLimit, TriesLimit},
};

/// Passwords checked at once: each costs 19 MiB and a core.
const PASSWORD_CHECKS_MAX: usize = 4;

/// References and receipt numbers that nobody has, looked up from one address in a
/// quarter of an hour: a library or a whole street may share it.
const GUESSES_MAX: u32 = 120;

/// References and receipt numbers, right or not, that one visit looks up in a
/// quarter of an hour: a full basket takes twenty.
const LOOKS_MAX: u32 = 60;

/// How often one visit presses the button that pays in a quarter of an hour.
const PAYINGS_MAX: u32 = 30;

/// Postcodes whose addresses one visit looks up in a quarter of an hour.
const FINDINGS_MAX: u32 = 20;

/// Postcodes whose addresses are looked up from one address in a quarter of an hour.
const FINDINGS_FROM_MAX: u32 = 200;

/// How the server stands in the world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// People made for the demo may sign in.
    pub demo: bool,
    /// Browsers reach the server by HTTPS, through a proxy that ends TLS:
    /// cookies are marked secure, and browsers are told to come by HTTPS only.
    pub behind_tls: bool,
    /// Proxies of our own in front, each of which adds to `X-Forwarded-For`.
    /// With none, that header is not believed.
    pub proxies: usize,
}

impl Config {
    /// Whether a server may start so. Behind a proxy that nobody counted, every browser
    /// would seem to come from that proxy's address, and a few wrong passwords or
    /// references would shut out everybody.
    ///
    /// # Errors
    ///
    /// What is wrong, in a sentence for whoever starts it.
    pub const fn check(&self) -> Result<(), &'static str> {
        if self.behind_tls && self.proxies == 0 {
            return Err(
                "--behind-tls needs --proxies with the number of your own proxies that add to \
                        X-Forwarded-For, 1 as a rule: without it all browsers seem to come from one address",
            );
        }
        Ok(())
    }
}

/// What every handler works with. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Site(Arc<Parts>);

impl std::ops::Deref for Site {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// What a [`Site`] is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    pub(crate) app: App,
    pub(crate) config: Config,
    /// The way to payment providers; none where no payments are taken.
    pub(crate) gateways: Option<Gateways>,
    pub(crate) sign_ins: Arc<SignInLimit>,
    pub(crate) guesses: Arc<TriesLimit>,
    pub(crate) looks: Arc<TriesLimit>,
    pub(crate) payings: Arc<TriesLimit>,
    pub(crate) findings: Arc<TriesLimit>,
    pub(crate) findings_from: Arc<TriesLimit>,
    pub(crate) portal: Option<String>,
    pub(crate) addresses: Addresses,
    pub(crate) passwords: Arc<Semaphore>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) started: Instant,
}

impl Site {
    /// A site over `app`. Its counts begin at nought.
    #[must_use]
    pub fn new(app: App, config: Config) -> Self {
        Self(Arc::new(Parts {
            app,
            config,
            gateways: None,
            sign_ins: Arc::default(),
            guesses: Arc::new(TriesLimit::of(GUESSES_MAX)),
            looks: Arc::new(TriesLimit::of(LOOKS_MAX)),
            payings: Arc::new(TriesLimit::of(PAYINGS_MAX)),
            findings: Arc::new(TriesLimit::of(FINDINGS_MAX)),
            findings_from: Arc::new(TriesLimit::of(FINDINGS_FROM_MAX)),
            portal: None,
            addresses: Addresses::default(),
            passwords: Arc::new(Semaphore::new(PASSWORD_CHECKS_MAX)),
            metrics: Arc::default(),
            started: Instant::now(),
        }))
    }

    /// The same with something of it otherwise.
    fn with(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// The same, with the portal of the council of this code. Without it, the
    /// portal is that of the one council that has opened its own.
    #[must_use]
    pub fn with_portal_of(self, code: String) -> Self {
        self.with(|parts| parts.portal = Some(code))
    }

    /// The same, listening at one address and reached by the world at another: what
    /// payment providers are told to send payers and notices to. Without a `public` one
    /// payments begin only under an address of this machine itself, for whoever asks
    /// chooses the host they ask for.
    ///
    /// # Errors
    ///
    /// What is wrong, in a sentence for whoever starts it: a public address that is no
    /// host over TLS, or none where a proxy ends TLS.
    pub fn reached_at(self, listen: SocketAddr, public: Option<&str>) -> Result<Self, String> {
        let addresses = Addresses::of(listen, public, self.config.behind_tls)?;
        Ok(self.with(|parts| parts.addresses = addresses))
    }

    /// The same, with a way to the councils' payment providers.
    #[must_use]
    pub fn with_gateways(self, gateways: Gateways) -> Self {
        self.with(|parts| parts.gateways = Some(gateways))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_nobody_counted_is_a_fault() {
        let config = |behind_tls, proxies| Config { behind_tls, proxies, ..Config::default() };
        assert!(config(true, 0).check().is_err_and(|why| why.contains("--proxies")));
        for fine in [config(true, 1), config(false, 0), config(false, 1)] {
            assert_eq!(fine.check(), Ok(()), "{fine:?}");
        }
    }
}
