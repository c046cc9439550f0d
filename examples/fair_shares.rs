//! Splits a bill fairly, to the penny.

use ims_money::{Pence, share};

fn main() {
    let thirds = share(Pence::new(100), &[1, 1, 1]).unwrap_or_default();
    for part in thirds {
        println!("{part}");
    }
}
