//! What may happen, in any order.

/// A row of a receipts file: which account, how much.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) whose: Whose,
    pub(super) pence: i64,
}

/// Whose money it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Council tax, of the account holder with this number, who may not be there.
    Tax(u32),
    /// Leisure, with VAT.
    Leisure(u32),
    /// An old reference of council tax, which may lead somewhere.
    Old(u32),
    /// Nobody knows.
    Nobody,
}

/// A line of a bank statement.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shown {
    /// A bank charge.
    Charge(i64),
    /// A sweep, out or in.
    Sweep(i64),
    /// Money that quotes nothing.
    Mystery(i64),
    /// What the card receipts of a file come to, as a payout.
    Payout(usize),
}

/// What a second person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    Yes,
    No,
    Nothing,
}

/// What becomes of a refund, as a provider tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    Send,
    NoAnswer,
    Pay,
    Fail,
    Bounce,
    /// A notice that came before comes once more.
    Late(usize),
}

/// What is to be done with suspense that nobody claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unclaimed {
    GivenBack,
    WrittenOff,
}

/// What is done with an e-return.
#[derive(Clone, Copy, Debug)]
pub(super) enum EReturn {
    Create,
    /// Rows of room hire and of permits, the difference that is stated for what
    /// was counted, and whether it was seen as it stands.
    Save {
        rooms: i64,
        permits: i64,
        over: i64,
        is_stated: bool,
        is_newest: bool,
    },
    Submit,
    SendBack,
    /// By somebody who had a hand in it, or by another.
    Approve {
        had_a_hand: bool,
    },
    Void,
}

/// One step. Numbers choose among what is there, whatever that is, so that a
/// sequence stays a sequence when others are left out of it. Hundredths are
/// parts of what there is: more than a hundred is more than that.
#[derive(Clone, Debug)]
pub(super) enum Step {
    /// A file of receipts comes.
    Receipts(Vec<Row>),
    /// A file comes again.
    Again(usize),
    /// A file is reversed.
    ReverseImport(usize),
    /// A statement comes that follows on.
    Statement(Vec<Shown>),
    /// Bank lines are explained.
    Reconcile,
    /// An explanation is taken back.
    UndoMatch(usize),
    /// Money is taken at a counter, or by telephone.
    Take { lines: Vec<Row>, by_phone: bool },
    /// A fee is charged to the payer of a receipt.
    Fee { receipt: usize, pence: i64 },
    /// A part of a suspense item is put into an account.
    Allocate { item: usize, whose: Whose, hundredths: i64 },
    /// An allocation is taken back.
    UndoAllocation(usize),
    /// A part of a suspense item is to be given back, or given up.
    Unclaimed { item: usize, hundredths: i64, what: Unclaimed, says: Says },
    /// A refund of a part of a payment is asked for.
    Refund { line: usize, hundredths: i64, says: Says },
    /// A provider tells of a refund.
    News { refund: usize, news: News },
    /// Somebody says yes or no to what waits.
    Decide { which: usize, says: Says },
    /// Parts of a payment are moved to other accounts.
    Journal { line: usize, to: Vec<(Whose, i64)> },
    /// Money is moved between accounts; `odd` of it is forgotten.
    Transfer { from: Vec<(Whose, i64)>, to: Vec<Whose>, odd: i64 },
    /// A journal or transfer is taken back.
    UndoMove(usize),
    /// A part of a payment comes back unpaid: which kind, of all there are.
    Return { line: usize, hundredths: i64, kind: usize },
    /// A part of a payment is disputed.
    Dispute { line: usize, hundredths: i64 },
    /// A dispute ends.
    EndDispute { which: usize, is_won: bool },
    /// An e-return moves on.
    EReturn { which: usize, what: EReturn },
    /// An account holder is added or changed, of the version there is or another.
    PutHolder { number: u32, is_newest: bool },
    /// An account is put on stop, or taken off it.
    Stop { number: u32, is_on: bool },
    /// A reference leads to another from today on.
    Redirect { from: Whose, to: u32 },
    /// Days go by.
    DaysGoBy(u64),
    /// Today is closed.
    CloseDay,
    /// April is closed.
    CloseMonth,
    /// A closed day so many days ago is to be opened again.
    ReopenDay { days_ago: u64, says: Says },
    /// April is to be opened again.
    ReopenMonth(Says),
    /// What can be exported is.
    Export,
    /// The other side says what it makes of an export.
    Acknowledge { which: usize, is_accepted: bool },
    /// An export is had once more.
    Reissue(usize),
}

impl Whose {
    /// The account as it is said.
    pub(super) fn said(self) -> super::shadow::Account {
        match self {
            Self::Tax(n) => ("CT", crate::deeds::town::ct(n)),
            Self::Leisure(n) => ("LE", format!("LM{n:06}")),
            Self::Old(n) => ("CT", format!("OLD {n}")),
            Self::Nobody => ("XX", "nobody".to_owned()),
        }
    }
}
