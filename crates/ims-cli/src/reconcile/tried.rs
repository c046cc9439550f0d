//! `ims reconcile try` of a whole configuration, and of the next run as it is.

use std::collections::{BTreeMap, BTreeSet};

use ims_app::{BankRulesTried, ConfigurationTried, NextRun};
use ims_money::Pence;
use serde_json::{Value, json};

use super::rules;
use crate::{Answer, Exit, answer::counted};

/// What a configuration would change, the rules of the engine first.
pub(super) fn of_configuration(tried: &ConfigurationTried) -> Answer {
    let is_same =
        tried.rules.differing == 0 && tried.bank_rules.differing == 0 && tried.otherwise == 0;
    let document = json!({
        "rules": rules::as_json(&tried.rules), "bank_rules": banks_json(&tried.bank_rules),
        "next": next_json(&tried.next), "explained_now": tried.explained_now,
        "otherwise": tried.otherwise,
    });
    let answer = rules::with_rules(Answer::of(document), &tried.rules);
    let answer = with_banks(answer, &tried.bank_rules);
    with_next(answer, &tried.next)
        .say(format!(
            "as it is, the next run explains {}; {} would be explained otherwise",
            tried.explained_now,
            counted(tried.otherwise, "open line", "open lines")
        ))
        .say("nothing is written")
        .exit(if is_same { Exit::Done } else { Exit::SeeTo })
}

/// What the next run explains as it is.
pub(super) fn next(next: &NextRun) -> Answer {
    with_next(Answer::of(json!({ "next": next_json(next) })), next).say("nothing is written")
}

fn with_banks(answer: Answer, tried: &BankRulesTried) -> Answer {
    let names: BTreeSet<&String> = tried.now.keys().chain(tried.then.keys()).collect();
    let of = |all: &BTreeMap<String, (u64, Pence)>, name: &String| {
        let (count, sum) = all.get(name).copied().unwrap_or_default();
        [count.to_string(), sum.to_string()]
    };
    let by_rule = names.into_iter().map(|name| {
        let ([now, now_sum], [then, then_sum]) = (of(&tried.now, name), of(&tried.then, name));
        [name.clone(), now, now_sum, then, then_sum]
    });
    let goes = |to: &Option<(String, String)>| match to {
        Some((rule, to)) => format!("{rule}: to {to}"),
        None => "no rule".to_owned(),
    };
    let rows = tried.differences.iter().map(|one| {
        [
            one.line.id.to_string(),
            one.line.booked_on.to_string(),
            one.line.amount.to_string(),
            one.stands.clone().unwrap_or_else(|| "open".to_owned()),
            goes(&one.now),
            goes(&one.then),
        ]
    });
    let answer = answer
        .say(format!(
            "{} of those days would go elsewhere by the rules for bank lines",
            counted(tried.differing, "line", "lines")
        ))
        .table(["bank rule", ">in force", ">amount", ">tried", ">amount"], by_rule)
        .table(
            ["line", "booked", ">amount", "in the books", "rules in force", "rules tried"],
            rows,
        );
    let named = u64::try_from(tried.differences.len()).unwrap_or(u64::MAX);
    match tried.differing.saturating_sub(named) {
        0 => answer,
        more => answer.say(format!("and {more} more; --limit names more of them")),
    }
}

fn with_next(answer: Answer, next: &NextRun) -> Answer {
    let by_rule = next
        .by_rule
        .iter()
        .map(|(rule, (count, sum))| [rule.clone(), count.to_string(), sum.to_string()]);
    let rows = next.first.iter().map(|one| {
        [
            one.line.id.to_string(),
            one.line.booked_on.to_string(),
            one.line.amount.to_string(),
            one.rule.clone(),
            one.reason.clone(),
        ]
    });
    let answer = answer
        .say(format!(
            "the next run would explain {} of {}",
            next.explained,
            counted(next.lines, "open line", "open lines")
        ))
        .table(["by rule", ">lines", ">amount"], by_rule)
        .table(["open line", "booked", ">amount", "rule", "why"], rows);
    let named = u64::try_from(next.first.len()).unwrap_or(u64::MAX);
    match next.explained.saturating_sub(named) {
        0 => answer,
        more => answer.say(format!("and {more} more; --limit names more of them")),
    }
}

fn sums(all: &BTreeMap<String, (u64, Pence)>) -> Value {
    let one = |(rule, (count, sum)): (&String, &(u64, Pence))| {
        (rule.clone(), json!({ "count": count, "amount_pence": sum }))
    };
    Value::Object(all.iter().map(one).collect())
}

fn banks_json(tried: &BankRulesTried) -> Value {
    let goes = |to: &Option<(String, String)>| {
        to.as_ref().map(|(rule, to)| json!({ "rule": rule, "to": to }))
    };
    let one = |one: &ims_app::LineRuled| {
        json!({
            "line": one.line.id, "account": one.line.bank, "booked": one.line.booked_on,
            "amount_pence": one.line.amount, "stands": one.stands,
            "in_force": goes(&one.now), "tried": goes(&one.then),
        })
    };
    json!({
        "in_force": sums(&tried.now), "tried": sums(&tried.then), "differing": tried.differing,
        "differences": tried.differences.iter().map(one).collect::<Vec<_>>(),
    })
}

fn next_json(next: &NextRun) -> Value {
    let one = |one: &ims_app::NextMatch| {
        json!({
            "line": one.line.id, "account": one.line.bank, "booked": one.line.booked_on,
            "amount_pence": one.line.amount, "rule": one.rule, "why": one.reason,
        })
    };
    json!({
        "lines": next.lines, "explained": next.explained, "by_rule": sums(&next.by_rule),
        "first": next.first.iter().map(one).collect::<Vec<_>>(),
    })
}
