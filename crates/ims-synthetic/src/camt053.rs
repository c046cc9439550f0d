//! The statement of the housing account, as CAMT.053.001.08.

use std::fmt::Write as _;

use chrono::NaiveDate;
use ims_money::Pence;

use crate::{
    line::Line,
    mt940::Frame,
    writing::{push_size, yymmdd},
};

pub(crate) fn write(frame: &Frame<'_>, lines: &[Line]) -> Vec<u8> {
    let mut text = String::with_capacity(1_500 + lines.len() * 900);
    let (date, day) = (frame.date, yymmdd(frame.date));
    let _ = write!(
        text,
        r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
<BkToCstmrStmt>
<GrpHdr><MsgId>QHV{day}H</MsgId><CreDtTm>{date}T22:30:00</CreDtTm></GrpHdr>
<Stmt>
<Id>QHV{day}H1</Id>
<ElctrncSeqNb>{}</ElctrncSeqNb>
<CreDtTm>{date}T22:30:00</CreDtTm>
<Acct><Id><IBAN>{}</IBAN></Id><Ccy>GBP</Ccy></Acct>
"#,
        frame.number, frame.bank.iban,
    );
    balance(&mut text, "OPBD", frame.eve, frame.opening);
    balance(&mut text, "CLBD", date, frame.closing(lines));
    for (line, number) in lines.iter().zip(1_u64..) {
        entry(&mut text, line, date, &format!("H{day}{number:07}"));
    }
    text.push_str("</Stmt>\n</BkToCstmrStmt>\n</Document>\n");
    text.into_bytes()
}

fn amount(text: &mut String, amount: Pence) {
    text.push_str(r#"<Amt Ccy="GBP">"#);
    push_size(text, amount, '.');
    let side = if amount.is_negative() { "DBIT" } else { "CRDT" };
    let _ = write!(text, "</Amt><CdtDbtInd>{side}</CdtDbtInd>");
}

fn balance(text: &mut String, code: &str, date: NaiveDate, of: Pence) {
    let _ = write!(text, "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>");
    amount(text, of);
    let _ = writeln!(text, "<Dt><Dt>{date}</Dt></Dt></Bal>");
}

// No made-up name and no reference holds a `<` or `&`, so there is nothing to escape.
fn entry(text: &mut String, line: &Line, date: NaiveDate, bank_reference: &str) {
    let [domain, family, sub_family] = line.kind.iso();
    text.push_str("<Ntry>");
    amount(text, line.amount);
    let _ = write!(
        text,
        "<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{date}</Dt></BookgDt><ValDt><Dt>{date}</Dt></ValDt>\
         <AcctSvcrRef>{bank_reference}</AcctSvcrRef><BkTxCd><Domn><Cd>{domain}</Cd><Fmly>\
         <Cd>{family}</Cd><SubFmlyCd>{sub_family}</SubFmlyCd></Fmly></Domn></BkTxCd>\
         <NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>"
    );
    amount(text, line.amount);
    if !line.payer.is_empty() {
        let party = if line.amount.is_negative() { "Cdtr" } else { "Dbtr" };
        let _ = write!(
            text,
            "<RltdPties><{party}><Pty><Nm>{}</Nm></Pty></{party}></RltdPties>",
            line.payer
        );
    }
    let _ = writeln!(
        text,
        "<RmtInf><Ustrd>{}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>",
        line.written
    );
}
