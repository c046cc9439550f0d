//! One file of a volume: its records are held until its end shows whose they are
//! and whether they add up.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use ims_ledger::{Advice, ScheduleHead, ScheduleLine, WorkingDays};
use ims_money::Pence;

use super::{
    columns::{MULTI_DAY, label::SAME_AT_END},
    item::{Account, Item, Read},
    labels::{self, Label, Trailer, UserHeader},
};
use crate::{
    FAULTS_MAX, HELD_LINES_MAX, Record, STATEMENTS_MAX, columns::between, out::Out, verdict::Faults,
};

/// What is known of a file so far.
pub(super) struct File {
    began: u64,
    volume: Option<String>,
    labels: BTreeMap<Label, (u64, String)>,
    header: UserHeader,
    trailer: Option<Trailer>,
    items: Vec<Item>,
    /// Records by direction, contras with them: how many and how much.
    debits: Sum,
    credits: Sum,
    /// What Bacs would not take, were the file sent there; the first of them.
    refused: Vec<(u64, String)>,
    refused_count: u64,
    blank_amounts: Told<()>,
    odd_characters: Told<char>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sum {
    count: u64,
    /// `None` once it is too large.
    amount: Option<Pence>,
}

impl Sum {
    const NONE: Self = Self { count: 0, amount: Some(Pence::ZERO) };

    fn add(&mut self, amount: Pence) {
        self.count = self.count.saturating_add(1);
        self.amount = self.amount.and_then(|sum| sum.checked_add(amount));
    }
}

/// Something told once, at its first line.
struct Told<T> {
    first: Option<(u64, T)>,
    count: u64,
}

impl<T> Told<T> {
    const NEVER: Self = Self { first: None, count: 0 };

    fn met(&mut self, line: u64, what: T) {
        self.count = self.count.saturating_add(1);
        self.first.get_or_insert((line, what));
    }
}

/// The records that one entry on one of our accounts stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    day: Option<NaiveDate>,
    account: Account,
    is_credit: bool,
}

#[derive(Default)]
struct Grouped {
    items: Vec<Item>,
    contras: Vec<Item>,
}

impl File {
    pub(super) fn begun(line: u64, volume: Option<&str>) -> Self {
        Self {
            began: line,
            volume: volume.map(str::to_owned),
            labels: BTreeMap::new(),
            header: UserHeader::default(),
            trailer: None,
            items: Vec::new(),
            debits: Sum::NONE,
            credits: Sum::NONE,
            refused: Vec::new(),
            refused_count: 0,
            blank_amounts: Told::NEVER,
            odd_characters: Told::NEVER,
        }
    }

    pub(super) fn has(&self, label: Label) -> bool {
        self.labels.contains_key(&label)
    }

    pub(super) fn label(&mut self, label: Label, line: &str, number: u64, faults: &mut Faults) {
        if let Some((before, _)) = self.labels.get(&label) {
            let name = label.name();
            faults.error(number, format!("a second {name}; the first is in line {before}"));
            return;
        }
        if let Some((after, (place, _))) = self.labels.range(label..).next() {
            let (name, after) = (label.name(), after.name());
            faults.error(
                number,
                format!("{name} comes after {after} of line {place}; before it would be right"),
            );
        }
        self.labels.insert(label, (number, line.to_owned()));
        match label {
            Label::UserHeader => {
                self.header = labels::user_header(line, |message| faults.error(number, message));
            }
            Label::Header2 => {
                if let Err(message) = labels::record_length(line) {
                    faults.error(number, message);
                }
            }
            Label::UserTrailer => match labels::trailer(line) {
                Ok(trailer) => self.trailer = trailer,
                Err(message) => faults.error(number, message),
            },
            Label::Volume | Label::Header1 | Label::End1 | Label::End2 => {}
        }
    }

    pub(super) fn item(&mut self, line: &str, number: u64, out: &mut Out<'_>, faults: &mut Faults) {
        if self.has(Label::End1) || self.has(Label::UserTrailer) {
            faults.error(number, "a record after the end of the file; UTL1 would be the last line");
        }
        let Read { item, oddities, refused } = match Item::read(line, number, self.header.is_multi)
        {
            Ok(read) => read,
            Err(messages) => {
                messages.into_iter().for_each(|message| faults.error(number, message));
                return;
            }
        };
        for message in refused {
            self.refused_count = self.refused_count.saturating_add(1);
            if self.refused_count <= FAULTS_MAX {
                self.refused.push((number, message));
            }
        }
        if oddities.blank_amount {
            self.blank_amounts.met(number, ());
        }
        if let Some(odd) = oddities.character {
            self.odd_characters.met(number, odd);
        }
        if item.code.is_instruction() {
            self.instruction(&item, out, faults);
            return;
        }
        if item.code.is_debit() { &mut self.debits } else { &mut self.credits }.add(item.amount);
        if self.items.len() < HELD_LINES_MAX {
            self.items.push(item);
        } else {
            faults.error(number, format!("more than {HELD_LINES_MAX} records; split the file"));
        }
    }

    /// A direct debit instruction lodged, cancelled or converted.
    fn instruction(&self, item: &Item, out: &mut Out<'_>, faults: &mut Faults) {
        let Some(date) = item.day.or(self.header.day) else {
            faults.error(item.line, "no processing day, neither here nor in UHL1");
            return;
        };
        out.give(Record::Advice(Advice {
            line: item.line,
            kind: "DDI".to_owned(),
            date,
            reference: item.reference.clone(),
            code: item.code.to_string(),
            meaning: item.code.meaning().to_owned(),
            sort_code: Some(item.to.sort_code.clone()),
            account: Some(item.to.number.clone()),
            name: some(&item.name),
            ..Advice::default()
        }));
    }

    /// The file has ended: gives its records, in groups, and checks its totals.
    pub(super) fn close(mut self, out: &mut Out<'_>, faults: &mut Faults) {
        // From here on: sent to Bacs, by all that the file shows.
        self.header.is_submission &= !self.pays_one_account();
        let is_ours = self.header.is_submission || self.items.iter().any(Item::is_contra);
        self.tell_refused(faults);
        self.check_labels(faults);
        self.check_totals(faults);
        self.tell(faults);
        let mut groups: BTreeMap<Group, Grouped> = BTreeMap::new();
        for mut item in std::mem::take(&mut self.items) {
            item.day = item.day.or(self.header.day);
            let is_contra = is_ours && item.is_contra();
            let account = if is_ours { &item.own } else { &item.to };
            // A contra stands on the other side of what it balances.
            let is_credit = item.code.is_credit() != is_contra;
            let group = Group { day: item.day, account: account.clone(), is_credit };
            let line = item.line;
            if item.amount.is_zero() {
                continue;
            }
            let grouped = groups.entry(group).or_default();
            if is_contra {
                grouped.contras.push(item);
            } else {
                grouped.items.push(item);
            }
            if u64::try_from(groups.len()).unwrap_or(u64::MAX) > STATEMENTS_MAX {
                faults.error(
                    line,
                    format!("more than {STATEMENTS_MAX} accounts and days; split the file"),
                );
                break;
            }
        }
        if self.header.is_submission {
            for (group, grouped) in &groups {
                check_contra(group, grouped, self.began, faults);
            }
            self.check_days(groups.keys().filter_map(|group| group.day), faults);
        }
        for (group, grouped) in groups {
            if !grouped.items.is_empty() {
                self.give(is_ours, group, grouped, out);
            }
        }
    }

    /// Whether everything goes to one account and comes from others, as what is
    /// sent on to its holder does, whatever its labels say.
    fn pays_one_account(&self) -> bool {
        let [first, rest @ ..] = self.items.as_slice() else { return false };
        first.to != first.own
            && rest.iter().all(|item| item.to == first.to)
            && (first.own == Account::default() || rest.iter().any(|item| item.own != first.own))
    }

    /// Errors of what is sent to Bacs; of what is sent on, a word.
    fn tell_refused(&mut self, faults: &mut Faults) {
        let is_submission = self.header.is_submission;
        let kept = u64::try_from(self.refused.len()).unwrap_or(u64::MAX);
        let more = self.refused_count.saturating_sub(kept);
        let is_nothing = |message: &str| message.starts_with("a payment of 0.00");
        for (line, message) in std::mem::take(&mut self.refused) {
            if is_submission {
                faults.error(line, message);
            } else if is_nothing(&message) {
                faults.warning(line, format!("{message}; it is left out"));
            }
        }
        if is_submission && more > 0 {
            faults.error(None, format!("and {more} more records that Bacs would not take"));
        }
    }

    fn give(&self, is_ours: bool, group: Group, grouped: Grouped, out: &mut Out<'_>) {
        let header = self.labels.get(&Label::Header1).map_or("", |(_, line)| line.as_str());
        let number = labels::user_number(header, self.volume.as_deref()).filter(|_| is_ours);
        let account = format!("{}-{}", group.account.sort_code, group.account.number);
        // Who sends debits is paid; who is sent credits is paid.
        let comes_in = group.is_credit != is_ours;
        let out_of_ours = if comes_in { "" } else { " out" };
        out.give(Record::ScheduleOpens(ScheduleHead {
            sender: format!("bacs {}{out_of_ours}", number.unwrap_or(account)),
            date: group.day,
            reference: grouped.contras.first().and_then(|contra| some(&contra.own_name)),
        }));
        for item in grouped.items {
            let amount = if comes_in { Some(item.amount) } else { item.amount.checked_neg() };
            out.give(Record::ScheduleLine(ScheduleLine {
                line: item.line,
                name: some(if is_ours { &item.name } else { &item.own_name }),
                amount: amount.unwrap_or(item.amount),
                date: item.day,
                kind: Some(item.code.to_string()),
                reference: item.reference,
            }));
        }
    }

    /// What is missing, and what the end repeats otherwise than the beginning.
    fn check_labels(&self, faults: &mut Faults) {
        for label in Label::OF_FILE {
            if self.has(label) {
                continue;
            }
            let name = label.name();
            if label == Label::UserTrailer {
                faults.error(None, "UTL1 is missing; the file may have been cut off");
            } else if self.header.is_submission {
                faults.error(self.began, format!("the file has no {name}; Bacs refuses it"));
            } else {
                faults.warning(self.began, format!("the file has no {name}"));
            }
        }
        let same = |line: &str| between(line, SAME_AT_END.0, SAME_AT_END.1).trim_end().to_owned();
        for (first, last) in [(Label::Header1, Label::End1), (Label::Header2, Label::End2)] {
            if let (Some((_, begins)), Some((line, ends))) =
                (self.labels.get(&first), self.labels.get(&last))
                && same(begins) != same(ends)
            {
                let (first, last) = (first.name(), last.name());
                faults.warning(*line, format!("{last} does not repeat {first}; it would"));
            }
        }
        if let Some((line, header)) = self.labels.get(&Label::Header2)
            && let (Ok(Some(length)), Some(is_multi)) =
                (labels::record_length(header), self.header.is_multi)
            && (length == MULTI_DAY) != is_multi
        {
            let work = if is_multi { "MULTI" } else { "DAILY" };
            faults.warning(*line, format!("records of {length} characters, but UHL1 says {work}"));
        }
    }

    fn check_totals(&self, faults: &mut Faults) {
        let Some((line, _)) = self.labels.get(&Label::UserTrailer) else { return };
        let Some(stated) = self.trailer else {
            faults.warning(*line, "UTL1 states no totals, so none were checked");
            return;
        };
        let mut tell = |message: String| {
            if self.header.is_submission {
                faults.error(*line, message);
            } else {
                faults.warning(*line, message);
            }
        };
        for (what, amount, count, read) in [
            ("debits", stated.debits, stated.debit_count, self.debits),
            ("credits", stated.credits, stated.credit_count, self.credits),
        ] {
            if read.amount != Some(amount) {
                let sum = read.amount.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
                tell(format!("UTL1 states {what} of {amount}, but the records make {sum}"));
            }
            if read.count != count {
                tell(format!("UTL1 states {count} {what}, but there are {}", read.count));
            }
        }
    }

    fn check_days(&self, days: impl Iterator<Item = NaiveDate>, faults: &mut Faults) {
        let working = WorkingDays::england_and_wales();
        for day in days {
            if !working.is_working(day) {
                let next = working.on_or_after(day);
                let line = self.labels.get(&Label::UserHeader).map(|(line, _)| *line);
                faults.warning(
                    line,
                    format!(
                        "{day} is no working day in England and Wales; {next} would be the next"
                    ),
                );
            }
        }
    }

    fn tell(&self, faults: &mut Faults) {
        if let Some((line, ())) = self.blank_amounts.first {
            let count = self.blank_amounts.count;
            faults.warning(
                line,
                format!(
                    "amounts filled with blanks instead of noughts in {count} records from here on"
                ),
            );
        }
        if let Some((line, odd)) = self.odd_characters.first.filter(|_| !self.header.is_submission)
        {
            let count = self.odd_characters.count;
            let odd = crate::amounts::clipped(&odd.to_string());
            faults.warning(
                line,
                format!("characters that Bacs does not carry, as `{odd}`, in {count} records from here on"),
            );
        }
    }
}

fn check_contra(group: &Group, grouped: &Grouped, began: u64, faults: &mut Faults) {
    let sum = Pence::checked_sum(grouped.items.iter().map(|item| item.amount));
    let what = if group.is_credit { "credits" } else { "debits" };
    let account = format!("{} {}", group.account.sort_code, group.account.number);
    let day = group.day.map(|day| format!(" on {day}")).unwrap_or_default();
    let sum_said = sum.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
    match grouped.contras.as_slice() {
        [] => faults.warning(
            grouped.items.first().map_or(began, |item| item.line),
            format!(
                "no contra for the {what} of {sum_said} on account {account}{day}; Bacs makes one"
            ),
        ),
        contras => {
            let contra = Pence::checked_sum(contras.iter().map(|contra| contra.amount));
            if let Some(last) = contras.last()
                && contra != sum
            {
                let contra = contra.map_or_else(|| "too much".to_owned(), |sum| sum.to_string());
                faults.error(
                    last.line,
                    format!("the contra on account {account}{day} is {contra}, but the {what} make {sum_said}"),
                );
            }
        }
    }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
