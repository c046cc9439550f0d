//! Suspense suggested and accepted, as a script does it.

use ims_cli::Exit;

use crate::town::Town;

/// Two digits the wrong way round.
const ODD: &str = "R1,I1,P1,1,01/04/2026,01/04/2026,112233484,1,CT,01,20.00,,,,from somebody\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_shown_with_its_reasons_and_accepted_by_its_mark() {
    let town = Town::with_council().await;
    let odd = town.write("odd.csv", ODD);
    assert_eq!(town.run(&["import", &odd]).await.exit, Exit::SeeTo);
    let listed = town.run(&["suspense", "list", "--json"]).await.json();
    let id = listed["items"][0]["id"].as_str().unwrap().to_owned();

    let shown = town.run(&["suspense", "suggest", &id]).await;
    assert_eq!(shown.exit, Exit::Done, "{shown:?}");
    for said in ["112233448", "characters 8 and 9 swapped", "--seen MARK"] {
        assert!(shown.out.contains(said), "{said}: {}", shown.out);
    }
    let first = town.run(&["suspense", "suggest", &id, "--json"]).await.json();
    let first = &first["candidates"][0];
    assert_eq!((&first["candidate"], &first["fund"]), (&1.into(), &"CT".into()));
    let mark = first["mark"].as_str().unwrap();

    let accept = ["suspense", "accept", &id, "--candidate", "1", "--seen"];
    let other = town.run(&[&accept[..], &["0"]].concat()).await;
    assert_eq!(other.exit, Exit::Refused, "{other:?}");
    let done = town.run(&[&accept[..], &[mark, "--json"]].concat()).await;
    assert_eq!(done.exit, Exit::Done, "{done:?}");
    let done = done.json();
    assert_eq!((&done["amount_pence"], &done["remaining_pence"]), (&2_000.into(), &0.into()));
    assert_eq!(done["accepted"]["reference"], "112233448");
    let again = town.run(&["suspense", "suggest", &id]).await;
    assert_eq!(again.exit, Exit::Refused, "{again:?}");
    assert_eq!(town.run(&["verify"]).await.exit, Exit::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_have_paid_is_told_before_the_summons() {
    let town = Town::with_council().await;
    let odd = town.write("odd.csv", ODD);
    town.run(&["import", &odd]).await;
    let list = town.write("list.csv", "Account Ref,Fund\n112233448,CT\n774952620,CT\n");
    let told = town.run(&["suspense", "guard", &list]).await;
    assert_eq!(told.exit, Exit::SeeTo, "{told:?}");
    assert!(told.out.contains("is one slip from it"), "{told:?}");
    let told = town.run(&["suspense", "guard", &list, "--json"]).await.json();
    assert_eq!((&told["accounts"], &told["clear"]), (&2.into(), &1.into()), "{told}");
    let found = &told["look_at"][0];
    assert_eq!(found["reference"], "112233448");
    assert_eq!(found["found"][0]["sure"], "likely", "{told}");

    let clear = town.write("clear.csv", "ref\n774952620\n");
    let told = town.run(&["suspense", "guard", &clear, "--fund", "CT"]).await;
    assert_eq!(told.exit, Exit::Done, "{told:?}");
    let told = town.run(&["suspense", "guard", &clear, "--fund", "LE", "--json"]).await;
    assert_eq!((told.exit, &told.json()["not_held"][0]["fund"]), (Exit::SeeTo, &"LE".into()));
    let told = town.run(&["suspense", "guard", &clear, "--fund", "ZZ"]).await;
    assert_eq!(told.exit, Exit::Unusable, "{told:?}");
    assert!(told.err.contains("clear.csv line 2: there is no fund `ZZ`"), "{told:?}");
    assert_eq!(town.run(&["suspense", "guard", &clear]).await.exit, Exit::Unusable);

    // A file kept aside is searched, and no reason to look at anybody it does not name.
    let row =
        |n: u32| ODD.replace("R1,I1", &format!("R{n},I{n}")).replace("20.00", &format!("{n}.00"));
    let (first, again) = ([31, 32, 33].map(row).concat(), [33, 32, 31].map(row).concat());
    town.run(&["import", &town.write("first.csv", &first)]).await;
    let again = town.write("again.csv", &again);
    let kept = town.run(&["import", &again]).await;
    assert!(kept.out.contains("kept aside") || kept.err.contains("kept aside"), "{kept:?}");
    let told = town.run(&["suspense", "guard", &list, "--json"]).await.json();
    let found = told["look_at"][0]["found"].as_array().unwrap();
    assert!(found.iter().any(|it| it["money"] == "file-kept-aside"), "{told}");
    assert_eq!(
        (&told["files_kept_aside"], &told["files_not_searched"]),
        (&1.into(), &serde_json::json!([]))
    );
    let told = town.run(&["suspense", "guard", &clear, "--fund", "CT"]).await;
    assert_eq!(told.exit, Exit::Done, "{told:?}");
}
