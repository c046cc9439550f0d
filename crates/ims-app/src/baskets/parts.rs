//! What of a basket is paid with one payment, where funds have accounts of their own.

use ims_ledger::{Council, id::LinkId};
use ims_money::Pence;

use super::{BasketLine, Held};
use crate::{AppError, Result};

/// What is paid with one payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasketPart {
    /// Lines whose funds are paid through the same account at a provider.
    pub lines: Vec<BasketLine>,
    /// What they come to.
    pub total: Pence,
}

impl BasketPart {
    pub(super) fn funds(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.fund.as_str())
    }
}

impl Held {
    /// The lines by the account that takes them, in the order of the basket: one
    /// payment each, one after the other.
    pub(super) fn parts(&self, council: &Council) -> Result<Vec<BasketPart>> {
        let account = |line: &BasketLine| {
            let method = council.portal.method.as_ref()?.as_str();
            Some(council.provider_for(method, &line.fund)?.name.as_str())
        };
        let mut parts: Vec<(Option<&str>, BasketPart)> = Vec::new();
        for line in &self.kept.lines {
            let by = account(line);
            match parts.iter_mut().find(|(other, _)| *other == by) {
                Some((_, part)) => {
                    part.lines.push(line.clone());
                    let total = part.total.checked_add(line.amount);
                    part.total = total.ok_or(AppError::Overflow)?;
                }
                None => {
                    let part = BasketPart { lines: vec![line.clone()], total: line.amount };
                    parts.push((by, part));
                }
            }
        }
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    /// The links that lines of a part came by, each once; `None` if one of them asks
    /// for something else of the basket too, as a link is paid whole.
    pub(super) fn links_of(&self, part: &BasketPart) -> Option<Vec<LinkId>> {
        let (within, others): (Vec<_>, Vec<_>) =
            self.kept.links.iter().partition(|of| part.lines.iter().any(|line| of.is_of(line)));
        let mut links: Vec<_> = within.into_iter().map(|of| of.link).collect();
        links.sort_unstable();
        links.dedup();
        others.iter().all(|of| !links.contains(&of.link)).then_some(links)
    }
}
