use ims_ledger::{Counterparty, StatementLine};
use ims_money::Amount;

use super::{
    append, given,
    money::{Currency, Money, Side},
    paths::DetailLeaf,
};
use crate::accounts;

/// One payment of an entry. Kept from entry to entry, so that its texts need no
/// new memory.
#[derive(Debug, Default)]
pub(super) struct Details {
    end_to_end: String,
    cheque: String,
    bank_reference: String,
    /// Its own amount, else that of the transaction, else the instructed one.
    own: Option<Money>,
    transaction: Option<Money>,
    instructed: Option<Money>,
    side: Option<Side>,
    debtor: Party,
    creditor: Party,
    remittance: String,
    creditor_reference: String,
    /// Structured references beyond the first.
    more_references: String,
    text: String,
    /// Why it came back, where it has `RtrInf`.
    returned: Option<String>,
}

/// Whether the sub-family of a bank transaction code (ISO 20022, external code sets) is
/// of a payment that was sent back: a direct debit, a cheque or a card transaction
/// unpaid, a transfer returned, reversed or called back.
pub(super) fn is_sent_back(sub_family: &str) -> bool {
    matches!(
        sub_family,
        "UPDD" | "UPCQ" | "XPCQ" | "UPCT" | "RRTN" | "PRDD" | "RPCR" | "RCDD" | "CQRV"
    )
}

/// The other side as it is written.
#[derive(Debug, Default)]
struct Party {
    name: String,
    /// In whose name it acts, or who acts in its.
    ultimate: String,
    iban: String,
    account: String,
    bank: String,
}

impl Party {
    fn clear(&mut self) {
        for text in
            [&mut self.name, &mut self.ultimate, &mut self.iban, &mut self.account, &mut self.bank]
        {
            text.clear();
        }
    }

    fn counterparty(&self) -> Option<Counterparty> {
        let named = if self.name.is_empty() { &self.ultimate } else { &self.name };
        let bank = if self.bank.is_empty() { None } else { accounts::sort_code(&self.bank) };
        let account = given(&self.account).map(|account| accounts::split(&account, "GBP"));
        let (of_account, account) = account.map_or((None, None), |(of, rest)| (of, Some(rest)));
        let party = Counterparty {
            name: given(named),
            sort_code: bank.or(of_account),
            account,
            iban: given(&self.iban),
        };
        (party != Counterparty::default()).then_some(party)
    }
}

impl Details {
    pub(super) fn clear(&mut self) {
        (self.own, self.transaction, self.instructed) = (None, None, None);
        (self.side, self.returned) = (None, None);
        self.debtor.clear();
        self.creditor.clear();
        for text in [
            &mut self.end_to_end,
            &mut self.cheque,
            &mut self.bank_reference,
            &mut self.remittance,
            &mut self.creditor_reference,
            &mut self.more_references,
            &mut self.text,
        ] {
            text.clear();
        }
    }

    /// It is a payment sent back.
    pub(super) fn begin_return(&mut self) {
        self.returned.get_or_insert_default();
    }

    pub(super) fn set(
        &mut self,
        leaf: DetailLeaf,
        text: &str,
        currency: Option<Currency>,
    ) -> Result<(), String> {
        let word = text.trim_ascii();
        let field = match leaf {
            DetailLeaf::EndToEnd => &mut self.end_to_end,
            DetailLeaf::Cheque => &mut self.cheque,
            DetailLeaf::BankReference => &mut self.bank_reference,
            DetailLeaf::DebtorName => &mut self.debtor.name,
            DetailLeaf::CreditorName => &mut self.creditor.name,
            DetailLeaf::UltimateDebtor => &mut self.debtor.ultimate,
            DetailLeaf::UltimateCreditor => &mut self.creditor.ultimate,
            DetailLeaf::DebtorIban => &mut self.debtor.iban,
            DetailLeaf::CreditorIban => &mut self.creditor.iban,
            DetailLeaf::DebtorAccount => &mut self.debtor.account,
            DetailLeaf::CreditorAccount => &mut self.creditor.account,
            DetailLeaf::DebtorSortCode => &mut self.debtor.bank,
            DetailLeaf::CreditorSortCode => &mut self.creditor.bank,
            // One payment may be for several accounts.
            DetailLeaf::CreditorReference if !self.creditor_reference.is_empty() => {
                if word != self.creditor_reference {
                    append(&mut self.more_references, word, " ");
                }
                return Ok(());
            }
            DetailLeaf::CreditorReference => &mut self.creditor_reference,
            DetailLeaf::Amount => {
                self.own = Some(Money::read(text, currency)?);
                return Ok(());
            }
            DetailLeaf::TransactionAmount => {
                self.transaction = Some(Money::read(text, currency)?);
                return Ok(());
            }
            DetailLeaf::InstructedAmount => {
                self.instructed = Some(Money::read(text, currency)?);
                return Ok(());
            }
            DetailLeaf::Side => {
                self.side = Some(Side::read(text)?);
                return Ok(());
            }
            // A full chunk of 140 goes on in the next without a blank.
            DetailLeaf::Remittance => {
                let full = self.remittance.len() >= 140
                    && self.remittance.chars().count().is_multiple_of(140);
                append(&mut self.remittance, text, if full { "" } else { " " });
                return Ok(());
            }
            DetailLeaf::Text => {
                append(&mut self.text, text, " ");
                return Ok(());
            }
            DetailLeaf::SubFamily => {
                if is_sent_back(word) {
                    self.begin_return();
                }
                return Ok(());
            }
            DetailLeaf::Returned => {
                append(&mut self.text, text, " ");
                append(self.returned.get_or_insert_default(), word, " ");
                return Ok(());
            }
        };
        word.clone_into(field);
        Ok(())
    }

    /// Its amount, signed, in the entry's currency.
    pub(super) fn amount(&self, currency: &str, side: Side) -> Option<Amount> {
        let money = [self.own, self.transaction, self.instructed].into_iter().flatten().next()?;
        let fits = money.currency.as_str() == currency || money.currency.is_blank();
        fits.then(|| self.side.unwrap_or(side).signed(money.amount))
    }

    pub(super) fn bank_reference(&self) -> Option<String> {
        given(&self.bank_reference)
    }

    /// Says of `line` what is known of this payment.
    pub(super) fn describe(&self, payer_is_debtor: bool, line: &mut StatementLine) {
        let provided = |text: &str| {
            (!matches!(text, "" | "NOTPROVIDED" | "NOT PROVIDED" | "NONREF"))
                .then(|| text.to_owned())
        };
        line.reference = provided(&self.end_to_end)
            .or_else(|| provided(&self.creditor_reference))
            .or_else(|| provided(&self.cheque));
        if line.bank_reference.is_none() {
            line.bank_reference = self.bank_reference();
        }
        line.narrative.clone_from(&self.remittance);
        if !self.creditor_reference.is_empty()
            && line.reference.as_deref() != Some(self.creditor_reference.as_str())
        {
            append(&mut line.narrative, &self.creditor_reference, " ");
        }
        append(&mut line.narrative, &self.more_references, " ");
        append(&mut line.narrative, &self.text, " ");
        let party = if payer_is_debtor { &self.debtor } else { &self.creditor };
        line.counterparty = party.counterparty();
        line.returned.clone_from(&self.returned);
    }
}
