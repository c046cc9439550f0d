use super::{ADDRESSES_MAX, PostalAddress};

/// A piece of a text as people order it: numbers by what they count.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(u64),
    Words(String),
}

/// In the order a street is walked, each once: 2 comes before 10.
pub(super) fn walked(mut found: Vec<PostalAddress>) -> Vec<PostalAddress> {
    found.sort_by_cached_key(|address| {
        [&address.line1, &address.line2, &address.town].map(|line| pieces(line))
    });
    found.dedup();
    found.truncate(ADDRESSES_MAX);
    found
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_number = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_number).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push(match piece.parse() {
            Ok(number) if is_number => Piece::Number(number),
            _ => Piece::Words(piece.to_lowercase()),
        });
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(line1: &str, line2: &str) -> PostalAddress {
        let (line1, line2) = (line1.to_owned(), line2.to_owned());
        PostalAddress { line1, line2, ..PostalAddress::default() }
    }

    #[test]
    fn houses_come_in_the_order_of_their_numbers_each_once() {
        let found = [
            ("Rose Cottage", ""),
            ("10 High Street", ""),
            ("Flat 10", "3 High Street"),
            ("2A High Street", ""),
            ("2 High Street", ""),
            ("Flat 2", "3 High Street"),
            ("10 High Street", ""),
            ("99999999999999999999999 High Street", ""),
        ];
        let walked = walked(found.map(|(line1, line2)| address(line1, line2)).to_vec());
        let lines: Vec<_> = walked.iter().map(|address| address.line1.as_str()).collect();
        assert_eq!(
            lines,
            [
                "2 High Street",
                "2A High Street",
                "10 High Street",
                "99999999999999999999999 High Street",
                "Flat 2",
                "Flat 10",
                "Rose Cottage"
            ]
        );
    }
}
