//! The front page of each crate, and what its manifest says to the world.

use toml::Value;

use crate::assert_none;
use crate::manifest::{Manifest, all, crates};
use crate::repository::text;

#[test]
fn every_crate_opens_with_a_tour_and_an_example_that_runs() {
    let mut faults = Vec::new();
    for manifest in crates() {
        let file = format!("{}/src/lib.rs", manifest.folder);
        let text = text(&file);
        let front: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        if front.is_empty() {
            faults.push(format!("{file} does not begin with its front page (`//!`)"));
        } else if !has_running_example(&front) {
            faults.push(format!("{file} has no example on its front page that runs"));
        }
    }
    assert_none(&faults);
}

/// Whether a fence opens that rustdoc runs.
fn has_running_example(front: &[&str]) -> bool {
    let fences =
        front.iter().filter_map(|line| line.trim_start_matches("//!").trim().strip_prefix("```"));
    // Every other fence closes what the one before it opened.
    fences.step_by(2).any(|language| matches!(language, "" | "rust"))
}

#[test]
fn every_crate_says_what_it_is_in_a_sentence() {
    let faults: Vec<String> = crates()
        .iter()
        .filter(|manifest| {
            let sentence = manifest.package("description").and_then(Value::as_str);
            !sentence.is_some_and(|sentence| sentence.ends_with('.') && sentence.len() > 20)
        })
        .map(|manifest| format!("{}: `description` is not a sentence", manifest.folder))
        .collect();
    assert_none(&faults);
}

#[test]
fn crates_are_published_and_nothing_else_is() {
    let mut faults = Vec::new();
    for manifest in all() {
        let kept_back = manifest.package("publish").and_then(Value::as_bool) == Some(false);
        if kept_back == is_library(&manifest) {
            let folder = &manifest.folder;
            faults.push(format!("{folder}: `publish = false` is for all but the library crates"));
        }
    }
    assert_none(&faults);
}

fn is_library(manifest: &Manifest) -> bool {
    manifest.folder.starts_with("crates/") && manifest.name() != "ims-testkit"
}

#[test]
fn every_package_keeps_the_lints_and_the_version_of_all() {
    let mut faults = Vec::new();
    for manifest in all() {
        for key in ["version", "edition", "rust-version", "license"] {
            let shared = manifest.package(key).and_then(|value| value.get("workspace"));
            if shared.and_then(Value::as_bool) != Some(true) {
                faults.push(format!("{}: `{key}.workspace = true` is missing", manifest.folder));
            }
        }
        if !text(&format!("{}/Cargo.toml", manifest.folder)).contains("[lints]\nworkspace = true") {
            faults.push(format!("{}: `[lints]` are not those of the workspace", manifest.folder));
        }
    }
    assert_none(&faults);
}
