//! What a cashier may choose of how it is paid.

use ims_app::Permission;
use ims_ledger::{Method, MethodKind, Till};

use super::taking::Taking;
use crate::desk::Desk;

/// A way to pay, as the form offers it.
pub(super) struct Choice<'a> {
    pub(super) value: String,
    pub(super) name: String,
    pub(super) method: &'a Method,
    /// By telephone, on the page of a provider.
    pub(super) by_phone: bool,
}

impl<'a> Choice<'a> {
    fn at_till(method: &'a Method) -> Self {
        let (value, name) = (method.code.to_string(), method.name.clone());
        Self { value, name, method, by_phone: false }
    }

    fn by_phone(method: &'a Method) -> Self {
        let name = match method.kind {
            MethodKind::CardPhone => method.name.clone(),
            _ => format!("{}: by telephone", method.name),
        };
        Self { value: format!("phone:{}", method.code), name, method, by_phone: true }
    }
}

/// Whether the till's terminals are started from here, which goes through a provider too.
pub(super) fn starts_terminals(till: &Till, desk: &Desk) -> bool {
    !till.terminals.is_empty() && desk.books.actor().scope().may_no_office()
}

/// The ways money is taken at this till, by whoever may take it so: into it, and by
/// telephone. What goes through a provider is at no office: who works for some offices only
/// does not take it.
pub(super) fn all<'a>(taking: &Taking<'a>, desk: &Desk) -> Vec<Choice<'a>> {
    let scope = desk.books.actor().scope();
    let till = taking.till;
    let needs = |kind| match kind {
        MethodKind::Cash => Some(Permission::TakeCash),
        MethodKind::Cheque => Some(Permission::TakeCheque),
        MethodKind::Post => Some(Permission::TakePost),
        MethodKind::CardStaff
            if till.terminal_channel.is_some() || starts_terminals(till, desk) =>
        {
            Some(Permission::TakeCard)
        }
        _ => None,
    };
    let methods = taking.council.method.iter().filter(|method| !method.disabled);
    let methods = methods.filter(|method| needs(method.kind).is_some_and(|it| desk.may(it)));
    let by_phone = taking.council.telephone_methods();
    let may_phone = scope.may_no_office() && desk.may(Permission::TakeCard);
    let by_phone = by_phone.filter(|_| may_phone);
    let choices = methods.map(Choice::at_till).chain(by_phone.map(Choice::by_phone));
    choices.filter(|choice| scope.may_method(choice.method.code.as_str())).collect()
}
