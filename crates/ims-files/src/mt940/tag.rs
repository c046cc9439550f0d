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
        let tag = match tag.as_bytes() {
            b"20" => Self::Reference,
            b"25" | b"25P" => Self::Account,
            b"28" | b"28C" => Self::Number,
            b"60F" | b"60" => Self::Opening,
            b"60M" => Self::OpeningOfPage,
            b"61" => Self::Line,
            b"86" => Self::Text,
            b"62F" | b"62" => Self::Closing,
            b"62M" => Self::ClosingOfPage,
            b"34F" | b"13" | b"13D" => Self::Interim,
            b"90D" => Self::DebitSum,
            b"90C" => Self::CreditSum,
            b"21" | b"64" | b"65" | b"NS" | b"20C" => Self::Passed,
            _ if is_shaped(tag) => Self::Unknown,
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
