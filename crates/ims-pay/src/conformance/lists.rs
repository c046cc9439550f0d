//! What every list must keep, whatever is on it: it is asked for safely, and what is
//! no list, or not all of it, is no list without rows.

use super::{Report, Suite, asking::all_of, damage};
use crate::{ProviderError, Reply, Request};

/// Asks for a list from a time, after a page.
pub(super) type AskFrom<'a> = dyn Fn(i64, Option<&str>) -> Result<Request, ProviderError> + 'a;

/// Statuses that are no list.
const FAULTS: [u16; 8] = [400, 401, 403, 404, 429, 500, 502, 503];

impl Suite<'_> {
    /// Tries asking for a list: from two times, and after a page of a strange name.
    pub(super) fn check_list_asking(
        &self,
        report: &mut Report,
        what: &'static str,
        (first, later): (i64, i64),
        ask: &AskFrom<'_>,
    ) {
        let whole = |from: i64| ask(from, None).map(|request| all_of(&request));
        let one = whole(first);
        report.that(one.is_ok(), "a list can be asked for", || format!("{what}: {one:?}"));
        report.that(one == whole(first), "the same list is the same request", || what.to_owned());
        let differs = one != whole(later);
        report.that(differs, "another time is another request", || what.to_owned());
        for after in [None, Some("a/b?c&d#e<f>\"'"), Some("\u{0}"), Some("")] {
            let request = ask(first, after);
            self.keeps_secrets(report, what, &format!("{request:?}"));
            let Ok(request) = request else { continue };
            let tls = request.url.starts_with("https://");
            report.that(tls, "everything goes over TLS", || format!("{what} do not"));
            let escaped = !request.url.contains("?c&d#e<f>");
            report
                .that(escaped, "a name is escaped in an address", || format!("{what}: {after:?}"));
        }
    }

    /// Tries that what comes after a page is asked for otherwise than it.
    pub(super) fn check_next_page(
        &self,
        report: &mut Report,
        source: &'static str,
        (this, next): (Option<&str>, Option<&str>),
        ask: &dyn Fn(Option<&str>) -> Result<Request, ProviderError>,
    ) {
        let Some(next) = next else { return };
        let (this, next) = (ask(this), ask(Some(next)));
        let differs = match (&this, &next) {
            (Ok(this), Ok(next)) => all_of(this) != all_of(next),
            _ => false,
        };
        report.that(differs, "the next page is another", || format!("{source}: {next:?}"));
    }

    /// Tries an answer that is a fault, cut off, or none at all; `read` gives how many
    /// rows it has.
    pub(super) fn check_list_faults(
        &self,
        report: &mut Report,
        source: &'static str,
        reply: &Reply,
        read: &dyn Fn(&Reply) -> Result<usize, ProviderError>,
    ) {
        let whole = read(reply);
        for status in FAULTS {
            let read = read(&Reply { status, ..reply.clone() });
            self.keeps_secrets(report, "a fault", &format!("{read:?}"));
            report.that(read.is_err(), "a fault is no list", || {
                format!("{source}: HTTP {status}: {read:?}")
            });
        }
        for copy in damage::cut(&reply.body.0) {
            let length = copy.len();
            let read = read(&Reply::new(reply.status, copy));
            report.that(read.is_err() || read == whole, "a list cut off is no list", || {
                format!("{source}: cut at {length}: {read:?} rows")
            });
        }
        for body in damage::STRANGE {
            let read = read(&Reply::new(200, *body));
            report.that(read.is_err(), "what is no list is not read as one", || {
                format!("{source}: {:?}", String::from_utf8_lossy(body))
            });
        }
    }
}

#[cfg(test)]
mod tests;
