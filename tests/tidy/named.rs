//! Pages that name the tests which hold what they say: each of those tests is
//! there, where the page says.

use crate::assert_none;
use crate::repository::{files_ending, text};

/// The pages, and the fewest tests each names: it says nothing if it names none.
const PAGES: &[(&str, usize)] = &[("docs/defects.md", 22), ("docs/localgov-ims.md", 100)];

#[test]
fn every_test_a_page_names_is_there() {
    let sources: Vec<(String, String)> = ["crates", "bins", "tests"]
        .iter()
        .flat_map(|folder| files_ending(folder, ".rs"))
        .map(|file| (file.clone(), text(&file)))
        .collect();
    let mut faults = Vec::new();
    for (page, at_least) in PAGES {
        let named = named(&text(page));
        if named.len() < *at_least {
            faults.push(format!("{page}: names {} tests, not {at_least} or more", named.len()));
        }
        for (line, name) in named {
            if !sources.iter().any(|(file, text)| holds(file, text, &name)) {
                faults.push(format!("{page}:{line}: there is no test `{name}`"));
            }
        }
    }
    assert_none(&faults);
}

/// The words between backticks in the last cell of each row of a table: a test
/// with its modules, a test, or a file of tests. Names of crates are not.
fn named(page: &str) -> Vec<(usize, String)> {
    let is_name = |word: &&str| {
        word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "_:".contains(c))
    };
    (1..)
        .zip(page.lines())
        .filter(|(_, line)| line.starts_with('|') && line.ends_with('|'))
        .flat_map(|(number, line)| {
            let cell = line.trim_end_matches('|').rsplit('|').next().unwrap();
            let words = cell.split('`').skip(1).step_by(2).filter(is_name);
            words.map(|word| (number, word.to_owned())).collect::<Vec<_>>()
        })
        .collect()
}

/// Whether a source has what is named: the function, in a module of those names;
/// or, for a bare word, a file called so.
fn holds(file: &str, text: &str, name: &str) -> bool {
    let mut parts: Vec<&str> = name.split("::").collect();
    let last = parts.pop().unwrap();
    let stem = file.trim_end_matches(".rs");
    if parts.is_empty() && stem.ends_with(&format!("/{last}")) && text.contains("fn ") {
        return true;
    }
    let is_in = |module: &&str| {
        stem.split('/').any(|part| part == *module) || text.contains(&format!("mod {module} {{"))
    };
    text.contains(&format!("fn {last}(")) && parts.iter().all(is_in)
}

#[test]
fn a_name_that_is_nowhere_is_noticed() {
    let page = "| W1 | there | `imports::here` and `ims-pay` `Draft`, `gone` |\n\n`prose`\n";
    let words: Vec<_> = named(page).into_iter().map(|(_, word)| word).collect();
    assert_eq!(words, ["imports::here", "gone"]);
    for (file, name, good) in [
        ("crates/a/tests/deeds/imports.rs", "imports::here", true),
        ("crates/a/tests/deeds/imports.rs", "here", true),
        ("crates/a/tests/deeds/imports.rs", "imports", true),
        ("crates/a/tests/deeds/others.rs", "imports::here", false),
        ("crates/a/tests/deeds/imports.rs", "imports::there", false),
        ("crates/a/tests/deeds/others.rs", "inner::here", true),
    ] {
        assert_eq!(holds(file, "mod inner {\nfn here(url: &str)", name), good, "{file} {name}");
    }
}
