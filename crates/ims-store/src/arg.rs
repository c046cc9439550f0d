//! What goes into a statement: one type for both databases.

use chrono::{DateTime, NaiveDate, SubsecRound as _, Utc};
use ims_ledger::{Account, id, seal::ContentHash};
use ims_money::Pence;
use uuid::Uuid;

/// A value for a placeholder. Absent values keep their type, because
/// PostgreSQL wants to know it. Times are whole microseconds, as PostgreSQL
/// keeps them and as an entry's hash covers them.
#[derive(Clone, Debug)]
pub(crate) enum Arg {
    Int(Option<i64>),
    Text(Option<String>),
    Uuid(Option<Uuid>),
    Day(Option<NaiveDate>),
    Time(Option<DateTime<Utc>>),
    Bytes(Option<Vec<u8>>),
    Bool(bool),
    /// Many texts for one placeholder.
    Texts(Vec<String>),
    /// Many ids for one placeholder.
    Uuids(Vec<Uuid>),
}

/// `args![council, day, limit]`.
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::arg::Arg::from($value)),*] };
}
pub(crate) use args;

macro_rules! from {
    ($($kind:ty => |$value:ident| $arg:expr;)*) => {$(
        impl From<$kind> for Arg {
            fn from($value: $kind) -> Self {
                $arg
            }
        }
    )*};
}

from! {
    i64 => |value| Self::Int(Some(value));
    Option<i64> => |value| Self::Int(value);
    Pence => |value| Self::Int(Some(value.get()));
    Option<Pence> => |value| Self::Int(value.map(Pence::get));
    id::CouncilId => |value| Self::Int(Some(value.get()));
    &str => |value| Self::Text(Some(value.to_owned()));
    &String => |value| Self::Text(Some(value.clone()));
    String => |value| Self::Text(Some(value));
    Option<String> => |value| Self::Text(value);
    Option<&str> => |value| Self::Text(value.map(str::to_owned));
    &Account => |value| Self::Text(Some(value.to_string()));
    Uuid => |value| Self::Uuid(Some(value));
    Option<Uuid> => |value| Self::Uuid(value);
    NaiveDate => |value| Self::Day(Some(value));
    Option<NaiveDate> => |value| Self::Day(value);
    DateTime<Utc> => |value| Self::Time(Some(value.trunc_subsecs(6)));
    Option<DateTime<Utc>> => |value| Self::Time(value.map(|time| time.trunc_subsecs(6)));
    ContentHash => |value| Self::Bytes(Some(value.0.to_vec()));
    Option<ContentHash> => |value| Self::Bytes(value.map(|hash| hash.0.to_vec()));
    Vec<u8> => |value| Self::Bytes(Some(value));
    &[u8] => |value| Self::Bytes(Some(value.to_vec()));
    bool => |value| Self::Bool(value);
    Vec<String> => |value| Self::Texts(value);
    Vec<Uuid> => |value| Self::Uuids(value);
}

macro_rules! from_ids {
    ($($name:ident)*) => {$(
        impl From<id::$name> for Arg {
            fn from(value: id::$name) -> Self {
                Self::Uuid(Some(value.get()))
            }
        }

        impl From<Option<id::$name>> for Arg {
            fn from(value: Option<id::$name>) -> Self {
                Self::Uuid(value.map(id::$name::get))
            }
        }
    )*};
}

from_ids! {
    EntryId ReceiptId ImportId StatementId LineId ExpectedId SuspenseId MatchId ExportId PersonId JobId EventId
    ApprovalId RefundId TransferId ReturnId DisputeId EReturnId PaymentId ExceptionId TillSessionId
    LinkId AgreementId
}
