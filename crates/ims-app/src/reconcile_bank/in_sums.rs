//! Money that reaches the bank in sums. A credit that quotes a payer's own reference is never
//! that, however well reference and amount agree: it is what somebody paid beside it.

use std::collections::{HashMap, HashSet};

use ims_ledger::{
    Council, Method,
    id::{ChannelCode, CouncilId},
};
use ims_store::{OpenExpected, Tx};

use super::Result;
use crate::configuration;

/// Versions of a configuration that are read at once.
const AT_ONCE: i64 = 50;

/// The channels whose money reaches the bank in sums: those of cards, counters and
/// collections, and those whose lines quote a merchant or a sender.
pub(crate) struct InSums {
    channels: HashSet<ChannelCode>,
    /// Those that have cards only.
    cards: HashSet<ChannelCode>,
}

impl InSums {
    /// As the council has it. What waits in a channel that has no method any more, as when
    /// cards go through another provider, comes as it did while it had one.
    pub(crate) async fn of(
        tx: &mut Tx,
        id: CouncilId,
        council: &Council,
        open: &[OpenExpected],
    ) -> Result<Self> {
        let mut methods: Vec<Method> = council.method.clone();
        let bare = without_method(&methods, open);
        if !bare.is_empty() {
            methods.extend(last_of(tx, id, &bare).await?);
        }
        let mut all = Self { channels: HashSet::new(), cards: HashSet::new() };
        let named = council.channel.iter().filter(|channel| !channel.merchant.is_empty());
        all.channels.extend(named.map(|channel| channel.code.clone()));
        let of_sums = methods.iter().filter(|method| method.kind.reaches_the_bank_in_sums());
        all.channels.extend(of_sums.map(|method| method.channel.clone()));
        let cards = methods.iter().filter(|method| method.kind.is_card());
        all.cards.extend(cards.map(|method| method.channel.clone()));
        for other in methods.iter().filter(|method| !method.kind.is_card()) {
            all.cards.remove(&other.channel);
        }
        Ok(all)
    }

    /// Whether no bank line is this by a payer's reference. Debits that come back are shown
    /// one by one, with it; those of cards are taken off a payout.
    pub(crate) fn hold(&self, item: &OpenExpected) -> bool {
        let Ok(channel) = ChannelCode::parse(&item.channel) else { return false };
        let comes = || item.amount.is_positive() && self.channels.contains(&channel);
        item.is_payers && (self.cards.contains(&channel) || comes())
    }
}

/// The channels in which payers' money waits and for which there is no method.
fn without_method<'a>(methods: &[Method], open: &'a [OpenExpected]) -> HashSet<&'a str> {
    let of_payers = open.iter().filter(|item| item.is_payers);
    let mut channels: HashSet<&str> = of_payers.map(|item| item.channel.as_str()).collect();
    for method in methods {
        channels.remove(method.channel.as_str());
    }
    channels
}

/// The methods that channels last had.
async fn last_of(tx: &mut Tx, id: CouncilId, channels: &HashSet<&str>) -> Result<Vec<Method>> {
    let mut last: HashMap<ChannelCode, Vec<Method>> = HashMap::new();
    let mut after = 0;
    loop {
        let rows = tx.configurations(id, after, AT_ONCE).await?;
        let Some(newest) = rows.last().map(|row| row.version) else { break };
        after = newest;
        for row in rows {
            let past = configuration::read(&row.document)?;
            let mut had: HashMap<ChannelCode, Vec<Method>> = HashMap::new();
            for method in past.method {
                if channels.contains(method.channel.as_str()) {
                    had.entry(method.channel.clone()).or_default().push(method);
                }
            }
            last.extend(had);
        }
    }
    Ok(last.into_values().flatten().collect())
}
