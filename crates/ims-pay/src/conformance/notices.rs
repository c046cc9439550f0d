//! What is sent to us: believed only when signed, and only what is signed.

use super::{
    RecordedNotice, Report, Suite, damage,
    signed::{each_flipped, flipped, only_signed_counts, shown},
};
use crate::{Body, Delivery, News, Notices, Status, Tidings};

impl Suite<'_> {
    pub(super) fn check_notices(&self, report: &mut Report) {
        let Some(provider) = self.provider.abilities().notices else {
            let none = self.notices.is_empty() && self.vectors.is_empty();
            report.that(none, "an ability is claimed where it is tried", || "notices".to_owned());
            return;
        };
        for (source, delivery, at) in &self.vectors {
            let verified = provider.verify(delivery, *at).is_ok();
            report.that(verified, "a published signature verifies", || (*source).to_owned());
            for other in flipped(delivery, each_flipped) {
                let refused = provider.verify(&other, *at).is_err();
                report
                    .that(refused, "one bit is enough", || format!("{source}: {}", shown(&other)));
            }
            self.unsigned_is_refused(report, provider, source, delivery);
        }
        for recorded in &self.notices {
            self.says_what_it_was_signed_for(report, provider, recorded);
            self.unsigned_is_refused(report, provider, recorded.source, &recorded.delivery);
        }
        let thanks = provider.thanks().status;
        report.that((200..300).contains(&thanks), "a notice kept is thanked for", || {
            thanks.to_string()
        });
    }

    fn unsigned_is_refused(
        &self,
        report: &mut Report,
        provider: &dyn Notices,
        source: &'static str,
        delivery: &Delivery,
    ) {
        let without = Delivery { headers: Vec::new(), ..delivery.clone() };
        // Where the signature is in the body or the query, there is none to leave out.
        let same = delivery.headers.is_empty() || is_signed_inside(provider, delivery, self);
        let refused = provider.verify(&without, self.now).is_err();
        report.that(same || refused, "an unsigned notice is refused", || source.to_owned());
        for body in damage::STRANGE {
            let strange = Delivery { body: Body(body.to_vec()), ..without.clone() };
            let strange = Delivery { query: String::new(), ..strange };
            let refused = provider.verify(&strange, self.now).is_err();
            report.that(refused, "what is no notice is refused", || {
                format!("{:?}", String::from_utf8_lossy(body))
            });
        }
    }

    fn says_what_it_was_signed_for(
        &self,
        report: &mut Report,
        provider: &dyn Notices,
        recorded: &RecordedNotice,
    ) {
        let Some(news) = read(provider, &recorded.delivery, recorded) else {
            report.that(false, "a signed notice is read", || recorded.source.to_owned());
            return;
        };
        self.keeps_secrets(report, "a notice", &format!("{news:?} {:?}", recorded.delivery));
        let told = news.first().map(|first| self.told(first, recorded)).unwrap_or_default();
        report.that(told == recorded.wanted, "a notice says what it should", || {
            format!("{}: {told}, not {}", recorded.source, recorded.wanted)
        });
        let again = read(provider, &recorded.delivery, recorded);
        report.that(again.as_ref() == Some(&news), "a notice sent again is the same", || {
            recorded.source.to_owned()
        });
        only_signed_counts(report, recorded.source, (&recorded.delivery, &news), |other| {
            read(provider, other, recorded)
        });
    }

    fn told(&self, news: &News, recorded: &RecordedNotice) -> String {
        match &news.what {
            Tidings::Payment(said) => {
                let event = said.clone().of(&recorded.order, self.now);
                match event.map(|event| Status::Created.after(event)) {
                    Ok(Ok(status)) => status.name().to_string(),
                    other => format!("{other:?}"),
                }
            }
            Tidings::Refund(said) => format!("refund:{}", said.saying.name()),
            Tidings::Dispute(said) => format!("dispute:{}", said.state),
            Tidings::LookAt { .. } => "look".to_owned(),
            Tidings::Other(_) => "other".to_owned(),
        }
    }
}

pub(super) fn read(
    provider: &dyn Notices,
    delivery: &Delivery,
    recorded: &RecordedNotice,
) -> Option<Vec<News>> {
    let notice = provider.verify(delivery, recorded.at).ok()?;
    provider.news(&notice).ok()
}

/// Whether the headers carry no signature: without them it verifies as well.
fn is_signed_inside(provider: &dyn Notices, delivery: &Delivery, suite: &Suite<'_>) -> bool {
    let only_type = delivery.headers.iter().all(|(name, _)| {
        name.eq_ignore_ascii_case("content-type") || name.eq_ignore_ascii_case("authorization")
    });
    only_type && provider.verify(delivery, suite.now).is_ok()
}
