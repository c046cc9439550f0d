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
    Person { surname: String, initial: Option<char> },
    Firm(Firm),
}

/// A firm's words but its legal form.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Firm {
    words: Vec<String>,
    /// Which of them tell it from others; where none does, all do only together.
    tells: Vec<usize>,
    /// Without a legal form, which of them may be a surname: the last of several. `Ann Sales`
    /// may be somebody.
    surname: Option<usize>,
}

impl Firm {
    /// The words by which it is kept.
    fn keys(&self) -> impl Iterator<Item = &str> {
        let first = self.tells.is_empty().then_some(0);
        let places = self.tells.iter().copied().chain(first).chain(self.surname);
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|at| self.words.get(at)).map(String::as_str)
    }
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
        let each = self.who.iter().map(|who| match who {
            Who::Person { surname, initial } => person_agrees(payer, surname, *initial),
            Who::Firm(firm) => firm_agrees(payer, firm),
        });
        let agrees = each.max().unwrap_or(NameAgrees::Unknown);
        let is_silent = agrees == NameAgrees::No && payer.is_nobodys();
        if is_silent { NameAgrees::Unknown } else { agrees }
    }

    /// The words of each by which it is kept, in capitals: the surname, or a firm's own words.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.who.iter().flat_map(|who| {
            let (surname, firm) = match who {
                Who::Person { surname, .. } => (Some(surname.as_str()), None),
                Who::Firm(firm) => (None, Some(firm.keys())),
            };
            surname.into_iter().chain(firm.into_iter().flatten())
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
    let places = words.iter().enumerate().filter(|(_, word)| tells(word)).map(|(at, _)| at);
    let tells: Vec<usize> = places.collect();
    let last = words.len().checked_sub(1).filter(|last| *last > 0);
    let surname = last.filter(|_| through.is_none());
    (!words.is_empty()).then_some(Who::Firm(Firm { words, tells, surname }))
}

fn is_letter(word: &str) -> bool {
    word.chars().count() == 1
}

/// The person of a part, who may share a surname with the one before or after.
fn person(part: &Part, before: Option<&Who>, next: Option<&Part>) -> Option<Who> {
    // `Mr J Smith 2B`: nobody is called by what has a digit.
    let end = part.words.iter().rposition(|word| word.chars().all(char::is_alphabetic));
    let words = part.words.get(..=end.unwrap_or(part.words.len())).unwrap_or(&part.words);
    let (surname, first) = match (part.comma, words) {
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

fn firm_agrees(payer: &PayerName, firm: &Firm) -> NameAgrees {
    let Firm { words, tells, surname } = firm;
    let said = payer.all();
    let people = payer.of_people();
    let is_titled = said.iter().any(|it| is_title(&it.word.text));
    let is_alone = people.len() == 1 && !is_titled;
    let is_before = |word: &str| words.iter().any(|own| own == word);
    let is_said = |at: usize, by: &String| {
        said.get(at).is_some_and(|it| it.word.is(by)) || payer.is_cut(at, by, is_before)
    };
    let keys = tells.iter().copied().chain(tells.is_empty().then_some(0));
    let by = keys.filter_map(|key| words.get(key).map(|by| (key, by)));
    let places = by.flat_map(|(key, by)| {
        (0..said.len()).filter(move |at| is_said(*at, by)).map(move |at| (key, at))
    });
    let agrees = places.map(|(key, at)| {
        // Joining words and the legal form may stand between.
        let through = at.saturating_add(words.len()).saturating_add(3).min(said.len());
        let start = at.saturating_sub(words.len());
        let near = said.get(start..through).unwrap_or_default();
        // Of a firm with one word, somebody of that name may be meant: `J SMITH`, `Smith & Co`.
        let is_enough =
            words.len() > 1 || is_alone || near.iter().any(|it| is_legal_form(&it.word.text));
        let is_own = !tells.is_empty() || words.get(key).is_some_and(|by| !is_of_firms(by));
        let is_near = |own: &String| {
            (start..through).find(|at| is_said(*at, own)).and_then(|at| said.get(at))
        };
        match are_all_said(words, near, is_near) {
            true if is_enough => NameAgrees::Firm,
            true => NameAgrees::FirmInPart,
            false if is_own => NameAgrees::FirmInPart,
            false => NameAgrees::No,
        }
    });
    let agrees = agrees.max().unwrap_or(NameAgrees::No);
    let surname = surname.and_then(|at| words.get(at));
    let initial = words.first().and_then(|first| first.chars().next());
    match surname.zip(initial) {
        Some((surname, initial)) if may_be_somebody(&people, surname, initial) => {
            agrees.max(NameAgrees::FirmInPart)
        }
        _ => agrees,
    }
}

/// Whether the surname stands beside the initial: `A SALES` may be Ann Sales.
fn may_be_somebody(people: &[(usize, &Said)], surname: &str, initial: char) -> bool {
    let word = |at: usize| people.get(at).map(|(_, said)| &said.word.text);
    let is_initial = |at: Option<usize>| {
        let word = at.and_then(word);
        word.is_some_and(|word| is_letter(word) && word.starts_with(initial))
    };
    (0..people.len()).any(|at| {
        let is_it = word(at).is_some_and(|word| word == surname);
        is_it && (is_initial(at.checked_sub(1)) || is_initial(at.checked_add(1)))
    })
}

/// Whether all of a firm's words are there, or all that the bank did not cut.
fn are_all_said<'s>(
    words: &[String],
    near: &'s [Said],
    of: impl Fn(&String) -> Option<&'s Said>,
) -> bool {
    /// The bank keeps 18 characters, of which the last may be a space.
    const CUT: std::ops::RangeInclusive<usize> = 17..=18;
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
