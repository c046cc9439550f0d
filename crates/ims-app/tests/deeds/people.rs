//! Who may come in, and for how long.

use chrono::TimeDelta;
use ims_app::{AppError, NewPerson, Role};
use ims_testkit::on_both;

use super::town::Town;

const PASSWORD: &str = "correct horse battery";

fn person<'a>(username: &'a str, roles: &'a [Role]) -> NewPerson<'a> {
    NewPerson { username, name: "Pat Example", password: PASSWORD, roles, demo: false }
}

async fn with_officer(url: &str) -> Town {
    let town = Town::of(url).await;
    town.books.add_person(&person("Pat@Mill.example", &[Role::IncomeOfficer])).await.unwrap();
    town
}

fn is_wrong<T: std::fmt::Debug>(done: Result<T, AppError>) -> bool {
    matches!(done, Err(AppError::WrongPassword))
}

on_both! {
    async fn somebody_signs_in_and_out(url: &str) {
        let town = with_officer(url).await;
        let signed = town.app.sign_in(" pat@mill.example", PASSWORD, false).await.unwrap();
        assert_eq!(signed.token.len(), 64);
        let session = town.app.session(&signed.token).await.unwrap().unwrap();
        assert_eq!(session.username, "pat@mill.example");
        assert_eq!(session.councils, [town.books.council().clone()]);
        let books = town.app.books_of(&session, None).await.unwrap();
        assert!(books.open_suspense(None, 1).await.is_ok());
        assert!(books.people().await.unwrap_err().is_refusal());
        assert!(town.app.books_of(&session, Some("OTHER")).await.unwrap_err().is_bad_input());
        town.app.sign_out(&signed.token).await.unwrap();
        assert!(town.app.session(&signed.token).await.unwrap().is_none());
        assert!(town.app.session("no such token").await.unwrap().is_none());
        town.proved().await;
    }

    /// Which of name and password was wrong is not said.
    async fn a_wrong_name_and_a_wrong_password_sound_the_same(url: &str) {
        let town = with_officer(url).await;
        assert!(is_wrong(town.app.sign_in("pat@mill.example", "correct horse batterx", false).await));
        assert!(is_wrong(town.app.sign_in("pat@mill.example", "", false).await));
        assert!(is_wrong(town.app.sign_in("nobody@mill.example", PASSWORD, false).await));
        town.proved().await;
    }

    async fn somebody_barred_is_out_at_once(url: &str) {
        let town = with_officer(url).await;
        let signed = town.app.sign_in("pat@mill.example", PASSWORD, false).await.unwrap();
        town.books.disable_person("pat@mill.example").await.unwrap();
        assert!(town.app.session(&signed.token).await.unwrap().is_none());
        assert!(is_wrong(town.app.sign_in("pat@mill.example", PASSWORD, false).await));
        assert!(town.app.actor(None, "pat@mill.example").await.unwrap_err().is_bad_input());
        assert!(town.books.people().await.unwrap()[0].disabled);
        assert!(town.books.disable_person("nobody").await.unwrap_err().is_bad_input());
        town.proved().await;
    }

    async fn people_of_the_demo_come_in_there_only(url: &str) {
        let town = Town::of(url).await;
        let new = NewPerson { demo: true, ..person("demo", &[Role::Auditor]) };
        town.books.add_person(&new).await.unwrap();
        assert!(is_wrong(town.app.sign_in("demo", PASSWORD, false).await));
        assert!(town.app.sign_in("demo", PASSWORD, true).await.is_ok());
        town.proved().await;
    }

    async fn a_session_nobody_uses_ends_after_half_an_hour(url: &str) {
        let town = with_officer(url).await;
        let token = town.app.sign_in("pat@mill.example", PASSWORD, false).await.unwrap().token;
        for _ in 0..3 {
            town.clock.forward(TimeDelta::minutes(29));
            assert!(town.app.session(&token).await.unwrap().is_some());
        }
        town.clock.forward(TimeDelta::minutes(31));
        assert!(town.app.session(&token).await.unwrap().is_none());
        town.proved().await;
    }

    async fn a_session_in_use_ends_after_ten_hours(url: &str) {
        let town = with_officer(url).await;
        let token = town.app.sign_in("pat@mill.example", PASSWORD, false).await.unwrap().token;
        for _ in 0..29 {
            town.clock.forward(TimeDelta::minutes(20));
            assert!(town.app.session(&token).await.unwrap().is_some());
        }
        town.clock.forward(TimeDelta::minutes(20));
        assert!(town.app.session(&token).await.unwrap().is_none());
        town.proved().await;
    }

    async fn people_are_added_once_and_properly(url: &str) {
        let town = with_officer(url).await;
        for new in [
            NewPerson { password: "short", ..person("sam", &[Role::Cashier]) },
            person("", &[Role::Cashier]),
            person("two words", &[Role::Cashier]),
            person("sam", &[]),
        ] {
            assert!(town.books.add_person(&new).await.unwrap_err().is_bad_input());
        }
        town.books.add_person(&person("sam", &[Role::Cashier])).await.unwrap();
        let people = town.books.people().await.unwrap();
        let mut known: Vec<_> =
            people.iter().map(|one| (one.username.as_str(), one.roles.join(","))).collect();
        known.sort();
        let expected = [("pat@mill.example", "income-officer"), ("sam", "cashier")];
        assert_eq!(known, expected.map(|(name, roles)| (name, roles.to_owned())));
        town.proved().await;
    }
}
