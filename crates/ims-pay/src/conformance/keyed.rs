//! Notices that are signed with a key of their payment's own.

use super::{Question, RecordedKeyed, Report, Suite, damage, signed::only_signed_counts};
use crate::{Body, Delivery, KeyedNotices, News, NotVerified, Secret, Status, Tidings};

impl Suite<'_> {
    pub(super) fn check_keyed(&self, report: &mut Report) {
        let Some(provider) = self.provider.abilities().keyed_notices else {
            report.that(self.keyed.is_empty(), "an ability is claimed where it is tried", || {
                "notices with keys".to_owned()
            });
            return;
        };
        report.that(!self.keyed.is_empty(), "an ability that is claimed is tried", || {
            "notices with keys".to_owned()
        });
        for one in self.replies.iter().filter(|one| one.to == Question::Ask) {
            // Who was sent on pays under a key that came with the answer.
            let begins = one.wanted.is_open();
            let has_key = provider.notice_key(&one.reply).is_some();
            report.that(!begins || has_key, "a payment that begins has its key", || {
                one.source.to_owned()
            });
        }
        for recorded in &self.keyed {
            self.believes_its_own_key_only(report, provider, recorded);
            self.believes_only_what_is_signed(report, provider, recorded);
        }
        let back = "https://council.example/back?a=1";
        let thanks = provider.thanks_to(back);
        let says = thanks.body.text().is_ok_and(|text| text.contains(back));
        report.that(
            says && (200..300).contains(&thanks.status),
            "a notice kept is thanked for",
            || thanks.status.to_string(),
        );
    }

    fn believes_its_own_key_only(
        &self,
        report: &mut Report,
        provider: &dyn KeyedNotices,
        recorded: &RecordedKeyed,
    ) {
        let (source, delivery) = (recorded.source, &recorded.delivery);
        let empty = provider.verify_with(delivery, &Secret::new(""));
        report.that(matches!(empty, Err(NotVerified::NoKey)), "no key is no key", || {
            source.to_owned()
        });
        for key in damage::each_flipped(recorded.key.reveal().as_bytes()) {
            let Ok(key) = String::from_utf8(key) else { continue };
            let refused = provider.verify_with(delivery, &Secret::new(key)).is_err();
            report.that(refused, "another payment's key is refused", || source.to_owned());
        }
        for body in damage::STRANGE {
            let strange = Delivery { body: Body(body.to_vec()), ..Delivery::default() };
            let refused = provider.verify_with(&strange, &recorded.key).is_err();
            report.that(refused, "what is no notice is refused", || {
                format!("{:?}", String::from_utf8_lossy(body))
            });
        }
        let named = provider.returned(delivery);
        let is_named = named.provider_ref.is_some() || named.reference.is_some();
        report.that(is_named, "a notice hints which payment it is of", || source.to_owned());
    }

    fn believes_only_what_is_signed(
        &self,
        report: &mut Report,
        provider: &dyn KeyedNotices,
        recorded: &RecordedKeyed,
    ) {
        let source = recorded.source;
        let Some(news) = read(provider, &recorded.delivery, recorded) else {
            report.that(false, "a signed notice is read", || source.to_owned());
            return;
        };
        self.keeps_secrets(report, "a notice", &format!("{news:?} {:?}", recorded.delivery));
        let told = match news.first().map(|first| &first.what) {
            Some(Tidings::Payment(said)) => {
                let event = said.clone().of(&recorded.order, self.now);
                event.ok().and_then(|event| Status::Created.after(event).ok())
            }
            _ => None,
        };
        let told = told.map(|status| status.name());
        report.that(told == Some(recorded.wanted), "a notice says what it should", || {
            format!("{source}: {told:?}, not {}", recorded.wanted)
        });
        only_signed_counts(report, source, (&recorded.delivery, &news), |other| {
            read(provider, other, recorded)
        });
    }
}

pub(super) fn read(
    provider: &dyn KeyedNotices,
    delivery: &Delivery,
    recorded: &RecordedKeyed,
) -> Option<Vec<News>> {
    let notice = provider.verify_with(delivery, &recorded.key).ok()?;
    provider.news_of(&notice, &recorded.order).ok()
}

#[cfg(test)]
mod tests;
