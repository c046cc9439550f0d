//! Each way that bytes of others come in.

use ims_files::{
    Format, Record, Verdict, add_up, bacs::WeightTable, fingerprint::Prints, formats,
    layout::Layout, sheet,
};

use super::layouts;

/// One reader: of a format, or of what is no format.
pub enum Door {
    Format(&'static dyn Format),
    /// Columns of a spreadsheet looked for, then read as they were found.
    Sheet,
    /// Spreadsheets whose columns were confirmed: those of `tests/golden`.
    Confirmed(sheet::Confirmed),
    /// A layout as operators write them, reading what is not of it.
    By(&'static str, Box<Layout>),
    /// A layout that an operator wrote, and what it then reads of its own text.
    Layout,
    /// Bacs's tables of weights and substitutes.
    Modulus,
    /// Postings added up.
    Postings,
    /// Card numbers looked for in the whole text.
    Masked,
    /// Card numbers looked for in the file that is kept.
    MaskedFile,
}

/// All of them.
pub fn all() -> Vec<Door> {
    let mut all: Vec<Door> = formats().iter().map(|format| Door::Format(*format)).collect();
    all.extend([Door::Sheet, Door::Layout, Door::Modulus, Door::Postings, Door::Masked]);
    all.extend([Door::MaskedFile, Door::Confirmed(confirmed())]);
    all.extend(layouts::all().map(|(name, layout)| Door::By(name, Box::new(layout))));
    all
}

/// What would be confirmed of our golden spreadsheets.
fn confirmed() -> sheet::Confirmed {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../golden/payments-sheet");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the golden spreadsheets are there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "in"))
        .collect();
    files.sort();
    let sheets: Vec<_> = files
        .iter()
        .filter_map(|path| sheet::detect(&mut &*std::fs::read(path).ok()?).ok())
        .zip(1..)
        .map(|(detected, nth)| detected.to_confirm(&format!("sheet-{nth}")))
        .collect();
    assert!(!sheets.is_empty(), "no golden spreadsheet has columns");
    sheet::Confirmed::of(&sheets)
}

impl Door {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Format(format) => format.name(),
            Self::Sheet => "sheet",
            Self::Layout => "layout",
            Self::Modulus => "modulus",
            Self::Postings => "postings-csv",
            Self::Masked => "masked",
            Self::MaskedFile => "masked-file",
            Self::Confirmed(_) => "confirmed",
            Self::By(name, _) => name,
        }
    }

    /// Reads it; panics where what comes out is wrong in itself.
    pub fn read(&self, file: &[u8]) {
        match self {
            Self::Format(format) => whole(*format, file),
            Self::Confirmed(sheets) => whole(sheets, file),
            Self::By(_, layout) => whole(&**layout, file),
            Self::Sheet => {
                if let Ok(detected) = sheet::detect(&mut &*file) {
                    fit(&sheet::read(&mut &*file, &detected, &mut |_| {}));
                }
            }
            Self::Layout => {
                let text = String::from_utf8_lossy(file);
                if let Ok(layout) = Layout::parse(&text)
                    && layout.reads()
                {
                    fit(&layout.read(&mut &*file, &mut |_| {}));
                }
            }
            Self::Modulus => {
                let (mut table, verdict) = WeightTable::read(&mut &*file);
                fit(&verdict);
                fit(&table.substitute(&mut &*file));
                let _ = table.check("200000", "12345678");
            }
            Self::Postings => fit(&add_up(&mut &*file).1),
            Self::Masked => {
                let text = String::from_utf8_lossy(file);
                if let Some(masked) = ims_files::masked(&text) {
                    assert_eq!(masked.chars().count(), text.chars().count());
                    assert_eq!(ims_files::masked(&masked), None, "masked twice");
                }
            }
            Self::MaskedFile => {
                let all = ims_files::masked_file(file, None);
                if let Some(kept) = &all {
                    assert_eq!(kept.len(), file.len());
                    assert_eq!(ims_files::masked_file(kept, None), None, "masked twice");
                }
                let some = ims_files::masked_file(file, Some(&[1, 3]));
                assert!(some.is_none() || all.is_some(), "a line has what the file has not");
            }
        }
    }
}

/// What holds of every reading of a whole file.
fn whole(format: &dyn Format, file: &[u8]) {
    let mut order = Order::default();
    let verdict = format.read(&mut &*file, &mut |record| order.take(&record));
    assert!(!order.open, "a statement stays open");
    fit(&verdict);
}

/// What holds of every verdict.
fn fit(verdict: &Verdict) {
    assert!(verdict.faults.iter().all(|fault| !fault.message.is_empty() && fault.line != Some(0)));
    assert_eq!(verdict.is_read_whole(), verdict.errors == 0);
}

/// What holds of the order of records, their fingerprints taken as an import does.
#[derive(Default)]
struct Order {
    open: bool,
    prints: Prints,
}

impl Order {
    fn take(&mut self, record: &Record) {
        match record {
            Record::StatementOpens(_) => {
                assert!(!self.open, "a statement opens in another");
                self.open = true;
            }
            Record::Line(_) => assert!(self.open, "a line outside a statement"),
            Record::StatementCloses(_) => {
                assert!(self.open, "a statement closes twice");
                self.open = false;
            }
            _ => self.prints.take(record),
        }
    }
}
