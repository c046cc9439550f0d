//! Where a request comes from.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};

use crate::{Config, Site};

/// The address a request comes from, as far as it can be believed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller(Option<IpAddr>);

impl Caller {
    /// Whoever sent a request.
    pub(crate) fn of(parts: &Parts, config: Config) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|it| it.0.ip());
        Self(forwarded(config, &parts.headers).or(peer))
    }

    /// The address, if it is known.
    pub(crate) const fn address(&self) -> Option<IpAddr> {
        self.0
    }

    /// What the audit trail says of it.
    pub(crate) fn origin(&self) -> String {
        self.0.map_or_else(|| "web".to_owned(), |address| format!("web {address}"))
    }
}

impl FromRequestParts<Site> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Infallible> {
        Ok(Self::of(parts, site.config))
    }
}

/// What the outermost of our own proxies says: counted from the right, because
/// what stands further left anybody may have written.
fn forwarded(config: Config, headers: &HeaderMap) -> Option<IpAddr> {
    let at = config.proxies.checked_sub(1)?;
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|it| it.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    hops.iter().rev().nth(at)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_our_own_proxies_are_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", HeaderValue::from_static("6.6.6.6, 192.0.2.7"));
        headers.append("x-forwarded-for", HeaderValue::from_static("10.0.0.1"));
        let with = |proxies| forwarded(Config { proxies, ..Config::default() }, &headers);
        assert_eq!(with(0), None);
        assert_eq!(with(1), Some(IpAddr::from([10, 0, 0, 1])));
        assert_eq!(with(2), Some(IpAddr::from([192, 0, 2, 7])));
        assert_eq!(with(4), None);
    }
}
