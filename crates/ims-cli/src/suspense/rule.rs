//! Where a person put an item, as a rule for the next: shown with what it would
//! have changed, before it is switched on the way such things are switched on.

use std::path::PathBuf;

use clap::Args;
use ims_app::{Correction, NewRedirect, configuration::Window};
use ims_ledger::id::SuspenseId;
use serde_json::json;

use crate::{Answer, CliError, Desk, Globals, config::replay, source};

/// What is said once a person put an item somewhere.
pub(super) fn offer(id: SuspenseId) -> String {
    format!("`ims suspense rule {id}` makes a rule of it for the next, and tries it on the past")
}

/// Which item's placing is to be a rule.
#[derive(Args, Clone, Debug)]
pub struct RuleArgs {
    /// The item's id
    #[arg(value_parser = crate::args::id::<SuspenseId>)]
    pub id: SuspenseId,
    /// How many receipts are named one by one; all are counted
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Where the configuration with the rule is written, for `ims config apply`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

pub(super) async fn run(
    args: &RuleArgs,
    globals: &Globals,
    desk: &mut Desk<'_>,
) -> Result<Answer, CliError> {
    let books = desk.books(globals).await?;
    let window = Window::of_months_to(desk.world.today(), args.limit);
    let correction = books.suspense_correction(args.id).await?;
    let bar = desk.progress(globals, 0);
    let mut progress = |done, of| {
        bar.set_length(of);
        bar.set_position(done);
    };
    let found = match &correction {
        Correction::Redirect(new) => books.replay_redirect(new, window, &mut progress).await,
        Correction::Rule { document, .. } => books.replay(document, window, &mut progress).await,
    };
    bar.finish_and_clear();
    let effect = found?;
    let (proposed, head, next) = match &correction {
        Correction::Redirect(new) => {
            let (to_fund, to) = new.to.clone().unwrap_or_default();
            let document = json!({
                "redirect": {
                    "fund": new.fund, "reference": new.reference, "to_fund": to_fund,
                    "to_reference": to, "from": new.from, "why": new.reason,
                },
            });
            let head =
                format!("an old reference: {} {} leads to {to_fund} {to}", new.fund, new.reference);
            (document, head, command(new))
        }
        Correction::Rule { rule, document, after } => {
            let next = match &args.out {
                Some(path) => {
                    source::write_whole(path, document.as_bytes())?;
                    let path = path.display();
                    format!(
                        "`ims config plan {path}` and `ims config apply {path} --after {after}` put it in force"
                    )
                }
                None => {
                    "--out FILE writes the configuration with it, for `ims config apply`".to_owned()
                }
            };
            (json!({ "import_rule": rule }), format!("an import rule:\n{}", rule.trim_end()), next)
        }
    };
    let mut all = json!({ "item": args.id, "effect": replay::as_json(&effect) });
    if let (Some(all), Some(proposed)) = (all.as_object_mut(), proposed.as_object()) {
        all.extend(proposed.clone());
    }
    let answer = Answer::of(all).say(head);
    Ok(replay::told(answer, &effect).say(format!("nothing is switched on; {next}")))
}

/// The command that switches a redirect on.
fn command(new: &NewRedirect) -> String {
    let (to_fund, to) = new.to.clone().unwrap_or_default();
    let to_fund =
        if to_fund == new.fund { String::new() } else { format!(" --to-fund {}", word(&to_fund)) };
    format!(
        "`ims reference redirect --fund {} --to {}{to_fund} --from {} --why {} -- {}` does",
        word(&new.fund),
        word(&to),
        new.from,
        word(&new.reason),
        word(&new.reference)
    )
}

/// One word for a shell, whatever a payer wrote.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn what_a_payer_wrote_is_one_word_to_a_shell() {
        for (text, wanted) in [
            ("112233484", "112233484"),
            ("FLAT 7", "'FLAT 7'"),
            ("$(reboot)`x`", "'$(reboot)`x`'"),
            ("O'NEILL", "'O'\\''NEILL'"),
            ("-x", "'-x'"),
            ("", "''"),
        ] {
            assert_eq!(word(text), wanted);
        }
    }
}
