//! A signature is compared in one place, by the MAC library's own `verify_slice`.

use crate::assert_none;
use crate::repository::{files_ending, text};

/// Where the one place is.
const PLACE: &str = "crates/ims-pay/src/mac.rs";

/// What else may know of a MAC: it signs what goes out, or asks the one place.
const SHIPPED: &[&str] = &["crates/ims-pay/src", "crates/ims-providers/src"];

/// Ways to compare by hand, or to get at the bytes that could be.
const BY_HAND: &[&str] =
    &["ct_eq", "constant_time", "subtle::", "finalize()", "use hmac", "hmac::", ".verify("];

#[test]
fn signatures_are_compared_by_the_library_alone() {
    let mut faults = Vec::new();
    for file in SHIPPED.iter().flat_map(|folder| files_ending(folder, ".rs")) {
        // What an adapter is tried with is no adapter.
        if file == PLACE || file.contains("/conformance") {
            continue;
        }
        for (number, line) in (1..).zip(text(&file).lines()) {
            let code = line.split("//").next().unwrap_or_default();
            for way in BY_HAND.iter().filter(|way| code.contains(*way)) {
                faults.push(format!("{file}:{number}: `{way}`: ask ims_pay::MacKey to verify"));
            }
            if is_compared(code) {
                faults.push(format!("{file}:{number}: a signature is compared by MacKey only"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn the_one_place_asks_the_library() {
    let place = text(PLACE);
    assert!(place.contains("verify_slice"), "{PLACE} does not ask the library");
    assert_eq!(place.matches("verify_slice").count(), 1, "{PLACE} asks in one place");
}

/// `signature == …`, `mac != …`, and the other way round.
fn is_compared(code: &str) -> bool {
    let Some((before, after)) = code.split_once("==").or_else(|| code.split_once("!=")) else {
        return false;
    };
    let word = |text: Option<&str>| {
        let text = text.unwrap_or_default().to_ascii_lowercase();
        ["signature", "mac", "digest", "hmac", "sign_hex", "sign_base64"]
            .iter()
            .any(|name| text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == *name))
    };
    word(before.split_whitespace().last()) || word(after.split_whitespace().next())
}

#[test]
fn a_comparison_is_known_when_it_is_seen() {
    for (line, is) in [
        ("if signature == given {", true),
        ("let ok = given != hmac;", true),
        ("key.sign_hex(body) == given", true),
        ("if hash == \"SHA256\" {", false),
        ("let signature = header;", false),
    ] {
        assert_eq!(is_compared(line), is, "{line}");
    }
}
