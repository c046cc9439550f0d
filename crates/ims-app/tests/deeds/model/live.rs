//! A step, taken in the books and in their shadow.

use ims_app::{ExportKind, Imported, NewAllocation, SearchReceipts};
use ims_money::Pence;
use proptest::test_runner::{TestCaseError, TestCaseResult};

use super::{
    Life,
    shadow::{File, vat_in},
    step::{Row, Shown, Step, Whose},
};
use crate::deeds::{
    files::{paid, receipts, statement},
    town::{april, file},
};

/// The one chosen among so many, if there are any.
fn chosen<T>(all: &[T], which: usize) -> Option<&T> {
    all.get(which.checked_rem(all.len())?)
}

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
            Step::Reconcile => drop(self.town.books.reconcile().await.unwrap()),
            Step::UndoMatch(which) => self.undo_match(*which).await,
            Step::Allocate { item, whose, hundredths, twice } => {
                self.allocate(*item, *whose, *hundredths, *twice).await;
            }
            Step::Refund { payment, hundredths, says } => {
                self.refund(*payment, *hundredths, *says).await;
            }
            Step::Journal { payment, whose, hundredths, twice } => {
                self.journal(*payment, *whose, *hundredths, *twice).await;
            }
            Step::UndoJournal(which) => self.undo_journal(*which).await,
            Step::NextDay => self.next_day(),
            Step::CloseDay => drop(self.town.books.close_day(self.today()).await.unwrap()),
            Step::Export => self.export().await,
        }
    }

    fn today(&self) -> chrono::NaiveDate {
        april(self.shadow.day + 1)
    }

    fn next_day(&mut self) {
        self.shadow.day = (self.shadow.day + 1).min(27);
        self.town.clock.to_april(self.shadow.day + 1);
    }

    async fn receipts(&mut self, rows: &[Row]) {
        let number = self.shadow.files.len();
        let lines: Vec<_> = rows
            .iter()
            .zip(1..)
            .map(|(row, n)| {
                let (fund, reference) =
                    row.whose.account().unwrap_or(("XX", format!("nobody {n}")));
                let batch = format!("B{number}");
                let source = format!("F{number}R{n}");
                paid(fund, &reference, "CARD", &pounds(row.pence))
                    .on(self.today())
                    .batch(&batch)
                    .source(&source)
            })
            .collect();
        let (name, text) = (format!("receipts-{number}.csv"), receipts(&lines));
        let before = self.receipts_of(rows).await;
        let import = self.town.took(&name, &text).await.id;
        rows.iter().for_each(|row| self.shadow.take(row));
        let rows = rows.to_vec();
        self.shadow.files.push(File { name, text, rows, import, is_reversed: false });
        self.payments_since(number, &before).await;
    }

    async fn again(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.files.len()) else { return };
        let before = self.receipts_of(&self.shadow.files[at].rows).await;
        let known = &mut self.shadow.files[at];
        let came = self.town.books.import_file(file(&known.name, &known.text)).await.unwrap();
        match came {
            Imported::Before(_) => assert!(!known.is_reversed, "a reversed file may come again"),
            Imported::Now(summary) => {
                assert!(known.is_reversed, "a file came in twice");
                known.is_reversed = false;
                known.import = summary.id;
                let rows = known.rows.clone();
                rows.iter().for_each(|row| self.shadow.take(row));
                self.payments_since(at, &before).await;
            }
            other @ Imported::Quarantined { .. } => panic!("{other:?}"),
        }
    }

    async fn reverse_import(&mut self, which: usize) {
        let Some(at) = which.checked_rem(self.shadow.files.len()) else { return };
        let known = &mut self.shadow.files[at];
        let mut payments = self.shadow.payments.iter();
        let stands = payments.any(|payment| payment.import == known.import && payment.used != 0);
        match self.town.books.reverse_import(known.import, "a model's").await {
            Ok(_) => {
                assert!(!stands, "a file was reversed while something stood on it");
                assert!(!known.is_reversed, "a file was reversed twice");
                known.is_reversed = true;
                let rows = known.rows.clone();
                rows.iter().for_each(|row| self.shadow.untake(row));
            }
            Err(error) => assert!(error.is_refusal(), "{error:?}"),
        }
    }

    async fn statement(&mut self, lines: &[Shown]) {
        let card = |file: &File| file.rows.iter().map(|row| row.pence).sum::<i64>();
        let said: Vec<(i64, String)> = lines
            .iter()
            .zip(1..)
            .filter_map(|(line, n)| match line {
                Shown::Charge(pence) => Some((*pence, format!("CHARGES {n}"))),
                Shown::Sweep(pence) => Some((*pence, format!("SWEEP {n}"))),
                Shown::Mystery(pence) => Some((*pence, format!("FROM SOMEBODY {n}"))),
                Shown::Payout(which) => {
                    let file = chosen(&self.shadow.files, *which)?;
                    let number = self.shadow.files.iter().position(|one| one.name == file.name)?;
                    (card(file) != 0).then(|| (card(file), format!("5200107 B{number}")))
                }
            })
            .collect();
        let shown: Vec<_> = said.iter().map(|(pence, says)| (*pence, says.as_str())).collect();
        self.shadow.statements += 1;
        let number = self.shadow.statements;
        let text = statement(number, self.shadow.bank, self.shadow.day + 1, &shown);
        self.town.took(&format!("s{number}.sta"), &text).await;
        self.shadow.bank += said.iter().map(|(pence, _)| pence).sum::<i64>();
        let open = self.town.books.open_lines().await.unwrap();
        self.shadow.lines.extend(open.iter().map(|line| line.id));
        self.shadow.lines.sort();
        self.shadow.lines.dedup();
    }

    async fn undo_match(&mut self, which: usize) {
        let Some(line) = chosen(&self.shadow.lines, which) else { return };
        let explained = self.town.books.explain_line(*line).await.unwrap();
        let standing = explained.explanations.iter().find(|one| one.set.undone_at.is_none());
        let Some(standing) = standing else { return };
        if let Err(error) = self.town.books.undo_match(standing.set.id, "a model's").await {
            assert!(error.is_refusal(), "{error:?}");
        }
    }

    async fn allocate(&mut self, item: usize, whose: Whose, hundredths: i64, twice: bool) {
        let items = self.town.suspense().await;
        let Some(item) = chosen(&items, item) else { return };
        let remaining = item.remaining.get();
        let amount = remaining.saturating_mul(hundredths) / 100;
        let Some((fund, reference)) = whose.account() else { return };
        self.shadow.keys += 1;
        let to = NewAllocation {
            fund: fund.to_owned(),
            reference: reference.clone(),
            amount: Some(Pence::new(amount)),
            note: "a model's".to_owned(),
            key: Some(format!("allocation {}", self.shadow.keys)),
        };
        let done = self.town.books.allocate_suspense(item.id, &to).await;
        let is_possible = amount != 0 && amount.abs() <= remaining.abs();
        match done {
            Ok(done) => {
                assert!(is_possible, "{amount} of {remaining} was allocated");
                assert_eq!(done.remaining.get(), remaining - amount);
                self.shadow.gain((fund, reference), amount, vat_in(amount));
            }
            Err(error) => {
                assert!(error.is_refusal(), "{error:?}");
                assert!(!is_possible, "{amount} of {remaining} was refused: {error}");
                return;
            }
        }
        if twice {
            let again = self.town.books.allocate_suspense(item.id, &to).await.unwrap();
            assert!(again.before);
        }
    }

    async fn export(&mut self) {
        let books = &self.town.books;
        for kind in books.export_kinds().await.unwrap() {
            let _made = books.make_export(&kind).await.unwrap();
            assert!(books.make_export(&kind).await.unwrap().is_none(), "a day was exported twice");
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

    /// Closed and exported to the last day, all that was posted is in the
    /// journals, once.
    pub(super) async fn exports_have_each_posting_once(&self) -> TestCaseResult {
        let books = &self.town.books;
        books.close_day(self.today()).await.unwrap();
        books.make_export(&ExportKind::LedgerJournal).await.unwrap();
        let exported: i64 = books
            .exports(500)
            .await
            .unwrap()
            .iter()
            .filter(|export| export.kind == "ledger-journal")
            .map(|export| export.debit.get())
            .sum();
        let mut tx = self.town.app.store().snapshot().await.unwrap();
        let sums = tx.balances(books.council().id, self.today()).await.unwrap();
        let posted: i64 = sums.iter().map(|account| account.debit.get()).sum();
        if exported != posted {
            let what = format!("{posted} was posted and {exported} exported");
            return Err(TestCaseError::fail(what));
        }
        Ok(())
    }
}
