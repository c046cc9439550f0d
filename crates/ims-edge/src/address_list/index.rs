use csv::{ReaderBuilder, StringRecord, Trim};
use ims_app::PostalAddress;
use ims_ledger::Postcode;

use super::columns::Columns;

/// What a row is found by: a postcode, with blanks after it.
type Key = [u8; 8];

/// A list in memory: its text, and where in it each postcode's rows begin.
pub(super) struct Index {
    text: String,
    columns: Columns,
    /// In the order of the keys.
    rows: Vec<(Key, u32)>,
    /// Rows whose postcode is none.
    bad: Bad,
}

/// How many, and the line of the first.
#[derive(Clone, Copy, Debug, Default)]
struct Bad {
    count: u64,
    first: u64,
}

impl std::fmt::Debug for Index {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

fn key(postcode: &Postcode) -> Key {
    let mut key = [b' '; 8];
    for (place, byte) in key.iter_mut().zip(postcode.as_str().bytes()) {
        *place = byte;
    }
    key
}

fn reader(text: &str, has_headers: bool) -> csv::Reader<&[u8]> {
    let mut builder = ReaderBuilder::new();
    builder.has_headers(has_headers).flexible(true).trim(Trim::All);
    builder.from_reader(text.as_bytes())
}

impl Index {
    /// Reads a list; the error says what is wrong with it.
    pub(super) fn of(bytes: Vec<u8>) -> Result<Self, String> {
        let bad = |_| "is no text in UTF-8; save it as CSV UTF-8".to_owned();
        let mut text = String::from_utf8(bytes).map_err(bad)?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let unread = |error: csv::Error| format!("does not read: {error}");
        let mut rows = Vec::new();
        let mut bad = Bad::default();
        let mut reader = reader(&text, true);
        let columns = Columns::of(reader.headers().map_err(unread)?)?;
        let mut row = StringRecord::new();
        while reader.read_record(&mut row).map_err(unread)? {
            let written = row.get(columns.postcode).unwrap_or_default();
            // A street or a field has none, and is nobody's address.
            if written.is_empty() {
                continue;
            }
            let place = row.position();
            match (written.parse(), place.and_then(|it| u32::try_from(it.byte()).ok())) {
                (Ok(postcode), Some(at)) => rows.push((key(&postcode), at)),
                _ => {
                    if bad.count == 0 {
                        bad.first = place.map_or(0, csv::Position::line);
                    }
                    bad.count = bad.count.saturating_add(1);
                }
            }
        }
        if rows.is_empty() {
            return Err("has no row with a postcode".to_owned());
        }
        rows.sort_unstable();
        rows.shrink_to_fit();
        Ok(Self { columns, rows, bad, text })
    }

    /// The addresses of a postcode, in the order of the list.
    pub(super) fn find(&self, postcode: &Postcode) -> Vec<PostalAddress> {
        let key = key(postcode);
        let start = self.rows.partition_point(|(other, _)| *other < key);
        let those = self.rows.iter().skip(start).take_while(|(other, _)| *other == key);
        those.filter_map(|(_, at)| self.address(*at, postcode)).collect()
    }

    fn address(&self, at: u32, postcode: &Postcode) -> Option<PostalAddress> {
        let text = self.text.get(usize::try_from(at).ok()?..)?;
        let mut row = StringRecord::new();
        reader(text, false).read_record(&mut row).ok().filter(|there| *there)?;
        let address = self.columns.address(&row);
        Some(PostalAddress { postcode: postcode.as_str().to_owned(), ..address })
    }

    /// What is wrong with some of its rows, if anything is.
    pub(super) fn fault(&self) -> Option<String> {
        let Bad { count, first } = self.bad;
        (count > 0).then(|| {
            format!("has {count} rows whose postcode is none, the first in line {first}: they are not found")
        })
    }
}
