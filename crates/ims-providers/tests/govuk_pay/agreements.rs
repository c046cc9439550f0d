//! Agreements: what is asked under them, and what is said of them.

use super::*;

/// An agreement as the reference page "Get a single agreement for recurring payments"
/// has it.
fn agreement(status: &str) -> String {
    format!(
        r#"{{"agreement_id":"cgc1ocvh0pt9fqs0ma67r42l58","reference":"CT-22-23-0001",
        "description":"Council tax","user_identifier":"user-3fb81107","status":"{status}",
        "created_date":"2026-07-08T14:33:00.000Z"}}"#
    )
}

pub(super) fn agreements(suite: Suite<'_>) -> Suite<'_> {
    let states = [
        ("created", AgreementState::Created),
        ("active", AgreementState::Active),
        ("inactive", AgreementState::Ended),
        ("cancelled", AgreementState::Ended),
    ];
    let suite = states.into_iter().fold(suite, |suite, (status, wanted)| {
        let reply = Reply::new(200, agreement(status));
        suite.agreed(AGREEMENTS, "cgc1ocvh0pt9fqs0ma67r42l58", reply, wanted)
    });
    suite.agreement_ended(AGREEMENTS, Reply::new(204, ""))
}

#[test]
fn money_is_taken_again_under_an_agreement() {
    let new = NewAgreement {
        reference: "CT-22-23-0001".to_owned(),
        description: "Council tax".to_owned(),
        payer_id: Some("user-3fb8".to_owned()),
    };
    let asked = pay().agree(&new, now()).unwrap();
    assert_eq!(body(&asked)["user_identifier"], "user-3fb8");
    let card = NewAgreement { payer_id: Some("4111111111111111".to_owned()), ..new };
    assert!(pay().agree(&card, now()).is_err());
    let said =
        |status: &str| pay().agreed(&Reply::new(200, agreement(status))).map(|said| said.state);
    assert_eq!(said("CREATED"), Ok(AgreementState::Created));
    assert_eq!(said("active"), Ok(AgreementState::Active));
    assert_eq!(said("cancelled"), Ok(AgreementState::Ended));
    assert!(said("dormant").is_err());

    let order = |agreeing| sent(&order().under(agreeing));
    let first = body(&order(Agreeing::SetUp("cgc1ocvh".to_owned())));
    assert_eq!(
        (&first["set_up_agreement"], &first["return_url"]),
        (&"cgc1ocvh".into(), &"https://council.example/back".into())
    );
    let later = body(&order(Agreeing::Use("cgc1ocvh".to_owned())));
    assert_eq!(
        (&later["agreement_id"], &later["authorisation_mode"]),
        (&"cgc1ocvh".into(), &"agreement".into())
    );
    assert!(later.get("return_url").is_none());

    let state = r#"{"status":"created","finished":false}"#;
    let reply = Reply::new(
        201,
        payment(state, r#","authorisation_mode":"agreement","agreement_id":"cgc1ocvh""#),
    );
    let event = pay().asked(&reply).unwrap().of(&self::order(), now()).unwrap();
    let Heard::Accepted { next: Some(next), .. } = event.what() else { panic!("{event:?}") };
    assert_eq!(next, &NextStep::Nothing);
    let refused = r#"{"status":"failed","finished":true,"code":"P0010","can_retry":false}"#;
    let event =
        pay().looked(&Reply::new(200, payment(refused, ""))).unwrap().of(&self::order(), now());
    assert!(matches!(event.unwrap().what(), Heard::Refused { again: ims_pay::Again::MustNot, .. }));
}
