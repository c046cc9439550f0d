//! A signature is compared in one place, by the MAC library's own `verify_slice`.

use crate::assert_none;
use crate::repository::{files_ending, text};

/// Where the one place is.
const PLACE: &str = "crates/ims-pay/src/mac.rs";

/// Where the token of a form is compared, in a time that tells nothing of it: it is a
/// secret and no signature.
const FORM_TOKENS: &str = "crates/ims-web/src/csrf.rs";

/// Who may know of MACs at all: they sign what goes out, or ask the one place.
const SIGNERS: [&str; 2] = ["crates/ims-pay/src/", "crates/ims-providers/src/"];

/// Ways to compare by hand.
const BY_HAND: &[&str] =
    &["ct_eq", "constant_time", "subtle::", "use hmac", "hmac::", "Hmac<", "timingsafe"];

/// Ways to get at the bytes that could be, where MACs are known.
const AT_BYTES: &[&str] = &["finalize()", ".verify("];

/// Names of what is compared by hand only by mistake.
const SIGNATURES: &[&str] =
    &["signature", "signatures", "mac", "hmac", "sign_hex", "sign_base64", "sign_url"];

/// Names that say what is compared, whatever it is: two of them are suspect.
const EITHER: &[&str] = &["given", "expected", "computed", "presented", "received", "wanted"];

#[test]
fn signatures_are_compared_by_the_library_alone() {
    let mut faults = Vec::new();
    let mut read = 0;
    for file in files_ending("crates", ".rs").into_iter().chain(files_ending("bins", ".rs")) {
        let is_shipped = file.contains("/src/") && !file.starts_with("crates/ims-testkit/");
        // What an adapter is tried with is no adapter.
        let is_trial = file.contains("/conformance") || file.ends_with("/tests.rs");
        if !is_shipped || is_trial || file == PLACE || file == FORM_TOKENS {
            continue;
        }
        read += 1;
        let is_signer = SIGNERS.iter().any(|folder| file.starts_with(folder));
        let ways = BY_HAND.iter().chain(AT_BYTES.iter().filter(|_| is_signer));
        let ways: Vec<_> = ways.collect();
        for (number, code) in statements(&text(&file)) {
            for way in ways.iter().filter(|way| code.contains(**way)) {
                faults.push(format!("{file}:{number}: `{way}`: ask ims_pay::MacKey to verify"));
            }
            if is_compared(&code, is_signer) {
                faults.push(format!("{file}:{number}: a signature is compared by MacKey only"));
            }
        }
    }
    assert!(read > 500, "{read} files were read");
    assert_none(&faults);
}

/// The lines without comments and with their numbers; a line that begins with a
/// comparison belongs to the one before it.
fn statements(text: &str) -> Vec<(usize, String)> {
    let mut all: Vec<(usize, String)> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let code = line.split("//").next().unwrap_or_default();
        let goes_on = ["==", "!=", ".eq(", ".ne("].iter().any(|it| code.trim().starts_with(it));
        match all.last_mut() {
            Some((_, before)) if goes_on => {
                before.push(' ');
                before.push_str(code.trim());
            }
            _ => all.push((number, code.to_owned())),
        }
    }
    all
}

#[test]
fn the_one_place_asks_the_library() {
    let place = text(PLACE);
    assert!(place.contains("verify_slice"), "{PLACE} does not ask the library");
    assert_eq!(place.matches("verify_slice").count(), 1, "{PLACE} asks in one place");
}

/// `signature == …`, `mac.ne(…`, and the other way round; where MACs are known, also
/// `given == expected`.
fn is_compared(code: &str, is_signer: bool) -> bool {
    ["==", "!=", ".eq(", ".ne("].iter().any(|way| {
        let Some((before, after)) = code.split_once(way) else { return false };
        let (before, after) = (last_path(before), first_path(after));
        let is_named = |path: &[String]| path.iter().any(|it| SIGNATURES.contains(&it.as_str()));
        let is_either = |path: &[String]| path.iter().any(|it| EITHER.contains(&it.as_str()));
        let is_digest = |path: &[String]| path.iter().any(|it| it == "digest");
        is_named(&before)
            || is_named(&after)
            || (is_signer && is_either(&before) && is_either(&after))
            || (is_signer && (is_digest(&before) || is_digest(&after)))
    })
}

/// The names of `self.signature.as_bytes()`, as far as they stand together.
fn names(path: &str) -> Vec<String> {
    let words = path.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
}

fn last_path(text: &str) -> Vec<String> {
    names(text.trim_end().rsplit(' ').next().unwrap_or_default())
}

fn first_path(text: &str) -> Vec<String> {
    names(text.trim_start().split(' ').next().unwrap_or_default())
}

#[test]
fn a_comparison_is_known_when_it_is_seen() {
    for (text, is) in [
        ("if signature == given {", true),
        ("let ok = given != hmac;", true),
        ("key.sign_hex(body) == given", true),
        ("key.sign_hex(&body)\n    == given", true),
        ("given\n    .eq(&expected)", true),
        ("signature.as_bytes().eq(given)", true),
        ("given.as_bytes().ne(self.mac.as_slice())", true),
        ("if given == expected {", true),
        ("digest == ours", true),
        ("if hash == \"SHA256\" {", false),
        ("names.eq(others)", false),
        ("given == name", false),
        ("let signature = header;", false),
    ] {
        let came = statements(text).iter().any(|(_, code)| is_compared(code, true));
        assert_eq!(came, is, "{text}");
    }
    assert!(!is_compared("before.digest != digest", false), "what a row holds is no MAC");
}
