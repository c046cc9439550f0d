use ims_app::{Actor, App, AppError, NewPerson, PersonView, Result, Role};

const PEOPLE: [(&str, &str, Role); 3] = [
    ("demo-officer", "Demo Officer", Role::IncomeOfficer),
    ("demo-auditor", "Demo Auditor", Role::Auditor),
    ("demo-cashier", "Demo Cashier", Role::Cashier),
];

/// Adds the people of the demo that are missing to each council, and prints
/// their passwords, which are kept nowhere.
///
/// # Errors
///
/// [`AppError::BadInput`] when there is no council to add them to.
pub(crate) async fn seed_demo(app: &App) -> Result<()> {
    let councils = app.councils().await?;
    if councils.is_empty() {
        let what = "the database is empty; run `ims demo` first and serve its database with \
                    `ims-server --demo --data sqlite:ims-demo/ims.db`";
        return Err(AppError::BadInput(what.to_owned()));
    }
    let mut all = Vec::new();
    for council in councils {
        let books = app.books(Some(&council.code), Actor::system("demo")).await?;
        let there = books.people().await?;
        all.push((books, there));
    }
    for (username, name, role) in PEOPLE {
        let is_one = |person: &PersonView| person.username == username;
        let mut is_known = all.iter().any(|(_, there)| there.iter().any(is_one));
        for (books, _) in all.iter().filter(|(_, there)| !there.iter().any(is_one)) {
            let password = password(app);
            let new = NewPerson { username, name, password: &password, roles: &[role], demo: true };
            books.add_person(&new).await?;
            // Who is known already keeps their password and is given a role only.
            if !is_known {
                println!("{username}: {password}");
            }
            is_known = true;
        }
    }
    Ok(())
}

/// Twenty letters: about 90 bits.
fn password(app: &App) -> String {
    let bytes: [u8; 20] = app.world().bytes();
    let letter = |byte: u8| char::from(b'a'.saturating_add(byte.checked_rem(26).unwrap_or(0)));
    bytes.into_iter().map(letter).collect()
}
