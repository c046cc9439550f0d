//! What stands round a reference in a bank line.

use super::Making;

impl Making {
    /// Free text, spaces, small letters.
    pub(super) fn dressed(&mut self, reference: &str) -> String {
        let word = self.random.one_of(self.knobs.shapes.words);
        let name = self.random.one_of(self.knobs.shapes.names);
        let (head, tail) = reference.split_at(reference.len().min(4));
        match self.random.below(5) {
            0 if reference.contains(|c: char| c.is_ascii_alphabetic()) => reference.to_lowercase(),
            0 => format!("REF{reference}"),
            1 => format!("{head} {tail}"),
            2 => format!("{word} {reference}"),
            3 => format!("{reference} {name}"),
            _ => format!("{word} {head}-{tail} {name}"),
        }
    }

    /// The bank's narrative: the reference among dates, sort codes and account numbers.
    pub(super) fn narrated(&mut self, reference: &str, day: u32) -> String {
        let name = self.random.one_of(self.knobs.shapes.names);
        let word = self.random.one_of(self.knobs.shapes.words);
        let date = self.date(day).format("%d%b").to_string().to_uppercase();
        let sort_code = format!(
            "{:02}-{:02}-{:02}",
            self.random.between(4, 99),
            self.random.below(100),
            self.random.below(100)
        );
        let account = self.random.between(10_000_000, 99_999_999);
        match self.random.below(3) {
            0 => format!("FROM {name} {word} {reference} {sort_code} {account}"),
            1 => format!("{name} {reference} VIA MOBILE {date} {sort_code}"),
            _ => format!("BANK GIRO {date} {word}: {reference} {name}"),
        }
    }

    /// As a bank with eighteen characters a field has it.
    pub(super) fn cut(&mut self, reference: &str) -> String {
        let lost = self.random.between(1, 3) as usize;
        reference[..reference.len().saturating_sub(lost)].to_owned()
    }
}
