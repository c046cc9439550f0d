//! The optional folder of real files from banks, agents and providers.

use std::path::PathBuf;

/// The folder of sample files, or `None` after printing that `check` is left out.
///
/// It is what `IMS_SAMPLES` names, else `../shared/samples` beside the
/// workspace. Nothing in the repository depends on it: the checks that use it
/// are extra.
///
/// ```
/// let check = "every sample statement is recognised";
/// if let Some(folder) = ims_testkit::samples(check) {
///     assert!(folder.is_dir());
/// }
/// ```
///
/// # Panics
///
/// When `IMS_SAMPLES` names something that is not a folder.
#[must_use]
pub fn samples(check: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests are told of the folder this way")]
    if let Ok(named) = std::env::var("IMS_SAMPLES") {
        let folder = PathBuf::from(named);
        assert!(folder.is_dir(), "IMS_SAMPLES names `{}`, which is no folder", folder.display());
        return Some(folder);
    }
    let beside = workspace().join("../shared/samples");
    if beside.is_dir() {
        return Some(beside);
    }
    println!("left out, there being no folder of sample files (IMS_SAMPLES): {check}");
    None
}

/// The folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
