//! What a file says was taken.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_ledger::{CardMachine, CashLine, OverShort};
use ims_money::Pence;
use serde::Deserialize;

use super::{denomination, pounds, terminal};

/// What is named; the rest stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) taken_on: Option<NaiveDate>,
    pub(super) narrative: Option<String>,
    pub(super) bag: Option<String>,
    pub(super) rows: Vec<WrittenRow>,
    pub(super) cash: Option<Vec<CashLine>>,
    pub(super) cheques: Option<Vec<(String, Pence)>>,
    pub(super) cards: Option<Vec<CardMachine>>,
    pub(super) over_short: Option<OverShort>,
}

/// A row: what is not said is the template's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenRow {
    /// Which row of the template, from 1.
    pub row: usize,
    /// How much.
    pub amount: Pence,
    /// The reference.
    pub reference: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// The VAT code.
    pub vat: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Document {
    taken_on: Option<NaiveDate>,
    narrative: Option<String>,
    bag: Option<String>,
    row: Vec<DocumentRow>,
    cash: Option<BTreeMap<String, u32>>,
    cheque: Option<Vec<DocumentCheque>>,
    card_machine: Option<Vec<DocumentCard>>,
    over_short: Option<DocumentDifference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentRow {
    row: usize,
    amount: String,
    reference: Option<String>,
    description: Option<String>,
    vat: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentCheque {
    name: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentCard {
    terminal: String,
    batch: String,
    amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DocumentDifference {
    amount: String,
    reason: String,
}

fn counted(which: &str, count: u32) -> Result<CashLine, String> {
    Ok(CashLine { denomination: denomination(which)?, count: Some(count), value: None })
}

impl Written {
    pub(super) fn of_toml(text: &str) -> Result<Self, String> {
        let read: Document = toml::from_str(text).map_err(|error| error.to_string())?;
        let row = |row: DocumentRow| -> Result<WrittenRow, String> {
            Ok(WrittenRow {
                row: row.row,
                amount: pounds(&row.amount)?,
                reference: row.reference,
                description: row.description,
                vat: row.vat,
            })
        };
        let card = |card: DocumentCard| -> Result<CardMachine, String> {
            let amount = pounds(&card.amount)?;
            Ok(CardMachine { terminal: card.terminal, batch: card.batch, amount })
        };
        let cheque = |cheque: DocumentCheque| -> Result<(String, Pence), String> {
            Ok((cheque.name, pounds(&cheque.amount)?))
        };
        let cash = read
            .cash
            .map(|cash| cash.iter().rev().map(|(which, count)| counted(which, *count)).collect());
        let difference = |difference: DocumentDifference| -> Result<OverShort, String> {
            Ok(OverShort { amount: pounds(&difference.amount)?, reason: difference.reason })
        };
        Ok(Self {
            taken_on: read.taken_on,
            narrative: read.narrative,
            bag: read.bag,
            rows: read.row.into_iter().map(row).collect::<Result<_, String>>()?,
            cash: cash.transpose()?,
            cheques: read.cheque.map(|all| all.into_iter().map(cheque).collect()).transpose()?,
            cards: read.card_machine.map(|all| all.into_iter().map(card).collect()).transpose()?,
            over_short: read.over_short.map(difference).transpose()?,
        })
    }

    /// Every line that does not read is named.
    pub(super) fn of_csv(text: &str) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let head = reader.headers().map_err(|error| error.to_string())?.clone();
        let find = |name: &str| head.iter().position(|column| column.trim() == name);
        let columns = ["kind", "which", "amount", "reference", "description", "vat"].map(find);
        let [Some(_), Some(_), Some(_), ..] = columns else {
            return Err("the first line must name the columns kind, which, amount".to_owned());
        };
        let mut written = Self::default();
        let mut faults = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            let cells = columns
                .map(|at| at.and_then(|at| record.get(at)).unwrap_or_default().trim().to_owned());
            if let Err(why) = written.add(cells) {
                faults.push(format!("line {line}: {why}"));
            }
        }
        if faults.is_empty() { Ok(written) } else { Err(faults.join("; ")) }
    }

    fn add(&mut self, cells: [String; 6]) -> Result<(), String> {
        let [kind, which, amount, reference, description, vat] = cells;
        let said = |text: String| (!text.is_empty()).then_some(text);
        match kind.as_str() {
            "row" => self.rows.push(WrittenRow {
                row: which.parse().map_err(|_| format!("`{which}` is no row of a template"))?,
                amount: pounds(&amount)?,
                reference: said(reference),
                description: said(description),
                vat: said(vat),
            }),
            "count" => {
                let count = amount.parse().map_err(|_| format!("`{amount}` is no count"))?;
                self.cash.get_or_insert_default().push(counted(&which, count)?);
            }
            "cash" => self.cash.get_or_insert_default().push(CashLine {
                denomination: denomination(&which)?,
                count: None,
                value: Some(pounds(&amount)?),
            }),
            "bag" => self.bag = Some(which),
            "cheque" => {
                self.cheques.get_or_insert_default().push((which, pounds(&amount)?));
            }
            "card" => {
                let (terminal, batch) = terminal(&which)?;
                let card = CardMachine { terminal, batch, amount: pounds(&amount)? };
                self.cards.get_or_insert_default().push(card);
            }
            "over-short" => {
                self.over_short = Some(OverShort { amount: pounds(&amount)?, reason: which });
            }
            "taken-on" => self.taken_on = Some(crate::args::day(&which)?),
            "narrative" => self.narrative = Some(which),
            other => {
                return Err(format!(
                    "`{other}` is no kind: row, count, cash, bag, cheque, card, over-short, taken-on, narrative are"
                ));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same takings in both forms.
    #[test]
    fn toml_and_csv_say_the_same() {
        let toml = r#"
taken_on = "2026-04-20"
narrative = "market day"
bag = "B17"
cash = { "20.00" = 3, "0.50" = 21 }
row = [{ row = 1, amount = "60.00" }, { row = 2, amount = "40.00", reference = "PN123456", vat = "Z" }]
cheque = [{ name = "J Smith", amount = "20.00" }]
card_machine = [{ terminal = "T1", batch = "17", amount = "9.50" }]
over_short = { amount = "-5.00", reason = "till 2" }
"#;
        let csv = "\
kind,which,amount,reference,description,vat
row,1,60.00,,,
row,2,40.00,PN123456,,Z
bag,B17,,,,
count,20.00,3
count,0.50,21
cheque,J Smith,20.00
card,T1/17,9.50
over-short,till 2,-5.00
taken-on,2026-04-20
narrative,market day
";
        assert_eq!(Written::of_toml(toml), Written::of_csv(csv));
        let nothing = Written::of_toml("cheque = []\ncash = {}\n").unwrap();
        assert_eq!((nothing.cheques, nothing.cash), (Some(vec![]), Some(vec![])));
    }

    #[test]
    fn every_line_that_does_not_read_is_named() {
        let csv = "kind,which,amount\nrow,x,1\nrow,1,1.005\ncount,0.03,1\ncount,20.00,a\ncard,T1,5\nwhat,,\n";
        assert_eq!(
            Written::of_csv(csv).unwrap_err(),
            "line 2: `x` is no row of a template; line 3: `1.005` has a fraction of a penny; \
             line 4: there is no note or coin of 0.03: 50.00, 20.00, 10.00, 5.00, 2.00, 1.00, 0.50, 0.20, 0.10, 0.05, 0.02 and 0.01 there are; \
             line 5: `a` is no count; line 6: write TERMINAL/BATCH, like T1/17; \
             line 7: `what` is no kind: row, count, cash, bag, cheque, card, over-short, taken-on, narrative are"
        );
        let unnamed = Written::of_csv("a,b\n1,2\n").unwrap_err();
        assert_eq!(unnamed, "the first line must name the columns kind, which, amount");
        assert!(Written::of_toml("nonsense = 1").unwrap_err().contains("nonsense"));
    }
}
