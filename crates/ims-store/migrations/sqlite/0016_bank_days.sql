-- Bank accounts reconciled day by day: who prepared the day, who else reviewed it, why it was
-- opened again.

-- What the day of an account came to when somebody put their name to it. The generation is how
-- often it had been opened again before.
CREATE TABLE bank_day (
    council_id INTEGER NOT NULL,
    bank TEXT NOT NULL,
    day TEXT NOT NULL,
    generation INTEGER NOT NULL,
    certificate TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    head BLOB NOT NULL,
    prepared_by TEXT NOT NULL,
    prepared_at TEXT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT bank_day_generation CHECK (generation >= 0),
    PRIMARY KEY (council_id, bank, day, generation)
) STRICT, WITHOUT ROWID;

-- Nobody reviews what they prepared: the books refuse the row.
CREATE TABLE bank_day_review (
    council_id INTEGER NOT NULL,
    bank TEXT NOT NULL,
    day TEXT NOT NULL,
    generation INTEGER NOT NULL,
    content_hash BLOB NOT NULL,
    prepared_by TEXT NOT NULL,
    reviewed_by TEXT NOT NULL,
    reviewed_at TEXT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT bank_day_four_eyes CHECK (reviewed_by <> prepared_by),
    PRIMARY KEY (council_id, bank, day, generation)
) STRICT, WITHOUT ROWID;

-- A day that was signed is open again, and why.
CREATE TABLE bank_day_reopen (
    council_id INTEGER NOT NULL,
    bank TEXT NOT NULL,
    day TEXT NOT NULL,
    generation INTEGER NOT NULL,
    reopened_by TEXT NOT NULL,
    reopened_at TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT bank_day_reopen_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, bank, day, generation)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER bank_day_never_updated BEFORE UPDATE ON bank_day BEGIN SELECT RAISE(ABORT, 'the books are append-only: bank_day is never updated'); END;
CREATE TRIGGER bank_day_never_deleted BEFORE DELETE ON bank_day BEGIN SELECT RAISE(ABORT, 'the books are append-only: bank_day is never deleted'); END;
CREATE TRIGGER bank_day_review_never_updated BEFORE UPDATE ON bank_day_review BEGIN SELECT RAISE(ABORT, 'the books are append-only: bank_day_review is never updated'); END;
CREATE TRIGGER bank_day_review_never_deleted BEFORE DELETE ON bank_day_review BEGIN SELECT RAISE(ABORT, 'the books are append-only: bank_day_review is never deleted'); END;
CREATE TRIGGER bank_day_reopen_never_updated BEFORE UPDATE ON bank_day_reopen BEGIN SELECT RAISE(ABORT, 'the books are append-only: bank_day_reopen is never updated'); END;
CREATE TRIGGER bank_day_reopen_never_deleted BEFORE DELETE ON bank_day_reopen BEGIN SELECT RAISE(ABORT, 'the books are append-only: bank_day_reopen is never deleted'); END;
