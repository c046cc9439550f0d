//! Taking what is held and calling off: asked once, of the payment that is meant, and
//! a refusal is no consent.

use super::{Report, Suite, asking::all_of, replies::is_later};
use crate::{Heeded, Names, Order, ProviderError, Reply, Request};

/// Statuses that are no consent, whatever the answer says beside them.
const FAULTS: [u16; 12] = [400, 401, 403, 404, 408, 409, 425, 412, 422, 429, 500, 503];

#[derive(Debug)]
pub(super) struct RecordedHeeded {
    pub(super) source: &'static str,
    pub(super) what: What,
    reply: Reply,
}

/// What was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Capture,
    Cancel,
}

impl What {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Capture => "taking what is held",
            Self::Cancel => "calling off",
        }
    }
}

/// An ability of the two, as far as it is tried.
struct Ability<'a> {
    what: What,
    ask: &'a dyn Fn(&Order, Names<'_>) -> Result<Request, ProviderError>,
    read: &'a dyn Fn(&Reply) -> Result<Heeded, ProviderError>,
}

impl Suite<'_> {
    /// An answer that what is held will be taken.
    #[must_use]
    pub fn captured(mut self, source: &'static str, reply: Reply) -> Self {
        self.heeded.push(RecordedHeeded { source, what: What::Capture, reply });
        self
    }

    /// An answer that the payment will be called off.
    #[must_use]
    pub fn cancelled(mut self, source: &'static str, reply: Reply) -> Self {
        self.heeded.push(RecordedHeeded { source, what: What::Cancel, reply });
        self
    }

    pub(super) fn check_captures(&self, report: &mut Report) {
        let Some(captures) = self.provider.abilities().captures else {
            return self.heeds_nothing(report, What::Capture);
        };
        let ability = Ability {
            what: What::Capture,
            ask: &|order, names| captures.capture(order, names, self.now),
            read: &|reply| captures.captured(reply),
        };
        self.check_heeded(report, &ability);
        let strange = "a/b?c&d#e<f>\"'";
        for (name, transaction) in [("x-1", Some("t-1")), (strange, Some(strange)), ("x-1", None)] {
            let names = Names { provider_ref: name, transaction };
            let Some(request) = captures.look_at_capture(names, self.now) else { continue };
            self.keeps_secrets(report, "a look at what was taken", &format!("{request:?}"));
            let tls = request.url.starts_with("https://");
            report.that(tls, "everything goes over TLS", || "a look does not".to_owned());
            let escaped = !request.url.contains("?c&d#e<f>");
            report.that(escaped, "a name is escaped in an address", || format!("{name:?}"));
        }
    }

    pub(super) fn check_cancels(&self, report: &mut Report) {
        let Some(cancels) = self.provider.abilities().cancels else {
            return self.heeds_nothing(report, What::Cancel);
        };
        let ability = Ability {
            what: What::Cancel,
            ask: &|order, names| cancels.cancel(order, names, self.now),
            read: &|reply| cancels.cancelled(reply),
        };
        self.check_heeded(report, &ability);
    }

    fn heeds_nothing(&self, report: &mut Report, what: What) {
        let none = self.heeded.iter().all(|one| one.what != what);
        report.that(none, "an ability is claimed where it is tried", || what.as_str().to_owned());
    }

    fn check_heeded(&self, report: &mut Report, ability: &Ability<'_>) {
        let what = ability.what.as_str();
        let names = |name, transaction| Names { provider_ref: name, transaction };
        let asked = |name, transaction| {
            let request = (ability.ask)(&self.order, names(name, Some(transaction)));
            request.map(|request| all_of(&request))
        };
        let first = asked("x-1", "t-1");
        report.that(first.is_ok(), "a payment that is named can be asked for it", || {
            format!("{what}: {first:?}")
        });
        report.that(first == asked("x-1", "t-1"), "the same order is the same request", || {
            format!("{what}: asked twice, it differs")
        });
        report.that(first != asked("x-2", "t-2"), "another order is another request", || {
            format!("{what}: of another payment it is the same")
        });
        let strange = "a/b?c&d#e<f>\"'";
        for (name, transaction) in [("x-1", None), (strange, None), (strange, Some(strange))] {
            let request = (ability.ask)(&self.order, names(name, transaction));
            self.keeps_secrets(report, what, &format!("{request:?}"));
            let Ok(request) = request else { continue };
            let tls = request.url.starts_with("https://");
            report.that(tls, "everything goes over TLS", || format!("{what} does not"));
            let escaped = !request.url.contains("?c&d#e<f>");
            report.that(escaped, "a name is escaped in an address", || format!("{what}: {name:?}"));
        }
        for recorded in self.heeded.iter().filter(|one| one.what == ability.what) {
            let read = (ability.read)(&recorded.reply);
            report.that(read.is_ok(), "a consent says what it should", || {
                format!("{}: {what}: {read:?}", recorded.source)
            });
            for status in FAULTS {
                let read = (ability.read)(&Reply { status, ..recorded.reply.clone() });
                self.keeps_secrets(report, what, &format!("{read:?}"));
                let later = is_later(status);
                let holds = read.as_ref().is_err_and(|it| !later || it.may_be_asked_again());
                report.that(holds, "a fault is no consent", || {
                    format!("{}: {what}: HTTP {status}: {read:?}", recorded.source)
                });
            }
        }
    }
}
