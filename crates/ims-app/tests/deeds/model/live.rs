//! A step, taken in the books and in their shadow.

use std::collections::BTreeMap;

use ims_app::{Books, Imported, ReceiptRow, SearchReceipts};
use ims_money::Pence;
use proptest::test_runner::{TestCaseError, TestCaseResult};

use super::{
    Life,
    doing::Again,
    shadow::{File, vat_of},
    step::{Row, Shown, Step},
};
use crate::deeds::{
    files::{paid, receipts, stated_on},
    town::file,
};

fn pounds(pence: i64) -> String {
    Pence::new(pence).to_string()
}

impl Life {
    pub(super) async fn live(&mut self, step: &Step) {
        match step {
            Step::Receipts(rows) => self.receipts(rows).await,
            Step::Again(which) => self.again(*which).await,
            Step::ReverseImport(which) => self.reverse_import(*which).await,
            Step::Statement(lines) => self.statement(lines).await,
            Step::Reconcile => self.reconcile().await,
            Step::UndoMatch(which) => self.undo_match(*which).await,
            Step::Take { lines, by_phone } => self.take(lines, *by_phone).await,
            Step::Fee { receipt, pence } => self.fee(*receipt, *pence).await,
            Step::Allocate { item, whose, hundredths } => {
                self.allocate(*item, *whose, *hundredths).await;
            }
            Step::UndoAllocation(which) => self.undo_allocation(*which).await,
            Step::Unclaimed { item, hundredths, what, says } => {
                self.unclaimed(*item, *hundredths, *what, *says).await;
            }
            Step::Refund { line, hundredths, says } => {
                self.refund(*line, *hundredths, *says).await;
            }
            Step::News { refund, news } => self.news(*refund, *news).await,
            Step::Decide { which, says } => self.decide_late(*which, *says).await,
            Step::Journal { line, to } => self.journal(*line, to).await,
            Step::Transfer { from, to, odd } => self.transfer(from, to, *odd).await,
            Step::UndoMove(which) => self.undo_move(*which).await,
            Step::Return { line, hundredths, kind } => {
                self.come_back(*line, *hundredths, *kind).await;
            }
            Step::Dispute { line, hundredths } => self.dispute(*line, *hundredths).await,
            Step::EndDispute { which, is_won } => self.end_dispute(*which, *is_won).await,
            Step::EReturn { which, what } => self.ereturn(*which, *what).await,
            Step::PutHolder { number, is_newest } => self.put_holder(*number, *is_newest).await,
            Step::Stop { number, is_on } => self.stop(*number, *is_on).await,
            Step::Redirect { from, to } => self.redirect(*from, *to).await,
            Step::DaysGoBy(days) => self.days_go_by(*days).await,
            Step::CloseDay => self.close_day().await,
            Step::CloseMonth => self.close_month().await,
            Step::ReopenDay { days_ago, says } => self.reopen_day(*days_ago, *says).await,
            Step::ReopenMonth(says) => self.reopen_month(*says).await,
            Step::Export => self.export().await,
            Step::Acknowledge { which, is_accepted } => {
                self.acknowledge(*which, *is_accepted).await;
            }
            Step::Reissue(which) => self.reissue(*which).await,
        }
    }

    async fn days_go_by(&mut self, days: u64) {
        let evening = self.town.app.world().now();
        let before = self.shadow.today();
        self.shadow.days_go_by(days);
        if self.shadow.today() != before {
            self.evenings.push((evening, self.town.balances().await));
        }
        self.town.clock.set(self.shadow.today().and_hms_opt(9, 0, 0).unwrap().and_utc());
    }

    /// The receipt of that number.
    pub(super) async fn receipt_of(&self, number: &str) -> ReceiptRow {
        self.town.books.receipt(number).await.unwrap().receipt
    }

    async fn receipts(&mut self, rows: &[Row]) {
        let today = self.shadow.today();
        let number = self.shadow.files.len();
        let lines: Vec<_> = (1..)
            .zip(rows)
            .map(|(n, row)| {
                let (fund, reference) = row.whose.said();
                paid(fund, &reference, "CARD", &pounds(row.pence))
                    .on(today)
                    .batch(&format!("B{number}"))
                    .source(&format!("F{number}R{n}"))
            })
            .collect();
        let went = rows.iter().map(|row| self.shadow.account(row.whose, today)).collect();
        self.shadow.files.push(File {
            name: format!("receipts-{number}.csv"),
            text: receipts(&lines),
            rows: rows.to_vec(),
            went,
            lines: Vec::new(),
            suspense: Vec::new(),
            import: ims_ledger::id::ImportId::new(uuid::Uuid::nil()),
            is_reversed: true,
        });
        self.comes_in(number).await;
    }

    async fn again(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.files.len()) else { return };
        self.comes_in(at).await;
    }

    /// A file comes; it is new if it never came or was reversed since.
    async fn comes_in(&mut self, at: usize) {
        let known = &self.shadow.files[at];
        let new = file(&known.name, &known.text);
        let deed = async |books: &Books| books.import_file(new).await;
        let came = self.does(&self.town.books, Again::Same, deed).await.unwrap();
        let import = match came {
            Imported::Now(summary) => summary.id,
            // Where the answer was lost, it is told that it came before.
            Imported::Before(row) => row.id,
            other @ Imported::Quarantined { .. } => panic!("{other:?}"),
        };
        let is_new = import != known.import;
        assert_eq!(is_new, known.is_reversed, "a file came in twice, or not at all");
        if !is_new {
            return;
        }
        // An old reference leads where it does on the day of the money, as it is
        // known when the file comes.
        let (_, made, suspense) = self.town.books.import_shown(import).await.unwrap();
        let on = made.first().map(|receipt| receipt.happened_on);
        let on = on.or(suspense.first().map(|item| item.happened_on)).unwrap();
        let rows = known.rows.clone();
        let went: Vec<_> = rows.iter().map(|row| self.shadow.account(row.whose, on)).collect();
        let mut lines = Vec::new();
        for (account, (row, n)) in went.iter().zip(rows.iter().zip(1..)) {
            let Some(account) = account else { continue };
            self.shadow.gain(account, row.pence, vat_of(account, row.pence));
            let source = Some(format!("F{at}R{n}"));
            let receipt = made.iter().find(|receipt| receipt.source_ref == source).unwrap();
            if row.pence > 0 {
                lines.extend(self.shadow.lines.add(receipt, &[(1, account.clone())], "CARD"));
            }
        }
        let nobodys = went.iter().filter(|went| went.is_none()).count();
        assert_eq!((made.len(), suspense.len()), (rows.len() - nobodys, nobodys));
        let known = &mut self.shadow.files[at];
        known.suspense = suspense.into_iter().map(|item| item.id).collect();
        (known.went, known.lines, known.import, known.is_reversed) = (went, lines, import, false);
    }

    async fn reverse_import(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.files.len()) else { return };
        let known = &self.shadow.files[at];
        let import = known.import;
        let is_used = known.lines.iter().any(|line| self.shadow.lines.all[*line].is_touched());
        let mut is_given = false;
        for item in &known.suspense {
            let item = self.town.books.suspense_item(*item).await.unwrap();
            is_given |= item.remaining != item.amount;
        }
        let was_reversed = known.is_reversed;
        let deed = async |books: &Books| books.reverse_import(import, "a model's").await;
        if let Err(error) = self.does(&self.town.books, Again::Same, deed).await {
            assert!(error.is_refusal(), "{error:?}");
            let is_matched = error.to_string().contains("matches with bank lines");
            assert!(!was_reversed, "the same again is answered as before: {error}");
            return assert!(is_used || is_given || is_matched, "{error}");
        }
        if was_reversed {
            // The same person's same words: they are answered, and nothing changes.
            return;
        }
        assert!(!is_used, "a file was reversed while something stood on it");
        assert!(!is_given, "a file was reversed while its suspense was elsewhere");
        let known = &mut self.shadow.files[at];
        known.is_reversed = true;
        let (lines, went) = (known.lines.clone(), known.went.clone());
        let rows = known.rows.clone();
        self.shadow.lines.use_up(&lines);
        for (account, row) in went.iter().zip(&rows) {
            let Some(account) = account else { continue };
            self.shadow.gain(account, -row.pence, -vat_of(account, row.pence));
        }
    }

    async fn statement(&mut self, lines: &[Shown]) {
        let said: Vec<(i64, String)> = lines
            .iter()
            .zip(1..)
            .filter_map(|(line, n)| match line {
                Shown::Charge(pence) => Some((*pence, format!("CHARGES {n}"))),
                Shown::Sweep(pence) => Some((*pence, format!("SWEEP {n}"))),
                Shown::Mystery(pence) => Some((*pence, format!("FROM SOMEBODY {n}"))),
                Shown::Payout(which) => {
                    let number = which.checked_rem(self.shadow.files.len())?;
                    let rows = self.shadow.files[number].rows.iter();
                    let sum = rows.map(|row| row.pence).sum::<i64>();
                    (sum != 0).then(|| (sum, format!("5200107 B{number}")))
                }
            })
            .collect();
        let shown: Vec<_> = said.iter().map(|(pence, says)| (*pence, says.as_str())).collect();
        self.shadow.statements += 1;
        let number = self.shadow.statements;
        let opening = self.shadow.bank;
        let closing = opening + said.iter().map(|(pence, _)| pence).sum::<i64>();
        let day = self.shadow.today();
        let text = stated_on("12345678", number, (opening, closing), day, &shown);
        let name = format!("s{number}.sta");
        let deed = async |books: &Books| books.import_file(file(&name, &text)).await;
        let came = self.does(&self.town.books, Again::Same, deed).await.unwrap();
        assert!(!matches!(came, Imported::Quarantined { .. }), "{came:?}");
        self.shadow.bank = closing;
        let open = self.town.books.open_lines().await.unwrap();
        self.shadow.bank_lines.extend(open.iter().map(|line| line.id));
        self.shadow.bank_lines.sort();
        self.shadow.bank_lines.dedup();
    }

    async fn reconcile(&mut self) {
        let deed = async |books: &Books| books.reconcile().await;
        self.does(&self.town.books, Again::Same, deed).await.unwrap();
    }

    async fn undo_match(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.bank_lines.len()) else { return };
        let line = self.shadow.bank_lines[at];
        let explained = self.town.books.explain_line(line).await.unwrap();
        let standing = explained.explanations.iter().find(|one| one.set.undone_at.is_none());
        let Some(standing) = standing.map(|one| one.set.id) else { return };
        let deed = async |books: &Books| books.undo_match(standing, "a model's").await;
        if let Err(error) = self.does(&self.town.books, Again::Same, deed).await {
            assert!(error.is_refusal(), "{error:?}");
        }
    }

    /// Each account's receipts add up to what the shadow says.
    pub(super) async fn accounts_add_up(&self) -> TestCaseResult {
        for ((fund, reference), pence) in &self.shadow.accounts {
            let search = SearchReceipts::Reference(reference.clone());
            let found = self.town.books.search_receipts(&search, None, 500).await.unwrap();
            let sum: i64 = found.iter().map(|line| line.amount.get()).sum();
            if sum != *pence && found.len() < 500 {
                let what =
                    format!("{fund} {reference} should stand at {pence}, and stands at {sum}");
                return Err(TestCaseError::fail(what));
            }
        }
        Ok(())
    }

    /// An evening in the middle of it still proves itself, and stands as it stood.
    pub(super) async fn an_evening_stands(&self) -> TestCaseResult {
        let Some((at, then)) = self.evenings.get(self.evenings.len() / 2) else { return Ok(()) };
        let (checks, balances) = self.town.books.verify_as_at(*at).await.unwrap();
        let wrong: Vec<_> = checks.iter().filter(|check| !check.ok).collect();
        let stood: BTreeMap<_, _> = balances
            .into_iter()
            .map(|(account, balance)| (account.to_string(), balance.get()))
            .filter(|(_, balance)| *balance != 0)
            .collect();
        if wrong.is_empty() && stood == *then {
            return Ok(());
        }
        Err(TestCaseError::fail(format!("{at} stood at {then:?}, now at {stood:?}: {wrong:#?}")))
    }

    /// Of each line there is left what the shadow says.
    pub(super) async fn lines_have_left(&self) -> TestCaseResult {
        let mut asked = BTreeMap::new();
        for line in &self.shadow.lines.all {
            if !asked.contains_key(&line.number) {
                let left = self.town.books.left_of_receipt(&line.number).await.unwrap();
                asked.insert(line.number.clone(), left);
            }
            let left = asked[&line.number].iter().find(|left| left.line == line.line);
            let left = left.map(|left| left.left.get());
            if left != Some(line.left()) {
                let (number, ours) = (&line.number, line.left());
                let what = format!("{ours} of {number}/{} should be left: {left:?}", line.line);
                return Err(TestCaseError::fail(what));
            }
        }
        Ok(())
    }

    /// Closed and exported to the last day, all that was posted is in the
    /// journals, once.
    pub(super) async fn exports_have_each_posting_once(&mut self) -> TestCaseResult {
        self.close_day().await;
        self.export().await;
        let exported: i64 = self.journalled().await;
        let books = &self.town.books;
        let mut tx = self.town.app.store().snapshot().await.unwrap();
        let sums = tx.balances(books.council().id, self.shadow.today()).await.unwrap();
        let posted: i64 = sums.iter().map(|account| account.debit.get()).sum();
        if exported != posted {
            let what = format!("{posted} was posted and {exported} exported");
            return Err(TestCaseError::fail(what));
        }
        Ok(())
    }
}
