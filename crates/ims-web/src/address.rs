//! Where the world reaches this server: what providers are told to send payers and
//! notices to. Who asks chooses the `Host` they send, so it is believed of nobody but
//! somebody on this machine.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, StatusCode, header};

use crate::{Site, fault::Fault};

/// Payers are told no more than that it did not work; the log and programs say why.
const UNKNOWN: &str = "no payment is begun under this address: the server does not know that it \
                       is its own. Start it with --public-address https://… (or \
                       IMS_PUBLIC_ADDRESS), the address at which payers and payment providers \
                       reach it; nothing was taken";

/// Where this server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Addresses {
    /// As the world reaches it: `https://pay.example.gov.uk`.
    pub(crate) public: Option<String>,
    /// Where it listens.
    pub(crate) listen: Option<SocketAddr>,
}

/// The address without what follows its host, or what is wrong with it.
fn read(address: &str) -> Result<String, String> {
    let plain = address.strip_suffix('/').unwrap_or(address);
    let host = plain.split_once("://").map_or("", |(_, host)| host);
    let is_host = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    if host.is_empty() || !is_host || !ims_pay::is_safe_address(plain) {
        return Err(format!(
            "--public-address: `{address}` is none: it is https:// and a host, as \
             https://pay.example.gov.uk, with a port where it has one, and nothing after it"
        ));
    }
    Ok(plain.to_owned())
}

impl Addresses {
    /// The server's own, where browsers come by TLS only if it `is_behind` a proxy.
    pub(crate) fn of(
        listen: SocketAddr,
        public: Option<&str>,
        is_behind: bool,
    ) -> Result<Self, String> {
        if is_behind && public.is_none() {
            return Err("--behind-tls needs --public-address with the address at which payers \
                        and payment providers reach this server, as https://pay.example.gov.uk: \
                        who asks chooses the host they ask for"
                .to_owned());
        }
        Ok(Self { public: public.map(read).transpose()?, listen: Some(listen) })
    }
}

impl Site {
    /// A page of ours as the world reaches it, for a provider to be told. Without a
    /// public address it is where this request came to, if that is on this machine.
    ///
    /// # Errors
    ///
    /// A fault that says what to set, for a `Host` that anybody may have written.
    pub(crate) fn public_address(&self, headers: &HeaderMap, path: &str) -> Result<String, Fault> {
        if let Some(public) = &self.addresses.public {
            return Ok(format!("{public}{path}"));
        }
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        match host.filter(|host| self.is_here(host)) {
            Some(host) => {
                let scheme = if self.config.behind_tls { "https" } else { "http" };
                Ok(format!("{scheme}://{host}{path}"))
            }
            None => {
                tracing::error!("{UNKNOWN}");
                Err(Fault::new(StatusCode::MISDIRECTED_REQUEST, UNKNOWN))
            }
        }
    }

    /// Whether a host is this machine by a name that needs nobody to be believed, or
    /// where the server listens.
    fn is_here(&self, host: &str) -> bool {
        let name = match host.parse::<SocketAddr>() {
            Ok(address) if self.addresses.listen == Some(address) => return true,
            Ok(address) => return address.ip().is_loopback(),
            Err(_) => match host.rsplit_once(':') {
                Some((name, port)) if port.parse::<u16>().is_ok() => name,
                Some(_) | None => host,
            },
        };
        let name = name.trim_start_matches('[').trim_end_matches(']');
        name.eq_ignore_ascii_case("localhost")
            || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_is_a_host_over_tls() {
        for (given, read_as) in [
            ("https://pay.example.gov.uk", Some("https://pay.example.gov.uk")),
            ("https://pay.example.gov.uk:8443/", Some("https://pay.example.gov.uk:8443")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("http://pay.example.gov.uk", None),
            ("https://pay.example.gov.uk/portal", None),
            ("https://user@pay.example.gov.uk", None),
            ("https://pay.example.gov.uk?a", None),
            ("pay.example.gov.uk", None),
            ("https://", None),
            ("", None),
        ] {
            assert_eq!(read(given).ok().as_deref(), read_as, "{given}");
        }
    }

    #[test]
    fn a_server_behind_a_proxy_says_its_address() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 8080));
        let public = Some("https://pay.example.gov.uk");
        let why = Addresses::of(listen, None, true).unwrap_err();
        assert!(why.contains("--public-address"), "{why}");
        for (public, is_behind) in [(public, true), (public, false), (None, false)] {
            assert!(Addresses::of(listen, public, is_behind).is_ok(), "{public:?}");
        }
        assert!(Addresses::of(listen, Some("pay.example.gov.uk"), true).is_err());
    }
}
