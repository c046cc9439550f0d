//! Lists of addresses as councils have them.

#![cfg(feature = "addresses")]
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::{fs, path::Path};

use ims_app::{AddressLookup as _, AddressesAway};
use ims_edge::{AddressList, LIST_BYTES_MAX};
use ims_ledger::Council;

fn council(file: &str) -> Council {
    let text = "code = \"T\"\nname = \"Town\"\n[addresses]\nby = \"list\"\nfile = \"F\"";
    toml::from_str(&text.replace("\"F\"", &format!("\"{file}\""))).unwrap()
}

/// The addresses of a postcode, a line each.
async fn found(lists: &AddressList, file: &str, postcode: &str) -> Result<Vec<String>, String> {
    let postcode = postcode.parse().unwrap();
    match lists.find(&council(file), &postcode).await {
        Ok(found) => Ok(found
            .into_iter()
            .map(|it| [it.line1, it.line2, it.town, it.postcode].join("|"))
            .collect()),
        Err(AddressesAway(why)) => Err(why),
    }
}

fn folder(files: &[(&str, &[u8])]) -> (tempfile::TempDir, AddressList) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let lists = AddressList::new(Some(folder.path().to_owned()));
    (folder, lists)
}

const PLAIN: &str = "\u{feff}UPRN,Address Line 1,Address Line 2,Town,Postcode\r\n\
    100090000002,2 High Street,,Brightwater,ZZ1 1ZZ\r\n\
    100090000003,\"The \"\"Old\"\" Mill\",\"Mill Lane, Lowton\",Brightwater,zz11zz\r\n\
    100090000004,Llŷn Cottage,,Brightwater,ZZ1 1ZA\r\n\
    100090000005,The green,,Brightwater,\r\n";

const ADDRESS_BASE: &str = "UPRN,ORGANISATION_NAME,SUB_BUILDING_NAME,BUILDING_NAME,BUILDING_NUMBER,THOROUGHFARE,DEPENDENT_LOCALITY,POST_TOWN,POSTCODE\n\
    1,,FLAT 2,12A,,HIGH STREET,LOWTON,BRIGHTWATER,ZZ1 1ZZ\n\
    2,ACME LTD,,,3,LOW STREET,,BRIGHTWATER,ZZ1 1ZB\n";

#[tokio::test]
async fn a_list_gives_the_addresses_of_a_postcode() {
    let (_folder, lists) =
        folder(&[("plain.csv", PLAIN.as_bytes()), ("base.csv", ADDRESS_BASE.as_bytes())]);
    for (file, postcode, lines) in [
        (
            "plain.csv",
            "ZZ1 1ZZ",
            &[
                "2 High Street||Brightwater|ZZ1 1ZZ",
                "The \"Old\" Mill|Mill Lane, Lowton|Brightwater|ZZ1 1ZZ",
            ][..],
        ),
        ("plain.csv", "ZZ1 1ZA", &["Llŷn Cottage||Brightwater|ZZ1 1ZA"]),
        ("plain.csv", "ZZ1 1ZB", &[]),
        ("base.csv", "ZZ1 1ZZ", &["FLAT 2|12A HIGH STREET, LOWTON|BRIGHTWATER|ZZ1 1ZZ"]),
        ("base.csv", "ZZ1 1ZB", &["ACME LTD|3 LOW STREET|BRIGHTWATER|ZZ1 1ZB"]),
    ] {
        let found = found(&lists, file, postcode).await.unwrap();
        assert_eq!(found, lines, "{file} {postcode}");
        assert_eq!(lists.ready(&council(file)).await, Ok(()));
    }
}

/// As many rows as a borough has, so that one is found among them.
#[tokio::test]
async fn a_row_is_found_among_many() {
    let mut text = "postcode,line1,town\n".to_owned();
    for number in 0..200_000_u32 {
        let (district, sector) = (number / 20_000 + 1, number / 2_000 % 10);
        let letter = char::from(b'A' + u8::try_from(number % 2).unwrap());
        text.push_str(&format!(
            "ZZ{district} {sector}A{letter},{number} High Street,Brightwater\n"
        ));
    }
    let (_folder, lists) = folder(&[("many.csv", text.as_bytes())]);
    let found = found(&lists, "many.csv", "ZZ10 9AB").await.unwrap();
    assert_eq!(found.len(), 1_000);
    assert_eq!(found.last().unwrap(), "199999 High Street||Brightwater|ZZ10 9AB");
}

#[tokio::test]
async fn a_list_that_was_changed_is_read_again() {
    let (folder, lists) = folder(&[("plain.csv", PLAIN.as_bytes())]);
    assert_eq!(found(&lists, "plain.csv", "ZZ1 1ZA").await.unwrap().len(), 1);
    let new = PLAIN.replace("Llŷn Cottage", "Llŷn House and Cottage");
    fs::write(folder.path().join("new"), new).unwrap();
    fs::rename(folder.path().join("new"), folder.path().join("plain.csv")).unwrap();
    let line = found(&lists, "plain.csv", "ZZ1 1ZA").await.unwrap();
    assert_eq!(line, ["Llŷn House and Cottage||Brightwater|ZZ1 1ZA"]);
}

#[tokio::test]
async fn a_list_that_cannot_be_used_says_what_would_be_right() {
    let latin: &[u8] = b"postcode,line1,town\nZZ1 1ZZ,Caf\xe9,Brightwater\n";
    let (kept, lists) = folder(&[
        ("latin.csv", latin),
        ("columns.csv", b"uprn,street\n1,High Street\n"),
        ("no-line.csv", b"postcode,town\nZZ1 1ZZ,Brightwater\n"),
        ("empty.csv", b"postcode,line1,town\n"),
    ]);
    for (file, says) in [
        ("latin.csv", "is no text in UTF-8; save it as CSV UTF-8"),
        ("columns.csv", "names no column `postcode`"),
        ("no-line.csv", "names no column `line1`"),
        ("empty.csv", "has no row with a postcode"),
        ("gone.csv", "cannot be read"),
    ] {
        let why = found(&lists, file, "ZZ1 1ZZ").await.unwrap_err();
        assert!(why.contains(says) && why.contains(file), "{file}: {why}");
        assert_eq!(lists.ready(&council(file)).await, Err(AddressesAway(why)));
    }
    let nowhere = found(&AddressList::new(None), "plain.csv", "ZZ1 1ZZ").await.unwrap_err();
    assert!(nowhere.contains("--addresses FOLDER"), "{nowhere}");
    let large = fs::File::create(kept.path().join("large.csv")).unwrap();
    large.set_len(LIST_BYTES_MAX + 1).unwrap();
    let why = found(&lists, "large.csv", "ZZ1 1ZZ").await.unwrap_err();
    assert!(why.contains("is larger than"), "{why}");
}

/// Rows that nobody can find are told before somebody looks for them.
#[tokio::test]
async fn rows_without_a_good_postcode_are_told() {
    let text = "postcode,line1,town\nZZ1 1ZZ,1 High Street,Brightwater\nZZ1,2 High Street,Brightwater\n\
                ZZ1 1Z?,3 High Street,Brightwater\n";
    let (_folder, lists) = folder(&[("rows.csv", text.as_bytes())]);
    assert_eq!(found(&lists, "rows.csv", "ZZ1 1ZZ").await.unwrap().len(), 1);
    let AddressesAway(why) = lists.ready(&council("rows.csv")).await.unwrap_err();
    assert!(why.contains("2 rows whose postcode is none, the first in line 3"), "{why}");
}

/// A name that leads elsewhere is refused by the configuration; here it leads nowhere.
#[tokio::test]
async fn a_name_leads_to_no_other_folder() {
    let (folder, _) = folder(&[("outside.csv", PLAIN.as_bytes())]);
    let inside = folder.path().join("lists");
    fs::create_dir(&inside).unwrap();
    let lists = AddressList::new(Some(inside));
    assert!(Path::new(&folder.path().join("outside.csv")).exists());
    let why = found(&lists, "../outside.csv", "ZZ1 1ZZ").await.unwrap_err();
    assert!(why.contains("cannot be read"), "{why}");
}
