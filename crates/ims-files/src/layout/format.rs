//! A layout that reads is a format like any other.

use std::{io::BufRead, sync::LazyLock};

use super::{Layout, read};
use crate::{Confidence, Format, Head, Record, Verdict, guard};

impl Format for Layout {
    fn name(&self) -> &str {
        &self.name
    }

    fn title(&self) -> &str {
        &self.title
    }

    fn page(&self) -> &str {
        &self.page
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        super::recognise::recognise(self, head)
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        guard::guarded(|sink| read::read(self, input, sink), sink)
    }
}

/// A layout that comes with the crate, checked when it is first used.
pub(crate) struct Shipped {
    pub(super) name: &'static str,
    pub(super) layout: LazyLock<Option<Layout>>,
}

impl Format for Shipped {
    fn name(&self) -> &str {
        self.name
    }

    fn title(&self) -> &str {
        self.layout.as_ref().map_or(self.name, Layout::title)
    }

    fn page(&self) -> &str {
        self.layout.as_ref().map_or("docs/formats/layouts.md", Layout::page)
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        self.layout.as_ref().map_or(Confidence::No, |layout| layout.recognise(head))
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        self.layout.as_ref().map_or_else(Verdict::default, |layout| layout.read(input, sink))
    }
}
