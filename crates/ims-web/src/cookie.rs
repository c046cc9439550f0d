//! Cookies: four, none of which a script can read.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::Config;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The token of the session.
    Session,
    /// What the sign-in form must carry, as nobody has a session then.
    SignIn,
    /// The code of the council whose books are open.
    Council,
    /// The name of a resident's visit, by which their basket is found.
    Visit,
}

impl Cookie {
    /// Behind TLS the prefix makes the browser refuse a cookie that another
    /// host of the same domain has set.
    fn name(self, config: Config) -> String {
        let prefix = if config.behind_tls { "__Host-" } else { "" };
        let name = match self {
            Self::Session => "ims-session",
            Self::SignIn => "ims-sign-in",
            Self::Council => "ims-council",
            Self::Visit => "ims-visit",
        };
        format!("{prefix}{name}")
    }

    /// What the browser sent.
    pub(crate) fn read(self, config: Config, headers: &HeaderMap) -> Option<String> {
        let name = self.name(config);
        let sent = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs = sent.flat_map(|line| line.split(';')).filter_map(|one| one.split_once('='));
        pairs.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim().to_owned())
    }

    /// A header that sets it; it ends with the browser.
    pub(crate) fn set(self, config: Config, value: &str) -> Option<HeaderValue> {
        self.header(config, value, "")
    }

    /// A header that takes it away.
    pub(crate) fn clear(self, config: Config) -> Option<HeaderValue> {
        self.header(config, "", "; Max-Age=0")
    }

    fn header(self, config: Config, value: &str, more: &str) -> Option<HeaderValue> {
        let is_plain =
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        let secure = if config.behind_tls { "; Secure" } else { "" };
        let name = self.name(config);
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        is_plain.then_some(line).and_then(|line| HeaderValue::try_from(line).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_bound_to_the_host_behind_tls() {
        let plain = Config::default();
        let tls = Config { behind_tls: true, ..plain };
        assert_eq!(
            Cookie::Session.set(plain, "ab1").unwrap(),
            "ims-session=ab1; Path=/; HttpOnly; SameSite=Lax"
        );
        assert_eq!(
            Cookie::Session.clear(tls).unwrap(),
            "__Host-ims-session=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0"
        );
        assert_eq!(Cookie::Council.set(plain, "a; Domain=x"), None);
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("xims-session=1; a=b"));
        headers.append(header::COOKIE, HeaderValue::from_static("ims-session=2"));
        let plain = Config::default();
        assert_eq!(Cookie::Session.read(plain, &headers).as_deref(), Some("2"));
        let tls = Config { behind_tls: true, ..plain };
        assert_eq!(Cookie::Session.read(tls, &headers), None);
    }
}
