//! What each package of the workspace says that it depends on.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::repository::{names, text};

/// One `Cargo.toml`.
pub(crate) struct Manifest {
    /// Where it is, from the root: `crates/ims-money`.
    pub(crate) folder: String,
    table: Table,
}

/// When a dependency is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// For everybody who uses the crate, or its build script.
    Always,
    /// For its tests and examples only.
    Dev,
}

impl Manifest {
    fn read(folder: String) -> Self {
        let table = text(&format!("{folder}/Cargo.toml"))
            .parse()
            .unwrap_or_else(|why| panic!("{folder}/Cargo.toml: {why}"));
        Self { folder, table }
    }

    /// The package's name.
    pub(crate) fn name(&self) -> &str {
        self.package("name").and_then(Value::as_str).unwrap()
    }

    /// A line of its `[package]`.
    pub(crate) fn package(&self, key: &str) -> Option<&Value> {
        self.table.get("package")?.get(key)
    }

    /// The names of what it depends on, on any platform.
    pub(crate) fn dependencies(&self, kind: Kind) -> BTreeSet<String> {
        let tables: &[&str] = match kind {
            Kind::Always => &["dependencies", "build-dependencies"],
            Kind::Dev => &["dev-dependencies"],
        };
        let platforms = self.table.get("target").and_then(Value::as_table);
        let places = platforms.into_iter().flat_map(Table::values).filter_map(Value::as_table);
        std::iter::once(&self.table)
            .chain(places)
            .flat_map(|place| tables.iter().filter_map(|name| place.get(*name)?.as_table()))
            .flatten()
            .map(|(key, value)| {
                let renamed = value.get("package").and_then(Value::as_str);
                renamed.unwrap_or(key).to_owned()
            })
            .collect()
    }
}

/// The crates, in the order of their names.
pub(crate) fn crates() -> Vec<Manifest> {
    folders("crates")
}

/// Every package: crates, programs, examples, tests.
pub(crate) fn all() -> Vec<Manifest> {
    let mut all = crates();
    all.extend(folders("bins"));
    all.extend(["examples", "tests"].map(|name| Manifest::read(name.to_owned())));
    all
}

/// The version that all packages share.
pub(crate) fn version() -> String {
    let table: Table = text("Cargo.toml").parse().unwrap();
    table["workspace"]["package"]["version"].as_str().unwrap().to_owned()
}

fn folders(parent: &str) -> Vec<Manifest> {
    let folders = names(parent).into_iter().map(|name| format!("{parent}/{name}"));
    folders.map(Manifest::read).collect()
}
