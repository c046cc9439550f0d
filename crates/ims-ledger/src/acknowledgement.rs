//! What a system that was sent a file of ours says of it.

use ims_money::Pence;
use serde::{Deserialize, Serialize};

/// Whether they took it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// They did.
    Accepted,
    /// They did not.
    Rejected,
}

/// One line of an acknowledgement or a rejection file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The line of the file, from 1.
    pub line: u64,
    /// The number of our export, where the line names it.
    pub export: Option<u64>,
    /// What they call the file.
    pub their_reference: Option<String>,
    /// Which of our rows it is about, as they name it.
    pub reference: String,
    /// Whether they took it.
    pub outcome: Outcome,
    /// Their reason.
    pub message: Option<String>,
    /// The amount, debits positive.
    pub amount: Option<Pence>,
}

/// What all lines of an acknowledgement say together: one rejected line is a
/// file that was not taken whole. `None` without lines.
///
/// The words name the first rejected lines, for whoever records it.
#[must_use]
pub fn acknowledged(lines: &[Acknowledgement]) -> Option<(Outcome, String)> {
    const NAMED_MAX: usize = 5;
    let rejected: Vec<_> = lines.iter().filter(|line| line.outcome == Outcome::Rejected).collect();
    let first = lines.first()?;
    if rejected.is_empty() {
        return Some((first.outcome, String::new()));
    }
    let named = rejected.iter().take(NAMED_MAX).map(|line| {
        let why = line.message.as_deref().unwrap_or("no reason given");
        format!("{}: {why}", line.reference)
    });
    let mut words = named.collect::<Vec<_>>().join("; ");
    if rejected.len() > NAMED_MAX {
        words.push_str(&format!("; and {} more", rejected.len().saturating_sub(NAMED_MAX)));
    }
    Some((Outcome::Rejected, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(reference: &str, outcome: Outcome) -> Acknowledgement {
        Acknowledgement {
            line: 1,
            export: None,
            their_reference: None,
            reference: reference.to_owned(),
            outcome,
            message: (outcome == Outcome::Rejected).then(|| "unknown code".to_owned()),
            amount: None,
        }
    }

    #[test]
    fn one_rejected_line_rejects_the_file() {
        assert_eq!(acknowledged(&[]), None);
        let good = line("A", Outcome::Accepted);
        assert_eq!(
            acknowledged(std::slice::from_ref(&good)),
            Some((Outcome::Accepted, String::new()))
        );
        let bad = line("B", Outcome::Rejected);
        let words = "B: unknown code".to_owned();
        assert_eq!(acknowledged(&[good, bad.clone()]), Some((Outcome::Rejected, words)));
        let (_, words) = acknowledged(&vec![bad; 7]).unwrap();
        assert!(words.ends_with("B: unknown code; and 2 more"), "{words}");
    }
}
