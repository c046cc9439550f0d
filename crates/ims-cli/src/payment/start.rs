use clap::Args;
use ims_app::{Books, NewPayment, Payer, PaymentLine};
use ims_gateway::{AskFor, Paying};
use ims_ledger::{Council, Through};
use serde_json::json;

use super::{LineArgs, of_gateway};
use crate::{Answer, CliError, Desk, Exit, receipt::LineArg};

/// A payment to be started.
#[derive(Args, Clone, Debug)]
pub struct StartArgs {
    /// The payer is on the telephone, and an officer enters the card on the provider's page
    #[arg(long, required = true)]
    pub phone: bool,
    /// What for: fund, reference, amount in pounds, and another VAT code where the fund allows it; several may be given
    #[arg(long = "line", value_name = "FUND:REF:AMOUNT[:VAT]", required = true)]
    pub lines: Vec<LineArg>,
    /// The method of payment's code, where the council has several for cards by telephone
    #[arg(long, value_name = "CODE")]
    pub method: Option<String>,
    /// The payer's name
    #[arg(long, value_name = "NAME")]
    pub payer: Option<String>,
    /// The payer's address: one or two lines, town and postcode, with commas between
    #[arg(long, value_name = "ADDRESS", requires = "payer", value_parser = crate::receipt::address)]
    pub address: Option<[String; 4]>,
    /// Where the officer's browser comes back to
    #[arg(long, value_name = "ADDRESS")]
    pub return_url: String,
    /// A key of yours: the same key again is the same payment
    #[arg(long)]
    pub key: String,
    /// Where the values of secrets are
    #[command(flatten)]
    pub line: LineArgs,
}

impl StartArgs {
    /// What is asked for: by the method that was said, else by the only one there is, at the
    /// account that takes all of it.
    fn asked(&self, council: &Council) -> Result<NewPayment, CliError> {
        let lines = self.lines.iter().map(LineArg::line);
        let funds = || lines.clone().map(|line| line.fund.as_str());
        let method = match &self.method {
            Some(code) => code.clone(),
            None => only_method(council)?,
        };
        let account = council.provider_for_all(&method, funds()).ok_or_else(|| {
            CliError::Refused(format!(
                "no account at a provider takes all of these funds by method {method}: start a \
                 payment for those of each account"
            ))
        })?;
        let [line1, line2, town, postcode] = self.address.clone().unwrap_or_default();
        let payer = |name: &String| Payer { name: name.clone(), line1, line2, town, postcode };
        Ok(NewPayment {
            provider: account.name.clone(),
            method,
            through: Through::Phone,
            payer: self.payer.as_ref().map(payer),
            mail: None,
            links: Vec::new(),
            asked_with: format!("by telephone {}", self.return_url),
            key: Some(self.key.clone()),
            lines: lines
                .map(|line| PaymentLine {
                    fund: line.fund.clone(),
                    reference: line.reference.clone(),
                    amount: line.amount,
                    vat_code: line.vat_code.clone(),
                })
                .collect(),
        })
    }
}

/// The method of payment for cards by telephone.
fn only_method(council: &Council) -> Result<String, CliError> {
    let codes: Vec<_> = council.telephone_methods().map(|it| it.code.to_string()).collect();
    match codes.as_slice() {
        [one] => Ok(one.clone()),
        [] => Err(CliError::Refused(
            "no account at a provider takes a method for cards through staff or by telephone; \
             one of `methods` of a [[provider]] has to be of kind card-staff or card-phone"
                .to_owned(),
        )),
        several => Err(CliError::BadInput(format!(
            "there are several methods for cards by telephone; say --method, one of {}",
            several.join(", ")
        ))),
    }
}

pub(super) async fn run(
    args: &StartArgs,
    books: &Books,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let council = books.settings().await?.council;
    let new = args.asked(&council)?;
    let ask = AskFor::by_staff(&council, &new, &args.return_url);
    let paying = args.line.gateways()?.pay(books, &new, &ask).await;
    // What was refused after it was started is noted too.
    let sealed = desk.seal(books).await;
    match paying {
        Ok(paying) => Ok(told(&paying, sealed)),
        Err(error) => Err(match error.never_taken() {
            Some(why) => CliError::Refused(format!(
                "the account {} takes no such card by telephone: {why}",
                new.provider
            )),
            None => of_gateway(error),
        }),
    }
}

fn told(paying: &Paying, sealed: Exit) -> Answer {
    let row = &paying.view.payment;
    let terminal = paying.terminal().map(|(name, show)| format!("{name}: {show}"));
    let answer = Answer::of(json!({
        "payment": row.id, "reference": row.reference, "status": row.status,
        "amount_pence": row.amount, "method": row.method, "address": paying.address(),
        "terminal": terminal, "receipt": paying.view.receipt, "before": paying.view.before,
    }));
    let is_over = paying.view.status().is_ok_and(|status| !status.is_open());
    // Nothing is taken now: whoever meant another payment needs another key.
    let before = match is_over && paying.view.before {
        true => ", started before under this key",
        false => "",
    };
    let what = format!("payment {} of {}{before}: {}", row.reference, row.amount, row.status);
    let answer = answer.say(what);
    let follow = format!("what became of it: ims payment poll, then ims payment show {}", row.id);
    match (paying.address(), terminal, &paying.next, row.status.as_str()) {
        (Some(address), ..) => {
            answer.say(format!("enter the card, once, at {address}")).say(follow).exit(sealed)
        }
        (None, Some(terminal), ..) => {
            answer.say(format!("take the card at {terminal}")).say(follow).exit(sealed)
        }
        (None, None, Some(_), _) => {
            let words = "only a browser goes on from here: start it at the counter; nobody can \
                         pay this one, and it ends by itself";
            answer.say(words).exit(Exit::SeeTo)
        }
        (None, None, None, "captured") => answer.exit(sealed),
        (None, None, None, _) if is_over => {
            answer.say("it is over: start another, under another key").exit(Exit::SeeTo)
        }
        (None, None, None, _) => {
            answer.say("there is no address to enter the card at: ask again").exit(Exit::SeeTo)
        }
    }
}
