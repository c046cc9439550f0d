//! Bank statements, their lines, and what explains these.

use ims_ledger::id::{LineId, StatementId};
use ims_store::{LineRow, OpenLine, PairRow, StatementRow, StoreError};
use ims_testkit::on_both;

use super::made::{self, at, day, id, line, matched, pair, pence, statement};

fn open(row: &LineRow, narrative: &str) -> OpenLine {
    let LineRow { id, booked_on, amount, code, reference, bank_reference, .. } = row.clone();
    let (bank, narrative) = ("main".to_owned(), narrative.to_owned());
    OpenLine { id, bank, booked_on, amount, code, reference, bank_reference, narrative }
}

on_both! {
    async fn statements_follow_on(url: &str) {
        let (store, council) = made::store(url).await;
        let import = made::import("x").id;
        let first = StatementRow { number: Some("41/1".to_owned()), last_day: Some(day(2)), ..statement(import, 1) };
        let second = StatementRow { proof: "unproved".to_owned(), first_day: None, ..statement(made::import("y").id, 2) };
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.last_statement(council, "main").await.unwrap(), None);
        tx.add_statement(council, &first, &[]).await.unwrap();
        tx.add_statement(council, &second, &[]).await.unwrap();
        assert_eq!(tx.last_statement(council, "main").await.unwrap().as_ref(), Some(&second));
        assert_eq!(tx.statements_of_import(council, import).await.unwrap(), std::slice::from_ref(&first));
        assert_eq!(tx.statements(council, 10).await.unwrap(), [second, first]);
        assert_eq!(tx.statements(council, 1).await.unwrap().len(), 1);
    }

    /// It keeps its place, but nothing follows on from it and its lines may come again.
    async fn a_reversed_statement_counts_no_more(url: &str) {
        let (store, council) = made::store(url).await;
        let (kept, undone) = (made::import("kept"), made::import("undone"));
        let first = StatementRow { closing: pence(10), ..statement(kept.id, 1) };
        let second = StatementRow { closing: pence(20), ..statement(undone.id, 2) };
        let mut tx = store.begin().await.unwrap();
        assert_eq!(tx.next_sequence(council, "main").await.unwrap(), 1);
        tx.add_statement(council, &first, &[line(&first, 1, 5)]).await.unwrap();
        tx.add_statement(council, &second, &[line(&second, 2, 5)]).await.unwrap();
        let closing = |amount| [("main".to_owned(), pence(amount))];
        assert_eq!(tx.closing_balances(council).await.unwrap(), closing(20));
        tx.add_reversal(council, undone.id, made::import("").id, "wrong", "jo", at(1)).await.unwrap();
        assert_eq!(tx.last_statement(council, "main").await.unwrap(), Some(first));
        assert_eq!(tx.closing_balances(council).await.unwrap(), closing(10));
        assert_eq!(tx.next_sequence(council, "main").await.unwrap(), 3);
        let marks = tx.line_marks(council, "main", day(1), day(1)).await.unwrap();
        let fingerprints: Vec<_> = marks.into_iter().map(|mark| mark.fingerprint).collect();
        assert_eq!(fingerprints, [1_i64.to_be_bytes().to_vec()]);
        assert_eq!(tx.statements(council, 10).await.unwrap().len(), 2);
    }

    async fn open_lines_are_asked_for_by_account_and_day(url: &str) {
        let (store, council) = made::store(url).await;
        let import = made::import("x").id;
        let main = statement(import, 1);
        let other = StatementRow { id: id(StatementId::new), bank: "other".to_owned(), ..main.clone() };
        let on = |of: &StatementRow, number, at| LineRow { booked_on: day(at), ..line(of, number, 100) };
        let lines = [on(&main, 1, 1), on(&main, 2, 2), on(&main, 3, 3), on(&main, 4, 1)];
        let mut tx = store.begin().await.unwrap();
        tx.add_statement(council, &main, &lines).await.unwrap();
        tx.add_statement(council, &other, &[on(&other, 1, 1)]).await.unwrap();
        tx.put_details(council, &[(lines[0].id.get(), vec![], "FROM J BLOGGS".to_owned())]).await.unwrap();
        tx.close_lines(council, &[lines[3].id]).await.unwrap();
        let found = tx.open_lines_of(council, "main", day(2)).await.unwrap();
        assert_eq!(found, [open(&lines[0], "FROM J BLOGGS"), open(&lines[1], "")]);
        assert_eq!(tx.open_lines_of(council, "none", day(9)).await.unwrap(), []);
        assert_eq!(tx.open_lines(council).await.unwrap().len(), 4);
    }

    async fn a_line_is_open_until_it_is_explained(url: &str) {
        let (store, council) = made::store(url).await;
        let import = made::import("x").id;
        let of = statement(import, 1);
        let lines = [(1, 300), (2, 0), (3, -50)].map(|(number, amount)| line(&of, number, amount));
        let mut tx = store.begin().await.unwrap();
        tx.add_statement(council, &of, &lines).await.unwrap();
        tx.put_details(council, &[(lines[0].id.get(), vec![], "FROM J BLOGGS".to_owned())]).await.unwrap();
        let (first, last) = (open(&lines[0], "FROM J BLOGGS"), open(&lines[2], ""));
        assert_eq!(tx.open_lines(council).await.unwrap(), [first.clone(), last.clone()]);
        assert_eq!(tx.open_line_totals(council).await.unwrap(), [("main".to_owned(), 2, pence(250))]);
        assert_eq!(tx.lines_standing(council, import).await.unwrap(), 0);
        assert_eq!(tx.close_lines(council, &[lines[0].id, lines[1].id, id(LineId::new)]).await.unwrap(), 1);
        assert_eq!(tx.open_lines(council).await.unwrap(), [last]);
        assert_eq!(tx.lines_standing(council, import).await.unwrap(), 1);
        assert_eq!(tx.line(council, lines[0].id).await.unwrap(), Some(first));
        tx.open_lines_again(council, "main", &[lines[0].id]).await.unwrap();
        assert_eq!(tx.lines_standing(council, import).await.unwrap(), 0);
        assert_eq!(tx.count_brought(council, import).await.unwrap(), 2, "the line of nothing is left out");
        let refused = tx.open_lines_again(council, "main", &[lines[0].id]).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "open_line_pkey"), "{refused:?}");
    }

    async fn marks_are_those_of_the_account_and_the_days(url: &str) {
        let (store, council) = made::store(url).await;
        let import = made::import("x").id;
        let mut tx = store.begin().await.unwrap();
        let mut of_main = None;
        for (bank, sequence) in [("main", 1), ("card", 1)] {
            let of = StatementRow { bank: bank.to_owned(), ..statement(import, sequence) };
            of_main.get_or_insert(of.id);
            let lines = [1, 2, 3, 4].map(|number| LineRow {
                booked_on: day(u32::try_from(number).unwrap()),
                fingerprint: format!("{bank} {number}").into_bytes(),
                ..line(&of, number, 5)
            });
            tx.add_statement(council, &of, &lines).await.unwrap();
        }
        let mut found = tx.line_marks(council, "main", day(2), day(3)).await.unwrap();
        found.sort_by_key(|mark| mark.booked_on);
        let marks = found.iter().map(|mark| (mark.booked_on, mark.amount, mark.fingerprint.as_slice()));
        let wanted = [(day(2), pence(5), &b"main 2"[..]), (day(3), pence(5), b"main 3")];
        assert_eq!(marks.collect::<Vec<_>>(), wanted);
        assert!(found.iter().all(|mark| Some(mark.statement) == of_main), "{found:?}");
    }

    /// One match of several lines, an undone one, one of several pairs for a line.
    async fn explanations_are_counted_by_their_rule(url: &str) {
        let (store, council) = made::store(url).await;
        let of = statement(made::import("x").id, 1);
        let lines = [(1, 100), (2, 20), (3, 3), (4, -7), (5, 0)].map(|(number, amount)| line(&of, number, amount));
        let waited = [60, 40, 20].map(|amount| made::expected(amount, "card-web"));
        let (one, two, undone) = (matched(100), ims_store::MatchRow { rule: "sum".to_owned(), ..matched(23) }, matched(3));
        let pairs = [
            pair(&one, Some(lines[0].id), Some(waited[0].id)),
            pair(&one, Some(lines[0].id), Some(waited[1].id)),
            pair(&undone, Some(lines[2].id), Some(waited[2].id)),
            pair(&two, Some(lines[1].id), Some(waited[2].id)),
            pair(&two, Some(lines[2].id), None),
        ];
        let mut tx = store.begin().await.unwrap();
        tx.add_statement(council, &of, &lines).await.unwrap();
        tx.add_expected(council, &waited).await.unwrap();
        tx.add_matches(council, &[one.clone(), two.clone(), undone.clone()], &pairs).await.unwrap();
        tx.add_undo(council, undone.id, None, "no", "jo", at(9)).await.unwrap();
        let by_rule = tx.lines_by_rule(council, "main", day(1), day(1)).await.unwrap();
        let by_rule: Vec<_> = by_rule.iter().map(|(rule, lines, sum)| (rule.as_str(), *lines, sum.get())).collect();
        assert_eq!(by_rule, [("sum", 2, 23), ("", 1, -7), ("exact", 1, 100)]);

        assert_eq!(tx.match_set(council, one.id).await.unwrap(), Some(one.clone()));
        let of_line = tx.matches_of_line(council, lines[2].id).await.unwrap();
        let taken_back = ims_store::MatchRow { undone_at: Some(at(9)), ..undone.clone() };
        assert_eq!(of_line, [two, taken_back]);
        let of_one = tx.pairs(council, one.id).await.unwrap();
        let expected: Vec<(PairRow, String, String)> = pairs[..2]
            .iter()
            .zip(&waited)
            .map(|(pair, item)| (pair.clone(), item.reference.clone(), "card-web".to_owned()))
            .collect();
        assert_eq!(of_one, expected);
        let refused = tx.add_undo(council, undone.id, None, "twice", "jo", at(9)).await.unwrap_err();
        assert!(matches!(&refused, StoreError::Duplicate(name) if name == "match_undo_pkey"), "{refused:?}");
    }
}
