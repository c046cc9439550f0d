use std::collections::HashMap;

use ims_ledger::{Balance, Counterparty, StatementClose, StatementHead, StatementLine};
use ims_money::Amount;

use super::{Account, BankRow, chain::Chain};
use crate::{
    HELD_LINES_MAX, Totals, accounts, amounts::clipped, out::Out, rows::plain_name, verdict::Faults,
};

/// Makes one statement of each account, however the file mixes their rows. Rows
/// of the first account go straight out; those of others wait for its end.
pub(super) struct Book<'s> {
    out: Out<'s>,
    pages: Vec<Page>,
    by_account: HashMap<Account, usize>,
    last: Option<usize>,
    /// The account of rows that name none, from above the header.
    unnamed: String,
    /// What the file is in.
    currency: String,
    /// The opening balance, where a row of its own states it.
    opening: Option<Amount>,
    held: usize,
    too_many: bool,
}

struct Page {
    account: Account,
    /// As its first row writes it.
    written: (String, String),
    held: Vec<StatementLine>,
    chain: Chain,
}

impl<'s> Book<'s> {
    pub(super) fn new(out: Out<'s>) -> Self {
        Self {
            out,
            pages: Vec::new(),
            by_account: HashMap::new(),
            last: None,
            unnamed: String::new(),
            currency: "GBP".to_owned(),
            opening: None,
            held: 0,
            too_many: false,
        }
    }

    /// Which account rows are of that name none.
    pub(super) fn unnamed(&mut self, account: String) {
        self.unnamed = account;
    }

    /// What the file is in, where its header says so.
    pub(super) fn in_currency(&mut self, currency: &str) {
        if !currency.is_empty() {
            currency.clone_into(&mut self.currency);
        }
    }

    /// The balance that the file states before its transactions.
    pub(super) fn opens_with(&mut self, balance: Amount) {
        self.opening.get_or_insert(balance);
    }

    #[inline]
    pub(super) fn take(&mut self, row: BankRow<'_>, number: u64, faults: &mut Faults) {
        let page = self.page_of(row.account, number, faults);
        self.last = Some(page);
        let Some(at) = self.pages.get_mut(page) else { return };
        at.chain.link(row.date, row.amount, row.balance, number);
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let named = |name| Counterparty { name: Some(name), ..Counterparty::default() };
        let line = StatementLine {
            line: number,
            booked: row.date,
            amount: row.amount,
            currency: given(row.currency).filter(|currency| *currency != self.currency),
            code: given(row.code),
            reference: given(row.reference),
            bank_reference: given(row.bank_reference),
            counterparty: given(row.counterparty).map(named),
            returned: is_sent_back(row.code, &row.narrative).then(String::new),
            narrative: row.narrative.into_owned(),
            ..StatementLine::default()
        };
        if page == 0 {
            self.out.line(line);
        } else if self.held < HELD_LINES_MAX {
            self.held += 1;
            at.held.push(line);
        } else if !std::mem::replace(&mut self.too_many, true) {
            faults.error(
                number,
                format!("more than {HELD_LINES_MAX} rows of other accounts than the first; give one file for each account"),
            );
        }
    }

    fn page_of(&mut self, written: (&str, &str), number: u64, faults: &mut Faults) -> usize {
        let same = |page: &Page| is(&page.written.0, written.0) && is(&page.written.1, written.1);
        if let Some(last) = self.last
            && self.pages.get(last).is_some_and(same)
        {
            return last;
        }
        let named = written.1.is_empty() && !self.unnamed.is_empty();
        let account = &account(if named { ("", self.unnamed.as_str()) } else { written });
        if let Some(known) = self.by_account.get(account) {
            return *known;
        }
        if account.number.is_empty() {
            faults.warning(
                number,
                "the file does not name its account; say which it is when it is imported",
            );
        }
        let page = self.pages.len();
        self.by_account.insert(account.clone(), page);
        self.pages.push(Page {
            account: account.clone(),
            written: (written.0.to_owned(), written.1.to_owned()),
            held: Vec::new(),
            chain: Chain::default(),
        });
        if page == 0 {
            self.out.open(head(account, &self.currency));
        }
        page
    }

    /// A row could not be read, so balances cannot be followed across it.
    pub(super) fn broken(&mut self) {
        for page in &mut self.pages {
            page.chain.broken();
        }
    }

    pub(super) fn finish(mut self, faults: &mut Faults) -> Option<Totals> {
        if self.pages.is_empty() {
            faults.warning(None, "there is no transaction in the file");
        }
        // It does not say of which account it is.
        let stated = self.opening.filter(|_| self.pages.len() == 1);
        for (nth, page) in std::mem::take(&mut self.pages).into_iter().enumerate() {
            if nth > 0 {
                self.out.open(head(&page.account, &self.currency));
                for line in page.held {
                    self.out.line(line);
                }
            }
            let (opening, closing, line) = page.chain.ends(&clipped(&page.account.number), faults);
            let opening =
                opening.map(|made| Balance { amount: stated.unwrap_or(made.amount), ..made });
            self.out.close(
                StatementClose { opening, closing, ..StatementClose::default() },
                line,
                faults,
            );
        }
        self.out.totals()
    }
}

fn account((sort_code, number): (&str, &str)) -> Account {
    if sort_code.is_empty() {
        let (sort_code, number) = accounts::split(number, "GBP");
        return Account { sort_code, number };
    }
    let digits = accounts::sort_code(sort_code);
    Account { sort_code: digits.or_else(|| Some(sort_code.to_owned())), number: number.to_owned() }
}

fn head(account: &Account, currency: &str) -> StatementHead {
    StatementHead {
        account: account.number.clone(),
        sort_code: account.sort_code.clone(),
        currency: currency.to_owned(),
        ..StatementHead::default()
    }
}

/// Whether the bank's words for the row, its type or what the text begins with, are
/// those for a direct debit or a cheque that came back.
fn is_sent_back(code: &str, narrative: &str) -> bool {
    const WORDS: [&str; 2] = ["unpaid", "returned"];
    const WHAT: [&str; 5] = ["dd", "directdebit", "cheque", "chq", "debit"];
    let begins = |text: &str| {
        let has_word =
            |word: &&str| text.get(..word.len()).is_some_and(|t| t.eq_ignore_ascii_case(word));
        let Some(word) = WORDS.iter().find(|word| has_word(word)) else { return false };
        let rest = text.get(word.len()..).unwrap_or_default();
        rest.starts_with(' ') && {
            let mut words = rest.split_whitespace().map(plain_name);
            let first = words.next().unwrap_or_default();
            WHAT.contains(&first.as_str())
                || first == "direct" && words.next().is_some_and(|next| next == "debit")
        }
    };
    begins(code) || begins(narrative)
}

/// Whether both are the same. Comparing nothing with nothing, which lies nowhere
/// in memory, takes some processors longer than all else of a row.
fn is(held: &str, written: &str) -> bool {
    held.len() == written.len() && (held.is_empty() || held == written)
}
