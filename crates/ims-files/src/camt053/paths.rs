//! Which elements are read. What is on no path is passed over, in any version.

/// An element whose beginning or end means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Statement,
    Balance,
    Entry,
    Details,
    /// `RtrInf`: the payment is sent back.
    Return,
}

/// An element whose text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    Statement(StatementLeaf),
    Balance(BalanceLeaf),
    Entry(EntryLeaf),
    Details(DetailLeaf),
}

/// Of the statement itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatementLeaf {
    Id,
    ElectronicNumber,
    LegalNumber,
    Created,
    AccountIban,
    AccountOther,
    AccountCurrency,
    AccountSortCode,
    From,
    To,
    Page,
    LastPage,
}

/// Of a balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BalanceLeaf {
    Kind,
    Amount,
    Side,
    Date,
}

/// Of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryLeaf {
    Amount,
    Side,
    Reversal,
    Status,
    Booked,
    Value,
    BankReference,
    Code,
    SubFamily,
    BankCode,
    Text,
}

/// Of an entry's details.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DetailLeaf {
    EndToEnd,
    Cheque,
    BankReference,
    Amount,
    TransactionAmount,
    InstructedAmount,
    Side,
    DebtorName,
    CreditorName,
    UltimateDebtor,
    UltimateCreditor,
    DebtorIban,
    CreditorIban,
    DebtorAccount,
    CreditorAccount,
    DebtorSortCode,
    CreditorSortCode,
    Remittance,
    CreditorReference,
    /// The sub-family of its own bank transaction code.
    SubFamily,
    Returned,
    Text,
}

/// The paths below a message's statement (`Stmt`, `Rpt`, `Ntfctn`).
const PATHS: &[(&str, Leaf)] = &[
    ("Id", Leaf::Statement(StatementLeaf::Id)),
    ("ElctrncSeqNb", Leaf::Statement(StatementLeaf::ElectronicNumber)),
    ("LglSeqNb", Leaf::Statement(StatementLeaf::LegalNumber)),
    ("CreDtTm", Leaf::Statement(StatementLeaf::Created)),
    ("Acct/Id/IBAN", Leaf::Statement(StatementLeaf::AccountIban)),
    ("Acct/Id/Othr/Id", Leaf::Statement(StatementLeaf::AccountOther)),
    // As 001.01 had it.
    ("Acct/Id/PrtryAcct/Id", Leaf::Statement(StatementLeaf::AccountOther)),
    ("Acct/Id/BBAN", Leaf::Statement(StatementLeaf::AccountOther)),
    ("FrToDt/FrDtTm", Leaf::Statement(StatementLeaf::From)),
    ("FrToDt/FrDt", Leaf::Statement(StatementLeaf::From)),
    ("FrToDt/ToDtTm", Leaf::Statement(StatementLeaf::To)),
    ("FrToDt/ToDt", Leaf::Statement(StatementLeaf::To)),
    ("StmtPgntn/PgNb", Leaf::Statement(StatementLeaf::Page)),
    ("StmtPgntn/LastPgInd", Leaf::Statement(StatementLeaf::LastPage)),
    ("RptPgntn/PgNb", Leaf::Statement(StatementLeaf::Page)),
    ("RptPgntn/LastPgInd", Leaf::Statement(StatementLeaf::LastPage)),
    ("NtfctnPgntn/PgNb", Leaf::Statement(StatementLeaf::Page)),
    ("NtfctnPgntn/LastPgInd", Leaf::Statement(StatementLeaf::LastPage)),
    ("Acct/Svcr/FinInstnId/ClrSysMmbId/MmbId", Leaf::Statement(StatementLeaf::AccountSortCode)),
    ("Acct/Ccy", Leaf::Statement(StatementLeaf::AccountCurrency)),
    ("Bal/Tp/CdOrPrtry/Cd", Leaf::Balance(BalanceLeaf::Kind)),
    ("Bal/Tp/Cd", Leaf::Balance(BalanceLeaf::Kind)),
    ("Bal/Amt", Leaf::Balance(BalanceLeaf::Amount)),
    ("Bal/CdtDbtInd", Leaf::Balance(BalanceLeaf::Side)),
    ("Bal/Dt/Dt", Leaf::Balance(BalanceLeaf::Date)),
    ("Bal/Dt/DtTm", Leaf::Balance(BalanceLeaf::Date)),
    ("Ntry/Amt", Leaf::Entry(EntryLeaf::Amount)),
    ("Ntry/CdtDbtInd", Leaf::Entry(EntryLeaf::Side)),
    ("Ntry/RvslInd", Leaf::Entry(EntryLeaf::Reversal)),
    ("Ntry/Sts", Leaf::Entry(EntryLeaf::Status)),
    ("Ntry/Sts/Cd", Leaf::Entry(EntryLeaf::Status)),
    ("Ntry/Sts/Prtry", Leaf::Entry(EntryLeaf::Status)),
    ("Ntry/BookgDt/Dt", Leaf::Entry(EntryLeaf::Booked)),
    ("Ntry/BookgDt/DtTm", Leaf::Entry(EntryLeaf::Booked)),
    ("Ntry/ValDt/Dt", Leaf::Entry(EntryLeaf::Value)),
    ("Ntry/ValDt/DtTm", Leaf::Entry(EntryLeaf::Value)),
    ("Ntry/AcctSvcrRef", Leaf::Entry(EntryLeaf::BankReference)),
    ("Ntry/BkTxCd/Domn/Cd", Leaf::Entry(EntryLeaf::Code)),
    ("Ntry/BkTxCd/Domn/Fmly/Cd", Leaf::Entry(EntryLeaf::Code)),
    ("Ntry/BkTxCd/Domn/Fmly/SubFmlyCd", Leaf::Entry(EntryLeaf::SubFamily)),
    ("Ntry/BkTxCd/Prtry/Cd", Leaf::Entry(EntryLeaf::BankCode)),
    ("Ntry/AddtlNtryInf", Leaf::Entry(EntryLeaf::Text)),
];

/// The paths below an entry's details.
const DETAIL_PATHS: &[(&str, DetailLeaf)] = &[
    ("Refs/EndToEndId", DetailLeaf::EndToEnd),
    ("Refs/ChqNb", DetailLeaf::Cheque),
    ("Refs/AcctSvcrRef", DetailLeaf::BankReference),
    ("Amt", DetailLeaf::Amount),
    ("AmtDtls/TxAmt/Amt", DetailLeaf::TransactionAmount),
    ("AmtDtls/InstdAmt/Amt", DetailLeaf::InstructedAmount),
    ("CdtDbtInd", DetailLeaf::Side),
    ("RltdPties/Dbtr/Nm", DetailLeaf::DebtorName),
    ("RltdPties/Dbtr/Pty/Nm", DetailLeaf::DebtorName),
    ("RltdPties/Cdtr/Nm", DetailLeaf::CreditorName),
    ("RltdPties/Cdtr/Pty/Nm", DetailLeaf::CreditorName),
    ("RltdPties/UltmtDbtr/Nm", DetailLeaf::UltimateDebtor),
    ("RltdPties/UltmtDbtr/Pty/Nm", DetailLeaf::UltimateDebtor),
    ("RltdPties/UltmtCdtr/Nm", DetailLeaf::UltimateCreditor),
    ("RltdPties/UltmtCdtr/Pty/Nm", DetailLeaf::UltimateCreditor),
    ("RltdPties/DbtrAcct/Id/IBAN", DetailLeaf::DebtorIban),
    ("RltdPties/CdtrAcct/Id/IBAN", DetailLeaf::CreditorIban),
    ("RltdPties/DbtrAcct/Id/Othr/Id", DetailLeaf::DebtorAccount),
    ("RltdPties/CdtrAcct/Id/Othr/Id", DetailLeaf::CreditorAccount),
    ("RltdAgts/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", DetailLeaf::DebtorSortCode),
    ("RltdAgts/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", DetailLeaf::CreditorSortCode),
    ("RmtInf/Ustrd", DetailLeaf::Remittance),
    ("RmtInf/Strd/CdtrRefInf/Ref", DetailLeaf::CreditorReference),
    ("RmtInf/Strd/CdtrRefInf/CdtrRef", DetailLeaf::CreditorReference),
    ("RmtInf/Strd/RfrdDocInf/Nb", DetailLeaf::Text),
    ("RmtInf/Strd/AddtlRmtInf", DetailLeaf::Text),
    ("BkTxCd/Domn/Fmly/SubFmlyCd", DetailLeaf::SubFamily),
    ("RtrInf/Rsn/Cd", DetailLeaf::Returned),
    ("RtrInf/Rsn/Prtry", DetailLeaf::Returned),
    ("RtrInf/RtrRsn/Cd", DetailLeaf::Returned),
    ("RtrInf/AddtlInf", DetailLeaf::Returned),
    ("RtrInf/AddtlRtrRsnInf", DetailLeaf::Returned),
    ("AddtlTxInf", DetailLeaf::Text),
];

/// The paths as a tree. Nodes are numbers; 0 is the statement.
#[derive(Debug)]
pub(super) struct Paths {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    /// By their names, with the key of each.
    children: Vec<(u64, &'static str, usize)>,
    leaf: Option<Leaf>,
    scope: Option<Scope>,
}

impl Paths {
    pub(super) fn new() -> Self {
        let root = Node { children: Vec::new(), leaf: None, scope: Some(Scope::Statement) };
        let mut paths = Self { nodes: vec![root] };
        for (path, leaf) in PATHS {
            let node = paths.grow(0, path);
            paths.at_mut(node, |node| node.leaf = Some(*leaf));
        }
        // 001.01 had no element between the entry and its details.
        for parent in ["Ntry/NtryDtls/TxDtls", "Ntry/TxDtls"] {
            let details = paths.grow(0, parent);
            paths.at_mut(details, |node| node.scope = Some(Scope::Details));
            for (path, leaf) in DETAIL_PATHS {
                let node = paths.grow(details, path);
                paths.at_mut(node, |node| node.leaf = Some(Leaf::Details(*leaf)));
            }
            let returned = paths.grow(details, "RtrInf");
            paths.at_mut(returned, |node| node.scope = Some(Scope::Return));
        }
        for (path, scope) in [("Bal", Scope::Balance), ("Ntry", Scope::Entry)] {
            let node = paths.grow(0, path);
            paths.at_mut(node, |node| node.scope = Some(scope));
        }
        paths
    }

    fn grow(&mut self, from: usize, path: &'static str) -> usize {
        path.split('/').fold(from, |parent, name| match self.child(parent, name) {
            Some(child) => child,
            None => {
                let child = self.nodes.len();
                self.nodes.push(Node { children: Vec::new(), leaf: None, scope: None });
                self.at_mut(parent, |node| node.children.push((key(name), name, child)));
                child
            }
        })
    }

    fn at_mut(&mut self, node: usize, change: impl FnOnce(&mut Node)) {
        if let Some(node) = self.nodes.get_mut(node) {
            change(node);
        }
    }

    pub(super) fn child(&self, node: usize, name: &str) -> Option<usize> {
        let children = &self.nodes.get(node)?.children;
        let wanted = key(name);
        let same = |held: &str| held.len() == name.len() && (name.len() <= 8 || held == name);
        let found = children.iter().find(|(key, held, _)| *key == wanted && same(held));
        found.map(|(.., child)| *child)
    }

    pub(super) fn leaf(&self, node: usize) -> Option<Leaf> {
        self.nodes.get(node)?.leaf
    }

    pub(super) fn scope(&self, node: usize) -> Option<Scope> {
        self.nodes.get(node)?.scope
    }
}

/// The first eight bytes of a name: what differs in these need not be compared.
fn key(name: &str) -> u64 {
    let bytes = name.bytes().take(8);
    bytes.fold(0, |key, byte| (key << 8) | u64::from(byte))
}
