//! A council with a day's books, and a server over them.

use std::{net::SocketAddr, sync::Arc};

use ims_app::{
    Actor, App, AppError, Clock, HolderPatch, Imported, NewFile, NewPayment, NewPerson,
    NewSuspenseItem, PaymentLine, Role, Store, World, configuration,
};
use ims_ledger::{
    Through,
    id::{LineId, SuspenseId},
};
use ims_money::Pence;
use ims_web::{Config, Server, Site};
use tokio::sync::oneshot;

use super::client::Client;

pub const PASSWORD: &str = "correct horse battery staple";

/// Receipts in the file that find their account, and rows that do not.
pub const PLACED: usize = 55;
pub const LOST: usize = 53;

/// Quoted by a bank line.
pub const REFERENCE: &str = "80000001";

const FUNDS: &str = r#"
[[fund]]
code = "CT"
name = "Council tax"
vat = "O"
find_in_text = true
reference = { min_length = 8, max_length = 8, characters = "numeric", regex = "^8" }

[[fund]]
code = "HR"
name = "Housing rents"
vat = "O"
reference = { min_length = 10, max_length = 10, characters = "numeric", regex = "^6" }

[[bank_account]]
code = "main"
name = "General account"
sort_code = "992233"
number = "12345678"

[[expected_file]]
name = "Payments of the day"
from = "the website"
formats = ["receipts-csv"]
since = "2026-03-02"
"#;

/// Two tills of the library, and what goes into them; a difference of more than a
/// pound asks a second person.
const TILLS: &str = r#"
[[office]]
code = "LB"
name = "Library"

[[channel]]
code = "slip"
name = "Paying-in slips"

[[channel]]
code = "terminal"
name = "Card terminals"

[[method]]
code = "03"
name = "Post"
kind = "post"
channel = "till"

[[method]]
code = "12"
name = "Card at the desk"
kind = "card-staff"
channel = "terminal"

[[till]]
code = "DESK"
name = "Front desk"
office = "LB"
slip_channel = "slip"
terminal_channel = "terminal"

[[till]]
code = "HATCH"
name = "Hatch"
office = "LB"
slip_channel = "slip"

[approval]
till_difference_above_pence = 100
"#;

const STATEMENT: &str = "\
:20:ST260302\r\n\
:25:99223312345678\r\n\
:28C:1/1\r\n\
:60F:C260227GBP1000,00\r\n\
:61:2603020302C120,50NTRF80000001//B1\r\n\
:86:MR A PAYER 80000001\r\n\
:61:2603020302C75,00NTRFNONREF//B2\r\n\
:86:J SMITH FOR THE RENT\r\n\
:61:2603020302D12,34NTRFNONREF//B3\r\n\
:86:SOMETHING NOBODY KNOWS\r\n\
:62F:C260302GBP1183,16\r\n\
-\r\n";

fn receipts() -> String {
    let mut text = String::new();
    let mut row = |number: usize, reference: &str, fund: &str, amount: &str| {
        text.push_str(&format!(
            "W{number:05},,PSP{number:05},,02/03/2026 10:00:00,02/03/2026 10:00:00,\
             {reference},1,{fund},10,{amount},O,0,0.00,Online payment\n"
        ));
    };
    for at in 0..PLACED {
        row(at, &format!("{}", 80_000_100 + at), "CT", &format!("{}.25", 1_000 + at));
    }
    for at in 0..LOST {
        row(500 + at, &format!("LOST{at:03}"), "ZZ", &format!("{}.00", 10 + at));
    }
    text
}

/// A running server; it stops when this is dropped.
pub struct Served {
    pub app: App,
    pub address: SocketAddr,
    /// The bank line that a rule has explained.
    pub explained: LineId,
    _stop: oneshot::Sender<()>,
}

impl Served {
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A client that is signed in already.
    pub async fn client_of(&self, username: &str) -> Client {
        let mut client = self.client();
        let answer = client.sign_in(username, PASSWORD).await;
        assert_eq!((answer.status, answer.header("location")), (303, "/office"), "{answer:?}");
        client
    }
}

/// The council of this file at `url`, served.
pub async fn served(url: &str) -> Served {
    served_in(url, ims_edge::world(), Config::default()).await
}

pub async fn served_in(url: &str, world: World, config: Config) -> Served {
    super::log::keep();
    let app = App::new(Store::open(url).await.unwrap(), world);
    let explained = seed(&app).await;
    let (address, stop) = serve(Site::new(app.clone(), config)).await;
    Served { app, address, explained, _stop: stop }
}

/// A server over this site; it stops when the sender is dropped.
pub async fn serve(site: Site) -> (SocketAddr, oneshot::Sender<()>) {
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let address = server.address();
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(server.run(ims_web::router(&site), async {
        let _ = stopped.await;
    }));
    (address, stop)
}

/// The council's settings.
pub fn document() -> String {
    configuration::defaults("ANY", "Anyborough Council").unwrap() + FUNDS + TILLS
}

/// Makes the council; gives the bank line that a rule explains.
async fn seed(app: &App) -> LineId {
    let books = app.init(&document(), Actor::system("test")).await.unwrap();
    let other = configuration::defaults("OTHER", "Otherby District Council").unwrap();
    let other = app.init(&other, Actor::system("test")).await.unwrap();
    for (username, name, roles, demo) in [
        ("officer", "Olive Officer", [Role::IncomeOfficer], false),
        ("auditor", "Arthur Auditor", [Role::Auditor], false),
        ("cashier", "Cass Cashier", [Role::Cashier], false),
        ("second", "Sid Second", [Role::Cashier], false),
        ("manager", "Mia Manager", [Role::IncomeManager], false),
        ("demo", "Dora Demo", [Role::IncomeOfficer], true),
    ] {
        let person = NewPerson { username, name, password: PASSWORD, roles: &roles, demo };
        books.add_person(&person).await.unwrap();
    }
    let both = NewPerson {
        username: "auditor",
        name: "",
        password: "",
        roles: &[Role::Auditor],
        demo: false,
    };
    other.add_person(&both).await.unwrap();
    // By eight digits alone, which may be a date, nothing is booked.
    let holder = HolderPatch {
        fund: "CT".to_owned(),
        reference: REFERENCE.to_owned(),
        name: Some("Mr A Payer".to_owned()),
        reason: "new".to_owned(),
        ..HolderPatch::default()
    };
    books.put_holder(&holder).await.unwrap();
    let receipts = receipts();
    for (name, text) in [("receipts.csv", receipts.as_str()), ("statement.sta", STATEMENT)] {
        let bytes = text.as_bytes();
        let file = NewFile { name, bytes, format: None, accept: None, dry_run: false };
        let imported = books.import_file(file).await.unwrap();
        assert!(matches!(imported, Imported::Now(_)), "{imported:?}");
    }
    let lines = books.open_lines().await.unwrap();
    let done = books.reconcile().await.unwrap();
    assert_eq!((done.lines, done.explained), (3, 1), "{done:?}");
    lines.iter().find(|line| line.amount.get() == 12_050).unwrap().id
}

/// Takes in a file whose content says what it is.
pub async fn imported(books: &ims_app::Books, name: &str, text: &str) {
    let file = NewFile { name, bytes: text.as_bytes(), format: None, accept: None, dry_run: false };
    let imported = books.import_file(file).await.unwrap();
    assert!(matches!(imported, Imported::Now(_)), "{imported:?}");
}

/// Whose the money with the slip in its reference is.
pub const MEANT: &str = "83141592";

/// £12.34 at the counter for [`MEANT`], two of whose digits stand the wrong way round.
pub async fn nearly_quoted(served: &Served) -> SuspenseId {
    let books = served.app.books(Some("ANY"), Actor::system("test")).await.unwrap();
    let holder = HolderPatch {
        fund: "CT".to_owned(),
        reference: MEANT.to_owned(),
        name: Some("Mrs Jane Smith".to_owned()),
        balance: Some(Pence::new(1_234)),
        reason: "new".to_owned(),
        ..HolderPatch::default()
    };
    // There already, the second time.
    let held = books.put_holder(&holder).await;
    assert!(matches!(held, Ok(_) | Err(AppError::Refused(_))), "{held:?}");
    let item = NewSuspenseItem {
        channel: "till".to_owned(),
        amount: Pence::new(1_234),
        happened_on: "2026-03-02".parse().unwrap(),
        reference: "38141592".to_owned(),
        narrative: "SMITH J".to_owned(),
        method: None,
        reason: "no account holder of fund CT has `38141592`".to_owned(),
        key: None,
    };
    books.add_suspense_item(&item).await.unwrap()
}

/// So many pence of council tax that a resident pays: at which provider, by which method.
pub fn by_resident((provider, method): (&str, &str), reference: &str, pence: i64) -> NewPayment {
    NewPayment {
        provider: provider.to_owned(),
        method: method.to_owned(),
        through: Through::Portal,
        lines: vec![PaymentLine {
            fund: "CT".to_owned(),
            reference: reference.to_owned(),
            amount: Pence::new(pence),
            vat_code: None,
        }],
        payer: None,
        mail: None,
        links: Vec::new(),
        asked_with: String::new(),
        key: None,
    }
}

/// A clock that a test puts on.
pub struct Hand(pub std::sync::Mutex<chrono::DateTime<chrono::Utc>>);

impl Clock for Hand {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        *self.0.lock().unwrap()
    }
}

/// A world at noon of 3 March 2026, and its clock.
pub fn world_at_noon() -> (World, Arc<Hand>) {
    let noon = "2026-03-03T12:00:00Z".parse().unwrap();
    let clock = Arc::new(Hand(std::sync::Mutex::new(noon)));
    (World::new(clock.clone(), Arc::new(ims_edge::SystemRandom)), clock)
}
