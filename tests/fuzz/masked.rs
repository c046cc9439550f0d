//! Any text: masking hides every card number, and changes nothing but digits.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(masked) = ims_files::masked(text) {
        assert_eq!(masked.chars().count(), text.chars().count());
        let differ = masked.chars().zip(text.chars()).filter(|(new, old)| new != old);
        assert!(differ.clone().count() >= 9);
        assert!(differ.into_iter().all(|(new, old)| new == '*' && old.is_ascii_digit()));
        assert_eq!(ims_files::masked(&masked), None, "masked twice");
    }
});
