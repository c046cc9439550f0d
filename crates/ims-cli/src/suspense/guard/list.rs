//! The list that is guarded: every account of it is looked for, or none.

use std::io::BufRead;

use ims_files::{
    XLSX_BYTES_MAX,
    sheet::{ListedBy, accounts},
};
use ims_ledger::Council;

use super::GuardArgs;
use crate::{CliError, answer::counted, error::bad, source};

/// The accounts of a list, each with its fund's code.
#[derive(Debug)]
pub(super) struct List {
    pub(super) accounts: Vec<(String, String)>,
    /// What the references stand below; none in a bare list.
    pub(super) headings: Vec<String>,
}

impl List {
    /// How it was read, and that rows which name the same account are one.
    pub(super) fn in_words(&self, accounts: usize) -> String {
        let rows = counted(self.accounts.len(), "row", "rows");
        let by = match &*self.headings {
            [] => "a bare list of references".to_owned(),
            headings => format!("the references are `{}`", headings.join("`, `")),
        };
        let same = if self.accounts.len() > accounts { ", some of the same account" } else { "" };
        format!("{by}: {rows}{same}")
    }
}

pub(super) fn read(
    args: &GuardArgs,
    council: &Council,
    input: &mut dyn BufRead,
) -> Result<List, CliError> {
    let name = source::name(&args.file);
    let limit = u64::try_from(XLSX_BYTES_MAX).unwrap_or(u64::MAX);
    let bytes = source::bytes(&args.file, limit, input)?;
    let by = ListedBy { column: args.column.as_deref(), fund: args.fund.as_deref() };
    let at = |line: Option<u64>, message: &str| {
        let line = line.map(|line| format!(" line {line}")).unwrap_or_default();
        bad(format!("{name}{line}: {message}"))
    };
    let list = accounts(&mut &*bytes, by).map_err(|fault| at(fault.line, &fault.message))?;
    let codes: Vec<&str> = council.fund.iter().map(|fund| fund.code.as_str()).collect();
    let mut found = Vec::with_capacity(list.accounts.len());
    for account in list.accounts {
        // Of a fund that is none nothing would be found.
        let Some(fund) = fund_of(&codes, &account.fund) else {
            let (told, codes) = (account.fund, codes.join(", "));
            let message = format!("there is no fund `{told}`; there are: {codes}");
            return Err(at(Some(account.line), &message));
        };
        found.push((fund.to_owned(), account.reference));
    }
    Ok(List { accounts: found, headings: list.headings })
}

/// The code as the council writes it; capitals do not matter where that leaves one.
fn fund_of<'c>(codes: &[&'c str], told: &str) -> Option<&'c str> {
    let exact = codes.iter().find(|code| **code == told);
    let mut alike = codes.iter().filter(|code| code.eq_ignore_ascii_case(told));
    exact.or(alike.next().filter(|_| alike.next().is_none())).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn council() -> Council {
        let fund = |code: &str| {
            format!("[[fund]]\ncode = \"{code}\"\nname = \"{code}\"\nledger_code = \"1\"\n")
        };
        let funds: String = ["CT", "NR", "nr"].into_iter().map(fund).collect();
        toml::from_str(&format!("code = \"T\"\nname = \"T\"\n{funds}")).unwrap()
    }

    fn of(text: &str, fund: Option<&str>) -> Result<Vec<(String, String)>, String> {
        let fund = fund.map(str::to_owned);
        let args = GuardArgs { file: "-".into(), fund, column: None };
        let read = read(&args, &council(), &mut text.as_bytes());
        read.map(|list| list.accounts).map_err(|why| why.to_string())
    }

    #[test]
    fn funds_are_the_councils() {
        let both = vec![("CT".to_owned(), "1".to_owned()), ("nr".to_owned(), "2".to_owned())];
        assert_eq!(of("Acc No,Fund\n1,ct\n2,nr\n", None), Ok(both));
        for (text, fund, why) in [
            ("Acc No,Fund\n1,CT\n2,XX\n", None, "standard-input line 3: there is no fund `XX`"),
            // Capitals would say which.
            ("Acc No,Fund\n1,Nr\n", None, "standard-input line 2: there is no fund `Nr`"),
            ("1\n2\n", Some("XX"), "standard-input line 1: there is no fund `XX`"),
            ("Acc No\n,\n", Some("CT"), "standard-input: there are no accounts in it"),
        ] {
            let told = of(text, fund).unwrap_err();
            assert!(told.starts_with(why), "{text}: {told}");
        }
    }
}
