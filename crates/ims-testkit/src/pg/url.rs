//! Just enough of `postgres://user@host:port/database?options` to change parts.

/// The same server, another database; options are kept.
pub(super) fn with_database(url: &str, name: &str) -> String {
    let (address, options) = match url.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (url, String::new()),
    };
    let host_from = address.find("://").map_or(0, |at| at + 3);
    let server = match address[host_from..].find('/') {
        Some(slash) => &address[..host_from + slash],
        None => address,
    };
    format!("{server}/{name}{options}")
}

/// The same database as another user, without a password.
pub(super) fn with_user(url: &str, user: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    let host_to = rest.find('/').unwrap_or(rest.len());
    let host_from = rest[..host_to].rfind('@').map_or(0, |at| at + 1);
    format!("{scheme}://{user}@{}", &rest[host_from..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_address_takes_another_database() {
        for (url, expected) in [
            ("postgres://ims@127.0.0.1:5432", "postgres://ims@127.0.0.1:5432/t_1"),
            ("postgres://ims@127.0.0.1:5432/", "postgres://ims@127.0.0.1:5432/t_1"),
            (
                "postgres://ims:pw@db/old?sslmode=disable",
                "postgres://ims:pw@db/t_1?sslmode=disable",
            ),
        ] {
            assert_eq!(with_database(url, "t_1"), expected, "{url}");
        }
    }

    #[test]
    fn a_database_s_address_takes_another_user() {
        for (url, expected) in [
            ("postgres://ims@127.0.0.1:5432/t_1", "postgres://app@127.0.0.1:5432/t_1"),
            ("postgres://ims:p@db/t_1?a=b@c", "postgres://app@db/t_1?a=b@c"),
            ("postgres://db/t_1", "postgres://app@db/t_1"),
        ] {
            assert_eq!(with_user(url, "app"), expected, "{url}");
        }
    }
}
