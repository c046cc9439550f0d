//! What readers hand on.

use ims_ledger::{
    Acknowledgement, Advice, IncomingHolder, IncomingReceipt, ScheduleHead, ScheduleLine,
    SettlementHead, SettlementLine, StatementClose, StatementHead, StatementLine,
};

/// One thing that a file says, in the order of the file.
///
/// Between [`StatementOpens`](Self::StatementOpens) and
/// [`StatementCloses`](Self::StatementCloses) every [`Line`](Self::Line) is that
/// statement's; schedules and settlements last until the next one opens or the
/// file ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[allow(clippy::large_enum_variant, reason = "lines are nearly all there is of a file")]
pub enum Record {
    /// A bank statement begins.
    StatementOpens(StatementHead),
    /// A line of the statement that is open.
    Line(StatementLine),
    /// The open statement ends.
    StatementCloses(StatementClose),
    /// A payer's receipt.
    Receipt(IncomingReceipt),
    /// A schedule begins.
    ScheduleOpens(ScheduleHead),
    /// A line of the schedule.
    ScheduleLine(ScheduleLine),
    /// A provider's settlement begins.
    SettlementOpens(SettlementHead),
    /// A line of the settlement.
    SettlementLine(SettlementLine),
    /// An account holder.
    Holder(IncomingHolder),
    /// An item of a Bacs report.
    Advice(Advice),
    /// What a system that took a file of ours says of a row of it.
    Acknowledgement(Acknowledgement),
}
