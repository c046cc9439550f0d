-- Transfers, journals of posted lines, and what is done to suspense.

-- What a caller's key was used for, and what was answered.
CREATE TABLE deed_key (
    council_id INTEGER NOT NULL,
    idempotency_key TEXT NOT NULL,
    deed TEXT NOT NULL,
    document TEXT NOT NULL,
    answer TEXT NOT NULL,
    done_by TEXT NOT NULL,
    done_at TEXT NOT NULL,
    PRIMARY KEY (council_id, idempotency_key)
) STRICT, WITHOUT ROWID;

-- Money moved between accounts: a posted line to where it belongs, or a transfer.
CREATE TABLE transfer (
    council_id INTEGER NOT NULL,
    transfer_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    receipt_id BLOB NOT NULL,
    entry_id BLOB NOT NULL,
    source_receipt_id BLOB,
    source_line_no INTEGER,
    amount_pence INTEGER NOT NULL,
    reason TEXT NOT NULL,
    approval_id BLOB,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT transfer_kind CHECK (kind IN ('journal', 'transfer')),
    CONSTRAINT transfer_source CHECK ((kind = 'journal') = (source_receipt_id IS NOT NULL)),
    CONSTRAINT transfer_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, transfer_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX transfer_receipt ON transfer (council_id, receipt_id);

-- A transfer or journal taken back.
CREATE TABLE transfer_undo (
    council_id INTEGER NOT NULL,
    transfer_id BLOB NOT NULL,
    receipt_id BLOB NOT NULL,
    entry_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    undone_by TEXT NOT NULL,
    undone_at TEXT NOT NULL,
    PRIMARY KEY (council_id, transfer_id)
) STRICT, WITHOUT ROWID;

-- An allocation or a write-off of suspense taken back.
CREATE TABLE allocation_undo (
    council_id INTEGER NOT NULL,
    allocation_id BLOB NOT NULL,
    entry_id BLOB NOT NULL,
    receipt_id BLOB,
    reason TEXT NOT NULL,
    undone_by TEXT NOT NULL,
    undone_at TEXT NOT NULL,
    PRIMARY KEY (council_id, allocation_id)
) STRICT, WITHOUT ROWID;

-- What people wrote about an item of suspense.
CREATE TABLE suspense_note (
    council_id INTEGER NOT NULL,
    note_id BLOB NOT NULL,
    suspense_id BLOB NOT NULL,
    note TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (council_id, note_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX suspense_note_item ON suspense_note (council_id, suspense_id);

-- Who sees to an item of suspense, by when, and with which others.
CREATE TABLE suspense_care (
    council_id INTEGER NOT NULL,
    suspense_id BLOB NOT NULL,
    owner TEXT,
    due_on TEXT,
    item_group TEXT,
    changed_by TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (council_id, suspense_id)
) STRICT, WITHOUT ROWID;

-- Suspense to be given back to who paid it.
CREATE TABLE suspense_return (
    council_id INTEGER NOT NULL,
    return_id BLOB NOT NULL,
    suspense_id BLOB NOT NULL,
    amount_pence INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    approval_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT suspense_return_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, return_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX suspense_return_once ON suspense_return (council_id, approval_id);

-- The bank line by which it was paid. Another may say so only after that match was taken back.
CREATE TABLE suspense_return_paid (
    council_id INTEGER NOT NULL,
    return_id BLOB NOT NULL,
    generation INTEGER NOT NULL,
    match_id BLOB NOT NULL,
    PRIMARY KEY (council_id, return_id, generation)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER deed_key_never_updated BEFORE UPDATE ON deed_key BEGIN SELECT RAISE(ABORT, 'the books are append-only: deed_key is never updated'); END;
CREATE TRIGGER deed_key_never_deleted BEFORE DELETE ON deed_key BEGIN SELECT RAISE(ABORT, 'the books are append-only: deed_key is never deleted'); END;
CREATE TRIGGER transfer_never_updated BEFORE UPDATE ON transfer BEGIN SELECT RAISE(ABORT, 'the books are append-only: transfer is never updated'); END;
CREATE TRIGGER transfer_never_deleted BEFORE DELETE ON transfer BEGIN SELECT RAISE(ABORT, 'the books are append-only: transfer is never deleted'); END;
CREATE TRIGGER transfer_undo_never_updated BEFORE UPDATE ON transfer_undo BEGIN SELECT RAISE(ABORT, 'the books are append-only: transfer_undo is never updated'); END;
CREATE TRIGGER transfer_undo_never_deleted BEFORE DELETE ON transfer_undo BEGIN SELECT RAISE(ABORT, 'the books are append-only: transfer_undo is never deleted'); END;
CREATE TRIGGER allocation_undo_never_updated BEFORE UPDATE ON allocation_undo BEGIN SELECT RAISE(ABORT, 'the books are append-only: allocation_undo is never updated'); END;
CREATE TRIGGER allocation_undo_never_deleted BEFORE DELETE ON allocation_undo BEGIN SELECT RAISE(ABORT, 'the books are append-only: allocation_undo is never deleted'); END;
CREATE TRIGGER suspense_note_never_updated BEFORE UPDATE ON suspense_note BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_note is never updated'); END;
CREATE TRIGGER suspense_note_never_deleted BEFORE DELETE ON suspense_note BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_note is never deleted'); END;
CREATE TRIGGER suspense_return_never_updated BEFORE UPDATE ON suspense_return BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_return is never updated'); END;
CREATE TRIGGER suspense_return_never_deleted BEFORE DELETE ON suspense_return BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_return is never deleted'); END;
CREATE TRIGGER suspense_return_paid_never_updated BEFORE UPDATE ON suspense_return_paid BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_return_paid is never updated'); END;
CREATE TRIGGER suspense_return_paid_never_deleted BEFORE DELETE ON suspense_return_paid BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_return_paid is never deleted'); END;
