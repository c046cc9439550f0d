use std::{borrow::Cow, collections::BTreeMap};

use ims_ledger::card_number;
use serde::Deserialize;

use crate::form::{Errors, FIELD_LENGTH_MAX, Input, NOTE_LENGTH_MAX};

/// What a form says, field by field: how many fields it has is known only once it
/// is sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Typed(BTreeMap<String, String>);

/// What every form has beside what is typed into it.
const OURS: [&str; 3] = ["csrf", "key", "do"];

impl Typed {
    /// What a field says, without the blanks around it; nothing for one that is not there.
    pub(super) fn of(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |text| text.trim())
    }

    /// Whether a field was there, if only blank.
    pub(super) fn has(&self, field: &str) -> bool {
        self.0.contains_key(field)
    }

    /// The same without what no field of ours may hold, said in `errors`: a card's
    /// number is not shown again either.
    pub(super) fn cleaned(self, errors: &mut Errors) -> Self {
        let mut kept = self.0;
        for (field, text) in &mut kept {
            if OURS.contains(&field.as_str()) {
                continue;
            }
            if card_number::masked(text).is_some() {
                let words = "This looks like a card number: never write one here";
                errors.add(field.clone(), words);
                text.clear();
            } else if text.chars().count() > NOTE_LENGTH_MAX {
                let words = format!("This must be {NOTE_LENGTH_MAX} characters or fewer");
                errors.add(field.clone(), words);
            }
        }
        Self(kept)
    }

    /// The same for a new deed: the page that shows it makes another key.
    pub(super) fn under_new_key(mut self) -> Self {
        self.0.remove("key");
        self
    }

    /// A field of one line with what was typed into it.
    pub(super) fn input(
        &self,
        id: impl Into<Cow<'static, str>>,
        label: impl Into<Cow<'static, str>>,
        width: &'static str,
        errors: &Errors,
    ) -> Input {
        let id = id.into();
        Input {
            label: label.into(),
            value: self.of(&id).chars().take(FIELD_LENGTH_MAX).collect(),
            error: errors.of(&id),
            width,
            // Another payer stands here next.
            autocomplete: "off",
            id,
            ..Input::default()
        }
    }
}
