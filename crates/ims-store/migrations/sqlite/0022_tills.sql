-- Tills: what one cashier takes into one drawer, from a float to the slips the bank shows.

-- One cashier's time at a till. The float was counted into the drawer; it is no income.
CREATE TABLE till_session (
    council_id INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    till TEXT NOT NULL,
    office TEXT NOT NULL,
    cashier TEXT NOT NULL,
    float_document TEXT NOT NULL,
    float_pence INTEGER NOT NULL,
    config_version INTEGER NOT NULL,
    opened_at TEXT NOT NULL,
    idempotency_key TEXT,
    CONSTRAINT till_session_float CHECK (float_pence >= 0),
    PRIMARY KEY (council_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX till_session_number ON till_session (council_id, number);
CREATE UNIQUE INDEX till_session_once ON till_session (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- A receipt taken in it, with what was handed over: change is what was tendered above the amount.
CREATE TABLE till_receipt (
    council_id INTEGER NOT NULL,
    receipt_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    tendered_pence INTEGER NOT NULL,
    terminal TEXT NOT NULL,
    batch TEXT NOT NULL,
    expected_id BLOB NOT NULL,
    taken_at TEXT NOT NULL,
    CONSTRAINT till_receipt_kind CHECK (kind IN ('cash', 'cheque', 'card')),
    CONSTRAINT till_receipt_amount CHECK (amount_pence > 0),
    CONSTRAINT till_receipt_tendered CHECK (tendered_pence >= amount_pence AND (kind = 'cash' OR tendered_pence = amount_pence)),
    CONSTRAINT till_receipt_card CHECK ((kind = 'card') = (terminal <> '') AND (kind = 'card') = (batch <> '')),
    PRIMARY KEY (council_id, receipt_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX till_receipt_of ON till_receipt (council_id, session_id);
CREATE UNIQUE INDEX till_receipt_expected ON till_receipt (council_id, expected_id);
CREATE INDEX till_receipt_batch ON till_receipt (council_id, terminal, batch) WHERE terminal <> '';

-- Cash lifted from the drawer to the safe.
CREATE TABLE till_lift (
    council_id INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    lift_no INTEGER NOT NULL,
    document TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    lifted_by TEXT NOT NULL,
    lifted_at TEXT NOT NULL,
    idempotency_key TEXT,
    CONSTRAINT till_lift_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, session_id, lift_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX till_lift_once ON till_lift (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What was counted at the end, every time it was counted.
CREATE TABLE till_count (
    council_id INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    count_no INTEGER NOT NULL,
    document TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    counted_by TEXT NOT NULL,
    counted_at TEXT NOT NULL,
    approval_id BLOB,
    PRIMARY KEY (council_id, session_id, count_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX till_count_approval ON till_count (council_id, approval_id) WHERE approval_id IS NOT NULL;

-- Its end: what the receipts said, what was paid in, what posted it. No entry where nothing was taken.
CREATE TABLE till_close (
    council_id INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    count_no INTEGER NOT NULL,
    expected_pence INTEGER NOT NULL,
    counted_pence INTEGER NOT NULL,
    entry_id BLOB,
    closed_by TEXT NOT NULL,
    closed_at TEXT NOT NULL,
    CONSTRAINT till_close_counted CHECK (counted_pence >= 0),
    PRIMARY KEY (council_id, session_id)
) STRICT, WITHOUT ROWID;

-- What the bank will show of it; numbered in one series with the slips of e-returns.
CREATE TABLE till_slip (
    council_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    expected_id BLOB NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT till_slip_kind CHECK (kind IN ('cash', 'cheques', 'together')),
    CONSTRAINT till_slip_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX till_slip_of ON till_slip (council_id, session_id);

-- Where each stands; derived from what was done with it. One is open at a till, and one for a cashier.
CREATE TABLE till_state (
    council_id INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    till TEXT NOT NULL,
    cashier TEXT NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT till_state_known CHECK (status IN ('open', 'counted', 'recount', 'closed')),
    PRIMARY KEY (council_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX till_open_till ON till_state (council_id, till) WHERE status = 'open';
CREATE UNIQUE INDEX till_open_cashier ON till_state (council_id, cashier) WHERE status = 'open';

CREATE TRIGGER till_session_never_updated BEFORE UPDATE ON till_session BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_session is never updated'); END;
CREATE TRIGGER till_session_never_deleted BEFORE DELETE ON till_session BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_session is never deleted'); END;
CREATE TRIGGER till_receipt_never_updated BEFORE UPDATE ON till_receipt BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_receipt is never updated'); END;
CREATE TRIGGER till_receipt_never_deleted BEFORE DELETE ON till_receipt BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_receipt is never deleted'); END;
CREATE TRIGGER till_lift_never_updated BEFORE UPDATE ON till_lift BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_lift is never updated'); END;
CREATE TRIGGER till_lift_never_deleted BEFORE DELETE ON till_lift BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_lift is never deleted'); END;
CREATE TRIGGER till_count_never_updated BEFORE UPDATE ON till_count BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_count is never updated'); END;
CREATE TRIGGER till_count_never_deleted BEFORE DELETE ON till_count BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_count is never deleted'); END;
CREATE TRIGGER till_close_never_updated BEFORE UPDATE ON till_close BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_close is never updated'); END;
CREATE TRIGGER till_close_never_deleted BEFORE DELETE ON till_close BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_close is never deleted'); END;
CREATE TRIGGER till_slip_never_updated BEFORE UPDATE ON till_slip BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_slip is never updated'); END;
CREATE TRIGGER till_slip_never_deleted BEFORE DELETE ON till_slip BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_slip is never deleted'); END;
