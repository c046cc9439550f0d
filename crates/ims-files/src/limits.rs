//! How large things may be. Every bound of a reader is here, with its name.

/// The largest file that is read, in bytes, unless the caller says otherwise:
/// a gibibyte. Readers stream, so this bounds time, not memory.
pub const FILE_BYTES_MAX: u64 = 1 << 30;

/// How much of a file recognition may look at, in bytes.
pub const HEAD_BYTES_MAX: usize = 64 << 10;

/// The longest layout that an operator may write, in bytes: the longest of ours has
/// four thousand.
pub const LAYOUT_BYTES_MAX: usize = 128 << 10;

/// The longest line of a text format, in bytes. The rest of a longer one is
/// skipped and reported.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// The most text kept of one statement line or one logical record, in bytes.
pub const RECORD_BYTES_MAX: usize = 256 << 10;

/// The most physical lines that one quoted CSV field may span.
pub const QUOTED_LINES_MAX: u64 = 200;

/// The most columns of a CSV row.
pub const COLUMNS_MAX: usize = 500;

/// The most statements (or schedules, settlements, accounts) of one file.
pub const STATEMENTS_MAX: u64 = 100_000;

/// The most statement lines held back because a CSV mixes several accounts.
pub const HELD_LINES_MAX: usize = 1_000_000;

/// How deep the elements of an XML file may nest.
pub const XML_DEPTH_MAX: usize = 64;

/// The most payments of one batch entry that are kept as its parts.
pub const PARTS_MAX: usize = 200_000;

/// The most faults of each severity that a verdict keeps; the rest are counted.
pub const FAULTS_MAX: u64 = 1_000;

/// The largest spreadsheet (xlsx) that is read, in bytes as it was sent.
pub const XLSX_BYTES_MAX: usize = 32 << 20;

/// The most files that the archive of a spreadsheet may hold.
pub const XLSX_PARTS_MAX: usize = 1_000;

/// The most bytes that all parts of a spreadsheet may unpack to.
pub const XLSX_UNPACKED_MAX: u64 = 256 << 20;

/// How many times its packed size a part of a spreadsheet may unpack to; small
/// parts may always unpack to 256 KiB.
pub const XLSX_RATIO_MAX: u64 = 100;

/// The most bytes of text that the cells of a spreadsheet may share.
pub const XLSX_STRINGS_MAX: usize = 8 << 20;

/// The most sheets of a spreadsheet that are looked at.
pub const XLSX_SHEETS_MAX: usize = 20;
