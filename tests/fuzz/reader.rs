//! Any bytes, read as one format: the one that `IMS_FORMAT` names, or the one that
//! the first byte picks.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let formats = ims_files::formats();
    let (format, mut file) = match std::env::var("IMS_FORMAT") {
        Ok(name) => (ims_files::by_name(&name).expect("IMS_FORMAT names a format"), bytes),
        Err(_) => {
            let Some((first, file)) = bytes.split_first() else { return };
            (formats[usize::from(*first) % formats.len()], file)
        }
    };
    let verdict = format.read(&mut file, &mut |_| {});
    assert!(verdict.faults.iter().all(|fault| !fault.message.is_empty() && fault.line != Some(0)));
});
