use super::PostalAddress;
use crate::take_receipt::ADDRESS_LINE_MAX;

/// An address in the parts that Royal Mail keeps it in (the Postcode Address File, and
/// the `DPA` records of Ordnance Survey). Each may be empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliveryPoint<'a> {
    /// The organisation's name.
    pub organisation: &'a str,
    /// Its department.
    pub department: &'a str,
    /// The number of a box at the post office.
    pub po_box: &'a str,
    /// What is inside the building: `FLAT 2`.
    pub sub_building: &'a str,
    /// The building's name: `ROSE COTTAGE`, but also `12A`.
    pub building_name: &'a str,
    /// The building's number.
    pub building_number: &'a str,
    /// A street off the street.
    pub dependent_street: &'a str,
    /// The street.
    pub street: &'a str,
    /// A part of the part of the town.
    pub double_dependent_locality: &'a str,
    /// A part of the town, or a village.
    pub dependent_locality: &'a str,
    /// The post town.
    pub town: &'a str,
    /// The postcode.
    pub postcode: &'a str,
}

impl DeliveryPoint<'_> {
    /// It in two lines: who and which house, then the street, if both fit; else broken
    /// where they do. Nothing is left out: what cannot fit is too long, and whoever takes
    /// it says what is to be shortened.
    ///
    /// ```
    /// use ims_app::DeliveryPoint;
    ///
    /// let flat = DeliveryPoint {
    ///     sub_building: "FLAT 2",
    ///     building_name: "12A",
    ///     street: "HIGH STREET",
    ///     town: "BRIGHTWATER",
    ///     postcode: "ZZ1 1ZZ",
    ///     ..DeliveryPoint::default()
    /// };
    /// let address = flat.address();
    /// assert_eq!((address.line1.as_str(), address.line2.as_str()), ("FLAT 2", "12A HIGH STREET"));
    /// ```
    #[must_use]
    pub fn address(&self) -> PostalAddress {
        let (pieces, street) = self.pieces();
        let (line1, line2) = broken(&pieces, street);
        PostalAddress {
            line1,
            line2,
            town: self.town.trim().to_owned(),
            postcode: self.postcode.trim().to_owned(),
        }
    }

    /// The pieces of its lines, and which of them begins the street.
    fn pieces(&self) -> (Vec<String>, usize) {
        let said = |text: &&str| !text.is_empty();
        let po_box = self.po_box.trim();
        let po_box = if po_box.is_empty() { String::new() } else { format!("PO BOX {po_box}") };
        let is_number = is_house_number(self.building_name.trim());
        // A name like 12A is a number to whoever brings letters.
        let (name, own) =
            if is_number { ("", self.building_name) } else { (self.building_name, "") };
        let who = [self.organisation, self.department, &po_box, self.sub_building, name];
        let mut pieces: Vec<String> =
            who.map(str::trim).iter().filter(|it| said(it)).map(|it| (*it).to_owned()).collect();
        let street = pieces.len();
        let numbers = [own, self.building_number].map(str::trim);
        let number = numbers.iter().filter(|it| said(it)).copied().collect::<Vec<_>>().join(" ");
        let where_ = [
            self.dependent_street,
            self.street,
            self.double_dependent_locality,
            self.dependent_locality,
        ];
        pieces
            .extend(where_.map(str::trim).iter().filter(|it| said(it)).map(|it| (*it).to_owned()));
        match pieces.get_mut(street) {
            Some(first) if !number.is_empty() => *first = format!("{number} {first}"),
            None if !number.is_empty() => pieces.push(number),
            _ => {}
        }
        (pieces, street)
    }
}

/// `12`, `12A`, `12-14`, `12A-12C`: digits, and a letter after them at most.
fn is_house_number(text: &str) -> bool {
    !text.is_empty()
        && text.split('-').all(|part| {
            let digits = part.strip_suffix(|c: char| c.is_ascii_alphabetic()).unwrap_or(part);
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// In two lines, broken before the street if there is something before it.
fn broken(pieces: &[String], street: usize) -> (String, String) {
    let at = |at: usize| {
        let (first, second) = pieces.split_at(at.min(pieces.len()));
        (first.join(", "), second.join(", "))
    };
    let fits = |(first, second): &(String, String)| {
        let is_short = |line: &str| line.chars().count() <= ADDRESS_LINE_MAX;
        is_short(first) && is_short(second)
    };
    let best = street.max(1);
    let mut others: Vec<usize> = (1..=pieces.len()).collect();
    others.sort_by_key(|other| other.abs_diff(best));
    others.into_iter().map(at).find(fits).unwrap_or_else(|| at(best))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(point: DeliveryPoint<'_>) -> [String; 2] {
        let PostalAddress { line1, line2, .. } = point.address();
        [line1, line2]
    }

    #[test]
    fn an_address_stands_in_two_lines_as_on_a_letter() {
        let none = DeliveryPoint::default();
        let street = DeliveryPoint { street: "HIGH STREET", ..none };
        for (point, written) in [
            (DeliveryPoint { building_number: "1", ..street }, ["1 HIGH STREET", ""]),
            (
                DeliveryPoint { building_number: "1", dependent_locality: "LOWTON", ..street },
                ["1 HIGH STREET", "LOWTON"],
            ),
            (
                DeliveryPoint { building_name: "ROSE COTTAGE", ..street },
                ["ROSE COTTAGE", "HIGH STREET"],
            ),
            (DeliveryPoint { building_name: "12A-14", ..street }, ["12A-14 HIGH STREET", ""]),
            (
                DeliveryPoint {
                    sub_building: "FLAT 1",
                    building_name: "MAPLE HOUSE",
                    building_number: "3",
                    ..street
                },
                ["FLAT 1, MAPLE HOUSE", "3 HIGH STREET"],
            ),
            (
                DeliveryPoint { building_number: "2", dependent_street: "BACK YARD", ..street },
                ["2 BACK YARD", "HIGH STREET"],
            ),
            (
                DeliveryPoint { organisation: "ACME LTD", po_box: "27", ..none },
                ["ACME LTD, PO BOX 27", ""],
            ),
            (DeliveryPoint { building_number: "7", ..none }, ["7", ""]),
            (
                DeliveryPoint { building_number: "7", dependent_locality: "LOWTON", ..none },
                ["7 LOWTON", ""],
            ),
            (none, ["", ""]),
        ] {
            assert_eq!(lines(point), written, "{point:?}");
        }
    }

    #[test]
    fn a_long_address_is_broken_where_it_fits_and_loses_nothing() {
        let society = DeliveryPoint {
            organisation: "THE BRIGHTWATER SOCIETY",
            department: "ARCHIVE",
            building_name: "THE OLD CORN EXCHANGE",
            building_number: "3",
            street: "LOW STREET",
            ..DeliveryPoint::default()
        };
        let broken = ["THE BRIGHTWATER SOCIETY, ARCHIVE", "THE OLD CORN EXCHANGE, 3 LOW STREET"];
        assert_eq!(lines(society), broken);
        let name = "THE BRIGHTWATER AND DISTRICT HORTICULTURAL AND ARCHAEOLOGICAL SOCIETY";
        let longer = DeliveryPoint { organisation: name, ..society };
        let [first, second] = lines(longer);
        assert_eq!(
            format!("{first}|{second}"),
            format!("{name}, ARCHIVE, THE OLD CORN EXCHANGE|3 LOW STREET")
        );
    }
}
