//! Who pays: made-up people and firms.

use crate::{
    random::Random,
    words::{INITIALS, PLACES, POSTCODE_LETTERS, ROADS, STREETS, SURNAMES, TITLES, TRADES},
};

/// A made-up person or firm.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Payer {
    Person { title: &'static str, initial: &'static str, surname: &'static str },
    Firm { surname: &'static str, trade: &'static str },
}

impl Payer {
    pub(crate) fn new(random: &mut Random, is_firm: bool) -> Self {
        let surname = random.one_of(&SURNAMES);
        if is_firm {
            Self::Firm { surname, trade: random.one_of(&TRADES) }
        } else {
            Self::Person {
                title: random.one_of(&TITLES),
                initial: random.one_of(&INITIALS),
                surname,
            }
        }
    }

    /// As the council writes to them: `Mrs A Abblewick`.
    pub(crate) fn in_full(self) -> String {
        match self {
            Self::Person { title, initial, surname } => format!("{title} {initial} {surname}"),
            Self::Firm { surname, trade } => format!("{surname} {trade} Ltd"),
        }
    }

    /// As their bank writes them: `MRS A ABBLEWICK`.
    pub(crate) fn at_the_bank(self) -> String {
        self.in_full().to_uppercase()
    }

    /// As they sign a transfer: `ABBLEWICK A`.
    pub(crate) fn signed(self) -> String {
        match self {
            Self::Person { initial, surname, .. } => format!("{surname} {initial}").to_uppercase(),
            Self::Firm { surname, .. } => surname.to_uppercase(),
        }
    }
}

/// Where they live: a house and street, a place, the town, and a postcode of an
/// area that has never been given out.
pub(crate) fn address(random: &mut Random) -> [String; 4] {
    let street =
        format!("{} {} {}", random.between(1, 180), random.one_of(&STREETS), random.one_of(&ROADS));
    let postcode = format!(
        "XQ{} {}{}{}",
        random.between(1, 29),
        random.below(10),
        random.one_of(&POSTCODE_LETTERS),
        random.one_of(&POSTCODE_LETTERS)
    );
    [street, random.one_of(&PLACES).to_owned(), "Quillhaven".to_owned(), postcode]
}
