use std::str::FromStr;

use chrono::NaiveDate;
use clap::Args;
use ims_app::{Cheque, NewReceipt, NewReceiptLine, Payer, TakenReceipt};
use ims_ledger::Through;
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{Answer, CliError, Desk, Exit, Globals};

/// Money to be taken.
#[derive(Args, Clone, Debug)]
pub struct TakeArgs {
    /// What for: fund, reference, amount in pounds, and another VAT code where the fund allows it; several may be given
    #[arg(
        long = "line",
        value_name = "FUND:REF:AMOUNT[:VAT]",
        required = true,
        allow_hyphen_values = true
    )]
    pub lines: Vec<LineArg>,
    /// The method of payment's code
    #[arg(long, value_name = "CODE")]
    pub method: String,
    /// The office's code
    #[arg(long, value_name = "CODE")]
    pub office: Option<String>,
    /// Through whom it is taken: staff, post, phone or portal
    #[arg(long, value_name = "CHANNEL", default_value = "staff", value_parser = through)]
    pub through: Through,
    /// The payer's name
    #[arg(long, value_name = "NAME")]
    pub payer: Option<String>,
    /// The payer's address: one or two lines, town and postcode, with commas between
    #[arg(long, value_name = "ADDRESS", requires = "payer", value_parser = address)]
    pub address: Option<[String; 4]>,
    /// The cheque: sort code, account, number and name
    #[arg(long, value_name = "SORT:ACCOUNT:NUMBER:NAME")]
    pub cheque: Option<ChequeArg>,
    /// What the first line says
    #[arg(long, value_name = "TEXT")]
    pub narrative: Option<String>,
    /// The day it was paid, if not today
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub on: Option<NaiveDate>,
    /// A key of yours: the same key again changes nothing
    #[arg(long)]
    pub key: Option<String>,
}

/// `FUND:REF:AMOUNT[:VAT]`.
#[derive(Clone, Debug)]
pub struct LineArg(NewReceiptLine);

/// `SORT:ACCOUNT:NUMBER:NAME`.
#[derive(Clone, Debug)]
pub struct ChequeArg(Cheque);

impl LineArg {
    pub(crate) const fn line(&self) -> &NewReceiptLine {
        &self.0
    }
}

impl FromStr for LineArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split(':').map(str::trim).collect();
        let (fund, reference, amount, vat_code) = match parts.as_slice() {
            [fund, reference, amount] => (fund, reference, amount, None),
            [fund, reference, amount, vat] => (fund, reference, amount, Some((*vat).to_owned())),
            _ => return Err("it is not a line; CT:112233448:50.00 would be".to_owned()),
        };
        let amount: Pence =
            amount.parse().map_err(|bad: ims_money::ParsePenceError| bad.to_string())?;
        let (fund, reference) = ((*fund).to_owned(), (*reference).to_owned());
        Ok(Self(NewReceiptLine { fund, reference, amount, vat_code, narrative: None }))
    }
}

impl FromStr for ChequeArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.splitn(4, ':').map(|part| part.trim().to_owned()).collect();
        match <[String; 4]>::try_from(parts) {
            Ok([sort_code, account, number, name]) => {
                Ok(Self(Cheque { sort_code, account, number, name }))
            }
            Err(_) => Err("it is not a cheque; 200000:12345678:000123:A PAYER would be".to_owned()),
        }
    }
}

fn through(word: &str) -> Result<Through, String> {
    Through::named(word).ok_or_else(|| "there are: staff, post, phone, portal".to_owned())
}

/// First and second line, town and postcode.
pub(crate) fn address(text: &str) -> Result<[String; 4], String> {
    let parts: Vec<_> = text.split(',').map(|part| part.trim().to_owned()).collect();
    match parts.as_slice() {
        [line1, town, postcode] => {
            Ok([line1.clone(), String::new(), town.clone(), postcode.clone()])
        }
        [line1, line2, town, postcode] => {
            Ok([line1.clone(), line2.clone(), town.clone(), postcode.clone()])
        }
        _ => Err("it is not an address; \"1 Mill Lane, Milltown, ZZ1 1ZZ\" would be".to_owned()),
    }
}

impl TakeArgs {
    /// What is asked for.
    pub(crate) fn asked(&self) -> NewReceipt {
        let mut lines: Vec<_> = self.lines.iter().map(|line| line.0.clone()).collect();
        if let Some(first) = lines.first_mut() {
            first.narrative.clone_from(&self.narrative);
        }
        let [line1, line2, town, postcode] = self.address.clone().unwrap_or_default();
        let payer = |name: &String| Payer { name: name.clone(), line1, line2, town, postcode };
        NewReceipt {
            method: self.method.clone(),
            office: self.office.clone(),
            happened_on: self.on,
            through: self.through,
            payer: self.payer.as_ref().map(payer),
            cheque: self.cheque.as_ref().map(|cheque| cheque.0.clone()),
            lines,
            key: self.key.clone(),
        }
    }
}

/// What was taken.
pub(crate) fn told(taken: &TakenReceipt, change: Option<Pence>) -> Answer {
    let mut document = json!({
        "receipt": taken.receipt, "total_pence": taken.total, "overpaid_pence": taken.overpaid,
        "warnings": taken.warnings, "before": taken.before,
    });
    if let (Some(change), Value::Object(fields)) = (change, &mut document) {
        fields.insert("change_pence".to_owned(), json!(change));
    }
    let words = if taken.before {
        format!("taken before under this key as receipt {}; nothing changed", taken.receipt)
    } else {
        format!("{} taken as receipt {}", taken.total, taken.receipt)
    };
    let mut answer = Answer::of(document).say(words);
    if let Some(change) = change {
        answer = answer.say(format!("change: {change}"));
    }
    for warning in &taken.warnings {
        answer = answer.say(format!("  {warning}"));
    }
    answer.exit(if taken.warnings.is_empty() { Exit::Done } else { Exit::SeeTo })
}

pub(super) async fn run(
    args: &TakeArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let taken = books.take_receipt(&args.asked()).await?;
    let sealed = desk.seal(&books).await;
    let answer = told(&taken, None);
    Ok(if answer.ended() == Exit::Done { answer.exit(sealed) } else { answer })
}
