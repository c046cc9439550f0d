-- E-returns: what sites declare they took, and the paying-in slips made of them.

-- The last number given in a series without gaps: whoever numbers holds its row.
CREATE TABLE number_series (
    council_id BIGINT NOT NULL,
    series TEXT COLLATE "C" NOT NULL,
    last_number BIGINT NOT NULL,
    CONSTRAINT number_series_counted CHECK (last_number > 0),
    PRIMARY KEY (council_id, series)
);

-- An e-return, numbered without gaps; it keeps the configuration it was made under.
CREATE TABLE ereturn (
    council_id BIGINT NOT NULL,
    ereturn_id UUID NOT NULL,
    number BIGINT NOT NULL,
    template TEXT COLLATE "C" NOT NULL,
    office TEXT COLLATE "C",
    config_version BIGINT NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    idempotency_key TEXT COLLATE "C",
    PRIMARY KEY (council_id, ereturn_id)
);
CREATE UNIQUE INDEX ereturn_number ON ereturn (council_id, number);
CREATE UNIQUE INDEX ereturn_once ON ereturn (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What was declared, every time it was saved. The document names nobody: names on cheques and
-- the narrative are kept in detail, under detail_id.
CREATE TABLE ereturn_version (
    council_id BIGINT NOT NULL,
    ereturn_id UUID NOT NULL,
    version BIGINT NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    content_hash BYTEA NOT NULL,
    detail_id UUID NOT NULL,
    detail_digest BYTEA,
    rows_pence BIGINT NOT NULL,
    counted_pence BIGINT NOT NULL,
    saved_by TEXT COLLATE "C" NOT NULL,
    saved_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, ereturn_id, version)
);

-- What was done with it: handed in, sent back, given up.
CREATE TABLE ereturn_step (
    council_id BIGINT NOT NULL,
    ereturn_id UUID NOT NULL,
    step_no BIGINT NOT NULL,
    step TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    done_by TEXT COLLATE "C" NOT NULL,
    done_at TIMESTAMPTZ NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    CONSTRAINT ereturn_step_known CHECK (step IN ('submitted', 'returned', 'voided')),
    PRIMARY KEY (council_id, ereturn_id, step_no)
);

-- Its approval, which posted it. Whoever approves had no hand in any version of it: the books
-- refuse the row. prepared_by holds all who saved or submitted, between bars.
CREATE TABLE ereturn_approval (
    council_id BIGINT NOT NULL,
    ereturn_id UUID NOT NULL,
    version BIGINT NOT NULL,
    prepared_by TEXT COLLATE "C" NOT NULL,
    submitted_by TEXT COLLATE "C" NOT NULL,
    submitted_at TIMESTAMPTZ NOT NULL,
    approved_by TEXT COLLATE "C" NOT NULL,
    approved_at TIMESTAMPTZ NOT NULL,
    rows_pence BIGINT NOT NULL,
    counted_pence BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    receipt_id UUID NOT NULL,
    CONSTRAINT ereturn_four_eyes CHECK (approved_by <> submitted_by AND position('|' || approved_by || '|' IN prepared_by) = 0),
    PRIMARY KEY (council_id, ereturn_id)
);

CREATE TABLE ereturn_note (
    council_id BIGINT NOT NULL,
    note_id UUID NOT NULL,
    ereturn_id UUID NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    noted_by TEXT COLLATE "C" NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, note_id)
);
CREATE INDEX ereturn_note_of ON ereturn_note (council_id, ereturn_id);

-- What the bank will show of an e-return, numbered without gaps.
CREATE TABLE paying_in_slip (
    council_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    ereturn_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    amount_pence BIGINT NOT NULL,
    expected_id UUID NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT paying_in_slip_kind CHECK (kind IN ('cash', 'cheques', 'together')),
    CONSTRAINT paying_in_slip_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, number)
);
CREATE INDEX paying_in_slip_of ON paying_in_slip (council_id, ereturn_id);

-- Where each e-return stands; derived from what was done with it.
CREATE TABLE ereturn_state (
    council_id BIGINT NOT NULL,
    ereturn_id UUID NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT ereturn_state_known CHECK (status IN ('new', 'in-progress', 'submitted', 'returned', 'approved', 'void')),
    PRIMARY KEY (council_id, ereturn_id)
);

CREATE TRIGGER ereturn_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ereturn
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER ereturn_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ereturn_version
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER ereturn_step_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ereturn_step
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER ereturn_approval_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ereturn_approval
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER ereturn_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ereturn_note
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER paying_in_slip_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON paying_in_slip
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
