-- A lift that was mistyped, taken back: the lift stays, and counts no more in the counts after
-- the first so many.
CREATE TABLE till_lift_back (
    council_id INTEGER NOT NULL,
    session_id BLOB NOT NULL,
    lift_no INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    taken_back_by TEXT NOT NULL,
    taken_back_at TEXT NOT NULL,
    CONSTRAINT till_lift_back_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, session_id, lift_no)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER till_lift_back_never_updated BEFORE UPDATE ON till_lift_back BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_lift_back is never updated'); END;
CREATE TRIGGER till_lift_back_never_deleted BEFORE DELETE ON till_lift_back BEGIN SELECT RAISE(ABORT, 'the books are append-only: till_lift_back is never deleted'); END;
