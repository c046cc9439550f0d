-- What proves the books to others: days opened again, periods, what the other side said of
-- exports, and control certificates.

-- Days opened again, by two people: those after closed_through. Numbered from 1, so that each
-- close knows how many came before it.
CREATE TABLE day_reopen (
    council_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    closed_through TEXT NOT NULL,
    approval_id BLOB NOT NULL,
    asked_by TEXT NOT NULL,
    reopened_by TEXT NOT NULL,
    reopened_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT day_reopen_number CHECK (number > 0),
    CONSTRAINT day_reopen_four_eyes CHECK (reopened_by <> asked_by),
    PRIMARY KEY (council_id, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX day_reopen_approval ON day_reopen (council_id, approval_id);

-- A month closed: its days stay as they are until it is opened again.
CREATE TABLE period_close (
    council_id INTEGER NOT NULL,
    period TEXT NOT NULL,
    generation INTEGER NOT NULL,
    closed_at TEXT NOT NULL,
    closed_by TEXT NOT NULL,
    head BLOB NOT NULL,
    certificate TEXT NOT NULL,
    PRIMARY KEY (council_id, period, generation)
) STRICT, WITHOUT ROWID;

-- A month opened again, by two people.
CREATE TABLE period_reopen (
    council_id INTEGER NOT NULL,
    period TEXT NOT NULL,
    generation INTEGER NOT NULL,
    approval_id BLOB NOT NULL,
    asked_by TEXT NOT NULL,
    reopened_by TEXT NOT NULL,
    reopened_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT period_reopen_four_eyes CHECK (reopened_by <> asked_by),
    PRIMARY KEY (council_id, period, generation)
) STRICT, WITHOUT ROWID;

-- What the other side said of an export: once and for good.
CREATE TABLE export_ack (
    council_id INTEGER NOT NULL,
    export_id BLOB NOT NULL,
    verdict TEXT NOT NULL,
    their_reference TEXT NOT NULL,
    said_by TEXT NOT NULL,
    said_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT export_ack_verdict CHECK (verdict IN ('accepted', 'rejected')),
    PRIMARY KEY (council_id, export_id)
) STRICT, WITHOUT ROWID;

-- The rejected exports whose days an export takes over.
CREATE TABLE export_replaces (
    council_id INTEGER NOT NULL,
    export_id BLOB NOT NULL,
    replaced_id BLOB NOT NULL,
    CONSTRAINT export_replaces_another CHECK (export_id <> replaced_id),
    PRIMARY KEY (council_id, export_id, replaced_id)
) STRICT, WITHOUT ROWID;

-- The books compared with the ledger and the host systems: numbered without gaps.
CREATE TABLE control_certificate (
    council_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    from_day TEXT NOT NULL,
    through_day TEXT NOT NULL,
    differences INTEGER NOT NULL,
    head BLOB NOT NULL,
    content_hash BLOB NOT NULL,
    certificate TEXT NOT NULL,
    made_by TEXT NOT NULL,
    made_at TEXT NOT NULL,
    PRIMARY KEY (council_id, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER day_reopen_never_updated BEFORE UPDATE ON day_reopen BEGIN SELECT RAISE(ABORT, 'the books are append-only: day_reopen is never updated'); END;
CREATE TRIGGER day_reopen_never_deleted BEFORE DELETE ON day_reopen BEGIN SELECT RAISE(ABORT, 'the books are append-only: day_reopen is never deleted'); END;
CREATE TRIGGER period_close_never_updated BEFORE UPDATE ON period_close BEGIN SELECT RAISE(ABORT, 'the books are append-only: period_close is never updated'); END;
CREATE TRIGGER period_close_never_deleted BEFORE DELETE ON period_close BEGIN SELECT RAISE(ABORT, 'the books are append-only: period_close is never deleted'); END;
CREATE TRIGGER period_reopen_never_updated BEFORE UPDATE ON period_reopen BEGIN SELECT RAISE(ABORT, 'the books are append-only: period_reopen is never updated'); END;
CREATE TRIGGER period_reopen_never_deleted BEFORE DELETE ON period_reopen BEGIN SELECT RAISE(ABORT, 'the books are append-only: period_reopen is never deleted'); END;
CREATE TRIGGER export_ack_never_updated BEFORE UPDATE ON export_ack BEGIN SELECT RAISE(ABORT, 'the books are append-only: export_ack is never updated'); END;
CREATE TRIGGER export_ack_never_deleted BEFORE DELETE ON export_ack BEGIN SELECT RAISE(ABORT, 'the books are append-only: export_ack is never deleted'); END;
CREATE TRIGGER export_replaces_never_updated BEFORE UPDATE ON export_replaces BEGIN SELECT RAISE(ABORT, 'the books are append-only: export_replaces is never updated'); END;
CREATE TRIGGER export_replaces_never_deleted BEFORE DELETE ON export_replaces BEGIN SELECT RAISE(ABORT, 'the books are append-only: export_replaces is never deleted'); END;
CREATE TRIGGER control_certificate_never_updated BEFORE UPDATE ON control_certificate BEGIN SELECT RAISE(ABORT, 'the books are append-only: control_certificate is never updated'); END;
CREATE TRIGGER control_certificate_never_deleted BEFORE DELETE ON control_certificate BEGIN SELECT RAISE(ABORT, 'the books are append-only: control_certificate is never deleted'); END;
