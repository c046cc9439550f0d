-- By what else a payment's money may be told of: the processor behind a provider has a name of its
-- own for it, and its payouts go by that.
CREATE TABLE expected_name (
    council_id INTEGER NOT NULL,
    channel TEXT NOT NULL,
    name TEXT NOT NULL,
    expected_id BLOB NOT NULL,
    told_at TEXT NOT NULL,
    CONSTRAINT expected_name_name CHECK (name <> ''),
    PRIMARY KEY (council_id, channel, name, expected_id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER expected_name_never_updated BEFORE UPDATE ON expected_name BEGIN SELECT RAISE(ABORT, 'the books are append-only: expected_name is never updated'); END;
CREATE TRIGGER expected_name_never_deleted BEFORE DELETE ON expected_name BEGIN SELECT RAISE(ABORT, 'the books are append-only: expected_name is never deleted'); END;
