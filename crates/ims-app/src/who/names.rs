//! What permissions are called where a council writes them down.

use super::Permission;

/// From one list both ways, so that no permission is without its name.
macro_rules! names {
    ($($permission:ident = $name:literal;)*) => {
        impl Permission {
            /// Every permission.
            pub const ALL: &'static [Self] = &[$(Self::$permission),*];

            /// The name it is written by: `see-income`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$permission => $name,)*
                }
            }
        }
    };
}

names! {
    SeeIncome = "see-income";
    SeeSuspense = "see-suspense";
    SeeBank = "see-bank";
    Import = "import";
    Reconcile = "reconcile";
    ReviewReconciliation = "review-reconciliation";
    AllocateSuspense = "allocate-suspense";
    Export = "export";
    CloseDay = "close-day";
    Audit = "audit";
    Configure = "configure";
    ManagePeople = "manage-people";
    TakeCard = "take-card";
    TakeAgreed = "take-agreed";
    TakeCash = "take-cash";
    TakeCheque = "take-cheque";
    TakePost = "take-post";
    OverrideStop = "override-stop";
    Refund = "refund";
    RefundPart = "refund-part";
    ApproveRefund = "approve-refund";
    Journal = "journal";
    Transfer = "transfer";
    ApproveTransfer = "approve-transfer";
    WriteOff = "write-off";
    ApproveWriteOff = "approve-write-off";
    RecordReturn = "record-return";
    SeeEReturns = "see-e-returns";
    PrepareEReturn = "prepare-e-return";
    ApproveEReturn = "approve-e-return";
    VoidEReturn = "void-e-return";
    ManageHolders = "manage-holders";
    ReopenDay = "reopen-day";
    ApproveReopen = "approve-reopen";
    ApproveConfiguration = "approve-configuration";
    Control = "control";
    SeeDashboard = "see-dashboard";
    SeeImports = "see-imports";
    SeeHolders = "see-holders";
    SeeRefunds = "see-refunds";
    NoteSuspense = "note-suspense";
    SeeConfiguration = "see-configuration";
    ManageImportRules = "manage-import-rules";
    AllFunds = "all-funds";
    AllTemplates = "all-templates";
}

impl Permission {
    /// The permission of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|permission| permission.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_permission_has_a_name_of_its_own() {
        let names: BTreeSet<_> = Permission::ALL.iter().map(|it| it.name()).collect();
        assert_eq!(names.len(), Permission::ALL.len());
        for permission in Permission::ALL {
            let name = permission.name();
            assert_eq!(Permission::named(name), Some(*permission));
            assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
        }
        assert_eq!(Permission::named("SeeIncome"), None);
    }
}
