//! What other projects expect of a file, in their own shapes.

use std::{
    fs,
    path::{Path, PathBuf},
};

use ims_files::Contents;
use ims_ledger::StatementLine;
use ims_money::Amount;
use serde_json::Value;

/// The input that an expected result belongs to, and the result's text.
pub(crate) fn pair(expected: &Path, extension: &str) -> Option<(PathBuf, String)> {
    let inputs: &[&str] = match extension {
        "json" => &["sta", "STA", "mta", "xml"],
        "yml" => &["sta"],
        "pydata" => &[""],
        _ => return None,
    };
    let input = match extension {
        "pydata" => {
            PathBuf::from(expected.to_str()?.replace("golden-", "test-").strip_suffix(".pydata")?)
        }
        _ => inputs.iter().map(|ext| expected.with_extension(ext)).find(|path| path.is_file())?,
    };
    input
        .is_file()
        .then(|| Some((input, String::from_utf8_lossy(&fs::read(expected).ok()?).into_owned())))?
}

/// One text a line: what their result says of it. `None` for a shape we do not
/// compare.
pub(crate) fn lines(file: &str, text: &str) -> Option<Vec<String>> {
    if file.ends_with(".yml") {
        let count = text.matches("!!python/object:mt940.models.Transaction\n").count();
        return Some(vec![count.to_string()]);
    }
    if file.ends_with(".pydata") {
        let amounts = text.split("'amount': ").skip(1);
        return Some(
            amounts.map(|rest| plain(rest.split([',', '}']).next().unwrap_or_default())).collect(),
        );
    }
    let json: Value = serde_json::from_str(text).ok()?;
    if file.starts_with("svenstaro") {
        let lines = json
            .as_array()?
            .iter()
            .flat_map(|s| s["statement_lines"].as_array().cloned().unwrap_or_default());
        return Some(lines.map(|line| svenstaro(&line)).collect());
    }
    if file.starts_with("webschik") {
        let lines = json
            .as_array()?
            .iter()
            .flat_map(|s| s["transactions"].as_array().cloned().unwrap_or_default());
        return Some(lines.map(|line| webschik(&line)).collect());
    }
    if file.starts_with("my-flow") {
        let mut found = Vec::new();
        my_flow(&json, &mut found);
        return Some(found);
    }
    if file.starts_with("genkgo") {
        let entries = json["getEntries"].as_array()?;
        return Some(entries.iter().map(genkgo).collect());
    }
    None
}

/// Our line as they would have it: where they have no reference, it does not
/// matter that we found one in the text.
pub(crate) fn without_more(ours: &str, theirs: &str) -> String {
    match (theirs.contains("ref= "), ours.split_once("ref="), ours.split_once(" bank=")) {
        (true, Some((before, _)), Some((_, bank))) => format!("{before}ref= bank={bank}"),
        _ => ours.to_owned(),
    }
}

/// The same of our reading.
pub(crate) fn ours(file: &str, contents: &Contents) -> Vec<String> {
    let all: Vec<&StatementLine> = contents.statements.iter().flat_map(|s| &s.lines).collect();
    if file.ends_with(".yml") {
        return vec![all.len().to_string()];
    }
    if file.ends_with(".pydata") {
        let parts = all.iter().flat_map(|line| {
            if line.parts.is_empty() { vec![*line] } else { line.parts.iter().collect() }
        });
        return parts.map(|line| plain(&line.amount.to_string())).collect();
    }
    let project = file.split("__").next().unwrap_or_default();
    all.iter()
        .map(|line| {
            let value = line.value.map(|date| date.to_string()).unwrap_or_default();
            let size = plain(&size(line.amount).to_string());
            let of = |text: &Option<String>| text.clone().unwrap_or_default();
            match project {
                p if p.starts_with("svenstaro") || p.starts_with("webschik") => format!(
                    "{value} {} {} ref={} bank={}",
                    line.booked,
                    plain(&line.amount.to_string()),
                    of(&line.reference),
                    of(&line.bank_reference)
                ),
                p if p.starts_with("my-flow") => format!("{value} {size}"),
                _ => format!("{} {}", line.booked, plain(&line.amount.to_string())),
            }
        })
        .collect()
}

fn size(amount: Amount) -> Amount {
    if amount.is_negative() { amount.negated() } else { amount }
}

/// An amount without the zeros that say nothing.
fn plain(text: &str) -> String {
    text.trim()
        .parse::<Amount>()
        .map_or_else(|_| text.to_owned(), |amount| amount.with_decimals(2).to_string())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(
        || if value.is_null() { String::new() } else { value.to_string() },
        str::to_owned,
    )
}

fn reference(value: &Value) -> String {
    let reference = text(value).trim().to_owned();
    if matches!(reference.as_str(), "NONREF" | "KREF+") { String::new() } else { reference }
}

fn svenstaro(line: &Value) -> String {
    let side = text(&line["ext_debit_credit_indicator"]);
    let negative = matches!(side.as_str(), "Debit" | "ReverseCredit");
    let sign = if negative { "-" } else { "" };
    let value = text(&line["value_date"]);
    let entry =
        if line["entry_date"].is_null() { value.clone() } else { text(&line["entry_date"]) };
    format!(
        "{value} {entry} {} ref={} bank={}",
        plain(&format!("{sign}{}", text(&line["amount"]))),
        reference(&line["customer_ref"]),
        text(&line["bank_ref"]).trim()
    )
}

fn webschik(line: &Value) -> String {
    let sign = if line["isCredit"] == true { "" } else { "-" };
    let value = text(&line["valueDate"]);
    let entry = Some(text(&line["entryDate"])).filter(|day| !day.is_empty());
    format!(
        "{value} {} {} ref={} bank={}",
        entry.unwrap_or_else(|| value.clone()),
        plain(&format!("{sign}{}", text(&line["amount"]))),
        reference(&line["customerReference"]),
        text(&line["bankReference"]).trim()
    )
}

fn my_flow(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Array(all) => all.iter().for_each(|each| my_flow(each, found)),
        Value::Object(fields) if fields.contains_key("value_date") => {
            let day = text(&fields["value_date"]).chars().take(10).collect::<String>();
            found.push(format!("{day} {}", plain(&text(&fields["amount"]))));
        }
        Value::Object(fields) => fields.values().for_each(|each| my_flow(each, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Their amounts are in the smallest coin of two decimals.
fn genkgo(entry: &Value) -> String {
    let units: i64 = text(&entry["getAmount"]["getAmount"]).parse().unwrap_or_default();
    let day: String = text(&entry["getBookingDate"]["0"]).chars().take(10).collect();
    format!("{day} {}", plain(&Amount::from_minor(units, 2).unwrap_or_default().to_string()))
}
