//! Any text as a layout that an operator wrote.
#![no_main]

use ims_files::layout::Layout;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|toml: &str| {
    if let Ok(layout) = Layout::parse(toml) {
        assert!(!layout.name().is_empty());
    }
});
