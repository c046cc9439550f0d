//! Names as banks write them beside names as councils do.

use super::NameAgrees;

/// Words that are no part of a name.
const TITLES: [&str; 12] =
    ["MR", "MRS", "MS", "MISS", "MX", "DR", "REV", "SIR", "LADY", "PROF", "AND", "THE"];

/// How `payer`, as the bank has it (`SMITH J`, `MR JOHN SMITH`, `J & A SMITH`), agrees with
/// `holder`, of whom the last word is the surname.
///
/// ```
/// use ims_ledger::evidence::{NameAgrees, name_agrees};
///
/// assert_eq!(name_agrees("SMITH J", "Mrs Jane Smith"), NameAgrees::SurnameAndInitial);
/// assert_eq!(name_agrees("A SMITH", "Mrs Jane Smith"), NameAgrees::Surname);
/// assert_eq!(name_agrees("K OKAFOR", "Mrs Jane Smith"), NameAgrees::No);
/// assert_eq!(name_agrees("", "Mrs Jane Smith"), NameAgrees::Unknown);
/// ```
#[must_use]
pub fn name_agrees(payer: &str, holder: &str) -> NameAgrees {
    let (payer, holder) = (words(payer), words(holder));
    let Some((surname, first)) = holder.split_last() else { return NameAgrees::Unknown };
    if payer.is_empty() {
        return NameAgrees::Unknown;
    }
    let Some(place) = payer.iter().position(|word| word == surname) else {
        return NameAgrees::No;
    };
    let initial = |word: &String| word.chars().next();
    let others = payer.iter().enumerate().filter(|(at, _)| *at != place);
    let initials: Vec<char> = others.filter_map(|(_, word)| initial(word)).collect();
    match first.first().and_then(initial) {
        Some(theirs) if initials.contains(&theirs) => NameAgrees::SurnameAndInitial,
        _ => NameAgrees::Surname,
    }
}

fn words(name: &str) -> Vec<String> {
    // O'Neill and Smith-Jones are one word each.
    let joined: String = name.chars().filter(|c| !matches!(c, '\'' | '’' | '-')).collect();
    let upper = joined.to_uppercase();
    let words = upper.split(|c: char| !c.is_alphabetic());
    let words = words.filter(|word| !word.is_empty() && !TITLES.contains(word));
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_however_they_are_written() {
        for (payer, holder, agrees) in [
            ("MR JOHN SMITH", "Smith", NameAgrees::Surname),
            ("J & A SMITH", "Mr Adam Smith", NameAgrees::SurnameAndInitial),
            ("ONEILL P", "Patrick O'Neill", NameAgrees::SurnameAndInitial),
            ("SMITH JONES A", "Anna Smith-Jones", NameAgrees::No),
            ("SMITHJONES A", "Anna Smith-Jones", NameAgrees::SurnameAndInitial),
            ("SMITHERS J", "Jane Smith", NameAgrees::No),
            ("MR", "Jane Smith", NameAgrees::Unknown),
            ("J SMITH", "Dr", NameAgrees::Unknown),
        ] {
            assert_eq!(name_agrees(payer, holder), agrees, "{payer} {holder}");
        }
    }
}
