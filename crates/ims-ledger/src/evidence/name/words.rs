//! The words of a name, and those that are nobody's.

/// What says of a firm only which law it is under: it tells none from another.
const LEGAL_FORMS: [&str; 15] = [
    "LTD",
    "LIMITED",
    "PLC",
    "LLP",
    "LP",
    "CIC",
    "CIO",
    "CO",
    "COMPANY",
    "INC",
    "CORP",
    "UK",
    "CYF",
    "CYFYNGEDIG",
    "CCC",
];

/// What many firms have in their names, and few people: a firm is not told by it.
const OF_FIRMS: [&str; 103] = [
    "ACADEMY",
    "ACCOUNTANTS",
    "AGENCY",
    "AGENTS",
    "ARMS",
    "ASSOCIATES",
    "ASSOCIATION",
    "BAKERY",
    "BREWERY",
    "BROS",
    "BROTHERS",
    "BUILDERS",
    "BUILDING",
    "CAFE",
    "CARE",
    "CATERING",
    "CENTRE",
    "CHARITY",
    "CLEANING",
    "CLUB",
    "COACHES",
    "COLLEGE",
    "COMMUNITY",
    "CONSTRUCTION",
    "CONSULTANTS",
    "CONSULTING",
    "CONTRACTORS",
    "COOPERATIVE",
    "COUNCIL",
    "DENTAL",
    "DEVELOPMENTS",
    "ELECTRICAL",
    "ENGINEERING",
    "ENTERPRISES",
    "ESTATE",
    "ESTATES",
    "FARMS",
    "FLORISTS",
    "FOODS",
    "FOUNDATION",
    "FURNITURE",
    "GARAGE",
    "GROUP",
    "HEATING",
    "HOLDINGS",
    "HOMES",
    "HOTEL",
    "HOTELS",
    "HOUSING",
    "INN",
    "INSURANCE",
    "INTERNATIONAL",
    "INVESTMENTS",
    "JOINERY",
    "LANDLORDS",
    "LAUNDRY",
    "LETTINGS",
    "LOGISTICS",
    "MAINTENANCE",
    "MANAGEMENT",
    "MEDICAL",
    "MOTORS",
    "NURSERIES",
    "NURSERY",
    "PARTNERS",
    "PARTNERSHIP",
    "PHARMACY",
    "PLUMBING",
    "PRINTING",
    "PRODUCTS",
    "PROJECTS",
    "PROPERTIES",
    "PROPERTY",
    "RECRUITMENT",
    "RENTALS",
    "RESIDENTIAL",
    "RESTAURANT",
    "RESTAURANTS",
    "RETAIL",
    "ROOFING",
    "SALES",
    "SALON",
    "SCAFFOLDING",
    "SCHOOL",
    "SECURITY",
    "SERVICES",
    "SOCIETY",
    "SOLICITORS",
    "SOLUTIONS",
    "SON",
    "SONS",
    "STORES",
    "STUDIOS",
    "SUPPLIES",
    "SURGERY",
    "SYSTEMS",
    "TAVERN",
    "TAVERNS",
    "TRADING",
    "TRANSPORT",
    "TRAVEL",
    "TRUST",
    "TYRES",
];

/// What people are called before their name, …
const TITLES: [&str; 16] = [
    "MR", "MRS", "MS", "MISS", "MX", "DR", "REV", "REVD", "SIR", "LADY", "DAME", "PROF", "CLLR",
    "CAPT", "MESSRS", "MDM",
];

/// … after it, and of those who died and who acts for them.
const BESIDE_NAMES: [&str; 22] = [
    "JNR",
    "JR",
    "SNR",
    "SR",
    "ESQ",
    "MBE",
    "OBE",
    "CBE",
    "DECD",
    "DECEASED",
    "EXECUTOR",
    "EXECUTORS",
    "EXECUTRIX",
    "EXEC",
    "EXECS",
    "EXOR",
    "EXORS",
    "TRUSTEE",
    "TRUSTEES",
    "ADMINISTRATOR",
    "ADMINISTRATORS",
    "LATE",
];

/// What else stands before the OF of `EST OF` and `PERSONAL REPS OF`.
const BEFORE_OF: [&str; 9] = [
    "THE",
    "EST",
    "ESTATE",
    "PERS",
    "PERSONAL",
    "REP",
    "REPS",
    "REPRESENTATIVE",
    "REPRESENTATIVES",
];

/// Words that join others.
const JOINING: [&str; 4] = ["AND", "THE", "OF", "FOR"];

/// Words of banks and councils that are no person's name.
const OF_BANKS: [&str; 44] = [
    "ACC",
    "ACCOUNT",
    "AND",
    "BACS",
    "BANK",
    "BGC",
    "BILL",
    "BUSINESS",
    "CARD",
    "CASH",
    "CHAPS",
    "COUNCIL",
    "CREDIT",
    "DEBIT",
    "DIRECT",
    "FASTER",
    "FOR",
    "FPI",
    "FPS",
    "FROM",
    "HOUSING",
    "INCOME",
    "INV",
    "INVOICE",
    "MANDATE",
    "MONTHLY",
    "OF",
    "ORDER",
    "PAID",
    "PAYMENT",
    "PAYMENTS",
    "RATES",
    "RECEIVED",
    "REF",
    "REFERENCE",
    "RENT",
    "STANDING",
    "STO",
    "SUSPENSE",
    "TAX",
    "THE",
    "TO",
    "TRANSFER",
    "WITH",
];

/// A word in capitals, or one of the marks `& + , / ;`, and where it stands in its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// The place of its first character …
    pub(super) from: usize,
    /// … and the one after its last.
    pub(super) to: usize,
}

impl Word {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text
    }

    pub(super) fn is_mark(&self) -> bool {
        !self.text.starts_with(char::is_alphanumeric)
    }

    /// Whether two people or two firms are joined by it.
    pub(super) fn joins(&self) -> bool {
        matches!(self.text.as_str(), "&" | "+" | "AND")
    }

    pub(super) fn is_of_letters(&self) -> bool {
        self.text.chars().all(char::is_alphabetic)
    }

    pub(super) fn has_letters(&self) -> bool {
        self.text.chars().any(char::is_alphabetic)
    }
}

/// The words and marks of a text; `O'Neill` and `Smith-Jones` are one word each.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut word = Word::default();
    for (at, c) in text.chars().enumerate() {
        let after = at.saturating_add(1);
        if matches!(c, '\'' | '’' | '-') {
            continue;
        }
        if c.is_alphanumeric() {
            if word.text.is_empty() {
                word.from = at;
            }
            word.text.extend(c.to_uppercase());
            word.to = after;
            continue;
        }
        words.extend((!word.text.is_empty()).then(|| std::mem::take(&mut word)));
        if matches!(c, '&' | '+' | ',' | '/' | ';') {
            words.push(Word { text: c.to_string(), from: at, to: after });
        }
    }
    words.extend((!word.text.is_empty()).then_some(word));
    words
}

pub(super) fn is_legal_form(word: &str) -> bool {
    LEGAL_FORMS.contains(&word)
}

pub(super) fn is_of_firms(word: &str) -> bool {
    OF_FIRMS.contains(&word)
}

pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
}

pub(super) fn is_beside_names(word: &str) -> bool {
    BESIDE_NAMES.contains(&word)
}

pub(super) fn is_before_of(word: &str) -> bool {
    BEFORE_OF.contains(&word) || BESIDE_NAMES.contains(&word)
}

pub(super) fn is_joining(word: &str) -> bool {
    JOINING.contains(&word)
}

pub(super) fn is_of_banks(word: &str) -> bool {
    OF_BANKS.contains(&word)
}
