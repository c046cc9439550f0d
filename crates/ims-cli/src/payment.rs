//! `ims payment`: payments through providers.

use std::{path::PathBuf, sync::Arc};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ims_app::{App, Books, FindPayments, PaymentExceptionRow, PaymentRow, Permission};
use ims_edge::{SecretValues, Secrets, Smtp};
use ims_gateway::{Carrier, GatewayError, Gateways, Notify};
use ims_ledger::{
    id::{ExceptionId, PaymentId},
    london_end,
};
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::counted,
    desk::{instant, minute, needs},
    error::bad,
};

mod start;

pub(crate) use start::StartArgs;

/// Payments through providers.
#[derive(Subcommand, Clone, Debug)]
pub enum PaymentCommand {
    /// Start a card payment for a payer on the telephone, and say where an officer enters the card
    #[command(
        after_help = "Example: ims payment start --phone --line CT:112233448:50.00 --key call-17 --return-url https://www.example.gov.uk/thank-you --secrets /run/secrets"
    )]
    Start(Box<StartArgs>),
    /// List payments in the order in which they were started
    #[command(after_help = "Example: ims payment list --from 2026-04-01 --status unknown")]
    List(ListArgs),
    /// Show a payment, what it is for and what was heard of it
    #[command(after_help = "Example: ims payment show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Show {
        /// The payment's id, as the list shows it
        #[arg(value_parser = crate::args::id::<PaymentId>)]
        id: PaymentId,
    },
    /// Ask the providers about open payments whose time has come
    #[command(after_help = "Example: ims payment poll --secrets /run/secrets")]
    Poll {
        /// Where the values of secrets are
        #[command(flatten)]
        line: LineArgs,
    },
    /// Hold what the providers have of a day, and the day before, against the books
    #[command(after_help = "Example: ims payment sweep --day 2026-04-01")]
    Sweep {
        /// The day, yesterday if not said
        #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
        day: Option<NaiveDate>,
        /// Where the values of secrets are
        #[command(flatten)]
        line: LineArgs,
    },
    /// List what a provider said that cannot be, and nobody has looked into
    #[command(after_help = "Example: ims payment exceptions")]
    Exceptions {
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those after this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<ExceptionId>)]
        after: Option<ExceptionId>,
    },
    /// Put the money of another amount than was asked for into suspense
    #[command(
        name = "book-exception",
        after_help = "Example: ims payment book-exception 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --why \"two bills in one\""
    )]
    BookException {
        /// The exception's id, as the list shows it
        #[arg(value_parser = crate::args::id::<ExceptionId>)]
        id: ExceptionId,
        /// What came of it
        #[arg(long, alias = "reason")]
        why: String,
    },
    /// Take an exception off the list: somebody looked into it
    #[command(
        name = "end-exception",
        after_help = "Example: ims payment end-exception 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --why \"test payment\""
    )]
    EndException {
        /// The exception's id, as the list shows it
        #[arg(value_parser = crate::args::id::<ExceptionId>)]
        id: ExceptionId,
        /// What came of it
        #[arg(long, alias = "reason")]
        why: String,
    },
}

/// Which payments are listed.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Started on this day or later, today if not said
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub from: Option<NaiveDate>,
    /// Started on this day or before, today if not said
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub to: Option<NaiveDate>,
    /// Only in this status: created, started, unknown, captured …
    #[arg(long, default_value = "", hide_default_value = true)]
    pub status: String,
    /// Only at this provider, by the name of the council's account
    #[arg(long, default_value = "", hide_default_value = true)]
    pub provider: String,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub limit: i64,
    /// Only those after this one
    #[arg(long, value_name = "ID", value_parser = crate::args::id::<PaymentId>)]
    pub after: Option<PaymentId>,
}

/// What a line out needs.
#[derive(Args, Clone, Debug)]
pub struct LineArgs {
    /// A folder with a file for each secret; else they are IMS_SECRET_NAME
    #[arg(long, env = "IMS_SECRETS", hide_env_values = true, value_name = "FOLDER")]
    pub secrets: Option<PathBuf>,
}

impl LineArgs {
    /// The way to the councils' providers.
    pub(crate) fn gateways(&self) -> Result<Gateways, CliError> {
        Ok(Gateways::new(carrier()?, self.values()))
    }

    /// An app whose jobs reach providers, and send e-mail.
    pub(crate) fn given_to(&self, app: App) -> Result<App, CliError> {
        let notify = Notify::new(carrier()?, self.values());
        let app = app.with_mail(Arc::new(Smtp::new(self.values()))).with_mail(Arc::new(notify));
        Ok(app.with_errands(Arc::new(self.gateways()?)))
    }

    pub(crate) fn values(&self) -> SecretValues {
        let secrets = Secrets { folder: self.secrets.clone() };
        Arc::new(move |name| secrets.value(name))
    }
}

fn carrier() -> Result<Carrier, CliError> {
    Carrier::new().map_err(|error| CliError::Refused(error.to_string()))
}

pub(crate) async fn run(
    command: &PaymentCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        PaymentCommand::Start(args) => start::run(args, &books, desk).await,
        PaymentCommand::List(args) => list(&books, args).await,
        PaymentCommand::Show { id } => show(&books, *id).await,
        PaymentCommand::Poll { line } => {
            needs(&books, Permission::Import, "ask about payments")?;
            let polled = line.gateways()?.poll(&books).await.map_err(of_gateway)?;
            let sealed = desk.seal(&books).await;
            let failed = polled.failed.iter();
            let document = json!({
                "asked": polled.asked, "moved": polled.moved, "exceptions": polled.exceptions,
                "failed": failed.map(|(account, why)| json!({ "account": account, "why": why }))
                    .collect::<Vec<_>>(),
            });
            let asked = counted(polled.asked, "payment", "payments");
            let mut answer = Answer::of(document)
                .say(format!("{asked} asked about, {} of them moved on", polled.moved));
            for (_, why) in &polled.failed {
                answer = answer.say(why.clone());
            }
            let is_fine = polled.failed.is_empty() && polled.exceptions == 0;
            Ok(answer.exit(seen_to(is_fine, sealed)))
        }
        PaymentCommand::Sweep { day, line } => sweep(&books, *day, line, desk).await,
        PaymentCommand::Exceptions { limit, after } => {
            Ok(exceptions(&books.payment_exceptions(*after, *limit).await?))
        }
        PaymentCommand::BookException { id, why } => {
            let item = books.book_payment_exception(*id, why).await?;
            let sealed = desk.seal(&books).await;
            let words =
                format!("its money is in suspense as {item}; exception {id} is off the list");
            Ok(Answer::of(json!({ "id": id, "suspense": item })).say(words).exit(sealed))
        }
        PaymentCommand::EndException { id, why } => {
            books.end_payment_exception(*id, why).await?;
            let sealed = desk.seal(&books).await;
            let words = format!("exception {id} is off the list");
            Ok(Answer::of(json!({ "id": id })).say(words).exit(sealed))
        }
    }
}

pub(crate) fn of_gateway(error: GatewayError) -> CliError {
    match error {
        GatewayError::App(error) => CliError::App(error),
        other => CliError::Refused(other.to_string()),
    }
}

const fn seen_to(is_fine: bool, sealed: Exit) -> Exit {
    if is_fine { sealed } else { Exit::SeeTo }
}

async fn list(books: &Books, args: &ListArgs) -> Result<Answer, CliError> {
    let today = books.app().world().today();
    let (from, to) = (args.from.unwrap_or(today), args.to.unwrap_or(today));
    let before = |day: NaiveDate| day.pred_opt().and_then(london_end);
    let span = (before(from), london_end(to));
    let (Some(from), Some(to)) = span else { return Err(bad("that is no day of a payment")) };
    let (provider, status) = (args.provider.clone(), args.status.clone());
    let find = FindPayments { from, to, provider, status };
    let rows = books.payments(&find, args.after, args.limit).await?;
    let documents: Vec<_> = rows.iter().map(as_json).collect();
    let answer = Answer::of(json!({ "payments": documents }));
    if rows.is_empty() {
        return Ok(answer.say("there is no such payment"));
    }
    let table = rows.iter().map(|row| {
        [
            row.id.to_string(),
            minute(row.started_at),
            row.reference.clone(),
            row.amount.to_string(),
            row.provider.clone(),
            row.status.clone(),
            row.reason.clone(),
        ]
    });
    let columns = ["payment", "started", "reference", ">amount", "provider", "status", "why"];
    Ok(answer.table(columns, table))
}

async fn show(books: &Books, id: PaymentId) -> Result<Answer, CliError> {
    let view = books.payment(id).await?;
    let mut document = as_json(&view.payment);
    let lines = view.lines.iter().map(|line| {
        json!({ "fund": line.fund, "reference": line.reference, "amount_pence": line.amount })
    });
    let steps = view.steps.iter().map(|step| {
        json!({
            "at": instant(step.at), "status": step.status, "heard": step.heard,
            "by": step.by, "why": step.reason,
        })
    });
    if let Value::Object(fields) = &mut document {
        fields.insert("receipt".to_owned(), json!(view.receipt));
        fields.insert("lines".to_owned(), lines.collect());
        fields.insert("steps".to_owned(), steps.collect());
    }
    let row = &view.payment;
    let receipt = view.receipt.as_deref().map_or_else(String::new, |n| format!(", receipt {n}"));
    let words = format!(
        "payment {} of {} at {}: {}{receipt}",
        row.reference, row.amount, row.provider, row.status
    );
    let table = view.steps.iter().map(|step| {
        [
            minute(step.at),
            step.status.clone(),
            step.heard.clone(),
            step.by.clone(),
            step.reason.clone(),
        ]
    });
    let columns = ["at", "status", "heard", "by", "why"];
    Ok(Answer::of(document).say(words).table(columns, table))
}

async fn sweep(
    books: &Books,
    day: Option<NaiveDate>,
    line: &LineArgs,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    needs(books, Permission::Import, "go through payments")?;
    let today = books.app().world().today();
    let day = day.or_else(|| today.pred_opt()).unwrap_or(today);
    let swept = line.gateways()?.sweep(books, day).await.map_err(of_gateway)?;
    let sealed = desk.seal(books).await;
    let documents: Vec<_> = swept
        .iter()
        .map(|one| {
            json!({
                "account": one.account, "listed": one.listed, "paid_pence": one.paid,
                "moved": one.moved, "exceptions": one.exceptions, "failed": one.failed,
            })
        })
        .collect();
    let is_fine = swept.iter().all(|one| one.failed.is_none() && one.exceptions == 0);
    let answer = Answer::of(json!({ "day": day, "accounts": documents }));
    if swept.is_empty() {
        return Ok(answer.say("the council has no account at a provider").exit(sealed));
    }
    let table = swept.into_iter().map(|one| {
        [
            one.account,
            one.listed.to_string(),
            one.paid.to_string(),
            one.moved.to_string(),
            one.exceptions.to_string(),
            one.failed.unwrap_or_default(),
        ]
    });
    let columns = ["provider", ">listed", ">paid", ">moved on", ">exceptions", "not finished"];
    Ok(answer.table(columns, table).exit(seen_to(is_fine, sealed)))
}

fn as_json(row: &PaymentRow) -> Value {
    json!({
        "id": row.id, "reference": row.reference, "provider": row.provider,
        "method": row.method, "through": row.through, "amount_pence": row.amount,
        "status": row.status, "started_at": instant(row.started_at),
        "provider_ref": row.provider_ref, "why": row.reason,
    })
}

fn exceptions(rows: &[PaymentExceptionRow]) -> Answer {
    let document = |row: &PaymentExceptionRow| {
        json!({
            "id": row.id, "kind": row.kind, "provider": row.provider, "payment": row.payment,
            "provider_ref": row.provider_ref, "amount_pence": row.amount, "why": row.why,
            "suspense": row.suspense, "is_money": row.is_money, "at": instant(row.at),
        })
    };
    let documents: Vec<_> = rows.iter().map(document).collect();
    let answer = Answer::of(json!({ "exceptions": documents }));
    if rows.is_empty() {
        return answer.say("there is no exception");
    }
    let table = rows.iter().map(|row| {
        [
            row.id.to_string(),
            minute(row.at),
            row.kind.clone(),
            row.provider.clone(),
            row.provider_ref.clone().unwrap_or_default(),
            row.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            row.why.clone(),
        ]
    });
    let columns = ["exception", "at", "kind", "provider", "its name", ">amount", "what"];
    answer.table(columns, table).exit(Exit::SeeTo)
}
