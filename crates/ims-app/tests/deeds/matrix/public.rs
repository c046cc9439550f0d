//! What there is to decide about: every public method of `Books`.

use std::collections::BTreeSet;

/// Public, and for whoever has the books in their hands: what each shows is
/// nobody's in particular.
pub(in super::super) const FOR_ANYBODY: [(&str, &str); 9] = [
    ("app", "the program itself"),
    ("council", "its own code and name"),
    ("actor", "who asks"),
    ("with_origin", "where from"),
    ("settings", "codes and names, without which no page can be read"),
    ("export_kinds", "which files there are, of what they work for"),
    ("roles", "what roles there are"),
    ("seal", "nothing: it only links what is there"),
    ("note_denied", "nothing: that they were refused"),
];

/// What every source file of the crate says.
pub(in super::super) fn sources() -> Vec<String> {
    fn walk(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|it| it == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let mut found = Vec::new();
    walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    found
}

/// The names of the public methods of `Books`, from the source of the crate.
pub(in super::super) fn public_methods() -> BTreeSet<String> {
    fn of_file(text: &str, found: &mut BTreeSet<String>) {
        let mut is_inside = false;
        for line in text.lines() {
            match line {
                "impl Books {" => is_inside = true,
                "}" => is_inside = false,
                _ => {}
            }
            let Some(rest) = line.strip_prefix("    pub ").filter(|_| is_inside) else { continue };
            let Some((_, name)) = rest.split_once("fn ") else { continue };
            let end = name.find(['(', '<']).unwrap();
            found.insert(name[..end].to_owned());
        }
    }
    let mut found = BTreeSet::new();
    sources().iter().for_each(|text| of_file(text, &mut found));
    found
}
