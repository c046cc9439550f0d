use csv::StringRecord;
use ims_app::{DeliveryPoint, PostalAddress};

/// Where an address stands in a row: in lines as on a letter, or in the parts of the
/// Postcode Address File, as `AddressBase` and extracts of a gazetteer have them.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) postcode: usize,
    line1: Option<usize>,
    line2: Option<usize>,
    town: usize,
    organisation: Option<usize>,
    department: Option<usize>,
    po_box: Option<usize>,
    sub_building: Option<usize>,
    building_name: Option<usize>,
    building_number: Option<usize>,
    dependent_street: Option<usize>,
    street: Option<usize>,
    double_dependent_locality: Option<usize>,
    dependent_locality: Option<usize>,
}

impl Columns {
    /// The columns that the first line names; others are not looked at.
    pub(super) fn of(head: &StringRecord) -> Result<Self, String> {
        let names: Vec<String> = head.iter().map(plain).collect();
        let place = |known: &[&str]| names.iter().position(|name| known.contains(&name.as_str()));
        let needed = |known: &[&str]| {
            let absent = || {
                let first = known.first().copied().unwrap_or_default();
                format!(
                    "names no column `{first}` in its first line: it needs postcode, line1 and town, or the \
                     columns of AddressBase (building_name, building_number, thoroughfare, post_town …)"
                )
            };
            place(known).ok_or_else(absent)
        };
        let columns = Self {
            postcode: needed(&["postcode"])?,
            line1: place(&["line1"]),
            line2: place(&["line2"]),
            town: needed(&["town", "post_town"])?,
            organisation: place(&["organisation_name", "organisation"]),
            department: place(&["department_name"]),
            po_box: place(&["po_box_number"]),
            sub_building: place(&["sub_building_name"]),
            building_name: place(&["building_name"]),
            building_number: place(&["building_number"]),
            dependent_street: place(&["dependent_thoroughfare", "dependent_thoroughfare_name"]),
            street: place(&["thoroughfare", "thoroughfare_name"]),
            double_dependent_locality: place(&["double_dependent_locality"]),
            dependent_locality: place(&["dependent_locality"]),
        };
        if columns.line1.is_none() && columns.street.is_none() {
            needed(&["line1"])?;
        }
        Ok(columns)
    }

    /// The address of a row.
    pub(super) fn address(&self, row: &StringRecord) -> PostalAddress {
        let at = |column: Option<usize>| column.and_then(|at| row.get(at)).unwrap_or_default();
        let (town, postcode) = (at(Some(self.town)), at(Some(self.postcode)));
        if self.line1.is_some() {
            return PostalAddress {
                line1: at(self.line1).to_owned(),
                line2: at(self.line2).to_owned(),
                town: town.to_owned(),
                postcode: postcode.to_owned(),
            };
        }
        let point = DeliveryPoint {
            organisation: at(self.organisation),
            department: at(self.department),
            po_box: at(self.po_box),
            sub_building: at(self.sub_building),
            building_name: at(self.building_name),
            building_number: at(self.building_number),
            dependent_street: at(self.dependent_street),
            street: at(self.street),
            double_dependent_locality: at(self.double_dependent_locality),
            dependent_locality: at(self.dependent_locality),
            town,
            postcode,
        };
        point.address()
    }
}

/// A column's name without what people vary: `Address Line 1`, `POST_TOWN`.
fn plain(name: &str) -> String {
    let name = name.trim().to_lowercase().replace([' ', '-'], "_");
    match name.as_str() {
        "line_1" | "address_line_1" | "addressline1" | "address1" => "line1".to_owned(),
        "line_2" | "address_line_2" | "addressline2" | "address2" => "line2".to_owned(),
        "post_code" => "postcode".to_owned(),
        _ => name,
    }
}
