use super::fields::{Fields, whole};
use crate::{amounts::clipped, verdict::Faults};

/// What has a trailer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    Account,
    Group,
    File,
}

impl Level {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "account trailer (49)",
            Self::Group => "group trailer (98)",
            Self::File => "file trailer (99)",
        }
    }
}

/// What a trailer is compared with. Sums are of the numbers as written, in
/// whatever smallest coin: a file may hold several currencies.
#[derive(Debug, Default)]
pub(super) struct Control {
    sum: i128,
    /// Accounts of a group, groups of a file.
    pub(super) children: u64,
    /// Physical records, continuations and the trailer included.
    pub(super) records: u64,
}

impl Control {
    /// A level whose first record has been read.
    pub(super) fn begun(records: u64) -> Self {
        Self { records, ..Self::default() }
    }

    pub(super) fn add(&mut self, units: i128) {
        self.sum = self.sum.saturating_add(units);
    }

    /// Adds what a trailer below states.
    pub(super) fn add_child(&mut self, total: i128) {
        self.children += 1;
        self.add(total);
    }

    /// Compares with what the trailer states, and gives that total for the
    /// level above. The sums must agree; where they do, a wrong count of
    /// records is only told.
    pub(super) fn compare(
        &self,
        level: Level,
        mut fields: Fields<'_>,
        line: u64,
        faults: &mut Faults,
    ) -> i128 {
        let (name, made) = (level.name(), self.sum);
        let total = fields.next();
        let stated = whole(total).map(i128::from);
        match stated {
            Some(stated) if stated == made => {}
            Some(stated) => faults.error(
                line,
                format!("the {name} says {stated}, but the records make {made} (smallest coins)"),
            ),
            None if !total.is_empty() => faults.error(
                line,
                format!("the total `{}` of the {name} is not a whole number", clipped(total)),
            ),
            None if made != 0 => faults.warning(
                line,
                format!("the {name} states no total; the records make {made} (smallest coins)"),
            ),
            None => {}
        }
        let count = |what: &str, text: &str, held: u64, faults: &mut Faults| {
            if !text.is_empty() && text.parse() != Ok(held) {
                faults.warning(
                    line,
                    format!("the {name} says {} {what}, but there are {held}", clipped(text)),
                );
            }
        };
        match level {
            Level::Account => {}
            Level::Group => count("accounts", fields.next(), self.children, faults),
            Level::File => count("groups", fields.next(), self.children, faults),
        }
        count("records", fields.next(), self.records, faults);
        stated.unwrap_or(made)
    }
}
