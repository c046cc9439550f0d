-- Tills: what one cashier takes into one drawer, from a float to the slips the bank shows.

-- One cashier's time at a till. The float was counted into the drawer; it is no income.
CREATE TABLE till_session (
    council_id BIGINT NOT NULL,
    session_id UUID NOT NULL,
    number BIGINT NOT NULL,
    till TEXT COLLATE "C" NOT NULL,
    office TEXT COLLATE "C" NOT NULL,
    cashier TEXT COLLATE "C" NOT NULL,
    float_document TEXT COLLATE "C" NOT NULL,
    float_pence BIGINT NOT NULL,
    config_version BIGINT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    idempotency_key TEXT COLLATE "C",
    CONSTRAINT till_session_float CHECK (float_pence >= 0),
    PRIMARY KEY (council_id, session_id)
);
CREATE UNIQUE INDEX till_session_number ON till_session (council_id, number);
CREATE UNIQUE INDEX till_session_once ON till_session (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- A receipt taken in it, with what was handed over: change is what was tendered above the amount.
CREATE TABLE till_receipt (
    council_id BIGINT NOT NULL,
    receipt_id UUID NOT NULL,
    session_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    tendered_pence BIGINT NOT NULL,
    terminal TEXT COLLATE "C" NOT NULL,
    batch TEXT COLLATE "C" NOT NULL,
    expected_id UUID NOT NULL,
    taken_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT till_receipt_kind CHECK (kind IN ('cash', 'cheque', 'card')),
    CONSTRAINT till_receipt_amount CHECK (amount_pence > 0),
    CONSTRAINT till_receipt_tendered CHECK (tendered_pence >= amount_pence AND (kind = 'cash' OR tendered_pence = amount_pence)),
    CONSTRAINT till_receipt_card CHECK ((kind = 'card') = (terminal <> '') AND (kind = 'card') = (batch <> '')),
    PRIMARY KEY (council_id, receipt_id)
);
CREATE INDEX till_receipt_of ON till_receipt (council_id, session_id);
CREATE UNIQUE INDEX till_receipt_expected ON till_receipt (council_id, expected_id);
CREATE INDEX till_receipt_batch ON till_receipt (council_id, terminal, batch) WHERE terminal <> '';

-- Cash lifted from the drawer to the safe.
CREATE TABLE till_lift (
    council_id BIGINT NOT NULL,
    session_id UUID NOT NULL,
    lift_no BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    lifted_by TEXT COLLATE "C" NOT NULL,
    lifted_at TIMESTAMPTZ NOT NULL,
    idempotency_key TEXT COLLATE "C",
    CONSTRAINT till_lift_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, session_id, lift_no)
);
CREATE UNIQUE INDEX till_lift_once ON till_lift (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What was counted at the end, every time it was counted.
CREATE TABLE till_count (
    council_id BIGINT NOT NULL,
    session_id UUID NOT NULL,
    count_no BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    content_hash BYTEA NOT NULL,
    counted_by TEXT COLLATE "C" NOT NULL,
    counted_at TIMESTAMPTZ NOT NULL,
    approval_id UUID,
    PRIMARY KEY (council_id, session_id, count_no)
);
CREATE INDEX till_count_approval ON till_count (council_id, approval_id) WHERE approval_id IS NOT NULL;

-- Its end: what the receipts said, what was paid in, what posted it. No entry where nothing was taken.
CREATE TABLE till_close (
    council_id BIGINT NOT NULL,
    session_id UUID NOT NULL,
    count_no BIGINT NOT NULL,
    expected_pence BIGINT NOT NULL,
    counted_pence BIGINT NOT NULL,
    entry_id UUID,
    closed_by TEXT COLLATE "C" NOT NULL,
    closed_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT till_close_counted CHECK (counted_pence >= 0),
    PRIMARY KEY (council_id, session_id)
);

-- What the bank will show of it; numbered in one series with the slips of e-returns.
CREATE TABLE till_slip (
    council_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    session_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    expected_id UUID NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT till_slip_kind CHECK (kind IN ('cash', 'cheques', 'together')),
    CONSTRAINT till_slip_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, number)
);
CREATE INDEX till_slip_of ON till_slip (council_id, session_id);

-- Where each stands; derived from what was done with it. One is open at a till, and one for a cashier.
CREATE TABLE till_state (
    council_id BIGINT NOT NULL,
    session_id UUID NOT NULL,
    till TEXT COLLATE "C" NOT NULL,
    cashier TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT till_state_known CHECK (status IN ('open', 'counted', 'recount', 'closed')),
    PRIMARY KEY (council_id, session_id)
);
CREATE UNIQUE INDEX till_open_till ON till_state (council_id, till) WHERE status = 'open';
CREATE UNIQUE INDEX till_open_cashier ON till_state (council_id, cashier) WHERE status = 'open';

CREATE TRIGGER till_session_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON till_session
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER till_receipt_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON till_receipt
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER till_lift_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON till_lift
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER till_count_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON till_count
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER till_close_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON till_close
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER till_slip_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON till_slip
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
