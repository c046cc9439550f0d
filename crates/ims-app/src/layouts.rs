//! File layouts of a council's own, and what its exports are written by.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_files::{
    Format,
    layout::{self, Layout},
    sheet::Confirmed,
};
use ims_ledger::{Council, ExportSettings};

use crate::{AppError, Result};

/// What is wrong with the layouts a configuration has or names. Asked when a
/// configuration is proposed; each deed that follows trusts it.
pub(crate) fn faults(council: &Council) -> Vec<String> {
    let mut faults = Vec::new();
    for own in &council.layout {
        match Layout::check(&own.text) {
            Ok(layout) if layout.name() == own.layout() => {}
            Ok(layout) => faults.push(format!(
                "layout {}: its text is of `{}`; its name begins with that",
                own.name,
                layout.name()
            )),
            Err(all) => {
                faults.extend(all.iter().map(|fault| format!("layout {}: {fault}", own.name)));
            }
        }
    }
    for export in &council.export {
        let versions: Vec<Layout> = own(council).filter(|l| l.name() == export.layout).collect();
        let versions = if versions.is_empty() {
            layout::named(&export.layout).into_iter().collect()
        } else {
            versions
        };
        if versions.is_empty() {
            faults.push(format!(
                "export {}: there is no layout `{}`; `ims file formats` lists them",
                export.name, export.layout
            ));
        }
        for version in versions {
            if !version.writes() {
                faults.push(format!(
                    "export {}: the layout `{}` is for reading",
                    export.name, export.layout
                ));
            } else if let Err(fault) = version.with(&export.set) {
                faults.push(format!("export {}: {fault}", export.name));
            }
        }
    }
    faults
}

fn own(council: &Council) -> impl Iterator<Item = Layout> {
    council.layout.iter().filter_map(|own| Layout::check(&own.text).ok())
}

/// A format of the council's own.
pub(crate) type OwnFormat = Box<dyn Format + Send>;

/// The formats of the council's own by which files are read on a day: its layouts,
/// and the spreadsheets it has confirmed.
pub(crate) fn readers(council: &Council, day: NaiveDate) -> Vec<OwnFormat> {
    let layouts = own(council).filter(|layout| layout.reads() && layout.is_in_force(day));
    let mut readers: Vec<OwnFormat> = Vec::new();
    for layout in layouts {
        readers.push(Box::new(layout));
    }
    if !council.sheet.is_empty() {
        readers.push(Box::new(Confirmed::of(&council.sheet)));
    }
    readers
}

/// Whether the council has a layout of that name.
pub(crate) fn has(council: &Council, name: &str) -> bool {
    council.layout.iter().any(|own| own.layout() == name)
}

/// What a series of exports is written by on a day, and what of it is set; the
/// usual layout where the council says nothing.
pub(crate) fn of_export<'c>(
    council: &'c Council,
    series: &str,
    usual: &str,
    day: NaiveDate,
) -> Result<(Layout, Option<&'c ExportSettings>)> {
    let settings = council.export.iter().find(|export| export.name == series);
    let name = settings.map_or(usual, |settings| settings.layout.as_str());
    let layout = if has(council, name) {
        let own: Vec<Layout> = own(council).collect();
        layout::in_force(&own, name, day).cloned()
    } else {
        layout::named(name)
    };
    let absent = || {
        AppError::BadInput(format!(
            "export {series}: no version of the layout `{name}` is in force on {day}"
        ))
    };
    let layout = layout.ok_or_else(absent)?;
    let nothing = BTreeMap::new();
    let set = settings.map_or(&nothing, |settings| &settings.set);
    let layout = layout.with(set).map_err(AppError::BadInput)?;
    Ok((layout, settings))
}
