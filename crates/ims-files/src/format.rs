//! What a format is: it recognises a file and reads it.

use std::io::BufRead;

use crate::{Record, Verdict};

/// One format of a file that a council receives.
///
/// A format is stateless: the whole of a reading lives in one call of
/// [`read`](Self::read), which never panics and always ends.
pub trait Format: Sync {
    /// The name that `--as` takes: `mt940`, `barclays-csv`.
    fn name(&self) -> &str;

    /// The name for people: `MT940 and MT942 bank statements`.
    fn title(&self) -> &str;

    /// The page of the specification, from the repository's root.
    fn page(&self) -> &str;

    /// Whether a file that begins so is of this format.
    fn recognise(&self, head: &Head<'_>) -> Confidence;

    /// Reads all of `input`, hands what it finds to `sink` in the order of the
    /// file, and says at the end what only the whole file shows.
    ///
    /// A fault never hides the rows after it. Whether a file with faults may be
    /// posted is not for a reader to say.
    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict;
}

impl std::fmt::Debug for dyn Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The beginning of a file and its name: all that a format is recognised by.
#[derive(Clone, Copy, Debug)]
pub struct Head<'a> {
    /// The first bytes, at most [`HEAD_BYTES_MAX`](crate::HEAD_BYTES_MAX).
    pub bytes: &'a [u8],
    /// The file's name without its folders; empty when it has none.
    pub file_name: &'a str,
}

/// How sure a format is that a file is its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// It is not.
    No,
    /// It is of no fixed shape, but can be read where no other format claims it.
    Guess,
    /// It could be; another format that is sure goes first.
    Maybe,
    /// It is.
    Sure,
}
