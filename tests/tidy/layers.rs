//! Which of our crates may use which. The same table is in
//! `docs/architecture.md`; a new arrow is a decision.

use crate::assert_none;
use crate::manifest::{Kind, Manifest, all, crates};

/// Each crate with those it may use, lowest layer first.
const LAYERS: &[(&str, &[&str])] = &[
    ("ims-money", &[]),
    ("ims-ledger", &["ims-money"]),
    ("ims-reconcile", &["ims-money"]),
    ("ims-files", &["ims-money", "ims-ledger"]),
    ("ims-pay", &["ims-money", "ims-ledger"]),
    ("ims-providers", &["ims-money", "ims-ledger", "ims-pay"]),
    ("ims-synthetic", &["ims-money", "ims-ledger", "ims-files"]),
    ("ims-store", &["ims-money", "ims-ledger", "ims-reconcile"]),
    (
        "ims-app",
        &[
            "ims-money",
            "ims-ledger",
            "ims-reconcile",
            "ims-files",
            "ims-pay",
            "ims-providers",
            "ims-store",
        ],
    ),
    ("ims-gateway", &["ims-app", "ims-money", "ims-ledger", "ims-pay", "ims-providers"]),
    ("ims-edge", &["ims-app", "ims-money", "ims-ledger", "ims-pay"]),
    (
        "ims-web",
        &[
            "ims-app",
            "ims-gateway",
            "ims-money",
            "ims-ledger",
            "ims-reconcile",
            "ims-files",
            "ims-pay",
        ],
    ),
    (
        "ims-cli",
        &[
            "ims-app",
            "ims-gateway",
            "ims-edge",
            "ims-money",
            "ims-ledger",
            "ims-reconcile",
            "ims-files",
            "ims-synthetic",
            "ims-store",
        ],
    ),
];

/// Serves tests only, so it has no layer and nobody ships it.
const TESTKIT: &str = "ims-testkit";

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|(layer, _)| *layer == name)
}

fn ours(manifest: &Manifest, kind: Kind) -> impl Iterator<Item = String> {
    manifest.dependencies(kind).into_iter().filter(|name| name.starts_with("ims-"))
}

#[test]
fn the_table_itself_only_points_downwards() {
    let mut faults = Vec::new();
    for (at, (name, uses)) in LAYERS.iter().enumerate() {
        for used in *uses {
            if layer(used).is_none_or(|below| below >= at) {
                faults.push(format!("{name} stands on {used}, which is not below it"));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn every_crate_has_its_layer() {
    let mut here: Vec<String> = crates().iter().map(|c| c.name().to_owned()).collect();
    let mut known: Vec<String> = LAYERS.iter().map(|(name, _)| (*name).to_owned()).collect();
    known.push(TESTKIT.to_owned());
    here.sort();
    known.sort();
    assert_eq!(here, known);
}

#[test]
fn crates_use_only_what_is_below_them() {
    let mut faults = Vec::new();
    for manifest in crates() {
        let Some(at) = layer(manifest.name()) else { continue };
        for used in ours(&manifest, Kind::Always) {
            if !LAYERS[at].1.contains(&used.as_str()) {
                faults.push(format!("{} may not use {used}", manifest.name()));
            }
        }
        for used in ours(&manifest, Kind::Dev) {
            let below = layer(&used).is_some_and(|below| below < at);
            if !below && used != TESTKIT && used != manifest.name() {
                faults.push(format!("tests of {} may not use {used}", manifest.name()));
            }
        }
    }
    assert_none(&faults);
}

#[test]
fn nothing_is_shipped_with_the_testkit() {
    let faults: Vec<String> = all()
        .iter()
        .filter(|manifest| manifest.folder.contains('/') && manifest.name() != TESTKIT)
        .filter(|manifest| ours(manifest, Kind::Always).any(|name| name == TESTKIT))
        .map(|manifest| format!("{}: {TESTKIT} belongs in [dev-dependencies]", manifest.folder))
        .collect();
    assert_none(&faults);
}
