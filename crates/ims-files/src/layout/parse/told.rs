//! What the TOML reader says, in the words of a layout.

/// A message for whoever wrote the layout: a key or word that is near, where one is.
pub(super) fn told(message: &str) -> String {
    let quoted = || -> Vec<&str> { message.split('`').skip(1).step_by(2).collect() };
    if message.starts_with("unknown field ")
        && let Some((key, known)) = quoted().split_first()
    {
        return match nearest(key, known) {
            Some(near) => format!("there is no key `{key}` here; `{near}` would be right"),
            None => format!("there is no key `{key}` here; there are {}", known.join(", ")),
        };
    }
    if message.starts_with("unknown variant ")
        && let Some((word, known)) = quoted().split_first()
    {
        return match nearest(word, known) {
            Some(near) => format!("`{word}` is not known here; `{near}` would be right"),
            None => {
                format!("`{word}` is not known here; one of {} would be right", known.join(", "))
            }
        };
    }
    if let Some(key) = message.strip_prefix("missing field ") {
        return format!("the key {key} is missing");
    }
    let Some(right) = right_type(message) else { return message.to_owned() };
    format!("it is of another kind; {right} would be right")
}

fn right_type(message: &str) -> Option<&'static str> {
    let (_, wanted) = message.strip_prefix("invalid type: ")?.rsplit_once(", expected ")?;
    match wanted {
        "usize" => Some("a whole number, without quotes,"),
        "a string" => Some("a text, in quotes,"),
        "a boolean" => Some("true or false, without quotes,"),
        "a TOML datetime" => Some("a day, without quotes, like 2026-04-01"),
        _ => None,
    }
}

/// The one of the words that was probably meant: a third of it is otherwise at most.
fn nearest<'w>(written: &str, words: &[&'w str]) -> Option<&'w str> {
    let apart = |word: &str| {
        // Half of a word is as good as a slip of the hand.
        let begins = written.len() > 2
            && word.len() > 2
            && (written.starts_with(word) || word.starts_with(written));
        if begins { 1 } else { distance(written, word) }
    };
    let (far, word) = words.iter().map(|word| (apart(word), *word)).min()?;
    (far.saturating_mul(3) <= written.chars().count().max(3)).then_some(word)
}

/// How many letters have to be put in, left out, changed or swapped with the next.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    let held = |row: &[usize], at: Option<usize>| at.and_then(|at| row.get(at)).copied();
    for (nth, letter) in one.iter().enumerate() {
        let mut next = vec![nth + 1];
        for (at, wanted) in other.iter().enumerate() {
            let far = usize::MAX / 2;
            let changed = held(&row, Some(at)).unwrap_or(far) + usize::from(letter != wanted);
            let left_out = held(&row, Some(at + 1)).unwrap_or(far) + 1;
            let put_in = held(&next, Some(at)).unwrap_or(far) + 1;
            let is_swap = nth > 0
                && at > 0
                && one.get(nth - 1) == Some(wanted)
                && other.get(at - 1) == Some(letter);
            let swapped = match held(&before, at.checked_sub(1)) {
                Some(before) if is_swap => before + 1,
                Some(_) | None => far,
            };
            next.push(changed.min(left_out).min(put_in).min(swapped));
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_hand_is_told_what_was_meant() {
        for (message, wanted) in [
            (
                "unknown field `widht`, expected one of `name`, `width`, `at`",
                "there is no key `widht` here; `width` would be right",
            ),
            (
                "unknown field `colour`, expected `name` or `width`",
                "there is no key `colour` here; there are name, width",
            ),
            (
                "unknown variant `fixed-width`, expected `fixed` or `delimited`",
                "`fixed-width` is not known here; `fixed` would be right",
            ),
            (
                "unknown variant `money`, expected one of `text`, `pounds`, `pence`",
                "`money` is not known here; one of text, pounds, pence would be right",
            ),
            ("missing field `kind`", "the key `kind` is missing"),
            (
                "invalid type: string \"10\", expected usize",
                "it is of another kind; a whole number, without quotes, would be right",
            ),
            (
                "invalid type: string \"2026-04-01\", expected a TOML datetime",
                "it is of another kind; a day, without quotes, like 2026-04-01 would be right",
            ),
            ("invalid basic string", "invalid basic string"),
        ] {
            assert_eq!(told(message), wanted);
        }
    }

    #[test]
    fn letters_are_counted() {
        for (one, other, wanted) in [
            ("width", "width", 0),
            ("widht", "width", 1),
            ("with", "width", 1),
            ("", "at", 2),
            ("at", "", 2),
            ("amount", "width", 6),
        ] {
            assert_eq!(distance(one, other), wanted, "{one} {other}");
        }
    }
}
