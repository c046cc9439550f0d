//! What may be done with an e-return, when, and by whom.

use super::*;

on_both! {
    /// W39: not by who made, saved, corrected or submitted any version of it.
    async fn nobody_approves_what_they_had_a_hand_in(url: &str) {
        let town = with_templates(url).await;
        let both = ["income-officer", "income-manager"];
        let (bea, cat) = (hands(&town, "bea", &both).await, hands(&town, "cat", &both).await);
        let (dot, mia) = (hands(&town, "dot", &both).await, mia(&town).await);
        // Bea makes it, Cat saves it, Dot submits it, Mia corrects it.
        let made = bea.create_ereturn(&new("LIB")).await.unwrap();
        cat.save_ereturn(made.id, 1, &rooms(1_200, 120)).await.unwrap();
        dot.submit_ereturn(made.id, 2).await.unwrap();
        mia.correct_ereturn(made.id, 2, &rooms(1_300, 130)).await.unwrap();
        for (books, name) in [(&bea, "bea"), (&cat, "cat"), (&dot, "dot"), (&mia, "mia")] {
            let why = sentence(approved(books, made.id).await);
            assert_eq!(why, format!("{name} had a hand in R1 and so cannot approve it"));
        }
        let why = sentence(town.books.approve_ereturns(&[ToApprove { id: made.id, version: None }], Bulk::Each).await);
        assert_eq!(why, "system:test may not approve e-returns");
        assert_eq!(town.at("clearing:slip").await, 0);
        let max = hands(&town, "max", &["income-manager"]).await;
        assert_eq!(approved(&max, made.id).await.unwrap().rows.get(), 1_300);
        town.proved().await;
    }

    /// W39: an approver's correction is balanced again, and is of amounts alone.
    async fn a_correction_is_checked_as_what_was_submitted(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let made = submitted(&ann, "LIB", &mixed()).await;
        let why = sentence(ann.save_ereturn(made.id, 2, &mixed()).await);
        assert_eq!(why, "R1: an e-return that is submitted cannot be changed by its preparer");
        let mut wrong = mixed();
        wrong.rows[0].amount = Pence::new(1_300);
        let why = sentence(mia.correct_ereturn(made.id, 2, &wrong).await);
        assert!(why.starts_with("R1 cannot stand as submitted: total: the rows come to 43.00"), "{why}");
        let mut other = mixed();
        other.rows[1].reference = "PN654321".to_owned();
        let why = sentence(mia.correct_ereturn(made.id, 2, &other).await);
        assert!(why.contains("only amounts are corrected"), "{why}");
        wrong.card_machines[0].amount = Pence::new(800);
        let saved = mia.correct_ereturn(made.id, 2, &wrong).await.unwrap();
        assert_eq!((saved.version, saved.status), (3, EReturnStatus::Submitted));
        town.proved().await;
    }

    /// Appendix (g): submit, update, delete and approve in each state.
    async fn each_state_refuses_what_it_does_not_allow(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let max = hands(&town, "max", &["income-manager"]).await;
        let made = ann.create_ereturn(&new("LIB")).await.unwrap();
        let id = made.id;
        let may_not = |status: &str, step: &str| format!("R1: an e-return that is {status} cannot be {step}");
        let why = sentence(approved(&mia, id).await);
        assert_eq!(why, may_not("new", "approved"));
        assert_eq!(sentence(mia.return_ereturn(id, "no").await), may_not("new", "returned for correction"));
        assert_eq!(
            sentence(mia.correct_ereturn(id, 1, &mixed()).await),
            may_not("new", "corrected by an approver")
        );
        ann.save_ereturn(id, 1, &mixed()).await.unwrap();
        ann.submit_ereturn(id, 2).await.unwrap();
        mia.return_ereturn(id, "which room was it?").await.unwrap();
        assert_eq!(sentence(approved(&mia, id).await), may_not("returned for correction", "approved"));
        let put_right = Takings { narrative: "the large room".to_owned(), ..mixed() };
        let saved = ann.save_ereturn(id, 2, &put_right).await.unwrap();
        assert_eq!((saved.version, saved.status), (3, EReturnStatus::Returned));
        ann.submit_ereturn(id, 3).await.unwrap();
        approved(&mia, id).await.unwrap();
        let rows = ["entry", "ereturn_version", "ereturn_step"].map(|table| count(url, table));
        // Nothing changes after the approval.
        assert_eq!(sentence(ann.save_ereturn(id, 3, &mixed()).await), may_not("approved", "changed by its preparer"));
        assert_eq!(sentence(ann.submit_ereturn(id, 4).await), may_not("approved", "submitted"));
        assert_eq!(sentence(mia.return_ereturn(id, "oh").await), may_not("approved", "returned for correction"));
        assert_eq!(sentence(mia.void_ereturn(id, "oh").await), may_not("approved", "voided"));
        assert_eq!(
            sentence(mia.correct_ereturn(id, 3, &mixed()).await),
            may_not("approved", "corrected by an approver")
        );
        let why = sentence(approved(&max, id).await);
        assert_eq!(why, "R1 was approved by mia on 20/04/2026 09:00 UTC");
        assert_eq!(["entry", "ereturn_version", "ereturn_step"].map(|table| count(url, table)), rows);
        let view = ann.ereturn(id).await.unwrap();
        let steps: Vec<_> = view.steps.iter().map(|s| (s.step.as_str(), s.version, s.by.as_str(), s.reason.as_str())).collect();
        assert_eq!(steps, [
            ("submitted", 2, "ann", ""),
            ("returned", 2, "mia", "which room was it?"),
            ("submitted", 3, "ann", ""),
        ]);
        let approval = view.approval.unwrap();
        assert_eq!((approval.submitted_by.as_str(), approval.approved_by.as_str()), ("ann", "mia"));
        assert_eq!(view.versions.len(), 3);
        assert_eq!(view.takings.narrative, "the large room");
        town.proved().await;
    }

    /// W40: a void is a step of its own and no approval; its number is not given again.
    async fn a_void_is_kept_as_a_void(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let made = submitted(&ann, "LIB", &mixed()).await;
        let why = mia.void_ereturn(made.id, " ").await.unwrap_err();
        assert_eq!(why.to_string(), "say why: a reason is needed");
        mia.void_ereturn(made.id, "declared twice").await.unwrap();
        assert!(mia.void_ereturn(made.id, "declared twice").await.unwrap().before);
        let view = ann.ereturn(made.id).await.unwrap();
        assert_eq!((view.status, view.approval), (EReturnStatus::Void, None));
        let last = view.steps.last().unwrap();
        assert_eq!((last.step.as_str(), last.by.as_str(), last.reason.as_str()), ("voided", "mia", "declared twice"));
        assert!(sentence(approved(&mia, made.id).await).contains("that is void cannot be approved"));
        assert_eq!(ann.create_ereturn(&new("LIB")).await.unwrap().number, "R2");
        assert_eq!(count(url, "ereturn_approval"), 0);
        town.proved().await;
    }

    /// W22: the second of two editors is told, and loses nothing of the first's.
    async fn of_two_editors_the_second_is_told(url: &str) {
        let town = with_templates(url).await;
        let (ann, bob) = (ann(&town).await, hands(&town, "bob", &["cashier"]).await);
        let made = ann.create_ereturn(&new("LIB")).await.unwrap();
        ann.save_ereturn(made.id, 1, &rooms(1_200, 120)).await.unwrap();
        let why = sentence(bob.save_ereturn(made.id, 1, &rooms(900, 90)).await);
        assert_eq!(
            why,
            "R1 was saved by ann on 20/04/2026 09:00 UTC: it is at version 2, you have seen 1; look at it again"
        );
        let why = sentence(bob.submit_ereturn(made.id, 1).await);
        assert!(why.contains("it is at version 2, you have seen 1"), "{why}");
        assert_eq!(ann.ereturn(made.id).await.unwrap().takings, rooms(1_200, 120));
        // What an approver has not seen is not approved either.
        ann.submit_ereturn(made.id, 2).await.unwrap();
        let which = [ToApprove { id: made.id, version: Some(1) }];
        let done = mia(&town).await.approve_ereturns(&which, Bulk::Each).await.unwrap().remove(0).1;
        assert!(sentence(done).contains("you have seen 1"));
        town.proved().await;
    }

    async fn the_same_again_changes_nothing(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let keyed = NewEReturn { key: Some("form 1".to_owned()), ..new("LIB") };
        let made = ann.create_ereturn(&keyed).await.unwrap();
        assert_eq!(ann.create_ereturn(&keyed).await.unwrap(), MadeEReturn { before: true, ..made.clone() });
        let other = NewEReturn { template: "POOL".to_owned(), ..keyed };
        assert_eq!(sentence(ann.create_ereturn(&other).await), "`form 1` was used before for something else");
        let saved = ann.save_ereturn(made.id, 1, &mixed()).await.unwrap();
        let again = ann.save_ereturn(made.id, 1, &mixed()).await.unwrap();
        assert_eq!(again, ims_app::SavedEReturn { before: true, ..saved });
        assert!(!ann.submit_ereturn(made.id, 2).await.unwrap().before);
        assert!(ann.submit_ereturn(made.id, 2).await.unwrap().before);
        let done = approved(&mia, made.id).await.unwrap();
        let tables = ["ereturn", "ereturn_version", "ereturn_step", "entry", "receipt", "audit_event"];
        let before = tables.map(|table| count(url, table));
        let again = approved(&mia, made.id).await.unwrap();
        assert_eq!((again.before, again.receipt), (true, done.receipt));
        assert_eq!(tables.map(|table| count(url, table)), before);
        town.proved().await;
    }

    /// W2: many at once, and never a part of one.
    async fn many_are_approved_all_or_each(url: &str) {
        let town = with_templates(url).await;
        let (ann, mia) = (ann(&town).await, mia(&town).await);
        let mut made = Vec::new();
        for pence in [600, 1_200, 1_800] {
            made.push(submitted(&ann, "LIB", &rooms(pence, u32::try_from(pence / 10).unwrap())).await);
        }
        let open = ann.create_ereturn(&new("LIB")).await.unwrap();
        let which: Vec<_> =
            made.iter().chain([&open]).map(|one| ToApprove { id: one.id, version: None }).collect();
        for (wrong, why) in [
            (vec![], "name 1 to 100 e-returns".to_owned()),
            (vec![which[0], which[0]], format!("e-return {} is named twice", which[0].id)),
        ] {
            assert_eq!(mia.approve_ereturns(&wrong, Bulk::All).await.unwrap_err().to_string(), why);
        }
        let before = (count(url, "entry"), count(url, "audit_event"), count(url, "paying_in_slip"));
        let results = mia.approve_ereturns(&which, Bulk::All).await.unwrap();
        let told: Vec<_> = results.into_iter().map(|(_, done)| sentence(done)).collect();
        let others = "not approved: 1 of the 4 asked for cannot be";
        assert_eq!(told, [others, others, others, "R4: an e-return that is new cannot be approved"]);
        assert_eq!((count(url, "entry"), count(url, "audit_event"), count(url, "paying_in_slip")), before);
        let results = mia.approve_ereturns(&which, Bulk::Each).await.unwrap();
        let slips: Vec<_> = results.iter().map(|(_, done)| done.as_ref().map(|done| done.slips.clone()).unwrap_or_default()).collect();
        assert_eq!(slips, [vec!["PS000001"], vec!["PS000002"], vec!["PS000003"], vec![]]);
        assert_eq!(town.at("clearing:slip").await, 3_600);
        town.proved().await;
    }

    async fn who_has_to_do_with_e_returns_may_write_notes_on_them(url: &str) {
        let town = with_templates(url).await;
        let made = ann(&town).await.create_ereturn(&new("LIB")).await.unwrap();
        for (role, may) in [
            ("income-officer", true),
            ("income-manager", true),
            ("cashier", true),
            ("auditor", false),
            ("service-staff", false),
            ("administrator", false),
        ] {
            let done = hands(&town, role, &[role]).await.note_ereturn(made.id, " a note ").await;
            assert_eq!(done.is_ok(), may, "{role}: {done:?}");
        }
        let view = ann(&town).await.ereturn(made.id).await.unwrap();
        let notes: Vec<_> = view.notes.iter().map(|note| (note.by.as_str(), note.note.as_str())).collect();
        assert_eq!(notes, [("income-officer", "a note"), ("income-manager", "a note"), ("cashier", "a note")]);
        town.proved().await;
    }

    async fn a_disabled_template_makes_no_more(url: &str) {
        let town = with_templates(url).await;
        let off = (settings("MILL") + TEMPLATES).replace("slips = \"apart\"", "disabled = true");
        town.books.configure(&off, april(1)).await.unwrap();
        let ann = ann(&town).await;
        let codes: Vec<_> = ann.ereturn_templates().await.unwrap().into_iter().map(|t| t.code.to_string()).collect();
        assert_eq!(codes, ["LIB"]);
        assert_eq!(
            sentence(ann.create_ereturn(&new("POOL")).await),
            "template POOL is disabled: nothing is declared on it"
        );
        let why = ann.create_ereturn(&new("NONE")).await.unwrap_err();
        assert_eq!(why.to_string(), "there is no e-return template `NONE`");
        assert_eq!(count(url, "ereturn"), 0);
        town.proved().await;
    }
}
