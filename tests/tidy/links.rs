//! Links between documents lead somewhere.

use std::path::{Component, Path, PathBuf};

use crate::assert_none;
use crate::repository::{files_ending, root, text};

#[test]
fn every_link_of_a_document_leads_somewhere() {
    let mut faults = Vec::new();
    for file in files_ending(".", ".md") {
        let text = text(&file);
        for (number, target) in links(&text) {
            if let Some(fault) = fault(&file, &text, &target) {
                faults.push(format!("{file}:{number}: `{target}` {fault}"));
            }
        }
    }
    assert_none(&faults);
}

/// What is wrong with a link, if anything.
fn fault(file: &str, own_text: &str, target: &str) -> Option<&'static str> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let there = Path::new(file).parent().unwrap().join(path);
    let there = flat(&there)?;
    if !path.is_empty() && !root().join(&there).exists() {
        return Some("is not there");
    }
    let is_page = path.is_empty() || path.ends_with(".md");
    if heading.is_empty() || !is_page {
        return None;
    }
    let page = if path.is_empty() { own_text.to_owned() } else { text(there.to_str()?) };
    (!headings(&page).iter().any(|known| known == heading)).then_some("has no such heading")
}

/// A path without `.` and `..`.
fn flat(path: &Path) -> Option<PathBuf> {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                flat.pop().then_some(())?;
            }
            Component::CurDir => {}
            Component::Normal(name) => flat.push(name),
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(flat)
}

/// The lines of a document that are prose, with code between backticks blanked.
fn prose(text: &str) -> impl Iterator<Item = (usize, String)> {
    let mut in_code = false;
    (1..).zip(text.lines()).filter_map(move |(number, line)| {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
            return None;
        }
        let outside: Vec<&str> = line.split('`').step_by(2).collect();
        (!in_code).then(|| (number, outside.join(" ")))
    })
}

/// The targets of `[words](target)` and `[name]: target`, with their lines.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for (number, line) in prose(text) {
        for rest in line.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                links.push((number, target.split_whitespace().next().unwrap_or("").to_owned()));
            }
        }
        if let Some((name, target)) = line.split_once("]: ")
            && name.starts_with('[')
        {
            links.push((number, target.trim().to_owned()));
        }
    }
    links
}

/// The names by which a page's headings are linked to.
fn headings(text: &str) -> Vec<String> {
    let mut in_code = false;
    let mut headings = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if line.starts_with('#') && !in_code {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
            headings.push(words.chars().filter(kept).collect::<String>().replace(' ', "-"));
        }
    }
    headings
}

#[test]
fn links_are_found_and_judged() {
    let page = "# A page\n\nSee [that](other.md#x), `[not](this)`.\n\n[ref]: https://example.org\n";
    assert_eq!(links(page), [(3, "other.md#x".to_owned()), (5, "https://example.org".to_owned())]);
    assert_eq!(headings("# Two words, `code`\n```\n# not\n```\n"), ["two-words-code"]);
    assert_eq!(fault("docs/x.md", page, "../Cargo.toml"), None);
    assert_eq!(fault("docs/x.md", page, "#a-page"), None);
    assert_eq!(fault("docs/x.md", page, "#b-page"), Some("has no such heading"));
    assert_eq!(fault("docs/x.md", page, "nowhere.md"), Some("is not there"));
}
