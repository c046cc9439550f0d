-- Money that goes back: refunds, disputes, payments sent back by a bank.

-- One refund of one payment. Its lines are taken from the payment's when it is asked for.
CREATE TABLE refund (
    council_id INTEGER NOT NULL,
    refund_id BLOB NOT NULL,
    number TEXT NOT NULL,
    receipt_id BLOB NOT NULL,
    way TEXT NOT NULL,
    channel TEXT,
    amount_pence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    approval_id BLOB NOT NULL,
    requested_by TEXT NOT NULL,
    requested_at TEXT NOT NULL,
    CONSTRAINT refund_way CHECK (way IN ('source', 'bank')),
    CONSTRAINT refund_channel CHECK ((way = 'source') = (channel IS NOT NULL)),
    CONSTRAINT refund_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, refund_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX refund_number ON refund (council_id, number);
CREATE UNIQUE INDEX refund_approval ON refund (council_id, approval_id);
CREATE INDEX refund_receipt ON refund (council_id, receipt_id);

-- What it gives back of which line of the payment.
CREATE TABLE refund_line (
    council_id INTEGER NOT NULL,
    refund_id BLOB NOT NULL,
    line_no INTEGER NOT NULL,
    amount_pence INTEGER NOT NULL,
    vat_pence INTEGER NOT NULL,
    CONSTRAINT refund_line_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, refund_id, line_no)
) STRICT, WITHOUT ROWID;

-- Each step of its life, with what it posted. The same notice counts once.
CREATE TABLE refund_step (
    council_id INTEGER NOT NULL,
    refund_id BLOB NOT NULL,
    step_no INTEGER NOT NULL,
    state TEXT NOT NULL,
    entry_id BLOB,
    receipt_id BLOB,
    line_id BLOB,
    match_id BLOB,
    notice_key TEXT,
    reference TEXT NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT refund_step_state CHECK (state IN ('requested', 'approved', 'sent', 'unknown', 'paid', 'failed', 'bounced', 'refused')),
    PRIMARY KEY (council_id, refund_id, step_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX refund_step_once ON refund_step (council_id, refund_id, notice_key) WHERE notice_key IS NOT NULL;
CREATE INDEX refund_step_match ON refund_step (council_id, match_id) WHERE match_id IS NOT NULL;

-- The state its last step left it in.
CREATE TABLE refund_state (
    council_id INTEGER NOT NULL,
    refund_id BLOB NOT NULL,
    state TEXT NOT NULL,
    steps INTEGER NOT NULL,
    PRIMARY KEY (council_id, refund_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX refund_state_open ON refund_state (council_id, state);

-- One dispute of a payment with a card scheme, by the provider's reference.
CREATE TABLE dispute (
    council_id INTEGER NOT NULL,
    dispute_id BLOB NOT NULL,
    receipt_id BLOB NOT NULL,
    channel TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    entry_id BLOB NOT NULL,
    happened_on TEXT NOT NULL,
    opened_by TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    CONSTRAINT dispute_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, dispute_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX dispute_once ON dispute (council_id, channel, reference);

-- How it ended.
CREATE TABLE dispute_end (
    council_id INTEGER NOT NULL,
    dispute_id BLOB NOT NULL,
    outcome TEXT NOT NULL,
    entry_id BLOB,
    receipt_id BLOB,
    reason TEXT NOT NULL,
    ended_by TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    CONSTRAINT dispute_end_outcome CHECK (outcome IN ('won', 'lost')),
    PRIMARY KEY (council_id, dispute_id)
) STRICT, WITHOUT ROWID;

-- One payment sent back by a bank, or undone by its provider, by the advice that says so.
CREATE TABLE payment_return (
    council_id INTEGER NOT NULL,
    return_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    advice TEXT NOT NULL,
    channel TEXT NOT NULL,
    receipt_id BLOB,
    line_no INTEGER,
    suspense_id BLOB,
    amount_pence INTEGER NOT NULL,
    suspense_pence INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    out_receipt_id BLOB,
    happened_on TEXT NOT NULL,
    note TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT payment_return_kind CHECK (kind IN ('direct-debit', 'indemnity', 'cheque', 'recall', 'undone')),
    CONSTRAINT payment_return_of CHECK ((receipt_id IS NULL) <> (suspense_id IS NULL)),
    CONSTRAINT payment_return_amount CHECK (amount_pence > 0 AND suspense_pence >= 0 AND suspense_pence <= amount_pence),
    PRIMARY KEY (council_id, return_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payment_return_once ON payment_return (council_id, advice);
CREATE INDEX payment_return_suspense ON payment_return (council_id, suspense_id) WHERE suspense_id IS NOT NULL;

-- What is claimed back of a receipt line, and how much of that was no longer there: a loss.
-- Negative: found after all.
CREATE TABLE claim_line (
    council_id INTEGER NOT NULL,
    subject_id BLOB NOT NULL,
    claim_no INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    receipt_id BLOB NOT NULL,
    line_no INTEGER NOT NULL,
    amount_pence INTEGER NOT NULL,
    short_pence INTEGER NOT NULL,
    CONSTRAINT claim_line_purpose CHECK (purpose IN ('refund', 'return', 'dispute')),
    PRIMARY KEY (council_id, subject_id, claim_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_line_receipt ON claim_line (council_id, receipt_id, line_no);

CREATE TRIGGER refund_never_updated BEFORE UPDATE ON refund BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund is never updated'); END;
CREATE TRIGGER refund_never_deleted BEFORE DELETE ON refund BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund is never deleted'); END;
CREATE TRIGGER refund_line_never_updated BEFORE UPDATE ON refund_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_line is never updated'); END;
CREATE TRIGGER refund_line_never_deleted BEFORE DELETE ON refund_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_line is never deleted'); END;
CREATE TRIGGER refund_step_never_updated BEFORE UPDATE ON refund_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_step is never updated'); END;
CREATE TRIGGER refund_step_never_deleted BEFORE DELETE ON refund_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: refund_step is never deleted'); END;
CREATE TRIGGER dispute_never_updated BEFORE UPDATE ON dispute BEGIN SELECT RAISE(ABORT, 'the books are append-only: dispute is never updated'); END;
CREATE TRIGGER dispute_never_deleted BEFORE DELETE ON dispute BEGIN SELECT RAISE(ABORT, 'the books are append-only: dispute is never deleted'); END;
CREATE TRIGGER dispute_end_never_updated BEFORE UPDATE ON dispute_end BEGIN SELECT RAISE(ABORT, 'the books are append-only: dispute_end is never updated'); END;
CREATE TRIGGER dispute_end_never_deleted BEFORE DELETE ON dispute_end BEGIN SELECT RAISE(ABORT, 'the books are append-only: dispute_end is never deleted'); END;
CREATE TRIGGER payment_return_never_updated BEFORE UPDATE ON payment_return BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_return is never updated'); END;
CREATE TRIGGER payment_return_never_deleted BEFORE DELETE ON payment_return BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_return is never deleted'); END;
CREATE TRIGGER claim_line_never_updated BEFORE UPDATE ON claim_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: claim_line is never updated'); END;
CREATE TRIGGER claim_line_never_deleted BEFORE DELETE ON claim_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: claim_line is never deleted'); END;
