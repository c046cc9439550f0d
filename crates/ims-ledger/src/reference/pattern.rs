//! Whether a pattern can be met at all: by some text whose characters are
//! allowed place by place.
//!
//! The pattern is read into a small automaton, and the states it can be in are
//! followed from place to place. That is exact for the patterns that references
//! have; for what is not understood here (flags, look-around, classes by name)
//! nothing is said, so that no good rule is ever refused.

/// Characters, one bit each; only ASCII.
pub(super) type Set = u128;

/// The set of the characters that `allows` holds for, of those that can be typed.
pub(super) fn set(allows: impl Fn(char) -> bool) -> Set {
    let typed = (' '..='~').filter(|c| allows(*c));
    typed.fold(0, |set, c| set | bit(c))
}

fn bit(c: char) -> Set {
    1_u128.checked_shl(u32::from(c)).unwrap_or_default()
}

/// States, the most that are looked at.
const STATES_MAX: usize = 4_000;

/// Groups inside groups, the most that are looked at.
const DEPTH_MAX: usize = 16;

#[derive(Clone, Copy)]
enum Step {
    /// Without reading anything.
    Free(usize),
    /// Only at the beginning, or at the end.
    AtStart(usize),
    AtEnd(usize),
    /// Reading one of these.
    Reads(Set, usize),
}

/// Whether some text of as many characters as there are `places`, each of its
/// place's set, has `pattern` in it. `None` when the pattern is not understood.
pub(super) fn can_be_met(pattern: &str, places: &[Set]) -> Option<bool> {
    let mut reader = Reader { rest: pattern, steps: vec![Vec::new(), Vec::new()], depth: 0 };
    reader.either(START, END)?;
    if !reader.rest.is_empty() {
        return None;
    }
    let steps = reader.steps;
    let length = places.len();
    let mut now = free(&steps, [START].into(), 0, length)?;
    for (at, place) in (1..).zip(places) {
        // Found already, or begun at a later place: what comes around is anything.
        let mut next = vec![START];
        if now.contains(&END) {
            return Some(true);
        }
        for state in now {
            for step in steps.get(state)? {
                if let Step::Reads(set, to) = step
                    && set & place != 0
                {
                    next.push(*to);
                }
            }
        }
        now = free(&steps, next, at, length)?;
    }
    Some(now.contains(&END))
}

const START: usize = 0;
const END: usize = 1;

/// The states that can be reached from these without reading, at this place.
fn free(steps: &[Vec<Step>], mut open: Vec<usize>, at: usize, length: usize) -> Option<Vec<usize>> {
    let mut seen = vec![false; steps.len()];
    let mut reached = Vec::new();
    while let Some(state) = open.pop() {
        if std::mem::replace(seen.get_mut(state)?, true) {
            continue;
        }
        reached.push(state);
        for step in steps.get(state)? {
            match step {
                Step::Free(to) => open.push(*to),
                Step::AtStart(to) if at == 0 => open.push(*to),
                Step::AtEnd(to) if at == length => open.push(*to),
                Step::AtStart(_) | Step::AtEnd(_) | Step::Reads(..) => {}
            }
        }
    }
    Some(reached)
}

/// Reads a pattern from the left and makes its states.
struct Reader<'a> {
    rest: &'a str,
    steps: Vec<Vec<Step>>,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn state(&mut self) -> Option<usize> {
        let state = self.steps.len();
        self.steps.push(Vec::new());
        (state < STATES_MAX).then_some(state)
    }

    fn step(&mut self, from: usize, step: Step) -> Option<()> {
        self.steps.get_mut(from)?.push(step);
        Some(())
    }

    fn eat(&mut self, text: &str) -> bool {
        let eaten = self.rest.strip_prefix(text);
        self.rest = eaten.unwrap_or(self.rest);
        eaten.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let c = rest.next().filter(|c| matches!(c, ' '..='~'))?;
        self.rest = rest.as_str();
        Some(c)
    }

    /// One or more alternatives, up to a `)` or the end.
    fn either(&mut self, from: usize, to: usize) -> Option<()> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth <= DEPTH_MAX)?;
        loop {
            let mut at = from;
            while !(self.rest.is_empty() || self.rest.starts_with(['|', ')'])) {
                at = self.repeated(at)?;
            }
            self.step(at, Step::Free(to))?;
            if !self.eat("|") {
                break;
            }
        }
        self.depth = self.depth.checked_sub(1)?;
        Some(())
    }

    /// One thing as often as what follows it says; gives the state after it.
    fn repeated(&mut self, from: usize) -> Option<usize> {
        let thing = self.rest;
        let once = self.thing(from)?;
        let read = thing.get(..thing.len().checked_sub(self.rest.len())?)?;
        let (least, most) = match self.rest.chars().next() {
            Some('?') => (0, Some(1)),
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('{') => return self.counted(from, read),
            _ => return Some(once),
        };
        self.next()?;
        self.many(from, read, least, most)
    }

    /// `{2}`, `{2,}`, `{2,5}`.
    fn counted(&mut self, from: usize, read: &'a str) -> Option<usize> {
        let (inside, rest) = self.rest.strip_prefix('{')?.split_once('}')?;
        self.rest = rest;
        let (least, most) = match inside.split_once(',') {
            None => (inside.parse().ok()?, Some(inside.parse().ok()?)),
            Some((least, "")) => (least.parse().ok()?, None),
            Some((least, most)) => (least.parse().ok()?, Some(most.parse().ok()?)),
        };
        self.many(from, read, least, most)
    }

    /// What `read` says, that often, from `from` on.
    fn many(&mut self, from: usize, read: &'a str, least: u32, most: Option<u32>) -> Option<usize> {
        // As few as possible, or a repetition repeated, is the same or not understood.
        self.eat("?");
        if self.rest.starts_with(['?', '*', '+', '{']) {
            return None;
        }
        let after = self.rest;
        let again = |reader: &mut Self, at: usize| {
            reader.rest = read;
            let end = reader.thing(at)?;
            reader.rest.is_empty().then_some(end)
        };
        // The first reading stays where nothing follows it: it leads nowhere.
        let mut at = self.state()?;
        self.step(from, Step::Free(at))?;
        for _ in 0..least {
            at = again(self, at)?;
        }
        match most {
            None => {
                let (begin, end) = (self.state()?, self.state()?);
                self.step(at, Step::Free(begin))?;
                self.step(begin, Step::Free(end))?;
                let round = again(self, begin)?;
                self.step(round, Step::Free(begin))?;
                at = end;
            }
            Some(most) => {
                let end = self.state()?;
                for _ in least..most {
                    self.step(at, Step::Free(end))?;
                    at = again(self, at)?;
                }
                self.step(at, Step::Free(end))?;
                at = end;
            }
        }
        self.rest = after;
        Some(at)
    }

    /// One character, class, group or anchor; gives the state after it.
    fn thing(&mut self, from: usize) -> Option<usize> {
        let to = self.state()?;
        let step = match self.next()? {
            '^' => Step::AtStart(to),
            '$' => Step::AtEnd(to),
            '.' => Step::Reads(set(|_| true), to),
            '[' => Step::Reads(self.class()?, to),
            '\\' => Step::Reads(self.escaped()?, to),
            '(' => {
                if self.eat("?") && !self.eat(":") {
                    let is_named = self.eat("P<") || self.eat("<");
                    let (name, rest) = self.rest.split_once('>').filter(|_| is_named)?;
                    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                    self.rest = is_name.then_some(rest)?;
                }
                // A step of its own, so that what follows is not read into the group.
                let inner = self.state()?;
                self.step(from, Step::Free(inner))?;
                self.either(inner, to)?;
                return self.eat(")").then_some(to);
            }
            '*' | '+' | '?' | '{' | '}' | ']' | ')' | '|' => return None,
            c => Step::Reads(bit(c), to),
        };
        self.step(from, step)?;
        Some(to)
    }

    /// After a backslash.
    fn escaped(&mut self) -> Option<Set> {
        match self.next()? {
            'd' => Some(set(|c| c.is_ascii_digit())),
            'w' => Some(set(|c| c.is_ascii_alphanumeric() || c == '_')),
            's' => Some(bit(' ')),
            c if c.is_ascii_punctuation() => Some(bit(c)),
            _ => None,
        }
    }

    /// After a `[`.
    fn class(&mut self) -> Option<Set> {
        let negated = self.eat("^");
        let mut all = 0;
        loop {
            let first = match self.next()? {
                ']' if all != 0 => break,
                // Sets of sets, and a `]` or `-` that stands for itself first.
                '[' | ']' | '&' | '~' | '-' => return None,
                '\\' => self.escaped()?,
                c => bit(c),
            };
            if self.rest.starts_with('-') {
                self.next()?;
                let last = match self.next()? {
                    '[' | ']' | '&' | '~' | '-' | '\\' => return None,
                    c => bit(c),
                };
                if first.count_ones() != 1 || first > last {
                    return None;
                }
                // Every bit from the first to the last.
                all |= (last | last.checked_sub(1)?) & !first.checked_sub(1)?;
            } else {
                all |= first;
            }
        }
        let found = if negated { set(|_| true) & !all } else { all };
        // A class of nothing that can be typed is about other characters.
        (found != 0).then_some(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    fn met(pattern: &str, places: &[&str]) -> Option<bool> {
        let places: Vec<Set> = places.iter().map(|chars| set(|c| chars.contains(c))).collect();
        can_be_met(pattern, &places)
    }

    #[test]
    fn what_can_be_met_is_told_from_what_cannot() {
        for (pattern, places, expected) in [
            ("^AB[0-9]$", vec!["A", "B", "19"], Some(true)),
            ("^AB[0-9]$", vec!["A", "C", "19"], Some(false)),
            ("^AB[0-9]$", vec!["A", "B"], Some(false)),
            ("B", vec!["A", "BC", "A"], Some(true)),
            ("^B", vec!["A", "BC"], Some(false)),
            ("A|X", vec!["X"], Some(true)),
            ("(AB)+$", vec!["A", "B", "A", "B"], Some(true)),
            ("^(AB){2}$", vec!["A", "B", "A", "B"], Some(true)),
            ("^(AB){3,}$", vec!["A", "B", "A", "B"], Some(false)),
            (r"^\d{2,3}$", vec!["1", "2"], Some(true)),
            (r"^[^0-9]$", vec!["1"], Some(false)),
            ("(?<n>A)", vec!["A"], Some(true)),
            ("(?i)a", vec!["A"], None),
            (r"\bA", vec!["A"], None),
            ("[[:alpha:]]", vec!["A"], None),
            ("\u{e9}", vec!["A"], None),
        ] {
            assert_eq!(met(pattern, &places), expected, "{pattern} {places:?}");
        }
    }

    proptest! {
        /// Every text is tried: the answer is the pattern's own.
        #[test]
        fn the_answer_is_what_trying_every_text_gives(
            pattern in r"\^?(([ab1]|\[ab\]|\[\^a\]|\[0-9\]|\(a\|b1?\)|\\d|\.)([?*+]|\{2\}|\{1,2\}|\{0,1\})?){1,4}(\|b)?\$?",
            places in prop::collection::vec(prop::sample::select(vec!["a", "b", "1", "ab", "a1", "ab1"]), 0..4),
        ) {
            let regex = Regex::new(&pattern).unwrap();
            let mut texts = vec![String::new()];
            for place in &places {
                texts = texts.iter().flat_map(|text| place.chars().map(move |c| format!("{text}{c}"))).collect();
            }
            let any = texts.iter().any(|text| regex.is_match(text));
            prop_assert_eq!(met(&pattern, &places), Some(any), "{} {:?}", pattern, places);
        }
    }
}
