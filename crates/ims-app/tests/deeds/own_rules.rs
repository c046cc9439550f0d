//! A council's own rules for matching what the bank shows: a preset or rules of its own, kept with
//! each match, and tried on the past first.

use ims_app::ConfigurationTried;
use ims_money::Pence;
use ims_testkit::on_both;

use super::{
    files::{paid, receipts, statement, statement_of},
    raw::counts,
    town::{Town, april, ct, settings},
};

/// The town's configuration with these rules of reconciliation.
fn with(reconcile: &str) -> String {
    format!("{}\n[reconcile]\n{reconcile}\n", settings("MILL"))
}

/// Own rules: this one, and what they propose.
fn own(rules: &str) -> String {
    with(&format!("rules = '''\n{rules}'''"))
}

/// The same reference and amount, within so many days, under this name.
fn exact(name: &str, days: u32) -> String {
    format!(
        "[[rule]]\nname = \"{name}\"\nsays = \"{{reference}} agrees, paid {{when}}\"\n\
         how.quoted = {{ days = {{ after = {days} }}, length_min = 6 }}\n"
    )
}

/// 120.50 that quotes the one of two accounts it pays, and 30.00 of a third that comes ten days
/// late.
async fn shown(url: &str) -> Town {
    let town = Town::of(url).await;
    let rows = [
        paid("CT", &ct(4), "BANK", "95.50").on(april(20)),
        paid("CT", &ct(5), "BANK", "25.00").on(april(20)),
        paid("CT", &ct(6), "BANK", "30.00").on(april(10)),
    ];
    town.took("monday.csv", &receipts(&rows)).await;
    let says = [4, 6].map(|n| format!("FPI {}", ct(n)));
    town.took("s1.sta", &statement(1, 0, 20, &[(12_050, &says[0]), (3_000, &says[1])])).await;
    town
}

on_both! {
    /// The careful preset leaves a payment of two accounts to a person; the default matches it.
    async fn a_council_chooses_a_preset(url: &str) {
        let town = shown(url).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![("early-or-late".to_owned(), 1)], 1));
        let version = town.books.configure(&with("preset = \"default\""), april(20)).await.unwrap();
        assert_eq!(town.reconciled().await, (vec![("joint".to_owned(), 1)], vec![]));
        assert_eq!((town.at("clearing:bank").await, town.at("fund:CT").await), (0, -15_050));
        let kept = async |pence: i64| {
            let shown = town.books.bank_day("main", april(20)).await.unwrap().facts.lines;
            let line = shown.iter().find(|line| line.amount_pence.get() == pence).unwrap().line;
            let set = town.books.explain_line(line).await.unwrap().explanations.remove(0).set;
            (set.rule, set.config_version)
        };
        assert_eq!(kept(12_050).await, ("joint".to_owned(), Some(version)));
        assert_eq!(kept(3_000).await, ("early-or-late".to_owned(), Some(version - 1)));
        town.proved().await;
    }

    /// Own rules stand in the place of the preset: what none of them matches is left, and what
    /// they say is the reason.
    async fn a_council_gives_its_own_rules(url: &str) {
        let town = shown(url).await;
        let document = own(&exact("ours", 9));
        town.books.configure(&document, april(20)).await.unwrap();
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules, left.len()), (vec![], 2), "ten days are one too many");
        let version = town.books.configure(&own(&exact("ours", 10)), april(20)).await.unwrap();
        assert_eq!(town.reconciled().await.0, [("ours".to_owned(), 1)]);
        let set = {
            let shown = town.books.bank_day("main", april(20)).await.unwrap().facts.lines;
            let line = shown.iter().find(|line| line.amount_pence.get() == 3_000).unwrap().line;
            town.books.explain_line(line).await.unwrap().explanations.remove(0).set
        };
        assert_eq!(set.reason, format!("{} agrees, paid 10 days later", ct(6)));
        assert_eq!((&*set.rule, set.config_version), ("ours", Some(version)));
        let in_force = town.books.reconcile_rules(None).await.unwrap();
        assert_eq!((in_force.version, in_force.preset), (Some(version), None));
        assert_eq!(in_force.text, exact("ours", 10));
        town.proved().await;
    }

    /// Each fault names the rule and says what would be right, and nothing changes.
    async fn rules_that_would_guess_are_refused(url: &str) {
        let town = shown(url).await;
        let guess = "[[rule]]\nname = \"guess\"\nsays = \"x\"\n";
        for (wrong, why) in [
            (with("preset = \"bold\""), "there is no preset `bold`; default or careful would be right"),
            (with("preset = \"careful\"\nrules = \"\""), "say one of them"),
            (own(""), "line 1: there is no rule"),
            (own(&format!("{guess}how.same_amount = {{ days = {{ after = 5 }}, candidates_max = 1 }}\n")),
                "rule `guess` may only propose: an amount and a date are no reason to match; write then = \"propose\""),
            (own(&format!("{guess}how.other_amount.days.after = 5\n")), "rule `guess` may only propose"),
            (own(&format!("{guess}how.joint = {{ days = {{ after = 5 }}, edits = 1 }}\n")), "rule `guess` may only propose"),
            (own(&format!("{guess}how.net_of_fee = {{ days = {{ after = 5 }}, batches_min = 5, basis_points_max = 500 }}\n")),
                "rule `guess` may only propose: a fee is posted from the settlement"),
            (own(&format!("{guess}how.typo = {{ days = {{ after = 5 }}, edits = 1, length_min = 4 }}\n")),
                "rule `guess` may only propose: length_min = 4 is too little for a match"),
            (own(&exact("a", 5).replace("length_min = 6", "length_min = 5")), "write length_min = 6 or more, or then = \"propose\""),
            (own(&format!("{}{}", exact("a", 5), exact("a", 6))), "line 5: two rules are called `a`"),
            (own(&exact("by hand", 5)), "rule `by hand`: that name is what the program calls"),
            (own(&exact("a", 400)), "rule `a`: days.after = 400 should be from 0 to 366"),
        ] {
            let refused = town.books.configure(&wrong, april(20)).await.unwrap_err();
            assert!(refused.is_bad_input() && refused.to_string().contains(why), "{refused} for {why}");
        }
        assert_eq!(town.reconciled().await.0, [("early-or-late".to_owned(), 1)]);
    }

    /// A report by rule does not mix a council's rule with a match of the program's own.
    async fn names_of_the_programs_own_are_refused(url: &str) {
        let town = shown(url).await;
        let mut taken_as_free = Vec::new();
        for name in [
            "by hand", "refund paid", "refund came back", "undone by the provider",
            "suspense returned to payer",
        ] {
            match town.books.configure(&own(&exact(name, 5)), april(20)).await {
                Ok(_) => taken_as_free.push(name),
                Err(refused) => {
                    let why = format!("rule `{name}`: that name is what the program calls");
                    assert!(refused.is_bad_input() && refused.to_string().contains(&why), "{refused}");
                }
            }
        }
        assert_eq!(taken_as_free, Vec::<&str>::new());
    }

    /// What a preset gives to go on from is what a configuration takes, and matches the same.
    async fn a_preset_is_a_beginning(url: &str) {
        let town = shown(url).await;
        for name in ["careful", "default"] {
            let text = town.books.reconcile_rules(Some(name)).await.unwrap().text;
            let document = own(&text);
            town.books.configure(&document, april(20)).await.unwrap();
            let tried = town.books.try_rules(&text, (april(1), april(20)), 9).await.unwrap();
            assert_eq!((tried.differing, &tried.now), (0, &tried.then), "{name}");
        }
        assert!(town.books.reconcile_rules(Some("bold")).await.unwrap_err().is_bad_input());
        let fresh = super::ereturns::another(url);
        let none = Town::of(&fresh.url).await;
        let careful = none.books.reconcile_rules(None).await.unwrap();
        assert_eq!((careful.version, careful.preset.as_deref()), (Some(1), Some("careful")));
    }

    /// On money of the last weeks, whatever became of it since, and without a trace.
    async fn rules_are_tried_on_what_was(url: &str) {
        let town = shown(url).await;
        town.reconciled().await;
        let days = (april(1), april(20));
        let default = town.books.reconcile_rules(Some("default")).await.unwrap().text;
        let before = (counts(url), town.balances().await);
        // What is open the preset would match; what is matched it matches as it was.
        let tried = town.books.try_rules(&default, days, 9).await.unwrap();
        assert_eq!((tried.lines, tried.same, tried.differing), (2, 1, 1));
        assert_eq!(tried.now, [("early-or-late".to_owned(), 1)].into());
        let [one] = tried.differences.as_slice() else { panic!("{tried:?}") };
        assert_eq!((one.line.amount.get(), &one.stands, &one.now, one.agrees), (12_050, &None, &None, None));
        let then = one.then.as_ref().unwrap();
        assert_eq!((&*then.rule, then.expected.len(), &then.lines), ("joint", 2, &vec![one.line.id]));
        // Stricter rules would have left what a rule matched.
        let strict = exact("ours", 5);
        let tried = town.books.try_rules(&strict, days, 9).await.unwrap();
        let [one] = tried.differences.as_slice() else { panic!("{tried:?}") };
        assert_eq!((one.stands.as_deref(), one.then.is_none()), (Some("early-or-late"), true));
        assert_eq!(one.now.as_ref().unwrap().rule, "early-or-late");
        // No line of other days is told of; all are counted, few are named.
        let none = town.books.try_rules(&strict, (april(1), april(19)), 9).await.unwrap();
        assert_eq!((none.lines, none.differing), (0, 0));
        let few = town.books.try_rules(&strict, days, 0).await.unwrap();
        assert_eq!((few.differing, few.differences.len()), (1, 0));
        for (text, days, why) in [
            (&*strict, (april(2), april(1)), "is no span"),
            (&strict, (april(1), april(1) + chrono::Days::new(92)), "is no span"),
            ("", days, "there is no rule"),
        ] {
            let refused = town.books.try_rules(text, days, 9).await.unwrap_err();
            assert!(refused.is_bad_input() && refused.to_string().contains(why), "{refused}");
        }
        assert_eq!((counts(url), town.balances().await), before, "nothing is written");
    }

    /// What a person matched, also from suspense, says whether the rules would have been right.
    async fn rules_are_held_against_what_people_did(url: &str) {
        let town = shown(url).await;
        town.reconciled().await;
        let line = town.open_line(12_050).await.id;
        town.books.close_day(april(20)).await.unwrap();
        town.clock.to_april(21);
        let default = town.books.reconcile_rules(Some("default")).await.unwrap().text;
        let days = (april(1), april(21));
        let tried = town.books.try_rules(&default, days, 9).await.unwrap();
        let [one] = tried.differences.as_slice() else { panic!("{tried:?}") };
        assert_eq!((one.stands.as_deref(), one.agrees), (Some("day close: to suspense"), None));
        let proposed = town.books.bank_day("main", april(20)).await.unwrap().proposals;
        let mark = proposed[&line][0].mark.clone();
        town.books.accept_proposal(line, 1, &mark, "they rang").await.unwrap();
        let tried = town.books.try_rules(&default, days, 9).await.unwrap();
        let [one] = tried.differences.as_slice() else { panic!("{tried:?}") };
        assert_eq!((one.line.id, one.stands.as_deref(), one.agrees), (line, Some("by hand"), Some(true)));
        // What a rule of the bank's, and not of the engine, explains is not among it.
        town.took("s2.sta", &statement(2, 15_050, 21, &[(-40_000, "SWEEP TO DEPOSIT")])).await;
        town.reconciled().await;
        assert_eq!(town.books.try_rules(&default, days, 9).await.unwrap().lines, 2);
        town.proved().await;
    }

    /// Lines that quote nothing of ours: a rule for them is seen at work before it is in force,
    /// and then takes what is still open.
    async fn a_configuration_is_tried_on_what_was_and_on_what_is_open(url: &str) {
        let town = shown(url).await;
        let lines = [(25, "GROSS INTEREST TO 31MAR"), (-150, "CHARGES MARCH"), (-40, "GROSS INTEREST")];
        town.took("s2.sta", &statement(2, 15_050, 20, &lines)).await;
        let (rules, left) = town.reconciled().await;
        assert_eq!((rules.len(), left.len()), (2, 3));
        assert_eq!(town.books.try_next_run(9).await.unwrap().explained, 0, "a run was just made");
        let interest = "[[bank_rule]]\nname = \"Interest\"\nto = \"outside:interest\"\nwhen = [[\
            { field = \"narrative\", is = \"contains\", value = \"INTEREST\" }, \
            { field = \"amount\", is = \"greater-than\", value = \"0.00\" }]]\n";
        let moved = settings("MILL").replace("to = \"fees:bank\"", "to = \"fees:other\"");
        let document = format!("{moved}\n{interest}\n[reconcile]\npreset = \"default\"\n");
        let before = (counts(url), town.balances().await);
        let days = (april(1), april(20));
        let tried = town.books.try_configuration(&document, days, 9).await.unwrap();
        let ruled: Vec<_> = tried.bank_rules.differences.iter().map(|one| {
            let to = |to: &Option<(String, String)>| to.as_ref().map(|(_, to)| to.clone());
            (one.line.amount.get(), one.stands.clone(), to(&one.now), to(&one.then))
        }).collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(ruled, [
            (25, None, None, some("outside:interest")),
            (-150, some("Charge"), some("fees:bank"), some("fees:other")),
        ]);
        assert_eq!(tried.bank_rules.then["Interest"], (1, ims_money::Pence::new(25)));
        assert!(!tried.bank_rules.now.contains_key("Interest"));
        assert_eq!(tried.rules.differing, 1, "the payment of two accounts");
        let next: Vec<_> = tried.next.first.iter().map(|one| (one.line.amount.get(), one.rule.as_str())).collect();
        assert_eq!((tried.explained_now, tried.next.lines, tried.next.explained), (0, 3, 2));
        assert_eq!(tried.otherwise, 2);
        assert_eq!(next, [(12_050, "joint"), (25, "Interest")]);
        assert_eq!((counts(url), town.balances().await), before, "nothing is written");
        // Once it is in force, the next run does what was said.
        town.books.configure(&document, april(20)).await.unwrap();
        assert_eq!(town.books.try_next_run(9).await.unwrap(), tried.next);
        let few = town.books.try_next_run(1).await.unwrap();
        assert_eq!((few.explained, few.first.len()), (2, 1));
        let done = town.books.reconcile().await.unwrap();
        assert_eq!((done.explained, &done.by_rule), (2, &tried.next.by_rule));
        assert_eq!(town.at("outside:interest").await, -25);
        for (document, days, why) in [
            ("", days, "does not read"),
            (&document.replace("Interest", "by hand"), days, "that name is what the program calls"),
            (&document, (april(2), april(1)), "is no span"),
        ] {
            let refused = town.books.try_configuration(document, days, 9).await.unwrap_err();
            assert!(refused.is_bad_input() && refused.to_string().contains(why), "{refused}");
        }
        town.proved().await;
    }

    /// A trial counts as a run does: a transfer between two accounts is two lines that come to
    /// nothing, one whose other side is not there is none, and the other side may be shown days
    /// later.
    async fn a_trial_counts_transfers_as_a_run_does(url: &str) {
        let town = Town::of(url).await;
        let main = [(-40_000, "TFR SAVINGS"), (-500, "TFR SAVINGS NEVER CAME"), (-150, "CHARGES MARCH")];
        town.took("m1.sta", &statement(1, 90_000, 20, &main)).await;
        town.clock.to_april(22);
        town.took("s1.sta", &statement_of("87654321", 1, 0, 22, &[(40_000, "FROM MAIN")])).await;
        let document = settings("MILL").replace("to = \"fees:bank\"", "to = \"fees:other\"");
        let ruled = |tried: ConfigurationTried| (tried.bank_rules.now, tried.bank_rules.then, tried.bank_rules.differing);
        let days = (april(20), april(22));
        let before = ruled(town.books.try_configuration(&document, days, 9).await.unwrap());
        let done = town.books.reconcile().await.unwrap();
        assert_eq!(done.by_rule["To savings"], (2, Pence::ZERO));
        assert_eq!(before, (done.by_rule.clone(), done.by_rule.clone(), 1));
        let after = ruled(town.books.try_configuration(&document, days, 9).await.unwrap());
        assert_eq!(after, before);
        // Of one day alone: what a run explained of it.
        let (now, ..) = ruled(town.books.try_configuration(&document, (april(20), april(20)), 9).await.unwrap());
        assert_eq!(now["To savings"], (1, Pence::ZERO));
        let (now, ..) = ruled(town.books.try_configuration(&document, (april(22), april(22)), 9).await.unwrap());
        assert_eq!(now.into_iter().collect::<Vec<_>>(), [("To savings".to_owned(), (1, Pence::ZERO))]);
        town.proved().await;
    }
}
