/// A field's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `:20:`
    Reference,
    /// `:25:`, `:25P:`
    Account,
    /// `:28:`, `:28C:`
    Number,
    /// `:60F:`
    Opening,
    /// `:60M:`: of a page that is not the first.
    OpeningOfPage,
    /// `:61:`
    Line,
    /// `:86:`
    Text,
    /// `:62F:`
    Closing,
    /// `:62M:`: of a page that is not the last.
    ClosingOfPage,
    /// `:34F:`, `:13:`, `:13D:`
    Interim,
    /// `:90D:`
    DebitSum,
    /// `:90C:`
    CreditSum,
    /// Known, and of no use to us: `:21:`, `:64:`, `:65:`, `:NS:`.
    Passed,
    /// None of the standard's.
    Unknown,
}

impl Tag {
    /// The tag that a line begins with, and what follows it.
    pub(super) fn of(line: &str) -> Option<(Self, &str)> {
        let (tag, value) = line.strip_prefix(':')?.split_once(':')?;
        let tag = match tag {
            "20" => Self::Reference,
            "25" | "25P" => Self::Account,
            "28" | "28C" => Self::Number,
            "60F" | "60" => Self::Opening,
            "60M" => Self::OpeningOfPage,
            "61" => Self::Line,
            "86" => Self::Text,
            "62F" | "62" => Self::Closing,
            "62M" => Self::ClosingOfPage,
            "34F" | "13" | "13D" => Self::Interim,
            "90D" => Self::DebitSum,
            "90C" => Self::CreditSum,
            "21" | "64" | "65" | "NS" | "20C" => Self::Passed,
            other if is_shaped(other) => Self::Unknown,
            _ => return None,
        };
        Some((tag, value))
    }

    pub(super) fn is_known(self) -> bool {
        self != Self::Unknown
    }

    /// Whether it can only come after the statement's lines.
    pub(super) fn closes(self) -> bool {
        matches!(
            self,
            Self::Closing | Self::ClosingOfPage | Self::Passed | Self::DebitSum | Self::CreditSum
        )
    }

    /// Whether it begins a message: `:20:`, or where a bank leaves that out, an
    /// account behind a closing balance, or an opening one behind either.
    pub(super) fn opens_message(self, opened: bool, closed: bool) -> bool {
        match self {
            Self::Reference => true,
            Self::Account => closed,
            Self::Opening | Self::OpeningOfPage => opened || closed,
            Self::Number
            | Self::Line
            | Self::Text
            | Self::Closing
            | Self::ClosingOfPage
            | Self::Interim
            | Self::DebitSum
            | Self::CreditSum
            | Self::Passed
            | Self::Unknown => false,
        }
    }
}

/// Two digits and perhaps a letter.
fn is_shaped(tag: &str) -> bool {
    let (digits, letter) = tag.split_at_checked(2).unwrap_or(("", tag));
    digits.len() == 2
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && letter.len() <= 1
        && letter.bytes().all(|byte| byte.is_ascii_uppercase())
}
