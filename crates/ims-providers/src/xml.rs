//! Small XML documents as providers write them: a tree of elements by local name.
//! Nothing outside the document is ever fetched, nothing is expanded, and there
//! are bounds on depth and size.

use ims_pay::{ProviderError, Reply};
use quick_xml::{Reader, events::Event};

const BYTES_MAX: usize = 256 * 1024;
const DEPTH_MAX: usize = 32;
const ELEMENTS_MAX: usize = 4_000;

/// An element.
#[derive(Debug, Default)]
pub(crate) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Self>,
}

impl Element {
    /// The local name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The first element at a path of names between slashes.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, name| {
            element.children.iter().find(|child| child.name == name)
        })
    }

    /// The first element of a name, at whatever depth.
    pub(crate) fn any(&self, name: &str) -> Option<&Self> {
        self.children
            .iter()
            .find_map(|child| if child.name == name { Some(child) } else { child.any(name) })
    }

    /// The text of the first element at a path, if it is not empty.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        Some(self.at(path)?.own_text()).filter(|text| !text.is_empty())
    }

    /// As [`text`](Self::text), or that it is not there.
    pub(crate) fn need(&self, path: &str) -> Result<&str, ProviderError> {
        self.text(path).ok_or_else(|| absent(path))
    }

    /// Its own text.
    pub(crate) fn own_text(&self) -> &str {
        self.text.trim()
    }

    /// An attribute.
    #[cfg(feature = "worldpay")]
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// A reply's body.
pub(crate) fn read(reply: &Reply) -> Result<Element, ProviderError> {
    parse(reply.body.text()?)
}

/// The root of a document.
pub(crate) fn parse(text: &str) -> Result<Element, ProviderError> {
    if text.len() > BYTES_MAX {
        return Err(bad("it is too long"));
    }
    let mut reader = Reader::from_str(text);
    // Above everything an element of no name, whose one child is the root.
    let mut open = vec![Element::default()];
    let mut elements = 0_usize;
    loop {
        match reader.read_event().map_err(|_| bad("it is no XML"))? {
            Event::Start(start) => {
                elements = elements.saturating_add(1);
                if open.len() > DEPTH_MAX || elements > ELEMENTS_MAX {
                    return Err(bad("it is too deep"));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                elements = elements.saturating_add(1);
                let child = element(&start)?;
                last(&mut open)?.children.push(child);
            }
            Event::End(_) => {
                let done = open.pop().ok_or_else(|| bad("it is no XML"))?;
                last(&mut open)?.children.push(done);
            }
            Event::Text(text) => {
                last(&mut open)?.text.push_str(&text);
            }
            Event::CData(text) => {
                last(&mut open)?.text.push_str(&text);
            }
            Event::GeneralRef(name) => {
                let found = reference(&name).ok_or_else(|| bad("it has a reference of its own"))?;
                last(&mut open)?.text.push(found);
            }
            // The name of a document type says nothing; one that defines things is
            // refused.
            Event::DocType(kind) if kind.contains('[') => {
                return Err(bad("it defines things of its own"));
            }
            Event::DocType(_) | Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(mut above), true) if above.children.len() == 1 && above.own_text().is_empty() => {
            above.children.pop().ok_or_else(|| bad("it is empty"))
        }
        _ => Err(bad("it is cut off")),
    }
}

fn last(open: &mut [Element]) -> Result<&mut Element, ProviderError> {
    open.last_mut().ok_or_else(|| bad("it is no XML"))
}

fn element(start: &quick_xml::events::BytesStart<'_>) -> Result<Element, ProviderError> {
    let name = start.local_name().as_ref().to_owned();
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| bad("it is no XML"))?;
        let value = unescaped(&attribute.value).ok_or_else(|| bad("it is no XML"))?;
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Ok(Element { name, attributes, ..Element::default() })
}

/// A text without its references; none where one is not of XML itself.
fn unescaped(text: &str) -> Option<String> {
    let mut parts = text.split('&');
    let mut plain = parts.next()?.to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';')?;
        plain.push(reference(name)?);
        plain.push_str(rest);
    }
    Some(plain)
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix('x') {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())
        }
    }
}

/// A text fit to stand in XML, between tags or quotes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars().filter(|c| !c.is_control()) {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            other => escaped.push(other),
        }
    }
    escaped
}

pub(crate) fn absent(path: &str) -> ProviderError {
    ProviderError::unreadable(format!("it does not say `{path}`"))
}

fn bad(why: &str) -> ProviderError {
    ProviderError::unreadable(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_by_local_names() {
        let text = "<?xml version='1.0'?><!DOCTYPE a PUBLIC 'x' 'y'><s:a xmlns:s='u'><s:b c='1&amp;2'>x &lt; <![CDATA[<y>]]></s:b><e/></s:a>";
        let root = parse(text).unwrap();
        assert_eq!((root.name(), root.text("b")), ("a", Some("x < <y>")));
        assert!(root.any("e").is_some());
        assert!(root.need("b/c").is_err());
    }

    #[test]
    fn what_is_cut_strange_or_dangerous_is_none() {
        for text in [
            "",
            "text",
            "<a>",
            "<a><b></a>",
            "<a/><b/>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&x;</a>",
            "<a b='&x;'/>",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse(&"<a>".repeat(40)).is_err());
    }

    #[test]
    fn what_was_escaped_reads_back() {
        let text = "<&>\"' £";
        let root = parse(&format!("<a b=\"{0}\">{0}</a>", escaped(text))).unwrap();
        assert_eq!(root.own_text(), text);
    }
}
