//! `ims link`: payment links, and their QR codes for letters and screens.

use std::{path::PathBuf, str::FromStr};

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use ims_app::{App, Books, LinkLine, LinkState, LinkUses, LinkView, NewLink};
use ims_ledger::id::LinkId;
use ims_money::Pence;
use serde_json::{Value, json};

use crate::{
    Answer, CliError, Desk, Exit, Globals,
    answer::counted,
    desk::{actor, instant},
    error::bad,
    payment::LineArgs,
    source::write_whole,
};

mod qr;

use qr::Code;

/// Payment links.
#[derive(Subcommand, Clone, Debug)]
pub enum LinkCommand {
    /// Make a link by which somebody pays what it says
    #[command(
        after_help = "Example: ims link make --line CT:112233448:50.00 --until 2026-12-31 --label \"Council tax 2026\" --svg letter.svg --secrets /run/secrets"
    )]
    Make(MakeArgs),
    /// List links, the newest first
    #[command(after_help = "Example: ims link list --state open")]
    List {
        /// Only those that are: open, paid, withdrawn, expired
        #[arg(long, value_name = "STATE", value_parser = state)]
        state: Option<LinkState>,
        /// How many at most
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: i64,
        /// Only those made before this one
        #[arg(long, value_name = "ID", value_parser = crate::args::id::<LinkId>)]
        before: Option<LinkId>,
    },
    /// Show a link, its address and its QR code
    #[command(
        after_help = "Example: ims link show 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --qr --secrets /run/secrets"
    )]
    Show {
        /// The link's id, as the list shows it
        #[arg(value_parser = crate::args::id::<LinkId>)]
        id: LinkId,
        /// The QR code of its address
        #[command(flatten)]
        code: CodeArgs,
        /// Where the values of secrets are
        #[command(flatten)]
        line: LineArgs,
    },
    /// Take a link back: nobody pays by it any more
    #[command(
        after_help = "Example: ims link withdraw 0190a2b4-1c2d-7e3f-8a4b-5c6d7e8f9a0b --why \"paid by cheque\""
    )]
    Withdraw {
        /// The link's id, as the list shows it
        #[arg(value_parser = crate::args::id::<LinkId>)]
        id: LinkId,
        /// Why
        #[arg(long, alias = "reason")]
        why: String,
    },
}

/// A link to be made.
#[derive(Args, Clone, Debug)]
pub struct MakeArgs {
    /// What for: fund, reference, and the amount in pounds unless the payer says it; several may be given
    #[arg(long = "line", value_name = "FUND:REF[:POUNDS]", required = true)]
    pub lines: Vec<LinkLineArg>,
    /// Its last day
    #[arg(long, value_name = "DATE", value_parser = crate::args::day)]
    pub until: NaiveDate,
    /// Good for as many payments as there are; otherwise for one
    #[arg(long)]
    pub many: bool,
    /// What the payer is told it is for
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    pub label: String,
    /// A key of yours: the same key again makes nothing
    #[arg(long)]
    pub key: Option<String>,
    /// The QR code of its address
    #[command(flatten)]
    pub code: CodeArgs,
    /// Where the values of secrets are
    #[command(flatten)]
    pub line: LineArgs,
}

/// The QR code of a link's address.
#[derive(Args, Clone, Debug)]
pub struct CodeArgs {
    /// Print the QR code, for a dark terminal
    #[arg(long)]
    pub qr: bool,
    /// Write the QR code to this file as SVG
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
    /// Write the QR code to this file as PNG
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
}

impl CodeArgs {
    const fn is_wanted(&self) -> bool {
        self.qr || self.svg.is_some() || self.png.is_some()
    }
}

/// `FUND:REF[:POUNDS]`.
#[derive(Clone, Debug)]
pub struct LinkLineArg(LinkLine);

impl FromStr for LinkLineArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split(':').map(str::trim).collect();
        let (fund, reference, amount) = match parts.as_slice() {
            [fund, reference] => (fund, reference, None),
            [fund, reference, amount] => {
                let amount = amount.parse::<Pence>().map_err(|bad| bad.to_string())?;
                (fund, reference, Some(amount))
            }
            _ => return Err("it is not a line; CT:112233448:50.00 would be".to_owned()),
        };
        let (fund, reference) = ((*fund).to_owned(), (*reference).to_owned());
        Ok(Self(LinkLine { fund, reference, amount }))
    }
}

fn state(word: &str) -> Result<LinkState, String> {
    LinkState::named(word).ok_or_else(|| "there are: open, paid, withdrawn, expired".to_owned())
}

pub(crate) async fn run(
    command: &LinkCommand,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    match command {
        LinkCommand::Make(args) => make(args, globals, desk).await,
        LinkCommand::List { state, limit, before } => {
            let books = desk.books(globals).await?;
            Ok(listed(&books.links(*state, *before, *limit).await?))
        }
        LinkCommand::Show { id, code, line } => {
            let books = books_with(line, globals, desk).await?;
            let address = address_of(&books, code).await?;
            let view = books.link(*id).await?;
            shown(&view, &address, code, told(&view))
        }
        LinkCommand::Withdraw { id, why } => {
            let books = desk.books(globals).await?;
            let view = books.withdraw_link(*id, why).await?;
            let sealed = desk.seal(&books).await;
            let mut answer = Answer::of(as_json(&view, "")).say(match view.before {
                true => "it was withdrawn before".to_owned(),
                false => format!("{id} is withdrawn"),
            });
            if view.under_way > 0 {
                let payments = counted(view.under_way, "payment", "payments");
                answer =
                    answer.say(format!("{payments} by it may still be made, and will be booked"));
                return Ok(answer.exit(Exit::SeeTo));
            }
            Ok(answer.exit(sealed))
        }
    }
}

/// The council's books, with the values of secrets.
async fn books_with(
    line: &LineArgs,
    globals: &Globals,
    desk: &Desk<'_>,
) -> Result<Books, CliError> {
    let app: App = desk.app(globals).await?.with_secrets(line.values());
    let actor = actor(&app, globals).await?;
    Ok(app.books(globals.council.as_deref(), actor).await?)
}

/// Where the portal is. A code of a part of an address leads nowhere.
async fn address_of(books: &Books, code: &CodeArgs) -> Result<String, CliError> {
    let address = books.settings().await?.council.portal.address.clone();
    if address.is_empty() && code.is_wanted() {
        return Err(bad(
            "the configuration does not say where the portal is: [portal] address = \"https://pay.example.gov.uk\"",
        ));
    }
    Ok(address)
}

async fn make(args: &MakeArgs, globals: &Globals, desk: &mut Desk<'_>) -> Result<Answer, CliError> {
    let books = books_with(&args.line, globals, desk).await?;
    let address = address_of(&books, &args.code).await?;
    let new = NewLink {
        lines: args.lines.iter().map(|line| line.0.clone()).collect(),
        uses: if args.many { LinkUses::Many } else { LinkUses::Once },
        until: args.until,
        label: args.label.clone(),
        key: args.key.clone(),
    };
    let view = books.make_link(&new).await?;
    let sealed = desk.seal(&books).await;
    let words = match view.before {
        true => format!("made before under this key as {}; nothing changed", view.id),
        false => format!("{} is good until the end of {}", view.id, view.until),
    };
    Ok(shown(&view, &address, &args.code, words)?.exit(sealed))
}

/// A link with its address, and its code where that is wanted.
fn shown(
    view: &LinkView,
    portal: &str,
    code: &CodeArgs,
    words: String,
) -> Result<Answer, CliError> {
    let mut answer = Answer::of(as_json(view, portal)).say(words);
    let Some(address) = end_of(view, portal) else {
        return Ok(answer.say("its address is shown to who is given the key: --secrets FOLDER"));
    };
    answer = answer.say(&address);
    if !code.is_wanted() {
        return Ok(answer);
    }
    let drawn = Code::of(&address).ok_or_else(|| bad("its address is too long for a QR code"))?;
    if let Some(path) = &code.svg {
        write_whole(path, drawn.svg().as_bytes())?;
        answer = answer.say(format!("its QR code is in {}", path.display()));
    }
    if let Some(path) = &code.png {
        let png = drawn.png().map_err(|source| CliError::Write { path: path.clone(), source })?;
        write_whole(path, &png)?;
        answer = answer.say(format!("its QR code is in {}", path.display()));
    }
    Ok(if code.qr { answer.text(&drawn.terminal()) } else { answer })
}

/// A link's whole address; what stands after the portal's where nobody says that.
fn end_of(view: &LinkView, portal: &str) -> Option<String> {
    view.token.as_ref().map(|token| format!("{portal}/link/{token}"))
}

fn told(view: &LinkView) -> String {
    let lines: Vec<_> = view.lines.iter().map(line_told).collect();
    let label = if view.label.is_empty() { String::new() } else { format!(" ({})", view.label) };
    let paid = match view.payments {
        0 => String::new(),
        payments => format!(", {}", counted(payments, "payment", "payments")),
    };
    let (state, until) = (view.state.as_str(), view.until);
    format!("{}{label}: {state}, until {until}{paid}", lines.join(", "))
}

fn line_told(line: &LinkLine) -> String {
    let amount = line.amount.map_or_else(|| "open".to_owned(), |amount| amount.to_string());
    format!("{} {} {amount}", line.fund, line.reference)
}

fn as_json(view: &LinkView, portal: &str) -> Value {
    let line = |line: &LinkLine| json!({ "fund": line.fund, "reference": line.reference, "amount_pence": line.amount });
    json!({
        "id": view.id, "lines": view.lines.iter().map(line).collect::<Vec<_>>(),
        "uses": view.uses.as_str(), "until": view.until, "label": view.label,
        "state": view.state.as_str(), "paid_on": view.paid_on, "paid_by": view.paid_by,
        "payments": view.payments, "under_way": view.under_way,
        "address": end_of(view, portal), "made_by": view.made_by,
        "made_at": instant(view.made_at), "before": view.before,
    })
}

fn listed(views: &[LinkView]) -> Answer {
    let documents: Vec<_> = views.iter().map(|view| as_json(view, "")).collect();
    let answer = Answer::of(json!({ "links": documents }));
    if views.is_empty() {
        return answer.say("there is no such link");
    }
    let rows = views.iter().map(|view| {
        [
            view.id.to_string(),
            view.lines.iter().map(line_told).collect::<Vec<_>>().join(", "),
            view.uses.as_str().to_owned(),
            view.until.to_string(),
            view.state.as_str().to_owned(),
            view.payments.to_string(),
            view.made_by.clone(),
            view.label.clone(),
        ]
    });
    let columns = ["link", "for", "uses", "until", "state", ">payments", "made by", "label"];
    answer.table(columns, rows)
}
