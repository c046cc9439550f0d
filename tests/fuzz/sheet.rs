//! Any bytes as a spreadsheet: its columns detected, then read as they were.
#![no_main]

use ims_files::sheet;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(detected) = sheet::detect(&mut &*bytes) {
        sheet::read(&mut &*bytes, &detected, &mut |_| {});
    }
});
