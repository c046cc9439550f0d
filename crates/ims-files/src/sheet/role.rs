use serde::{Deserialize, Serialize};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// The payer's account with us.
    Reference,
    /// What was paid.
    Amount,
    /// `-` where the amount is taken back.
    Sign,
    /// The payer's name.
    Name,
    /// When the payer paid.
    Date,
    /// Whether the payment succeeded; rows that say it did not are passed over.
    Status,
    /// The sender's kind of payment.
    Kind,
}

impl Role {
    /// All of them.
    pub(super) const ALL: [Self; 7] = [
        Self::Reference,
        Self::Amount,
        Self::Sign,
        Self::Name,
        Self::Date,
        Self::Status,
        Self::Kind,
    ];

    /// Its name for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Amount => "amount",
            Self::Sign => "sign",
            Self::Name => "name",
            Self::Date => "date",
            Self::Status => "status",
            Self::Kind => "kind",
        }
    }
}

/// How sure it is that a column is what it was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sure {
    /// Only what is in the column says so.
    Guess,
    /// Its heading or its cells leave a doubt.
    Likely,
    /// Its heading is known for this and its cells fit.
    Certain,
}

/// A column and what it was taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// What it was taken for.
    pub role: Role,
    /// Which column, from 0.
    pub column: usize,
    /// Its heading as the file writes it.
    pub heading: String,
    /// How sure that is.
    pub sure: Sure,
    /// Why, in words.
    pub because: String,
}

/// What amounts are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AmountIn {
    /// `12.50`.
    #[default]
    Pounds,
    /// `1250`.
    Pence,
}

/// What the columns of a spreadsheet were taken for: shown to a person, changed
/// where it is wrong, kept for the sender's next file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detected {
    /// Who sent it, as far as the rows above the headings say; empty otherwise.
    pub sender: String,
    /// The sheet; empty for CSV.
    pub sheet: String,
    /// The line of the headings.
    pub line: u64,
    /// Every heading, in the order of the file.
    #[serde(default)]
    pub headings: Vec<String>,
    /// The columns that matter.
    pub columns: Vec<Taken>,
    /// What amounts are in.
    #[serde(default)]
    pub amount_in: AmountIn,
    /// What a person should look at before confirming.
    #[serde(default)]
    pub doubts: Vec<String>,
}

impl Detected {
    /// The column taken for that.
    #[must_use]
    pub fn column(&self, role: Role) -> Option<&Taken> {
        self.columns.iter().find(|taken| taken.role == role)
    }

    /// Whether nothing is left to confirm: reference and amount are there, every
    /// column is certain and there is no doubt.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        let has = |role| self.column(role).is_some();
        has(Role::Reference)
            && has(Role::Amount)
            && self.doubts.is_empty()
            && self.columns.iter().all(|taken| taken.sure == Sure::Certain)
    }
}
