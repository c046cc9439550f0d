//! The reports that Bacs gives back, as XML: what came back, what was amended,
//! what was refused, what is claimed.

mod ddica;
mod input;
mod messages;
mod returns;
mod said;
mod walk;

pub(crate) use ddica::Ddica;
pub(crate) use input::InputReport;
pub(crate) use messages::Messages;
pub(crate) use returns::Returns;

use crate::{Confidence, Head};

/// Sure where the head is XML and holds one of these words.
fn is_xml_with(head: &Head<'_>, words: &[&str]) -> Confidence {
    let starts = crate::lines::without_bom(head.bytes).trim_ascii_start().starts_with(b"<");
    let holds = |word: &&str| memchr::memmem::find(head.bytes, word.as_bytes()).is_some();
    if starts && words.iter().any(holds) { Confidence::Sure } else { Confidence::No }
}
