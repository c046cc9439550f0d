//! The operator's files: weights by range of sort codes, and sort codes that are
//! checked as others.

use std::{collections::BTreeMap, io::BufRead};

use crate::{Verdict, amounts::clipped, lines::Lines, verdict::Faults};

/// How a sum of weighted digits is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// The remainder by 10.
    Mod10,
    /// The remainder by 11.
    Mod11,
    /// The digits of the products, the remainder by 10.
    DoubleAlternate,
}

/// The weights of a range of sort codes, as one line has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Weights {
    from: u32,
    to: u32,
    pub(super) method: Method,
    pub(super) weights: [i32; 14],
    /// 0 for none, else 1 to 14.
    pub(super) exception: u8,
}

/// The weights by which accounts are checked, loaded from the files that Pay.UK
/// publishes (`valacdos` and `scsubtab`). None is compiled in: they change, and
/// they are not ours to hand on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WeightTable {
    /// In the order of the file, which is that of the checks.
    rows: Vec<Weights>,
    substitutes: BTreeMap<u32, u32>,
}

/// The most lines that a table has; the published ones have some 1,150.
const ROWS_MAX: usize = 100_000;

impl WeightTable {
    /// Reads the table of weights: `valacdos`. What is wrong with it is in the
    /// verdict; a table with errors must not be used, since a rule that is
    /// missing lets wrong accounts pass.
    ///
    /// ```
    /// use ims_files::bacs::{Checked, WeightTable};
    ///
    /// let mut file: &[u8] = b"089000 089999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1\n";
    /// let (table, verdict) = WeightTable::read(&mut file);
    /// assert!(verdict.is_read_whole());
    /// assert_eq!(table.check("08-99-99", "66374958")?, Checked::Valid);
    /// assert_eq!(table.check("08-99-99", "66374959")?, Checked::Invalid);
    /// # Ok::<(), ims_files::bacs::BadBankAccount>(())
    /// ```
    pub fn read(weights: &mut dyn BufRead) -> (Self, Verdict) {
        let mut table = Self::default();
        let mut faults = Faults::default();
        each_line(weights, &mut faults, |line| {
            if table.rows.len() >= ROWS_MAX {
                return Err(format!("more than {ROWS_MAX} lines; it is no table of weights"));
            }
            table.rows.push(row(line)?);
            Ok(())
        });
        if table.rows.is_empty() && faults.is_clean() {
            faults.error(None, "there is no rule in it; a table of weights has a thousand");
        }
        (table, faults.verdict(None, None))
    }

    /// Adds the sort codes that are checked as others: `scsubtab`.
    pub fn substitute(&mut self, substitutes: &mut dyn BufRead) -> Verdict {
        let mut faults = Faults::default();
        let found = &mut self.substitutes;
        each_line(substitutes, &mut faults, |line| {
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let (Some(from), Some(to)) = (
                words.first().and_then(|word| sort_code(word)),
                words.get(1).and_then(|word| sort_code(word)),
            ) else {
                return Err(format!("`{}`; two sort codes would be right", clipped(line)));
            };
            found.insert(from, to);
            Ok(())
        });
        faults.verdict(None, None)
    }

    /// The rules of a sort code, in the order they are tried; two at most.
    pub(super) fn of(&self, sort_code: u32) -> impl Iterator<Item = &Weights> {
        self.rows.iter().filter(move |row| (row.from..=row.to).contains(&sort_code)).take(2)
    }

    /// The sort code that this one is checked as.
    pub(super) fn substituted(&self, sort_code: u32) -> u32 {
        self.substitutes.get(&sort_code).copied().unwrap_or(sort_code)
    }
}

fn each_line(
    input: &mut dyn BufRead,
    faults: &mut Faults,
    mut take: impl FnMut(&str) -> Result<(), String>,
) {
    let mut lines = Lines::new(input);
    while let Some(line) = lines.next() {
        let line = line.trim_matches(['\u{1a}', ' ', '\t']).to_owned();
        let number = lines.number();
        if !line.is_empty()
            && let Err(message) = take(&line)
        {
            faults.error(number, message);
        }
    }
    lines.finish(faults);
}

fn sort_code(text: &str) -> Option<u32> {
    let digits = text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// `from to method`, fourteen weights, and an exception when there is one.
fn row(line: &str) -> Result<Weights, String> {
    let mut words = line.split_ascii_whitespace();
    let mut next = || words.next().unwrap_or_default();
    let (from, to, method) = (next(), next(), next());
    let range = sort_code(from).zip(sort_code(to)).filter(|(from, to)| from <= to);
    let Some((from, to)) = range else {
        return Err(format!(
            "`{} {}` is no range of sort codes; two of six digits would be right",
            clipped(from),
            clipped(to)
        ));
    };
    let method = match method {
        "MOD10" => Method::Mod10,
        "MOD11" => Method::Mod11,
        "DBLAL" => Method::DoubleAlternate,
        _ => {
            let method = clipped(method);
            return Err(format!("method `{method}`; MOD10, MOD11 or DBLAL would be right"));
        }
    };
    let mut weights = [0; 14];
    for (weight, name) in weights.iter_mut().zip("uvwxyzabcdefgh".chars()) {
        let text = next();
        *weight = text
            .parse()
            .ok()
            .filter(|weight: &i32| (-999..=999).contains(weight))
            .ok_or_else(|| {
                format!("weight {name} `{}`; a small whole number would be right", clipped(text))
            })?;
    }
    let exception = match next() {
        "" => 0,
        text => text
            .parse()
            .ok()
            .filter(|number| (0..=14).contains(number))
            .ok_or_else(|| format!("exception `{}` is not known; 1 to 14 are", clipped(text)))?,
    };
    match words.next() {
        None => Ok(Weights { from, to, method, weights, exception }),
        Some(more) => {
            Err(format!("`{}` after the exception; nothing would be right", clipped(more)))
        }
    }
}
