//! Who paid, as a bank writes it.

use super::words::{
    Word, is_beside_names, is_legal_form, is_of_banks, is_of_firms, is_title, words,
};

/// So many characters of a name banks keep.
const KEPT: usize = 18;
/// What is cut to fewer letters than this tells nobody.
const CUT_MIN: usize = 4;

/// What money says of who paid: the words of its text that may be of a name, in their order.
///
/// ```
/// use ims_ledger::evidence::PayerName;
///
/// let payer = PayerName::of("FASTER PAYMENT MRS J SMITH & ACME LTD");
/// assert_eq!(payer.words().collect::<Vec<_>>(), ["MRS", "J", "SMITH", "ACME", "LTD"]);
/// assert_eq!(payer.telling(), ["SMITH", "ACME"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayerName {
    /// All words with a letter.
    all: Vec<Said>,
}

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) word: Word,
    /// How many joining words and marks are before it.
    part: usize,
}

impl Said {
    fn text(&self) -> &str {
        &self.word.text
    }

    fn may_be_of_a_name(&self) -> bool {
        self.word.is_of_letters() && !is_of_banks(self.text())
    }

    /// Whether a person may be called so.
    fn may_be_a_persons(&self) -> bool {
        let text = self.text();
        self.may_be_of_a_name() && !is_title(text) && !is_legal_form(text) && !is_beside_names(text)
    }

    fn is_initial(&self) -> bool {
        self.text().chars().count() == 1
    }
}

impl PayerName {
    /// The words of `text`, in which much else may stand.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let (mut all, mut part) = (Vec::new(), 0_usize);
        for word in words(text) {
            if word.joins() {
                part = part.saturating_add(1);
            }
            if !word.is_mark() && word.has_letters() {
                all.push(Said { word, part });
            }
        }
        Self { all }
    }

    /// The words of letters only that are not a bank's own: `BGC`, `PAYMENT`.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.all.iter().filter(|it| it.may_be_of_a_name()).map(Said::text)
    }

    /// Those of them, each once, by which somebody can be looked for: no titles and initials, no
    /// legal forms, and what many firms are called only where there is nothing else. A word with
    /// a digit tells somebody only before a legal form: `G4S LTD`.
    #[must_use]
    pub fn telling(&self) -> Vec<&str> {
        let mut telling: Vec<&str> = Vec::new();
        let is_firms = |at: usize| {
            let next = at.checked_add(1).and_then(|next| self.all.get(next));
            next.is_some_and(|next| is_legal_form(next.text()))
        };
        let tells = |(at, said): &(usize, &Said)| {
            said.may_be_a_persons() || (!said.word.is_of_letters() && is_firms(*at))
        };
        for (_, said) in self.all.iter().enumerate().filter(tells) {
            if said.text().chars().count() > 2 && !telling.contains(&said.text()) {
                telling.push(said.text());
            }
        }
        if telling.iter().any(|word| !is_of_firms(word)) {
            telling.retain(|word| !is_of_firms(word));
        }
        telling
    }

    /// The words under which accounts are kept that it may be the name of, and whether the bank
    /// may have cut the word, so that more may follow.
    pub fn keys(&self) -> impl Iterator<Item = (&str, bool)> {
        let is_key =
            |(_, said): &(usize, &Said)| !is_title(said.text()) && !is_legal_form(said.text());
        let keys = self.all.iter().enumerate().filter(is_key);
        keys.map(|(at, said)| (said.text(), self.may_be_cut(at)))
    }

    /// Whether there is nothing in it that anybody is called.
    pub(super) fn is_nobodys(&self) -> bool {
        !self.all.iter().any(Said::may_be_a_persons)
    }

    /// The words that may be a person's.
    pub(super) fn of_people(&self) -> Vec<(usize, &Said)> {
        self.all.iter().enumerate().filter(|(_, it)| it.may_be_a_persons()).collect()
    }

    /// All words, as a firm's may be any but the legal form.
    pub(super) fn all(&self) -> &[Said] {
        &self.all
    }

    /// Whether a name that begins with some word ends with this, where banks cut it.
    fn may_be_cut(&self, at: usize) -> bool {
        self.begins(at, |_| true)
    }

    /// Whether the word at a place is what banks leave of `whole` when the words before it in the
    /// same name are such as `before` says.
    pub(super) fn is_cut(&self, at: usize, whole: &str, before: impl Fn(&str) -> bool) -> bool {
        let is_part = |said: &Said| said.text() != whole && whole.starts_with(said.text());
        self.all.get(at).is_some_and(is_part) && self.begins(at, before)
    }

    fn begins(&self, at: usize, before: impl Fn(&str) -> bool) -> bool {
        let Some((last, others)) = self.all.get(..=at).and_then(<[Said]>::split_last) else {
            return false;
        };
        if last.text().chars().count() < CUT_MIN {
            return false;
        }
        let of_the_name = others.iter().rev().take_while(|said| before(said.text()));
        std::iter::once(last)
            .chain(of_the_name)
            .any(|first| last.word.to.saturating_sub(first.word.from) == KEPT)
    }
}

/// What stands far from a surname is no part of the name.
const BEFORE: usize = 2;
const AFTER: usize = 2;

/// The first letters of the words that stand with the surname at `at`, of those that may be a
/// person's.
pub(super) fn initials_beside(people: &[(usize, &Said)], at: usize) -> Vec<char> {
    let Some((_, surname)) = people.get(at) else { return Vec::new() };
    let through = at.saturating_add(AFTER).saturating_add(1).min(people.len());
    let near = people.get(at.saturating_sub(BEFORE)..through).unwrap_or_default();
    let near = near.iter().zip(at.saturating_sub(BEFORE)..).filter(|(_, place)| *place != at);
    // What many firms are called is nobody's first name.
    let near = near.filter(|((_, said), _)| !is_of_firms(said.text()));
    let of = near
        .filter(|((_, said), place)| said.part == surname.part || is_beside(people, *place, at));
    of.filter_map(|((_, said), _)| said.text().chars().next()).collect()
}

/// Whether the word at `place`, beyond an `&`, shares the surname at `at`: `J & A SMITH`,
/// `JOHN & ANNE SMITH`, `SMITH J & A`, but not `J SMITH & A JONES`.
fn is_beside(people: &[(usize, &Said)], place: usize, at: usize) -> bool {
    let part_of = |at: Option<usize>| at.and_then(|at| people.get(at)).map(|(_, it)| it.part);
    let (Some((_, said)), Some(part)) = (people.get(place), part_of(Some(at))) else {
        return false;
    };
    let (before, after) = (part_of(place.checked_sub(1)), part_of(place.checked_add(1)));
    let is_alone = before != Some(said.part) && after != Some(said.part);
    if said.part.checked_add(1) == Some(part) {
        let has_another = after == Some(part) && place.checked_add(1) != Some(at);
        return has_another && (is_alone || said.is_initial());
    }
    part.checked_add(1) == Some(said.part) && before == Some(part) && is_alone
}
