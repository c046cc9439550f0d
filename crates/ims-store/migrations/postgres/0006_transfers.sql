-- Transfers, journals of posted lines, and what is done to suspense.

-- What a caller's key was used for, and what was answered.
CREATE TABLE deed_key (
    council_id BIGINT NOT NULL,
    idempotency_key TEXT COLLATE "C" NOT NULL,
    deed TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    answer TEXT COLLATE "C" NOT NULL,
    done_by TEXT COLLATE "C" NOT NULL,
    done_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, idempotency_key)
);

-- Money moved between accounts: a posted line to where it belongs, or a transfer.
CREATE TABLE transfer (
    council_id BIGINT NOT NULL,
    transfer_id UUID NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    receipt_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    source_receipt_id UUID,
    source_line_no BIGINT,
    amount_pence BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    approval_id UUID,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT transfer_kind CHECK (kind IN ('journal', 'transfer')),
    CONSTRAINT transfer_source CHECK ((kind = 'journal') = (source_receipt_id IS NOT NULL)),
    CONSTRAINT transfer_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, transfer_id)
);
CREATE UNIQUE INDEX transfer_receipt ON transfer (council_id, receipt_id);

-- A transfer or journal taken back.
CREATE TABLE transfer_undo (
    council_id BIGINT NOT NULL,
    transfer_id UUID NOT NULL,
    receipt_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    undone_by TEXT COLLATE "C" NOT NULL,
    undone_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, transfer_id)
);

-- An allocation or a write-off of suspense taken back.
CREATE TABLE allocation_undo (
    council_id BIGINT NOT NULL,
    allocation_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    receipt_id UUID,
    reason TEXT COLLATE "C" NOT NULL,
    undone_by TEXT COLLATE "C" NOT NULL,
    undone_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, allocation_id)
);

-- What people wrote about an item of suspense.
CREATE TABLE suspense_note (
    council_id BIGINT NOT NULL,
    note_id UUID NOT NULL,
    suspense_id UUID NOT NULL,
    note TEXT COLLATE "C" NOT NULL,
    noted_by TEXT COLLATE "C" NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, note_id)
);
CREATE INDEX suspense_note_item ON suspense_note (council_id, suspense_id);

-- Who sees to an item of suspense, by when, and with which others.
CREATE TABLE suspense_care (
    council_id BIGINT NOT NULL,
    suspense_id UUID NOT NULL,
    owner TEXT COLLATE "C",
    due_on DATE,
    item_group TEXT COLLATE "C",
    changed_by TEXT COLLATE "C" NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (council_id, suspense_id)
);

-- Suspense to be given back to who paid it.
CREATE TABLE suspense_return (
    council_id BIGINT NOT NULL,
    return_id UUID NOT NULL,
    suspense_id UUID NOT NULL,
    amount_pence BIGINT NOT NULL,
    entry_id UUID NOT NULL,
    approval_id UUID NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    made_by TEXT COLLATE "C" NOT NULL,
    made_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT suspense_return_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, return_id)
);
CREATE UNIQUE INDEX suspense_return_once ON suspense_return (council_id, approval_id);

-- The bank line by which it was paid. Another may say so only after that match was taken back.
CREATE TABLE suspense_return_paid (
    council_id BIGINT NOT NULL,
    return_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    match_id UUID NOT NULL,
    PRIMARY KEY (council_id, return_id, generation)
);

CREATE TRIGGER deed_key_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deed_key
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER transfer_undo_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON transfer_undo
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER allocation_undo_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON allocation_undo
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER suspense_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspense_note
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER suspense_return_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspense_return
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
CREATE TRIGGER suspense_return_paid_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON suspense_return_paid
    FOR EACH STATEMENT EXECUTE FUNCTION ims_append_only();
