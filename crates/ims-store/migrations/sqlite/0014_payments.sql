-- Payments through a provider: what was asked, what was heard, what is in the books of it.

-- One payment asked of a provider: our reference for it, the way it comes, how much.
CREATE TABLE payment (
    council_id INTEGER NOT NULL,
    payment_id BLOB NOT NULL,
    reference TEXT NOT NULL,
    provider TEXT NOT NULL,
    method TEXT NOT NULL,
    channel TEXT NOT NULL,
    through TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    caller_key TEXT,
    digest BLOB NOT NULL,
    started_by TEXT NOT NULL,
    started_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT payment_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, payment_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payment_reference ON payment (council_id, reference);
CREATE UNIQUE INDEX payment_key ON payment (council_id, caller_key) WHERE caller_key IS NOT NULL;

-- What it is for: the accounts as they were settled when it was asked for.
CREATE TABLE payment_line (
    council_id INTEGER NOT NULL,
    payment_id BLOB NOT NULL,
    line_no INTEGER NOT NULL,
    fund TEXT NOT NULL,
    reference TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    vat_code TEXT,
    CONSTRAINT payment_line_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, payment_id, line_no)
) STRICT, WITHOUT ROWID;

-- Each thing heard of it that told something, with what it posted. The same message counts once.
CREATE TABLE payment_step (
    council_id INTEGER NOT NULL,
    payment_id BLOB NOT NULL,
    step_no INTEGER NOT NULL,
    status TEXT NOT NULL,
    heard TEXT NOT NULL,
    provider TEXT NOT NULL,
    news_id TEXT,
    provider_ref TEXT,
    transaction_ref TEXT,
    reason TEXT NOT NULL,
    entry_id BLOB,
    receipt_id BLOB,
    suspense_id BLOB,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT payment_step_status CHECK (status IN ('created', 'unknown', 'started', 'pending', 'authorised', 'captured', 'failed', 'cancelled', 'expired', 'errored')),
    CONSTRAINT payment_step_posts CHECK (entry_id IS NULL OR status = 'captured'),
    CONSTRAINT payment_step_into CHECK ((entry_id IS NULL AND receipt_id IS NULL AND suspense_id IS NULL) OR (entry_id IS NOT NULL AND (receipt_id IS NULL) <> (suspense_id IS NULL))),
    PRIMARY KEY (council_id, payment_id, step_no)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payment_step_once ON payment_step (council_id, provider, news_id) WHERE news_id IS NOT NULL;
CREATE UNIQUE INDEX payment_paid_once ON payment_step (council_id, payment_id) WHERE entry_id IS NOT NULL;

-- Where its last step left it, and when the provider is to be asked again.
CREATE TABLE payment_state (
    council_id INTEGER NOT NULL,
    payment_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    status TEXT NOT NULL,
    steps INTEGER NOT NULL,
    provider_ref TEXT,
    transaction_ref TEXT,
    reason TEXT NOT NULL,
    look_at TEXT,
    PRIMARY KEY (council_id, payment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_state_due ON payment_state (council_id, look_at) WHERE look_at IS NOT NULL;
CREATE INDEX payment_state_ref ON payment_state (council_id, provider, provider_ref) WHERE provider_ref IS NOT NULL;

-- The money of one payment at a provider is in the books once, whether it was known here or not.
CREATE TABLE payment_booked (
    council_id INTEGER NOT NULL,
    provider TEXT NOT NULL,
    provider_ref TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    payment_id BLOB,
    suspense_id BLOB,
    booked_at TEXT NOT NULL,
    CONSTRAINT payment_booked_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, provider, provider_ref)
) STRICT, WITHOUT ROWID;

-- What a provider said that cannot be, for a person to look into. The same is listed once.
CREATE TABLE payment_exception (
    council_id INTEGER NOT NULL,
    exception_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    kind TEXT NOT NULL,
    once_key BLOB NOT NULL,
    payment_id BLOB,
    provider_ref TEXT,
    reference TEXT,
    amount_pence INTEGER,
    why TEXT NOT NULL,
    entry_id BLOB,
    suspense_id BLOB,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT payment_exception_kind CHECK (kind IN ('unknown', 'another', 'twice', 'amount', 'currency', 'order', 'out-of-turn', 'unreadable')),
    PRIMARY KEY (council_id, exception_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX payment_exception_once ON payment_exception (council_id, provider, once_key);

-- Somebody looked into it.
CREATE TABLE payment_exception_end (
    council_id INTEGER NOT NULL,
    exception_id BLOB NOT NULL,
    why TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (council_id, exception_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER payment_never_updated BEFORE UPDATE ON payment BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment is never updated'); END;
CREATE TRIGGER payment_never_deleted BEFORE DELETE ON payment BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment is never deleted'); END;
CREATE TRIGGER payment_line_never_updated BEFORE UPDATE ON payment_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_line is never updated'); END;
CREATE TRIGGER payment_line_never_deleted BEFORE DELETE ON payment_line BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_line is never deleted'); END;
CREATE TRIGGER payment_step_never_updated BEFORE UPDATE ON payment_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_step is never updated'); END;
CREATE TRIGGER payment_step_never_deleted BEFORE DELETE ON payment_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_step is never deleted'); END;
CREATE TRIGGER payment_booked_never_updated BEFORE UPDATE ON payment_booked BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_booked is never updated'); END;
CREATE TRIGGER payment_booked_never_deleted BEFORE DELETE ON payment_booked BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_booked is never deleted'); END;
CREATE TRIGGER payment_exception_never_updated BEFORE UPDATE ON payment_exception BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_exception is never updated'); END;
CREATE TRIGGER payment_exception_never_deleted BEFORE DELETE ON payment_exception BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_exception is never deleted'); END;
CREATE TRIGGER payment_exception_end_never_updated BEFORE UPDATE ON payment_exception_end BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_exception_end is never updated'); END;
CREATE TRIGGER payment_exception_end_never_deleted BEFORE DELETE ON payment_exception_end BEGIN SELECT RAISE(ABORT, 'the books are append-only: payment_exception_end is never deleted'); END;
