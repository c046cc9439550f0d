//! One kind of record of a file: how it is told from the others, and its fields.

use serde::Deserialize;

use super::{expr::Expr, field::Field};

/// What a record is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    /// Opens a batch.
    Header,
    /// A row.
    Detail,
    /// Closes a batch, with its totals.
    Trailer,
    /// Passed over when a file is read, never written.
    Skip,
}

impl Role {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Detail => "detail",
            Self::Trailer => "trailer",
            Self::Skip => "skip",
        }
    }
}

/// A kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) role: Role,
    /// Which lines are of this kind, or which rows it is written for.
    pub(super) when: Option<Expr>,
    /// What it looks like, for people.
    pub(super) looks_like: Option<String>,
    /// Whether a file without it has been cut off.
    pub(super) required: bool,
    /// Whether it speaks for the whole file, not for one batch of it.
    pub(super) whole_file: bool,
    /// What a file that is read says, where no field says it by its name.
    pub(super) gives: Vec<(String, Expr)>,
    pub(super) fields: Vec<Field>,
}

impl Part {
    /// The constants it is told by.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&Field, &str)> {
        let tags = self.fields.iter().filter(|field| field.tag);
        tags.filter_map(|field| field.constant().map(|text| (field, text)))
    }

    /// Whether anything tells it from other records.
    pub(super) fn is_told(&self) -> bool {
        self.when.is_some() || self.tags().next().is_some() || self.labels().next().is_some()
    }

    /// The labels that its fields stand behind.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter_map(|field| field.place.label())
    }

    /// How it is told, in words.
    pub(super) fn telling(&self) -> String {
        if let Some(looks_like) = &self.looks_like {
            return format!("{} ({looks_like})", self.name);
        }
        let tags: Vec<String> = self.tags().map(|(_, tag)| format!("`{tag}`")).collect();
        let labels: Vec<String> = self.labels().map(|label| format!("`{label}`")).collect();
        let words = match (&self.when, tags.is_empty(), labels.is_empty()) {
            (Some(when), _, _) => format!("when {when}"),
            (None, false, _) => format!("with {}", tags.join(" and ")),
            (None, true, false) => format!("with {}", labels.join(" and ")),
            (None, true, true) => return self.name.clone(),
        };
        format!("{} ({words})", self.name)
    }

    /// The names of the values its fields hold.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter_map(Field::row_value)
    }

    /// The names its values have when it is read.
    pub(super) fn read_values(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().filter_map(Field::read_value)
    }
}
