//! The part of a council that somebody works for.

use std::collections::BTreeSet;

use ims_ledger::Council;
use ims_money::Pence;
use ims_store::{ReceiptRow, Within};

/// What a scope is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ScopeKind {
    /// One fund.
    Fund,
    /// The funds of a group.
    FundGroup,
    /// An office.
    Office,
    /// A method of payment.
    Method,
    /// A template of e-returns.
    Template,
}

impl ScopeKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Fund, Self::FundGroup, Self::Office, Self::Method, Self::Template];

    /// The name it is stored and given by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fund => "fund",
            Self::FundGroup => "fund-group",
            Self::Office => "office",
            Self::Method => "method",
            Self::Template => "template",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether two kinds narrow the same: a fund and a group of funds do.
    pub(crate) fn narrows_as(self, other: Self) -> bool {
        let is_fund = |kind| matches!(kind, Self::Fund | Self::FundGroup);
        self == other || (is_fund(self) && is_fund(other))
    }

    /// Whether the council has such a code. Templates are looked for elsewhere.
    pub(crate) fn is_configured(self, code: &str, council: &Council) -> bool {
        match self {
            Self::Fund => council.fund.iter().any(|it| it.code.as_str() == code),
            Self::FundGroup => council.fund_group.iter().any(|it| it.code.as_str() == code),
            Self::Office => council.office.iter().any(|it| it.code.as_str() == code),
            Self::Method => council.method.iter().any(|it| it.code.as_str() == code),
            Self::Template => true,
        }
    }
}

type Codes = Option<BTreeSet<String>>;

/// The part of a council that somebody works for; of each kind all there is
/// unless something is named.
///
/// ```
/// use ims_app::Actor;
///
/// let anybody = Actor::person("ann", &["cashier".to_owned()]);
/// assert!(anybody.scope().may_fund("CT") && anybody.scope().is_whole());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    funds: Codes,
    offices: Codes,
    methods: Codes,
    templates: Codes,
}

fn within(codes: &Codes, code: &str) -> bool {
    codes.as_ref().is_none_or(|codes| codes.contains(code))
}

impl Scope {
    /// All of a council.
    #[must_use]
    pub fn everything() -> Self {
        Self::default()
    }

    /// What was granted, each by kind and code. A group that is no longer
    /// configured holds no fund: who was given nothing else sees nothing.
    pub(crate) fn granted(granted: &[(String, String)], council: &Council) -> Self {
        let mut scope = Self::default();
        for (kind, code) in granted {
            let add = |codes: &mut Codes, code: &str| {
                codes.get_or_insert_default().insert(code.to_owned());
            };
            match ScopeKind::named(kind) {
                Some(ScopeKind::Fund) => add(&mut scope.funds, code),
                Some(ScopeKind::FundGroup) => {
                    let group = council.fund_group.iter().find(|it| it.code.as_str() == code);
                    let funds = scope.funds.get_or_insert_default();
                    funds.extend(
                        group.into_iter().flat_map(|it| &it.funds).map(ToString::to_string),
                    );
                }
                Some(ScopeKind::Office) => add(&mut scope.offices, code),
                Some(ScopeKind::Method) => add(&mut scope.methods, code),
                Some(ScopeKind::Template) => add(&mut scope.templates, code),
                // Only another program can have written it: it narrows all the same.
                None => scope = Self::nothing(),
            }
        }
        scope
    }

    fn nothing() -> Self {
        let none = || Some(BTreeSet::new());
        Self { funds: none(), offices: none(), methods: none(), templates: none() }
    }

    pub(crate) fn with_all_funds(self) -> Self {
        Self { funds: None, ..self }
    }

    pub(crate) fn with_all_templates(self) -> Self {
        Self { templates: None, ..self }
    }

    /// Whether a fund is within it.
    #[must_use]
    pub fn may_fund(&self, fund: &str) -> bool {
        within(&self.funds, fund)
    }

    /// Whether an office is within it.
    #[must_use]
    pub fn may_office(&self, office: &str) -> bool {
        within(&self.offices, office)
    }

    /// Whether what is at no office is within it, as a payment through a provider is.
    #[must_use]
    pub const fn may_no_office(&self) -> bool {
        self.offices.is_none()
    }

    /// Whether a method of payment is within it.
    #[must_use]
    pub fn may_method(&self, method: &str) -> bool {
        within(&self.methods, method)
    }

    /// Whether a template of e-returns is within it.
    #[must_use]
    pub fn may_template(&self, template: &str) -> bool {
        within(&self.templates, template)
    }

    /// Whether every row of money is within it, also those of no one fund:
    /// suspense, bank lines, control accounts, whole files.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.funds.is_none() && self.offices.is_none() && self.methods.is_none()
    }

    /// What of a receipt is within it, with the sum of that; nothing of one
    /// that is not. A receipt without an office is in no office.
    #[must_use]
    pub fn of_receipt(&self, mut receipt: ReceiptRow) -> Option<ReceiptRow> {
        let office = receipt.office.as_deref();
        let is_there = office.map_or(self.may_no_office(), |office| self.may_office(office));
        if !is_there || !self.may_method(&receipt.method) {
            return None;
        }
        receipt.lines.retain(|line| self.may_fund(&line.fund));
        receipt.total = Pence::checked_sum(receipt.lines.iter().map(|line| line.amount))?;
        (!receipt.lines.is_empty()).then_some(receipt)
    }

    /// The same for the store, which lists and sums.
    pub(crate) fn within(&self) -> Within {
        let list = |codes: &Codes| codes.as_ref().map(|it| it.iter().cloned().collect());
        Within {
            funds: list(&self.funds),
            offices: list(&self.offices),
            methods: list(&self.methods),
        }
    }
}
