//! Where mail goes in tests: a mail server that keeps what it is given, and a stub
//! of GOV.UK Notify, both on this machine.

mod catcher;
mod notify;

pub use catcher::{Catcher, Caught, Mood};
pub use notify::{NOTIFY_KEY, NotifyStub, Sent};
