use std::borrow::Cow;

use super::masked;

/// A text file with its card numbers masked to their last four digits, byte for byte
/// as long as it was; `None` where there is none to be seen.
///
/// `lines` says on which lines, counted from 1, numbers are looked for; `None` is all
/// of them. Only ASCII digits are seen: not those of EBCDIC, nor of what is packed in
/// an archive.
///
/// ```
/// use ims_files::masked_file;
///
/// let file = b"80012345,10.00,paid \xA3 with 4111111111111111\r\n";
/// let kept = masked_file(file, None).unwrap();
/// assert_eq!(kept, b"80012345,10.00,paid \xA3 with ************1111\r\n");
/// assert_eq!(masked_file(&kept, None), None);
/// ```
#[must_use]
pub fn masked_file(file: &[u8], lines: Option<&[u64]>) -> Option<Vec<u8>> {
    let mut kept: Option<Vec<u8>> = None;
    let mut from = 0;
    for (line, number) in file.split_inclusive(|byte| *byte == b'\n').zip(1_u64..) {
        let to = from + line.len();
        if lines.is_none_or(|lines| lines.contains(&number))
            && let Some(masked) = masked_line(line)
        {
            let kept = kept.get_or_insert_with(|| file.to_vec());
            if let Some(place) = kept.get_mut(from..to) {
                place.copy_from_slice(&masked);
            }
        }
        from = to;
    }
    kept
}

/// Whatever its encoding: a byte that is not ASCII stays as it was.
fn masked_line(line: &[u8]) -> Option<Vec<u8>> {
    let text = match std::str::from_utf8(line) {
        Ok(text) => Cow::Borrowed(text),
        // One character for each byte, so that places stay.
        Err(_) => line
            .iter()
            .map(|byte| if byte.is_ascii() { char::from(*byte) } else { '\u{1}' })
            .collect(),
    };
    let masked = masked(&text)?;
    let hidden = masked.bytes().zip(line);
    let kept: Vec<u8> = hidden.map(|(new, old)| if new == b'*' { new } else { *old }).collect();
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

    #[test]
    fn only_the_lines_asked_for_are_changed() {
        let file = b"4111111111111111\n4111111111111111\n";
        let kept = masked_file(file, Some(&[2])).unwrap();
        assert_eq!(kept, b"4111111111111111\n************1111\n");
        assert_eq!(masked_file(file, Some(&[3])), None);
    }
}
