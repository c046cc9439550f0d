//! What comes out of a statement: one type for both databases.

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use ims_ledger::{Account, seal::ContentHash};
use ims_money::Pence;
use uuid::Uuid;

use crate::{Result, StoreError};

/// A value as the database gave it.
#[cfg_attr(
    not(feature = "postgres"),
    expect(dead_code, reason = "SQLite keeps ids, days and times as bytes and texts")
)]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
    Uuid(Uuid),
    Day(NaiveDate),
    Time(DateTime<Utc>),
}

/// A row; its columns are asked for by place, in the order of the statement.
#[derive(Clone, Debug)]
pub(crate) struct Row(pub(crate) Vec<Cell>);

fn corrupt<T>(column: usize, why: &str) -> Result<T> {
    Err(StoreError::Corrupt { column, why: why.to_owned() })
}

impl Row {
    fn cell(&self, at: usize) -> Result<&Cell> {
        match self.0.get(at) {
            Some(cell) => Ok(cell),
            None => corrupt(at, "there is no such column"),
        }
    }

    pub(crate) fn opt_int(&self, at: usize) -> Result<Option<i64>> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Int(value) => Ok(Some(*value)),
            _ => corrupt(at, "it is no whole number"),
        }
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64> {
        self.opt_int(at)?.map_or_else(|| corrupt(at, "it is absent"), Ok)
    }

    pub(crate) fn pence(&self, at: usize) -> Result<Pence> {
        self.int(at).map(Pence::new)
    }

    pub(crate) fn opt_pence(&self, at: usize) -> Result<Option<Pence>> {
        Ok(self.opt_int(at)?.map(Pence::new))
    }

    pub(crate) fn bool(&self, at: usize) -> Result<bool> {
        self.int(at).map(|value| value != 0)
    }

    pub(crate) fn opt_text(&self, at: usize) -> Result<Option<String>> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Text(value) => Ok(Some(value.clone())),
            _ => corrupt(at, "it is no text"),
        }
    }

    pub(crate) fn text(&self, at: usize) -> Result<String> {
        self.opt_text(at)?.map_or_else(|| corrupt(at, "it is absent"), Ok)
    }

    pub(crate) fn account(&self, at: usize) -> Result<Account> {
        self.text(at)?.parse().or_else(|_| corrupt(at, "it is no account"))
    }

    pub(crate) fn opt_uuid(&self, at: usize) -> Result<Option<Uuid>> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Uuid(value) => Ok(Some(*value)),
            Cell::Bytes(bytes) => {
                Uuid::from_slice(bytes).map(Some).or_else(|_| corrupt(at, "it is no id"))
            }
            _ => corrupt(at, "it is no id"),
        }
    }

    /// An id of any kind: `row.id(0, EntryId::new)?`.
    pub(crate) fn id<T>(&self, at: usize, new: fn(Uuid) -> T) -> Result<T> {
        self.opt_uuid(at)?.map_or_else(|| corrupt(at, "it is absent"), |value| Ok(new(value)))
    }

    pub(crate) fn opt_id<T>(&self, at: usize, new: fn(Uuid) -> T) -> Result<Option<T>> {
        Ok(self.opt_uuid(at)?.map(new))
    }

    pub(crate) fn opt_day(&self, at: usize) -> Result<Option<NaiveDate>> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Day(value) => Ok(Some(*value)),
            Cell::Text(text) => text.parse().map(Some).or_else(|_| corrupt(at, "it is no day")),
            _ => corrupt(at, "it is no day"),
        }
    }

    pub(crate) fn day(&self, at: usize) -> Result<NaiveDate> {
        self.opt_day(at)?.map_or_else(|| corrupt(at, "it is absent"), Ok)
    }

    pub(crate) fn opt_time(&self, at: usize) -> Result<Option<DateTime<Utc>>> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            Cell::Time(value) => Ok(Some(value.trunc_subsecs(6))),
            Cell::Text(text) => DateTime::parse_from_rfc3339(text)
                .map(|time| Some(time.with_timezone(&Utc).trunc_subsecs(6)))
                .or_else(|_| corrupt(at, "it is no time")),
            _ => corrupt(at, "it is no time"),
        }
    }

    pub(crate) fn time(&self, at: usize) -> Result<DateTime<Utc>> {
        self.opt_time(at)?.map_or_else(|| corrupt(at, "it is absent"), Ok)
    }

    pub(crate) fn bytes(&self, at: usize) -> Result<&[u8]> {
        match self.cell(at)? {
            Cell::Bytes(bytes) => Ok(bytes),
            _ => corrupt(at, "it is no run of bytes"),
        }
    }

    pub(crate) fn hash(&self, at: usize) -> Result<ContentHash> {
        ContentHash::from_slice(self.bytes(at)?).map_or_else(|| corrupt(at, "it is no hash"), Ok)
    }

    pub(crate) fn opt_hash(&self, at: usize) -> Result<Option<ContentHash>> {
        match self.cell(at)? {
            Cell::Null => Ok(None),
            _ => self.hash(at).map(Some),
        }
    }
}
