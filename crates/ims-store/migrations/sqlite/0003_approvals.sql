-- What waits for a second person, and what they decided.

CREATE TABLE approval (
    council_id INTEGER NOT NULL,
    approval_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    document TEXT NOT NULL,
    reason TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    idempotency_key TEXT,
    PRIMARY KEY (council_id, approval_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX approval_once ON approval (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Nobody approves what they asked for themselves: the books refuse the row.
CREATE TABLE approval_decision (
    council_id INTEGER NOT NULL,
    approval_id BLOB NOT NULL,
    verdict TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    decided_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT approval_verdict CHECK (verdict IN ('approved', 'refused', 'withdrawn')),
    CONSTRAINT approval_four_eyes CHECK (verdict <> 'approved' OR decided_by <> asked_by),
    PRIMARY KEY (council_id, approval_id)
) STRICT, WITHOUT ROWID;

-- The approvals nobody has decided yet.
CREATE TABLE open_approval (
    council_id INTEGER NOT NULL,
    approval_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (council_id, approval_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER approval_never_updated BEFORE UPDATE ON approval BEGIN SELECT RAISE(ABORT, 'the books are append-only: approval is never updated'); END;
CREATE TRIGGER approval_never_deleted BEFORE DELETE ON approval BEGIN SELECT RAISE(ABORT, 'the books are append-only: approval is never deleted'); END;
CREATE TRIGGER approval_decision_never_updated BEFORE UPDATE ON approval_decision BEGIN SELECT RAISE(ABORT, 'the books are append-only: approval_decision is never updated'); END;
CREATE TRIGGER approval_decision_never_deleted BEFORE DELETE ON approval_decision BEGIN SELECT RAISE(ABORT, 'the books are append-only: approval_decision is never deleted'); END;
