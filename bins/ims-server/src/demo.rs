use ims_app::{Actor, App, NewPerson, PersonView, Result, Role};

const PEOPLE: [(&str, &str, Role); 3] = [
    ("demo-officer", "Demo Officer", Role::IncomeOfficer),
    ("demo-auditor", "Demo Auditor", Role::Auditor),
    ("demo-cashier", "Demo Cashier", Role::Cashier),
];

/// Receipt rows of the day that is lived in an empty database, and its seed: as
/// `ims demo` has them.
const ROWS: usize = 5_000;
const SEED: u64 = 1;

/// Makes the synthetic council in an empty database, adds the people of the
/// demo that are missing to each council, and prints their passwords, which are
/// kept nowhere.
///
/// # Errors
///
/// What the app says.
pub(crate) async fn seed_demo(app: &App) -> Result<()> {
    if app.councils().await?.is_empty() {
        println!("an empty database: a made-up council lives its first day in it");
        ims_cli::demo::seed(app.store().clone(), ROWS, SEED).await?;
    }
    let councils = app.councils().await?;
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
        if all.iter().all(|(_, there)| there.iter().any(is_one)) {
            println!("{username} is there already, with the password printed when it was made");
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
