-- A return of suspense that was approved and is not paid any more: by which entry the item has its
-- money again, and why.
CREATE TABLE suspense_return_cancelled (
    council_id INTEGER NOT NULL,
    return_id BLOB NOT NULL,
    entry_id BLOB NOT NULL,
    reason TEXT NOT NULL,
    cancelled_by TEXT NOT NULL,
    cancelled_at TEXT NOT NULL,
    CONSTRAINT suspense_return_cancelled_reason CHECK (reason <> ''),
    PRIMARY KEY (council_id, return_id)
) STRICT, WITHOUT ROWID;
-- What a dispute or a payment sent back takes of an item asks for its returns.
CREATE INDEX suspense_return_item ON suspense_return (council_id, suspense_id);

CREATE TRIGGER suspense_return_cancelled_never_updated BEFORE UPDATE ON suspense_return_cancelled BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_return_cancelled is never updated'); END;
CREATE TRIGGER suspense_return_cancelled_never_deleted BEFORE DELETE ON suspense_return_cancelled BEGIN SELECT RAISE(ABORT, 'the books are append-only: suspense_return_cancelled is never deleted'); END;
