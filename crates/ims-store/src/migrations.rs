//! Whether a database has every migration of this program.

use sqlx::migrate::Migrator;

/// The migrations a database has had.
pub(crate) const APPLIED: &str =
    "SELECT version, checksum, success FROM _sqlx_migrations ORDER BY version";

/// Whether they are this program's, each as it is here, and no others.
pub(crate) fn is_current(migrator: &Migrator, applied: &[(i64, Vec<u8>, bool)]) -> bool {
    let ours = migrator.iter().map(|it| (it.version, &*it.checksum, true));
    ours.eq(applied.iter().map(|(version, checksum, done)| (*version, checksum.as_slice(), *done)))
}
