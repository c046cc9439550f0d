//! What a cashier fills in to take money: by what, for which accounts, from whom.

use ims_app::{Cheque, NewReceipt, NewReceiptLine, Payer, Tender};
use ims_ledger::{Council, MethodKind, Through, Till};
use ims_money::Pence;

use super::{
    choice::{self, Choice},
    typed::Typed,
    vat,
};
use crate::{
    desk::Desk,
    form::{BadAmount, CHOOSE, Errors, Input, Select, amount_of, read_amount},
    show,
};

/// The most lines the form grows to; a longer receipt is taken by the command line.
const LINES_MAX: usize = 20;

/// A payer's field: its name, label and width.
const PAYER: [(&str, &str, &str); 5] = [
    ("name", "Name", "govuk-input--width-20"),
    ("line1", "Address line 1", ""),
    ("line2", "Address line 2 (optional)", ""),
    ("town", "Town", "govuk-input--width-20"),
    ("postcode", "Postcode", "govuk-input--width-10"),
];

/// A cheque's field: its name, label, width, and how many digits it has.
const CHEQUE: [(&str, &str, &str, usize); 4] = [
    ("cheque-sort-code", "Sort code", "govuk-input--width-5", 6),
    ("cheque-account", "Account number", "govuk-input--width-10", 8),
    ("cheque-number", "Cheque number", "govuk-input--width-10", 6),
    ("cheque-name", "Name on the cheque", "govuk-input--width-20", 0),
];

/// The terminal's fields.
const TERMINAL: [(&str, &str); 2] = [("terminal", "Terminal"), ("batch", "Number of its batch")];

/// What was filled in, and by which configuration it is read.
pub(super) struct Taking<'a> {
    pub(super) typed: &'a Typed,
    pub(super) council: &'a Council,
    pub(super) till: &'a Till,
}

/// Where the money comes in.
pub(super) enum By {
    /// Into the till.
    Till(Tender),
    /// Through the provider of this terminal.
    Terminal(String),
    /// By telephone: the cashier enters the card on the provider's page.
    Phone,
}

/// What is asked for.
pub(super) struct Asked {
    pub(super) new: NewReceipt,
    pub(super) by: By,
    /// Which line of the form each of its lines is.
    pub(super) numbers: Vec<usize>,
}

/// The form as it is shown.
pub(super) struct TakeForm {
    pub(super) by: Select,
    pub(super) lines: Vec<LineFields>,
    /// What is asked besides of whoever pays so, under these words.
    pub(super) more: Vec<Input>,
    pub(super) more_about: &'static str,
    /// The terminals that can be started, where there are such.
    pub(super) terminals: Option<Select>,
    /// Whether the card is entered on the provider's page.
    pub(super) by_phone: bool,
    pub(super) payer: Vec<Input>,
    pub(super) has_payer: bool,
    pub(super) can_grow: bool,
}

/// The fields of one line.
pub(super) struct LineFields {
    pub(super) number: usize,
    pub(super) fund: Select,
    pub(super) reference: Input,
    pub(super) amount: Input,
    /// Where some fund lets the cashier choose.
    pub(super) vat: Option<Select>,
    pub(super) narrative: Input,
}

/// The name of a field of one line.
pub(super) fn of_line(what: &str, number: usize) -> String {
    format!("{what}-{number}")
}

impl<'a> Taking<'a> {
    /// The kind of money it is; of the first of the choices when nobody chose. None for a
    /// card by telephone, which asks for nothing besides.
    fn kind(&self, choices: &[Choice<'_>]) -> Option<MethodKind> {
        let chosen = choices.iter().find(|choice| choice.value == self.typed.of("by"));
        chosen.or(choices.first()).filter(|choice| !choice.by_phone).map(|it| it.method.kind)
    }

    /// Whether another method was chosen than the form was made for, and is only to be
    /// checked: what it asks for is shown first.
    pub(super) fn asks_otherwise(&self) -> bool {
        let (asked, chosen) = (self.typed.of("asked-by"), self.typed.of("by"));
        self.typed.of("do") != "take" && ![asked, chosen].contains(&"") && asked != chosen
    }

    /// How many lines the form has.
    fn lines(&self) -> usize {
        let asked = self.typed.of("lines").parse().unwrap_or(1_usize);
        let more = usize::from(self.typed.of("do") == "line");
        asked.saturating_add(more).clamp(1, LINES_MAX)
    }

    /// The form with what was filled in.
    pub(super) fn form(&self, desk: &Desk, errors: &Errors) -> TakeForm {
        let choices = choice::all(self, desk);
        let kind = self.kind(&choices);
        let first = choices.first().map(|choice| choice.value.clone()).unwrap_or_default();
        let (lines, by_phone) = (self.lines(), kind.is_none() && !choices.is_empty());
        TakeForm {
            by: Select {
                id: "by".into(),
                label: "Paid by",
                hint: "After you choose another, check the receipt: it may ask for more",
                value: match self.typed.of("by") {
                    "" => first,
                    chosen => chosen.to_owned(),
                },
                error: errors.of("by"),
                blank: CHOOSE,
                choices: choices.into_iter().map(|choice| (choice.value, choice.name)).collect(),
            },
            lines: (1..=lines).map(|number| self.line(number, desk, errors)).collect(),
            more: self.more(kind, errors),
            more_about: match kind {
                Some(MethodKind::Cash) => "The cash",
                Some(MethodKind::Cheque) => "The cheque",
                Some(MethodKind::Post) => "The cheque, if there is one",
                _ if !choice::starts_terminals(self.till, desk) => "The card terminal",
                _ => "Or a card terminal that stands alone",
            },
            terminals: self.terminals(kind, desk, errors),
            by_phone,
            payer: PAYER
                .map(|(id, label, width)| self.typed.input(id, label, width, errors))
                .into(),
            has_payer: PAYER.iter().any(|(id, ..)| !self.typed.of(id).is_empty()),
            can_grow: lines < LINES_MAX,
        }
    }

    fn line(&self, number: usize, desk: &Desk, errors: &Errors) -> LineFields {
        let scope = desk.books.actor().scope();
        let funds = self.council.fund.iter().filter(|fund| !fund.disabled);
        let funds = funds.filter(|fund| scope.may_fund(fund.code.as_str()));
        let can_choose = funds.clone().any(|fund| fund.vat_override);
        let (fund, reference) = (of_line("fund", number), of_line("reference", number));
        let amount = of_line("amount", number);
        LineFields {
            number,
            fund: Select {
                label: "Fund",
                hint: "",
                value: self.typed.of(&fund).to_owned(),
                error: errors.of(&fund),
                blank: CHOOSE,
                choices: funds
                    .map(|fund| (fund.code.to_string(), format!("{} ({})", fund.name, fund.code)))
                    .collect(),
                id: fund.into(),
            },
            reference: self.typed.input(
                reference,
                "Account reference",
                "govuk-input--width-20",
                errors,
            ),
            amount: Input {
                is_money: true,
                ..self.typed.input(amount, "Amount", "govuk-input--width-10", errors)
            },
            vat: can_choose.then(|| vat::choice(self, number, desk.today(), errors)),
            narrative: vat::narrative(self, number, errors),
        }
    }

    fn terminals(&self, kind: Option<MethodKind>, desk: &Desk, errors: &Errors) -> Option<Select> {
        let names = &self.till.terminals;
        if kind != Some(MethodKind::CardStaff) || !choice::starts_terminals(self.till, desk) {
            return None;
        }
        Some(Select {
            id: "at".into(),
            label: "Start it at terminal",
            hint: "The payer pays there, and what became of it is said here",
            value: self.typed.of("at").to_owned(),
            error: errors.of("at"),
            blank: CHOOSE,
            choices: names.iter().map(|name| (name.clone(), name.clone())).collect(),
        })
    }

    fn more(&self, kind: Option<MethodKind>, errors: &Errors) -> Vec<Input> {
        let typed = self.typed;
        match kind {
            Some(MethodKind::Cash) => vec![Input {
                is_money: true,
                hint: "Blank when nothing is given back".to_owned(),
                ..typed.input("given", "Amount handed over", "govuk-input--width-10", errors)
            }],
            Some(MethodKind::Cheque | MethodKind::Post) => CHEQUE
                .map(|(id, label, width, digits)| Input {
                    inputmode: if digits > 0 { "numeric" } else { "" },
                    hint: if digits > 0 { format!("{digits} digits") } else { String::new() },
                    ..typed.input(id, label, width, errors)
                })
                .into(),
            Some(MethodKind::CardStaff) => TERMINAL
                .map(|(id, label)| Input {
                    hint: "As its slip says. Never write the card’s number".to_owned(),
                    ..typed.input(id, label, "govuk-input--width-10", errors)
                })
                .into(),
            _ => Vec::new(),
        }
    }

    /// What is asked for, or in `errors` what is wrong with it.
    pub(super) fn read(&self, desk: &Desk, key: &str, errors: &mut Errors) -> Option<Asked> {
        let mut choices = choice::all(self, desk).into_iter();
        let chosen = choices.find(|choice| choice.value == self.typed.of("by"));
        if chosen.is_none() {
            errors.add("by", "Choose how it is paid");
        }
        let (numbers, lines) = self.read_lines(errors);
        let by_phone = chosen.as_ref().is_some_and(|choice| choice.by_phone);
        let kind = chosen.as_ref().filter(|_| !by_phone).map(|choice| choice.method.kind);
        let by = if by_phone { Some(By::Phone) } else { self.by(kind, &lines, errors) };
        if matches!(by, Some(By::Terminal(_) | By::Phone)) {
            vat::says_nothing(&numbers, &lines, errors);
        }
        let cheque = self.cheque(kind, errors);
        let payer = self.payer(errors);
        if !errors.is_empty() {
            return None;
        }
        let through = match kind {
            None => Through::Phone,
            Some(MethodKind::Post) => Through::Post,
            Some(_) => Through::Staff,
        };
        let new = NewReceipt {
            method: chosen?.method.code.to_string(),
            office: None,
            happened_on: None,
            through,
            payer,
            cheque,
            lines,
            key: Some(key.to_owned()),
        };
        Some(Asked { new, by: by?, numbers })
    }

    /// The lines that are not blank, each with its number in the form. Of a blank
    /// form, the first says what is missing.
    fn read_lines(&self, errors: &mut Errors) -> (Vec<usize>, Vec<NewReceiptLine>) {
        let fields = ["fund", "reference", "amount", "narrative", "vat"];
        let is_used = |number: &usize| {
            fields.iter().any(|what| !self.typed.of(&of_line(what, *number)).is_empty())
        };
        let mut numbers: Vec<_> = (1..=self.lines()).filter(is_used).collect();
        if numbers.is_empty() {
            numbers.push(1);
        }
        let mut lines = Vec::new();
        for number in numbers.iter().copied() {
            let names = fields.map(|what| of_line(what, number));
            let [fund, reference, amount, narrative, vat] =
                names.each_ref().map(|name| self.typed.of(name));
            let [of_fund, of_reference, of_amount, ..] = names.clone();
            vat::check(self, number, errors);
            if fund.is_empty() {
                errors.add(of_fund, format!("Choose a fund for line {number}"));
            }
            if reference.is_empty() {
                errors.add(of_reference, format!("Enter the account reference of line {number}"));
            }
            match read_amount(amount) {
                Ok(amount) => lines.push(NewReceiptLine {
                    fund: fund.to_owned(),
                    reference: reference.to_owned(),
                    amount,
                    vat_code: said(vat),
                    narrative: said(narrative),
                }),
                Err(words) => errors.add(of_amount, words),
            }
        }
        (numbers, lines)
    }

    fn by(
        &self,
        kind: Option<MethodKind>,
        lines: &[NewReceiptLine],
        errors: &mut Errors,
    ) -> Option<By> {
        let at = self.typed.of("at");
        if kind != Some(MethodKind::CardStaff) || at.is_empty() {
            return self.tender(kind, lines, errors).map(By::Till);
        }
        if self.till.terminals.iter().any(|name| name == at) {
            return Some(By::Terminal(at.to_owned()));
        }
        errors.add("at", show::upper(&format!("there is no terminal `{at}` at this till")));
        None
    }

    fn tender(
        &self,
        kind: Option<MethodKind>,
        lines: &[NewReceiptLine],
        errors: &mut Errors,
    ) -> Option<Tender> {
        match kind {
            Some(MethodKind::CardStaff) => {
                for (id, label) in TERMINAL {
                    if self.typed.of(id).is_empty() {
                        let words = format!("Enter the {}", label.to_lowercase());
                        errors.add(id, words);
                    }
                }
                let [terminal, batch] = TERMINAL.map(|(id, _)| self.typed.of(id).to_owned());
                Some(Tender::Card { terminal, batch })
            }
            Some(MethodKind::Cash) if !self.typed.of("given").is_empty() => {
                let given = amount_of(self.typed.of("given"));
                let words = match given {
                    Ok(given) => match total(lines) {
                        Some(total) if given < total => format!(
                            "{} is less than the {} it comes to",
                            show::money(given),
                            show::money(total)
                        ),
                        _ => return Some(Tender::Cash(given)),
                    },
                    Err(BadAmount::TooLarge) => "Amount handed over is too large".to_owned(),
                    Err(_) => "Amount handed over must be pounds and pence, like 20.00".to_owned(),
                };
                errors.add("given", words);
                None
            }
            _ => Some(Tender::Exact),
        }
    }

    fn cheque(&self, kind: Option<MethodKind>, errors: &mut Errors) -> Option<Cheque> {
        let has_one = || CHEQUE.iter().any(|(id, ..)| !self.typed.of(id).is_empty());
        let is_one = match kind {
            Some(MethodKind::Cheque) => true,
            Some(MethodKind::Post) => has_one(),
            _ => false,
        };
        if !is_one {
            return None;
        }
        for (id, label, _, digits) in CHEQUE {
            let text = self.digits(id, digits);
            if digits > 0 && (text.len() != digits || !text.bytes().all(|b| b.is_ascii_digit())) {
                errors.add(id, format!("{label} must have {digits} digits"));
            } else if text.is_empty() {
                errors.add(id, format!("Enter the {}", label.to_lowercase()));
            }
        }
        let [sort_code, account, number, name] =
            CHEQUE.map(|(id, _, _, digits)| self.digits(id, digits));
        Some(Cheque { sort_code, account, number, name })
    }

    /// What a field says; one of digits without the signs people write between them.
    fn digits(&self, id: &str, digits: usize) -> String {
        let text = self.typed.of(id);
        if digits == 0 { text.to_owned() } else { text.replace([' ', '-'], "") }
    }

    fn payer(&self, errors: &mut Errors) -> Option<Payer> {
        let [name, line1, line2, town, postcode] =
            PAYER.map(|(id, ..)| self.typed.of(id).to_owned());
        let payer = Payer { name, line1, line2, town, postcode };
        if payer == Payer::default() {
            return None;
        }
        if payer.name.is_empty() {
            errors.add("name", "Enter the payer’s name, or leave the address out");
        }
        Some(payer)
    }
}

fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// What lines come to.
pub(super) fn total(lines: &[NewReceiptLine]) -> Option<Pence> {
    Pence::checked_sum(lines.iter().map(|line| line.amount))
}
