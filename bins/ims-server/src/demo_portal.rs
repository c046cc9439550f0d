//! The portal of the demo: what residents of the made-up council can pay, at the
//! sandbox, which takes no money.

use ims_app::{Actor, App, Result, SearchHolders};
use ims_pay::Secret;

/// The made-up council.
const COUNCIL: &str = "quillhaven";

/// What the sandbox's account calls its key.
const KEY: &str = "demo-sandbox";

/// The value of a secret of the demo, which guards nothing.
pub(crate) fn secret(name: &str) -> Option<Secret> {
    (name == KEY).then(|| Secret::new("a demo's"))
}

/// What can be paid: fund, names, and what its reference is called, in English
/// and Welsh.
const ITEMS: [[&str; 5]; 4] = [
    ["CT", "Council tax", "Treth gyngor", "Council tax account number", "Rhif cyfrif treth gyngor"],
    ["HR", "Housing rent", "Rhent tai", "Rent account number", "Rhif cyfrif rhent"],
    ["LE", "Leisure membership", "Aelodaeth hamdden", "Membership number", "Rhif aelodaeth"],
    [
        "PL",
        "Planning application fee",
        "Ffi cais cynllunio",
        "Portal reference",
        "Cyfeirnod y porth",
    ],
];

/// Opens it, unless the council has settled a portal of its own.
///
/// # Errors
///
/// What the app says.
pub(crate) async fn open(app: &App) -> Result<()> {
    if !app.councils().await?.iter().any(|council| council.code == COUNCIL) {
        return Ok(());
    }
    let books = app.books(Some(COUNCIL), Actor::system("demo")).await?;
    if !books.settings().await?.council.portal.is_default() {
        return Ok(());
    }
    let mut document = books.configuration_document().await?;
    document.push_str(&format!(
        "\n[[provider]]\nname = \"sandbox\"\nkind = \"sandbox\"\nmethods = [\"WEB\"]\n\
         secrets = {{ key = \"{KEY}\" }}\n\n[portal]\nopen = true\nmethod = \"WEB\"\nwelsh = true\n\
         help = {{ en = \"This is a demo: no money is taken. The pence of the total decide what \
         happens: .01 is refused, .02 cancelled, .05 never ends, most others are paid.\", \
         cy = \"Arddangosiad yw hwn: ni chymerir arian. Ceiniogau'r cyfanswm sy'n penderfynu beth \
         sy'n digwydd: gwrthodir .01, canslir .02, nid yw .05 byth yn gorffen, telir y rhan fwyaf o'r lleill.\" }}\n"
    ));
    for [fund, english, welsh, reference, cyfeirnod] in ITEMS {
        let search = SearchHolders { fund: Some(fund.to_owned()), ..SearchHolders::default() };
        let holders = books.find_holders(&search, None, 50).await?;
        // Somebody a visitor of the demo can pay for.
        let owing = |row: &&ims_app::HolderRow| {
            row.stop.is_none() && row.balance.is_some_and(|owed| owed.is_positive())
        };
        let holder = holders.iter().find(owing).or(holders.first());
        let example = match holder {
            Some(row) => format!("example = \"{}\"\nshow_balance = true\n", row.reference),
            None if fund == "PL" => "example = \"PP-12345678\"\n".to_owned(),
            None => String::new(),
        };
        document.push_str(&format!(
            "[[portal.item]]\nfund = \"{fund}\"\nlabel = {{ en = \"{english}\", cy = \"{welsh}\" }}\n\
             reference = {{ en = \"{reference}\", cy = \"{cyfeirnod}\" }}\n{example}"
        ));
    }
    books.configure(&document, app.world().today()).await?;
    println!("the portal of the made-up council is open; its payments go to a sandbox");
    Ok(())
}
