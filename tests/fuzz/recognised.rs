//! Any bytes, recognised, read by what they are, gathered and shown.
#![no_main]

use ims_files::{Contents, HEAD_BYTES_MAX, Head, fingerprint::Prints, recognise};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let head = Head { bytes: &bytes[..bytes.len().min(HEAD_BYTES_MAX)], file_name: "" };
    let Ok(format) = recognise(&head) else { return };
    let (mut contents, mut prints) = (Contents::default(), Prints::default());
    format.read(&mut &*bytes, &mut |record| {
        prints.take(&record);
        contents.take(record);
    });
    let print = prints.finish(bytes);
    let same = print.compare(&print);
    assert!(same.whole && same.rows + print.left_out == same.of);
});
