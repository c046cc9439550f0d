//! Texts as they are compared: letters and digits only, without regard to case.

/// What counts of a text: its letters (as capitals) and digits.
pub(crate) fn plain(text: &str) -> impl Iterator<Item = u8> + '_ {
    text.bytes().filter_map(plain_byte)
}

/// The byte as it is compared, or `None` for spaces and punctuation.
pub(crate) const fn plain_byte(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' | b'A'..=b'Z' | 0x80.. => Some(byte),
        b'a'..=b'z' => Some(byte - 32),
        _ => None,
    }
}

/// True if the texts say the same, and something.
pub(crate) fn same(one: &str, other: &str) -> bool {
    if one == other {
        return plain(one).next().is_some();
    }
    plain(one).next().is_some() && plain(one).eq(plain(other))
}

/// A number for what a text says; zero if it says nothing.
///
/// Equal texts have equal numbers; the reverse has to be checked.
pub(crate) fn number(bytes: impl Iterator<Item = u8>) -> u64 {
    let (mut hash, mut word, mut held, mut length) =
        (0x9E37_79B9_7F4A_7C15_u64, 0_u64, 0_u8, 0_u64);
    for byte in bytes {
        word = (word << 8) | u64::from(byte);
        held += 1;
        length += 1;
        if held == 8 {
            hash = mixed(hash ^ word, 0xA076_1D64_78BD_642F);
            (word, held) = (0, 0);
        }
    }
    if length == 0 { 0 } else { mixed(hash ^ word, 0xE703_7ED1_A0B4_28DB ^ length) | 1 }
}

/// Two numbers made one.
pub(crate) const fn mixed(one: u64, other: u64) -> u64 {
    let product = (one as u128) * (other as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_punctuation_and_case_do_not_count() {
        for (one, other, agree) in [
            ("1234 5678", "12345678", true),
            ("sdr-001", "SDR001", true),
            ("SDR001", "SDR0O1", false),
            ("", "", false),
            ("-", " ", false),
        ] {
            assert_eq!(same(one, other), agree, "{one} {other}");
            let (one, other) = (number(plain(one)), number(plain(other)));
            assert_eq!(one == other && one != 0, agree);
        }
    }
}
