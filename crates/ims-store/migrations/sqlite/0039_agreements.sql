-- Agreements: the payer agrees once that the council takes money again, and a provider keeps that.

-- An agreement: at which account, by which method, for which account of which fund, the most a
-- payment under it may take, and what the payer is told it is for.
CREATE TABLE agreement (
    council_id INTEGER NOT NULL,
    agreement_id BLOB NOT NULL,
    reference TEXT NOT NULL,
    provider TEXT NOT NULL,
    method TEXT NOT NULL,
    fund TEXT NOT NULL,
    account TEXT NOT NULL,
    most_pence INTEGER,
    description TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    idempotency_key TEXT,
    CONSTRAINT agreement_most CHECK (most_pence > 0),
    PRIMARY KEY (council_id, agreement_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX agreement_once ON agreement (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE UNIQUE INDEX agreement_reference ON agreement (council_id, reference);

-- Something heard of it, or decided here: what the provider calls it, and where that left it.
CREATE TABLE agreement_step (
    council_id INTEGER NOT NULL,
    agreement_id BLOB NOT NULL,
    step_no INTEGER NOT NULL,
    status TEXT NOT NULL,
    heard TEXT NOT NULL,
    agreement_ref TEXT,
    why TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT agreement_step_status CHECK (status IN ('created', 'active', 'ending', 'ended')),
    PRIMARY KEY (council_id, agreement_id, step_no)
) STRICT, WITHOUT ROWID;

-- A payment that sets it up, or is taken under it.
CREATE TABLE agreement_payment (
    council_id INTEGER NOT NULL,
    payment_id BLOB NOT NULL,
    agreement_id BLOB NOT NULL,
    what TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT agreement_payment_what CHECK (what IN ('set-up', 'take')),
    PRIMARY KEY (council_id, payment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_payment_agreement ON agreement_payment (council_id, agreement_id);

-- Where each stands, and when the provider is asked again; derived from its last step.
CREATE TABLE agreement_state (
    council_id INTEGER NOT NULL,
    agreement_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    status TEXT NOT NULL,
    steps INTEGER NOT NULL,
    agreement_ref TEXT,
    changed_at TEXT NOT NULL,
    look_at TEXT,
    CONSTRAINT agreement_state_status CHECK (status IN ('created', 'active', 'ending', 'ended')),
    PRIMARY KEY (council_id, agreement_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX agreement_state_due ON agreement_state (council_id, provider, look_at) WHERE look_at IS NOT NULL;

CREATE TRIGGER agreement_never_updated BEFORE UPDATE ON agreement BEGIN SELECT RAISE(ABORT, 'the books are append-only: agreement is never updated'); END;
CREATE TRIGGER agreement_never_deleted BEFORE DELETE ON agreement BEGIN SELECT RAISE(ABORT, 'the books are append-only: agreement is never deleted'); END;
CREATE TRIGGER agreement_step_never_updated BEFORE UPDATE ON agreement_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: agreement_step is never updated'); END;
CREATE TRIGGER agreement_step_never_deleted BEFORE DELETE ON agreement_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: agreement_step is never deleted'); END;
CREATE TRIGGER agreement_payment_never_updated BEFORE UPDATE ON agreement_payment BEGIN SELECT RAISE(ABORT, 'the books are append-only: agreement_payment is never updated'); END;
CREATE TRIGGER agreement_payment_never_deleted BEFORE DELETE ON agreement_payment BEGIN SELECT RAISE(ABORT, 'the books are append-only: agreement_payment is never deleted'); END;
