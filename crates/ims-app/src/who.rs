//! Who is asking, and what they may do.

mod actor;
mod asked;
mod names;
mod roles;
mod scope;
mod seen;

pub use actor::Actor;
pub use roles::{LOCALGOV_IMS, RoleView, approval_kinds};
pub(crate) use roles::{described, faults, known_names, permissions_of};
pub use scope::{Scope, ScopeKind};
pub(crate) use seen::SeenPage;

/// Something a role allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Permission {
    /// See receipts, totals and imports.
    SeeIncome,
    /// See suspense.
    SeeSuspense,
    /// See statements and reconciliation.
    SeeBank,
    /// Take files in and reverse them.
    Import,
    /// Match bank lines and undo matches.
    Reconcile,
    /// Review days of bank accounts that others prepared.
    ReviewReconciliation,
    /// Put suspense where it belongs.
    AllocateSuspense,
    /// Make files for the ledger and the host systems.
    Export,
    /// Close accounting days.
    CloseDay,
    /// Check the books, see the audit trail.
    Audit,
    /// Change the council's configuration, open its books.
    Configure,
    /// Add and bar people.
    ManagePeople,
    /// Take card payments.
    TakeCard,
    /// Make and end agreements, and take payments under them without the payer.
    TakeAgreed,
    /// Take cash at a counter.
    TakeCash,
    /// Take cheques.
    TakeCheque,
    /// Enter payments that came by post.
    TakePost,
    /// Take money for an account on stop, and for one reference twice.
    OverrideStop,
    /// Ask for a refund of a whole line.
    Refund,
    /// Ask for a refund of part of a line.
    RefundPart,
    /// Approve refunds.
    ApproveRefund,
    /// Move a posted line to where it belongs, and undo that.
    Journal,
    /// Transfer between funds and accounts.
    Transfer,
    /// Approve transfers and journals above the council's limit.
    ApproveTransfer,
    /// Ask for a write-off, or a difference to be accepted.
    WriteOff,
    /// Approve write-offs and accepted differences.
    ApproveWriteOff,
    /// Record payments sent back, indemnity claims and disputes.
    RecordReturn,
    /// See e-returns.
    SeeEReturns,
    /// Prepare and submit e-returns.
    PrepareEReturn,
    /// Approve e-returns, or send them back.
    ApproveEReturn,
    /// Void e-returns.
    VoidEReturn,
    /// Keep account holders, stops and redirected references.
    ManageHolders,
    /// Ask for a closed day or period to be opened again.
    ReopenDay,
    /// Approve the opening of a closed day or period.
    ApproveReopen,
    /// Approve changes to the configuration.
    ApproveConfiguration,
    /// Compare the books with the ledger and the host systems.
    Control,
    /// See a day at a glance.
    SeeDashboard,
    /// See whole files that were taken in.
    SeeImports,
    /// See account holders: names, addresses, what they owe.
    SeeHolders,
    /// See refunds: those asked for, paid and refused.
    SeeRefunds,
    /// Write notes on suspense, give it an owner and a due day.
    NoteSuspense,
    /// See the configuration.
    SeeConfiguration,
    /// Change the import rules, and nothing else of the configuration.
    ManageImportRules,
    /// See every fund, whatever funds one works for.
    AllFunds,
    /// See e-returns of every template, whatever templates one works for.
    AllTemplates,
}

impl Permission {
    /// Whether it is a second person's say: no program has it.
    #[must_use]
    pub const fn is_approval(self) -> bool {
        matches!(
            self,
            Self::ApproveRefund
                | Self::ApproveTransfer
                | Self::ApproveWriteOff
                | Self::ApproveEReturn
                | Self::ApproveReopen
                | Self::ApproveConfiguration
                | Self::ReviewReconciliation
        )
    }

    /// Whether it is about money of no one fund (or of every fund), so that
    /// somebody who works for some funds, offices or methods only never has it.
    #[must_use]
    pub const fn is_of_the_whole(self) -> bool {
        matches!(
            self,
            Self::SeeSuspense
                | Self::NoteSuspense
                | Self::AllocateSuspense
                | Self::SeeBank
                | Self::SeeImports
                | Self::Import
                | Self::Reconcile
                | Self::ReviewReconciliation
                | Self::CloseDay
                | Self::ReopenDay
                | Self::ApproveReopen
                | Self::WriteOff
                | Self::ApproveWriteOff
                | Self::Audit
                | Self::Control
                | Self::Configure
                | Self::ManageImportRules
                | Self::ApproveConfiguration
                | Self::ManagePeople
        )
    }

    /// Whether only who has it may give it to others: whoever could give it
    /// without having it could have everything through a friend.
    #[must_use]
    pub const fn is_weighty(self) -> bool {
        self.is_approval() || matches!(self, Self::Configure | Self::ManagePeople)
    }

    /// The deed, in words that follow "may not".
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::SeeIncome => "see receipts",
            Self::SeeSuspense => "see suspense",
            Self::SeeBank => "see bank statements",
            Self::Import => "import files",
            Self::Reconcile => "reconcile bank accounts",
            Self::ReviewReconciliation => "review reconciliations",
            Self::AllocateSuspense => "allocate suspense",
            Self::Export => "make exports",
            Self::CloseDay => "close days",
            Self::Audit => "see the audit trail",
            Self::Configure => "change the configuration",
            Self::ManagePeople => "manage people",
            Self::TakeCard => "take card payments",
            Self::TakeAgreed => "take payments by agreement",
            Self::TakeCash => "take cash",
            Self::TakeCheque => "take cheques",
            Self::TakePost => "enter payments from the post",
            Self::OverrideStop => "take money for an account on stop",
            Self::Refund => "refund",
            Self::RefundPart => "refund part of a payment",
            Self::ApproveRefund => "approve refunds",
            Self::Journal => "journal posted lines",
            Self::Transfer => "transfer between accounts",
            Self::ApproveTransfer => "approve transfers",
            Self::WriteOff => "write money off",
            Self::ApproveWriteOff => "approve write-offs",
            Self::RecordReturn => "record returned payments",
            Self::SeeEReturns => "see e-returns",
            Self::PrepareEReturn => "prepare e-returns",
            Self::ApproveEReturn => "approve e-returns",
            Self::VoidEReturn => "void e-returns",
            Self::ManageHolders => "keep account holders",
            Self::ReopenDay => "ask for days to be opened again",
            Self::ApproveReopen => "approve opening days again",
            Self::ApproveConfiguration => "approve the configuration",
            Self::Control => "control the books",
            Self::SeeDashboard => "see the day at a glance",
            Self::SeeImports => "see imported files",
            Self::SeeHolders => "see account holders",
            Self::SeeRefunds => "see refunds",
            Self::NoteSuspense => "write notes on suspense",
            Self::SeeConfiguration => "see the configuration",
            Self::ManageImportRules => "change the import rules",
            Self::AllFunds => "see every fund",
            Self::AllTemplates => "see every template",
        }
    }
}

/// A named set of permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Runs the day: imports, reconciles, allocates, exports, closes.
    IncomeOfficer,
    /// Says yes or no to what others ask for.
    IncomeManager,
    /// Takes money and looks receipts up.
    Cashier,
    /// Looks receipts up.
    ServiceStaff,
    /// Sees everything, changes nothing.
    Auditor,
    /// Configures, and manages people.
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] = [
        Self::IncomeOfficer,
        Self::IncomeManager,
        Self::Cashier,
        Self::ServiceStaff,
        Self::Auditor,
        Self::Administrator,
    ];

    /// The name it is stored and given by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IncomeOfficer => "income-officer",
            Self::IncomeManager => "income-manager",
            Self::Cashier => "cashier",
            Self::ServiceStaff => "service-staff",
            Self::Auditor => "auditor",
            Self::Administrator => "administrator",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// What it allows.
    #[must_use]
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission as P;
        match self {
            Self::IncomeOfficer => &[
                P::SeeIncome,
                P::SeeSuspense,
                P::SeeBank,
                P::Import,
                P::Reconcile,
                P::AllocateSuspense,
                P::Export,
                P::CloseDay,
                P::TakeCard,
                P::TakeAgreed,
                P::TakeCash,
                P::TakeCheque,
                P::TakePost,
                P::OverrideStop,
                P::Refund,
                P::RefundPart,
                P::Journal,
                P::Transfer,
                P::WriteOff,
                P::RecordReturn,
                P::SeeEReturns,
                P::PrepareEReturn,
                P::ManageHolders,
                P::ReopenDay,
                P::Control,
                P::SeeDashboard,
                P::SeeImports,
                P::SeeHolders,
                P::SeeRefunds,
                P::NoteSuspense,
                P::SeeConfiguration,
            ],
            Self::IncomeManager => &[
                P::SeeIncome,
                P::SeeSuspense,
                P::SeeBank,
                P::Audit,
                P::Control,
                P::ApproveRefund,
                P::ApproveTransfer,
                P::ApproveWriteOff,
                P::SeeEReturns,
                P::ApproveEReturn,
                P::VoidEReturn,
                P::ApproveReopen,
                P::ReviewReconciliation,
                P::ApproveConfiguration,
                P::SeeDashboard,
                P::SeeImports,
                P::SeeHolders,
                P::SeeRefunds,
                P::NoteSuspense,
                P::SeeConfiguration,
            ],
            Self::Cashier => &[
                P::SeeIncome,
                P::TakeCard,
                P::TakeCash,
                P::TakeCheque,
                P::TakePost,
                P::SeeEReturns,
                P::PrepareEReturn,
                P::SeeDashboard,
                P::SeeImports,
                P::SeeHolders,
            ],
            Self::ServiceStaff => {
                &[P::SeeIncome, P::SeeDashboard, P::SeeImports, P::SeeHolders, P::SeeRefunds]
            }
            Self::Auditor => &[
                P::SeeIncome,
                P::SeeSuspense,
                P::SeeBank,
                P::SeeEReturns,
                P::Audit,
                P::SeeDashboard,
                P::SeeImports,
                P::SeeHolders,
                P::SeeRefunds,
                P::SeeConfiguration,
            ],
            Self::Administrator => &[
                P::SeeIncome,
                P::Configure,
                P::ManagePeople,
                P::SeeDashboard,
                P::SeeImports,
                P::SeeHolders,
                P::SeeConfiguration,
                P::ManageImportRules,
            ],
        }
    }
}

impl AsRef<str> for Role {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

#[cfg(test)]
mod tests {
    use super::{Actor, Permission, Role};

    #[test]
    fn a_role_allows_what_it_names_and_nothing_else() {
        let auditor = Actor::person("a", &["auditor".to_owned(), "no such role".to_owned()]);
        assert!(auditor.may(Permission::Audit));
        assert!(!auditor.may(Permission::Import));
        assert_eq!(
            auditor.needs(Permission::Import).unwrap_err().to_string(),
            "a may not import files"
        );
        assert!(!Actor::person("b", &[]).may(Permission::SeeIncome));
        assert!(Actor::system("cli").may(Permission::CloseDay));
        assert!(!Actor::system("cli").may(Permission::ApproveRefund));
        for role in Role::ALL {
            assert_eq!(Role::named(role.name()), Some(role));
        }
    }
}
