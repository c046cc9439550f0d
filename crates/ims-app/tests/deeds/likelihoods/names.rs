//! Made-up names: people, two people together, firms; as a council writes them and as banks do.

use super::council::Dice;

const TITLES: [&str; 4] = ["Mr", "Mrs", "Ms", "Dr"];
const FIRST: [&str; 14] = [
    "Jane", "Adam", "Maria", "John", "Peter", "Sarah", "Karim", "Tess", "Anna", "Michael", "Ruth",
    "Oliver", "Priya", "David",
];
const STARTS: [&str; 12] =
    ["Ash", "Brad", "Cal", "Dun", "East", "Far", "Hol", "Lang", "Mor", "Pen", "Stan", "Whit"];
const ENDS: [&str; 9] = ["ford", "ley", "ton", "more", "wick", "combe", "by", "ham", "worth"];
const TRADES: [&str; 12] = [
    "Plumbing",
    "Homes",
    "Lettings",
    "Services",
    "Properties",
    "Joinery",
    "Cleaning",
    "Roofing",
    "Motors",
    "Catering",
    "Property Management",
    "Bicycles",
];
const FORMS: [&str; 5] = ["Ltd", "Limited", "LLP", "CIC", "& Co"];

/// Of a hundred holders so many are firms, and so many are two people.
const FIRMS: u64 = 10;
const COUPLES: u64 = 15;
/// Of a hundred people a council writes so many surname first.
const SURNAME_FIRST: u64 = 15;
/// So many characters banks keep.
const KEPT: usize = 18;

#[derive(Clone)]
pub(super) struct Person {
    title: &'static str,
    first: &'static str,
    surname: String,
}

impl Person {
    fn of(dice: &mut Dice, surnames: u64) -> Self {
        let surname = surname(dice, surnames);
        Self { title: dice.one_of(&TITLES), first: dice.one_of(&FIRST), surname }
    }

    fn initial(&self) -> &str {
        &self.first[..1]
    }

    fn at_the_bank(&self, dice: &mut Dice) -> String {
        let Self { title, first, surname } = self;
        match dice.below(10) {
            0 => String::new(),
            1..4 => format!("{surname} {}", self.initial()),
            4..6 => format!("{} {surname}", self.initial()),
            6..8 => format!("{title} {first} {surname}"),
            8 => format!("{first} {surname}"),
            _ => surname.clone(),
        }
    }
}

/// Some surnames are much commoner than others.
fn surname(dice: &mut Dice, surnames: u64) -> String {
    let common = dice.below(surnames).min(dice.below(surnames));
    let start = STARTS[usize::try_from(common).unwrap()];
    format!("{start}{}", ENDS[usize::try_from(dice.below(9).min(dice.below(9))).unwrap()])
}

/// Who holds an account, or pays.
#[derive(Clone)]
pub(super) enum Name {
    One { person: Person, is_surname_first: bool },
    Two(Person, Person),
    Firm { own: String, trade: &'static str, form: &'static str },
}

impl Name {
    pub(super) fn of(dice: &mut Dice, surnames: u64) -> Self {
        match dice.below(100) {
            0..FIRMS => {
                let own = surname(dice, surnames);
                Self::Firm { own, trade: dice.one_of(&TRADES), form: dice.one_of(&FORMS) }
            }
            it if it < FIRMS + COUPLES => {
                let one = Person::of(dice, surnames);
                let mut other = Person::of(dice, surnames);
                if dice.in_hundred(70) {
                    other.surname.clone_from(&one.surname);
                }
                Self::Two(one, other)
            }
            _ => {
                let person = Person::of(dice, surnames);
                Self::One { person, is_surname_first: dice.in_hundred(SURNAME_FIRST) }
            }
        }
    }

    /// As the council has it.
    pub(super) fn in_full(&self) -> String {
        match self {
            Self::One { person: Person { title, first, surname }, is_surname_first } => {
                if *is_surname_first {
                    format!("{}, {title} {first}", surname.to_uppercase())
                } else {
                    format!("{title} {first} {surname}")
                }
            }
            Self::Two(one, other) if one.surname == other.surname => {
                format!(
                    "{} {} & {} {} {}",
                    one.title,
                    one.initial(),
                    other.title,
                    other.initial(),
                    one.surname
                )
            }
            Self::Two(one, other) => format!(
                "{} {} {} & {} {} {}",
                one.title, one.first, one.surname, other.title, other.first, other.surname
            ),
            Self::Firm { own, trade, form } => format!("{own} {trade} {form}"),
        }
    }

    /// As a bank has it, one time or another; sometimes nothing.
    pub(super) fn at_the_bank(&self, dice: &mut Dice) -> String {
        let name = match self {
            Self::One { person, .. } => person.at_the_bank(dice),
            Self::Two(one, other) => match dice.below(10) {
                0..4 => one.at_the_bank(dice),
                4..7 => other.at_the_bank(dice),
                7..9 if one.surname == other.surname => {
                    format!("{} & {} {}", one.initial(), other.initial(), one.surname)
                }
                _ => self.in_full(),
            },
            Self::Firm { own, trade, form } => match dice.below(10) {
                0 => String::new(),
                1..8 => format!("{own} {trade} {form}"),
                8 => format!("{own} {trade}"),
                _ => format!("{own} {form}"),
            },
        };
        name.to_uppercase().chars().take(KEPT).collect()
    }
}
