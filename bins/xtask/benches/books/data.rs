//! A made-up council and one file of its receipts, on the disk.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use chrono::NaiveDate;
use ims_synthetic::{Borough, working_day_after};

use crate::Result;

const SEED: u64 = 42;

/// Where everything is, and what must come of it.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    pub(crate) folder: PathBuf,
    /// The day the file comes in.
    pub(crate) day: NaiveDate,
    pub(crate) rows: u64,
    /// The sum of the file, in pence.
    pub(crate) total: i64,
}

impl Data {
    pub(crate) fn council(&self) -> PathBuf {
        self.folder.join("council.toml")
    }

    pub(crate) fn holders(&self) -> PathBuf {
        self.folder.join("holders.csv")
    }

    pub(crate) fn receipts(&self) -> PathBuf {
        self.folder.join("receipts.csv")
    }

    /// Makes a council, its account holders and a file of `rows` receipts:
    /// what several days brought, in one.
    pub(crate) fn make(folder: &Path, rows: u64) -> Result<Self> {
        let mut borough = Borough::new(SEED, usize::try_from(rows)?);
        let mut data = Self { folder: folder.to_owned(), day: borough.first_day(), rows, total: 0 };
        std::fs::write(data.council(), toml::to_string(borough.council())?)?;
        let mut out = BufWriter::new(File::create(data.receipts())?);
        let (mut left, mut is_first) = (rows, true);
        while left > 0 {
            let day = borough.day(data.day);
            for file in &day.files {
                match file.format {
                    "holders-csv" if is_first => std::fs::write(data.holders(), &file.bytes)?,
                    "receipts-csv" => data.take(&file.bytes, &mut left, &mut out)?,
                    _ => {}
                }
            }
            if left > 0 {
                data.day = working_day_after(data.day);
            }
            is_first = false;
        }
        out.flush()?;
        Ok(data)
    }

    /// Copies lines while any are wanted, and adds their amounts up.
    fn take(&mut self, bytes: &[u8], left: &mut u64, out: &mut impl std::io::Write) -> Result<()> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        let mut writer = csv::Writer::from_writer(out);
        for row in reader.byte_records() {
            let row = row?;
            if *left == 0 {
                break;
            }
            let pence = pence(row.get(10).unwrap_or_default())?;
            // Rows of nothing are left out by the import.
            if pence == 0 {
                continue;
            }
            self.total = self.total.checked_add(pence).ok_or("the file's sum is too large")?;
            *left = left.saturating_sub(1);
            writer.write_byte_record(&row)?;
        }
        Ok(writer.flush()?)
    }
}

/// `12.34` or `-12.34` in pence.
pub(crate) fn pence(text: &[u8]) -> Result<i64> {
    let text = std::str::from_utf8(text)?;
    let (pounds, pence) = text.split_once('.').unwrap_or((text, "00"));
    if pence.len() != 2 {
        return Err(format!("`{text}` is no amount with two decimals").into());
    }
    Ok(format!("{pounds}{pence}").parse()?)
}
