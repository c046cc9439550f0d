use ims_ledger::{Balance, StatementClose, StatementHead, StatementLine};

use crate::{amounts::clipped, out::Out, verdict::Faults};

/// Where messages put what they find. Pages of one statement, of which each ends
/// in `:62M:` and the next begins with `:60M:`, become one.
pub(super) struct Pages<'s> {
    out: Out<'s>,
    /// The statement that is open, or waits for its next page.
    open: Option<StatementHead>,
    /// A page that has ended, and where.
    ended: Option<(StatementClose, u64)>,
}

impl<'s> Pages<'s> {
    pub(super) fn new(out: Out<'s>) -> Self {
        Self { out, open: None, ended: None }
    }

    /// A message begins whose head is this.
    pub(super) fn open(&mut self, mut head: StatementHead, line: u64, faults: &mut Faults) {
        if let Some((close, ended)) = self.ended.take() {
            match self.goes_on(&head, &close) {
                Ok(()) => {
                    // What is open stays so, and knows its last page.
                    if let Some(open) = &mut self.open {
                        open.page = head.page.or(open.page);
                    }
                    return;
                }
                Err(why) => {
                    faults.warning(line, why);
                    self.out.close(close, ended, faults);
                }
            }
        }
        self.open = Some(head.clone());
        head.number = head.number.filter(|number| !number.is_empty());
        self.out.open(head);
    }

    /// Whether a message goes on with the page above, or why not.
    fn goes_on(&self, head: &StatementHead, close: &StatementClose) -> Result<(), String> {
        let Some(open) = &self.open else { return Err("a page without a statement".to_owned()) };
        let next = |page: u32| page.checked_add(1);
        let missing = || {
            let page = open.page.and_then(next).map_or_else(String::new, |page| format!(" {page}"));
            format!("page{page} of statement {} is missing", number(open))
        };
        let same = open.account == head.account
            && open.sort_code == head.sort_code
            && open.currency == head.currency;
        if !same || !head.continues || number(open) != number(head) {
            return Err(missing());
        }
        if let (Some(last), Some(page)) = (open.page, head.page)
            && page != last
            && Some(page) != next(last)
        {
            return Err(missing());
        }
        let amount = |balance: Option<Balance>| balance.map(|balance| balance.amount);
        match (amount(close.closing), amount(head.opening)) {
            (Some(closed), Some(opened)) if closed != opened => Err(format!(
                "the page opens with {opened}, but the page before closed with {closed}; a page is missing or changed"
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn line(&mut self, line: StatementLine) {
        self.out.line(line);
    }

    /// The message that is open ends.
    pub(super) fn close(&mut self, close: StatementClose, line: u64, faults: &mut Faults) {
        let page = self.open.as_ref().and_then(|open| open.page);
        let close = StatementClose { page, ..close };
        if close.continued {
            self.ended = Some((close, line));
        } else {
            self.out.close(close, line, faults);
            self.open = None;
        }
    }

    /// The file ends.
    pub(super) fn finish(mut self, faults: &mut Faults) -> Out<'s> {
        if let Some((close, line)) = self.ended.take() {
            faults.warning(
                line,
                "the last page closes with :62M:, so that more follow; ask for the whole statement",
            );
            self.out.close(close, line, faults);
        }
        self.out
    }
}

/// The number of the statement without that of its page.
fn number(head: &StatementHead) -> String {
    let whole = head.number.as_deref().unwrap_or_default();
    clipped(whole.split('/').next().unwrap_or_default().trim_start_matches('0'))
}
