//! Agreements of the sandbox. It keeps nothing: an agreement's name says what becomes
//! of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::{AGREEMENTS, Lines, Sandbox, heard, unknown};
use crate::{
    AgreementState, Agreements, Heeded, Method, NewAgreement, ProviderError, Reply, Request,
    SaidAgreement, form, looks_like_a_card,
};

/// What the last word of a description may be, beside `active`.
const WORDS: [&str; 3] = ["waiting", "ended", "silent"];

impl Agreements for Sandbox {
    fn agree(&self, new: &NewAgreement, _now: DateTime<Utc>) -> Result<Request, ProviderError> {
        let texts = [Some(&new.reference), Some(&new.description), new.payer_id.as_ref()];
        if texts.into_iter().flatten().any(|text| looks_like_a_card(text)) {
            let why = "what looks like a card number is given to nobody";
            return Err(ProviderError::CannotAsk(why.to_owned()));
        }
        let last = new.description.split_whitespace().next_back().unwrap_or_default();
        let word = WORDS.into_iter().find(|word| *word == last).unwrap_or("active");
        let body = format!("agreement={}\nword={word}\n", form::part(&new.reference));
        Ok(self.request(Method::Post, AGREEMENTS.to_owned(), body))
    }

    fn look_at_agreement(&self, agreement_ref: &str, _now: DateTime<Utc>) -> Request {
        let url = format!("{AGREEMENTS}/{}", form::part(agreement_ref));
        self.request(Method::Get, url, String::new())
    }

    fn agreed(&self, reply: &Reply) -> Result<SaidAgreement, ProviderError> {
        let lines: Lines<'_> = heard(reply)?;
        let state = match lines.of("state")? {
            "created" => AgreementState::Created,
            "active" => AgreementState::Active,
            "ended" => AgreementState::Ended,
            other => return Err(unknown(other)),
        };
        let agreement_ref = lines.of("agreement")?.to_owned();
        Ok(SaidAgreement { agreement_ref, reference: Some(lines.of("ours")?.to_owned()), state })
    }

    fn end_agreement(&self, agreement_ref: &str, _now: DateTime<Utc>) -> Request {
        let url = format!("{AGREEMENTS}/{}/end", form::part(agreement_ref));
        self.request(Method::Post, url, String::new())
    }

    fn ended(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        match ProviderError::of_reply(reply) {
            Some(error) => Err(error),
            None => Ok(Heeded),
        }
    }
}

/// What the far end answers; `None` when it would not.
pub(super) fn served(method: Method, url: &str, asked: &BTreeMap<&str, &str>) -> Option<Reply> {
    let absent = || Some(Reply::new(404, ""));
    let Some(name) = url.strip_prefix(AGREEMENTS)?.strip_prefix('/') else {
        let (Some(ours), Some(word)) = (asked.get("agreement"), asked.get("word")) else {
            return Some(Reply::new(400, ""));
        };
        return said(201, word, ours, "created");
    };
    match (method, name.strip_suffix("/end")) {
        (Method::Post, Some(name)) => match read(name) {
            Some(_) => Some(Reply::new(204, "")),
            None => absent(),
        },
        (Method::Get, None) => match read(name) {
            Some((word @ "waiting", ours)) => said(200, word, ours, "created"),
            Some((word @ ("active" | "ended"), ours)) => said(200, word, ours, word),
            Some(_) => None,
            None => absent(),
        },
        (Method::Post, None) | (Method::Get, Some(_)) => absent(),
    }
}

/// Whether money can be taken under the agreement of this name.
pub(super) fn is_active(name: &str) -> bool {
    read(name).is_some_and(|(word, _)| word == "active")
}

fn read(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("sba-")?.split_once('-')
}

fn said(status: u16, word: &str, ours: &str, state: &str) -> Option<Reply> {
    let body = format!("agreement=sba-{word}-{ours}\nours={ours}\nstate={state}\nend\n");
    Some(Reply::new(status, body))
}
