//! The text of `:86:`, free or structured.

use ims_ledger::{Counterparty, StatementLine};

/// The longest line of a `:86:`. One that is full goes on in the next without a
/// blank.
const LINE_LENGTH: usize = 65;

/// Adds the text of an `:86:` to the line it follows.
pub(super) fn add(text: &str, line: &mut StatementLine) {
    if let Some(separator) = german_separator(text) {
        german(text, separator, line);
    } else {
        if text.starts_with('/') {
            dutch(&joined(text), line);
        }
        append_joined(&mut line.narrative, text.trim());
    }
}

fn append(narrative: &mut String, text: &str) {
    let text = text.trim();
    if !narrative.is_empty() && !text.is_empty() {
        narrative.push(' ');
    }
    narrative.push_str(text);
}

/// The lines as one text, inner blanks untouched.
fn joined(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    append_joined(&mut whole, text);
    whole
}

/// As [`joined`], behind what `whole` holds.
fn append_joined(whole: &mut String, text: &str) {
    if text.is_empty() {
        return;
    }
    whole.reserve(text.len().saturating_add(1));
    if !whole.is_empty() {
        whole.push(' ');
    }
    let mut full = true;
    for line in text.split('\n') {
        if !full && !whole.ends_with(' ') && !line.starts_with(' ') {
            whole.push(' ');
        }
        whole.push_str(line);
        full = line.len() >= LINE_LENGTH && line.chars().count() == LINE_LENGTH;
    }
}

/// `166?00…?20…`: three digits, the sign before the fields, and the number of a field
/// that may come first. Anything else, such as `801-23456 COUNCIL TAX`, is free text.
pub(super) fn german_separator(text: &str) -> Option<char> {
    let (digits, rest) = text.split_at_checked(3)?;
    let separator = rest.chars().next().filter(|sign| matches!(sign, '?' | '<' | '>'))?;
    let field = rest.get(1..3)?;
    let is_first =
        matches!(field.as_bytes(), b"00" | b"10" | [b'2', b'0'..=b'9'] | [b'6', b'0'..=b'3']);
    (digits.bytes().all(|byte| byte.is_ascii_digit()) && is_first).then_some(separator)
}

/// Fields 00 booking text, 20–29 and 60–63 purpose, 30 bank, 31 account, 32–33 name.
fn german(text: &str, separator: char, line: &mut StatementLine) {
    let flat: String = text.chars().filter(|c| *c != '\n').collect();
    let (mut kind, mut purpose, mut name) = (String::new(), String::new(), String::new());
    let mut account = None;
    for field in flat.split(separator).skip(1) {
        let Some((number, value)) = field.split_at_checked(2) else {
            purpose.push_str(field);
            continue;
        };
        match number {
            "00" => kind.push_str(value),
            "10" | "34" | "30" => {}
            "31" => account = Some(value.trim().to_owned()),
            "32" | "33" => name.push_str(value),
            _ if number.bytes().all(|byte| byte.is_ascii_digit()) => purpose.push_str(value),
            // A question mark of the text itself.
            _ => {
                purpose.push(separator);
                purpose.push_str(field);
            }
        }
    }
    append(&mut line.narrative, &kind);
    append(&mut line.narrative, &purpose);
    line.counterparty = counterparty(Some(name.trim().to_owned()), account);
    if line.reference.is_none() {
        line.reference = keyword(&purpose, "EREF+");
    }
}

/// What follows a keyword such as `EREF+`, up to the next one.
fn keyword(text: &str, key: &str) -> Option<String> {
    let (_, after) = text.split_once(key)?;
    let end = [
        "EREF+", "KREF+", "MREF+", "CRED+", "DEBT+", "SVWZ+", "ABWA+", "ABWE+", "COAM+", "OAMT+",
        "IBAN+", "BIC+",
    ]
    .iter()
    .filter_map(|next| after.find(next))
    .min()
    .unwrap_or(after.len());
    provided(after.get(..end)?)
}

fn provided(text: &str) -> Option<String> {
    let text = text.trim();
    let none = text.is_empty() || text == "NOTPROVIDED" || text == "NONREF";
    (!none).then(|| text.to_owned())
}

/// `/TRTP/…/IBAN/…/NAME/…/REMI/…/EREF/…`, or `/CNTP/iban/bic/name/town///`.
fn dutch(text: &str, line: &mut StatementLine) {
    let value = |key: &str| {
        let (_, after) = text.split_once(&format!("/{key}/"))?;
        let end = KEYS.iter().filter_map(|next| after.find(&format!("/{next}/"))).min();
        provided(after.get(..end.unwrap_or(after.len()))?.trim_end_matches('/'))
    };
    let (name, account) = match value("CNTP") {
        Some(party) => {
            let mut parts = party.split('/').map(str::trim);
            let account = parts.next().and_then(provided);
            (parts.nth(1).and_then(provided), account)
        }
        None => (value("NAME"), value("IBAN")),
    };
    line.counterparty = counterparty(name, account);
    if line.reference.is_none() {
        line.reference = value("EREF");
    }
    if let Some(reason) = value("RTRN") {
        line.returned = Some(reason);
    }
}

const KEYS: [&str; 22] = [
    "TRTP",
    "IBAN",
    "BIC",
    "NAME",
    "REMI",
    "EREF",
    "ORDP",
    "BENM",
    "CNTP",
    "PURP",
    "MARF",
    "CSID",
    "KREF",
    "RTRN",
    "ISDT",
    "ULTD",
    "ULTC",
    "ULTB",
    "ADDR",
    "PREF",
    "ID",
    "CDTRREFTP",
];

fn counterparty(name: Option<String>, account: Option<String>) -> Option<Counterparty> {
    let name = name.filter(|name| !name.is_empty());
    let account = account.filter(|account| !account.is_empty());
    if name.is_none() && account.is_none() {
        return None;
    }
    let is_iban = account.as_deref().is_some_and(is_iban);
    let (iban, account) = if is_iban { (account, None) } else { (None, account) };
    Some(Counterparty { name, iban, account, sort_code: None })
}

/// Two letters, two digits and at least eleven more letters or digits.
fn is_iban(text: &str) -> bool {
    let bytes = text.as_bytes();
    (15..=34).contains(&bytes.len())
        && bytes.iter().take(2).all(u8::is_ascii_uppercase)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
        && bytes.iter().all(u8::is_ascii_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> StatementLine {
        let mut line = StatementLine::default();
        add(text, &mut line);
        line
    }

    #[test]
    fn a_full_line_goes_on_without_a_blank() {
        let full = "x".repeat(65);
        assert_eq!(added(&format!("{full}12\n34  56")).narrative, format!("{full}12 34  56"));
        assert_eq!(added(&format!("{full}\n1234")).narrative, format!("{full}1234"));
        assert_eq!(added("BGC SMITH J\n80012345").narrative, "BGC SMITH J 80012345");
    }

    #[test]
    fn numbers_with_signs_in_a_free_text_are_no_structure() {
        for text in [
            "801-23456 COUNCIL TAX",
            "742-3198876 J SMITH",
            "123/4567/89012",
            "100.00 USD AT 1.2512",
            "166?99 IS NO FIELD",
            "123?",
        ] {
            let line = added(text);
            assert_eq!(line.narrative, text);
            assert_eq!(line.counterparty, None, "{text}");
        }
    }

    #[test]
    fn structured_texts_give_name_account_and_reference() {
        let line = added(
            "166?00GUTSCHRIFT?100399?20EREF+8001?21234SVWZ+Rates 20\n26?30DRES?31DE14508800500194785000?32ANNA?33 SMITH",
        );
        assert_eq!(line.narrative, "GUTSCHRIFT EREF+8001234SVWZ+Rates 2026");
        assert_eq!(line.reference.as_deref(), Some("8001234"));
        let party = line.counterparty.unwrap();
        assert_eq!(party.name.as_deref(), Some("ANNA SMITH"));
        assert_eq!(party.iban.as_deref(), Some("DE14508800500194785000"));

        let line = added(
            "/TRTP/SEPA OVERBOEKING/IBAN/FR1234567890123456/BIC/X/NAME/J JONES\n/REMI/RENT/EREF/NOTPROVIDED",
        );
        assert_eq!(line.reference, None);
        let party = line.counterparty.unwrap();
        assert_eq!(party.name.as_deref(), Some("J JONES"));
        assert_eq!(party.iban.as_deref(), Some("FR1234567890123456"));

        let line = added(
            "/EREF/1134027115/ORDP//NAME/BEDRIJF NV/ADDR/STRAATWEG 1\n1000 AA AMSTERDAM/REMI/X",
        );
        assert_eq!(line.reference.as_deref(), Some("1134027115"));
        assert_eq!(line.counterparty.unwrap().name.as_deref(), Some("BEDRIJF NV"));

        let party = added("/CNTP/NL32INGB0000012345/INGBNL2A/ING BANK/TOWN///REMI/X/")
            .counterparty
            .unwrap();
        assert_eq!(party.name.as_deref(), Some("ING BANK"));
        assert_eq!(party.iban.as_deref(), Some("NL32INGB0000012345"));
    }
}
