/// The fields of a logical record, ended by a comma or by the end of a physical
/// record.
#[derive(Debug)]
pub(super) struct Fields<'t> {
    rest: Option<&'t str>,
}

impl<'t> Fields<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { rest: Some(text) }
    }

    pub(super) fn has_more(&self) -> bool {
        self.rest.is_some()
    }

    /// The next field without blanks around it; empty once there is none.
    pub(super) fn next(&mut self) -> &'t str {
        let Some(rest) = self.rest else { return "" };
        let end = memchr::memchr2(b',', b'\n', rest.as_bytes());
        let (field, rest) = match end.and_then(|end| rest.split_at_checked(end)) {
            Some((field, rest)) => (field, rest.get(1..)),
            None => (rest, None),
        };
        self.rest = rest;
        field.trim()
    }

    /// The field after `skipped` others.
    pub(super) fn nth(&mut self, skipped: usize) -> &'t str {
        for _ in 0..skipped {
            self.next();
        }
        self.next()
    }

    /// All that is left, commas and line feeds included.
    pub(super) fn rest(&mut self) -> &'t str {
        self.rest.take().unwrap_or_default()
    }
}

/// A whole number with or without a sign.
pub(super) fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok())?
}

/// When the money is available.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Funds<'t> {
    /// Unknown, at once, in one day, in two.
    Plain,
    /// On a day: `V,date,time`.
    Valued { date: &'t str },
    /// In three amounts: `S,now,one day,later`.
    Split,
    /// In as many as it says: `D,n,(days,amount)…`.
    Distributed,
}

/// Reads the funds type and what belongs to it.
pub(super) fn funds<'t>(fields: &mut Fields<'t>) -> Result<Funds<'t>, String> {
    match fields.next() {
        "" | "Z" | "0" | "1" | "2" => Ok(Funds::Plain),
        "V" => {
            let date = fields.next();
            fields.next();
            Ok(Funds::Valued { date })
        }
        "S" => {
            fields.nth(2);
            Ok(Funds::Split)
        }
        "D" => {
            let count = fields.next();
            let parts: usize = count.parse().map_err(|_| {
                format!("`{}` is not how many parts", crate::amounts::clipped(count))
            })?;
            for _ in 0..parts.saturating_mul(2) {
                if !fields.has_more() {
                    return Err(format!("fewer than the {parts} parts of funds type D"));
                }
                fields.next();
            }
            Ok(Funds::Distributed)
        }
        other => Err(format!(
            "funds type `{}`; Z, 0, 1, 2, V, S or D would be right",
            crate::amounts::clipped(other)
        )),
    }
}

/// One status or summary of an account record.
#[derive(Debug)]
pub(super) struct Summary<'t> {
    pub(super) kind: &'t str,
    pub(super) amount: &'t str,
}

/// The next status or summary; `None` at the record's end. Blank type codes are
/// passed over: banks pad with commas.
pub(super) fn summary<'t>(fields: &mut Fields<'t>) -> Option<Summary<'t>> {
    while fields.has_more() {
        let kind = fields.next();
        if kind.is_empty() {
            continue;
        }
        let amount = fields.next();
        fields.next();
        // A funds type that cannot be read leaves its fields to be passed over.
        let _ = funds(fields);
        return Some(Summary { kind, amount });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_go_on_over_padding_and_funds() {
        let text = "010,+4350000,,,040,2830000,,\n072,100,3,D,2,0,60,1,40,,\n015,-5,,,V";
        let mut fields = Fields::new(text);
        let mut found = Vec::new();
        while let Some(Summary { kind, amount }) = summary(&mut fields) {
            found.push((kind, amount));
        }
        assert_eq!(
            found,
            [("010", "+4350000"), ("040", "2830000"), ("072", "100"), ("015", "-5"), ("V", "")]
        );
    }

    #[test]
    fn a_distribution_that_is_cut_off_is_refused() {
        assert_eq!(
            funds(&mut Fields::new("D,2,0,60")),
            Err("fewer than the 2 parts of funds type D".to_owned())
        );
        assert!(funds(&mut Fields::new("D,99999999999999999999")).is_err());
        assert!(funds(&mut Fields::new("D,18446744073709551615,1")).is_err());
        assert_eq!(
            funds(&mut Fields::new("V,260401,0900,x")),
            Ok(Funds::Valued { date: "260401" })
        );
    }
}
