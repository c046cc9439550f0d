//! What the strictest rule left over, read word by word: which known batches, merchants and
//! references each open line quotes.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt};

use super::{
    desk::{At, Desk},
    spans::{Piece, Span, Spans},
    spread, text,
};

/// A known text that a line may quote, by its place in [`Left`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Batch(u32),
    Merchant(u32),
    Reference(u32),
}

/// A known text in a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quote {
    pub(crate) word: Word,
    pub(crate) span: Span,
}

impl Quote {
    /// True if the reference is long enough, or is all that the payer quoted.
    pub(crate) fn is_telling(&self, length_min: u8) -> bool {
        self.span.is_whole || self.span.end.saturating_sub(self.span.start) >= u32::from(length_min)
    }
}

/// A line that was open when [`Left`] was made.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OpenLine {
    pub(crate) line: u32,
    /// The line with the lowest id among those that say exactly the same; mostly itself.
    pub(crate) twin: u32,
    quotes_end: u32,
}

/// Open lines with what they quote, and open rows by what may be quoted of them.
pub(crate) struct Left {
    pub(crate) lines: Vec<OpenLine>,
    spans: Spans,
    quotes: Vec<Quote>,
    /// Twins by the one with the lowest id: only where there is more than one.
    twins: HashMap<u32, Vec<u32>>,
    /// The rows of each quoted batch, …
    pub(crate) batches: Vec<Vec<u32>>,
    /// … of each quoted merchant, day by day, …
    pub(crate) merchants: Vec<BTreeMap<i32, Vec<u32>>>,
    /// … and of each quoted reference. One with all rows closed is still known.
    pub(crate) references: Vec<Vec<u32>>,
}

#[derive(Default)]
struct Known<'a> {
    said: &'a str,
    batch: Option<u32>,
    merchant: Option<u32>,
    reference: Option<u32>,
}

impl Left {
    pub(crate) fn new(desk: &Desk<'_>) -> Self {
        let mut left = Self {
            lines: open_lines(desk),
            spans: Spans::default(),
            quotes: Vec::new(),
            twins: HashMap::new(),
            batches: Vec::new(),
            merchants: Vec::new(),
            references: Vec::new(),
        };
        for open in &left.lines {
            if let Some(line) = desk.bank.get(open.line as usize) {
                left.spans.push(line.reference, line.narrative);
            }
        }
        let known = left.learn(desk);
        left.read(&known);
        left.find_twins(desk);
        left
    }

    /// What of all that is known occurs in some line.
    fn learn<'a>(&mut self, desk: &Desk<'a>) -> HashMap<u64, Known<'a>> {
        let sieve = Sieve::new(self.spans.all());
        let mut known: HashMap<u64, Known<'a>> = HashMap::new();
        for ((index, key), row) in (0_u32..).zip(&desk.rows).zip(desk.expected) {
            if sieve.may_hold(key.reference)
                && let Some(entry) = entry(&mut known, key.reference, row.reference)
            {
                let rows = place(&mut entry.reference, &mut self.references);
                if let (true, Some(rows)) = (key.is_open(), rows) {
                    rows.push(index);
                }
            }
            if !key.is_open() {
                continue;
            }
            if let Some(entry) = quotable(&mut known, &sieve, row.batch)
                && let Some(rows) = place(&mut entry.batch, &mut self.batches)
            {
                rows.push(index);
            }
            if let Some(entry) = quotable(&mut known, &sieve, row.merchant)
                && let Some(days) = place(&mut entry.merchant, &mut self.merchants)
            {
                days.entry(key.day).or_default().push(index);
            }
        }
        known
    }

    /// What each line quotes.
    fn read(&mut self, known: &HashMap<u64, Known<'_>>) {
        for (at, open) in self.lines.iter_mut().enumerate() {
            let first = self.quotes.len();
            for span in self.spans.of(at) {
                let Some(known) = known.get(&span.number) else { continue };
                let said = self.spans.said(span.start, span.end);
                if !text::plain(known.said).eq(said.iter().copied()) {
                    continue;
                }
                let words = [
                    known.batch.map(Word::Batch),
                    known.merchant.map(Word::Merchant),
                    known.reference.map(Word::Reference),
                ];
                let quotes = words.into_iter().flatten().map(|word| Quote { word, span: *span });
                self.quotes.extend(quotes);
            }
            keep_longest(&mut self.quotes, first);
            open.quotes_end = self.quotes.len() as u32;
        }
    }

    fn find_twins(&mut self, desk: &Desk<'_>) {
        let mut places: HashMap<(i32, i64, &str, &str, &str), usize> =
            HashMap::with_capacity(self.lines.len());
        let mut groups: HashMap<usize, Vec<usize>> = HashMap::new();
        for (at, open) in self.lines.iter().enumerate() {
            let Some(line) = desk.bank.get(open.line as usize) else { continue };
            let key = desk.lines.at(open.line);
            let said = (key.day, key.amount, line.reference, line.narrative, line.kind);
            let first = *places.entry(said).or_insert(at);
            if first != at {
                groups.entry(first).or_insert_with(|| vec![first]).push(at);
            }
        }
        for group in groups.into_values() {
            let mut lines: Vec<u32> =
                group.iter().filter_map(|at| self.lines.get(*at)).map(|open| open.line).collect();
            lines.sort_unstable_by_key(|line| (desk.line_id(*line), *line));
            let Some(first) = lines.first().copied() else { continue };
            for at in group {
                if let Some(open) = self.lines.get_mut(at) {
                    open.twin = first;
                }
            }
            self.twins.insert(first, lines);
        }
    }

    /// What the line at this place quotes.
    pub(crate) fn quotes(&self, at: usize) -> &[Quote] {
        let end = |at: usize| self.lines.get(at).map_or(0, |open| open.quotes_end as usize);
        self.quotes.get(at.checked_sub(1).map_or(0, end)..end(at)).unwrap_or(&[])
    }

    /// The spans of the line at this place.
    pub(crate) fn spans(&self, at: usize) -> &[Span] {
        self.spans.of(at)
    }

    /// The pieces of the line at this place.
    pub(crate) fn pieces(&self, at: usize) -> &[Piece] {
        self.spans.pieces(at)
    }

    /// Everything the line at this place says, piece by piece and piece with piece.
    pub(crate) fn texts(&self, at: usize) -> impl Iterator<Item = &[u8]> {
        self.spans(at).iter().map(|span| self.said(span.start, span.end))
    }

    pub(crate) fn said(&self, start: u32, end: u32) -> &[u8] {
        self.spans.said(start, end)
    }

    /// The lines still open, with their places; of lines that say the same only the one with
    /// the lowest id.
    pub(crate) fn open<'l>(
        &'l self,
        desk: &'l Desk<'_>,
    ) -> impl Iterator<Item = (usize, OpenLine)> + 'l {
        let open = |open: &OpenLine| open.twin == open.line && desk.lines.at(open.line).is_open();
        self.lines.iter().copied().enumerate().filter(move |(_, line)| open(line))
    }

    /// What `of_line` adds for each open line, in their order, on the desk's threads.
    pub(crate) fn each<T: Send>(
        &self,
        desk: &Desk<'_>,
        of_line: impl Fn(usize, u32, &mut Vec<T>) + Sync,
    ) -> Vec<T> {
        let open: Vec<(usize, u32)> = self.open(desk).map(|(at, open)| (at, open.line)).collect();
        spread::over(desk.threads, &open, |chunk| {
            let mut made = Vec::new();
            chunk.iter().for_each(|(at, line)| of_line(*at, *line, &mut made));
            made
        })
    }

    /// The line and those that say the same, lowest id first.
    pub(crate) fn twins(&self, line: u32) -> Vec<u32> {
        self.twins.get(&line).cloned().unwrap_or_else(|| vec![line])
    }

    /// The line with the lowest id among those that say the same as `line`.
    pub(crate) fn first_twin(&self, line: u32) -> u32 {
        let at = self.lines.binary_search_by_key(&line, |open| open.line).ok();
        at.and_then(|at| self.lines.get(at)).map_or(line, |open| open.twin)
    }

    /// Open rows of the reference.
    pub(crate) fn rows_of<'l>(
        &'l self,
        desk: &'l Desk<'_>,
        reference: u32,
    ) -> impl Iterator<Item = u32> + 'l {
        let rows = self.references.get(reference as usize).map_or(&[][..], Vec::as_slice);
        rows.iter().copied().filter(|row| desk.rows.at(*row).is_open())
    }

    /// The references that the line at this place quotes, each once.
    pub(crate) fn references_in(&self, at: usize, length_min: u8) -> Vec<u32> {
        let mut words: Vec<u32> = self
            .quotes(at)
            .iter()
            .filter(|quote| quote.is_telling(length_min))
            .filter_map(|quote| match quote.word {
                Word::Reference(reference) => Some(reference),
                Word::Batch(_) | Word::Merchant(_) => None,
            })
            .collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

fn open_lines(desk: &Desk<'_>) -> Vec<OpenLine> {
    let open = (0_u32..).zip(&desk.lines).filter(|(_, key)| key.is_open());
    open.map(|(line, _)| OpenLine { line, twin: line, quotes_end: 0 }).collect()
}

fn quotable<'k, 'a>(
    known: &'k mut HashMap<u64, Known<'a>>,
    sieve: &Sieve,
    said: &'a str,
) -> Option<&'k mut Known<'a>> {
    if said.is_empty() {
        return None;
    }
    let number = text::number(text::plain(said));
    if sieve.may_hold(number) { entry(known, number, said) } else { None }
}

/// The entry for a text; `None` if another text has the same number.
fn entry<'k, 'a>(
    known: &'k mut HashMap<u64, Known<'a>>,
    number: u64,
    said: &'a str,
) -> Option<&'k mut Known<'a>> {
    let entry = known.entry(number).or_insert_with(|| Known { said, ..Known::default() });
    text::same(entry.said, said).then_some(entry)
}

/// What is kept at `place`, made if there is none yet.
fn place<'p, T: Default>(place: &mut Option<u32>, all: &'p mut Vec<T>) -> Option<&'p mut T> {
    let at = *place.get_or_insert_with(|| {
        all.push(T::default());
        (all.len() as u32).saturating_sub(1)
    });
    all.get_mut(at as usize)
}

/// Of references inside one another only the longest is quoted.
fn keep_longest(quotes: &mut Vec<Quote>, first: usize) {
    let these = quotes.split_off(first.min(quotes.len()));
    let is_reference = |quote: &Quote| matches!(quote.word, Word::Reference(_));
    let inside = |inner: &Quote, outer: &Quote| {
        is_reference(outer)
            && outer.span.start <= inner.span.start
            && inner.span.end <= outer.span.end
            && outer.span.end.saturating_sub(outer.span.start)
                > inner.span.end.saturating_sub(inner.span.start)
    };
    let kept = these
        .iter()
        .filter(|inner| !is_reference(inner) || !these.iter().any(|outer| inside(inner, outer)));
    quotes.extend(kept.copied());
}

/// Says quickly, and at times wrongly, that a number may be among those given; never
/// wrongly that it is not.
struct Sieve {
    bits: Vec<u64>,
    mask: u64,
}

impl Sieve {
    fn new(spans: &[Span]) -> Self {
        let bits = spans.len().max(64).saturating_mul(8).next_power_of_two() as u64;
        let mut sieve = Self { bits: vec![0; (bits / 64) as usize], mask: bits - 1 };
        for span in spans {
            let bit = (span.number >> 8) & sieve.mask;
            if let Some(word) = sieve.bits.get_mut((bit / 64) as usize) {
                *word |= 1 << (bit % 64);
            }
        }
        sieve
    }

    fn may_hold(&self, number: u64) -> bool {
        let bit = (number >> 8) & self.mask;
        let word = self.bits.get((bit / 64) as usize).copied().unwrap_or(0);
        number != 0 && word & (1 << (bit % 64)) != 0
    }
}
