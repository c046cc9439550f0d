use std::borrow::Cow;

use super::masked;

/// A text file with its card numbers masked to their last four digits, byte for byte
/// as long as it was; `None` where there is none to be seen.
///
/// `lines` says on which lines, counted from 1, numbers are looked for; `None` is all
/// of them. Digits of ASCII and of EBCDIC are seen, not those of what is packed in an
/// archive. In JSON a number without quotes gets nines for stars, or it were no JSON
/// any more.
///
/// ```
/// use ims_files::masked_file;
///
/// let file = b"80012345,10.00,paid \xA3 with 4111111111111111\r\n";
/// let kept = masked_file(file, None).unwrap();
/// assert_eq!(kept, b"80012345,10.00,paid \xA3 with ************1111\r\n");
/// assert_eq!(masked_file(&kept, None), None);
///
/// let kept = masked_file(b"{\"pan\": 4111111111111111}", None).unwrap();
/// assert_eq!(kept, b"{\"pan\": 9999999999991111}");
/// ```
#[must_use]
pub fn masked_file(file: &[u8], lines: Option<&[u64]>) -> Option<Vec<u8>> {
    let writing = if is_ebcdic(file) { EBCDIC } else { ASCII };
    let is_json = is_json(file);
    let mut kept: Option<Vec<u8>> = None;
    let mut from = 0;
    let mut in_text = false;
    for (line, number) in file.split_inclusive(|byte| writing.ends.contains(byte)).zip(1_u64..) {
        let to = from + line.len();
        let begins_in_text = in_text;
        if is_json {
            in_text = ends_in_text(line, in_text);
        }
        if lines.is_none_or(|lines| lines.contains(&number))
            && let Some(mut masked) = masked_line(line, &writing)
        {
            if is_json {
                nines(&mut masked, line, begins_in_text);
            }
            let kept = kept.get_or_insert_with(|| file.to_vec());
            if let Some(place) = kept.get_mut(from..to) {
                place.copy_from_slice(&masked);
            }
        }
        from = to;
    }
    kept
}

/// How a file writes what card numbers are told by.
struct Writing {
    /// What ends a line.
    ends: &'static [u8],
    star: u8,
    /// The character of a byte.
    character: fn(u8) -> char,
}

const ASCII: Writing = Writing {
    ends: b"\n",
    star: b'*',
    character: |byte| if byte.is_ascii() { char::from(byte) } else { OTHER },
};

/// Digits, capitals and what parts digits are the same in all code pages of EBCDIC.
const EBCDIC: Writing = Writing {
    ends: b"\x15\x25",
    star: 0x5C,
    character: |byte| match byte {
        0xF0..=0xF9 => char::from(byte - 0xF0 + b'0'),
        0xC1..=0xC9 => char::from(byte - 0xC1 + b'A'),
        0xD1..=0xD9 => char::from(byte - 0xD1 + b'J'),
        0xE2..=0xE9 => char::from(byte - 0xE2 + b'S'),
        0x40 => ' ',
        0x4B => '.',
        0x60 => '-',
        0x61 => '/',
        _ => OTHER,
    },
};

/// What is neither digit nor letter nor anything between them.
const OTHER: char = '\u{1}';

/// Blanks, capitals and digits of EBCDIC are most of it, and it is no UTF-8: no other
/// text looks so.
fn is_ebcdic(file: &[u8]) -> bool {
    const LOOKED_AT: usize = 64 << 10;
    let head = file.get(..LOOKED_AT.min(file.len())).unwrap_or_default();
    let plain = head.iter().filter(|byte| (EBCDIC.character)(**byte) != OTHER).count();
    let ascii = head.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    plain > head.len() / 2 && plain > ascii.saturating_mul(2)
}

fn is_json(file: &[u8]) -> bool {
    let text = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file).trim_ascii_start();
    let follows = |begin: &[u8]| text.strip_prefix(begin)?.trim_ascii_start().first().copied();
    follows(b"{") == Some(b'"')
        || follows(b"[").is_some_and(|next| matches!(next, b'{' | b'[' | b'"' | b'0'..=b'9'))
}

/// Whether JSON is inside a text at the end of a line.
fn ends_in_text(line: &[u8], begins: bool) -> bool {
    texts(line, begins).last().map_or(begins, |(_, in_text)| in_text)
}

/// Each byte's place, and whether JSON is inside a text behind it.
fn texts(line: &[u8], begins: bool) -> impl Iterator<Item = (usize, bool)> {
    let (mut in_text, mut escaped) = (begins, false);
    line.iter().enumerate().map(move |(at, byte)| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ => {}
        }
        (at, in_text)
    })
}

/// Nines for the stars outside texts, where a number has to stay one.
fn nines(masked: &mut [u8], line: &[u8], begins: bool) {
    for (at, in_text) in texts(line, begins) {
        if let (Some(new), Some(old)) = (masked.get_mut(at), line.get(at))
            && !in_text
            && new != old
        {
            *new = b'9';
        }
    }
}

/// Whatever its encoding: a byte that is no digit stays as it was.
fn masked_line(line: &[u8], writing: &Writing) -> Option<Vec<u8>> {
    let text = match std::str::from_utf8(line) {
        Ok(text) if writing.star == ASCII.star => Cow::Borrowed(text),
        // One character for each byte, so that places stay.
        Ok(_) | Err(_) => line.iter().map(|byte| (writing.character)(*byte)).collect(),
    };
    let masked = masked(&text)?;
    let hidden = masked.bytes().zip(line);
    let kept: Vec<u8> =
        hidden.map(|(new, old)| if new == b'*' { writing.star } else { *old }).collect();
    (kept.len() == line.len()).then_some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_but_the_digits_stays() {
        for (file, wanted) in [
            (&b"4111 1111 1111 1111\n"[..], &b"**** **** **** 1111\n"[..]),
            ("£ 4111111111111111".as_bytes(), "£ ************1111".as_bytes()),
            (b"\x80\xFF 4111111111111111 \xA3", b"\x80\xFF ************1111 \xA3"),
            (
                b"a\n4111111111111111\nb\n5555555555554444",
                b"a\n************1111\nb\n************4444",
            ),
        ] {
            assert_eq!(masked_file(file, None).as_deref(), Some(wanted));
        }
        for file in [&b""[..], b"4111111111111112", b"4111\n111111111111"] {
            assert_eq!(masked_file(file, None), None);
        }
    }

    fn ebcdic(text: &str) -> Vec<u8> {
        text.bytes()
            .map(|byte| match byte {
                b'0'..=b'9' => byte - b'0' + 0xF0,
                b'A'..=b'I' => byte - b'A' + 0xC1,
                b'J'..=b'R' => byte - b'J' + 0xD1,
                b'S'..=b'Z' => byte - b'S' + 0xE2,
                b' ' => 0x40,
                b'-' => 0x60,
                b'*' => 0x5C,
                b'\n' => 0x15,
                _ => panic!("{byte}"),
            })
            .collect()
    }

    #[test]
    fn digits_of_ebcdic_are_masked_in_ebcdic() {
        let file = ebcdic("H CARDS\nD 80012345 4111111111111111\nD 4111-1111-1111-1111 FI\n");
        let wanted = ebcdic("H CARDS\nD 80012345 ************1111\nD ****-****-****-1111 FI\n");
        assert_eq!(masked_file(&file, None).as_deref(), Some(&*wanted));
        assert_eq!(masked_file(&wanted, None), None);
        let second = ebcdic("H CARDS\nD 80012345 ************1111\nD 4111-1111-1111-1111 FI\n");
        assert_eq!(masked_file(&file, Some(&[2])).as_deref(), Some(&*second));
        // Records that nothing ends.
        let blocks = ebcdic("D80012345  4111111111111111D80012346                  ");
        assert!(masked_file(&blocks, None).is_some_and(|kept| kept.contains(&0x5C)));
        // The same bytes are letters with accents in Latin-1.
        let latin = [&b"name,"[..], &ebcdic("4111111111111111"), b",of some length"].concat();
        assert_eq!(masked_file(&latin, None), None);
    }

    #[test]
    fn json_stays_json() {
        for (file, wanted) in [
            (
                r#"{"pan":4111111111111111,"note":"4111111111111111"}"#,
                r#"{"pan":9999999999991111,"note":"************1111"}"#,
            ),
            (
                "[{\"a\\\"b\": 4111111111111111},\n 5555555555554444]",
                "[{\"a\\\"b\": 9999999999991111},\n 9999999999994444]",
            ),
        ] {
            let kept = masked_file(file.as_bytes(), None).unwrap();
            assert_eq!(std::str::from_utf8(&kept).unwrap(), wanted);
            assert!(serde_json::from_slice::<serde_json::Value>(&kept).is_ok());
            assert_eq!(masked_file(&kept, None), None);
        }
        // A SWIFT block is no JSON.
        let kept = masked_file(b"{4:\n:86:4111111111111111\n-}", None).unwrap();
        assert_eq!(kept, b"{4:\n:86:************1111\n-}");
    }

    #[test]
    fn only_the_lines_asked_for_are_changed() {
        let file = b"4111111111111111\n4111111111111111\n";
        let kept = masked_file(file, Some(&[2])).unwrap();
        assert_eq!(kept, b"4111111111111111\n************1111\n");
        assert_eq!(masked_file(file, Some(&[3])), None);
    }
}
