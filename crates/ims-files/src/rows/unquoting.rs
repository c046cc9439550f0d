use std::ops::Range;

/// How a row stands where it has been read to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// Every quote has closed.
    Closed,
    /// One is open at the end of the line.
    Open,
    /// One that was open at the end of a line meets a quote that closes no field: it
    /// opens one of another row, and the first was never closed.
    Astray,
}

/// A row's fields run together without their quotes, and where each lies. It goes on
/// where it stopped when a line is added, so that many lines cost no more than one.
#[derive(Debug, Default)]
pub(super) struct Unquoting {
    pub(super) text: String,
    pub(super) fields: Vec<Range<usize>>,
    /// Where the field that is read begins in `text`.
    start: usize,
    /// How much of the row has been read.
    at: usize,
    /// Whether a quote is open.
    open: bool,
    /// Whether it opened on a line before this one.
    spans: bool,
    astray: bool,
}

impl Unquoting {
    /// Reads to the end of `raw`, which goes on by a line from what was read before.
    pub(super) fn go_on(&mut self, raw: &str, delimiter: u8) -> Quote {
        self.spans = self.open;
        while self.field(raw, delimiter).is_some() {}
        match (self.astray, self.open) {
            (true, _) => Quote::Astray,
            (false, true) => Quote::Open,
            (false, false) => Quote::Closed,
        }
    }

    /// Reads a field that another follows; `None` where none does, or its quote is open.
    fn field(&mut self, raw: &str, delimiter: u8) -> Option<()> {
        if !self.open {
            self.start = self.text.len();
            let rest = raw.get(self.at..)?;
            let blank = rest.len() - rest.trim_start_matches(' ').len();
            if rest.as_bytes().get(blank) == Some(&b'"') {
                self.at += blank + 1;
                self.open = true;
                self.spans = false;
            }
        }
        self.close(raw, delimiter)?;
        let rest = raw.get(self.at..)?;
        let end = memchr::memchr(delimiter, rest.as_bytes());
        self.text.push_str(rest.get(..end.unwrap_or(rest.len()))?);
        self.fields.push(self.start..self.text.len());
        self.at += end? + 1;
        Some(())
    }

    /// Reads to the end of a quote, if one is open.
    fn close(&mut self, raw: &str, delimiter: u8) -> Option<()> {
        while self.open {
            let quoted = raw.get(self.at..)?;
            let end = memchr::memchr(b'"', quoted.as_bytes());
            self.text.push_str(quoted.get(..end.unwrap_or(quoted.len()))?);
            self.at += end.map_or(quoted.len(), |end| end + 1);
            end?;
            self.open = raw.as_bytes().get(self.at) == Some(&b'"');
            if self.open {
                self.text.push('"');
                self.at += 1;
            }
        }
        if std::mem::take(&mut self.spans) && !ends_a_field(raw.get(self.at..)?, delimiter) {
            self.astray = true;
            return None;
        }
        Some(())
    }
}

/// Whether a field ends here, but for blanks.
fn ends_a_field(rest: &str, delimiter: u8) -> bool {
    let next =
        rest.bytes().find(|byte| *byte == delimiter || !matches!(byte, b' ' | b'\t' | b'\r'));
    next.is_none_or(|byte| byte == delimiter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Lines;

    /// Each line is looked at again by the hundreds before it, but only once by each.
    #[test]
    fn quotes_that_never_close_do_not_take_for_ever() {
        let text = format!("x,\"a\n{}", "b\"\"c,d\"\"e\n".repeat(8));
        let mut bytes = text.as_bytes();
        let (mut read, mut unquoting) = (0, Unquoting::default());
        let mut raw = String::new();
        let mut lines = Lines::new(&mut bytes);
        while let Some(next) = lines.next() {
            raw.push_str(&next);
            assert_eq!(unquoting.go_on(&raw, b','), Quote::Open, "{unquoting:?}");
            assert!(unquoting.at >= read);
            read = unquoting.at;
            assert_eq!(read, raw.len(), "nothing is looked at twice");
            raw.push('\n');
        }
    }
}
