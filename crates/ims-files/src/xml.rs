//! XML as a bounded stream of events.

mod chunks;

use std::io::BufRead;

use quick_xml::{Reader, events::Event};

use crate::{XML_DEPTH_MAX, verdict::Faults};
use chunks::Chunks;

/// What a reader of XML is told.
pub(crate) enum Step<'x> {
    /// An element begins. Its name has no prefix.
    Begins(&'x str, Attributes<'x>),
    /// Text of the element that is open, its references resolved.
    Text(&'x str),
    /// The element that is open ends.
    Ends,
}

/// The attributes of an element.
pub(crate) struct Attributes<'x>(&'x quick_xml::events::BytesStart<'x>);

impl Attributes<'_> {
    /// The value of that attribute, as it is written.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let found = self.0.try_get_attribute(name).ok()??;
        Some(found.value.into_owned())
    }

    /// Every namespace the element declares.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        let all = self.0.attributes().filter_map(Result::ok);
        all.filter(|a| a.key.as_ref().starts_with("xmlns")).map(|a| a.value.into_owned()).collect()
    }
}

/// What each event is handed to. `line` counts up to the line it ends on.
pub(crate) trait Visitor {
    fn step(&mut self, step: Step<'_>, line: impl FnOnce() -> u64);
}

/// Reads to the end or to the first thing that is not well formed, which is a
/// fault. A document type is refused: it can make a small file endless.
pub(crate) fn read<V: Visitor>(
    input: &mut dyn BufRead,
    faults: &mut Faults,
    visitor: &mut V,
) -> u64 {
    let mut reader = Reader::from_reader(Chunks::new(input));
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    let mut depth = 0_usize;
    let failure = loop {
        buffer.clear();
        reader.get_mut().token_begins();
        let event = reader.read_event_into(&mut buffer);
        match event {
            Ok(Event::Start(start)) => {
                depth += 1;
                if depth > XML_DEPTH_MAX {
                    break Some(format!("elements nest more than {XML_DEPTH_MAX} deep"));
                }
                let name = start.local_name();
                let begins = Step::Begins(name.as_ref(), Attributes(&start));
                visitor.step(begins, || reader.get_mut().line());
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                visitor.step(Step::Ends, || reader.get_mut().line());
            }
            Ok(Event::Text(text)) => visitor.step(Step::Text(&text), || 0),
            Ok(Event::CData(text)) => visitor.step(Step::Text(&text), || 0),
            Ok(Event::GeneralRef(reference)) => match resolved(&reference) {
                Some(text) => visitor.step(Step::Text(&text), || 0),
                None => {
                    break Some(format!(
                        "`&{};` stands for nothing; `&amp;` would be an ampersand",
                        &*reference
                    ));
                }
            },
            Ok(Event::DocType(_)) => {
                break Some(
                    "a document type (DOCTYPE) is refused; a bank's file has none".to_owned(),
                );
            }
            Ok(Event::Eof) if depth > 0 => {
                break Some("the file ends in the middle of an element; it was cut off".to_owned());
            }
            Ok(Event::Eof) => break None,
            Ok(Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_)) => {}
            Err(error) => break Some(format!("not well-formed XML: {error}")),
        }
    };
    let chunks = reader.get_mut();
    let line = chunks.line();
    if let Some(message) = failure {
        faults.error(line, message);
    }
    chunks.report(faults);
    line
}

/// What a reference stands for. There are only XML's own five and numbers.
fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> Option<String> {
    let text = match &**reference {
        "lt" => "<",
        "gt" => ">",
        "amp" => "&",
        "apos" => "'",
        "quot" => "\"",
        _ => return reference.resolve_char_ref().ok().flatten().map(String::from),
    };
    Some(text.to_owned())
}

/// The root element of a head that looks like XML, or the message its namespace
/// names: `pain.001.001.03`.
pub(crate) fn root(head: &[u8]) -> Option<String> {
    struct Root(Option<String>);
    impl Visitor for Root {
        fn step(&mut self, step: Step<'_>, _: impl FnOnce() -> u64) {
            if let (None, Step::Begins(name, attributes)) = (&self.0, step) {
                let spaces = attributes.namespaces();
                let message = spaces.iter().filter_map(|space| space.rsplit_once("xsd:")).next();
                self.0 = Some(message.map_or(name, |(_, message)| message).to_owned());
            }
        }
    }
    if !crate::lines::without_bom(head).trim_ascii_start().starts_with(b"<") {
        return None;
    }
    let mut root = Root(None);
    read(&mut &*head, &mut Faults::default(), &mut root);
    root.0
}
