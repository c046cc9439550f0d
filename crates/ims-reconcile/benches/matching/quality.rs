//! Precision, recall, proposals and calibration, on several seeds and shapes.

use std::collections::BTreeMap;

use ims_reconcile::{Rules, reconcile};
use ims_testkit::dirty::{Kind, Knobs, Shapes, Suggestions, make, share};

use super::{
    page::{Page, part},
    sides,
};
use crate::Wanted;

type MakeKnobs = fn(usize, u64) -> Knobs;

const SETS: [(&str, MakeKnobs); 3] =
    [("plain", Knobs::plain), ("hard", Knobs::hard), ("harder", Knobs::harder)];

pub(crate) fn run(wanted: &Wanted, page: &mut Page) {
    let rows = wanted.rows.unwrap_or(100_000);
    let mut kinds: BTreeMap<Kind, [(u64, u64); 3]> = BTreeMap::new();
    let (mut tenths, mut careful) = (Vec::new(), Vec::new());
    let heads = [
        "set",
        "shapes",
        "rules",
        "precision",
        "worst",
        "recall",
        "worst",
        "F1",
        "left",
        "in first three",
        "to an account quoted by mistake",
    ];
    let table = page.table("quality", &heads);
    let names: Vec<String> = wanted.seeds.iter().map(u64::to_string).collect();
    table.note(format!(
        "{rows} rows a set, seeds {}; the mean over the seeds, and the worst.",
        names.join(", ")
    ));
    for (place, (set, knobs)) in SETS.into_iter().enumerate() {
        let (mut all, mut all_careful) = (Suggestions::default(), Suggestions::default());
        for shapes in [Shapes::familiar(), Shapes::renamed(), Shapes::short()] {
            for (name, rules) in [("default", Rules::default()), ("careful", Rules::careful())] {
                let (mut scores, mut rest) = (Vec::new(), Suggestions::default());
                for seed in &wanted.seeds {
                    let made = make(&knobs(rows, *seed).in_shapes(shapes.clone()));
                    let (rows, lines) = (sides::expected(&made), sides::bank(&made));
                    let outcome = reconcile(&rows, &lines, &rules);
                    let (score, suggested) = sides::judged(&made, &outcome, &rows, &lines);
                    rest.add(&suggested);
                    scores.push(score);
                }
                let mean = |of: &dyn Fn(&ims_testkit::dirty::Score) -> u64| {
                    scores.iter().map(of).sum::<u64>() / scores.len() as u64
                };
                let worst = |of: &dyn Fn(&ims_testkit::dirty::Score) -> u64| {
                    scores.iter().map(of).min().unwrap_or_default()
                };
                let left: u64 = rest.left.values().map(|(_, all)| all).sum();
                table.row([
                    set.to_owned(),
                    shapes.name.to_owned(),
                    name.to_owned(),
                    part(mean(&|score| score.precision())),
                    part(worst(&|score| score.precision())),
                    part(mean(&|score| score.recall())),
                    part(worst(&|score| score.recall())),
                    part(mean(&|score| score.f1())),
                    (left / scores.len() as u64).to_string(),
                    part(rest.found()),
                    scores.iter().map(|score| score.booked_to_another).sum::<u64>().to_string(),
                ]);
                if name == "careful" {
                    all_careful.add(&rest);
                } else {
                    all.add(&rest);
                    for (kind, (found, of)) in scores.iter().flat_map(|score| &score.kinds) {
                        let sum = &mut kinds.entry(*kind).or_default()[place];
                        *sum = (sum.0 + found, sum.1 + of);
                    }
                }
            }
        }
        tenths.push(all);
        careful.push(all_careful);
    }
    by_kind(page, &kinds);
    calibration(page, "calibration", "default", &tenths);
    calibration(page, "calibration-careful", "careful", &careful);
}

fn by_kind(page: &mut Page, kinds: &BTreeMap<Kind, [(u64, u64); 3]>) {
    let table = page.table("kinds", &["kind", "plain", "hard", "harder", "pairs"]);
    table.note("Recall by kind with the default rules, all shapes and seeds together.".to_owned());
    for (kind, sets) in kinds {
        let cell = |(found, all): &(u64, u64)| {
            if *all == 0 { String::new() } else { part(share(*found, *all)) }
        };
        let pairs: u64 = sets.iter().map(|(_, all)| all).sum();
        let cells = sets.iter().map(cell);
        table.row(std::iter::once(kind.to_string()).chain(cells).chain([pairs.to_string()]));
    }
}

fn calibration(page: &mut Page, name: &'static str, rules: &str, sets: &[Suggestions]) {
    let heads = ["likelihood given", "plain", "hard", "harder"];
    let table = page.table(name, &heads);
    table.note(format!(
        "With the {rules} rules. Each cell: how many were proposed, the mean likelihood given, the \
         share that was right (every line with every row). All shapes and seeds together."
    ));
    for tenth in 0..10 {
        let cell = |set: &Suggestions| {
            let tenth = set.tenths[tenth];
            if tenth.count == 0 {
                return String::new();
            }
            format!("{}: {} → {}", tenth.count, part(tenth.given()), part(tenth.share()))
        };
        let name = format!(
            ".{tenth} to {}",
            if tenth == 9 { "1".to_owned() } else { format!(".{}", tenth + 1) }
        );
        table.row(std::iter::once(name).chain(sets.iter().map(cell)));
    }
}
