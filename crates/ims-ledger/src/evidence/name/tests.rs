use super::*;
use NameAgrees::{Firm, FirmInPart, No, Surname, SurnameAndInitial, Unknown};

fn check(rows: &[(&str, &str, NameAgrees)]) {
    for (payer, holder, agrees) in rows {
        assert_eq!(name_agrees(payer, holder), *agrees, "{payer} | {holder}");
    }
}

#[test]
fn names_agree_however_they_are_written() {
    check(&[
        ("MR JOHN SMITH", "Smith", Surname),
        ("J & A SMITH", "Mr Adam Smith", SurnameAndInitial),
        ("ONEILL P", "Patrick O'Neill", SurnameAndInitial),
        ("SMITH JONES A", "Anna Smith-Jones", No),
        ("SMITHJONES A", "Anna Smith-Jones", SurnameAndInitial),
        ("SMITHERS J", "Jane Smith", No),
        ("MR", "Jane Smith", Unknown),
        ("LTD", "Jane Smith", Unknown),
        ("J SMITH", "Dr", Unknown),
        ("J SMITH", "Mr J Smith Jnr", SurnameAndInitial),
        ("A CHURCH", "Mrs Ann Church", SurnameAndInitial),
        ("L HARTLEY", "LP Hartley", SurnameAndInitial),
        ("J SMITH", "SMITH J", SurnameAndInitial),
        ("J SMITH", "Smith J A", SurnameAndInitial),
        ("A SMITH", "Smith J A", Surname),
    ]);
}

#[test]
fn a_comma_says_that_the_surname_is_first() {
    check(&[
        ("SMITH J", "SMITH, JANE", SurnameAndInitial),
        ("JANE A", "SMITH, JANE", No),
        ("A SMITH", "Smith, Mrs Jane Anne", Surname),
        ("J SMITH", "John Smith, Esq", SurnameAndInitial),
        ("J SMITH", "Smith,", Surname),
        ("A SMITH", "Smith, J & A", SurnameAndInitial),
        ("K JONES", "SMITH, JANE & JONES, KARIM", SurnameAndInitial),
        ("MRS A JONES", "Mr J Smith, Mrs A Jones", SurnameAndInitial),
        ("J SMITH", "Mr J Smith, Mrs A Jones", SurnameAndInitial),
        ("A JONES", "Smith J, Jones A", SurnameAndInitial),
        ("J SMITH", "Smith J, Jones A", SurnameAndInitial),
        ("J SMITH", "Smith, Mr John", SurnameAndInitial),
        ("J SMITH", "Mr J Smith 2B", SurnameAndInitial),
    ]);
}

#[test]
fn of_two_people_either_may_pay() {
    let both = "Mr J Smith & Mrs A Jones";
    check(&[
        ("SMITH J", both, SurnameAndInitial),
        ("MRS A JONES", both, SurnameAndInitial),
        ("SMITH A", both, Surname),
        ("K OKAFOR", both, No),
        ("J SMITH", "Mr J Smith + Mrs A Jones", SurnameAndInitial),
        ("J SMITH", "Mr J Smith and Mrs A Jones", SurnameAndInitial),
        ("J SMITH", "Mr J Smith / Mrs A Jones", SurnameAndInitial),
        ("J SMITH", "Mr & Mrs Smith", Surname),
        ("J SMITH", "Mr & Mrs J Smith", SurnameAndInitial),
        ("J SMITH", "J & A Smith", SurnameAndInitial),
        ("A SMITH", "J&A Smith", SurnameAndInitial),
        ("J SMITH", "Mr John & Mrs Anne Smith", SurnameAndInitial),
        ("P SMITH", "Mr Smith & Mrs A Jones", Surname),
        ("B SMITH", "Smith & Jones", Surname),
        ("JONES", "Smith & Jones", Surname),
    ]);
}

#[test]
fn of_two_who_pay_each_has_their_own_initial() {
    check(&[
        ("MR J SMITH & MRS A JONES", "Mrs Anne Jones", SurnameAndInitial),
        ("MR J SMITH & MRS A JONES", "Mrs Anne Smith", Surname),
        ("BGC FLAT J & A SMITH", "Mrs Jane Smith", SurnameAndInitial),
        ("JOHN AND ANNE SMITH", "Mr John Smith", SurnameAndInitial),
        ("SMITH J & A", "Anne Smith", SurnameAndInitial),
    ]);
}

#[test]
fn firms_are_told_by_their_own_words() {
    let acme = "Acme Plumbing Ltd";
    check(&[
        ("ACME PLUMBING LTD", acme, Firm),
        ("ACME PLUMBING", acme, Firm),
        ("BGC ACME PLUMBING LIMITED INV 77", acme, Firm),
        ("ACME LTD", acme, FirmInPart),
        ("ACME ROOFING LTD", acme, FirmInPart),
        ("ALPHA HOMES LTD", acme, No),
        ("BETA PLUMBING LTD", acme, No),
        ("PLUMBING LTD", acme, No),
        ("LTD", acme, Unknown),
        ("J SMITH", acme, No),
        ("ALPHA HOUSING ASSOCIATION", "Alpha Housing Association", Firm),
        ("BETA HOUSING ASSOCIATION", "Alpha Housing Association", No),
        ("ALPHA HOMES", "The Alpha Homes Company", Firm),
        ("B & Q", "B & Q plc", Firm),
        ("CROWN INN LTD", "The Crown Inn", Firm),
        ("ROSE INN", "The Crown Inn", No),
        ("Q PARK", "B & Q plc", No),
        ("SMITH & JONES LTD", "Smith and Jones Ltd", Firm),
        ("PROPERTY SERVICES LTD", "Property Services Ltd", Firm),
        ("CLEANING SERVICES LTD", "Property Services Ltd", No),
        ("ACME LTD", "Acme Ltd, 5 High Street", Firm),
        ("J SMITH AND SONS", "J Smith & Sons", Firm),
        ("JONES & CO", "Jones & Co", Firm),
        ("JONES", "Jones & Co", Firm),
        ("J JONES", "Jones & Co", FirmInPart),
        ("ACME ROOFING", "Acme Ltd", FirmInPart),
        ("J SMITH PLUMBING", "John Smith Plumbing", FirmInPart),
        ("ALPHA HOUSING ASSOCIATION", "John Smith & Alpha Housing Association", FirmInPart),
        ("J SMITH", "Jane Smith & Acme Ltd", FirmInPart),
        ("ACME LTD", "Jane Smith & Acme Ltd", FirmInPart),
        ("A SALES", "Ann Sales", FirmInPart),
        ("CAR SALES", "Ann Sales", No),
        ("ALPHA CARE", "Acme Care", No),
        ("BGC G4S LTD", "G4S Ltd", Firm),
        ("3M UK PLC", "3M UK plc", Firm),
        ("12345678", "G4S Ltd", Unknown),
        ("MRS JONES", "Jones & Co", FirmInPart),
        ("ALPHA CARE LTD", "Alpha Careers Ltd", FirmInPart),
        ("ACME NORTH LTD", "Acme Northern Ltd", FirmInPart),
        ("BT PLC", "BT Group plc", FirmInPart),
        ("HOMES GROUP PLC", "BT Group plc", No),
    ]);
}

#[test]
fn a_firm_is_not_a_person_of_its_name() {
    check(&[
        ("SMITH JOINERY LTD", "Mrs Jane Smith", Surname),
        ("J SMITH", "Smith Joinery Ltd", FirmInPart),
        ("LTD SMITH", "Linda Smith", Surname),
        ("J SMITH", "Mr J Smith & Acme Ltd", SurnameAndInitial),
        ("ACME", "Mr J Smith & Acme Ltd", Firm),
        ("ACME PLUMBING", "Mr J Smith t/a Acme Plumbing", Firm),
        ("J SMITH", "Mr J Smith t/a Acme Plumbing", SurnameAndInitial),
        ("J SMITH", "Jane Smith t/a Acme Plumbing", SurnameAndInitial),
        ("A GARAGE", "Mrs Ann Garage", SurnameAndInitial),
    ]);
}

#[test]
fn who_acts_for_somebody_is_no_part_of_the_name() {
    check(&[
        ("J SMITH", "Executors of John Smith", SurnameAndInitial),
        ("EXORS OF J SMITH", "The Executors of the late John Smith", SurnameAndInitial),
        ("E SMITH", "Est of John Smith", Surname),
        ("J SMITH", "John Smith (Decd)", SurnameAndInitial),
        ("P SMITH", "Personal Reps of John Smith", Surname),
        ("J SMITH", "Mr John Smith c/o Mrs A Jones", SurnameAndInitial),
        ("A JONES", "Mr John Smith c/o Mrs A Jones", SurnameAndInitial),
        ("ALPHA ESTATE", "Alpha Estate Agents Ltd", FirmInPart),
    ]);
}

/// Banks keep 18 characters.
#[test]
fn what_a_bank_cut_still_agrees() {
    check(&[
        ("MR J FEATHERSTONEH", "Mr John Featherstonehaugh", SurnameAndInitial),
        ("FROM MR J FEATHERSTONEH REF 1", "Mr John Featherstonehaugh", SurnameAndInitial),
        ("MR J FEATHERSTONE", "Mr John Featherstonehaugh", No),
        ("MRS CATHERINE FEAT", "Catherine Featherstonehaugh", SurnameAndInitial),
        ("MISS CATHERINE FEA", "Catherine Featherstonehaugh", No),
        ("J SMITH", "John Smithson", No),
        ("MR JONATHAN SMITHS", "Peter Smithson", No),
        ("BRIGHTWATER PROPER", "Brightwater Properties Ltd", Firm),
        ("ACME PLUMBING AND", "Acme Plumbing and Heating Ltd", Firm),
        ("BRIGHTWATER HOME M", "Brightwater Home Mending Ltd", Firm),
        ("ACME HOMES BRISTOL", "Acme Homes Cardiff Ltd", FirmInPart),
        ("ALPHA HOMES CO LTD", "Alpha Homes Northern Ltd", FirmInPart),
        ("CHRYSANTHEMUMGROWE", "Chrysanthemumgrowers Ltd", Firm),
    ]);
}

#[test]
fn a_holder_is_kept_by_every_word_that_tells() {
    for (holder, keys) in [
        ("Acme Plumbing Ltd", vec!["ACME"]),
        ("John Smith Plumbing", vec!["JOHN", "SMITH", "PLUMBING"]),
        ("Ann Sales", vec!["ANN", "SALES"]),
        ("BT Group plc", vec!["BT"]),
        ("Mr J Smith, Mrs A Jones", vec!["SMITH", "JONES"]),
    ] {
        assert_eq!(HolderName::of(holder).keys().collect::<Vec<_>>(), keys, "{holder}");
    }
}

#[test]
fn nobody_is_looked_for_by_what_many_have() {
    for (text, telling) in [
        ("MRS J SMITH & ACME PLUMBING LTD", vec!["SMITH", "ACME"]),
        ("BGC PROPERTY SERVICES LIMITED", vec!["PROPERTY", "SERVICES"]),
        ("PAYMENT LTD CO PLC LLP CIC", vec![]),
        ("SMITH SMITH", vec!["SMITH"]),
        ("BGC G4S LTD INV77", vec!["G4S"]),
    ] {
        assert_eq!(PayerName::of(text).telling(), telling, "{text}");
    }
}
