use crate::{Hidden, Request};

/// How asking for a payment goes on.
#[derive(Clone, Debug)]
pub enum Ask {
    /// A request goes to the provider; its answer says the next step.
    Send(Request),
    /// Nothing goes to the provider: the payer's browser, or a terminal, carries
    /// all of it. The payment begins with this step.
    Hand(NextStep),
}

/// What happens next for the payer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NextStep {
    /// Their browser goes to this address.
    Redirect {
        /// Where to. Often good for one use.
        url: String,
    },
    /// Their browser posts a form.
    Form {
        /// Where to.
        url: String,
        /// What it says; the values are never printed.
        fields: Vec<(String, Hidden)>,
    },
    /// They pay at a terminal, or on the keys of a telephone.
    Terminal {
        /// Which one.
        name: String,
        /// What an officer reads on it or types into it, if anything.
        show: Option<String>,
    },
    /// The provider's script in their browser goes on with this.
    PayerSecret {
        /// What the script is given. It can only do what this payment allows.
        secret: Hidden,
    },
    /// Nothing: the payer is not there and agreed long ago.
    Nothing,
}

impl NextStep {
    /// The step in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Redirect { .. } => "redirect",
            Self::Form { .. } => "form",
            Self::Terminal { .. } => "terminal",
            Self::PayerSecret { .. } => "payer-secret",
            Self::Nothing => "nothing",
        }
    }

    /// A redirect to this address.
    #[must_use]
    pub fn redirect(url: impl Into<String>) -> Self {
        Self::Redirect { url: url.into() }
    }

    /// The value of a form's field.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        match self {
            Self::Form { fields, .. } => {
                let found = fields.iter().find(|(given, _)| given == name);
                found.map(|(_, value)| value.reveal())
            }
            Self::Redirect { .. }
            | Self::Terminal { .. }
            | Self::PayerSecret { .. }
            | Self::Nothing => None,
        }
    }
}
