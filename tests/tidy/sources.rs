//! What is not left lying about in sources.

use crate::assert_none;
use crate::repository::{files, text};

/// Each with what to do instead. In two halves, so that this file has none.
const LEFTOVERS: &[(&str, &str, &str)] = &[
    ("todo", "!(", "do it, or leave it out"),
    ("unimplemented", "!(", "do it, or leave it out"),
    ("dbg", "!(", "remove it"),
    ("FIX", "ME", "mend it, or file an issue"),
    ("TO", "DO", "do it, or file an issue"),
    ("#[ig", "nore", "a test runs or is removed; a long one asks for IMS_TEST_LONG"),
    ("```ig", "nore", "an example runs, or is marked `text`"),
];

const SOURCES: &[&str] = &[".rs", ".sql", ".html", ".css", ".js", ".toml", ".yml"];

#[test]
fn nothing_is_left_for_later() {
    let mut faults = Vec::new();
    for file in files(".").into_iter().filter(|file| SOURCES.iter().any(|end| file.ends_with(end)))
    {
        for (number, line) in (1..).zip(text(&file).lines()) {
            for (start, end, instead) in LEFTOVERS {
                if line.contains(&format!("{start}{end}")) {
                    faults.push(format!("{file}:{number}: `{start}{end}`: {instead}"));
                }
            }
        }
    }
    assert_none(&faults);
}
