use chrono::{DateTime, NaiveDate, Utc};
use ims_ledger::{SettlementHead, SettlementKind, SettlementLine};
use ims_money::Pence;

use super::*;
use crate::{
    Abilities, Ask, Cancels, Captures, Delivery, DisputeState, Disputes, Heeded, Hint, Method,
    Names, Order, Page, PayoutPiece, Provider, Said, SaidDispute, Sandbox, Saying, Searches,
    Secret, Settled, Settlements, Span, StatusName, form,
};

const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Nothing,
    TakesWhatever,
    ForgetsWhichPayment,
    TakesRefusalsForConsent,
    PastesNames,
    StopsAtOneThatDoesNotRead,
    BelievesTheAskedAmount,
    GoesRoundInACircle,
    ReadsAnythingAsAList,
    ReadsCutLists,
    ReadsOneDayOnly,
    PaysForWhatItCannotRead,
    DoesNotAddUp,
    NamesNoPayout,
    NamesNoPayment,
    LosesAllPayoutsForOne,
    DisputesInEuros,
}

/// The sandbox, with lists of a row a line and `end` last: `paid p-1 1000`.
#[derive(Debug)]
struct Adapter(Sandbox, Wrong);

impl Adapter {
    fn get(&self, what: &str, from: i64, after: Option<&str>) -> Request {
        let from = if self.1 == Wrong::ReadsOneDayOnly { 0 } else { from };
        let after = match after {
            Some(_) if self.1 == Wrong::GoesRoundInACircle => String::new(),
            Some(after) if self.1 == Wrong::PastesNames => after.to_owned(),
            after => form::part(after.unwrap_or_default()),
        };
        let url = format!("https://sandbox.example/{what}?from={from}&after={after}");
        Request { method: Method::Get, url, headers: Vec::new(), body: crate::Body(Vec::new()) }
    }

    fn rows<T>(
        &self,
        reply: &Reply,
        row: impl Fn(&[&str]) -> Result<T, ProviderError>,
    ) -> Result<Page<Result<T, ProviderError>>, ProviderError> {
        if let Some(error) = ProviderError::of_reply(reply) {
            return Err(error);
        }
        let text = reply.body.text().unwrap_or_default();
        let cut = || ProviderError::unreadable("it is cut off");
        let lines = match text.strip_suffix("end\n") {
            None if self.1 == Wrong::ReadsCutLists && text.starts_with("paid") => text,
            None if self.1 == Wrong::ReadsAnythingAsAList => "",
            lines => lines.ok_or_else(cut)?,
        };
        let rows = lines.lines().filter(|line| !line.starts_with("next"));
        let mut rows: Vec<_> = rows.map(|line| row(&line.split(' ').collect::<Vec<_>>())).collect();
        if self.1 == Wrong::StopsAtOneThatDoesNotRead
            && let Some(at) = rows.iter().position(Result::is_err)
        {
            rows.truncate(at);
        }
        let after = lines.lines().any(|line| line == "next").then(|| "2".to_owned());
        Ok(Page { rows, after })
    }

    fn of(&self, what: &str, names: Names<'_>) -> Request {
        let name = if self.1 == Wrong::ForgetsWhichPayment {
            String::new()
        } else if self.1 == Wrong::PastesNames {
            names.provider_ref.to_owned()
        } else {
            form::part(names.provider_ref)
        };
        self.get(&format!("{what}/{name}"), 0, None)
    }

    fn heeded(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        match ProviderError::of_reply(reply) {
            Some(ProviderError::Rejected { .. }) if self.1 == Wrong::TakesRefusalsForConsent => {
                Ok(Heeded)
            }
            Some(error) => Err(error),
            None if self.1 == Wrong::TakesWhatever => Err(ProviderError::NotFound),
            None => Ok(Heeded),
        }
    }
}

fn pence(text: &str) -> Result<Pence, ProviderError> {
    text.parse().map(Pence::new).map_err(|_| ProviderError::unreadable("no amount"))
}

impl Provider for Adapter {
    fn name(&self) -> &'static str {
        "lists"
    }

    fn ask(&self, order: &Order, now: DateTime<Utc>) -> Result<Ask, ProviderError> {
        self.0.ask(order, now)
    }

    fn asked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.0.asked(reply)
    }

    fn look(
        &self,
        order: &Order,
        name: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        self.0.look(order, name, now)
    }

    fn looked(&self, reply: &Reply) -> Result<Said, ProviderError> {
        self.0.looked(reply)
    }

    fn returned(&self, back: &Delivery) -> Hint {
        self.0.returned(back)
    }

    fn abilities(&self) -> Abilities<'_> {
        Abilities {
            captures: Some(self),
            cancels: Some(self),
            searches: Some(self),
            settlements: Some(self),
            disputes: Some(self),
            ..Abilities::NONE
        }
    }
}

impl Captures for Adapter {
    fn capture(
        &self,
        _: &Order,
        names: Names<'_>,
        _: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.of("capture", names))
    }

    fn captured(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        self.heeded(reply)
    }
}

impl Cancels for Adapter {
    fn cancel(
        &self,
        _: &Order,
        names: Names<'_>,
        _: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.of("cancel", names))
    }

    fn cancelled(&self, reply: &Reply) -> Result<Heeded, ProviderError> {
        self.heeded(reply)
    }
}

impl Searches for Adapter {
    fn search(
        &self,
        span: Span,
        after: Option<&str>,
        _: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.get("payments", span.from.timestamp(), after))
    }

    fn found(&self, reply: &Reply) -> Result<Page<Result<Said, ProviderError>>, ProviderError> {
        self.rows(reply, |row| {
            let [status, key, amount] = row else {
                return Err(ProviderError::unreadable("it is no row"));
            };
            let saying = match *status {
                "paid" => Saying::paid(None),
                "expired" => Saying::Expired,
                _ if self.1 == Wrong::PaysForWhatItCannotRead => Saying::paid(None),
                other => return Err(ProviderError::unreadable(format!("`{other}`"))),
            };
            let said = Said::new(format!("name-of-{key}"), saying).about(*key);
            let amount = match self.1 == Wrong::BelievesTheAskedAmount {
                true => Pence::new(1_001),
                false => pence(amount)?,
            };
            Ok(said.for_amount(amount, "GBP"))
        })
    }
}

impl Settlements for Adapter {
    fn settlement(
        &self,
        from: NaiveDate,
        _: NaiveDate,
        after: Option<&str>,
        _: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        let days = from.signed_duration_since(NaiveDate::default()).num_days();
        Ok(self.get("payouts", days, after))
    }

    fn settled(&self, _: Option<&str>, reply: &Reply) -> Result<Page<PayoutPiece>, ProviderError> {
        let page = self.rows(reply, |row| {
            let [name, gross, fee] = row else {
                return Err(ProviderError::unreadable("it is no row"));
            };
            let (gross, fee) = (pence(gross)?, pence(fee)?);
            let net =
                if self.1 == Wrong::DoesNotAddUp { gross } else { gross.checked_sub(fee).unwrap() };
            let named = self.1 != Wrong::NamesNoPayment;
            let payout = (self.1 != Wrong::NamesNoPayout).then(|| "po-1".to_owned());
            let line = SettlementLine {
                line: 1,
                reference: None,
                provider_ref: if named { (*name).to_owned() } else { String::new() },
                kind: SettlementKind::Payment,
                date: NaiveDate::default(),
                gross,
                fee,
                net,
            };
            Ok(Settled { payout: SettlementHead { payout, ..SettlementHead::default() }, line })
        })?;
        let is_strict = self.1 == Wrong::LosesAllPayoutsForOne;
        if is_strict && let Some(why) = page.rows.iter().find_map(|row| row.as_ref().err()) {
            return Err(why.clone());
        }
        let piece = |row: Result<Settled, ProviderError>| match row {
            Ok(row) => PayoutPiece::Line(Box::new(row)),
            Err(why) => PayoutPiece::Unread { payout: Box::default(), why },
        };
        Ok(Page { rows: page.rows.into_iter().map(piece).collect(), after: page.after })
    }
}

impl Disputes for Adapter {
    fn disputes(
        &self,
        span: Span,
        after: Option<&str>,
        _: DateTime<Utc>,
    ) -> Result<Request, ProviderError> {
        Ok(self.get("disputes", span.from.timestamp(), after))
    }

    fn disputed(
        &self,
        reply: &Reply,
    ) -> Result<Page<Result<SaidDispute, ProviderError>>, ProviderError> {
        let currency = if self.1 == Wrong::DisputesInEuros { "EUR" } else { "GBP" };
        self.rows(reply, |row| match row {
            ["lost", name, amount] => Ok(SaidDispute {
                dispute_ref: (*name).to_owned(),
                provider_ref: "name-of-p-1".to_owned(),
                reference: None,
                amount: (pence(amount)?, currency.to_owned()),
                fee: None,
                reason: String::new(),
                evidence_due: None,
                state: DisputeState::Lost,
            }),
            _ => Err(ProviderError::unreadable("it is no row")),
        })
    }
}

fn tried(wrong: Wrong) -> Report {
    let adapter = Adapter(Sandbox::new(Secret::new("of-the-sandbox")), wrong);
    let order = |key| Order::of(key, Pence::new(1_000), "", "https://council.example/b").unwrap();
    let (paid, expired) = (order("p-1"), order("p-2"));
    let list = |text: &str| Reply::new(200, text);
    Suite::new(&adapter, &paid, NOW)
        .secret("of-the-sandbox")
        .captured("itself", list(""))
        .cancelled("itself", list(""))
        .found(
            "itself",
            list("paid p-1 1000\nmuddled p-3 5\nexpired p-2 1000\nnext\nend\n"),
            &[Some((&paid, StatusName::Captured)), None, Some((&expired, StatusName::Expired))],
        )
        .settled(
            "itself",
            None,
            list("name-of-p-1 1000 20\nmuddled\nnext\nend\n"),
            &[Some((SettlementKind::Payment, Pence::new(980))), None],
        )
        .disputed(
            "itself",
            list("lost d-1 1000\nmuddled d-2 5\nend\n"),
            &[Some(("d-1", DisputeState::Lost)), None],
        )
        .unverified("only the lists are tried here")
        .check()
}

#[test]
fn each_fault_of_a_list_is_told() {
    let report = tried(Wrong::Nothing);
    assert!(report.is_kept(), "{report}");
    for (wrong, promise) in [
        (Wrong::TakesWhatever, "a consent says what it should"),
        (Wrong::ForgetsWhichPayment, "another order is another request"),
        (Wrong::TakesRefusalsForConsent, "a fault is no consent"),
        (Wrong::PastesNames, "a name is escaped in an address"),
        (Wrong::StopsAtOneThatDoesNotRead, "a list has all its rows"),
        (Wrong::BelievesTheAskedAmount, "another amount or order is an exception"),
        (Wrong::GoesRoundInACircle, "the next page is another"),
        (Wrong::ReadsAnythingAsAList, "what is no list is not read as one"),
        (Wrong::ReadsCutLists, "a list cut off is no list"),
        (Wrong::ReadsOneDayOnly, "another time is another request"),
        (Wrong::PaysForWhatItCannotRead, "a damaged list pays for nothing"),
        (Wrong::DoesNotAddUp, "a line adds up"),
        (Wrong::NamesNoPayout, "a payout can be known again"),
        (Wrong::NamesNoPayment, "a line names its payment"),
        (Wrong::LosesAllPayoutsForOne, "a settlement says what it should"),
        (Wrong::DisputesInEuros, "a dispute names its payment"),
    ] {
        let report = tried(wrong);
        let told = report.faults.iter().any(|(told, _)| *told == promise);
        assert!(told, "{wrong:?} was not told as `{promise}`\n{report}");
    }
}

#[test]
fn what_is_claimed_and_not_tried_is_told() {
    let adapter = Adapter(Sandbox::new(Secret::new("k")), Wrong::Nothing);
    let order = Order::of("p-1", Pence::new(1), "", "https://council.example/b").unwrap();
    let report = Suite::new(&adapter, &order, NOW).secret("k").check();
    for what in [
        "no answer to taking what is held",
        "no answer to calling off",
        "no list of payments",
        "no settlement with a line",
        "no list of disputes",
        "no list of payments that goes on",
        "no settlement that goes on",
        "no list of disputes that goes on",
        "no payment that is to be taken later, and held",
    ] {
        assert!(report.faults.iter().any(|(_, told)| told == what), "{what}\n{report}");
    }
    // And what is tried has to be claimed.
    let sandbox = Sandbox::new(Secret::new("k"));
    let reply = || Reply::new(200, "end\n");
    let report = Suite::new(&sandbox, &order, NOW)
        .secret("k")
        .captured("itself", reply())
        .cancelled("itself", reply())
        .found("itself", reply(), &[])
        .settled("itself", None, reply(), &[])
        .disputed("itself", reply(), &[])
        .unverified("only what is not claimed")
        .check();
    let unclaimed = report.faults.iter().filter(|(told, _)| told.contains("claimed where"));
    assert_eq!(unclaimed.count(), 5, "{report}");
}
