//! People, what they may do, and who is signed in.

use ims_store::{PersonRow, SessionRow};
use ims_testkit::on_both;

use super::made::{self, at, day, person, session};

on_both! {
    async fn people_serve_councils_in_roles(url: &str) {
        let (store, council) = made::store(url).await;
        let (jo, al) = (person("jo"), PersonRow { demo: false, ..person("Al") });
        let mut tx = store.begin().await.unwrap();
        let other = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap();
        for row in [&jo, &al] {
            tx.add_person(row, at(0)).await.unwrap();
        }
        for (of, who, role) in [(council, &jo, "cashier"), (council, &jo, "Approver"), (council, &jo, "cashier"), (other.id, &jo, "auditor"), (council, &al, "cashier")] {
            tx.grant(of, who.id, role, "system:test", at(0)).await.unwrap();
        }
        assert_eq!(tx.roles(council, jo.id).await.unwrap(), ["Approver", "cashier"]);
        assert_eq!(tx.roles(other.id, jo.id).await.unwrap(), ["auditor"]);
        assert_eq!(tx.roles(other.id, al.id).await.unwrap(), [""; 0]);
        let codes: Vec<_> = tx.councils_of(jo.id).await.unwrap().into_iter().map(|it| it.code).collect();
        assert_eq!(codes, ["ANY", "TWO"]);
        assert!(tx.people(council, 10).await.unwrap() == [al.clone(), jo.clone()]);
        assert!(tx.people(council, 1).await.unwrap() == std::slice::from_ref(&al));
        assert!(tx.people(other.id, 10).await.unwrap() == std::slice::from_ref(&jo));
        assert!(tx.person("jo").await.unwrap() == Some(jo));
        assert!(tx.person("JO").await.unwrap().is_none());
    }

    async fn sessions_begin_are_seen_and_end(url: &str) {
        let (store, _) = made::store(url).await;
        let jo = person("jo");
        let (one, two) = (session(&jo, b"one"), session(&jo, b"two"));
        let mut tx = store.begin().await.unwrap();
        tx.add_person(&jo, at(0)).await.unwrap();
        tx.add_session(&one).await.unwrap();
        tx.add_session(&two).await.unwrap();
        tx.seen(b"one", at(60)).await.unwrap();
        let seen = SessionRow { seen_at: at(60), ..one };
        assert_eq!(tx.session(b"one").await.unwrap(), Some(seen));
        tx.end_session(b"one").await.unwrap();
        assert_eq!(tx.session(b"one").await.unwrap(), None);
        assert_eq!(tx.session(b"two").await.unwrap(), Some(two));
        assert_eq!(tx.session(b"").await.unwrap(), None);
    }

    /// One question says what the questions one by one say.
    async fn who_is_signed_in_is_known_with_all_they_are(url: &str) {
        let (store, council) = made::store(url).await;
        let (jo, al) = (person("jo"), person("al"));
        let mut tx = store.begin().await.unwrap();
        let two = tx.add_council("TWO", "Twoborough", at(0)).await.unwrap();
        for row in [&jo, &al] {
            tx.add_person(row, at(0)).await.unwrap();
            tx.add_session(&session(row, row.username.as_bytes())).await.unwrap();
        }
        for (of, who, role) in [(two.id, &jo, "auditor"), (council, &jo, "cashier"), (council, &jo, "Approver")] {
            tx.grant(of, who.id, role, "system:test", at(0)).await.unwrap();
        }
        for (kind, code) in [("office", "TOWN"), ("fund", "RENT"), ("fund", "CT")] {
            tx.add_scope(council, jo.id, (kind, code), "system:test", at(0)).await.unwrap();
        }
        for (from, document) in [(1, "first"), (20, "later"), (10, "second")] {
            tx.add_configuration(council, "Anyborough", day(from), document, "jo", at(0)).await.unwrap();
        }
        tx.seen(b"jo", at(60)).await.unwrap();
        tx.commit().await.unwrap();

        let mut tx = store.glance().await.unwrap();
        let found = tx.signed_in_as(b"jo", day(15)).await.unwrap().unwrap();
        let kept = tx.session(b"jo").await.unwrap().unwrap();
        assert_eq!((found.person, found.username.as_str(), found.name.as_str()), (jo.id, "jo", jo.name.as_str()));
        assert_eq!((&found.csrf, found.seen_at, found.expires_at), (&kept.csrf, at(60), kept.expires_at));
        assert_eq!((found.must_change, found.disabled_at), (false, None));
        let councils: Vec<_> = found.serves.iter().map(|one| one.council.clone()).collect();
        assert_eq!(councils, tx.councils_of(jo.id).await.unwrap());
        for one in &found.serves {
            assert_eq!(one.roles, tx.roles(one.council.id, jo.id).await.unwrap());
            assert_eq!(one.scopes, tx.scopes(one.council.id, jo.id).await.unwrap());
            assert_eq!(one.configuration, tx.configuration_in_force(one.council.id, day(15)).await.unwrap());
        }
        assert_eq!(found.serves[0].scopes.len(), 3);
        assert_eq!(found.serves[0].configuration.map(|(version, _)| version), Some(3));
        assert_eq!(found.serves[1].configuration, None);

        let nobodys = tx.signed_in_as(b"al", day(15)).await.unwrap().unwrap();
        assert_eq!((nobodys.person, nobodys.serves), (al.id, vec![]));
        assert_eq!(tx.signed_in_as(b"gone", day(15)).await.unwrap(), None);
    }

    async fn a_new_session_forgets_those_that_ran_out(url: &str) {
        let (store, _) = made::store(url).await;
        let jo = person("jo");
        let late = SessionRow { created_at: at(3_601), ..session(&jo, b"late") };
        let last = SessionRow { created_at: at(3_600), ..session(&jo, b"last") };
        let mut tx = store.begin().await.unwrap();
        tx.add_person(&jo, at(0)).await.unwrap();
        tx.add_session(&session(&jo, b"old")).await.unwrap();
        tx.add_session(&last).await.unwrap();
        assert!(tx.session(b"old").await.unwrap().is_some(), "it ends at that very moment");
        tx.add_session(&late).await.unwrap();
        assert_eq!(tx.session(b"old").await.unwrap(), None);
    }

    async fn who_is_barred_is_signed_out_everywhere(url: &str) {
        let (store, _) = made::store(url).await;
        let (jo, al) = (person("jo"), person("al"));
        let mut tx = store.begin().await.unwrap();
        for row in [&jo, &al] {
            tx.add_person(row, at(0)).await.unwrap();
            tx.add_session(&session(row, row.username.as_bytes())).await.unwrap();
        }
        assert!(tx.disable_person(jo.id, at(5)).await.unwrap());
        assert!(!tx.disable_person(jo.id, at(6)).await.unwrap());
        assert_eq!(tx.person("jo").await.unwrap().unwrap().disabled_at, Some(at(5)));
        assert_eq!(tx.session(b"jo").await.unwrap(), None);
        assert!(tx.session(b"al").await.unwrap().is_some());
    }
}
