//! Account holders, our own layout.

use std::io::BufRead;

use ims_ledger::IncomingHolder;

use crate::{
    Confidence, Format, Head, Record, Verdict,
    amounts::pence,
    out::Out,
    rows::{Header, Row, headed, read_headed},
};

/// What its first line names.
const WANTED: &str = "at least fund, reference and name, and may name address1 to address4, postcode, balance, instalment and stop";

/// See `docs/formats/holders-csv.md`.
pub(crate) struct HoldersCsv;

impl Format for HoldersCsv {
    fn name(&self) -> &'static str {
        "holders-csv"
    }

    fn title(&self) -> &'static str {
        "Account holders and balances (CSV)"
    }

    fn page(&self) -> &'static str {
        "docs/formats/holders-csv.md"
    }

    fn recognise(&self, head: &Head<'_>) -> Confidence {
        headed(head.bytes, Columns::of)
    }

    fn read(&self, input: &mut dyn BufRead, sink: &mut dyn FnMut(Record)) -> Verdict {
        let mut out = Out::new(sink);
        let faults = read_headed(input, Columns::of, WANTED, |columns, row| {
            columns.holder(row).map(|holder| out.give(Record::Holder(holder)))
        });
        faults.verdict(None, None)
    }
}

/// Where each column is.
struct Columns {
    fund: usize,
    reference: usize,
    name: usize,
    address: Vec<usize>,
    balance: Option<usize>,
    instalment: Option<usize>,
    stop: Option<usize>,
    width: usize,
}

impl Columns {
    fn of(row: &Row) -> Option<Self> {
        let header = Header::of(row);
        if header.column(&["amount"]).is_some() {
            return None;
        }
        let address = ["address1", "address2", "address3", "address4", "postcode"];
        Some(Self {
            fund: header.column(&["fund", "fundcode"])?,
            reference: header.column(&["reference", "accountreference"])?,
            name: header.column(&["name"])?,
            address: address.iter().filter_map(|name| header.column(&[name])).collect(),
            balance: header.column(&["balance"]),
            instalment: header.column(&["instalment"]),
            stop: header.column(&["stop"]),
            width: row.len(),
        })
    }

    fn holder(&self, row: &Row) -> Result<IncomingHolder, String> {
        if !row.fits(self.width) {
            return Err(format!("{} columns; the header has {}", row.len(), self.width));
        }
        let (fund, reference) = (row.get(self.fund), row.get(self.reference));
        for (name, value) in [("fund", fund), ("reference", reference)] {
            if value.is_empty() {
                return Err(format!("{name}: is empty; an account needs one"));
            }
        }
        let given = |column: Option<usize>| column.map(|at| row.get(at)).filter(|t| !t.is_empty());
        let balance = given(self.balance).map(pence).transpose();
        let instalment = given(self.instalment).map(pence).transpose();
        let instalment = instalment.map_err(|message| format!("instalment: {message}"))?;
        if let Some(negative) = instalment.filter(|it| it.is_negative()) {
            return Err(format!(
                "instalment: {negative} is less than nothing; leave it blank if unknown"
            ));
        }
        Ok(IncomingHolder {
            line: row.line,
            fund: fund.to_owned(),
            reference: reference.to_owned(),
            name: row.get(self.name).to_owned(),
            address: self
                .address
                .iter()
                .map(|at| row.get(*at))
                .filter(|line| !line.is_empty())
                .map(str::to_owned)
                .collect(),
            balance: balance.map_err(|message| format!("balance: {message}"))?,
            instalment,
            stop: given(self.stop).map(str::to_owned),
        })
    }
}
