//! `ims agreement`: a payer agrees once, and money is taken again without them.

use clap::{Args, Subcommand};
use ims_app::{AgreedUse, AgreementStatus, AgreementView, NewAgreedPayment, NewAgreement};
use ims_gateway::AskFor;
use ims_ledger::id::AgreementId;
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::counted,
    desk::{instant, minute},
    payment::{LineArgs, of_gateway},
};

mod take;

pub(crate) use take::TakeArgs;

/// Agreements to take money again.
#[derive(Subcommand, Clone, Debug)]
pub enum AgreementCommand {
    /// Make an agreement for an account and ask its provider to keep it
    #[command(
        after_help = "Example: ims agreement make --provider pay --method 10 --fund CT --reference 112233448 --most 150.00 --for \"Council tax by instalments\" --key ct-112233448 --secrets /run/secrets"
    )]
    Make(MakeArgs),
    /// Start the payment by which its payer agrees, and say where they pay it
    #[command(
        name = "set-up",
        after_help = "Example: ims agreement set-up 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --amount 120.00 --key ct-112233448-first --return-url https://www.example.gov.uk/thank-you --secrets /run/secrets"
    )]
    SetUp(SetUpArgs),
    /// Take what is due under agreements, without their payers: one, or a file of them
    #[command(
        after_help = "Example: ims agreement take 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --amount 120.00 --key ct-112233448-2026-05\nExample: ims agreement take --file due.csv --secrets /run/secrets"
    )]
    Take(TakeArgs),
    /// List agreements, the newest first
    #[command(after_help = "Example: ims agreement list --status active")]
    List {
        /// Only those that are: created, active, ending, ended
        #[arg(long, value_name = "STATUS", value_parser = status)]
        status: Option<AgreementStatus>,
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those made before this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<AgreementId>)]
        before: Option<AgreementId>,
    },
    /// Show an agreement, and what was heard of it
    #[command(after_help = "Example: ims agreement show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Show {
        /// The agreement's id, as the list shows it
        #[arg(value_parser = crate::args::id::<AgreementId>)]
        id: AgreementId,
    },
    /// Ask its provider how an agreement stands, and show it
    #[command(after_help = "Example: ims agreement look 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b")]
    Look {
        /// The agreement's id, as the list shows it
        #[arg(value_parser = crate::args::id::<AgreementId>)]
        id: AgreementId,
        /// Where the values of secrets are
        #[command(flatten)]
        line: LineArgs,
    },
    /// End an agreement: nothing is taken under it any more
    #[command(
        after_help = "Example: ims agreement end 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --why \"the payer rang\" --secrets /run/secrets"
    )]
    End {
        /// The agreement's id, as the list shows it
        #[arg(value_parser = crate::args::id::<AgreementId>)]
        id: AgreementId,
        /// Why
        #[arg(long, alias = "reason")]
        why: String,
        /// Where the values of secrets are
        #[command(flatten)]
        line: LineArgs,
    },
}

/// An agreement to be made.
#[derive(Args, Clone, Debug)]
pub struct MakeArgs {
    /// The council's account at the provider that keeps it
    #[arg(long, value_name = "NAME")]
    pub provider: String,
    /// The method of payment
    #[arg(long, value_name = "CODE")]
    pub method: String,
    /// The fund it pays
    #[arg(long, value_name = "CODE")]
    pub fund: String,
    /// The account in it
    #[arg(long, value_name = "REF")]
    pub reference: String,
    /// The most it takes at once, in pounds
    #[arg(long, value_name = "POUNDS")]
    pub most: Option<Pence>,
    /// What the payer is told it is for; never a name
    #[arg(long = "for", value_name = "TEXT")]
    pub description: String,
    /// A key of yours: the same key again makes nothing
    #[arg(long)]
    pub key: Option<String>,
    /// Where the values of secrets are
    #[command(flatten)]
    pub line: LineArgs,
}

/// The payment that sets an agreement up.
#[derive(Args, Clone, Debug)]
pub struct SetUpArgs {
    /// The agreement's id, as the list shows it
    #[arg(value_parser = crate::args::id::<AgreementId>)]
    pub id: AgreementId,
    /// What is paid now, in pounds
    #[arg(long, value_name = "POUNDS")]
    pub amount: Pence,
    /// A key of yours: the same key again is the same payment
    #[arg(long)]
    pub key: String,
    /// Where the payer comes back to
    #[arg(long, value_name = "ADDRESS")]
    pub return_url: String,
    /// Where the values of secrets are
    #[command(flatten)]
    pub line: LineArgs,
}

fn status(word: &str) -> Result<AgreementStatus, String> {
    AgreementStatus::named(word)
        .ok_or_else(|| "there are: created, active, ending, ended".to_owned())
}

pub(crate) async fn run(
    command: &AgreementCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    match command {
        AgreementCommand::Make(args) => make(args, globals, desk).await,
        AgreementCommand::SetUp(args) => set_up(args, globals, desk).await,
        AgreementCommand::Take(args) => take::run(args, globals, desk).await,
        AgreementCommand::List { status, limit, before } => {
            Ok(listed(&books.agreements(*status, *before, *limit).await?))
        }
        AgreementCommand::Show { id } => Ok(shown(&books.agreement(*id).await?)),
        AgreementCommand::Look { id, line } => {
            let view = line.gateways()?.look_at_agreement(&books, *id).await;
            let view = view.map_err(of_gateway)?;
            let sealed = desk.seal(&books).await;
            Ok(shown(&view).exit(sealed))
        }
        AgreementCommand::End { id, why, line } => {
            let view = line.gateways()?.end_agreement(&books, *id, why, None).await;
            let view = view.map_err(of_gateway)?;
            let sealed = desk.seal(&books).await;
            let name = &view.row.reference;
            let (words, exit) = match (view.before, view.status) {
                (true, AgreementStatus::Ended) => {
                    (format!("agreement {name} had ended before"), sealed)
                }
                (false, AgreementStatus::Ended) => (format!("agreement {name} has ended"), sealed),
                (_, _) => (
                    format!(
                        "agreement {name} takes nothing any more; its provider has still to be \
                         told, which `ims payment poll` does"
                    ),
                    Exit::SeeTo,
                ),
            };
            Ok(Answer::of(as_json(&view)).say(words).exit(exit))
        }
    }
}

async fn make(args: &MakeArgs, globals: &Globals, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let new = NewAgreement {
        provider: args.provider.clone(),
        method: args.method.clone(),
        fund: args.fund.clone(),
        reference: args.reference.clone(),
        most: args.most,
        description: args.description.clone(),
        key: args.key.clone(),
    };
    let view = args.line.gateways()?.agree(&books, &new).await.map_err(of_gateway)?;
    let sealed = desk.seal(&books).await;
    let (id, name) = (view.row.id, &view.row.reference);
    let answer = Answer::of(as_json(&view)).say(format!("agreement {name} is {id}"));
    if view.row.agreement_ref.is_some() {
        return Ok(answer
            .say("its payer agrees with a first payment: ims agreement set-up")
            .exit(sealed));
    }
    let words = "its provider has not answered; it is asked again when the agreement is set up";
    Ok(answer.say(words).exit(Exit::SeeTo))
}

async fn set_up(
    args: &SetUpArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let description = books.agreement(args.id).await?.row.description;
    let new = NewAgreedPayment {
        agreement: args.id,
        what: AgreedUse::SetUp,
        amount: args.amount,
        asked_with: args.return_url.clone(),
        key: args.key.clone(),
    };
    let ask = AskFor::new(&description, &args.return_url);
    let paying = args.line.gateways()?.pay_under(&books, &new, &ask).await.map_err(of_gateway)?;
    let sealed = desk.seal(&books).await;
    let row = &paying.view.payment;
    let answer = Answer::of(json!({
        "payment": row.id, "reference": row.reference, "status": row.status,
        "amount_pence": row.amount, "address": paying.address(), "before": paying.view.before,
    }));
    let answer = answer.say(format!("payment {} of {}: {}", row.reference, row.amount, row.status));
    Ok(match (paying.address(), row.status.as_str()) {
        (Some(address), _) => {
            answer.say(format!("the payer pays it, once, at {address}")).exit(sealed)
        }
        (None, "captured") => answer.exit(sealed),
        (None, _) => answer.say("there is no address to pay it at: ask again").exit(Exit::SeeTo),
    })
}

fn as_json(view: &AgreementView) -> Value {
    let row = &view.row;
    let steps = view.steps.iter().map(|step| {
        json!({
            "at": instant(step.at), "status": step.status, "heard": step.heard, "by": step.by,
            "why": step.why,
        })
    });
    json!({
        "id": row.id, "reference": row.reference, "provider": row.provider, "method": row.method,
        "fund": row.fund, "account": row.account, "most_pence": row.most,
        "description": row.description, "status": view.status.as_str(),
        "agreement_ref": row.agreement_ref, "paid": view.payments.paid, "open": view.payments.open,
        "made_by": row.made_by, "made_at": instant(row.made_at), "before": view.before,
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn shown(view: &AgreementView) -> Answer {
    let row = &view.row;
    let most = row.most.map_or_else(String::new, |most| format!(", at most {most} at once"));
    let words = format!(
        "agreement {} at {} for {} {}{most}: {}, {}",
        row.reference,
        row.provider,
        row.fund,
        row.account,
        view.status.as_str(),
        counted(view.payments.paid, "payment", "payments"),
    );
    let table = view.steps.iter().map(|step| {
        [
            minute(step.at),
            step.status.clone(),
            step.heard.clone(),
            step.by.clone(),
            step.why.clone(),
        ]
    });
    let columns = ["at", "status", "heard", "by", "why"];
    Answer::of(as_json(view)).say(words).table(columns, table)
}

fn listed(views: &[AgreementView]) -> Answer {
    let documents: Vec<_> = views.iter().map(as_json).collect();
    let answer = Answer::of(json!({ "agreements": documents }));
    if views.is_empty() {
        return answer.say("there is no such agreement");
    }
    let rows = views.iter().map(|view| {
        let row = &view.row;
        [
            row.id.to_string(),
            row.reference.clone(),
            row.provider.clone(),
            format!("{} {}", row.fund, row.account),
            row.most.map(|most| most.to_string()).unwrap_or_default(),
            view.status.as_str().to_owned(),
            view.payments.paid.to_string(),
            row.description.clone(),
        ]
    });
    let columns =
        ["agreement", "reference", "provider", "pays", ">at most", "status", ">payments", "for"];
    answer.table(columns, rows)
}
