use chrono::NaiveDate;
use ims_ledger::StatementLine;
use ims_money::Amount;

use super::{
    fields::{Fields, funds, whole},
    value_date,
};
use crate::amounts::clipped;

/// The rest of a `16`: type, amount, funds type, bank reference, customer
/// reference, text. `None` for one that moves no money.
pub(super) fn parse(
    fields: &mut Fields<'_>,
    line: u64,
    as_of: NaiveDate,
    decimals: u32,
) -> Result<Option<(i64, StatementLine)>, String> {
    let kind = fields.next();
    let amount = fields.next();
    if kind == "890" {
        return Ok(None);
    }
    let is_debit = is_debit(kind)?;
    let units = whole(amount).filter(|units| *units >= 0 && !amount.starts_with('-'));
    let parsed = units.and_then(|units| Some((units, Amount::from_minor(units, decimals)?)));
    let (units, size) = parsed.ok_or_else(|| {
        format!(
            "amount `{}` is not a whole number without sign; the type code says the direction",
            clipped(amount)
        )
    })?;
    let funds = funds(fields)?;
    let value = value_date(&funds).transpose()?;
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let bank_reference = given(fields.next());
    let reference = given(fields.next());
    let line = StatementLine {
        line,
        booked: as_of,
        value,
        amount: if is_debit { size.negated() } else { size },
        code: Some(kind.to_owned()),
        reference,
        bank_reference,
        narrative: narrative(fields.rest()),
        returned: is_returned(kind).then(String::new),
        ..StatementLine::default()
    };
    Ok(Some((units, line)))
}

/// 1xx to 3xx and 92x to 95x are credits, 4xx to 6xx and 96x to 99x debits. Loan
/// codes (7xx) mean either.
fn is_debit(kind: &str) -> Result<bool, String> {
    let code: u32 = if kind.len() == 3 { kind.parse().unwrap_or(0) } else { 0 };
    match code {
        100..=399 | 920..=959 => Ok(false),
        400..=699 | 960..=999 => Ok(true),
        _ => Err(format!(
            "type code `{}` does not say credit or debit; 100 to 399 or 400 to 699 would",
            clipped(kind)
        )),
    }
}

/// Cheques and payments that come back: BAI's own names of these codes say so.
fn is_returned(kind: &str) -> bool {
    matches!(kind, "255" | "257" | "266" | "555" | "557" | "566")
}

/// The text, which may hold commas and slashes, its lines joined by blanks.
fn narrative(text: &str) -> String {
    if !text.contains('\n') {
        return text.trim().to_owned();
    }
    text.split('\n').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let day = NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        match parse(&mut Fields::new(text), 1, day, 2) {
            Ok(Some((_, line))) => format!(
                "{} {} {} {} `{}`",
                line.amount,
                line.value.map_or("-".to_owned(), |date| date.to_string()),
                line.bank_reference.unwrap_or_default(),
                line.reference.unwrap_or_default(),
                line.narrative
            ),
            Ok(None) => "none".to_owned(),
            Err(message) => message,
        }
    }

    #[test]
    fn every_funds_type_and_where_the_text_begins() {
        for (text, wanted) in [
            (
                "165,12050,0,B1,80012345,SMITH, J/80012345",
                "120.50 - B1 80012345 `SMITH, J/80012345`",
            ),
            ("455,100,V,260402,0900,,C1,x\ny, z", "-1.00 2026-04-02  C1 `x y, z`"),
            ("165,100,V,260402,,B,C", "1.00 2026-04-02 B C ``"),
            ("165,100,S,40,30,30,B,C,t", "1.00 - B C `t`"),
            ("165,100,D,2,0,60,1,40,B,C,t", "1.00 - B C `t`"),
            ("142,490196,,172629,\nSOME PAYMENT", "4901.96 - 172629  `SOME PAYMENT`"),
            ("890,,,,,note", "none"),
        ] {
            assert_eq!(shown(text), wanted, "{text}");
        }
        for (text, wanted) in [
            ("115,,S", "amount `` is not a whole number"),
            (",115,450000", "type code `` does not say"),
            ("165,-5,0", "amount `-5`"),
            ("165,5,Q", "funds type `Q`"),
            ("165,5,V,261301", "value date `261301`"),
            ("700,5,0", "type code `700`"),
        ] {
            assert!(shown(text).starts_with(wanted), "{text}: {}", shown(text));
        }
    }
}
