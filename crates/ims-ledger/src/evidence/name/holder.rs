//! Who holds an account.

use super::{
    super::NameAgrees,
    parts::{Part, parts},
    payer::{PayerName, Said, initials_beside},
    words::{is_joining, is_legal_form, is_of_firms, is_title},
};

/// Who holds an account, as a council writes it: one or more people and firms.
///
/// ```
/// use ims_ledger::evidence::{HolderName, NameAgrees, PayerName};
///
/// let holder = HolderName::of("Mr J Smith & Mrs A Jones");
/// assert_eq!(holder.agrees(&PayerName::of("BGC JONES A")), NameAgrees::SurnameAndInitial);
/// assert_eq!(holder.keys().collect::<Vec<_>>(), ["SMITH", "JONES"]);
/// assert_eq!(HolderName::of("Acme Plumbing Ltd").keys().collect::<Vec<_>>(), ["ACME"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HolderName {
    who: Vec<Who>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Person {
        surname: String,
        initial: Option<char>,
    },
    /// Its words but the legal form, and which of them tells it from others; none where all do
    /// only together.
    Firm {
        words: Vec<String>,
        key: Option<usize>,
    },
}

impl HolderName {
    /// Reads a name: surname last, or first before a comma.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let parts = parts(name);
        let mut who: Vec<Who> = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let found = if part.is_firm() {
                firm(part)
            } else {
                let next = at.checked_add(1).and_then(|at| parts.get(at));
                person(part, who.last(), next.filter(|next| next.is_joined && !next.is_firm()))
            };
            who.extend(found);
        }
        Self { who }
    }

    /// How a payer's name agrees: where there are several, the better.
    #[must_use]
    pub fn agrees(&self, payer: &PayerName) -> NameAgrees {
        if payer.is_nobodys() {
            return NameAgrees::Unknown;
        }
        let each = self.who.iter().map(|who| match who {
            Who::Person { surname, initial } => person_agrees(payer, surname, *initial),
            Who::Firm { words, key } => firm_agrees(payer, words, *key),
        });
        each.max().unwrap_or(NameAgrees::Unknown)
    }

    /// The word of each by which it is kept, in capitals: the surname, or the firm's own word.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.who.iter().filter_map(|who| match who {
            Who::Person { surname, .. } => Some(surname.as_str()),
            Who::Firm { words, key } => words.get(key.unwrap_or(0)).map(String::as_str),
        })
    }
}

fn firm(part: &Part) -> Option<Who> {
    // What follows the legal form is an address, or a place.
    let through = part.words.iter().rposition(|word| is_legal_form(word)).filter(|at| *at > 0);
    let named = part.words.get(..through.unwrap_or(part.words.len())).unwrap_or_default();
    let own = named.iter().filter(|word| !is_legal_form(word) && !is_joining(word));
    let words: Vec<String> = own.cloned().collect();
    let tells = |word: &String| word.chars().count() > 2 && !is_of_firms(word);
    let key = words.iter().position(tells);
    (!words.is_empty()).then_some(Who::Firm { words, key })
}

fn is_letter(word: &str) -> bool {
    word.chars().count() == 1
}

/// The person of a part, who may share a surname with the one before or after.
fn person(part: &Part, before: Option<&Who>, next: Option<&Part>) -> Option<Who> {
    let (surname, first) = match (part.comma, part.words.as_slice()) {
        (Some(comma), words) => (words.get(..comma)?.last()?, words.get(comma)),
        (None, [only]) => return single(only, part, before, next),
        // `SMITH J A`: nobody's surname is a letter.
        (None, [surname, first, .., last]) | (None, [surname, first @ last])
            if is_letter(last) && !is_letter(surname) =>
        {
            (surname, Some(first))
        }
        (None, words) => (words.last()?, words.first()),
    };
    let initial = first.and_then(|first| first.chars().next());
    Some(Who::Person { surname: surname.clone(), initial })
}

/// The person of a single word: a surname, or the first name of who has another's.
fn single(word: &str, part: &Part, before: Option<&Who>, next: Option<&Part>) -> Option<Who> {
    let initial = word.chars().next();
    // `Mr Smith & Mrs A Jones`, but `Mr John & Mrs Anne Smith`.
    let shares = |next: &&Part| {
        let first = next.words.first().is_some_and(|first| is_letter(first));
        next.words.len() > 1 && next.comma.is_none() && (is_letter(word) || !first)
    };
    if let Some(next) = next.filter(shares) {
        let surname = next.words.last()?.clone();
        return Some(Who::Person { surname, initial });
    }
    match before {
        Some(Who::Person { surname, .. }) if is_letter(word) && part.is_joined => {
            Some(Who::Person { surname: surname.clone(), initial })
        }
        _ if is_letter(word) => None,
        _ => Some(Who::Person { surname: word.to_owned(), initial: None }),
    }
}

fn person_agrees(payer: &PayerName, surname: &str, initial: Option<char>) -> NameAgrees {
    let people = payer.of_people();
    let is_before = |word: &str| {
        is_title(word) || word.chars().count() == 1 || (word.chars().next() == initial)
    };
    let places = people
        .iter()
        .enumerate()
        .filter(|(_, (at, said))| said.word.is(surname) || payer.is_cut(*at, surname, is_before));
    let agrees = places.map(|(at, _)| {
        match initial.filter(|theirs| initials_beside(&people, at).contains(theirs)) {
            Some(_) => NameAgrees::SurnameAndInitial,
            None => NameAgrees::Surname,
        }
    });
    agrees.max().unwrap_or(NameAgrees::No)
}

/// The least letters that stand for a longer word of a firm beside the word that tells it.
const SHORT_MIN: usize = 4;

fn firm_agrees(payer: &PayerName, words: &[String], key: Option<usize>) -> NameAgrees {
    let said = payer.all();
    let is_alone = payer.of_people().len() == 1;
    let Some(by) = words.get(key.unwrap_or(0)) else { return NameAgrees::Unknown };
    let is_before = |word: &str| words.iter().any(|own| own == word);
    let places = said.iter().enumerate();
    let places = places.filter(|(at, it)| it.word.is(by) || payer.is_cut(*at, by, is_before));
    let agrees = places.map(|(at, _)| {
        // Joining words and the legal form may stand between.
        let through = at.saturating_add(words.len()).saturating_add(3).min(said.len());
        let near = said.get(at.saturating_sub(words.len())..through).unwrap_or_default();
        // Of a firm with one word, somebody of that name may be meant: `J SMITH`, `Smith & Co`.
        let is_enough =
            words.len() > 1 || is_alone || near.iter().any(|it| is_legal_form(&it.word.text));
        match (are_all_said(words, near), key) {
            (true, _) if is_enough => NameAgrees::Firm,
            (true, _) | (false, Some(_)) => NameAgrees::FirmInPart,
            (false, None) => NameAgrees::No,
        }
    });
    agrees.max().unwrap_or(NameAgrees::No)
}

/// Whether all of a firm's words are there, or all that the bank did not cut.
fn are_all_said(words: &[String], near: &[Said]) -> bool {
    /// The bank keeps 18 characters, of which the last may be a space.
    const CUT: std::ops::RangeInclusive<usize> = 17..=18;
    let is_short = |it: &Said, own: &str| {
        it.word.text.chars().count() >= SHORT_MIN && own.starts_with(it.word.text.as_str())
    };
    let of = |own: &String| {
        let whole = near.iter().find(|it| it.word.is(own));
        whole.or_else(|| near.iter().find(|it| is_short(it, own)))
    };
    let said: Vec<&Said> = words.iter().map_while(of).collect();
    let (Some(missing), Some(first), Some(last)) =
        (words.get(said.len()), said.first(), said.last())
    else {
        return said.len() == words.len();
    };
    // The last that the bank kept: a word of the firm's, or what is left of the next.
    let is_last = |it: &&Said| {
        let long = it.word.to.checked_sub(first.word.from);
        long.is_some_and(|long| CUT.contains(&long))
    };
    near.iter().filter(is_last).any(|it| {
        it == *last || is_joining(&it.word.text) || missing.starts_with(it.word.text.as_str())
    })
}
