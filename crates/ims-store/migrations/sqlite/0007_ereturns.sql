-- E-returns: what sites declare they took, and the paying-in slips made of them.

-- The last number given in a series without gaps: whoever numbers holds its row.
CREATE TABLE number_series (
    council_id INTEGER NOT NULL,
    series TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    CONSTRAINT number_series_counted CHECK (last_number > 0),
    PRIMARY KEY (council_id, series)
) STRICT, WITHOUT ROWID;

-- An e-return, numbered without gaps; it keeps the configuration it was made under.
CREATE TABLE ereturn (
    council_id INTEGER NOT NULL,
    ereturn_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    template TEXT NOT NULL,
    office TEXT,
    config_version INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    idempotency_key TEXT,
    PRIMARY KEY (council_id, ereturn_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX ereturn_number ON ereturn (council_id, number);
CREATE UNIQUE INDEX ereturn_once ON ereturn (council_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- What was declared, every time it was saved. The document names nobody: names on cheques and
-- the narrative are kept in detail, under detail_id.
CREATE TABLE ereturn_version (
    council_id INTEGER NOT NULL,
    ereturn_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    document TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    detail_id BLOB NOT NULL,
    detail_digest BLOB,
    rows_pence INTEGER NOT NULL,
    counted_pence INTEGER NOT NULL,
    saved_by TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (council_id, ereturn_id, version)
) STRICT, WITHOUT ROWID;

-- What was done with it: handed in, sent back, given up.
CREATE TABLE ereturn_step (
    council_id INTEGER NOT NULL,
    ereturn_id BLOB NOT NULL,
    step_no INTEGER NOT NULL,
    step TEXT NOT NULL,
    version INTEGER NOT NULL,
    done_by TEXT NOT NULL,
    done_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT ereturn_step_known CHECK (step IN ('submitted', 'returned', 'voided')),
    PRIMARY KEY (council_id, ereturn_id, step_no)
) STRICT, WITHOUT ROWID;

-- Its approval, which posted it. Whoever approves had no hand in any version of it: the books
-- refuse the row. prepared_by holds all who saved or submitted, between bars.
CREATE TABLE ereturn_approval (
    council_id INTEGER NOT NULL,
    ereturn_id BLOB NOT NULL,
    version INTEGER NOT NULL,
    prepared_by TEXT NOT NULL,
    submitted_by TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at TEXT NOT NULL,
    rows_pence INTEGER NOT NULL,
    counted_pence INTEGER NOT NULL,
    entry_id BLOB NOT NULL,
    receipt_id BLOB NOT NULL,
    CONSTRAINT ereturn_four_eyes CHECK (approved_by <> submitted_by AND instr(prepared_by, '|' || approved_by || '|') = 0),
    PRIMARY KEY (council_id, ereturn_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE ereturn_note (
    council_id INTEGER NOT NULL,
    note_id BLOB NOT NULL,
    ereturn_id BLOB NOT NULL,
    note TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    noted_at TEXT NOT NULL,
    PRIMARY KEY (council_id, note_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX ereturn_note_of ON ereturn_note (council_id, ereturn_id);

-- What the bank will show of an e-return, numbered without gaps.
CREATE TABLE paying_in_slip (
    council_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    ereturn_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    amount_pence INTEGER NOT NULL,
    expected_id BLOB NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT paying_in_slip_kind CHECK (kind IN ('cash', 'cheques', 'together')),
    CONSTRAINT paying_in_slip_amount CHECK (amount_pence > 0),
    PRIMARY KEY (council_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX paying_in_slip_of ON paying_in_slip (council_id, ereturn_id);

-- Where each e-return stands; derived from what was done with it.
CREATE TABLE ereturn_state (
    council_id INTEGER NOT NULL,
    ereturn_id BLOB NOT NULL,
    status TEXT NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT ereturn_state_known CHECK (status IN ('new', 'in-progress', 'submitted', 'returned', 'approved', 'void')),
    PRIMARY KEY (council_id, ereturn_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER ereturn_never_updated BEFORE UPDATE ON ereturn BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn is never updated'); END;
CREATE TRIGGER ereturn_never_deleted BEFORE DELETE ON ereturn BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn is never deleted'); END;
CREATE TRIGGER ereturn_version_never_updated BEFORE UPDATE ON ereturn_version BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_version is never updated'); END;
CREATE TRIGGER ereturn_version_never_deleted BEFORE DELETE ON ereturn_version BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_version is never deleted'); END;
CREATE TRIGGER ereturn_step_never_updated BEFORE UPDATE ON ereturn_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_step is never updated'); END;
CREATE TRIGGER ereturn_step_never_deleted BEFORE DELETE ON ereturn_step BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_step is never deleted'); END;
CREATE TRIGGER ereturn_approval_never_updated BEFORE UPDATE ON ereturn_approval BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_approval is never updated'); END;
CREATE TRIGGER ereturn_approval_never_deleted BEFORE DELETE ON ereturn_approval BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_approval is never deleted'); END;
CREATE TRIGGER ereturn_note_never_updated BEFORE UPDATE ON ereturn_note BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_note is never updated'); END;
CREATE TRIGGER ereturn_note_never_deleted BEFORE DELETE ON ereturn_note BEGIN SELECT RAISE(ABORT, 'the books are append-only: ereturn_note is never deleted'); END;
CREATE TRIGGER paying_in_slip_never_updated BEFORE UPDATE ON paying_in_slip BEGIN SELECT RAISE(ABORT, 'the books are append-only: paying_in_slip is never updated'); END;
CREATE TRIGGER paying_in_slip_never_deleted BEFORE DELETE ON paying_in_slip BEGIN SELECT RAISE(ABORT, 'the books are append-only: paying_in_slip is never deleted'); END;
