//! Disputes: what a payer's bank takes back, and how that ends.

use std::fmt;

use chrono::NaiveDate;
use ims_money::Pence;
use thiserror::Error;

/// What a provider says of a dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaidDispute {
    /// What the provider calls the dispute.
    pub dispute_ref: String,
    /// What the provider calls the payment.
    pub provider_ref: String,
    /// What we call the payment, if the provider repeats it.
    pub reference: Option<String>,
    /// What is disputed, and its currency.
    pub amount: (Pence, String),
    /// What the provider charges for it, if it says so.
    pub fee: Option<Pence>,
    /// Why, in the provider's words.
    pub reason: String,
    /// The day the evidence is due, if one is.
    pub evidence_due: Option<NaiveDate>,
    /// Where it stands.
    pub state: DisputeState,
}

/// Where a dispute stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DisputeState {
    /// The bank took the money back and waits for evidence.
    Opened,
    /// The evidence is being looked at.
    UnderReview,
    /// The money is given back to us.
    Won,
    /// The payer keeps it.
    Lost,
    /// An inquiry is over that took no money: it ends what was taken for a dispute,
    /// as won, and is none where there was no dispute.
    Closed,
}

/// What is said contradicts how the dispute ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the dispute was {was}, so it cannot be {said} now; ask the provider which is true")]
pub struct DisputeOutOfTurn {
    /// How it ended.
    pub was: DisputeState,
    /// What is said.
    pub said: DisputeState,
}

impl DisputeState {
    /// Every state.
    pub const ALL: [Self; 5] =
        [Self::Opened, Self::UnderReview, Self::Won, Self::Lost, Self::Closed];

    /// The state after the provider says `said`. What overtook something else
    /// changes nothing; a dispute that was won can be opened again by the bank and
    /// lost, one that was lost is over.
    ///
    /// # Errors
    ///
    /// [`DisputeOutOfTurn`] when a lost one is said to be won, or to have been none.
    pub const fn after(self, said: Self) -> Result<Self, DisputeOutOfTurn> {
        match (self, said) {
            (Self::Lost, Self::Won | Self::Closed) => Err(DisputeOutOfTurn { was: self, said }),
            (_, Self::Lost) | (Self::Lost, Self::Opened | Self::UnderReview) => Ok(Self::Lost),
            (_, Self::Won) | (Self::Won, Self::Opened | Self::UnderReview | Self::Closed) => {
                Ok(Self::Won)
            }
            (_, Self::Closed) | (Self::Closed, _) => Ok(Self::Closed),
            (_, Self::UnderReview) | (Self::UnderReview, Self::Opened) => Ok(Self::UnderReview),
            (Self::Opened, Self::Opened) => Ok(Self::Opened),
        }
    }

    /// The word it is stored and listed by.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::UnderReview => "under-review",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for DisputeState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn the_whole_table() {
        let mut table = String::new();
        for state in DisputeState::ALL {
            write!(table, "{state}:").unwrap();
            for said in DisputeState::ALL {
                match state.after(said) {
                    Ok(next) => write!(table, " {next}").unwrap(),
                    Err(_) => table.push_str(" refused"),
                }
            }
            table.push('\n');
        }
        assert_eq!(
            table,
            "opened: opened under-review won lost closed\n\
             under-review: under-review under-review won lost closed\n\
             won: won won won lost won\n\
             lost: lost lost refused lost refused\n\
             closed: closed closed won lost closed\n"
        );
    }
}
