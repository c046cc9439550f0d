//! The statements, each written once where both databases allow.
//!
//! Portable: `$1` placeholders, `RETURNING`, `ON CONFLICT`, CTEs, window
//! functions, row values, partial indexes, `CAST(… AS BIGINT)` around `SUM`.
//! Times and ids come from Rust. What differs is a [`Sql`] with two texts.

/// A statement; the two texts are the same for most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql {
    #[cfg_attr(not(feature = "sqlite"), expect(dead_code, reason = "a build without SQLite"))]
    pub(crate) sqlite: &'static str,
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "a build without PostgreSQL")
    )]
    pub(crate) postgres: &'static str,
}

impl Sql {
    pub(crate) const fn both(text: &'static str) -> Self {
        Self { sqlite: text, postgres: text }
    }

    pub(crate) const fn each(sqlite: &'static str, postgres: &'static str) -> Self {
        Self { sqlite, postgres }
    }
}

/// Declares the statements of an area and the list that a test prepares on both
/// engines: the check that a compiler would otherwise have made.
macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(const $name: $crate::sql::Sql = $sql;)*
        pub(crate) const ALL: &[(&str, $crate::sql::Sql)] = &[$((stringify!($name), $name)),*];
    };
}
pub(crate) use statements;
