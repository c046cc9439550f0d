//! What a holder's name is made of: people and firms, each apart.

use super::words::{
    Word, is_before_of, is_beside_names, is_legal_form, is_of_firms, is_title, words,
};

/// What stands between two joining words or marks.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Its words, without titles and what else is no part of a name.
    pub(super) words: Vec<String>,
    /// So many of them stand before a comma, if there is one.
    pub(super) comma: Option<usize>,
    /// It had a title, so that it is a person.
    pub(super) is_titled: bool,
    /// It is joined with what is before it; else one acts for the other, or trades as it.
    pub(super) is_joined: bool,
}

impl Part {
    fn of(words: &[Word], is_joined: bool) -> Self {
        let mut part = Self { is_joined, ..Self::default() };
        let of = words.iter().position(|word| word.is("OF"));
        let lead =
            of.filter(|of| words.iter().take(*of).all(|word| is_before_of(&word.text)) && *of > 0);
        let words = words.iter().skip(lead.map_or(0, |of| of.saturating_add(1)));
        for word in words {
            let text = word.text.as_str();
            if word.is(",") {
                part.comma = part.comma.or(Some(part.words.len()));
            } else if is_title(text) {
                part.is_titled = true;
            } else if !is_beside_names(text)
                && word.has_letters()
                && !(word.is("THE") && part.words.is_empty())
            {
                part.words.push(word.text.clone());
            }
        }
        // Nothing before it or after it: `Smith, Mr`.
        part.comma = part.comma.filter(|at| (1..part.words.len()).contains(at));
        part
    }

    pub(super) fn has_legal_form(&self) -> bool {
        let first = usize::from(!self.is_joined);
        self.words.iter().skip(first).any(|word| is_legal_form(word))
    }

    pub(super) fn is_firm(&self) -> bool {
        self.has_legal_form()
            || (!self.is_titled && self.words.iter().any(|word| is_of_firms(word)))
    }

    /// Makes one firm of two parts of its name: `Smith & Jones Ltd`.
    fn take(&mut self, other: Self) {
        self.words.extend(other.words);
        self.comma = None;
    }
}

/// The parts of a name, the words of a firm together.
pub(super) fn parts(name: &str) -> Vec<Part> {
    let words = without_abbreviations(words(name));
    let mut parts: Vec<Part> = Vec::new();
    let mut rest = words.as_slice();
    let mut is_joined = false;
    loop {
        let ends = |at: usize, word: &Word| {
            word.joins() || matches!(word.text.as_str(), "/" | ";") || is_between_people(rest, at)
        };
        let end = rest.iter().enumerate().position(|(at, word)| ends(at, word));
        let (some, after) = rest.split_at(end.unwrap_or(rest.len()));
        let part = Part::of(some, is_joined);
        match parts.last_mut() {
            Some(last) if is_one_firm(last, &part) => last.take(part),
            _ => parts.push(part),
        }
        let Some((mark, others)) = after.split_first() else { break };
        is_joined = mark.joins() || mark.is("/") || mark.is(",");
        rest = others;
    }
    parts.retain(|part| !part.words.is_empty());
    parts
}

/// Whether the comma at a place is between two people: `Mr J Smith, Mrs A Jones`,
/// `Smith J, Jones A`; not `Smith, Mr J`.
fn is_between_people(words: &[Word], at: usize) -> bool {
    let Some((comma, after)) = words.get(at..).and_then(<[Word]>::split_first) else {
        return false;
    };
    let before = words.get(..at).unwrap_or_default();
    let names = before.iter().filter(|word| !is_title(&word.text)).count();
    let is_titled = names > 0 && before.iter().any(|word| is_title(&word.text));
    let is_letter = |word: &Word| word.text.chars().count() == 1 && word.has_letters();
    let is_listed = names > 1 && before.last().is_some_and(is_letter);
    let next = after.first();
    comma.is(",")
        && ((is_titled && next.is_some_and(|next| is_title(&next.text)))
            || (is_listed && after.len() > 1 && next.is_some_and(|next| !is_letter(next))))
}

fn is_one_firm(one: &Part, next: &Part) -> bool {
    next.is_joined
        && !one.is_titled
        && !next.is_titled
        && !one.words.is_empty()
        && (one.is_firm() || next.is_firm())
        && !one.has_legal_form()
}

/// The words with a `;` for each `C/O`, `T/A`, `CARE OF` and `TRADING AS`.
fn without_abbreviations(words: Vec<Word>) -> Vec<Word> {
    const BETWEEN: [&[&str]; 4] =
        [&["C", "/", "O"], &["T", "/", "A"], &["CARE", "OF"], &["TRADING", "AS"]];
    let mut kept: Vec<Word> = Vec::with_capacity(words.len());
    for word in words {
        kept.push(word);
        for between in BETWEEN {
            let Some(start) = kept.len().checked_sub(between.len()) else { continue };
            let last = kept.get(start..).unwrap_or_default();
            if last.iter().map(|word| word.text.as_str()).eq(between.iter().copied()) {
                kept.truncate(start);
                kept.push(Word { text: ";".to_owned(), ..Word::default() });
            }
        }
    }
    kept
}
