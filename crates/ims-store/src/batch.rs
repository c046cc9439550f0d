//! Many rows for one table, held by column, as PostgreSQL takes them.

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use uuid::Uuid;

/// A column of a batch. Absent values are allowed in any.
#[derive(Debug)]
pub(crate) enum Column {
    Int(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Uuid(Vec<Option<Uuid>>),
    Day(Vec<Option<NaiveDate>>),
    Time(Vec<Option<DateTime<Utc>>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// Rows to be inserted in one go.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) table: &'static str,
    pub(crate) columns: Vec<(&'static str, Column)>,
    pub(crate) rows: usize,
}

impl Batch {
    pub(crate) fn new(table: &'static str, rows: usize) -> Self {
        Self { table, columns: Vec::new(), rows }
    }

    fn with(mut self, name: &'static str, column: Column) -> Self {
        self.columns.push((name, column));
        self
    }

    /// The same number on every row: the council.
    pub(crate) fn council(self, council: ims_ledger::id::CouncilId) -> Self {
        let column = Column::Int(vec![Some(council.get()); self.rows]);
        self.with("council_id", column)
    }

    pub(crate) fn ints(self, name: &'static str, it: impl Iterator<Item = i64>) -> Self {
        self.with(name, Column::Int(it.map(Some).collect()))
    }

    pub(crate) fn opt_ints(
        self,
        name: &'static str,
        it: impl Iterator<Item = Option<i64>>,
    ) -> Self {
        self.with(name, Column::Int(it.collect()))
    }

    pub(crate) fn texts<'a>(self, name: &'static str, it: impl Iterator<Item = &'a str>) -> Self {
        self.with(name, Column::Text(it.map(|text| Some(text.to_owned())).collect()))
    }

    pub(crate) fn strings(self, name: &'static str, it: impl Iterator<Item = String>) -> Self {
        self.with(name, Column::Text(it.map(Some).collect()))
    }

    pub(crate) fn opt_texts<'a>(
        self,
        name: &'static str,
        it: impl Iterator<Item = Option<&'a str>>,
    ) -> Self {
        self.with(name, Column::Text(it.map(|text| text.map(str::to_owned)).collect()))
    }

    pub(crate) fn uuids(self, name: &'static str, it: impl Iterator<Item = Uuid>) -> Self {
        self.with(name, Column::Uuid(it.map(Some).collect()))
    }

    pub(crate) fn opt_uuids(
        self,
        name: &'static str,
        it: impl Iterator<Item = Option<Uuid>>,
    ) -> Self {
        self.with(name, Column::Uuid(it.collect()))
    }

    pub(crate) fn days(self, name: &'static str, it: impl Iterator<Item = NaiveDate>) -> Self {
        self.with(name, Column::Day(it.map(Some).collect()))
    }

    pub(crate) fn opt_days(
        self,
        name: &'static str,
        it: impl Iterator<Item = Option<NaiveDate>>,
    ) -> Self {
        self.with(name, Column::Day(it.collect()))
    }

    pub(crate) fn times(self, name: &'static str, it: impl Iterator<Item = DateTime<Utc>>) -> Self {
        self.with(name, Column::Time(it.map(|time| Some(time.trunc_subsecs(6))).collect()))
    }

    pub(crate) fn opt_times(
        self,
        name: &'static str,
        it: impl Iterator<Item = Option<DateTime<Utc>>>,
    ) -> Self {
        let whole = |time: Option<DateTime<Utc>>| time.map(|time| time.trunc_subsecs(6));
        self.with(name, Column::Time(it.map(whole).collect()))
    }

    pub(crate) fn bytes<'a>(self, name: &'static str, it: impl Iterator<Item = &'a [u8]>) -> Self {
        self.with(name, Column::Bytes(it.map(|bytes| Some(bytes.to_vec())).collect()))
    }

    pub(crate) fn opt_bytes(
        self,
        name: &'static str,
        it: impl Iterator<Item = Option<Vec<u8>>>,
    ) -> Self {
        self.with(name, Column::Bytes(it.collect()))
    }

    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}
