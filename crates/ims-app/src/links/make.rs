//! A link made.

use chrono::{NaiveDate, TimeDelta};
use ims_ledger::{id::LinkId, london_end};
use ims_store::{LinkRow, Tx};

use super::{LinkLine, LinkUses, LinkView, lines_of};
use crate::{
    AppError, Books, Permission, Result, Settings, Unpayable,
    baskets::account_for,
    keyed::{Keyed, no_card_in_key, once_each, written},
    no_card::no_card,
    take_receipt::PORTAL_LINES_MAX,
};

/// The most days a link is good.
pub const LINK_DAYS_MAX: i64 = 731;

/// The most characters of a link's label.
pub const LINK_LABEL_MAX: usize = 100;

/// A link to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink {
    /// What it is for: each reference once.
    pub lines: Vec<LinkLine>,
    /// How often it may be paid.
    pub uses: LinkUses,
    /// Its last day.
    pub until: NaiveDate,
    /// What the payer is told it is for. It is kept apart from the books, so that
    /// it can be erased.
    pub label: String,
    /// A key of the caller's: the same key again makes nothing.
    pub key: Option<String>,
}

impl Books {
    /// Makes a link. Its lines are checked as the portal checks what residents
    /// type, now and again when it is paid.
    ///
    /// # Errors
    ///
    /// [`AppError::BadInput`] for what cannot be meant, [`AppError::Refused`] for
    /// what the portal would not take, where the council has no key for links, and
    /// when the caller's key was used for another.
    pub async fn make_link(&self, new: &NewLink) -> Result<LinkView> {
        self.actor().needs(Permission::TakeCard)?;
        new.lines.iter().try_for_each(|line| no_card("reference", &line.reference))?;
        new.lines.iter().try_for_each(|line| self.needs_fund(line.fund.trim()))?;
        no_card("label", &new.label)?;
        no_card_in_key(new.key.as_deref())?;
        once_each(|| self.make_link_once(new)).await
    }

    async fn make_link_once(&self, new: &NewLink) -> Result<LinkView> {
        let label = new.label.trim();
        let mut tx = self.store().begin().await?;
        let settings = self.settings_in(&mut tx).await?;
        self.link_key(&settings)?;
        let before = match &new.key {
            Some(key) => tx.link_by_key(self.id(), key).await?,
            None => None,
        };
        if let Some(id) = before {
            return self.link_made_before(&mut tx, &settings, id, (new, label)).await;
        }
        let expires_at = self.reads_link(new, label)?;
        let lines = self.payable_lines(&mut tx, &settings, &new.lines).await?;
        let row = LinkRow {
            id: LinkId::new(self.world().id()),
            document: written(&lines)?,
            uses: new.uses.as_str().to_owned(),
            expires_at,
            made_by: self.actor().name().to_owned(),
            made_at: self.world().now(),
            key: new.key.clone(),
            status: "open".to_owned(),
            paid_by: None,
        };
        tx.add_link(self.id(), &row).await?;
        self.keep_asked(&mut tx, asked(new, &document_of(new)?)).await?;
        if !label.is_empty() {
            let salt: [u8; 16] = self.world().bytes();
            let detail = (row.id.get(), salt.to_vec(), label.to_owned());
            tx.put_details(self.id(), &[detail]).await?;
        }
        // The label may be about people: the trail says only that there is one.
        let data = serde_json::json!({
            "lines": lines.iter().map(|line| serde_json::json!({
                "fund": line.fund, "reference": line.reference, "amount_pence": line.amount,
            })).collect::<Vec<_>>(),
            "uses": row.uses, "until": new.until, "has_label": !label.is_empty(),
        });
        self.note(&mut tx, "make payment link", &row.id.to_string(), data).await?;
        let view = self.link_view(&mut tx, &settings, row).await?;
        tx.commit().await?;
        Ok(LinkView { before: false, ..view })
    }

    /// The instant it is good until, if it can be meant.
    fn reads_link(&self, new: &NewLink, label: &str) -> Result<chrono::DateTime<chrono::Utc>> {
        let bad = |what: String| Err(AppError::BadInput(what));
        if new.lines.is_empty() || new.lines.len() > PORTAL_LINES_MAX {
            return bad(format!("a payment link is for 1 to {PORTAL_LINES_MAX} lines"));
        }
        if label.chars().count() > LINK_LABEL_MAX || label.contains(char::is_control) {
            return bad(format!("a label has at most {LINK_LABEL_MAX} characters, on one line"));
        }
        let today = self.world().today();
        let last = today.checked_add_signed(TimeDelta::days(LINK_DAYS_MAX)).unwrap_or(today);
        if new.until < today || new.until > last {
            return bad(format!("the last day of a payment link is between {today} and {last}"));
        }
        let end = london_end(new.until);
        end.ok_or_else(|| AppError::BadInput(format!("{} is no day a link can end", new.until)))
    }

    async fn link_made_before(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        id: LinkId,
        (new, label): (&NewLink, &str),
    ) -> Result<LinkView> {
        let absent = || super::no_link(id);
        let row = tx.link(self.id(), id).await?.ok_or_else(absent)?;
        self.needs_link(&row)?;
        let lines = lines_of(&row)?;
        let view = self.link_view(tx, settings, row).await?;
        let is_said = |(kept, said): (&LinkLine, &LinkLine)| {
            kept.fund == said.fund.trim()
                && kept.amount == said.amount
                && kept.reference.eq_ignore_ascii_case(said.reference.trim())
        };
        let are_same = lines.len() == new.lines.len() && lines.iter().zip(&new.lines).all(is_said);
        // References may have led elsewhere, to other funds even.
        let document = document_of(new)?;
        let is_same = (are_same || self.was_asked(tx, asked(new, &document)).await?)
            && (view.uses, view.until, view.label.as_str()) == (new.uses, new.until, label);
        if !is_same {
            let key = new.key.as_deref().unwrap_or_default();
            return Err(AppError::Refused(format!("`{key}` was used before for something else")));
        }
        Ok(view)
    }

    /// The lines as their funds write them, if the portal takes them together.
    async fn payable_lines(
        &self,
        tx: &mut Tx,
        settings: &Settings,
        asked: &[LinkLine],
    ) -> Result<Vec<LinkLine>> {
        let mut lines: Vec<LinkLine> = Vec::with_capacity(asked.len());
        for line in asked {
            let named = (line.fund.trim(), line.reference.as_str());
            let account = self.payable(tx, settings, named, line.amount).await?;
            let account = account.map_err(|why| AppError::Refused(words(line, &why)))?;
            // What an old reference leads to may be of another fund.
            let absent = || AppError::NotFound { what: "reference", name: line.reference.clone() };
            self.needs_fund(&account.fund).map_err(|_| absent())?;
            if lines.iter().any(|other| other.reference == account.reference) {
                return Err(AppError::Refused(words(line, &Unpayable::Twice)));
            }
            let (fund, reference) = (account.fund, account.reference);
            lines.push(LinkLine { fund, reference, amount: line.amount });
        }
        let funds = lines.iter().map(|line| line.fund.as_str());
        if account_for(&settings.council, funds).is_none() {
            let what = "no account at a payment provider takes all of it: make a link for each";
            return Err(AppError::Refused(what.to_owned()));
        }
        Ok(lines)
    }
}

/// What is asked, as it is kept with the key: not the label, which can be erased.
fn document_of(new: &NewLink) -> Result<String> {
    let line = |line: &LinkLine| {
        let (fund, reference) = (line.fund.trim().to_owned(), line.reference.trim());
        (fund, reference.to_ascii_uppercase(), line.amount)
    };
    let lines: Vec<_> = new.lines.iter().map(line).collect();
    written(&(lines, new.uses.as_str(), new.until))
}

fn asked<'a>(new: &'a NewLink, document: &'a str) -> Keyed<'a> {
    Keyed { deed: "make payment link", key: new.key.as_deref(), document }
}

/// Why the portal would not take a line.
fn words(line: &LinkLine, why: &Unpayable) -> String {
    let why = match why {
        Unpayable::NotOffered => "is not offered on the portal".to_owned(),
        Unpayable::Reference(bad) => bad.to_string(),
        Unpayable::NoHolder => "nobody has that reference, and somebody must".to_owned(),
        Unpayable::OnStop(message) => format!("the account is on stop: {message}"),
        Unpayable::TooLittle(least) => format!("the portal takes {least} or more"),
        Unpayable::TooMuch(most) => format!("the portal takes {most} or less"),
        Unpayable::Twice => "the same reference is there twice".to_owned(),
        Unpayable::Full(_) => "it cannot be paid with the others".to_owned(),
    };
    format!("{} {}: {why}", line.fund.trim(), line.reference.trim())
}
