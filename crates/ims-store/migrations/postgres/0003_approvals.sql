-- What waits for a second person, and what they decided.

CREATE TABLE approval (
    council_id BIGINT NOT NULL,
    approval_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    asked_by TEXT COLLATE "C" NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL,
    idempotency_key TEXT COLLATE "C",
    PRIMARY KEY (council_id, approval_id)
);
CREATE UNIQUE INDEX approval_once ON approval (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Nobody approves what they asked for themselves: the books refuse the row.
CREATE TABLE approval_decision (
    council_id BIGINT NOT NULL,
    approval_id UUID NOT NULL,
    verdict TEXT COLLATE "C" NOT NULL,
    asked_by TEXT COLLATE "C" NOT NULL,
    decided_by TEXT COLLATE "C" NOT NULL,
    decided_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT approval_verdict CHECK (verdict IN ('approved', 'refused', 'withdrawn')),
    CONSTRAINT approval_four_eyes CHECK (verdict <> 'approved' OR decided_by <> asked_by),
    PRIMARY KEY (council_id, approval_id)
);

-- The approvals nobody has decided yet.
CREATE TABLE open_approval (
    council_id BIGINT NOT NULL,
    approval_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (council_id, approval_id)
);

CREATE TRIGGER approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER approval_decision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON approval_decision
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
