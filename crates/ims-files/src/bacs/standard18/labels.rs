use chrono::NaiveDate;
use ims_money::Pence;

use super::columns::{
    MULTI_DAY, SINGLE_DAY,
    label::{
        BACS, CREDIT_COUNT, CREDITS, CURRENCY, DEBIT_COUNT, DEBITS, PROCESSING_DAY, RECEIVER,
        RECORD_LENGTH, USER_NUMBER, VOLUME_OWNER, WORK_CODE,
    },
};
use crate::{bacs::julian, columns::between};

/// A label longer than this is filled in; a shorter one may be its name alone.
const FILLED: usize = 28;

/// The labels around the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Label {
    Volume,
    Header1,
    Header2,
    UserHeader,
    End1,
    End2,
    UserTrailer,
}

impl Label {
    /// Those of a file, in their order.
    pub(super) const OF_FILE: [Self; 6] =
        [Self::Header1, Self::Header2, Self::UserHeader, Self::End1, Self::End2, Self::UserTrailer];

    pub(super) fn of(line: &str) -> Option<Self> {
        let all = [Self::Volume].into_iter().chain(Self::OF_FILE);
        all.into_iter().find(|label| line.starts_with(label.name()))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Volume => "VOL1",
            Self::Header1 => "HDR1",
            Self::Header2 => "HDR2",
            Self::UserHeader => "UHL1",
            Self::End1 => "EOF1",
            Self::End2 => "EOF2",
            Self::UserTrailer => "UTL1",
        }
    }

    pub(super) const fn is_of_header(self) -> bool {
        matches!(self, Self::Header1 | Self::Header2 | Self::UserHeader)
    }
}

/// What `UHL1` says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct UserHeader {
    pub(super) day: Option<NaiveDate>,
    /// Sent to Bacs, not sent on by somebody.
    pub(super) is_submission: bool,
    /// Every record carries its own day.
    pub(super) is_multi: Option<bool>,
}

/// Reads `UHL1`; what is wrong with it goes to `fault`.
pub(super) fn user_header(line: &str, mut fault: impl FnMut(String)) -> UserHeader {
    let field = |(from, to)| between(line, from, to);
    let day = julian::parse(field(PROCESSING_DAY));
    if day.is_none() && line.chars().count() >= FILLED {
        fault(format!(
            "the processing day `{}` is no day; a blank, the year and the day of the year, ` 26152`, would be",
            field(PROCESSING_DAY)
        ));
    }
    let currency = field(CURRENCY);
    if !currency.trim().is_empty() && currency != "00" && line.chars().count() >= FILLED {
        fault(format!("the currency `{currency}` is not sterling, which is 00"));
    }
    let work = field(WORK_CODE);
    let is_multi = match (work.contains("MULTI"), work.contains("DAILY")) {
        (true, _) => Some(true),
        (false, true) => Some(false),
        (false, false) => None,
    };
    UserHeader { day, is_submission: field(RECEIVER) == BACS, is_multi }
}

/// The length of the records that `HDR2` states.
pub(super) fn record_length(line: &str) -> Result<Option<usize>, String> {
    let text = between(line, RECORD_LENGTH.0, RECORD_LENGTH.1);
    match text.parse::<usize>() {
        Ok(length) if length == SINGLE_DAY || length == MULTI_DAY => Ok(Some(length)),
        Ok(length) => Err(format!("records of {length} characters; 00100 or 00106 would be right")),
        Err(_) => Ok(None),
    }
}

/// The service user's number, from `HDR1` or else `VOL1`.
pub(super) fn user_number(header: &str, volume: Option<&str>) -> Option<String> {
    let of_header = between(header, USER_NUMBER.0, USER_NUMBER.1);
    let of_volume = volume.map(|line| between(line, VOLUME_OWNER.0, VOLUME_OWNER.1));
    let is_number =
        |text: &&str| text.len() == 6 && text.bytes().all(|b| b.is_ascii_alphanumeric());
    // A bare label reads `HDR1BACSSTANDARD18`.
    let has_digit = |text: &&str| text.bytes().any(|b| b.is_ascii_digit());
    let found = [Some(of_header), of_volume].into_iter().flatten();
    found.filter(is_number).find(has_digit).map(str::to_owned)
}

/// What `UTL1` states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trailer {
    pub(super) debits: Pence,
    pub(super) credits: Pence,
    pub(super) debit_count: u64,
    pub(super) credit_count: u64,
}

/// The totals of `UTL1`; `None` where it is only its name.
pub(super) fn trailer(line: &str) -> Result<Option<Trailer>, String> {
    let length = line.chars().count();
    if length < DEBITS.1
        || !between(line, DEBITS.0, CREDIT_COUNT.1).bytes().any(|b| b.is_ascii_digit())
    {
        return Ok(None);
    }
    // `UTL1BACSSTANDARD18`.
    if between(line, DEBITS.0, DEBITS.1).bytes().any(|b| b.is_ascii_alphabetic())
        && length < DEBIT_COUNT.1
    {
        return Ok(None);
    }
    let number = |(from, to): (usize, usize), what: &str| -> Result<u64, String> {
        let text = between(line, from, to);
        let digits = text.trim();
        let is_number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
        is_number.then(|| digits.parse().ok()).flatten().ok_or_else(|| {
            format!("{what} `{text}`: {} digits would be right", to.saturating_sub(from))
        })
    };
    let pence = |columns, what| {
        let pence = number(columns, what)?;
        i64::try_from(pence).map(Pence::new).map_err(|_| format!("{what} is too large"))
    };
    Ok(Some(Trailer {
        debits: pence(DEBITS, "the sum of debits")?,
        credits: pence(CREDITS, "the sum of credits")?,
        debit_count: number(DEBIT_COUNT, "the count of debits")?,
        credit_count: number(CREDIT_COUNT, "the count of credits")?,
    }))
}
