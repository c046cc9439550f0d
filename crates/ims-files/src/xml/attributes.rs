use std::borrow::Cow;

/// The attributes of an element: what stands behind its name in the tag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'x>(&'x str);

impl<'x> Attributes<'x> {
    pub(super) fn new(text: &'x str) -> Self {
        Self(text)
    }

    /// The value of that attribute, its references resolved.
    pub(crate) fn value(self, name: &str) -> Option<Cow<'x, str>> {
        let (_, raw) = self.all().find(|(held, _)| *held == name)?;
        Some(resolved(raw))
    }

    /// As [`value`](Self::value), owned.
    pub(crate) fn get(self, name: &str) -> Option<String> {
        self.value(name).map(Cow::into_owned)
    }

    /// Every attribute but the namespaces: its name without a prefix, and its
    /// value with the references resolved.
    pub(crate) fn pairs(self) -> Vec<(String, String)> {
        let own = self.all().filter(|(name, _)| !name.starts_with("xmlns"));
        own.map(|(name, raw)| (local(name).to_owned(), resolved(raw).into_owned())).collect()
    }

    /// Every namespace the element declares.
    pub(crate) fn namespaces(self) -> Vec<String> {
        let spaces = self.all().filter(|(name, _)| name.starts_with("xmlns"));
        spaces.map(|(_, value)| value.to_owned()).collect()
    }

    /// Names and values as they are written.
    fn all(self) -> impl Iterator<Item = (&'x str, &'x str)> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (name, after) = rest.split_once('=')?;
            let after = after.trim_start();
            let quote = after.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            let (value, after) = after.get(1..)?.split_once(quote)?;
            rest = after;
            Some((name.trim(), value))
        })
    }
}

fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// `&amp;` and its like as what they stand for; what stands for nothing stays.
fn resolved(raw: &str) -> Cow<'_, str> {
    if !raw.contains('&') {
        return Cow::Borrowed(raw);
    }
    let mut whole = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('&') {
        whole.push_str(before);
        match after.split_once(';').and_then(|(name, more)| Some((super::reference(name)?, more))) {
            Some((sign, more)) => {
                whole.push(sign);
                rest = more;
            }
            None => {
                whole.push('&');
                rest = after;
            }
        }
    }
    whole.push_str(rest);
    Cow::Owned(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_either_quotes() {
        let attributes =
            Attributes::new(" Ccy=\"GBP\" note='a &amp; \"b\" &c;' xmlns:x = \"urn:1\"/");
        assert_eq!(attributes.get("Ccy").as_deref(), Some("GBP"));
        assert_eq!(attributes.get("note").as_deref(), Some("a & \"b\" &c;"));
        assert_eq!(attributes.get("none"), None);
        assert_eq!(attributes.namespaces(), ["urn:1"]);
        assert_eq!(attributes.pairs().len(), 2);
        assert_eq!(Attributes::new(" a=b c=\"d").get("c"), None);
    }
}
