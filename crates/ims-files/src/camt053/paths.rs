//! Which elements are read. What is on no path is passed over, in any version.

/// An element whose beginning or end means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Statement,
    Balance,
    Entry,
    Details,
}

/// An element whose text is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaf {
    StatementId,
    ElectronicNumber,
    LegalNumber,
    Created,
    AccountIban,
    AccountOther,
    AccountCurrency,
    BalanceKind,
    BalanceAmount,
    BalanceSide,
    BalanceDate,
    Amount,
    Side,
    Reversal,
    Status,
    Booked,
    Value,
    BankReference,
    Domain,
    Family,
    SubFamily,
    BankCode,
    EntryText,
    EndToEnd,
    DetailReference,
    DetailAmount,
    TransactionAmount,
    InstructedAmount,
    DetailSide,
    DebtorName,
    CreditorName,
    DebtorIban,
    CreditorIban,
    DebtorAccount,
    CreditorAccount,
    DebtorSortCode,
    CreditorSortCode,
    Remittance,
    CreditorReference,
    DetailText,
}

/// The paths below a message's statement (`Stmt`, `Rpt`, `Ntfctn`).
const PATHS: &[(&str, Leaf)] = &[
    ("Id", Leaf::StatementId),
    ("ElctrncSeqNb", Leaf::ElectronicNumber),
    ("LglSeqNb", Leaf::LegalNumber),
    ("CreDtTm", Leaf::Created),
    ("Acct/Id/IBAN", Leaf::AccountIban),
    ("Acct/Id/Othr/Id", Leaf::AccountOther),
    // As 001.01 had it.
    ("Acct/Id/PrtryAcct/Id", Leaf::AccountOther),
    ("Acct/Id/BBAN", Leaf::AccountOther),
    ("Acct/Ccy", Leaf::AccountCurrency),
    ("Bal/Tp/CdOrPrtry/Cd", Leaf::BalanceKind),
    ("Bal/Tp/Cd", Leaf::BalanceKind),
    ("Bal/Amt", Leaf::BalanceAmount),
    ("Bal/CdtDbtInd", Leaf::BalanceSide),
    ("Bal/Dt/Dt", Leaf::BalanceDate),
    ("Bal/Dt/DtTm", Leaf::BalanceDate),
    ("Ntry/Amt", Leaf::Amount),
    ("Ntry/CdtDbtInd", Leaf::Side),
    ("Ntry/RvslInd", Leaf::Reversal),
    ("Ntry/Sts", Leaf::Status),
    ("Ntry/Sts/Cd", Leaf::Status),
    ("Ntry/Sts/Prtry", Leaf::Status),
    ("Ntry/BookgDt/Dt", Leaf::Booked),
    ("Ntry/BookgDt/DtTm", Leaf::Booked),
    ("Ntry/ValDt/Dt", Leaf::Value),
    ("Ntry/ValDt/DtTm", Leaf::Value),
    ("Ntry/AcctSvcrRef", Leaf::BankReference),
    ("Ntry/BkTxCd/Domn/Cd", Leaf::Domain),
    ("Ntry/BkTxCd/Domn/Fmly/Cd", Leaf::Family),
    ("Ntry/BkTxCd/Domn/Fmly/SubFmlyCd", Leaf::SubFamily),
    ("Ntry/BkTxCd/Prtry/Cd", Leaf::BankCode),
    ("Ntry/AddtlNtryInf", Leaf::EntryText),
];

/// The paths below an entry's details.
const DETAIL_PATHS: &[(&str, Leaf)] = &[
    ("Refs/EndToEndId", Leaf::EndToEnd),
    ("Refs/AcctSvcrRef", Leaf::DetailReference),
    ("Amt", Leaf::DetailAmount),
    ("AmtDtls/TxAmt/Amt", Leaf::TransactionAmount),
    ("AmtDtls/InstdAmt/Amt", Leaf::InstructedAmount),
    ("CdtDbtInd", Leaf::DetailSide),
    ("RltdPties/Dbtr/Nm", Leaf::DebtorName),
    ("RltdPties/Dbtr/Pty/Nm", Leaf::DebtorName),
    ("RltdPties/Cdtr/Nm", Leaf::CreditorName),
    ("RltdPties/Cdtr/Pty/Nm", Leaf::CreditorName),
    ("RltdPties/DbtrAcct/Id/IBAN", Leaf::DebtorIban),
    ("RltdPties/CdtrAcct/Id/IBAN", Leaf::CreditorIban),
    ("RltdPties/DbtrAcct/Id/Othr/Id", Leaf::DebtorAccount),
    ("RltdPties/CdtrAcct/Id/Othr/Id", Leaf::CreditorAccount),
    ("RltdAgts/DbtrAgt/FinInstnId/ClrSysMmbId/MmbId", Leaf::DebtorSortCode),
    ("RltdAgts/CdtrAgt/FinInstnId/ClrSysMmbId/MmbId", Leaf::CreditorSortCode),
    ("RmtInf/Ustrd", Leaf::Remittance),
    ("RmtInf/Strd/CdtrRefInf/Ref", Leaf::CreditorReference),
    ("RmtInf/Strd/CdtrRefInf/CdtrRef", Leaf::CreditorReference),
    ("RmtInf/Strd/RfrdDocInf/Nb", Leaf::DetailText),
    ("RmtInf/Strd/AddtlRmtInf", Leaf::DetailText),
    ("RtrInf/Rsn/Cd", Leaf::DetailText),
    ("RtrInf/AddtlInf", Leaf::DetailText),
    ("AddtlTxInf", Leaf::DetailText),
];

/// The paths as a tree. Nodes are numbers; 0 is the statement.
#[derive(Debug)]
pub(super) struct Paths {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    name: &'static str,
    children: Vec<usize>,
    leaf: Option<Leaf>,
    scope: Option<Scope>,
}

impl Paths {
    pub(super) fn new() -> Self {
        let root =
            Node { name: "", children: Vec::new(), leaf: None, scope: Some(Scope::Statement) };
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
                paths.at_mut(node, |node| node.leaf = Some(*leaf));
            }
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
                self.nodes.push(Node { name, children: Vec::new(), leaf: None, scope: None });
                self.at_mut(parent, |node| node.children.push(child));
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
        let is_named =
            |child: &&usize| self.nodes.get(**child).is_some_and(|node| node.name == name);
        children.iter().find(is_named).copied()
    }

    pub(super) fn leaf(&self, node: usize) -> Option<Leaf> {
        self.nodes.get(node)?.leaf
    }

    pub(super) fn scope(&self, node: usize) -> Option<Scope> {
        self.nodes.get(node)?.scope
    }
}
